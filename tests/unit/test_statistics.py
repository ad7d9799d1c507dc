"""Intervals and significance tests, checked by hand and against scipy."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from scipy import stats

from nerbench.scoring.counts import FIELDS, RATES, Counts
from nerbench.scoring.intervals import (
    FEWEST,
    FEWEST_DIFFERING,
    difference_intervals,
    rate_intervals,
)
from nerbench.scoring.rates import effective_figures, micro, rates
from nerbench.scoring.significance import METRICS, compare, holm, randomization

PRECISION, RECALL, F1, IN_CAPTION, GROUPS, *_ = range(len(RATES))
MODELS, LEVELS = ("a", "b", "c"), ("symbol", "synonym")


def figures(count, seed=0, skill=0.6):
    """Return counts of a model of some skill; some figures lack names, genes or reachable genes."""
    rng = np.random.default_rng(seed)
    names, curated = rng.poisson(3, count), rng.poisson(5, count)
    reachable = rng.binomial(curated, 0.5)
    groups = rng.binomial(curated, 0.7)
    hits, recovered = rng.binomial(names, skill), rng.binomial(reachable, skill)
    groups_found = rng.binomial(groups, 0.3)
    counts = {
        "names": names,
        "hits": hits,
        "curated": curated,
        "recovered": recovered,
        "reachable": reachable,
        "recovered_reachable": recovered,
        "gene_names": hits + rng.binomial(names - hits, 0.7),
        "claimed": recovered + rng.poisson(2, count),
        "groups": groups,
        "groups_found": groups_found,
    }
    return np.stack([counts[name] for name in FIELDS], axis=-1)


def all_tables(models=3, levels=2, count=40):
    return np.array(
        [[figures(count, 7 * m + lv, 0.5 + 0.1 * m) for lv in range(levels)] for m in range(models)]
    )


# Rates of arrays


def test_array_rates_equal_rates_of_counts():
    table = np.vstack([figures(200), Counts().values(), Counts(names=3, curated=4).values()])
    for counts, values in zip(table, rates(table), strict=True):
        expected = Counts(*map(int, counts)).rates().values()
        assert [None if math.isnan(x) else x for x in values] == list(expected)


def test_effective_number_of_figures_of_equal_and_unequal_weight():
    names, curated = FIELDS.index("names"), FIELDS.index("curated")
    table = np.zeros((10, len(FIELDS)), int)
    table[:, curated] = 7
    assert effective_figures(table) == {"precision": None, "recall": 10}
    table[:, names] = 1
    table[0, names] = 91  # of 100 names in all, 91 are in one figure
    assert effective_figures(table)["precision"] == 100**2 / (91**2 + 9)


# Intervals


def t_interval(changes, figures):
    """Return half the width of the documented interval, in fractions, from the changes."""
    second, fourth = sum(d**2 for d in changes), sum(d**4 for d in changes)
    freedom = min(figures - 1, second**2 / fourth + 1)
    error = math.sqrt(Fraction(len(changes) - 1, len(changes)) * second)
    return float(stats.t.ppf(0.975, float(freedom))) * error


def exact(table, rate, average):
    """Return a rate of counts as a fraction, and the number of figures that define it."""
    values = [
        getattr(Counts(*(Fraction(int(x)) for x in row)), rate)
        for row in (table if average == "macro" else [table.sum(axis=0)])
    ]
    defined = [Fraction(value) for value in values if value is not None]
    return sum(defined) / len(defined)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("average", ["micro", "macro"])
def test_intervals_equal_the_formula_in_fractions(average, rate):
    table = figures(25, seed=4)
    value = exact(table, rate, average)
    changes = [exact(np.delete(table, at, axis=0), rate, average) - value for at in range(25)]
    defining = int((~np.isnan(rates(table)[:, RATES.index(rate)])).sum())
    margin = t_interval(changes, defining) / (value * (1 - value))
    low, high = (1 / (1 + (1 - value) / value * math.exp(-m)) for m in (-margin, margin))
    assert rate_intervals(table, average)[rate] == pytest.approx((low, high))


@pytest.mark.parametrize("rate", RATES)
def test_interval_of_a_difference_equals_the_formula_in_fractions(rate):
    a, b = figures(40, 1, 0.7), figures(40, 2, 0.6)
    difference = exact(a, rate, "micro") - exact(b, rate, "micro")
    changes = [
        exact(np.delete(a, at, axis=0), rate, "micro")
        - exact(np.delete(b, at, axis=0), rate, "micro")
        - difference
        for at in range(40)
    ]
    column = RATES.index(rate)
    defining = min(int((~np.isnan(rates(table)[:, column])).sum()) for table in (a, b))
    margin = t_interval(changes, defining)
    expected = float(difference) - margin, float(difference) + margin
    assert difference_intervals(a, b)[rate] == pytest.approx(expected)


def test_the_interval_of_a_mean_of_many_figures_is_that_of_the_textbook():
    table = figures(4000)
    values = rates(table)[:, PRECISION]
    values = values[~np.isnan(values)]
    mean, error = values.mean(), stats.sem(values)
    low, high = rate_intervals(table, "macro")["precision"]
    assert (low, high) == pytest.approx((mean - 1.96 * error, mean + 1.96 * error), abs=2e-4)


def test_counts_against_gold_have_intervals_of_their_rates():
    true, false, missed = (np.arange(30) % n for n in (7, 3, 4))
    gold = zip(true.tolist(), false.tolist(), missed.tolist(), strict=True)
    counts = np.array([Counts(tp + fp, tp, tp + fn, tp).values() for tp, fp, fn in gold])
    intervals = rate_intervals(counts)
    for rate, expected in (
        ("precision", true.sum() / (true + false).sum()),
        ("recall", true.sum() / (true + missed).sum()),
        ("f1", 2 * true.sum() / (2 * true + false + missed).sum()),
    ):
        low, high = intervals[rate]
        assert low < expected < high
    assert intervals["in_caption_recall"] is None


def test_interval_of_a_constant_difference_has_no_width():
    first = figures(50)
    second = first.copy()
    first[:, :2], second[:, :2] = (10, 5), (10, 4)
    first[::2, 1] += 3
    second[::2, 1] += 3
    low, high = rate_intervals(first)["precision"]
    assert high - low > 0.05
    assert difference_intervals(first, second)["precision"] == pytest.approx((0.1, 0.1))


def uneven_figures(count):
    """Return figures of very different sizes and rates: a tenth of them has most of the names."""
    rng = np.random.default_rng(5)
    names, curated = (np.clip(rng.lognormal(1.2, 1.2, count), 1, 120).astype(int) for _ in "ab")
    parts = (
        rng.binomial(whole, rng.beta(4 * mean, 4 * (1 - mean), count))
        for whole, mean in ((names, 0.8), (curated, 0.3))
    )
    hits, recovered = parts
    rows = zip(names.tolist(), hits.tolist(), curated.tolist(), recovered.tolist(), strict=True)
    return np.array([Counts(*row).values() for row in rows])


@pytest.mark.parametrize("shape", [figures, uneven_figures])
@pytest.mark.parametrize(("size", "least"), [(10, 0.90), (30, 0.93)])
@pytest.mark.parametrize("average", ["micro", "macro"])
def test_intervals_cover_the_rate_of_the_population(shape, size, least, average):
    population = shape(20_000)
    truth = rates(population.sum(axis=0))
    if average == "macro":
        truth = np.nanmean(rates(population)[:, : F1 + 1], axis=0)
    rng = np.random.default_rng(3)
    covered, shown = np.zeros(3), np.zeros(3)
    for _ in range(400):
        sample = population[rng.integers(0, len(population), size)]
        for rate, ends in enumerate(list(rate_intervals(sample, average).values())[: F1 + 1]):
            if ends is not None:
                covered[rate] += ends[0] <= truth[rate] <= ends[1]
                shown[rate] += 1
    noise = 2 * np.sqrt(0.95 * 0.05 / shown)
    assert np.all(shown > 0) and np.all(covered / shown > least - noise)


def test_fewer_than_10_defining_figures_give_no_interval():
    named, listed = Counts(names=2, hits=1), Counts(curated=5, recovered=1, reachable=2)
    table = np.array([named.values()] * FEWEST + [listed.values()] * (FEWEST - 1))
    for average in ("micro", "macro"):
        intervals = rate_intervals(table, average)
        assert intervals["precision"] == (0.5, 0.5)
        assert [intervals[rate] for rate in RATES[1:5]] == [None] * 4


@pytest.mark.parametrize("count", [10, 40])
def test_figures_that_all_agree_on_0_or_1_do_not_vouch_for_all_others(count):
    perfect = np.array([Counts(names=3, hits=3, curated=2).values()] * count)
    intervals = rate_intervals(perfect)
    low, high = intervals["precision"]
    assert high == 1
    assert low**count == pytest.approx(0.025)  # as often would all figures agree if `low` did
    assert intervals["recall"] == pytest.approx((0, 1 - low))


def test_one_figure_with_most_names_widens_the_interval():
    even = np.array([Counts(names=10, hits=hits).values() for hits in (4, 8) * 10])
    uneven = even.copy()
    uneven[0, :2] = 600, 240
    widths = [np.ptp(rate_intervals(table)["precision"]) for table in (even, uneven)]
    assert widths[1] > 2 * widths[0]


def test_a_difference_on_few_figures_has_no_interval():
    a = figures(100, 3)
    a[:, :2] = 6, 3
    b = a.copy()
    b[: FEWEST_DIFFERING - 1, 1] += 1
    assert set(difference_intervals(a, b).values()) == {None}
    b[FEWEST_DIFFERING - 1, 1] += 1
    intervals = difference_intervals(a, b)
    assert intervals["precision"][0] < -FEWEST_DIFFERING / 600 < intervals["precision"][1]
    assert intervals["f1"] is not None
    assert intervals["recall"] is None


# Significance


def brute_force(a, b, metric):
    """Return the exact two-sided p, in fractions, over all swaps of all figures."""

    def rate(counts):
        names, hits, curated, recovered, reachable, found = map(int, counts[:6])
        part, whole = {
            "precision": (hits, names),
            "recall": (recovered, curated),
            "in_caption_recall": (found, reachable),
        }.get(metric, (0, 0))
        if metric == "f1":
            p, r = Fraction(hits, names), Fraction(recovered, curated)
            return 2 * p * r / (p + r) if p + r else Fraction(0)
        return Fraction(part, whole)

    observed = abs(rate(a.sum(axis=0)) - rate(b.sum(axis=0)))
    large = 0
    for swaps in product((False, True), repeat=len(a)):
        swap = np.array(swaps)[:, None]
        first, second = np.where(swap, b, a).sum(axis=0), np.where(swap, a, b).sum(axis=0)
        large += abs(rate(first) - rate(second)) >= observed
    return large / 2 ** len(a)


def statistic_of_indices(a, b, column):
    """Return figure indices (those of b follow those of a) and a rate's difference over them."""
    figures_of_both = np.vstack([a, b])

    def statistic(x, y, axis):
        sums = (figures_of_both[indices].sum(axis=-2) for indices in (x, y))
        first, second = (rates(counts)[..., column] for counts in sums)
        return first - second

    return (np.arange(len(a)), np.arange(len(a)) + len(a)), statistic


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("seed", range(3))
def test_p_is_exact_if_few_figures_differ(metric, seed):
    a, b = figures(9, seed, 0.8), figures(9, 50 + seed, 0.4)
    column = RATES.index(metric)
    p = randomization(np.stack([a, b]), [(0, 1)])[0, column]
    assert p == brute_force(a, b, metric)
    data, statistic = statistic_of_indices(a, b, column)
    theirs = stats.permutation_test(data, statistic, permutation_type="samples", vectorized=True)
    assert p == pytest.approx(theirs.pvalue)
    alike = figures(100, 9)
    padded = np.stack([np.vstack([a, alike]), np.vstack([b, alike])])
    data, statistic = statistic_of_indices(padded[0], padded[1], column)
    theirs = stats.permutation_test(
        data, statistic, permutation_type="samples", vectorized=True, n_resamples=20_000, rng=1
    )
    assert randomization(padded, [(0, 1)])[0, column] == pytest.approx(theirs.pvalue, abs=0.02)


@pytest.mark.parametrize("metric", METRICS)
def test_random_p_agrees_with_scipy(metric):
    a, b = figures(80, 1, 0.65), figures(80, 2, 0.55)
    column = RATES.index(metric)
    data, statistic = statistic_of_indices(a, b, column)
    theirs = stats.permutation_test(
        data, statistic, permutation_type="samples", vectorized=True, n_resamples=20_000, rng=1
    ).pvalue
    p = randomization(np.stack([a, b]), [(0, 1)], shuffles=20_000)[0, column]
    assert p == pytest.approx(theirs, abs=5 * math.sqrt(theirs * (1 - theirs) / 10_000) + 1e-4)


def test_exact_and_random_p_agree():
    tables = np.stack([figures(12, 1, 0.7), figures(12, 2, 0.5)])
    exact = randomization(tables, [(0, 1)], shuffles=2**12)
    random = randomization(tables, [(0, 1)], shuffles=2**12 - 1)
    assert not np.array_equal(exact, random)
    assert random == pytest.approx(exact, abs=0.04)


def test_differences_equal_but_for_rounding_count_as_large():
    first, second = np.zeros((2, 2, len(FIELDS)), np.int64)
    first[:, 0] = second[:, 0] = 3, 7
    first[:, 1], second[:, 1] = (1, 0), (0, 0)
    assert randomization(np.stack([first, second]), [(0, 1)])[0, PRECISION] == 1


def test_undefined_difference_of_a_swap_counts_as_large():
    first, second = np.zeros((2, 2, len(FIELDS)), np.int64)
    first[0, :2] = 1, 1
    second[1, 0] = 1
    # no swap: 1 - 0; one figure swapped: 1/2 - none, or none - 1/2; both swapped: 0 - 1
    assert randomization(np.stack([first, second]), [(0, 1)])[0, PRECISION] == 1


def test_p_of_equally_good_models_is_below_005_about_once_in_twenty():
    below = 0
    for seed in range(200):
        tables = np.stack([figures(60, 1000 + seed), figures(60, 5000 + seed)])
        tables[:, :, [2, 4]] = tables[0, :, [2, 4]].T  # the same genes
        tables[:, :, 3] = tables[:, :, 5] = np.minimum(tables[:, :, 3], tables[:, :, 4])
        below += randomization(tables, [(0, 1)], shuffles=400)[0, PRECISION] <= 0.05
    assert 2 <= below <= 20


def test_counts_beyond_float32_stay_exact():
    big = np.stack([figures(40, 1), figures(40, 2)]) * 10**6 + 1
    small = randomization(np.stack([figures(40, 1), figures(40, 2)]), [(0, 1)])
    assert randomization(big, [(0, 1)]) == pytest.approx(small, abs=1e-3, nan_ok=True)


def test_holm_steps_down():
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])).tolist() == pytest.approx(
        [0.03, 0.06, 0.06, 0.02]
    )
    assert holm(np.array([0.9, 0.8])).tolist() == [1, 1]
    assert holm(np.array([])).tolist() == []


def test_comparisons_have_a_row_per_pair_level_and_metric():
    tables = all_tables()
    rows = compare(MODELS, LEVELS, tables, organism="human", shuffles=500)
    assert [(r.a, r.b, r.organism, r.level, r.metric) for r in rows] == [
        (a, b, "human", level, metric)
        for a, b in (("a", "b"), ("a", "c"), ("b", "c"))
        for level in LEVELS
        for metric in METRICS
    ]
    for row in rows:
        a, b, at = MODELS.index(row.a), MODELS.index(row.b), LEVELS.index(row.level)
        of_a, of_b = (Counts(*map(int, tables[m, at].sum(axis=0))).rates() for m in (a, b))
        assert row.difference == of_a[row.metric] - of_b[row.metric]
        assert row.ci95 == difference_intervals(tables[a, at], tables[b, at])[row.metric]
        family = [r for r in rows if (r.level, r.metric) == (row.level, row.metric)]
        corrected = holm(np.array([r.p for r in family]))
        assert row.p_holm == corrected[family.index(row)]


def test_model_without_names_is_not_compared_by_precision():
    tables = all_tables(levels=1)
    silent_fields = [FIELDS.index(name) for name in ("names", "hits", "recovered", "groups_found")]
    tables[1][..., silent_fields] = 0
    rows = compare(MODELS, LEVELS[:1], tables, organism="human", shuffles=200)
    silent = {r.metric: r for r in rows if (r.a, r.b) == ("a", "b")}
    row = silent["precision"]
    assert (row.difference, row.ci95, row.p, row.p_holm) == (None,) * 4
    assert silent["recall"].p is not None
    assert silent["f1"].difference == micro(tables[0, 0]).f1  # silence has an F1 of 0
    alone = next(r for r in rows if (r.a, r.b, r.metric) == ("a", "c", "precision"))
    assert alone.p == alone.p_holm  # the only pair with a p


def test_one_model_gives_no_comparison():
    tables = all_tables(models=1)
    assert compare(("a",), LEVELS, tables, organism="human") == []
