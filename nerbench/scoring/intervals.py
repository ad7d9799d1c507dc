"""95% intervals of rates: by how much a rate of other figures like these may differ.

Figures are left out one at a time, because the names and genes of one figure are not independent.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit, stdtrit

from nerbench.scoring.counts import RATES
from nerbench.scoring.rates import Floats, Ints, macro, rates

Interval = tuple[float, float]
Counted = npt.NDArray[np.integer[Any]]

FEWEST = 10  # a rate that fewer figures define gets no interval
FEWEST_DIFFERING = 15  # a difference gets none if the counts of two models differ on fewer figures


def rate_intervals(counts: Counted, average: str = "micro") -> dict[str, Interval | None]:
    """Return intervals of the ``micro`` or ``macro`` rates of counts, of shape (figures, fields).

    >>> from nerbench.scoring.counts import Counts
    >>> counts = np.array([Counts(2, 1, 4, 1).values(), Counts(2, 2, 2, 1).values()] * 10)
    >>> intervals = rate_intervals(counts)
    >>> [round(end, 3) for end in intervals["precision"]], intervals["group_recall"]
    ([0.613, 0.851], None)
    """
    figures = _count_defining(counts)
    values, deviations = _leave_one_out(counts) if average == "micro" else _macro(counts, figures)
    margins = _margins(deviations, figures)
    rows = zip(RATES, values.tolist(), margins.tolist(), figures.tolist(), strict=True)
    return {name: _interval(value, margin, defining) for name, value, margin, defining in rows}


def difference_intervals(a: Counted, b: Counted) -> dict[str, Interval | None]:
    """Return the interval of each micro rate of counts ``a`` minus that of ``b``, figure by figure.

    >>> from nerbench.scoring.counts import Counts
    >>> a, b = (np.array([Counts(2, hits, 4, 1).values()] * 20) for hits in (2, 1))
    >>> [round(end, 3) for end in difference_intervals(a, b)["precision"]]
    [0.5, 0.5]
    """
    (values_a, deviations_a), (values_b, deviations_b) = _leave_one_out(a), _leave_one_out(b)
    figures = np.minimum(_count_defining(a), _count_defining(b))
    differences, margins = values_a - values_b, _margins(deviations_a - deviations_b, figures)
    # The models differ in a rate on a figure if the counts of b in place of those of a change it.
    exchanged = rates(a.sum(axis=0, dtype=np.int64) - a + b)
    differing = np.count_nonzero(exchanged != values_a, axis=0)
    ends: dict[str, Interval | None] = {}
    for column, name in enumerate(RATES):
        if figures[column] < FEWEST or differing[column] < FEWEST_DIFFERING:
            ends[name] = None
        else:
            low, high = differences[column] - margins[column], differences[column] + margins[column]
            ends[name] = max(-1.0, float(low)), min(1.0, float(high))
    return ends


def _count_defining(counts: Counted) -> Ints:
    """Return how many figures define each rate."""
    figures: Ints = np.count_nonzero(~np.isnan(rates(counts)), axis=0)
    return figures


def _leave_one_out(counts: Counted) -> tuple[Floats, Floats]:
    """Return the micro rates, and how each changes without each figure: (figures, rates)."""
    total = counts.sum(axis=0, dtype=np.int64)
    values = rates(total)
    return values, rates(total - counts) - values


def _macro(counts: Counted, figures: Ints) -> tuple[Floats, Floats]:
    """Return the macro rates, and how each changes without each figure: (figures, rates)."""
    means = macro(counts)[0]
    values = np.array([math.nan if means[name] is None else means[name] for name in RATES])
    with np.errstate(divide="ignore", invalid="ignore"):
        deviations = (values - rates(counts)) / (figures - 1)
    return values, np.nan_to_num(deviations)  # a figure that does not define a rate changes nothing


def _margins(deviations: Floats, figures: Ints) -> Floats:
    """Return half the widths of intervals of t, from changes of shape (figures, rates)."""
    # The jackknife (Tukey, Annals of Mathematical Statistics 29:614, 1958): if a rate changes by
    # d[f] without figure f, its variance is (n - 1) / n * sum(d**2). Where a few large figures make
    # the rate, that variance is uncertain itself. Its degrees of freedom are estimated as
    # sum(d**2)**2 / sum(d**4) (Satterthwaite, Biometrics Bulletin 2:110, 1946), which is too few;
    # with 1 more, intervals cover as they should (docs/intervals.md).
    squares = deviations**2
    second, fourth = squares.sum(axis=0), (squares**2).sum(axis=0)
    with np.errstate(invalid="ignore"):
        freedom = np.minimum(figures - 1, second**2 / fourth + 1)
    count = len(deviations)
    margins: Floats = stdtrit(freedom, 0.975) * np.sqrt((count - 1) / count * second)
    return np.where(fourth == 0, 0.0, margins)


def _interval(value: float, margin: float, figures: int) -> Interval | None:
    """Return the ends of a rate that so many figures define, from its margin."""
    if figures < FEWEST:
        return None
    if value in (0.0, 1.0):
        # All figures agree. If each does with probability q, all do with q**figures: the lowest q
        # for which that is 2.5% or more (Clopper and Pearson, Biometrika 26:404, 1934).
        lowest = 0.025 ** (1 / figures)
        return (lowest, 1.0) if value else (0.0, 1 - lowest)
    # On the logit scale the ends stay within 0 and 1, and are further from the estimate on the side
    # of 1/2 (Korn and Graubard, Survey Methodology 24:193, 1998).
    centre, change = logit(value), margin / (value * (1 - value))
    return min(value, float(expit(centre - change))), max(value, float(expit(centre + change)))
