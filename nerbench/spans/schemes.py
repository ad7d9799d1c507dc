"""The schemes of span scoring, and how each counts.

`strict`, `exact`, `partial` and `type` are those of SemEval-2013 Task 9 (Segura-Bedmar et al.
2013), `bc2gm` that of the BioCreative II gene mention task (Smith et al. 2008), the `ids-`
schemes those of Sänger et al. (2024). docs/spans.md explains each with an example.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from nerbench.spans.pairing import Layout, lay_out
from nerbench.spans.table import Bools, Ints, SpanTable

__all__ = [
    "PLAIN",
    "Alternatives",
    "Outcome",
    "Scheme",
    "Sides",
    "SpanCounts",
    "count_bc2gm",
    "outcome",
]


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
class Outcome:
    """The counts of all labels together, and of each label by its number."""

    overall: SpanCounts
    rows: list[SpanCounts]


@dataclass(frozen=True)
class Sides:
    """The spans of both sides with their layouts, each made when first needed.

    ``labels`` is how many labels are numbered.
    """

    spans: SpanTable
    labels: int

    @cached_property
    def whole(self) -> Layout:
        """The spans laid out by document."""
        return lay_out(self.spans)

    @cached_property
    def labelled(self) -> Layout:
        """The spans laid out by label and document."""
        return self.whole if self.labels == 1 else self.whole.copies(self.spans.label)

    @property
    def golds(self) -> Ints:
        """How many gold spans each label has."""
        return self.count_gold(np.ones(self.spans.golds, np.bool_))

    @property
    def predicted(self) -> Ints:
        """How many predicted spans each label has."""
        return self.count_predicted(np.ones(len(self.spans) - self.spans.golds, np.bool_))

    def count_gold(self, chosen: Bools) -> Ints:
        """How many of the gold spans chosen each label has."""
        return np.bincount(self.spans.label[: self.spans.golds][chosen], minlength=self.labels)

    def count_predicted(self, chosen: Bools) -> Ints:
        """How many of the predicted spans chosen each label has."""
        return np.bincount(self.spans.label[self.spans.golds :][chosen], minlength=self.labels)


_Numbers = npt.NDArray[np.int64 | np.float64]


def outcome(tp: _Numbers, fp: _Numbers, fn: _Numbers) -> Outcome:
    """The outcome whose counts by label are these, and overall their sums.

    >>> one = np.array([1])
    >>> outcome(one, one, one).overall.precision
    0.5
    """
    rows = list(map(SpanCounts.of, tp.tolist(), fp.tolist(), fn.tolist()))
    return Outcome(SpanCounts.of(*(side.sum().item() for side in (tp, fp, fn))), rows)


def _paired(sides: Sides, pairs: _Numbers, together: float | None = None) -> Outcome:
    """The outcome when so many spans of either side pair up by label, ``together`` in all."""
    by_label = outcome(pairs, sides.predicted - pairs, sides.golds - pairs)
    if together is None:
        return by_label
    golds = sides.spans.golds
    predicted = len(sides.spans) - golds
    overall = SpanCounts.of(together, predicted - together, golds - together)
    return Outcome(overall, by_label.rows)


def _equal(sides: Sides) -> Ints:
    return sides.count_gold(sides.labelled.equal[: sides.spans.golds])


def _strict(sides: Sides) -> Outcome:
    return _paired(sides, _equal(sides))


def _exact(sides: Sides) -> Outcome:
    return _paired(sides, _equal(sides), int(sides.whole.equal[: sides.spans.golds].sum()))


def _partial(sides: Sides) -> Outcome:
    whole = sides.whole
    together = whole.equal[: whole.golds].sum() + whole.overlapping_rest.sum() / 2
    halves = sides.count_gold(sides.labelled.overlapping_rest) / 2
    return _paired(sides, _equal(sides) + halves, float(together))


def _type(sides: Sides) -> Outcome:
    return _paired(sides, sides.count_gold(sides.labelled.overlapping))


def _overlap(sides: Sides) -> Outcome:
    touching = sides.labelled.touching
    found = sides.count_gold(touching[: sides.spans.golds])
    right = sides.count_predicted(touching[sides.spans.golds :])
    columns = right, sides.predicted, found, sides.golds
    rows = map(_one_sided, *(column.tolist() for column in columns))
    return Outcome(_one_sided(*(int(column.sum()) for column in columns)), list(rows))


def _one_sided(right: int, predicted: int, found: int, golds: int) -> SpanCounts:
    """Counts where the predictions that are right and the gold spans found differ in number."""
    precision = right / predicted if predicted else None
    recall = found / golds if golds else None
    return SpanCounts(right, predicted - right, golds - found, precision, recall)


PLAIN: dict[Scheme, Callable[[Sides], Outcome]] = {
    Scheme.STRICT: _strict,
    Scheme.EXACT: _exact,
    Scheme.PARTIAL: _partial,
    Scheme.TYPE: _type,
    Scheme.OVERLAP: _overlap,
}
"""The schemes that need no more than spans and labels."""

Alternatives = dict[int, frozenset[tuple[int, int]]]
"""The alternative spans of each document, by its number."""


def count_bc2gm(sides: Sides, alternatives: Alternatives) -> Outcome:
    """The outcome by the rules of the task's own script, alt_eval.perl.

    A gold span is a true positive, once, if a prediction equals it or an alternative that
    overlaps it, else a false negative. A prediction is a false positive if it equals neither a
    gold span nor an alternative of its sentence. Labels do not count: the task has one.

    >>> from nerbench.spans.model import Document, Span
    >>> from nerbench.spans.table import Codes, tabulate
    >>> found = Document("P1", (Span(0, 4, "GENE"), Span(5, 9, "GENE")))
    >>> documents = [Document("P1", (Span(0, 9, "GENE"),))], [found]
    >>> sides = Sides(tabulate(*documents, Codes(str), Codes(str))[0], labels=1)
    >>> counts = count_bc2gm(sides, {0: frozenset({(0, 4)})}).overall
    >>> counts.tp, counts.fp, counts.fn
    (1, 1, 0)
    """
    spans, golds = sides.spans, sides.spans.golds
    key, _ = sides.whole.packed()
    credited, right = np.isin(key[:golds], key[golds:]), np.isin(key[golds:], key[:golds])
    flexible = np.isin(spans.doc, list(alternatives))
    accepted: dict[int, list[tuple[int, int]]] = {}
    for at, doc, start, end in _rows(spans, flexible & (np.arange(len(spans)) >= golds)):
        if (start, end) in alternatives[doc]:
            right[at - golds] = True
            accepted.setdefault(doc, []).append((start, end))
    for at, doc, start, end in _rows(spans, flexible[:golds] & ~credited):
        credited[at] = any(first < end and start < last for first, last in accepted.get(doc, ()))
    tp, fn = sides.count_gold(credited), sides.count_gold(~credited)
    return outcome(tp, sides.count_predicted(~right), fn)


def _rows(spans: SpanTable, chosen: Bools) -> Iterator[tuple[int, int, int, int]]:
    """The number of each row chosen, its document, start and end."""
    at = np.flatnonzero(chosen)
    columns = (at, spans.doc[at], spans.start[at], spans.end[at])
    return zip(*(column.tolist() for column in columns), strict=True)
