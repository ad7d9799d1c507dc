"""Open a table of any kind, which its content tells."""

from __future__ import annotations

from nerbench.errors import RecordError
from nerbench.tabular.columns import ColumnNames
from nerbench.tabular.delimited import open_delimited
from nerbench.tabular.frames import frame_opener, is_workbook_name
from nerbench.tabular.gmt import SUFFIX, GmtTable, is_gmt
from nerbench.tabular.json_rows import open_json
from nerbench.tabular.table_rows import Table

TEXT_SUFFIXES = (".csv", ".tsv", ".tab", SUFFIX, ".jsonl", ".ndjson")
SUFFIXES = (
    *TEXT_SUFFIXES, ".parquet", ".pq", ".arrow", ".feather", ".rds", ".xlsx", ".xlsm", ".xlsb",
    ".xls", ".ods",
)  # fmt: skip
"""Suffixes of files that are tables by their name."""

KINDS = "CSV, TSV, JSON lines, Parquet, .xlsx, RDS, GMT"


def open_table(raw: bytes, name: str, source: str, names: ColumnNames) -> Table | None:
    r"""Open the unpacked content of a file as a table; None if it is none.

    Parameters
    ----------
    raw : bytes
        The content.
    name : str
        The name of the file, without the suffix of a compression.
    source : str
        The file as messages name it.
    names : ColumnNames
        Tells which columns a table of figures can have; text with none of them is no table, unless
        the name of the file says so.

    Raises
    ------
    RecordError
        If the file is a table that cannot be read, with the reason and the remedy.

    Examples
    --------
    >>> table = open_table(b"id;genes\n7;IL6\n", "a.csv", "a.csv", ColumnNames())
    >>> [row.cells for row in table.rows(table.columns)]
    [('7', 'IL6')]
    """
    opener = frame_opener(raw[:8], name)
    if opener is not None:
        return opener(raw, source)
    suffix = name.lower()
    if is_workbook_name(name) or suffix.endswith((".parquet", ".rds")):
        raise RecordError("not what its name says, or damaged: its first bytes are others")
    text = decode(raw)
    if "\0" in text[:1000]:
        return None
    is_table = suffix.endswith(TEXT_SUFFIXES)
    if suffix.endswith(SUFFIX):
        return GmtTable(text, source, name)
    if text.lstrip()[:1] in ("{", "["):
        return open_json(text, source)
    table = open_delimited(text, source, names, is_table=is_table)
    if (table is None or not names.find(table.columns)) and is_gmt(text):
        return GmtTable(text, source, name)
    return table


def decode(raw: bytes) -> str:
    r"""Return text as spreadsheets write it: UTF-8 or UTF-16, with or without a byte order mark.

    Bytes that are not UTF-8 become surrogates.

    >>> decode("\ufeffα".encode()), decode("α,b".encode("utf-16"))
    ('α', 'α,b')
    """
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", errors="replace")
    if len(raw) > 3 and raw[1] == 0 == raw[3] and raw[0] and raw[2]:
        return raw.decode("utf-16-le", errors="replace")
    if len(raw) > 3 and raw[0] == 0 == raw[2] and raw[1] and raw[3]:
        return raw.decode("utf-16-be", errors="replace")
    return raw.decode("utf-8-sig", errors="surrogateescape")
