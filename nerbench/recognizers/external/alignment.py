"""Align a text that a tool read with the caption it was made from: tokenized, with other white
space or case, Greek letters spelled out, or read before its encoding was repaired or its HTML read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cached_property, lru_cache
from itertools import groupby

from nerbench.folding import fold, normalize_typography
from nerbench.spans.published_text import read_published
from nerbench.spans.stripped_text import StrippedText

_TOKEN = re.compile(r"[^\W\d_]+|\d+|\S")
_MIN_RUN_LENGTH = 8  # characters in a row that two texts do not share by accident
_MAX_COMPARED_PAIRS = 250_000  # pairs of characters of a differing span that are compared


@lru_cache(maxsize=1 << 14)
def _strip_character(char: str) -> str:
    if char.isspace() or unicodedata.combining(char):
        return ""
    return fold(char) or normalize_typography(char).lower()


def strip_typography(text: str) -> str:
    """Return a text without white space, case, accents and typography, Greek letters spelled out.

    >>> strip_typography("TGF‑β 1") == strip_typography("tgf-beta1")
    True
    """
    return "".join(map(_strip_character, text))


def align_shortened(shortened: str, caption: str) -> list[int] | None:
    """Return the caption's index of each character of a text from which a service left characters
    out, with white space of any kind, as BERN2 does; None if it did more.

    >>> align_shortened("TGF-1", "TGF-β1")
    [0, 1, 2, 3, 5]
    """
    indexes = []
    rest = enumerate(caption)
    for char in shortened:
        is_space = char.isspace()
        match = (i for i, other in rest if other == char or (is_space and other.isspace()))
        if (index := next(match, None)) is None:
            return None
        indexes.append(index)
    return indexes


def _tokens(stripped: StrippedText) -> list[tuple[int, int]]:
    """Return the stripped characters of each run of letters, run of digits or other sign."""
    spans = (stripped.strip_span(*match.span()) for match in _TOKEN.finditer(stripped.text))
    return [(start, end) for start, end in spans if start < end]


class Alignment:
    """The stripped characters of a text, each with its partner in the caption, or -1. Partners
    always increase.

    >>> Alignment("tgf - beta 1 binds", "The TGF‑β1 binds.").span(0, 12)
    (4, 10)
    >>> Alignment("IL-6 binds TGF-Î²", "IL-6 binds TGF-β").span(11, 17)
    (11, 16)
    >>> Alignment("p21<sup>Cip1</sup>", "p21Cip1").span(0, 18)
    (0, 7)
    >>> Alignment("IL-6 binds", "IL-7 binds").span(0, 4) is None
    True
    """

    def __init__(self, text: str, caption: str) -> None:
        self._text = StrippedText.of(text, _strip_character)
        self._caption = StrippedText.of(caption, _strip_character)
        self._partners = [-1] * len(self._text.chars)
        for start, caption_start, length in _matching_blocks(self._text, self._caption):
            self._partners[start : start + length] = range(caption_start, caption_start + length)
        shorter = min(len(self._text.chars), len(self._caption.chars))
        runs = [run for run in self._runs() if run[1] - run[0] >= min(_MIN_RUN_LENGTH, shorter)]
        self._caption_span = self._find_caption(runs)
        # The part of the shorter text that the other has, in runs that are no accident.
        self.shared_fraction = sum(end - start for start, end in runs) / shorter if shorter else 0.0

    def _find_caption(self, runs: list[tuple[int, int]]) -> tuple[int, int]:
        """Return the span that is the caption, cut only where the edge of that has a partner."""
        start, end = 0, len(self._partners)
        if runs and self._partners[runs[0][0]] == 0:
            start = runs[0][0]
        if runs and self._partners[runs[-1][1] - 1] == len(self._caption.chars) - 1:
            end = runs[-1][1]
        return start, end

    def _runs(self) -> Iterator[tuple[int, int]]:
        """Yield the spans of the stripped text that the caption has without a gap."""
        pairs = enumerate(self._partners)
        for shift, run in groupby(pairs, lambda pair: pair[1] - pair[0] if pair[1] >= 0 else None):
            if shift is not None:
                indexes = [index for index, _ in run]
                yield indexes[0], indexes[-1] + 1

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Return where the caption has a span of the text; None if it differs there."""
        first, last = self._text.strip_span(start, end)
        partners = self._partners[first:last]
        if not partners:
            return None
        run = list(range(partners[0], partners[0] + len(partners)))
        is_same = partners[0] >= 0 and partners == run
        if not is_same and not self.is_as_published:
            return None
        # A span of broken encoding or HTML is what stands between the partners of its neighbours.
        begin = partners[0] if partners[0] >= 0 else self._neighbour(first - 1) + 1
        stop = partners[-1] if partners[-1] >= 0 else self._neighbour(last) - 1
        if not 0 <= begin <= stop:
            return None
        span = self._caption.restore_span(begin, stop)
        restored = strip_typography(self._caption.text[slice(*span)])
        if is_same and restored != self._text.chars[first:last]:
            return None  # the text has a part of a character, such as a ligature
        return span

    def _neighbour(self, index: int) -> int:
        """Return a stripped character's partner, or -2, so that no span fits; those of the
        positions outside the text are the positions outside the caption.
        """
        if index == len(self._partners):
            return len(self._caption.chars)
        return index if index < 0 else self._partners[index] if self._partners[index] >= 0 else -2

    @cached_property
    def is_as_published(self) -> bool:
        """Return whether the text is the caption but for its encoding and HTML."""
        repaired = strip_typography(read_published(self._text.text))
        caption = self._caption.chars
        return bool(repaired) and (repaired in caption or caption in repaired)

    def is_outside_caption(self, start: int, end: int) -> bool:
        """Return whether a span stands before the caption's first character or after its last.

        >>> Alignment("A title. IL-6 binds it.", "IL-6 binds it.").is_outside_caption(2, 7)
        True
        """
        first, last = self._text.strip_span(start, end)
        return last <= self._caption_span[0] or first >= self._caption_span[1]


def _matching_blocks(text: StrippedText, caption: StrippedText) -> Iterator[tuple[int, int, int]]:
    """Yield what the stripped texts have in common: start in the text, in the caption, length."""
    if (index := caption.chars.find(text.chars)) >= 0:
        yield 0, index, len(text.chars)
    elif caption.chars and (index := text.chars.find(caption.chars)) >= 0:
        yield index, 0, len(caption.chars)
    else:
        yield from _compare_tokens(text, caption)


def _compare_tokens(text: StrippedText, caption: StrippedText) -> Iterator[tuple[int, int, int]]:
    """Yield the blocks of equal tokens, and those of equal characters between them."""
    tokens, caption_tokens = _tokens(text), _tokens(caption)
    matcher = SequenceMatcher(
        None,
        [text.chars[start:end] for start, end in tokens],
        [caption.chars[start:end] for start, end in caption_tokens],
        autojunk=False,
    )
    end, caption_end = 0, 0  # of the blocks so far
    for first, caption_first, size in matcher.get_matching_blocks():
        start = tokens[first][0] if size else len(text.chars)
        caption_start = caption_tokens[caption_first][0] if size else len(caption.chars)
        gap, caption_gap = text.chars[end:start], caption.chars[caption_end:caption_start]
        if 0 < len(gap) * len(caption_gap) <= _MAX_COMPARED_PAIRS:
            characters = SequenceMatcher(None, gap, caption_gap, autojunk=False)
            for offset, caption_offset, length in characters.get_matching_blocks():
                yield end + offset, caption_end + caption_offset, length
        for index in range(size):
            start, end = tokens[first + index]
            caption_start, caption_end = caption_tokens[caption_first + index]
            yield start, caption_start, end - start
