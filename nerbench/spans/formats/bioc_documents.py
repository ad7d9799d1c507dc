"""Read BioC XML and JSON (Comeau et al. 2013) with the bioc package."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nerbench.errors import RecordError
from nerbench.spans.bioid_types import identifiers_in
from nerbench.spans.formats.text_files import check_texts, read_text
from nerbench.spans.model import Annotations, Document, Span
from nerbench.spans.offsets import find_unit, join_pieces, possible_units

# Infons that hold the identifiers of an annotation, in lower case and without other marks
_ID_INFONS = frozenset(
    "identifier identifiers id ids dbid entityid conceptid normid accession ncbigene ncbigeneid "
    "ncbigeneidentifier entrez entrezgene geneid ncbitaxonomy ncbitaxon mesh omim chebi uniprot "
    "umls cui".split()
)


def parse_bioc_xml(text: str, source: str) -> Annotations:
    """Return the documents of a collection; raises RecordError if it is not XML or not BioC.

    >>> xml = "<collection><document><id>7</id></document></collection>"
    >>> parse_bioc_xml(xml, "a").documents[0].docid
    '7'
    """
    from bioc import biocxml
    from lxml import etree

    try:
        collection = biocxml.load(io.BytesIO(text.encode()))
    except etree.XMLSyntaxError as error:
        raise RecordError(f"{source}:{error.lineno}: not XML: {error.msg}") from None
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise _not_bioc(source, error) from None
    return _annotations(collection, source)


def parse_bioc_json(text: str, source: str) -> Annotations:
    """Return the documents of a collection or list, or one; raises RecordError if it is not BioC.

    >>> parse_bioc_json('{"documents": [{"id": "7", "passages": []}]}', "a").documents[0].docid
    '7'
    """
    from bioc import biocjson

    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise RecordError(f"{source}:{error.lineno}: not JSON: {error.msg}") from None
    except RecursionError:
        raise RecordError(f"{source}: not BioC: nested too deep") from None
    documents = data.get("documents", [data]) if isinstance(data, dict) else data
    try:
        documents = [_fill_in(document) for document in documents]
        header = {"source": "", "date": "", "key": "", "infons": {}}
        collection = biocjson.loads(json.dumps({**header, "documents": documents}))
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise _not_bioc(source, error) from None
    return _annotations(collection, source)


def _fill_in(part: dict[str, Any]) -> dict[str, Any]:
    """Add the fields of a document or its parts that writers omit and the decoder needs."""
    part = {"infons": {}, "annotations": [], "relations": [], **part}
    if "offset" in part:
        part = {"text": "", "sentences": [], **part}
    for name in ("passages", "sentences"):
        if name in part:
            part[name] = [_fill_in(inner) for inner in part[name]]
    return part


def read_bioc_folder(folder: Path) -> Annotations:
    """Return the documents of the .xml files below a folder, or else of its .json files."""
    paths = sorted(folder.rglob("*.xml")) or sorted(folder.rglob("*.json"))
    files = [
        (parse_bioc_xml if path.suffix == ".xml" else parse_bioc_json)(read_text(path), str(path))
        for path in paths
    ]
    documents = tuple(document for file in files for document in file.documents)
    problems = tuple(problem for file in files for problem in file.problems)
    return Annotations(str(folder), "bioc", documents, problems)


def _not_bioc(source: str, error: Exception) -> RecordError:
    reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    return RecordError(f"{source}: not BioC: a field is missing or of the wrong kind ({reason})")


def _annotations(collection: Any, source: str) -> Annotations:
    documents = tuple(_document(document, source) for document in collection.documents)
    problems = tuple(problem for document in documents for problem in check_texts(document))
    return Annotations(source, "bioc", documents, problems)


def _document(document: Any, source: str) -> Document:
    docid = str(document.id or "")
    spans: dict[tuple[object, ...], Span] = {}
    pieces: list[tuple[int, str]] = []
    for part in _parts(document):
        if getattr(part, "text", None):
            pieces.append((part.offset, part.text))
        for annotation in part.annotations:
            span = _span(annotation, f"{source}: document {docid}")
            if span is not None:
                spans[annotation.id, span] = span
    if not pieces:
        return Document(docid, tuple(spans.values()), source=source)
    # The standard says bytes, most writers count code points.
    units = possible_units("".join(piece for _, piece in pieces))
    texts = ((unit, join_pieces(pieces, unit)) for unit in units)
    unit, text, found = find_unit(list(spans.values()), texts)
    return Document(docid, tuple(found), text, unit=unit, source=source)


def _parts(document: Any) -> Iterator[Any]:
    yield document
    for passage in document.passages:
        yield passage
        yield from passage.sentences


def _span(annotation: Any, place: str) -> Span | None:
    pairs = sorted((part.offset, part.offset + part.length) for part in annotation.locations)
    if not pairs:
        return None  # it is an annotation of the document
    infons = {key: str(value) for key, value in annotation.infons.items() if value is not None}
    label = infons.get("type", "").strip()
    if not label:
        raise RecordError(f"{place}: annotation {annotation.id} has no infon 'type'; give it one")
    ids = tuple(
        value.strip()
        for key, value in infons.items()
        if "".join(filter(str.isalpha, key)).casefold() in _ID_INFONS and value.strip()
    )
    ids = ids or identifiers_in(label)
    fragments = () if len(pairs) == 1 else tuple(pairs)
    try:
        return Span(pairs[0][0], pairs[-1][1], label, ids, fragments, annotation.text)
    except (RecordError, TypeError) as error:
        raise RecordError(f"{place}: annotation {annotation.id}: {error}") from None
