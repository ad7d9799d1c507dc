"""Read delimited text: CSV, TSV, and what spreadsheets export, with any of four delimiters.

A broken row costs itself only: reading goes on at the next line, also where a quote is not closed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from nerbench.records import Problem
from nerbench.spans.formats.text_files import lines_of
from nerbench.tabular.columns import ColumnNames
from nerbench.tabular.table_rows import Row

_DELIMITERS = ("\t", ",", ";", "|")
_DELIMITER_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)  # of Excel
_MAX_LINES = 500  # of a row
_NOT_UTF8 = re.compile(r"[\udc80-\udcff]")


class DelimitedTable:
    """A table in delimited text, whose first line names the columns.

    Bytes that are not UTF-8 stand in the text as surrogates (``surrogateescape``).
    """

    def __init__(self, lines: Sequence[str], start: int, delimiter: str, source: str) -> None:
        self.source = source
        self._lines = lines
        self._delimiter = delimiter
        header, self._start = self._parse(start)
        header[0] = header[0].lstrip("#")
        if self._has_row_names(len(header)):
            header = ["", *header]
        self.columns = tuple(name.strip() for name in header)

    def rows(self, columns: Sequence[str]) -> Iterator[Row | Problem]:
        indexes = [self.columns.index(column) for column in columns]
        index, width = self._start, len(self.columns)
        while index < len(self._lines):
            line = index + 1
            if not self._lines[index].strip():
                index += 1
                continue
            cells, index = self._parse(index, width)
            place = f"{self.source}:{line}"
            while len(cells) > width and not cells[-1].strip():
                cells.pop()
            if not any(map(str.strip, cells)):
                continue
            if len(cells) != width:
                count = f"{len(cells)} cell{'s' * (len(cells) != 1)}"
                yield Problem(place, f"the row has {count}, the header {width}")
                continue
            wanted = tuple(cells[index] for index in indexes)
            if bad := _NOT_UTF8.search("".join(wanted)):
                byte = f"0x{ord(bad[0]) - 0xDC00:02x}"
                yield Problem(place, f"not UTF-8 (byte {byte}); save the table as UTF-8")
                continue
            yield Row(place, wanted)

    def _parse(self, index: int, width: int = 0) -> tuple[list[str], int]:
        """Return the cells of the row that begins at a line, and the index of the line after it.

        A line whose quotes are not those of a table is read as it stands: quotes are part of a
        caption, too. So is one whose quote takes in other lines and gives no row of the width.
        """
        line = self._lines[index]
        plain = line.split(self._delimiter)
        if '"' not in line:
            return plain, index + 1
        lines = islice(self._lines, index, index + _MAX_LINES)
        text = (line + "\n" for line in lines)
        reader = csv.reader(text, delimiter=self._delimiter, strict=True)
        try:
            cells = next(reader)
        except csv.Error:
            return plain, index + 1
        if width and len(cells) != width and reader.line_num > 1:
            return plain, index + 1
        return cells, index + reader.line_num

    def _has_row_names(self, width: int) -> bool:
        """Return whether each row has one more cell than the header, as R writes row names."""
        rows = (index for index in range(self._start, len(self._lines)) if self._lines[index])
        first = [self._parse(index)[0] for index in islice(rows, 3)]
        is_wider = bool(first) and all(len(cells) == width + 1 for cells in first)
        return is_wider and any(cells[-1].strip() for cells in first)


def open_delimited(
    text: str, source: str, names: ColumnNames, *, is_table: bool
) -> DelimitedTable | None:
    r"""Open delimited text; None if its first line names no column that is known.

    With ``is_table``, the file is a table by its name, whatever its columns.

    >>> table = open_delimited("ID;Caption\n7;IL-6 binds\n", "a.csv", ColumnNames(), is_table=False)
    >>> table.columns, list(table.rows(["ID"]))
    (('ID', 'Caption'), [Row(place='a.csv:2', cells=('7',))])
    >>> open_delimited("IL-6 binds, and STAT3.", "a.txt", ColumnNames(), is_table=False)
    """
    lines = lines_of(text)
    start = next((i for i, line in enumerate(lines) if line.strip()), None)
    if start is None:
        return None
    if match := _DELIMITER_LINE.fullmatch(lines[start].strip()):
        start += 1
        delimiters: Sequence[str] = (match[1],)
    else:
        delimiters = _DELIMITERS
    if start >= len(lines):
        return None
    start = _find_header(lines, start, delimiters, names)
    tables = [
        DelimitedTable(lines, start, delimiter, source)
        for delimiter in delimiters
        if delimiter in lines[start]
    ]
    if not tables and is_table:
        return DelimitedTable(lines, start, ",", source)
    best = max(tables, key=lambda table: _rank(table, names), default=None)
    if best is None or not (is_table or len(names.find(best.columns)) > 1):
        return None
    return best


def _find_header(
    lines: Sequence[str], start: int, delimiters: Sequence[str], names: ColumnNames
) -> int:
    """Return the line that names the columns: one that begins with #, or the first that does not.

    Of several the last with the most known columns counts, as tools write comments above a table;
    if none has one, the first with the most cells.
    """
    stop = start
    while stop < len(lines) - 1 and (lines[stop].startswith("#") or not lines[stop].strip()):
        stop += 1
    if stop == start:
        return start
    cells = {
        index: [lines[index].lstrip("#").split(delimiter) for delimiter in delimiters]
        for index in range(start, stop + 1)
        if lines[index].strip() and not lines[index].startswith("##")
    }
    known = {
        index: max(len(names.find([cell.strip(' "') for cell in row])) for row in rows)
        for index, rows in cells.items()
    }
    if any(known.values()):
        return max(known, key=lambda index: (known[index], index))
    return max(cells, key=lambda index: max(map(len, cells[index])), default=start)


def _rank(table: DelimitedTable, names: ColumnNames) -> tuple[int, int]:
    return len(names.find(table.columns)), len(table.columns)
