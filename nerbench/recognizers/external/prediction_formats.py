"""Read files of predictions in any format: the documents and the mentions that they report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from nerbench.errors import NerbenchError, RecordError
from nerbench.file_signatures import find_binary
from nerbench.inputs import read_input, shown
from nerbench.recognizers.external.gene_lists import (
    is_gene_table,
    is_lists_by_id,
    open_input_table,
    read_gene_lists,
    read_gene_object,
)
from nerbench.recognizers.external.mention_tables import (
    MENTION_COLUMNS,
    is_mention_row,
    mention_columns,
    read_mention_table,
)
from nerbench.recognizers.external.mentions import ReportedMention, read_reported
from nerbench.records import ListedName, Problem
from nerbench.spans.formats.conll import Sentence, read_sentences
from nerbench.spans.formats.json_documents import is_document, is_mentions_by_id
from nerbench.spans.formats.reader import UnknownFormatError, read_annotations
from nerbench.spans.formats.text_files import read_text
from nerbench.spans.model import Annotations, Document, Span
from nerbench.spans.offsets import FileOffsetUnit
from nerbench.tabular.columns import list_columns
from nerbench.tabular.frames import FrameTable


@dataclass(frozen=True, slots=True)
class ReportedDocument:
    """The mentions that a file reports of one figure, from a line on (0: the format has no lines).

    Offsets are of ``text``, or of the caption if it is None. ``is_exact``: the texts of mentions
    are the caption's to the letter. ``problems``: mentions that could not be read.
    ``caption_digest`` is that of the caption that was read, if the file has it. ``tokens``: start,
    end and line, where the file is made of tokens.
    """

    figid: str
    mentions: tuple[ReportedMention, ...]
    source: str
    line: int = 0
    text: str | None = None
    is_exact: bool = False
    problems: tuple[Problem, ...] = ()
    caption_digest: str = ""
    tokens: tuple[tuple[int, int, int], ...] = ()
    unit: FileOffsetUnit = "code-points"  # of the file, converted already
    is_named: bool = True  # False if the file gives no id
    paper: str = ""  # the PMC id that the file gives beside the id
    listed: tuple[ListedName, ...] | None = None  # the genes of a list, which has no mentions

    def place(self, line: int = 0) -> str:
        line = line or self.line
        return f"{self.source}:{line}" if line else self.source


# --- JSON lines


def is_json_line(line: bytes, name: str = "") -> bool:
    """Return whether a file's first line is one of predictions as JSON lines, by its content, or
    the file's name if it is broken.

    >>> is_json_line(b'{"id": "F1", "mentions": []}'), is_json_line(b'{"documents": []}')
    (True, False)
    """
    if find_binary(line) is not None or b"\0" in line:
        return False
    try:
        entry: Any = json.loads(line)
    except (ValueError, RecursionError):
        return name.endswith(".jsonl") and line.strip() not in (b"{", b"[")
    if is_document(entry) or is_mentions_by_id(entry) or is_lists_by_id(entry):
        return False
    if isinstance(entry, dict) and is_mention_row(entry):
        return False
    return isinstance(entry, dict) or name.endswith(".jsonl")


def read_json_line(line: bytes, source: str, number: int) -> ReportedDocument:
    """Return a figure's predictions from a line of JSON.

    Raises RecordError, without the place, if the line is no prediction.

    >>> line = b'{"id": "F1", "mentions": [{"start": 0, "end": 4, "text": "IL-6"}]}'
    >>> read_json_line(line, "model.jsonl", 1).mentions[0].text
    'IL-6'
    """
    try:
        entry: Any = json.loads(line)
    except (ValueError, RecursionError):
        raise RecordError("no JSON object") from None
    is_list = isinstance(entry, dict) and "mentions" not in entry
    if is_list and (row := read_gene_object(entry)) is not None:
        return ReportedDocument(row[0], (), source, number, listed=tuple(row[1]))
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        raise RecordError('no prediction: the field "id" (a figure id) is missing')
    if not isinstance(entry.get("mentions"), list):
        raise RecordError('no prediction: the field "mentions" (a list) is missing')
    mentions, reasons = read_reported(entry["mentions"], needs_text=True)
    prefix = f"figure {entry['id']}: "
    return ReportedDocument(
        entry["id"],
        tuple(mentions),
        source,
        number,
        is_exact=True,
        problems=tuple(Problem(f"{source}:{number}", prefix + reason) for reason in reasons),
        caption_digest=str(entry.get("caption_sha256") or ""),
    )


# --- PubTator, BioC, brat, CoNLL

_TABLES = f"the first line names the columns: id and genes, or {MENTION_COLUMNS}"
_OTHER_FORMATS = f"of figures also JSON lines, GMT, and tables, where {_TABLES}"
_HOW_TO_NAME = "write '# figid: FIGID' or '-DOCSTART- FIGID' on a line before each figure's tokens"


def read_annotated(path: Path) -> tuple[list[ReportedDocument], list[Problem], list[str]]:
    """Return the documents of a file or folder of annotations, its problems, and its repairs.

    Raises NerbenchError if the path cannot be read, has another format, a line is broken, or no
    line of a CoNLL file says which figure its tokens belong to.
    """
    if not path.is_dir() and is_gene_table(path, read_input(path)[:2]):
        if rows := _read_table(path):
            return rows
        table = open_input_table(path, mention_columns())
        is_text = find_binary(read_input(path)) is None
        if table is not None and (is_text or isinstance(table, FrameTable)):
            columns = list_columns(table.columns)
            raise NerbenchError(f"{shown(path)}: in a table {_TABLES}; this has {columns}")
    try:
        annotations = read_annotations(path)
    except NerbenchError as error:
        if not path.is_dir() and (rows := _read_table(path)):
            return rows
        if isinstance(error, UnknownFormatError):
            raise NerbenchError(f"{error}; {_OTHER_FORMATS}") from None
        raise
    if annotations.format == "conll":
        return _join_figures(annotations, read_sentences(read_text(path), annotations.source))
    if annotations.format == "bc2gm":
        raise NerbenchError(
            f"{shown(path)}: BioCreative II files are of sentences, not of figures; use PubTator, "
            "BioC, brat, CoNLL or JSON lines"
        )
    documents = []
    for doc in annotations.documents:
        figid = PurePosixPath(doc.docid).name if annotations.format == "brat" else doc.docid
        mentions = tuple(map(_read_span, doc.spans))
        documents.append(
            ReportedDocument(
                figid,
                mentions,
                doc.source,
                doc.line,
                doc.text,
                unit=doc.unit,
                is_named=doc.is_named,
                paper=doc.paper,
            )
        )
    return documents, [], []


_Read = tuple[list[ReportedDocument], list[Problem], list[str]]


def _read_table(path: Path) -> _Read | None:
    """Return the mentions or lists of genes in a table; None if it is a table of neither."""
    table = open_input_table(path, mention_columns())
    if table is not None and (rows := read_mention_table(table)) is not None:
        figures, problems = rows
        documents = [
            ReportedDocument(
                figid, tuple(figure.mentions), *_split_place(figure.place),
                problems=tuple(figure.problems),
            )
            for figid, figure in figures.items()
        ]  # fmt: skip
        of_figures = [problem for figure in figures.values() for problem in figure.problems]
        return documents, [*problems, *of_figures], []
    gene_lists = read_gene_lists(path)
    if gene_lists is None or not (gene_lists[0] or is_gene_table(path)):
        return None
    lists, problems = gene_lists
    documents = [
        ReportedDocument(figid, (), *_split_place(place), listed=tuple(dict.fromkeys(names)))
        for figid, (place, names) in lists.items()
    ]
    return documents, problems, []


def _split_place(place: str) -> tuple[str, int]:
    """Return the file and the line, 0 if it has none, of a place."""
    source, colon, line = place.rpartition(":")
    return (source, int(line)) if colon and line.isdecimal() else (place, 0)


def _read_span(span: Span, shift: int = 0) -> ReportedMention:
    start, end, text = span.start + shift, span.end + shift, span.text or None
    return ReportedMention(
        start, end, text, span.label, span.score, span.ids, span.line, span.fragments
    )


def _join_figures(
    annotations: Annotations, sentences: Sequence[Sentence]
) -> tuple[list[ReportedDocument], list[Problem], list[str]]:
    """Return a document for each figure, of the sentences of a CoNLL file."""
    of_figures: dict[str, list[tuple[Document, Sentence]]] = {}
    of_no_figure: list[Document] = []
    for document, sentence in zip(annotations.documents, sentences, strict=True):
        if sentence.docid:
            of_figures.setdefault(sentence.docid, []).append((document, sentence))
        else:
            of_no_figure.append(document)
    problems = []
    if of_no_figure:
        place = of_no_figure[0].place
        if not of_figures:
            raise NerbenchError(f"{place}: no line says which figure this is; {_HOW_TO_NAME}")
        reason = f"sentences of no figure from here on: {len(of_no_figure):,}; {_HOW_TO_NAME}"
        problems.append(Problem(place, reason))
    notes = []
    if annotations.problems:
        notes.append(
            f"tags that cannot follow the one before: {len(annotations.problems):,}, "
            f"read as conlleval reads them, the first at {annotations.problems[0]}"
        )
    documents = [_join_sentences(figid, parts) for figid, parts in of_figures.items()]
    return documents, problems, notes


def _join_sentences(figid: str, sentences: Sequence[tuple[Document, Sentence]]) -> ReportedDocument:
    """Return the sentences of a figure as one document, with a space between them."""
    mentions: list[ReportedMention] = []
    tokens: list[tuple[int, int, int]] = []
    length = 0
    for document, sentence in sentences:
        mentions += (_read_span(span, length) for span in document.spans)
        offsets = zip(sentence.offsets(), sentence.tokens, sentence.lines, strict=True)
        tokens += (
            (length + start, length + start + len(token), line)
            for (start, _), token, line in offsets
        )
        length += len(sentence.text) + 1
    text = " ".join(sentence.text for _, sentence in sentences)
    first = sentences[0][0]
    return ReportedDocument(
        figid, tuple(mentions), first.source, first.line, text, tokens=tuple(tokens)
    )
