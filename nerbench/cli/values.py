"""Values of options: read from text, or refused in one line."""

from __future__ import annotations

import math
from collections.abc import Callable

import typer

from nerbench import records
from nerbench.errors import did_you_mean


def whole_number(minimum: int) -> Callable[[object], int]:
    """Return a function that reads a whole number, not below a minimum.

    >>> whole_number(1)("12")
    12
    """

    def read(value: object) -> int:
        try:
            number = int(str(value))
        except ValueError:
            raise typer.BadParameter(f"{value!r} is no whole number") from None
        if number < minimum:
            raise typer.BadParameter(f"{number} is below {minimum}")
        return number

    return read


def share(value: object) -> float:
    """Read a number between 0 and 1. Raises typer.BadParameter for any other text.

    >>> share("0.25")
    0.25
    """
    try:
        number = float(str(value))
    except ValueError:
        number = math.nan
    if not 0 <= number <= 1:
        raise typer.BadParameter(f"{value!r} is no number between 0 and 1")
    return number


def level(value: object) -> records.Level:
    """Read a level. Raises typer.BadParameter, with the known ones, for any other text.

    >>> str(level("family"))
    'family'
    """
    name = str(value)
    try:
        return records.Level(name)
    except ValueError:
        raise typer.BadParameter(
            f"{name!r} is none of {', '.join(records.Level)}{did_you_mean(name, records.Level)}"
        ) from None
