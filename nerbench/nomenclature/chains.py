"""Divide what dashes, words and commas join into the names that it is a chain of."""

from __future__ import annotations

import re
from collections.abc import Callable

from nerbench.nomenclature.formulas import is_formula

JOINT = re.compile(
    r"\s*[-‐-―−•→]\s*|(?<=[^\Wa-z]):(?=[^\W\da-z_]\S+$|p\d)|,?\s+(?:and|or|&|[+·])\s+|[,;]\s+"
    r"|(?<!Ca2)(?<!Mg2)(?<!Zn2)(?<!Fe2)(?<!Fe3)(?<!Na)(?<!K)(?<!H)(?<!Li)\+(?=[A-Z])"  # CD4+CD25+
)
"""The pattern of what joins the names of a chain."""
MAX_CHAIN = 12
"""Names of the longest chain."""
SYMBOL = re.compile(r"[A-Z][A-Z\d]{1,5}")
"""The pattern of a part that may be a name although nobody knows it."""

# Elements of the DNA, and what signals beside genes: Keap1-Nrf2-ARE, PGE2-EP4, RPA-ssDNA
_OTHERS = frozenset(
    (
        "ARE CRE DRE EpRE ERE ERSE GAS GRE HRE ISRE PPRE RARE SBE SRE XRE PGE2 PGD2 PGF2α PGI2 "
        "TXA2 LTB4 LTC4 LPA S1P RA HA GSH GSSG PIP2 PIP3 IP3 DAG Kyn ATP ADP AMP NAD NADH NADPH "
        "ROS LPS ssDNA dsDNA ssRNA dsRNA"
    ).split(" ")
)
_NUMBERED_WORD = re.compile(r"[A-Za-z][a-z]{4,} [A-Z]\d?")  # cyclin E
_CAPITALIZED = re.compile(r"[A-Z][a-z]{1,4}|[AGIMPT]R|RB")  # Met, Max, Rb; AR, RB
# Rubidium is left out: Rb is a gene.
_ELEMENT = re.compile(
    r"A[cglmrstu]|B[aehikr]|C[adeflmnorsu]|D[bsy]|E[rsu]|F[elmr]|G[ade]|H[efgos]|I[nr]|Kr|L[airuv]"
    r"|M[cdgnot]|N[abdehiop]|Os|P[abdmortu]|R[aefghnu]|S[bcegimnr]|T[abcehilm]|Xe|Yb|Z[nr]"
)
_NO_NAMES = frozenset(
    (
        "Hs Mm Dm Rn Dr Xl Ce Sc Sp Ec At Os Zm Nt Gm Vv Pf "  # species: At-PIN1
        "Anti Non Pre Post Pro Sub Wild Self Cell Low High Type"
    ).split(" ")
)


def links_of(chain: str, is_link: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the fewest links that a chain divides into at its joints, or () if it does not.

    >>> links_of("PI3K-Akt-mTOR", {"PI3K", "Akt", "mTOR"}.__contains__)
    ('PI3K', 'Akt', 'mTOR')
    >>> links_of("IL-6, TNF, and X", {"IL-6", "TNF"}.__contains__)
    ()
    """
    joints = list(JOINT.finditer(chain))
    ends = [*(joint.start() for joint in joints), len(chain)]
    starts = [0, *(joint.end() for joint in joints)]
    # The fewest links that the rest of the chain divides into, from its end backwards
    best: list[tuple[str, ...] | None] = [None] * len(ends) + [()]
    for first in reversed(range(len(ends))):
        for last in range(first, len(ends)):
            rest, link = best[last + 1], chain[starts[first] : ends[last]]
            shortest = best[first]
            is_better = rest is not None and (shortest is None or len(rest) + 1 < len(shortest))
            if rest is not None and is_better and link != chain and is_link(link):
                best[first] = (link, *rest)
    return best[0] or ()


def is_element(name: str) -> bool:
    """Return whether a name is a chemical element of two letters.

    >>> is_element("Zn"), is_element("Hh"), is_element("Rb")
    (True, False, False)
    """
    return _ELEMENT.fullmatch(name) is not None


def is_other(part: str) -> bool:
    """Return whether a part is an element of the DNA, a messenger, an ion or a small molecule.

    >>> is_other("ARE"), is_other("PGE2"), is_other("Ca2+"), is_other("STAT3")
    (True, True, True, False)
    """
    return part in _OTHERS or is_formula(part)


def is_long(part: str) -> bool:
    """Return whether a part is more than a letter, a number or an element: a digit, or two letters
    as in the fly, make it one.

    >>> [is_long(part) for part in ("Akt", "p5", "Hh", "II", "Ca", "6", "At")]
    [True, True, True, False, False, False, False]
    """
    if len(part) > 2:
        return any(map(str.isalpha, part))
    is_symbol = part.istitle() and part.isalpha() and len(part) == 2
    has_digit = part[:1].isalpha() and part[1:].isdigit()
    return has_digit or (is_symbol and not is_element(part) and part not in _NO_NAMES)


def may_be_english(part: str) -> bool:
    """Return whether a part may be a name although it is English: beside others, or with a letter.

    >>> [may_be_english(part) for part in ("Met", "IR", "met", "Anti", "Na")]
    [True, True, False, False, False]
    """
    is_word = _CAPITALIZED.fullmatch(part) is not None and part not in _NO_NAMES
    return is_word and not is_element(part)


def is_numbered_word(part: str) -> bool:
    """Return whether a part is a word and a letter.

    >>> is_numbered_word("cyclin E"), is_numbered_word("in E")
    (True, False)
    """
    return _NUMBERED_WORD.fullmatch(part) is not None
