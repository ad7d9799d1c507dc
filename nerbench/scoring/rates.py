"""Rates of many figures at once, from one array with the counts of `FIELDS` on its last axis.

An undefined rate is NaN in arrays and None in rows.
"""

from __future__ import annotations

from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt

from nerbench.scoring.counts import FIELDS, RATES, Counts

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def rates(counts: npt.NDArray[np.generic]) -> Floats:
    """Return every rate of `RATES`, NaN where undefined: the last axis of the counts is `FIELDS`.

    >>> rates(np.array([[2, 1, 3, 1, 2, 1, 2, 4, 0, 0]])).round(3).tolist()
    [[0.5, 0.333, 0.4, 0.5, nan, 1.0, 0.25]]
    """
    count = dict(zip(FIELDS, np.moveaxis(counts.astype(np.float64), -1, 0), strict=True))
    names, recovered = count["names"], count["recovered"]
    precision, recall = _ratio(count["hits"], names), _ratio(recovered, count["curated"])
    by_name = {
        "precision": precision,
        "recall": recall,
        "f1": harmonic_mean(precision, recall),
        "in_caption_recall": _ratio(count["recovered_reachable"], count["reachable"]),
        "group_recall": _ratio(count["groups_found"], count["groups"]),
        "gene_precision": _ratio(count["gene_names"], names),
        "claim_precision": _ratio(recovered, count["claimed"]),
    }
    return np.stack([by_name[name] for name in RATES], axis=-1)


def _ratio(parts: Floats, wholes: Floats) -> Floats:
    undefined = np.full_like(wholes, np.nan)
    ratio: Floats = np.divide(parts, wholes, out=undefined, where=wholes != 0)
    return ratio


def micro(counts: npt.NDArray[np.integer[Any]]) -> Counts:
    """Sum the counts of figures, so that every name and every gene has the same weight.

    >>> figures = Counts(names=2, hits=1), Counts(names=2, hits=2)
    >>> micro(np.array([counts.values() for counts in figures])).precision
    0.75
    """
    return Counts(*counts.sum(axis=0, dtype=np.int64).tolist())


def macro(counts: npt.NDArray[np.integer[Any]]) -> tuple[dict[str, float | None], dict[str, int]]:
    """Return the mean of each rate over the figures that define it, and the number of those.

    >>> counts = Counts(names=2, hits=1), Counts(names=2, hits=2), Counts()
    >>> means, figures = macro(np.array([figure.values() for figure in counts]))
    >>> means["precision"], figures["precision"], means["recall"]
    (0.75, 2, None)
    """
    columns = zip(RATES, rates(counts).T, strict=True)
    defined = {name: values[~np.isnan(values)].tolist() for name, values in columns}
    # fmean sums exactly, in any order of the figures.
    means = {name: fmean(values) if values else None for name, values in defined.items()}
    return means, {name: len(values) for name, values in defined.items()}


WEIGHTED = {"precision": "names", "recall": "curated"}
"""The rates whose sums over figures have an effective number of figures, and what weighs one."""


def effective_figures(counts: npt.NDArray[np.integer[Any]]) -> dict[str, float | None]:
    """Return for each rate of `WEIGHTED` how many figures of equal weight its sums are worth.

    Counts have shape (figures, fields of `FIELDS`). A figure weighs as many as it has names
    (precision) or curated genes (recall); the effective number of figures is (sum of weights)^2 /
    sum of squared weights (Kish 1965, Survey Sampling), None if all are 0.

    >>> counts = np.array([[60, *[0] * (len(FIELDS) - 1)], [10, *[0] * (len(FIELDS) - 1)]])
    >>> effective_figures(counts)["precision"]  # 70^2 / (60^2 + 10^2)
    1.3243243243243243
    """
    effective: dict[str, float | None] = {}
    for rate, field in WEIGHTED.items():
        weights = counts[:, FIELDS.index(field)].astype(np.int64)
        squares = int((weights**2).sum())
        effective[rate] = int(weights.sum()) ** 2 / squares if squares else None
    return effective


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
