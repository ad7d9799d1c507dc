"""A second look at doubtful names: which of the tagged, and of the gazetteer's, are genes here.

A logistic model weighs every candidate by the taggers' confidence, the nomenclature, its shape,
the abbreviations that the text explains, and the words around it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from spacy.strings import hash_string  # type: ignore[attr-defined]

from nerbench.recognizers.default.features import (
    LOWER,
    MIXED,
    UPPER,
    WordFeatures,
    fold,
)
from nerbench.recognizers.default.tagger import (
    MAX_WORDS,
    Array,
    B,
    E,
    I,
    S,
    Text,
    tagged,
)

_FLY = frozenset("Drosophila drosophila melanogaster fly flies Fly Flies".split())
_COMPOSITE = re.compile(r"^(.*?[^\W\d_][-‐]?)(\d+[A-Za-zα-ω]?)((?:\s*[/,]\s*-?\d+[A-Za-zα-ω]?)+)$")
_TITLE = re.compile(r"^[A-Z][a-z]+$")
_SYMBOL = re.compile(r"^[A-Z]{2,6}\d*[A-Z]?$")
CONTEXT = 60
#: How a composite name is known whose every part is: Smad2/3.
_ALL_PARTS = 3


def single_names(name: str) -> list[str]:
    """The names in a composite one: Smad2/3 is Smad2 and Smad3."""
    match = _COMPOSITE.match(name)
    if match:
        stem, first, rest = match.groups()
        tails = [part.strip().lstrip("-") for part in re.split("[/,]", rest)]
        return [stem + first, *(stem + tail for tail in tails if tail)]
    return [part.strip() for part in name.split("/") if part.strip()]


def long_forms(text: Text) -> dict[int, tuple[int, int]]:
    """The long form of each short form that the text explains, by token numbers.

    ``long form (SF)``, and the lists of captions: ``SF: long form; SF, long form; SF, ...``.
    """
    words, starts, ends = text.words, text.starts, text.ends
    found: dict[int, tuple[int, int]] = {}
    count = len(words)
    for i in range(count - 1):
        word = words[i]
        if not 2 <= len(word) <= 10 or word.islower() or word.isdigit():
            continue
        sign = words[i + 1]
        if sign in ":,=" or (sign in "-–" and starts[i + 1] > ends[i]):
            j = k = i + 2
            while k < count and k - j < 14 and words[k] not in ";.:=(":
                k += 1
            if (
                k > j
                and words[j][0].lower() == word[0].lower()
                and (k - j > 1 or len(words[j]) > 4)
            ):
                found.setdefault(i, (j, k))
        elif sign in ");" and i >= 2 and words[i - 1] == "(":
            letters = [char for char in word.lower() if char.isalpha()]
            if not letters:
                continue
            begin = None
            last = i - 2
            for p in range(last, max(-1, last - 2 * len(letters) - 4), -1):
                if words[p] in ";:.":
                    break
                if words[p][0].lower() == letters[0]:
                    begin = p
                if begin is not None and last - begin + 1 >= max(1, min(len(letters) - 1, 3)):
                    break
            if begin is not None and not (begin == last and len(words[last]) <= len(word)):
                found.setdefault(i, (begin, last + 1))
    return found


class Candidate(NamedTuple):
    """A stretch of tokens that may be a name: its features and whether it is known."""

    start: int
    end: int
    dense: list[float]
    sparse: list[str]
    known: bool
    tagged: bool
    composite: bool


class Candidates:
    """Lists a text's candidate names with their features."""

    def __init__(self, features: WordFeatures, least: float = 0.03) -> None:
        self.entries = features.gazetteer.entries
        self.info = features.info
        self.least = least

    def flags(self, name: str, key: str) -> tuple[int, int]:
        """What the gazetteer says of a name, and how it had to be changed to be found."""
        entries = self.entries
        found = entries.get(key, 0)
        if found:
            return found, 0
        if len(name) > 3:
            if name[0] in "hmprdc" and name[1].isupper():
                found = entries.get(fold(name[1:]), 0)
                if found:
                    return found, 1
            if name[-1] == "s":
                found = entries.get(key[:-1], 0)
                if found:
                    return found, 2
        if "/" in name:
            parts = [entries.get(fold(part), 0) for part in single_names(name)]
            if any(parts):
                return next(part for part in parts if part), _ALL_PARTS if all(parts) else 4
        return 0, 5

    def _spans(self, content: str, text: Text, gene: Array) -> dict[tuple[int, int], bool]:
        """The stretches to look at, and whether the tagger marked them."""
        words, count = text.words, len(text.words)
        spans: dict[tuple[int, int], bool] = dict.fromkeys(tagged(text.tags), True)
        for i, j, key in text.matches:
            if len(key) < 2 or key.isdigit():
                continue
            name = content[text.starts[i] : text.ends[j - 1]]
            if gene[i:j].max() < self.least and name.islower():
                continue
            spans.setdefault((i, j), False)
            k = j
            while k + 1 < count and words[k] == "/" and words[k + 1][0].isdigit():
                k += 2
            if k > j:
                spans.setdefault((i, k), False)
        return spans

    def __call__(self, content: str, text: Text) -> list[Candidate]:
        words, folded, post = text.words, text.folded, text.post
        starts, ends = text.starts, text.ends
        count = len(words)
        gene = 1.0 - post[:, 0] if count else np.zeros(0)
        spans = self._spans(content, text, gene)
        if not spans:
            return []
        marked = [span for span, is_tagged in spans.items() if is_tagged]
        odds = gene.tolist()
        explained = long_forms(text)
        keys = {span: "".join(folded[span[0] : span[1]]) for span in spans}
        times = Counter(keys.values())
        info = [self.info(word) for word in words]
        fly = not _FLY.isdisjoint(words)
        found = []
        for (i, j), is_tagged in spans.items():
            name = content[starts[i] : ends[j - 1]]
            key = keys[i, j]
            flags, how = self.flags(name, key)
            cased = UPPER if name.isupper() else LOWER if name.islower() else MIXED
            same = bool(flags & cased)
            if j - i == 1:
                sure = float(post[i, S])
            else:
                sure = min(float(post[i, B]), float(post[j - 1, E]))
                if j - i > 2:
                    sure = min(sure, float(post[i + 1 : j - 1, I].min()))
            part = odds[i:j]
            mean = sum(part) / len(part)
            letters = [char for char in name if char.isalpha()]
            common = [info[k][3] for k in range(i, j)]
            meaning = explained.get(i) if j - i == 1 else None
            meant = 0.0
            meant_max = meant_mean = -1.0
            if meaning:
                a, b = meaning
                meant = float(
                    any(self.entries.get("".join(folded[k:b]), 0) & 63 for k in range(a, b))
                )
                meant_max = max(odds[a:b])
                meant_mean = sum(odds[a:b]) / (b - a)
            dense = [
                sure,
                mean,
                min(part),
                float(post[i, B] + post[i, S]),
                float(post[j - 1, E] + post[j - 1, S]),
                float(is_tagged),
                float(any(a <= i and j <= b and (a, b) != (i, j) for a, b in marked)),
                float(any(i <= a and b <= j and (a, b) != (i, j) for a, b in marked)),
                float(any(a <= i and j <= b and (a, b) != (i, j) for a, b in spans)),
                *[float(bool(flags & (1 << bit))) for bit in range(6)],
                float(same),
                float(how),
                float(j - i),
                float(len(key)),
                sum(char.isupper() for char in letters) / max(1, len(letters)),
                float(name[0].isupper()),
                float(any(char.isdigit() for char in name)),
                float(len(name)),
                float(min(common)),
                float(max(common)),
                float(times[key]),
                float(meaning is not None),
                meant,
                meant_max,
                meant_mean,
                float(any(a <= i and j <= b for a, b in explained.values())),
                odds[i - 1] if i else 0.0,
                odds[j] if j < count else 0.0,
                float("/" in name),
                float(name.islower()),
                float(_TITLE.match(name) is not None),
                float(_SYMBOL.match(name) is not None),
                float(len(letters)),
                _logit(sure),
                _logit(mean),
                *text.views[i:j].mean(axis=0).tolist(),
            ]
            before = words[i - 1].lower() if i else "^"
            after = words[j].lower() if j < count else "$"
            sparse = [
                "k:" + key,
                "h:" + words[j - 1].lower(),
                "f:" + words[i].lower(),
                "p:" + before,
                "n:" + after,
                "m:" + (words[j + 1].lower() if j + 1 < count else "$"),
                f"c:{info[j - 1][0]}",
                f"d:{info[i - 1][0] if i else -2}",
                f"e:{info[j][0] if j < count else -2}",
                f"g:{flags & 63}:{int(same)}",
                "s:" + _short(name),
                f"o:{int(fly)}:{flags & 63}",
                f"q:{how}:{int(is_tagged)}",
                *["w:" + word.lower() for word in words[i:j]],
            ]
            known = flags & 63 != 0
            found.append(Candidate(i, j, dense, sparse, known, is_tagged, how == _ALL_PARTS))
        return found


def _logit(p: float) -> float:
    p = min(max(p, 1e-4), 1 - 1e-4)
    return float(np.log(p / (1 - p)))


def _short(name: str) -> str:
    shape = "".join(
        "X" if c.isupper() else "0" if c.isdigit() else "x" if c.isalpha() else c for c in name[:16]
    )
    return re.sub(r"(.)\1+", r"\1", shape)


def context_word(word: str) -> str:
    """A word as the second look's context sees it."""
    return "0" if word.isdigit() else word.lower()


CONTEXT_SCALE = 1.5
VECTOR_SCALE = 5.0


class SecondLook:
    """A logistic model of whether a candidate is a gene's name here."""

    def __init__(
        self,
        features: WordFeatures,
        dense: Array,
        sparse: Array,
        context: Array,
        topic: Array,
        bias: float,
    ) -> None:
        """``dense`` has a row of weights for all, unknown and tagged candidates each, the last
        weight for a constant; ``sparse`` holds hashed features' weights. ``context`` (hashed
        words) and ``topic`` (word vectors) are about the words around, with a column per kind
        of candidate: known or not, tagged or not.
        """
        self.features = features
        self.dense = dense.astype(np.float64)
        self.sparse = sparse.astype(np.float64)
        self.context = context.astype(np.float64)
        self.topic = topic.astype(np.float64)
        self.bias = bias
        self.mask = len(sparse) - 1
        self.context_mask = len(context) - 1
        self.words: dict[str, Array] = {}

    def _learn(self, word: str) -> Array:
        """What a word near a candidate says, as a word of its own and by its vector."""
        if len(self.words) > MAX_WORDS:
            self.words.clear()
        own = self.context[hash_string(context_word(word)) & self.context_mask]
        vector = self.features.vectors([word])[0] @ self.topic
        row = np.concatenate([own * CONTEXT_SCALE, vector * VECTOR_SCALE])
        self.words[word] = row
        return row  # type: ignore[no-any-return]

    def probabilities(self, text: Text, candidates: Sequence[Candidate]) -> list[float]:
        """Each candidate's probability."""
        if not candidates:
            return []
        values = np.array([[*c.dense, 1.0] for c in candidates])
        known = np.array([c.known for c in candidates])
        marked = np.array([c.tagged for c in candidates])
        total = self.bias + values @ self.dense[0]
        total += np.where(known, 0.0, values @ self.dense[1])
        total += np.where(marked, values @ self.dense[2], 0.0)
        total += [
            self.sparse[[hash_string(feature) & self.mask for feature in c.sparse]].sum()
            for c in candidates
        ]
        rows = [self.words[w] if w in self.words else self._learn(w) for w in text.words]
        sums = np.concatenate([np.zeros((1, 8)), np.cumsum(rows, axis=0)])
        start = np.array([c.start for c in candidates])
        end = np.array([c.end for c in candidates])
        low, high = np.maximum(0, start - CONTEXT), np.minimum(len(rows), end + CONTEXT)
        size = np.maximum(1, high - low - (end - start))
        kind = 2 * known + marked
        for column, share in ((kind, np.sqrt(size)), (kind + 4, size)):
            near = sums[high, column] - sums[low, column] - sums[end, column] + sums[start, column]
            total += near / share
        return (1.0 / (1.0 + np.exp(-total))).tolist()  # type: ignore[no-any-return]


def choose(
    candidates: Sequence[Candidate], probabilities: Sequence[float], keep: float, add: float
) -> list[tuple[int, int, float]]:
    """The likeliest candidates that do not overlap: tagged ones above ``keep``, others above
    ``add``.
    """
    best = list(probabilities)
    for k, one in enumerate(candidates):
        if one.composite:
            parts = [
                p for c, p in zip(candidates, probabilities, strict=True) if c.start == one.start
            ]
            best[k] = max(parts)
    order = sorted(
        range(len(candidates)),
        key=lambda k: (-best[k], candidates[k].start, -candidates[k].end),
    )
    used: set[int] = set()
    found = []
    for k in order:
        candidate, value = candidates[k], best[k]
        if value < (keep if candidate.tagged else add):
            continue
        tokens = range(candidate.start, candidate.end)
        if used.isdisjoint(tokens):
            used.update(tokens)
            found.append((candidate.start, candidate.end, value))
    return sorted(found)
