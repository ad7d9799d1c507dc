"""Columns of numbers for the spans of both sides, so that schemes sort and count all at once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nerbench.spans.model import Document

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Codes(dict[Any, int]):
    """An integer code for each value, counted from 0; values with equal keys share a code.

    >>> labels = Codes(str.casefold)
    >>> labels["GENE"], labels["Cell"], labels["Gene"], labels.uniques
    (0, 1, 0, ['GENE', 'Cell'])
    """

    def __init__(self, key: Callable[[Any], Hashable]) -> None:
        super().__init__()
        self.uniques: list[Any] = []  # the first value of each code
        self.by_key: dict[Any, int] = {}
        self._key = key

    def __missing__(self, value: Any) -> int:
        code = self.by_key.setdefault(self._key(value), len(self.uniques))
        if code == len(self.uniques):
            self.uniques.append(value)
        self[value] = code
        return code


@dataclass(frozen=True, slots=True)
class SpanTable:
    """A row for each span, the gold spans first; documents, labels and identifiers are codes."""

    n_gold: int
    doc: Ints
    label: Ints
    ids: Ints  # a code for all identifiers of a span
    start: Ints
    end: Ints
    fragments: dict[int, tuple[tuple[int, int], ...]]  # of discontinuous spans, by row

    def __len__(self) -> int:
        return len(self.start)

    def take(self, rows: Ints) -> SpanTable:
        """Return a table of some rows, given in ascending order."""
        n_gold = int(np.searchsorted(rows, self.n_gold))
        columns = self.doc, self.label, self.ids, self.start, self.end
        doc, label, ids, start, end = (column[rows] for column in columns)
        parts = map(self.fragments.get, rows.tolist())
        fragments = {row: part for row, part in enumerate(parts) if part is not None}
        return SpanTable(n_gold, doc, label, ids, start, end, fragments)


def tabulate(
    gold: Sequence[Document], predicted: Sequence[Document], docs: Codes, labels: Codes, ids: Codes
) -> SpanTable:
    """Return the table of the spans of both sides, and add to the codes."""
    documents = (*gold, *predicted)
    spans = [span for document in documents for span in document.spans]
    doc, label, id_set, start, end = (
        np.fromiter(column, np.int64, len(spans))
        for column in (
            (docs[document.docid] for document in documents for _ in document.spans),
            (labels[span.label] for span in spans),
            (ids[span.ids] for span in spans),
            (span.start for span in spans),
            (span.end for span in spans),
        )
    )
    fragments = {row: span.fragments for row, span in enumerate(spans) if span.fragments}
    n_gold = sum(len(document.spans) for document in gold)
    return SpanTable(n_gold, doc, label, id_set, start, end, fragments)
