"""Defaults of options: nerbench.toml, --config, the environment, and `nerbench config`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine


def write(text: str, name: str = "nerbench.toml") -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def summary(folder: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(Path(folder, "summary.json").read_text(encoding="utf-8"))
    return data


def shown(call: CommandLine, *arguments: str | Path) -> dict[str, Any]:
    result = call("config", *arguments, "--json")
    assert (result.status, result.err) == (0, "")
    data: dict[str, Any] = json.loads(result.out)
    return data


@pytest.fixture
def run(call: CommandLine, tmp_path: Path) -> CommandLine:
    """A command line whose folder has a small corpus, and the settings `lexicon` and `-q`."""
    write(
        "---\nfigid: A\ncaption: STAT3 turns VEGFA on\norganisms: Homo sapiens\n"
        "schema-jsonld: {keywords: [STAT3, VEGFA]}\n---\n",
        "figures/A.md",
    )
    write('quiet = true\n[run]\nmodel = "lexicon"\n')
    return call


def test_a_file_of_the_working_folder_sets_defaults(run: CommandLine) -> None:
    write('level = "symbol"\nquiet = true\n[run]\nmodel = ["lexicon"]\nout = "mine"\n')
    result = run("run", "figures")
    assert (result.status, result.out, result.err) == (0, "", "")
    data = summary("mine")
    assert data["level"] == "symbol"
    assert [model["name"] for model in data["models"]] == ["lexicon"]


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    write('quiet = true\n[run]\nmodel = "lexicon"\nlevel = "symbol"\nseed = 1\nout = "of file"\n')
    monkeypatch.setenv("NERBENCH_RUN_LEVEL", "synonym")
    monkeypatch.setenv("NERBENCH_RUN_SEED", "2")
    assert run("run", "figures", "--seed", "3").status == 0
    data = summary("of file")
    assert (data["level"], data["seed"]) == ("synonym", 3)
    rows = shown(run, "run")["commands"]["run"]
    assert rows["level"] == {
        "value": "synonym", "source": "environment", "variable": "NERBENCH_RUN_LEVEL",
    }  # fmt: skip
    assert rows["out"]["source"] == "file"
    assert (rows["organism"]["value"], rows["organism"]["source"]) == ("auto", "default")


@pytest.mark.parametrize("place", ["before", "after", "environment"])
def test_another_file_may_be_named(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    file = write('[run]\nmodel = "lexicon"\nlevel = "synonym"\nquiet = true\n', "my files/my.toml")
    command: tuple[str | Path, ...] = ("run", "figures")
    if place == "environment":
        monkeypatch.setenv("NERBENCH_CONFIG", str(file))
    else:
        named = ("--config", file)
        command = (*named, *command) if place == "before" else (*command, *named)
    assert run(*command).status == 0
    assert summary("reports/run")["level"] == "synonym"


def test_lists_and_switches_come_from_the_environment_too(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NERBENCH_RUN_BY", "year 'journal'")
    monkeypatch.setenv("NERBENCH_RUN_ABBREVIATIONS", "no")
    monkeypatch.setenv("NERBENCH_LEXICON_LOOKUP_JSON", "1")
    rows = shown(run)["commands"]
    assert rows["run"]["by"]["value"] == ["year", "journal"]
    assert rows["run"]["abbreviations"]["value"] is False
    assert rows["lexicon lookup"]["json"]["value"] is True
    assert json.loads(run("lexicon", "lookup", "MDM2").out)[0]["name"] == "MDM2"


def test_a_key_above_the_tables_holds_where_no_table_says_otherwise(run: CommandLine) -> None:
    write('level = "symbol"\norganism = "fly"\n[score]\nlevel = "synonym"\n')
    rows = shown(run)["commands"]
    assert [rows[name]["level"]["value"] for name in ("run", "score")] == ["symbol", "synonym"]
    assert rows["lexicon lookup"]["organism"]["value"] == "fly"
    assert rows["lexicon build"]["organism"]["value"] is None  # the rules of a lexicon


def test_the_form_of_a_file_may_be_that_of_windows(run: CommandLine) -> None:
    Path("nerbench.toml").write_bytes(b"\xef\xbb\xbf[run]\r\nmin_recall = 0.5\r\n")
    assert shown(run, "run")["commands"]["run"]["min-recall"]["value"] == 0.5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("levl = 'symbol'", "nerbench.toml: levl: no option; did you mean 'level'?"),
        ("[run]\nlevl = 'x'", "nerbench.toml: [run] levl: no option of run; did you mean 'level'?"),
        ("run = 3", "nerbench.toml: run: a command has a table of its options: [run]"),
        ("[rnu]\nlevel = 'x'", "nerbench.toml: [rnu]: no command; did you mean 'run'?"),
        ("[lexicon.lookp]\njson = 1", "[lexicon.lookp]: no command; did you mean 'lookup'?"),
        ("[run]\nlevel = 'famly'", "nerbench.toml: [run] level: 'famly' is none of symbol,"),
        ("level = 'famly'", "nerbench.toml: level: 'famly' is none of symbol,"),
        ("[run]\nlimit = 0", "nerbench.toml: [run] limit: 0 is below 1"),
        ("[run]\nlimit = [3]", "nerbench.toml: [run] limit: it takes one value, not a list"),
        ("[run]\nlimit = true", "nerbench.toml: [run] limit: true is no text or number"),
        ("[run]\nquiet = 'yes'", "nerbench.toml: [run] quiet: 'yes' is neither true nor false"),
        ("[run]\nmodel = [[1]]", "nerbench.toml: [run] model: [1] is no text or number"),
        ("out = 'x'", "nerbench.toml: out: it differs between commands: put it into the table"),
        ("[run]\ncorpus = 'x'", "nerbench.toml: [run] corpus: no option of run"),
        ("[run", "nerbench.toml: not TOML"),
        ("level =\n", "nerbench.toml: line 1: not TOML"),
    ],
)
@pytest.mark.parametrize("command", ["run figures", "config"])
def test_a_wrong_key_or_value_ends_with_2_and_names_file_and_key(
    run: CommandLine, text: str, message: str, command: str
) -> None:
    write(text)
    result = run(*command.split())
    assert (result.status, result.out) == (2, "")
    assert message in result.message
    assert not Path("reports").exists()


def test_a_wrong_file_does_not_hide_the_help(run: CommandLine) -> None:
    write("[run")
    assert run("run", "--help").status == 0
    assert run("--version").status == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no.toml", "no.toml: no such file or folder"),
        ("figures", "figures: cannot be read: Is a directory"),
    ],
)
def test_a_file_that_cannot_be_read_ends_with_2(run: CommandLine, name: str, message: str) -> None:
    result = run("run", "figures", "--config", name)
    assert (result.status, result.message) == (2, message)


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("NERBENCH_RUN_LEVEL", "famly", "NERBENCH_RUN_LEVEL: 'famly' is none of symbol,"),
        ("NERBENCH_RUN_QUIET", "maybe", "NERBENCH_RUN_QUIET: 'maybe' is neither true nor false"),
        ("NERBENCH_RUN_MODEL", "'my model", "NERBENCH_RUN_MODEL: a quotation mark is not closed"),
    ],
)
def test_a_wrong_variable_ends_with_2_and_is_named(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, message: str
) -> None:
    monkeypatch.setenv(variable, value)
    result = run("run", "figures")
    assert result.status == 2
    assert message in result.message


def test_a_variable_of_no_option_is_said(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NERBENCH_RUN_LEVL", "symbol")
    result = run("run", "figures")
    assert result.status == 0
    assert result.message == (
        "NERBENCH_RUN_LEVL: run has no such option; did you mean 'NERBENCH_RUN_LEVEL'?"
    )


def test_config_shows_each_option_with_value_source_and_variable(run: CommandLine) -> None:
    write('[run]\nmodel = ["lexicon", "default"]\n')
    result = run("config", "run")
    assert (result.status, result.err) == (0, "")
    assert '["lexicon", "default"] │ file    │ NERBENCH_RUN_MODEL' in result.out
    assert "file: nerbench.toml" in result.out
    wrong = run("config", "rnu")
    assert (wrong.status, wrong.message) == (2, "'rnu' is no command; did you mean 'run'?")


def test_config_shows_the_model_of_a_run_that_names_none(run: CommandLine) -> None:
    write("quiet = true\n")
    row = shown(run, "run")["commands"]["run"]["model"]
    assert (row["value"], row["source"]) == (["default"], "default")


def test_a_settings_file_that_is_no_text_is_named_for_what_it_is(run: CommandLine) -> None:
    Path("a.toml").write_bytes(b"\x89PNG\r\n\x1a\n")
    result = run("run", "figures", "--config", "a.toml")
    assert (result.status, result.message) == (2, "a.toml: no text, but a PNG image")


@pytest.mark.parametrize(
    "arguments", [("score", "-", "-p", "-"), ("run", "-", "--gold", "-")], ids=" ".join
)
def test_standard_input_is_one_input(run: CommandLine, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    expected = "-: standard input is named more than once, and can be read once; give files"
    assert (result.status, result.message) == (2, expected)
