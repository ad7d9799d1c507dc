"""Gene lists in files of their own: a list of an id and its genes, joined with the captions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nerbench.corpus.row_genes import GeneRows, RowGene
from nerbench.figure_ids import plain_id
from nerbench.records import Figure, Problem

NO_CAPTIONS = (
    "gene lists without captions; give the captions, too: nerbench run CAPTIONS.csv LISTS.gmt"
)
"""The reason why files of gene lists alone are no corpus."""


class GeneLists:
    """The gene lists of files that have no captions, by the id of their figure.

    An id is compared without case and without the suffix of an image.
    """

    def __init__(self) -> None:
        self._genes: dict[str, list[RowGene]] = {}
        self._ids: dict[str, str] = {}  # as written
        self._unused: dict[str, None] = {}
        self._first_without_list = ""
        self.sources: list[str] = []
        self.problems: list[Problem] = []

    def __bool__(self) -> bool:
        return bool(self._genes)

    def add(self, figid: str, genes: Sequence[RowGene]) -> None:
        """Add genes to the list of a figure."""
        key = plain_id(figid)
        self._ids.setdefault(key, figid)
        self._unused[key] = None
        self._genes.setdefault(key, []).extend(genes)

    def join(self, figure: Figure, ids: Sequence[str], rows: GeneRows) -> Figure:
        """Return a figure with the list that one of its ids has, if it has no genes of its own."""
        if not self._genes or figure.curated or figure.unassigned:
            return figure
        key = next((key for key in map(plain_id, (figure.figid, *ids)) if key in self._genes), None)
        if key is None:
            self._first_without_list = self._first_without_list or figure.figid
            return figure
        self._unused.pop(key, None)
        names = (figure.organisms, figure.organisms_ner)
        curated, unassigned = rows.genes(self._genes[key], *names)
        return replace(figure, curated=curated, unassigned=unassigned)

    def notes(self) -> list[str]:
        """Return how many lists are of no figure, and the first; if none is, also a figure's id."""
        unused = list(self._unused)
        if not unused:
            return []
        first = self._ids[unused[0]]
        if len(unused) < len(self._genes) or not self._first_without_list:
            return [f"corpus: gene lists of no figure: {len(unused):,}, the first {first}"]
        return [
            f"corpus: no gene list is of a figure: the lists have {first}, the captions "
            f"{self._first_without_list}"
        ]
