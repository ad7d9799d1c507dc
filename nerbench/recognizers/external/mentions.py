"""Mentions as tools report them in files and answers: other offsets, labels and types."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, get_args

from pydantic import (
    AllowInfNan,
    BeforeValidator,
    Field,
    StrictFloat,
    StrictInt,
    StrictStr,
    TypeAdapter,
    ValidationError,
)

from nerbench.errors import RecordError
from nerbench.identifiers import names_no_gene, split_identifiers
from nerbench.recognizers.external.alignment import align_shortened
from nerbench.recognizers.gene_labels import label_rule
from nerbench.records import Mention
from nerbench.spans.offsets import UNIT_NAMES, OffsetUnit, offset_converter
from nerbench.spans.usual_labels import list_labels

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


def excerpt(text: str, length: int = 60) -> str:
    r"""Quote the beginning of a text on one line, for a message.

    >>> excerpt("Figure 1.  The IL-6\nsignaling pathway", 20)
    "'Figure 1. The IL-6 ...'"
    """
    line = " ".join(text[: 4 * length].split())
    return repr(line if len(line) <= length and len(text) <= 4 * length else f"{line[:length]}...")


def _list_ids(ids: Any) -> Any:
    """Return identifiers as a list: tools also write one alone, null, NaN or 3845.0."""
    if isinstance(ids, list):
        listed = (int(x) if isinstance(x, float) and x.is_integer() else x for x in ids)
        return [gene_id for gene_id in listed if not (gene_id is None or _is_nan(gene_id))]
    if ids is None or ids == "" or _is_nan(ids):
        return ()
    is_whole = isinstance(ids, float) and ids.is_integer()
    return _list_ids([ids]) if is_whole or isinstance(ids, str | int) else ids


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


_Text = Annotated[str, Field(coerce_numbers_to_str=True)]
_Line = Annotated[int, BeforeValidator(lambda _: 0)]
_Fragments = Annotated[tuple[tuple[int, int], ...], BeforeValidator(lambda _: ())]


@dataclass(frozen=True, slots=True)
class ReportedMention:
    """A mention as a tool reports it: its types are checked, its place in the caption is not.

    ``line`` in its file and ``fragments``, the parts of a discontinuous mention, are set by readers
    of annotation formats only: fields of these names in JSON are ignored. ``kind`` says in gold
    what a gene mention names: a gene, a family.
    """

    start: StrictInt
    end: StrictInt
    text: StrictStr | None = None
    label: _Text | None = None
    score: Annotated[StrictFloat, AllowInfNan(False)] | None = None
    ids: Annotated[tuple[_Text, ...], BeforeValidator(_list_ids)] = ()
    line: _Line = 0
    fragments: _Fragments = ()
    kind: _Text | None = None

    def locate(self, start: int, end: int, text: str) -> Mention:
        """Return the mention at its place in a caption. Raises RecordError if it is none."""
        return Mention(start, end, text, self.label or "GENE", self.score, self.ids)


_MENTIONS = TypeAdapter(list[ReportedMention])
_EXPECTED = {
    "": "a mention is an object",
    "start": "a mention's start is an integer",
    "end": "a mention's end is an integer",
    "text": "a mention's text is a string",
    "label": "a mention's label is a string",
    "score": "a mention's score is a finite number",
    "ids": "a mention's ids are a list of strings",
    "kind": "a mention's kind is a string",
}


def read_reported(
    items: Sequence[Any], *, needs_text: bool = False
) -> tuple[list[ReportedMention], list[str]]:
    """Return the mentions among JSON values, and the reason for each value that is none.

    >>> read_reported([{"start": 18, "end": 22, "ids": "9606:3569"}])[0][0].ids
    ('9606:3569',)
    >>> read_reported([{"start": True, "end": 22}, 7])[1][0]
    "mention at True-22: a mention's start is an integer, not True"
    """
    reasons: dict[int, str] = {}
    try:
        mentions = _MENTIONS.validate_python(items)
    except ValidationError as error:
        for details in error.errors(include_url=False, include_context=False):
            index = int(details["loc"][0])
            reasons.setdefault(index, f"{_place(items[index])}{_describe(details)}")
        valid = [item for index, item in enumerate(items) if index not in reasons]
        mentions = _MENTIONS.validate_python(valid)
    if not needs_text:
        return mentions, [*reasons.values()]
    missing = [
        f"mention at {mention.start}-{mention.end}: {_EXPECTED['text']}, not None"
        for mention in mentions
        if mention.text is None
    ]
    return [m for m in mentions if m.text is not None], [*reasons.values(), *missing]


def _place(item: Any) -> str:
    """Return which mention a JSON object is, for the beginning of a message."""
    if not isinstance(item, Mapping):
        return ""
    text = f" {excerpt(item['text'])}" if isinstance(item.get("text"), str) else ""
    return f"mention{text} at {_show(item.get('start'))}-{_show(item.get('end'))}: "


def _describe(error: ErrorDetails) -> str:
    field = str(error["loc"][1]) if len(error["loc"]) > 1 else ""
    value = None if error["type"] == "missing" else error["input"]
    return f"{_EXPECTED[field]}, not {_show(value)}"


def _show(value: Any) -> str:
    return excerpt(value, 40) if isinstance(value, str) else str(value)[:40]


def clean_ids(ids: Iterable[str]) -> tuple[str, ...]:
    """Return each identifier once: commas and semicolons separate them, placeholders are dropped.

    >>> clean_ids(["NCBIGene:7040,NCBIGene:7042", "CUI-less"])
    ('NCBIGene:7040', 'NCBIGene:7042')
    """
    parts = (part for field in ids for part in split_identifiers(field))
    return tuple(dict.fromkeys(part for part in parts if not names_no_gene(part)))


class MentionReader:
    """A reader of the mentions that a program or a service answers.

    Mentions with another label than ``labels`` (None: the usual ones) are left out and counted;
    those without a label count unless ``labels`` is empty.

    >>> reader = MentionReader(None, "utf-16")
    >>> reader.read([{"start": 3, "end": 7, "label": "Gene"}], "🧬 IL-6")
    [Mention(2, 6, 'IL-6', label='Gene')]
    """

    def __init__(self, labels: Collection[str] | None, unit: OffsetUnit) -> None:
        self._is_gene_label = label_rule(labels)
        self._takes_unlabelled = labels is None or bool(labels)
        self._unit: OffsetUnit = unit
        self._other_labels: Counter[str] = Counter()

    def read(self, items: Any, caption: str, read_text: str | None = None) -> list[Mention]:
        """Return the mentions of genes in an answer; offsets are of ``read_text``, if given, else
        of the caption. Raises RecordError if an item is no mention, or is not at its offsets.
        """
        if not isinstance(items, list):
            raise RecordError(f"its mentions are a list, not {_show(items)}")
        mentions, reasons = read_reported([item for item in items if self._is_gene(item)])
        if reasons:
            raise RecordError(reasons[0])
        text = caption if read_text is None else read_text
        convert = offset_converter(text, self._unit)
        spans = [_check_span(mention, text, convert, self._unit) for mention in mentions]
        if spans and text != caption:
            indexes = align_shortened(text, caption)
            if indexes is None:
                reason = f"it read another text than the caption: {excerpt(text)}"
                raise RecordError(f"{reason}; its offsets cannot be placed")
            spans = [(indexes[start], indexes[end - 1] + 1) for start, end in spans]
        return [
            replace(mention, ids=clean_ids(mention.ids)).locate(start, end, caption[start:end])
            for mention, (start, end) in zip(mentions, spans, strict=True)
        ]

    def notes(self, name: str) -> list[str]:
        if not self._other_labels:
            return []
        return [
            f"{name}: mentions with these labels are left out as no genes: "
            f"{list_labels(self._other_labels)}; name the labels that count in the card's field "
            "labels"
        ]

    def _is_gene(self, item: Any) -> bool:
        if not isinstance(item, Mapping):
            return True  # its type is checked with the others
        label = item.get("label")
        if label is None or label == "":
            return self._takes_unlabelled
        if self._is_gene_label(str(label)):
            return True
        self._other_labels[str(label)] += 1
        return False


def _check_span(
    mention: ReportedMention, text: str, convert: Callable[[int], int | None], unit: OffsetUnit
) -> tuple[int, int]:
    """Return a mention's offsets in code points. Raises RecordError if it is not there."""
    start, end = convert(mention.start), convert(mention.end)
    if start is not None and end is not None and start < end:
        if mention.text is None or mention.text == text[start:end]:
            return start, end
        reason = f"the text has {text[start:end]!r} there"
    else:
        reason = f"that is no span of a text of {len(text)} characters"
    raise RecordError(
        f"mention {mention.text or ''!r} at {mention.start}-{mention.end}: {reason}; offsets count "
        f"{UNIT_NAMES[unit]}{_suggest(mention, text)}"
    )


def _suggest(mention: ReportedMention, text: str) -> str:
    if not mention.text:
        return ""
    for unit in get_args(OffsetUnit):
        convert = offset_converter(text, unit)
        start, end = convert(mention.start), convert(mention.end)
        if start is not None and end is not None and text[start:end] == mention.text:
            return f"; these fit another unit, put into the card: offsets: {unit}"
    if text[mention.start : mention.end + 1] == mention.text:
        return "; the end is the first character after the mention"
    return ""
