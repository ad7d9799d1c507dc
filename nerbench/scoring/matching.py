"""Which gold and predicted spans pair up: by equality, or by sharing a character.

Spans are laid out on one line: each group (a document, or a label of a document) has its own
stretch, so that no span meets one of another group. Everything is sorting and counting; only
knots, where several gold and several predicted spans touch, are untied one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from nerbench.scoring.columns import Bools, Columns, Ints

__all__ = ["Line", "count_equal", "count_overlapping", "lay_out", "touching"]


@dataclass(frozen=True, slots=True)
class Line:
    """Spans on one line, gold before predicted ones.

    ``gold`` tells the two apart; ``shape`` is 0 for a continuous span, else the number of its
    pattern of fragments; ``fragments`` are those of the discontinuous spans, by index.
    """

    start: Ints
    end: Ints
    gold: Bools
    shape: Ints
    fragments: dict[int, Ints]

    def without(self, used: Bools) -> Line:
        """The line with the spans left out that are used already."""
        kept = np.flatnonzero(~used)
        place = {int(old): new for new, old in enumerate(kept)} if self.fragments else {}
        fragments = {place[at]: parts for at, parts in self.fragments.items() if at in place}
        return Line(self.start[kept], self.end[kept], self.gold[kept], self.shape[kept], fragments)


def lay_out(spans: Columns, group: Ints) -> Line:
    """Spans on a line, each group on its own stretch, with a gap between.

    >>> from nerbench.annotations import Document, Span
    >>> from nerbench.scoring.columns import Numbers, tabulate
    >>> gold, found = (Document(docid, (Span(0, 4, "G"),)) for docid in "12")
    >>> line = lay_out(spans := tabulate([gold], [found], Numbers(str), Numbers(str)), spans.doc)
    >>> line.start.tolist(), count_equal(line)[0]
    ([0, 5], 0)
    """
    _, rank = np.unique(group, return_inverse=True)
    length = np.zeros(int(rank.max(initial=-1)) + 1, np.int64)
    np.maximum.at(length, rank, spans.end + 1)
    base = (np.cumsum(length) - length)[rank]
    shape = np.zeros(len(spans), np.int64)
    patterns: dict[tuple[tuple[int, int], ...], int] = {}
    for at, parts in spans.fragments.items():
        shape[at] = patterns.setdefault(parts, len(patterns) + 1)
    fragments = {at: np.array(parts) + base[at] for at, parts in spans.fragments.items()}
    gold = np.arange(len(spans)) < spans.golds
    return Line(spans.start + base, spans.end + base, gold, shape, fragments)


def count_equal(line: Line) -> tuple[int, Bools]:
    """How many pairs of equal spans there are, each span in one pair, and which spans pair.

    >>> gold = np.array([True, False, False])
    >>> line = Line(np.array([0, 0, 0]), np.array([4, 4, 4]), gold, np.zeros(3, int), {})
    >>> pairs, used = count_equal(line)
    >>> pairs, used.tolist()
    (1, [True, True, False])
    """
    used = np.zeros(len(line.start), np.bool_)
    if not len(used):
        return 0, used
    keys = (line.shape, line.end, line.start) if line.fragments else (line.end, line.start)
    order = np.lexsort(keys)  # stable: of equal spans, gold stays first
    changed = np.zeros(len(order), np.bool_)
    changed[0] = True
    for column in (line.start, line.end, line.shape):
        ordered = column[order]
        changed[1:] |= ordered[1:] != ordered[:-1]
    first = np.flatnonzero(changed)
    gold = line.gold[order]
    golds = np.add.reduceat(gold.astype(np.int64), first)
    sizes = np.diff(np.append(first, len(order)))
    pairs = np.minimum(golds, sizes - golds)
    # Within a run of equal spans, the first `pairs` of either side pair up.
    rank = np.arange(len(order)) - np.repeat(first, sizes)
    rank -= np.where(gold, 0, np.repeat(golds, sizes))
    used[order] = rank < np.repeat(pairs, sizes)
    return int(pairs.sum()), used


def touching(line: Line) -> Bools:
    """Which spans share a character with some span of the other side.

    >>> gold = np.array([True, False, False])
    >>> line = Line(np.array([0, 3, 6]), np.array([4, 6, 9]), gold, np.zeros(3, int), {})
    >>> touching(line).tolist()
    [True, True, False]
    """
    owner, start, end = _pieces(line)
    gold = line.gold[owner]
    hit = np.zeros(len(line.start), np.bool_)
    for side in (gold, ~gold):
        # Others that begin before the end, less those that end before the start.
        begun = np.searchsorted(np.sort(start[~side]), end[side], "left")
        over = np.searchsorted(np.sort(end[~side]), start[side], "right")
        hit[owner[side][begun > over]] = True
    return hit


def _pieces(line: Line) -> tuple[Ints, Ints, Ints]:
    """Continuous pieces of all spans: whose, from where, to where."""
    whole = np.flatnonzero(line.shape == 0)
    owners, starts, ends = [whole], [line.start[whole]], [line.end[whole]]
    for at, parts in line.fragments.items():
        owners.append(np.full(len(parts), at, np.int64))
        starts.append(parts[:, 0])
        ends.append(parts[:, 1])
    return np.concatenate(owners), np.concatenate(starts), np.concatenate(ends)


def count_overlapping(line: Line) -> int:
    """The most pairs of a gold and a predicted span that share a character, each span in one.

    >>> gold = np.array([True, False, False])
    >>> line = Line(np.array([0, 0, 5]), np.array([9, 3, 9]), gold, np.zeros(3, int), {})
    >>> count_overlapping(line)
    1
    """
    if not len(line.start):
        return 0
    order = np.argsort(line.start, kind="stable")
    start = line.start[order]
    reach = np.maximum.accumulate(line.end[order])
    knot = np.zeros(len(order), np.int64)
    knot[1:] = np.cumsum(start[1:] >= reach[:-1])  # a gap ends a knot
    golds = np.bincount(knot, line.gold[order]).astype(np.int64)
    fewer = np.minimum(golds, np.bincount(knot) - golds)
    broken = np.zeros(len(fewer), np.bool_)
    broken[knot[line.shape[order] != 0]] = True
    # Everything in a knot hangs together, so a lone span always touches one of the other side.
    plain = int(fewer[(fewer <= 1) & ~broken].sum())
    hard = order[((fewer > 1) & ~broken)[knot]]
    return plain + _sweep(line, hard) + _augment(line, order[broken[knot]])


def _sweep(line: Line, chosen: Ints) -> int:
    """The most pairs among continuous spans.

    Of the spans left, the one that ends first takes, of those it touches, the one that ends
    first: that one touches the fewest others, so no other choice gives more pairs.
    """
    starts, ends = line.start[chosen].tolist(), line.end[chosen].tolist()
    gold = line.gold[chosen].tolist()
    by_start = iter(sorted(range(len(starts)), key=starts.__getitem__))
    done = [False] * len(starts)
    open_spans: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    upcoming = next(by_start, None)
    pairs = 0
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
            done[heappop(others)[1]] = True
            pairs += 1
    return pairs


def _augment(line: Line, chosen: Ints) -> int:
    """The most pairs where spans have gaps: a maximum matching of the spans that touch."""
    if not len(chosen):
        return 0
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    pieces = sorted(
        (start, end, at)
        for at in chosen.tolist()
        for start, end in line.fragments.get(at, [(line.start[at], line.end[at])])
    )
    pairs: set[tuple[int, int]] = set()
    active: list[tuple[int, int]] = []
    for start, end, at in pieces:
        active = [(stop, other) for stop, other in active if stop > start]
        for _, other in active:
            if line.gold[at] != line.gold[other]:
                pairs.add((at, other) if line.gold[at] else (other, at))
        active.append((end, at))
    if not pairs:
        return 0
    rows, columns = (np.unique(side, return_inverse=True)[1] for side in zip(*pairs, strict=True))
    graph = csr_array((np.ones(len(rows)), (rows, columns)))
    return int((maximum_bipartite_matching(graph) >= 0).sum())
