"""Tables that grow with a run: kept in columns, and past a size on disk, so that memory does not
grow with a corpus.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate, chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_type_hints

import numpy as np
import polars as pl

from nerbench.errors import NerbenchError

_ROWS_IN_MEMORY = 50_000

Spans = Sequence[tuple[int, int]]
"""Start and end of each span, in code points."""
Strings = Sequence[str]
Genes = Sequence[tuple[int, str]]
"""Taxon id and official symbol of each gene."""

_SPANS = pl.List(pl.Array(pl.Int32, 2))
_GENE = {"taxon": pl.Int32, "symbol": pl.String}
_GENES = pl.List(pl.Struct(_GENE))
_DTYPES: dict[Any, Any] = {
    str: pl.String,
    str | None: pl.String,
    int: pl.Int32,
    float | None: pl.Float64,
    bool: pl.Boolean,
    bool | None: pl.Boolean,
    Strings: pl.List(pl.String),
    Spans: _SPANS,
    Genes: _GENES,
}


def schema_of(row_type: type[tuple[Any, ...]]) -> dict[str, Any]:
    """Return the polars schema of a table, given the type of its rows (a named tuple).

    >>> from typing import NamedTuple
    >>> schema_of(NamedTuple("Row", [("figid", str), ("names", int)]))
    {'figid': String, 'names': Int32}
    """
    return {name: _DTYPES[hint] for name, hint in get_type_hints(row_type).items()}


class Table:
    """A growing table, in the order in which its rows were added.

    Parameters
    ----------
    row_type : type
        The named tuple that a row is.
    max_rows_in_memory : int
        How many rows are held before they are moved to temporary files.

    Examples
    --------
    >>> from typing import NamedTuple
    >>> table = Table(NamedTuple("Row", [("model", str), ("name", str)]))
    >>> table.append(pl.DataFrame({"model": ["default"], "name": ["IL-6"]}))
    >>> len(table), list(table)
    (1, [{'model': 'default', 'name': 'IL-6'}])
    """

    def __init__(
        self, row_type: type[tuple[Any, ...]], max_rows_in_memory: int = _ROWS_IN_MEMORY
    ) -> None:
        self.schema = schema_of(row_type)
        self._max_rows = max_rows_in_memory
        self._frames: list[pl.DataFrame] = []
        self._rows_in_memory = 0
        self._dropped_models: set[str] = set()
        self._folder: TemporaryDirectory[str] | None = None
        self._parts: list[Path] = []

    def append(self, frame: pl.DataFrame) -> None:
        """Add rows. Raises NerbenchError if a temporary file cannot be written."""
        self._frames.append(frame)
        self._rows_in_memory += len(frame)
        if self._rows_in_memory >= self._max_rows:
            self._spill()

    def extend(self, rows: pl.LazyFrame) -> None:
        """Add the rows of a lazy frame by way of disk, however many. Raises PolarsError if they
        have not the columns of the schema.
        """
        if self._frames:
            self._spill()
        part = self._new_part()
        rows.select(list(self.schema)).cast(pl.Schema(self.schema)).sink_parquet(
            part, maintain_order=True
        )
        self._parts.append(part)

    def _spill(self) -> None:
        try:
            part = self._new_part()
            pl.concat(self._frames).write_parquet(part)
        except (OSError, pl.exceptions.ComputeError) as error:
            raise NerbenchError(
                f"temporary files cannot be written ({error}): name a folder with room in TMPDIR"
            ) from None
        self._parts.append(part)
        self._frames, self._rows_in_memory = [], 0

    def _new_part(self) -> Path:
        self._folder = self._folder or TemporaryDirectory(prefix="nerbench-")
        return Path(self._folder.name, f"{len(self._parts)}.parquet")

    def drop_models(self, names: Collection[str]) -> None:
        """Leave out the rows of some models from now on."""
        self._dropped_models |= set(names)

    def scan(self) -> pl.LazyFrame:
        """Return the rows as a lazy frame."""
        empty = pl.DataFrame(schema=self.schema)
        parts = [pl.scan_parquet(part) for part in self._parts]
        rows = pl.concat([*parts, pl.concat([empty, *self._frames]).lazy()])
        if self._dropped_models:
            rows = rows.filter(~pl.col("model").is_in(sorted(self._dropped_models)))
        return rows

    def write_parquet(self, path: Path) -> None:
        """Write the rows: the same bytes for the same frames, added in the same order.

        Raises OSError if they cannot be written.
        """
        try:
            self.scan().sink_parquet(path, row_group_size=1 << 16, maintain_order=True)
        except pl.exceptions.ComputeError as error:  # a full disk
            raise OSError(str(error)) from error

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield each row as a dictionary."""
        for frame in (*map(pl.read_parquet, self._parts), *self._frames):
            for row in frame.iter_rows(named=True):
                if row.get("model") not in self._dropped_models:
                    yield row

    def __len__(self) -> int:
        return int(self.scan().select(pl.len()).collect().item())


def to_frame(rows: Sequence[tuple[Any, ...]], schema: dict[str, Any]) -> pl.DataFrame:
    """Return rows as a data frame.

    >>> schema = {"name": pl.String, "genes": pl.List(pl.String)}
    >>> to_frame([("IL-6", ["IL6"]), ("x", [])], schema).rows()
    [('IL-6', ['IL6']), ('x', [])]
    """
    if not rows:
        return pl.DataFrame(schema=schema)
    columns = zip(schema.items(), zip(*rows, strict=True), strict=True)
    return pl.DataFrame([_to_series(name, cells, dtype) for (name, dtype), cells in columns])


def _to_series(name: str, cells: Sequence[Any], dtype: Any) -> pl.Series:
    """Return a column. Polars infers the type of a list entry by entry, which is slow: here each
    distinct list becomes a slice of one series of entries, and the column gathers the slices.
    """
    if not isinstance(dtype, pl.List):
        return pl.Series(name, cells, dtype)
    numbers: dict[tuple[Any, ...], int] = {}
    cell_numbers = [numbers.setdefault(tuple(cell), len(numbers)) for cell in cells]
    flat: Any = list(chain.from_iterable(numbers))
    if dtype == _GENES:
        entries = pl.DataFrame(flat, schema=_GENE, orient="row").to_struct()
    else:
        entries = pl.Series(
            np.array(flat, np.int32).reshape(-1, 2) if dtype == _SPANS else flat,
            dtype=dtype.inner,
        )
    ends = accumulate(map(len, numbers))
    lists = [
        entries.slice(end - len(cell), len(cell)) for cell, end in zip(numbers, ends, strict=True)
    ]
    return pl.Series(name, lists).gather(cell_numbers)
