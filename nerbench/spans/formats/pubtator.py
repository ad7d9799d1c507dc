"""Read PubTator files: ``ID|t|title``, ``ID|a|abstract``, and tab-separated annotation lines.

Title, abstract, and identifiers may be missing; lines may end with tabs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nerbench.errors import RecordError
from nerbench.records import Problem
from nerbench.spans.formats.text_files import (
    check_texts,
    in_code_points,
    lines_of,
    parse_lines,
    parse_offset,
)
from nerbench.spans.model import Annotations, Document, Span

_TEXT = re.compile(r"([^|\t]+)\|([a-z])\|(.*)", re.DOTALL)
_NOVELTIES = ("", "novel", "no")  # the last field of a relation


class _Draft:
    """A document whose lines are being read."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.texts: dict[str, str] = {}
        self.spans: list[Span] = []

    @property
    def text(self) -> str | None:
        """Title and abstract with one character between them, as offsets count."""
        if "t" not in self.texts:
            return None  # the file does not say whether offsets count a missing title
        return " ".join(self.texts[kind] for kind in sorted(self.texts, key="ta".find))


def parse_pubtator(text: str, source: str) -> Annotations:
    r"""Return the documents of a PubTator file; lines of one id belong together anywhere in it.

    Raises RecordError for a line of another form or a text line that differs from an earlier one.

    >>> gold = parse_pubtator("7|t|IL-6 binds.\n7\t0\t4\til-6\tGene\tNCBI Gene:3569\t\n", "gold")
    >>> gold.documents[0].text, gold.documents[0].spans[0].ids, gold.problems
    ('IL-6 binds.', ('NCBI Gene:3569',), ())
    """
    reader = _Reader(source)
    parse_lines(text, source, reader.read_line)
    documents = tuple(reader.document(docid) for docid in reader.drafts)
    problems = reader.problems
    for document in documents:
        problems += check_texts(document, is_whole="a" in reader.drafts[document.docid].texts)
    return Annotations(source, "pubtator", documents, tuple(problems))


def pubtator_documents(text: str, source: str) -> Iterator[Document | Problem]:
    r"""Yield the documents of a PubTator file, or what is wrong with the first broken line of one.

    >>> parsed = list(pubtator_documents("7|t|IL-6 binds.\n8|t|A\n8\t0\tx\tA\tGene\n", "gold.txt"))
    >>> parsed[0].docid, str(parsed[1])
    ('7', "gold.txt:3: the offset 'x' is not a whole number of up to 9 digits")
    """
    reader = _Reader(source)
    problems: dict[str, Problem | None] = {}
    for number, line in enumerate(lines_of(text), 1):
        if line.strip():
            docid = re.split(r"[|\t]", line, maxsplit=1)[0].strip()
            problems.setdefault(docid, None)
            try:
                reader.read_line(line, number)
            except RecordError as error:
                problems[docid] = problems[docid] or Problem(f"{source}:{number}", str(error))
    for docid, problem in problems.items():
        if problem is not None or docid in reader.drafts:
            yield problem or reader.document(docid)


class _Reader:
    """Collects the documents of a file line by line."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.drafts: dict[str, _Draft] = {}
        self.problems: list[Problem] = []

    def read_line(self, line: str, number: int) -> None:
        if match := _TEXT.fullmatch(line):
            docid, kind, words = match.groups()
            texts = self.drafts.setdefault(docid.strip(), _Draft(number)).texts
            if kind not in texts:
                texts[kind] = words
            elif texts[kind] == words:
                reason = f"document {docid} repeats its line |{kind}|: read once"
                self.problems.append(Problem(f"{self.source}:{number}", reason))
            else:
                raise RecordError(
                    f"document {docid} has a second line |{kind}| that differs from the first; "
                    "leave one of the two out"
                )
            return
        fields = line.split("\t")
        if not _is_relation(fields):
            docid, span = _parse_annotation(fields, number)
            self.drafts.setdefault(docid, _Draft(number)).spans.append(span)

    def document(self, docid: str) -> Document:
        draft = self.drafts[docid]
        return in_code_points(
            Document(docid, tuple(draft.spans), draft.text, source=self.source, line=draft.line)
        )


def _is_relation(fields: list[str]) -> bool:
    """Return whether a line relates identifiers (`ID, TYPE, ID1, ID2`, with or without novelty)."""
    is_short = len(fields) == 4 or (len(fields) == 5 and fields[4].strip().casefold() in _NOVELTIES)
    return is_short and fields[1].strip().replace("_", "").replace("-", "").isalpha()


def _parse_annotation(fields: list[str], line: int) -> tuple[str, Span]:
    docid = fields[0].strip()
    if len(fields) < 5 or not docid:
        raise RecordError(
            "not a PubTator line; write ID|t|TITLE, ID|a|ABSTRACT, or ID, START, END, TEXT, LABEL, "
            "IDENTIFIERS with tabs between"
        )
    start, end = map(parse_offset, fields[1:3])
    label = fields[4].strip()
    if not label:
        raise RecordError("the annotation has no label; write it after the text")
    ids = tuple(filter(None, (field.strip() for field in fields[5:6])))
    return docid, Span(start, end, label, ids, text=fields[3], line=line)
