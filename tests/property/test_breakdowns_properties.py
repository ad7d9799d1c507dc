"""What must hold for every set of genes, every threshold and every kind of figure."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nerbench.scoring.agreement import pairwise, union
from nerbench.scoring.counts import RATES, Counts
from nerbench.scoring.strata import stratify
from nerbench.scoring.threshold_curve import threshold_curve

seeds = st.integers(0, 2**32)
bits = arrays.arrays(np.bool_, st.tuples(st.integers(1, 4), st.integers(0, 30)))


@given(bits, seeds)
def test_the_union_recovers_what_any_model_does(recovered, seed):
    reachable = recovered | (np.random.default_rng(seed).random(recovered.shape) < 0.5)
    got, could = ({str(m): row for m, row in enumerate(x)} for x in (recovered, reachable))
    together = union(got, could)
    assert together.recovered <= together.reachable <= together.curated
    for model in got:
        assert together.recovered >= got[model].sum()
    for row in pairwise(got, could):
        assert row.both + row.only_a + row.only_b + row.neither == together.curated
        assert row.both + row.only_a == got[row.a].sum()
        assert row.both + row.only_b == got[row.b].sum()
        assert row.both + row.only_a + row.only_b <= together.recovered
        assert row.kappa is None or -1 <= row.kappa <= 1


@st.composite
def scored_names(draw):
    """Names with and without score that hit, and genes that such a name means, or none does."""
    scores = st.one_of(st.sampled_from([0.0, 0.25, 0.5, 1.0, np.inf]), st.floats(0, 1))
    names = draw(st.lists(st.tuples(scores, st.booleans()), min_size=1, max_size=20))
    meant = [score for score, hit in names if hit]
    chosen = st.sampled_from([*meant, -np.inf])
    genes = draw(st.lists(st.tuples(chosen, st.booleans()), max_size=20))
    return (
        np.array([score for score, _ in names]),
        np.array([hit for _, hit in names]),
        np.array([score for score, _ in genes], float),
        np.array([reach for _, reach in genes], bool),
    )


@given(scored_names())
def test_a_curve_ends_at_the_whole_counts(given_names):
    scores, hits, gene_scores, reachable = given_names
    curve = threshold_curve(*given_names)
    if curve is None:
        assert not np.isfinite(scores).any()
        return
    recovered = gene_scores > -np.inf
    whole = Counts(
        names=len(scores),
        hits=int(hits.sum()),
        curated=len(gene_scores),
        recovered=int(recovered.sum()),
        reachable=int((reachable | recovered).sum()),
    )
    last = curve[0]
    assert last.names == whole.names
    for rate in ("precision", "recall", "in_caption_recall", "f1"):
        assert getattr(last, rate) == getattr(whole, rate)


@given(scored_names())
def test_a_higher_threshold_never_raises_recall(given_names):
    curve = threshold_curve(*given_names)
    if curve is None:
        return
    assert np.all(np.diff(curve.thresholds) > 0)
    assert np.all(np.diff(curve.names) <= 0) and curve.names[-1] > 0
    for recall in (curve.recall, curve.in_caption_recall):
        assert np.all((np.diff(recall) <= 0) | np.isnan(recall[1:]))
    if curve.best is not None:
        assert np.all(curve.f1 <= curve.f1[curve.best])
        assert np.all(curve.f1[curve.best + 1 :] < curve.f1[curve.best])
    if curve.average_precision is not None:
        assert 0 <= curve.average_precision <= 1
    points = curve.thinned(5)
    assert len(points) <= 5 and points[0] == curve[0] and points[-1] == curve[len(curve) - 1]
    assert curve.best is None or curve[curve.best] in points


wholes = arrays.arrays(
    np.int64, st.tuples(st.just(3), st.just(2), st.integers(1, 25)), elements=st.integers(0, 6)
)


@given(wholes, st.data(), st.integers(1, 4))
@settings(max_examples=40)
def test_strata_add_up_to_the_whole(drawn, data, most):
    names, curated, groups = drawn
    two = np.stack(
        [names, names // 2, curated, curated // 3, curated // 2, groups, groups // 2], axis=-1
    )
    count = two.shape[1]
    values = data.draw(
        st.lists(st.sampled_from(["", "x", "y", "z", "2001"]), min_size=count, max_size=count)
    )
    rows = stratify(values, two, most=most, resamples=10)
    for table in range(2):
        mine = [row for row in rows if row.table == table]
        assert sum(row.figures for row in mine) == count
        total = sum((row.counts for row in mine), Counts())
        assert total == Counts(*map(int, two[table].sum(axis=0)))
        assert all(set(row.ci95) == set(RATES) for row in mine)
    renamed = stratify([value.replace("x", "w") for value in values], two, most=9, resamples=10)
    assert {row.counts for row in renamed} == {
        row.counts for row in stratify(values, two, most=9, resamples=10)
    }
