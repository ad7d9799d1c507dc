"""A recognizer without the mentions that it is not sure of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nerbench.recognizers.cards import digest
from nerbench.recognizers.contract import Recognizer
from nerbench.records import Mention

__all__ = ["Thresholded"]


class Thresholded:
    """Leaves out mentions whose score is below a threshold; those without a score stay.

    >>> class Sure:
    ...     name, fingerprint = "sure", "1"
    ...     def recognize(self, texts):
    ...         return ([Mention(0, 3, t[:3], score=0.4)] for t in texts)
    >>> list(Thresholded(Sure(), 0.5).recognize(["p53 binds"]))
    [[]]
    """

    def __init__(self, recognizer: Recognizer, threshold: float) -> None:
        self.name = recognizer.name
        self.fingerprint = digest(recognizer.fingerprint, threshold)
        self._recognizer = recognizer
        self._threshold = threshold

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """Yield the mentions of each text that reach the threshold."""
        for mentions in self._recognizer.recognize(texts):
            yield [one for one in mentions if one.score is None or one.score >= self._threshold]

    def notes(self) -> list[str]:
        """What the recognizer has to say after a run."""
        return list(getattr(self._recognizer, "notes", list)())
