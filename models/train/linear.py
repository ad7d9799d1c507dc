"""A linear-chain CRF over hashed sparse features, trained by FTRL-proximal, compiled by numba.

Gradients are those of the negative log-likelihood: posterior marginals less the gold tags (Sutton
and McCallum, 2012). Each weight is the sum of one shared by all guidelines and one of the
sentence's own (Daumé III, 2007). FTRL-proximal (McMahan et al., 2013, algorithm 1) keeps two sums
for each weight, ``z`` and ``n``, and computes the weight from them when it is needed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nerbench.recognizers.default.tagger import ALLOWED, N_TAGS
from train.features import Encoded, linear_indices

# Scores that forbid a transition, a first tag and a last tag (O, B, I, E, S).
MASK = np.where(ALLOWED, 0.0, -1e4)
START_SCORE = np.array([0.0, 0.0, -1e4, -1e4, 0.0])
END_SCORE = np.array([0.0, -1e4, -1e4, 0.0, 0.0])


@njit(cache=True, fastmath=True)
def _weight(z: Any, n: Any, alpha: float, l1: float, l2: float) -> Any:
    """Return the weight that FTRL's sums stand for; 0 where ``z`` is within ``l1``."""
    if z > l1:
        return -(z - l1) / ((1.0 + np.sqrt(n)) / alpha + l2)
    if z < -l1:
        return -(z + l1) / ((1.0 + np.sqrt(n)) / alpha + l2)
    return 0.0


# _marginals and epoch are long on purpose: split into inlined functions, an epoch takes 1.4 times
# as long and rounds differently.


@njit(cache=True, fastmath=True)
def _marginals(
    emissions: Any, transitions: Any, start: Any, end: Any, posteriors: Any, pairs: Any
) -> Any:
    """Run forward-backward (Rabiner, 1989) in log space on one sentence.

    Writes the probability of each tag at each token into ``posteriors`` and the expected number of
    each transition into ``pairs``; returns the logarithm of the partition function.
    """
    n, tags = emissions.shape
    forward = np.empty((n, tags))
    backward = np.empty((n, tags))
    # forward[i, t]: log of the summed weight of all paths that reach tag t at token i. Sums of
    # exponentials are taken relative to the largest, against overflow.
    for t in range(tags):
        forward[0, t] = start[t] + emissions[0, t]
    for i in range(1, n):
        for t in range(tags):
            largest = -1e30
            for s in range(tags):
                score = forward[i - 1, s] + transitions[s, t]
                largest = max(largest, score)
            total = 0.0
            for s in range(tags):
                total += np.exp(forward[i - 1, s] + transitions[s, t] - largest)
            forward[i, t] = largest + np.log(total) + emissions[i, t]
    # backward[i, s]: the same of all paths from tag s at token i, which is left out, to the end.
    for t in range(tags):
        backward[n - 1, t] = end[t]
    for i in range(n - 2, -1, -1):
        for s in range(tags):
            largest = -1e30
            for t in range(tags):
                score = transitions[s, t] + emissions[i + 1, t] + backward[i + 1, t]
                largest = max(largest, score)
            total = 0.0
            for t in range(tags):
                total += np.exp(
                    transitions[s, t] + emissions[i + 1, t] + backward[i + 1, t] - largest
                )
            backward[i, s] = largest + np.log(total)
    largest = -1e30
    for t in range(tags):
        largest = max(largest, forward[n - 1, t] + end[t])
    total = 0.0
    for t in range(tags):
        total += np.exp(forward[n - 1, t] + end[t] - largest)
    log_z = largest + np.log(total)
    # A path's probability is its weight by the sum of all; below exp(-30) it adds nothing.
    pairs[:] = 0.0
    for i in range(n):
        for t in range(tags):
            posteriors[i, t] = np.exp(forward[i, t] + backward[i, t] - log_z)
    for i in range(1, n):
        for s in range(tags):
            for t in range(tags):
                score = forward[i - 1, s] + transitions[s, t]
                score = score + emissions[i, t] + backward[i, t] - log_z
                if score > -30:
                    pairs[s, t] += np.exp(score)
    return log_z


@njit(cache=True, fastmath=True, inline="always")
def _gradient(
    emissions: Any, gold: Any, transitions: Any, start: Any, end: Any, posteriors: Any, pairs: Any
) -> Any:
    """Return a sentence's negative log-likelihood.

    Its gradients by the emissions are left in ``posteriors``, by the transitions in ``pairs``.
    """
    n = len(gold)
    log_z = _marginals(emissions, transitions, start, end, posteriors, pairs)
    score = start[gold[0]] + end[gold[n - 1]]
    for i in range(n):
        score += emissions[i, gold[i]]
        if i:
            score += transitions[gold[i - 1], gold[i]]
            pairs[gold[i - 1], gold[i]] -= 1.0
        posteriors[i, gold[i]] -= 1.0
    return log_z - score


@njit(cache=True, fastmath=True)
def epoch(  # noqa: PLR0915
    features: Any, gold: Any, offsets: Any, order: Any, domain: Any, scale: Any,
    z: Any, n: Any, transitions: Any, squares: Any, mask: Any, start: Any, end: Any,
    alpha: float, l1: float, l2: float, drop: float, seed: int, rate: float,
) -> float:  # fmt: skip
    """Pass once over all sentences, updating after each; return the sum of their losses.

    ``z`` and ``n`` are [domains, rows, tags]; domain 0 is shared.
    """
    np.random.seed(seed)
    width = features.shape[1]
    loss = 0.0
    pairs = np.zeros((N_TAGS, N_TAGS))
    longest = 0
    for s in range(len(offsets) - 1):
        longest = max(longest, offsets[s + 1] - offsets[s])
    gradient = np.zeros(N_TAGS)
    keep = np.ones((longest, width), dtype=np.bool_)
    for number in range(len(order)):
        s = order[number]
        first, last = offsets[s], offsets[s + 1]
        if first == last:
            continue
        d = domain[s]
        # Sum the weights of each token's features; rare ones have row -1. With dropout
        # (Srivastava et al., 2014) some are left out, and the sum is scaled up for them.
        emissions = np.zeros((last - first, N_TAGS))
        for i in range(last - first):
            for f in range(width):
                if drop > 0:
                    keep[i, f] = np.random.random() >= drop
                    if not keep[i, f]:
                        continue
                row = features[first + i, f]
                if row < 0:
                    continue
                for t in range(N_TAGS):
                    emissions[i, t] += _weight(z[0, row, t], n[0, row, t], alpha, l1, l2)
                    if d > 0:
                        emissions[i, t] += _weight(z[d, row, t], n[d, row, t], alpha, l1, l2)
            if drop > 0:
                for t in range(N_TAGS):
                    emissions[i, t] /= 1.0 - drop
        masked = transitions[d] + mask
        posteriors = np.zeros((last - first, N_TAGS))
        loss += _gradient(emissions, gold[first:last], masked, start, end, posteriors, pairs)
        # Add the gradients to the sums of the features' weights; tiny ones are left out.
        for i in range(last - first):
            largest = 0.0
            for t in range(N_TAGS):
                gradient[t] = posteriors[i, t] * scale[s]
                largest = max(largest, abs(gradient[t]))
            if largest < 1e-4:
                continue
            for f in range(width):
                if drop > 0 and not keep[i, f]:
                    continue
                row = features[first + i, f]
                if row < 0:
                    continue
                for t in range(N_TAGS):
                    g = gradient[t]
                    if abs(g) < 1e-5:
                        continue
                    for own in range(2):
                        if own and d == 0:
                            break
                        k = d if own else 0
                        old = n[k, row, t]
                        weight = _weight(z[k, row, t], old, alpha, l1, l2)
                        new = old + g * g
                        sigma = (np.sqrt(new) - np.sqrt(old)) / alpha
                        z[k, row, t] += g - sigma * weight
                        n[k, row, t] = new
        # Transitions are few and of the domain alone: AdaGrad (Duchi et al., 2011).
        for a in range(N_TAGS):
            for b in range(N_TAGS):
                g = pairs[a, b] * scale[s]
                squares[d, a, b] += g * g
                if squares[d, a, b] > 0:
                    transitions[d, a, b] -= rate * g / np.sqrt(1.0 + squares[d, a, b])
    return loss


@njit(cache=True, fastmath=True)
def weights(z: Any, n: Any, alpha: float, l1: float, l2: float) -> Any:
    """Return the weights that FTRL's sums stand for."""
    table = np.zeros(z.shape, dtype=np.float32)
    for row in range(z.shape[0]):
        for t in range(z.shape[1]):
            table[row, t] = _weight(z[row, t], n[row, t], alpha, l1, l2)
    return table


@njit(cache=True, fastmath=True)
def batch_gradient(
    emissions: Any, gold: Any, offsets: Any, domain: Any, transitions: Any, mask: Any,
    start: Any, end: Any, d_emissions: Any, d_transitions: Any,
) -> float:  # fmt: skip
    """Return the loss of a batch of sentences; write its gradients, for the network."""
    pairs = np.zeros((N_TAGS, N_TAGS))
    loss = 0.0
    for s in range(len(offsets) - 1):
        first, last = offsets[s], offsets[s + 1]
        if first == last:
            continue
        d = domain[s]
        masked = transitions[d] + mask
        loss += _gradient(
            emissions[first:last], gold[first:last], masked, start, end,
            d_emissions[first:last], pairs,
        )  # fmt: skip
        d_transitions[d] += pairs
    return loss


def train(
    sentences: list[Encoded],
    guidelines: list[int],
    bits: int = 22,
    epochs: int = 6,
    other: float = 0.5,
    alpha: float = 0.05,
    l1: float = 0.1,
    l2: float = 1.0,
    drop: float = 0.3,
    seed: int = 0,
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return weights, shape (2 ** bits, tags), and transition scores for guideline 1.

    Sentences of other guidelines count ``other`` times those of guideline 1; those of guideline 0,
    which is none, train the shared weights only. Features that occur once are left out.
    """
    features = np.concatenate([linear_indices(s.rows, bits) for s in sentences])
    gold = np.concatenate([s.gold for s in sentences])
    offsets = np.concatenate([[0], np.cumsum([len(s.gold) for s in sentences])])
    is_frequent = np.bincount(features.ravel(), minlength=1 << bits) >= 2
    for first in range(0, len(features), 100_000):  # in pieces, for memory
        part = features[first : first + 100_000]
        part[~is_frequent[part]] = -1
    domain = np.array(guidelines, dtype=np.int32)
    scale = np.where(domain == 1, 1.0, other)
    domains = int(domain.max()) + 1
    z = np.zeros((domains, 1 << bits, N_TAGS), dtype=np.float32)
    n = np.zeros_like(z)
    transitions = np.zeros((domains, N_TAGS, N_TAGS))
    squares = np.zeros_like(transitions)
    rng = np.random.default_rng(seed)
    for number in range(epochs):
        order = rng.permutation(len(sentences))
        loss = epoch(
            features, gold, offsets, order, domain, scale, z, n, transitions, squares,
            MASK, START_SCORE, END_SCORE, alpha, l1, l2, drop, seed + number, 0.2,
        )  # fmt: skip
        print(f"linear: epoch {number + 1} of {epochs}, loss {loss / len(gold):.4f}", flush=True)
    table = weights(z[0], n[0], alpha, l1, l2)
    if domains > 1:
        table += weights(z[1], n[1], alpha, l1, l2)
    return table, transitions[min(1, domains - 1)]


def quantize(table: NDArray[np.float32], limit: float = 3.0) -> tuple[NDArray[np.int8], float]:
    """Return weights as 8-bit multiples of a scale, and the scale."""
    scale = limit / 127
    return np.rint(np.clip(table, -limit, limit) / scale).astype(np.int8), scale
