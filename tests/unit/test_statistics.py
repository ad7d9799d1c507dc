"""Intervals and tests, by hand and beside scipy."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from scipy import stats

from nerbench.scoring.bootstrap import FEWEST, bootstrap
from nerbench.scoring.counts import RATES, Counts
from nerbench.scoring.rates import macro, micro, rates
from nerbench.scoring.significance import METRICS, compare, holm, randomization

PRECISION, RECALL, F1, IN_CAPTION, GROUPS = range(len(RATES))
MODELS, LEVELS = ("a", "b", "c"), ("symbol", "synonym")


def figures(count, seed=0, skill=0.6):
    """Counts of a model of some skill; some figures have no name, gene or reachable gene."""
    rng = np.random.default_rng(seed)
    names, curated = rng.poisson(3, count), rng.poisson(5, count)
    reachable = rng.binomial(curated, 0.5)
    groups = rng.binomial(curated, 0.7)
    return np.stack(
        [
            names,
            rng.binomial(names, skill),
            curated,
            rng.binomial(reachable, skill),
            reachable,
            groups,
            rng.binomial(groups, 0.3),
        ],
        axis=-1,
    )


def every(models=3, levels=2, count=40):
    return np.array(
        [[figures(count, 7 * m + lv, 0.5 + 0.1 * m) for lv in range(levels)] for m in range(models)]
    )


# Arrays say what Counts says


def test_rates_of_arrays_are_those_of_counts():
    table = np.vstack([figures(200), np.zeros((1, 7), int), [[3, 0, 4, 0, 0, 0, 0]]])
    for row, found in zip(table, rates(table), strict=True):
        expected = Counts(*map(int, row)).rates().values()
        assert [None if math.isnan(x) else x for x in found] == list(expected)


# Intervals


def test_resamples_are_those_of_a_plain_loop():
    tables = every(count=30)
    drawn = bootstrap(tables, seed=5, resamples=50)
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(5)))
    for at in range(50):
        chosen = rng.integers(0, 30, 30)
        for m, level in product(range(3), range(2)):
            counts = tables[m, level, chosen]
            for found, expected in (
                (drawn.micro[m, level, at], micro(counts).rates()),
                (drawn.macro[m, level, at], macro(counts)[0]),
            ):
                wanted = [math.nan if x is None else x for x in expected.values()]
                assert found == pytest.approx(wanted, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("average", ["micro", "macro"])
def test_intervals_are_those_of_scipy(average, rate):
    table = figures(60)
    column, per_figure = RATES.index(rate), rates(table)[:, RATES.index(rate)]

    def statistic(at, axis):
        if average == "macro":
            return np.nanmean(per_figure[at], axis=axis)
        return rates(table[at].sum(axis=-2))[..., column]

    theirs = stats.bootstrap(
        (np.arange(60),), statistic, n_resamples=20_000, method="percentile", rng=1
    ).confidence_interval
    ours = bootstrap(table, resamples=20_000).ci95(average)[rate]
    width = theirs.high - theirs.low
    assert ours == pytest.approx(tuple(theirs), abs=0.04 * width)


def test_the_interval_of_a_difference_is_that_of_scipy():
    tables = np.stack([figures(60, 1, 0.7), figures(60, 2, 0.6)])

    def statistic(at, axis):
        a, b = (rates(table[at].sum(axis=-2))[..., RECALL] for table in tables)
        return a - b

    theirs = stats.bootstrap(
        (np.arange(60),), statistic, n_resamples=20_000, method="percentile", rng=1
    ).confidence_interval
    ours = bootstrap(tables, resamples=20_000).difference((0,), (1,))["recall"]
    assert ours == pytest.approx(tuple(theirs), abs=0.04 * (theirs.high - theirs.low))


def test_a_difference_is_paired():
    """Two models that differ by the same on every figure differ by no chance at all."""
    one = figures(50)
    two = one.copy()
    one[:, :2], two[:, :2] = (10, 5), (10, 4)
    one[::2, 1] += 3
    two[::2, 1] += 3
    drawn = bootstrap(np.stack([one, two]))
    low, high = drawn.ci95("micro", 0)["precision"]
    assert high - low > 0.05
    assert drawn.difference((0,), (1,))["precision"] == pytest.approx((0.1, 0.1))


def test_intervals_cover_what_they_promise():
    """Of 300 samples of 60 figures from a population, about 95% of the intervals hold its rate."""
    population = figures(20_000)
    truth = rates(population.sum(axis=0))
    rng = np.random.default_rng(3)
    held = np.zeros(len(RATES))
    for _ in range(300):
        sample = population[rng.integers(0, len(population), 60)]
        for at, ends in enumerate(bootstrap(sample, resamples=400).ci95("micro").values()):
            held[at] += ends[0] <= truth[at] <= ends[1]
    assert np.all((held / 300 > 0.90) & (held / 300 < 0.985))


def test_too_few_figures_give_no_interval():
    table = np.array([[2, 1, 0, 0, 0, 0, 0]] * FEWEST + [[0, 0, 5, 1, 2, 0, 0]] * (FEWEST - 1))
    drawn = bootstrap(table)
    assert drawn.figures.tolist() == [FEWEST, FEWEST - 1, 0, FEWEST - 1, 0]
    for average in ("micro", "macro"):
        found = drawn.ci95(average)
        assert found["precision"] == (0.5, 0.5)
        assert [found[rate] for rate in RATES[1:]] == [None] * 4
    assert drawn.difference((), ())["recall"] is None


def test_no_figure_is_refused():
    with pytest.raises(ValueError, match="no figure"):
        bootstrap(np.zeros((2, 0, 7), int))


# Tests


def brute_force(a, b, metric):
    """The exact two-sided p in fractions, over all swaps of all figures."""

    def rate(counts):
        names, hits, curated, recovered, reachable = map(int, counts[:5])
        part, whole = {
            "precision": (hits, names),
            "recall": (recovered, curated),
            "in_caption_recall": (recovered, reachable),
        }.get(metric, (0, 0))
        if metric == "f1":
            p, r = Fraction(hits, names), Fraction(recovered, curated)
            return 2 * p * r / (p + r) if p + r else Fraction(0)
        return Fraction(part, whole)

    observed = abs(rate(a.sum(axis=0)) - rate(b.sum(axis=0)))
    large = 0
    for swaps in product((False, True), repeat=len(a)):
        swap = np.array(swaps)[:, None]
        one, two = np.where(swap, b, a).sum(axis=0), np.where(swap, a, b).sum(axis=0)
        large += abs(rate(one) - rate(two)) >= observed
    return large / 2 ** len(a)


def indexed(a, b, column):
    """The difference of a rate as a statistic of figure numbers, b's counted on from a's."""
    both = np.vstack([a, b])

    def statistic(x, y, axis):
        sums = (both[at].sum(axis=-2) for at in (x, y))
        one, two = (rates(one)[..., column] for one in sums)
        return one - two

    return (np.arange(len(a)), np.arange(len(a)) + len(a)), statistic


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("seed", range(3))
def test_p_is_exact_where_few_figures_differ(metric, seed):
    a, b = figures(9, seed, 0.8), figures(9, 50 + seed, 0.4)
    column = RATES.index(metric)
    p = randomization(np.stack([a, b]), [(0, 1)])[0, column]
    assert p == brute_force(a, b, metric)
    data, statistic = indexed(a, b, column)
    theirs = stats.permutation_test(data, statistic, permutation_type="samples", vectorized=True)
    assert p == pytest.approx(theirs.pvalue)
    alike = figures(100, 9)
    padded = np.stack([np.vstack([a, alike]), np.vstack([b, alike])])
    data, statistic = indexed(padded[0], padded[1], column)
    theirs = stats.permutation_test(
        data, statistic, permutation_type="samples", vectorized=True, n_resamples=20_000, rng=1
    )
    assert randomization(padded, [(0, 1)])[0, column] == pytest.approx(theirs.pvalue, abs=0.02)


@pytest.mark.parametrize("metric", METRICS)
def test_p_at_random_is_that_of_scipy(metric):
    a, b = figures(80, 1, 0.65), figures(80, 2, 0.55)
    column = RATES.index(metric)
    data, statistic = indexed(a, b, column)
    theirs = stats.permutation_test(
        data, statistic, permutation_type="samples", vectorized=True, n_resamples=20_000, rng=1
    ).pvalue
    p = randomization(np.stack([a, b]), [(0, 1)], shuffles=20_000)[0, column]
    assert p == pytest.approx(theirs, abs=5 * math.sqrt(theirs * (1 - theirs) / 10_000) + 1e-4)


def test_the_exact_test_and_the_random_one_agree():
    tables = np.stack([figures(12, 1, 0.7), figures(12, 2, 0.5)])
    exact = randomization(tables, [(0, 1)], shuffles=2**12)
    chance = randomization(tables, [(0, 1)], shuffles=2**12 - 1)
    assert not np.array_equal(exact, chance)
    assert chance == pytest.approx(exact, abs=0.04)


def test_ties_count_as_large():
    """Differences that are equal but for their rounding: all four swaps are as large as found."""
    one, two = np.zeros((2, 2, 7), np.int64)
    one[:, 0] = two[:, 0] = 3, 7
    one[:, 1], two[:, 1] = (1, 0), (0, 0)
    assert randomization(np.stack([one, two]), [(0, 1)])[0, PRECISION] == 1


def test_a_shuffle_without_a_rate_counts_against_the_difference():
    one, two = np.zeros((2, 2, 7), np.int64)
    one[0, :2] = 1, 1
    two[1, 0] = 1
    # kept: 1 - 0; one swapped: 1/2 - none, or none - 1/2; both swapped: 0 - 1
    assert randomization(np.stack([one, two]), [(0, 1)])[0, PRECISION] == 1


def test_p_of_models_that_are_alike_spreads_evenly():
    """Under the null, p is below 0.05 about once in twenty."""
    below = 0
    for seed in range(200):
        tables = np.stack([figures(60, 1000 + seed), figures(60, 5000 + seed)])
        tables[:, :, [2, 4]] = tables[0, :, [2, 4]].T  # the same genes
        tables[:, :, 3] = np.minimum(tables[:, :, 3], tables[:, :, 4])
        below += randomization(tables, [(0, 1)], shuffles=400)[0, PRECISION] <= 0.05
    assert 2 <= below <= 20


def test_counts_beyond_single_precision_stay_exact():
    big = np.stack([figures(40, 1), figures(40, 2)]) * 10**6 + 1
    small = randomization(np.stack([figures(40, 1), figures(40, 2)]), [(0, 1)])
    assert randomization(big, [(0, 1)]) == pytest.approx(small, abs=1e-3, nan_ok=True)


def test_holm_steps_down():
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])).tolist() == pytest.approx(
        [0.03, 0.06, 0.06, 0.02]
    )
    assert holm(np.array([0.9, 0.8])).tolist() == [1, 1]
    assert holm(np.array([])).tolist() == []


def test_comparisons_hold_every_pair_level_and_metric():
    tables = every()
    drawn = bootstrap(tables, resamples=200)
    rows = compare(MODELS, LEVELS, tables, drawn, shuffles=500)
    assert [(r.a, r.b, r.level, r.metric) for r in rows] == [
        (a, b, level, metric)
        for a, b in (("a", "b"), ("a", "c"), ("b", "c"))
        for level in LEVELS
        for metric in METRICS
    ]
    for row in rows:
        a, b, at = MODELS.index(row.a), MODELS.index(row.b), LEVELS.index(row.level)
        one, two = (Counts(*map(int, tables[m, at].sum(axis=0))).rates() for m in (a, b))
        assert row.difference == one[row.metric] - two[row.metric]
        assert row.ci95 == drawn.difference((a, at), (b, at))[row.metric]
        family = [r for r in rows if (r.level, r.metric) == (row.level, row.metric)]
        corrected = holm(np.array([r.p for r in family]))
        assert row.p_holm == corrected[family.index(row)]


def test_a_silent_model_is_not_compared_by_precision():
    tables = every(levels=1)
    tables[1, :, :, :2] = 0
    rows = compare(MODELS, LEVELS[:1], tables, bootstrap(tables, resamples=50), shuffles=200)
    silent = {r.metric: r for r in rows if (r.a, r.b) == ("a", "b")}
    for metric in ("precision", "f1"):
        row = silent[metric]
        assert (row.difference, row.ci95, row.p, row.p_holm) == (None,) * 4
    assert silent["recall"].p is not None
    alone = next(r for r in rows if (r.a, r.b, r.metric) == ("a", "c", "precision"))
    assert alone.p == alone.p_holm  # the only pair with a p


def test_one_model_has_nothing_to_compare():
    tables = every(models=1)
    assert compare(("a",), LEVELS, tables, bootstrap(tables, resamples=20)) == []
