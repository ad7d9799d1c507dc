"""The second look: classify candidate names as genes or not, from the whole text.

The taggers see a few tokens to each side. Whether ``ER`` or ``IL-6`` is a gene of the text also
depends on what the nomenclature knows of it, on the abbreviations that the text explains and on
the words within 60 tokens. Every span that the taggers marked and every gazetteer match is a
candidate; a logistic model gives each a probability, and the likeliest that do not overlap stay.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from spacy.strings import hash_string  # type: ignore[attr-defined]

from nerbench.recognizers.default.features import (
    NAME_KINDS,
    PREFIX_LETTERS,
    WordFeatures,
    collapse_runs,
    fold,
    letter_case,
)
from nerbench.recognizers.default.long_forms import Span, long_forms
from nerbench.recognizers.default.tagger import Array, B, E, I, S, TaggedText, read_spans

ScoredSpan = tuple[int, int, float]
"""A name: first token, token past the last, probability."""

MAX_WORDS = 300_000  # for how many words results are kept, before all are forgotten

_FLY_WORDS = frozenset("Drosophila drosophila melanogaster fly flies Fly Flies".split())
_TITLE = re.compile(r"^[A-Z][a-z]+$")
_SYMBOL = re.compile(r"^[A-Z]{2,6}\d*[A-Z]?$")

# How a name was found in the gazetteer (a feature, and part of others).
_EXACT, _WITHOUT_PREFIX, _WITHOUT_PLURAL, _ALL_PARTS, _SOME_PARTS, _NOT_FOUND = range(6)

_COMPOSITE = re.compile(r"^(.*?[^\W\d_][-‐]?)(\d+[A-Za-zα-ω]?)((?:\s*[/,]\s*-?\d+[A-Za-zα-ω]?)+)$")


def single_names(name: str) -> list[str]:
    """Return the names in a composite one.

    >>> single_names("Smad2/3"), single_names("Raf/MEK")
    (['Smad2', 'Smad3'], ['Raf', 'MEK'])
    """
    match = _COMPOSITE.match(name)
    if match:
        stem, first, rest = match.groups()
        endings = [part.strip().lstrip("-") for part in re.split("[/,]", rest)]
        return [stem + first, *(stem + ending for ending in endings if ending)]
    return [part.strip() for part in name.split("/") if part.strip()]


class Candidate(NamedTuple):
    """A span of tokens that may be a name, with its features.

    ``in_gazetteer``: the name is there; ``tagged``: the taggers marked it; ``composite``: every
    part of it, as in Smad2/3, is in the gazetteer.
    """

    start: int
    end: int
    dense: list[float]
    sparse: list[str]
    in_gazetteer: bool
    tagged: bool
    composite: bool


class CandidateFinder:
    """Lists the candidates of a text with their features."""

    def __init__(self, features: WordFeatures, min_probability: float = 0.03) -> None:
        self.entries = features.gazetteer.entries
        self.word_info = features.info
        self._min_probability = min_probability

    def __call__(self, content: str, text: TaggedText) -> list[Candidate]:
        """Return the candidates of a tagged text."""
        gene = 1.0 - text.posteriors[:, 0] if text.words else np.zeros(0)
        spans = self._spans(content, text, gene)
        if not spans:
            return []
        features = _SpanFeatures(self, content, text, spans, gene.tolist())
        return [features.candidate(i, j) for i, j in spans]

    def _spans(self, content: str, text: TaggedText, gene: Array) -> dict[Span, bool]:
        """Return the spans that are candidates, and whether the taggers marked them.

        Matches in small letters need some probability: most are ordinary words. A match is
        followed to the end of a composite name as well: Smad2 and Smad2/3.
        """
        words = text.words
        spans: dict[Span, bool] = dict.fromkeys(read_spans(text.tags), True)
        for i, j, key in text.matches:
            if len(key) < 2 or key.isdigit():
                continue
            name = content[text.starts[i] : text.ends[j - 1]]
            if gene[i:j].max() < self._min_probability and name.islower():
                continue
            spans.setdefault((i, j), False)
            end = j
            while end + 1 < len(words) and words[end] == "/" and words[end + 1][0].isdigit():
                end += 2
            if end > j:
                spans.setdefault((i, end), False)
        return spans

    def look_up(self, name: str, key: str) -> tuple[int, int]:
        """Return the gazetteer's bit set of a name, and how it was found."""
        if flags := self.entries.get(key, 0):
            return flags, _EXACT
        if len(name) > 3:
            has_prefix = name[0] in PREFIX_LETTERS and name[1].isupper()
            if has_prefix and (flags := self.entries.get(fold(name[1:]), 0)):
                return flags, _WITHOUT_PREFIX
            if name[-1] == "s" and (flags := self.entries.get(key[:-1], 0)):
                return flags, _WITHOUT_PLURAL
        if "/" in name:
            parts = [self.entries.get(fold(part), 0) for part in single_names(name)]
            if any(parts):
                return next(filter(None, parts)), _ALL_PARTS if all(parts) else _SOME_PARTS
        return 0, _NOT_FOUND


class _SpanFeatures:
    """Computes the features of the candidates of one text; spans are tokens i to j, without j."""

    def __init__(
        self,
        finder: CandidateFinder,
        content: str,
        text: TaggedText,
        spans: dict[Span, bool],
        gene: list[float],
    ) -> None:
        self.finder, self.content, self.text, self.spans, self.gene = (
            finder, content, text, spans, gene,
        )  # fmt: skip
        self.tagged = [span for span, is_tagged in spans.items() if is_tagged]
        self.explained = long_forms(text)
        self.keys = {(i, j): "".join(text.folded[i:j]) for i, j in spans}
        self.counts = Counter(self.keys.values())
        self.info = [finder.word_info(word) or (-1, -1, -1, 0) for word in text.words]
        self.is_fly = not _FLY_WORDS.isdisjoint(text.words)

    def candidate(self, i: int, j: int) -> Candidate:
        """Return the candidate of a span."""
        text, is_tagged = self.text, self.spans[i, j]
        name = self.content[text.starts[i] : text.ends[j - 1]]
        flags, match = self.finder.look_up(name, self.keys[i, j])
        kinds, same_case = flags & NAME_KINDS, bool(flags & letter_case(name))
        dense = [
            *self._confidence(i, j),
            *[float(bool(flags & (1 << bit))) for bit in range(6)],
            float(same_case),
            float(match),
            *self._form(i, j, name),
            *self._long_form(i, j),
            *self._surroundings(i, j, name),
            *text.auxiliary[i:j].mean(axis=0).tolist(),
        ]
        sparse = [
            *self._words(i, j),
            f"g:{kinds}:{int(same_case)}",
            "s:" + _short_shape(name),
            f"o:{int(self.is_fly)}:{kinds}",
            f"q:{match}:{int(is_tagged)}",
            *["w:" + word.lower() for word in text.words[i:j]],
        ]
        return Candidate(i, j, dense, sparse, kinds != 0, is_tagged, match == _ALL_PARTS)

    def _least_tag(self, i: int, j: int) -> float:
        """Return the least probability of the tags that mark the span as one name."""
        posteriors = self.text.posteriors
        if j - i == 1:
            return float(posteriors[i, S])
        inside = posteriors[i + 1 : j - 1, I].tolist()
        return float(min(posteriors[i, B], posteriors[j - 1, E], *inside))

    def _confidence(self, i: int, j: int) -> list[float]:
        """Return how sure the taggers are of the span, and how it lies to other candidates."""
        posteriors, gene, span = self.text.posteriors, self.gene[i:j], (i, j)
        return [
            self._least_tag(i, j),
            sum(gene) / len(gene),
            min(gene),
            float(posteriors[i, B] + posteriors[i, S]),
            float(posteriors[j - 1, E] + posteriors[j - 1, S]),
            float(self.spans[span]),
            float(any(a <= i and j <= b and (a, b) != span for a, b in self.tagged)),
            float(any(i <= a and b <= j and (a, b) != span for a, b in self.tagged)),
            float(any(a <= i and j <= b and (a, b) != span for a, b in self.spans)),
        ]

    def _form(self, i: int, j: int, name: str) -> list[float]:
        """Return the size, case and digits of the name, how common its words and itself are."""
        key = self.keys[i, j]
        letters = [char for char in name if char.isalpha()]
        common = [row[3] for row in self.info[i:j]]
        return [
            float(j - i),
            float(len(key)),
            sum(char.isupper() for char in letters) / max(1, len(letters)),
            float(name[0].isupper()),
            float(any(char.isdigit() for char in name)),
            float(len(name)),
            float(min(common)),
            float(max(common)),
            float(self.counts[key]),
        ]

    def _long_form(self, i: int, j: int) -> list[float]:
        """Return whether the text explains the name, and how likely the long form is a gene."""
        inside = float(any(a <= i and j <= b for a, b in self.explained.values()))
        if j - i > 1 or i not in self.explained:
            return [0.0, 0.0, -1.0, -1.0, inside]
        start, end = self.explained[i]
        gene = self.gene[start:end]
        endings = ("".join(self.text.folded[first:end]) for first in range(start, end))
        is_gene = any(self.finder.entries.get(name, 0) & NAME_KINDS for name in endings)
        return [1.0, float(is_gene), max(gene), sum(gene) / len(gene), inside]

    def _surroundings(self, i: int, j: int, name: str) -> list[float]:
        """Return the neighbours' probabilities, the shape of the name, and the confidence again.

        A logistic model is linear in its features: log odds let it be sure where the taggers are.
        """
        gene = self.gene
        return [
            gene[i - 1] if i else 0.0,
            gene[j] if j < len(gene) else 0.0,
            float("/" in name),
            float(name.islower()),
            float(_TITLE.match(name) is not None),
            float(_SYMBOL.match(name) is not None),
            float(sum(map(str.isalpha, name))),
            _log_odds(self._least_tag(i, j)),
            _log_odds(sum(gene[i:j]) / (j - i)),
        ]

    def _words(self, i: int, j: int) -> list[str]:
        """Return the name, its last and first word, the words beside it and their clusters."""
        words, info, count = self.text.words, self.info, len(self.info)
        return [
            "k:" + self.keys[i, j],
            "h:" + words[j - 1].lower(),
            "f:" + words[i].lower(),
            "p:" + (words[i - 1].lower() if i else "^"),
            "n:" + (words[j].lower() if j < count else "$"),
            "m:" + (words[j + 1].lower() if j + 1 < count else "$"),
            f"c:{info[j - 1][0]}",
            f"d:{info[i - 1][0] if i else -2}",
            f"e:{info[j][0] if j < count else -2}",
        ]


def _log_odds(probability: float) -> float:
    probability = min(max(probability, 1e-4), 1 - 1e-4)
    return float(np.log(probability / (1 - probability)))


def _short_shape(name: str) -> str:
    return collapse_runs(
        "".join(
            "X" if c.isupper() else "0" if c.isdigit() else "x" if c.isalpha() else c
            for c in name[:16]
        )
    )


CONTEXT_SIZE = 60  # tokens to each side of a candidate
WORD_SCALE, VECTOR_SCALE = 1.5, 5.0  # of the context's features, beside those of the candidate


def context_word(word: str) -> str:
    """Return a word as the context features hold it: in lower case, numbers as 0."""
    return "0" if word.isdigit() else word.lower()


class CandidateClassifier:
    """A logistic model of the probability that a candidate is the name of a gene.

    ``dense`` has a row of weights for all candidates, one added for those not in the gazetteer and
    one for tagged ones, the last column for a constant; ``sparse`` has a weight for each hash
    value. ``context`` (a row for each hashed word) and ``topic`` (a row for each dimension of the
    word vectors) weigh the words around, with a column for each kind of candidate: 2 for one in the
    gazetteer plus 1 for a tagged one.
    """

    def __init__(
        self,
        features: WordFeatures,
        dense: Array,
        sparse: Array,
        context: Array,
        topic: Array,
        bias: float,
    ) -> None:
        self.features = features
        self.dense = dense.astype(np.float64)
        self.sparse = sparse.astype(np.float64)
        self.context = context.astype(np.float64)
        self.topic = topic.astype(np.float64)
        self.bias = bias
        self._word_scores: dict[str, Array] = {}

    def _score_word(self, word: str) -> Array:
        """Return what a word adds to candidates near it: four columns by its hash, four by its
        vector.
        """
        if len(self._word_scores) > MAX_WORDS:
            self._word_scores.clear()
        row = self.context[hash_string(context_word(word)) & (len(self.context) - 1)]
        vector = self.features.vectors([word])[0] @ self.topic
        scores: Array = np.concatenate([row * WORD_SCALE, vector * VECTOR_SCALE])
        self._word_scores[word] = scores
        return scores

    def probabilities(self, text: TaggedText, candidates: Sequence[Candidate]) -> list[float]:
        """Return the probability of each candidate."""
        if not candidates:
            return []
        values = np.array([[*c.dense, 1.0] for c in candidates])
        in_gazetteer = np.array([c.in_gazetteer for c in candidates])
        tagged = np.array([c.tagged for c in candidates])
        total = self.bias + values @ self.dense[0]
        total += np.where(in_gazetteer, 0.0, values @ self.dense[1])
        total += np.where(tagged, values @ self.dense[2], 0.0)
        mask = len(self.sparse) - 1
        total += [
            self.sparse[[hash_string(feature) & mask for feature in c.sparse]].sum()
            for c in candidates
        ]
        # The context is a sum over the tokens near a candidate without its own: of differences of
        # running sums. Words count by the root of their number, vectors by their mean.
        cached = self._word_scores
        rows = [cached[w] if w in cached else self._score_word(w) for w in text.words]
        sums = np.concatenate([np.zeros((1, 8)), np.cumsum(rows, axis=0)])
        start = np.array([c.start for c in candidates])
        end = np.array([c.end for c in candidates])
        low, high = np.maximum(0, start - CONTEXT_SIZE), np.minimum(len(rows), end + CONTEXT_SIZE)
        size = np.maximum(1, high - low - (end - start))
        kind = 2 * in_gazetteer + tagged
        for column, divisor in ((kind, np.sqrt(size)), (kind + 4, size)):
            near = sums[high, column] - sums[low, column] - sums[end, column] + sums[start, column]
            total += near / divisor
        return (1.0 / (1.0 + np.exp(-total))).tolist()  # type: ignore[no-any-return]


def select_candidates(
    candidates: Sequence[Candidate], probabilities: Sequence[float], keep: float, add: float
) -> list[ScoredSpan]:
    """Return the likeliest candidates that do not overlap, in order.

    Tagged candidates need the probability ``keep``, others ``add``. A composite whose every part
    is in the gazetteer is as likely as the likeliest candidate at its start: Smad2/3 as Smad2.
    """
    best = [
        max(p for other, p in zip(candidates, probabilities, strict=True) if other.start == c.start)
        if c.composite
        else probability
        for c, probability in zip(candidates, probabilities, strict=True)
    ]
    ranked = sorted(
        zip(best, candidates, strict=True), key=lambda pair: (-pair[0], pair[1].start, -pair[1].end)
    )
    taken: set[int] = set()
    spans = []
    for probability, candidate in ranked:
        if probability < (keep if candidate.tagged else add):
            continue
        tokens = range(candidate.start, candidate.end)
        if taken.isdisjoint(tokens):
            taken.update(tokens)
            spans.append((candidate.start, candidate.end, probability))
    return sorted(spans)
