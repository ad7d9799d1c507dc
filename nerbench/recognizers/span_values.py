"""Read the spans that Python code gives: tuples, dictionaries, matches, objects with offsets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from numbers import Integral, Real
from statistics import fmean
from typing import Any

from nerbench.errors import RecordError
from nerbench.records import Mention
from nerbench.spans.tag_sequences import decode
from nerbench.spans.usual_labels import is_gene_label

SPAN_FORMS = (
    "a Mention, (start, end), (start, end, label), (start, end, label, score), a dictionary with "
    "start and end, a match of a regular expression, or an object with start and end"
)
"""The forms of a span, for messages and documentation."""

_OFFSETS = (("start_char", "end_char"), ("start", "end"))  # of spaCy's spans, and of all others
_LABELS = ("label", "label_", "entity_group", "entity", "type")


def read_spans(spans: object, text: str) -> list[Mention]:
    """Return the mentions that the spans of a text are.

    Parameters
    ----------
    spans : iterable of spans
        Each in one of `SPAN_FORMS`. A third item of a tuple that is the span's own text is that;
        any other text is its label, a number its score. Dictionaries may have a ``label`` (also
        ``entity_group``, ``entity`` or ``type``), ``score``, ``text`` and ``ids``. The word pieces
        of a transformers pipeline without aggregation are joined to mentions.
    text : str
        The text; offsets count code points and are half-open.

    Returns
    -------
    list of Mention
        In the order of the spans.

    Raises
    ------
    TypeError
        If it is no iterable of spans.
    RecordError
        If a span is not in the text, or has another text there.

    Examples
    --------
    >>> read_spans([(0, 5), (10, 14, "PROTEIN", 0.9)], "STAT3 and IL-6")
    [Mention(0, 5, 'STAT3'), Mention(10, 14, 'IL-6', label='PROTEIN', score=0.9)]
    >>> read_spans(re.finditer("IL-6", "STAT3 and IL-6"), "STAT3 and IL-6")
    [Mention(10, 14, 'IL-6')]
    """
    if isinstance(spans, str | bytes | Mapping) or not isinstance(spans, Iterable):
        raise TypeError(f"the spans of a text are a list, not {_show(spans)}")
    spans = list(spans)
    if spans and all(map(_is_piece, spans)):
        return _join_pieces(spans, text)
    return [_read_span(span, text) for span in spans]


def are_spans(value: object, text: str) -> bool:
    """Return whether a value is a list of spans, of this text or another one.

    >>> are_spans([(0, 5)], "STAT3"), are_spans((0, 5), "STAT3"), are_spans([], "")
    (True, False, True)
    """
    try:
        read_spans(value, text)
    except TypeError:
        return False
    except RecordError:
        return True
    return True


def _read_span(span: Any, text: str) -> Mention:
    if isinstance(span, Mention):
        return span
    if hasattr(span, "tolist"):  # a row of an array
        span = span.tolist()
    if isinstance(span, re.Match):
        return _make_mention({"start": span.start(), "end": span.end()}, text)
    if isinstance(span, tuple | list) and len(span) >= 2:
        return _make_mention(_fields_of_items(span, text), text)
    if isinstance(span, Mapping):
        return _make_mention(span, text)
    if any(hasattr(span, start) and hasattr(span, end) for start, end in _OFFSETS):
        names = (*_LABELS, "score", "text", "ids", *chain.from_iterable(_OFFSETS))
        return _make_mention({n: getattr(span, n) for n in names if hasattr(span, n)}, text)
    raise TypeError(f"a span is {SPAN_FORMS}; not {_show(span)}")


def _fields_of_items(items: Sequence[Any], text: str) -> dict[str, Any]:
    """Return the fields in (start, end, ...): a label, a score and the span's text may follow."""
    fields = {"start": items[0], "end": items[1]}
    for item in items[2:]:
        if isinstance(item, str):
            name = "text" if _is_own_text(item, text, *items[:2]) else "label"
        else:
            name = "score" if item is None or _is_number(item) else "other"
        if name in fields or name == "other":
            raise TypeError(f"a span is {SPAN_FORMS}; not {_show(items)}")
        fields[name] = item
    return fields


def _is_own_text(item: str, text: str, start: Any, end: Any) -> bool:
    """Return whether a tuple's text is the span's own, not its label; if the offsets are wrong,
    as far as the text tells.
    """
    if not (_is_offset(start) and _is_offset(end)):
        return False
    if item == text[start:end]:
        return True
    return len(item) == end - start and item in text and not is_gene_label(item)


def _make_mention(fields: Mapping[str, Any], text: str) -> Mention:
    names = next((pair for pair in _OFFSETS if fields.keys() >= {*pair}), None)
    if names is None:
        raise TypeError(f"a span has start and end, not only {', '.join(map(str, fields))}")
    start, end = (fields[name] for name in names)
    if start is None:
        raise TypeError("a span has no start: transformers gives it with a fast tokenizer only")
    if not (_is_offset(start) and _is_offset(end)):
        raise TypeError(f"the offsets of a span are whole numbers, not {start!r} and {end!r}")
    start, end = int(start), int(end)
    if not 0 <= start < end <= len(text):
        raise RecordError(f"the span {start}-{end} is not in a text of {len(text)} characters")
    labels = (fields[name] for name in _LABELS if isinstance(fields.get(name), str))
    own_text, score, ids = (fields.get(name) for name in ("text", "score", "ids"))
    return Mention(
        start,
        end,
        text[start:end] if own_text is None else str(own_text),
        next(labels, "") or "GENE",
        None if score is None else float(score),
        (str(ids),) if isinstance(ids, str | int) else tuple(map(str, ids or ())),
    )


def _is_offset(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_piece(span: object) -> bool:
    """Return whether a span is a word piece, as transformers gives them without aggregation."""
    return isinstance(span, Mapping) and span.keys() >= {"entity", "index", "start", "end"}


def _join_pieces(pieces: Sequence[Mapping[str, Any]], text: str) -> list[Mention]:
    """Return the mentions that the tagged word pieces of a text make, as `token_classifier` does.

    Pieces without a tag are not in the list: where they leave text out, a mention ends.
    """
    from nerbench.recognizers.neural.token_classifier import group_pieces, normalize_tag

    mentions = [_make_mention(piece, text) for piece in pieces]
    order = sorted(range(len(pieces)), key=lambda piece: mentions[piece].start)
    words: list[tuple[int, int, float]] = []
    tags: list[str] = []
    offsets = [(mentions[piece].start, mentions[piece].end) for piece in order]
    for first, start, end in group_pieces(text, offsets):
        piece = mentions[order[first]]
        if words and text[words[-1][1] : start].strip():
            words.append((start, start, 0.0))
            tags.append("O")
        words.append((start, end, piece.score or 0.0))
        tags.append(normalize_tag(piece.label))
    joined = []
    for _, first, last, label in decode([tags]).rows():
        start, end = words[first][0], words[last - 1][1]
        score = round(fmean(score for _, _, score in words[first:last]), 4)
        joined.append(Mention(start, end, text[start:end], label, score))
    return joined


def _show(value: object) -> str:
    if value is None or isinstance(value, str | tuple | list | int | float):
        return f"{value!r:.60}"
    return f"a {type(value).__name__}"
