"""Recognizers for tests: what they find, and how they fail, is given when they are made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from nerbench import Figure, Mention
from nerbench.recognizers.predictor import Mentions, Predictor


class Words:
    """Finds every occurrence of its words, longest first; counts the texts that it reads."""

    def __init__(self, name: str, words: Iterable[str], *, score: float | None = None) -> None:
        self.name, self.fingerprint, self.texts_read = name, "1", 0
        ordered = sorted(words, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered)) or "(?!)")
        self._score = score

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        for text in texts:
            self.texts_read += 1
            yield [
                Mention(*match.span(), match.group(), score=self._score)
                for match in self._pattern.finditer(text)
            ]


class Failing:
    """Raises an error at its first text, after the mentions of ``good_texts`` texts."""

    def __init__(self, name: str, error: BaseException, *, good_texts: int = 0) -> None:
        self.name, self.fingerprint = name, "1"
        self._error, self._good_texts = error, good_texts

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        for index, _ in enumerate(texts):
            if index >= self._good_texts:
                raise self._error
            yield []


class WithoutFingerprint(Words):
    """Raises an error when it is asked for its fingerprint."""

    def __init__(self, name: str, words: Iterable[str], error: Exception) -> None:
        super().__init__(name, words)
        del self.fingerprint
        self._error = error

    def __getattr__(self, attribute: str) -> str:
        raise self._error if attribute == "fingerprint" else AttributeError(attribute)


class Precomputed(Predictor):
    """Gives the mentions that it was made with, by figure id."""

    is_precomputed = True

    def __init__(self, name: str, mentions: dict[str, list[Mention]]) -> None:
        self.name, self.fingerprint = name, "1"
        self._mentions = mentions

    def predict(self, figures: Sequence[Figure]) -> list[Mentions]:
        return [tuple(self._mentions.get(figure.figid, ())) for figure in figures]
