"""Sentences as numbers: feature rows with padding, word numbers, gold tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nerbench.recognizers.default.features import (
    CONTEXT_TEMPLATES,
    WORD_TEMPLATES,
    template_indices,
)
from nerbench.recognizers.default.tagger import (
    B,
    E,
    I,
    S,
    Token,
    Vocabulary,
    pad_texts,
    tokenize,
)
from train.corpora import Sentence


class Encoded(NamedTuple):
    """One sentence; rows and word numbers carry MAX_OFFSET rows of padding at both ends."""

    rows: NDArray[np.uint64]
    ids: NDArray[np.int64]
    gold: NDArray[np.int8]
    tokens: list[Token]


def gold_tags(tokens: Sequence[Token], spans: Sequence[tuple[int, int]]) -> Any:
    """Return BIOES tags; of overlapping spans the first counts.

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


def encode(sentence: Sentence, vocabulary: Vocabulary) -> Encoded:
    """Return the numbers of one sentence."""
    tokens = tokenize(sentence.text)
    ids, values = pad_texts([vocabulary.encode(tokens)])
    rows = vocabulary.feature_rows(ids, values)
    return Encoded(rows, ids, gold_tags(tokens, sentence.spans), tokens)


def linear_indices(rows: NDArray[np.uint64], bits: int) -> NDArray[np.int32]:
    """Return the weight indices of every template at every token of a sentence."""
    return np.concatenate(
        [
            template_indices(rows, WORD_TEMPLATES, 0, bits),
            template_indices(rows, CONTEXT_TEMPLATES, len(WORD_TEMPLATES), bits),
        ],
        axis=1,
    )
