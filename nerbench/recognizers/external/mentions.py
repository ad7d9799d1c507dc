"""Mentions as programs and services report them, read into ours.

They say whatever they like: other units of offsets, labels of things that are no genes, wrong
types. Each wrong thing gets its reason here, once for all kinds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from itertools import accumulate
from typing import Any, Literal, get_args

from nerbench.errors import RecordError
from nerbench.recognizers.cards import GENE_LABELS
from nerbench.records import Mention

__all__ = ["MentionReader", "OffsetUnit", "aligned", "beginning", "code_points"]

OffsetUnit = Literal["code-points", "utf-8", "utf-16"]
"""What offsets count: characters, bytes of UTF-8, or code units of UTF-16 (JavaScript, Java)."""

_NO_ID = frozenset(("", "-", "-1", "none", "null", "cui-less"))


def beginning(text: str, length: int = 60) -> str:
    r"""The beginning of a text, on one line, for a message.

    >>> beginning("Figure 1.  The IL-6\nsignaling pathway", 20)
    "'Figure 1. The IL-6 ...'"
    """
    line = " ".join(text[: 4 * length].split())
    return repr(line if len(line) <= length and len(text) <= 4 * length else f"{line[:length]}...")


def code_points(text: str, unit: OffsetUnit) -> Callable[[int], int | None]:
    """A function from an offset in a unit to one in code points; None where no character begins.

    >>> [code_points("🧬IL-6", unit)(at) for unit, at in (("utf-8", 4), ("utf-16", 2))]
    [1, 1]
    >>> code_points("🧬IL-6", "utf-8")(2) is None
    True
    """
    if unit == "code-points" or text.isascii():
        return lambda offset: offset if 0 <= offset <= len(text) else None
    widths = map(_utf8_width if unit == "utf-8" else _utf16_width, text)
    return {at: index for index, at in enumerate(accumulate(widths, initial=0))}.get


def _utf8_width(char: str) -> int:
    return 1 + (char > "\x7f") + (char > "\u07ff") + (char > "\uffff")


def _utf16_width(char: str) -> int:
    return 1 + (char > "\uffff")


def aligned(read: str, caption: str) -> list[int]:
    """Where in a caption each character of the text that a service read stands.

    The service may have left characters out and put one white space for another, as BERN2 does
    with Greek letters and line ends. Raises RecordError if it has done more to the caption.

    >>> aligned("TGF-1", "TGF-β1")
    [0, 1, 2, 3, 5]
    """
    places = []
    at = 0
    for char in read:
        while at < len(caption) and not (
            caption[at] == char or (char.isspace() and caption[at].isspace())
        ):
            at += 1
        if at == len(caption):
            raise RecordError(
                f"it read another text than the caption: {beginning(read)}; its offsets cannot "
                "be placed"
            )
        places.append(at)
        at += 1
    return places


class MentionReader:
    """Turns what a program or service reports into mentions of genes.

    ``labels`` are those that count as genes (None: the usual ones; a mention without a label
    counts), compared without case; other mentions are left out and counted. ``unit`` is what
    offsets count.

    >>> reader = MentionReader(None, "utf-16")
    >>> reader.read([{"start": 3, "end": 7, "label": "Gene"}], "🧬 IL-6")
    [Mention(start=2, end=6, text='IL-6', label='Gene', score=None, ids=())]
    """

    def __init__(self, labels: Collection[str] | None, unit: OffsetUnit) -> None:
        genes = GENE_LABELS if labels is None else labels
        self._labels = frozenset(label.casefold() for label in genes)
        self._counts_unlabelled = labels is None or bool(labels)
        self._unit: OffsetUnit = unit
        self._left_out: Counter[str] = Counter()

    def read(self, items: Any, caption: str, heard: str | None = None) -> list[Mention]:
        """The mentions of genes among the items, each an object of start, end, text, ...

        ``heard`` is the text that offsets count in, where the service says that it read another
        one. Raises RecordError if an item is not what it should be, or disagrees with the text.
        """
        if not isinstance(items, list):
            raise RecordError(f"its mentions are a list, not {_shown(items)}")
        genes = [item for item in items if self._is_gene(item)]
        if not genes:
            return []
        text = caption if heard is None else heard
        place = code_points(text, self._unit)
        spans = [(*_span(item, text, place, self._unit), item) for item in genes]
        if text != caption:
            places = aligned(text, caption)
            spans = [(places[start], places[end - 1] + 1, item) for start, end, item in spans]
        return [
            Mention(
                start,
                end,
                caption[start:end],
                str(item.get("label") or "GENE"),
                _score(item.get("score")),
                _ids(item.get("ids")),
            )
            for start, end, item in spans
        ]

    def notes(self, name: str) -> list[str]:
        """What the user should know afterwards: which labels were left out as no gene's."""
        if not self._left_out:
            return []
        shown = ", ".join(f"{label} ({count:,})" for label, count in sorted(self._left_out.items()))
        return [
            f"{name}: mentions with these labels are left out as no genes: {shown}; a card's "
            "field labels names those that count"
        ]

    def _is_gene(self, item: Any) -> bool:
        if not isinstance(item, Mapping):
            raise RecordError(f"a mention is an object, not {_shown(item)}")
        label = item.get("label")
        if label is None or label == "":
            return self._counts_unlabelled
        if str(label).casefold() in self._labels:
            return True
        self._left_out[str(label)] += 1
        return False


def _span(
    item: Mapping[str, Any], text: str, place: Callable[[int], int | None], unit: OffsetUnit
) -> tuple[int, int]:
    """A mention's offsets in code points, checked against the text."""
    start, end = _offset(item, "start"), _offset(item, "end")
    said = item.get("text")
    if said is not None and not isinstance(said, str):
        raise RecordError(f"a mention's text is a string, not {_shown(said)}")
    span = place(start), place(end)
    if span[0] is not None and span[1] is not None and span[0] < span[1]:
        found = text[span[0] : span[1]]
        if said is None or said == found:
            return span[0], span[1]
        wrong = f"the text has {found!r} there"
    else:
        wrong = f"that is no stretch of a text of {len(text)} characters"
    raise RecordError(
        f"mention {said or ''!r} at {start}-{end}: {wrong}; offsets count {unit.replace('-', ' ')}"
        + _remedy(start, end, said, text, unit)
    )


def _remedy(start: int, end: int, said: str | None, text: str, unit: OffsetUnit) -> str:
    """What to write in the card, if the offsets fit another unit or an end that is included."""
    for other in get_args(OffsetUnit):
        place = code_points(text, other)
        first, last = place(start), place(end)
        if said and first is not None and last is not None and text[first:last] == said:
            return f"; these fit another unit, put into the card: offsets: {other}"
    if said and text[start : end + 1] == said:
        return "; the end is the first character after the mention"
    return ""


def _offset(item: Mapping[str, Any], field: str) -> int:
    value = item.get(field)
    if not isinstance(value, int) or isinstance(value, bool):
        raise RecordError(f"a mention's {field} is an integer, not {_shown(value)}")
    return value


def _score(value: Any) -> float | None:
    if value is not None and (not isinstance(value, int | float) or isinstance(value, bool)):
        raise RecordError(f"a mention's score is a number, not {_shown(value)}")
    return None if value is None else float(value)


def _ids(value: Any) -> tuple[str, ...]:
    """Identifiers from a list, or from one string with commas or semicolons."""
    if value is None:
        return ()
    if isinstance(value, bool | float | Mapping):
        raise RecordError(f"a mention's ids are a list, not {_shown(value)}")
    given = value if isinstance(value, list) else [value]
    parts = [part.strip() for one in given for part in str(one).replace(";", ",").split(",")]
    return tuple(dict.fromkeys(part for part in parts if part.casefold() not in _NO_ID))


def _shown(value: Any) -> str:
    return beginning(value, 40) if isinstance(value, str) else str(value)[:40]
