"""Windows over texts that are longer than a model reads at once, and the way back.

Windows overlap, and whatever lies in several of them is taken from the one where it has most
context on its poorer side. What is cut once is so put together once: nothing is doubled or cut at
a seam.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Found", "Window", "merge", "room", "stitch", "windows"]

Window = tuple[int, int]
"""The first unit of a window, and the one past its last: tokens or words, counted from 0."""


class Found(NamedTuple):
    """A span with a label and a score, as a model reports it."""

    start: int
    end: int
    label: str
    score: float


def windows(count: int, size: int) -> list[Window]:
    """Windows of at most ``size`` units over ``count``, each a quarter over the one before.

    All are of the same size if one does not do; the last ends with the text. Raises ValueError
    if the size is not positive.

    >>> windows(10, 4)
    [(0, 4), (3, 7), (6, 10)]
    >>> windows(3, 4), windows(0, 4)
    ([(0, 3)], [])
    """
    if size < 1:
        raise ValueError(f"a window of {size} units holds nothing")
    if count <= size:
        return [(0, count)] if count else []
    starts = range(0, count - size, size - size // 4)
    return [(start, start + size) for start in (*starts, count - size)]


def room(first: int, last: int, window: Window, count: int) -> int:
    """How many units of context a window gives the units ``first`` to ``last`` (last included).

    That of the poorer side; the ends of the text take no context away. Negative: not inside.

    >>> room(3, 3, (0, 4), 10), room(3, 3, (3, 7), 10), room(0, 0, (0, 4), 10)
    (0, 0, 3)
    """
    start, stop = window
    before = first - start if start else count
    after = stop - 1 - last if stop < count else count
    if not start <= first <= last < stop:
        return -1
    return min(before, after)


def merge(
    count: int, cuts: Sequence[Window], parts: Sequence[npt.NDArray[np.float64]]
) -> npt.NDArray[np.float64]:
    """One row a unit, each from the window that gives it most room, the earlier if several do.

    ``parts`` has an array for each of the windows ``cuts``, of shape (units, columns). Raises
    ValueError if the windows leave a unit out.

    >>> merge(3, [(0, 2), (1, 3)], [np.array([[1.0], [2.0]]), np.array([[3.0], [4.0]])]).tolist()
    [[1.0], [2.0], [4.0]]
    """
    best = np.full(count, -1, np.int64)
    merged = np.zeros((count, parts[0].shape[1] if parts else 0))
    for (start, stop), part in zip(cuts, parts, strict=True):
        at = np.arange(start, stop)
        before = at - start if start else np.full(len(at), count)
        after = stop - 1 - at if stop < count else np.full(len(at), count)
        here = np.minimum(before, after)
        better = here > best[start:stop]
        merged[start:stop][better] = part[better]
        best[start:stop][better] = here[better]
    if count and best.min() < 0:
        raise ValueError(f"the windows {list(cuts)} leave out some of {count} units")
    return merged


def stitch(found: Iterable[tuple[int, Found]], cuts: Sequence[Window], count: int) -> list[Found]:
    """The spans that windows found, each as it looks to the window that gives it most room.

    ``found`` are the number of a window and what was found in it; spans count as the windows do,
    over ``count`` units. A span that another window has more context for is that one's to find.
    Of those that overlap all the same, the one with the higher score stays, then the longer.

    >>> stitch([(0, Found(3, 4, "GENE", 0.9)), (1, Found(3, 6, "GENE", 0.8))],
    ...        [(0, 4), (1, 9)], 9)
    [Found(start=3, end=6, label='GENE', score=0.8)]
    """
    best: list[Found] = []
    for number, span in found:
        rooms = [room(span.start, span.end - 1, cut, count) for cut in cuts]
        if rooms.index(max(rooms)) == number:
            best.append(span)
    kept: list[Found] = []
    for span in sorted(best, key=lambda one: (-one.score, one.start - one.end, one)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return sorted(kept)
