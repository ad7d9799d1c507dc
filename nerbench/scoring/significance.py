"""Paired tests on the same figures: could the difference between two models be chance?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from nerbench.scoring.counts import FIELDS, RATES
from nerbench.scoring.intervals import Interval, difference_intervals
from nerbench.scoring.rates import Floats, Ints, none_if_nan, rates

METRICS = ("precision", "recall", "in_caption_recall", "f1")
SHUFFLES = 10_000

_METRIC_COLUMNS = [RATES.index(metric) for metric in METRICS]
_BLOCK = 64  # shuffles per matrix product: sets the memory used, and does not change the result
_TIE_TOLERANCE = 1e-9  # relative: differences that are equal but for rounding are equal
_FLOAT32_EXACT = 2**24  # float32 holds every whole number up to this one


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """Model ``a`` minus model ``b`` in one micro rate, on the same figures; None if undefined."""

    a: str
    b: str
    organism: str
    level: str
    metric: str
    difference: float | None
    ci95: Interval | None
    p: float | None
    p_holm: float | None


def compare(
    models: Sequence[str],
    levels: Sequence[str],
    tables: Ints,
    *,
    organism: str,
    seed: int = 0,
    shuffles: int = SHUFFLES,
) -> list[ComparisonRow]:
    """Compare every two models at every level by every rate of `METRICS`.

    ``tables`` has shape (models, levels, figures, fields).

    >>> from nerbench.scoring.counts import Counts
    >>> tables = np.array([[[Counts(2, hits, 4, hits).values()] * 15] for hits in (2, 1)])
    >>> row = compare(["x", "y"], ["symbol"], tables, organism="human", shuffles=2**15)[0]
    >>> row.metric, row.difference, row.ci95, row.p == 2 / 2**15
    ('precision', 0.5, (0.5, 0.5), True)
    """
    pairs = list(combinations(range(len(models)), 2))
    p = _p_of_levels(tables, pairs, seed, shuffles)
    p_holm = np.apply_along_axis(holm, 0, p)
    micro = rates(tables.sum(axis=-2))[..., _METRIC_COLUMNS]
    rows = []
    for pair, (a, b) in enumerate(pairs):
        for place, level in enumerate(levels):
            ci95 = difference_intervals(tables[a, place], tables[b, place])
            for column, metric in enumerate(METRICS):
                keys = (models[a], models[b], organism, level, metric)
                difference = none_if_nan(micro[a, place, column] - micro[b, place, column])
                both_p = (none_if_nan(values[pair, place, column]) for values in (p, p_holm))
                rows.append(ComparisonRow(*keys, difference, ci95[metric], *both_p))
    return rows


def _p_of_levels(
    tables: Ints, pairs: Sequence[tuple[int, int]], seed: int, shuffles: int
) -> Floats:
    """Return p of shape (pairs, levels, metrics)."""
    _, levels, figures, fields = tables.shape
    # One call for all levels draws the bits once: model m at level v is table m * levels + v.
    rows = [(a * levels + v, b * levels + v) for a, b in pairs for v in range(levels)]
    flat = tables.reshape(-1, figures, fields)
    p = randomization(flat, rows, seed=seed, shuffles=shuffles)[:, _METRIC_COLUMNS]
    return p.reshape(len(pairs), levels, len(METRICS))


def randomization(
    tables: Ints,
    pairs: Sequence[tuple[int, int]],
    *,
    seed: int = 0,
    shuffles: int = SHUFFLES,
    block: int = _BLOCK,
) -> Floats:
    """Return two-sided p, of shape (pairs, len(RATES)), NaN where a rate of either is undefined.

    ``tables`` has shape (models, figures, fields), ``pairs`` holds indices of models.

    >>> first, second = np.zeros((2, 3, len(FIELDS)), np.int64)
    >>> first[:, 0] = second[:, 0] = 4
    >>> first[:, 1] = 1, 2, 3
    >>> randomization(np.stack([first, second]), [(0, 1)])[0, 0]
    0.25
    """
    # Approximate randomization (Noreen, Computer-Intensive Methods for Testing Hypotheses, 1989;
    # Yeh, More accurate tests for the statistical significance of result differences, COLING 2000).
    # If two models are equally good, the counts of a figure might as well be the other model's. So
    # they are swapped with probability 1/2, figure by figure, and p is
    # (1 + shuffles with a difference at least as large) / (1 + shuffles). Where the figures that
    # differ can be swapped in at most ``shuffles`` ways, each is tried once, and p is exact.
    sums = tables.sum(axis=1)
    random_sums: Floats | None = None
    p = []
    for a, b in pairs:
        gained = _gained_by_every_swap(tables[a], tables[b], shuffles)
        exact = gained is not None
        if gained is None:
            if random_sums is None:
                random_sums = _swapped_sums(tables, seed, shuffles, block)
            gained = random_sums[:, b] - random_sums[:, a]
        p.append(_share_at_least_as_large(sums[a], sums[b], gained, exact))
    return np.array(p).reshape(len(pairs), len(RATES))


def _gained_by_every_swap(a: Ints, b: Ints, shuffles: int) -> Floats | None:
    """Return what ``a`` gains by each way to swap figures, or None for more ways than shuffles."""
    differing = (a != b).any(axis=1)  # figures that both models count alike need no swap
    count = int(differing.sum())
    if count >= shuffles.bit_length():  # that is, 2**count > shuffles
        return None
    # The numbers from 0 to 2**count - 1 in binary: a row of bits for each way to swap.
    swaps = (np.arange(2**count)[:, None] >> np.arange(count)) & 1
    gained: Floats = (swaps @ (b - a)[differing]).astype(np.float64)
    return gained


def _share_at_least_as_large(a: Ints, b: Ints, gained: Floats, exact: bool) -> Floats:
    """Return p, where each row of ``gained`` holds the counts that a swap moves from b to a."""
    observed = rates(a) - rates(b)
    swapped = rates(a + gained) - rates(b - gained)
    # A difference also counts as large if it equals the observed one but for rounding, or, to be
    # on the safe side, if the swap leaves it undefined: NaN is not smaller than anything.
    large = ~(np.abs(swapped) < np.abs(observed) * (1 - _TIE_TOLERANCE))
    p: Floats = (large.sum(axis=0) + (not exact)) / (len(gained) + (not exact))
    return np.where(np.isnan(observed), np.nan, p)


def _swapped_sums(tables: Ints, seed: int, shuffles: int, block: int) -> Floats:
    """Return each model's counts summed over the figures that each shuffle swaps."""
    # A shuffle is a row of bits, one per figure. All models and levels share the bits, so that p
    # does not depend on what else is compared in the call.
    models, figures, _ = tables.shape
    columns = tables.transpose(1, 0, 2).reshape(figures, -1)
    # No partial sum exceeds that of all figures: where float32 holds it, sums stay exact and cheap.
    single = columns.sum(axis=0).max(initial=0) < _FLOAT32_EXACT
    floats: npt.NDArray[Any] = columns.astype(np.float32 if single else np.float64)
    blocks = _draw_bits(figures, shuffles, seed, block)
    sums = np.concatenate([bits.astype(floats.dtype) @ floats for bits in blocks])
    result: Floats = sums.astype(np.float64).reshape(shuffles, models, len(FIELDS))
    return result


def _draw_bits(
    figures: int, shuffles: int, seed: int, block: int
) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield fair bits in blocks of shape (<= block, figures)."""
    stream = np.random.SeedSequence(seed, spawn_key=(1,))
    generator = np.random.Generator(np.random.PCG64(stream))
    words = -(-figures // 64)  # 64-bit words per shuffle: each row starts with a word of its own
    for start in range(0, shuffles, block):
        shape = (min(block, shuffles - start), words)
        draws = generator.integers(0, 2**64, shape, np.uint64).astype("<u8")
        yield np.unpackbits(draws.view(np.uint8), axis=1, count=figures, bitorder="little")


def holm(p: Floats) -> Floats:
    """Correct p values for their number; NaN stands for no test, stays NaN and does not count.

    >>> holm(np.array([0.01, 0.04, np.nan, 0.03])).round(3).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    # With m tests and p in ascending order, the i-th corrected value (from 0) is the largest
    # (m - j) p[j] of all j <= i, and at most 1 (Holm, A simple sequentially rejective multiple test
    # procedure, Scandinavian Journal of Statistics 6:65, 1979).
    order = np.argsort(p, kind="stable")  # NaN last
    remaining = np.count_nonzero(~np.isnan(p)) - np.arange(len(p))
    corrected = np.empty_like(p)
    corrected[order] = np.maximum.accumulate(np.minimum(1.0, remaining * p[order]))
    return corrected
