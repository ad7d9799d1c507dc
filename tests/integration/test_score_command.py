"""`nerbench score`: predictions made elsewhere, usable or not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from command_line import CommandLine, WritePredictions, mention, micro, record

from nerbench.recognizers.registry import find_card


def test_several_files_of_predictions_are_scored_together(
    call: CommandLine, corpus: Path, write_predictions: WritePredictions
) -> None:
    one = write_predictions({"id": "A", "mentions": [mention(0, "STAT3")]}, name="one.jsonl")
    two = write_predictions(
        {"id": "B", "mentions": [mention(0, "TP53", score=0.5)]}, name="two.jsonl"
    )
    result = call("score", corpus, "-p", one, "-p", two, "-o", "out")
    assert result.status == 0
    assert micro(Path("out"), model="one")["recovered"] == 1
    assert micro(Path("out"), model="two")["recovered"] == 1
    genes = pl.read_parquet("out/genes.parquet")
    assert genes.filter(pl.col("outcome") == "recovered")["symbol"].to_list() == ["STAT3", "TP53"]


def test_two_files_of_one_name_are_refused(
    call: CommandLine, corpus: Path, write_predictions: WritePredictions
) -> None:
    paths = [write_predictions({"id": "A", "mentions": []}, name=f"{n}/p.jsonl") for n in "xy"]
    result = call("score", corpus, "-p", paths[0], "-p", paths[1])
    assert result.status == 2
    assert "two models are called 'p'" in result.message


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (mention(900, "TP53"), "past the caption's 20 characters"),
        (mention(0, "STAT5"), "differs from the caption, which has 'STAT3'"),
        (mention(-3, "STAT3"), "has offsets -3-2"),
        ({"start": 0, "end": 5}, "text is a string"),
    ],
)
def test_a_bad_mention_is_reported_and_the_others_are_scored(
    call: CommandLine, corpus: Path, write_predictions: WritePredictions, bad: Any, reason: str
) -> None:
    path = write_predictions({"id": "A", "mentions": [bad, mention(12, "VEGFA")]})
    result = call("score", corpus, "-p", path, "-o", "out", "-q")
    assert result.status == 1
    assert f"{path}:1: figure A: " in result.message
    assert reason in result.message
    assert micro(Path("out"))["recovered"] == 1
    assert reason.split(",", maxsplit=1)[0] in Path("out/summary.json").read_text(encoding="utf-8")


def test_many_bad_mentions_do_not_flood_the_terminal(
    call: CommandLine, corpus: Path, write_predictions: WritePredictions
) -> None:
    path = write_predictions({"id": "A", "mentions": [mention(n, "wrong") for n in range(100)]})
    result = call("score", corpus, "-p", path, "-o", "out", "-q")
    assert result.status == 1
    assert len(result.err.splitlines()) == 21
    assert "80 more problems" in result.err
    data = json.loads(Path("out/summary.json").read_text(encoding="utf-8"))
    assert len(data["models"][0]["problems"]) == 100


def test_predictions_for_unknown_figures_are_reported_and_the_others_scored(
    call: CommandLine, corpus: Path, write_predictions: WritePredictions
) -> None:
    entries = [{"id": figid, "mentions": []} for figid in ("A", "X1", "X2")]
    result = call("score", corpus, "-p", write_predictions(*entries), "-o", "out")
    assert result.status == 0
    assert "predicted figures that are not in the corpus: 2 (X1, X2)" in result.err
    assert "figures of the corpus without a prediction: 2 (" in result.err


def test_predictions_for_unknown_figures_only_end_with_2(
    call: CommandLine, corpus: Path, write_predictions: WritePredictions
) -> None:
    result = call(
        "score", corpus, "-p", write_predictions({"id": "X", "mentions": []}), "-o", "out"
    )
    assert result.status == 2
    assert "none of its figures is in the corpus" in result.message
    assert not Path("out/summary.json").exists()


@pytest.mark.parametrize("content", [b"", b"not json\n", bytes(range(256)), None])
def test_an_unusable_file_of_predictions_ends_with_2(
    call: CommandLine, corpus: Path, content: bytes | None
) -> None:
    if content is not None:
        Path("p.jsonl").write_bytes(content)
    result = call("score", corpus, "-p", "p.jsonl")
    assert result.status == 2
    assert result.message.startswith("p.jsonl: ")


def test_predictions_named_as_an_available_model_have_seen_what_it_has(
    call: CommandLine, tmp_path: Path, write_predictions: WritePredictions
) -> None:
    paper = next(iter(find_card("default").training_ids()))
    (tmp_path / "A.md").write_text(record(f"{paper}__f1", "STAT3", "STAT3"), encoding="utf-8")
    line = {"id": f"{paper}__f1", "mentions": [mention(0, "STAT3")]}
    for name, seen in (("default", True), ("other", False)):
        file = write_predictions(line, name=f"{name}.jsonl")
        result = call("score", tmp_path / "A.md", "-p", file, "-o", name)
        assert result.status == 0
        assert ("was trained on 1 of the 1 scored figures" in result.err) is seen
    left_out = call("score", tmp_path / "A.md", "-p", tmp_path / "default.jsonl", "--held-out")
    assert left_out.status == 2
    assert "nothing is scored: seen in training (1 of 1 figures); " in left_out.err
