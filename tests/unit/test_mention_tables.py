"""Tables of mentions as predictions and as gold: a figure, two offsets and a text a row."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from nerbench import CuratedGene, Figure, NerbenchError
from nerbench.engine.gold import GoldFile
from nerbench.recognizers.external.predictions import PredictionFile
from nerbench.spans.formats.reader import read_annotations

FIGURE = Figure(
    "PMC1__f1", "IL-6 turns STAT3 on", ("Homo sapiens",), curated=(CuratedGene(9606, "IL6"),)
)
ROWS = [
    {"id": "PMC1__f1", "start": 0, "end": 4, "text": "IL-6", "label": "Gene", "score": 0.5},
    {"id": "PMC1__f1", "start": 11, "end": 16, "text": "STAT3", "label": "Gene", "score": 1.0},
]
_CSV = "id,start,end,text,label,score\nPMC1__f1,0,4,IL-6,Gene,0.5\nPMC1__f1,11,16,STAT3,Gene,1\n"


def text(content: str) -> Callable[[Path], None]:
    return lambda path: path.write_text(content, encoding="utf-8") and None


FILES: dict[str, Callable[[Path], None]] = {
    "comma.csv": text(_CSV),
    "comma.txt": text(_CSV),
    "tabs.tsv": text(_CSV.replace(",", "\t")),
    "semicolons.csv": text("\ufeff" + _CSV.replace(",", ";").replace("\n", "\r\n")),
    "other-names.tsv": text(
        "type\tmention\tbegin\tFigure ID\tstop\tprob\n"
        "Gene\tIL-6\t0\tpmc1__F1.jpg\t4\t.5\nGene\tSTAT3\t11\tpmc1__F1.jpg\t16\t1\n"
    ),
    "row-names.csv": text(",id,start,end,text,label,score\n0,PMC1__f1,0.0,4.0,IL-6,Gene,0.5\n"
                          "1,PMC1__f1,11.0,16.0,STAT3,Gene,1\n"),
    "paper.csv": text(_CSV.replace("PMC1__f1", "PMC1")),
    "rows.jsonl": text("\n".join(map(json.dumps, ROWS))),
    "rows.json": text(json.dumps(ROWS, indent=1)),
    "frame.parquet": lambda path: pl.DataFrame(ROWS).write_parquet(path),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_mentions_are_at_their_places(tmp_path: Path, name: str) -> None:
    FILES[name](tmp_path / name)
    file = PredictionFile(tmp_path / name)
    if file.names_papers:
        file.resolve_papers([("PMC1__f1", "PMC1")])
    (mentions,) = file.predict([FIGURE])
    assert [(m.start, m.end, m.text, m.label, m.score) for m in mentions] == [
        (0, 4, "IL-6", "Gene", 0.5),
        (11, 16, "STAT3", "Gene", 1.0),
    ]
    assert file.problems == []
    assert file.has_spans


def test_text_label_and_score_may_be_absent_and_ids_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "bare.csv"
    path.write_text("id,start,end,gene_id\nPMC1__f1,0,4,3569\nPMC1__f1,11,16,\n")
    (mentions,) = PredictionFile(path).predict([FIGURE])
    assert [(m.text, m.label, m.score, m.ids) for m in mentions] == [
        ("IL-6", "GENE", None, ("3569",)),
        ("STAT3", "GENE", None, ()),
    ]


def test_a_row_with_an_id_alone_is_a_figure_without_mentions(tmp_path: Path) -> None:
    path = tmp_path / "left-join.csv"
    path.write_text("id,start,end,text\nPMC1__f1,,,\n")
    file = PredictionFile(path)
    assert file.predict([FIGURE]) == [()]
    assert (file.problems, file.notes()) == ([], [])


def test_a_broken_row_is_named_and_left_out(tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_text(
        "id,start,end,text\nPMC1__f1,0,4,IL-6\nPMC1__f1,x,4,IL-6\nPMC1__f1,11,16,STAT4\n"
        ",0,4,IL-6\nPMC1__f1,0\n"
    )
    file = PredictionFile(path)
    (mentions,) = file.predict([FIGURE])
    assert [mention.text for mention in mentions] == ["IL-6"]
    assert sorted(problem.source for problem in file.problems) == [
        f"{path}:{line}" for line in (3, 4, 5, 6)
    ]


def test_a_table_is_gold_beside_a_corpus(tmp_path: Path) -> None:
    FILES["tabs.tsv"](tmp_path / "tabs.tsv")
    (figure,) = GoldFile.open(tmp_path / "tabs.tsv").mark([FIGURE])
    assert figure.gold is not None
    assert [mention.text for mention in figure.gold] == ["IL-6", "STAT3"]


def test_a_table_without_names_of_columns_is_refused_and_told_what_to_write(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("PMC1__f1,IL6;STAT3\nPMC2__f1,TP53\n")
    expected = "the first line names the columns: id and genes, or id, start, end, text, label"
    with pytest.raises(NerbenchError, match=f"{expected}; this has PMC1__f1, IL6;STAT3"):
        PredictionFile(path)


_ZIP = b"PK\x03\x04\x14\0\0\0\x08\0"
BINARY = {
    "a PNG image": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "a PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
    "a Word document": _ZIP + b"word/document.xml\xff",
    "a Python pickle": b"\x80\x05\x95\x0b\0\0\0\0\0\0\0}\x94.",
    "UTF-16 text": '{"id": "F1", "mentions": []}'.encode("utf-16"),
    "binary data": bytes(range(256)),
    "HTML": b"<!DOCTYPE html><html><body>IL-6</body></html>",
    "XML with the root article": b"<?xml version='1.0'?>\n<article><p>IL-6</p></article>",
}


@pytest.mark.parametrize("name", ["a.bin", "a.jsonl", "a.csv", "a.json", "a.xml", "a.txt"])
@pytest.mark.parametrize("kind", BINARY)
def test_a_file_that_holds_no_annotations_is_named_and_what_is_read(
    tmp_path: Path, kind: str, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(BINARY[kind])
    if path.suffix == ".jsonl" and kind[0] in "HX":
        kind = "holds no prediction"  # each line of it is broken
    elif path.suffix == ".csv" and kind[0] in "HX":
        kind = "the first line names the columns"
    with pytest.raises(NerbenchError, match=f"{kind}.*(nerbench reads|a line is|this has)") as said:
        PredictionFile(path)
    assert "\n" not in str(said.value)
    if path.suffix not in (".csv", ".jsonl"):
        with pytest.raises(NerbenchError, match=f"no annotations, but {kind}"):
            read_annotations(path)
        with pytest.raises(NerbenchError, match=f"no annotations, but {kind}"):
            GoldFile.open(path)


def test_an_empty_file_is_said_to_be_empty(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n")
    with pytest.raises(NerbenchError, match=r"holds no prediction \(it is empty\); a line is"):
        PredictionFile(tmp_path / "a.jsonl")
