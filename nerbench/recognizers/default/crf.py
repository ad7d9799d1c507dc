"""Decode the tags' scores as a linear-chain CRF (Lafferty, McCallum and Pereira, 2001).

Transitions are allowed or not, and have no scores of their own: the networks see the neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nerbench.recognizers.default.features import Array

O, B, I, E, S = range(5)  # noqa: E741
N_TAGS = 5

ScoredSpan = tuple[int, int, float]
"""A name: first token, token past the last, probability."""

# Which tag may follow which (rows: O, B, I, E, S).
_STEPS = np.array(
    [[1, 1, 0, 0, 1], [0, 0, 1, 1, 0], [0, 0, 1, 1, 0], [1, 1, 0, 0, 1], [1, 1, 0, 0, 1]],
    dtype=np.float32,
)
CERTAIN = 1e4  # a score that no sum of others makes up for


def decode(scores: Sequence[Array]) -> list[list[ScoredSpan]]:
    """Return the names on the best path of each text, with their probabilities."""
    rows = in_step(scores)
    posteriors, goes_on = forward_backward(rows)
    tags = _viterbi(rows)
    return [
        [
            (start - 1, end - 1, _probability(posteriors[:, k], goes_on[:, k], start, end))
            for start, end in read_spans(tags[:, k])
        ]
        for k in range(len(scores))
    ]


def in_step(scores: Sequence[Array]) -> Array:
    """Return the scores by position, text and tag, with O alone before the first and at the end."""
    size = max(map(len, scores), default=0) + 2
    rows = np.full((size, len(scores), N_TAGS), -CERTAIN, dtype=np.float32)
    rows[:, :, O] = 0.0
    for k, text in enumerate(scores):
        rows[1 : len(text) + 1, k] = text
    return rows


def _probability(posteriors: Array, goes_on: Array, start: int, end: int) -> float:
    """Return the probability that a name begins and ends at these positions."""
    if end - start == 1:
        return float(posteriors[start, S])
    *inside, last = goes_on[start : end - 1]
    return float(posteriors[start, B] * np.prod(inside) * (1.0 - last))


def forward_backward(scores: Array) -> tuple[Array, Array]:
    """Return what the scaled forward-backward algorithm (Rabiner, 1989) knows of each position: the
    probability of its tags, and that I follows it rather than E where it is B or I.

    ``forward[t]`` is proportional to the weight of all paths that reach a tag at t, ``backward[t]``
    to that of all paths from there to the end.
    """
    weights = np.exp(scores - scores.max(axis=2, keepdims=True)) + 1e-30
    forward, backward = weights.copy(), np.ones_like(weights)
    goes_on = np.zeros(scores.shape[:2], dtype=np.float32)
    for t in range(1, len(scores)):
        reached = (forward[t - 1] @ _STEPS) * weights[t]
        forward[t] = reached / reached.sum(axis=1, keepdims=True)
    for t in range(len(scores) - 2, -1, -1):
        after = backward[t + 1] * weights[t + 1]
        rest = after @ _STEPS.T
        backward[t] = rest / rest.sum(axis=1, keepdims=True)
        goes_on[t] = after[:, I] / (after[:, I] + after[:, E] + 1e-30)
    posteriors: Array = forward * backward
    posteriors /= np.maximum(posteriors.sum(axis=2, keepdims=True), 1e-30)
    return posteriors, goes_on


def _viterbi(scores: Array) -> Array:
    """Return the tags of the best paths (Viterbi, 1967): scores forward, then back pointers."""
    steps = np.where(_STEPS, 0.0, -CERTAIN).astype(np.float32)
    best = scores.copy()
    back_pointers = np.zeros(scores.shape, dtype=np.int8)
    for t in range(1, len(scores)):
        paths = best[t - 1, :, :, None] + steps
        back_pointers[t] = paths.argmax(axis=1)
        best[t] += paths.max(axis=1)
        best[t] -= best[t].max(axis=1, keepdims=True)  # else a long text's differences are lost
    tags = np.zeros(scores.shape[:2], dtype=np.int8)
    tags[-1] = state = best[-1].argmax(axis=1)
    columns = np.arange(scores.shape[1])
    for t in range(len(scores) - 1, 0, -1):
        tags[t - 1] = state = back_pointers[t, columns, state]
    return tags


def read_spans(tags: Array) -> list[tuple[int, int]]:
    """Return the spans that a possible sequence of tags marks."""
    begins, ends = (np.flatnonzero((tags == edge) | (tags == S)).tolist() for edge in (B, E))
    return [(begin, end + 1) for begin, end in zip(begins, ends, strict=True)]
