"""Text files: how they are read, and how offsets in them are told."""

from __future__ import annotations

import re
from pathlib import Path

from nerbench.annotations import Span
from nerbench.errors import NerbenchError, RecordError

__all__ = ["checked_span", "lines_of", "number", "read_text"]

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
