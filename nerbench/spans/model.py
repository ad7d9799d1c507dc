"""Values of span scoring, which check themselves: spans, documents, the contents of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from nerbench.errors import RecordError
from nerbench.records import Problem
from nerbench.spans.offsets import FileOffsetUnit


@dataclass(frozen=True, slots=True)
class Span:
    """An annotated span of a document.

    Parameters
    ----------
    start, end : int
        Half-open offsets in Unicode code points (in BioCreative II, in non-blank characters).
    label, ids : str, tuple of str
        Entity type and identifiers as the file writes them.
    fragments : tuple of (int, int)
        Offsets of the parts of a discontinuous span, in order, from ``start`` to ``end``.
    text, line, score : str or None, int, float or None
        Text, line (from 1; 0 if it has none) and confidence of the span in the file; not compared.

    Raises
    ------
    RecordError
        If the span is empty or reversed, or its fragments do not fit it.

    Examples
    --------
    >>> Span(0, 9, "GENE", ids=("NCBIGene:3569",), fragments=((0, 3), (6, 9))).end
    9
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
    score: float | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise RecordError(
                f"a span has the offsets {self.start}-{self.end}; its end must be past its start"
            )
        if not self.fragments:
            return
        edges = [edge for fragment in self.fragments for edge in fragment]
        is_ordered = all(start < end for start, end in self.fragments) and edges == sorted(edges)
        if len(self.fragments) < 2 or not is_ordered:
            raise RecordError(
                f"a span has the fragments {self.fragments}; give two or more, in order, "
                "that do not overlap"
            )
        if (edges[0], edges[-1]) != (self.start, self.end):
            raise RecordError(f"a span {self.start}-{self.end} has the fragments {self.fragments}")


@dataclass(frozen=True, slots=True)
class Document:
    """The annotations of a document.

    Parameters
    ----------
    docid : str
        Identifier by which the documents of both sides are matched.
    spans, text : tuple of Span, str or None
        Spans in the order of the file, and the text if the file gives it.
    alternatives : tuple of Span
        Spans that are accepted in place of a gold span that they overlap (BioCreative II).
    unit : str
        What the offsets counted in the file: code-points, utf-8 (bytes), utf-16, line-ends-as-one
        or line-ends-as-two; not compared.
    source, line : str, int
        File, and the line of it where the document begins (0 if unknown); not compared.
    is_named : bool
        Whether the file gives the id: a document without one is matched by its text; not compared.
    paper : str
        PMC id of the paper that the file gives beside the id, if any; not compared.

    Raises
    ------
    RecordError
        If the id is empty.
    """

    docid: str
    spans: tuple[Span, ...] = ()
    text: str | None = None
    alternatives: tuple[Span, ...] = ()
    unit: FileOffsetUnit = field(default="code-points", compare=False)
    source: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)
    is_named: bool = field(default=True, compare=False)
    paper: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not self.docid:
            raise RecordError(f"{self.place}: a document has no id; give it one")

    @property
    def place(self) -> str:
        """File and line of the document, as messages name them."""
        return f"{self.source}:{self.line}" if self.line else self.source

    def place_of(self, span: Span) -> str:
        """File and line of a span of the document, or else those of the document."""
        return f"{self.source}:{span.line}" if span.line else self.place


@dataclass(frozen=True, slots=True)
class Annotations:
    """The documents of a file or folder.

    Parameters
    ----------
    source, format : str
        Path, and pubtator, bioc, json, brat, conll, bc2gm, or empty for a file without content.
    documents : sequence of Document
        Documents in the order of the file.
    problems : tuple of Problem
        Places that were repaired or look wrong.

    Raises
    ------
    RecordError
        If two documents have one id.
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
                    f"{document.place}: document {document.docid} is already at {first.place}; "
                    "leave one of the two out"
                )
