"""Split a composite mention (``MMP2/9``, ``STAT1-3``) into the single names that it stands for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from nerbench.nomenclature.folding import SLASHES, is_dash, normalize_space

_SLASH = re.compile(rf"\s*[{''.join(sorted(SLASHES))}]\s*")
# The end of a name that a part after a slash replaces.
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
_BREAK = "\ue001"  # stands for the dash between two composites
_MAX_RANGE = 12  # members; a longer range (miR-17-92) is a cluster or a code


def split_composite(
    text: str,
    is_known: Callable[[str], bool] = lambda _: False,
    is_one_name: Callable[[str, tuple[str, ...]], bool] = lambda _, members: not members,
) -> tuple[str, ...]:
    """Return a mention's single names; `is_known` decides where the writing does not (SDHA/B), and
    `is_one_name` whether what is written as a range is that, given its members (NKX2-5).

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
    for composite in _CHAINED.sub(rf"\1{_BREAK}", text).split(_BREAK):
        previous: str | None = None
        for part in _SLASH.split(composite):
            name = part if previous is None else _name_after_slash(previous, part, is_known)
            is_part = previous is not None or len(composite) < len(text) or part != composite
            if name is None or (is_part and not _is_name_like(name) and not is_known(name)):
                return (text,)
            names.append(name)
            previous = name
    single: list[str] = []
    for name in names:
        members = tuple(_expand(name, is_known))
        single += [name] if is_one_name(name, members) else members
    return tuple(dict.fromkeys(single))


def _is_name_like(text: str) -> bool:
    return bool(text) and any(map(str.isalpha, text)) and text[0].isalnum() and text[-1] not in "+-"


def _name_after_slash(previous: str, part: str, is_known: Callable[[str], bool]) -> str | None:
    """Return the name that a part after a slash means, given the name before the slash."""
    tail = part.lstrip("".join(c for c in part if is_dash(c)) or "-")
    if re.fullmatch(r"\d+[A-Za-zα-ω]?", tail):
        match = _NUMBER_TAIL.search(previous) or _SUBUNIT_TAIL.search(previous)
    elif re.fullmatch(r"[α-ω](?:\d*|[IV]+)", tail):
        match = _GREEK_TAIL.search(previous)
    elif re.fullmatch(r"[IVX]+", tail) and _ROMAN_TAIL.search(previous):
        match = _ROMAN_TAIL.search(previous)
    elif re.fullmatch(r"[A-Za-z]\d*", tail) and _LETTER_TAIL.search(previous):
        match = _LETTER_TAIL.search(previous)
    else:
        sibling = previous[:-1] + tail  # SDHA/B
        if re.fullmatch(r"[A-Z]", tail) and previous[-1:].isupper() and is_known(sibling):
            return sibling
        return part if tail == part else None
    return previous[: match.start()] + tail if match else None


def _expand(name: str, is_known: Callable[[str], bool]) -> Iterator[str]:
    """Yield the members of a range: STAT1-3, FGF1-FGF4, and KDM4A-D if each is known."""
    plain = "".join("-" if is_dash(char) else char for char in name)
    match = _RANGE.fullmatch(plain)
    if match and 0 < int(match["last"]) - int(match["first"]) < _MAX_RANGE:
        stem = name[: match.end("stem")]
        yield from (f"{stem}{n}" for n in range(int(match["first"]), int(match["last"]) + 1))
        return
    match = _LETTER_RANGE.fullmatch(plain)
    if match and 0 < ord(match["last"]) - ord(match["first"]) < _MAX_RANGE:
        codes = range(ord(match["first"]), ord(match["last"]) + 1)
        members = [match["stem"] + chr(code) for code in codes]
        if all(map(is_known, members)):
            yield from members
            return
    yield name
