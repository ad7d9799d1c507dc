"""The index of a lexicon: one read-only file, mapped into memory, that answers every look-up.

It is made from the lexicon's two tables. Nothing is parsed when it is opened, and processes share
it. Strings are in two tries (marisa-trie), one of folded names and one of spellings; what belongs
to a string is in arrays, at the number that the trie gives it.

A list of genes is one number: 0 for none, ``row + 1`` for a single gene, and beyond the number of
genes a place in the pool of longer lists.
"""

from __future__ import annotations

import gc
import gzip
import json
import mmap
import re
import struct
import sys
import zlib
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from marisa_trie import Trie

from nerbench.files import aside

FILE = "index.bin"
"""The name of an index in its lexicon's folder."""

Rows = tuple[int, ...]
"""Rows of genes, ascending."""

DOUBTFUL = "doubtful"
"""The trust of a name that usually means something else: it counts at level `family` only."""

FAMILY = "family"
"""The kind of a name that is a family's or a complex's."""

MIN_WORD = 6
"""Letters of the shortest words of names that a misspelt word is compared with."""

_TABLES = {"genes.tsv.gz": 4, "names.tsv.gz": 6}  # and their columns
_KINDS = ("previous", "synonym", "full_name", "usage", FAMILY)
_GENE_TEXTS = {"gene_ids": 0, "symbols": 1, "full_names": 3}  # and their columns
_MAGIC = b"nerbench lexicon 2\n"
_HEAD = struct.Struct("<19sII")  # magic, length of the header, checksum of all that follows
_ALIGNMENT = 8
_NO_ROWS: Rows = ()
_MAX_CACHED_NAMES = 1 << 17


class Alias(NamedTuple):
    """A name that is no official symbol: its spelling, kind, sources, trust and genes."""

    name: str
    kind: str
    source: str
    trust: str
    rows: Rows


class NameRows(NamedTuple):
    """The genes of a folded name: those that it names, and those of a family or a doubtful name."""

    own: Rows
    family: Rows


class Index:
    """The names and genes of a lexicon.

    >>> genes = [["7157", "TP53", "tp53", "tumor protein p53"]]
    >>> index = Index(index_bytes(genes, [["p53", "p53", "synonym", "HGNC", "authority", "0"]]))
    >>> index.find("p53"), index.find("p54"), index.symbols
    (NameRows(own=(0,), family=()), None, ['TP53'])
    >>> [(alias.name, alias.trust) for alias in index.aliases("p53")], list(index.names("p5"))
    ([('p53', 'authority')], ['p53'])
    """

    def __init__(self, data: bytes | mmap.mmap) -> None:
        view = memoryview(data)
        _, length, _ = _HEAD.unpack_from(view)
        header = json.loads(bytes(view[_HEAD.size : _HEAD.size + length]))
        start = _aligned(_HEAD.size + length)
        self._sections = {
            name: view[start + offset : start + offset + size]
            for name, (offset, size) in header["sections"].items()
        }
        self._names = _mapped_trie(self._sections["names"])
        self._own, self._family = self._numbers("own"), self._numbers("family")
        self._pool, self._pool_starts = self._numbers("pool"), self._numbers("pool_starts")
        self._gene_count: int = header["genes"]
        self._tags: list[tuple[str, str, str]] = [tuple(tag) for tag in header["tags"]]
        # Hit rate 0.80 (human) and 0.75 (fly) in a run over 701 distinct captions.
        self.find = lru_cache(maxsize=_MAX_CACHED_NAMES)(self._find)
        self.names: Callable[..., Iterator[str]] = self._names.iterkeys
        """Yields the folded names that begin with a prefix, if any; a name that is the prefix comes
        first.
        """

    def _numbers(self, section: str) -> memoryview:
        return self._sections[section].cast("I")

    def _find(self, key: str) -> NameRows | None:
        """Return the genes of a folded name, or None if the lexicon does not have it."""
        number = self._names.get(key)
        if number is None:
            return None
        return NameRows(self._rows(self._own[number]), self._rows(self._family[number]))

    def _rows(self, number: int) -> Rows:
        if number <= self._gene_count:
            return (number - 1,) if number else _NO_ROWS
        place = number - self._gene_count - 1
        return tuple(self._pool[self._pool_starts[place] : self._pool_starts[place + 1]])

    def __contains__(self, key: str) -> bool:
        return key in self._names

    def aliases(self, key: str) -> list[Alias]:
        """Return the names, other than official symbols, that fold to a key."""
        number = self._names.get(key)
        if number is None:
            return []
        starts = self._numbers("alias_starts")
        return [self._alias(place) for place in range(starts[number], starts[number + 1])]

    def all_aliases(self) -> Iterator[Alias]:
        """Yield every name that is no official symbol, in the order of the folded names."""
        return map(self._alias, range(len(self._alias_rows)))

    def _alias(self, place: int) -> Alias:
        name = self._spellings.restore_key(self._alias_spellings[place])
        return Alias(
            name, *self._tags[self._alias_tags[place]], self._rows(self._alias_rows[place])
        )

    def spellings(self, prefix: str = "") -> Iterator[str]:
        """Yield the distinct spellings, official symbols too, that begin with a prefix."""
        spellings: Iterator[str] = self._spellings.iterkeys(prefix)
        return spellings

    @cached_property
    def _spellings(self) -> Trie:
        return _mapped_trie(self._sections["spellings"])

    @cached_property
    def _alias_spellings(self) -> memoryview:
        return self._numbers("alias_spellings")

    @cached_property
    def _alias_tags(self) -> memoryview:
        return self._sections["alias_tags"].cast("H")

    @cached_property
    def _alias_rows(self) -> memoryview:
        return self._numbers("alias_rows")

    @cached_property
    def gene_ids(self) -> list[str]:
        return self._texts("gene_ids", self._gene_count)

    @cached_property
    def symbols(self) -> list[str]:
        return self._texts("symbols", self._gene_count)

    @cached_property
    def full_names(self) -> list[str]:
        return self._texts("full_names", self._gene_count)

    @cached_property
    def previous_symbols(self) -> dict[str, int]:
        """The row of each previous official symbol, in exact case, that means one gene only."""
        rows = self._numbers("previous_rows")
        return dict(zip(self._texts("previous", len(rows)), rows, strict=True))

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of all names and full names, of letters alone and in lower case."""
        return frozenset(bytes(self._sections["words"]).decode("ascii").split())

    def _texts(self, section: str, count: int) -> list[str]:
        return bytes(self._sections[section]).decode("utf-8").split("\n")[:count]


def words_of(spellings: Iterable[str]) -> set[str]:
    """Return the words of letters alone in spellings of names, in lower case.

    >>> sorted(words_of(["Synuclein alpha", "NF-kappaB p65", "heat shock protein 27"]))
    ['kappab', 'protein', 'synuclein']
    """
    tokens = (token for name in spellings for token in re.findall(r"[^\W_]+", name))
    return {t.lower() for t in tokens if len(t) >= MIN_WORD and t.isascii() and t.isalpha()}


def _mapped_trie(section: memoryview) -> Trie:
    trie = Trie()
    trie.map(section)
    return trie


def open_index(folder: Path) -> Index:
    """Open the index in a lexicon's folder; make it in memory if it is not of the folder's tables.

    Raises OSError, EOFError, ValueError, LookupError or zlib.error if a table cannot be read.
    """
    tables = [(folder / name).read_bytes() for name in _TABLES]
    try:
        with (folder / FILE).open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):  # none, or an empty one
        data = None
    if data is not None and _is_of(data, tables):
        return Index(data)
    return Index(_index_of(tables))


def write_index(folder: Path) -> None:
    """Write the index of the tables in a lexicon's folder, the same bytes for the same tables.

    Raises NerbenchError if it cannot be written, and what `open_index` raises.
    """
    data = _index_of([(folder / name).read_bytes() for name in _TABLES])
    with aside(folder / FILE) as part:
        part.write_bytes(data)


def _is_of(data: mmap.mmap, tables: Sequence[bytes]) -> bool:
    """Return whether an index is whole, of this machine's byte order, and of these tables."""
    if len(data) < _HEAD.size:
        return False
    magic, length, checksum = _HEAD.unpack_from(data)
    with memoryview(data) as view, view[_HEAD.size :] as rest:
        if magic != _MAGIC or zlib.crc32(rest) != checksum:
            return False
        header = json.loads(bytes(rest[:length]))
    return bool(header["order"] == sys.byteorder and header["tables"] == _stamps(tables))


def _stamps(tables: Iterable[bytes]) -> list[list[int]]:
    return [[len(table), zlib.crc32(table)] for table in tables]


def _index_of(tables: Sequence[bytes]) -> bytes:
    # This makes many small objects and no garbage: collecting takes more than half of the time.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        genes, names = (
            _read_table(raw, name, columns)
            for raw, (name, columns) in zip(tables, _TABLES.items(), strict=True)
        )
        return index_bytes(genes, names, _stamps(tables))
    finally:
        if was_enabled:
            gc.enable()


def _read_table(raw: bytes, name: str, columns: int) -> list[list[str]]:
    lines = gzip.decompress(raw).decode("utf-8").split("\n")
    rows = [line.split("\t") for line in lines[1:] if line]
    if any(len(row) != columns for row in rows):
        raise ValueError(f"{name} has rows that are not {columns} columns wide")
    return rows


def index_bytes(
    genes: Sequence[Sequence[str]],
    names: Iterable[Sequence[str]],
    stamps: Sequence[Sequence[int]] = (),
) -> bytes:
    """Return the index of two tables, of which the names give the rows of their genes.

    Parameters
    ----------
    genes : sequence
        Of each gene its id, symbol, folded symbol and full name.
    names : iterable
        Of each name its folded form, spelling, kind, source, trust, and rows parted by blanks.
    stamps : sequence, optional
        Of each file that the tables are from its size and checksum.

    Raises
    ------
    ValueError
        If a name has an unknown kind, or genes that are no rows of the first table.
    """
    own: dict[str, Rows] = {}
    family: dict[str, Rows] = {}
    rows_of_previous: dict[str, set[Rows]] = defaultdict(set)
    aliases: dict[str, list[tuple[str, int, int]]] = {}  # spelling, tag, list of genes
    tags: dict[tuple[str, str, str], int] = {}
    pool = _Pool(len(genes))
    for row, (_, _, key, _) in enumerate(genes):
        _add_rows(own, key, (row,))
    for key, spelling, kind, source, trust, members in names:
        rows = tuple(map(int, members.split()))
        if kind not in _KINDS or (rows and not 0 <= min(rows) <= max(rows) < len(genes)):
            raise ValueError(f"{spelling!r} has the kind {kind} and the genes {members}")
        _add_rows(family if trust == DOUBTFUL or kind == FAMILY else own, key, rows)
        alias = spelling, tags.setdefault((kind, source, trust), len(tags)), pool.number(rows)
        aliases.setdefault(key, []).append(alias)
        if kind == "previous":
            rows_of_previous[spelling].add(rows)
    # A previous symbol that means one gene only
    previous = {
        spelling: rows[0]
        for spelling, several in rows_of_previous.items()
        if len(several) == 1 and len(rows := next(iter(several))) == 1
    }

    keys = Trie(sorted(own.keys() | family.keys()))
    symbols = {symbol for _, symbol, _, _ in genes}
    spellings = Trie(sorted(symbols.union(name for of in aliases.values() for name, _, _ in of)))
    ordered = list(map(keys.restore_key, range(len(keys))))
    ordered_aliases = [alias for key in ordered for alias in aliases.get(key, ())]
    columns = {
        "own": array("I", [pool.number(own.get(key, _NO_ROWS)) for key in ordered]),
        "family": array("I", [pool.number(family.get(key, _NO_ROWS)) for key in ordered]),
        "alias_starts": array(
            "I", accumulate((len(aliases.get(key, ())) for key in ordered), initial=0)
        ),
        "alias_spellings": array("I", [spellings.key_id(name) for name, _, _ in ordered_aliases]),
        "alias_tags": array("H", [tag for _, tag, _ in ordered_aliases]),
        "alias_rows": array("I", [number for _, _, number in ordered_aliases]),
        "pool": pool.rows,
        "pool_starts": pool.starts,
        "previous_rows": array("I", previous.values()),
    }
    texts = {name: [gene[column] for gene in genes] for name, column in _GENE_TEXTS.items()}
    texts["previous"] = list(previous)
    sections = {"names": keys.tobytes(), "spellings": spellings.tobytes()}
    sections |= {name: column.tobytes() for name, column in columns.items()}
    sections |= {name: "\n".join(lines).encode("utf-8") for name, lines in texts.items()}
    sections["words"] = " ".join(
        sorted(words_of([*map(spellings.restore_key, range(len(spellings))), *texts["full_names"]]))
    ).encode("ascii")
    return _joined(sections, {"genes": len(genes), "tags": list(tags), "tables": stamps})


def _add_rows(table: dict[str, Rows], key: str, rows: Rows) -> None:
    earlier = table.get(key)
    table[key] = rows if earlier is None else tuple(sorted({*earlier, *rows}))


class _Pool:
    """The distinct lists of two genes and more, each with its number."""

    def __init__(self, gene_count: int) -> None:
        self.rows = array("I")
        self.starts = array("I", [0])
        self._gene_count = gene_count
        self._numbers: dict[Rows, int] = {}

    def number(self, rows: Rows) -> int:
        if len(rows) < 2:
            return rows[0] + 1 if rows else 0
        if rows not in self._numbers:
            self._numbers[rows] = self._gene_count + len(self.starts)
            self.rows.extend(rows)
            self.starts.append(len(self.rows))
        return self._numbers[rows]


def _joined(sections: dict[str, bytes], header: dict[str, object]) -> bytes:
    places: dict[str, tuple[int, int]] = {}
    payload = bytearray()
    for name, section in sections.items():
        payload += bytes(_aligned(len(payload)) - len(payload))
        places[name] = len(payload), len(section)
        payload += section
    fields = header | {"order": sys.byteorder, "sections": places}
    text = json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    padding = bytes(_aligned(_HEAD.size + len(text)) - _HEAD.size - len(text))
    rest = text + padding + bytes(payload)
    return _HEAD.pack(_MAGIC, len(text), zlib.crc32(rest)) + rest


def _aligned(offset: int) -> int:
    return -(-offset // _ALIGNMENT) * _ALIGNMENT
