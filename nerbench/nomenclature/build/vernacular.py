"""Read the tables of names that authors use beside official ones: MeSH, ENZYME, nerbench's own."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from nerbench.errors import NerbenchError
from nerbench.nomenclature.build.sources import NameTable, Source

CURATED_NAMES = Path(__file__).with_name("curated.tsv")
CURATED_SOURCE = Source(
    "names collected for nerbench, each with a reason and the entry of its gene",
    "2026-11",
    "MIT",
    "nerbench/nomenclature/build/curated.tsv",
)
_RODENTS = (", mouse", ", rat")
_BRACKET = re.compile(r"\s*\((?:[^()]|\([^()]*\))*\)$")  # pyruvate kinase (ATP)
_PROTEIN = re.compile(r" proteins?$", re.IGNORECASE)
_MAX_CLASS = (
    60  # genes; a larger class of MeSH or ENZYME says what its members do, not who they are
)
_SPECIES = {9606: "human|mouse|rat", 7227: "Drosophila"}  # mammals share their names
_ORGANISMS = {9606: "human", 7227: "fly"}
_SENSE = {"usage": "synonyms", "family": "members", "complete": "members", "other": "others"}


def read_curated(path: Path, taxon: int) -> NameTable:
    """Read nerbench's own names: sense, organism, names, genes, reason, reference.

    A ``usage`` is what a name means wherever nothing else is said, a ``family`` has several genes,
    a ``complete`` one no others, an ``other`` usually stands for no gene. Raises NerbenchError if a
    line cannot be read.
    """
    table: dict[str, dict[str, tuple[str, ...]]] = {attribute: {} for attribute in _SENSE.values()}
    complete: set[str] = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#") or number == 1:
            continue
        cells = line.split("\t")
        if len(cells) != 6 or cells[0] not in _SENSE or not all(cells[:3] + cells[4:]):
            raise NerbenchError(f"{path}, line {number}: not a sense, an organism, names, genes, "
                                "a reason and a reference")  # fmt: skip
        if cells[1] == _ORGANISMS.get(taxon):
            names = dict.fromkeys(cells[2].split("|"), tuple(cells[3].split()))
            table[_SENSE[cells[0]]] |= names
            complete.update(names if cells[0] == "complete" else ())
    return NameTable(
        "nerbench",
        table["members"],
        table["synonyms"],
        others=frozenset(table["others"]),
        complete=frozenset(complete),
        kind="usage",
    )


def read_mesh(descriptors: Path, supplement: Path, taxon: int) -> NameTable:
    """Read the proteins of an organism among MeSH's supplementary concepts, and their classes.

    Both are tables of an id, a name, and entry terms; the first has tree numbers besides, the
    second the descriptors of the concept. A concept is called ``X protein, human``.
    """
    suffix = re.compile(rf"(?: protein)?, (?:{_SPECIES[taxon]})$")
    concepts: list[tuple[str, ...]] = []
    classes: dict[str, set[str]] = defaultdict(set)
    for row in _rows(supplement):
        if suffix.search(row[1]):
            names = (row[1], *filter(suffix.search, row[2].split("|")))
            bare = dict.fromkeys(suffix.sub("", name) for name in names)
            if row[1].endswith(_RODENTS):  # their symbols and alleles are not human (bsk)
                bare = {name: None for i, name in enumerate(bare) if i == 0 or " " in name}
            concepts.append(tuple(bare))
            for descriptor in row[3].split(","):
                classes[descriptor].add(concepts[-1][0])
    by_class = list(_classes(descriptors, classes)) if taxon == 9606 else []
    return NameTable("MeSH", concepts=concepts, classes=by_class, kind="full_name")


def _classes(
    path: Path, direct: Mapping[str, set[str]]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield the names of each class of proteins, with the members of narrower ones, too."""
    rows = [row for row in _rows(path) if re.search(r"(?:^|\|)D(?:08|12)\.", row[3])]
    by_tree = [(tree, row[0]) for row in rows for tree in row[3].split("|")]
    narrower: dict[str, set[str]] = defaultdict(set)
    for tree, descriptor in by_tree:
        parts = tree.split(".")
        for length in range(1, len(parts) + 1):
            narrower[".".join(parts[:length])].add(descriptor)
    for row in rows:
        under = {descriptor for tree in row[3].split("|") for descriptor in narrower[tree]}
        symbols = {symbol for descriptor in under for symbol in direct.get(descriptor, ())}
        if len(symbols) <= _MAX_CLASS:
            terms = (_in_order(term) for term in (row[1], *filter(None, row[2].split("|"))))
            names = sorted({_PROTEIN.sub("", term) for term in terms})
            yield tuple(names), tuple(sorted(symbols))


def _in_order(term: str) -> str:
    """Return an entry term in the order of speech.

    >>> _in_order("Receptor, Angiotensin, Type 1"), _in_order("Elastase, Neutrophil")
    ('Angiotensin Type 1 Receptor', 'Neutrophil Elastase')
    """
    head, *tail = term.split(", ")
    return " ".join((*tail, head))


def read_enzymes(numbers: Path, names: Path) -> NameTable:
    """Read which human genes have each EC number (HGNC), and what ENZYME calls it (JSON)."""
    genes: dict[str, set[str]] = defaultdict(set)
    for row in _rows(numbers):
        for number in filter(None, re.split(r"[,\s]+", row[12] if len(row) > 12 else "")):
            genes[number].add(row[1])
    members: dict[str, set[str]] = defaultdict(set)
    for entry in json.loads(names.read_text(encoding="utf-8")):
        symbols = genes.get(entry["id"], set())
        for name in (entry["name"], *entry.get("synonyms", ())):
            # A synonym with a number is that of one of several enzymes.
            is_own = (
                name == entry["name"] or len(symbols) == 1 or not re.search(r"\d|\b[IVX]+\b", name)
            )
            if is_own and len(symbols) <= _MAX_CLASS and re.search(r"[a-z]{5}", name):
                members[_BRACKET.sub("", name)] |= symbols
    return NameTable("ENZYME", {name: tuple(sorted(s)) for name, s in members.items() if s})


def _rows(path: Path) -> Iterator[Sequence[str]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield line.rstrip("\n").split("\t")
