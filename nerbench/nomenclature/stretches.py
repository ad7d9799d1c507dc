"""Find every stretch of a text between token borders that a matcher may know as one name or more.

The stretches are looked up exactly as the mentions of a recognizer are; that most of them then mean
nothing is no harm. What counts is that none is left out that would mean a gene.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from nerbench.folding import Piece, fold, pieces, unify_characters
from nerbench.nomenclature.affixes import MARKS, reduce
from nerbench.nomenclature.composites import ELLIPSIS, NEXT_MEMBER
from nerbench.nomenclature.index import MIN_WORD
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.nomenclature.misspellings import Speller
from nerbench.nomenclature.scan import BEGINS_NAME, IS_NAME, IS_PLURAL, is_ordinary, scanner

_LONGEST_STEM = 40  # characters of FGF in FGF1-FGF4
_NEXT_MEMBER = re.compile(NEXT_MEMBER)
_ELLIPSIS = re.compile(ELLIPSIS)
_SHARED_WORD = re.compile(r"(?<=\d)\s[^\W\d_][^\W_]*")  # p44/42 MAPK
# The rest of a range: -3 of STAT1-3, -FGF4 of FGF1-FGF4, -D of KDM4A-D
_RANGE_REST = re.compile(
    rf"(?:(?<=\d)-(?P<stem>[^\W\d_][^\s,;:()/]{{0,{_LONGEST_STEM}}}?[\s-]?)?\d{{1,2}}"
    r"|(?<=[A-Z])-[A-Z])(?![^\W_])"
)
_MAY_CONTINUE = re.compile(f"{NEXT_MEMBER}|{ELLIPSIS}|{_RANGE_REST.pattern}")
_RECEPTOR = frozenset(("receptor", "receptors"))  # IL-6 receptor: IL-6R
_REST = "-00"  # of a name whose first token may be too short to show its mark: sIL-6R
_MAX_CACHED_TOKENS = 1 << 16
_MAX_IN_BRACKETS = 7  # pieces, with one bracket
_MAX_PARTS = 12  # of a composite, after the first
MAX_NAME_LENGTH = 200
"""Characters of a name: longer ones mean nothing. The longest full name in a lexicon has 120."""


class StretchFinder:
    """Finds the stretches of texts for a nomenclature."""

    def __init__(self, nomenclature: Nomenclature, speller: Speller) -> None:
        self._speller = speller
        self._states = scanner(nomenclature).states
        self._organisms = nomenclature.organisms
        prefixes = (prefix for organism in self._organisms for prefix in organism.species_prefixes)
        self._first_letters = frozenset("pPs").union(prefix[0] for prefix in prefixes)
        # Hit rate 0.87 in a run over 701 distinct captions.
        self._keys = lru_cache(maxsize=_MAX_CACHED_TOKENS)(self._find_keys)

    def __call__(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield (start, end) of every stretch, by start; some more than once.

        >>> from nerbench.nomenclature.lexicon import load_nomenclature
        >>> find = StretchFinder(load_nomenclature(), Speller(load_nomenclature()))
        >>> text = "hAKT1, retinol dehydrogenases, MMP2/9"
        >>> [text[start:end] for start, end in find(text) if end - start > 4]
        ['hAKT1', 'retinol dehydrogenases', 'MMP2/9']
        """
        # From every piece a stretch grows, as in a scan, until no name begins with its folded form.
        states, parts = self._states, self._corrected(text)
        composite_ends = _composite_ends(text, parts)
        final = len(parts) - 1
        closings = _closings(parts)
        for first, (start, end, folded, is_token) in enumerate(parts):
            keys = self._keys_of(text[start:end], folded) if is_token else (folded,)
            is_mark = first < final and text[start:end] in MARKS
            begins_none = len(keys) == 1 and not (states[folded] or first in composite_ends)
            if begins_none and not is_mark:  # most pieces
                continue
            beginnings = [(first, key, True) for key in keys]
            if is_mark:  # cl-caspase-3
                after_start, after_end, after_folded, after_is_token = parts[first + 1]
                after = text[after_start:after_end]
                after_keys = (
                    self._keys_of(after, after_folded) if after_is_token else (after_folded,)
                )
                beginnings += [(first + 1, key, True) for key in after_keys]
            for beginning in beginnings:
                last, key, may_skip = beginning
                while True:
                    state = states[key]
                    if state & (IS_NAME | IS_PLURAL):
                        yield start, parts[last][1]
                    ends = composite_ends.get(last)
                    if ends and any(map(str.isalpha, key)):  # the first name has a letter
                        yield from ((start, end) for end in ends)
                    if not state & BEGINS_NAME or last == final:
                        break
                    following = parts[last + 1]
                    if following[2] in _RECEPTOR and states[key + "r"]:
                        beginnings.append((last + 1, key + "r", False))
                    if may_skip and last + 1 in closings:  # nuclear factor (NF)-κB
                        beginnings.append((closings[last + 1], key, False))
                    last += 1
                    key += following[2]

    def _corrected(self, text: str) -> Sequence[Piece]:
        """Return the pieces of a text, a misspelt word with the folded form of the right one."""
        parts = pieces(text)
        corrected = [
            (index, self._speller.correct(text[start:end]))
            for index, (start, end, folded, _) in enumerate(parts)
            if len(folded) > MIN_WORD - 2 and folded.isalpha()
        ]
        right = {index: word for index, word in corrected if word is not None}
        if not right:
            return parts
        return [
            (start, end, fold(right[index]), is_token) if index in right else part
            for index, part in enumerate(parts)
            for start, end, _, is_token in (part,)
        ]

    def _keys_of(self, token: str, folded: str) -> tuple[str, ...]:
        """Return the folded forms with which a name can begin whose first token this is."""
        if token[0] not in self._first_letters and len(folded) > 1:
            return (folded,)
        return self._keys(token, folded)

    def _find_keys(self, token: str, folded: str) -> tuple[str, ...]:
        """Return the folded forms with which a name can begin whose first token this is: within a
        longer name, alone (a Greek letter), and without the additions that it begins with.
        """
        keys = dict.fromkeys((folded, fold(token)))
        is_bare = token[0] not in self._first_letters or is_ordinary(token)
        if is_bare or len(token) > MAX_NAME_LENGTH:
            return tuple(keys)
        longer = token + _REST
        for organism in self._organisms:
            queue = [longer, token] if token[-1].isdigit() else [longer]  # Dmp53
            for form in queue:
                shorter = [s for s in reduce(form, organism, False) if s not in ("", _REST, *queue)]
                queue += [s for s in shorter if longer.endswith(s) or token.endswith(s)]
            keys |= dict.fromkeys(fold(form.removesuffix(_REST)) for form in queue)
        return tuple(keys)


def _closings(parts: Sequence[Piece]) -> dict[int, int]:
    """Return the index of the bracket that closes each short one within a long form."""
    closings = {}
    opening = -_MAX_IN_BRACKETS
    for index, (_, _, folded, is_token) in enumerate(parts):
        if not is_token and folded == "(":
            opening = index
        elif not is_token and folded == ")" and 1 < index - opening <= _MAX_IN_BRACKETS:
            closings[opening] = index
            opening = -_MAX_IN_BRACKETS
    return closings


def _composite_ends(text: str, parts: Sequence[Piece]) -> dict[int, list[int]]:
    """Return the ends of the composites whose first name ends with a piece, by its index."""
    plain = unify_characters(text)
    ends: dict[int, list[int]] = {}
    for index, (_, end, _, is_token) in enumerate(parts):
        if not is_token:
            continue
        if not _MAY_CONTINUE.match(plain, end):
            continue
        next_member = _NEXT_MEMBER.match(plain, end)
        match = next_member or _ELLIPSIS.match(plain, end) or _match_range(plain, end)
        while match and len(ends.get(index, ())) < _MAX_PARTS:  # each start is tried with each end
            ends.setdefault(index, []).append(match.end())
            if next_member and (words := _SHARED_WORD.match(plain, match.end())):
                ends[index].append(words.end())
            match = _NEXT_MEMBER.match(plain, match.end())
    return ends


def _match_range(text: str, end: int) -> re.Match[str] | None:
    """Return the rest of a range whose first name ends here; it repeats the stem or has none.

    >>> text = "FGF1-FGF4, STAT1-3, CDK4-Akt1"
    >>> [bool(_match_range(text, end)) for end in (4, 16, 24)]
    [True, True, False]
    """
    match = _RANGE_REST.match(text, end)
    if match is None or match["stem"] is None:
        return match
    first = text[max(0, end - _LONGEST_STEM) : end].rstrip("0123456789")
    return match if first.endswith(match["stem"]) else None
