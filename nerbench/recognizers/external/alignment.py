"""Find the places of one text in another version of it.

Tools tokenise captions, change their white space, lower their case, spell Greek letters out, or
read them before their encoding was mended, as nerbench mends it. What such a tool marks is looked
up in the caption character by character, all that typography changes left out.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property, lru_cache

import ftfy

from nerbench.nomenclature.folding import fold, normalize_typography

__all__ = ["Alignment", "bare"]

_TOKEN = re.compile(r"[^\W\d_]+|\d+|\S")
_RUN = 8
"""Characters in a row that two texts do not have in common by accident."""
_WIDEST = 250_000
"""Of a stretch that differs, the most pairs of characters that are compared."""


@lru_cache(maxsize=1 << 14)
def _bare(char: str) -> str:
    if char.isspace() or unicodedata.combining(char):
        return ""
    return fold(char) or normalize_typography(char).lower()


def bare(text: str) -> str:
    """A text without white space, case, accents and typography; Greek letters by their names.

    >>> bare("TGF‑β 1") == bare("tgf-beta1")
    True
    """
    return "".join(map(_bare, text))


@dataclass(frozen=True, slots=True)
class _Bare:
    """The bare characters of a text, and for each the place in the text that it is of."""

    text: str
    chars: str
    places: Sequence[int]

    @classmethod
    def of(cls, text: str) -> _Bare:
        parts = list(map(_bare, text))
        places = [at for at, part in enumerate(parts) for _ in part]
        return cls(text, "".join(parts), places)

    def within(self, start: int, end: int) -> tuple[int, int]:
        """The bare characters of a stretch of the text."""
        return bisect_left(self.places, start), bisect_left(self.places, end)

    def stretch(self, first: int, last: int) -> tuple[int, int]:
        """The place in the text of bare characters, the last one included, with its accents."""
        start, end = self.places[first], self.places[last] + 1
        while end < len(self.text) and unicodedata.combining(self.text[end]):
            end += 1
        return start, end

    def tokens(self) -> list[tuple[int, int]]:
        """The bare characters of each run of letters, run of digits or other character."""
        runs = (self.within(*match.span()) for match in _TOKEN.finditer(self.text))
        return [(start, end) for start, end in runs if start < end]


class Alignment:
    """Which characters of a caption those of another version of it are.

    >>> Alignment("tgf - beta 1 binds", "The TGF‑β1 binds.").span(0, 12)
    (4, 10)
    >>> Alignment("IL-6 binds TGF-Î²", "IL-6 binds TGF-β").span(11, 17)
    (11, 16)
    >>> Alignment("IL-6 binds", "IL-7 binds").span(0, 4) is None
    True
    """

    def __init__(self, text: str, caption: str) -> None:
        self._text, self._caption = _Bare.of(text), _Bare.of(caption)
        self._partner = [-1] * len(self._text.chars)
        for start, other, size in _blocks(self._text, self._caption):
            self._partner[start : start + size] = range(other, other + size)
        shorter = min(len(self._text.chars), len(self._caption.chars))
        runs = [run for run in self._runs() if run[1] - run[0] >= min(_RUN, shorter)]
        self._common = self._whole_caption(runs)
        self.share = sum(end - start for start, end in runs) / shorter if shorter else 0.0
        """The part of the shorter text that the other has, in runs that are no accident."""

    def _whole_caption(self, runs: list[tuple[int, int]]) -> tuple[int, int]:
        """The stretch of the bare text that is the caption: as far as is known, all of it."""
        begins = bool(runs) and self._partner[runs[0][0]] == 0
        ends = bool(runs) and self._partner[runs[-1][1] - 1] == len(self._caption.chars) - 1
        return runs[0][0] if begins else 0, runs[-1][1] if ends else len(self._partner)

    def _runs(self) -> Iterator[tuple[int, int]]:
        """The stretches of the bare text that the caption has as they are."""
        start = 0
        for at in range(1, len(self._partner) + 1):
            before = self._partner[at - 1]
            if at == len(self._partner) or before < 0 or self._partner[at] != before + 1:
                if before >= 0:
                    yield start, at
                start = at

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Where the caption has a stretch of the text; None if it differs there.

        A stretch whose encoding was mended is what stands between the same neighbours.
        """
        first, last = self._text.within(start, end)
        found = self._partner[first:last]
        if not found:
            return None
        same = found[0] >= 0 and found == list(range(found[0], found[0] + len(found)))
        if not same and not self._is_mended:
            return None
        begin = found[0] if found[0] >= 0 else self._neighbour(first - 1) + 1
        stop = found[-1] if found[-1] >= 0 else self._neighbour(last) - 1
        if not 0 <= begin <= stop:
            return None
        place = self._caption.stretch(begin, stop)
        if same and bare(self._caption.text[slice(*place)]) != self._text.chars[first:last]:
            return None
        return place

    def _neighbour(self, at: int) -> int:
        """The partner of a bare character; those before the first and after the last are partners,
        and one without a partner is so far off that nothing lies between.
        """
        if at == len(self._partner):
            return len(self._caption.chars)
        return at if at < 0 else self._partner[at] if self._partner[at] >= 0 else -2

    @cached_property
    def _is_mended(self) -> bool:
        """Whether the text is the caption but for its encoding."""
        mended = bare(ftfy.fix_encoding(self._text.text))
        return bool(mended) and (mended in self._caption.chars or self._caption.chars in mended)

    def is_outside(self, start: int, end: int) -> bool:
        """Whether a stretch stands before the caption's first character or after its last.

        >>> Alignment("A title. IL-6 binds it.", "IL-6 binds it.").is_outside(2, 7)
        True
        """
        first, last = self._text.within(start, end)
        return last <= self._common[0] or first >= self._common[1]


def _blocks(text: _Bare, caption: _Bare) -> Iterator[tuple[int, int, int]]:
    """What the bare texts have in common: start in the one, in the other, length."""
    one, other = text.chars, caption.chars
    if (at := other.find(one)) >= 0:
        yield 0, at, len(one)
    elif other and (at := one.find(other)) >= 0:
        yield at, 0, len(other)
    else:
        yield from _differing(text, caption)


def _differing(text: _Bare, caption: _Bare) -> Iterator[tuple[int, int, int]]:
    """Token by token; between tokens that are alike, character by character."""
    ours, theirs = text.tokens(), caption.tokens()
    matcher = SequenceMatcher(
        None,
        [text.chars[start:end] for start, end in ours],
        [caption.chars[start:end] for start, end in theirs],
        autojunk=False,
    )
    done, other_done = 0, 0
    for at, other_at, size in matcher.get_matching_blocks():
        start = ours[at][0] if size else len(text.chars)
        other = theirs[other_at][0] if size else len(caption.chars)
        gap, other_gap = text.chars[done:start], caption.chars[other_done:other]
        if 0 < len(gap) * len(other_gap) <= _WIDEST:
            inner = SequenceMatcher(None, gap, other_gap, autojunk=False)
            for first, second, length in inner.get_matching_blocks():
                yield done + first, other_done + second, length
        for mine, its in zip(ours[at : at + size], theirs[other_at : other_at + size], strict=True):
            yield mine[0], its[0], mine[1] - mine[0]
            done, other_done = mine[1], its[1]
