"""Tag tokens as parts of gene names: a linear CRF and a convolutional network, summed.

Both models give each token a score for the tags O, B, I, E and S. The scores are added, weighted,
and decoded as one linear-chain CRF (Lafferty, McCallum and Pereira, 2001) whose transition scores
are the weighted sum of those that the two models learned. Words recur, so both models sum what a
word contributes once and keep it, by the word's number in a `Vocabulary`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.strings import hash_string  # type: ignore[attr-defined]
from thinc.api import NumpyOps

from nerbench.recognizers.default.features import (
    COLUMN_INDEX,
    CONTEXT_TEMPLATES,
    MAX_OFFSET,
    TOKEN,
    TOKEN_COLUMNS,
    WORD_COLUMNS,
    WORD_TEMPLATES,
    Match,
    WordFeatures,
    fold_token,
    hash_template,
    template_indices,
)

Array = NDArray[Any]
Token = tuple[str, int, int]
"""A word with its start and end in the text."""

O, B, I, E, S = range(5)  # noqa: E741
N_TAGS = 5


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a text, as the pipeline's tokenizer cuts it, without white space."""
    return [(m.group(), m.start(), m.end()) for m in TOKEN.finditer(text)]


@dataclass(slots=True)
class TaggedText:
    """The tokens of a text with their gazetteer matches and, once tagged, their tags.

    ``posteriors`` has the probability of each tag, shape (tokens, tags); ``auxiliary`` that of a
    gene under the guideline of each other training corpus, shape (tokens, corpora).
    """

    words: list[str]
    starts: list[int]
    ends: list[int]
    ids: list[int]
    folded: list[str]
    codes: list[int]
    matches: list[Match]
    tags: Array = field(init=False, repr=False)
    posteriors: Array = field(init=False, repr=False)
    auxiliary: Array = field(init=False, repr=False)


class Vocabulary:
    """The words met so far with their feature rows, numbered from 1; number 0 is the padding."""

    def __init__(self, features: WordFeatures) -> None:
        self.features = features
        n_word, n_token = len(WORD_COLUMNS), len(TOKEN_COLUMNS)
        padding = [hash_string(f"pad{k}") for k in range(n_word + n_token)]
        # The hashes of token values 0 to 63, and last, at index -1, that of the padding.
        self.token_keys = np.array(
            [
                [*(hash_string(f"place{k}:{value}") for value in range(64)), padding[n_word + k]]
                for k in range(n_token)
            ],
            dtype=np.uint64,
        )
        self.index: dict[str, int] = {"": 0}
        self.words = [""]
        self.folded = [""]
        self.rows = np.zeros((1024, n_word), dtype=np.uint64)
        self.rows[0] = padding[:n_word]

    def __len__(self) -> int:
        return len(self.words)

    def number(self, word: str) -> int:
        """Return the number of a word, after adding it if it is new."""
        number = self.index.get(word)
        if number is None:
            number = self.index[word] = len(self.words)
            self.words.append(word)
            self.folded.append(fold_token(word))
            self.rows = _enlarge(self.rows, number + 1)
            self.rows[number] = self.features.row(word)
        return number

    def encode(self, tokens: Sequence[Token]) -> TaggedText:
        """Return a text with its word numbers and gazetteer matches, not tagged yet."""
        ids = [self.number(word) for word, _, _ in tokens]
        folded = [self.folded[number] for number in ids]
        codes, matches = self.features.gazetteer.codes(folded)
        words, starts, ends = ([token[k] for token in tokens] for k in range(3))
        return TaggedText(words, starts, ends, ids, folded, codes, matches)  # type: ignore[arg-type]

    def feature_rows(self, ids: Array, token_values: Array) -> Array:
        """Return the hashed columns of tokens: those of their words, then the token columns."""
        columns = np.arange(len(TOKEN_COLUMNS))
        return np.concatenate([self.rows[ids], self.token_keys[columns, token_values]], axis=1)


def _enlarge(rows: Array, count: int) -> Array:
    """Return an array with at least ``count`` rows: at least doubled where it must grow."""
    if count <= len(rows):
        return rows
    added = max(count, 2 * len(rows), 1024) - len(rows)
    return np.concatenate([rows, np.zeros((added, *rows.shape[1:]), rows.dtype)])


class WordCache:
    """Rows that ``compute`` makes once for each word of a vocabulary, from a number on."""

    def __init__(self, compute: Callable[[Vocabulary, int], Array]) -> None:
        self._compute = compute
        self._vocabulary: Vocabulary | None = None
        self._count = 0
        self._rows: Array = np.zeros(0)

    def rows(self, vocabulary: Vocabulary) -> Array:
        """Return the rows of the vocabulary's words, by number."""
        if vocabulary is not self._vocabulary:
            self._vocabulary, self._count = vocabulary, 0
        if self._count < len(vocabulary):
            new_rows = self._compute(vocabulary, self._count)
            kept = self._rows if self._count else new_rows[:0]
            self._rows = _enlarge(kept, len(vocabulary))
            self._rows[self._count : len(vocabulary)] = new_rows
            self._count = len(vocabulary)
        return self._rows


def token_values(text: TaggedText) -> Array:
    """Return the values of TOKEN_COLUMNS, shape (tokens, columns).

    ``spaces`` is 1 if the token touches the one before, plus 2 if it touches the one after;
    ``bracket`` is the number of open brackets, at most 3.
    """
    values = np.zeros((len(text.words), len(TOKEN_COLUMNS)), dtype=np.int64)
    if not text.words:
        return values
    values[:, 0] = text.codes
    touches = np.array(text.starts[1:]) == np.array(text.ends[:-1])
    values[1:, 1] += touches
    values[:-1, 1] += 2 * touches
    depth = 0
    for index, word in enumerate(text.words):
        values[index, 2] = depth
        if word in "()[]":
            depth = min(3, depth + 1) if word in "([" else max(0, depth - 1)
    return values


def pad_texts(texts: Sequence[TaggedText]) -> tuple[Array, Array]:
    """Return word numbers and token values of texts as one sequence, for one pass of a tagger.

    MAX_OFFSET rows of padding (word 0, values -1) stand before, between and after the texts: no
    template and no window of the network's four layers reaches from one text into another.
    """
    padding = np.zeros(MAX_OFFSET, dtype=np.int64)
    value_padding = np.full((MAX_OFFSET, len(TOKEN_COLUMNS)), -1)
    ids, values = [padding], [value_padding]
    for text in texts:
        ids += [np.array(text.ids, dtype=np.int64), padding]
        values += [token_values(text), value_padding]
    return np.concatenate(ids), np.concatenate(values)


class LinearScorer:
    """Tag scores of the linear model.

    ``table`` has a row of 8-bit weights, a multiple of ``scale``, for each hash value.
    """

    def __init__(self, table: Array, scale: float) -> None:
        self.table = table
        self.bits = len(table).bit_length() - 1
        self.scale = np.float32(scale)
        self._cache = WordCache(self._score_words)

    def _score_words(self, vocabulary: Vocabulary, first: int) -> Array:
        """Return what words add to the scores of the tokens 4 after to 4 before them."""
        rows = vocabulary.rows[first : len(vocabulary)]
        scores = np.zeros((len(rows), 2 * MAX_OFFSET + 1, N_TAGS), dtype=np.float32)
        for template, ((offset, column),) in enumerate(WORD_TEMPLATES):
            indices = hash_template([rows[:, COLUMN_INDEX[column]]], template, self.bits)
            scores[:, offset + MAX_OFFSET] += self.table[indices.astype(np.int64)]
        scaled: Array = scores * self.scale
        return scaled

    def __call__(self, vocabulary: Vocabulary, ids: Array, token_values: Array) -> Array:
        """Return the scores of padded texts (`pad_texts`) without the padding at both ends."""
        word_scores = self._cache.rows(vocabulary)
        count = len(ids) - 2 * MAX_OFFSET
        rows = vocabulary.feature_rows(ids, token_values)
        indices = template_indices(rows, CONTEXT_TEMPLATES, len(WORD_TEMPLATES), self.bits)
        weights = self.table.take(indices, axis=0)
        scores: Array = weights.sum(axis=1, dtype=np.int32) * self.scale
        for shift in range(2 * MAX_OFFSET + 1):
            scores += word_scores[ids[shift : shift + count], shift]
        return scores


class NetworkScorer:
    """Tag scores of the convolutional network.

    Hashed embeddings (the sum of four table rows for each feature; Miranda et al., 2022) and word
    vectors, a mixing layer, then residual layers that each see a token and its two neighbours; all
    with maxout (Goodfellow et al., 2013) and layer normalization (Ba et al., 2016). The mixing
    layer is linear before its maxout, so it is split into a share for each word, which is cached,
    and one for each value of a token column.
    """

    def __init__(self, arrays: dict[str, Array], columns: Sequence[str]) -> None:
        self.ops = NumpyOps(use_blis=False)
        self.columns = list(columns)
        self.arrays = {name: value.astype(np.float32) for name, value in arrays.items()}
        self.width = len(self.arrays["mix_g"])
        self.n_pieces = len(self.arrays["mix_b"]) // self.width
        self.depth = sum(name.startswith("layer") and name.endswith("_w") for name in arrays)
        self.embedding_size = self.arrays["embed0"].shape[1]
        self._token_shares: dict[int, Array] = {}
        self._cache = WordCache(self._word_shares)

    def _feature_share(self, number: int, keys: Array) -> Array:
        """Return what values of a hashed feature add to the mixing layer."""
        table = self.arrays[f"embed{number}"]
        rows = self.ops.hash(np.ascontiguousarray(keys), number) % np.uint32(len(table))
        size = self.embedding_size
        weights = self.arrays["mix_w"][:, number * size : (number + 1) * size]
        share: Array = table[rows].sum(axis=1) @ weights.T
        return share

    def _word_shares(self, vocabulary: Vocabulary, first: int) -> Array:
        """Return what the words from number ``first`` on add to the mixing layer."""
        rows = vocabulary.rows[first : len(vocabulary)]
        shares = np.tile(self.arrays["mix_b"], (len(rows), 1))
        for number, column in enumerate(self.columns):
            if column in WORD_COLUMNS:
                shares += self._feature_share(number, rows[:, COLUMN_INDEX[column]])
        vectors = vocabulary.features.vectors(vocabulary.words[first : len(vocabulary)])
        weights = self.arrays["mix_w"][:, self.embedding_size * len(self.columns) :]
        return shares + vectors @ weights.T

    def _maxout_norm(self, pieces: Array, layer: str) -> Array:
        """Return the largest of each unit's linear pieces, normalized over the units."""
        width = self.width
        best = np.maximum(pieces[:, :width], pieces[:, width : 2 * width])
        for piece in range(2, self.n_pieces):
            np.maximum(best, pieces[:, piece * width : (piece + 1) * width], out=best)
        best -= best.mean(axis=1, keepdims=True)
        best *= 1.0 / np.sqrt(np.square(best).mean(axis=1, keepdims=True) + 1e-8)
        best *= self.arrays[layer + "_g"]
        best += self.arrays[layer + "_h"]
        return best

    def __call__(self, vocabulary: Vocabulary, ids: Array, token_values: Array) -> Array:
        """Return the scores of padded texts (`pad_texts`) without the padding at both ends.

        Five columns for each head: the first head is that of BC2GM, whose tags are decoded.
        """
        if not self._token_shares:
            for number, column in enumerate(self.columns):
                if column in TOKEN_COLUMNS:
                    k = TOKEN_COLUMNS.index(column)
                    self._token_shares[k] = self._feature_share(number, vocabulary.token_keys[k])
        pieces = self._cache.rows(vocabulary)[ids]
        for k, shares in self._token_shares.items():
            pieces += shares[token_values[:, k]]
        state = self._maxout_norm(pieces, "mix")
        width = self.width
        window = np.zeros((len(state), 3 * width), dtype=np.float32)
        for layer in range(self.depth):
            window[1:, :width] = state[:-1]
            window[:, width : 2 * width] = state
            window[:-1, 2 * width :] = state[1:]
            pieces = window @ self.arrays[f"layer{layer}_w"].T
            pieces += self.arrays[f"layer{layer}_b"]
            state = state + self._maxout_norm(pieces, f"layer{layer}")
        return state[MAX_OFFSET:-MAX_OFFSET] @ self.arrays["head_w"].T + self.arrays["head_b"]


# Which tag may follow which (rows: O, B, I, E, S), begin a text, and end one.
ALLOWED = np.array(
    [[1, 1, 0, 0, 1], [0, 0, 1, 1, 0], [0, 0, 1, 1, 0], [1, 1, 0, 0, 1], [1, 1, 0, 0, 1]], bool
)
_FORBIDDEN = -1e4  # a score that no sum of others makes up for
_START = np.array([0.0, 0.0, _FORBIDDEN, _FORBIDDEN, 0.0], dtype=np.float32)
_END = np.array([0.0, _FORBIDDEN, _FORBIDDEN, 0.0, 0.0], dtype=np.float32)


def decode(scores: Sequence[Array], transitions: Array) -> list[tuple[Array, Array]]:
    """Return the best tag sequence and the tags' posterior probabilities of each text.

    All texts are decoded in step, the longest first: at position t the texts that are longer than
    t are the first ``active[t]`` columns, and those that end there the last of these.
    """
    transitions = np.where(ALLOWED, transitions, _FORBIDDEN).astype(np.float32)
    order = sorted(range(len(scores)), key=lambda k: -len(scores[k]))
    lengths = np.array([len(scores[k]) for k in order])
    size = int(lengths[0]) if order else 0
    emissions = np.zeros((size, len(order), N_TAGS), dtype=np.float32)
    for column, k in enumerate(order):
        emissions[: len(scores[k]), column] = scores[k]
    active = [*(int((lengths > t).sum()) for t in range(size)), 0]
    posteriors = _forward_backward(emissions, transitions, active)
    tags = _viterbi(emissions, transitions, active)
    decoded: list[tuple[Array, Array]] = [(np.zeros(0), np.zeros((0, N_TAGS)))] * len(order)
    for column, k in enumerate(order):
        decoded[k] = (tags[: lengths[column], column], posteriors[: lengths[column], column])
    return decoded


def _forward_backward(emissions: Array, transitions: Array, active: Sequence[int]) -> Array:
    """Return posterior probabilities by the scaled forward-backward algorithm (Rabiner, 1989).

    ``forward[t]`` is proportional to the weight of all paths that reach a tag at t, ``backward[t]``
    to that of all paths from there to the end; both are normalized at each step, which cancels in
    their normalized product.
    """
    weights = np.exp(emissions - emissions.max(axis=2, keepdims=True)) + 1e-30
    steps, end = np.exp(transitions), np.exp(_END)
    forward, backward = np.zeros_like(emissions), np.zeros_like(emissions)
    for t, count in enumerate(active[:-1]):
        if t == 0:
            reached = weights[0, :count] * np.exp(_START)
        else:
            reached = (forward[t - 1, :count] @ steps) * weights[t, :count]
        forward[t, :count] = reached / reached.sum(axis=1, keepdims=True)
    for t in reversed(range(len(emissions))):
        count, longer = active[t], active[t + 1]
        rest = np.empty((count, N_TAGS), dtype=np.float32)
        rest[longer:] = end
        if longer:
            rest[:longer] = (backward[t + 1, :longer] * weights[t + 1, :longer]) @ steps.T
        backward[t, :count] = rest / rest.sum(axis=1, keepdims=True)
    posteriors: Array = forward * backward
    posteriors /= np.maximum(posteriors.sum(axis=2, keepdims=True), 1e-30)
    return posteriors


def _viterbi(emissions: Array, transitions: Array, active: Sequence[int]) -> Array:
    """Return the tags of the best paths (Viterbi, 1967): scores forward, then back pointers."""
    best = np.zeros_like(emissions)
    back_pointers = np.zeros(emissions.shape, dtype=np.int8)
    for t, count in enumerate(active[:-1]):
        if t == 0:
            best[0, :count] = emissions[0, :count] + _START
        else:
            paths = best[t - 1, :count, :, None] + transitions
            back_pointers[t, :count] = paths.argmax(axis=1)
            best[t, :count] = paths.max(axis=1) + emissions[t, :count]
    tags = np.zeros(emissions.shape[:2], dtype=np.int8)
    state = np.zeros(emissions.shape[1], dtype=np.int64)
    for t in reversed(range(len(emissions))):
        count, longer = active[t], active[t + 1]
        if longer:
            state[:longer] = back_pointers[t + 1, np.arange(longer), state[:longer]]
        state[longer:count] = (best[t, longer:count] + _END).argmax(axis=1)
        tags[t, :count] = state[:count]
    return tags


def gene_probabilities(scores: Array) -> Array:
    """Return the probability of any tag but O under each head of five scores."""
    heads = scores.reshape(len(scores), scores.shape[1] // N_TAGS, N_TAGS)
    weights = np.exp(heads - heads.max(axis=2, keepdims=True))
    return 1.0 - weights[:, :, 0] / weights.sum(axis=2)  # type: ignore[no-any-return]


def read_spans(tags: Array) -> list[tuple[int, int]]:
    """Return the token spans that a sequence of tags marks.

    >>> read_spans(np.array([O, B, I, E, S]))
    [(1, 4), (4, 5)]
    """
    spans = []
    begin = -1
    for index in np.flatnonzero(tags).tolist():
        if tags[index] == S:
            spans.append((index, index + 1))
        elif tags[index] == B:
            begin = index
        elif tags[index] == E and begin >= 0:
            spans.append((begin, index + 1))
            begin = -1
    return spans
