"""Recognizers for tests: what they find, and how they fail, is given when they are made."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from nerbench import Figure, Mention
from nerbench.recognizers.predictor import Mentions, Predictor

Score = float | None | Callable[[re.Match[str]], float | None]


class Tagging:
    """Tags each text with a function, and counts the texts that it reads."""

    def __init__(
        self, name: str, tag: Callable[[str], list[Mention]], fingerprint: str = "1"
    ) -> None:
        self.name, self.fingerprint, self.texts_read, self._tag = name, fingerprint, 0, tag

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        for text in texts:
            self.texts_read += 1
            yield self._tag(text)


class Words(Tagging):
    """Finds every occurrence of its words, in their order.

    ``score`` is that of every mention, or a function of the match; ``ids`` are those of a word.
    """

    def __init__(
        self,
        name: str,
        words: Iterable[str],
        score: Score = None,
        ids: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._words, self._score, self._ids = list(words), score, ids or {}
        super().__init__(name, self._mentions)

    def _mentions(self, text: str) -> list[Mention]:
        return [
            Mention(
                *match.span(),
                word,
                score=self._score(match) if callable(self._score) else self._score,
                ids=tuple(self._ids.get(word, ())),
            )
            for word in self._words
            for match in re.finditer(re.escape(word), text)
        ]


class Failing(Words):
    """Raises an error at its first text."""

    def __init__(self, name: str, error: BaseException, words: Iterable[str] = ()) -> None:
        super().__init__(name, words)
        self._error = error

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        raise self._error


class Scripted:
    """Yields the given lists, whatever the texts are; raises those that are exceptions."""

    def __init__(self, name: str, *lists: Any) -> None:
        self.name, self.fingerprint, self._lists = name, "1", lists

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        list(texts)
        for mentions in self._lists:
            if isinstance(mentions, Exception):
                raise mentions
            yield mentions


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

    def __init__(self, name: str, mentions: Mapping[str, Sequence[Mention]]) -> None:
        self.name, self.fingerprint, self._mentions = name, "1", mentions

    def predict(self, figures: Sequence[Figure]) -> list[Mentions]:
        return [tuple(self._mentions.get(figure.figid, ())) for figure in figures]
