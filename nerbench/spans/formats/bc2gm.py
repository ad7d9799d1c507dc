"""Read gene mentions of BioCreative II: ``SENTENCE|START END|TEXT``.

Offsets count the characters that are not blank, and END is the last one's.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from nerbench.errors import RecordError
from nerbench.records import Problem
from nerbench.spans.formats.text_files import checked_span, lines_of, number, read_text
from nerbench.spans.model import Annotations, Document, Span

__all__ = ["parse_bc2gm", "read_bc2gm_folder"]

LABEL = "GENE"

_LINE = re.compile(r"([^|]+)\|\s*(\S+)\s+(\S+)\s*\|(.*)", re.DOTALL)


def parse_bc2gm(text: str, source: str) -> Annotations:
    r"""The sentences that a file names, with their gene mentions, labelled GENE.

    Raises RecordError, with file and line, for a line of another form.

    >>> parse_bc2gm("P1|14 33|alkaline phosphatases\n", "GENE.eval").documents[0].spans[0].end
    34
    """
    spans: dict[str, list[Span]] = {}
    for at, line in enumerate(lines_of(text), 1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise RecordError(f"{source}:{at}: no gene mention; write SENTENCE|START END|TEXT")
        docid, first, last, words = match.groups()
        start, end = number(first, source, at), number(last, source, at) + 1
        span = checked_span(source, at, start, end, LABEL, text=words)
        spans.setdefault(docid.strip(), []).append(span)
    documents = tuple(
        Document(docid, tuple(found), source=source, line=found[0].line)
        for docid, found in spans.items()
    )
    return Annotations(source, "bc2gm", documents)


def read_bc2gm_folder(folder: Path) -> Annotations:
    """The gold mentions in GENE.eval, with their alternatives of ALTGENE.eval.

    If there is no ALTGENE.eval, that is listed as a problem.
    Raises NerbenchError if a file cannot be read, RecordError for a line of another form.
    """
    gold_path, other_path = folder / "GENE.eval", folder / "ALTGENE.eval"
    gold = parse_bc2gm(read_text(gold_path), str(gold_path)).documents
    if not other_path.is_file():
        lack = Problem(str(folder), "has no ALTGENE.eval: scored without alternatives")
        return Annotations(str(folder), "bc2gm", gold, (lack,))
    others = parse_bc2gm(read_text(other_path), str(other_path)).documents
    known = {document.docid for document in gold}
    bare = (replace(other, spans=()) for other in others if other.docid not in known)
    alternatives = {other.docid: other.spans for other in others}
    documents = tuple(
        replace(document, alternatives=alternatives.get(document.docid, ()))
        for document in (*gold, *bare)
    )
    return Annotations(str(folder), "bc2gm", documents)
