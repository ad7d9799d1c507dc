"""Find the mentions that a file reports in a caption, whose text and unit of offsets they show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from nerbench.errors import RecordError
from nerbench.recognizers.external.alignment import Alignment, strip_typography
from nerbench.recognizers.external.mentions import ReportedMention
from nerbench.recognizers.external.prediction_formats import ReportedDocument
from nerbench.records import Mention, Problem
from nerbench.spans.offsets import UNIT_NAMES, FileOffsetUnit, convert_offsets, possible_units

_MIN_SHARED_FRACTION = 0.5  # of the shorter of a document's text and the caption


@dataclass(slots=True)
class Placement:
    """A document's mentions in a caption; the number of those in text around it, such as a title;
    and whether the document has a text of its own that differs from the caption, or is another.
    """

    mentions: list[Mention] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unit: FileOffsetUnit = "code-points"
    is_aligned: bool = False
    is_other_text: bool = False
    outside_caption: int = 0
    missing_tokens: list[Problem] = field(default_factory=list)


def place(document: ReportedDocument, caption: str, published: str = "") -> Placement:
    """Return the document's mentions with their offsets in the caption, in code points; those that
    are not there become problems. Offsets can also be those of the caption as published.

    >>> reported = ReportedMention(4, 9, "STAT3")
    >>> document = ReportedDocument("F1", (reported,), "model.jsonl", 1, is_exact=True)
    >>> placement = place(document, "𝛼𝛽STAT3")
    >>> placement.unit, placement.mentions[0].start
    ('utf-16', 2)
    """
    placement = Placement()
    if not document.mentions:
        text = caption if document.text is None else document.text
        is_same = text.rstrip() == caption.rstrip()
        placement.is_other_text = not is_same and _is_other_text(Alignment(text, caption))
        return placement
    text, unit, mentions = _read_offsets(document, caption, published)
    placement.unit = document.unit if unit == "code-points" else unit
    alignment = None
    if text.rstrip() != caption.rstrip():
        placement.is_aligned = not document.tokens
        alignment = Alignment(text, caption)
        if _is_other_text(alignment):
            placement.is_other_text = True
            reason = (
                f"figure {document.figid}: the document's text is not the figure's caption; "
                f"mentions left out: {len(document.mentions):,}"
            )
            placement.problems.append(Problem(document.place(), reason))
            return placement
        placement.missing_tokens = [
            Problem(document.place(line), f"token {text[start:end]!r}")
            for start, end, line in document.tokens
            if strip_typography(text[start:end]) and alignment.span(start, end) is None
        ]
    for reported in mentions:
        try:
            mention = _locate(reported, text, caption, alignment, document.is_exact)
        except RecordError as error:
            reason = f"figure {document.figid}: {error}"
            placement.problems.append(Problem(document.place(reported.line), reason))
            continue
        if mention is None:
            placement.outside_caption += 1
        else:
            placement.mentions.append(mention)
    return placement


def _is_other_text(alignment: Alignment) -> bool:
    return alignment.shared_fraction < _MIN_SHARED_FRACTION and not alignment.is_as_published


def placement_notes(placements: Collection[Placement]) -> Iterator[str]:
    """Yield what placing the mentions of documents did to them, in words."""
    if aligned := sum(placement.is_aligned for placement in placements):
        yield (
            f"documents whose text is not the caption to the letter: {aligned:,}; their "
            "mentions were looked up in the caption, whatever white space, case and typography"
        )
    units = Counter(UNIT_NAMES[p.unit] for p in placements if p.unit != "code-points")
    for unit, count in sorted(units.items()):
        yield f"documents whose offsets count {unit}: {count:,}; converted to characters"
    if outside := sum(placement.outside_caption for placement in placements):
        yield f"mentions in text around the captions, such as titles: {outside:,}; left out"
    if missing := [token for placement in placements for token in placement.missing_tokens]:
        total = f"{len(missing):,}"
        yield f"tokens that are not in the captions: {total}, the first at {missing[0]}"


def _locate(
    reported: ReportedMention, text: str, caption: str, alignment: Alignment | None, is_exact: bool
) -> Mention | None:
    """Return the mention, None if it is around the caption. Raises RecordError if it is nowhere."""
    start, end = reported.start, reported.end
    if is_exact and alignment is None and reported.text is not None:
        mention = reported.locate(start, end, reported.text)
        mention.check(caption)
        return mention
    where = f"mention {reported.text or text[start:end]!r} at {start}-{end}"
    text_name = "caption" if alignment is None else "document's text"
    if end > len(text):
        raise RecordError(f"{where} ends past the {text_name}'s {len(text)} characters")
    if not _is_confirmed(reported, text):
        raise RecordError(
            f"{where} differs from the {text_name}, which has {text[start:end]!r} there"
        )
    if alignment is not None:
        span = alignment.span(start, end)
        if span is None:
            if alignment.is_outside_caption(start, end):
                return None
            raise RecordError(f"{where} of the document's text is not in the caption")
        start, end = span
    return reported.locate(start, end, caption[start:end])


def _read_offsets(
    document: ReportedDocument, caption: str, published: str
) -> tuple[str, FileOffsetUnit, Sequence[ReportedMention]]:
    """Return the text that the offsets are of, their unit, and the mentions in code points: the
    first text and unit at which the texts of all mentions stand, else the offsets as they are.
    """
    document_text = caption if document.text is None else document.text
    for text in filter(None, dict.fromkeys((document_text, caption, published))):
        for unit in possible_units(text):
            mentions = convert_offsets(document.mentions, text, unit)
            if mentions and all(
                _is_confirmed(m, text, is_exact=document.is_exact) for m in mentions
            ):
                return text, unit, mentions
    return document_text, "code-points", document.mentions


def _is_confirmed(mention: ReportedMention, text: str, *, is_exact: bool = False) -> bool:
    """Return whether its text, if any, is at its offsets, in any typography unless exact."""
    if mention.text is None:
        return True
    if mention.end > len(text):
        return False
    pieces = mention.fragments or ((mention.start, mention.end),)
    text_at_offsets = "".join(text[start:end] for start, end in pieces)
    if is_exact:
        return text_at_offsets == mention.text
    return strip_typography(text_at_offsets) == strip_typography(mention.text)
