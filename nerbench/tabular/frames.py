"""Read tables that are no text: Parquet, Arrow, spreadsheets, and R's RDS."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from nerbench.errors import RecordError
from nerbench.records import Problem
from nerbench.tabular.table_rows import Row

_RDS = (b"X\n\0\0\0", b"A\n2\n", b"A\n3\n", b"RDX", b"RDA")
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_IN_R = 'in R: write.csv(readRDS("FILE.rds"), "FILE.csv", row.names = FALSE)'


class FrameTable:
    """A table in a data frame."""

    def __init__(self, frame: pl.DataFrame, source: str, first_row: int = 1) -> None:
        self.source = source
        self.columns = tuple(frame.columns)
        self._frame = frame
        self._first_row = first_row

    def rows(self, columns: Sequence[str]) -> Iterator[Row | Problem]:
        cells = self._frame.select(columns).iter_rows()
        for number, row in enumerate(cells, self._first_row):
            if any(cell is not None for cell in row):
                yield Row(f"{self.source}, row {number}", row)


def frame_opener(start: bytes, name: str) -> Callable[[bytes, str], FrameTable] | None:
    """Return what opens a file as a data frame, by its first bytes; None if it is text.

    >>> frame_opener(b"PAR1", "a.parquet").__name__, frame_opener(b"id,caption", "a.csv")
    ('_open_parquet', None)
    """
    if start.startswith(b"PAR1"):
        return _open_parquet
    if start.startswith(b"ARROW1"):
        return _open_arrow
    if start.startswith(_RDS):
        return _open_rds
    if start.startswith((_ZIP, _OLD_WORKBOOK)) and is_workbook_name(name):
        return _open_workbook
    return None


def is_workbook_name(name: str) -> bool:
    """Return whether a file is a spreadsheet by its name.

    >>> is_workbook_name("Figures.XLSX"), is_workbook_name("figures.zip")
    (True, False)
    """
    return name.lower().endswith((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"))


def _open_parquet(raw: bytes, source: str) -> FrameTable:
    return FrameTable(_read(pl.read_parquet, raw, "Parquet"), source)


def _open_arrow(raw: bytes, source: str) -> FrameTable:
    return FrameTable(_read(pl.read_ipc, raw, "Arrow"), source)


def _read(read: Callable[[io.BytesIO], pl.DataFrame], raw: bytes, kind: str) -> pl.DataFrame:
    try:
        return read(io.BytesIO(raw))
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise RecordError(f"no {kind} file, or damaged: {_one_line(error)}") from None


def _open_workbook(raw: bytes, source: str) -> FrameTable:
    """Open the first sheet of a workbook; its rows count from 1, the header's."""
    if find_spec("fastexcel") is None:
        raise RecordError(
            "a spreadsheet; to read it: pip install 'nerbench[excel]'; or save it as CSV UTF-8"
        )
    import fastexcel

    try:
        sheet = fastexcel.read_excel(raw).load_sheet(0, dtypes="string")
        frame: pl.DataFrame = sheet.to_polars()
    except fastexcel.FastExcelError as error:
        reason = _one_line(error)
        raise RecordError(f"the spreadsheet cannot be read ({reason}); save it as CSV") from None
    return FrameTable(frame, source, first_row=2)


def _open_rds(raw: bytes, source: str) -> FrameTable:
    if raw.startswith((b"RDX", b"RDA")):
        raise RecordError(
            "an R workspace (RData), which can hold several tables; in R: load it, and "
            'write.csv(TABLE, "FILE.csv", row.names = FALSE)'
        )
    if find_spec("pyreadr") is None:
        raise RecordError(f"an RDS file; to read it: pip install 'nerbench[r]'; or {_IN_R}")
    import pyreadr

    with TemporaryDirectory(prefix="nerbench-") as folder:  # the library reads files only
        path = Path(folder, "table.rds")
        path.write_bytes(raw)
        try:
            frame = pyreadr.read_r(path, output_format="polars").get(None)
        except (pyreadr.PyreadrError, pyreadr.LibrdataError, ValueError, TypeError) as error:
            reason = _one_line(error)
            raise RecordError(f"an RDS file that pyreadr cannot read ({reason}); {_IN_R}") from None
    if not isinstance(frame, pl.DataFrame):
        raise RecordError(f"an RDS file of another value than a data frame; {_IN_R}")
    return FrameTable(frame, source)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
