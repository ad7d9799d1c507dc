"""Agreement, threshold curves and strata, checked by hand and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, cohen_kappa_score

from nerbench.scoring.agreement import pairwise, union
from nerbench.scoring.counts import Counts
from nerbench.scoring.intervals import rate_intervals
from nerbench.scoring.strata import NO_VALUE, OTHER_VALUES, stratify, stratum_name
from nerbench.scoring.threshold_curve import threshold_curve

LABELS = {"organism": "human", "level": "family"}


def figures(count):
    """Return counts of a model that finds some of everything."""
    rng = np.random.default_rng(0)
    names, curated = rng.poisson(3, count), rng.poisson(5, count)
    hits, *genes = (rng.binomial(whole, 0.6) for whole in (names, curated, curated))
    recovered, reachable = np.sort(genes, axis=0)
    rows = zip(names, hits, curated, recovered, reachable, recovered, names, curated, strict=True)
    return np.array([Counts(*row).values() for row in rows])


def curve_of(scores, hits, gene_scores, reachable):
    return threshold_curve(scores, hits, gene_scores, reachable, model="x", **LABELS)


# Agreement


def test_agreement_and_union_count_genes():
    bits = np.array([[1, 1, 1, 0, 0, 0], [1, 0, 1, 1, 0, 0]], bool)
    reachable = np.array([1, 0, 1, 1, 1, 0], bool)
    recovered = dict(zip("xy", bits, strict=True))
    (row,) = pairwise(recovered, reachable, **LABELS)
    assert (row.organism, row.level, row.a, row.b) == ("human", "family", "x", "y")
    assert (row.both, row.only_a, row.only_b, row.neither) == (2, 1, 1, 2)
    within = reachable | bits.any(axis=0)
    assert row.kappa == pytest.approx(cohen_kappa_score(bits[0][within], bits[1][within]))
    # The second gene is recovered, but the caption does not name it.
    counts = union(recovered, reachable, **LABELS).counts
    assert counts == Counts(curated=6, recovered=4, reachable=4, recovered_reachable=3)


def test_kappa_is_none_if_chance_agrees_on_all_genes():
    for value in (True, False):
        same = {"x": np.full(3, value), "y": np.full(3, value)}
        (row,) = pairwise(same, np.full(3, True), **LABELS)
        assert row.kappa is None


# Curves


def test_curve_has_a_point_per_distinct_score():
    curve = curve_of(
        scores=np.array([0.9, 0.7, 0.7, 0.2]),
        hits=np.array([True, True, False, True]),
        gene_scores=np.array([0.9, 0.7, 0.2, -np.inf, -np.inf]),
        reachable=np.array([True, True, True, True, False]),
    )
    points = curve.thinned()
    assert [p.threshold for p in points] == [0.2, 0.7, 0.9]
    assert [p.names for p in points] == [4, 3, 1]
    assert [p.precision for p in points] == [3 / 4, 2 / 3, 1]
    assert [p.recall for p in points] == [3 / 5, 2 / 5, 1 / 5]
    assert [p.in_caption_recall for p in points] == [3 / 4, 2 / 4, 1 / 4]
    assert points[0].f1 == Counts(4, 3, 5, 3).f1
    assert curve.average_precision == pytest.approx(1 / 4 * (1 + 2 / 3 + 3 / 4))
    assert curve.best == 0


def test_average_precision_agrees_with_scikit_learn_if_names_are_genes():
    rng = np.random.default_rng(0)
    scores, hits = rng.integers(0, 40, 300) / 40, rng.random(300) < 0.4
    curve = curve_of(scores, hits, scores[hits], np.ones(hits.sum(), bool))
    assert curve.average_precision == pytest.approx(average_precision_score(hits, scores))


def test_names_without_score_count_at_every_threshold():
    curve = curve_of(
        scores=np.array([0.9, 0.2, np.inf]),
        hits=np.array([True, True, False]),
        gene_scores=np.array([np.inf, 0.2]),
        reachable=np.array([False, False]),
    )
    assert curve.thresholds.tolist() == [0.2, 0.9]
    assert curve.names.tolist() == [3, 2]
    assert curve.recall.tolist() == [1, 0.5]
    assert np.isnan(curve.in_caption_recall).all()
    assert curve_of(np.array([np.inf]), *[np.array([])] * 3) is None


def test_best_of_equal_f1_is_at_the_higher_threshold():
    hits, genes = np.array([True, False, False, True]), np.array([0.9, 0.1])
    scores = np.array([0.9, 0.5, 0.3, 0.1])
    curve = curve_of(scores, hits, genes, np.ones(2, bool))
    assert curve.f1[[3, 0]].tolist() == [2 / 3, 2 / 3]
    assert curve[curve.best].threshold == 0.9


@pytest.mark.filterwarnings("error")
def test_curve_without_hits_or_genes_has_undefined_rates():
    none = curve_of(np.array([0.5]), np.array([False]), np.array([]), np.array([], bool))
    assert none.best is None and none.average_precision is None
    (point,) = none.thinned()
    assert (point.precision, point.recall, point.in_caption_recall, point.f1) == (0, *(None,) * 3)
    unhit = curve_of(np.array([0.5]), np.array([False]), np.array([-np.inf]), np.array([True]))
    assert unhit.average_precision == 0 and unhit[unhit.best].f1 == 0


def test_thinned_curve_keeps_first_last_and_best_point():
    rng = np.random.default_rng(1)
    scores = rng.random(5000)
    hits = rng.random(5000) < scores
    curve = curve_of(scores, hits, scores[hits], np.ones(hits.sum(), bool))
    points = curve.thinned()
    assert 190 <= len(points) <= 200
    assert points[0] == curve[0] and points[-1] == curve[len(curve) - 1]
    assert curve[curve.best] in points
    assert points == curve.thinned()


# Strata


def test_strata_sum_the_figures_of_a_value():
    table = figures(30)
    values = ["2021"] * 12 + ["1999"] * 9 + [""] * 9
    tables = np.stack([table, table[::-1]])
    rows = stratify(values, ("x", "y"), tables, column="year", **LABELS)
    assert {(r.column, r.organism, r.level) for r in rows} == {("year", "human", "family")}
    assert [(r.value, r.figures, r.model) for r in rows] == [
        ("1999", 9, "x"),
        ("1999", 9, "y"),
        ("2021", 12, "x"),
        ("2021", 12, "y"),
        (NO_VALUE, 9, "x"),
        (NO_VALUE, 9, "y"),
    ]
    assert rows[2].counts == Counts(*table[:12].sum(axis=0).tolist())
    assert rows[2].ci95 == rate_intervals(table[:12])
    assert rows[2].ci95["recall"] is not None
    assert set(rows[0].ci95.values()) == {None}


def test_rare_values_are_pooled():
    values = [f"journal {n:02}" for n in range(25) for _ in range(30 - n)]
    tables = figures(len(values))[None]
    rows = stratify(values, ("x",), tables, column="journal", **LABELS)
    assert [r.value for r in rows] == [*(f"journal {n:02}" for n in range(20)), OTHER_VALUES]
    assert rows[-1].figures == sum(30 - n for n in range(20, 25))


def test_bins_are_in_numerical_order():
    column, lengths = "caption_length", [3000, 0, 100, 600, 1500, 300, 100]
    values = [stratum_name(column, length) for length in lengths]
    rows = stratify(values, ("x",), figures(7)[None], column=column, **LABELS)
    assert [r.value for r in rows] == [
        *("0", "1-249", "250-499", "500-999", "1000-1999", "2000 or more"),
    ]
