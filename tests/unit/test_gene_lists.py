"""Lists of genes as predictions: tables, JSON lines and GMT, scored on the figures' lists."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from nerbench import CuratedGene, Evaluation, Figure, NerbenchError, RecognizerError, evaluate
from nerbench.recognizers.dictionary import LexiconRecognizer
from nerbench.recognizers.ensemble import Ensemble
from nerbench.recognizers.external.predictions import (
    PredictionFile,
    prediction_line,
    read_predictions,
)
from nerbench.records import Mention

FIGURE = Figure(
    "PMC1__f1",
    "IL-6 turns STAT3 on",
    ("Homo sapiens",),
    curated=(CuratedGene(9606, "IL6", "3569"), CuratedGene(9606, "STAT3", "6774")),
    gold=(Mention(0, 4, "IL-6"), Mention(11, 16, "STAT3")),
)


def text(content: str, encoding: str = "utf-8") -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content.encode(encoding)) and None


def parquet(path: Path) -> None:
    pl.DataFrame({"figid": ["PMC1__f1"], "genes": [["IL6", "TP53"]]}).write_parquet(path)


FILES: dict[str, Callable[[Path], None]] = {
    "cell.csv": text('id,genes\nPMC1__f1,"IL6, TP53"\n'),
    "bom.csv": text("\ufeffFigure ID;Genes\r\nPMC1__f1;IL6|TP53\r\n"),
    "rows.tsv": text("genes\tfigid\nIL6\tPMC1__f1\nTP53\tPMC1__f1\nIL6\tPMC1__f1\n"),
    "ids.tsv": text("figid\tgene_id\nPMC1__f1\t3569.0\nPMC1__f1\t7157.0\n"),
    "slash.csv": text("id,genes\nPMC1__f1,3569/7157\n"),
    "both.csv": text("id,symbol,entrez,taxon\nPMC1__f1,IL6,3569,9606\nPMC1__f1,x,7157,9606\n"),
    "utf16.txt": text("id\tgenes\nPMC1__f1\tIL6 TP53\n", "utf-16"),
    "lists.jsonl": text('{"id": "PMC1__f1", "genes": ["IL6", "NCBIGene:7157"]}\n'),
    "figids.jsonl": text('{"figid": "PMC1__f1", "symbols": "IL6, TP53"}\n'),
    "objects.json": text(
        '[{"id": "PMC1__f1", "genes": ["IL6"]}, {"id": "PMC1__f1", "genes": [7157]}]'
    ),
    "indented.json": text(
        json.dumps({"figures": [{"id": "PMC1", "genes": [3569, 7157]}]}, indent=1)
    ),
    "by-id.json": text('{"PMC1__f1": ["IL6", 7157], "F2": []}'),
    "by-id-indented.json": text(json.dumps({"PMC1__f1": ["IL6", "TP53"]}, indent=1)),
    "by-id.jsonl": text('{"PMC1__f1": ["IL6", "TP53"]}\n{"F2": ["MYC"]}\n'),
    "sequence.json": text(
        '{"id": "PMC1__f1",\n "genes": ["IL6"]}\n{"id": "PMC1__f1",\n "genes": [7157]}'
    ),
    "paired.jsonl": text('{"id": "PMC1__f1", "genes": ["IL6", "x"], "gene_ids": [3569, 7157]}\n'),
    "pmcid.csv": text("pmcid,symbol\nPMC1,IL6\nPMC1,TP53\n"),
    "alias.csv": text("figid_alias,symbol\nPMC1__F1,IL6\nPMC1__F1,TP53\n"),
    "commented.tsv": text("# made by a tool\n#id\tgenes\nPMC1__f1\tIL6 TP53\n"),
    "other.gmt": text("PMC1__f1\ta title\tIL6\tTP53\n"),
    "tagged.gmt": text("PMC1__f1\tIL6 in B\tTP53\tIL6\tB\n"),
    "paper.csv": text("id,genes\nPMC1,IL6;TP53\n"),
    "frame.parquet": parquet,
    "packed.csv.gz": lambda path: (
        path.write_bytes(gzip.compress(b"id,genes\nPMC1__f1,IL6;TP53\n")) and None
    ),
}


def score(path: Path, *figures: Figure) -> Evaluation:
    return evaluate(list(figures or (FIGURE,)), PredictionFile(path))


@pytest.mark.parametrize("name", FILES)
def test_a_list_of_genes_is_scored_on_the_figures_list(tmp_path: Path, name: str) -> None:
    FILES[name](tmp_path / name)
    evaluation = score(tmp_path / name)
    (row,) = (
        row
        for row in evaluation.scores
        if (row.organism, row.level, row.average, row.reference)
        == ("human", "family", "micro", False)
    )
    n_names = 3 if name == "tagged.gmt" else 2
    assert (row.counts.names, row.counts.hits, row.counts.recovered) == (n_names, 1, 1)
    (model,) = evaluation.models
    assert (model.has_spans, model.problems) == (False, ())
    assert "lists of genes without spans" in model.notes[0]
    assert evaluation.gold is None


def test_beside_a_model_with_spans_only_that_is_scored_against_gold(tmp_path: Path) -> None:
    FILES["cell.csv"](tmp_path / "cell.csv")
    models = [PredictionFile(tmp_path / "cell.csv"), LexiconRecognizer("lexicon")]
    evaluation = evaluate([FIGURE], models)
    assert evaluation.gold is not None
    assert {row.model for row in evaluation.gold.scores} == {"lexicon"}
    assert {row.model for row in evaluation.scores if not row.reference} == {"cell", "lexicon"}
    evaluation.save(tmp_path / "run")
    report = (tmp_path / "run" / "report.md").read_text(encoding="utf-8")
    assert "lists of genes without spans" in report
    summary = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))
    assert [model["has_spans"] for model in summary["models"]] == [False, True]


def test_genes_that_look_like_no_value_are_genes(tmp_path: Path) -> None:
    fly = Figure("F1", "x", ("Drosophila melanogaster",), curated=(CuratedGene(7227, "na"),))
    path = tmp_path / "fly.csv"
    path.write_text("id,genes\nF1,na;-;\n")
    (names,) = PredictionFile(path).predict([fly])
    assert [name.text for name in names] == ["na"]


def test_a_written_line_is_read_back(tmp_path: Path) -> None:
    FILES["both.csv"](tmp_path / "both.csv")
    (names,) = PredictionFile(tmp_path / "both.csv").predict([FIGURE])
    assert read_predictions(json.loads(prediction_line("F1", names))) == names


def test_rows_without_an_id_are_named_and_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,genes\n,TP53\nPMC1__f1,IL6\nPMC1__f1,TP53,more\n")
    file = PredictionFile(path)
    assert [name.text for name in file.predict([FIGURE])[0]] == ["IL6"]
    assert [problem.source for problem in file.problems] == [f"{path}:2", f"{path}:4"]


def test_a_table_without_genes_is_refused_and_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,score\nF1,3\n")
    with pytest.raises(NerbenchError, match=r"a\.csv: in a table .* this has id, score"):
        PredictionFile(path)


def test_no_genes_and_objects_that_are_no_lists(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "PMC1__f1", "genes": null}\n{"id": "F2", "text": "x"}\n{"genes": []}\n')
    file = PredictionFile(path)
    assert file.predict([FIGURE]) == [()]
    assert [problem.reason for problem in file.problems] == [
        'no prediction: the field "mentions" (a list) is missing',
        'no prediction: the field "id" (a figure id) is missing',
    ]
    other = tmp_path / "b.json"
    other.write_text('[{"id": "F1", "gene": "IL6", "passages": 3}]')
    with pytest.raises(NerbenchError, match="not BioC"):
        PredictionFile(other)


def test_a_file_of_no_format_is_told_of_lists_and_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("IL-6 binds\n")
    with pytest.raises(
        NerbenchError, match=r"unknown format; .* also JSON lines, GMT, and tables, .* id and genes"
    ):
        PredictionFile(path)


def test_a_list_is_no_member_of_an_ensemble(tmp_path: Path) -> None:
    FILES["cell.csv"](tmp_path / "cell.csv")
    members = [PredictionFile(tmp_path / "cell.csv"), LexiconRecognizer("lexicon")]
    with pytest.raises(RecognizerError, match="its member cell is a list of genes, without spans"):
        Ensemble("both", members, "union")
