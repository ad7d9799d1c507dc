"""Documents in JSON: PubTator 3, BioC, BERN2 and nerbench's own, whole files and lines."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nerbench import CuratedGene, Figure, NerbenchError, open_corpus, score_spans
from nerbench.recognizers.external.predictions import PredictionFile
from nerbench.spans.formats.json_values import read_json_values
from nerbench.spans.formats.reader import read_annotations

TEXT = "KRAS and TNF-α drive tumours."
FIGURE = Figure("F1", TEXT, curated=(CuratedGene(9606, "KRAS"),))


def bioc(docid: str = "F1", **fields: Any) -> dict[str, Any]:
    infons = {"identifier": "3845", "type": "Gene", "accession": "@GENE_KRAS", "normalized": [3845]}
    annotation = {"id": "2", "infons": infons, "text": "KRAS"}
    annotation["locations"] = [{"offset": 0, "length": 4}]
    passage = {"infons": {"type": "title"}, "offset": 0, "text": TEXT, "annotations": [annotation]}
    relation = {"id": "R1", "infons": {}, "nodes": None}
    return {
        "_id": f"{docid}|None",
        "id": docid,
        "passages": [passage],
        "relations": [relation],
    } | fields


def bern2(**fields: Any) -> dict[str, Any]:
    annotation = {"id": ["NCBIGene:3845"], "is_neural_normalized": False, "prob": 0.99}
    annotation |= {"mention": "KRAS", "obj": "gene", "span": {"begin": 0, "end": 4}}
    return {"annotations": [annotation], "text": TEXT, "timestamp": "Mon", "title": ""} | fields


def own(**fields: Any) -> dict[str, Any]:
    return {"id": "F1", "mentions": [{"start": 0, "end": 4, "text": "KRAS"}]} | fields


def lines(*documents: dict[str, Any]) -> str:
    return "\n\n".join(map(json.dumps, documents)) + "\r\n"


FILES: dict[str, Callable[[], str]] = {
    "PubTator 3": lambda: json.dumps({"PubTator3": [bioc()]}),
    "PubTator 3, a line each": lambda: lines({"PubTator3": [bioc()]}, {"PubTator3": [bioc("F2")]}),
    "BioC collection": lambda: json.dumps({"source": "", "documents": [bioc()]}, indent=1),
    "BioC document": lambda: json.dumps(bioc()),
    "BioC list": lambda: json.dumps([bioc(), bioc("F2")]),
    "BioC, a document a line": lambda: lines(bioc(), bioc("F2")),
    "BioC by id": lambda: json.dumps({"F1": bioc(id=None, _id=None)}),
    "BERN2": lambda: json.dumps(bern2()),
    "BERN2 list": lambda: json.dumps([bern2(), bern2(text="MYC", annotations=[])]),
    "BERN2 lines": lambda: lines(bern2(text="MYC", annotations=[]), bern2()),
    "BERN2 with an id": lambda: lines(bern2(id="F1"), bern2(pmid=77)),
    "BERN2 by id": lambda: json.dumps({"F1": bern2(), "F2": bern2()}),
    "BERN2 without ASCII": lambda: json.dumps(bern2(text="KRAS and TNF- drive tumours.")),
    "BioC, one after another": lambda: "\n".join(
        json.dumps(bioc(docid), indent=1) for docid in ("F1", "F2")
    ),
    "nerbench, one after another": lambda: json.dumps(own(), indent=2) + json.dumps(own(id="F2")),
    "nerbench by id": lambda: json.dumps({"F1": own()["mentions"], "F2": []}),
    "nerbench list": lambda: json.dumps([own(), own(id="F2")]),
    "nerbench": lambda: lines(own(), own(id="F2")),
}


@pytest.mark.parametrize("name", ["predicted.json", "predicted.jsonl", "predicted.txt.gz"])
@pytest.mark.parametrize("kind", FILES)
def test_predictions_in_json_are_scored_whatever_they_are_wrapped_in(
    tmp_path: Path, kind: str, name: str
) -> None:
    path = tmp_path / name
    content = FILES[kind]().encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    file = PredictionFile(path)
    (mentions,) = file.predict([FIGURE])
    assert [(mention.start, mention.text) for mention in mentions] == [(0, "KRAS")]
    assert file.problems == []
    if "nerbench" not in kind:
        assert mentions[0].ids in (("3845",), ("NCBIGene:3845",))
    assert mentions[0].score == (0.99 if "BERN2" in kind else None)


@pytest.mark.parametrize("kind", FILES)
def test_the_same_files_are_scored_as_spans(tmp_path: Path, kind: str) -> None:
    gold, predicted = tmp_path / "gold.txt", tmp_path / "predicted.json"
    gold.write_text(f"F1|t|{TEXT}\nF1\t0\t4\tKRAS\tGene\t3845\n", encoding="utf-8")
    predicted.write_text("\ufeff" + FILES[kind](), encoding="utf-8")
    counts = score_spans(gold, predicted).overall
    assert (counts.tp, counts.fn) == (1, 0)


def test_names_of_pubtator_3_are_no_identifiers(tmp_path: Path) -> None:
    (tmp_path / "export.json").write_text(json.dumps({"PubTator3": [bioc()]}))
    (span,) = read_annotations(tmp_path / "export.json").documents[0].spans
    assert span.ids == ("3845",)


def test_a_folder_of_answers_of_bern2_is_read_with_the_files_names_as_ids(tmp_path: Path) -> None:
    (tmp_path / "F1.json").write_text(json.dumps(bern2(text="KRAS")))
    (tmp_path / "F2.json").write_text(json.dumps(bern2(annotations=[])))
    assert [d.docid for d in read_annotations(tmp_path).documents] == ["F1", "F2"]
    (mentions,) = PredictionFile(tmp_path).predict([FIGURE])
    assert [mention.text for mention in mentions] == ["KRAS"]


def test_a_corpus_may_be_an_export_of_pubtator_3(tmp_path: Path) -> None:
    (tmp_path / "export.json").write_text(json.dumps({"PubTator3": [bioc()]}))
    (figure,) = open_corpus(tmp_path)
    assert (figure.figid, [gene.symbol for gene in figure.curated]) == ("F1", ["KRAS"])


def test_a_broken_line_of_a_corpus_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(lines(bioc(), {"id": "F2", "passages": 3}) + "{broken\n")
    corpus = open_corpus(tmp_path)
    assert [figure.figid for figure in corpus] == ["F1"]
    assert [problem.source.rpartition(":")[2] for problem in corpus.skipped] == ["3", "4"]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (bern2(annotations={}), "the field annotations is a list, not {}"),
        (bern2(annotations=[3]), "the field annotation is an object, not 3"),
        (bern2(annotations=[{"obj": "gene"}]), "the field span is an object, not None"),
        (bern2(annotations=[{"span": {"begin": 0, "end": 4}}]), "the field obj is missing"),
        (bern2(annotations=[{"obj": "g", "span": {"begin": "0"}}]), "span.begin is a whole number"),
        (bern2(text=7), "the field text is a string, not 7"),
        (
            {"error": "busy"},
            "not BioC: a field is missing; the fields are error; BioC has passages",
        ),
        ([bioc(), 3], "its documents are not a list of objects"),
    ],
)
def test_what_is_no_document_is_refused_in_one_line(
    tmp_path: Path, entry: Any, reason: str
) -> None:
    (tmp_path / "a.json").write_text(json.dumps(entry))
    with pytest.raises(NerbenchError) as refused:
        read_annotations(tmp_path / "a.json")
    assert reason in str(refused.value)
    assert str(refused.value).startswith(f"{tmp_path}/a.json: ")


def test_answers_of_bern2_that_fit_no_text_are_named(tmp_path: Path) -> None:
    path = tmp_path / "bern2.json"
    path.write_text(json.dumps([bern2(text="another")]))
    file = PredictionFile(path)
    assert file.predict([FIGURE]) == [()]
    assert "the file has bern2, the corpus F1" in file.problems[0].reason


@pytest.mark.parametrize(
    "fields", [{"pmcid": "PMC77"}, {"pmcid": 77}, {"infons": {"article-id_pmc": "77"}}]
)
def test_a_document_by_pubmed_id_belongs_to_the_only_figure_of_its_paper(
    tmp_path: Path, fields: dict[str, Any]
) -> None:
    path = tmp_path / "export.json"
    path.write_text(json.dumps({"PubTator3": [bioc("12345", **fields)]}))
    file = PredictionFile(path)
    assert file.names_papers
    file.resolve_papers([("PMC77__f1", "PMC77"), ("PMC8__f1", "PMC8")])
    (mentions,) = file.predict([replace(FIGURE, figid="PMC77__f1")])
    assert [mention.text for mention in mentions] == ["KRAS"]
    assert file.problems == []


def test_a_paper_with_several_figures_is_named_and_an_id_of_a_figure_counts_first(
    tmp_path: Path,
) -> None:
    path = tmp_path / "export.json"
    path.write_text(json.dumps([bioc("12345", pmcid="PMC77"), bioc("F1", pmcid="PMC77")]))
    file = PredictionFile(path)
    file.resolve_papers([("F1", "PMC77"), ("F2", "PMC77")])
    assert [problem.reason for problem in file.problems] == [
        "PMC77 has 2 figures in the corpus (F1, F2); write the id of one"
    ]
    assert len(file.predict([FIGURE])[0]) == 1


def test_values_after_a_broken_one_are_not_read_and_its_line_is_named() -> None:
    text = '{"a":\n1}\n{"b":\n}\n{"c": 1}'
    assert [(value.line, value.error) for value in read_json_values(text)] == [
        (1, ""),
        (4, "Expecting value"),
    ]
    assert [value.error for value in read_json_values("")] == ["Expecting value"]
