"""Read annotated spans of any format, which the content tells."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from nerbench.errors import NerbenchError
from nerbench.inputs import find_stored, shown
from nerbench.records import Problem
from nerbench.spans.formats.bc2gm import parse_bc2gm, read_bc2gm_folder
from nerbench.spans.formats.bioc_documents import (
    bioc_documents,
    parse_bioc_xml,
    read_bioc_folder,
)
from nerbench.spans.formats.brat import is_brat_file, parse_brat, read_brat_folder
from nerbench.spans.formats.conll import is_conll_comment, parse_conll
from nerbench.spans.formats.json_documents import json_documents, parse_json, read_json_folder
from nerbench.spans.formats.pubtator import parse_pubtator, pubtator_documents
from nerbench.spans.formats.text_files import BinaryFileError, read_text
from nerbench.spans.model import Annotations, Document

_FORMATS = (
    "nerbench reads PubTator, BioC (XML, JSON), BERN2 (JSON), brat (.ann files), CoNLL (token, "
    "tag) and BioCreative II gene mentions (GENE.eval)"
)

_Parser = Callable[[str, str], Annotations]

DocumentReader = Callable[[str, str], Iterator[Document | Problem]]
"""Yields the documents of a text, and what is wrong with those that are broken."""

_DOCUMENT_READERS: dict[_Parser, DocumentReader] = {
    parse_bioc_xml: bioc_documents,
    parse_json: json_documents,
    parse_pubtator: pubtator_documents,
}

_TAG = r"([Oo]|[BIESLUMW](-\S+)?|[bieslumw]-\S+)\s*$"
_LINE = re.compile(r"[^\r\n]+")
_ANNOTATION = re.compile(
    r"([^\t]+)\t\s*(\d+)\s*\t\s*(\d+)\s*\t([^\t]*)\t(.*\t)?(.*\S)\s*", re.DOTALL
)
_XML_DECLARATION = re.compile(r"<[?!][^>]*>")
_XML_ROOT = re.compile(r"<([A-Za-z_][\w.:-]*)")
_MAX_COMPARED_LINES = 100

# Patterns that the first line that is not blank begins with.
_BY_CONTENT: tuple[tuple[re.Pattern[str], _Parser], ...] = (
    (re.compile(r"<"), parse_bioc_xml),
    (re.compile(r"[{\[]\s*([\"{\]}]|$)"), parse_json),
    (re.compile(r"[^|\t]+\|\s*\d+\s+\d+\s*\|"), parse_bc2gm),
    (re.compile(r"[^|\t]+\|[a-z]\|"), parse_pubtator),
    (re.compile(r"[TRENAM]\d+\t\S+ "), parse_brat),
    (re.compile(rf"(\S.*)?[ \t]{_TAG}"), parse_conll),
    (re.compile(r"[^\t]+\t\d+\t\d+\t"), parse_pubtator),
)


class UnknownFormatError(NerbenchError):
    """A file whose content is in none of the formats of annotations."""


def read_annotations(path: str | os.PathLike[str]) -> Annotations:
    r"""Read the annotated documents of a file or folder; the content tells the format.

    Parameters
    ----------
    path : path
        File of PubTator, BioC, brat, CoNLL or BioCreative II, also one that gzip, bzip2, xz or
        Zstandard compressed, or folder of brat, BioC or BioCreative II; `-` for standard input.

    Raises
    ------
    NerbenchError
        If the path cannot be read, its format is unknown, or a line is broken (with its place).

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "gold.txt")
    ...     _ = path.write_text("7|t|IL-6 binds.\n7\t0\t4\tIL-6\tGene\t3569\n")
    ...     (span,) = read_annotations(path).documents[0].spans
    >>> span.start, span.end, span.label, span.ids, span.line
    (0, 4, 'Gene', ('3569',), 2)
    """
    path = Path(path)
    if path.is_dir():
        return _read_folder(path)
    try:
        text = read_text(path)
    except BinaryFileError as error:
        reason = f"no annotations, but {error.kind}{error.remedy}"
        raise UnknownFormatError(f"{shown(path)}: {reason}; {_FORMATS}") from None
    parse = parse_brat if is_brat_file(path) else _find_parser(text)
    if parse is parse_bioc_xml and (kind := _other_xml(text)):
        raise UnknownFormatError(f"{shown(path)}: no annotations, but {kind}; {_FORMATS}")
    if parse is not None:
        return parse(text, shown(path))
    if text.strip():
        line = text[: len(text) - len(text.lstrip())].count("\n") + 1
        raise UnknownFormatError(f"{shown(path)}:{line}: unknown format; {_FORMATS}")
    return Annotations(shown(path), "", ())


def _other_xml(text: str) -> str:
    """Return what a text that begins with a tag is if it is no BioC, else an empty text."""
    root = _XML_ROOT.search(_XML_DECLARATION.sub("", text[:4000]))
    if root is None or root[1] in ("collection", "document"):
        return ""
    return "HTML" if root[1].lower() == "html" else f"XML with the root {root[1][:40]}"


def _find_parser(text: str) -> _Parser | None:
    lines = [line for line in islice(_lines(text), _MAX_COMPARED_LINES) if not _is_comment(line)]
    first = next(_lines(text), "")
    if is_conll_comment(first):
        return parse_conll
    first = next(iter(lines), first)
    parser = next((parse for pattern, parse in _BY_CONTENT if pattern.match(first)), None)
    return parse_pubtator if parser is parse_conll and _has_annotations(lines) else parser


def _lines(text: str) -> Iterator[str]:
    return (line for match in _LINE.finditer(text) if (line := match[0]).strip())


def _is_comment(line: str) -> bool:
    return line.startswith("#")


def _has_annotations(lines: Sequence[str]) -> bool:
    """Return whether lines that could be tokens with tags are annotations of PubTator, whose labels
    look like tags.

    Both may have two offsets in the second and third column. These are of the text in the fourth
    column (PubTator), or of the token in the first (CoNLL).
    """
    rows = [match.groups() for line in lines if (match := _ANNOTATION.fullmatch(line))]
    if not rows or not _ANNOTATION.fullmatch(lines[0]):
        return False
    sizes = [int(end) - int(start) for _, start, end, *_ in rows]
    of_tokens, of_texts = (
        sum(len(row[column]) == size for row, size in zip(rows, sizes, strict=True))
        for column in (0, 3)
    )
    if of_tokens != of_texts and 2 * max(of_tokens, of_texts) > len(rows):
        return of_texts > of_tokens
    tags = {row[-1].strip() for row in rows}
    has_outside = not tags.isdisjoint("Oo") and len(tags) > 1
    return not (has_outside and all(re.fullmatch(_TAG, tag) for tag in tags)) and min(sizes) > 0


def find_document_reader(text: str) -> DocumentReader | None:
    r"""Return what yields the documents of a text one by one, or None if it is neither BioC nor
    PubTator.

    >>> find_document_reader("7|t|IL-6 binds.\n").__name__
    'pubtator_documents'
    """
    parser = _find_parser(text)
    return None if parser is None else _DOCUMENT_READERS.get(parser)


def _read_folder(path: Path) -> Annotations:
    if find_stored(path / "GENE.eval") is not None:
        return read_bc2gm_folder(path)
    annotations = read_brat_folder(path)
    if not annotations.documents:
        annotations = read_bioc_folder(path)
    if not annotations.documents:
        annotations = read_json_folder(path)
    if not annotations.documents:
        raise NerbenchError(
            f"{path}: a folder without .ann files (brat), .xml or .json files (BioC) and GENE.eval "
            "(BC2GM)"
        )
    return annotations
