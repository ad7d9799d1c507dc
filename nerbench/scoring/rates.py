"""Counts of many figures as one array, for what is done to all of them at once.

The last axis holds the counts in the order of `FIELDS`; a rate that is undefined is NaN here
and becomes None where it leaves.
"""

from __future__ import annotations

from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt

from nerbench.scoring.counts import RATES, Counts

__all__ = ["Floats", "defined", "harmonic", "macro", "micro", "rates"]

Floats = npt.NDArray[np.float64]


def rates(counts: npt.NDArray[np.generic]) -> Floats:
    """Every rate of `RATES` for counts of shape (..., 7): shape (..., 5), NaN where undefined.

    >>> rates(np.array([[2, 1, 3, 1, 2, 0, 0]])).round(3).tolist()
    [[0.5, 0.333, 0.4, 0.5, nan]]
    """
    names, hits, curated, recovered, reachable, groups, found = np.moveaxis(
        counts.astype(np.float64), -1, 0
    )
    with np.errstate(invalid="ignore"):
        precision, recall = hits / names, recovered / curated
        every = {
            "precision": precision,
            "recall": recall,
            "f1": harmonic(precision, recall),
            "in_caption_recall": recovered / reachable,
            "group_recall": found / groups,
        }
    return np.stack([every[name] for name in RATES], axis=-1)


def micro(counts: npt.NDArray[np.integer[Any]]) -> Counts:
    """The sum over figures, of shape (figures, 7): every name and gene weighs alike.

    >>> micro(np.array([[2, 1, 0, 0, 0, 0, 0], [2, 2, 0, 0, 0, 0, 0]])).precision
    0.75
    """
    return Counts(*counts.sum(axis=0, dtype=np.int64).tolist())


def macro(
    counts: npt.NDArray[np.integer[Any]],
) -> tuple[dict[str, float | None], dict[str, int]]:
    """Mean of each rate over the figures where it is defined, and how many those are.

    ``counts`` has shape (figures, 7). The mean does not depend on the order of the figures.

    >>> means, behind = macro(np.array([[2, 1, 0, 0, 0, 0, 0], [2, 2, 0, 0, 0, 0, 0], [0] * 7]))
    >>> means["precision"], behind["precision"], means["recall"]
    (0.75, 2, None)
    """
    means: dict[str, float | None] = {}
    behind: dict[str, int] = {}
    for name, values in zip(RATES, rates(counts).T, strict=True):
        found = values[~np.isnan(values)].tolist()
        means[name] = fmean(found) if found else None
        behind[name] = len(found)
    return means, behind


def harmonic(precision: Floats, recall: Floats) -> Floats:
    """F1 of arrays of precision and recall: 0 where both are 0, NaN where one is, as `Counts.f1`.

    >>> harmonic(np.array([0.5, 0.0, np.nan]), np.array([1.0, 0.0, 1.0])).tolist()
    [0.6666666666666666, 0.0, nan]
    """
    both = precision + recall
    with np.errstate(invalid="ignore"):
        return np.where(both == 0, 0.0, 2 * precision * recall / both)


def defined(value: float | np.float64) -> float | None:
    """A number as it leaves an array: None for NaN.

    >>> defined(np.float64(0.5)), defined(float("nan"))
    (0.5, None)
    """
    return None if np.isnan(value) else float(value)
