"""Learn word vectors and clusters from the training texts: PPMI, truncated SVD, k-means."""

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
_VECTOR_LENGTH = 2.0  # of the vectors that the network sees
_MAX_CONTEXTS = 8000  # words that count as context


def vectors(
    texts: Iterable[Sequence[str]],
    min_count: int = 4,
    size: int = 64,
    reach: int = 2,
    seed: int = 0,
) -> tuple[list[str], Array]:
    """Return words seen at least ``min_count`` times, and their unit vectors.

    Counts of words and contexts are weighted by positive pointwise mutual information, with the
    contexts' counts smoothed by the power 0.75, and reduced by a singular value decomposition
    (Levy, Goldberg and Dagan, 2015). A context is a frequent word at one signed distance, so that
    word order counts.
    """
    sentences = [[normal_form(token) for token in tokens] for tokens in texts]
    counts = Counter(token for sentence in sentences for token in sentence)
    words = [
        word for word, n in sorted(counts.items(), key=lambda x: (-x[1], x[0])) if n >= min_count
    ]
    index = {word: k for k, word in enumerate(words)}
    contexts = min(len(words), _MAX_CONTEXTS)
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
        all_pairs = np.concatenate(pairs, axis=1)
        table = sparse.coo_matrix(
            (np.ones(all_pairs.shape[1]), (all_pairs[0], all_pairs[1])),
            shape=(len(words), contexts),
        ).tocsr()
        rows = np.asarray(table.sum(axis=1)).ravel()
        columns = np.asarray(table.sum(axis=0)).ravel() ** 0.75
        columns /= columns.sum()
        cells = table.tocoo()
        gain = np.log(cells.data / (rows[cells.row] * columns[cells.col]))
        keep = gain > 0
        blocks.append(
            sparse.coo_matrix(
                (gain[keep], (cells.row[keep], cells.col[keep])), shape=(len(words), contexts)
            )
        )
    matrix = sparse.hstack(blocks).tocsr()
    size = min(size, min(matrix.shape) - 1)
    start = np.random.default_rng(seed).normal(size=min(matrix.shape))
    left, strength, _ = svds(matrix, k=size, v0=start)
    order = np.argsort(-strength)
    table = left[:, order] * np.sqrt(strength[order])
    table /= np.linalg.norm(table, axis=1, keepdims=True) + 1e-9
    return words, table.astype(np.float32)


def clusters(
    vectors: Array, sizes: tuple[int, ...] = (64, 256, 1024), seed: int = 0
) -> NDArray[np.int64]:
    """Return the k-means cluster of each word, a column for each number of clusters."""
    columns = []
    for size in sizes:
        model = MiniBatchKMeans(
            min(size, len(vectors)), random_state=seed, n_init=3, batch_size=4096, max_iter=60
        )
        columns.append(model.fit_predict(vectors))
    return np.stack(columns, axis=1)


def commonness(words: Sequence[str], sentences: Iterable[Sentence]) -> NDArray[np.int64]:
    """Return how often each word stands in small letters outside genes: 0 (never) to 6."""
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
    """Learn word features from gold sentences and further texts."""
    texts = dict.fromkeys(
        tuple(TOKEN.findall(text)) for text in [*(s.text for s in sentences), *more]
    )
    words, table = vectors(texts, seed=seed)
    info = np.column_stack([clusters(table, seed=seed), commonness(words, sentences)])
    scale = float(np.abs(table).max()) / 127
    stored = np.rint(table / scale).astype(np.int8)
    return WordFeatures(gazetteer, words, info.astype(np.int16), stored, scale * _VECTOR_LENGTH)
