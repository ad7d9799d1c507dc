"""Columns of numbers for the spans of both sides, so that schemes sort and count all at once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from nerbench.spans.model import Document, Span

__all__ = ["Bools", "Codes", "Ints", "SpanTable", "code_column", "tabulate"]

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Codes(dict[Any, int]):
    """An integer code for each value, counted from 0; values with equal keys share a code.

    ``uniques`` holds the first value of each code, ``by_key`` the code of each key.

    >>> labels = Codes(str.casefold)
    >>> labels["GENE"], labels["Cell"], labels["Gene"], labels.uniques
    (0, 1, 0, ['GENE', 'Cell'])
    """

    def __init__(self, key: Callable[[Any], Hashable]) -> None:
        super().__init__()
        self.uniques: list[Any] = []
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
    """A row for each span, the ``n_gold`` gold spans first.

    ``doc`` and ``label`` are codes; ``fragments`` are those of discontinuous spans, by row.
    """

    n_gold: int
    doc: Ints
    label: Ints
    start: Ints
    end: Ints
    fragments: dict[int, tuple[tuple[int, int], ...]]

    def __len__(self) -> int:
        return len(self.start)

    def take(self, rows: Ints) -> SpanTable:
        """Return a table of some rows, given in ascending order."""
        return SpanTable(
            n_gold=int(np.searchsorted(rows, self.n_gold)),
            doc=self.doc[rows],
            label=self.label[rows],
            start=self.start[rows],
            end=self.end[rows],
            fragments={
                i: self.fragments[row]
                for i, row in enumerate(rows.tolist())
                if row in self.fragments
            },
        )


def code_column(spans: Sequence[Span], field: str, codes: Codes | None = None) -> Ints:
    """Return a field of each span, by its code unless the field is a number.

    >>> code_column([Span(0, 4, "G"), Span(5, 9, "g")], "label", Codes(str.casefold)).tolist()
    [0, 0]
    """
    values = map(attrgetter(field), spans)
    numbers = values if codes is None else map(codes.__getitem__, values)
    return np.fromiter(numbers, np.int64, len(spans))


def tabulate(
    gold: Sequence[Document], predicted: Sequence[Document], docs: Codes, labels: Codes
) -> tuple[SpanTable, list[Span]]:
    """Return the table of the spans of both sides, and the spans in its order.

    >>> docs, labels = Codes(str), Codes(str)
    >>> documents = [Document("7", (Span(0, 4, "G"),))], [Document("8")]
    >>> table, spans = tabulate(*documents, docs, labels)
    >>> len(table), table.n_gold, docs.uniques
    (1, 1, ['7', '8'])
    """
    documents = (*gold, *predicted)
    spans = [span for document in documents for span in document.spans]
    sizes = np.fromiter((len(document.spans) for document in documents), np.int64, len(documents))
    doc = np.fromiter((docs[document.docid] for document in documents), np.int64, len(documents))
    table = SpanTable(
        n_gold=int(sizes[: len(gold)].sum()),
        doc=np.repeat(doc, sizes),
        label=code_column(spans, "label", labels),
        start=code_column(spans, "start"),
        end=code_column(spans, "end"),
        fragments={row: span.fragments for row, span in enumerate(spans) if span.fragments},
    )
    return table, spans
