"""Which gold and predicted spans pair up: by equality, or by sharing a character.

Spans are laid out on one line, each document on its own stretch, so that no span meets one of
another document. Everything is sorting and counting; only knots, where several gold and several
predicted spans touch, are untied one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush

import numpy as np

from nerbench.spans.table import Bools, Ints, SpanTable

__all__ = ["Layout", "lay_out"]

_ROOM = 2**62


@dataclass(frozen=True)
class Layout:
    """Spans on a line that is ``length`` long, the ``golds`` gold ones first.

    ``shape`` is 0 for a continuous span, else the number of its pattern of fragments;
    ``fragments`` are those of the discontinuous spans, by index.

    >>> line = Layout(9, 1, np.array([0, 0, 5]), np.array([9, 3, 9]), np.zeros(3, int), {})
    >>> line.equal.tolist(), line.overlapping.tolist(), line.touching.tolist()
    ([False, False, False], [True], [True, True, True])
    """

    length: int
    golds: int
    start: Ints
    end: Ints
    shape: Ints
    fragments: dict[int, Ints]

    def copies(self, number: Ints) -> Layout:
        """Each span on that copy of the line: those of different numbers never meet."""
        shift = number * self.length
        return Layout(
            length=self.length * (int(number.max(initial=0)) + 1),
            golds=self.golds,
            start=self.start + shift,
            end=self.end + shift,
            shape=self.shape,
            fragments={at: parts + shift[at] for at, parts in self.fragments.items()},
        )._compact()

    def _compact(self) -> Layout:
        """The line with wide gaps narrowed, if its places are too large to be packed.

        Order, equality, and a distance of 1 are kept.
        """
        width = int((self.end - self.start).max(initial=0)) + 3
        if self.length * width * (int(self.shape.max(initial=0)) + 1) < _ROOM:
            return self
        parts = [edge for pieces in self.fragments.values() for edge in pieces.ravel()]
        edges = np.unique(np.concatenate([self.start, self.end, np.array(parts, np.int64)]))
        place = np.cumsum(np.minimum(np.diff(edges, prepend=edges[0] - 1), 2))
        start, end = (place[np.searchsorted(edges, side)] for side in (self.start, self.end))
        fragments = {at: place[np.searchsorted(edges, p)] for at, p in self.fragments.items()}
        return Layout(int(place[-1]) + 2, self.golds, start, end, self.shape, fragments)

    def packed(self) -> tuple[Ints, int]:
        """A number for each place, and what the number grows by with the start (see `near`)."""
        size = self.end - self.start
        width = int(size.max(initial=0)) + 3
        return self.start * width + size + 1, width

    @cached_property
    def equal(self) -> Bools:
        """Which spans have a partner when equal ones pair, each in one pair."""
        used = np.zeros(len(self.start), np.bool_)
        if not len(used):
            return used
        key, _ = self.packed()
        if self.fragments:
            key = key * (int(self.shape.max()) + 1) + self.shape
        order = np.argsort(key, kind="stable")  # of equal spans, gold stays first
        ordered = key[order]
        first = np.flatnonzero(np.diff(ordered, prepend=ordered[0] - 1))
        gold = order < self.golds
        golds = np.add.reduceat(gold.astype(np.int64), first)
        sizes = np.diff(first, append=len(order))
        pairs = np.minimum(golds, sizes - golds)
        # Within a run of equal spans, the first `pairs` of either side pair up.
        rank = np.arange(len(order)) - np.repeat(first, sizes)
        rank -= np.where(gold, 0, np.repeat(golds, sizes))
        used[order] = rank < np.repeat(pairs, sizes)
        return used

    @cached_property
    def touching(self) -> Bools:
        """Which spans share a character with some span of the other side."""
        owner, start, end = self._pieces()
        gold = owner < self.golds
        hit = np.zeros(len(self.start), np.bool_)
        for side in (gold, ~gold):
            # Others that begin before the end, less those that end before the start.
            starts, ends = (np.sort(edge[~side], kind="stable") for edge in (start, end))
            begun = np.searchsorted(starts, end[side], "left")
            over = np.searchsorted(ends, start[side], "right")
            hit[owner[side][begun > over]] = True
        return hit

    def _pieces(self) -> tuple[Ints, Ints, Ints]:
        """Continuous pieces of all spans: whose, from where, to where."""
        whole = np.flatnonzero(self.shape == 0)
        owners, starts, ends = [whole], [self.start[whole]], [self.end[whole]]
        for at, parts in self.fragments.items():
            owners.append(np.full(len(parts), at, np.int64))
            starts.append(parts[:, 0])
            ends.append(parts[:, 1])
        return np.concatenate(owners), np.concatenate(starts), np.concatenate(ends)

    @cached_property
    def overlapping(self) -> Bools:
        """Which gold spans have a partner when spans that share a character pair up.

        Each span is in one pair, and there are as many pairs as can be.
        """
        paired = np.zeros(self.golds, np.bool_)
        if not len(self.start):
            return paired
        order = np.argsort(self.start, kind="stable")
        start = self.start[order]
        reach = np.maximum.accumulate(self.end[order])
        knot = np.zeros(len(order), np.int64)
        knot[1:] = np.cumsum(start[1:] >= reach[:-1])  # a gap ends a knot
        gold = order < self.golds
        golds = np.bincount(knot, gold).astype(np.int64)
        fewer = np.minimum(golds, np.bincount(knot) - golds)
        broken = np.zeros(len(fewer), np.bool_)
        broken[knot[self.shape[order] != 0]] = True
        # Everything in a knot hangs together, so a lone span always touches one of the other side.
        plain = np.flatnonzero(gold & ((fewer == 1) & ~broken)[knot])
        paired[order[plain[np.diff(knot[plain], prepend=-1) > 0]]] = True
        paired[self._sweep(order[((fewer > 1) & ~broken)[knot]])] = True
        paired[self._augment(order[broken[knot]])] = True
        return paired

    def _sweep(self, chosen: Ints) -> Ints:
        """The gold spans that pair, among continuous spans.

        Of the spans left, the one that ends first takes, of those it touches, the one that ends
        first: that one touches the fewest others, so no other choice gives more pairs.
        """
        starts, ends = self.start[chosen].tolist(), self.end[chosen].tolist()
        gold = (chosen < self.golds).tolist()
        by_start = iter(sorted(range(len(starts)), key=starts.__getitem__))
        done = [False] * len(starts)
        open_spans: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
        upcoming = next(by_start, None)
        paired = []
        for at in sorted(range(len(ends)), key=ends.__getitem__):
            while upcoming is not None and starts[upcoming] < ends[at]:
                heappush(open_spans[gold[upcoming]], (ends[upcoming], upcoming))
                upcoming = next(by_start, None)
            if done[at]:
                continue
            done[at] = True
            others = open_spans[not gold[at]]
            while others and done[others[0][1]]:
                heappop(others)
            if others:
                partner = heappop(others)[1]
                done[partner] = True
                paired.append(at if gold[at] else partner)
        return chosen[paired] if paired else chosen[:0]

    def _augment(self, chosen: Ints) -> Ints:
        """The gold spans that pair, where spans have gaps: a maximum matching."""
        pairs = self._sharing(chosen.tolist())
        if not pairs:
            return chosen[:0]
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import maximum_bipartite_matching

        golds, predicted = np.array(sorted(pairs)).T
        (rows, row), (_, column) = (
            np.unique(side, return_inverse=True) for side in (golds, predicted)
        )
        graph = csr_array((np.ones(len(row)), (row, column)))
        partners: Ints = maximum_bipartite_matching(graph, perm_type="column")
        paired: Ints = rows[partners >= 0]
        return paired

    def _sharing(self, chosen: list[int]) -> set[tuple[int, int]]:
        """The pairs of a gold and a predicted span that share a character."""
        pieces = sorted(
            (start, end, at)
            for at in chosen
            for start, end in self.fragments.get(at, [(self.start[at], self.end[at])])
        )
        pairs: set[tuple[int, int]] = set()
        active: list[tuple[int, int]] = []
        for start, end, at in pieces:
            active = [(stop, other) for stop, other in active if stop > start]
            for _, other in active:
                if (at < self.golds) != (other < self.golds):
                    pairs.add((min(at, other), max(at, other)))  # gold comes first
            active.append((end, at))
        return pairs

    @cached_property
    def overlapping_rest(self) -> Bools:
        """Which gold spans have a partner by `overlapping` once the pairs of `equal` are taken."""
        kept = np.flatnonzero(~self.equal)
        golds = int(np.searchsorted(kept, self.golds))
        place = {int(old): new for new, old in enumerate(kept)} if self.fragments else {}
        rest = Layout(
            length=self.length,
            golds=golds,
            start=self.start[kept],
            end=self.end[kept],
            shape=self.shape[kept],
            fragments={place[at]: parts for at, parts in self.fragments.items() if at in place},
        )
        paired = np.zeros(self.golds, np.bool_)
        paired[kept[:golds]] = rest.overlapping
        return paired


def lay_out(spans: SpanTable) -> Layout:
    """Spans on a line, each document on its own stretch, with a gap between.

    >>> from nerbench.spans.model import Document, Span
    >>> from nerbench.spans.table import Codes, tabulate
    >>> gold, found = (Document(docid, (Span(0, 4, "G"),)) for docid in "12")
    >>> spans, _ = tabulate([gold], [found], Codes(str), Codes(str))
    >>> lay_out(spans).start.tolist()
    [0, 5]
    """
    stretch = np.zeros(int(spans.doc.max(initial=-1)) + 1, np.int64)
    np.maximum.at(stretch, spans.doc, spans.end + 1)
    base = (np.cumsum(stretch) - stretch)[spans.doc]
    shape = np.zeros(len(spans), np.int64)
    patterns: dict[tuple[tuple[int, int], ...], int] = {}
    for at, parts in spans.fragments.items():
        shape[at] = patterns.setdefault(parts, len(patterns) + 1)
    return Layout(
        length=int(stretch.sum()),
        golds=spans.golds,
        start=spans.start + base,
        end=spans.end + base,
        shape=shape,
        fragments={at: np.array(parts) + base[at] for at, parts in spans.fragments.items()},
    )._compact()
