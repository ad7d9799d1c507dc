"""Read documents in JSON, one or more in a file or one a line: BioC, BERN2 and nerbench's own."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any, TypeVar

from nerbench.errors import RecordError
from nerbench.inputs import unpacked_name
from nerbench.records import Problem
from nerbench.spans.formats.bioc_documents import read_bioc_json
from nerbench.spans.formats.json_values import read_json_values
from nerbench.spans.formats.text_files import check_texts, find_files, read_text
from nerbench.spans.id_map import CLASSES_FILE
from nerbench.spans.model import Annotations, Document, Span

_WRAPPERS = ("documents", "PubTator3")
_CONTENTS = ("passages", "mentions", "annotations")  # of BioC, of nerbench, of BERN2
_PAPERS = ("pmcid", "article-id_pmc")
_T = TypeVar("_T")
_TYPE_NAMES = {str: "a string", int: "a whole number", list: "a list", dict: "an object"}
_IDS = ("id", "figid", "pmid", "pmcid", "sourceid", "_id")


def parse_json(text: str, source: str) -> Annotations:
    """Return the documents of a file; raises RecordError for the first that is broken.

    >>> pubtator3 = '{"PubTator3": [{"id": "7", "passages": []}]}'
    >>> parse_json(pubtator3, "export.json").documents[0].docid
    '7'
    """
    documents = []
    for document in json_documents(text, source):
        if isinstance(document, Problem):
            raise RecordError(str(document))
        documents.append(document)
    problems = tuple(problem for document in documents for problem in check_texts(document))
    return Annotations(source, "json", tuple(documents), problems)


def read_json_folder(folder: Path) -> Annotations:
    """Return the documents of the .json and .jsonl files below a folder, but not that of equivalent
    identifiers.
    """
    paths = sorted(path for suffix in (".json", ".jsonl") for path in find_files(folder, suffix))
    files = [parse_json(read_text(path), str(path)) for path in paths if path.name != CLASSES_FILE]
    documents = tuple(document for file in files for document in file.documents)
    problems = tuple(problem for file in files for problem in file.problems)
    return Annotations(str(folder), "json", documents, problems)


def json_documents(text: str, source: str) -> Iterator[Document | Problem]:
    r"""Yield the documents of a file, or what is wrong with one.

    >>> bern2 = '{"text": "IL-6", "annotations": [{"obj": "gene", "span": {"begin": 0, "end": 4}}]}'
    >>> documents = list(json_documents(bern2 + "\n{", "bern2.jsonl"))
    >>> documents[0].spans[0].label, documents[0].is_named, str(documents[1]).partition(":")[2]
    ('gene', False, '2: not JSON: Expecting property name enclosed in double quotes')
    """
    number = 0
    for line, content, reason in read_json_values(text):
        place = f"{source}:{line}" if line else source
        if reason:
            is_deep = reason == "nested too deep"
            yield Problem(place, f"not {'BioC' if is_deep else 'JSON'}: {reason}")
            continue
        try:
            for entry in _unwrap(content):
                number += 1
                yield _read_document(entry, number, source, line)
        except RecordError as error:
            yield Problem(place, str(error).removeprefix(f"{source}: "))


def is_document(value: Any) -> bool:
    """Return whether a JSON value holds annotated documents that are not nerbench's own.

    >>> is_document({"PubTator3": []}), is_document({"id": "F1", "mentions": []})
    (True, False)
    """
    if isinstance(value, dict) and any(name in value for name in _WRAPPERS):
        return True
    try:
        first: dict[str, Any] = next(_unwrap(value), {"passages": []})
    except RecordError:
        return False
    is_own = "mentions" in first and "mentions" in value
    return not is_own and any(name in first for name in _CONTENTS)


def _unwrap(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the documents in a collection, a list, or an object of documents by id; or one alone.

    Raises RecordError if they are not objects.
    """
    documents = value
    if isinstance(value, dict):
        wrapped = [value[name] for name in _WRAPPERS if name in value]
        documents = wrapped[0] if wrapped else [value]
        if not wrapped and value and all(map(_has_content, value.values())):
            documents = [
                {**document, "id": _document_id(document) or docid}
                for docid, document in value.items()
            ]
        elif is_mentions_by_id(value):
            documents = [{"id": docid, "mentions": items} for docid, items in value.items()]
    if not isinstance(documents, list):
        raise RecordError("not BioC: its documents are not a list of objects")
    for document in documents:
        if not isinstance(document, dict):
            raise RecordError("not BioC: its documents are not a list of objects")
        yield document


def is_mentions_by_id(value: Any) -> bool:
    """Return whether a JSON value is an object with a list of mentions for each id.

    >>> is_mentions_by_id({"F1": [{"start": 0, "end": 4}], "F2": []})
    True
    >>> is_mentions_by_id({"id": "F1", "mentions": []}), is_mentions_by_id({"F1": ["TP53"]})
    (False, False)
    """
    if not isinstance(value, dict) or not all(isinstance(v, list) for v in value.values()):
        return False
    items = [item for listed in value.values() for item in listed]
    are_mentions = (isinstance(item, dict) and {"start", "end"} <= item.keys() for item in items)
    return value.keys().isdisjoint(_CONTENTS) and bool(items) and all(are_mentions)


def _has_content(value: Any) -> bool:
    return isinstance(value, dict) and any(isinstance(value.get(n), list) for n in _CONTENTS)


def _read_document(entry: dict[str, Any], number: int, source: str, line: int) -> Document:
    """Return a document. Raises RecordError if it is of no kind that is known, or broken."""
    own_id = _document_id(entry)
    stem = PurePath(unpacked_name(source)).stem
    paper = _paper_id(entry)
    docid = own_id or (stem if number == 1 else f"{stem}:{number}")
    if "passages" in entry:
        document = read_bioc_json({**entry, "id": docid}, source)
        return replace(document, line=line, paper=paper)
    name = next((name for name in _CONTENTS if name in entry), None)
    if name is None:
        fields = ", ".join(list(entry)[:8]) or "none"
        raise RecordError(
            f"not BioC: a field is missing; the fields are {fields}; BioC has passages, "
            "BERN2 text and annotations, nerbench's predictions id and mentions"
        )
    try:
        text = None if entry.get("text") is None else _of_type(str, entry["text"], "text")
        items = _of_type(list, entry[name], name)
        spans = tuple(map(_own_mention if name == "mentions" else _bern2_annotation, items))
    except RecordError as error:
        raise RecordError(f"document {docid}: {error}") from None
    return Document(
        docid, spans, text, source=source, line=line, is_named=bool(own_id), paper=paper
    )


def _document_id(entry: dict[str, Any]) -> str:
    """Return the id that a document has, or an empty text."""
    values = (entry.get(name) for name in _IDS)
    ids = (str(value) for value in values if isinstance(value, str | int))
    # PubTator 3 writes 29355051|None.
    return next(filter(None, (docid.partition("|")[0].strip() for docid in ids)), "")


def _paper_id(entry: dict[str, Any]) -> str:
    """Return the PMC id that a document has, in a field or an infon, or an empty text."""
    passages = entry.get("passages")
    parts = [entry, *(passages if isinstance(passages, list) else ())]
    infons = (part.get("infons") for part in parts if isinstance(part, dict))
    fields = [entry, *(fields for fields in infons if isinstance(fields, dict))]
    ids = (str(field[name]) for field in fields for name in _PAPERS if field.get(name))
    return next((f"PMC{docid.upper().removeprefix('PMC')}" for docid in ids), "")


def _own_mention(item: Any) -> Span:
    """Return a mention as nerbench writes it: start, end, and text, label, score and ids if any."""
    mention = _of_type(dict, item, "mention")
    start, end = (_of_type(int, mention.get(name), name) for name in ("start", "end"))
    return _span(start, end, mention, "text", "label", "score", "ids", default_label="GENE")


def _bern2_annotation(item: Any) -> Span:
    """Return an annotation as BERN2 writes it (Sung et al. 2022, Bioinformatics 38)."""
    annotation = _of_type(dict, item, "annotation")
    span = _of_type(dict, annotation.get("span"), "span")
    start, end = (_of_type(int, span.get(name), f"span.{name}") for name in ("begin", "end"))
    return _span(start, end, annotation, "mention", "obj", "prob", "id")


def _span(
    start: int,
    end: int,
    fields: dict[str, Any],
    text: str,
    label: str,
    score: str,
    ids: str,
    default_label: str = "",
) -> Span:
    """Return a span of fields by name. Raises RecordError if one is of another type."""
    name = str(fields.get(label) or default_label).strip()
    if not name:
        raise RecordError(f"the field {label} is missing")
    identifiers = fields.get(ids) or []
    identifiers = identifiers if isinstance(identifiers, list) else [identifiers]
    probability: Any = fields.get(score)
    is_number = isinstance(probability, int | float) and math.isfinite(probability)
    return Span(
        start,
        end,
        name,
        tuple(str(number) for number in identifiers if isinstance(number, str | int)),
        text=None if fields.get(text) is None else _of_type(str, fields[text], text),
        score=float(probability) if is_number else None,
    )


def _of_type(expected: type[_T], value: Any, name: str) -> _T:
    """Return a value. Raises RecordError, naming its field, if it is of another type."""
    if not isinstance(value, expected) or isinstance(value, bool):
        raise RecordError(f"the field {name} is {_TYPE_NAMES[expected]}, not {str(value)[:40]}")
    return value
