"""Score the tags of tokens by convolutional networks, with numpy.

A network reads a word by hashed features (the sum of table rows; Miranda et al., 2022), a word
vector and convolutions over its characters (Ma and Hovy, 2016), mixed with what depends on its
place. Residual layers of maxout (Goodfellow et al., 2013) with layer normalization (Ba et al.,
2016) follow: some see a token and its neighbours at a distance, one the means of all places of the
same word and of the text. A head for each guideline gives the scores. The mixing layer is linear
before its maxout: the share of each word is computed once, and that of each place's value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from nerbench.recognizers.default.crf import N_TAGS
from nerbench.recognizers.default.definitions import Definition
from nerbench.recognizers.default.features import (
    TOKEN_COLUMNS,
    WORD_COLUMNS,
    Array,
    EncodedText,
    Vocabulary,
    enlarge,
)

DILATIONS = (1, 2, 4, 1)  # how far the neighbours stand that each window layer sees
POOL_BEFORE = 2  # the window layer before which the places of a word are pooled
PADDING = max(DILATIONS)  # rows between texts, kept at zero: no window sees another text

MAX_CHARACTERS = 20  # of a word: its first and last ten
CHARACTER_KINDS = 192
HASHES = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93], dtype=np.uint64)
"""Odd multipliers: a feature has a row for each (Dietzfelbinger et al., 1997)."""


def feature_indices(keys: Array, rows: int) -> Array:
    """Return the table rows of hashed features, shape (features, hashes)."""
    return ((keys[:, None] * HASHES) >> np.uint64(40)).astype(np.int64) % rows


def character_codes(words: Sequence[str]) -> Array:
    """Return the codes of the words' characters, shape (words, MAX_CHARACTERS); 0 is none."""
    codes = np.zeros((len(words), MAX_CHARACTERS), dtype=np.int64)
    half = MAX_CHARACTERS // 2
    for row, word in enumerate(words):
        shown = word if len(word) <= MAX_CHARACTERS else word[:half] + word[-half:]
        for column, char in enumerate(map(ord, shown)):
            codes[row, column] = char if char < 128 else 128 + char % (CHARACTER_KINDS - 128)
    return codes


class Batch(NamedTuple):
    """Texts as one sequence with PADDING rows around each.

    ``inner`` are the rows of the tokens, ``outer`` the others. ``text`` numbers a token's text,
    ``place`` the word of that text. ``partner`` is 0, or of a long form 1 plus the place of its
    short form, of a short form 1 plus the number of places plus that of its row in ``long_forms``.
    """

    ids: Array
    values: Array
    inner: Array
    outer: Array
    text: Array
    place: Array
    partner: Array
    long_forms: Array
    lengths: list[int]

    @classmethod
    def of(cls, vocabulary: Vocabulary, texts: Sequence[EncodedText]) -> Batch:
        """Join texts that the vocabulary encoded."""
        lengths = [len(text.ids) for text in texts]
        begins = list(accumulate((length + PADDING for length in lengths), initial=PADDING))
        ids = np.zeros(begins[-1], dtype=np.int64)
        values = np.zeros((begins[-1], len(TOKEN_COLUMNS)), dtype=np.int64)
        links: list[Definition] = []
        for number, (begin, encoded) in enumerate(zip(begins, texts, strict=False)):
            ids[begin : begin + len(encoded.ids)] = encoded.ids
            values[begin : begin + len(encoded.ids)] = encoded.values
            first = begin - (number + 1) * PADDING
            links += [(first + short, first + a, first + b) for short, a, b in encoded.definitions]
        inner = np.flatnonzero(ids)
        text = np.repeat(np.arange(len(texts)), lengths)
        forms = vocabulary.forms[ids[inner]]
        place = np.unique(text * len(vocabulary) + forms, return_inverse=True)[1].ravel()
        partners = np.zeros(len(place) + 1, dtype=np.int64)
        places = int(place.max(initial=-1)) + 1
        for number, (short, _, _) in enumerate(links):
            partners[place[short]] = 1 + places + number
        partner = partners[place]
        for short, start, end in links:
            partner[start:end] = 1 + place[short]
        long_forms = np.array([link[1:] for link in links], dtype=np.int64).reshape(-1, 2)
        outer = np.flatnonzero(ids == 0)
        return cls(ids, values, inner, outer, text, place, partner, long_forms, lengths)


def group_means(rows: Array, groups: Array) -> Array:
    """Return the mean of the rows of each group, numbered from 0."""
    counts = np.bincount(groups)
    order = np.argsort(groups, kind="stable")
    starts = np.cumsum(counts) - counts
    means: Array = np.add.reduceat(rows[order], starts, axis=0)
    means /= counts[:, None].astype(rows.dtype)
    return means


class Network:
    """One trained network; ``stored`` are its weights as `quantize` returns them."""

    def __init__(self, stored: Mapping[str, Array]) -> None:
        self.stored = dict(stored)
        self.arrays = {name: array.astype(np.float32) for name, array in stored.items()}
        for name in [name for name in stored if name.endswith("_scale")]:
            self.arrays[name.removesuffix("_scale")] *= self.arrays.pop(name)
        self.width = len(self.arrays["mix_g"])
        size = self.arrays["mix_w"].shape[1] - len(TOKEN_COLUMNS) * self.arrays["place0"].shape[1]
        self._word_weights, place_weights = np.split(self.arrays["mix_w"].T, [size])
        self._place_shares = [
            self.arrays[f"place{column}"] @ weights
            for column, weights in enumerate(np.split(place_weights, len(TOKEN_COLUMNS)))
        ]
        self._vocabulary: Vocabulary | None = None
        self._known = 0
        self._shares: Array = np.zeros((0, len(self.arrays["mix_b"])), dtype=np.float32)

    def _word_shares(self, vocabulary: Vocabulary) -> Array:
        """Return what each word of the vocabulary adds to the mixing layer."""
        if vocabulary is not self._vocabulary:
            self._vocabulary, self._known = vocabulary, 0
        if self._known < len(vocabulary):
            first, last = self._known, len(vocabulary)
            self._shares = enlarge(self._shares, last)
            parts = self._read_words(vocabulary, first)
            self._shares[first:last] = parts @ self._word_weights + self.arrays["mix_b"]
            self._known = last
        return self._shares

    def _read_words(self, vocabulary: Vocabulary, first: int) -> Array:
        """Return what the network knows of the words from number ``first`` on."""
        words = vocabulary.words[first:]
        parts = []
        for column in range(len(WORD_COLUMNS)):
            table = self.arrays[f"embed{column}"]
            keys = vocabulary.keys[first : len(vocabulary), column]
            parts.append(table[feature_indices(keys, len(table))].sum(axis=1))
        parts.append(vocabulary.features.vectors(words))
        codes = character_codes(words)
        states = self.arrays["chars"][codes]
        for reach in (1, 2):
            padded = np.pad(states, ((0, 0), (reach, reach), (0, 0)))
            windows = [padded[:, k : k + MAX_CHARACTERS] for k in range(2 * reach + 1)]
            activations = np.concatenate(windows, axis=2) @ self.arrays[f"chars{reach}_w"].T
            activations = np.maximum(activations + self.arrays[f"chars{reach}_b"], 0.0)
            parts.append((activations * (codes != 0)[:, :, None]).max(axis=1))
        return np.concatenate(parts, axis=1)

    def _maxout(self, pieces: Array, layer: str) -> Array:
        """Return the larger of each unit's two linear pieces, normalized over the units."""
        best = np.maximum(pieces[:, : self.width], pieces[:, self.width :])
        best -= best.mean(axis=1, keepdims=True)
        best *= 1.0 / np.sqrt(np.square(best).mean(axis=1, keepdims=True) + 1e-5)
        best *= self.arrays[layer + "_g"]
        best += self.arrays[layer + "_h"]
        return best

    def _pool(self, state: Array, batch: Batch) -> Array:
        """Return what the other places of a token's word, and its whole text, add to its state."""
        own, place, text, link = np.split(self.arrays["pool_w"].T, 4)
        texts = np.cumsum(np.diff(batch.text, prepend=batch.text[:1]) > 0)  # without empty ones
        pieces = state @ own + self.arrays["pool_b"]
        means = group_means(state, batch.place)
        pieces += (means @ place)[batch.place]
        long_forms = [state[a:b].mean(axis=0, keepdims=True) for a, b in batch.long_forms]
        linked = np.flatnonzero(batch.partner)
        partners = np.concatenate([means, *long_forms])[batch.partner[linked] - 1]
        pieces[linked] += partners @ link
        pieces += (group_means(state, texts) @ text)[texts]
        return self._maxout(pieces, "pool")

    def __call__(self, vocabulary: Vocabulary, batch: Batch, head: int) -> Array:
        """Return the scores of the tags under a guideline, shape (tokens, tags)."""
        tags = slice(N_TAGS * head, N_TAGS * (head + 1))
        pieces = self._word_shares(vocabulary)[batch.ids]
        for column, shares in enumerate(self._place_shares):
            pieces += shares[batch.values[:, column]]
        state = self._maxout(pieces, "mix")
        window = np.zeros((len(state), 3 * self.width), dtype=np.float32)
        before, own, after = np.split(window, 3, axis=1)
        for layer, distance in enumerate(DILATIONS):
            if layer == POOL_BEFORE and len(batch.inner):
                state[batch.inner] += self._pool(state[batch.inner], batch)
            state[batch.outer] = 0.0
            own[:] = state
            before[distance:], after[:-distance] = state[:-distance], state[distance:]
            pieces = window @ self.arrays[f"layer{layer}_w"].T
            pieces += self.arrays[f"layer{layer}_b"]
            state += self._maxout(pieces, f"layer{layer}")
        state = state[batch.inner]
        scores: Array = state @ self.arrays["head_w"][tags].T + self.arrays["head_b"][tags]
        return scores
