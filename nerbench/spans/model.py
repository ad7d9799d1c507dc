"""The value types of span scoring: annotated spans, documents, and a file or folder of them.

They are frozen and check themselves on construction. Like `nerbench.records`, this is the
ground floor: it imports nothing of the package but its errors and records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from nerbench.errors import RecordError
from nerbench.records import Problem

__all__ = ["Annotations", "Document", "Span"]


@dataclass(frozen=True, slots=True)
class Span:
    """One annotated stretch of a document.

    ``start`` and ``end`` are half-open and count Unicode code points (in BioCreative II files:
    non-blank characters). A discontinuous span has two or more ``fragments``, in order, and
    ``start`` and ``end`` are those of its hull; a continuous one has none. ``ids`` are
    identifiers as the file writes them; ``line`` is where the span stands in its file, counted
    from 1, or 0 if the format has no lines.

    Raises RecordError if the span is empty or reversed, or its fragments do not fit it.

    >>> Span(0, 4, "GENE", ids=("NCBIGene:3569",)).end
    4
    >>> Span(0, 9, "GENE", fragments=((0, 3), (6, 9))).fragments
    ((0, 3), (6, 9))
    >>> Span(4, 4, "GENE")
    Traceback (most recent call last):
    nerbench.errors.RecordError: a span has the offsets 4-4; its end must be past its start
    """

    start: int
    end: int
    label: str
    ids: tuple[str, ...] = ()
    fragments: tuple[tuple[int, int], ...] = ()
    text: str | None = field(default=None, compare=False)
    line: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise RecordError(
                f"a span has the offsets {self.start}-{self.end}; its end must be past its start"
            )
        if self.fragments:
            self._check_fragments()

    def _check_fragments(self) -> None:
        edges = [edge for fragment in self.fragments for edge in fragment]
        ordered = all(start < end for start, end in self.fragments) and edges == sorted(edges)
        if len(self.fragments) < 2 or not ordered:
            raise RecordError(
                f"a span has the fragments {self.fragments}; give two or more, in order, "
                "that do not overlap"
            )
        if (edges[0], edges[-1]) != (self.start, self.end):
            raise RecordError(f"a span {self.start}-{self.end} has the fragments {self.fragments}")


@dataclass(frozen=True, slots=True)
class Document:
    """A document's annotations, and its text where the file gives it.

    ``alternatives`` are other spans that are as right as a gold span that they overlap
    (BioCreative II). ``line`` is where the document begins in ``source``.

    >>> Document("7", (Span(0, 4, "GENE"),), text="IL-6 binds").spans[0].label
    'GENE'
    """

    docid: str
    spans: tuple[Span, ...] = ()
    text: str | None = None
    alternatives: tuple[Span, ...] = ()
    source: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if not self.docid:
            raise RecordError(f"{self.place}: a document has no id; give it one")

    @property
    def place(self) -> str:
        """Where the document stands: its file and line, as messages name it.

        >>> Document("7", source="gold.txt", line=3).place
        'gold.txt:3'
        """
        return f"{self.source}:{self.line}" if self.line else self.source


@dataclass(frozen=True, slots=True)
class Annotations:
    """The documents of one file or folder, each id once, in the order of the file.

    ``format`` is pubtator, bioc, brat, conll, bc2gm, or empty for a file without content;
    ``problems`` says what was repaired or looks wrong, and where.

    Raises RecordError if two documents have one id.

    >>> Annotations("gold.txt", "pubtator", (Document("7"),)).problems
    ()
    """

    source: str
    format: str
    documents: Sequence[Document]
    problems: tuple[Problem, ...] = ()

    def __post_init__(self) -> None:
        seen: dict[str, Document] = {}
        for document in self.documents:
            first = seen.setdefault(document.docid, document)
            if first is not document:
                raise RecordError(
                    f"{document.place}: document {document.docid} stands at {first.place} already; "
                    "leave one of the two out"
                )
