"""`nerbench run` without arguments: the default recognizer on the shipped record."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from command_line import CommandLine, Completed, micro, shell

from nerbench.reports.summary import summary_schema


@pytest.fixture(scope="module")
def seed_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Completed, Path]:
    """`nerbench run` and nothing else, in an empty folder with a space in its name."""
    folder = tmp_path_factory.mktemp("an empty folder")
    return shell("run", cwd=folder), folder / "reports" / "run"


def test_run_alone_measures_the_default_on_the_seed(seed_run: tuple[Completed, Path]) -> None:
    result, _ = seed_run
    assert (result.status, result.err) == (0, "")
    assert "default" in result.out
    for head in ("names", "hits", "precision", "recall", "in-caption recall", "F1"):
        assert head in result.out
    assert "report.md" in result.out


def test_run_writes_every_file_of_the_contract(seed_run: tuple[Completed, Path]) -> None:
    _, folder = seed_run
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files >= {
        "summary.json", "scores.tsv", "figures.tsv", "names.parquet", "genes.parquet",
        "captions.parquet", "counts.parquet", "predictions/default.jsonl", "report.md",
        "report.html", "run.log.json",
    }  # fmt: skip
    assert not [name for name in files if name.endswith(".part")]


def test_the_summary_of_the_seed_is_valid_and_correct(seed_run: tuple[Completed, Path]) -> None:
    _, folder = seed_run
    data = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(summary_schema()).validate(data)
    assert data["corpus"]["curated_by_organism"] == {"human": 34, "fly": 22}
    assert (
        micro(folder, model="default")["curated"],
        micro(folder, model="default")["reachable"],
    ) == (34, 17)


def test_no_progress_bar_in_a_pipe(seed_run: tuple[Completed, Path]) -> None:
    result, _ = seed_run
    assert "\r" not in result.out + result.err
    assert "\x1b" not in result.out + result.err


def test_times_and_machine_facts_are_only_in_the_log(
    seed_run: tuple[Completed, Path],
) -> None:
    _, folder = seed_run
    facts = json.loads((folder / "run.log.json").read_text(encoding="utf-8"))
    assert {"seconds", "started", "versions"} <= facts.keys()
    for name in ("summary.json", "report.md"):
        assert facts["started"][:10] not in (folder / name).read_text(encoding="utf-8")


def test_the_same_run_gives_the_same_bytes_in_another_process(
    seed_run: tuple[Completed, Path], tmp_path: Path, call: CommandLine
) -> None:
    _, folder = seed_run
    assert call("run", "--quiet", "--out", tmp_path / "again").status == 0
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "run.log.json":
            other = tmp_path / "again" / path.relative_to(folder)
            assert path.read_bytes() == other.read_bytes(), path.name
