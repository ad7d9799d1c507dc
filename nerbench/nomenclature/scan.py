"""Find every stretch of a text that the lexicon knows.

The exhaustive reading of a caption: all token-bounded stretches, overlapping ones too, on
the folded form, for all organisms at once. What a caption could give away at all is judged
by it, and the dictionary recognizer picks its mentions from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from nerbench.nomenclature.folding import cut
from nerbench.nomenclature.lexicon import Nomenclature, english_words

__all__ = ["Scanner", "Stretch", "is_ordinary", "scanner"]

# English words that in a biomedical caption are genes, not English.
_GENES_NOT_WORDS = frozenset(
    (
        "actin atm collagen cox cytochrome dehydrogenase delta fos hedgehog insulin interferon jun "
        "merlin notch polymerase protease ras reductase src toll wingless"
    ).split(" ")
)
_BEGINNINGS = (18, 11, 6, 3)
"""How many letters of a stretch are compared with the beginnings of names, most first."""
_LONG_ENOUGH = 9  # folded letters from which a run of ordinary words is a full name


class Stretch(NamedTuple):
    """A stretch of a text that some lexicon knows, and whether it is ordinary English."""

    start: int
    end: int
    key: str
    ordinary: bool


@lru_cache(maxsize=1 << 16)
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
    """All names of a nomenclature, to be looked up from every token of a text.

    A stretch grows token by token for as long as some name begins like it: most of a text is
    given up after a token or two.
    """

    def __init__(self, nomenclature: Nomenclature) -> None:
        self._keys = {key for taxon in nomenclature for key in nomenclature[taxon].keys()}  # noqa: SIM118
        self._longest = max(map(len, self._keys), default=0)
        self._beginnings = [
            (size, {key[:size] for key in self._keys if len(key) > size}) for size in _BEGINNINGS
        ]

    def __call__(self, text: str) -> Iterator[Stretch]:
        """Every known stretch of the text, by start, shorter ones first."""
        starts, ends, folds, tokens = cut(text)
        # Whether a piece goes on in the next one, and whether it is an ordinary word.
        joined = [_joined(text[end:start]) for end, start in zip(ends, starts[1:], strict=False)]
        joined.append(False)
        plain = [
            is_token and is_ordinary(text[start:end])
            for start, end, is_token in zip(starts, ends, tokens, strict=True)
        ]
        keys, longest, beginnings = self._keys, self._longest, self._beginnings
        for first, folded in enumerate(folds):
            start, is_token = starts[first], tokens[first]
            if folded in keys:
                if is_token or len(folded) > 2:
                    yield Stretch(start, ends[first], folded, plain[first])
            elif (plural := self._plural(text[start : ends[first]], folded)) is not None:
                yield Stretch(start, ends[first], plural, plain[first])
            last, key = first, folded
            while joined[last]:
                last += 1
                key += folds[last]
                size = len(key)
                if size > longest:
                    break
                if key in keys and (size > 2 or is_token):
                    span = range(first, last + 1)
                    words = [(text[starts[at] : ends[at]], plain[at]) for at in span if tokens[at]]
                    gaps = (text[ends[at] : starts[at + 1]] for at in span[:-1])
                    ordinary = _ordinary(words, any(map(str.isspace, gaps)), size)
                    yield Stretch(start, ends[last], key, ordinary)
                for reach, known in beginnings:
                    if size >= reach:
                        size *= key[:reach] in known
                        break
                if not size:  # no name begins like this
                    break

    def _plural(self, token: str, folded: str) -> str | None:
        """The key of a token that is a known symbol with a plural s (``JAKs``), else None."""
        if len(token) < 4 or token[-1] != "s" or token[-2].islower():
            return None
        return folded[:-1] if folded[:-1] in self._keys else None


def _joined(gap: str) -> bool:
    """Whether what stands between two pieces does not end a sentence."""
    return len(gap) < 2 or (len(gap) < 4 and "." not in gap)


def _ordinary(words: list[tuple[str, bool]], spaced: bool, size: int) -> bool:
    """Whether several words, of so many folded letters, are ordinary English: a few short ones in
    a row. Each word comes with whether it is ordinary, all with whether spaces are between.

    ``in a`` is not INA and ``is H`` is not ISH, though both fold to a known name; ``growth
    hormone`` is a name, though both its words are common.
    """
    if all(plain for _, plain in words):
        return len(words) == 1 or size < _LONG_ENOUGH
    wordy = any(plain and len(word) > 1 for word, plain in words)
    return spaced and wordy and size < _LONG_ENOUGH - 3


@lru_cache(maxsize=2)
def scanner(nomenclature: Nomenclature) -> Scanner:
    """The scanner of a nomenclature, built once."""
    return Scanner(nomenclature)
