"""Read brat's stand-off files: text-bound annotations (`T`) and their references (`N`)."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path

from nerbench.errors import RecordError
from nerbench.spans.formats.text_files import checked_span, lines_of, misplaced, number, read_text
from nerbench.spans.model import Annotations, Document

__all__ = ["parse_brat", "read_brat_folder"]

_SPAN = re.compile(r"(T\S*)\t(\S+) (\d+ \d+(?:;\d+ \d+)*)(?:\t(.*))?", re.DOTALL)
_REFERENCE = re.compile(r"N\S*\tReference (\S+) (\S+)(?:\t.*)?", re.DOTALL)


def parse_brat(text: str, source: str) -> Annotations:
    r"""The one document of an .ann file; its id is the file's name, its text the .txt beside it.

    A discontinuous annotation keeps its fragments; those that touch are joined. Events,
    relations, attributes and notes are passed over.
    Raises RecordError, with file and line, for a broken text-bound annotation.

    >>> found = parse_brat("T1\tGENE 0 4;9 11\tIL-6 Ra\nN1\tReference T1 NCBI:3569\tIL6\n", "7.ann")
    >>> found.documents[0].docid, found.documents[0].spans[0].fragments
    ('7', ((0, 4), (9, 11)))
    >>> found.documents[0].spans[0].ids
    ('NCBI:3569',)
    """
    path = Path(source)
    return _checked(source, (_document(path, path.stem, text),))


def read_brat_folder(folder: Path) -> Annotations:
    """A document for each .ann file below a folder, its id the path without the suffix.

    Raises NerbenchError if a file cannot be read, RecordError for a broken annotation.
    """
    documents = tuple(
        _document(path, path.relative_to(folder).with_suffix("").as_posix(), read_text(path))
        for path in sorted(folder.rglob("*.ann"))
    )
    return _checked(str(folder), documents)


def _checked(source: str, documents: tuple[Document, ...]) -> Annotations:
    problems = tuple(chain.from_iterable(map(misplaced, documents)))
    return Annotations(source, "brat", documents, problems)


def _document(path: Path, docid: str, text: str) -> Document:
    lines = lines_of(text)
    references: dict[str, list[str]] = {}
    for line in lines:
        if match := _REFERENCE.fullmatch(line):
            references.setdefault(match[1], []).append(match[2])
    spans = []
    for at, line in enumerate(lines, 1):
        if not line.startswith("T"):
            continue
        match = _SPAN.fullmatch(line)
        if match is None:
            raise RecordError(
                f"{path}:{at}: no text-bound annotation; write T1, a tab, LABEL START END, a tab "
                "and the text"
            )
        name, label, offsets, words = match.groups()
        fragments = _fragments(offsets, str(path), at)
        span = checked_span(
            str(path),
            at,
            start=fragments[0][0],
            end=fragments[-1][1],
            label=label,
            ids=tuple(references.get(name, ())),
            fragments=fragments if len(fragments) > 1 else (),
            text=words,
        )
        spans.append(span)
    beside = path.with_suffix(".txt")
    words = read_text(beside) if beside.is_file() else None
    return Document(docid, tuple(spans), words, source=str(path), line=1)


def _fragments(offsets: str, source: str, line: int) -> tuple[tuple[int, int], ...]:
    """The fragments in order, those that touch joined."""
    pairs = sorted(
        tuple(number(edge, source, line) for edge in pair.split(" ")) for pair in offsets.split(";")
    )
    joined: list[tuple[int, int]] = []
    for start, end in pairs:
        if joined and start == joined[-1][1] and start < end:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)
