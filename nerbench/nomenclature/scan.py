"""Find every span of a text, overlapping ones too, that folds to a name in a lexicon."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from nerbench.folding import Piece, pieces
from nerbench.nomenclature.lexicon import Lexicon, Nomenclature, english_words

# English words that are gene names when they stand in a biomedical caption.
_GENES_NOT_WORDS = frozenset(
    (
        "actin atm collagen cox cytochrome dehydrogenase delta fos hedgehog insulin interferon jun "
        "merlin notch polymerase protease ras reductase src toll wingless"
    ).split(" ")
)
_MIN_FULL_NAME = 9  # folded letters; several ordinary words of this length together are a name
_MIN_MIXED_NAME = 6  # folded letters; the same, where not all of the words are ordinary

# State of a folded prefix, in bits: it is a name, a longer name begins with it, or it is a name
# and a final s.
IS_NAME, BEGINS_NAME, IS_PLURAL = 1, 2, 4
_MAX_CACHED_STATES = 1 << 17


class KnownName(NamedTuple):
    """A span of a text that folds to a name, and whether it is ordinary English."""

    start: int
    end: int
    key: str
    ordinary: bool


@lru_cache(maxsize=1 << 15)  # hit rate 0.87 in a run over 701 distinct captions
def is_ordinary(token: str) -> bool:
    """Return whether a token is one letter or an English word that is not written like a symbol.

    >>> is_ordinary("was"), is_ordinary("Rest"), is_ordinary("WAS"), is_ordinary("Notch")
    (True, True, False, False)
    """
    if len(token) == 1:
        return token.isalpha()
    if not (token.islower() or (token[0].isupper() and token[1:].islower())):
        return False
    word = token.lower()
    return word in english_words() and word not in _GENES_NOT_WORDS


def is_english(name: str) -> bool:
    """Return whether a name is ordinary English: one word of it, or several that are no long name.

    >>> is_english("was"), is_english("in a"), is_english("growth hormone"), is_english("was 1")
    (True, True, False, True)
    """
    if name.isalnum():
        return is_ordinary(name)
    parts = pieces(name)
    if len(parts) < 2:
        return is_ordinary(name)
    return _is_ordinary_span(name, parts, sum(len(folded) for _, _, folded, _ in parts))


class _PrefixStates(dict[str, int]):
    """The state of each folded prefix, found in the lexicons at its first use and then kept."""

    # Of the prefixes of 701 distinct captions, 0.8 are asked for again.

    def __init__(self, lexicons: Iterable[Lexicon]) -> None:
        super().__init__()
        self._indexes = [lexicon.index for lexicon in lexicons]

    def __missing__(self, prefix: str) -> int:
        if len(self) >= _MAX_CACHED_STATES:
            self.clear()
        state = 0
        for index in self._indexes:
            names = index.names(prefix)
            first = next(names, None)
            if first is None:
                continue
            if first == prefix:
                state |= IS_NAME
                first = next(names, None)
            if first is not None:
                state |= BEGINS_NAME
        if prefix[-1:] == "s" and any(prefix[:-1] in index for index in self._indexes):
            state |= IS_PLURAL
        self[prefix] = state
        return state


class Scanner:
    """A search for all names of a nomenclature."""

    def __init__(self, nomenclature: Nomenclature) -> None:
        self.states = _PrefixStates(nomenclature[taxon] for taxon in nomenclature)

    def __call__(self, text: str) -> Iterator[KnownName]:
        """Yield every known name in the text, by start, shorter ones first."""
        # From every piece a span grows piece by piece, until no name begins with its folded form:
        # the time is linear in the text's length, with the longest name as the factor.
        states, parts = self.states, pieces(text)
        final = len(parts) - 1
        for first, (start, end, folded, is_token) in enumerate(parts):
            if not is_token:  # no name begins with a mark
                continue
            state = states[folded]
            # The piece alone.
            if state & IS_NAME:
                yield KnownName(start, end, folded, is_ordinary(text[start:end]))
            elif state & IS_PLURAL and _is_plural_symbol(text[start:end]):
                yield KnownName(start, end, folded[:-1], is_ordinary(text[start:end]))
            # The piece and those that follow it.
            last, key = first, folded
            while state & BEGINS_NAME and last < final:
                following = parts[last + 1]
                end_of_last = parts[last][1]
                if following[0] - end_of_last > 1 and _ends_sentence(
                    text[end_of_last : following[0]]
                ):
                    break
                last += 1
                key += following[2]
                state = states[key]
                if state & IS_NAME:
                    ordinary = _is_ordinary_span(text, parts[first : last + 1], len(key))
                    yield KnownName(start, following[1], key, ordinary)


def _is_plural_symbol(token: str) -> bool:
    """Return whether a token is written like a symbol with a plural s (``JAKs``)."""
    return len(token) > 3 and token[-1] == "s" and not token[-2].islower()


def _ends_sentence(gap: str) -> bool:
    """Return whether two characters and more between pieces end a sentence or part two names."""
    return len(gap) > 3 or "." in gap


def _is_ordinary_span(text: str, parts: Sequence[Piece], key_length: int) -> bool:
    """Return whether pieces are English (``in a``: not INA) and not a name (growth hormone)."""
    words = [text[start:end] for start, end, _, is_token in parts if is_token]
    are_ordinary = [is_ordinary(word) for word in words]
    if all(are_ordinary):
        return len(words) == 1 or key_length < _MIN_FULL_NAME
    if key_length >= _MIN_MIXED_NAME or not any(
        ordinary and len(word) > 1 for word, ordinary in zip(words, are_ordinary, strict=True)
    ):
        return False
    gaps = (text[part[1] : following[0]] for part, following in pairwise(parts))
    return any(map(str.isspace, gaps))


@lru_cache(maxsize=2)
def scanner(nomenclature: Nomenclature) -> Scanner:
    """Return the scanner of a nomenclature, built once."""
    return Scanner(nomenclature)
