"""Sentences as numbers, with gold tags."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nerbench.recognizers.default.crf import B, E, I, S
from nerbench.recognizers.default.features import EncodedText, Vocabulary
from nerbench.recognizers.default.tokens import Token, tokenize
from train.corpora import GUIDELINES, Sentence


@dataclass(frozen=True, slots=True)
class Example:
    """An encoded sentence with its gold tags and the number of its guideline."""

    text: EncodedText
    gold: NDArray[np.int8]
    guideline: int


def gold_tags(tokens: Sequence[Token], spans: Sequence[tuple[int, int]]) -> Any:
    """Return BIOES tags; of overlapping spans the first counts.

    >>> gold_tags([("IL", 0, 2), ("-", 2, 3), ("6", 3, 4), ("up", 5, 7)], [(0, 4)]).tolist()
    [1, 2, 3, 0]
    """
    tags = np.zeros(len(tokens), dtype=np.int8)
    starts, ends = [token[1] for token in tokens], [token[2] for token in tokens]
    for start, end in sorted(spans):
        first, last = bisect_right(ends, start), bisect_left(starts, end) - 1
        if first > last or tags[first : last + 1].any():
            continue
        if first == last:
            tags[first] = S
        else:
            tags[first : last + 1] = I
            tags[first], tags[last] = B, E
    return tags


def encode(sentence: Sentence, vocabulary: Vocabulary) -> Example:
    """Return the numbers of one sentence."""
    tokens = tokenize(sentence.text)
    gold = gold_tags(tokens, sentence.spans)
    return Example(vocabulary.encode(tokens), gold, GUIDELINES.index(sentence.guideline))
