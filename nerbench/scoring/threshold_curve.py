"""What another threshold would give, for recognizers that score their mentions."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np

from nerbench.scoring.rates import Floats, defined, harmonic
from nerbench.spans.table import Bools, Ints

__all__ = ["Curve", "CurvePoint", "threshold_curve"]


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The rates if mentions below ``threshold`` were dropped; ``names`` are what would be left."""

    threshold: float
    names: int
    precision: float
    recall: float | None
    in_caption_recall: float | None
    f1: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The rates at every distinct score, ascending; NaN where a rate is undefined.

    ``average_precision`` is None without a reachable gene; ``best`` is the place of the best F1
    (the higher threshold of several), None without a curated gene.
    """

    thresholds: Floats
    names: Ints
    precision: Floats
    recall: Floats
    in_caption_recall: Floats
    f1: Floats
    average_precision: float | None
    best: int | None

    def __len__(self) -> int:
        return len(self.thresholds)

    def __getitem__(self, at: int) -> CurvePoint:
        return CurvePoint(
            threshold=float(self.thresholds[at]),
            names=int(self.names[at]),
            precision=float(self.precision[at]),
            recall=defined(self.recall[at]),
            in_caption_recall=defined(self.in_caption_recall[at]),
            f1=defined(self.f1[at]),
        )

    def thinned(self, most: int = 200) -> list[CurvePoint]:
        """At most so many points (3 at least), evenly spaced among the thresholds: the first, the
        last and the best always among them.

        >>> scores = np.arange(1000) / 1000
        >>> curve = threshold_curve(scores, scores > 0.5, scores[501:], scores[501:] > 0)
        >>> points = curve.thinned(5)
        >>> [point.threshold for point in points], points[2] == curve[curve.best]
        ([0.0, 0.333, 0.501, 0.666, 0.999], True)
        """
        if len(self) <= most:
            return [self[at] for at in range(len(self))]
        kept = set(np.linspace(0, len(self) - 1, most - 1).round().astype(int).tolist())
        if self.best is not None:
            kept.add(self.best)
        return [self[at] for at in sorted(kept)]


def threshold_curve(
    scores: Floats, hits: Bools, gene_scores: Floats, reachable: Bools
) -> Curve | None:
    """Precision, recall, in-caption recall and F1 at every distinct score of a name.

    For each name of each figure: its score, the highest of its mentions (inf where a mention has
    none: such a name is kept at every threshold), and whether it hits. For each curated gene: the
    highest score of the names that mean it (-inf where none does, inf where one without score
    does), and whether it is reachable; a gene that a name means counts as reachable, whatever the
    threshold. None where no name has a score.

    At threshold t, precision is over the names of score >= t, recall over all curated genes,
    in-caption recall over the reachable ones; F1 is that of precision and plain recall, as
    everywhere (`Counts.f1`). Average precision is the sum of (R[n] - R[n-1]) P[n] over falling
    thresholds, R the in-caption recall, without interpolation (scikit-learn's definition, with
    recall counting genes and precision names).

    >>> curve = threshold_curve(
    ...     scores=np.array([0.9, 0.8, 0.3]),
    ...     hits=np.array([True, False, True]),
    ...     gene_scores=np.array([0.9, 0.3, 0.3, -np.inf]),
    ...     reachable=np.array([True, True, True, True]),
    ... )
    >>> curve.precision.round(2).tolist(), curve.in_caption_recall.tolist()
    ([0.67, 0.5, 1.0], [0.75, 0.25, 0.25])
    >>> round(curve.average_precision, 3), curve[curve.best].threshold
    (0.583, 0.3)
    """
    finite = scores[np.isfinite(scores)]
    if not len(finite):
        return None
    from sklearn.metrics import precision_recall_curve  # slow to import, and not always needed

    scores, gene_scores = (np.minimum(given, finite.max()) for given in (scores, gene_scores))
    with warnings.catch_warnings():
        # without a hit its recall, not wanted here, is undefined
        warnings.filterwarnings("ignore", message="No positive class")
        precision, _, thresholds = precision_recall_curve(hits, scores)
    precision = precision[:-1]  # the last one stands for no name at all

    names = _at_least(thresholds, scores)
    recovered = _at_least(thresholds, gene_scores)
    could = int((reachable | (gene_scores > -math.inf)).sum())
    with np.errstate(invalid="ignore"):
        recall = recovered / np.float64(len(gene_scores))
        in_caption = recovered / np.float64(could)
    f1 = harmonic(precision, recall)
    gained = np.diff(recovered[::-1], prepend=0)
    return Curve(
        thresholds=thresholds,
        names=names,
        precision=precision,
        recall=recall,
        in_caption_recall=in_caption,
        f1=f1,
        average_precision=math.fsum(gained * precision[::-1]) / could if could else None,
        best=len(f1) - 1 - int(np.argmax(f1[::-1])) if len(gene_scores) else None,
    )


def _at_least(thresholds: Floats, values: Floats) -> Ints:
    """How many values reach each threshold."""
    return len(values) - np.searchsorted(np.sort(values), thresholds, side="left")
