"""Find every stretch of a text that the lexicon knows.

The exhaustive reading of a caption: all token-bounded stretches, overlapping ones too, on
the folded form, for all organisms at once. What a caption could give away at all is judged
by it, and the dictionary recognizer picks its mentions from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import ahocorasick_rs

from nerbench.nomenclature.folding import Piece, pieces
from nerbench.nomenclature.lexicon import Nomenclature, english_words

__all__ = ["Scanner", "Stretch", "is_ordinary", "scanner"]

# English words that in a biomedical caption are genes, not English.
_GENES_NOT_WORDS = frozenset(
    (
        "actin atm collagen cox cytochrome dehydrogenase delta fos hedgehog insulin interferon jun "
        "merlin notch polymerase protease ras reductase src toll wingless"
    ).split(" ")
)
_LONG_ENOUGH = 9  # folded letters from which a run of ordinary words is a full name


class Stretch(NamedTuple):
    """A stretch of a text that some lexicon knows, and whether it is ordinary English."""

    start: int
    end: int
    key: str
    ordinary: bool


def is_ordinary(token: str) -> bool:
    """Whether a token is an ordinary English word (or one letter), not written like a symbol.

    Capitals throughout (``REST``, ``WAS``) are no ordinary writing.

    >>> is_ordinary("was"), is_ordinary("Rest"), is_ordinary("WAS"), is_ordinary("Notch")
    (True, True, False, False)
    """
    if len(token) == 1:
        return token.isalpha()
    if not (token.islower() or (token[0].isupper() and token[1:].islower())):
        return False
    word = token.lower()
    return word in english_words() and word not in _GENES_NOT_WORDS


class Scanner:
    """The dictionary automaton over all names of a nomenclature (Aho and Corasick 1975)."""

    def __init__(self, nomenclature: Nomenclature) -> None:
        self._keys = {key for taxon in nomenclature for key in nomenclature[taxon].keys()}  # noqa: SIM118
        # Two-letter keys would match inside every word; they are looked up by piece instead.
        self._patterns = sorted(key for key in self._keys if len(key) > 2)
        self._automaton = ahocorasick_rs.AhoCorasick(self._patterns)

    def __call__(self, text: str) -> Iterator[Stretch]:
        """Every known stretch of the text, by start, shorter ones first."""
        parts = list(pieces(text))
        opens: dict[int, int] = {}
        closes: dict[int, int] = {}
        at = 0
        for index, part in enumerate(parts):
            opens.setdefault(at, index)
            at += len(part.folded)
            closes[at] = index
        folded = "".join(part.folded for part in parts)
        found = {
            (opens[start], closes[end])
            for _, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True)
            if start in opens and end in closes
        }
        for index, part in enumerate(parts):
            if len(part.folded) <= 2 and part.is_token:
                found.add((index, index))
                if index + 1 < len(parts) and len(part.folded) + len(parts[index + 1].folded) == 2:
                    found.add((index, index + 1))
        yield from self._stretches(text, parts, found)

    def _stretches(
        self, text: str, parts: list[Piece], found: set[tuple[int, int]]
    ) -> Iterator[Stretch]:
        plurals = {
            (at, at): key for at, part in enumerate(parts) if (key := self._plural(text, part))
        }
        for first, last in sorted(found | plurals.keys()):
            span = parts[first : last + 1]
            key = "".join(part.folded for part in span)
            key = plurals.get((first, last), key)
            if key not in self._keys or not _joined(text, span):
                continue
            start, end = span[0].start, span[-1].end
            yield Stretch(start, end, key, _ordinary(text, span, key))

    def _plural(self, text: str, part: Piece) -> str | None:
        """The key of a token that is a known symbol with a plural s (``JAKs``), else None."""
        last_two = text[part.end - 2 : part.end]
        if part.end - part.start < 4 or last_two[1:] != "s" or last_two[0].islower():
            return None
        key = part.folded[:-1]
        return key if part.folded not in self._keys and key in self._keys else None


def _joined(text: str, span: list[Piece]) -> bool:
    """Whether nothing between the pieces ends a sentence."""
    for left, right in pairwise(span):
        gap = text[left.end : right.start]
        if len(gap) > 3 or (len(gap) > 1 and "." in gap):
            return False
    return True


def _ordinary(text: str, span: list[Piece], key: str) -> bool:
    """Whether a stretch is ordinary English: a common word, or a few short ones in a row.

    ``in a`` is not INA and ``is H`` is not ISH, though both fold to a known name; ``growth
    hormone`` is a name, though both its words are common.
    """
    plain = [is_ordinary(text[part.start : part.end]) for part in span if part.is_token]
    if all(plain):
        return len(plain) == 1 or len(key) < _LONG_ENOUGH
    spaced = any(text[left.end : right.start].isspace() for left, right in pairwise(span))
    wordy = any(
        is_ordinary(text[part.start : part.end]) and part.end - part.start > 1
        for part in span
        if part.is_token
    )
    return spaced and wordy and len(key) < _LONG_ENOUGH - 3


@lru_cache(maxsize=2)
def scanner(nomenclature: Nomenclature) -> Scanner:
    """The scanner of a nomenclature, built once (about a second)."""
    return Scanner(nomenclature)
