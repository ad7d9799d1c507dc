"""Count right, false and missed spans of each document, whatever their labels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np

from nerbench.spans.pairing import lay_out
from nerbench.spans.table import Ints, SpanTable

DOCUMENT_SCHEMES = ("strict", "overlap")
"""The schemes of `count_by_document`, in the order of its second axis."""

_Offsets = Sequence[Sequence[tuple[int, int]]]


def count_by_document(gold: _Offsets, predicted: _Offsets) -> Ints:
    """Return tp, fp and fn of each document, an array of shape (documents, schemes, 3).

    A span is a pair of offsets; equal ones of a side are one. ``strict`` pairs equal spans,
    ``overlap`` as many spans as possible that share a character, each in one pair.

    >>> count_by_document([[(0, 4), (5, 9)], []], [[(0, 9), (0, 4)], [(3, 7)]]).tolist()
    [[[1, 1, 1], [2, 0, 0]], [[0, 1, 0], [0, 1, 0]]]
    """
    n_docs = len(gold)
    sides = [_distinct_rows(side) for side in (gold, predicted)]
    doc, start, end = np.concatenate(sides).T
    zero = np.zeros_like(doc)
    n_gold = len(sides[0])
    layout = lay_out(SpanTable(n_gold, doc, zero, zero, start, end, {}))
    in_gold, in_predicted = (
        np.bincount(side, minlength=n_docs) for side in (doc[:n_gold], doc[n_gold:])
    )
    counts = np.empty((n_docs, len(DOCUMENT_SCHEMES), 3), np.int64)
    for index, paired in enumerate((layout.in_exact_pair, layout.gold_in_overlap_pair)):
        tp = np.bincount(doc[:n_gold][paired[:n_gold]], minlength=n_docs)
        counts[:, index] = np.stack([tp, in_predicted - tp, in_gold - tp], axis=1)
    return counts


def _distinct_rows(documents: _Offsets) -> Ints:
    """Return a row (document, start, end) for each distinct span of the documents of a side."""
    rows = ((i, *span) for i, spans in enumerate(documents) for span in dict.fromkeys(spans))
    return np.fromiter(chain.from_iterable(rows), np.int64).reshape(-1, 3)
