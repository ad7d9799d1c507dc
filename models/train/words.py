"""Learn word vectors from the training texts (PPMI, truncated SVD), and how common words are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import svds

from nerbench.recognizers.default.features import WordFeatures, normal_form
from nerbench.recognizers.default.gazetteer import Gazetteer
from nerbench.recognizers.default.tokens import tokenize
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


def commonness(words: Sequence[str], sentences: Iterable[Sentence]) -> NDArray[np.int8]:
    """Return how often each word stands in small letters outside genes: 0 (never) to 6."""
    counts: Counter[str] = Counter()
    for sentence in sentences:
        for word, start, _ in tokenize(sentence.text):
            if word.islower() and not any(a <= start < b for a, b in sentence.spans):
                counts[word] += 1
    levels = [min(6, int(np.log2((1 + counts[word]) / 2 + 0.5))) for word in words]
    return np.array(levels, dtype=np.int8)


def learn(sentences: Sequence[Sentence], gazetteer: Gazetteer, seed: int = 0) -> WordFeatures:
    """Learn word features from gold sentences."""
    texts = dict.fromkeys(
        tuple(word for word, _, _ in tokenize(sentence.text)) for sentence in sentences
    )
    words, table = vectors(texts, seed=seed)
    scale = float(np.abs(table).max()) / 127
    stored = np.rint(table / scale).astype(np.int8)
    common = commonness(words, sentences)
    return WordFeatures(gazetteer, words, common, stored, scale * _VECTOR_LENGTH)
