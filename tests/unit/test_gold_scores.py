"""Scores against the mentions that annotators marked, and the perfect reader on the lists."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest
import typer
from fakes import Failing, Words
from hypothesis import given
from hypothesis import strategies as st

from nerbench import CuratedGene, Evaluation, Figure, Mention, NerbenchError, evaluate
from nerbench.cli.conclusion import Ending, MinRates, conclude
from nerbench.engine.compare import compare_runs, load_marked_runs
from nerbench.engine.gold_rows import PERFECT_READER, SCHEMES
from nerbench.engine.gold_scores import GoldScores
from nerbench.engine.load import load_run
from nerbench.engine.run_folder import PredictionWriter, prediction_path
from nerbench.recognizers.external.predictions import mention_fields
from nerbench.reports import write_reports
from nerbench.reports.context import ReportContext
from nerbench.reports.markdown import markdown
from nerbench.reports.summary import summary, summary_schema

HUMAN = ("Homo sapiens",)


def marked(figid: str, caption: str, *names: str, curated: tuple[str, ...] = ()) -> Figure:
    """A figure whose caption is marked at the first place of each name, labelled by its case."""
    gold = tuple(
        Mention(at, at + len(name), name, "family" if name.islower() else "gene")
        for name in names
        for at in [caption.index(name)]
    )
    genes = tuple(CuratedGene(9606, symbol) for symbol in curated)
    return Figure(figid, caption, HUMAN, curated=genes, gold=gold)


FIGURES = [
    marked("F1", "STAT3 binds MDM2 and kinases", "STAT3", "MDM2", "kinases", curated=("STAT3",)),
    marked("F2", "TP53 in cells", "TP53", curated=("KRAS",)),
    marked("F3", "no gene at all", curated=("MYC",)),
    Figure("F4", "STAT3 is not marked here", HUMAN, curated=(CuratedGene(9606, "STAT3"),)),
    Figure("F5", "Hspa5 of a mouse", ("Mus musculus",), gold=(Mention(0, 5, "Hspa5", "gene"),)),
]
GOOD = Words("good", ["STAT3", "MDM2", "kinase", "TP53", "Hspa5"])
POOR = Words("poor", ["STAT3", "gene"])


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return evaluate(FIGURES, [POOR, GOOD, Failing("broken", RuntimeError("no memory"))])


@pytest.fixture(scope="module")
def gold(evaluation: Evaluation) -> GoldScores:
    assert evaluation.gold is not None
    return evaluation.gold


def test_mentions_are_counted_on_the_marked_captions_also_without_a_scope(gold: GoldScores) -> None:
    counts = {(row.model, row.scheme): (row.tp, row.fp, row.fn) for row in gold.scores}
    # Marked: STAT3, MDM2, kinases; TP53; none; Hspa5. good has "kinase", poor "gene" in F3.
    assert counts == {
        ("good", "strict"): (4, 1, 1),
        ("good", "overlap"): (5, 0, 0),
        ("poor", "strict"): (1, 1, 4),
        ("poor", "overlap"): (1, 1, 4),
    }
    first = gold.scores[0]
    assert (first.model, first.scheme) == ("good", "strict")
    assert (first.precision, first.recall, first.f1) == (0.8, 0.8, pytest.approx(0.8))
    assert (first.captions, first.mentions, gold.captions) == (4, 5, 4)
    assert first.ci95 == {"precision": None, "recall": None, "f1": None}  # too few captions


def test_found_mentions_are_told_by_label(gold: GoldScores) -> None:
    rows = {(r.model, r.label): (r.mentions, r.exact, r.overlap) for r in gold.labels}
    assert rows == {
        ("poor", "family"): (1, 0, 0),
        ("poor", "gene"): (4, 1, 1),
        ("good", "family"): (1, 0, 1),
        ("good", "gene"): (4, 4, 4),
    }
    only_genes = [replace(figure, gold=(figure.gold or ())[:1]) for figure in FIGURES[:2]]
    other = evaluate(only_genes, GOOD).gold
    assert other is not None
    assert other.labels == []


def test_the_perfect_reader_is_scored_on_the_lists_of_the_marked_figures(
    evaluation: Evaluation, gold: GoldScores
) -> None:
    (row,) = [
        row
        for row in evaluation.scores
        if row.reference and (row.organism, row.level, row.average) == ("all", "family", "micro")
    ]
    # Names: STAT3 (on the list), MDM2, kinases; TP53. Lists: STAT3; KRAS; MYC.
    assert (row.model, row.figures) == (PERFECT_READER, 3)
    assert (row.counts.names, row.counts.hits) == (4, 1)
    assert (row.counts.curated, row.counts.recovered) == (3, 1)
    assert [row.model for row in gold.on_list] == [PERFECT_READER, "good", "poor"]
    assert gold.on_list[0].counts == row.counts
    assert all(other.figures == 3 for other in gold.on_list)
    assert not any(PERFECT_READER in (row.a, row.b) for row in evaluation.comparisons)
    assert PERFECT_READER not in {row.model for row in evaluation.model_scores}


def test_a_model_cannot_take_the_name_of_the_perfect_reader() -> None:
    with pytest.raises(NerbenchError, match="a model is called 'perfect reader'"):
        evaluate(FIGURES, Words(PERFECT_READER, ["STAT3"]))


def test_names_are_told_by_list_and_marks(gold: GoldScores) -> None:
    rows = {row.model: row for row in gold.disagreements}
    good = rows["good"]
    # On F1 to F3: STAT3 on the list and marked; MDM2, kinase and TP53 marked only.
    assert (good.on_list_marked, good.on_list_unmarked) == (1, 0)
    assert (good.off_list_marked, good.off_list_unmarked) == (3, 0)
    assert good.examples == (("MDM2", 1), ("TP53", 1), ("kinase", 1))
    poor = rows["poor"]
    assert (poor.on_list_marked, poor.off_list_marked, poor.off_list_unmarked) == (1, 0, 1)


def test_listed_genes_at_places_that_nobody_marked_are_told() -> None:
    figure = Figure("F", "the MYC gene", HUMAN, curated=(CuratedGene(9606, "MYC"),), gold=())
    gold = evaluate([figure], GOOD).gold
    assert gold is not None
    assert gold.unmarked_genes == (("MYC", 1),)
    row = evaluate([replace(figure, gold=None)], GOOD).gene_rows.scan().collect()
    assert row["marked"].to_list() == [None]


def test_without_marks_there_is_no_gold(tmp_path: Path) -> None:
    run = evaluate([FIGURES[3]], GOOD)
    assert run.gold is None
    assert "gold" not in run.signature
    assert summary(run)["gold"] == []
    run.save(tmp_path)
    assert load_run(tmp_path).gold is None
    assert "Against marked captions" not in (tmp_path / "report.html").read_text("utf-8")


def test_a_run_is_loaded_with_its_marks(evaluation: Evaluation, tmp_path: Path) -> None:
    write_reports(evaluation, tmp_path)
    loaded = load_run(tmp_path)
    assert loaded.gold is not None
    assert evaluation.gold is not None
    for name in ("scores", "comparisons", "labels", "on_list", "rankings", "disagreements"):
        assert getattr(loaded.gold, name) == getattr(evaluation.gold, name), name
    assert loaded.scores == evaluation.scores
    assert loaded.signature == evaluation.signature
    jsonschema.validate(summary(loaded), summary_schema())


def test_marks_change_the_signature_of_a_run_and_not_its_corpus(evaluation: Evaluation) -> None:
    other = evaluate([*FIGURES[:2], replace(FIGURES[2], gold=None), *FIGURES[3:]], [POOR, GOOD])
    assert other.corpus.digest == evaluation.corpus.digest
    assert (evaluation.corpus.marked, other.corpus.marked) == (4, 3)
    assert other.corpus.gold_digest != evaluation.corpus.gold_digest
    assert other.signature != evaluation.signature


def test_compare_ranks_by_the_marks_before_the_lists() -> None:
    # On the lists, poor names only what is listed; on the marks, good finds more.
    runs = {name: evaluate(FIGURES, model) for name, model in (("a", POOR), ("b", GOOD))}
    both = compare_runs(runs)
    assert [model.name for model in both.models] == ["good", "poor"]
    assert both.gold is not None
    whole = evaluate(FIGURES, [POOR, GOOD]).gold
    assert whole is not None
    assert both.gold.scores == whole.scores
    assert both.gold.on_list == whole.on_list


def test_runs_with_other_marks_differ() -> None:
    runs = {
        "a": evaluate(FIGURES, POOR),
        "b": evaluate([FIGURES[0], replace(FIGURES[1], gold=()), *FIGURES[2:]], GOOD),
    }
    with pytest.raises(NerbenchError, match="the runs differ in gold"):
        compare_runs(runs)
    both = compare_runs(runs, anyway=True)
    assert both.gold is not None
    assert both.gold.captions == 3  # F2 has other marks in either run


def test_the_report_leads_with_the_marks(evaluation: Evaluation) -> None:
    text = markdown(ReportContext.of(evaluation))
    assert text.index("## Against marked captions") < text.index("## On the figures' lists")
    assert "| good | **0.800** | 0.800 | 0.800 | **1.000** | 1.000 | 1.000 | 5 |" in text
    assert f"| {PERFECT_READER} |" in text


def test_the_terminal_leads_with_the_marks(
    evaluation: Evaluation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit):  # a model has failed
        conclude(evaluation, tmp_path, Ending(MinRates(None, None, None)))
    printed = capsys.readouterr().out
    assert printed.index("against 4 marked captions") < printed.index("level family")


def many_figures(count: int) -> list[Figure]:
    generator = random.Random(3)
    words = ["STAT3", "MDM2", "TP53", "KRAS", "MYC", "EGFR"]
    figures = []
    for number in range(count):
        named = generator.sample(words, 4)
        genes = tuple(generator.sample(words, 2))
        figures.append(marked(f"F{number:03}", " ".join(named), *named[:3], curated=genes))
    return figures


def test_rankings_compare_the_orders_of_three_models_or_more() -> None:
    models = [
        Words("one", ["STAT3"]),
        Words("three", ["STAT3", "MDM2", "TP53"]),
        Words("five", ["STAT3", "MDM2", "TP53", "KRAS", "MYC"]),
    ]
    run = evaluate(many_figures(20), models)
    assert run.gold is not None
    tau = {row.metric: row.tau for row in run.gold.rankings}
    assert {row.models for row in run.gold.rankings} == {3}
    assert tau["recall"] == 1.0  # more words: more of the marks and of the lists
    two = evaluate(many_figures(20), models[:2]).gold
    assert two is not None
    assert two.rankings == []


def test_differences_have_intervals_and_p_of_paired_tests() -> None:
    run = evaluate(many_figures(40), [Words("a", ["STAT3", "MDM2"]), Words("b", ["STAT3"])])
    assert run.gold is not None
    assert {(row.scheme, row.metric) for row in run.gold.comparisons} == {
        (scheme, metric) for scheme in SCHEMES for metric in ("precision", "recall", "f1")
    }
    (row,) = [r for r in run.gold.comparisons if (r.scheme, r.metric) == ("strict", "recall")]
    assert row.difference is not None and row.ci95 is not None and row.p_holm is not None
    assert row.ci95[0] <= row.difference <= row.ci95[1]
    assert row.p_holm < 0.05


spans = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6)), max_size=6)


@given(st.lists(st.tuples(spans, spans), min_size=1, max_size=4))
def test_strict_counts_are_those_of_sets(pairs: list[tuple[Any, Any]]) -> None:
    text = "abcdefghijklmnopqrstuvwxyz"
    figures, predicted = [], {}
    for number, sides in enumerate(pairs):
        gold, own = (
            tuple(Mention(at, at + size, text[at : at + size]) for at, size in side)
            for side in sides
        )
        caption = text + str(number)
        figures.append(Figure(f"F{number}", caption, gold=gold))
        predicted[caption] = list(own)

    class Fixed:
        name, fingerprint = "fixed", "1"

        def recognize(self, texts: Any) -> Any:
            return (predicted[text] for text in texts)

    run = evaluate(figures, Fixed())
    assert run.gold is not None
    strict, overlap = run.gold.scores
    gold_spans = [{(m.start, m.end) for m in figure.gold or ()} for figure in figures]
    own_spans = [{(m.start, m.end) for m in predicted[figure.caption]} for figure in figures]
    both = sum(len(g & o) for g, o in zip(gold_spans, own_spans, strict=True))
    assert (strict.tp, strict.tp + strict.fp) == (both, sum(map(len, own_spans)))
    assert strict.tp + strict.fn == sum(map(len, gold_spans))
    assert overlap.tp >= strict.tp
    exact = run.mark_rows.scan().select(pl.col("exact").sum()).collect().item()
    assert exact == strict.tp


def written(folder: Path, run: Evaluation, models: dict[str, Words]) -> None:
    """Save a run with the predictions of its models, as the command line does."""
    run.save(folder)
    for name, model in models.items():
        with PredictionWriter(prediction_path(folder, name)) as writer:
            for figure in FIGURES:
                writer.write(figure.figid, next(model.recognize([figure.caption])))
            writer.finish()


def gold_file(path: Path) -> Path:
    lines = (
        {
            "id": figure.figid,
            "mentions": [mention_fields(mention) | {"label": "GENE"} for mention in figure.gold],
        }
        for figure in FIGURES
        if figure.gold is not None
    )
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_runs_are_marked_afterwards_as_if_they_had_been_run_with_gold(tmp_path: Path) -> None:
    unmarked = [replace(figure, gold=None) for figure in FIGURES]
    models = {"good": GOOD, "poor": POOR}
    run = evaluate(unmarked, [POOR, GOOD, Failing("broken", RuntimeError("no memory"))])
    written(tmp_path / "run", run, models)
    path = gold_file(tmp_path / "gold.jsonl")
    runs, gold_files = load_marked_runs([tmp_path / "run"], path)
    (afterwards,) = runs.values()
    assert gold_files[0].notes() == ["gold gold: 4 of 5 captions are marked"]
    at_once = evaluate(unmarked, [POOR, GOOD], gold=path)
    assert afterwards.gold is not None
    assert at_once.gold is not None
    for name in ("scores", "comparisons", "labels", "on_list", "disagreements", "unmarked_genes"):
        assert getattr(afterwards.gold, name) == getattr(at_once.gold, name), name
    assert afterwards.scores == at_once.scores
    assert afterwards.corpus == at_once.corpus
    assert [model.failure is None for model in afterwards.models] == [True, True, False]
    (tmp_path / "run" / "predictions" / "poor.jsonl").unlink()
    with pytest.raises(NerbenchError, match=r"poor.jsonl: no such file; only `nerbench run`"):
        load_marked_runs([tmp_path / "run"], path)


def test_marks_that_runs_do_not_share_are_shown_nowhere() -> None:
    runs = {
        "a": evaluate(FIGURES, POOR),
        "b": evaluate([FIGURES[0], replace(FIGURES[1], gold=()), *FIGURES[2:]], GOOD),
    }
    both = compare_runs(runs, anyway=True)
    captions = {row["figid"]: row for row in both.caption_rows}
    assert [figid for figid, row in captions.items() if row["marked"]] == ["F1", "F3", "F5"]
    assert [len(captions[figid]["marks"]) for figid in ("F1", "F2")] == [3, 0]
    assert {row["figid"] for row in both.mark_rows} == {"F1", "F5"}
    for rows in (both.name_rows, both.gene_rows):
        assert {row["marked"] for row in rows if row["figid"] == "F2"} == {None}


def test_one_marked_run_beside_one_without_marks_is_compared_on_the_lists_alone() -> None:
    runs = {
        "a": evaluate(FIGURES, POOR),
        "b": evaluate([replace(figure, gold=None) for figure in FIGURES], GOOD),
    }
    for order in (["a", "b"], ["b", "a"]):
        both = compare_runs({name: runs[name] for name in order}, anyway=True)
        assert both.gold is None
        assert not any(row.reference for row in both.scores)
        assert not summary(both)["corpus"]["reference"]
        assert "Against marked captions" not in markdown(ReportContext.of(both))


def test_the_perfect_reader_is_that_of_any_run_that_works() -> None:
    broken = evaluate(FIGURES, Failing("broken", RuntimeError("no memory")), errors="keep")
    both = compare_runs({"a": broken, "b": evaluate(FIGURES, GOOD)})
    assert [row.model for row in both.scores if row.reference][:1] == [PERFECT_READER]


def test_runs_of_other_lexicons_are_not_marked_afterwards(tmp_path: Path) -> None:
    run = evaluate([replace(figure, gold=None) for figure in FIGURES], GOOD)
    lexicons = (replace(run.lexicons[0], digest="other"), *run.lexicons[1:])
    written(tmp_path / "run", Evaluation.of(replace(run, lexicons=lexicons)), {"good": GOOD})
    with pytest.raises(NerbenchError, match="run: was made with other lexicons"):
        load_marked_runs([tmp_path / "run"], gold_file(tmp_path / "gold.jsonl"))


def test_a_run_in_which_no_model_works_can_be_marked(tmp_path: Path) -> None:
    run = evaluate(FIGURES, Failing("broken", RuntimeError("no memory")), errors="keep")
    written(tmp_path / "run", run, {})
    runs, _ = load_marked_runs([tmp_path / "run"], gold_file(tmp_path / "gold.jsonl"))
    assert runs["run"].working == []


def test_labels_of_gold_are_renamed_when_runs_are_marked_afterwards(tmp_path: Path) -> None:
    written(tmp_path / "run", evaluate(FIGURES, GOOD), {"good": GOOD})
    path = tmp_path / "gold.jsonl"
    mention = {"start": 0, "end": 5, "text": "STAT3", "label": "PRGE"}
    path.write_text(json.dumps({"id": "F1", "mentions": [mention]}) + "\n", encoding="utf-8")
    runs, _ = load_marked_runs([tmp_path / "run"], path, {"PRGE": "GENE"})
    assert runs["run"].gold is not None
    assert runs["run"].gold.captions == 1
