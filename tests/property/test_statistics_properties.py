"""Properties of intervals and tests that hold for every table of counts."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nerbench.scoring.counts import FIELDS, RATES
from nerbench.scoring.intervals import FEWEST, rate_intervals
from nerbench.scoring.rates import macro, rates
from nerbench.scoring.significance import compare, holm, randomization

MODELS = ("a", "b")


@st.composite
def tables(draw, models=2, most=25):
    """Draw counts of models on the same figures, each count at most the one that bounds it."""
    figures = draw(st.integers(1, most))
    counts = draw(
        arrays.arrays(
            np.int64, (models, figures, len(FIELDS)), elements=st.integers(0, 6), fill=st.nothing()
        )
    )
    by_field = {field: counts[..., index] for index, field in enumerate(FIELDS)}  # views
    for of_figure in ("curated", "reachable", "groups"):
        by_field[of_figure][1:] = by_field[of_figure][0]
    for part, whole in (
        ("gene_names", "names"), ("hits", "gene_names"), ("reachable", "curated"),
        ("recovered", "curated"), ("recovered", "claimed"), ("recovered_reachable", "reachable"),
        ("recovered_reachable", "recovered"), ("groups_found", "groups"),
    ):  # fmt: skip
        np.minimum(by_field[part], by_field[whole], out=by_field[part])
    return counts


seeds = st.integers(0, 2**32)
blocks = st.integers(1, 40)
p_values = st.one_of(st.just(np.nan), st.floats(0, 1), st.sampled_from([0.01, 0.05, 0.5]))


def same(first, second):
    return np.array_equal(first, second, equal_nan=True)


@given(tables(models=1, most=40), st.sampled_from(["micro", "macro"]))
@settings(max_examples=80)
def test_intervals_hold_the_rate_and_lie_between_0_and_1(table, average):
    values = rates(table[0].sum(axis=0)).tolist()
    if average == "macro":
        values = [math.nan if mean is None else mean for mean in macro(table[0])[0].values()]
    intervals = rate_intervals(table[0], average)
    assert list(intervals) == list(RATES)
    defining = (~np.isnan(rates(table[0]))).sum(axis=0)
    for value, ends, figures in zip(values, intervals.values(), defining, strict=True):
        assert (ends is None) == (figures < FEWEST)
        if ends is not None:
            assert 0 <= ends[0] <= value <= ends[1] <= 1


@given(tables(models=1, most=40), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_the_order_of_figures_does_not_change_intervals(table, random):
    order = list(range(table.shape[1]))
    random.shuffle(order)
    for average in ("micro", "macro"):
        intervals, others = (
            [ends or (math.nan, math.nan) for ends in rate_intervals(counts, average).values()]
            for counts in (table[0], table[0, order])
        )
        assert np.allclose(intervals, others, equal_nan=True)


@given(tables(models=1, most=20), st.sampled_from(["micro", "macro"]))
@settings(max_examples=40)
def test_more_figures_of_the_same_kind_narrow_intervals(table, average):
    once, thrice = (rate_intervals(np.tile(table[0], (n, 1)), average) for n in (1, 3))
    for few, many in zip(once.values(), thrice.values(), strict=True):
        if few is not None:
            assert many[0] >= few[0] - 1e-9 and many[1] <= few[1] + 1e-9


@given(tables(), seeds)
@settings(max_examples=40)
def test_swapped_models_change_the_sign_of_the_difference_only(two, seed):
    rows, swapped = (
        compare(
            *(MODELS, ["symbol"], both[:, None]),
            organism="human",
            seed=seed,
            shuffles=50,
        )
        for both in (two, two[::-1])
    )
    for row, other in zip(rows, swapped, strict=True):
        assert row.p == other.p and row.p_holm == other.p_holm
        assert row.difference == (None if other.difference is None else -other.difference)
        if row.ci95 is not None:
            assert np.allclose(row.ci95, (-other.ci95[1], -other.ci95[0]))


@given(tables(models=3), seeds, blocks, st.sampled_from([20, 5000]))
@settings(max_examples=40)
def test_p_does_not_depend_on_the_block_or_on_other_models(three, seed, block, shuffles):
    options = {"seed": seed, "shuffles": shuffles}
    together = randomization(three, [(0, 2), (1, 2)], **options)
    assert same(together, randomization(three, [(0, 2), (1, 2)], **options, block=block))
    assert same(together[1:], randomization(three[1:], [(0, 1)], **options))
    assert np.nanmin(together, initial=1) > 0 and np.nanmax(together, initial=0) <= 1


@given(tables(models=1))
@settings(max_examples=20)
def test_p_of_a_model_and_itself_is_1(table):
    (p,) = randomization(np.concatenate([table, table]), [(0, 1)])
    assert all(value == 1 for value in p[~np.isnan(p)])


@given(tables(most=12), seeds, st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_the_order_of_figures_does_not_change_the_exact_test(two, seed, random):
    order = list(range(two.shape[1]))
    random.shuffle(order)
    options = {"seed": seed, "shuffles": 2**12}
    assert same(
        randomization(two, [(0, 1)], **options), randomization(two[:, order], [(0, 1)], **options)
    )


@given(st.lists(p_values, max_size=12).map(np.array))
def test_holm_agrees_with_its_definition(p):
    p = p.astype(float)
    corrected = holm(p)
    tests = [value for value in p if not np.isnan(value)]
    for value, result in zip(p, corrected, strict=True):
        if np.isnan(value):
            assert np.isnan(result)
            continue
        # rejected at alpha if each p up to its own is at most alpha / (how many are as large)
        steps = [
            (sum(other >= smaller for other in tests)) * smaller
            for smaller in tests
            if smaller <= value
        ]
        assert result == min(1.0, max(steps))
        assert result >= value
    defined = ~np.isnan(p)
    order = np.argsort(p[defined], kind="stable")
    assert np.all(np.diff(corrected[defined][order]) >= 0)
