"""`nerbench explain`: one caption with its hits, misses and reasons."""

from __future__ import annotations

import json
from pathlib import Path

from command_line import SEED_ID, CommandLine, record


def test_explain_shows_the_caption_hits_and_misses(call: CommandLine) -> None:
    result = call("explain", SEED_ID)
    assert (result.status, result.err) == (0, "")
    assert "Activation of the IL-6/STAT3 signaling pathway" in result.out
    assert "JAK1 (human)" in result.out
    assert "not-in-caption" in result.out
    assert "gene-not-on-list" in result.out


def test_explain_marks_a_caption_where_there_is_no_colour(call: CommandLine) -> None:
    Path("A.md").write_text(record("A", "STAT3 binds MYC near X", "STAT3"), encoding="utf-8")
    lines = call("explain", "A", "A.md", "-m", "lexicon").out.splitlines()
    index = lines.index("STAT3 binds MYC near X")
    assert lines[index + 1] == "+++++       ---"
    assert "+ on the list  - not on the list  ? named but missed" in lines


def test_explain_shows_identifiers_and_whether_the_text_agrees(call: CommandLine) -> None:
    Path("A.md").write_text(record("A", "STAT3 binds MYC and TP53", "STAT3"), encoding="utf-8")
    mentions = [
        {"start": 0, "end": 5, "text": "STAT3", "ids": ["6774"]},
        {"start": 12, "end": 15, "text": "MYC", "ids": ["3569"]},
        {"start": 20, "end": 24, "text": "TP53"},
    ]
    Path("p.jsonl").write_text(json.dumps({"id": "A", "mentions": mentions}), encoding="utf-8")
    Path("linked.yaml").write_text("name: linked\nkind: predictions\nsource: p.jsonl\n")
    out = call("explain", "A", "A.md", "-m", "linked.yaml").out
    assert "9606:6774 – the text agrees" in out
    assert "9606:3569 – the text disagrees" in out
    assert "identifiers" not in call("explain", "A", "A.md", "-m", "lexicon").out


def test_explain_follows_model_organism_and_level(
    call: CommandLine, corpus: Path, pipeline: Path
) -> None:
    result = call(
        "explain", "A", corpus, "-m", pipeline, "--organism", "human", "--level", "symbol"
    )
    assert result.status == 0
    assert "names found (1), level symbol" in result.out
    assert "1 of 2 recovered" in result.out
    assert "not-detected" in result.out


def test_explain_shows_a_caption_of_markup_as_it_is(call: CommandLine) -> None:
    text = "STAT3 [bold]x[/bold] [/nothing] and [link=y]"
    Path("A.md").write_text(record("A", f"'{text}'", "STAT3"), encoding="utf-8")
    assert text in call("explain", "A", "A.md", "-m", "lexicon").out


def test_explain_of_a_figure_without_a_caption_works(call: CommandLine, corpus: Path) -> None:
    result = call("explain", "C", corpus, "-m", "lexicon")
    assert result.status == 0
    assert "no caption" in result.out


def test_explain_of_an_unknown_figure_ends_with_2(call: CommandLine, corpus: Path) -> None:
    result = call("explain", "Z", corpus, "-m", "lexicon")
    assert result.status == 2
    assert "no figure 'Z' among the 3 of" in result.message


def test_an_empty_text_is_no_caption(call: CommandLine) -> None:
    result = call("explain", "--text", " ", "--organism", "human")
    assert (result.status, result.out) == (2, "")
    assert result.message == "--text is empty: give the text of a caption"
