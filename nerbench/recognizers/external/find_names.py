"""Find names back in the text that they were read from.

A language model names genes and counts no characters. It also retypes what it copies: another
dash, a plain space, a letter and its accent as one. Such differences are folded away on both
sides, with a map back to the text; nothing else is, for case and letters tell genes apart.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from nerbench.nomenclature.folding import is_dash
from nerbench.records import Mention

__all__ = ["locate"]


class _Folded(NamedTuple):
    """A text folded, and where in it each folded character comes from."""

    text: str
    starts: list[int]
    ends: list[int]


def locate(names: Iterable[str], text: str) -> tuple[list[Mention], list[str]]:
    """Every occurrence of the names in a text, in order, and the names that have none.

    An occurrence is bounded by tokens (a name does not end within a word); where two overlap, that
    of the longer name counts. Names are compared after NFKC, with all dashes alike, all white
    space alike and invisible characters dropped.

    >>> found, missing = locate(["IL-6", "IL-6R", "TP53"], "IL‑6 binds IL-6R; IL-6")
    >>> [(mention.start, mention.text) for mention in found], missing
    ([(0, 'IL‑6'), (11, 'IL-6R'), (18, 'IL-6')], ['TP53'])
    """
    folded = _fold(text)
    wanted = {_fold(name).text.strip(): name for name in names}
    wanted.pop("", None)
    taken = bytearray(len(text))
    mentions, missing = [], []
    for key in sorted(wanted, key=lambda key: (-len(key), key)):
        spans = list(_occurrences(key, folded, text))
        if not spans:
            missing.append(wanted[key])
        for start, end in spans:
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                mentions.append(Mention(start, end, text[start:end]))
    return sorted(mentions, key=lambda mention: mention.start), sorted(missing)


def _fold(text: str) -> _Folded:
    """NFKC (decomposed: so that a letter and its marks compare one by one), dashes, white space."""
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    while at < len(text):
        end = at + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        for char in unicodedata.normalize("NFKD", text[at:end]):
            plain = _plain(char)
            if plain == " " and chars and chars[-1] == " ":
                ends[-1] = end
            elif plain:
                chars.append(plain)
                starts.append(at)
                ends.append(end)
        at = end
    return _Folded("".join(chars), starts, ends)


def _plain(char: str) -> str:
    if char.isspace():
        return " "
    if is_dash(char):
        return "-"
    return "" if unicodedata.category(char) == "Cf" else char


def _occurrences(key: str, folded: _Folded, text: str) -> Iterable[tuple[int, int]]:
    """The spans of the text that fold to the key, token-bounded, left to right."""
    at = folded.text.find(key)
    while at >= 0:
        last = at + len(key) - 1
        start, end = folded.starts[at], folded.ends[last]
        if (
            _begins(folded, at)
            and _begins(folded, last + 1)
            and not (_is_word(text, start - 1) and _is_word(text, start))
            and not (_is_word(text, end - 1) and _is_word(text, end))
        ):
            yield start, end
            at = folded.text.find(key, last + 1)
        else:
            at = folded.text.find(key, at + 1)


def _begins(folded: _Folded, at: int) -> bool:
    """Whether a character of the text begins here, not a part of one (the i of a ligature)."""
    return at == 0 or at == len(folded.text) or folded.starts[at] != folded.starts[at - 1]


def _is_word(text: str, at: int) -> bool:
    """Whether a letter or digit is there; a mark belongs to the letter that it stands on."""
    while at > 0 and at < len(text) and unicodedata.combining(text[at]):
        at -= 1
    return 0 <= at < len(text) and text[at].isalnum()
