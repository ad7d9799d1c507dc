"""Read gene mentions of BioCreative II: ``SENTENCE|START END|TEXT``.

Offsets count the characters that are not blank; END is that of the last character.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from nerbench.errors import RecordError
from nerbench.inputs import find_stored
from nerbench.records import Problem
from nerbench.spans.formats.text_files import parse_lines, parse_offset, read_text
from nerbench.spans.model import Annotations, Document, Span

_LABEL = "GENE"  # the files name no label
_LINE = re.compile(r"([^|]+)\|\s*(\S+)\s+(\S+)\s*\|(.*)", re.DOTALL)


def parse_bc2gm(text: str, source: str) -> Annotations:
    r"""Return the sentences that a file names; raises RecordError for a line of another form.

    >>> parse_bc2gm("P1|14 33|alkaline phosphatases\n", "GENE.eval").documents[0].spans[0].end
    34
    """
    spans: dict[str, list[Span]] = {}

    def parse_line(line: str, number: int) -> None:
        match = _LINE.fullmatch(line)
        if match is None:
            raise RecordError("not a gene mention; write SENTENCE|START END|TEXT")
        docid, first, last, mention = match.groups()
        start, end = parse_offset(first), parse_offset(last) + 1
        span = Span(start, end, _LABEL, text=mention, line=number)
        spans.setdefault(docid.strip(), []).append(span)

    parse_lines(text, source, parse_line)
    documents = tuple(
        Document(docid, tuple(mentions), source=source, line=mentions[0].line)
        for docid, mentions in spans.items()
    )
    return Annotations(source, "bc2gm", documents)


def read_bc2gm_folder(folder: Path) -> Annotations:
    """Return the gold mentions in GENE.eval, with their alternatives in ALTGENE.eval, if any."""
    gold_path = find_stored(folder / "GENE.eval") or folder / "GENE.eval"
    gold = parse_bc2gm(read_text(gold_path), str(gold_path)).documents
    alternatives_path = find_stored(folder / "ALTGENE.eval")
    if alternatives_path is None:
        problem = Problem(str(folder), "has no ALTGENE.eval: scored without alternatives")
        return Annotations(str(folder), "bc2gm", gold, (problem,))
    others = parse_bc2gm(read_text(alternatives_path), str(alternatives_path)).documents
    gold_ids = {document.docid for document in gold}
    without_gold = (replace(other, spans=()) for other in others if other.docid not in gold_ids)
    alternatives = {other.docid: other.spans for other in others}
    documents = tuple(
        replace(document, alternatives=alternatives.get(document.docid, ()))
        for document in (*gold, *without_gold)
    )
    return Annotations(str(folder), "bc2gm", documents)
