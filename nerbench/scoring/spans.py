"""Score predicted spans against gold ones, under eight schemes.

`strict`, `exact`, `partial` and `type` are those of SemEval-2013 Task 9 (Segura-Bedmar et al.
2013), `bc2gm` that of the BioCreative II gene mention task (Smith et al. 2008), the `ids-`
schemes those of Sänger et al. (2024). docs/spans.md explains each with an example.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import accumulate
from operator import itemgetter
from typing import Any

import numpy as np

from nerbench.annotations import Annotations
from nerbench.corpus.annotated import read_annotations
from nerbench.corpus.tags import decode
from nerbench.errors import NerbenchError
from nerbench.records import Problem
from nerbench.scoring.columns import Columns, Numbers, tabulate
from nerbench.scoring.identifiers import count_linked, document_rates, identifiers
from nerbench.scoring.matching import (
    count_equal,
    count_overlapping,
    lay_out,
    touching,
)

__all__ = ["Scheme", "SpanCounts", "SpanScores", "score_spans", "score_tags"]


class Scheme(StrEnum):
    """What makes a predicted span right.

    >>> Scheme("ids-mention").name
    'IDS_MENTION'
    """

    STRICT = "strict"
    EXACT = "exact"
    PARTIAL = "partial"
    TYPE = "type"
    OVERLAP = "overlap"
    BC2GM = "bc2gm"
    IDS_MENTION = "ids-mention"
    IDS_DOCUMENT = "ids-document"


@dataclass(frozen=True, slots=True)
class SpanCounts:
    """What a scheme counts, and its rates between 0 and 1.

    ``tp``, ``fp`` and ``fn`` are None where a scheme has none, and in halves under `partial`; a
    rate with an empty denominator is None.

    >>> SpanCounts.of(tp=3, fp=1, fn=0).to_dict()["precision"]
    0.75
    >>> SpanCounts.of(tp=0, fp=0, fn=2).f1 is None
    True
    """

    tp: float | None
    fp: float | None
    fn: float | None
    precision: float | None
    recall: float | None

    @classmethod
    def of(cls, tp: float, fp: float, fn: float) -> SpanCounts:
        """Counts whose precision is tp / (tp + fp) and whose recall is tp / (tp + fn)."""
        precision = tp / (tp + fp) if tp + fp else None
        return cls(tp, fp, fn, precision, tp / (tp + fn) if tp + fn else None)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall; 0 where both are 0, None where one is None."""
        precision, recall = self.precision, self.recall
        if precision is None or recall is None:
            return None
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    def to_dict(self) -> dict[str, float | None]:
        """Counts and rates by name."""
        names = ("tp", "fp", "fn", "precision", "recall", "f1")
        return {name: getattr(self, name) for name in names}


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


def _paired(spans: Columns, pairs: float) -> SpanCounts:
    """The counts when so many spans of either side pair up."""
    return SpanCounts.of(pairs, spans.predicted - pairs, spans.golds - pairs)


def _strict(spans: Columns) -> SpanCounts:
    return _paired(spans, count_equal(lay_out(spans, spans.by_label()))[0])


def _exact(spans: Columns) -> SpanCounts:
    return _paired(spans, count_equal(lay_out(spans, spans.doc))[0])


def _partial(spans: Columns) -> SpanCounts:
    line = lay_out(spans, spans.doc)
    equal, used = count_equal(line)
    return _paired(spans, equal + count_overlapping(line.without(used)) / 2)


def _type(spans: Columns) -> SpanCounts:
    return _paired(spans, count_overlapping(lay_out(spans, spans.by_label())))


def _overlap(spans: Columns) -> SpanCounts:
    hit = touching(lay_out(spans, spans.by_label()))
    found, right = int(hit[: spans.golds].sum()), int(hit[spans.golds :].sum())
    return SpanCounts(
        tp=right,
        fp=spans.predicted - right,
        fn=spans.golds - found,
        precision=right / spans.predicted if spans.predicted else None,
        recall=found / spans.golds if spans.golds else None,
    )


_Pairs = list[tuple[int, int]]


def _bc2gm(spans: Columns, alternatives: dict[int, frozenset[tuple[int, int]]]) -> SpanCounts:
    equal, used = count_equal(lay_out(spans, spans.by_label()))
    left: dict[int, tuple[_Pairs, _Pairs]] = {}
    for at in np.flatnonzero(~used).tolist():
        doc = int(spans.doc[at])
        if doc in alternatives:
            sides = left.setdefault(doc, ([], []))
            sides[at >= spans.golds].append((int(spans.start[at]), int(spans.end[at])))
    credited = (_credit(*sides, alternatives[doc]) for doc, sides in left.items())
    return _paired(spans, equal + sum(credited))


def _credit(gold: _Pairs, predicted: _Pairs, alternatives: frozenset[tuple[int, int]]) -> int:
    """How many gold spans the predictions credit that equal an alternative, each once.

    An alternative stands for the gold spans that it overlaps; of several, the one that ends first
    is credited.
    """
    gold.sort()
    reach = list(accumulate((end for _, end in gold), max))
    free = [True] * len(gold)
    credited = 0
    for start, end in sorted(alternatives.intersection(predicted), key=itemgetter(1)):
        best = None
        at = bisect_left(gold, (end,)) - 1
        while at >= 0 and reach[at] > start:
            if free[at] and gold[at][1] > start and (best is None or gold[at][1] < gold[best][1]):
                best = at
            at -= 1
        if best is not None:
            free[best] = False
            credited += 1
    return credited


_PLAIN: dict[Scheme, Callable[[Columns], SpanCounts]] = {
    Scheme.STRICT: _strict,
    Scheme.EXACT: _exact,
    Scheme.PARTIAL: _partial,
    Scheme.TYPE: _type,
    Scheme.OVERLAP: _overlap,
}


def _counter(
    scheme: Scheme, gold: Annotations, docs: Numbers, links: list[frozenset[str]]
) -> Callable[[Columns], SpanCounts]:
    """How a scheme counts."""
    if scheme is Scheme.BC2GM:
        alternatives = {
            docs[document.docid]: frozenset((one.start, one.end) for one in document.alternatives)
            for document in gold.documents
            if document.alternatives
        }
        return partial(_bc2gm, alternatives=alternatives)
    if scheme is Scheme.IDS_MENTION:
        return lambda spans: SpanCounts.of(*count_linked(spans, links))
    if scheme is Scheme.IDS_DOCUMENT:
        return lambda spans: SpanCounts(None, None, None, *document_rates(spans, links))
    return _PLAIN[scheme]


def score_spans(
    gold: Annotations | str | os.PathLike[str],
    predictions: Annotations | str | os.PathLike[str],
    scheme: Scheme | str = Scheme.STRICT,
    labels: Iterable[str] = (),
) -> SpanScores:
    """Score predicted spans against gold ones under one scheme, overall and per label.

    Each side is a file or folder that `read_annotations` reads, or what it gives. ``labels``
    restricts both sides to these labels (case does not count). A label's row is what restricting
    to it gives. Documents are matched by id.

    Raises NerbenchError for an unknown scheme or label, a file that cannot be read, gold without
    documents, or sides whose offsets cannot be compared.

    >>> from nerbench.annotations import Document, Span
    >>> gold = Annotations("g", "brat", [Document("1", (Span(0, 4, "GENE"), Span(9, 12, "GENE")))])
    >>> found = Annotations("p", "brat", [Document("1", (Span(0, 4, "Gene"),))])
    >>> scores = score_spans(gold, found, "strict")
    >>> scores.overall.precision, scores.overall.recall, list(scores.labels)
    (1.0, 0.5, ['GENE'])
    """
    scheme = _scheme(scheme)
    gold, predictions = (
        side if isinstance(side, Annotations) else read_annotations(side)
        for side in (gold, predictions)
    )
    _check_sides(gold, predictions, scheme)
    docs, names = Numbers(str), Numbers(str.casefold)
    ids = Numbers(identifiers) if scheme in (Scheme.IDS_MENTION, Scheme.IDS_DOCUMENT) else None
    spans = tabulate(gold.documents, predictions.documents, docs, names, ids)
    count = _counter(scheme, gold, docs, list(ids.forms) if ids is not None else [])
    ours, theirs = ([d.docid for d in side.documents] for side in (gold, predictions))
    overall, rows = _overall_and_labels(spans, names, labels, count)
    return SpanScores(
        scheme=scheme,
        overall=overall,
        labels=rows,
        missing=_apart(ours, theirs),
        unknown=_apart(theirs, ours),
        problems=(*gold.problems, *predictions.problems),
    )


def score_tags(
    gold: Sequence[Sequence[str]],
    predictions: Sequence[Sequence[str]],
    scheme: Scheme | str = Scheme.STRICT,
    labels: Iterable[str] = (),
) -> SpanScores:
    """Score predicted tag sequences (IOB, IOBES, BILOU) against gold ones, a sentence each.

    As `score_spans`, with tokens for characters; invalid transitions are repaired as `decode`
    does. For `strict`, `exact`, `partial`, `type` and `overlap`.

    Raises NerbenchError for another scheme, an unknown label, a tag of another form, or
    sentences that differ in length.

    >>> score_tags([["B-GENE", "I-GENE", "O"]], [["B-GENE", "O", "O"]], "type").overall.tp
    1
    """
    scheme = _scheme(scheme)
    if scheme not in _PLAIN:
        raise NerbenchError(
            f"{scheme} cannot score tag sequences, which have no identifiers and no alternatives: "
            f"use {', '.join(_PLAIN)}"
        )
    if list(map(len, gold)) != list(map(len, predictions)):
        raise NerbenchError("gold and predictions differ in sentences or in tokens of a sentence")
    names = Numbers(str.casefold)
    sides = [decode(side) for side in (gold, predictions)]
    numbers = [np.array([names[label] for label in side.labels], np.int64) for side in sides]
    size = sum(len(side.first) for side in sides)
    spans = Columns(
        golds=len(sides[0].first),
        doc=np.concatenate([side.sentence for side in sides]),
        label=np.concatenate([to[side.label] for side, to in zip(sides, numbers, strict=True)]),
        start=np.concatenate([side.first for side in sides]),
        end=np.concatenate([side.last for side in sides]),
        ids=np.zeros(size, np.int64),
        fragments={},
    )
    return SpanScores(scheme, *_overall_and_labels(spans, names, labels, _PLAIN[scheme]))


def _scheme(name: Scheme | str) -> Scheme:
    try:
        return Scheme(name)
    except ValueError:
        raise NerbenchError(f"no scheme {name!r}: the schemes are {', '.join(Scheme)}") from None


def _overall_and_labels(
    spans: Columns, names: Numbers, wanted: Iterable[str], count: Callable[[Columns], SpanCounts]
) -> tuple[SpanCounts, dict[str, SpanCounts]]:
    """The counts of the labels wanted together, and of each alone."""
    if numbers := [_known(names, label) for label in wanted]:
        spans = spans.pick(np.flatnonzero(np.isin(spans.label, numbers)))
    overall = count(spans)
    present = np.unique(spans.label).tolist()
    rows = {
        names.values_of[at]: count(spans.pick(np.flatnonzero(spans.label == at)))
        if len(present) > 1
        else overall
        for at in present
    }
    return overall, dict(sorted(rows.items()))


def _apart(these: Iterable[str], those: Iterable[str]) -> tuple[str, ...]:
    known = set(those)
    return tuple(docid for docid in these if docid not in known)


def _check_sides(gold: Annotations, predictions: Annotations, scheme: Scheme) -> None:
    """Raise NerbenchError where the two sides' offsets cannot mean the same."""
    if not gold.documents:
        raise NerbenchError(f"{gold.source}: no documents; give the file with the gold spans")
    formats = {side.format for side in (gold, predictions) if side.documents}
    if scheme is Scheme.BC2GM and formats != {"bc2gm"}:
        wrong = next(side for side in (gold, predictions) if side.format not in ("bc2gm", ""))
        raise NerbenchError(
            f"{wrong.source}: a {wrong.format} file; for bc2gm, GOLD is a folder with GENE.eval "
            "and ALTGENE.eval, and PREDICTIONS a file like GENE.eval"
        )
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


def _known(labels: Numbers, label: str) -> int:
    """The number of a label that occurs. Raises NerbenchError if it does not."""
    at = labels.forms.get(label.casefold())
    if at is None:
        found = ", ".join(sorted(labels.values_of)) or "none"
        raise NerbenchError(f"no span has the label {label!r}: the labels are {found}")
    return at
