"""`nerbench compare`: the models of several runs in one report."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
from command_line import CommandLine, Completed, micro

from nerbench.reports.summary import summary_schema


def test_runs_are_compared_as_one_run_of_all_their_models(
    call: CommandLine, corpus: Path, pipeline: Path
) -> None:
    for name, model in (("one", "lexicon"), ("two", pipeline)):
        assert call("run", corpus, "-m", model, "-o", name, "-q").status == 0
    assert call("run", corpus, "-m", "lexicon", "-m", pipeline, "-o", "both", "-q").status == 0
    result = call("compare", "two", "one", "-o", "side by side")
    assert (result.status, result.err.count("skipped")) == (0, 2)
    assert result.out.index("lexicon") < result.out.index("only_stat3")  # the better one first
    compared, expected = (
        json.loads(Path(name, "summary.json").read_text(encoding="utf-8"))
        for name in ("side by side", "both")
    )
    jsonschema.Draft202012Validator(summary_schema()).validate(compared)
    assert [run["run"] for run in compared.pop("joined")["runs"]] == ["two", "one"]
    assert expected.pop("joined") is None
    assert compared == expected
    report = Path("side by side/report.md").read_text(encoding="utf-8")
    assert "## The runs compared" in report
    assert "## Model against model" in report


def test_runs_over_different_corpora_are_compared_only_with_anyway(
    call: CommandLine, corpus: Path
) -> None:
    assert call("run", corpus, "-m", "lexicon", "-o", "all", "-q").status == 0
    assert call("run", corpus, "-m", "lexicon", "-o", "some", "-q", "--limit", "2").status == 0
    result = call("compare", "all", "some", "-o", "out")
    assert result.status == 2
    assert result.message.startswith("the runs differ in corpus (3 figures, digest ")
    assert "some lacks 1 figure of the other runs: C; --anyway compares" in result.message
    assert not Path("out").exists()
    result = call("compare", "all", "some", "-o", "out", "--anyway")
    assert result.status == 0
    assert "some lacks 1 figure of the other runs: C" in result.err
    assert micro(Path("out"), model="lexicon (some)") == (
        micro(Path("some"), model="lexicon") | {"model": "lexicon (some)"}
    )
    assert call("compare", "all", "some", "-o", "out", "--anyway", "-q") == Completed(0, "", "")


def test_runs_over_corpora_without_a_common_figure_stand_on_a_leaderboard(
    call: CommandLine, corpus: Path, tmp_path: Path
) -> None:
    assert call("run", corpus, "-m", "lexicon", "-o", "one", "-q").status == 0
    assert call("run", "-m", "lexicon", "-o", "two", "-q").status == 0  # the shipped figure
    result = call("compare", "one", "two", "-o", "board")
    assert result.status == 0
    assert "share no figure" in result.message
    assert "leaderboard: board/leaderboard.html" in result.out
    files = sorted(path.name for path in Path("board").iterdir())
    assert files == ["leaderboard.html", "run.log.json"]
    page = Path("board/leaderboard.html").read_bytes()
    assert call("compare", "one", "two", "-o", "board", "-q") == Completed(0, "", "")
    assert Path("board/leaderboard.html").read_bytes() == page
    result = call("compare", "one", "two", "-o", "board", "-q", "--min-recall", "1")
    assert (result.status, result.err.count("recall is")) == (1, 2)


def test_a_comparison_that_misses_a_threshold_ends_with_1(call: CommandLine, corpus: Path) -> None:
    assert call("run", corpus, "-m", "lexicon", "-o", "one", "-q").status == 0
    result = call("compare", "one", "-o", "out", "-q", "--min-recall", "0.8")
    assert (result.status, result.message) == (1, "lexicon: recall is 0.7500, below 0.8")


def test_a_folder_without_a_run_cannot_be_compared(call: CommandLine, corpus: Path) -> None:
    result = call("compare", corpus, "-o", "out")
    assert (result.status, result.message) == (
        2,
        f"{corpus}: is no folder of a run: it has no summary.json",
    )


def test_a_comparison_does_not_overwrite_a_run(call: CommandLine, corpus: Path) -> None:
    assert call("run", corpus, "-m", "lexicon", "-o", "one", "-q").status == 0
    result = call("compare", "one", "-o", "one")
    assert (result.status, result.message) == (2, "one: holds one of the runs; give another --out")
