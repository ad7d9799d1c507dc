"""Properties of agreement, threshold curves and strata that hold for all counts."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nerbench.scoring.agreement import pairwise, union
from nerbench.scoring.counts import RATES, Counts
from nerbench.scoring.strata import stratify
from nerbench.scoring.threshold_curve import threshold_curve

LABELS = {"organism": "human", "level": "family"}

seeds = st.integers(0, 2**32)
bits = arrays.arrays(np.bool_, st.tuples(st.integers(1, 4), st.integers(0, 30)))


@given(bits, seeds)
def test_union_recovers_what_any_model_recovers(recovered, seed):
    reachable = np.random.default_rng(seed).random(recovered.shape[1]) < 0.5
    by_model = {str(m): row for m, row in enumerate(recovered)}
    together = union(by_model, reachable, **LABELS).counts
    assert together.recovered_reachable <= together.reachable <= together.curated
    sums = {model: row.sum() for model, row in by_model.items()}
    assert together.curated >= together.recovered >= max(sums.values())
    for row in pairwise(by_model, reachable, **LABELS):
        assert row.both + row.only_a + row.only_b + row.neither == together.curated
        assert row.both + row.only_a == sums[row.a]
        assert row.both + row.only_b == sums[row.b]
        assert row.both + row.only_a + row.only_b <= together.recovered
        assert row.kappa is None or -1 <= row.kappa <= 1


@st.composite
def scored_names(draw):
    """Draw names, with and without score, and genes that a hitting name or no name means."""
    scores = st.one_of(st.sampled_from([0.0, 0.25, 0.5, 1.0, np.inf]), st.floats(0, 1))
    names = draw(st.lists(st.tuples(scores, st.booleans()), min_size=1, max_size=20))
    gene_scores = st.sampled_from([*(score for score, hit in names if hit), -np.inf])
    genes = draw(st.lists(st.tuples(gene_scores, st.booleans()), max_size=20))
    return (
        np.array([score for score, _ in names]),
        np.array([hit for _, hit in names]),
        np.array([score for score, _ in genes], float),
        np.array([reach for _, reach in genes], bool),
    )


@given(scored_names())
def test_lowest_threshold_gives_the_rates_of_all_names(names_and_genes):
    scores, hits, gene_scores, reachable = names_and_genes
    curve = threshold_curve(*names_and_genes, model="x", **LABELS)
    if curve is None:
        assert not np.isfinite(scores).any()
        return
    recovered = gene_scores > -np.inf
    whole = Counts(
        names=len(scores),
        hits=int(hits.sum()),
        curated=len(gene_scores),
        recovered=int(recovered.sum()),
        reachable=int(reachable.sum()),
        recovered_reachable=int((reachable & recovered).sum()),
    )
    lowest = curve[0]
    assert lowest.names == whole.names
    for rate in ("precision", "recall", "in_caption_recall", "f1"):
        assert getattr(lowest, rate) == getattr(whole, rate)


@given(scored_names())
def test_higher_threshold_does_not_raise_recall(names_and_genes):
    curve = threshold_curve(*names_and_genes, model="x", **LABELS)
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
def test_strata_sum_to_the_counts_of_all_figures(counts, data, max_values):
    names, curated, groups = counts
    genes = (curated // 2, curated // 4, names // 2, curated)  # reachable ... claimed
    tables = np.stack(
        [names, names // 2, curated, curated // 3, *genes, groups, groups // 2], axis=-1
    )
    count = tables.shape[1]
    values = data.draw(
        st.lists(st.sampled_from(["", "x", "y", "z", "2001"]), min_size=count, max_size=count)
    )
    options = {"column": "journal", **LABELS}
    rows = stratify(values, ("a", "b"), tables, max_values=max_values, **options)
    for model, table in zip(("a", "b"), tables, strict=True):
        strata = [row for row in rows if row.model == model]
        assert sum(row.figures for row in strata) == count
        total = sum((row.counts for row in strata), Counts())
        assert total == Counts(*map(int, table.sum(axis=0)))
        assert all(set(row.ci95) == set(RATES) for row in strata)
    renamed = [value.replace("x", "w") for value in values]
    before, after = (
        {row.counts for row in stratify(of_figures, ("a", "b"), tables, max_values=9, **options)}
        for of_figures in (values, renamed)
    )
    assert before == after
