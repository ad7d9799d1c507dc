"""Read the tables that the sources publish: NCBI Gene, HGNC, FlyBase and FamPlex."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nerbench.errors import NerbenchError

csv.field_size_limit(1 << 24)


@dataclass(frozen=True, slots=True)
class Source:
    """The origin of a table: title, date of the release, licence, address."""

    title: str
    date: str
    licence: str
    address: str


@dataclass(slots=True)
class GeneRow:
    """One gene of a source; `other_ids` link it to the other sources.

    The symbol and the first full name are official. `is_reviewed` says that a nomenclature
    committee vouches for the other names, too.
    """

    gene_id: str
    symbol: str
    full_names: list[str] = field(default_factory=list)
    previous: list[str] = field(default_factory=list)
    synonyms: list[str] = field(default_factory=list)
    other_ids: tuple[str, ...] = ()
    uniprot: tuple[str, ...] = ()
    source: str = ""
    is_reviewed: bool = False


@dataclass(frozen=True, slots=True)
class NameTable:
    """Names that a source gives to genes that other sources have, by their symbols.

    `members` are the genes of a family, `synonyms` those that a text means, `concepts` the names of
    one gene each, of which the first known symbol tells the gene, `classes` the names of a class
    with genes that may be its members, `others` names of no gene, `complete` the families whose
    members no other table adds to. `fills_gaps` says that a name counts only where no other table
    has it.
    """

    source: str
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    concepts: Sequence[tuple[str, ...]] = ()
    classes: Sequence[tuple[tuple[str, ...], tuple[str, ...]]] = ()
    others: frozenset[str] = frozenset()
    complete: frozenset[str] = frozenset()
    kind: str = "synonym"
    fills_gaps: bool = False


def _read_rows(path: Path, columns: set[str]) -> Iterator[dict[str, str]]:
    """Yield a table's rows. Raises NerbenchError if it cannot be read or lacks a column or cell."""
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        lines = iter(raw.decode("utf-8").splitlines())
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise NerbenchError(f"{path}: cannot be read: {error}") from None
    # NCBI and FlyBase write the header as a comment; FlyBase puts more comments before it.
    for line in lines:
        header = line.lstrip("#").split("\t")
        if columns <= set(header):
            break
    else:
        raise NerbenchError(
            f"{path}: no line has the columns {', '.join(sorted(columns))}; is it the right file?"
        )
    data = (line for line in lines if line and not line.startswith("#"))
    for row in csv.DictReader(data, header, delimiter="\t", quoting=csv.QUOTE_NONE):
        if any(row[column] is None for column in columns):
            raise NerbenchError(f"{path}: a row is cut short: {next(iter(row.values()))!r}")
        yield row


def _split_cells(row: Mapping[str, str], *columns: str) -> list[str]:
    cells = (row.get(column) or "" for column in columns)
    parts = (part.strip().strip('"') for cell in cells for part in cell.split("|"))
    return [part for part in parts if part and part != "-"]


def read_gene_info(path: Path, taxon: int) -> list[GeneRow]:
    """Read the genes of one taxon from NCBI Gene's ``*.gene_info`` (gzipped or not).

    Raises NerbenchError if the file is not a gene_info table or has no gene of the taxon.
    """
    columns = {"tax_id", "GeneID", "Symbol", "Synonyms", "description", "Other_designations"}
    genes = [
        GeneRow(
            gene_id=row["GeneID"],
            symbol=row["Symbol"],
            full_names=_split_cells(
                row, "Full_name_from_nomenclature_authority", "description", "Other_designations"
            ),
            synonyms=_split_cells(row, "Synonyms"),
            other_ids=tuple(
                reference.removeprefix("HGNC:").removeprefix("FLYBASE:")
                for reference in _split_cells(row, "dbXrefs")
            ),
            source="NCBI",
        )
        for row in _read_rows(path, columns)
        if row["tax_id"] == str(taxon) and row["Symbol"] != "NEWENTRY"
    ]
    if not genes:
        raise NerbenchError(f"{path}: holds no gene of taxon {taxon}")
    return genes


def read_hgnc(path: Path) -> list[GeneRow]:
    """Read the HGNC complete set (TSV). Raises NerbenchError if a column is missing."""
    return [
        GeneRow(
            gene_id=row.get("entrez_id") or row["hgnc_id"],
            symbol=row["symbol"],
            full_names=_split_cells(row, "name", "alias_name", "prev_name"),
            previous=_split_cells(row, "prev_symbol"),
            synonyms=_split_cells(row, "alias_symbol"),
            other_ids=(row["hgnc_id"],),
            uniprot=tuple(_split_cells(row, "uniprot_ids")),
            source="HGNC",
            is_reviewed=True,
        )
        for row in _read_rows(path, {"hgnc_id", "symbol", "name", "alias_symbol", "prev_symbol"})
        if row.get("status", "Approved") in ("Approved", "")
    ]


def read_flybase(path: Path) -> list[GeneRow]:
    """Read the fly genes of FlyBase's ``fb_synonym_*.tsv``.

    Raises NerbenchError if a column is missing.
    """
    columns = {"primary_FBid", "organism_abbreviation", "current_symbol", "current_fullname"}
    return [
        GeneRow(
            gene_id=row["primary_FBid"],
            symbol=row["current_symbol"],
            full_names=_split_cells(row, "current_fullname", "fullname_synonym(s)"),
            synonyms=_split_cells(row, "symbol_synonym(s)"),
            other_ids=(row["primary_FBid"],),
            source="FlyBase",
        )
        for row in _read_rows(path, columns)
        if row["primary_FBid"].startswith("FBgn") and row["organism_abbreviation"] == "Dmel"
    ]


def read_famplex(folder: Path) -> NameTable:
    """Read a folder of FamPlex's tables (Bachman, Gyori and Sorger, BMC Bioinformatics 2018).

    Raises NerbenchError if a file is missing.
    """
    try:
        relations = _read_csv(folder / "relations.csv")
        groundings = _read_csv(folder / "grounding_map.csv")
    except OSError as error:
        raise NerbenchError(f"{error.filename}: FamPlex's table cannot be read") from None
    children: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for space, name, _, parent_space, parent in (row[:5] for row in relations if len(row) >= 5):
        if parent_space == "FPLX":
            children[parent].append((space, name))

    by_family = {family: _members(family, children) for family in sorted(children)}
    names = defaultdict(set, {family: set(symbols) for family, symbols in by_family.items()})
    synonyms: dict[str, set[str]] = defaultdict(set)
    for text, *targets_of_text in groundings:
        for space, target in zip(targets_of_text[::2], targets_of_text[1::2], strict=False):
            if space == "FPLX":
                names[text] |= by_family.get(target, set())
            elif space in ("HGNC", "UP") and len(text) > 2:
                synonyms[text].add(target)
    return NameTable(
        "FamPlex",
        members={name: tuple(sorted(symbols)) for name, symbols in names.items() if symbols},
        synonyms={text: tuple(sorted(targets)) for text, targets in synonyms.items()},
    )


def _members(
    family: str,
    children: Mapping[str, list[tuple[str, str]]],
    ancestors: frozenset[str] = frozenset(),
) -> set[str]:
    """Return the symbols of a family's members, those of its subfamilies included."""
    symbols: set[str] = set()
    for space, name in children.get(family, ()):
        if space == "HGNC":
            symbols.add(name)
        elif space == "FPLX" and name not in ancestors:
            symbols |= _members(name, children, ancestors | {family})
    return symbols


def _read_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.reader(file) if row]
