"""What an evaluation says beyond its scores, against a plain count of the same figures."""

from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl
import pytest
from fakes import Failing, Scripted, Words

from nerbench import CuratedGene, Evaluation, Figure, Mention, NerbenchError, evaluate
from nerbench.engine.analysis import STRATA
from nerbench.records import Level
from nerbench.reports.summary import summary_json
from nerbench.scoring.counts import RATES, Counts
from nerbench.scoring.intervals import rate_intervals
from nerbench.scoring.strata import stratum_name

GENES = ("STAT3", "VEGFA", "EGFR", "TP53", "MDM2", "KRAS", "MYC")


def scored(name: str, words: dict[str, float | None], least: float = 0.0) -> Words:
    """A recognizer of words with a score each (None: without one), at least ``least``."""
    kept = [word for word, score in words.items() if score is None or score >= least]
    return Words(name, kept, score=lambda match: words[match.group()])


def figures(count: int = 14) -> list[Figure]:
    """Figures that name some genes; lists that hold some of them and others, some of the fly."""
    rng = np.random.default_rng(3)
    made = []
    for at in range(count):
        named = rng.choice(GENES, rng.integers(1, 5), replace=False)
        listed = rng.choice(GENES, rng.integers(1, 6), replace=False)
        genes = [CuratedGene(9606, symbol, words=(symbol,)) for symbol in listed]
        organisms: tuple[str, ...] = ("Homo sapiens",)
        if at % 3 == 0:
            genes.append(CuratedGene(7227, "p53"))
            organisms += ("Drosophila melanogaster",)
        made.append(
            Figure(
                f"F{at:02}",
                " and ".join((*named, "p53 turn" if at % 2 else "turn")),
                organisms if at % 4 else (),
                curated=tuple(genes),
                year=str(2015 + at % 3),
                journal="J.\tof Tabs" if at % 2 else "",
            )
        )
    return made


SCORES = {"STAT3": 0.9, "VEGFA": 0.4, "EGFR": 0.7, "TP53": 0.4, "p53": 0.6, "turn": 0.3}
FIGURES = figures()


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    models = [
        scored("good", SCORES),
        scored("poor", dict.fromkeys(("STAT3", "MDM2", "turn"))),
        Failing("broken", RuntimeError("no memory left")),
    ]
    return evaluate(FIGURES, models, by=["hits"])


def micro(evaluation: Evaluation, model: str, organism: str) -> Counts:
    (row,) = (
        row
        for row in evaluation.scores
        if (row.model, row.organism, row.level, row.average) == (model, organism, "family", "micro")
    )
    return row.counts


# --- intervals


def test_every_score_has_the_interval_of_its_counts(evaluation: Evaluation) -> None:
    for row in evaluation.scores:
        model = next(one for one in evaluation.models if one.name == row.model)
        table = evaluation.counts(model, row.organism, Level(row.level))
        assert row.ci95 == rate_intervals(table, row.average)
        assert set(row.ci95) == set(RATES)


def test_fly_has_too_few_figures_for_an_interval_and_human_enough(evaluation: Evaluation) -> None:
    enough = {
        organism: {
            row.ci95["recall"] is not None for row in evaluation.scores if row.organism == organism
        }
        for organism in ("human", "fly")
    }
    assert enough == {"human": {True}, "fly": {False}}


def test_another_seed_changes_no_rate_and_no_interval(evaluation: Evaluation) -> None:
    models = [scored("good", SCORES), scored("poor", dict.fromkeys(("STAT3", "MDM2", "turn")))]
    other = evaluate(FIGURES, models, seed=7)
    assert other.scores == evaluation.scores
    assert other.signature == evaluation.signature.replace("seed:0", "seed:7")


def test_the_data_frame_has_the_ends_of_each_interval(evaluation: Evaluation) -> None:
    frame = evaluation.to_polars()
    for row, ends in zip(
        evaluation.scores, frame.select("recall_low", "recall_high").rows(), strict=True
    ):
        assert ends == (row.ci95["recall"] or (None, None))


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(NerbenchError, match="the seed is -1"):
        evaluate(FIGURES, scored("w", {}), seed=-1)


def test_two_figures_of_one_name_are_refused() -> None:
    with pytest.raises(NerbenchError, match="two figures are called 'F00'"):
        evaluate([FIGURES[0], FIGURES[0]], scored("w", {}))


# --- comparisons and agreement


def test_a_difference_is_that_of_the_scores(evaluation: Evaluation) -> None:
    rates = {
        (row.model, row.organism, row.level): row.rates
        for row in evaluation.scores
        if row.average == "micro"
    }
    rows = evaluation.comparisons
    assert [(row.organism, row.level, row.metric) for row in rows] == list(
        product(
            ("human", "fly", "all"),
            ("symbol", "synonym", "family"),
            ("precision", "recall", "in_caption_recall", "f1"),
        )
    )
    for row in rows:
        assert (row.a, row.b) == ("good", "poor")
        one = rates["good", row.organism, row.level][row.metric]
        two = rates["poor", row.organism, row.level][row.metric]
        if one is None or two is None:
            assert (row.difference, row.ci95, row.p, row.p_holm) == (None,) * 4
        else:
            assert row.difference == one - two
            assert row.p is not None
            assert row.p == row.p_holm  # one pair: nothing to correct for


def test_one_model_is_compared_with_none() -> None:
    alone = evaluate(FIGURES, scored("good", SCORES))
    assert (alone.comparisons, alone.agreement, alone.unions) == ([], [], [])


def test_agreement_counts_the_rows_of_the_genes(evaluation: Evaluation) -> None:
    genes = evaluation.gene_rows.scan().collect()
    keys = ["figid", "organism", "symbol"]
    pair = genes.filter(pl.col("model") == "good").join(
        genes.filter(pl.col("model") == "poor"), on=keys
    )
    good, poor = pair["outcome"] == "recovered", pair["outcome_right"] == "recovered"
    row = next(row for row in evaluation.agreement if row.organism == "all")
    assert (row.both, row.only_a, row.only_b, row.neither) == (
        (good & poor).sum(), (good & ~poor).sum(), (~good & poor).sum(), (~good & ~poor).sum(),
    )  # fmt: skip
    assert row.both > 0 < row.only_a
    union = next(row for row in evaluation.unions if row.organism == "all")
    assert union.counts.recovered == (good | poor).sum()


@pytest.mark.parametrize("organism", ["human", "fly", "all"])
def test_agreement_and_union_add_up_to_the_scores(evaluation: Evaluation, organism: str) -> None:
    row = next(row for row in evaluation.agreement if row.organism == organism)
    union = next(row for row in evaluation.unions if row.organism == organism).counts
    good, poor = (micro(evaluation, model, organism) for model in ("good", "poor"))
    assert (row.both + row.only_a, row.both + row.only_b) == (good.recovered, poor.recovered)
    assert row.both + row.only_a + row.only_b == union.recovered <= union.reachable
    assert row.both + row.only_a + row.only_b + row.neither == union.curated == good.curated
    assert max(good.reachable, poor.reachable) <= union.reachable


# --- threshold curves


def test_only_a_model_with_scores_has_a_curve(evaluation: Evaluation) -> None:
    assert [(row.model, row.organism) for row in evaluation.curves] == [
        ("good", "human"), ("good", "fly"), ("good", "all"),
    ]  # fmt: skip


@pytest.mark.parametrize("level", list(Level))
def test_a_point_of_a_curve_is_what_a_run_with_that_threshold_gives(level: Level) -> None:
    words = SCORES | {"MDM2": None}  # without a score: kept at every threshold
    whole = evaluate(FIGURES, scored("w", words), level=level)
    assert whole.curves
    for row in whole.curves:
        assert row.level == level
        for at in range(len(row)):
            point = row[at]
            again = evaluate(FIGURES, scored("w", words, least=point.threshold), level=level)
            (score,) = (
                one
                for one in again.scores
                if (one.organism, one.level, one.average) == (row.organism, level, "micro")
            )
            assert (point.names, point.precision, point.recall, point.f1) == (
                score.counts.names, score.rates["precision"], score.rates["recall"],
                pytest.approx(score.rates["f1"]),
            )  # fmt: skip


def test_a_name_with_a_mention_without_score_is_kept_at_every_threshold() -> None:
    mentions = [
        Mention(0, 5, "STAT3", score=0.1), Mention(6, 11, "STAT3"),
        Mention(12, 15, "MYC", score=0.5),
    ]  # fmt: skip
    figure = Figure("F", "STAT3 STAT3 MYC", curated=(CuratedGene(9606, "STAT3"),))
    found = evaluate([figure], Scripted("half", mentions))
    assert found.name_rows.scan().select("score").collect()["score"].to_list() == [None, 0.5]
    (curve,) = (row for row in found.curves if row.organism == "all")
    assert [curve[at].names for at in range(len(curve))] == [2]


# --- strata


def test_strata_part_the_figures_of_the_scores(evaluation: Evaluation) -> None:
    columns = list(dict.fromkeys(row.column for row in evaluation.strata))
    assert columns == [*STRATA, "hits"]
    for column, model in product(columns, ("good", "poor")):
        rows = [row for row in evaluation.strata if (row.column, row.model) == (column, model)]
        assert sum(row.figures for row in rows) == len(FIGURES)
        total = sum((row.counts for row in rows), Counts())
        assert total == micro(evaluation, model, "all")


def test_strata_are_those_of_the_figures(evaluation: Evaluation) -> None:
    def values(column: str, model: str = "good") -> dict[str, int]:
        return {
            row.value: row.figures
            for row in evaluation.strata
            if (row.column, row.model) == (column, model)
        }

    assert values("year") == {"2015": 5, "2016": 5, "2017": 4}
    assert values("journal") == {"J. of Tabs": 7, "no value": 7}
    assert sum(values("scope_from").values()) == 14
    assert set(values("scope_from")) == {"organisms", "curated genes"}
    lengths = [stratum_name("caption_length", len(figure.caption)) for figure in FIGURES]
    assert values("caption_length") == {name: lengths.count(name) for name in sorted(set(lengths))}


def test_a_column_that_models_differ_in_parts_each_models_figures_its_own_way(
    evaluation: Evaluation,
) -> None:
    for model in ("good", "poor"):
        hits = evaluation.figure_rows.scan().filter(pl.col("model") == model).collect()["hits"]
        (none,) = (
            row.figures
            for row in evaluation.strata
            if (row.column, row.model, row.value) == ("hits", model, "0")
        )
        assert none == (hits == 0).sum() > 0


def test_an_unknown_column_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(NerbenchError, match=r"no column .colour.: use figid, model, .*title"):
        evaluate(FIGURES, scored("w", {}), by=["colour"])


# --- order, and nothing at all


def test_the_order_of_reading_changes_no_byte_of_the_summary() -> None:
    def models() -> list[Words]:
        return [scored("good", SCORES), scored("poor", dict.fromkeys(("STAT3", "MDM2")))]

    before = evaluate(FIGURES, models())
    after = evaluate(FIGURES[::-1], models())
    assert after.signature == before.signature
    assert summary_json(after) == summary_json(before)


@pytest.mark.parametrize("change", [{"year": "1999"}, {"caption": "MYC"}, {"journal": "J"}])
def test_a_figure_that_would_change_a_number_changes_the_signature(change: dict[str, str]) -> None:
    figure = {"figid": "F", "caption": "STAT3", "year": "2000", "journal": "I"}
    one, other = (
        evaluate([Figure(**fields)], scored("w", {"STAT3": 0.5}))  # type: ignore[arg-type]
        for fields in (figure, figure | change)
    )
    assert one.signature != other.signature


def test_without_a_working_model_there_is_nothing_to_say() -> None:
    broken = Failing("broken", RuntimeError("no memory left"))
    run = evaluate(FIGURES, broken, errors="keep")
    for rows in (run.scores, run.comparisons, run.agreement, run.curves, run.strata):
        assert rows == []


def test_without_a_figure_in_scope_there_is_nothing_to_say() -> None:
    found = evaluate([Figure("F", "Hspa5", ("Mus musculus",))], scored("w", SCORES))
    for rows in (found.scores, found.comparisons, found.agreement, found.curves, found.strata):
        assert rows == []


# --- the examples in docs/definitions.md


def test_agreement_and_union_of_the_worked_example(seed: Figure) -> None:
    one, other = (dict.fromkeys(("STAT3", name)) for name in ("JAK", "VEGF"))
    found = evaluate([seed], [scored("one", one), scored("other", other)])
    row = next(row for row in found.agreement if row.organism == "human")
    assert (row.both, row.only_a, row.only_b, row.neither) == (1, 4, 5, 24)
    assert row.kappa == pytest.approx(-0.2047, abs=1e-4)
    union = next(row.counts for row in found.unions if row.organism == "human")
    assert (union.recall, union.in_caption_recall) == (10 / 34, 10 / 17)


def test_threshold_curve_of_the_worked_example(seed: Figure) -> None:
    found = evaluate([seed], scored("one", {"STAT3": 0.9, "JAK": 0.6, "HBV": 0.5}))
    curve = next(row for row in found.curves if row.organism == "human")
    assert curve.thresholds.tolist() == [0.5, 0.6, 0.9]
    assert curve.precision.tolist() == [2 / 3, 1, 1]
    assert curve.in_caption_recall.tolist() == [5 / 17, 5 / 17, 1 / 17]
    assert curve.best == 1
    assert curve.average_precision == 5 / 17


def test_strata_and_tests_of_the_worked_example(seed: Figure) -> None:
    found = evaluate([seed], [scored("one", {"STAT3": 0.9}), scored("other", {"JAK": 0.9})])
    assert {row.ci95["recall"] for row in found.scores} == {None}
    assert {row.p for row in found.comparisons if row.p is not None} == {1.0}
    assert {row.column: row.value for row in found.strata} == {
        "year": "2021", "journal": "Frontiers in Oncology", "publisher": "Frontiers Media S.A.",
        "caption_length": "500-999", "curated": "50 or more", "scope": "human,fly",
        "scope_from": "organisms_ner", "seen_in_training": "no",
    }  # fmt: skip


def test_12_figures_that_agree_do_not_make_a_rate_certain() -> None:
    figures = [Figure(f"F{at}", "STAT3", curated=(CuratedGene(9606, "STAT3"),)) for at in range(12)]
    found = evaluate(figures, scored("one", {"STAT3": 0.9}))
    low, high = found.scores[0].ci95["precision"] or (None, None)
    assert low == pytest.approx(0.025 ** (1 / 12)) and high == 1
