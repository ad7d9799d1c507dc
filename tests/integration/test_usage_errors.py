"""Help, wrong usage and unusable input or output: exit status 2 and one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from command_line import SEEDS, CommandLine, Completed, WritePredictions, shell


def test_the_version_is_shown(call: CommandLine) -> None:
    assert call("--version") == Completed(0, "0.1.0\n", "")


@pytest.mark.parametrize(
    "command", ["run", "score", "compare", "predict", "explain", "models", "lexicon"]
)
def test_every_command_explains_itself(call: CommandLine, command: str) -> None:
    result = call(command, "--help")
    assert result.status == 0
    assert "Usage:" in result.out


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
    "arguments",
    [
        ("run", "--level", "loose"),
        ("run", "--limit", "0"),
        ("run", "--limit", "many"),
        ("run", "--min-recall", "1.5"),
        ("run", "--no-such-option"),
        ("score", "."),
        ("predict",),
        ("no-such-command",),
    ],
)
def test_wrong_usage_ends_with_2_and_names_the_mistake(
    call: CommandLine, arguments: tuple[str, ...]
) -> None:
    result = call(*arguments)
    assert (result.status, result.out) == (2, "")
    assert "Error: " in result.err.splitlines()[-1]
    assert list(Path().iterdir()) == []


def test_an_unknown_level_lists_the_known_levels(call: CommandLine) -> None:
    err = call("run", "--level", "loose").err
    assert all(level in err for level in ("symbol", "synonym", "family"))


@pytest.mark.parametrize("command", ["run", "corpus info"])
@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty", None, "empty: holds no figure"),
        ("blob.bin", bytes(range(256)) * 50, "a binary file"),
        ("blob.md", b"\x7fELF" + bytes(range(256)), "a binary file"),
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
