"""Give predictions offsets in the texts of gold where both files have texts that differ."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from nerbench.errors import NerbenchError
from nerbench.spans.formats.text_files import in_code_points
from nerbench.spans.model import Annotations, Document, Span
from nerbench.spans.stripped_text import StrippedText


def text_key(text: str) -> str:
    """Return what is left of a text if a tool drops white space, case, and all but ASCII.

    BERN2 drops characters that are not ASCII, and gives texts no id.

    >>> text_key("TNF-α acts") == text_key("tnf-  acts")
    True
    """
    return "".join(map(_strip_to_ascii, text))


def _strip_to_ascii(char: str) -> str:
    return char.lower() if char.isascii() and not char.isspace() else ""


def name_by_text(side: Annotations, other: Annotations) -> Annotations:
    """Return a side with its documents that have no id of their own named as those of the other
    side that have their text.
    """
    if all(document.is_named for document in side.documents):
        return side
    ids = {document.docid for document in other.documents}
    by_text = {
        text_key(document.text or ""): document.docid for document in reversed(other.documents)
    }
    taken = {document.docid for document in side.documents}
    documents = []
    for document in side.documents:
        is_known = document.is_named or document.docid in ids
        key = "" if is_known else text_key(document.text or "")
        docid = by_text.get(key) if key else None
        is_free = docid is not None and docid not in taken
        documents.append(replace(document, docid=docid) if docid and is_free else document)
        taken.add(documents[-1].docid)
    return replace(side, documents=tuple(documents))


def align_texts(gold: Annotations, predictions: Annotations) -> tuple[Annotations, int]:
    """Return the predictions with their offsets in the texts of gold, and the number of documents
    whose texts differ in white space, case, normalization or characters that are not ASCII.

    Raises NerbenchError, naming the document, if they differ otherwise.
    """
    gold_documents = {document.docid: document for document in gold.documents}
    documents, n_aligned = [], 0
    for document in predictions.documents:
        expected = gold_documents.get(document.docid)
        aligned = document if expected is None else _align(document, expected)
        n_aligned += aligned.text != document.text
        documents.append(aligned)
    return replace(predictions, documents=tuple(documents)), n_aligned


def _align(document: Document, gold: Document) -> Document:
    """Return a document with the text of the gold document, if its own is the same but for white
    space, case and normalization, or characters that are not ASCII, or one of the two is the
    beginning of the other.
    """
    if gold.text is None or document.text == gold.text:
        return document
    if document.text is None:
        return replace(in_code_points(replace(document, text=gold.text)), text=None)
    if _is_beginning(document.text.rstrip(), gold.text.rstrip()):
        return document
    text, gold_text = (
        StrippedText.of(text, _strip_character) for text in (document.text, gold.text)
    )
    if not _is_beginning(text.chars, gold_text.chars):
        is_ascii = document.text.isascii() or gold.text.isascii()
        if is_ascii and text_key(document.text) == text_key(gold.text):
            text, gold_text = (
                StrippedText.of(side, _strip_to_ascii) for side in (document.text, gold.text)
            )
            return _with_text(document, text, gold_text)
        raise NerbenchError(
            f"{document.place}: document {document.docid} has another text than in {gold.place}: "
            f"{_difference(text, gold_text)}; give both files the same texts"
        )
    return _with_text(document, text, gold_text)


def _with_text(document: Document, text: StrippedText, gold: StrippedText) -> Document:
    spans = (_move(span, text, gold) for span in document.spans)
    return replace(document, spans=tuple(filter(None, spans)), text=gold.text)


def _is_beginning(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _difference(text: StrippedText, gold: StrippedText) -> str:
    """Quote both texts where they begin to differ."""
    pairs = enumerate(zip(text.chars, gold.chars, strict=False))
    index = next(i for i, (char, other) in pairs if char != other)
    here, there = (repr(side.text[side.indexes[index] :][:20]) for side in (text, gold))
    return f"{here} instead of {there} at {text.indexes[index]}"


def _move(span: Span, text: StrippedText, gold: StrippedText) -> Span | None:
    """Return a span with its offsets in the gold text; None if it has nothing but white space."""
    parts = list(_move_parts(span.fragments or ((span.start, span.end),), text, gold))
    if not parts:
        return None
    fragments = tuple(parts) if len(parts) > 1 else ()
    return replace(span, start=parts[0][0], end=parts[-1][1], fragments=fragments)


def _move_parts(
    parts: tuple[tuple[int, int], ...], text: StrippedText, gold: StrippedText
) -> Iterator[tuple[int, int]]:
    n_shared = min(len(text.chars), len(gold.chars))
    for start, end in parts:
        first, last = text.strip_span(start, end)
        if last > n_shared or start >= len(text.text):  # past the end of the shorter text
            ends = (side.restore_span(0, n_shared - 1)[1] for side in (text, gold))
            text_end, gold_end = ends if n_shared else (0, 0)
            yield start - text_end + gold_end, end - text_end + gold_end
        elif first < last:
            yield gold.restore_span(first, last - 1)


@lru_cache(maxsize=1 << 14)
def _strip_character(char: str) -> str:
    """Return what two normal forms of a character share: its letters without accents and case."""
    if char.isspace() or unicodedata.category(char) == "Cf":
        return ""
    if unicodedata.category(char) == "Pd" or char == "\u2212":  # dashes and minus
        return "-"
    if unicodedata.category(char) in ("Pi", "Pf") or char in "\"'`\u2032\u2033":  # quotes, primes
        return "'"
    decomposed = unicodedata.normalize("NFKD", char)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


def join_fragments(side: Annotations, texts: Mapping[str, str | None]) -> tuple[Annotations, int]:
    """Return a side with the fragments of spans joined if only white space is between them, and the
    number of such spans: brat parts a span at the end of a line.

    ``texts`` are those of the documents that have none of their own.
    """
    documents, n_joined = [], 0
    for document in side.documents:
        text = document.text if document.text is not None else texts.get(document.docid)
        if text is None or not any(span.fragments for span in document.spans):
            documents.append(document)
            continue
        spans = tuple(_join(span, text) if span.fragments else span for span in document.spans)
        n_joined += sum(new != span for new, span in zip(spans, document.spans, strict=True))
        documents.append(replace(document, spans=spans))
    return (replace(side, documents=tuple(documents)) if n_joined else side), n_joined


def _join(span: Span, text: str) -> Span:
    parts = [span.fragments[0]]
    for start, end in span.fragments[1:]:
        gap = text[parts[-1][1] : start]
        if end <= len(text) and not gap.strip():
            parts[-1] = (parts[-1][0], end)
        else:
            parts.append((start, end))
    return replace(span, fragments=tuple(parts) if len(parts) > 1 else ())
