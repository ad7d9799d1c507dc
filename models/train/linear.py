"""A linear-chain CRF over hashed sparse features, trained by FTRL-proximal (numba)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from train.features import Encoded, linear_indices

TAGS = ("O", "B", "I", "E", "S")
#: Which tag may follow which (BIOES).
ALLOWED = np.array(
    [[1, 1, 0, 0, 1], [0, 0, 1, 1, 0], [0, 0, 1, 1, 0], [1, 1, 0, 0, 1], [1, 1, 0, 0, 1]],
    dtype=bool,
)
START = np.array([1, 1, 0, 0, 1], dtype=bool)
END = np.array([1, 0, 0, 1, 1], dtype=bool)


@njit(cache=True, fastmath=True)
def _weight(z: Any, n: Any, alpha: float, l1: float, l2: float) -> Any:
    if z > l1:
        return -(z - l1) / ((1.0 + np.sqrt(n)) / alpha + l2)
    if z < -l1:
        return -(z + l1) / ((1.0 + np.sqrt(n)) / alpha + l2)
    return 0.0


@njit(cache=True, fastmath=True)
def _marginals(em: Any, trans: Any, start: Any, end: Any, post: Any, pair: Any) -> Any:
    """Posterior marginals of one chain into ``post`` and expected pairs into ``pair``; log Z."""
    n, tags = em.shape
    a = np.empty((n, tags))
    b = np.empty((n, tags))
    for t in range(tags):
        a[0, t] = start[t] + em[0, t]
    for i in range(1, n):
        for t in range(tags):
            m = -1e30
            for s in range(tags):
                v = a[i - 1, s] + trans[s, t]
                m = max(m, v)
            acc = 0.0
            for s in range(tags):
                acc += np.exp(a[i - 1, s] + trans[s, t] - m)
            a[i, t] = m + np.log(acc) + em[i, t]
    for t in range(tags):
        b[n - 1, t] = end[t]
    for i in range(n - 2, -1, -1):
        for s in range(tags):
            m = -1e30
            for t in range(tags):
                v = trans[s, t] + em[i + 1, t] + b[i + 1, t]
                m = max(m, v)
            acc = 0.0
            for t in range(tags):
                acc += np.exp(trans[s, t] + em[i + 1, t] + b[i + 1, t] - m)
            b[i, s] = m + np.log(acc)
    m = -1e30
    for t in range(tags):
        m = max(m, a[n - 1, t] + end[t])
    acc = 0.0
    for t in range(tags):
        acc += np.exp(a[n - 1, t] + end[t] - m)
    logz = m + np.log(acc)
    pair[:] = 0.0
    for i in range(n):
        for t in range(tags):
            post[i, t] = np.exp(a[i, t] + b[i, t] - logz)
    for i in range(1, n):
        for s in range(tags):
            for t in range(tags):
                v = a[i - 1, s] + trans[s, t] + em[i, t] + b[i, t] - logz
                if v > -30:
                    pair[s, t] += np.exp(v)
    return logz


@njit(cache=True, fastmath=True)
def epoch(  # noqa: PLR0915
    feats: Any, gold: Any, offsets: Any, order: Any, domain: Any, weight_of: Any,
    z: Any, nn: Any, tw: Any, tn: Any, mask: Any, start: Any, end: Any,
    alpha: float, l1: float, l2: float, drop: float, seed: int, lr_trans: float,
) -> float:  # fmt: skip
    """One pass of FTRL; ``z`` and ``nn`` are [domains + 1, rows, tags]; domain 0 is shared."""
    np.random.seed(seed)
    width = feats.shape[1]
    tags = 5
    loss = 0.0
    pair = np.zeros((tags, tags))
    maxlen = 0
    for s in range(len(offsets) - 1):
        maxlen = max(maxlen, offsets[s + 1] - offsets[s])
    wbuf = np.zeros(tags)
    keep = np.ones((maxlen, width), dtype=np.bool_)
    for q in range(len(order)):
        s = order[q]
        lo, hi = offsets[s], offsets[s + 1]
        n = hi - lo
        if n == 0:
            continue
        d = domain[s]
        scale = weight_of[s]
        em = np.zeros((n, tags))
        for i in range(n):
            for f in range(width):
                if drop > 0:
                    keep[i, f] = np.random.random() >= drop
                    if not keep[i, f]:
                        continue
                r = feats[lo + i, f]
                if r < 0:
                    continue
                for t in range(tags):
                    em[i, t] += _weight(z[0, r, t], nn[0, r, t], alpha, l1, l2)
                    if d > 0:
                        em[i, t] += _weight(z[d, r, t], nn[d, r, t], alpha, l1, l2)
            if drop > 0:
                for t in range(tags):
                    em[i, t] /= 1.0 - drop
        trans = tw[d] + mask
        post = np.zeros((n, tags))
        logz = _marginals(em, trans, start, end, post, pair)
        score = start[gold[lo]] + end[gold[hi - 1]]
        for i in range(n):
            score += em[i, gold[lo + i]]
            if i:
                score += trans[gold[lo + i - 1], gold[lo + i]]
                pair[gold[lo + i - 1], gold[lo + i]] -= 1.0
            post[i, gold[lo + i]] -= 1.0
        loss += logz - score
        for i in range(n):
            big = 0.0
            for t in range(tags):
                wbuf[t] = post[i, t] * scale
                big = max(big, abs(wbuf[t]))
            if big < 1e-4:
                continue
            for f in range(width):
                if drop > 0 and not keep[i, f]:
                    continue
                r = feats[lo + i, f]
                if r < 0:
                    continue
                for t in range(tags):
                    g = wbuf[t]
                    if abs(g) < 1e-5:
                        continue
                    for k in range(2):
                        if k == 1 and d == 0:
                            break
                        kk = d if k == 1 else 0
                        old = nn[kk, r, t]
                        w = _weight(z[kk, r, t], old, alpha, l1, l2)
                        new = old + g * g
                        sigma = (np.sqrt(new) - np.sqrt(old)) / alpha
                        z[kk, r, t] += g - sigma * w
                        nn[kk, r, t] = new
        for a in range(tags):
            for b in range(tags):
                g = pair[a, b] * scale
                tn[d, a, b] += g * g
                if tn[d, a, b] > 0:
                    tw[d, a, b] -= lr_trans * g / np.sqrt(1.0 + tn[d, a, b])
    return loss


@njit(cache=True, fastmath=True)
def weights(z: Any, nn: Any, alpha: float, l1: float, l2: float) -> Any:
    """The weights that FTRL's sums stand for."""
    out = np.zeros(z.shape, dtype=np.float32)
    for r in range(z.shape[0]):
        for t in range(z.shape[1]):
            out[r, t] = _weight(z[r, t], nn[r, t], alpha, l1, l2)
    return out


MASK = np.where(ALLOWED, 0.0, -1e4)
START_SCORE = np.where(START, 0.0, -1e4)
END_SCORE = np.where(END, 0.0, -1e4)


@njit(cache=True, fastmath=True)
def batch_gradient(
    em: Any, gold: Any, offsets: Any, domain: Any, trans: Any, mask: Any, start: Any, end: Any,
    d_em: Any, d_trans: Any,
) -> float:  # fmt: skip
    """Negative log-likelihood of the batch; gradients into ``d_em`` and ``d_trans``."""
    tags = em.shape[1]
    pair = np.zeros((tags, tags))
    loss = 0.0
    for s in range(len(offsets) - 1):
        lo, hi = offsets[s], offsets[s + 1]
        n = hi - lo
        if n == 0:
            continue
        d = domain[s]
        tr = trans[d] + mask
        post = np.zeros((n, tags))
        logz = _marginals(em[lo:hi], tr, start, end, post, pair)
        score = start[gold[lo]] + end[gold[hi - 1]]
        for i in range(n):
            g = gold[lo + i]
            score += em[lo + i, g]
            if i:
                score += tr[gold[lo + i - 1], g]
                pair[gold[lo + i - 1], g] -= 1.0
            post[i, g] -= 1.0
            for t in range(tags):
                d_em[lo + i, t] = post[i, t]
        for a in range(tags):
            for b in range(tags):
                d_trans[d, a, b] += pair[a, b]
        loss += logz - score
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
    """Weights [rows, 5] and transition scores for guideline 1.

    Every weight is the sum of one shared by all guidelines and one of the sentence's own
    (Daume III, 2007). Guideline 0 is none: its sentences train the shared weights only.
    """
    features = np.concatenate([linear_indices(s.rows, bits) for s in sentences])
    gold = np.concatenate([s.gold for s in sentences])
    offsets = np.concatenate([[0], np.cumsum([len(s.gold) for s in sentences])])
    often = np.bincount(features.ravel(), minlength=1 << bits) >= 2
    for at in range(0, len(features), 100_000):  # in pieces, for memory
        part = features[at : at + 100_000]
        part[~often[part]] = -1
    domain = np.array(guidelines, dtype=np.int32)
    scale = np.where(domain == 1, 1.0, other)
    domains = int(domain.max()) + 1
    z = np.zeros((domains, 1 << bits, 5), dtype=np.float32)
    n = np.zeros_like(z)
    trans, squares = np.zeros((domains, 5, 5)), np.zeros((domains, 5, 5))
    rng = np.random.default_rng(seed)
    for number in range(epochs):
        order = rng.permutation(len(sentences))
        loss = epoch(
            features, gold, offsets, order, domain, scale, z, n, trans, squares,
            MASK, START_SCORE, END_SCORE, alpha, l1, l2, drop, seed + number, 0.2,
        )  # fmt: skip
        print(f"linear: epoch {number + 1} of {epochs}, loss {loss / len(gold):.4f}", flush=True)
    found = weights(z[0], n[0], alpha, l1, l2)
    if domains > 1:
        found += weights(z[1], n[1], alpha, l1, l2)
    return found, trans[min(1, domains - 1)]


def quantise(found: NDArray[np.float32], most: float = 3.0) -> tuple[NDArray[np.int8], float]:
    """Weights as 8-bit numbers in rows of eight (three unused), and their scale."""
    scale = most / 127
    table = np.zeros((len(found), 8), dtype=np.int8)
    table[:, :5] = np.rint(np.clip(found, -most, most) / scale)
    return table, scale
