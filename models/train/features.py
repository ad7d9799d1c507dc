"""Sentences as numbers: feature rows with padding, word numbers, gold tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nerbench.recognizers.default.features import (
    N_COLUMNS,
    PLACE,
    PLACE_TEMPLATES,
    REACH,
    WORD_TEMPLATES,
    template_indices,
)
from nerbench.recognizers.default.tagger import B, E, I, S, Text, Words, place_values, tokenise
from train.corpora import Sentence


class Encoded(NamedTuple):
    """One sentence: rows and word numbers carry REACH rows of padding at both ends."""

    rows: NDArray[np.uint64]
    ids: NDArray[np.int32]
    gold: NDArray[np.int8]
    tokens: list[tuple[str, int, int]]


def gold_tags(tokens: Sequence[tuple[str, int, int]], spans: Sequence[tuple[int, int]]) -> Any:
    """BIOES tags; of overlapping spans the first counts.

    >>> gold_tags([("IL", 0, 2), ("-", 2, 3), ("6", 3, 4), ("up", 5, 7)], [(0, 4)]).tolist()
    [1, 2, 3, 0]
    """
    tags = np.zeros(len(tokens), dtype=np.int8)
    for start, end in sorted(spans):
        inside = [k for k, (_, a, b) in enumerate(tokens) if a < end and b > start]
        if not inside or tags[inside].any():
            continue
        if len(inside) == 1:
            tags[inside[0]] = S
        else:
            tags[inside] = I
            tags[inside[0]], tags[inside[-1]] = B, E
    return tags


def encode(sentence: Sentence, words: Words) -> Encoded:
    """The numbers of one sentence."""
    tokens = tokenise(sentence.text)
    numbers = [words.number(word) for word, _, _ in tokens]
    folded = [words.folded[k] for k in numbers]
    codes, matches = words.features.gazetteer.codes(folded)
    none = np.zeros(0)
    text = Text(
        [t[0] for t in tokens], [t[1] for t in tokens], [t[2] for t in tokens],
        numbers, folded, codes, matches, none, none, none,
    )  # fmt: skip
    ids = np.zeros(len(tokens) + 2 * REACH, dtype=np.int32)
    ids[REACH : REACH + len(tokens)] = numbers
    rows = np.empty((len(ids), N_COLUMNS + len(PLACE)), dtype=np.uint64)
    rows[:, :N_COLUMNS] = words.rows[ids]
    rows[:, N_COLUMNS:] = words.pad_place
    values = place_values(text)
    for k in range(len(PLACE)):
        rows[REACH : REACH + len(tokens), N_COLUMNS + k] = words.place[k][values[:, k]]
    return Encoded(rows, ids, gold_tags(tokens, sentence.spans), tokens)


def linear_indices(rows: NDArray[np.uint64], bits: int) -> NDArray[np.int32]:
    """Weight indices of every template at every token of a sentence."""
    return np.concatenate(
        [
            template_indices(rows, WORD_TEMPLATES, 0, bits),
            template_indices(rows, PLACE_TEMPLATES, len(WORD_TEMPLATES), bits),
        ],
        axis=1,
    )
