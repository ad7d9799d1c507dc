"""The long forms of the abbreviations that a caption explains, in tokens.

The second look's own reader: its features must stay as they were in training.
"""

from __future__ import annotations

from collections.abc import Sequence

from nerbench.recognizers.default.tagger import TaggedText

Span = tuple[int, int]


def long_forms(text: TaggedText) -> dict[int, Span]:
    """Return the long form of each short form that the text explains, by token numbers.

    ``long form (SF)``, and the lists of captions: ``SF: long form; SF, long form; SF, ...``.
    """
    words = text.words
    forms: dict[int, Span] = {}
    for index in range(len(words) - 1):
        word, mark = words[index], words[index + 1]
        if not 2 <= len(word) <= 10 or word.islower() or word.isdigit():
            continue
        form = None
        is_dash = mark in "-–" and text.starts[index + 1] > text.ends[index]  # after a space
        if mark in ":,=" or is_dash:
            form = _form_after(words, index)
        elif mark in ");" and index >= 2 and words[index - 1] == "(":
            form = _form_before(words, index)
        if form:
            forms[index] = form
    return forms


def _form_after(words: Sequence[str], index: int) -> Span | None:
    """Return what follows ``SF:`` up to the next mark, if it begins with the same letter."""
    start = end = index + 2
    while end < len(words) and end - start < 14 and words[end] not in ";.:=(":
        end += 1
    if end == start or words[start][0].lower() != words[index][0].lower():
        return None
    return (start, end) if end - start > 1 or len(words[start]) > 4 else None


def _form_before(words: Sequence[str], index: int) -> Span | None:
    """Return what stands before ``(SF)``, from a word on that has the first letter of SF.

    The search goes leftwards, over at most twice the letters of SF and four words more, and ends
    at a mark or as soon as the form has as many words as SF has letters minus one, or three words.
    """
    letters = [char for char in words[index].lower() if char.isalpha()]
    if not letters:
        return None
    begin = None
    last = index - 2
    for position in range(last, max(-1, last - 2 * len(letters) - 4), -1):
        if words[position] in ";:.":
            break
        if words[position][0].lower() == letters[0]:
            begin = position
        if begin is not None and last - begin + 1 >= max(1, min(len(letters) - 1, 3)):
            break
    if begin is None or (begin == last and len(words[last]) <= len(words[index])):
        return None
    return begin, last + 1
