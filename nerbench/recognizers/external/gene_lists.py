"""Read lists of genes as predictions: a figure and its genes a row, without offsets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nerbench.errors import NerbenchError, RecordError
from nerbench.identifiers import names_no_gene, split_identifiers
from nerbench.inputs import read_input, shown, unpacked_name
from nerbench.nomenclature.gene_ids import gene_ids
from nerbench.records import ListedName, Problem
from nerbench.spans.formats.json_values import read_json_values
from nerbench.tabular.columns import ColumnNames
from nerbench.tabular.gene_cells import gene_entries
from nerbench.tabular.json_rows import JsonTable
from nerbench.tabular.open_table import SUFFIXES, decode, open_table
from nerbench.tabular.table_rows import Table, cell_text

Lists = dict[str, tuple[str, list[ListedName]]]
"""By figure: the place of its first row, and its genes."""

_FIELDS = ("id", "genes", "gene_ids", "taxon")
_CONTENTS = frozenset(("passages", "annotations", "mentions"))  # of documents in JSON
_OTHER_IDS = ("alias", "pmcid")  # in place of the figure's id, if the table has none


def is_gene_table(path: Path, start: bytes = b"") -> bool:
    """Return whether a file is a table by its name, or by its first bytes, those of UTF-16.

    >>> is_gene_table(Path("genes.csv.gz")), is_gene_table(Path("genes.tsv"))
    (True, False)
    """
    name = unpacked_name(path.name).lower()
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return name.endswith(SUFFIXES) and not name.endswith((".tsv", ".tab", ".jsonl", ".ndjson"))


def read_gene_lists(path: Path) -> tuple[Lists, list[Problem]] | None:
    """Return the genes of each figure in a table, and the rows that cannot be read; None if the
    file is no table with a column of ids and one of genes.

    Raises NerbenchError if the table is damaged.
    """
    if (by_id := _read_lists_by_id(path)) is not None:
        return by_id, []
    table = open_input_table(path, ColumnNames())
    has_documents = isinstance(table, JsonTable) and not _CONTENTS.isdisjoint(table.columns)
    chosen = {} if table is None or has_documents else _choose_columns(table.columns)
    if table is None or not chosen:
        return None
    lists: Lists = {}
    problems = []
    for row in table.rows(list(chosen.values())):
        if isinstance(row, Problem):
            problems.append(row)
            continue
        cells = dict(zip(chosen, row.cells, strict=True))
        figid = cell_text(cells["id"])
        if not figid:
            problems.append(Problem(row.place, "the row has no figure id"))
            continue
        lists.setdefault(figid, (row.place, []))[1].extend(_listed(cells))
    return lists, problems


def open_input_table(path: Path, names: ColumnNames) -> Table | None:
    """Open a file as a table; None if it is none. Raises NerbenchError if it is damaged."""
    try:
        return open_table(read_input(path), unpacked_name(path.name), shown(path), names)
    except RecordError as error:
        raise NerbenchError(f"{shown(path)}: {error}") from None


def is_lists_by_id(value: Any) -> bool:
    """Return whether a JSON value is an object with a list of genes for each id.

    >>> is_lists_by_id({"F1": ["TP53", 3569], "F2": []})
    True
    >>> is_lists_by_id({"id": "F1", "genes": ["TP53"]}), is_lists_by_id({"genes": ["TP53"]})
    (False, False)
    """
    if not isinstance(value, dict) or not all(isinstance(v, list) for v in value.values()):
        return False
    genes = [gene for listed in value.values() for gene in listed]
    is_known = not _CONTENTS.isdisjoint(value) or bool(ColumnNames().find(list(value)))
    return bool(genes) and not is_known and all(isinstance(gene, str | int) for gene in genes)


def _read_lists_by_id(path: Path) -> Lists | None:
    raw = read_input(path)
    if not raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return None
    values = list(read_json_values(decode(raw)))
    if not all(is_lists_by_id(value.value) for value in values):
        return None
    lists: Lists = {}
    for line, value, _ in values:
        place = f"{shown(path)}:{line}" if line else shown(path)
        for figid, genes in value.items():
            lists.setdefault(figid.strip(), (place, []))[1].extend(listed_names(genes))
    return lists


def read_gene_object(entry: Mapping[str, Any]) -> tuple[str, list[ListedName]] | None:
    """Return the figure and the genes in a JSON object, or None if it has no id or no genes.

    >>> figid, genes = read_gene_object({"figid": "F1", "symbols": ["TP53"]})
    >>> figid, [gene.text for gene in genes]
    ('F1', ['TP53'])
    """
    chosen = _choose_columns(list(entry))
    cells = {field: entry[column] for field, column in chosen.items()}
    figid = cell_text(cells.get("id"))
    return (figid, list(_listed(cells))) if figid else None


def _choose_columns(columns: Sequence[str]) -> dict[str, str]:
    """Return the column of each field; none if those of ids and of genes are not both there."""
    fields = ColumnNames().find(columns)
    other = (fields[field] for field in _OTHER_IDS if field in fields)
    fields.setdefault("id", next(other, ""))
    if not fields["id"] or not fields.keys() & {"genes", "gene_ids"}:
        return {}
    return {field: fields[field] for field in _FIELDS if field in fields}


def listed_names(cell: Any) -> list[ListedName]:
    """Return the genes of a cell or a JSON list, by name or by NCBI Gene id.

    >>> [(gene.text, gene.ids) for gene in listed_names(["TP53", 3569, "-"])]
    [('TP53', ()), ('NCBI Gene 3569', ('NCBIGene:3569',))]
    """
    return [
        gene for entry in gene_entries(cell) for gene in map(_listed_name, _parts(entry)) if gene
    ]


def _parts(entry: str) -> Sequence[str]:
    return split_identifiers(entry) if gene_ids([entry]) else [entry]


def _listed_name(entry: str) -> ListedName | None:
    if ids := gene_ids([entry]):
        return ListedName(0, 0, f"NCBI Gene {ids[0].number}", ids=(str(ids[0]),))
    # NA and nan are genes of the fly; marks alone are none.
    is_none = names_no_gene(entry) and not entry.isalpha()
    return None if is_none else ListedName(0, 0, entry)


def _listed(cells: dict[str, Any]) -> Iterator[ListedName]:
    """Yield the genes of a row. Where it has as many ids as names, an id belongs to each name."""
    names = gene_entries(cells.get("genes"))
    ids = gene_entries(cells.get("gene_ids"))
    taxon = cell_text(cells.get("taxon"))
    if not names or len(names) != len(ids):
        yield from listed_names(cells["genes"] if names else ids)
        return
    for name, gene_id in zip(names, ids, strict=True):
        is_plain = taxon.isdecimal() and gene_id.isdecimal()
        own = tuple(map(str, gene_ids([f"{taxon}:{gene_id}" if is_plain else gene_id])))
        yield ListedName(0, 0, name, ids=own)
