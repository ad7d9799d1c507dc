"""`nerbench predict`: mentions of a model as JSON lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import CommandLine, Completed, micro


def test_predictions_of_a_model_are_scored_as_the_model(call: CommandLine, corpus: Path) -> None:
    assert call("predict", corpus, "-m", "lexicon", "-o", "new/p.jsonl", "-q") == Completed(
        0, "", ""
    )
    assert call("score", corpus, "-p", "new/p.jsonl", "-o", "scored", "-q").status == 0
    assert call("run", corpus, "-m", "lexicon", "-o", "ran", "-q").status == 0
    same = {**micro(Path("scored")), "model": "lexicon"}
    assert same == micro(Path("ran"))
    written = Path("ran/predictions/lexicon.jsonl").read_bytes()
    assert Path("new/p.jsonl").read_bytes() == written


def test_predict_writes_to_standard_output_nothing_but_lines(
    call: CommandLine, corpus: Path
) -> None:
    result = call("predict", corpus, "-m", "lexicon", "-o", "-")
    assert result.status == 0
    entries = [json.loads(line) for line in result.out.splitlines()]
    assert [entry["id"] for entry in entries] == ["A", "B", "C"]
    assert entries[0]["mentions"][0] == {"start": 0, "end": 5, "text": "STAT3", "label": "GENE"}
    assert entries[2]["mentions"] == []
    assert len(result.err.splitlines()) == 2  # the two files that are no record


def test_predict_of_nothing_leaves_no_file(call: CommandLine) -> None:
    Path("empty").mkdir()
    result = call("predict", "empty", "-m", "lexicon", "-o", "p.jsonl")
    assert result.status == 2
    assert "holds no figure" in result.message
    assert [path.name for path in Path().iterdir()] == ["empty"]


@pytest.mark.parametrize("out", ["taken/p.jsonl", "folder"])
def test_predict_to_where_nothing_can_be_written_ends_with_2(
    call: CommandLine, corpus: Path, out: str
) -> None:
    Path("taken").write_text("a file in the way", encoding="utf-8")
    Path("folder/full").mkdir(parents=True)
    result = call("predict", corpus, "-m", "lexicon", "-o", out, "-q")
    assert result.status == 2
    assert "cannot be written" in result.message


def test_predict_with_a_model_that_cannot_be_loaded_ends_with_an_error(
    call: CommandLine, corpus: Path
) -> None:
    Path("absent.yaml").write_text("kind: spacy\nsource: en_absent\n", encoding="utf-8")
    result = call("predict", corpus, "-m", "absent.yaml", "-o", "p.jsonl")
    assert result.status in (1, 2)
    assert "'en_absent' cannot be loaded" in result.message
    assert not Path("p.jsonl").exists()
