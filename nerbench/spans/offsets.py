"""Units that tools count offsets in, converted to code points."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from nerbench.errors import RecordError
from nerbench.spans.respelling import is_respelled

if TYPE_CHECKING:
    from nerbench.spans.model import Span

OffsetUnit = Literal["code-points", "utf-8", "utf-16"]
"""A unit that a card may name."""

FileOffsetUnit = OffsetUnit | Literal["line-ends-as-one", "line-ends-as-two"]
"""A unit that a file's offsets may turn out to count."""

_MAX_GAP = 10_000_000  # between two passages

UNIT_NAMES: dict[FileOffsetUnit, str] = {
    "code-points": "code points",
    "utf-8": "UTF-8 bytes",
    "utf-16": "UTF-16 units",
    "line-ends-as-one": "characters, a line end as one",
    "line-ends-as-two": "characters, a line end as two",
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
    if unit == "code-points" or (text.isascii() and unit in ("utf-8", "utf-16")):
        return lambda offset: offset if 0 <= offset <= len(text) else None
    offsets = list(accumulate(_widths(text, unit), initial=0))
    # The first character of those at one offset wins: of \r\n, the \r, which has no width.
    return dict(zip(reversed(offsets), range(len(text), -1, -1), strict=True)).get


def _widths(text: str, unit: FileOffsetUnit) -> list[int]:
    """Return the size of each character in a unit."""
    if unit == "utf-8":
        return [1 + (c > "\x7f") + (c > "\u07ff") + (c > "\uffff") for c in text]
    if unit == "utf-16":
        return [1 + (char > "\uffff") for char in text]
    if unit == "line-ends-as-one":
        return [int(text[index : index + 2] != "\r\n") for index in range(len(text))]
    if unit == "line-ends-as-two":
        return [1 + (char == "\n") for char in text]
    return [1] * len(text)


def join_pieces(pieces: Iterable[tuple[int, str]], unit: FileOffsetUnit) -> str:
    """Return the text that has each piece at its offset in a unit, with spaces between; a piece at
    an offset that is taken is left out. Raises RecordError if one is far past the one before.

    >>> join_pieces([(0, "TGF-β"), (7, "binds")], "utf-8")
    'TGF-β binds'
    """
    text, size = "", 0
    for offset, piece in sorted(pieces):
        if offset - size > _MAX_GAP:
            raise RecordError(
                f"a text has the offset {offset:,}, and that before it ends at {size:,}"
            )
        if offset >= size:
            text += " " * (offset - size) + piece
            size = offset + sum(_widths(piece, unit))
    return text


class _Placed(Protocol):
    """A dataclass with offsets."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def fragments(self) -> tuple[tuple[int, int], ...]: ...


_T = TypeVar("_T", bound=_Placed)


def convert_offsets(spans: Sequence[_T], text: str, unit: FileOffsetUnit) -> Sequence[_T] | None:
    """Return spans with their offsets in code points; None if one cuts a character."""
    converted = [span for span in _convert_each(spans, text, unit) if span is not None]
    return converted if len(converted) == len(spans) else None


def _convert_each(spans: Sequence[_T], text: str, unit: FileOffsetUnit) -> Sequence[_T | None]:
    """Return each span with its offsets in code points, or None if it cuts a character."""
    if unit == "code-points":
        return spans
    convert = offset_converter(text, unit)
    converted: list[_T | None] = []
    for span in spans:
        offsets = [span.start, span.end, *chain.from_iterable(span.fragments)]
        indexes = [index for index in map(convert, offsets) if index is not None]
        if len(indexes) < len(offsets):
            converted.append(None)
            continue
        fragments = tuple(zip(indexes[2::2], indexes[3::2], strict=True))
        changed = {"start": indexes[0], "end": indexes[1], "fragments": fragments}
        converted.append(replace(span, **changed))  # type: ignore[type-var]
    return converted


def _widen(span: Span, text: str, unit: FileOffsetUnit) -> Span:
    """Return a span with its offsets in code points, with all of the characters that it cuts."""
    offsets = list(accumulate(_widths(text, unit), initial=0))
    past_start, past_end = (max(offset - offsets[-1], 0) for offset in (span.start, span.end))
    start = bisect_right(offsets, span.start - past_start) - 1 + past_start
    end = bisect_left(offsets, span.end - past_end) + past_end
    return replace(span, start=start, end=end, fragments=())


def has_text(span: Span, text: str) -> bool:
    """Return whether the text of a span, if known, is at its offsets, whatever blanks and case, or
    in another spelling that folding makes equal.
    """
    if span.text is None:
        return True
    if span.end > len(text):
        return False
    there = text_at(span, text)
    return _strip(there) == _strip(span.text) or is_respelled(span.text, there)


def find_respelled(spans: Iterable[Span], text: str) -> Iterator[tuple[Span, str]]:
    """Yield the spans whose text differs from that at their offsets by more than blanks and case,
    but by nothing that folding keeps; and that text.
    """
    for span in spans:
        if span.text and span.end <= len(text):
            there = text_at(span, text)
            if _strip(there) != _strip(span.text) and is_respelled(span.text, there):
                yield span, there


def text_at(span: Span, text: str) -> str:
    """Return the text at the offsets of a span, with a space between its fragments."""
    parts = span.fragments or ((span.start, span.end),)
    return " ".join(text[start:end] for start, end in parts)


def _strip(text: str) -> str:
    return "".join(text.split()).casefold()


def find_unit(
    spans: Sequence[Span], texts: Iterable[tuple[FileOffsetUnit, str]]
) -> tuple[FileOffsetUnit, str, Sequence[Span]]:
    """Return the first unit, of those given with their texts, in which most spans have their text
    at their offsets, to the letter if several do; and that text, and the spans in code points.

    The first of the units is code points. A span that cuts a character is widened to all of it.
    """
    most, best = (-1, -1), None
    for unit, text in texts:
        each = _convert_each(spans, text, unit)
        placed = [span for span in each if span is not None]
        exact = sum(span.text in (None, text_at(span, text)) for span in placed)
        if exact == len(spans):
            return unit, text, placed
        near = sum(has_text(span, text) for span in placed)
        if (near, exact) > most:
            converted = [
                new or _widen(span, text, unit) for span, new in zip(spans, each, strict=True)
            ]
            most, best = (near, exact), (unit, text, converted)
    assert best is not None  # there is a unit
    return best


def possible_units(text: str) -> Iterator[FileOffsetUnit]:
    """Yield the units that give different offsets in a text, the most likely first.

    >>> list(possible_units("TGF-β1"))
    ['code-points', 'utf-8']
    """
    yield "code-points"
    if "\r\n" in text:
        yield "line-ends-as-one"
    elif "\n" in text:
        yield "line-ends-as-two"
    if not text.isascii():
        if max(text) > "\uffff":
            yield "utf-16"
        yield "utf-8"
