"""Scores of linked spans: identifiers at the right place, or in the right document.

The protocols of the cross-corpus evaluation of Sänger et al. (2024), HunFlair2 in a cross-corpus
evaluation of biomedical named entity recognition and normalization tools.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

import numpy as np

from nerbench.scoring.columns import Bools, Columns, Ints
from nerbench.scoring.matching import lay_out

__all__ = ["count_linked", "document_rates", "identifiers"]

_UNKNOWN = frozenset({"", "-", "-1", "none", "null", "nan", "nil", "cui-less"})
_TAXON = re.compile(r"\(tax:\d+\)", re.IGNORECASE)
_NEAR = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
"""The same place, and those one character off at the start or the end."""


def identifiers(ids: tuple[str, ...]) -> frozenset[str]:
    """Identifiers as they are compared: without database prefix, case or unknown ones.

    One field may hold several, parted by ``,`` or ``;``. The species that some tools add in
    brackets is dropped.

    >>> sorted(identifiers(("NCBI Gene:3577", "mesh:d001,-1;3576(Tax:9606)")))
    ['3576', '3577', 'd001']
    """
    parts = chain.from_iterable(re.split("[,;]", _TAXON.sub("", field)) for field in ids)
    found = (part.rpartition(":")[2].strip().casefold() for part in parts)
    return frozenset(one for one in found if one not in _UNKNOWN)


def count_linked(spans: Columns, links: Sequence[frozenset[str]]) -> tuple[int, int, int]:
    """True positives and false positives (predictions), false negatives (gold mentions).

    ``links`` are the identifiers that the numbers in ``spans.ids`` stand for. A prediction is
    right if a gold span of its label at its place, or one character off at one end, shares an
    identifier. Gold without identifier, and predictions that match it, count on neither side.
    Of several annotations of one span, the last holds. Discontinuous spans go by their hull.
    """
    known = np.fromiter((bool(link) for link in links), np.bool_, len(links))
    line = lay_out(spans, spans.by_label())
    length = line.end - line.start
    width = int(length.max(initial=0)) + 3
    place = line.start * width + length + 1
    gold, gold_ids = _last(place[: spans.golds], spans.ids[: spans.golds])
    found, found_ids = _last(place[spans.golds :], spans.ids[spans.golds :])
    right, nearest = _meet(found, found_ids, gold, gold_ids, width, links)
    missed, _ = _meet(gold, gold_ids, found, found_ids, width, links)
    ignored = ~right & (nearest >= 0) & ~known[nearest]
    tp = int(right.sum())
    return tp, len(found) - tp - int(ignored.sum()), int((known[gold_ids] & ~missed).sum())


def _last(place: Ints, ids: Ints) -> tuple[Ints, Ints]:
    """Each place once, in order, with the identifiers that stand there last."""
    places, first = np.unique(place[::-1], return_index=True)
    return places, ids[::-1][first]


def _meet(
    place: Ints,
    ids: Ints,
    others: Ints,
    other_ids: Ints,
    width: int,
    links: Sequence[frozenset[str]],
) -> tuple[Bools, Ints]:
    """Which spans share an identifier with one nearby, and the nearest's identifiers or -1."""
    shares = np.zeros(len(place), np.bool_)
    nearest = np.full(len(place), -1, np.int64)
    for before, after in _NEAR:
        wanted = place + before * width + after - before
        at = np.searchsorted(others, wanted)
        at[at == len(others)] = 0
        hit = np.flatnonzero(others[at] == wanted) if len(others) else at[:0]
        theirs = other_ids[at[hit]]
        nearest[hit] = np.where(nearest[hit] < 0, theirs, nearest[hit])
        pairs, which = np.unique(ids[hit] * len(links) + theirs, return_inverse=True)
        common = [
            not links[one].isdisjoint(links[other])
            for one, other in zip(
                *(side.tolist() for side in np.divmod(pairs, len(links))), strict=True
            )
        ]
        shares[hit] |= np.array(common, np.bool_)[which]
    return shares, nearest


def document_rates(
    spans: Columns, links: Sequence[frozenset[str]]
) -> tuple[float | None, float | None]:
    """Precision and recall of the identifiers of a document, averaged over documents.

    ``links`` are the identifiers that the numbers in ``spans.ids`` stand for. The documents are
    those whose gold has an identifier; one without predicted identifiers has precision 0. None
    where there is no such document. Identifiers of different labels are different.
    """
    names = {name: at for at, name in enumerate(sorted(frozenset().union(*links)))}
    sizes = np.fromiter(map(len, links), np.int64, len(links))
    flat = np.fromiter((names[name] for link in links for name in link), np.int64)
    # Rows of (document, label, identifier), each once on either side.
    times = sizes[spans.ids]
    within = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    name = flat[np.repeat((np.cumsum(sizes) - sizes)[spans.ids], times) + within]
    width = max(len(names), 1)
    row = np.repeat(spans.by_label(), times) * width + name
    golds = int(times[: spans.golds].sum())
    per_doc = (int(spans.label.max(initial=0)) + 1) * width
    gold, found = np.unique(row[:golds]), np.unique(row[golds:])
    docs = int(spans.doc.max(initial=-1)) + 1
    wanted, given, right = (
        np.bincount(rows // per_doc, minlength=docs)
        for rows in (gold, found, np.intersect1d(gold, found, assume_unique=True))
    )
    scored = wanted > 0
    if not scored.any():
        return None, None
    precision = right[scored] / np.maximum(given[scored], 1)
    return float(precision.mean()), float((right[scored] / wanted[scored]).mean())
