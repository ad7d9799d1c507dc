"""Rates at other score thresholds, for recognizers that score their mentions."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np

from nerbench.scoring.rates import Bools, Floats, Ints, harmonic_mean, none_if_nan


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The rates and the number of names with mentions below ``threshold`` dropped."""

    threshold: float
    names: int
    precision: float
    recall: float | None
    in_caption_recall: float | None
    f1: float | None


@dataclass(frozen=True, slots=True, eq=False)
class CurveRow:
    """The rates of a model at every distinct score, by ascending score; NaN where undefined.

    ``best`` is the index of the highest F1, of equal ones the last; None without a curated gene.
    """

    model: str
    organism: str
    level: str
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

    def __getitem__(self, index: int) -> CurvePoint:
        return CurvePoint(
            threshold=float(self.thresholds[index]),
            names=int(self.names[index]),
            precision=float(self.precision[index]),
            recall=none_if_nan(self.recall[index]),
            in_caption_recall=none_if_nan(self.in_caption_recall[index]),
            f1=none_if_nan(self.f1[index]),
        )

    def thinned(self, max_points: int = 200) -> list[CurvePoint]:
        """Return up to ``max_points`` (3 or more) points with even steps, and the best point."""
        if len(self) <= max_points:
            return [self[index] for index in range(len(self))]
        indices = np.linspace(0, len(self) - 1, max_points - 1).round().astype(int)
        best = () if self.best is None else (self.best,)
        return [self[index] for index in sorted({*indices.tolist(), *best})]


def threshold_curve(
    scores: Floats,
    hits: Bools,
    gene_scores: Floats,
    reachable: Bools,
    *,
    model: str,
    organism: str,
    level: str,
) -> CurveRow | None:
    """Compute all rates at every distinct score of a name; None if no name has a score.

    ``scores`` are the highest of each name's mentions (inf without one), ``gene_scores`` the
    highest of the names that mean each curated gene (-inf without one).

    >>> scores, hits = np.array([0.9, 0.8, 0.3]), np.array([True, False, True])
    >>> gene_scores, reachable = np.array([0.9, 0.3, 0.3, -np.inf]), np.ones(4, bool)
    >>> keys = {"model": "x", "organism": "human", "level": "family"}
    >>> curve = threshold_curve(scores, hits, gene_scores, reachable, **keys)
    >>> curve.precision.round(2).tolist(), curve.in_caption_recall.tolist()
    ([0.67, 0.5, 1.0], [0.75, 0.25, 0.25])
    >>> round(curve.average_precision, 3), curve[curve.best].threshold
    (0.583, 0.3)
    """
    finite = scores[np.isfinite(scores)]
    if not len(finite):
        return None
    # A name without score stands at the highest threshold.
    scores, gene_scores = (np.minimum(values, finite.max()) for values in (scores, gene_scores))
    precision, thresholds = _precision_by_threshold(scores, hits)
    names = _count_at_least(thresholds, scores)
    recovered = _count_at_least(thresholds, gene_scores)
    recovered_reachable = _count_at_least(thresholds, gene_scores[reachable])
    could = int(reachable.sum())
    with np.errstate(invalid="ignore"):
        recalls = recovered / np.float64(len(gene_scores)), recovered_reachable / np.float64(could)
    f1 = harmonic_mean(precision, recalls[0])
    # The sum of (R[n] - R[n-1]) P[n] over falling thresholds, without interpolation (as in
    # scikit-learn), where P is precision, of names, and R in-caption recall, of genes.
    gained = np.diff(recovered_reachable[::-1], prepend=0)  # genes that each falling threshold adds
    average_precision = math.fsum(gained * precision[::-1]) / could if could else None
    best = len(f1) - 1 - int(np.argmax(f1[::-1])) if len(gene_scores) else None
    columns = (thresholds, names, precision, *recalls, f1)
    return CurveRow(model, organism, level, *columns, average_precision, best)


def _precision_by_threshold(scores: Floats, hits: Bools) -> tuple[Floats, Floats]:
    """Return the precision at each distinct score, and the scores, in ascending order."""
    from sklearn.metrics import precision_recall_curve  # slow to import, and not always needed

    with warnings.catch_warnings():
        # Without a hit, scikit-learn's recall, which is not used here, is undefined.
        warnings.filterwarnings("ignore", message="No positive class")
        precision, _, thresholds = precision_recall_curve(hits, scores)
    return precision[:-1], thresholds  # its last precision stands for no name at all


def _count_at_least(thresholds: Floats, values: Floats) -> Ints:
    return len(values) - np.searchsorted(np.sort(values), thresholds, side="left")
