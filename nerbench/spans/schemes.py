"""Schemes of span scoring: which predicted spans are right, and how they are counted.

docs/spans.md explains each scheme with an example.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from nerbench.spans.pairing import Layout, lay_out
from nerbench.spans.table import Bools, Codes, Ints, SpanTable


class Scheme(StrEnum):
    """Rules by which a predicted span is right."""

    STRICT = "strict"  # SemEval-2013 Task 9 (Segura-Bedmar et al. 2013), like the next three
    EXACT = "exact"
    PARTIAL = "partial"
    TYPE = "type"
    OVERLAP = "overlap"
    BC2GM = "bc2gm"  # BioCreative II gene mention task (Smith et al. 2008)
    IDS_MENTION = "ids-mention"  # Sänger et al. (2024), like the next one
    IDS_DOCUMENT = "ids-document"


@dataclass(frozen=True, slots=True)
class SpanCounts:
    """Counts (halves in `partial`, None in `ids-document`) and rates (None if undefined).

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
    def of(cls, tp: float, fp: float, fn: float, gold_tp: float | None = None) -> SpanCounts:
        """Compute precision tp / (tp + fp) and recall tp / (tp + fn), with the true
        positives of the gold side, if they differ.
        """
        own = tp if gold_tp is None else gold_tp
        precision = tp / (tp + fp) if tp + fp else None
        return cls(tp, fp, fn, precision, own / (own + fn) if own + fn else None)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall; 0 if both are 0, None if one is None."""
        precision, recall = self.precision, self.recall
        if precision is None or recall is None:
            return None
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    def to_dict(self) -> dict[str, float | None]:
        return {**asdict(self), "f1": self.f1}


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
    """The spans of both sides, the codes of their labels and identifiers, and their layouts."""

    table: SpanTable
    labels: Codes
    ids: Codes

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

    @cached_property
    def distinct(self) -> Self:
        """The same without the spans that repeat the span and label of another of their side."""
        rows = np.flatnonzero(~self.layout_by_label.is_repeat)
        return self if len(rows) == len(self.table) else replace(self, table=self.table.take(rows))

    def count(self, chosen: Bools | None = None) -> tuple[Ints, Ints]:
        """Count the gold and the predicted spans of each label: all, or those in a mask."""
        chosen = np.ones(len(self.table), np.bool_) if chosen is None else chosen
        gold, predicted = (
            np.bincount(self.table.label[side][chosen[side]], minlength=self.n_labels)
            for side in (slice(self.table.n_gold), slice(self.table.n_gold, None))
        )
        return gold, predicted


def _count_pairs(
    spans: GoldAndPredicted, pairs: _Numbers, across_labels: _Numbers | None = None
) -> SchemeCounts:
    """Return the counts for the pairs of each label, and for other pairs over all if given."""
    n_gold, n_predicted = spans.count()
    counts, overall = (
        SchemeCounts.of(tp, n_predicted - tp, n_gold - tp)
        for tp in (pairs, pairs if across_labels is None else across_labels)
    )
    return SchemeCounts(overall.overall, counts.per_label)


def _count_strict(spans: GoldAndPredicted) -> SchemeCounts:
    return _count_pairs(spans, spans.count(spans.layout_by_label.in_exact_pair)[0])


def _count_exact(spans: GoldAndPredicted) -> SchemeCounts:
    layouts = spans.layout_by_label, spans.layout
    return _count_pairs(spans, *(spans.count(layout.in_exact_pair)[0] for layout in layouts))


def _count_partial(spans: GoldAndPredicted) -> SchemeCounts:
    pairs = (
        spans.count(layout.in_exact_pair)[0] + spans.count(layout.gold_in_partial_pair)[0] / 2
        for layout in (spans.layout_by_label, spans.layout)
    )
    return _count_pairs(spans, *pairs)


def _count_type(spans: GoldAndPredicted) -> SchemeCounts:
    return _count_pairs(spans, spans.count(spans.layout_by_label.gold_in_overlap_pair)[0])


def _count_overlap(spans: GoldAndPredicted) -> SchemeCounts:
    overlaps = spans.layout_by_label.overlaps_other_side
    (found, tp), (fn, fp) = spans.count(overlaps), spans.count(~overlaps)
    return SchemeCounts.of(tp, fp, fn, found)


# Schemes that need only spans and labels
PLAIN_SCHEMES: dict[Scheme, Callable[[GoldAndPredicted], SchemeCounts]] = {
    Scheme.STRICT: _count_strict,
    Scheme.EXACT: _count_exact,
    Scheme.PARTIAL: _count_partial,
    Scheme.TYPE: _count_type,
    Scheme.OVERLAP: _count_overlap,
}

Alternatives = dict[int, frozenset[tuple[int, int]]]  # of each document, by its code


def count_bc2gm(spans: GoldAndPredicted, alternatives: Alternatives) -> SchemeCounts:
    """Count as the script of the task, alt_eval.perl, counts."""
    # A gold span is a true positive, once, if a prediction equals it or an alternative that
    # overlaps it, else a false negative. A prediction is a false positive if it equals neither a
    # gold span nor an alternative of its sentence. Labels are not compared: the task has one.
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
    (tp, _), (fn, fp) = spans.count(right), spans.count(~right)
    return SchemeCounts.of(tp, fp, fn)


def _rows(table: SpanTable, chosen: Bools) -> Iterator[tuple[int, int, int, int]]:
    rows = np.flatnonzero(chosen)
    columns = (rows, table.doc[rows], table.start[rows], table.end[rows])
    return zip(*(column.tolist() for column in columns), strict=True)
