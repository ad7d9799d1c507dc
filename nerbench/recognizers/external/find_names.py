"""Find names in the text that they were read from.

A language model names genes and counts no characters. It also retypes what it copies: another
dash, a plain space, a letter and its accent as one. Such differences are folded on both sides,
with a map back to the text; no others are, because case and letters tell genes apart.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from nerbench.nomenclature.folding import is_dash
from nerbench.records import Mention


class _FoldedText(NamedTuple):
    """A folded text, and the start and end in the text of what each folded character is from."""

    chars: str
    starts: list[int]
    ends: list[int]


def find_names(names: Iterable[str], text: str) -> tuple[list[Mention], list[str]]:
    """Return every occurrence of the names in a text, in order, and the names that have none.

    An occurrence is bounded by tokens (a name does not end within a word); where two overlap, that
    of the longer name counts. Names are compared after NFKC, with all dashes alike, all white
    space alike and invisible characters dropped.

    >>> mentions, missing = find_names(["IL-6", "IL-6R", "TP53"], "IL‑6 binds IL-6R; IL-6")
    >>> [(mention.start, mention.text) for mention in mentions], missing
    ([(0, 'IL‑6'), (11, 'IL-6R'), (18, 'IL-6')], ['TP53'])
    """
    folded = _fold(text)
    names_by_key = {_fold(name).chars.strip(): name for name in names}
    names_by_key.pop("", None)
    is_taken = bytearray(len(text))
    mentions, missing = [], []
    for key in sorted(names_by_key, key=lambda key: (-len(key), key)):
        spans = list(_find_key(key, folded, text))
        if not spans:
            missing.append(names_by_key[key])
        for start, end in spans:
            if not any(is_taken[start:end]):
                is_taken[start:end] = b"\1" * (end - start)
                mentions.append(Mention(start, end, text[start:end]))
    return sorted(mentions, key=lambda mention: mention.start), sorted(missing)


def _fold(text: str) -> _FoldedText:
    """Fold compatibility forms, dashes and white space.

    NFKD is NFKC with a letter and its marks apart, so that they compare one by one.
    """
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        for char in map(_fold_character, unicodedata.normalize("NFKD", text[start:end])):
            if char == " " and chars and chars[-1] == " ":
                ends[-1] = end
            elif char:
                chars.append(char)
                starts.append(start)
                ends.append(end)
        start = end
    return _FoldedText("".join(chars), starts, ends)


def _fold_character(char: str) -> str:
    if char.isspace():
        return " "
    if is_dash(char):
        return "-"
    return "" if unicodedata.category(char) == "Cf" else char


def _find_key(key: str, folded: _FoldedText, text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of the text that fold to the key, bounded by tokens, left to right."""
    index = folded.chars.find(key)
    while index >= 0:
        last = index + len(key) - 1
        start, end = folded.starts[index], folded.ends[last]
        is_bounded = (
            _is_border(folded, index)
            and _is_border(folded, last + 1)
            and not (_is_word(text, start - 1) and _is_word(text, start))
            and not (_is_word(text, end - 1) and _is_word(text, end))
        )
        if is_bounded:
            yield start, end
        index = folded.chars.find(key, last + 1 if is_bounded else index + 1)


def _is_border(folded: _FoldedText, index: int) -> bool:
    """Whether a character of the text begins here, not a part of one (the i of a ligature)."""
    if index in (0, len(folded.chars)):
        return True
    return folded.starts[index] != folded.starts[index - 1]


def _is_word(text: str, index: int) -> bool:
    """Whether a letter or digit is there; a mark belongs to the letter that it stands on."""
    while 0 < index < len(text) and unicodedata.combining(text[index]):
        index -= 1
    return 0 <= index < len(text) and text[index].isalnum()
