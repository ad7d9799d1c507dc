"""Models are ranked, and reports lead, on the figures that none of them has seen in training."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fakes import Words
from rich.console import Console

from nerbench import CuratedGene, Figure, Mention, evaluate
from nerbench.engine.compare import compare_runs
from nerbench.engine.evaluation import Evaluation
from nerbench.engine.leaderboard import Leaderboard
from nerbench.engine.load import load_run
from nerbench.recognizers.trained_on import Trained
from nerbench.reports import write_reports
from nerbench.reports.board_page import write_leaderboard
from nerbench.reports.context import ReportContext
from nerbench.reports.lead import Lead
from nerbench.reports.markdown import markdown
from nerbench.reports.notebook import notebook_html
from nerbench.reports.summary import summary_json, summary_schema
from nerbench.reports.terminal import gold_table


def figure(figid: str, gene: str, *, organism: str = "Homo sapiens") -> Figure:
    """A figure whose caption is one gene, marked and on its list."""
    gold = (Mention(0, len(gene), gene),)
    curated = (CuratedGene(9606, gene),) if organism == "Homo sapiens" else ()
    return Figure(figid, f"{gene} acts", (organism,), curated=curated, gold=gold)


# Papers PMC1 and PMC2 were learnt from; the last figure is marked, and has no list.
FIGURES = [
    figure("PMC1__f1", "STAT3"),
    figure("PMC1__f2", "MYC"),
    figure("PMC2__f1", "TP53"),
    figure("PMC3__f1", "JAK1"),
    figure("PMC4__f1", "KRAS"),
    figure("PMC2__f2", "EGFR", organism="Mus musculus"),
]
SEEN = frozenset(["PMC1", "PMC2"])
MEMORY = Trained(Words("memory", ["STAT3", "MYC", "TP53", "EGFR"]), SEEN)
SKILL = Words("skill", ["STAT3", "JAK1"])


@pytest.fixture(scope="module")
def run() -> Evaluation:
    return evaluate(FIGURES, [MEMORY, SKILL])


def strict(gold: Any) -> dict[str, float]:
    return {row.model: row.f1 for row in gold.scores if row.scheme == "strict"}


def test_unseen_scores_are_those_of_a_run_that_holds_out_what_was_seen(run: Evaluation) -> None:
    held_out = evaluate(FIGURES, [MEMORY, SKILL], held_out=True)
    unseen = run.unseen
    assert unseen is not None and unseen.gold is not None and held_out.gold is not None
    assert unseen.gold.scores == held_out.gold.scores
    assert unseen.gold.comparisons == held_out.gold.comparisons
    assert unseen.gold.on_list == held_out.gold.on_list
    assert unseen.gold.disagreements == held_out.gold.disagreements
    held_out_rows = [
        row for row in held_out.model_scores if (row.average, row.level) == ("micro", run.level)
    ]
    assert unseen.scores == held_out_rows
    counts = unseen.figures, unseen.seen_figures, unseen.captions, unseen.seen_captions
    assert counts == (2, 3, 2, 4)  # the mouse's caption is marked, seen, and on no list
    assert held_out.unseen is None


def test_who_learnt_captions_by_heart_is_not_ranked_first(run: Evaluation) -> None:
    assert run.gold is not None and run.gold.scores[0].model == "memory"
    lead = Lead.of(run)
    assert lead.gold is not None and lead.all_gold is run.gold
    assert [row.model for row in lead.gold.scores][::2] == ["skill", "memory"]
    answers = ReportContext.of(run).values["answers"]
    assert [(answer.model, answer.value) for answer in answers] == [
        ("skill", pytest.approx(2 / 3)),
        ("memory", 0.0),
    ]
    assert answers[0].measure == (
        "strict F1 on 2 marked captions that no model has seen; 0.500 on all 6"
    )
    assert "Of the 2 marked mentions it finds 1 (50%) exactly." in answers[0].sentence
    assert "Of the 2 listed genes that the captions name, it finds 1 (50%)." in answers[0].sentence


def test_note_says_what_each_model_has_seen_and_what_is_counted(run: Evaluation) -> None:
    assert Lead.of(run).note == (
        "memory was trained on 4 of the 6 marked captions and on 3 of the 5 scored figures. "
        "Models are ranked on the 2 marked captions and the 2 scored figures that no model has "
        "seen."
    )


def test_every_view_of_a_run_leads_with_what_was_not_seen(run: Evaluation, tmp_path: Path) -> None:
    output = io.StringIO()
    Console(file=output, width=150).print(gold_table(run))
    write_reports(run, tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    on_all = "strict F1 on all 6, those seen in training included: memory 0.800, skill 0.500"
    assert on_all in " ".join(output.getvalue().split())
    assert "against 2 marked captions that no model has seen" in output.getvalue()
    assert on_all in notebook_html(run)
    assert "against 2 marked captions that no model has seen" in notebook_html(run)
    for text in (page, markdown(ReportContext.of(run))):
        assert "counts the 2 of 6 marked captions that no model has seen in training" in text
        assert "n all 6 marked captions, those seen in training included" in text
        assert Lead.of(run).note in text


def test_summary_has_the_unseen_scores_and_a_loaded_run_too(
    run: Evaluation, tmp_path: Path
) -> None:
    write_reports(run, tmp_path)
    loaded = load_run(tmp_path)
    assert loaded.seen_by == run.seen_by == {
        "memory": frozenset(["PMC1__f1", "PMC1__f2", "PMC2__f1", "PMC2__f2"]),
        "skill": frozenset(),
    }  # fmt: skip
    assert summary_json(loaded) == summary_json(run)
    data = json.loads(summary_json(run))
    jsonschema.Draft202012Validator(summary_schema()).validate(data)
    unseen = data["unseen"]
    assert (unseen["captions"], unseen["seen_captions"]) == (2, 4)
    assert {row["model"]: row["captions"] for row in unseen["gold"]} == {"skill": 2, "memory": 2}
    assert {row["captions"] for row in data["gold"]} == {6}


def test_runs_are_ranked_on_what_no_model_of_any_run_has_seen() -> None:
    runs = {"a": evaluate(FIGURES, MEMORY), "b": evaluate(FIGURES, SKILL)}
    joined = compare_runs(runs)
    assert [model.name for model in joined.models] == ["skill", "memory"]
    assert joined.unseen is not None
    assert (joined.unseen.captions, joined.unseen.seen_captions) == (2, 4)
    again = compare_runs({"c": joined, "d": evaluate(FIGURES, Words("other", ["MYC"]))})
    assert again.seen_by["memory"] == joined.seen_by["memory"]


def test_models_of_one_name_have_each_seen_their_own() -> None:
    runs = {
        "a": evaluate(FIGURES, Trained(Words("m", ["MYC"]), frozenset(["PMC1"]))),
        "b": evaluate(FIGURES, Trained(Words("m", ["TP53"]), frozenset(["PMC3"]))),
    }
    assert compare_runs(runs).seen_by == {
        "m (a)": frozenset(["PMC1__f1", "PMC1__f2"]),
        "m (b)": frozenset(["PMC3__f1"]),
    }


def test_leaderboard_ranks_on_what_no_model_of_a_corpus_has_seen(tmp_path: Path) -> None:
    runs = {"a": evaluate(FIGURES, MEMORY), "b": evaluate(FIGURES, SKILL)}
    board = Leaderboard.of(runs, {})
    assert [model.name for model in board.models] == ["skill", "memory"]
    assert {row.captions for model in board.models for row in model.gold.values()} == {2}
    assert {model.lists[0]["all"].figures for model in board.models} == {2}
    write_leaderboard(board, tmp_path, has_report=False)
    page = (tmp_path / "leaderboard.html").read_text(encoding="utf-8")
    assert "not counted, as a model has seen them in training: 3 figures, 4 marked captions" in page


def test_everything_counts_where_nothing_unseen_is_left() -> None:
    run = evaluate(FIGURES[:3], [MEMORY, SKILL])
    lead = Lead.of(run)
    assert lead.gold is run.gold and lead.all_gold is None
    assert lead.measure("memory") == "strict F1 on 3 marked captions"
    assert lead.note == (
        "memory was trained on 3 of the 3 marked captions and on 3 of the 3 scored figures. "
        "Models have seen every marked caption, so these scores say little of others. "
        "Models have seen every scored figure, so these scores say little of others."
    )
    (corpus,) = Leaderboard.of({"a": run}, {}).corpora
    assert (corpus.seen_captions, corpus.seen_figures, corpus.is_all_seen) == (0, 0, True)


def test_without_marks_the_lists_lead_on_what_was_not_seen() -> None:
    unmarked = [Figure(f.figid, f.caption, f.organisms, curated=f.curated) for f in FIGURES]
    run = evaluate(unmarked, [MEMORY, SKILL])
    answers = ReportContext.of(run).values["answers"]
    assert [(answer.model, answer.value) for answer in answers] == [
        ("memory", 0.0),
        ("skill", pytest.approx(2 / 3)),
    ]
    assert answers[0].measure == "F1 on the lists of 2 figures that no model has seen"


def test_nothing_is_said_where_no_model_has_seen_anything() -> None:
    run = evaluate(FIGURES, SKILL)
    lead = Lead.of(run)
    assert run.unseen is None
    assert (lead.gold, lead.all_gold, lead.note, lead.on_all) == (run.gold, None, "", "")
