"""Scores of linked spans: identifiers at the right place, or in the right document.

The protocols of the cross-corpus evaluation of Sänger et al. (2024), HunFlair2 in a cross-corpus
evaluation of biomedical named entity recognition and normalization tools.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from nerbench.spans.schemes import Outcome, Sides, SpanCounts, outcome
from nerbench.spans.table import Bools, Ints

__all__ = ["Links", "count_documents", "count_mentions", "identifiers"]

_UNKNOWN = frozenset({"", "-", "-1", "none", "null", "nan", "nil", "cui-less"})
_TAXON = re.compile(r"\(tax:\d+\)", re.IGNORECASE)
_PREFIX = re.compile(r"[^|]*:")
_NEAR = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
"""The same place, and those one character off at the start or the end; the first one wins."""


def identifiers(ids: tuple[str, ...]) -> frozenset[str]:
    """Identifiers as they are compared: without database prefix, case or unknown ones.

    One field may hold several, parted by ``,`` or ``;``; with ``|`` between it is one that has
    parts. The species that some tools add in brackets is dropped.

    >>> sorted(identifiers(("NCBI Gene:3577", "mesh:d001,-1;3576(Tax:9606)")))
    ['3576', '3577', 'd001']
    >>> sorted(identifiers(("MESH:D003110|OMIM:114500",)))
    ['d003110|114500']
    """
    parts = chain.from_iterable(re.split("[,;]", _TAXON.sub("", field)) for field in ids)
    found = (_PREFIX.sub("", part).strip().casefold() for part in parts)
    return frozenset(one for one in found if one not in _UNKNOWN)


@dataclass(frozen=True, slots=True)
class Links:
    """The identifiers of each span: a number for each row, and the set that it stands for."""

    of_row: Ints
    sets: Sequence[frozenset[str]]


@dataclass(frozen=True, slots=True)
class _Places:
    """Each place of one side once, in order: its identifiers' number and a row that is there."""

    key: Ints
    ids: Ints
    row: Ints


def count_mentions(sides: Sides, links: Links) -> Outcome:
    """True and false positives over predictions, false negatives over gold mentions.

    A prediction is right if it shares an identifier with the gold span of its label at its place,
    or, if there is none, with one that is one character off at one end (`_NEAR` in that order).
    Gold without identifier, and predictions that match it, count on neither side. Of several
    annotations of one span, the last holds. Discontinuous spans go by their hull.
    """
    known = np.fromiter(map(bool, links.sets), np.bool_, len(links.sets))
    key, width = sides.labelled.packed()
    rows, golds = np.arange(len(key)), sides.spans.golds
    gold, found = (_last(key, links.of_row, side) for side in (rows[:golds], rows[golds:]))
    theirs, ours = _nearest(found, gold, width), _nearest(gold, found, width)
    right = _share(found.ids, theirs, links.sets)
    wrong = ~right & ((theirs < 0) | known[theirs])
    missed = ~_share(gold.ids, ours, links.sets) & known[gold.ids]
    label = sides.spans.label
    counts = (
        np.bincount(label[side.row][chosen], minlength=sides.labels)
        for side, chosen in ((found, right), (found, wrong), (gold, missed))
    )
    return outcome(*counts)


def _last(key: Ints, ids: Ints, rows: Ints) -> _Places:
    """The places of some rows, each with the identifiers that stand there last."""
    latest = rows[::-1]
    places, first = np.unique(key[latest], return_index=True)
    return _Places(places, ids[latest[first]], latest[first])


def _nearest(side: _Places, others: _Places, width: int) -> Ints:
    """For each place, the number of the identifiers of the nearest of the others, or -1."""
    nearest = np.full(len(side.key), -1, np.int64)
    if not len(others.key):
        return nearest
    for before, after in reversed(_NEAR):
        wanted = side.key + before * width + after - before
        at = np.minimum(np.searchsorted(others.key, wanted), len(others.key) - 1)
        nearest = np.where(others.key[at] == wanted, others.ids[at], nearest)
    return nearest


def _share(ids: Ints, others: Ints, sets: Sequence[frozenset[str]]) -> Bools:
    """Which pairs of numbers stand for sets with a common member; -1 for none."""
    pairs, which = np.unique(ids * len(sets) + np.maximum(others, 0), return_inverse=True)
    each = zip(*(side.tolist() for side in np.divmod(pairs, len(sets))), strict=True)
    common = np.array([not sets[one].isdisjoint(sets[other]) for one, other in each], np.bool_)
    return common[which] & (others >= 0)


def count_documents(sides: Sides, links: Links) -> Outcome:
    """Precision and recall of the identifiers of a document, averaged over documents.

    The documents are those whose gold has an identifier; one without predicted identifiers has
    precision 0. Identifiers of different labels are different. There are no counts.
    """
    spans = sides.spans
    docs = int(spans.doc.max(initial=-1)) + 1
    row, name, names = _flatten(links)
    # A number for each label, document and identifier; each is once on either side.
    key = (spans.label[row] * docs + spans.doc[row]) * names + name
    gold, found = np.unique(key[row < spans.golds]), np.unique(key[row >= spans.golds])
    right = np.intersect1d(gold, found, assume_unique=True)

    def rates(labels: range) -> SpanCounts:
        edges = np.array([labels.start, labels.stop]) * docs * names
        chosen = (side[slice(*np.searchsorted(side, edges))] for side in (gold, found, right))
        return _averages(*(np.bincount(one // names % docs, minlength=docs) for one in chosen))

    everything = range(sides.labels)
    return Outcome(rates(everything), [rates(range(at, at + 1)) for at in everything])


def _flatten(links: Links) -> tuple[Ints, Ints, int]:
    """The identifiers of all rows, numbered: of which row, which one, and how many numbers."""
    names = {name: at for at, name in enumerate(sorted(frozenset().union(*links.sets)))}
    members = np.array([names[name] for one in links.sets for name in one], np.int64)
    sizes = np.fromiter(map(len, links.sets), np.int64, len(links.sets))
    times, begin = sizes[links.of_row], (np.cumsum(sizes) - sizes)[links.of_row]
    row = np.repeat(np.arange(len(times)), times)
    within = np.arange(len(row)) - (np.cumsum(times) - times)[row]
    return row, members[begin[row] + within], max(len(names), 1)


def _averages(wanted: Ints, given: Ints, right: Ints) -> SpanCounts:
    """Rates averaged over documents with identifiers in gold, from their counts by document."""
    scored = wanted > 0
    if not scored.any():
        return SpanCounts(None, None, None, None, None)
    right = right[scored]
    precision = float((right / np.maximum(given[scored], 1)).mean())
    return SpanCounts(None, None, None, precision, float((right / wanted[scored]).mean()))
