"""Text files: how they are read, and how offsets in them are told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from nerbench.errors import NerbenchError, RecordError
from nerbench.records import Problem
from nerbench.spans.model import Document, Span

__all__ = ["checked_span", "lines_of", "misplaced", "number", "read_text"]

_BREAK = re.compile(r"\r\n|\r|\n")


def read_text(path: Path) -> str:
    """A file's text, UTF-8, line ends as they are.

    Raises NerbenchError if it cannot be read, RecordError with the line if it is not UTF-8.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise NerbenchError(f"{path}: no such file or folder") from None
    except OSError as error:
        raise NerbenchError(f"{path}: cannot be read: {error.strerror or error}") from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        byte = raw[error.start]
        raise RecordError(
            f"{path}:{line}: not UTF-8 (byte 0x{byte:02x}); convert the file"
        ) from None


def lines_of(text: str) -> list[str]:
    r"""Lines, parted at line feeds and carriage returns only: a text may hold other breaks.

    >>> lines_of("a\r\nb\u2028c")
    ['a', 'b\u2028c']
    """
    lines = _BREAK.split(text)
    return lines[:-1] if lines and not lines[-1] else lines


def number(field: str, source: str, line: int) -> int:
    """An offset. Raises RecordError, with the place, if it is no whole number.

    >>> number(" 12 ", "gold.txt", 3)
    12
    """
    field = field.strip()
    if not (field.isascii() and field.isdecimal()) or len(field) > 9:
        raise RecordError(f"{source}:{line}: the offset {field[:30]!r} is no count of characters")
    return int(field)


def checked_span(
    source: str,
    line: int,
    start: int,
    end: int,
    label: str,
    ids: tuple[str, ...] = (),
    fragments: tuple[tuple[int, int], ...] = (),
    text: str | None = None,
) -> Span:
    """A span that a line of a file describes.

    Raises RecordError, with the place, if it cannot be one.

    >>> checked_span("gold.txt", 3, 0, 4, "GENE").line
    3
    """
    try:
        return Span(start, end, label, ids, fragments, text, line)
    except RecordError as error:
        raise RecordError(f"{source}:{line}: {error}") from None


def misplaced(document: Document, is_whole: bool = True) -> Iterator[Problem]:
    """The mentions whose text is not at their offsets; case and blanks do not count.

    Of a text that ends early (not ``is_whole``), what lies behind its end is not looked at.

    >>> spans = (Span(5, 9, "GENE", text="IL-6", line=2),)
    >>> [str(p) for p in misplaced(Document("7", spans, "IL-6 binds.", source="gold.txt"))]
    ["gold.txt:2: document 7 has 'bind' at 5-9, not 'IL-6'"]
    """
    text = document.text or ""
    for span in document.spans if document.text is not None else ():
        place = f"{document.source}:{span.line}" if span.line else document.source
        where = f"{span.start}-{span.end}"
        if span.end > len(text):
            if is_whole:
                reason = f"has {len(text):,} characters: {where} is past its end"
                yield Problem(place, f"document {document.docid} {reason}")
            continue
        pieces = span.fragments or ((span.start, span.end),)
        found = " ".join(text[start:end] for start, end in pieces)
        if span.text and found != span.text and _bare(found) != _bare(span.text):
            reason = f"has {found[:60]!r} at {where}, not {span.text[:60]!r}"
            yield Problem(place, f"document {document.docid} {reason}")


def _bare(text: str) -> str:
    return "".join(text.split()).casefold()
