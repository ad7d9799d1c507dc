"""Evaluations at a prompt: data frames, saved and compared runs, one figure, progress."""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path

import polars as pl
import pytest
from fakes import Failing, Words

import nerbench
from nerbench import CuratedGene, Evaluation, Figure, Mention, NerbenchError, compare, evaluate
from nerbench.engine.gold_rows import MarkRow
from nerbench.engine.row_tables import schema_of
from nerbench.engine.rows import CaptionRow, FigureRow, GeneRow, NameRow
from nerbench.interactive import is_interactive

LISTED = (CuratedGene(9606, "STAT3", "6774", ("STAT3",)), CuratedGene(9606, "IL6"))
CAPTION = "STAT3 and IL-6 <b> \u202e& TP53 in liver"
FIGURES = [
    Figure("PMC1__f1", CAPTION, curated=LISTED, gold=(Mention(0, 5, "STAT3"),), title="A & <B>"),
    Figure("PMC2__f1", "", curated=LISTED),
    Figure("PMC2__f2", "STAT3", curated=LISTED),
    Figure("PMC3__f1", "nothing"),
]
WORDS = Words("words", ["STAT3", "TP53"], score=0.75)
SOME = Words("some <i>", ["IL-6 <b>", "IL-6"])


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return evaluate(FIGURES, [WORDS, SOME])


def test_the_rows_are_data_frames_with_the_columns_of_the_files(evaluation: Evaluation) -> None:
    for frame, row_type, rows in (
        (evaluation.captions(), CaptionRow, 4),
        (evaluation.figures(), FigureRow, 6),
        (evaluation.names(), NameRow, 5),
        (evaluation.genes(), GeneRow, 12),
        (evaluation.marks(), MarkRow, 2),
    ):
        assert isinstance(frame, pl.DataFrame)
        assert dict(frame.schema) == {
            name: pl.DataFrame(schema={name: dtype}).schema[name]
            for name, dtype in schema_of(row_type).items()
        }
        assert len(frame) == rows
    assert evaluate(FIGURES[2], WORDS).marks().is_empty()


def test_every_column_of_the_data_frames_is_in_the_documentation() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "api.md").read_text(encoding="utf-8")
    for row_type in (CaptionRow, FigureRow, NameRow, GeneRow, MarkRow):
        for column in row_type._fields:
            assert f"`{column}`" in page, column


def test_a_saved_evaluation_is_loaded_with_the_same_scores(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    folder = tmp_path / "a run"
    evaluation.save(folder)
    loaded = Evaluation.load(folder)
    assert loaded.scores == evaluation.scores
    assert loaded.signature == evaluation.signature
    assert loaded.names().equals(evaluation.names())
    assert loaded.show("PMC1").html == evaluation.show("PMC1").html
    with pytest.raises(NerbenchError, match="is no folder of a run"):
        Evaluation.load(tmp_path)


def test_evaluations_and_folders_are_compared(tmp_path: Path) -> None:
    words, some = evaluate(FIGURES, WORDS), evaluate(FIGURES, SOME)
    words.save(tmp_path / "words")
    both = compare(tmp_path / "words", some)
    assert {model.name for model in both.models} == {"words", "some <i>"}
    assert both.comparisons
    by_name = {row.model: row.rates for row in both.model_scores if row.level == "family"}
    assert by_name == {
        row.model: row.rates
        for row in (*words.model_scores, *some.model_scores)
        if row.level == "family"
    }
    twice = compare(words, words, str(tmp_path / "words"))
    names = {model.name for model in twice.models}
    assert names == {"words (run 1)", "words (run 2)", "words (words)"}
    saved = tmp_path / "both"
    both.save(saved)
    assert Evaluation.load(saved).scores == both.scores


def test_what_cannot_be_compared_is_said(evaluation: Evaluation, tmp_path: Path) -> None:
    with pytest.raises(NerbenchError, match="there is nothing to compare"):
        compare()
    with pytest.raises(TypeError, match=r"one by one: compare\(\*runs\); not a list"):
        compare([evaluation, evaluation])  # type: ignore[arg-type]
    with pytest.raises(NerbenchError, match="gold marks the runs of folders"):
        compare(evaluation, gold="shipped")
    with pytest.raises(NerbenchError, match="is no folder of a run"):
        compare(evaluation, tmp_path)
    other = evaluate(FIGURES[:1], WORDS)
    with pytest.raises(NerbenchError, match="corpus"):
        compare(evaluation, other)
    assert compare(evaluation, other, anyway=True).corpus.figures == 1


def text_of(markup: str) -> str:
    markup = re.sub(r"<style>.*?</style>|<span class=\"said\">.*?</span>", "", markup, flags=re.S)
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


def test_a_figure_is_shown_with_names_missed_genes_and_gold(evaluation: Evaluation) -> None:
    view = evaluation.show("PMC1__f1")
    assert repr(view) == "FigureView('PMC1__f1', words, some <i>)"
    assert view._repr_html_() == view.html
    marks = re.findall(r'<mark class="([^"]+)" title="([^"]*)">([^<]*)<', view.html)
    assert ("on-list annotated", "STAT3") in [(kinds, text) for kinds, _, text in marks]
    assert ("missed", "IL-6") in [(kinds, text) for kinds, _, text in marks]
    assert ("off-list", "TP53") in [(kinds, text) for kinds, _, text in marks]
    (stat3,) = [says for kinds, says, text in marks if text == "STAT3" and "on-list" in kinds]
    assert stat3 == "on the list: human STAT3, at level symbol, score 0.75; marked in the gold"
    for says in ("recovered by STAT3 (symbol)", "missed: not-detected", "1 of 2 names on the list"):
        assert says in text_of(view.html)


def test_a_shown_caption_is_whole_and_safe(evaluation: Evaluation) -> None:
    markup = evaluation.show("PMC1__f1").html
    captions = re.findall(r'<p class="caption" dir="auto">(.*?)</p>', markup, flags=re.S)
    assert [text_of(caption) for caption in captions] == [CAPTION.replace("\u202e", "[U+202E]")] * 2
    assert "<b>" not in markup
    assert "<i>" not in markup
    assert "<script" not in markup
    assert "A &amp; &lt;B&gt;" in markup


def test_a_mark_is_told_apart_without_colour_and_by_a_screen_reader(
    evaluation: Evaluation,
) -> None:
    markup = evaluation.show("PMC1__f1", "words").html
    assert '<span class="said"> (missed: human IL6, not-detected) </span></mark>' in markup
    for rule in ("underline solid", "underline dotted", "underline dashed"):
        assert rule in markup
    assert markup.count('<th scope="col">') == 4
    assert markup.startswith('<section class="nerbench-figure" aria-label="Figure PMC1__f1">')


def test_the_models_to_show_can_be_chosen(evaluation: Evaluation) -> None:
    assert evaluation.show("PMC1__f1", ["some <i>"]).models == ("some <i>",)
    assert evaluation.show("PMC1__f1", ["some <i>", "words"]).models == ("some <i>", "words")
    with pytest.raises(NerbenchError, match=r"no model 'wrods'.*did you mean 'words'"):
        evaluation.show("PMC1__f1", "wrods")


def test_a_figure_is_found_by_its_paper_if_it_is_the_only_one(evaluation: Evaluation) -> None:
    for name in ("PMC1", "pmc1", "PMC1__F1.jpg"):
        assert evaluation.show(name).figid == "PMC1__f1"
    with pytest.raises(NerbenchError, match="PMC2 means 2 figures: PMC2__f1, PMC2__f2"):
        evaluation.show("PMC2")
    with pytest.raises(NerbenchError, match="no figure 'PMC1__f2' among the 4, such as PMC"):
        evaluation.show("PMC1__f2")
    with pytest.raises(NerbenchError, match="no figure 'x' among the 4, such as PMC1__f1"):
        evaluation.show("x")
    with pytest.raises(TypeError, match="figid is the id of a figure, a string; not 3"):
        evaluation.show(3)  # type: ignore[arg-type]


def test_figures_without_caption_list_or_working_model_are_shown(evaluation: Evaluation) -> None:
    assert "(no caption)" in evaluation.show("PMC2__f1").html
    unscored = text_of(evaluation.show("PMC3__f1").html)
    assert "not scored: no supported organism in scope" in unscored
    assert "nothing" in unscored
    failed = evaluate(FIGURES, Failing("broken", ValueError("x")), errors="keep")
    assert "STAT3 and IL-6" in text_of(failed.show("PMC1__f1").html)


def test_progress_is_shown_if_asked_for_and_not_in_a_script(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert not is_interactive()
    evaluate(FIGURES, WORDS)
    assert capsys.readouterr().err == ""
    evaluate(FIGURES, WORDS, progress=True)
    assert "recognizing:   0%" in capsys.readouterr().err
    evaluate(iter(FIGURES), WORDS, progress=True)
    assert "recognizing: 0 figures" in capsys.readouterr().err


def test_progress_is_shown_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert is_interactive()
    monkeypatch.setattr(sys, "stderr", None)
    assert not is_interactive()


def test_a_script_of_a_user_is_checked_by_mypy_as_strictly_as_it_goes(tmp_path: Path) -> None:
    api = pytest.importorskip("mypy.api", reason="needs nerbench[dev]")
    script = Path(__file__).parents[1] / "files" / "user_script.py"
    options = ["--strict", "--config-file=", f"--cache-dir={tmp_path}", "--no-error-summary"]
    # Packages without types are reported in nerbench's own files only, whose errors are silenced.
    output, errors, status = api.run([*options, "--follow-imports=silent", str(script)])
    assert (output, errors, status) == ("", "", 0)


def test_the_shipped_data_are_there() -> None:
    assert nerbench.data.seed.is_file()
    assert (nerbench.data.gold / "seed.jsonl").is_file()
