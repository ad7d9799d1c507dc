"""Find every stretch of a text that the lexicon knows.

The exhaustive reading of a caption: all token-bounded stretches, overlapping ones too, on
the folded form, for all organisms at once. What a caption could give away at all is judged
by it, and the dictionary recognizer picks its mentions from it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
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
_NAME, _BEGINS, _PLURAL = 1, 2, 4
_REMEMBERED = 1 << 17  # stretches
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


class _Known(dict[str, int]):
    """What is known of folded letters: whether they are a name, begin a longer one, are a name
    with an s, or several of these.

    Looked up in the sorted names and remembered, for texts repeat their words.
    """

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__()
        self._names = sorted(names)
        self._longest = max(map(len, self._names), default=0)

    def __missing__(self, letters: str) -> int:
        if len(letters) > self._longest + 1:
            return 0
        names = self._names
        at = bisect_left(names, letters)
        is_name = at < len(names) and names[at] == letters
        at += is_name
        begins = at < len(names) and names[at].startswith(letters)
        stem = letters.removesuffix("s")
        at = bisect_left(names, stem, hi=at)
        is_plural = stem != letters and at < len(names) and names[at] == stem
        if len(self) >= _REMEMBERED:
            self.clear()
        self[letters] = state = _NAME * is_name + _BEGINS * begins + _PLURAL * is_plural
        return state


class Scanner:
    """All names of a nomenclature, to be looked up from every token of a text.

    A stretch grows token by token for as long as some name begins like it: most of a text is
    given up after a token or two.
    """

    def __init__(self, nomenclature: Nomenclature) -> None:
        self._known = _Known({key for taxon in nomenclature for key in nomenclature[taxon].keys()})  # noqa: SIM118

    def __call__(self, text: str) -> Iterator[Stretch]:
        """Every known stretch of the text, by start, shorter ones first."""
        known, found = self._known, cut(text)
        final = len(found) - 1
        for first, (start, end, folded, is_token) in enumerate(found):
            state = known[folded]
            if not state:
                continue
            if state & _NAME:
                if is_token or len(folded) > 2:
                    yield Stretch(start, end, folded, is_token and is_ordinary(text[start:end]))
            elif state & _PLURAL and _is_plural(text[start:end]):
                yield Stretch(start, end, folded[:-1], is_ordinary(text[start:end]))
            last, key = first, folded
            while state & _BEGINS and last < final:
                following = found[last + 1]
                if not _joined(text[found[last][1] : following[0]]):
                    break
                last += 1
                key += following[2]
                state = known[key]
                if state & _NAME and (is_token or len(key) > 2):
                    ordinary = _ordinary(text, found[first : last + 1], len(key))
                    yield Stretch(start, following[1], key, ordinary)


def _is_plural(token: str) -> bool:
    """Whether a token is written like a symbol with a plural s (``JAKs``)."""
    return len(token) > 3 and token[-1] == "s" and not token[-2].islower()


def _joined(gap: str) -> bool:
    """Whether what stands between two pieces does not end a sentence."""
    return len(gap) < 2 or (len(gap) < 4 and "." not in gap)


def _ordinary(text: str, found: Sequence[tuple[int, int, str, bool]], size: int) -> bool:
    """Whether several pieces, of so many folded letters, are ordinary English: a few short words
    in a row.

    ``in a`` is not INA and ``is H`` is not ISH, though both fold to a known name; ``growth
    hormone`` is a name, though both its words are common.
    """
    words = [text[start:end] for start, end, _, is_token in found if is_token]
    plain = [is_ordinary(word) for word in words]
    if all(plain):
        return len(words) == 1 or size < _LONG_ENOUGH
    if size >= _LONG_ENOUGH - 3 or not any(
        is_plain and len(word) > 1 for word, is_plain in zip(words, plain, strict=True)
    ):
        return False
    gaps = (text[one[1] : other[0]] for one, other in pairwise(found))
    return any(map(str.isspace, gaps))


@lru_cache(maxsize=2)
def scanner(nomenclature: Nomenclature) -> Scanner:
    """The scanner of a nomenclature, built once."""
    return Scanner(nomenclature)
