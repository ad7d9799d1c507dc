"""Split a composite mention (``MMP2/9``, ``STAT1-3``) into the single names that it stands for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from nerbench.folding import SLASHES, is_dash, normalize_space, unify_characters
from nerbench.nomenclature.affixes import remove_genotype
from nerbench.nomenclature.formulas import is_formula

_SLASH = re.compile(rf"\s*[{''.join(sorted(SLASHES))}]\s*")
# The end of a name that a part after a slash replaces.
_GREEK_TAIL = re.compile(r"[α-ω](?:\d*|[IV]+)$")
_LETTER_TAIL = re.compile(
    r"(?<=[0-9])[A-Za-z]$|(?<=[a-z][A-Z])[A-Z]$|(?<=[\s-])[A-Z]\d*$|(?<=[αβγ])[a-z]$"
)
_NUMBER_TAIL = re.compile(r"\d+[A-Za-zα-ω]?$")
_DECIMAL_TAIL = re.compile(r"\d+\.\d+$")  # NaV1.1/1.2
_LETTERED_TAIL = re.compile(r"\d+[A-Z]\d+$")  # CYP1A1/1A2
_CODE_TAIL = re.compile(r"[A-Z]\d+$")  # S100A8/A9
_TWO_LETTER_TAIL = re.compile(r"\d[A-Z]{2}$")  # IL-17RA/RC
_SUBUNIT_TAIL = re.compile(r"(?<=[Gα])[a-z]$")  # Gq/11
_ROMAN_TAIL = re.compile(r"(?<=[\s\-R])[IVX]+$")  # LC3-I, TβRI
_RANGE = re.compile(r"(?P<stem>.*[^\W\d_][\s-]?)(?P<first>\d{1,2})-(?P<last>\d{1,2})")
# With the stem twice and an en dash, a range if all members are known: FGF1–FGF4, not ATG5-ATG12.
_FULL_RANGE = re.compile(
    r"(?P<stem>.*[^\W\d_][\s-]?)(?P<first>\d{1,2})–(?:(?P=stem))(?P<last>\d{1,2})"
)
# Not IGF-I, PKA-C: the stem has three characters, and the last letter is no Roman number.
_LETTER_RANGE = re.compile(r"(?P<stem>.*[^\W_]{3})(?P<first>[A-Z])-(?P<last>[A-HJ-UWYZ])")
_CHAINED = re.compile(r"(/\d+[A-Za-zα-ω]?)[-‐‑–](?=[^\W\d_][^\W_])")  # MEK1/2-ERK1/2
# What can stand for a name after the first one: 9 of MMP2/9; 1.2, γ, II, B
_MEMBER = r"(?:\d+(?:\.\d+)?[A-Za-zα-ω]?|[α-ω](?:\d*|[IV]+)|[IVX]+|[A-Z])"
NEXT_MEMBER = rf"\s*/\s*-*(?:{_MEMBER}|[A-Za-z]\d*)(?![^\W_])"
"""The pattern of what follows a name in a composite with slashes."""
# Without a word, only a dash or no blank before a number: not IL-6, 8 h; G1,3P
ELLIPSIS = (
    rf"(?:\s?,\s?-?{_MEMBER}){{0,8}}"
    rf"(?:\s?,?\s(?:and|or|&)\s-?{_MEMBER}|\s?,\s?[α-ω]|(?:[,&]-?|\s?,\s-)\d{{1,2}})(?![^\W_])"
)
"""The same in a composite with words or commas: SMAD2 and 3; IL-1, -6 and -8; ERK1,2."""
_ELLIPSIS = re.compile(rf"{ELLIPSIS}$")
_ELLIPSIS_JOINT = re.compile(r"\s?,?\s(?:and|or|&)\s|\s?,\s?|&")
_SHARED_WORDS = re.compile(  # p44/42 MAPK
    _SLASH.pattern + r"-?\d+[A-Za-zα-ω]?(?P<words>(?:\s[^\W\d_][^\s/]*){1,3})$"
)
_SHARED_RECEPTOR = re.compile(rf"[α-ω]{_SLASH.pattern}-?[α-ω](?P<words>-?R)$")  # IFNα/βR
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
    >>> split_composite("SMAD2 and 3"), split_composite("IL-1, -6 and -8")
    (('SMAD2', 'SMAD3'), ('IL-1', 'IL-6', 'IL-8'))
    """
    text = normalize_space(text)
    composite, members = _join_members(remove_genotype(text))
    names = _split_members(composite, is_known)
    if (len(names) < 2 and composite != text) or not members.isdisjoint(names):
        return (text,)
    single: list[str] = []
    for name in names:
        expanded = tuple(_expand(name, is_known))
        is_single = len(expanded) == 1 or is_one_name(name, expanded)
        single += [name] if is_single else expanded
    return tuple(dict.fromkeys(single))


def _join_members(text: str) -> tuple[str, set[str]]:
    """Return a composite with slashes for the words that join its members, and these members.

    >>> _join_members("caspase-3 and -9"), _join_members("IL-6 and TNF")
    (('caspase-3/-9', {'-9'}), ('IL-6 and TNF', set()))
    """
    has_joint = " " in text or "," in text or "&" in text
    match = _ELLIPSIS.search(unify_characters(text)) if has_joint else None
    if match is None:
        return text, set()
    members = _ELLIPSIS_JOINT.split(text[match.start() :])[1:]
    return "/".join((text[: match.start()], *members)), set(members)


def _split_members(text: str, is_known: Callable[[str], bool]) -> list[str]:
    """Return the names between slashes, ranges as they are; the text where it is no composite."""
    if SLASHES.isdisjoint(text):
        return [text]
    names: list[str] = []
    shared = _SHARED_WORDS.search(text) or _SHARED_RECEPTOR.search(text)
    bare = text[: shared.start("words")] if shared else text

    def part_at_dash(match: re.Match[str]) -> str:
        part = _SLASH.split(bare[match.start() + 1 :], maxsplit=1)[0]
        return match[0] if is_known(part) else match[1] + _BREAK  # S6K/4E-BP1

    for composite in _CHAINED.sub(part_at_dash, bare).split(_BREAK):
        previous: str | None = None
        for part in _SLASH.split(composite):
            name = part if previous is None else _name_after_slash(previous, part, is_known)
            is_part = previous is not None or len(composite) < len(text) or part != composite
            is_name = name is not None and (
                _is_name_like(name) or is_known(name) or is_formula(name)  # Ca2+/NFAT
            )
            if name is None or (is_part and not is_name and not _is_marker(name, is_known)):
                return [text]
            names.append(name)
            previous = name
    beside_ions = [name for name in names if not is_formula(name)]
    if len(beside_ions) < len(names) and not all(map(is_known, beside_ions or names)):
        return [text]
    if shared is None:
        return names
    # IL-4/13 receptor: not IL-13; IFNα/βR: not IFNα
    is_receptor = "receptor" in shared["words"] or shared["words"].endswith("R")
    long_names = [name + shared["words"] for name in names]
    return [
        long if is_receptor or is_known(long) else name
        for name, long in zip(names, long_names, strict=True)
    ]


def _is_name_like(text: str) -> bool:
    return bool(text) and any(map(str.isalpha, text)) and text[0].isalnum() and text[-1] not in "+-"


def _is_marker(text: str, is_known: Callable[[str], bool]) -> bool:
    """Return whether a text is a gene by which cells are told: CD4+."""
    return text.endswith("+") and not is_formula(text) and is_known(text.rstrip("+"))


def _name_after_slash(previous: str, part: str, is_known: Callable[[str], bool]) -> str | None:
    """Return the name that a part after a slash means, given the name before the slash."""
    tail = part.lstrip("".join(c for c in part if is_dash(c)) or "-")
    if re.fullmatch(r"\d+\.\d+", tail):
        match = _DECIMAL_TAIL.search(previous)
    elif _LETTERED_TAIL.fullmatch(tail):
        match = _LETTERED_TAIL.search(previous)
    elif re.fullmatch(r"\d+[A-Za-zα-ω]?", tail):
        match = _NUMBER_TAIL.search(previous) or _SUBUNIT_TAIL.search(previous)
        if match and match.start() == 1 and previous[1:].isdigit():  # F4/80 is one name
            return previous[0] + tail if is_known(previous) else None
    elif re.fullmatch(r"[α-ω](?:\d*|[IV]+)", tail):
        match = _GREEK_TAIL.search(previous)
    elif re.fullmatch(r"[IVX]+", tail) and _ROMAN_TAIL.search(previous):
        match = _ROMAN_TAIL.search(previous)
    elif re.fullmatch(r"[A-Za-z]\d*", tail) and _LETTER_TAIL.search(previous):
        match = _LETTER_TAIL.search(previous)
    else:
        is_letter = re.fullmatch(r"[A-Z]", tail) and previous[-1:].isupper()  # SDHA/B
        code = _CODE_TAIL.search(previous) if _CODE_TAIL.fullmatch(tail) else None
        if _TWO_LETTER_TAIL.search(previous) and is_known(previous[:-2] + tail):
            return previous[:-2] + tail
        sibling = (previous[: code.start()] if code else previous[:-1]) + tail
        if is_letter and sibling == previous:  # APC/C is one name
            return None
        if (is_letter or code) and is_known(sibling):
            return sibling
        return part if tail == part else None
    if match is None:
        return None
    sibling = previous[: match.start()] + tail
    is_own_name = len(part) > 2 and is_known(part) and not is_known(sibling)  # PI3K/p85
    return part if is_own_name else sibling


def _expand(name: str, is_known: Callable[[str], bool]) -> Iterator[str]:
    """Yield the members of a range: STAT1-3, and FGF1–FGF4 and KDM4A-D if each is known."""
    plain = unify_characters(name)
    if "-" not in plain:
        yield name
        return
    if match := _RANGE.fullmatch(plain) or _FULL_RANGE.fullmatch(name):
        numbers = range(int(match["first"]), int(match["last"]) + 1)
        members = [f"{name[: match.end('stem')]}{number}" for number in numbers]
        is_range = match.re is _RANGE or all(map(is_known, members))
    elif match := _LETTER_RANGE.fullmatch(plain):
        codes = range(ord(match["first"]), ord(match["last"]) + 1)
        members = [match["stem"] + chr(code) for code in codes]
        is_range = all(map(is_known, members))
    else:
        members, is_range = [], False
    yield from members if is_range and 1 < len(members) <= _MAX_RANGE else [name]
