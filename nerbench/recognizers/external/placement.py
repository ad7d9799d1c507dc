"""Find the mentions that a file reports in a caption.

Tools count characters in their own ways, and in their own version of the text. The texts of the
mentions tell which: what they do not confirm is left out, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from nerbench.errors import RecordError
from nerbench.recognizers.external.alignment import Alignment, bare
from nerbench.recognizers.external.reported import Reported, ReportedDocument
from nerbench.records import Mention, Problem

__all__ = ["Placed", "place"]

_LEAST = 0.5
"""Of a document's text and the caption, the part of the shorter one that both must have."""


@dataclass(slots=True)
class Placed:
    """What came of a document's mentions in a caption.

    ``unit`` is what the offsets count if not characters; ``is_aligned`` says that the document has
    a text of its own that differs from the caption; ``outside`` counts mentions in text beside the
    caption; ``lost`` are tokens that the caption does not have.
    """

    mentions: list[Mention] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unit: str = ""
    is_aligned: bool = False
    outside: int = 0
    lost: list[Problem] = field(default_factory=list)


def place(document: ReportedDocument, caption: str) -> Placed:
    """The document's mentions with their offsets in the caption, in code points.

    A mention that is not in the caption is left out and listed as a problem, with its place in the
    file.

    >>> from nerbench.recognizers.external.reported import json_mention
    >>> reported = json_mention({"start": 4, "end": 9, "text": "STAT3"}, "model.jsonl:1")
    >>> document = ReportedDocument("F1", (reported,), "model.jsonl:1", is_exact=True)
    >>> found = place(document, "𝛼𝛽STAT3")
    >>> found.unit, found.mentions[0].start
    ('UTF-16 units', 2)
    """
    placed = Placed()
    if not document.mentions:
        return placed
    text, placed.unit, reported = _read_offsets(document, caption)
    alignment = None
    if text.rstrip() != caption.rstrip():
        placed.is_aligned = not document.tokens
        alignment = Alignment(text, caption)
        if alignment.share < _LEAST:
            reason = (
                f"figure {document.figid}: the document's text is not the figure's caption: its "
                f"{len(document.mentions)} mentions are left out"
            )
            placed.problems.append(Problem(document.place, reason))
            return placed
        _list_lost(document, text, alignment, placed)
    for one in reported:
        try:
            mention = _placed(one, text, caption, alignment, document.is_exact)
        except RecordError as error:
            placed.problems.append(Problem(one.place, f"figure {document.figid}: {error}"))
        else:
            if mention is None:
                placed.outside += 1
            else:
                placed.mentions.append(mention)
    return placed


def _placed(
    reported: Reported, text: str, caption: str, alignment: Alignment | None, is_exact: bool
) -> Mention | None:
    """The mention, or None if it stands in text beside the caption.

    Raises RecordError if its text is not at its offsets, or not in the caption.
    """
    start, end = reported.start, reported.end
    about = (reported.label or "GENE", reported.score, reported.ids)
    if is_exact and reported.text is not None:
        mention = Mention(start, end, reported.text, *about)
        mention.check(caption)
        return mention
    where = f"mention {reported.text or text[start:end]!r} at {start}-{end}"
    whose = "caption" if alignment is None else "document's text"
    if end > len(text):
        raise RecordError(f"{where} ends past the {whose}'s {len(text)} characters")
    if not _fits(reported, text):
        raise RecordError(f"{where} differs from the {whose}, which has {text[start:end]!r} there")
    if alignment is not None:
        found = alignment.span(start, end)
        if found is None:
            if alignment.is_outside(start, end):
                return None
            raise RecordError(f"{where} of the document's text is not in the caption")
        start, end = found
    return Mention(start, end, caption[start:end], *about)


def _list_lost(document: ReportedDocument, text: str, alignment: Alignment, placed: Placed) -> None:
    source = document.place.rpartition(":")[0]
    for start, end, line in document.tokens:
        if bare(text[start:end]) and alignment.span(start, end) is None:
            placed.lost.append(Problem(f"{source}:{line}", f"token {text[start:end]!r}"))


# --- what offsets count


def _read_offsets(document: ReportedDocument, caption: str) -> tuple[str, str, Sequence[Reported]]:
    """The text that the offsets are of, the unit that they count, and the mentions with offsets
    in characters: by the first reading under which all their texts are there, else as they stand.
    """
    own = caption if document.text is None else document.text
    for text in dict.fromkeys((own, caption)):
        for unit, places in _units(text):
            found = _converted(document.mentions, places)
            if found and all(_fits(one, text, is_exact=document.is_exact) for one in found):
                return text, unit, found
    return own, "", document.mentions


def _units(text: str) -> Iterator[tuple[str, dict[int, int] | None]]:
    """The ways to count a text's characters that differ for it, and what begins at each unit."""
    yield "", None
    if "\r\n" in text:
        widths = [int(text[at : at + 2] != "\r\n") for at in range(len(text))]
        yield "characters, a line end as one", _places(widths)
    if not text.isascii():
        if max(text) > "\uffff":
            yield "UTF-16 units", _places([1 + (char > "\uffff") for char in text])
        yield "UTF-8 bytes", _places([len(char.encode("utf-8", "surrogatepass")) for char in text])


def _places(widths: Sequence[int]) -> dict[int, int]:
    """The character that begins at each unit, given how many units each character has."""
    places: dict[int, int] = {}
    unit = 0
    for at, width in enumerate(widths):
        places.setdefault(unit, at)
        unit += width
    return places | {unit: len(widths)}


def _converted(
    mentions: Sequence[Reported], places: dict[int, int] | None
) -> Sequence[Reported] | None:
    """The mentions with offsets in characters; None if one cuts a character."""
    if places is None:
        return mentions
    try:
        return [
            replace(
                one,
                start=places[one.start],
                end=places[one.end],
                fragments=tuple((places[start], places[end]) for start, end in one.fragments),
            )
            for one in mentions
        ]
    except KeyError:
        return None


def _fits(reported: Reported, text: str, *, is_exact: bool = False) -> bool:
    """Whether a mention's text, if it has one, is at its offsets; case, white space and typography
    do not count, unless it is to be there to the letter.
    """
    if reported.text is None:
        return True
    if reported.end > len(text):
        return False
    pieces = reported.fragments or ((reported.start, reported.end),)
    found = "".join(text[start:end] for start, end in pieces)
    return found == reported.text if is_exact else bare(found) == bare(reported.text)
