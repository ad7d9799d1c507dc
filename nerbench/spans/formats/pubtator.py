"""Read PubTator files: ``ID|t|title``, ``ID|a|abstract``, and tab-separated annotation lines.

Tools write it in many ways: annotations alone, no title or no abstract, both in one line, texts
in lower case, identifiers missing, tabs at the end. All are read.
"""

from __future__ import annotations

import re

from nerbench.errors import RecordError
from nerbench.records import Problem
from nerbench.spans.formats.text_files import checked_span, lines_of, misplaced, number
from nerbench.spans.model import Annotations, Document, Span

__all__ = ["parse_pubtator"]

_TEXT = re.compile(r"([^|\t]+)\|([a-z])\|(.*)", re.DOTALL)


_NOVEL = ("", "novel", "no")


class _Draft:
    """A document while its lines are read."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.parts: dict[str, str] = {}
        self.spans: list[Span] = []

    @property
    def text(self) -> str | None:
        """Title and abstract with one character between them, as offsets count.

        None without a title: whether offsets count one that is not there, the file does not say.
        """
        if "t" not in self.parts:
            return None
        return " ".join(self.parts[kind] for kind in sorted(self.parts, key="ta".find))


def parse_pubtator(text: str, source: str) -> Annotations:
    r"""The documents of a PubTator file; lines of one id belong together wherever they stand.

    Lines of relations are passed over. A mention whose text is not at its offsets, and a document
    that stands there twice, are listed as problems; the former is scored where its offsets say.
    Raises RecordError, with file and line, for a line that is none of these, or a second text of
    a document that differs from the first.

    >>> found = parse_pubtator("7|t|IL-6 binds.\n7\t0\t4\til-6\tGene\tNCBI Gene:3569\t\n", "gold")
    >>> found.documents[0].text, found.documents[0].spans[0].ids, found.problems
    ('IL-6 binds.', ('NCBI Gene:3569',), ())
    """
    drafts: dict[str, _Draft] = {}
    problems: list[Problem] = []
    for at, line in enumerate(lines_of(text), 1):
        if not line.strip():
            continue
        if match := _TEXT.fullmatch(line):
            docid, kind, words = match.groups()
            draft = drafts.setdefault(docid.strip(), _Draft(at))
            first = draft.parts.get(kind)
            if first is None:
                draft.parts[kind] = words
            elif first != words:
                raise RecordError(
                    f"{source}:{at}: document {docid} has a second line |{kind}| that differs from "
                    "the first; leave one of the two out"
                )
            else:
                reason = f"document {docid} has this line |{kind}| a second time: read as one"
                problems.append(Problem(f"{source}:{at}", reason))
            continue
        fields = line.split("\t")
        if _is_relation(fields):
            continue
        docid = fields[0].strip()
        if len(fields) < 5 or not docid:
            raise RecordError(
                f"{source}:{at}: no line of PubTator; write ID|t|TITLE, ID|a|ABSTRACT, or ID, "
                "START, END, TEXT, LABEL, IDENTIFIERS with tabs between"
            )
        drafts.setdefault(docid, _Draft(at)).spans.append(_span(fields, source, at))
    documents = tuple(
        Document(docid, tuple(draft.spans), draft.text, source=source, line=draft.line)
        for docid, draft in drafts.items()
    )
    for document in documents:
        problems += misplaced(document, is_whole="a" in drafts[document.docid].parts)
    return Annotations(source, "pubtator", documents, tuple(problems))


def _is_relation(fields: list[str]) -> bool:
    """Whether a line says how identifiers relate (`ID, TYPE, ONE, OTHER`, and if it is new)."""
    if not 4 <= len(fields) <= 5 or (
        len(fields) == 5 and fields[4].strip().casefold() not in _NOVEL
    ):
        return False
    return fields[1].strip().replace("_", "").replace("-", "").isalpha()


def _span(fields: list[str], source: str, line: int) -> Span:
    start, end = (number(field, source, line) for field in fields[1:3])
    ids = fields[5].strip() if len(fields) > 5 else ""
    label = fields[4].strip()
    if not label:
        raise RecordError(f"{source}:{line}: the annotation has no label; write it after the text")
    return checked_span(source, line, start, end, label, (ids,) if ids else (), text=fields[3])
