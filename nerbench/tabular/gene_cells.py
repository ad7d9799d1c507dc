"""Read the genes of a cell: symbols or ids, in a list or with marks between."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from nerbench.tabular.table_rows import cell_text

_MARKS = re.compile(r"[,;|\t\r\n]")
_WHOLE_NUMBER = re.compile(r"(\d+)\.0+")


def gene_entries(cell: Any) -> list[str]:
    """Return the genes that a cell lists, as they stand.

    Commas, semicolons, bars and line ends part them; blanks do where there is none of these. A list
    may also be one of JSON or of Python.

    >>> gene_entries("TP53; MDM2"), gene_entries("TP53 MDM2"), gene_entries("interleukin 6, TNF")
    (['TP53', 'MDM2'], ['TP53', 'MDM2'], ['interleukin 6', 'TNF'])
    >>> gene_entries("['TP53', 'MDM2']"), gene_entries([7157, "4193"]), gene_entries(7157.0)
    (['TP53', 'MDM2'], ['7157', '4193'], ['7157'])
    """
    if isinstance(cell, Iterable) and not isinstance(cell, str | dict):
        return [entry for value in cell for entry in _entry(value)]
    text = cell_text(cell)
    if text[:1] == "[" and text[-1:] == "]":
        return _listed(text)
    if isinstance(cell, dict):
        return _entry(cell)
    parts = _MARKS.split(text) if _MARKS.search(text) else text.split()
    return [entry for part in parts for entry in _entry(part)]


def _listed(text: str) -> list[str]:
    try:
        values = json.loads(text)
    except ValueError:
        values = [part.strip().strip("'\"") for part in text[1:-1].split(",")]
    return [entry for value in values for entry in _entry(value)]


def _entry(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = next((value[key] for key in ("symbol", "gene", "id") if value.get(key)), None)
    text = cell_text(value)
    whole = _WHOLE_NUMBER.fullmatch(text)
    return [whole[1] if whole else text] if text else []
