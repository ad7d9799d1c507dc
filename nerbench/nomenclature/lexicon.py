"""Load the lexicons: which genes of an organism a spelling can mean.

A gene is a row of its table, and a look-up gives a tuple of row numbers.
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
from typing import Any, NamedTuple

import yaml

from nerbench.errors import NerbenchError
from nerbench.folding import fold, normalize_typography
from nerbench.nomenclature.organisms import Organism, read_organism

LEXICON_PATH = "NERBENCH_LEXICON_PATH"
"""Environment variable: folders of more lexicons, which replace shipped ones of the same taxon."""

Rows = tuple[int, ...]
"""Rows of genes, ascending."""

DOUBTFUL = "doubtful"
"""The trust of a name that usually means something else: it counts at level `family` only."""

_NO_ROWS: Rows = ()
_DATA = Path(__file__).parent / "data"


class Alias(NamedTuple):
    """A name that is no official symbol: its spelling, kind, sources, trust and genes."""

    name: str
    kind: str
    source: str
    trust: str
    rows: Rows


class Lexicon:
    """The names and genes of one organism, from the tables that `nerbench lexicon build` writes.

    >>> human = load_nomenclature()[9606]
    >>> [human.symbols[row] for row in human.by_symbol("src")]
    ['SRC']
    >>> sorted(human.symbols[row] for row in human.family("JAK"))
    ['JAK1', 'JAK2', 'JAK3', 'TYK2']
    """

    def __init__(
        self,
        organism: Organism,
        genes: list[list[str]],  # id, symbol, folded symbol, full name
        names: list[list[str]],  # folded name, spelling, kind, source, trust, rows of its genes
        metadata: Mapping[str, Any],
    ) -> None:
        self.organism = organism
        self.metadata = metadata
        self.gene_ids = [gene[0] for gene in genes]
        self.symbols = [gene[1] for gene in genes]
        self.full_names = [gene[3] for gene in genes]
        self.exact: dict[str, int] = {}  # official symbols, in exact case
        self._by_symbol: dict[str, Rows] = {}
        self._by_folded_name: dict[str, Rows] = {}
        self._by_family: dict[str, Rows] = {}
        self._names = names
        single: list[Rows] = [(row,) for row in range(len(genes))]  # shared: saves memory
        for row, (_, symbol, key, _) in enumerate(genes):
            self.exact.setdefault(symbol, row)
            _add_rows(self._by_symbol, self._case(symbol), single[row])
            _add_rows(self._by_folded_name, key, single[row])
        tables = dict.fromkeys(("previous", "synonym", "full_name", "usage"), self._by_folded_name)
        tables["family"] = self._by_family
        for key, _, kind, _, trust, members in names:
            try:
                rows = single[int(members)]
            except ValueError:  # several genes
                rows = tuple(map(int, members.split()))
            table = self._by_family if trust == DOUBTFUL else tables[kind]
            if table.setdefault(key, rows) is not rows:
                _add_rows(table, key, rows)

    def _case(self, symbol: str) -> str:
        return symbol if self.organism.symbol_case else symbol.casefold()

    def by_symbol(self, name: str) -> Rows:
        """Return the genes of this official symbol; case counts where the organism says so."""
        return self._by_symbol.get(self._case(normalize_typography(name)), _NO_ROWS)

    def by_folded_name(self, key: str) -> Rows:
        """Return the genes with a name, neither a family's nor doubtful, that folds to `key`."""
        return self._by_folded_name.get(key, _NO_ROWS)

    def family(self, name: str) -> Rows:
        """Return the members of the family or complex of this name, and its doubtful genes."""
        return self._by_family.get(fold(name), _NO_ROWS)

    def is_known(self, key: str) -> bool:
        """Return whether a gene or a family has a name that folds to `key`."""
        return key in self._by_folded_name or key in self._by_family

    def folded_names(self) -> Iterator[str]:
        """Yield the folded form of every name, each once."""
        yield from self._by_folded_name
        yield from (key for key in self._by_family if key not in self._by_folded_name)

    def spellings(self) -> Iterator[str]:
        """Yield the names of every kind as the sources write them; official symbols too."""
        yield from self.symbols
        yield from (row[1] for row in self._names)

    def find(self, gene_id: str | None, symbol: str) -> int | None:
        """Return the row of a record's gene by its id or exact symbol, official or previous.

        A gene without an id is also found by an unambiguous spelling.
        """
        if gene_id is not None and (row := self.by_id.get(gene_id)) is not None:
            return row
        for table in (self.exact, self.previous_symbols):
            if symbol in table:
                return table[symbol]
        if gene_id is None:
            folded = self.by_folded_name(fold(symbol))
            if len({*folded, *self.family(symbol)}) > 1:
                folded = _NO_ROWS
            for rows in (self.by_symbol(symbol), folded):
                if len(rows) == 1:
                    return rows[0]
        return None

    @cached_property
    def by_id(self) -> dict[str, int]:
        return {gene_id: row for row, gene_id in enumerate(self.gene_ids)}

    @cached_property
    def previous_symbols(self) -> dict[str, int]:
        """The row of each previous official symbol, in exact case, that means one gene only."""
        members_of: dict[str, set[str]] = defaultdict(set)
        for _, name, kind, _, _, members in self._names:
            if kind == "previous":
                members_of[name].add(members)
        single = ((name, min(genes)) for name, genes in members_of.items() if len(genes) == 1)
        return {name: int(row) for name, row in single if " " not in row}

    @cached_property
    def aliases(self) -> dict[str, list[Alias]]:
        """The names other than official symbols, by folded form."""
        by_key: dict[str, list[Alias]] = defaultdict(list)
        for key, name, kind, source, trust, members in self._names:
            rows = tuple(map(int, members.split()))
            by_key[key].append(Alias(name, kind, source, trust, rows))
        return by_key

    @property
    def digest(self) -> str:
        return str(self.metadata.get("digest", ""))


def _add_rows(table: dict[str, Rows], key: str, rows: Rows) -> None:
    earlier = table.get(key)
    table[key] = rows if earlier is None else tuple(sorted({*earlier, *rows}))


def _read_lexicon(folder: Path) -> Lexicon:
    organism = read_organism(folder / "organism.yaml")
    try:
        metadata = yaml.safe_load((folder / "sources.yaml").read_text(encoding="utf-8"))
        genes = _read_table(folder / "genes.tsv.gz", 4)
        names = _read_table(folder / "names.tsv.gz", 6)
        return Lexicon(organism, genes, names, metadata or {})
    except (OSError, EOFError, ValueError, LookupError, zlib.error, yaml.YAMLError) as error:
        raise NerbenchError(
            f"{folder}: the lexicon cannot be read ({error}); see 'nerbench lexicon build'"
        ) from None


def _read_table(path: Path, columns: int) -> list[list[str]]:
    lines = gzip.decompress(path.read_bytes()).decode("utf-8").split("\n")
    rows = [line.split("\t") for line in lines[1:] if line]
    if any(len(row) != columns for row in rows):
        raise ValueError(f"{path.name} has rows that are not {columns} columns wide")
    return rows


@dataclass(frozen=True, slots=True, eq=False)
class Nomenclature:
    """The available lexicons, by taxon id: human first, then by taxon.

    >>> nomenclature = load_nomenclature()
    >>> list(nomenclature), 9606 in nomenclature, nomenclature[7227].organism.label
    ([9606, 7227], True, 'fly')
    """

    lexicons: Mapping[int, Lexicon]

    def __getitem__(self, taxon: int) -> Lexicon:
        return self.lexicons[taxon]

    def __contains__(self, taxon: object) -> bool:
        return taxon in self.lexicons

    def __iter__(self) -> Iterator[int]:
        return iter(self.lexicons)

    @property
    def organisms(self) -> tuple[Organism, ...]:
        return tuple(lexicon.organism for lexicon in self.lexicons.values())

    def taxon_of(self, text: str) -> int | None:
        """Return the first supported taxon that a record's organism entry names, or None.

        >>> load_nomenclature().taxon_of("Homo sapiens")
        9606
        """
        return next(
            (organism.taxon for organism in self.organisms if organism.is_named(text)), None
        )

    def taxa_in(self, text: str) -> set[int]:
        """Return every supported taxon that a record's organism entry names.

        >>> sorted(load_nomenclature().taxa_in("Homo sapiens Drosophila melanogaster"))
        [7227, 9606]
        """
        return {organism.taxon for organism in self.organisms if organism.is_named(text)}

    def label(self, taxon: int) -> str:
        """Return the organism's short name, or the taxon id if it is not supported."""
        return self[taxon].organism.label if taxon in self else str(taxon)

    @property
    def signature(self) -> str:
        return ",".join(f"{taxon}@{self[taxon].digest}" for taxon in self)


def load_nomenclature() -> Nomenclature:
    """Load the shipped lexicons (human, fly) and those on NERBENCH_LEXICON_PATH, once per process.

    Raises NerbenchError if a folder does not exist or a lexicon cannot be read.

    >>> [organism.label for organism in load_nomenclature().organisms]
    ['human', 'fly']
    """
    return _load(os.environ.get(LEXICON_PATH, ""))


def _find_folders(path: str) -> dict[int, Path]:
    folders: dict[int, Path] = {}
    for root in (_DATA, *map(Path, filter(None, path.split(os.pathsep)))):
        if not root.is_dir():
            raise NerbenchError(f"{root}: no such folder (named in {LEXICON_PATH})")
        for rules in sorted(root.glob("*/organism.yaml")):
            folders[read_organism(rules).taxon] = rules.parent
    return folders


@lru_cache(maxsize=4)
def _load(path: str) -> Nomenclature:
    folders = _find_folders(path)
    # Loading makes many small objects and no garbage: 0.8 s without collecting, 1.1 s with it.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        lexicons = {taxon: _read_lexicon(folder) for taxon, folder in folders.items()}
    finally:
        if was_enabled:
            gc.enable()
    order = sorted(lexicons, key=lambda taxon: (taxon != 9606, taxon))
    return Nomenclature({taxon: lexicons[taxon] for taxon in order})


@lru_cache(maxsize=1)
def english_words() -> frozenset[str]:
    """Return ordinary English words in lower case, which a scan must not take for genes."""
    raw = gzip.decompress((_DATA / "english-words.txt.gz").read_bytes())
    return frozenset(raw.decode("ascii").split())


def find_rules(organism: str) -> Path | None:
    """Return the `organism.yaml` of an organism, shipped or on NERBENCH_LEXICON_PATH, by its name.

    >>> find_rules("fly").parent.name
    '7227'
    """
    for folder in _find_folders(os.environ.get(LEXICON_PATH, "")).values():
        rules = folder / "organism.yaml"
        if read_organism(rules).is_named(organism):
            return rules
    return None
