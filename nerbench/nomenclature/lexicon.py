"""Load the lexicons: which genes of an organism a spelling can mean.

A gene is a row of its table, and a look-up gives a tuple of row numbers.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml

from nerbench.errors import NerbenchError
from nerbench.folding import fold, normalize_typography
from nerbench.nomenclature.index import Index, NameRows, Rows, open_index, write_index
from nerbench.nomenclature.organisms import Organism, read_organism

LEXICON_PATH = "NERBENCH_LEXICON_PATH"
"""Environment variable: folders of more lexicons, which replace shipped ones of the same taxon."""

_NO_ROWS: Rows = ()
_UNKNOWN = NameRows(_NO_ROWS, _NO_ROWS)
_DATA = Path(__file__).parent / "data"


class Lexicon:
    """The names and genes of one organism, from the files that `nerbench lexicon build` writes.

    >>> human = load_nomenclature()[9606]
    >>> [human.symbols[row] for row in human.by_symbol("src")]
    ['SRC']
    >>> sorted(human.symbols[row] for row in human.family("JAK"))
    ['JAK1', 'JAK2', 'JAK3', 'TYK2']
    """

    def __init__(self, organism: Organism, index: Index, metadata: Mapping[str, Any]) -> None:
        self.organism = organism
        self.index = index
        self.metadata = metadata

    @property
    def symbols(self) -> list[str]:
        return self.index.symbols

    @property
    def gene_ids(self) -> list[str]:
        return self.index.gene_ids

    @property
    def full_names(self) -> list[str]:
        return self.index.full_names

    @property
    def previous_symbols(self) -> dict[str, int]:
        """The row of each previous official symbol, in exact case, that means one gene only."""
        return self.index.previous_symbols

    @cached_property
    def exact(self) -> dict[str, int]:
        """The row of each official symbol, in exact case."""
        rows = range(len(self.symbols))
        return dict(zip(reversed(self.symbols), reversed(rows), strict=True))

    @cached_property
    def by_id(self) -> dict[str, int]:
        return dict(zip(self.gene_ids, range(len(self.gene_ids)), strict=True))

    @cached_property
    def _by_symbol(self) -> dict[str, Rows]:
        rows = range(len(self.symbols))
        symbols = list(map(str if self.organism.symbol_case else str.casefold, self.symbols))
        by_symbol: dict[str, Rows] = dict(zip(symbols, zip(rows, strict=True), strict=True))
        if len(by_symbol) < len(symbols):  # two genes of one symbol
            by_symbol.clear()
            for row, symbol in enumerate(symbols):
                by_symbol[symbol] = (*by_symbol.get(symbol, _NO_ROWS), row)
        return by_symbol

    def by_symbol(self, name: str) -> Rows:
        """Return the genes of this official symbol; case counts where the organism says so."""
        plain = normalize_typography(name)
        return self._by_symbol.get(
            plain if self.organism.symbol_case else plain.casefold(), _NO_ROWS
        )

    def rows(self, key: str) -> NameRows:
        """Return the genes of the name, and those of the family, that folds to `key`."""
        return self.index.find(key) or _UNKNOWN

    def by_folded_name(self, key: str) -> Rows:
        """Return the genes with a name, neither a family's nor doubtful, that folds to `key`."""
        return self.rows(key).own

    def family(self, name: str) -> Rows:
        """Return the members of the family or complex of this name, and its doubtful genes."""
        return self.rows(fold(name)).family

    def is_known(self, key: str) -> bool:
        """Return whether a gene or a family has a name that folds to `key`."""
        return self.index.find(key) is not None

    def folded_names(self) -> Iterator[str]:
        """Yield the folded form of every name, each once."""
        return self.index.names()

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

    @property
    def digest(self) -> str:
        return str(self.metadata.get("digest", ""))


def _read_lexicon(folder: Path, organism: Organism) -> Lexicon:
    with _reading(folder):
        text = (folder / "sources.yaml").read_text(encoding="utf-8")
        metadata = yaml.load(text, yaml.CSafeLoader)
        return Lexicon(organism, open_index(folder), metadata or {})


def write_lexicon_index(folder: Path) -> None:
    """Write the index of a lexicon's tables into its folder.

    Raises NerbenchError if a table cannot be read or the index cannot be written.
    """
    with _reading(folder):
        write_index(folder)


@contextmanager
def _reading(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, ValueError, LookupError, zlib.error, yaml.YAMLError) as error:
        raise NerbenchError(
            f"{folder}: the lexicon cannot be read ({error}); see 'nerbench lexicon build'"
        ) from None


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


def _find_folders(path: str) -> dict[int, tuple[Path, Organism]]:
    """Return the folder and the rules of each organism, by its taxon."""
    folders: dict[int, tuple[Path, Organism]] = {}
    for root in (_DATA, *map(Path, filter(None, path.split(os.pathsep)))):
        if not root.is_dir():
            raise NerbenchError(f"{root}: no such folder (named in {LEXICON_PATH})")
        for rules in sorted(root.glob("*/organism.yaml")):
            organism = read_organism(rules)
            folders[organism.taxon] = rules.parent, organism
    return folders


@lru_cache(maxsize=4)
def _load(path: str) -> Nomenclature:
    lexicons = {taxon: _read_lexicon(*place) for taxon, place in _find_folders(path).items()}
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
    for folder, rules in _find_folders(os.environ.get(LEXICON_PATH, "")).values():
        if rules.is_named(organism):
            return folder / "organism.yaml"
    return None
