"""Pair gold with predicted spans: equal spans by counting, overlapping ones by maximum matching.

Both sides are laid out on one line, each document on a segment, so that one sort serves all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush

import numpy as np

from nerbench.spans.table import Bools, Ints, SpanTable


@dataclass(frozen=True)
class Layout:
    """Spans on a line, the gold spans first, and masks over all of them.

    >>> layout = Layout(1, np.array([0, 0, 5]), np.array([9, 3, 9]), np.zeros(3, int), {})
    >>> layout.in_exact_pair.tolist(), layout.gold_in_overlap_pair.tolist()
    ([False, False, False], [True, False, False])
    >>> layout.overlaps_other_side.tolist()
    [True, True, True]
    """

    n_gold: int
    start: Ints
    end: Ints
    shape: Ints  # 0 for a continuous span, else the number of its pattern of fragments
    fragments: dict[int, Ints]  # of the discontinuous spans, by index

    @cached_property
    def in_exact_pair(self) -> Bools:
        """Mark the spans that have a partner when equal spans pair, each in one pair."""
        # Of g gold and p predicted spans that are all equal, the first min(g, p) of a side pair.
        n_gold, n_predicted, rank = self._equal_spans
        paired: Bools = rank < np.minimum(n_gold, n_predicted)
        return paired

    @cached_property
    def equals_other_side(self) -> Bools:
        """Mark the spans that are equal to some span of the other side."""
        n_gold, n_predicted, _ = self._equal_spans
        return np.where(np.arange(len(n_gold)) < self.n_gold, n_predicted, n_gold) > 0

    @cached_property
    def is_repeat(self) -> Bools:
        """Mark the spans that are equal to an earlier one of their side."""
        _, _, rank = self._equal_spans
        repeats: Bools = rank > 0
        return repeats

    @cached_property
    def _equal_spans(self) -> Ints:
        """For each span, the numbers of gold and predicted spans equal to it, and its rank."""
        # Sort equal spans into runs, in each the gold spans first, since the sort is stable.
        order = np.lexsort((self.shape, self.end, self.start))
        is_gold = order < self.n_gold
        is_new = np.zeros(len(order), np.bool_)
        for column in (self.start, self.end, self.shape):
            is_new[1:] |= np.diff(column[order]) != 0
        run = np.cumsum(is_new)
        size, n_gold = np.bincount(run), np.bincount(run, is_gold).astype(np.int64)
        rank = np.arange(len(order)) - (np.cumsum(size) - size)[run]
        rank -= np.where(is_gold, 0, n_gold[run])
        by_span = np.empty((3, len(order)), np.int64)
        by_span[:, order] = n_gold[run], (size - n_gold)[run], rank
        return by_span

    @cached_property
    def overlaps_other_side(self) -> Bools:
        """Mark the spans that share a character with some span of the other side."""
        # The continuous spans and the fragments: span, start and end.
        whole = np.flatnonzero(self.shape == 0)
        parts = [(whole, self.start[whole], self.end[whole])]
        parts += [(np.full(len(p), i), p[:, 0], p[:, 1]) for i, p in self.fragments.items()]
        owner, start, end = (np.concatenate(column) for column in zip(*parts, strict=True))
        is_gold = owner < self.n_gold
        overlaps = np.zeros(len(self.start), np.bool_)
        for side in (is_gold, ~is_gold):
            # Parts of the other side that start before this one ends, less those that end before
            # it starts, are those that overlap it.
            starts, ends = (np.sort(edge[~side], kind="stable") for edge in (start, end))
            started = np.searchsorted(starts, end[side], "left")
            ended = np.searchsorted(ends, start[side], "right")
            overlaps[owner[side][started > ended]] = True
        return overlaps

    @cached_property
    def gold_in_overlap_pair(self) -> Bools:
        """Mark the gold spans that pair when overlapping spans pair, as many as possible."""
        return self._match_overlapping(np.arange(len(self.start)))

    @cached_property
    def gold_in_partial_pair(self) -> Bools:
        """Mark the gold spans that pair by overlap once the exact pairs are taken."""
        # To take exact pairs first is best under `partial`, where they count twice: if spans g and
        # p are equal, then g-p and, where possible, h-q are worth no less than g-q and h-p.
        return self._match_overlapping(np.flatnonzero(~self.in_exact_pair))

    def _match_overlapping(self, chosen: Ints) -> Bools:
        """Mark a gold span for each pair of a maximum matching, in the component of the pair."""
        paired = np.zeros(len(self.start), np.bool_)
        if not len(chosen):
            return paired
        # In order of start, a span that starts where all spans before it have ended begins a new
        # component. No pair joins two components.
        order = chosen[np.argsort(self.start[chosen], kind="stable")]
        reach = np.maximum.accumulate(self.end[order])
        component = np.zeros(len(order), np.int64)
        component[1:] = np.cumsum(self.start[order[1:]] >= reach[:-1])
        is_gold = order < self.n_gold
        n_gold = np.bincount(component, is_gold).astype(np.int64)
        smaller_side = np.minimum(n_gold, np.bincount(component) - n_gold)
        has_fragments = np.zeros(len(n_gold), np.bool_)
        has_fragments[component[self.shape[order] != 0]] = True
        # 1. One span against one or more of the other side: it overlaps one of them, since every
        #    span overlaps another of its component. That is one pair: mark the first gold span.
        #    (Most components are such; without this case, `partial` takes 8 times as long.)
        is_single = (smaller_side == 1) & ~has_fragments
        gold = np.flatnonzero(is_gold & is_single[component])
        paired[order[gold[np.diff(component[gold], prepend=-1) > 0]]] = True
        # 2. Several spans on both sides, all continuous: a greedy sweep.
        is_mixed = (smaller_side > 1) & ~has_fragments
        paired[self._match_intervals(order[is_mixed[component]])] = True
        # 3. With discontinuous spans, whose hulls may overlap without a shared character: a
        #    general bipartite matching.
        paired[self._match_fragmented(order[has_fragments[component]])] = True
        return paired

    def _match_intervals(self, chosen: Ints) -> Ints:
        """Return the gold spans that a maximum matching of continuous spans pairs."""
        # Take the spans of both sides by end. If the span x is not paired yet, pair it with the
        # unpaired span y of the other side that overlaps x and ends first, if there is one.
        # This is optimal by exchange. The spans left end no earlier than x, so all that overlap x
        # hold its last character. Suppose that a maximum matching has the pairs (x, z) and (w, y)
        # instead. Then w and z overlap: w starts before y ends, and y ends no later than z; z
        # starts before x ends, and x ends no later than w. So (x, y) and (w, z) are as many pairs.
        # If only one of x and y is paired, (x, y) can replace that pair. The same rule solves
        # convex bipartite graphs (Glover 1967, Maximum matching in a convex bipartite graph).
        starts, ends = self.start[chosen].tolist(), self.end[chosen].tolist()
        is_gold = (chosen < self.n_gold).tolist()
        waiting = sorted(range(len(starts)), key=starts.__getitem__, reverse=True)
        done = [False] * len(starts)
        # Spans of either side (predicted, gold) that start before x ends, the earliest end first.
        # Those that are not done end no earlier than x, so they overlap it.
        started: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
        paired = []
        for x in sorted(range(len(ends)), key=ends.__getitem__):
            while waiting and starts[waiting[-1]] < ends[x]:
                i = waiting.pop()
                heappush(started[is_gold[i]], (ends[i], i))
            if done[x]:
                continue
            done[x] = True
            others = started[not is_gold[x]]
            while others and done[others[0][1]]:
                heappop(others)
            if others:
                y = heappop(others)[1]
                done[y] = True
                paired.append(x if is_gold[x] else y)
        return chosen[paired] if paired else chosen[:0]

    def _match_fragmented(self, chosen: Ints) -> Ints:
        """Return the gold spans that a maximum matching pairs where spans have fragments."""
        # The exchange of _match_intervals fails here: two spans may both overlap a third and hold
        # no common character. SciPy matches any bipartite graph (Hopcroft and Karp 1973).
        parts = sorted(
            (start, end, i)
            for i in chosen.tolist()
            for start, end in self.fragments.get(i, [(self.start[i], self.end[i])])
        )
        pairs: set[tuple[int, int]] = set()
        active: list[tuple[int, int]] = []  # end and span of the parts that have not ended
        for start, end, i in parts:
            active = [(other_end, other) for other_end, other in active if other_end > start]
            for _, other in active:
                if (i < self.n_gold) != (other < self.n_gold):
                    pairs.add((min(i, other), max(i, other)))  # gold has the lower indices
            active.append((end, i))
        if not pairs:
            return chosen[:0]
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import maximum_bipartite_matching

        gold, predicted = np.array(list(pairs)).T
        graph = csr_array((np.ones(len(gold)), (gold, predicted)))
        partner: Ints = maximum_bipartite_matching(graph, perm_type="column")
        return np.flatnonzero(partner >= 0)


def lay_out(table: SpanTable, by_label: bool = False) -> Layout:
    """Lay out spans on a line, with a segment and a gap for each document (or label of it)."""
    segment = table.doc
    if by_label:
        group = table.doc * (int(table.label.max(initial=0)) + 1) + table.label
        segment = np.unique(group, return_inverse=True)[1]
    length = np.zeros(int(segment.max(initial=-1)) + 1, np.int64)
    np.maximum.at(length, segment, table.end + 1)
    shift = (np.cumsum(length) - length)[segment]
    shape = np.zeros(len(table), np.int64)
    patterns: dict[tuple[tuple[int, int], ...], int] = {}
    for row, parts in table.fragments.items():
        shape[row] = patterns.setdefault(parts, len(patterns) + 1)
    fragments = {row: np.array(parts) + shift[row] for row, parts in table.fragments.items()}
    return Layout(table.n_gold, table.start + shift, table.end + shift, shape, fragments)
