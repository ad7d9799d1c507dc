"""Schemes of span scoring: which predicted spans are right, and how they are counted.

docs/spans.md explains each scheme with an example.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from nerbench.spans.pairing import Layout, lay_out
from nerbench.spans.table import Bools, Codes, Ints, SpanTable

__all__ = [
    "PLAIN_SCHEMES",
    "Alternatives",
    "GoldAndPredicted",
    "Scheme",
    "SchemeCounts",
    "SpanCounts",
    "count_bc2gm",
]


class Scheme(StrEnum):
    """Rules by which a predicted span is right.

    Notes
    -----
    `strict`, `exact`, `partial` and `type` follow SemEval-2013 Task 9 (Segura-Bedmar et al. 2013),
    `bc2gm` the BioCreative II gene mention task (Smith et al. 2008), `ids-mention` and
    `ids-document` the cross-corpus evaluation of Sänger et al. (2024).

    Examples
    --------
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
    """Counts and rates of a scheme.

    Parameters
    ----------
    tp, fp, fn : float or None
        True positives, false positives and false negatives: in halves under `partial`, None
        under `ids-document`.
    precision, recall : float or None
        Rates between 0 and 1; None if the denominator is 0.

    Examples
    --------
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
    def of(cls, tp: float, fp: float, fn: float, found: float | None = None) -> SpanCounts:
        """Compute precision as tp / (tp + fp), recall as found / (found + fn).

        ``found`` gold spans are as many as ``tp`` unless given.
        """
        found = tp if found is None else found
        precision = tp / (tp + fp) if tp + fp else None
        return cls(tp, fp, fn, precision, found / (found + fn) if found + fn else None)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall; 0 if both are 0, None if one is None."""
        precision, recall = self.precision, self.recall
        if precision is None or recall is None:
            return None
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    def to_dict(self) -> dict[str, float | None]:
        """Return counts and rates by name."""
        names = ("tp", "fp", "fn", "precision", "recall", "f1")
        return {name: getattr(self, name) for name in names}


_Numbers = npt.NDArray[np.int64 | np.float64]


@dataclass(frozen=True, slots=True)
class SchemeCounts:
    """Counts of all labels together, and of each label by its code."""

    overall: SpanCounts
    per_label: list[SpanCounts]

    @classmethod
    def of(cls, *columns: _Numbers) -> SchemeCounts:
        """Return counts from the arguments of `SpanCounts.of` for each label, and their sums.

        >>> SchemeCounts.of(np.array([1, 0]), np.array([1, 0]), np.array([1, 1])).overall.precision
        0.5
        """
        per_label = map(SpanCounts.of, *(column.tolist() for column in columns))
        return cls(SpanCounts.of(*(column.sum().item() for column in columns)), list(per_label))


@dataclass(frozen=True)
class GoldAndPredicted:
    """The spans of both sides, the codes of their labels, and their layouts."""

    table: SpanTable
    labels: Codes

    @property
    def n_labels(self) -> int:
        return max(len(self.labels.uniques), 1)

    @cached_property
    def layout(self) -> Layout:
        """Layout in which spans of different labels may overlap."""
        return lay_out(self.table)

    @cached_property
    def layout_by_label(self) -> Layout:
        """Layout in which only spans of one label may overlap."""
        return self.layout if self.n_labels == 1 else lay_out(self.table, by_label=True)

    def count_gold(self, chosen: Bools | None = None) -> Ints:
        """Count the gold spans of each label: all, or those in a mask over all spans."""
        return self._count(slice(self.table.n_gold), chosen)

    def count_predicted(self, chosen: Bools | None = None) -> Ints:
        """Count the predicted spans of each label: all, or those in a mask over all spans."""
        return self._count(slice(self.table.n_gold, None), chosen)

    def _count(self, side: slice, chosen: Bools | None) -> Ints:
        label = self.table.label[side]
        label = label if chosen is None else label[chosen[side]]
        return np.bincount(label, minlength=self.n_labels)


def _count_pairs(
    spans: GoldAndPredicted, per_label: _Numbers, overall: float | None = None
) -> SchemeCounts:
    """Return the counts if these numbers of spans pair; ``overall`` is the sum unless given."""
    counts = SchemeCounts.of(
        per_label, spans.count_predicted() - per_label, spans.count_gold() - per_label
    )
    if overall is None:
        return counts
    n_gold = spans.table.n_gold
    n_predicted = len(spans.table) - n_gold
    total = SpanCounts.of(overall, n_predicted - overall, n_gold - overall)
    return SchemeCounts(total, counts.per_label)


def _count_strict(spans: GoldAndPredicted) -> SchemeCounts:
    return _count_pairs(spans, spans.count_gold(spans.layout_by_label.in_exact_pair))


def _count_exact(spans: GoldAndPredicted) -> SchemeCounts:
    pairs = spans.count_gold(spans.layout_by_label.in_exact_pair)
    return _count_pairs(spans, pairs, spans.count_gold(spans.layout.in_exact_pair).sum().item())


def _count_partial(spans: GoldAndPredicted) -> SchemeCounts:
    per_label, overall = (
        spans.count_gold(layout.in_exact_pair) + spans.count_gold(layout.gold_in_partial_pair) / 2
        for layout in (spans.layout_by_label, spans.layout)
    )
    return _count_pairs(spans, per_label, overall.sum().item())


def _count_type(spans: GoldAndPredicted) -> SchemeCounts:
    return _count_pairs(spans, spans.count_gold(spans.layout_by_label.gold_in_overlap_pair))


def _count_overlap(spans: GoldAndPredicted) -> SchemeCounts:
    overlaps = spans.layout_by_label.overlaps_other_side
    tp, fp = spans.count_predicted(overlaps), spans.count_predicted(~overlaps)
    return SchemeCounts.of(tp, fp, spans.count_gold(~overlaps), spans.count_gold(overlaps))


PLAIN_SCHEMES: dict[Scheme, Callable[[GoldAndPredicted], SchemeCounts]] = {
    Scheme.STRICT: _count_strict,
    Scheme.EXACT: _count_exact,
    Scheme.PARTIAL: _count_partial,
    Scheme.TYPE: _count_type,
    Scheme.OVERLAP: _count_overlap,
}
"""Schemes that need only spans and labels."""

Alternatives = dict[int, frozenset[tuple[int, int]]]
"""Alternative spans of each document, by its code."""


def count_bc2gm(spans: GoldAndPredicted, alternatives: Alternatives) -> SchemeCounts:
    """Count as the script of the task, alt_eval.perl, counts.

    A gold span is a true positive, once, if a prediction equals it or an alternative that
    overlaps it, else a false negative. A prediction is a false positive if it equals neither a
    gold span nor an alternative of its sentence. Labels are not compared: the task has one.

    >>> from nerbench.spans.model import Document, Span
    >>> from nerbench.spans.table import tabulate
    >>> predicted = Document("P1", (Span(0, 4, "GENE"), Span(5, 9, "GENE")))
    >>> documents = [Document("P1", (Span(0, 9, "GENE"),))], [predicted]
    >>> table, _ = tabulate(*documents, Codes(str), labels := Codes(str))
    >>> counts = count_bc2gm(GoldAndPredicted(table, labels), {0: frozenset({(0, 4)})}).overall
    >>> counts.tp, counts.fp, counts.fn
    (1, 1, 0)
    """
    table, right = spans.table, spans.layout.equals_other_side.copy()
    is_gold = np.arange(len(table)) < table.n_gold
    has_alternatives = np.isin(table.doc, list(alternatives))
    accepted: dict[int, list[tuple[int, int]]] = {}
    for row, doc, start, end in _rows(table, has_alternatives & ~is_gold):
        if (start, end) in alternatives[doc]:
            right[row] = True
            accepted.setdefault(doc, []).append((start, end))
    for row, doc, start, end in _rows(table, has_alternatives & is_gold & ~right):
        right[row] = any(first < end and start < last for first, last in accepted.get(doc, ()))
    return SchemeCounts.of(
        spans.count_gold(right), spans.count_predicted(~right), spans.count_gold(~right)
    )


def _rows(table: SpanTable, chosen: Bools) -> Iterator[tuple[int, int, int, int]]:
    """Yield the index, document, start and end of each row in a mask."""
    rows = np.flatnonzero(chosen)
    columns = (rows, table.doc[rows], table.start[rows], table.end[rows])
    return zip(*(column.tolist() for column in columns), strict=True)
