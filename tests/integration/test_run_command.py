"""`nerbench run`: models, options, thresholds, intervals and strata."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from command_line import CommandLine, Completed, WritePredictions, mention, micro, record

from nerbench.reports.summary import summary_schema


def test_a_run_skips_bad_files_and_names_them(call: CommandLine, corpus: Path) -> None:
    result = call("run", corpus, "-m", "lexicon", "-o", "out")
    assert result.status == 0
    first, second = result.err.splitlines()
    assert "notes.txt: no record" in first
    assert "truncated.md: line 4: not YAML" in second
    row = micro(Path("out"))
    assert (row["figures"], row["curated"], row["recovered"]) == (3, 4, 3)


def test_several_models_are_run_on_the_same_figures(
    call: CommandLine, corpus: Path, pipeline: Path
) -> None:
    result = call("run", corpus, "-m", "lexicon", "-m", pipeline, "-o", "out", "-q")
    assert result.status == 0
    assert micro(Path("out"), model="lexicon")["recovered"] == 3
    assert micro(Path("out"), model="only_stat3")["recovered"] == 1
    files = sorted(path.name for path in Path("out/predictions").iterdir())
    assert files == ["lexicon.jsonl", "only_stat3.jsonl"]


def test_a_model_named_twice_is_run_once(call: CommandLine, corpus: Path) -> None:
    assert call("run", corpus, "-m", "lexicon", "-m", "lexicon", "-o", "out").status == 0


def test_two_models_of_one_name_are_refused(
    call: CommandLine, corpus: Path, tmp_path: Path
) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.yaml").write_text("kind: lexicon\n", encoding="utf-8")
    cards = (tmp_path / "x/same.yaml", tmp_path / "y/same.yaml")
    result = call("run", corpus, "-m", cards[0], "-m", cards[1])
    assert result.status == 2
    assert "two models are called 'same'" in result.message


def test_a_model_that_cannot_be_loaded_fails_alone(
    call: CommandLine, corpus: Path, tmp_path: Path
) -> None:
    card = tmp_path / "absent.yaml"
    card.write_text("kind: spacy\nsource: en_absent\nrequirement: en-absent\n", encoding="utf-8")
    result = call("run", corpus, "-m", card, "-m", "lexicon", "-o", "out", "-q")
    assert result.status == 1
    assert "absent: the spaCy pipeline 'en_absent' cannot be loaded" in result.message
    assert "nerbench models install absent" in result.message
    assert micro(Path("out"))["model"] == "lexicon"
    report = Path("out/report.md").read_text(encoding="utf-8")
    assert "- **absent**: absent: the spaCy pipeline" in report
    assert not Path("out/predictions/absent.jsonl").exists()


def test_quiet_prints_nothing_when_all_is_well(call: CommandLine, corpus: Path) -> None:
    assert call("run", corpus, "-m", "lexicon", "-o", "out", "--quiet") == Completed(0, "", "")


def test_a_limit_stops_after_so_many_figures(call: CommandLine, corpus: Path) -> None:
    assert call("run", corpus, "-m", "lexicon", "-o", "out", "--limit", "1", "-q").status == 0
    data = json.loads(Path("out/summary.json").read_text(encoding="utf-8"))
    assert data["corpus"]["figures"] == 1


def test_paths_with_spaces_and_greek_letters_are_fine(call: CommandLine, corpus: Path) -> None:
    copy = shutil.copytree(corpus, "my corpus κ")
    assert call("run", copy, "-m", "lexicon", "-o", "my results β/run", "-q").status == 0
    assert micro(Path("my results β/run"))["recovered"] == 3


def test_an_out_folder_of_an_earlier_run_is_used_again(call: CommandLine, corpus: Path) -> None:
    assert call("run", corpus, "-m", "lexicon", "-o", "out", "-q", "--limit", "1").status == 0
    assert call("run", corpus, "-m", "lexicon", "-o", "out", "-q").status == 0
    assert micro(Path("out"))["figures"] == 3


def test_predictions_of_an_earlier_run_are_removed(tmp_path: Path) -> None:
    for name in ("default", "lexicon"):
        command = ["run", "--model", name, "--out", str(tmp_path), "--quiet", "--force"]
        subprocess.run([sys.executable, "-m", "nerbench", *command], check=True)
    assert [path.name for path in (tmp_path / "predictions").iterdir()] == ["lexicon.jsonl"]


@pytest.mark.parametrize(("organism", "scope"), [("human", "9606"), ("7227,9606", "7227,9606")])
def test_the_organism_overrides_the_records(
    call: CommandLine, corpus: Path, organism: str, scope: str
) -> None:
    result = call("run", corpus, "-m", "lexicon", "-o", "out", "-q", "--organism", organism)
    assert result.status == 0
    data = json.loads(Path("out/summary.json").read_text(encoding="utf-8"))
    organisms = {row["organism"] for row in data["scores"]} - {"all"}
    assert organisms == {"human"}  # no list has a gene of the fly
    assert data["scope"] == scope


def test_the_level_is_that_of_the_table_and_the_reasons(call: CommandLine, corpus: Path) -> None:
    result = call("run", corpus, "-m", "lexicon", "-o", "out", "--level", "symbol")
    assert "level symbol" in result.out
    assert json.loads(Path("out/summary.json").read_text(encoding="utf-8"))["level"] == "symbol"


@pytest.mark.parametrize(
    ("threshold", "status"),
    [
        (("--min-recall", "0.75"), 0),
        (("--min-recall", "0.76"), 1),
        (("--min-precision", "0.75"), 0),
        (("--min-precision", "0.76"), 1),
        (("--min-f1", "0.75"), 0),
        (("--min-f1", "0.9"), 1),
    ],
)
def test_a_missed_threshold_ends_with_1_and_names_the_rate(
    call: CommandLine, corpus: Path, threshold: tuple[str, str], status: int
) -> None:
    # Recovered: STAT3, VEGFA, TP53 of four genes; names: these and MDM2.
    result = call("run", corpus, "-m", "lexicon", "-o", "out", "-q", *threshold)
    assert result.status == status
    name = threshold[0].removeprefix("--min-")
    assert result.err == (
        f"nerbench: lexicon: {name} is 0.7500, below {threshold[1]}\n" if status else ""
    )
    assert Path("out/report.md").exists()


def test_a_threshold_on_a_rate_that_is_not_defined_is_missed(
    call: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "A.md").write_text(record("A", "nothing here", "TP53"), encoding="utf-8")
    result = call("run", tmp_path / "A.md", "-m", "lexicon", "-q", "--min-precision", "0")
    assert result.status == 1
    assert "precision is not defined" in result.message


def test_the_seed_changes_no_interval_and_is_in_the_signature(
    call: CommandLine, tmp_path: Path
) -> None:
    for number in range(12):
        names = "STAT3 and TP53" if number % 3 else "STAT3 or MYC"
        text = record(f"F{number:02}", names, "STAT3", "TP53", *(["KRAS"] if number % 2 else []))
        (tmp_path / f"{number}.md").write_text(text, encoding="utf-8")
    for seed in ("0", "5"):
        assert call("run", tmp_path, "-m", "lexicon", "-o", seed, "-q", "--seed", seed).status == 0
    rows = [micro(Path(seed)) for seed in ("0", "5")]
    assert rows[0]["recall"] == rows[1]["recall"]
    low, high = rows[0]["ci95"]["recall"]
    assert low < rows[0]["recall"] < high
    assert rows[0]["ci95"] == rows[1]["ci95"]
    assert json.loads(Path("5/summary.json").read_text(encoding="utf-8"))["seed"] == 5
    report = Path("5/report.md").read_text(encoding="utf-8")
    assert "|seed:5" in report
    assert f"**{rows[1]['recall']:.3f}** [{rows[1]['ci95']['recall'][0]:.2f}, " in report


def test_too_few_figures_for_an_interval_are_reported(call: CommandLine, corpus: Path) -> None:
    assert call("run", corpus, "-m", "lexicon", "-o", "out", "-q").status == 0
    assert set(micro(Path("out"))["ci95"].values()) == {None}
    report = Path("out/report.md").read_text(encoding="utf-8")
    assert "too few figures (fewer than 10)" in report


@pytest.mark.parametrize("command", ["run", "score"])
def test_scores_are_broken_down_by_any_column_of_figures_tsv(
    call: CommandLine, corpus: Path, write_predictions: WritePredictions, command: str
) -> None:
    file = write_predictions({"id": "A", "mentions": [mention(0, "STAT3")]})
    source = ["-m", "lexicon"] if command == "run" else ["-p", file]
    columns = ["--by", "names", "--by", "title"]
    assert call(command, corpus, *source, "-o", "out", "-q", *columns).status == 0
    data = json.loads(Path("out/summary.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(summary_schema()).validate(data)
    names = {row["column"] for row in data["strata"]}
    assert names >= {"names", "title", "year", "journal", "caption_length"}
    assert "By `names`:" in Path("out/report.md").read_text(encoding="utf-8")


def test_an_unknown_column_ends_with_2_before_anything_is_run(
    call: CommandLine, corpus: Path
) -> None:
    result = call("run", corpus, "-m", "lexicon", "-o", "out", "--by", "colour")
    assert result.status == 2
    assert result.message.startswith("figures.tsv has no column 'colour': use figid, model, scope")
    assert not Path("out").exists()


def test_a_run_that_scores_nothing_writes_its_files_and_ends_with_2(
    call: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "A.md").write_text(record("A", "STAT3 and TP53"), encoding="utf-8")
    (tmp_path / "B.md").write_text(record("B", "MDM2"), encoding="utf-8")
    result = call("run", tmp_path, "-m", "lexicon", "-o", "out", "-q")
    assert (result.status, result.out) == (2, "")
    assert result.message.startswith(
        "nothing is scored: no curated gene of an organism in scope (2 of 2 figures); "
    )
    data = json.loads(Path("out/summary.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(summary_schema()).validate(data)
    assert data["scores"] == []
    assert "2 figures not scored" in Path("out/report.md").read_text(encoding="utf-8")
    assert Path("out/report.html").is_file()


def test_figures_left_out_are_named_on_the_terminal(
    call: CommandLine, corpus: Path, tmp_path: Path
) -> None:
    (tmp_path / "E.md").write_text(record("E", "MDM2"), encoding="utf-8")
    result = call("run", corpus, tmp_path / "E.md", "-m", "lexicon", "-o", "out")
    assert result.status == 0
    note = "nerbench: 1 figure not scored (no curated gene of an organism in scope): E"
    assert note in result.err.splitlines()
    heads, row = (  # one organism: no row of all
        line.split() for line in result.out.splitlines() if "┃ figures" in line or "│ lexi" in line
    )
    assert row[heads.index("figures")] == "3"


def test_held_out_leaves_out_the_figures_that_a_card_lists(
    call: CommandLine, corpus: Path, tmp_path: Path
) -> None:
    (tmp_path / "seen.txt").write_text("A\n", encoding="utf-8")
    card = tmp_path / "mine.yaml"
    card.write_text("kind: lexicon\ntrained_on: seen.txt\n", encoding="utf-8")
    told = call("run", corpus, "-m", card, "-o", "all")
    assert told.status == 0
    assert "mine was trained on 1 of the 3 scored figures (precision 1.000 there, " in told.err
    held_out = call("run", corpus, "-m", card, "-m", "lexicon", "-o", "out", "--held-out")
    assert held_out.status == 0
    assert "1 figure not scored (seen in training): A" in held_out.err
    assert "trained on" not in held_out.err
    assert micro(Path("out"), model="lexicon")["figures"] == 2
    nobody = call("run", corpus, "-m", "lexicon", "-o", "none", "--held-out")
    assert "nothing to hold out: no model is known to have been trained on a figure" in nobody.err


def test_scope_from_organisms_scores_what_the_record_names(
    call: CommandLine, corpus: Path, tmp_path: Path
) -> None:
    unnamed = record("E", "MDM2", "MDM2").replace("Homo sapiens", "NA")
    (tmp_path / "E.md").write_text(unnamed, encoding="utf-8")
    arguments = ("run", corpus, tmp_path / "E.md", "-m", "lexicon", "-o", "out")
    assert "4 (1 inferred)" in call(*arguments).out
    result = call(*arguments, "--scope-from", "organisms")
    assert result.status == 0
    assert "1 figure not scored (no supported organism named by the record): E" in result.err
    assert "inferred" not in result.out
    assert micro(Path("out"))["figures"] == 3
    wrong = call(*arguments, "--scope-from", "title")
    assert (wrong.status, wrong.message) == (
        2, "unknown source of the scope 'title': use organisms",
    )  # fmt: skip
