"""Corpora that carry gold, and gold beside a corpus, by the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import SEEDS, CommandLine, WritePredictions, mention, micro

TEXTS = """\
F1|t|STAT3 turns VEGFA on in cells.
F1	0	5	STAT3	Gene	6774
F1	12	17	VEGFA	Cytokine	Uniprot:P15692
F1	24	29	cells	Cell	CL:1

F2|t|MDM2 binds nothing.
F2	0	4	MDM2	Gene	4193

F3|t|No gene is here.

F4|t|broken
F4	3	99	ken	Gene
"""


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    path = tmp_path / "marked.pubtator"
    path.write_text(TEXTS, encoding="utf-8")
    return path


@pytest.fixture
def id_map(tmp_path: Path) -> Path:
    path = tmp_path / "map.tsv"
    path.write_text("P15692\t7422\n", encoding="utf-8")
    return path


def gold(folder: Path = Path("out")) -> dict[tuple[str, str], dict[str, Any]]:
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    rows = summary["gold"]["scores"] if isinstance(summary["gold"], dict) else summary["gold"]
    return {(row["model"], row["scheme"]): row for row in rows}


def test_an_annotated_text_is_run_as_a_corpus(call: CommandLine, texts: Path, id_map: Path) -> None:
    options = ("--id-map", id_map, "--map", "cyto*=GENE")
    result = call("run", texts, "-m", "lexicon", "-o", "out", *options)
    assert result.status == 0
    assert f"skipped {texts}:12: document F4 has 6 characters: 3-99 is past its end" in result.err
    assert "annotations with other labels than genes: Cell (1); left out" in result.err
    row = gold()["lexicon", "strict"]
    assert (row["tp"], row["fp"], row["fn"], row["captions"]) == (3, 0, 0, 3)
    assert micro(Path("out"), model="lexicon")["curated"] == 3


def test_without_a_map_and_a_table_fewer_genes_are_marked_and_curated(
    call: CommandLine, texts: Path
) -> None:
    assert call("run", texts, "-m", "lexicon", "-o", "out", "-q").status == 0
    row = gold()["lexicon", "strict"]
    assert (row["tp"], row["fp"], row["fn"]) == (2, 1, 0)
    assert micro(Path("out"), model="lexicon")["curated"] == 2


def test_predictions_are_scored_on_an_annotated_text(
    call: CommandLine, texts: Path, write_predictions: WritePredictions
) -> None:
    path = write_predictions(
        {"id": "F1", "mentions": [mention(0, "STAT3")]},
        {"id": "F2", "mentions": [mention(0, "MDM2"), mention(11, "nothing")]},
        {"id": "F3", "mentions": []},
    )
    assert call("score", texts, "-p", path, "-o", "out", "-q").status == 0
    row = gold()["mine", "strict"]
    assert (row["tp"], row["fp"], row["fn"]) == (2, 1, 0)


def test_corpus_info_counts_the_marked_captions(
    call: CommandLine, texts: Path, id_map: Path
) -> None:
    result = call("corpus", "info", texts, SEEDS, "--id-map", id_map, "--map", "Cytokine=GENE")
    counts = dict(line.rsplit(maxsplit=1) for line in result.out.splitlines()[:7])
    assert result.status == 0
    assert (counts["figures"], counts["captions marked"]) == ("4", "3")
    assert counts["curated genes"] == str(56 + 3)
    assert "other labels than genes: Cell (1)" in result.message


def test_corpus_info_counts_captions_that_a_file_marks(call: CommandLine) -> None:
    result = call(
        "corpus", "info", SEEDS, "--gold", "shipped", "--map", "cell=", "--map", "gene=GENE"
    )
    assert result.status == 0
    assert "captions marked      1\n" in result.out
    assert result.message == "--map cell: renames no label"


def test_explain_and_predict_take_an_annotated_text(
    call: CommandLine, texts: Path, id_map: Path
) -> None:
    options = ("--id-map", id_map, "--map", "Cytokine=GENE")
    out = call("explain", "F1", texts, "-m", "lexicon", *options).out
    assert "STAT3 turns VEGFA on in cells." in out
    assert "VEGFA" in out.partition("cells.")[2]
    assert call("predict", texts, "-m", "lexicon", "-o", "p.jsonl", "-q").status == 0
    lines = Path("p.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["F1", "F2", "F3"]


def test_a_table_that_cannot_be_used_ends_with_2(call: CommandLine, texts: Path) -> None:
    Path("map.csv").write_text("P15692,VEGFA\n", encoding="utf-8")
    result = call("run", texts, "-m", "lexicon", "--id-map", "map.csv")
    assert (result.status, "maps no identifier" in result.message) == (2, True)
    result = call("run", texts, "-m", "lexicon", "--map", "Gene")
    assert (result.status, "write FROM=TO" in result.message) == (2, True)


def test_gold_beside_a_corpus_is_scored(
    call: CommandLine, corpus: Path, write_predictions: WritePredictions
) -> None:
    marks = write_predictions(
        {"id": "A", "mentions": [mention(0, "STAT3"), mention(12, "VEGFA")]},
        {"id": "B", "mentions": [mention(0, "TP53")]},
        {"id": "elsewhere", "mentions": []},
        name="marks.jsonl",
    )
    result = call("run", corpus, "-m", "lexicon", "--gold", marks, "-o", "out")
    assert result.status == 0
    assert "nerbench: gold marks: 2 of 3 captions are marked\n" in result.err
    row = gold()["lexicon", "strict"]
    assert (row["tp"], row["fp"], row["fn"], row["captions"]) == (3, 1, 0, 2)
    score = call("score", corpus, "-p", marks, "--gold", marks, "-o", "score", "-q")
    assert score.status == 0
    assert gold(Path("score"))["marks", "strict"]["f1"] == 1


def test_gold_does_not_depend_on_the_number_of_processes(call: CommandLine, corpus: Path) -> None:
    files = {}
    for jobs in ("1", "2"):
        command = ("run", SEEDS, corpus, "-m", "lexicon", "--gold", "shipped", "--jobs", jobs)
        assert call(*command, "-o", jobs, "-q").status == 0
        files[jobs] = {
            path.relative_to(jobs).as_posix(): path.read_bytes()
            for path in sorted(Path(jobs).rglob("*"))
            if path.is_file() and not path.name.startswith(("run.log", "store"))
        }
    assert files["1"] == files["2"]
    assert gold(Path("1"))["lexicon", "strict"]["captions"] == 1


def test_gold_of_other_figures_ends_with_2(
    call: CommandLine, corpus: Path, write_predictions: WritePredictions
) -> None:
    marks = write_predictions({"id": "PMC1__f1", "mentions": []}, name="marks.jsonl")
    result = call("run", corpus, "-m", "lexicon", "--gold", marks)
    assert result.status == 2
    assert result.err.endswith("the gold has PMC1__f1, the corpus A\n")
    assert "lexicon" in result.out  # what was computed is not lost
