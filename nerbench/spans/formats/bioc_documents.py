"""Read documents of BioC (Comeau et al. 2013), XML and JSON, with the bioc package."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from nerbench.errors import RecordError
from nerbench.records import Problem
from nerbench.spans.bioid_types import identifiers_in
from nerbench.spans.formats.text_files import check_texts, find_files, read_text
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
    documents = tuple(_document(decoded, source) for decoded in _decode_xml(text.encode(), source))
    problems = tuple(problem for document in documents for problem in check_texts(document))
    return Annotations(source, "bioc", documents, problems)


def bioc_documents(text: str, source: str) -> Iterator[Document | Problem]:
    """Yield the documents of a collection in XML, or what is wrong with one.

    >>> xml = "<collection><document><id>7</id></document><document><id>8</id></document><broken"
    >>> documents = list(bioc_documents(xml, "gold.xml"))
    >>> [document.docid for document in documents[:2]], str(documents[2]).partition(":")[0]
    (['7', '8'], 'gold.xml')
    """
    for decoded in _decode_each(text.encode(), source):
        if isinstance(decoded, Problem):
            yield decoded
            continue
        try:
            yield _document(decoded, source)
        except RecordError as error:
            yield Problem(source, str(error).removeprefix(f"{source}: "))


def _decode_each(raw: bytes, source: str) -> Iterator[Any]:
    """Yield the decoded documents of a collection, or the problem that stands in their way."""
    try:
        yield from _decode_xml(raw, source)
        return
    except RecordError:
        documents = _xml_documents(raw, source)
    for document in documents:
        if isinstance(document, Problem):
            yield document
            continue
        try:
            yield from _decode_xml(document, source)
        except RecordError as error:
            yield Problem(source, str(error).removeprefix(f"{source}: "))


def _decode_xml(raw: bytes, source: str) -> list[Any]:
    from bioc import biocxml
    from lxml import etree

    try:
        documents: list[Any] = biocxml.load(io.BytesIO(raw)).documents
    except etree.XMLSyntaxError as error:
        raise RecordError(f"{source}:{error.lineno}: not XML: {error.msg}") from None
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise _not_bioc(source, error) from None
    return documents


def _xml_documents(raw: bytes, source: str) -> Iterator[bytes | Problem]:
    """Yield each document of a collection as a collection of its own, up to where XML breaks."""
    from lxml import etree

    try:
        for _, element in etree.iterparse(io.BytesIO(raw), tag="document"):
            yield b"<collection>" + etree.tostring(element, with_tail=False) + b"</collection>"
            element.clear()
    except etree.XMLSyntaxError as error:
        yield Problem(f"{source}:{error.lineno}", f"not XML: {error.msg}")


def read_bioc_json(document: dict[str, Any], source: str) -> Document:
    """Return a document in JSON. Raises RecordError if it is not BioC.

    >>> read_bioc_json({"id": "7", "passages": []}, "a.json").docid
    '7'
    """
    from bioc import biocjson

    header = {"source": "", "date": "", "key": "", "infons": {}}
    try:
        content = json.dumps({**header, "documents": [_fill_in(document)]})
        decoded = biocjson.loads(content).documents[0]
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise _not_bioc(source, error) from None
    return _document(decoded, source)


def _fill_in(part: dict[str, Any]) -> dict[str, Any]:
    """Add the fields of a document or its parts that writers omit and the decoder needs."""
    part = {"infons": {}, "annotations": [], **part, "relations": []}  # which are not read
    if "offset" in part:
        part = {"text": "", "sentences": [], **part}
    for name in ("passages", "sentences"):
        if name in part:
            part[name] = [_fill_in(inner) for inner in part[name]]
    return part


def read_bioc_folder(folder: Path) -> Annotations:
    """Return the documents of the .xml files below a folder."""
    files = [parse_bioc_xml(read_text(path), str(path)) for path in find_files(folder, ".xml")]
    documents = tuple(document for file in files for document in file.documents)
    problems = tuple(problem for file in files for problem in file.problems)
    return Annotations(str(folder), "bioc", documents, problems)


def _not_bioc(source: str, error: Exception) -> RecordError:
    reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    return RecordError(f"{source}: not BioC: a field is missing or of the wrong kind ({reason})")


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
    try:
        unit, text, found = find_unit(list(spans.values()), texts)
    except RecordError as error:
        raise RecordError(f"{source}: document {docid}: {error}") from None
    return Document(docid, tuple(found), text, unit=unit, source=source)


def _parts(document: Any) -> Iterator[Any]:
    yield document
    for passage in document.passages:
        yield passage
        yield from passage.sentences


@lru_cache(maxsize=1 << 10)
def _holds_ids(key: str) -> bool:
    """Return whether an infon with this key holds identifiers."""
    return "".join(filter(str.isalpha, key)).casefold() in _ID_INFONS


def _span(annotation: Any, place: str) -> Span | None:
    pairs = sorted((part.offset, part.offset + part.length) for part in annotation.locations)
    if not pairs:
        return None  # it is an annotation of the document
    infons = {key: str(value) for key, value in annotation.infons.items() if value is not None}
    label = infons.get("type", "").strip()
    if not label:
        raise RecordError(f"{place}: annotation {annotation.id} has no infon 'type'; give it one")
    values = (value.strip() for key, value in infons.items() if _holds_ids(key))
    # PubTator 3 has its own names of entities as well, such as @GENE_KRAS.
    ids = tuple(value for value in values if value and not value.startswith("@"))
    ids = ids or identifiers_in(label)
    fragments = () if len(pairs) == 1 else tuple(pairs)
    try:
        return Span(pairs[0][0], pairs[-1][1], label, ids, fragments, annotation.text)
    except (RecordError, TypeError) as error:
        raise RecordError(f"{place}: annotation {annotation.id}: {error}") from None
