"""Find names in the text that a language model read them from.

Models retype what they copy: another dash, a plain space, a letter and its accent as one. Such
differences are folded on both sides; no others are, because case and letters tell genes apart.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from nerbench.folding import is_dash
from nerbench.records import Mention


class _FoldedText(NamedTuple):
    """A folded text, and the span of the text that each folded character is from."""

    chars: str
    spans: list[tuple[int, int]]


def find_names(names: Iterable[str], text: str) -> tuple[list[Mention], list[str]]:
    """Return every occurrence of the names in a text, in order, and the names that have none.

    An occurrence begins and ends with a word; where two overlap, that of the longer name counts.

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
    """Fold compatibility forms, dashes and white space; drop invisible characters."""
    chars: list[str] = []
    spans: list[tuple[int, int]] = []
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        for char in map(_fold_character, unicodedata.normalize("NFKD", text[start:end])):
            if char == " " and chars and chars[-1] == " ":
                spans[-1] = spans[-1][0], end
            elif char:
                chars.append(char)
                spans.append((start, end))
        start = end
    return _FoldedText("".join(chars), spans)


def _fold_character(char: str) -> str:
    if char.isspace():
        return " "
    if is_dash(char):
        return "-"
    return "" if unicodedata.category(char) == "Cf" else char


def _find_key(key: str, folded: _FoldedText, text: str) -> Iterator[tuple[int, int]]:
    index = folded.chars.find(key)
    while index >= 0:
        last = index + len(key) - 1
        start, end = folded.spans[index][0], folded.spans[last][1]
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
    """Return whether a character begins here, not a part of one (the i of a ligature)."""
    if index in (0, len(folded.chars)):
        return True
    return folded.spans[index][0] != folded.spans[index - 1][0]


def _is_word(text: str, index: int) -> bool:
    """Return whether a letter or digit is there; a mark belongs to the letter that it stands on."""
    while 0 < index < len(text) and unicodedata.combining(text[index]):
        index -= 1
    return 0 <= index < len(text) and text[index].isalnum()
