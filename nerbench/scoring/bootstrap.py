"""95% intervals of rates: how far a rate moves when the figures are sampled anew.

Figures are sampled, because the names and genes of one figure are not independent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nerbench.scoring.counts import FIELDS, RATES
from nerbench.scoring.rates import Floats, Ints, rates

Interval = tuple[float, float]

RESAMPLES = 2000

# A rate that fewer figures define gets no interval: a percentile interval of 95% covers 90% at
# n = 10 and 85% at n = 5 (Hesterberg, The American Statistician 69:371, 2015).
FEWEST = 10

_PERCENTILES = (2.5, 97.5)
_BLOCK = 64  # resamples per matrix product: sets the memory used, and does not change the result
_DRAWS_AT_ONCE = 1 << 15  # stay in the processor's cache: twice as fast for 100,000 figures
_COLUMN_PARTS = (len(FIELDS), len(FIELDS) + len(RATES))  # counts | scaled rates | defined


def _draw_weights(figures: int, resamples: int, seed: int, block: int) -> Iterator[Floats]:
    """Yield how often each resample draws each figure, in blocks of shape (<= block, figures)."""
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))
    step = max(1, _DRAWS_AT_ONCE // figures)
    for start in range(0, resamples, block):
        weights = np.empty((min(block, resamples - start), figures))
        for rows in (weights[first : first + step] for first in range(0, len(weights), step)):
            draws = generator.integers(0, figures, rows.shape)
            # One bincount for all rows: row i is shifted to numbers of its own, from i * figures.
            draws += np.arange(len(rows))[:, None] * figures
            rows[:] = np.bincount(draws.ravel(), minlength=rows.size).reshape(rows.shape)
        yield weights


def _resample(columns: Floats, seed: int, resamples: int, block: int = _BLOCK) -> Floats:
    """Sum columns of whole numbers, of shape (figures, columns), in each resample.

    >>> _resample(np.array([[1.0, 5.0], [1.0, 5.0]]), seed=0, resamples=3).tolist()
    [[2.0, 10.0], [2.0, 10.0], [2.0, 10.0]]
    """
    figures = len(columns)
    if not figures:
        raise ValueError("no figure to draw from")
    blocks = _draw_weights(figures, resamples, seed, block)
    return np.concatenate([weights @ columns for weights in blocks])


def _intervals(resampled: Floats, figures: Ints) -> list[Interval | None]:
    """Return the 95% percentile interval of each column that enough figures define, without NaN.

    >>> values = np.linspace(0, 1, 1001)[:, None].repeat(2, axis=1)
    >>> _intervals(values, np.array([10, 9]))
    [(0.025, 0.975), None]
    """
    ends: list[Interval | None] = []
    for column, count in zip(resampled.T, figures, strict=True):
        values = column[~np.isnan(column)]
        if count < FEWEST or not len(values):
            ends.append(None)
        else:
            low, high = np.percentile(values, _PERCENTILES)
            ends.append((float(low), float(high)))
    return ends


@dataclass(frozen=True, slots=True, eq=False)
class Bootstrap:
    """The rates of every table in every resample, and the number of figures that define each."""

    micro: Floats  # (..., resamples, 5), NaN where undefined, like macro
    macro: Floats
    figures: Ints  # (..., 5)

    def ci95(self, average: str, *table: int) -> dict[str, Interval | None]:
        """Return the interval of each rate of the table at an index, ``micro`` or ``macro``."""
        resampled = {"micro": self.micro, "macro": self.macro}[average]
        return dict(zip(RATES, _intervals(resampled[table], self.figures[table]), strict=True))

    def difference(self, a: tuple[int, ...], b: tuple[int, ...]) -> dict[str, Interval | None]:
        """Return the interval of each micro rate of table ``a`` minus that of table ``b``."""
        figures = np.minimum(self.figures[a], self.figures[b])
        return dict(zip(RATES, _intervals(self.micro[a] - self.micro[b], figures), strict=True))


def bootstrap(
    tables: Ints, *, seed: int = 0, resamples: int = RESAMPLES, block: int = _BLOCK
) -> Bootstrap:
    """Resample figures for all tables of counts, (..., figures, fields), with the same draws.

    Raises ValueError if there is no figure.

    >>> from nerbench.scoring.counts import Counts
    >>> figures = Counts(names=2, hits=1, curated=4), Counts(names=2, hits=2, curated=2)
    >>> first = np.array([counts.values() for counts in figures * 5])
    >>> second = first - np.array(Counts(hits=1).values())
    >>> resampled = bootstrap(np.stack([first, second]), resamples=200)
    >>> resampled.ci95("micro", 0)["precision"], resampled.ci95("macro", 0)["group_recall"]
    ((0.6, 0.9), None)
    >>> [round(end, 3) for end in resampled.difference((0,), (1,))["precision"]]
    [0.5, 0.5]
    """
    # The percentile bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap, 1993,
    # chapter 13). With figure f drawn w[f] times, micro precision is
    # sum(w[f] hits[f]) / sum(w[f] names[f]), and a macro rate is sum(w[f] rate[f]) / sum(w[f]),
    # over the figures where it is defined. All tables share the weights, so that a difference
    # between two of them is a paired one. All sums are of whole numbers below 2**53, which float64
    # adds exactly in any order: the result depends on the seed, the number of figures and their
    # order (callers sort them by id), and not on threads, the block size or the other tables.
    *shape, figures, _ = tables.shape
    columns, scale = _whole_number_columns(tables.reshape(math.prod(shape), figures, len(FIELDS)))
    figures_defining = columns[..., -len(RATES) :].sum(axis=0).astype(np.int64)
    columns = columns.reshape(figures, math.prod(columns.shape[1:]))
    sums = _resample(columns, seed, resamples, block).reshape(resamples, *shape, -1)
    counts, scaled, defined = np.split(np.moveaxis(sums, 0, -2), _COLUMN_PARTS, axis=-1)
    with np.errstate(invalid="ignore"):
        macro = scaled / scale / defined
    return Bootstrap(rates(counts), macro, figures_defining.reshape(*shape, len(RATES)))


def _whole_number_columns(tables: Ints) -> tuple[Floats, float]:
    """Return the counts, scaled rates and defined rates (1 or 0) of each figure, and the scale."""
    _, figures, _ = tables.shape
    # A macro rate is a mean of fractions, whose sum in float64 depends on the order of addition. So
    # each rate is made a whole number: rate * scale, rounded. With n < 2**bits figures, n rates of
    # at most 1 sum to n * scale < 2**52, which is exact. The mean moves by at most 1 / (2 * scale).
    scale = 2.0 ** (52 - figures.bit_length())
    columns = np.empty((figures, len(tables), len(FIELDS) + 2 * len(RATES)))
    counts, scaled, defined = np.split(columns, _COLUMN_PARTS, axis=-1)  # views into columns
    for index, table in enumerate(tables):
        per_figure = rates(table)
        counts[:, index] = table
        scaled[:, index] = np.rint(np.nan_to_num(per_figure) * scale)
        defined[:, index] = ~np.isnan(per_figure)
    return columns, scale
