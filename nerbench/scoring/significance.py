"""Whether a difference between two models could be chance: paired tests on the same figures.

Approximate randomization (Noreen, Computer-Intensive Methods for Testing Hypotheses, 1989; Yeh,
More accurate tests for the statistical significance of result differences, COLING 2000): if two
models were alike, a figure's counts might as well be the other's, so they are swapped with
probability 1/2, figure by figure, and the difference of the summed rates is taken again. P is how
often it is at least as large as the observed one, in either direction.

A shuffle is a row of bits, one a figure, and its sums are the product of bits and counts. The bits
are the same for every model and level, and sums of whole numbers are exact, so what else is
compared in the same call changes nothing. Figures come in a canonical order (by id).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from nerbench.scoring.bootstrap import Bootstrap, Interval
from nerbench.scoring.counts import FIELDS, RATES
from nerbench.scoring.rates import Floats, defined, rates
from nerbench.spans.table import Bools, Ints

__all__ = ["METRICS", "SHUFFLES", "Comparison", "compare", "holm", "randomization"]

METRICS = ("precision", "recall", "in_caption_recall", "f1")
"""The rates that models are compared by."""

SHUFFLES = 10_000
"""How many times figures are swapped at random."""

_BLOCK = 64
_TIE = 1e-9
_EXACT_IN_SINGLE = 2**24


@dataclass(frozen=True, slots=True)
class Comparison:
    """Model ``a`` less model ``b`` in one micro rate at one level, on the same figures.

    ``difference``, ``p`` and ``p_holm`` are None where the rate of either is undefined, ``ci95``
    also where too few figures define it.
    """

    a: str
    b: str
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
    drawn: Bootstrap,
    *,
    seed: int = 0,
    shuffles: int = SHUFFLES,
) -> list[Comparison]:
    """Compare every two models at every level by every rate of `METRICS`.

    ``tables`` has shape (models, levels, figures, 7): the counts of `Counts` on the figures that
    have one organism in scope. ``drawn`` is the `bootstrap` of the same tables. Rows come by pair
    in the order of ``models``, level and metric. The family of Holm's correction is all pairs of
    models for one organism, level and metric: "which of these models differ?" is asked anew for
    each.

    >>> from nerbench.scoring.bootstrap import bootstrap
    >>> one = np.array([[2, 2, 4, 2, 2, 0, 0]] * 12)
    >>> two = np.array([[2, 1, 4, 1, 2, 0, 0]] * 12)
    >>> tables = np.stack([one, two])[:, None]
    >>> row = compare(["x", "y"], ["symbol"], tables, bootstrap(tables))[0]
    >>> row.metric, row.difference, row.ci95, row.p == 2 / 2**12
    ('precision', 0.5, (0.5, 0.5), True)
    """
    pairs = list(combinations(range(len(models)), 2))
    rated = [RATES.index(metric) for metric in METRICS]
    flat = tables.reshape(-1, *tables.shape[2:])
    places = range(len(levels))
    both = [(a * len(levels) + at, b * len(levels) + at) for a, b in pairs for at in places]
    p = randomization(flat, both, seed=seed, shuffles=shuffles)[:, rated]
    p = p.reshape(len(pairs), len(levels), len(METRICS))
    corrected = np.apply_along_axis(holm, 0, p)
    micro = rates(tables.sum(axis=-2))[..., rated]
    rows = []
    for pair, (a, b) in enumerate(pairs):
        for at, level in enumerate(levels):
            ci95 = drawn.difference((a, at), (b, at))
            for of, metric in enumerate(METRICS):
                cell = pair, at, of
                difference = defined(micro[a, at, of] - micro[b, at, of])
                about = (models[a], models[b], level, metric, difference, ci95[metric])
                rows.append(Comparison(*about, defined(p[cell]), defined(corrected[cell])))
    return rows


def randomization(
    tables: Ints,
    pairs: Sequence[tuple[int, int]],
    *,
    seed: int = 0,
    shuffles: int = SHUFFLES,
    block: int = _BLOCK,
) -> Floats:
    """Two-sided p of the difference in each rate of `RATES`: shape (pairs, 5), NaN if undefined.

    ``tables`` has shape (models, figures, 7), ``pairs`` holds indices of models. At random, p is
    (1 + shuffles at least as large) / (1 + shuffles). Where the two models differ on so few figures
    that all their swaps number ``shuffles`` at most, all are tried, and p is the exact share of
    them; figures where the two count alike need no swap and are left out of that. (The random test
    keeps them, since a bit of a figure serves every pair.) A difference counts as large within a
    relative rounding of 1e-9, and so does, to be safe, one that a shuffle leaves undefined.

    >>> one, two = np.zeros((2, 3, 7), np.int64)
    >>> one[:, 0] = two[:, 0] = 4
    >>> one[:, 1] = 1, 2, 3
    >>> randomization(np.stack([one, two]), [(0, 1)])[0, 0]
    0.25
    """
    sums = tables.sum(axis=1)
    swapped: Floats | None = None
    found = []
    for a, b in pairs:
        differing = (tables[a] != tables[b]).any(axis=1)
        few = int(differing.sum())
        exact = few < shuffles.bit_length()
        if exact:
            every = (np.arange(2**few)[:, None] >> np.arange(few)) & 1
            moved = (every @ (tables[b] - tables[a])[differing]).astype(np.float64)
        else:
            if swapped is None:
                swapped = _swapped(tables, seed, shuffles, block)
            moved = swapped[:, b] - swapped[:, a]
        found.append(_share(sums[a], sums[b], moved, exact))
    return np.array(found).reshape(len(pairs), len(RATES))


def _share(a: Ints, b: Ints, moved: Floats, exact: bool) -> Floats:
    """How often swaps that move counts from ``b`` to ``a`` make as large a difference."""
    observed = rates(a) - rates(b)
    shuffled = rates(a + moved) - rates(b - moved)
    large: Bools = ~(np.abs(shuffled) < np.abs(observed) * (1 - _TIE))
    p: Floats = (large.sum(axis=0) + (not exact)) / (len(moved) + (not exact))
    return np.where(np.isnan(observed), np.nan, p)


def _swapped(tables: Ints, seed: int, shuffles: int, block: int) -> Floats:
    """The sum of each model's counts over the figures that each shuffle swaps."""
    models, figures, _ = tables.shape
    columns = tables.transpose(1, 0, 2).reshape(figures, -1)
    single = columns.sum(axis=0).max(initial=0) < _EXACT_IN_SINGLE
    floats: npt.NDArray[Any] = columns.astype(np.float32 if single else np.float64)
    parts = [bits.astype(floats.dtype) @ floats for bits in _bits(figures, shuffles, seed, block)]
    sums: Floats = np.concatenate(parts).astype(np.float64)
    return sums.reshape(shuffles, models, len(FIELDS))


def _bits(figures: int, shuffles: int, seed: int, block: int) -> Iterator[npt.NDArray[np.uint8]]:
    """Fair bits, in blocks of shape (<= block, figures); not the stream of the bootstrap."""
    draw = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(1,))))
    words = -(-figures // 64)
    for start in range(0, shuffles, block):
        shape = (min(block, shuffles - start), words)
        drawn = draw.integers(0, 2**64, shape, np.uint64).astype("<u8")
        yield np.unpackbits(drawn.view(np.uint8), axis=1, count=figures, bitorder="little")


def holm(p: Floats) -> Floats:
    """P values corrected for their number by Holm's step-down method, in the order given.

    Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of
    Statistics 6:65 (1979). NaN stands for no test: it stays so and does not count.

    >>> holm(np.array([0.01, 0.04, np.nan, 0.03])).round(3).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    order = np.argsort(p, kind="stable")  # NaN last
    left = np.count_nonzero(~np.isnan(p)) - np.arange(len(p))
    corrected = np.empty_like(p)
    corrected[order] = np.maximum.accumulate(np.minimum(1.0, left * p[order]))
    return corrected
