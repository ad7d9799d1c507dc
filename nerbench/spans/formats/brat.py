"""Read the standoff files of brat: text-bound annotations (`T`) and their references (`N`)."""

from __future__ import annotations

import re
from pathlib import Path

from nerbench.errors import RecordError
from nerbench.inputs import find_stored, unpacked_name
from nerbench.spans.formats.text_files import (
    check_texts,
    find_files,
    in_code_points,
    lines_of,
    parse_lines,
    parse_offset,
    read_text,
)
from nerbench.spans.model import Annotations, Document, Span

_SUFFIX = ".ann"
_SPAN = re.compile(r"(T\S*)\t(\S+) (\d+ \d+(?:;\d+ \d+)*)(?:\t(.*))?", re.DOTALL)
_REFERENCE = re.compile(r"N\S*\tReference (\S+) (\S+)(?:\t.*)?", re.DOTALL)


def parse_brat(text: str, source: str) -> Annotations:
    r"""Return the document of an .ann file, its name as id; raises RecordError for a broken line.

    >>> gold = parse_brat("T1\tGENE 0 4;9 11\tIL-6 Ra\nN1\tReference T1 NCBI:3569\tIL6\n", "7.ann")
    >>> gold.documents[0].docid, gold.documents[0].spans[0].fragments
    ('7', ((0, 4), (9, 11)))
    >>> gold.documents[0].spans[0].ids
    ('NCBI:3569',)
    """
    path = Path(source)
    document = brat_document(text, _text_beside(path), _docid(path), source)
    return Annotations(source, "brat", (document,), tuple(check_texts(document)))


def read_brat_folder(folder: Path) -> Annotations:
    """Return a document for each .ann file below a folder; its id is the path without suffix."""
    documents = tuple(
        brat_document(
            read_text(path),
            _text_beside(path),
            path.relative_to(folder).with_name(_docid(path)).as_posix(),
            str(path),
        )
        for path in find_files(folder, _SUFFIX)
    )
    problems = tuple(problem for document in documents for problem in check_texts(document))
    return Annotations(str(folder), "brat", documents, problems)


def _text_beside(path: Path) -> str | None:
    text_path = find_stored(path.with_name(f"{_docid(path)}.txt"))
    return None if text_path is None else read_text(text_path)


def _docid(path: Path) -> str:
    return Path(unpacked_name(path.name)).stem


def is_brat_file(path: Path) -> bool:
    """Return whether a file holds annotations of brat, by its name.

    >>> is_brat_file(Path("7.ann.gz")), is_brat_file(Path("7.txt"))
    (True, False)
    """
    return unpacked_name(path.name).lower().endswith(_SUFFIX)


def brat_document(text: str, words: str | None, docid: str, source: str) -> Document:
    """Return the document of the text of an .ann file and that of its .txt file, if it has one.

    Raises RecordError for a broken line.
    """
    references: dict[str, list[str]] = {}
    for match in filter(None, map(_REFERENCE.fullmatch, lines_of(text))):
        references.setdefault(match[1], []).append(match[2])
    spans: list[Span] = []

    def parse_line(line: str, number: int) -> None:
        if not line.startswith("T"):
            return  # an event, relation, attribute or note
        match = _SPAN.fullmatch(line)
        if match is None:
            raise RecordError(
                "not a text-bound annotation; write T1, a tab, LABEL START END, a tab and the text"
            )
        name, label, offsets, mention = match.groups()
        parts = _parse_fragments(offsets)
        ids = tuple(references.get(name, ()))
        fragments = parts if len(parts) > 1 else ()
        spans.append(Span(parts[0][0], parts[-1][1], label, ids, fragments, mention, number))

    parse_lines(text, source, parse_line)
    return in_code_points(Document(docid, tuple(spans), words, source=source, line=1))


def _parse_fragments(offsets: str) -> tuple[tuple[int, int], ...]:
    """Return fragments in order, those that touch joined."""
    pairs = sorted(tuple(map(parse_offset, pair.split(" "))) for pair in offsets.split(";"))
    joined: list[tuple[int, int]] = []
    for start, end in pairs:
        if joined and start == joined[-1][1] and start < end:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)
