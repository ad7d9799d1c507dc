"""Features of tokens: hashed columns of the words, and numbers for what depends on the place.

The trained weights depend on every string, number and order in this module.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from spacy.strings import hash_string  # type: ignore[attr-defined]

from nerbench.recognizers.default.definitions import Definition, definitions
from nerbench.recognizers.default.gazetteer import NAME_KINDS, Gazetteer, fold_token, letter_case
from nerbench.recognizers.default.tokens import Token

Array = NDArray[Any]

# What is known of a word wherever it stands. Each column is a view that generalizes differently:
#   norm, word       in lower case with digits as 0 (Smad2 and Smad3: smad0); as written
#   p3, s3           prefix and suffix of three letters (-ase, -in)
#   shape, short     X capital, x small, 0 digit, g Greek (Smad2: Xxxx0); without repetition (Xx0)
#   letters          the letters alone, without a plural s (MAPKs and MAPK14: mapk)
#   gaz              the word's gazetteer entry, and whether the case agrees
#   common           how often the word stands in small letters outside of genes, 0 to 6
WORD_COLUMNS = ("norm", "word", "p3", "s3", "shape", "letters", "short", "gaz", "common")
# What depends on the place: the gazetteer code; which sides touch a neighbour without a space; the
# depth in brackets; whether the next or the last word has the same initial, as in definitions.
TOKEN_COLUMNS = ("gazcode", "spaces", "bracket", "initial")
TOKEN_VALUES = 64  # of each token column, from 0

_MAX_INITIAL_GAP = 3  # tokens between two words whose initials are compared


def _character_shape(char: str) -> str:
    if char.isalpha():
        return "X" if char.isupper() else "x" if char.isascii() else "g"
    return "0" if char.isdigit() else char


def normal_form(word: str) -> str:
    """Return a word in lower case with digits as 0: smad0 for Smad2."""
    word = word.lower()
    return word if word.isalpha() else "".join("0" if c.isdigit() else c for c in word)


class WordFeatures:
    """Hashed features of any word; commonness and vectors (times ``scale``) of the known words."""

    def __init__(
        self,
        gazetteer: Gazetteer,
        words: Sequence[str],
        common: Array,
        vectors: Array,
        scale: float,
    ) -> None:
        self.gazetteer = gazetteer
        self.words = list(words)
        self.common = common
        self.vector_table = vectors
        self.scale = scale
        self._index = {word: row for row, word in enumerate(self.words)}

    def vectors(self, words: Sequence[str]) -> Array:
        """Return the vectors of words, shape (words, dimensions); zeros for unknown words."""
        rows = [self._index.get(normal_form(word), -1) for word in words]
        vectors = self.vector_table[rows].astype(np.float32)
        vectors[np.array(rows, dtype=np.int64) < 0] = 0.0
        return vectors * np.float32(self.scale)

    def keys(self, word: str) -> list[int]:
        """Return the 64-bit hashes of a word's features, in the order of WORD_COLUMNS."""
        lower = word.lower()
        norm = normal_form(word)
        letters = re.sub(r"[\d\W]+", "", lower)
        if len(letters) > 3 and letters.endswith("s"):
            letters = letters[:-1]
        row = self._index.get(norm)
        flags = self.gazetteer.entries.get(fold_token(word), 0)
        same_case = "=" if flags & letter_case(word) else "~"
        shape = "".join(map(_character_shape, word[:12]))
        columns = (
            norm, word, lower[:3], lower[-3:], shape, letters,
            re.sub(r"(.)\1+", r"\1", shape) + word[-1] * (word[-1] == "s"),
            f"{flags & NAME_KINDS}{same_case}" if flags else "-",
            -1 if row is None else self.common[row],
        )  # fmt: skip
        return [hash_string(f"{index}:{value}") for index, value in enumerate(columns)]

    def to_npz(self, path: Path) -> None:
        """Write the known words and the gazetteer."""
        names = sorted(self.gazetteer.entries)
        np.savez_compressed(
            path,
            words=np.frombuffer("\n".join(self.words).encode(), dtype=np.uint8),
            common=self.common,
            vectors=self.vector_table,
            scale=np.float64(self.scale),
            names=np.frombuffer("\n".join(names).encode(), dtype=np.uint8),
            flags=np.array([self.gazetteer.entries[name] for name in names], dtype=np.uint16),
        )

    @classmethod
    def from_npz(cls, path: Path) -> WordFeatures:
        """Read what `to_npz` wrote."""
        with np.load(path, allow_pickle=False) as data:
            words, names = (data[k].tobytes().decode().split("\n") for k in ("words", "names"))
            gazetteer = Gazetteer(dict(zip(names, data["flags"].tolist(), strict=True)))
            return cls(gazetteer, words, data["common"], data["vectors"], float(data["scale"]))


class EncodedText(NamedTuple):
    """The tokens' word numbers, their values of TOKEN_COLUMNS, and the text's definitions."""

    ids: Array
    values: Array
    definitions: list[Definition]


class Vocabulary:
    """The words met so far, numbered from 1, with their hashed features; number 0 is the padding.

    ``forms`` numbers their normal forms, except that numbers are each a form of their own.
    """

    def __init__(self, features: WordFeatures) -> None:
        self.features = features
        self.words = [""]
        self.keys = np.zeros((1024, len(WORD_COLUMNS)), dtype=np.uint64)
        self.forms = np.zeros(1024, dtype=np.int64)
        self._index: dict[str, int] = {"": 0}
        self._form_index: dict[str, int] = {"": 0}
        self._folded = [""]

    def __len__(self) -> int:
        return len(self.words)

    def number(self, word: str) -> int:
        """Return the number of a word, after adding it if it is new."""
        number = self._index.get(word)
        if number is None:
            number = self._index[word] = len(self.words)
            self.words.append(word)
            self._folded.append(fold_token(word))
            form = word if word.isdigit() else normal_form(word)
            self.forms = enlarge(self.forms, number + 1)
            self.forms[number] = self._form_index.setdefault(form, len(self._form_index))
            self.keys = enlarge(self.keys, number + 1)
            self.keys[number] = self.features.keys(word)
        return number

    def encode(self, tokens: Sequence[Token]) -> EncodedText:
        """Return a text as numbers."""
        ids = [self.number(word) for word, _, _ in tokens]
        codes = self.features.gazetteer.codes([self._folded[number] for number in ids])
        values = token_values(tokens, codes)
        return EncodedText(np.array(ids, dtype=np.int64), values, definitions(tokens))


def enlarge(rows: Array, count: int) -> Array:
    """Return an array with at least ``count`` rows: at least doubled where it must grow."""
    if count <= len(rows):
        return rows
    added = max(count, 2 * len(rows), 1024) - len(rows)
    return np.concatenate([rows, np.zeros((added, *rows.shape[1:]), rows.dtype)])


def token_values(tokens: Sequence[Token], codes: Sequence[int]) -> Array:
    """Return the values of TOKEN_COLUMNS, shape (tokens, columns).

    ``spaces`` and ``initial`` are 1 for the side before plus 2 for the side after; ``bracket`` is
    the number of open brackets, at most 3.
    """
    values = np.zeros((len(tokens), len(TOKEN_COLUMNS)), dtype=np.int64)
    values[:, 0] = codes
    touches = np.array([a[2] == b[1] for a, b in pairwise(tokens)], dtype=np.int64)
    values[1:, 1] += touches
    values[:-1, 1] += 2 * touches
    depth, last, last_initial = 0, -_MAX_INITIAL_GAP - 1, ""
    for index, (word, _, _) in enumerate(tokens):
        values[index, 2] = depth
        if word in "()[]":
            depth = min(3, depth + 1) if word in "([" else max(0, depth - 1)
        if word[0].isalpha():
            initial = word[0].lower()
            if initial == last_initial and index - last <= _MAX_INITIAL_GAP:
                values[last, 3] += 2
                values[index, 3] += 1
            last, last_initial = index, initial
    return values
