"""What a file of predictions reports, whatever its format: documents and what is marked in them."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from nerbench.errors import NerbenchError, RecordError
from nerbench.records import Problem
from nerbench.spans.formats.conll import parse_conll
from nerbench.spans.formats.reader import read_annotations
from nerbench.spans.formats.text_files import lines_of, read_text
from nerbench.spans.model import Document, Span

__all__ = [
    "Reported",
    "ReportedDocument",
    "is_json_line",
    "json_document",
    "json_mention",
    "read_annotated",
]


@dataclass(frozen=True, slots=True)
class Reported:
    """A mention as a file reports it: offsets in whatever the tool counted, nothing checked.

    ``text`` and ``label`` are None where the file gives none; ``place`` is its file and line.
    """

    start: int
    end: int
    text: str | None
    label: str | None
    place: str
    score: float | None = None
    ids: tuple[str, ...] = ()
    fragments: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ReportedDocument:
    """What a file reports of one figure.

    ``text`` is the text that offsets are of, None where that is the caption. ``is_exact`` says
    that mentions' texts are the caption's to the letter. ``tokens`` are the places of the text's
    tokens where the file is made of tokens: start, end, and the line.
    """

    figid: str
    mentions: tuple[Reported, ...]
    place: str
    text: str | None = None
    is_exact: bool = False
    tokens: tuple[tuple[int, int, int], ...] = ()


# --- JSON lines


def is_json_line(line: bytes) -> bool:
    """Whether a file's first line is one of predictions as JSON lines, not of BioC.

    >>> is_json_line(b'{"id": "F1", "mentions": []}'), is_json_line(b'{"documents": []}')
    (True, False)
    """
    try:
        entry: Any = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(entry, dict) and not entry.keys() & {"documents", "passages"}


def json_document(line: bytes, place: str) -> tuple[ReportedDocument, list[Problem]]:
    """A figure's predictions from a line of JSON, and what of them cannot be used.

    Raises RecordError, without the place, if the line is no prediction.

    >>> json_document(b'{"id": "F1", "mentions": [{"start": 0, "end": 4, "text": "IL-6"}]}', "a:1")
    (ReportedDocument(figid='F1', mentions=(Reported(start=0, end=4, text='IL-6', label=None, \
place='a:1', score=None, ids=(), fragments=()),), place='a:1', text=None, is_exact=True, \
tokens=()), [])
    """
    try:
        entry: Any = json.loads(line)
    except (ValueError, RecursionError):
        raise RecordError("no JSON object") from None
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        raise RecordError('no prediction: the field "id" (a figure id) is missing')
    if not isinstance(entry.get("mentions"), list):
        raise RecordError('no prediction: the field "mentions" (a list) is missing')
    mentions, problems = [], []
    for item in entry["mentions"]:
        try:
            mentions.append(json_mention(item, place))
        except RecordError as error:
            problems.append(Problem(place, f"figure {entry['id']}: {error}"))
    return ReportedDocument(entry["id"], tuple(mentions), place, is_exact=True), problems


def json_mention(item: Any, place: str = "") -> Reported:
    """A mention from its JSON object. Raises RecordError, saying which field is wrong.

    >>> json_mention({"start": 18, "end": 22, "text": "IL-6", "ids": ["9606:3569"]}).ids
    ('9606:3569',)
    """
    if not isinstance(item, dict):
        raise RecordError(f"a mention is an object, not {str(item)[:40]!r}")
    start, end, text = item.get("start"), item.get("end"), item.get("text")
    for field, value in (("start", start), ("end", end)):
        if not isinstance(value, int) or isinstance(value, bool):
            raise RecordError(f"a mention's {field} is an integer, not {value!r}")
    if not isinstance(text, str):
        raise RecordError(f"a mention's text is a string, not {text!r}")
    score, ids = item.get("score"), item.get("ids") or ()
    if score is not None and (not isinstance(score, int | float) or isinstance(score, bool)):
        raise RecordError(f"a mention's score is a number, not {score!r}")
    if not isinstance(ids, list | tuple):
        raise RecordError(f"a mention's ids are a list, not {ids!r}")
    label = str(item["label"]) if item.get("label") else None
    score = None if score is None else float(score)
    return Reported(start, end, text, label, place, score, tuple(map(str, ids)))  # type: ignore[arg-type]


# --- PubTator, BioC, brat, CoNLL

_HOW_TO_NAME = "write '# figid: FIGID' or '-DOCSTART- FIGID' on a line before each figure's tokens"
_FIGURE = re.compile(
    r"#\s*(?:(?:(?:new)?doc(?:ument)?|fig(?:ure)?)?[ _-]?id\s*[:=]|(?:new)?doc(?:ument)?\b\s*[:=]?)"
    r"\s*(\S+)\s*",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"#\s*[A-Za-z][\w. -]*[:=](?:\s|$)[^\t]*")
_DOCSTART = "-DOCSTART-"


def read_annotated(path: Path) -> tuple[list[ReportedDocument], list[Problem], list[str]]:
    """The documents of a file or folder of annotations, its problems, and what was repaired.

    PubTator, BioC, brat (a document's id is its file's name) and CoNLL, told by their content; of
    CoNLL, the sentences of a figure are one document. Raises NerbenchError if the path cannot be
    read, is of another format, or a line is broken; or if CoNLL does not say which figure is which.
    """
    if path.is_file() and path.suffix.lower() != ".ann":
        text = read_text(path)
        first = next((line for line in lines_of(text) if line.strip()), "")
        if first.startswith(_DOCSTART) or _FIGURE.fullmatch(first) or _COMMENT.fullmatch(first):
            return _read_conll(text, str(path))
    if path.is_dir() and not any(path.rglob("*.ann")):
        raise NerbenchError(
            f"{path}: cannot be read: a folder of predictions holds brat's .ann files, and this "
            "one has none"
        )
    found = read_annotations(path)
    if found.format == "conll":
        raise NerbenchError(f"{path}:1: no line says which figure this is; {_HOW_TO_NAME}")
    if found.format == "bc2gm":
        raise NerbenchError(
            f"{path}: BioCreative II files are of sentences, not of figures; use PubTator, BioC, "
            "brat, CoNLL or JSON lines"
        )
    by_file = found.format == "brat"
    return [_document(document, by_file) for document in found.documents], [], []


def _document(document: Document, by_file: bool) -> ReportedDocument:
    mentions = tuple(_mention(span, document.source) for span in document.spans)
    figid = PurePosixPath(document.docid).name if by_file else document.docid
    return ReportedDocument(figid, mentions, document.place, document.text)


def _mention(span: Span, source: str, shift: int = 0) -> Reported:
    place = f"{source}:{span.line}" if span.line else source
    start, end = span.start + shift, span.end + shift
    text = span.text or None
    return Reported(start, end, text, span.label, place, None, span.ids, span.fragments)


def _read_conll(text: str, source: str) -> tuple[list[ReportedDocument], list[Problem], list[str]]:
    lines = lines_of(text)
    marks = list(_marks(lines))
    marked = {line for line, _ in marks}
    plain = ["" if at in marked else line for at, line in enumerate(lines, 1)]
    found = parse_conll("\n".join(plain) + "\n", source)
    figures: dict[str, list[Document]] = {}
    astray: list[Document] = []
    known = [(line, figid) for line, figid in marks if figid is not None]
    for sentence in found.documents:
        at = bisect_right(known, sentence.line, key=lambda mark: mark[0])
        if at and known[at - 1][1]:
            figures.setdefault(known[at - 1][1], []).append(sentence)
        else:
            astray.append(sentence)
    if astray and not figures:
        raise NerbenchError(f"{astray[0].place}: no line says which figure this is; {_HOW_TO_NAME}")
    problems = []
    if astray:
        reason = f"{len(astray)} sentences from here on are of no figure; {_HOW_TO_NAME}"
        problems.append(Problem(astray[0].place, reason))
    notes = []
    if found.problems:
        notes.append(
            f"{source}: tags that cannot follow the one before: {len(found.problems):,}, read as "
            f"conlleval reads them, the first at {found.problems[0]}"
        )
    return [_joined(figid, each, plain) for figid, each in figures.items()], problems, notes


def _marks(lines: Sequence[str]) -> Iterator[tuple[int, str | None]]:
    """The lines of a CoNLL file that are no tokens, counted from 1: a figure's id where they give
    one, empty where they begin a document without an id, None for other comments.
    """
    for at, line in enumerate(lines, 1):
        if line.startswith(_DOCSTART):
            fields = line[len(_DOCSTART) :].split()
            yield at, next((one.strip("()") for one in fields if one not in ("-X-", "O")), "")
        elif match := _FIGURE.fullmatch(line):
            yield at, match[1]
        elif _COMMENT.fullmatch(line):
            yield at, None


def _joined(figid: str, sentences: Sequence[Document], lines: Sequence[str]) -> ReportedDocument:
    """The sentences of a figure as one document, a space between."""
    mentions: list[Reported] = []
    tokens: list[tuple[int, int, int]] = []
    length = 0
    for sentence in sentences:
        mentions += (_mention(span, sentence.source, length) for span in sentence.spans)
        at = sentence.line
        start = length
        length += len(sentence.text or "") + 1
        while start < length:
            end = start + len(_token(lines[at - 1]))
            tokens.append((start, end, at))
            start, at = end + 1, at + 1
    text = " ".join(sentence.text or "" for sentence in sentences)
    place = sentences[0].place
    return ReportedDocument(figid, tuple(mentions), place, text, tokens=tuple(tokens))


def _token(line: str) -> str:
    return (line.split("\t") if "\t" in line else line.split())[0].strip()
