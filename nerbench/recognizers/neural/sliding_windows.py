"""Read texts that are longer than a model's input in overlapping windows, and merge the results.

A unit (a word, a word piece or a character) takes the prediction of the window in which it has most
context: the larger distance to the nearer edge, where the ends of the text are no edges. A span is
taken from the window that gives the whole span most context, so no name is cut or reported twice
where windows meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Window = tuple[int, int]
"""The first unit of a window and the one past its last, counted from 0."""

_BATCHES_AHEAD = 8


class LabeledSpan(NamedTuple):
    """A span with a label and a score, as a model reports it."""

    start: int
    end: int
    label: str
    score: float


def read_ahead(texts: Iterable[str], batch_size: int) -> Iterator[list[str]]:
    """Yield up to eight batches of texts at a time, so that windows can be sorted by length."""
    stream = iter(texts)
    while block := list(islice(stream, _BATCHES_AHEAD * batch_size)):
        yield block


def cut_windows(count: int, size: int) -> list[Window]:
    """Return windows of at most ``size`` units over ``count`` units: several have one size, and the
    last ends with the text. Raises ValueError if the size is not positive.

    >>> cut_windows(10, 4)
    [(0, 4), (3, 7), (6, 10)]
    >>> cut_windows(3, 4), cut_windows(0, 4)
    ([(0, 3)], [])
    """
    if size < 1:
        raise ValueError(f"a window of {size} units holds nothing")
    if count <= size:
        return [(0, count)] if count else []
    starts = range(0, count - size, size - size // 4)  # each overlaps the one before by a quarter
    return [(start, start + size) for start in (*starts, count - size)]


def context_size(first: Any, last: Any, window: Window, count: int) -> Any:
    """Return how many units of context a window gives the units ``first`` to ``last`` (included),
    as integers or arrays; negative if it does not hold them all.

    >>> [int(context_size(3, 3, window, 10)) for window in [(0, 4), (2, 6), (4, 8)]]
    [0, 1, -1]
    """
    start, stop = window
    before = first - start if start else count
    after = stop - 1 - last if stop < count else count
    return np.minimum(before, after)


def merge_rows(
    count: int, windows: Sequence[Window], parts: Sequence[npt.NDArray[np.float64]]
) -> npt.NDArray[np.float64]:
    """Return a row for each unit, of the window's rows in ``parts`` that has most context, the
    earlier if several have. Raises ValueError if a unit is in no window.

    >>> parts = [np.array([[1.0], [2.0]]), np.array([[3.0], [4.0]])]
    >>> merge_rows(3, [(0, 2), (1, 3)], parts).tolist()
    [[1.0], [2.0], [4.0]]
    """
    most = np.full(count, -1, np.int64)
    merged = np.zeros((count, parts[0].shape[1] if parts else 0))
    for window, part in zip(windows, parts, strict=True):
        units = np.arange(*window)
        context = context_size(units, units, window, count)
        better = context > most[units]
        merged[units[better]] = part[better]
        most[units] = np.maximum(most[units], context)
    if count and most.min() < 0:
        raise ValueError(f"the windows {list(windows)} leave out some of {count} units")
    return merged


def merge_spans(
    spans: Sequence[Sequence[LabeledSpan]], windows: Sequence[Window], count: int
) -> list[LabeledSpan]:
    """Return the spans that windows report (counted from each window's start), each only if no
    other window gives it more context. Of overlapping spans, the one with the higher score stays,
    then the longer.

    >>> merge_spans([[LabeledSpan(3, 4, "GENE", 0.9)], [LabeledSpan(2, 5, "GENE", 0.8)]],
    ...             [(0, 4), (1, 9)], 9)
    [LabeledSpan(start=3, end=6, label='GENE', score=0.8)]
    """
    candidates = []
    for number, (offset, _) in enumerate(windows):
        for span in spans[number]:
            start, end = offset + span.start, offset + span.end
            contexts = [context_size(start, end - 1, window, count) for window in windows]
            if contexts.index(max(contexts)) == number:
                candidates.append(span._replace(start=start, end=end))
    kept: list[LabeledSpan] = []
    for span in sorted(candidates, key=lambda span: (-span.score, span.start - span.end, span)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return sorted(kept)
