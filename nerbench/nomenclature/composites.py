"""Split a composite mention into the single names that it stands for (``MMP2/9``, ``STAT1-3``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from nerbench.nomenclature.folding import is_dash, normalize_space

__all__ = ["split_composite"]

_SLASH = re.compile(r"\s*[/∕⁄]\s*")
_GREEK_TAIL = re.compile(r"[α-ω](?:\d*|[IV]+)$")
_LETTER_TAIL = re.compile(
    r"(?<=[0-9])[A-Za-z]$|(?<=[a-z][A-Z])[A-Z]$|(?<=[\s-])[A-Z]\d*$|(?<=[αβγ])[a-z]$"
)
_NUMBER_TAIL = re.compile(r"\d+[A-Za-zα-ω]?$")
_SUBUNIT_TAIL = re.compile(r"(?<=[Gα])[a-z]$")  # Gq/11
_ROMAN_TAIL = re.compile(r"(?<=[\s-])[IVX]+$")
_RANGE = re.compile(r"(?P<stem>.*[^\W\d_][\s-]?)(?P<first>\d{1,2})-(?:(?P=stem))?(?P<last>\d{1,2})")
_LETTER_RANGE = re.compile(r"(?P<stem>.*[^\W_])(?P<first>[A-Z])-(?P<last>[A-Z])")
_CHAINED = re.compile(r"(/\d+[A-Za-zα-ω]?)[-‐‑–](?=[^\W\d_]{2})")  # MEK1/2-ERK1/2
_CUT = "\ue001"  # stands for the dash between two composites
_LONGEST_RANGE = 12  # STAT1-6, TLR1-9, WNT1-11; beyond it is a cluster or a code


def _unknown(_: str) -> bool:
    return False


def split_composite(text: str, is_known: Callable[[str], bool] = _unknown) -> tuple[str, ...]:
    """The single names that a composite mention stands for, in order.

    What follows a slash is a name of its own, or replaces the end of the name before it
    (digits, a letter, a Greek letter, a Roman number). A text that is no composite comes
    back alone. What only knowledge of names can tell (``SDHA/B``, ``KDM4A-D``, ``14-3-3/Raf``)
    is asked of ``is_known``.

    >>> split_composite("MMP2/9"), split_composite("IL-6/STAT3")
    (('MMP2', 'MMP9'), ('IL-6', 'STAT3'))
    >>> split_composite("STAT1-3"), split_composite("PPARα/γ"), split_composite("MMP-2/-9")
    (('STAT1', 'STAT2', 'STAT3'), ('PPARα', 'PPARγ'), ('MMP-2', 'MMP-9'))
    >>> split_composite("HIF-1α/2α"), split_composite("MEK1/2-ERK1/2")
    (('HIF-1α', 'HIF-2α'), ('MEK1', 'MEK2', 'ERK1', 'ERK2'))
    >>> split_composite("p53+/+"), split_composite("14-3-3"), split_composite("IL-6")
    (('p53+/+',), ('14-3-3',), ('IL-6',))
    """
    text = normalize_space(text)
    names: list[str] = []
    for stretch in _CHAINED.sub(rf"\1{_CUT}", text).split(_CUT):
        head: str | None = None
        for part in _SLASH.split(stretch):
            name = part if head is None else _after_slash(head, part, is_known)
            several = head is not None or len(stretch) < len(text) or part != stretch
            if name is None or (several and not _like_a_name(name) and not is_known(name)):
                return (text,)
            names.append(name)
            head = name
    return tuple(dict.fromkeys(one for name in names for one in _unfold_range(name, is_known)))


def _like_a_name(text: str) -> bool:
    return bool(text) and any(map(str.isalpha, text)) and text[0].isalnum() and text[-1] not in "+-"


def _after_slash(head: str, part: str, is_known: Callable[[str], bool]) -> str | None:
    """The name meant by what follows a slash, given the name before it."""
    tail = part.lstrip("".join(c for c in part if is_dash(c)) or "-")
    if re.fullmatch(r"\d+[A-Za-zα-ω]?", tail):
        found = _NUMBER_TAIL.search(head) or _SUBUNIT_TAIL.search(head)
    elif re.fullmatch(r"[α-ω](?:\d*|[IV]+)", tail):
        found = _GREEK_TAIL.search(head)
    elif re.fullmatch(r"[IVX]+", tail) and _ROMAN_TAIL.search(head):
        found = _ROMAN_TAIL.search(head)
    elif re.fullmatch(r"[A-Za-z]\d*", tail) and (letter := _LETTER_TAIL.search(head)):
        found = letter
    elif re.fullmatch(r"[A-Z]", tail) and head[-1:].isupper() and is_known(head[:-1] + tail):
        return head[:-1] + tail
    else:
        return part if tail == part else None
    return head[: found.start()] + tail if found else None


def _unfold_range(name: str, is_known: Callable[[str], bool]) -> Iterator[str]:
    """The names of a range: STAT1-3, FGF1-FGF4, and KDM4A-D if both ends are known."""
    plain = "".join("-" if is_dash(char) else char for char in name)
    match = _RANGE.fullmatch(plain)
    if match and 0 < int(match["last"]) - int(match["first"]) < _LONGEST_RANGE:
        stem = name[: match.end("stem")]
        yield from (f"{stem}{n}" for n in range(int(match["first"]), int(match["last"]) + 1))
        return
    match = _LETTER_RANGE.fullmatch(plain)
    if match and 0 < ord(match["last"]) - ord(match["first"]) < _LONGEST_RANGE:
        codes = range(ord(match["first"]), ord(match["last"]) + 1)
        members = [match["stem"] + chr(code) for code in codes]
        if all(map(is_known, members)):
            yield from members
            return
    yield name
