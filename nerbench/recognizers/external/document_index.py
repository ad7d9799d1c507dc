"""Find the document of a figure whose id the file writes otherwise, or does not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from nerbench.figure_ids import is_paper, paper_of, plain_id
from nerbench.recognizers.external.prediction_formats import ReportedDocument
from nerbench.records import Figure, Problem
from nerbench.spans.text_alignment import text_key

_MAX_LISTED = 3


class DocumentIndex:
    """The ids of documents by other spellings, by paper, and by the texts of those without an id.

    >>> index = DocumentIndex([ReportedDocument("pmc1__f1.jpg", (), "a.txt")])
    >>> index.find(Figure("PMC1__F1"))
    'pmc1__f1.jpg'
    """

    def __init__(self, documents: Iterable[ReportedDocument]) -> None:
        self._documents = list(documents)
        self._by_spelling: dict[str, str] = {}
        self._by_text: dict[str, str] = {}
        self._of_papers: dict[str, list[str]] = {}
        self._of_figures: dict[str, str] = {}
        for document in self._documents:
            self._by_spelling.setdefault(plain_id(document.figid), document.figid)
            if paper := paper_of(document.figid) or paper_of(document.paper):
                self._of_papers.setdefault(paper, []).append(document.figid)
            if not document.is_named and (key := text_key(document.text or "")):
                self._by_text.setdefault(key, document.figid)

    def find(self, figure: Figure) -> str | None:
        """Return the id of a figure's document, or None."""
        if figure.figid in self._of_figures:
            return self._of_figures[figure.figid]
        if docid := self._by_spelling.get(plain_id(figure.figid)):
            return docid
        if is_paper(figure.figid):
            docids = self._of_papers.get(paper_of(figure.figid) or "", [])
            if len(docids) == 1:
                return docids[0]
        texts = filter(None, (figure.caption, figure.published)) if self._by_text else ()
        return next(filter(None, (self._by_text.get(text_key(text)) for text in texts)), None)

    def resolve_papers(self, figures: Sequence[tuple[str, str]]) -> Iterator[Problem]:
        """Assign the documents of papers to their only figure; yield those of several figures.

        ``figures`` are the ids of all figures, each with its PMC id, if any.
        """
        by_paper: dict[str, list[str]] = {}
        for figid, pmcid in figures:
            papers = (paper_of(figid), paper_of(pmcid))
            for paper in filter(None, dict.fromkeys(papers)):
                by_paper.setdefault(paper, []).append(figid)
        ids = {plain_id(figid) for figid, _ in figures}
        for document in self._documents:
            paper = document.figid if is_paper(document.figid) else document.paper
            if not paper or plain_id(document.figid) in ids:
                continue
            meant = by_paper.get(paper_of(paper) or "", [])
            if len(meant) == 1:
                self._of_figures.setdefault(meant[0], document.figid)
            elif meant:
                listed = ", ".join(meant[:_MAX_LISTED]) + ", ..." * (len(meant) > _MAX_LISTED)
                reason = f"{paper} has {len(meant)} figures in the corpus ({listed})"
                yield Problem(document.place(), f"{reason}; write the id of one")
