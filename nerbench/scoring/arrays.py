"""Counts of many figures as one array, for what is done to all of them at once.

The last axis holds the fields of `Counts` in their order; a rate that is undefined is NaN here
and becomes None where it leaves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, fields

import numpy as np
import numpy.typing as npt

from nerbench.scoring.columns import Ints
from nerbench.scoring.counts import RATES, Counts

__all__ = ["FIELDS", "Floats", "defined", "harmonic", "rates", "tabulate_counts"]

Floats = npt.NDArray[np.float64]
FIELDS = tuple(field.name for field in fields(Counts))


def tabulate_counts(counts: Iterable[Counts]) -> Ints:
    """The counts of figures as an array of shape (figures, 7).

    >>> tabulate_counts([Counts(names=2, hits=1), Counts(curated=3)]).tolist()
    [[2, 1, 0, 0, 0, 0, 0], [0, 0, 3, 0, 0, 0, 0]]
    """
    return np.array([astuple(one) for one in counts], np.int64).reshape(-1, len(FIELDS))


def rates(counts: npt.NDArray[np.generic]) -> Floats:
    """Every rate of `RATES` for counts of shape (..., 7): shape (..., 5), NaN where undefined.

    >>> one = Counts(names=2, hits=1, curated=3, recovered=1, reachable=2)
    >>> rates(tabulate_counts([one])).round(3).tolist()
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
