"""Rates of many figures at once, from one array with the counts of `FIELDS` on its last axis.

An undefined rate is NaN in arrays and None in rows.
"""

from __future__ import annotations

from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt

from nerbench.scoring.counts import RATES, Counts

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def rates(counts: npt.NDArray[np.generic]) -> Floats:
    """Return every rate of `RATES`, NaN where undefined: counts of shape (..., 7) give (..., 5).

    >>> rates(np.array([[2, 1, 3, 1, 2, 0, 0]])).round(3).tolist()
    [[0.5, 0.333, 0.4, 0.5, nan]]
    """
    by_field = np.moveaxis(counts.astype(np.float64), -1, 0)
    names, hits, curated, recovered, reachable, groups, groups_found = by_field
    with np.errstate(invalid="ignore"):
        precision, recall = hits / names, recovered / curated
        by_name = {
            "precision": precision,
            "recall": recall,
            "f1": harmonic_mean(precision, recall),
            "in_caption_recall": recovered / reachable,
            "group_recall": groups_found / groups,
        }
    return np.stack([by_name[name] for name in RATES], axis=-1)


def micro(counts: npt.NDArray[np.integer[Any]]) -> Counts:
    """Sum counts of shape (figures, 7), so that every name and every gene has the same weight.

    >>> micro(np.array([[2, 1, 0, 0, 0, 0, 0], [2, 2, 0, 0, 0, 0, 0]])).precision
    0.75
    """
    return Counts(*counts.sum(axis=0, dtype=np.int64).tolist())


def macro(counts: npt.NDArray[np.integer[Any]]) -> tuple[dict[str, float | None], dict[str, int]]:
    """Return the mean of each rate over the figures that define it, and the number of those.

    >>> means, figures = macro(np.array([[2, 1, 0, 0, 0, 0, 0], [2, 2, 0, 0, 0, 0, 0], [0] * 7]))
    >>> means["precision"], figures["precision"], means["recall"]
    (0.75, 2, None)
    """
    columns = zip(RATES, rates(counts).T, strict=True)
    defined = {name: values[~np.isnan(values)].tolist() for name, values in columns}
    # fmean sums exactly, in any order of the figures.
    means = {name: fmean(values) if values else None for name, values in defined.items()}
    return means, {name: len(values) for name, values in defined.items()}


def harmonic_mean(precision: Floats, recall: Floats) -> Floats:
    """Return F1 as `Counts.f1` does: 0 where the recall is 0, NaN where it is undefined.

    >>> harmonic_mean(np.array([0.5, np.nan, 0.0]), np.array([1.0, 0.0, np.nan])).tolist()
    [0.6666666666666666, 0.0, nan]
    """
    with np.errstate(invalid="ignore"):
        return np.where(recall == 0, 0.0, 2 * precision * recall / (precision + recall))


def none_if_nan(value: float | np.float64) -> float | None:
    """Return a number of an array as a row holds it."""
    return None if np.isnan(value) else float(value)
