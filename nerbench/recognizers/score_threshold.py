"""Leave out the mentions that a recognizer is not sure of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from nerbench.recognizers.cards import digest
from nerbench.recognizers.contract import Recognizer, recognizer_notes
from nerbench.recognizers.trained_on import ids_of
from nerbench.records import Mention


class Thresholded:
    """A recognizer without its mentions whose score is below a threshold; those without a score
    stay.

    >>> class Sure:
    ...     name, fingerprint = "sure", "1"
    ...     def recognize(self, texts):
    ...         return ([Mention(0, 3, t[:3], score=0.4)] for t in texts)
    >>> list(Thresholded(Sure(), 0.5).recognize(["p53 binds"]))
    [[]]
    """

    def __init__(self, recognizer: Recognizer, threshold: float) -> None:
        self.name = recognizer.name
        self.trained_on = ids_of(recognizer)
        self._recognizer = recognizer
        self._threshold = threshold

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._recognizer!r}, {self._threshold})"

    @cached_property
    def fingerprint(self) -> str:
        """Changes with the threshold and with the recognizer's own."""
        return digest(self._recognizer.fingerprint, self._threshold)

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """Yield the mentions of each text that reach the threshold or have no score."""
        for mentions in self._recognizer.recognize(texts):
            yield [
                mention
                for mention in mentions
                if mention.score is None or mention.score >= self._threshold
            ]

    def notes(self) -> list[str]:
        """Return the recognizer's notes."""
        return recognizer_notes(self._recognizer)
