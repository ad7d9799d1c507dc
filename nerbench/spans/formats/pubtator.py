"""Read PubTator files: ``ID|t|title``, ``ID|a|abstract``, and tab-separated annotation lines.

Title, abstract, and identifiers may be missing; lines may end with tabs.
"""

from __future__ import annotations

import re

from nerbench.errors import RecordError
from nerbench.records import Problem
from nerbench.spans.formats.text_files import check_texts, in_code_points, parse_lines, parse_offset
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

    >>> found = parse_pubtator("7|t|IL-6 binds.\n7\t0\t4\til-6\tGene\tNCBI Gene:3569\t\n", "gold")
    >>> found.documents[0].text, found.documents[0].spans[0].ids, found.problems
    ('IL-6 binds.', ('NCBI Gene:3569',), ())
    """
    drafts: dict[str, _Draft] = {}
    problems: list[Problem] = []

    def parse_line(line: str, number: int) -> None:
        if match := _TEXT.fullmatch(line):
            docid, kind, words = match.groups()
            texts = drafts.setdefault(docid.strip(), _Draft(number)).texts
            if kind not in texts:
                texts[kind] = words
            elif texts[kind] == words:
                reason = f"document {docid} repeats its line |{kind}|: read once"
                problems.append(Problem(f"{source}:{number}", reason))
            else:
                raise RecordError(
                    f"document {docid} has a second line |{kind}| that differs from the first; "
                    "leave one of the two out"
                )
            return
        fields = line.split("\t")
        if not _is_relation(fields):
            docid, span = _parse_annotation(fields, number)
            drafts.setdefault(docid, _Draft(number)).spans.append(span)

    parse_lines(text, source, parse_line)
    documents = tuple(
        in_code_points(
            Document(docid, tuple(draft.spans), draft.text, source=source, line=draft.line)
        )
        for docid, draft in drafts.items()
    )
    for document in documents:
        problems += check_texts(document, is_whole="a" in drafts[document.docid].texts)
    return Annotations(source, "pubtator", documents, tuple(problems))


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
