"""Units that tools count offsets in, converted to code points."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Literal

OffsetUnit = Literal["code-points", "utf-8", "utf-16"]
"""A unit that a card may name."""

FileOffsetUnit = OffsetUnit | Literal["line-ends-as-one"]
"""A unit that a file's offsets may turn out to count."""

UNIT_NAMES: dict[FileOffsetUnit, str] = {
    "code-points": "code points",
    "utf-8": "UTF-8 bytes",
    "utf-16": "UTF-16 units",
    "line-ends-as-one": "characters, a line end as one",
}
"""The units' names in messages. Java and JavaScript count UTF-16 units."""


def offset_converter(text: str, unit: FileOffsetUnit) -> Callable[[int], int | None]:
    r"""Return a function from an offset in a unit to one in code points, or to None for an offset
    at which no character of the text begins or ends.

    >>> [offset_converter("🧬IL-6", unit)(at) for unit, at in (("utf-8", 4), ("utf-16", 2))]
    [1, 1]
    >>> offset_converter("🧬IL-6", "utf-8")(2) is None
    True
    >>> offset_converter("a\r\nb", "line-ends-as-one")(2)
    3
    """
    if unit == "code-points" or (text.isascii() and unit != "line-ends-as-one"):
        return lambda offset: offset if 0 <= offset <= len(text) else None
    if unit == "utf-8":
        widths = [len(char.encode("utf-8", "surrogatepass")) for char in text]
    elif unit == "utf-16":
        widths = [1 + (char > "\uffff") for char in text]
    else:
        widths = [int(text[index : index + 2] != "\r\n") for index in range(len(text))]
    offsets = list(accumulate(widths, initial=0))
    # The first character of those at one offset wins: of \r\n, the \r, which has no width.
    return dict(zip(reversed(offsets), range(len(text), -1, -1), strict=True)).get


def possible_units(text: str) -> Iterator[FileOffsetUnit]:
    """Yield the units that give different offsets in a text, the most likely first.

    >>> list(possible_units("TGF-β1"))
    ['code-points', 'utf-8']
    """
    yield "code-points"
    if "\r\n" in text:
        yield "line-ends-as-one"
    if not text.isascii():
        if max(text) > "\uffff":
            yield "utf-16"
        yield "utf-8"
