"""Read text files, the lines of annotation formats, and the offsets in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from nerbench.errors import RecordError
from nerbench.file_signatures import find_binary
from nerbench.inputs import read_input, shown, unpacked_name
from nerbench.records import Problem
from nerbench.spans.model import Document
from nerbench.spans.offsets import find_unit, has_text, possible_units, text_at

_BREAK = re.compile(r"\r\n|\r|\n")


class BinaryFileError(RecordError):
    """A file that is no text; ``kind`` says what it is, ``remedy`` what to do, if anything."""

    def __init__(self, path: Path, kind: str, remedy: str = "") -> None:
        super().__init__(f"{shown(path)}: no text, but {kind}{remedy}")
        self.kind, self.remedy = kind, remedy


def read_text(path: Path) -> str:
    """Return the text of a file, unpacked, or of standard input for `-`.

    Raises BinaryFileError if it is no text, NerbenchError if it cannot be read or is not UTF-8.
    """
    raw = read_input(path)
    if binary := find_binary(raw):
        remedy = f"; {binary.remedy}" if binary.is_enough and binary.remedy else ""
        raise BinaryFileError(path, binary.kind, remedy)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\0" in raw:
            raise BinaryFileError(path, "binary data") from None
        place = f"{shown(path)}:{raw.count(10, 0, error.start) + 1}"  # 10 is a line feed
        byte = f"0x{raw[error.start]:02x}"
        raise RecordError(f"{place}: not UTF-8 (byte {byte}); convert the file") from None


def find_files(folder: Path, suffix: str) -> list[Path]:
    """Return the files below a folder whose name has a suffix, compressed ones too, sorted."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in paths if unpacked_name(path.name).lower().endswith(suffix))


def lines_of(text: str) -> list[str]:
    r"""Split a text at line feeds and carriage returns only: its lines may hold other breaks.

    >>> lines_of("a\r\nb\u2028c")
    ['a', 'b\u2028c']
    """
    lines = _BREAK.split(text)
    return lines[:-1] if lines and not lines[-1] else lines


def parse_lines(text: str, source: str, parse_line: Callable[[str, int], None]) -> None:
    r"""Call a function with each line that is not blank and its number; add these to its errors.

    >>> parse_lines("1\n\nx", "gold.txt", lambda line, number: print(number, parse_offset(line)))
    Traceback (most recent call last):
    nerbench.errors.RecordError: gold.txt:3: the offset 'x' is not a whole number of up to 9 digits
    """
    for number, line in enumerate(lines_of(text), 1):
        if line.strip():
            try:
                parse_line(line, number)
            except RecordError as error:
                raise RecordError(f"{source}:{number}: {error}") from None


def parse_offset(field: str) -> int:
    """Return an offset; raises RecordError if it is not a whole number."""
    field = field.strip()
    if not (field.isascii() and field.isdecimal()) or len(field) > 9:
        raise RecordError(f"the offset {field[:30]!r} is not a whole number of up to 9 digits")
    return int(field)


def in_code_points(document: Document) -> Document:
    """Return a document with its offsets in code points, if the texts of its spans tell the unit.

    >>> from nerbench.spans.model import Span
    >>> document = in_code_points(Document("7", (Span(7, 11, "GENE", text="IL-6"),), "TNF-β IL-6"))
    >>> document.unit, document.spans[0].start
    ('utf-8', 6)
    """
    text = document.text
    if text is None or (text.isascii() and "\n" not in text):
        return document
    units = ((unit, text) for unit in possible_units(text))
    unit, _, spans = find_unit(document.spans, units)
    return document if unit == "code-points" else replace(document, spans=tuple(spans), unit=unit)


def check_texts(document: Document, is_whole: bool = True) -> Iterator[Problem]:
    """Yield mentions whose text is not at their offsets, or that are past the end of a whole text.

    >>> from nerbench.spans.model import Span
    >>> spans = (Span(5, 9, "GENE", text="IL-6", line=2),)
    >>> [str(p) for p in check_texts(Document("7", spans, "IL-6 binds.", source="gold.txt"))]
    ["gold.txt:2: document 7 has 'bind' at 5-9, not 'IL-6'"]
    """
    text = document.text or ""
    for span in document.spans if document.text is not None else ():
        place = f"{document.source}:{span.line}" if span.line else document.source
        offsets = f"{span.start}-{span.end}"
        if span.end > len(text):
            if is_whole:
                reason = f"has {len(text):,} characters: {offsets} is past its end"
                yield Problem(place, f"document {document.docid} {reason}")
            continue
        if span.text and not has_text(span, text):
            reason = f"has {text_at(span, text)[:60]!r} at {offsets}, not {span.text[:60]!r}"
            yield Problem(place, f"document {document.docid} {reason}")
