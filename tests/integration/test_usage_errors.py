"""Help, wrong usage and unusable input or output: exit status 2 and one line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from command_line import SEEDS, CommandLine, Completed, WritePredictions, shell
from typer.main import get_command

from nerbench.cli.app import app
from nerbench.cli.settings import walk


def test_the_version_is_shown(call: CommandLine) -> None:
    assert call("--version") == Completed(0, "0.1.0\n", "")


COMMANDS = {" ".join(words): command for words, command in walk(get_command(app))}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_in_80_columns(
    call: CommandLine, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    result = call(*command.split(), "--help")
    assert (result.status, result.err) == (0, "")
    lines = result.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert f"Usage: nerbench {command}" in result.out
    assert f" nerbench {command}" in result.out.partition("Examples:")[2]
    assert not re.search(r"<(bool|int|float|str|path|list)|range", result.out)
    named = {name for param in COMMANDS[command].params for name in param.opts if "--" in name}
    assert [name for name in sorted(named) if not re.search(rf"{name}\b", result.out)] == []


def test_options_of_a_run_are_in_groups(call: CommandLine) -> None:
    out = call("run", "--help").out
    panels = re.findall(r"─ ([\w ]+) ─", out)
    assert panels[:3] == ["Arguments", "Figures and models", "Output"]
    assert {"Scoring", "Reading captions", "Speed", "Exit status 1 below", "General"} < set(panels)


@pytest.mark.parametrize("words", ["", "models", "lexicon", "corpus"])
def test_a_group_without_a_command_shows_its_commands_and_ends_with_2(
    call: CommandLine, words: str
) -> None:
    result = call(*words.split())
    assert (result.status, result.err) == (2, "")
    assert "─ Commands ─" in result.out


def test_a_wrong_path_ends_with_2_and_one_line(tmp_path: Path) -> None:
    result = shell("run", "no where", cwd=tmp_path)
    assert (result.status, result.out) == (2, "")
    assert result.message == "no where: no such file or folder"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--model", "no-such"), "unknown model 'no-such'"),
        (("--model", "no-such.yaml"), "no-such.yaml: no such card"),
        (("--organism", "martian"), "unknown organism 'martian': use auto, all, or human (9606)"),
        (("--organism", "10090"), "unknown organism '10090'"),
        (("--organism", ""), "unknown organism ''"),
    ],
)
def test_an_unknown_value_ends_with_2_and_lists_the_known_values(
    call: CommandLine, corpus: Path, arguments: tuple[str, str], reason: str
) -> None:
    result = call("run", corpus, *arguments)
    assert (result.status, result.out) == (2, "")
    assert reason in result.message
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("run --level loose", "--level: 'loose' is none of symbol, synonym, family (see"),
        ("run --level famly", "--level: 'famly' is none of symbol, synonym, family; did you mean"),
        ("run --limit 0", "--limit: 0 is below 1 (see nerbench run --help)"),
        ("run --limit many", "--limit: 'many' is no whole number (see"),
        ("run --limit 1.5", "--limit: '1.5' is no whole number (see"),
        ("run --jobs=-1", "--jobs: -1 is below 0 (see"),
        ("run --min-recall 1.5", "--min-recall: '1.5' is no number between 0 and 1 (see"),
        ("run --min-f1 nan", "--min-f1: 'nan' is no number between 0 and 1 (see"),
        ("run --threshold high", "--threshold: 'high' is no number between 0 and 1 (see"),
        ("run --no-such-option", "--no-such-option: no such option (see nerbench run --help)"),
        ("run --modle lexicon", "--modle: no such option; did you mean '--model'? (see"),
        ("run -z", "-z: no such option (see nerbench run --help)"),
        ("run --limit", "--limit: its value is missing (see nerbench run --help)"),
        ("run --quiet=3", "--quiet: it is a switch and takes no value (see"),
        ("--no-such-option run", "--no-such-option: no such option"),
        ("score .", "--predictions is missing: file of predictions"),
        ("predict", "CORPUS is missing: records, tables"),
        ("explain", "no figure: give a FIGID, or a caption by --text"),
        ("explain A --text p53", "--text is a caption of its own: give no FIGID and no CORPUS"),
        ("corpus convert a", "a: give the corpus, and behind it where to write it"),
        ("corpus info . --columns id", "--columns id: write FIELD=COLUMN, such as id=figure_id"),
        ("corpus info . --columns di=a", "no field 'di'"),
        ("report a b", "'b': nerbench report takes no more arguments (see"),
        ("models lst", "'lst' is no command of nerbench models: the commands are list, show"),
        ("run --workers 3", "--workers: no such option (see"),  # nothing is near
        ("models lst", "did you mean 'list'?"),
        ("rnu", "'rnu' is no command of nerbench: the commands are run, score"),
        ("rnu", "did you mean 'run'?"),
        ("lexicon lookup p53 --organism humna", "did you mean 'human'?"),
        ("explain PMC1 --model defualt", "did you mean 'default'?"),
        ("corpus download pfcor data", "unknown corpus 'pfcor'"),
    ],
)
def test_wrong_usage_ends_with_2_and_one_line(call: CommandLine, line: str, message: str) -> None:
    result = call(*line.split())
    assert (result.status, result.out) == (2, "")
    assert message in result.message
    assert not re.search("Invalid value|Missing|No such|nput should|Usage", result.err)
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("command", ["run", "corpus info"])
@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty", None, "empty: holds no figure"),
        ("blob.bin", bytes(range(256)) * 50, "binary data"),
        ("blob.md", b"\x7fELF" + bytes(range(256)), "a program"),
        ("half.md", b"figid: A\ncaption: 'x", "line 2: not YAML"),
        ("half.zip", b"PK\x03\x04 no more", "half.zip: no zip archive"),
        ("half.tar.gz", b"\x1f\x8b no more", "half.tar.gz: the archive is damaged"),
    ],
)
def test_an_unusable_corpus_ends_with_2_and_one_line(
    call: CommandLine, command: str, name: str, content: bytes | None, reason: str
) -> None:
    path = Path(name)
    path.mkdir() if content is None else path.write_bytes(content)
    result = call(*command.split(), path)
    assert (result.status, reason in result.err) == (2, True)
    assert result.message


def test_a_run_of_an_unusable_corpus_leaves_no_file(call: CommandLine) -> None:
    Path("empty").mkdir()
    assert call("run", "empty", "-o", "out").status == 2
    assert [path for path in Path().rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("command", ["run", "score"])
@pytest.mark.parametrize("out", ["taken", "taken/below", "/dev/null/out"])
def test_an_out_folder_that_cannot_be_written_ends_with_2(
    call: CommandLine, corpus: Path, write_predictions: WritePredictions, command: str, out: str
) -> None:
    Path("taken").write_text("a file in the way", encoding="utf-8")
    more = ("-m", "lexicon")
    if command == "score":
        more = ("-p", str(write_predictions({"id": "A", "mentions": []})))
    result = call(command, corpus, *more, "-o", out, "-q")
    assert result.status == 2
    assert "cannot be written" in result.err.splitlines()[-1]
    assert Path("taken").read_text(encoding="utf-8") == "a file in the way"


@pytest.mark.parametrize(
    "name", ["predictions/lexicon.jsonl", "run.log.json", "store.sqlite", "report.html"]
)
def test_a_folder_in_the_place_of_a_file_is_named(
    call: CommandLine, corpus: Path, name: str
) -> None:
    assert call("run", corpus, "-m", "lexicon", "-o", "out", "-q").status == 0
    (Path("out") / name).unlink()
    (Path("out") / name / "full").mkdir(parents=True)
    result = call("run", corpus, "-m", "lexicon", "-o", "out", "-q")
    assert result.status == 2
    assert result.err.splitlines() == [f"nerbench: out/{name}: cannot be written: Is a directory"]
    assert not list(Path("out").rglob("*.part"))


def test_an_interruption_ends_with_130_and_one_line(
    call: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("nerbench.engine.execute.corpus_info", interrupt)
    result = call("corpus", "info", SEEDS)
    assert result.status == 130
    assert "Traceback" not in result.err
