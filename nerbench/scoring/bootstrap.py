"""How far a rate would move on other figures: 95% intervals by resampling figures.

The percentile bootstrap of Efron and Tibshirani (An Introduction to the Bootstrap, 1993, chapter
13). Figures are what is drawn, since the names and genes of one figure are not independent. A
resample is a weight per figure (how often it was drawn), and its rates are ratios of weighted sums:
all columns of all tables are summed at once, a block of resamples by one matrix product. Every
model and level shares the weights, so a difference between two of them is a paired one.

Sums here are sums of whole numbers below 2**53, exact in any order. So neither the number of
threads, nor the block, nor what other tables are given changes a bit of the result. It depends on
the seed, the number of figures and their order: callers give them in a canonical order (by id).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nerbench.scoring.counts import FIELDS, RATES
from nerbench.scoring.rates import Floats, rates
from nerbench.spans.table import Ints

__all__ = ["FEWEST", "RESAMPLES", "Bootstrap", "Interval", "bootstrap", "intervals", "resample"]

Interval = tuple[float, float]

RESAMPLES = 2000
"""How many times figures are drawn anew."""

FEWEST = 10
"""With fewer figures where a rate is defined, there is no interval.

The percentile interval of a mean of n values is too narrow by sqrt((n - 1) / n) and takes the
normal's quantile for Student's (Hesterberg, The American Statistician 69:371, 2015).
Even for well-behaved values a nominal 95% so covers 90% at n = 10, 85% at n = 5: fewer would not
deserve the name.
"""

_TAILS = (2.5, 97.5)
_BLOCK = 64
_DRAWN = 1 << 15  # figures at once, of one resample at least


def _weights(figures: int, resamples: int, seed: int, block: int) -> Iterator[Floats]:
    """How often each resample drew each figure, in blocks of shape (<= block, figures)."""
    draw = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))
    rows = max(1, _DRAWN // figures)
    for start in range(0, resamples, block):
        weights = np.empty((min(block, resamples - start), figures))
        for some in (weights[at : at + rows] for at in range(0, len(weights), rows)):
            # Each row of the draw has numbers of its own to count.
            drawn = draw.integers(0, figures, some.shape) + np.arange(len(some))[:, None] * figures
            some[:] = np.bincount(drawn.ravel(), minlength=some.size).reshape(some.shape)
        yield weights


def resample(
    columns: Floats, *, seed: int = 0, resamples: int = RESAMPLES, block: int = _BLOCK
) -> Floats:
    """The sum of each column in each resample: shape (resamples, columns).

    ``columns`` has shape (figures, columns) and holds whole numbers; figures are drawn with
    replacement, as many as there are. ``block`` resamples are worked on at a time, which changes
    memory (block * figures * 8 bytes) and nothing else. Raises ValueError without a figure.

    >>> resample(np.array([[1.0, 5.0], [1.0, 5.0]]), resamples=3).tolist()
    [[2.0, 10.0], [2.0, 10.0], [2.0, 10.0]]
    """
    figures = len(columns)
    if not figures:
        raise ValueError("no figure to draw from")
    return np.concatenate([w @ columns for w in _weights(figures, resamples, seed, block)])


def intervals(resampled: Floats, figures: Ints) -> list[Interval | None]:
    """The 95% percentile interval of each column of ``resampled``, shape (resamples, columns).

    Resamples where a value is undefined (NaN) are left out. ``figures`` says on how many figures
    each column is defined: fewer than `FEWEST`, and there is no interval.

    >>> values = np.linspace(0, 1, 1001)[:, None].repeat(2, axis=1)
    >>> intervals(values, np.array([10, 9]))
    [(0.025, 0.975), None]
    """
    found: list[Interval | None] = []
    for column, behind in zip(resampled.T, figures, strict=True):
        values = column[~np.isnan(column)]
        if behind < FEWEST or not len(values):
            found.append(None)
        else:
            low, high = np.percentile(values, _TAILS)
            found.append((float(low), float(high)))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Bootstrap:
    """The rates of every table in every resample, in the order of `RATES`.

    ``micro`` and ``macro`` have shape (..., resamples, 5), NaN where undefined; ``figures``, of
    shape (..., 5), says on how many figures each rate is defined.
    """

    micro: Floats
    macro: Floats
    figures: Ints

    def ci95(self, average: str, *table: int) -> dict[str, Interval | None]:
        """The interval of each rate of one table (given by its index), ``micro`` or ``macro``."""
        resampled = {"micro": self.micro, "macro": self.macro}[average]
        found = intervals(resampled[table], self.figures[table])
        return dict(zip(RATES, found, strict=True))

    def difference(self, a: tuple[int, ...], b: tuple[int, ...]) -> dict[str, Interval | None]:
        """The interval of each micro rate of table ``a`` less that of ``b`` on the same figures.

        Both must be defined on `FEWEST` figures.
        """
        found = intervals(
            self.micro[a] - self.micro[b], np.minimum(self.figures[a], self.figures[b])
        )
        return dict(zip(RATES, found, strict=True))


def bootstrap(
    tables: Ints, *, seed: int = 0, resamples: int = RESAMPLES, block: int = _BLOCK
) -> Bootstrap:
    """Resample figures for all tables of shape (..., figures, 7) at once.

    A table holds the counts of one model at one level on the figures that have an organism in
    scope, in the field order of `Counts`; all tables hold the same figures in the same order.
    Micro rates are ratios of weighted sums, macro rates weighted means over the figures where a
    rate is defined. Raises ValueError without a figure.

    >>> one = np.array([[2, 1, 4, 1, 2, 0, 0], [2, 2, 2, 1, 1, 0, 0]] * 5)
    >>> two = one.copy()
    >>> two[:, 1] -= 1
    >>> drawn = bootstrap(np.stack([one, two]), resamples=200)
    >>> drawn.ci95("micro", 0)["precision"], drawn.ci95("macro", 0)["group_recall"]
    ((0.6, 0.9), None)
    >>> [round(end, 3) for end in drawn.difference((0,), (1,))["precision"]]
    [0.5, 0.5]
    """
    *shape, figures, _ = tables.shape
    flat = tables.reshape(math.prod(shape), figures, len(FIELDS))
    scale = 2.0 ** (52 - figures.bit_length())  # rates as whole numbers, whose sums are exact
    columns = np.empty((figures, len(flat), len(FIELDS) + 2 * len(RATES)))
    sums, values, known = np.split(columns, (len(FIELDS), len(FIELDS) + len(RATES)), axis=-1)
    for at, table in enumerate(flat):
        per_figure = rates(table)
        sums[:, at] = table
        known[:, at] = ~np.isnan(per_figure)
        values[:, at] = np.rint(np.nan_to_num(per_figure) * scale)
    behind = known.sum(axis=0).astype(np.int64).reshape(*shape, len(RATES))
    drawn = resample(
        columns.reshape(figures, math.prod(columns.shape[1:])),
        seed=seed,
        resamples=resamples,
        block=block,
    )
    drawn = np.moveaxis(drawn.reshape(resamples, *shape, -1), 0, -2)
    sums, values, known = np.split(drawn, (len(FIELDS), len(FIELDS) + len(RATES)), axis=-1)
    with np.errstate(invalid="ignore"):
        macro = values / scale / known
    return Bootstrap(rates(sums), macro, behind)
