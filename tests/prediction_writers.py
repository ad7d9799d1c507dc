"""Write the same predictions in every format that nerbench reads, as tools do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import bioc
from bioc import biocjson, biocxml

from nerbench import Mention
from nerbench.recognizers.external.predictions import prediction_line

Predicted = Mapping[str, tuple[str, Sequence[Mention]]]
"""By figure: a text and the mentions in it."""


def json_lines(predicted: Predicted, folder: Path) -> Path:
    lines = [prediction_line(figid, mentions) for figid, (_, mentions) in predicted.items()]
    return _written(folder / "predicted.jsonl", "\n".join(lines) + "\n")


def pubtator(predicted: Predicted, folder: Path) -> Path:
    lines = []
    for figid, (text, mentions) in predicted.items():
        flat = re.sub(r"[\r\n]", " ", text)
        lines += [f"{figid}|t|{flat}", f"{figid}|a|"]
        for one in mentions:
            words = re.sub(r"[\r\n\t]", " ", one.text)
            fields = [figid, one.start, one.end, words, one.label, ";".join(one.ids)]
            lines.append("\t".join(map(str, fields)))
        lines.append("")
    return _written(folder / "predicted.txt", "\n".join(lines))


def _collection(predicted: Predicted) -> bioc.BioCCollection:
    collection = bioc.BioCCollection()
    for figid, (text, mentions) in predicted.items():
        passage = bioc.BioCPassage()
        passage.offset, passage.text = 0, text
        for number, one in enumerate(mentions):
            annotation = bioc.BioCAnnotation()
            annotation.id, annotation.text = str(number), one.text
            annotation.infons = {"type": one.label}
            if one.ids:
                annotation.infons["identifier"] = ",".join(one.ids)
            annotation.add_location(bioc.BioCLocation(one.start, one.end - one.start))
            passage.add_annotation(annotation)
        document = bioc.BioCDocument()
        document.id = figid
        document.add_passage(passage)
        collection.add_document(document)
    return collection


def bioc_xml(predicted: Predicted, folder: Path) -> Path:
    return _written(folder / "predicted.xml", biocxml.dumps(_collection(predicted)))


def bioc_json(predicted: Predicted, folder: Path) -> Path:
    return _written(folder / "predicted.json", biocjson.dumps(_collection(predicted), indent=1))


def brat(predicted: Predicted, folder: Path) -> Path:
    root = folder / "predicted"
    root.mkdir()
    for figid, (text, mentions) in predicted.items():
        _written(root / f"{figid}.txt", text)
        lines = []
        for number, one in enumerate(mentions, 1):
            words = re.sub(r"[\r\n\t]", " ", one.text)
            lines.append(f"T{number}\t{one.label} {one.start} {one.end}\t{words}")
            for at, each in enumerate(one.ids):
                reference = each.replace(" ", "") if ":" in each else f"NCBIGene:{each}"
                lines.append(f"N{number}{at}\tReference T{number} {reference}\t{words}")
        _written(root / f"{figid}.ann", "".join(line + "\n" for line in lines))
    return root


def conll(predicted: Predicted, folder: Path) -> Path:
    """Tokens and IOB2 tags; CoNLL has no identifiers."""
    lines = []
    for figid, (text, mentions) in predicted.items():
        lines.append(f"# figid: {figid}")
        begins = {one.start: one for one in mentions}
        edges = {edge for one in mentions for edge in (one.start, one.end)}
        for run in re.finditer(r"\w+|[^\w\s]", text):
            cuts = [run.start(), *sorted(e for e in edges if run.start() < e < run.end())]
            for start, end in zip(cuts, [*cuts[1:], run.end()], strict=True):
                inside = [one for one in mentions if one.start <= start < one.end]
                prefix = "B" if start in begins else "I"
                tag = f"{prefix}-{inside[0].label}" if inside else "O"
                lines.append(f"{text[start:end]}\t{tag}")
            if text[run.start() : run.end()] == ".":
                lines.append("")
        lines.append("")
    return _written(folder / "predicted.conll", "\n".join(lines))


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="")
    return path


Writer = Callable[[Predicted, Path], Path]

WITH_IDS: tuple[Writer, ...] = (json_lines, pubtator, bioc_xml, bioc_json, brat)
FORMATS: tuple[Writer, ...] = (*WITH_IDS, conll)
