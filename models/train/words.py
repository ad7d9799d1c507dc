"""Word vectors and clusters from the training texts alone: PPMI, truncated SVD, k-means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import svds
from sklearn.cluster import MiniBatchKMeans

from nerbench.recognizers.default.features import TOKEN, Gazetteer, WordFeatures, normal_form
from train.corpora import Sentence

Array = NDArray[np.float32]
#: Vectors are scaled to this length before the network sees them.
_LENGTH = 2.0


def vectors(
    texts: Iterable[Sequence[str]], least: int = 4, size: int = 64, reach: int = 2, seed: int = 0
) -> tuple[list[str], Array]:
    """Words seen at least ``least`` times, and their unit vectors.

    A context is a frequent word at one signed distance, so that word order counts.
    """
    sentences = [[normal_form(token) for token in tokens] for tokens in texts]
    counts = Counter(token for sentence in sentences for token in sentence)
    words = [word for word, n in sorted(counts.items(), key=lambda x: (-x[1], x[0])) if n >= least]
    index = {word: k for k, word in enumerate(words)}
    contexts = min(len(words), 8000)
    blocks = []
    numbers = [np.array([index.get(token, -1) for token in s], dtype=np.int64) for s in sentences]
    for offset in [o for o in range(-reach, reach + 1) if o]:
        pairs = []
        for ids in numbers:
            if len(ids) > abs(offset):
                a, b = (
                    (ids[:-offset], ids[offset:]) if offset > 0 else (ids[-offset:], ids[:offset])
                )
                keep = (a >= 0) & (b >= 0) & (b < contexts)
                pairs.append(np.stack([a[keep], b[keep]]))
        both = np.concatenate(pairs, axis=1)
        seen = sparse.coo_matrix(
            (np.ones(both.shape[1]), (both[0], both[1])), shape=(len(words), contexts)
        ).tocsr()
        total = seen.sum()
        rows = np.asarray(seen.sum(axis=1)).ravel()
        columns = np.asarray(seen.sum(axis=0)).ravel() ** 0.75
        columns /= columns.sum()
        cells = seen.tocoo()
        gain = np.log(cells.data / (rows[cells.row] * columns[cells.col]))
        keep = gain > 0
        blocks.append(
            sparse.coo_matrix(
                (gain[keep], (cells.row[keep], cells.col[keep])), shape=(len(words), contexts)
            )
        )
        del total
    matrix = sparse.hstack(blocks).tocsr()
    size = min(size, min(matrix.shape) - 1)
    start = np.random.default_rng(seed).normal(size=min(matrix.shape))
    left, strength, _ = svds(matrix, k=size, v0=start)
    order = np.argsort(-strength)
    found = left[:, order] * np.sqrt(strength[order])
    found /= np.linalg.norm(found, axis=1, keepdims=True) + 1e-9
    return words, found.astype(np.float32)


def clusters(
    vectors: Array, sizes: tuple[int, ...] = (64, 256, 1024), seed: int = 0
) -> NDArray[np.int64]:
    """The k-means cluster of each word, a column per granularity."""
    columns = []
    for size in sizes:
        model = MiniBatchKMeans(
            min(size, len(vectors)), random_state=seed, n_init=3, batch_size=4096, max_iter=60
        )
        columns.append(model.fit_predict(vectors))
    return np.stack(columns, axis=1)


def commonness(words: Sequence[str], sentences: Iterable[Sentence]) -> NDArray[np.int64]:
    """How often each word stands in small letters outside genes: 0 (never) to 6."""
    counts: Counter[str] = Counter()
    for sentence in sentences:
        for match in TOKEN.finditer(sentence.text):
            word = match.group()
            if word.islower() and not any(a <= match.start() < b for a, b in sentence.spans):
                counts[word] += 1
    return np.array([min(6, int(np.log2((1 + counts[word]) / 2 + 0.5))) for word in words])


def learn(
    sentences: Sequence[Sentence], more: Iterable[str], gazetteer: Gazetteer, seed: int = 0
) -> WordFeatures:
    """Word features from gold sentences and further texts."""
    texts = dict.fromkeys(
        tuple(TOKEN.findall(text)) for text in [*(s.text for s in sentences), *more]
    )
    words, found = vectors(texts, seed=seed)
    info = np.column_stack([clusters(found, seed=seed), commonness(words, sentences)])
    scale = float(np.abs(found).max()) / 127
    stored = np.rint(found / scale).astype(np.int8)
    return WordFeatures(gazetteer, words, info.astype(np.int16), stored, scale * _LENGTH)
