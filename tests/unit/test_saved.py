"""Runs rebuilt from their files, and put side by side."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest
from fakes import Failing, Words

from nerbench import CuratedGene, Evaluation, Figure, NerbenchError, evaluate
from nerbench.engine.compare import compare_runs, load_runs
from nerbench.engine.load import load_run
from nerbench.engine.row_tables import schema_of
from nerbench.engine.rows import CountRow
from nerbench.reports import write_reports
from nerbench.reports.context import ReportContext
from nerbench.reports.markdown import markdown
from nerbench.reports.summary import summary, summary_json, summary_schema
from nerbench.scoring.counts import FIELDS

WORDS = ("STAT3", "VEGFA", "EGFR", "TP53", "MDM2", "p53")


def scored(name: str, words: Sequence[str]) -> Words:
    """A recognizer that scores its mentions by their place."""
    return Words(name, words, score=lambda match: 0.5 + 0.01 * match.start())


def figure(at: int) -> Figure:
    named = " and ".join(WORDS[at % 3 :: 1 + at % 2])
    fly = (CuratedGene(7227, "p53"),) if at % 3 == 0 else ()
    return Figure(
        f"F{at:02}",
        named if at else "",
        ("Homo sapiens", "Drosophila melanogaster") if at % 3 == 0 else ("Homo sapiens",),
        curated=(CuratedGene(9606, "STAT3"), CuratedGene(9606, WORDS[1 + at % 4]), *fly),
        unassigned=("zzz",) * (at % 2),
        title=' a "title"\twith\n  white space ' if at % 2 else "",
        year=str(2010 + at % 3),
        published="as published" if at == 5 else "",
    )


FIGURES = [*(figure(at) for at in range(14)), Figure("M", "Hspa5", ("Mus musculus",))]
GOOD, POOR, OTHER = (scored("good", WORDS), scored("poor", WORDS[:1]), scored("other", WORDS[1:]))


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return evaluate(
        FIGURES,
        [POOR, GOOD, Failing("broken", RuntimeError("no memory left"))],
        seed=4,
        by=["pmcid"],
    )


@pytest.fixture(scope="module")
def folder(evaluation: Evaluation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "one"
    write_reports(evaluation, folder)
    return folder


# --- what is written


def test_counts_parquet_has_the_counts_of_every_figure(
    evaluation: Evaluation, folder: Path
) -> None:
    table = pl.read_parquet(folder / "counts.parquet")
    assert dict(table.schema) == {name: kind() for name, kind in schema_of(CountRow).items()}
    assert "M" not in table["figid"]  # no supported organism
    assert set(table["model"]) == {"good", "poor"}
    for row in evaluation.scores:
        if row.average == "micro":
            own = table.filter(model=row.model, organism=row.organism, level=row.level)
            assert len(own) == row.figures
            assert own.select(FIELDS).sum().row(0) == row.counts.values()


# --- a run rebuilt


def test_a_rebuilt_run_has_the_same_numbers_to_the_bit(
    evaluation: Evaluation, folder: Path
) -> None:
    again = load_run(folder)
    assert again.scores == evaluation.scores
    assert again.comparisons == evaluation.comparisons
    assert again.strata == evaluation.strata
    assert summary_json(again) == summary_json(evaluation)
    assert repr(again) == repr(evaluation)


def files(folder: Path) -> list[Path]:
    """The files in a folder and its folders, as paths in it."""
    return [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]


def test_a_rebuilt_run_writes_the_same_files(folder: Path, tmp_path: Path) -> None:
    write_reports(load_run(folder), tmp_path / "again")
    for path in files(folder):
        assert (folder / path).read_bytes() == (tmp_path / "again" / path).read_bytes(), path


def test_a_rebuilt_run_can_be_written_into_its_own_folder(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    write_reports(load_run(tmp_path), tmp_path)
    for path in files(folder):
        assert (folder / path).read_bytes() == (tmp_path / path).read_bytes(), path


def test_a_run_of_failed_models_only_can_be_rebuilt(tmp_path: Path) -> None:
    failed = evaluate(FIGURES, Failing("broken", RuntimeError("no memory left")), errors="keep")
    write_reports(failed, tmp_path)
    assert summary_json(load_run(tmp_path)) == summary_json(failed)


def test_a_run_without_a_figure_in_scope_can_be_rebuilt(tmp_path: Path) -> None:
    nothing = evaluate([FIGURES[-1]], GOOD)
    write_reports(nothing, tmp_path)
    assert summary_json(load_run(tmp_path)) == summary_json(nothing)
    assert summary_json(compare_runs({"a": nothing, "b": nothing})).count('"M"') == 1


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("summary.json", None, "is no folder of a run: it has no summary.json"),
        ("summary.json", b"{", "is not a run's summary; run again"),
        ("summary.json", b"[]", "is not a run's summary; run again"),
        ("summary.json", b'{"schema_version": 4}', "has version 4, this nerbench reads 5"),
        ("summary.json", b'{"schema_version": 5}', "is not a run's summary .*KeyError"),
        ("names.parquet", None, "is no whole run: it has no names.parquet; run again"),
        ("names.parquet", b"PAR", r"names.parquet: cannot be read \(.*\); run again"),
        ("figures.tsv", b"figid\tmodel\nF\tgood\n", r"figures.tsv: cannot be read \(.*run again"),
    ],
)
def test_a_folder_that_is_no_run_is_one_clear_error(
    folder: Path, tmp_path: Path, file: str, content: bytes | None, said: str
) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / file).unlink()
    if content is not None:
        (tmp_path / file).write_bytes(content)
    with pytest.raises(NerbenchError, match=said) as caught:
        load_run(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("cut", "said"),
    [
        (lambda text: text[:-1], r"figures.tsv: cannot be read \(its last line is cut off\)"),
        (lambda text: text[: len(text) // 2], r"figures.tsv: cannot be read \(its last line is"),
        (lambda text: text[: text.rindex(b"\n", 0, -1) + 1], "figures.tsv: does not fit the run's"),
        (lambda text: text[: text.index(b"\n") + 1], "figures.tsv: does not fit the run's other"),
    ],
)
def test_a_table_that_is_cut_short_is_one_clear_error(
    folder: Path, tmp_path: Path, cut: Callable[[bytes], bytes], said: str
) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "figures.tsv"
    path.write_bytes(cut(path.read_bytes()))
    with pytest.raises(NerbenchError, match=said):
        load_run(tmp_path)


def test_tables_that_were_written_in_part_are_not_taken_for_the_earlier_run(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    write_reports(evaluation, tmp_path)
    (tmp_path / "names.parquet").unlink()
    (tmp_path / "names.parquet").mkdir()
    with pytest.raises(NerbenchError, match=r"names\.parquet: cannot be written"):
        write_reports(evaluation, tmp_path)
    with pytest.raises(NerbenchError, match=r"has no summary\.json"):
        load_run(tmp_path)


def test_tables_of_two_runs_mixed_up_are_one_clear_error(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    table = pl.read_parquet(folder / "counts.parquet")
    table.with_columns(figid="X" + pl.col("figid")).write_parquet(tmp_path / "counts.parquet")
    with pytest.raises(NerbenchError, match="does not fit the run's other files"):
        load_run(tmp_path)


# --- runs side by side


def rows(found: Evaluation, name: str) -> dict[tuple[Any, ...], Any]:
    """Rows of a summary by what they are about."""
    about = ("model", "organism", "level", "average", "column", "value", "a", "b", "metric")
    return {tuple(row.get(key) for key in about): row for row in summary(found)[name]}


def test_one_run_compared_has_the_numbers_of_the_run(evaluation: Evaluation, folder: Path) -> None:
    joined = compare_runs(load_runs([folder]))
    assert [model.name for model in joined.models] == ["good", "poor", "broken"]  # by F1
    for name in ("scores", "strata", "unions", "curves"):
        assert rows(joined, name) == rows(evaluation, name)
    for one, other in zip(joined.comparisons, evaluation.comparisons, strict=True):
        assert (one.a, one.b) == (other.b, other.a)
        assert one.difference == (None if other.difference is None else -other.difference)
        assert (one.p, one.p_holm) == (other.p, other.p_holm)
        if other.ci95 is not None:
            assert one.ci95 == pytest.approx((-other.ci95[1], -other.ci95[0]))
    assert joined.corpus.digest == evaluation.corpus.digest
    assert joined.joined is not None
    assert joined.joined.notes() == []


def test_two_runs_compared_are_the_run_of_their_models() -> None:
    together = evaluate(FIGURES, [GOOD, OTHER, POOR])
    apart = {
        "b": evaluate(FIGURES[::-1], [OTHER, POOR]),  # read in another order
        "a": evaluate(FIGURES, GOOD),
    }
    joined = compare_runs(apart)
    assert joined.signature == together.signature
    assert joined.scores == together.scores
    assert joined.comparisons == together.comparisons
    assert joined.agreement == together.agreement
    assert joined.unions == together.unions
    assert joined.strata == together.strata
    ours, theirs = summary(joined), summary(together)
    assert {key for key in ours if ours[key] != theirs[key]} == {"joined"}


def test_what_was_joined_can_be_rebuilt_and_validates(tmp_path: Path) -> None:
    runs = {"a": evaluate(FIGURES, GOOD), "b": evaluate(FIGURES[:12], GOOD)}
    joined = compare_runs(runs, anyway=True)
    write_reports(joined, tmp_path)
    data = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(summary_schema()).validate(data)
    assert [run["missing"] for run in data["joined"]["runs"]] == [[], ["F12", "F13", "M"]]
    assert summary_json(load_run(tmp_path)) == summary_json(joined)


def test_models_of_one_name_get_the_name_of_their_run() -> None:
    joined = compare_runs({"a": evaluate(FIGURES, [POOR, GOOD]), "b": evaluate(FIGURES, POOR)})
    assert [model.name for model in joined.models] == ["good", "poor (a)", "poor (b)"]
    tables = (joined.figure_rows, joined.name_rows, joined.gene_rows)
    for table in tables:
        assert {row["model"] for row in table} == {"good", "poor (a)", "poor (b)"}
    difference = next(row for row in joined.comparisons if row.a == "poor (a)")
    assert (difference.difference, difference.p) == (0.0, 1.0)


def test_only_the_figures_that_all_runs_hold_with_one_content_are_compared() -> None:
    changed = [replace(FIGURES[3], caption="VEGFA"), *FIGURES[4:], Figure("X", "STAT3")]
    runs = {"a": evaluate(FIGURES, GOOD), "b": evaluate(changed, POOR)}
    with pytest.raises(NerbenchError) as caught:
        compare_runs(runs)
    assert re.fullmatch(
        r"the runs differ in corpus \(15 figures, digest \w+, in a and 13 figures, digest \w+, in b"
        r"\); a lacks 2 figures of the other runs: F03, X; b lacks 4 figures of the other runs: "
        r"F00, F01, F02, \.\.\.; --anyway compares the figures that the runs share",
        str(caught.value),
    )
    joined = compare_runs(runs, anyway=True)
    alone = evaluate(FIGURES[4:], [GOOD, POOR])
    assert list(joined.figids) == [one.figid for one in FIGURES[4:]]
    assert joined.corpus == alone.corpus
    assert joined.scores == alone.scores
    assert joined.agreement == alone.agreement
    assert joined.signature != alone.signature  # it was joined of runs that differ
    assert joined.signature.startswith(alone.signature)
    report = markdown(ReportContext.of(joined))
    assert "b lacks 4 figures of the other runs, compared in none: F00, F01, F02, F03" in report
    assert "The runs differ in corpus" in report


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"level": "symbol"}, r"level \(family in a and symbol in b\)"),
        ({"organism": "human"}, r"scope \(auto in a and 9606 in b\)"),
        ({"abbreviations": False}, r"abbreviations \(\S+ in a and off in b\)"),
    ],
)
def test_runs_that_differ_are_refused_unless_told_to(change: dict[str, Any], said: str) -> None:
    runs = {"a": evaluate(FIGURES, GOOD), "b": evaluate(FIGURES, OTHER, **change)}
    with pytest.raises(NerbenchError, match=f"the runs differ in {said}; --anyway"):
        compare_runs(runs)
    joined = compare_runs(runs, anyway=True)
    assert {model.name for model in joined.working} == {"good", "other"}
    assert joined.joined is not None
    (note,) = joined.joined.notes()
    assert re.search(said, note)
    for row in joined.agreement:  # over the genes that both have in scope
        assert row.both + row.only_a + row.only_b + row.neither > 0
    jsonschema.Draft202012Validator(summary_schema()).validate(summary(joined))
    assert "The runs differ in" in markdown(ReportContext.of(joined))


def test_runs_of_other_lexicons_and_versions_are_refused() -> None:
    one, other = (evaluate(FIGURES, model) for model in (GOOD, OTHER))
    changed = (replace(other.lexicons[0], digest="0" * 16), *other.lexicons[1:])
    other = replace(other, version="0.0.1", lexicons=changed)
    with pytest.raises(NerbenchError) as caught:
        compare_runs({"a": one, "b": other})
    assert "the runs differ in lexicons (9606@" in str(caught.value)
    assert "the runs differ in version of nerbench (0." in str(caught.value)
    joined = compare_runs({"a": one, "b": other}, anyway=True)
    assert joined.version.endswith("+0.0.1")
    assert joined.lexicons[0].digest.endswith("+" + "0" * 16)


def test_what_was_joined_of_runs_that_differ_still_differs_when_joined_again() -> None:
    runs = {"a": evaluate(FIGURES, GOOD), "b": evaluate(FIGURES[:12], POOR)}
    again = {"both": compare_runs(runs, anyway=True)}
    with pytest.raises(NerbenchError, match=r"the runs differ in corpus .* in a and .* in b"):
        compare_runs(again)
    assert "|runs:" in compare_runs(again, anyway=True).signature


def test_an_organism_that_one_run_does_not_know_is_left_out() -> None:
    one, other = (evaluate(FIGURES, model) for model in (GOOD, OTHER))
    one = replace(
        one,
        lexicons=one.lexicons[:1],
        in_scope=one.in_scope[:, [0, 2]],
        models=tuple(replace(model, counts=model.counts[:, :, [0, 2]]) for model in one.models),
    )
    joined = compare_runs({"a": one, "b": other}, anyway=True)
    assert joined.organisms == ("human", "all")
    human = [row.counts for row in joined.scores if (row.model, row.organism) == ("other", "human")]
    assert human == [row.counts for row in other.scores if row.organism == "human"]


def test_runs_without_a_common_figure_are_refused() -> None:
    runs = {"a": evaluate(FIGURES[:3], GOOD), "b": evaluate(FIGURES[3:], GOOD)}
    with pytest.raises(NerbenchError, match="the runs a, b have no figure in common"):
        compare_runs(runs, anyway=True)


def test_seed_and_columns_are_those_of_the_runs_or_those_given(evaluation: Evaluation) -> None:
    runs = {"a": evaluation, "b": evaluate(FIGURES, OTHER, by=["title"])}
    assert (compare_runs(runs).seed, compare_runs(runs).by) == (4, ("pmcid", "title"))
    joined = compare_runs(runs, seed=0, by=["hits"])
    assert (joined.seed, joined.by) == (0, ("pmcid", "title", "hits"))
    with pytest.raises(NerbenchError, match="no column 'colour'"):
        compare_runs(runs, by=["colour"])


def test_runs_go_by_their_folders_name_or_path(tmp_path: Path) -> None:
    for name in ("x/run", "y/run", "z"):
        write_reports(evaluate(FIGURES, GOOD), tmp_path / name)
    runs = load_runs([tmp_path / "x/run", tmp_path / "y/run", tmp_path / "z", tmp_path / "z/../z"])
    assert list(runs) == [str(tmp_path / "x/run"), str(tmp_path / "y/run"), "z"]
