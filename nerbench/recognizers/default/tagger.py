"""Tag tokens as parts of gene names: two models' scores, and the best sequence of tags.

The scores of a linear model over hashed features and of a small convolutional network are
added, and the best sequence of B, I, E, S and O found under the tags' transition scores (a
linear-chain CRF; Lafferty, McCallum and Pereira 2001). What a word contributes is summed once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.strings import hash_string  # type: ignore[attr-defined]
from thinc.api import NumpyOps

from nerbench.recognizers.default.features import (
    _ODD,
    COL,
    COLUMNS,
    N_COLUMNS,
    PLACE,
    PLACE_TEMPLATES,
    REACH,
    TOKEN,
    WORD_TEMPLATES,
    WordFeatures,
    fold_token,
    template_indices,
)

Array = NDArray[Any]
O, B, I, E, S = range(5)  # noqa: E741
MAX_WORDS = 300_000


@dataclass(slots=True)
class Text:
    """A tokenised text (white space is no token) and what was found out about it."""

    words: list[str]
    starts: list[int]
    ends: list[int]
    ids: list[int]
    folded: list[str]
    codes: list[int]
    matches: list[tuple[int, int, str]]
    tags: Array
    post: Array
    views: Array


class Words:
    """The words met so far, each with its feature row, numbered from 1; 0 is the padding."""

    def __init__(self, features: WordFeatures) -> None:
        self.features = features
        pad = [hash_string(f"pad{k}") for k in range(N_COLUMNS + len(PLACE))]
        self.pad_place = np.array(pad[N_COLUMNS:], dtype=np.uint64)
        self.place = np.array(
            [[hash_string(f"place{k}:{v}") for v in range(64)] for k in range(len(PLACE))],
            dtype=np.uint64,
        )
        self.index: dict[str, int] = {"": 0}
        self.words = [""]
        self.folded = [""]
        self.rows = np.zeros((1024, N_COLUMNS), dtype=np.uint64)
        self.rows[0] = pad[:N_COLUMNS]

    def number(self, word: str) -> int:
        """The number of a word, which is made known if need be."""
        number = self.index.get(word)
        if number is None:
            number = self.index[word] = len(self.words)
            self.words.append(word)
            self.folded.append(fold_token(word))
            if number >= len(self.rows):
                self.rows = np.concatenate([self.rows, np.zeros_like(self.rows)])
            self.rows[number] = self.features.row(word)
        return number

    def __len__(self) -> int:
        return len(self.words)


def place_values(text: Text) -> Array:
    """Per token: gazetteer code, which sides touch a neighbour, depth in brackets."""
    values = np.zeros((len(text.words), len(PLACE)), dtype=np.int64)
    if not text.words:
        return values
    values[:, 0] = text.codes
    touch = np.array(text.starts[1:]) == np.array(text.ends[:-1])
    values[1:, 1] += touch
    values[:-1, 1] += 2 * touch
    depth = 0
    for k, word in enumerate(text.words):
        if word in "()[]":
            values[k, 2] = depth
            depth = min(3, depth + 1) if word in "([" else max(0, depth - 1)
        else:
            values[k, 2] = depth
    return values


def _grown(kept: Array, count: int) -> Array:
    """``kept`` with room for ``count`` rows: at least doubled where it must grow."""
    if count <= len(kept):
        return kept
    more = np.zeros((max(count, 2 * len(kept), 1024) - len(kept), *kept.shape[1:]), kept.dtype)
    return np.concatenate([kept, more])


class LinearScores:
    """Tag scores of the linear model; a word's own share is summed once and kept."""

    def __init__(self, table: Array, scale: float) -> None:
        """``table`` holds 8-bit weights, a row of eight (five used) per hash value."""
        self.table = table
        self.packed = table.view(np.uint64).ravel()
        self.bits = len(self.packed).bit_length() - 1
        self.scale = np.float32(scale)
        self.known = 0
        self.kept = np.zeros((0, 2 * REACH + 1, 5), dtype=np.float32)
        self.by_offset: dict[int, list[tuple[int, int]]] = {}
        for t, ((offset, name),) in enumerate(WORD_TEMPLATES):
            self.by_offset.setdefault(offset, []).append((t, COL[name]))

    def _learn(self, rows: Array) -> Array:
        out = np.zeros((len(rows), 2 * REACH + 1, 5), dtype=np.float32)
        shift = np.uint64(64 - self.bits)
        for offset, parts in self.by_offset.items():
            for t, column in parts:
                index = ((rows[:, column] * _ODD[900]) * _ODD[t]) >> shift
                out[:, offset + REACH] += self.table[index.astype(np.int64), :5]
        scaled: Array = out * self.scale
        return scaled

    def __call__(self, words: Words, ids: Array, rows: Array) -> Array:
        if self.known < len(words):
            self.kept = _grown(self.kept, len(words))
            more = self._learn(words.rows[self.known : len(words)])
            self.kept[self.known : len(words)] = more
            self.known = len(words)
        count = len(ids) - 2 * REACH
        index = template_indices(rows, PLACE_TEMPLATES, len(WORD_TEMPLATES), self.bits)
        weights = self.packed[index].view(np.int8).reshape(count, index.shape[1], 8)
        out = weights.sum(axis=1, dtype=np.int32)[:, :5] * self.scale
        for k in range(2 * REACH + 1):
            out += self.kept[ids[k : k + count], k]
        scores: Array = out
        return scores


class NetworkScores:
    """Tag scores of the network; a word's share of the first layer is kept."""

    def __init__(self, arrays: dict[str, Array], columns: Sequence[str]) -> None:
        self.ops = NumpyOps(use_blis=False)
        self.columns = list(columns)
        self.arrays = {name: value.astype(np.float32) for name, value in arrays.items()}
        self.width = len(self.arrays["mix_g"])
        self.pieces = len(self.arrays["mix_b"]) // self.width
        self.depth = sum(name.startswith("layer") and name.endswith("_w") for name in arrays)
        self.size = self.arrays["embed0"].shape[1]
        self.known = 0
        self.kept = np.zeros((0, len(self.arrays["mix_b"])), dtype=np.float32)
        self.placed: dict[int, Array] = {}

    def _embed(self, column: int, keys: Array) -> Array:
        """What a hashed feature adds to the first layer."""
        table = self.arrays[f"embed{column}"]
        found = self.ops.hash(np.ascontiguousarray(keys), column) % np.uint32(len(table))
        vectors = table[found].sum(axis=1)
        weights = self.arrays["mix_w"][:, column * self.size : (column + 1) * self.size]
        share: Array = vectors @ weights.T
        return share

    def _learn(self, words: Words, known: int) -> Array:
        rows = words.rows[known : len(words)]
        out = np.tile(self.arrays["mix_b"], (len(rows), 1))
        for k, name in enumerate(self.columns):
            if name in COLUMNS:
                out += self._embed(k, rows[:, COL[name]])
        vectors = words.features.vectors(words.words[known : len(words)])
        return out + vectors @ self.arrays["mix_w"][:, self.size * len(self.columns) :].T

    def _norm(self, pre: Array, name: str) -> Array:
        width = self.width
        best = np.maximum(pre[:, :width], pre[:, width : 2 * width])
        for piece in range(2, self.pieces):
            np.maximum(best, pre[:, piece * width : (piece + 1) * width], out=best)
        best -= best.mean(axis=1, keepdims=True)
        best *= 1.0 / np.sqrt(np.square(best).mean(axis=1, keepdims=True) + 1e-8)
        best *= self.arrays[name + "_g"]
        best += self.arrays[name + "_h"]
        return best

    def __call__(self, words: Words, ids: Array, places: Array) -> Array:
        """``places`` are place values per row, -1 for padding."""
        if self.known < len(words):
            self.kept = _grown(self.kept, len(words))
            self.kept[self.known : len(words)] = self._learn(words, self.known)
            self.known = len(words)
        pre = self.kept[ids]
        if not self.placed:
            for k, name in enumerate(self.columns):
                if name in PLACE:
                    column = PLACE.index(name)
                    keys = np.append(words.place[column], words.pad_place[column])
                    self.placed[column] = self._embed(k, keys)
        for column, table in self.placed.items():
            pre += table[places[:, column]]
        state = self._norm(pre, "mix")
        width = self.width
        window = np.zeros((len(state), 3 * width), dtype=np.float32)
        for layer in range(self.depth):
            window[1:, :width] = state[:-1]
            window[:, width : 2 * width] = state
            window[:-1, 2 * width :] = state[1:]
            pre = window @ self.arrays[f"layer{layer}_w"].T
            pre += self.arrays[f"layer{layer}_b"]
            state = state + self._norm(pre, f"layer{layer}")
        return state[REACH:-REACH] @ self.arrays["head_w"].T + self.arrays["head_b"]


_ALLOWED = np.array(
    [[1, 1, 0, 0, 1], [0, 0, 1, 1, 0], [0, 0, 1, 1, 0], [1, 1, 0, 0, 1], [1, 1, 0, 0, 1]], bool
)
_START = np.array([0.0, 0.0, -1e4, -1e4, 0.0], dtype=np.float32)
_END = np.array([0.0, -1e4, -1e4, 0.0, 0.0], dtype=np.float32)


def decode(scores: Sequence[Array], transitions: Array) -> list[tuple[Array, Array]]:
    """The best tags and the tags' posterior probabilities of each chain."""
    trans = np.where(_ALLOWED, transitions, -1e4).astype(np.float32)
    order = sorted(range(len(scores)), key=lambda k: -len(scores[k]))
    lengths = np.array([len(scores[k]) for k in order])
    size, count = (int(lengths[0]) if order else 0), len(order)
    em = np.zeros((size, count, 5), dtype=np.float32)
    for row, k in enumerate(order):
        em[: len(scores[k]), row] = scores[k]
    active = [int((lengths > t).sum()) for t in range(size)]
    ex = np.exp(em - em.max(axis=2, keepdims=True)) + 1e-30
    et = np.exp(trans)
    forward = np.zeros_like(em)
    backward = np.zeros_like(em)
    best = np.zeros_like(em)
    back = np.zeros(em.shape, dtype=np.int8)
    end = np.exp(_END)
    for t in range(size):
        n = active[t]
        if t == 0:
            a = ex[0, :n] * np.exp(_START)
            best[0, :n] = em[0, :n] + _START
        else:
            a = (forward[t - 1, :n] @ et) * ex[t, :n]
            paths = best[t - 1, :n, :, None] + trans
            back[t, :n] = paths.argmax(axis=1)
            best[t, :n] = paths.max(axis=1) + em[t, :n]
        forward[t, :n] = a / a.sum(axis=1, keepdims=True)
    for t in range(size - 1, -1, -1):
        n = active[t]
        inner = active[t + 1] if t + 1 < size else 0
        b = np.empty((n, 5), dtype=np.float32)
        b[inner:] = end
        if inner:
            b[:inner] = (backward[t + 1, :inner] * ex[t + 1, :inner]) @ et.T
        backward[t, :n] = b / b.sum(axis=1, keepdims=True)
    post = forward * backward
    post /= np.maximum(post.sum(axis=2, keepdims=True), 1e-30)
    tags = np.zeros((size, count), dtype=np.int8)
    state = np.zeros(count, dtype=np.int64)
    for t in range(size - 1, -1, -1):
        n = active[t]
        inner = active[t + 1] if t + 1 < size else 0
        if inner:
            state[:inner] = back[t + 1, np.arange(inner), state[:inner]]
        state[inner:n] = (best[t, inner:n] + _END).argmax(axis=1)
        tags[t, :n] = state[:n]
    result: list[tuple[Array, Array]] = [(np.zeros(0), np.zeros((0, 5)))] * count
    for row, k in enumerate(order):
        result[k] = (tags[: lengths[row], row], post[: lengths[row], row])
    return result


def some(heads: Array) -> Array:
    """Per head of five scores, the probability of any tag but O."""
    scores = heads.reshape(len(heads), heads.shape[1] // 5, 5)
    scores = np.exp(scores - scores.max(axis=2, keepdims=True))
    return 1.0 - scores[:, :, 0] / scores.sum(axis=2)  # type: ignore[no-any-return]


def tagged(tags: Array) -> list[tuple[int, int]]:
    """The stretches of tokens that the tags mark."""
    found = []
    begin = -1
    for at in np.flatnonzero(tags):
        tag = tags[at]
        if tag == S:
            found.append((int(at), int(at) + 1))
        elif tag == B:
            begin = int(at)
        elif tag == E and begin >= 0:
            found.append((begin, int(at) + 1))
            begin = -1
    return found


def tokenise(text: str) -> list[tuple[str, int, int]]:
    """The tokens of a text, as the pipeline's tokenizer cuts it."""
    return [(m.group(), m.start(), m.end()) for m in TOKEN.finditer(text)]
