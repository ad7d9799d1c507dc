"""Find the mentions that a file reports in a caption, whose text and unit of offsets they show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from nerbench.errors import RecordError
from nerbench.recognizers.external.alignment import Alignment, strip_typography
from nerbench.recognizers.external.mentions import ReportedMention
from nerbench.recognizers.external.prediction_formats import ReportedDocument
from nerbench.records import Mention, Problem
from nerbench.spans.offsets import UNIT_NAMES, FileOffsetUnit, convert_offsets, possible_units
from nerbench.spans.respelling import is_respelled, respelling, respelling_notes

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
    respelled: list[str] = field(default_factory=list)


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
            is_respelled = _check_text(reported, text, alignment is not None, document.is_exact)
            mention = _locate(reported, text, caption, alignment)
        except RecordError as error:
            reason = f"figure {document.figid}: {error}"
            placement.problems.append(Problem(document.place(reported.line), reason))
            continue
        if mention is None:
            placement.outside_caption += 1
        else:
            placement.mentions.append(mention)
            if is_respelled:
                where = document.place(reported.line)
                placement.respelled.append(respelling(reported.text or "", mention.text, where))
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
    yield from respelling_notes([text for placement in placements for text in placement.respelled])
    if outside := sum(placement.outside_caption for placement in placements):
        yield f"mentions in text around the captions, such as titles: {outside:,}; left out"
    if missing := [token for placement in placements for token in placement.missing_tokens]:
        total = f"{len(missing):,}"
        yield f"tokens that are not in the captions: {total}, the first at {missing[0]}"


def _check_text(reported: ReportedMention, text: str, has_own_text: bool, is_exact: bool) -> bool:
    """Return whether the text of a mention is a normalized one of what stands at its offsets.

    Raises RecordError if it is another, or past the end.
    """
    if is_exact and not has_own_text and reported.text is not None and reported.end <= len(text):
        there = text[reported.start : reported.end]
        if not 0 <= reported.start < reported.end or not is_respelled(reported.text, there):
            reported.locate(reported.start, reported.end, reported.text).check(text)
            return False
        return True
    where = f"mention {reported.text or text[reported.start : reported.end]!r}"
    where += f" at {reported.start}-{reported.end}"
    name = "document's text" if has_own_text else "caption"
    if reported.end > len(text):
        raise RecordError(f"{where} ends past the {name}'s {len(text)} characters")
    if _is_confirmed(reported, text):
        return False
    if _is_confirmed(reported, text, _is_same_name):
        return True
    there = text[reported.start : reported.end]
    raise RecordError(f"{where} differs from the {name}, which has {there!r} there")


def _locate(
    reported: ReportedMention, text: str, caption: str, alignment: Alignment | None
) -> Mention | None:
    """Return the mention, None if it is around the caption. Raises RecordError if it is nowhere."""
    start, end = reported.start, reported.end
    if alignment is not None:
        span = alignment.span(start, end)
        if span is None:
            if alignment.is_outside_caption(start, end):
                return None
            where = f"mention {reported.text or text[start:end]!r} at {start}-{end}"
            raise RecordError(f"{where} of the document's text is not in the caption")
        start, end = span
    return reported.locate(start, end, caption[start:end])


def _read_offsets(
    document: ReportedDocument, caption: str, published: str
) -> tuple[str, FileOffsetUnit, Sequence[ReportedMention]]:
    """Return the text that the offsets are of, their unit, and the mentions in code points: the
    first text and unit at which the texts of all mentions stand, to the letter before normalized,
    else the offsets as they are.
    """
    document_text = caption if document.text is None else document.text
    texts = list(filter(None, dict.fromkeys((document_text, caption, published))))
    rules = (str.__eq__,) if document.is_exact else (_is_same_but_typography,)
    for is_same in (*rules, _is_same_name):
        for text in texts:
            for unit in possible_units(text):
                mentions = convert_offsets(document.mentions, text, unit)
                if mentions and all(_is_confirmed(m, text, is_same) for m in mentions):
                    return text, unit, mentions
    return document_text, "code-points", document.mentions


def _is_same_but_typography(text: str, there: str) -> bool:
    return strip_typography(there) == strip_typography(text)


def _is_same_name(text: str, there: str) -> bool:
    return _is_same_but_typography(text, there) or is_respelled(text, there)


def _is_confirmed(
    mention: ReportedMention,
    text: str,
    is_same: Callable[[str, str], bool] = _is_same_but_typography,
) -> bool:
    """Return whether its text, if any, is at its offsets."""
    if mention.text is None:
        return True
    if mention.end > len(text):
        return False
    pieces = mention.fragments or ((mention.start, mention.end),)
    return is_same(mention.text, "".join(text[start:end] for start, end in pieces))
