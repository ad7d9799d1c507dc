"""What must hold for every table of counts, whatever the models."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nerbench.scoring.bootstrap import bootstrap
from nerbench.scoring.rates import rates
from nerbench.scoring.significance import compare, holm, randomization

MODELS = ("a", "b")


@st.composite
def tables(draw, models=2, most=25):
    """Counts of models on the same figures, each within what bounds it."""
    figures = draw(st.integers(1, most))
    free = draw(
        arrays.arrays(np.int64, (models, figures, 7), elements=st.integers(0, 6), fill=st.nothing())
    )
    free[1:, :, [2, 5]] = free[0, :, [2, 5]].T  # the curated genes and their words
    for part, whole in ((1, 0), (4, 2), (3, 4), (6, 5)):
        free[..., part] = np.minimum(free[..., part], free[..., whole])
    return free


seeds = st.integers(0, 2**32)
blocks = st.integers(1, 40)
p_values = st.one_of(st.just(np.nan), st.floats(0, 1), st.sampled_from([0.01, 0.05, 0.5]))


def same(one, two):
    return np.array_equal(one, two, equal_nan=True)


@given(tables(models=3), seeds, blocks)
@settings(max_examples=40)
def test_intervals_do_not_depend_on_the_block_or_on_other_models(three, seed, block):
    together = bootstrap(three, seed=seed, resamples=30)
    blocked = bootstrap(three, seed=seed, resamples=30, block=block)
    alone = bootstrap(three[1], seed=seed, resamples=30)
    for average in ("micro", "macro"):
        assert same(getattr(together, average), getattr(blocked, average))
        assert same(getattr(together, average)[1], getattr(alone, average))
        assert together.ci95(average, 1) == alone.ci95(average)


@given(tables(), seeds)
@settings(max_examples=40)
def test_intervals_lie_within_the_figures(two, seed):
    """A macro interval holds nothing that no figure says; every interval is in order."""
    drawn = bootstrap(two, seed=seed, resamples=40)
    for model in range(2):
        per_figure = rates(two[model])
        for average in ("micro", "macro"):
            for at, (rate, ends) in enumerate(drawn.ci95(average, model).items()):
                if ends is None:
                    continue
                assert ends[0] <= ends[1]
                if rate != "f1" or average == "macro":
                    assert ends[0] >= np.nanmin(per_figure[:, at]) - 1e-9
                    assert ends[1] <= np.nanmax(per_figure[:, at]) + 1e-9


@given(tables(), seeds)
@settings(max_examples=40)
def test_a_difference_turns_its_sign_with_the_models(two, seed):
    forth, back = (
        compare(MODELS, ["symbol"], one[:, None], drawn, seed=seed, shuffles=50)
        for one in (two, two[::-1])
        for drawn in (bootstrap(one[:, None], seed=seed, resamples=40),)
    )
    for one, other in zip(forth, back, strict=True):
        assert one.p == other.p and one.p_holm == other.p_holm
        assert one.difference == (None if other.difference is None else -other.difference)
        if one.ci95 is not None:
            assert np.allclose(one.ci95, (-other.ci95[1], -other.ci95[0]))


@given(tables(models=3), seeds, blocks, st.sampled_from([20, 5000]))
@settings(max_examples=40)
def test_p_does_not_depend_on_the_block_or_on_other_models(three, seed, block, shuffles):
    how = {"seed": seed, "shuffles": shuffles}
    together = randomization(three, [(0, 2), (1, 2)], **how)
    assert same(together, randomization(three, [(0, 2), (1, 2)], **how, block=block))
    assert same(together[1:], randomization(three[1:], [(0, 1)], **how))
    assert np.nanmin(together, initial=1) > 0 and np.nanmax(together, initial=0) <= 1


@given(tables(models=1))
@settings(max_examples=20)
def test_a_model_does_not_differ_from_itself(one):
    (p,) = randomization(np.concatenate([one, one]), [(0, 1)])
    assert all(value == 1 for value in p[~np.isnan(p)])


@given(tables(most=12), seeds, st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_the_order_of_figures_does_not_change_the_exact_test(two, seed, random):
    order = list(range(two.shape[1]))
    random.shuffle(order)
    how = {"seed": seed, "shuffles": 2**12}
    assert same(randomization(two, [(0, 1)], **how), randomization(two[:, order], [(0, 1)], **how))


@given(st.lists(p_values, max_size=12).map(np.array))
def test_holm_is_its_definition(p):
    p = p.astype(float)
    corrected = holm(p)
    tests = [value for value in p if not np.isnan(value)]
    for value, found in zip(p, corrected, strict=True):
        if np.isnan(value):
            assert np.isnan(found)
            continue
        # rejected at alpha where every p up to its own passes alpha / (how many are as large)
        steps = [
            (sum(other >= smaller for other in tests)) * smaller
            for smaller in tests
            if smaller <= value
        ]
        assert found == min(1.0, max(steps))
        assert found >= value
    defined = ~np.isnan(p)
    order = np.argsort(p[defined], kind="stable")
    assert np.all(np.diff(corrected[defined][order]) >= 0)
