"""Names of the nomenclature, folded, with what it knows of each; and where they stand in a text.

The trained weights depend on the folding, which is therefore apart from `nerbench.nomenclature`'s.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

# The Latin letter that each Greek letter becomes: TGF-β, TGF-beta and TGFB fold alike.
_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu omega sigma tau phi psi"
)
GREEK = dict(zip(f"{_NAMES} chi rho".split(), "abgdezhqiklmostfycr", strict=True))
_GREEK_LETTERS = str.maketrans("αβγδεζηθικλμµωστφψχρß", "abgdezhqiklmmostfycrb")
_SUFFIX = re.compile(r"(?<=\w\w)(alpha|beta|gamma|delta|kappa|epsilon|zeta|theta|lambda|sigma)$")
_PREFIX = re.compile(r"^(alpha|beta|gamma|delta|kappa)(?=\w{1,2}$)")
_NAME_MARKS = "+'()/,:"  # punctuation that distinguishes names; other marks fold to nothing


@lru_cache(maxsize=200_000)
def fold_token(token: str) -> str:
    """Return a token in lower case, with Greek letters as Latin ones; dashes become empty."""
    if not token.isascii():
        token = unicodedata.normalize("NFKC", token).replace("ß", "β").lower()
    token = token.lower().translate(_GREEK_LETTERS)
    if len(token) == 1:
        return token if token.isalnum() or token in _NAME_MARKS else ""
    if token in GREEK:
        return GREEK[token]
    if len(token) > 4:
        token = _SUFFIX.sub(lambda m: GREEK[m.group()], token)
        token = _PREFIX.sub(lambda m: GREEK[m.group()], token)
    return token


# An entry is a bit set: which kinds of name the nomenclature has under the folded form ...
HUMAN_SYMBOL, HUMAN_SYNONYM, FULL_NAME, FLY_SYMBOL, FLY_SYNONYM, FAMILY = 1, 2, 4, 8, 16, 32
NAME_KINDS = 63  # the mask of these six
# ... and how it writes them: in capitals, in small letters, or in both.
UPPER, LOWER, MIXED = 64, 128, 256

MAX_NAME_LENGTH = 70  # folded characters
_MAX_NAME_TOKENS = 12
_SHORT, _LONG = 3, 9  # characters of beginnings


def letter_case(text: str) -> int:
    """Return the gazetteer's bit for a spelling: UPPER, LOWER or MIXED."""
    return UPPER if text.isupper() else LOWER if text.islower() else MIXED


def _match_rank(flags: int) -> int:
    """Return the kind of a match, from 0 (a human symbol) to 7 (a fly synonym)."""
    if flags & (HUMAN_SYMBOL | FAMILY):
        return 0 if flags & HUMAN_SYMBOL else 1
    if flags & HUMAN_SYNONYM:
        return 3 if flags & FLY_SYMBOL else 2
    if flags & (FULL_NAME | FLY_SYMBOL):
        return 4 if flags & FULL_NAME else 5 if flags & (UPPER | MIXED) else 6
    return 7


class Gazetteer:
    """Folded names with the bit sets of what the nomenclature knows of them."""

    def __init__(self, entries: dict[str, int]) -> None:
        self.entries = entries
        # Two sets of beginnings rule out nearly every start, and most of the long spans.
        self._beginnings = frozenset(name[:_SHORT] for name in entries)
        self._long_beginnings = frozenset(name[:_LONG] for name in entries if len(name) >= _LONG)

    def matches(self, folded: Sequence[str]) -> list[tuple[int, int, str]]:
        """Return the matches (first token, token past the last, name) from left to right, the
        longest of each start first, without overlap.
        """
        matches: list[tuple[int, int, str]] = []
        joined = "".join(folded)
        ends = list(accumulate(map(len, folded)))
        covered = begin = 0
        for first, token in enumerate(folded):
            if first >= covered and token and token not in _NAME_MARKS:
                name_end = self._longest_end(folded, joined, ends, first, begin)
                if name_end:
                    matches.append((first, name_end, joined[begin : ends[name_end - 1]]))
                    covered = name_end
            begin = ends[first]
        return matches

    def _longest_end(
        self, folded: Sequence[str], joined: str, ends: Sequence[int], first: int, begin: int
    ) -> int:
        """Return the token past the longest name from a token on, or 0."""
        if joined[begin : begin + _SHORT] not in self._beginnings:
            return 0
        is_long = joined[begin : begin + _LONG] in self._long_beginnings
        limit = begin + (MAX_NAME_LENGTH if is_long else _LONG - 1)
        for last in range(min(len(folded), first + _MAX_NAME_TOKENS) - 1, first - 1, -1):
            if ends[last] <= limit and folded[last] and joined[begin : ends[last]] in self.entries:
                return last + 1
        return 0

    def codes(self, folded: Sequence[str]) -> list[int]:
        """Return a code of each token: 0, or in a match 1 + 4 * rank + position (B, I, E, S)."""
        codes = [0] * len(folded)
        for start, end, name in self.matches(folded):
            base = 1 + 4 * _match_rank(self.entries[name])
            inside = [base + 1] * (end - start - 2)
            codes[start:end] = [base, *inside, base + 2] if end - start > 1 else [base + 3]
        return codes
