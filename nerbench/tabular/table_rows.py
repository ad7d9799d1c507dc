"""Values of tables: a row with its place, and a table that yields rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from nerbench.records import Problem

Cells = tuple[Any, ...]
"""Values of a row: text, numbers, lists, or None for a cell that is absent."""


@dataclass(frozen=True, slots=True)
class Row:
    """Cells of a row, and the place of the row as messages name it: file and line."""

    place: str
    cells: Cells


class Table(Protocol):
    """A table that has been opened.

    Attributes
    ----------
    source : str
        The file as messages name it.
    columns : tuple of str
        Names of the columns.
    """

    @property
    def source(self) -> str: ...

    @property
    def columns(self) -> tuple[str, ...]: ...

    def rows(self, columns: Sequence[str]) -> Iterator[Row | Problem]:
        """Yield the cells of some columns row by row, or why a row cannot be read."""
        ...


def cell_text(value: Any) -> str:
    """Return a cell as text without white space around; a whole number has no fraction.

    >>> cell_text(" IL-6 "), cell_text(3845.0), cell_text(None), cell_text(9606)
    ('IL-6', '3845', '', '9606')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()
