"""The abbreviations that a caption defines, by tokens: ``long form (SF)``, ``SF, long form;``."""

from __future__ import annotations

from collections.abc import Sequence

from nerbench.recognizers.default.tokens import Token

Definition = tuple[int, int, int]
"""The token that is a short form, and its long form: first token, token past the last."""

# The weights depend on these rules, which are therefore apart from nomenclature.abbreviations.
_MAX_WORDS = 14  # tokens of a long form in a list
_MARKS = ":,=-–"  # stand between a short form and its long form, a dash after a space


def definitions(tokens: Sequence[Token]) -> list[Definition]:
    """Return the definitions of a text."""
    words = [word for word, _, _ in tokens]
    short_forms = []
    for index in range(len(words) - 1):
        word, mark = words[index], words[index + 1]
        if not 2 <= len(word) <= 10 or word.islower() or word.isdigit():
            continue
        form = None
        if mark in _MARKS and (mark not in "-–" or tokens[index + 1][1] > tokens[index][2]):
            form = _after(words, index)
        elif mark in ");" and index >= 2 and words[index - 1] == "(":
            form = _before(words, index)
        if form:
            short_forms.append((index, *form))
    return short_forms


def _after(words: Sequence[str], index: int) -> tuple[int, int] | None:
    """Return what follows ``SF:`` up to the next mark, if it begins with the same letter."""
    start = end = index + 2
    while end < len(words) and end - start < _MAX_WORDS and words[end] not in ";.:=(":
        end += 1
    if end == start or words[start][0].lower() != words[index][0].lower():
        return None
    return (start, end) if end - start > 1 or len(words[start]) > 4 else None


def _before(words: Sequence[str], index: int) -> tuple[int, int] | None:
    """Return what stands before ``(SF)``: to a word with its first letter, as long as SF or 3."""
    letters = [char for char in words[index].lower() if char.isalpha()]
    begin, last = None, index - 2
    for position in range(last, max(-1, last - 2 * len(letters) - 4), -1):
        if not letters or words[position] in ";:.":
            break
        if words[position][0].lower() == letters[0]:
            begin = position
        if begin is not None and last - begin + 1 >= max(1, min(len(letters) - 1, 3)):
            break
    if begin is None or (begin == last and len(words[last]) <= len(words[index])):
        return None
    return begin, last + 1
