"""A text without what does not matter when two texts are compared, such as its white space."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StrippedText:
    """A text, its characters that matter, and the index in the text of each of them.

    >>> stripped = StrippedText.of("TGF - 1", lambda char: char.strip().lower())
    >>> stripped.chars, stripped.strip_span(3, 7), stripped.restore_span(3, 4)
    ('tgf-1', (3, 5), (4, 7))
    """

    text: str
    chars: str
    indexes: Sequence[int]

    @classmethod
    def of(cls, text: str, strip_character: Callable[[str], str]) -> StrippedText:
        parts = list(map(strip_character, text))
        indexes = [index for index, part in enumerate(parts) for _ in part]
        return cls(text, "".join(parts), indexes)

    def strip_span(self, start: int, end: int) -> tuple[int, int]:
        return bisect_left(self.indexes, start), bisect_left(self.indexes, end)

    def restore_span(self, first: int, last: int) -> tuple[int, int]:
        """Return the text's span of two stripped characters, with the accents of the last."""
        start, end = self.indexes[first], self.indexes[last] + 1
        while end < len(self.text) and unicodedata.combining(self.text[end]):
            end += 1
        return start, end
