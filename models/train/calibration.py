"""Fit what the networks' scores mean on the held-out captions."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression

from nerbench.recognizers.default.component import GeneFinder, move_odds
from nerbench.recognizers.default.crf import N_TAGS, O, decode
from nerbench.recognizers.default.features import Array
from nerbench.recognizers.default.tokens import Token, tokenize
from train.corpora import Sentence

_OUTSIDE = np.arange(-1.5, 1.01, 0.25).tolist()
_BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


class Scored(NamedTuple):
    """A held-out sentence with its tokens and their scores."""

    sentence: Sentence
    tokens: list[Token]
    scores: Array


class ReliabilityRow(NamedTuple):
    """The names with a score between two bounds: how many, their mean score, the share right."""

    low: float
    high: float
    names: int
    score: float
    right: float


def score(finder: GeneFinder, sentences: Sequence[Sentence]) -> list[Scored]:
    """Return the scores of the sentences' tokens, without the setting ``outside``."""
    tokens = [tokenize(sentence.text) for sentence in sentences]
    shift = np.eye(N_TAGS, dtype=np.float32)[O] * finder.settings["outside"]
    scores: list[Array] = []
    for first in range(0, len(tokens), 64):
        scores += [rows - shift for rows in finder.score_tokens(tokens[first : first + 64])[0]]
    return [Scored(*row) for row in zip(sentences, tokens, scores, strict=True)]


def fit(scored: Sequence[Scored]) -> dict[str, float]:
    """Return the settings ``outside``, ``slope`` and ``intercept``.

    ``outside`` gives the best F1 of exact names; with the line of ``slope`` and ``intercept`` a
    name of score 0.8 is right 8 times in 10.
    """
    outside = max(_OUTSIDE, key=lambda shift: (_f1(scored, shift), -abs(shift)))
    slope, intercept = fit_line(*_names(scored, outside))
    return {"outside": outside, "slope": slope, "intercept": intercept}


def reliability(scored: Sequence[Scored], outside: float) -> list[ReliabilityRow]:
    """Return how often names of each score are right; each half of the papers is measured with the
    line of the other half.
    """
    halves: tuple[list[Scored], list[Scored]] = ([], [])
    for text in scored:
        halves[zlib.crc32(("half" + text.sentence.paper).encode()) % 2].append(text)
    probabilities, right = [], []
    for fitted, measured in (halves, halves[::-1]):
        line = fit_line(*_names(fitted, outside))
        raw, is_right = _names(measured, outside)
        probabilities += [move_odds(probability, *line) for probability in raw]
        right += is_right.tolist()
    values, outcomes = np.array(probabilities), np.array(right)
    rows = []
    for low, high in pairwise(_BINS):
        chosen = (values > low) & (values <= high)
        if count := int(chosen.sum()):
            mean, share = float(values[chosen].mean()), float(outcomes[chosen].mean())
            rows.append(ReliabilityRow(low, high, count, mean, share))
    return rows


def _names(scored: Sequence[Scored], outside: float) -> tuple[Array, Array]:
    """Return the probabilities of the names that are found, and whether each is right."""
    probabilities, right = [], []
    shift = np.eye(N_TAGS, dtype=np.float32)[O] * np.float32(outside)
    for text, spans in zip(scored, decode([t.scores + shift for t in scored]), strict=True):
        gold = set(text.sentence.spans)
        for i, j, probability in spans:
            probabilities.append(probability)
            right.append((text.tokens[i][1], text.tokens[j - 1][2]) in gold)
    return np.array(probabilities), np.array(right, dtype=bool)


def _f1(scored: Sequence[Scored], outside: float) -> float:
    _, right = _names(scored, outside)
    gold = sum(len(text.sentence.spans) for text in scored)
    return 2 * float(right.sum()) / max(1, len(right) + gold)


def fit_line(probabilities: Array, right: Array) -> tuple[float, float]:
    """Return slope and intercept of the line that makes log odds those of being right."""
    if len(set(right.tolist())) < 2:
        return 1.0, 0.0
    clipped = np.clip(probabilities, 1e-6, 1 - 1e-6)
    odds = np.log(clipped / (1 - clipped))
    model = LogisticRegression(C=1e6).fit(odds[:, None], right)
    return round(float(model.coef_[0, 0]), 4), round(float(model.intercept_[0]), 4)
