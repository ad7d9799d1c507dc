"""Figures by ids that people write otherwise than the corpus: a PMC id, another spelling."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nerbench import CuratedGene, Evaluation, Figure, evaluate
from nerbench.figure_ids import is_paper, means_figure, nearest_id
from nerbench.recognizers.external.predictions import PredictionFile

FIGID = "PMC10003241__ijms-24-04893-g003"


@pytest.mark.parametrize(
    "name",
    [FIGID, FIGID.lower(), f"{FIGID}.jpg", f" {FIGID}.JPG ", f"{FIGID}.md", "PMC10003241",
     "pmc10003241", "PMC 10003241", "PMC10003241.json"],
)  # fmt: skip
def test_a_name_means_the_figure(name: str) -> None:
    assert means_figure(name, FIGID)


@pytest.mark.parametrize(
    "name", ["PMC1000324", "PMC10003241__other", "10003241", "", "PMC", "PMC100032411"]
)
def test_another_name_does_not(name: str) -> None:
    assert not means_figure(name, FIGID)


def test_an_id_of_a_paper_has_no_figure() -> None:
    assert [is_paper(name) for name in ("PMC1", "PMC1.jpg", "PMC1__f1", "F1")] == [
        *(True, True, False, False),
    ]


def test_a_message_names_the_id_that_is_most_like_it() -> None:
    assert nearest_id("F22", ["A", "F21"]) == "F21"
    assert nearest_id("zzz", ["A", "F21"]) == "A"
    assert nearest_id("zzz", []) is None


def figures(*figids: str) -> list[Figure]:
    genes = (CuratedGene(9606, "IL6"),)
    return [Figure(figid, "IL-6 binds", ("Homo sapiens",), curated=genes) for figid in figids]


def predicted(folder: Path, *figids: str) -> PredictionFile:
    path = folder / "model.jsonl"
    mention = {"start": 0, "end": 4, "text": "IL-6"}
    lines = (json.dumps({"id": figid, "mentions": [mention]}) for figid in figids)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return PredictionFile(path)


def recovered(evaluation: Evaluation) -> int:
    (row,) = (
        row
        for row in evaluation.scores
        if (row.organism, row.level, row.average) == ("all", "family", "micro")
    )
    return row.counts.recovered


@pytest.mark.parametrize("name", ["PMC10003241", "pmc10003241.jpg", f"{FIGID}.png"])
def test_predictions_by_the_id_of_a_paper_are_those_of_its_only_figure(
    tmp_path: Path, name: str
) -> None:
    file = predicted(tmp_path, name, "PMC2__f1")
    evaluation = evaluate(figures(FIGID, "PMC2__f1"), file)
    assert recovered(evaluation) == 2
    assert evaluation.models[0].problems == ()
    assert "another spelling of their id, or by their caption: 1" in evaluation.models[0].notes[0]


def test_predictions_of_a_paper_with_several_figures_are_left_out_and_named(tmp_path: Path) -> None:
    file = predicted(tmp_path, "PMC1", "PMC2__f1")
    evaluation = evaluate(figures("PMC1__f1", "PMC1__f2", "PMC2__f1"), file)
    assert recovered(evaluation) == 1
    (problem,) = evaluation.models[0].problems
    assert str(problem) == (
        f"{tmp_path}/model.jsonl:1: PMC1 has 2 figures in the corpus (PMC1__f1, PMC1__f2); "
        "write the id of one"
    )


def test_the_own_id_of_a_figure_goes_before_that_of_its_paper(tmp_path: Path) -> None:
    file = predicted(tmp_path, "PMC1__f1", "PMC1")
    assert recovered(evaluate(figures("PMC1__f1"), file)) == 1
    assert "predicted figures that are not in the corpus: 1 (PMC1)" in file.notes()[0]


def test_a_figure_that_goes_by_its_paper_has_the_paper_s_only_predictions(tmp_path: Path) -> None:
    assert recovered(evaluate(figures("PMC1"), predicted(tmp_path, "PMC1__f1", "PMC2__f1"))) == 1
    assert predicted(tmp_path, "PMC1__f1", "PMC1__f2").predict(figures("PMC1")) == [()]


def test_gold_may_go_by_the_id_of_a_paper(tmp_path: Path) -> None:
    file = predicted(tmp_path, "PMC1__f1")
    gold = tmp_path / "gold.txt"
    gold.write_text("PMC1\t0\t4\tIL-6\tGene\n", encoding="utf-8")
    evaluation = evaluate(figures("PMC1__f1"), file, gold=gold)
    assert evaluation.gold is not None
    assert [row.tp for row in evaluation.gold.scores] == [1, 1]
