"""The lexicon of one organism: which genes a spelling can mean.

Loaded from the tables that `build` writes. Genes are rows; a look-up gives a tuple of row
numbers, so that the layers above can join and compare them as small sets.
"""

from __future__ import annotations

import gc
import gzip
import os
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml

from nerbench.errors import NerbenchError
from nerbench.nomenclature.folding import fold, normalize_typography
from nerbench.nomenclature.organisms import Organism, read_organism

__all__ = [
    "LEXICON_PATH",
    "Lexicon",
    "Nomenclature",
    "english_words",
    "load_nomenclature",
    "shipped_rules",
]

LEXICON_PATH = "NERBENCH_LEXICON_PATH"
"""Environment variable: folders of further lexicons, which win over the shipped ones."""

Rows = tuple[int, ...]
_NONE: Rows = ()
_DATA = Path(__file__).parent / "data"


class Lexicon:
    """Names and genes of one organism.

    >>> human = load_nomenclature()[9606]
    >>> [human.symbols[row] for row in human.by_symbol("src")]
    ['SRC']
    >>> sorted(human.symbols[row] for row in human.family("JAK"))
    ['JAK1', 'JAK2', 'JAK3', 'TYK2']
    """

    def __init__(
        self,
        organism: Organism,
        genes: list[list[str]],
        names: list[list[str]],
        facts: Mapping[str, Any],
    ) -> None:
        self.organism = organism
        self.facts = facts
        self.gene_ids = [gene[0] for gene in genes]
        self.symbols = [gene[1] for gene in genes]
        self.full_names = [gene[3] for gene in genes]
        self.exact: dict[str, int] = {}
        self._official: dict[str, Rows] = {}
        self._spelled: dict[str, Rows] = {}
        self._family: dict[str, Rows] = {}
        self._names = names
        single: list[Rows] = [(row,) for row in range(len(genes))]
        for row, (_, symbol, key, _) in enumerate(genes):
            self.exact.setdefault(symbol, row)
            _join(self._official, self._case(symbol), single[row])
            _join(self._spelled, key, single[row])
        tables = dict.fromkeys(("previous", "synonym", "full_name"), self._spelled)
        tables["family"] = self._family
        for key, _, kind, members in names:
            try:
                rows = single[int(members)]
            except ValueError:  # several genes
                rows = tuple(map(int, members.split()))
            table = tables[kind]
            if table.setdefault(key, rows) is not rows:
                _join(table, key, rows)

    def _case(self, symbol: str) -> str:
        return symbol if self.organism.symbol_case else symbol.casefold()

    def by_symbol(self, name: str) -> Rows:
        """Genes whose official symbol this is; case counts where the organism says so."""
        return self._official.get(self._case(normalize_typography(name)), _NONE)

    def by_folded_name(self, key: str) -> Rows:
        """Genes that have a symbol, former symbol, synonym or full name folding to `key`."""
        return self._spelled.get(key, _NONE)

    def family(self, name: str) -> Rows:
        """Members of the family or complex of this name."""
        return self._family.get(fold(name), _NONE)

    def is_known(self, key: str) -> bool:
        """Whether anything is spelled like this folded form."""
        return key in self._spelled or key in self._family

    def keys(self) -> Iterator[str]:
        """Every folded form the lexicon knows."""
        yield from self._spelled
        yield from (key for key in self._family if key not in self._spelled)

    def find(self, gene_id: str | None, symbol: str) -> int | None:
        """The gene that a record means: by NCBI Gene id, else official or former symbol,
        else a spelling that means one gene only. None if the lexicon does not know it.
        """
        if gene_id is not None and (row := self.by_id.get(gene_id)) is not None:
            return row
        if (row := self.exact.get(symbol)) is not None:
            return row
        if (row := self.previous_symbols.get(symbol)) is not None:
            return row
        for rows in (self.by_symbol(symbol), self.by_folded_name(fold(symbol))):
            if len(rows) == 1:
                return rows[0]
        return None

    @cached_property
    def by_id(self) -> dict[str, int]:
        """The row of each NCBI Gene id."""
        return {gene_id: row for row, gene_id in enumerate(self.gene_ids)}

    @cached_property
    def previous_symbols(self) -> dict[str, int]:
        """Former official symbols, in exact case, that mean one gene only."""
        found: dict[str, set[str]] = defaultdict(set)
        for _, name, kind, members in self._names:
            if kind == "previous":
                found[name].add(members)
        return {
            name: int(next(iter(members)))
            for name, members in found.items()
            if len(members) == 1 and " " not in next(iter(members))
        }

    @cached_property
    def synonyms(self) -> dict[str, list[tuple[str, str]]]:
        """Per folded form, the spellings the sources give: (name, kind)."""
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for key, name, kind, _ in self._names:
            found[key].append((name, kind))
        return found

    @property
    def digest(self) -> str:
        """What the content of the tables hashes to."""
        return str(self.facts.get("digest", ""))


def _join(table: dict[str, Rows], key: str, rows: Rows) -> None:
    known = table.get(key)
    table[key] = rows if known is None else tuple(sorted({*known, *rows}))


def _read(folder: Path) -> Lexicon:
    organism = read_organism(folder / "organism.yaml")
    try:
        facts = yaml.safe_load((folder / "sources.yaml").read_text(encoding="utf-8"))
        genes = _table(folder / "genes.tsv.gz", 4)
        names = _table(folder / "names.tsv.gz", 4)
        return Lexicon(organism, genes, names, facts or {})
    except (OSError, EOFError, ValueError, LookupError, zlib.error, yaml.YAMLError) as error:
        raise NerbenchError(
            f"{folder}: the lexicon cannot be read ({error}); see 'nerbench lexicon build'"
        ) from None


def _table(path: Path, columns: int) -> list[list[str]]:
    lines = gzip.decompress(path.read_bytes()).decode("utf-8").split("\n")
    rows = [line.split("\t") for line in lines[1:] if line]
    if any(len(row) != columns for row in rows):
        raise ValueError(f"{path.name} has rows that are not {columns} columns wide")
    return rows


@dataclass(frozen=True, slots=True, eq=False)
class Nomenclature:
    """The lexicons at hand, by taxon id. Compared, and so cached, by identity."""

    lexicons: Mapping[int, Lexicon]

    def __getitem__(self, taxon: int) -> Lexicon:
        return self.lexicons[taxon]

    def __contains__(self, taxon: object) -> bool:
        return taxon in self.lexicons

    def __iter__(self) -> Iterator[int]:
        return iter(self.lexicons)

    @property
    def organisms(self) -> tuple[Organism, ...]:
        """The organisms, by taxon: human first."""
        return tuple(lexicon.organism for lexicon in self.lexicons.values())

    def taxon_of(self, text: str) -> int | None:
        """The supported taxon that a record's organism entry names, or None.

        >>> load_nomenclature().taxon_of("Homo sapiens")
        9606
        """
        for organism in self.organisms:
            if organism.is_named(text):
                return organism.taxon
        return None

    def taxa_in(self, text: str) -> set[int]:
        """Every supported taxon that a record's organism entry names.

        >>> sorted(load_nomenclature().taxa_in("Homo sapiens Drosophila melanogaster"))
        [7227, 9606]
        """
        return {organism.taxon for organism in self.organisms if organism.is_named(text)}

    def label(self, taxon: int) -> str:
        """The organism's short name, or the taxon id where it is not supported."""
        return self[taxon].organism.label if taxon in self else str(taxon)

    @property
    def signature(self) -> str:
        """Every lexicon with the digest of its content."""
        return ",".join(f"{taxon}@{self[taxon].digest}" for taxon in self)


def load_nomenclature() -> Nomenclature:
    """The shipped lexicons (human, fly) and those on NERBENCH_LEXICON_PATH.

    Read once per process and set of folders. Raises NerbenchError if one cannot be read.

    >>> [organism.label for organism in load_nomenclature().organisms]
    ['human', 'fly']
    """
    return _load(os.environ.get(LEXICON_PATH, ""))


def _folders(path: str) -> dict[int, Path]:
    folders: dict[int, Path] = {}
    for root in (_DATA, *map(Path, filter(None, path.split(os.pathsep)))):
        if not root.is_dir():
            raise NerbenchError(f"{root}: no such folder (named in {LEXICON_PATH})")
        for rules in sorted(root.glob("*/organism.yaml")):
            folders[read_organism(rules).taxon] = rules.parent
    return folders


@lru_cache(maxsize=4)
def _load(path: str) -> Nomenclature:
    folders = _folders(path)
    # A few hundred thousand small objects are made and none is garbage: do not look for any.
    collects = gc.isenabled()
    gc.disable()
    try:
        lexicons = {taxon: _read(folder) for taxon, folder in folders.items()}
    finally:
        if collects:
            gc.enable()
    # Human leads, then by taxon: the order in which reports show organisms.
    order = sorted(lexicons, key=lambda taxon: (taxon != 9606, taxon))
    return Nomenclature({taxon: lexicons[taxon] for taxon in order})


@lru_cache(maxsize=1)
def english_words() -> frozenset[str]:
    """Ordinary English words, lower case: what a scan of a caption must not take for genes."""
    raw = gzip.decompress((_DATA / "english-words.txt.gz").read_bytes())
    return frozenset(raw.decode("ascii").split())


def shipped_rules(taxon: int) -> Path:
    """The `organism.yaml` of an organism at hand: shipped, or on NERBENCH_LEXICON_PATH."""
    return _folders(os.environ.get(LEXICON_PATH, ""))[taxon] / "organism.yaml"
