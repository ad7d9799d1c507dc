"""Score predicted spans against gold ones: files, documents or tag sequences, under any scheme."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np

from nerbench.errors import NerbenchError
from nerbench.records import Problem
from nerbench.spans.formats.reader import read_annotations
from nerbench.spans.linked_schemes import Links, count_documents, count_mentions, identifiers
from nerbench.spans.model import Annotations, Span
from nerbench.spans.schemes import (
    PLAIN,
    Alternatives,
    Outcome,
    Scheme,
    Sides,
    SpanCounts,
    count_bc2gm,
)
from nerbench.spans.table import Codes, SpanTable, code_column, tabulate
from nerbench.spans.tag_sequences import decode

__all__ = [
    "Alignment",
    "Scheme",
    "SpanCounts",
    "SpanScores",
    "align_spans",
    "align_tags",
    "score_spans",
    "score_tags",
]


@dataclass(frozen=True, slots=True)
class SpanScores:
    """Scores over all labels scored, and for each label alone.

    ``missing`` are gold documents that the predictions lack (all their gold spans are missed);
    ``unknown`` are documents that only the predictions have (all their spans are false).
    ``problems`` says what the readers repaired.
    """

    scheme: Scheme
    overall: SpanCounts
    labels: dict[str, SpanCounts]
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """What ``nerbench spans --json`` prints."""
        return {
            "scheme": str(self.scheme),
            "overall": self.overall.to_dict(),
            "labels": {label: counts.to_dict() for label, counts in self.labels.items()},
        }


@dataclass(frozen=True, slots=True)
class _Source:
    """What the sides come from, if from documents."""

    gold: Annotations
    predictions: Annotations
    docs: Codes
    spans: Sequence[Span]

    def alternatives(self) -> Alternatives:
        """Those of bc2gm. Raises NerbenchError if a side is of another format."""
        for side in (self.gold, self.predictions):
            if side.format not in ("bc2gm", ""):
                raise NerbenchError(
                    f"{side.source}: a {side.format} file; for bc2gm, GOLD is a folder with "
                    "GENE.eval and ALTGENE.eval, and PREDICTIONS a file like GENE.eval"
                )
        return {
            self.docs[document.docid]: frozenset(
                (one.start, one.end) for one in document.alternatives
            )
            for document in self.gold.documents
            if document.alternatives
        }


@dataclass(frozen=True, eq=False)
class Alignment:
    """Gold and predicted spans side by side, read once, to be scored under several schemes.

    `align_spans` and `align_tags` make one.
    """

    sides: Sides
    names: Codes
    source: _Source | None = None

    def score(self, scheme: Scheme | str = Scheme.STRICT, labels: Iterable[str] = ()) -> SpanScores:
        """Scores under one scheme, overall and per label.

        ``labels`` restricts both sides to these labels (case does not count). A label's row is
        what restricting to it gives. Raises NerbenchError for an unknown scheme or label, or a
        scheme that such input cannot be scored under.

        >>> alignment = align_tags([["B-GENE", "I-GENE", "O"]], [["B-GENE", "O", "O"]])
        >>> [alignment.score(scheme).overall.tp for scheme in ("strict", "type")]
        [0, 1]
        """
        scheme = _scheme(scheme)
        if wanted := [_known(self.names, label) for label in labels]:
            return self._restricted(wanted).score(scheme)
        outcome = self._count(scheme)
        occurring = np.flatnonzero(self.sides.golds + self.sides.predicted).tolist()
        rows = {self.names.values_of[at]: outcome.rows[at] for at in occurring}
        scores = SpanScores(scheme, outcome.overall, dict(sorted(rows.items())))
        if self.source is None:
            return scores
        sides = self.source.gold, self.source.predictions
        ours, theirs = ([document.docid for document in side.documents] for side in sides)
        return replace(
            scores,
            missing=_apart(ours, theirs),
            unknown=_apart(theirs, ours),
            problems=tuple(chain(*(side.problems for side in sides), self._lacks(scheme))),
        )

    def _lacks(self, scheme: Scheme) -> Iterator[Problem]:
        """What a scheme cannot go without, if it is not there."""
        if scheme in (Scheme.IDS_MENTION, Scheme.IDS_DOCUMENT) and self.source is not None:
            numbers = np.unique(self._links.of_row[: self.sides.spans.golds]).tolist()
            if not any(self._links.sets[at] for at in numbers):
                reason = f"no gold mention has an identifier: {scheme} has nothing to score"
                yield Problem(self.source.gold.source, reason)

    def _restricted(self, labels: list[int]) -> Alignment:
        kept = np.flatnonzero(np.isin(self.sides.spans.label, labels))
        source = self.source
        if source is not None:
            source = replace(source, spans=[source.spans[at] for at in kept.tolist()])
        return Alignment(Sides(self.sides.spans.pick(kept), self.sides.labels), self.names, source)

    def _count(self, scheme: Scheme) -> Outcome:
        if scheme in PLAIN:
            return PLAIN[scheme](self.sides)
        if self.source is None:
            raise NerbenchError(
                f"{scheme} cannot score tag sequences, which have no identifiers and no "
                f"alternatives: use {', '.join(PLAIN)}"
            )
        if scheme is Scheme.BC2GM:
            return count_bc2gm(self.sides, self.source.alternatives())
        count = count_mentions if scheme is Scheme.IDS_MENTION else count_documents
        return count(self.sides, self._links)

    @cached_property
    def _links(self) -> Links:
        numbers = Codes(identifiers)
        spans = self.source.spans if self.source is not None else ()
        return Links(code_column(spans, "ids", numbers), list(numbers.forms))


def align_spans(
    gold: Annotations | str | os.PathLike[str], predictions: Annotations | str | os.PathLike[str]
) -> Alignment:
    """Two files, folders or sets of documents, read and ready to be scored.

    Each side is what `score_spans` takes. Raises NerbenchError for a file that cannot be read,
    gold without documents, or sides whose offsets cannot be compared.

    >>> from nerbench.spans.model import Document, Span
    >>> gold = Annotations("g", "brat", [Document("1", (Span(0, 4, "GENE"), Span(9, 12, "GENE")))])
    >>> align_spans(gold, gold).score("partial").overall.f1
    1.0
    """
    gold, predictions = (
        side if isinstance(side, Annotations) else read_annotations(side)
        for side in (gold, predictions)
    )
    _check_offsets(gold, predictions)
    docs, names = Codes(str), Codes(str.casefold)
    columns, spans = tabulate(gold.documents, predictions.documents, docs, names)
    source = _Source(gold, predictions, docs, spans)
    return Alignment(Sides(columns, max(len(names.values_of), 1)), names, source)


def align_tags(gold: Sequence[Sequence[str]], predictions: Sequence[Sequence[str]]) -> Alignment:
    """Two sets of tag sequences (IOB, IOBES, BILOU), decoded and ready to be scored.

    Invalid transitions are repaired as `decode` does. Raises NerbenchError for a tag of another
    form, or sentences that differ in length.

    >>> align_tags([["B-GENE", "O"]], [["O", "I-GENE"]]).score().overall.fp
    1
    """
    sides = decode(gold), decode(predictions)
    if not np.array_equal(sides[0].sizes, sides[1].sizes):
        raise NerbenchError("gold and predictions differ in sentences or in tokens of a sentence")
    names = Codes(str.casefold)
    numbers = [np.array([names[label] for label in side.labels], np.int64) for side in sides]
    columns = SpanTable(
        golds=len(sides[0].first),
        doc=np.concatenate([side.sentence for side in sides]),
        label=np.concatenate([to[side.label] for side, to in zip(sides, numbers, strict=True)]),
        start=np.concatenate([side.first for side in sides]),
        end=np.concatenate([side.last for side in sides]),
        fragments={},
    )
    return Alignment(Sides(columns, max(len(names.values_of), 1)), names)


def score_spans(
    gold: Annotations | str | os.PathLike[str],
    predictions: Annotations | str | os.PathLike[str],
    scheme: Scheme | str = Scheme.STRICT,
    labels: Iterable[str] = (),
) -> SpanScores:
    """Score predicted spans against gold ones under one scheme, overall and per label.

    Each side is a file or folder that `read_annotations` reads, or what it gives. ``labels``
    restricts both sides to these labels (case does not count). A label's row is what restricting
    to it gives. Documents are matched by id. For several schemes, read once with `align_spans`.

    Raises NerbenchError for an unknown scheme or label, a file that cannot be read, gold without
    documents, or sides whose offsets cannot be compared.

    >>> from nerbench.spans.model import Document, Span
    >>> gold = Annotations("g", "brat", [Document("1", (Span(0, 4, "GENE"), Span(9, 12, "GENE")))])
    >>> found = Annotations("p", "brat", [Document("1", (Span(0, 4, "Gene"),))])
    >>> scores = score_spans(gold, found, "strict")
    >>> scores.overall.precision, scores.overall.recall, list(scores.labels)
    (1.0, 0.5, ['GENE'])
    """
    scheme = _scheme(scheme)
    return align_spans(gold, predictions).score(scheme, labels)


def score_tags(
    gold: Sequence[Sequence[str]],
    predictions: Sequence[Sequence[str]],
    scheme: Scheme | str = Scheme.STRICT,
    labels: Iterable[str] = (),
) -> SpanScores:
    """Score predicted tag sequences (IOB, IOBES, BILOU) against gold ones, a sentence each.

    As `score_spans`, with tokens for characters; invalid transitions are repaired as `decode`
    does. For `strict`, `exact`, `partial`, `type` and `overlap`; for several of them, decode once
    with `align_tags`.

    Raises NerbenchError for another scheme, an unknown label, a tag of another form, or
    sentences that differ in length.

    >>> score_tags([["B-GENE", "I-GENE", "O"]], [["B-GENE", "O", "O"]], "type").overall.tp
    1
    """
    return align_tags(gold, predictions).score(scheme, labels)


def _scheme(name: Scheme | str) -> Scheme:
    try:
        return Scheme(name)
    except ValueError:
        raise NerbenchError(f"no scheme {name!r}: the schemes are {', '.join(Scheme)}") from None


def _apart(these: Iterable[str], those: Iterable[str]) -> tuple[str, ...]:
    known = set(those)
    return tuple(docid for docid in these if docid not in known)


def _check_offsets(gold: Annotations, predictions: Annotations) -> None:
    """Raise NerbenchError where the two sides' offsets cannot mean the same."""
    if not gold.documents:
        raise NerbenchError(f"{gold.source}: no documents; give the file with the gold spans")
    formats = {side.format for side in (gold, predictions) if side.documents}
    if len(formats) > 1 and formats & {"bc2gm", "conll"}:
        raise NerbenchError(
            f"{gold.source} is a {gold.format} file and {predictions.source} a "
            f"{predictions.format} file, whose offsets count differently: convert one of them"
        )
    if formats == {"conll"}:
        _check_tokens(gold, predictions)


def _check_tokens(gold: Annotations, predictions: Annotations) -> None:
    """Raise NerbenchError at the first sentence whose tokens differ."""
    for ours, theirs in zip(gold.documents, predictions.documents, strict=False):
        if ours.text != theirs.text:
            raise NerbenchError(
                f"{theirs.place}: the tokens of this sentence differ from {ours.place}; "
                "give both files the same sentences and tokens"
            )


def _known(labels: Codes, label: str) -> int:
    """The number of a label that occurs. Raises NerbenchError if it does not."""
    at = labels.forms.get(label.casefold())
    if at is None:
        found = ", ".join(sorted(labels.values_of)) or "none"
        raise NerbenchError(f"no span has the label {label!r}: the labels are {found}")
    return at
