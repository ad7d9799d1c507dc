"""Spans of both sides as columns of numbers, so that a scheme can sort and count them at once."""

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
    """A number for each value, counted up from 0; values of equal ``form`` share one.

    ``values_of`` are the first value of each number, ``forms`` the numbers by form.

    >>> labels = Codes(str.casefold)
    >>> labels["GENE"], labels["Cell"], labels["Gene"], labels.values_of
    (0, 1, 0, ['GENE', 'Cell'])
    """

    def __init__(self, form: Callable[[Any], Hashable]) -> None:
        super().__init__()
        self.values_of: list[Any] = []
        self.forms: dict[Any, int] = {}
        self._form = form

    def __missing__(self, value: Any) -> int:
        at = self.forms.setdefault(self._form(value), len(self.values_of))
        if at == len(self.values_of):
            self.values_of.append(value)
        self[value] = at
        return at


@dataclass(frozen=True, slots=True)
class SpanTable:
    """Rows of spans, ``golds`` of them gold, those first.

    ``doc`` and ``label`` number the document and the label, each counted from 0;
    ``fragments`` are those of discontinuous spans, by row.
    """

    golds: int
    doc: Ints
    label: Ints
    start: Ints
    end: Ints
    fragments: dict[int, tuple[tuple[int, int], ...]]

    def __len__(self) -> int:
        return len(self.start)

    def pick(self, kept: Ints) -> SpanTable:
        """Some rows, given in order."""
        place = {int(old): new for new, old in enumerate(kept)} if self.fragments else {}
        return SpanTable(
            golds=int(np.searchsorted(kept, self.golds)),
            doc=self.doc[kept],
            label=self.label[kept],
            start=self.start[kept],
            end=self.end[kept],
            fragments={place[at]: part for at, part in self.fragments.items() if at in place},
        )


def code_column(spans: Sequence[Span], name: str, numbers: Codes | None = None) -> Ints:
    """A field of each span, which is a number or numbered.

    >>> code_column([Span(0, 4, "G"), Span(5, 9, "g")], "label", Codes(str.casefold)).tolist()
    [0, 0]
    """
    values = map(attrgetter(name), spans)
    numbered = values if numbers is None else map(numbers.__getitem__, values)
    return np.fromiter(numbered, np.int64, len(spans))


def tabulate(
    gold: Sequence[Document], predicted: Sequence[Document], docs: Codes, labels: Codes
) -> tuple[SpanTable, list[Span]]:
    """The spans of both sides, numbered by ``docs`` and ``labels``: as columns, and themselves.

    >>> docs, labels = Codes(str), Codes(str)
    >>> documents = [Document("7", (Span(0, 4, "G"),))], [Document("8")]
    >>> rows, spans = tabulate(*documents, docs, labels)
    >>> len(rows), rows.golds, docs.values_of
    (1, 1, ['7', '8'])
    """
    documents = (*gold, *predicted)
    spans = [span for document in documents for span in document.spans]
    sizes = np.fromiter((len(document.spans) for document in documents), np.int64, len(documents))
    codes = np.fromiter((docs[document.docid] for document in documents), np.int64, len(documents))
    columns = SpanTable(
        golds=int(sizes[: len(gold)].sum()),
        doc=np.repeat(codes, sizes),
        label=code_column(spans, "label", labels),
        start=code_column(spans, "start"),
        end=code_column(spans, "end"),
        fragments={at: span.fragments for at, span in enumerate(spans) if span.fragments},
    )
    return columns, spans
