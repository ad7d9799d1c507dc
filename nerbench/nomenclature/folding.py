"""Bring different spellings of one gene name to one form.

Authors write ``TGF-β1``, ``TGFbeta1`` and ``TGFB1`` for one gene. `typography` undoes what
typesetting adds and keeps the name; `fold` also drops what nomenclature treats as the
same: case, separators, and whether a Greek letter is written as such, by its name or by
its Latin letter.

A caption is folded piece by piece (`pieces`), so that the folded form of any stretch
between token borders is the concatenation of its pieces. The dictionary scan rests on it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

__all__ = ["Piece", "cut", "fold", "is_dash", "normalize_space", "normalize_typography", "pieces"]

# Greek to Latin as the HGNC guidelines have it (Wain et al., Genomics 2002, appendix).
_GREEK = {
    "alpha": ("α", "a"), "beta": ("β", "b"), "gamma": ("γ", "g"), "delta": ("δ", "d"),
    "epsilon": ("ε", "e"), "zeta": ("ζ", "z"), "eta": ("η", "h"), "theta": ("θ", "q"),
    "iota": ("ι", "i"), "kappa": ("κ", "k"), "lambda": ("λ", "l"), "mu": ("μ", "m"),
    "nu": ("ν", "n"), "xi": ("ξ", "x"), "omicron": ("ο", "o"), "pi": ("π", "p"),
    "rho": ("ρ", "r"), "sigma": ("σς", "s"), "tau": ("τ", "t"), "upsilon": ("υ", "y"),
    "phi": ("φ", "f"), "chi": ("χ", "c"), "psi": ("ψ", "u"), "omega": ("ω", "w"),
}  # fmt: skip
_LATIN = {letter: latin for letters, latin in _GREEK.values() for letter in letters}
_GREEK_NAME = {letter: name for name, (letters, _) in _GREEK.items() for letter in letters}

# Names long enough to be Greek wherever they stand (TGFbeta1, IkappaBalpha, betaTub60D);
# the short ones (eta, mu, pi, rho) only as a whole word or after a capital or a digit
# (PKCeta), for they hide in others (PIAS, RHOA).
_LONG = [n for n in _GREEK if len(n) > 3 and n != "iota"]
_ATTACHED = re.compile("|".join(sorted(_LONG, key=len, reverse=True)))
_SHORT = "|".join(name for name in _GREEK if name not in _LONG)
_ALONE = re.compile(rf"(?<![a-z])(?:{_SHORT})(?![a-z])")
_GREEKISH = re.compile("|".join(_GREEK))
_AFTER_CAPITAL = re.compile(rf"(?<=[A-Z0-9])(?:{_SHORT})(?![a-z])")

# Capitals (and Cyrillic small letters) that look like Latin ones and are typed for them.
_LOOKALIKE = str.maketrans(
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕЗКМНОРСТУХЅІЈԌԛԝаеорсухѕіјһԁвкмнтЬь",
    "ABEZHIKMNOPTYXABE3KMHOPCTYXSIJGqwaeopcyxsijhdbkmhtbb",
)
_PRIMES = str.maketrans({"′": "'", "’": "'", "‘": "'", "ʹ": "'", "´": "'", "`": "'", "ʼ": "'"})
_DASH = re.compile(
    "[\\-\u2212\u02d7\u2043\u2796\ufe63\uff0d\u058a\u05be\u1400\u1806"
    "\u2010-\u2015\u2e17\u2e1a\u2e3a\u2e3b\u2e40\u301c\u3030\u30a0\ufe31\ufe32\ufe58\u2e5d\U00010ead]"
)
_SPACE = re.compile(r"\s+")
# A token is a run of letters and digits; marks that combine with a letter stay with it.
_TOKEN = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*")
_REMEMBERED = 200  # characters: longer texts are no names that would come again
_DROPPED = frozenset("-_.·\u2027\u30fb")


def is_dash(char: str) -> bool:
    """Whether a character is any of Unicode's dashes, hyphens or minus signs.

    >>> is_dash("‑"), is_dash("−"), is_dash("~")
    (True, True, False)
    """
    return _DASH.fullmatch(char) is not None


def normalize_space(text: str) -> str:
    r"""NFKC and white-space folding, nothing else: the form under which names are counted.

    >>> normalize_space("IL\u00a06 ")
    'IL 6'
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _SPACE.sub(" ", text).strip()


def normalize_typography(text: str) -> str:
    """Undo typesetting: NFKC, one dash, one prime, no invisible characters, and Latin
    letters for the Greek and Cyrillic ones that only look like them. Case is kept.

    >>> [normalize_typography(name) for name in ("HLA‑DRA", "ΜΑΡΚ", "ТСТР", "NF‐κB")]
    ['HLA-DRA', 'MAPK', 'TCTP', 'NF-κB']
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.replace("ß", "β").replace("´", "'"))
        text = "".join(c for c in text if unicodedata.category(c) != "Cf")
        text = _DASH.sub("-", text.translate(_LOOKALIKE).translate(_PRIMES))
    return _SPACE.sub(" ", text.replace("`", "'")).strip()


@lru_cache(maxsize=1 << 16)
def _fold_token(token: str) -> str:
    """Fold one run of letters and digits."""
    if token.isascii() and not _GREEKISH.search(lower := token.lower()):
        return lower
    text = _AFTER_CAPITAL.sub(_latin, normalize_typography(token)).lower()
    if not text.isascii():
        text = "".join(_LATIN.get(c, c) for c in text)
    folded = _ALONE.sub(_latin, _ATTACHED.sub(_latin, text))
    if folded.isascii():
        return folded
    # Accents are typography, too: Krüppel is Kruppel.
    bare = unicodedata.normalize("NFD", folded.casefold())
    return "".join(c for c in bare if not unicodedata.combining(c))


def _latin(match: re.Match[str]) -> str:
    return _GREEK[match.group()][1]


class Piece(NamedTuple):
    """A token or a kept character of a text: where it stands and what it folds to."""

    start: int
    end: int
    folded: str
    is_token: bool


def pieces(text: str) -> Iterator[Piece]:
    """Cut a text into tokens (runs of letters and digits) and the punctuation that counts.

    Spaces, dashes, underscores and dots yield nothing: folding drops them.

    >>> [p.folded for p in pieces("TGF-β1 and Su(H)")]
    ['tgf', 'b1', 'and', 'su', '(', 'h', ')']
    """
    return map(Piece._make, cut(text))


def cut(text: str) -> list[tuple[int, int, str, bool]]:
    """`pieces` as plain tuples, which cost a third.

    >>> cut("IL-6")
    [(0, 2, 'il', True), (3, 4, '6', True)]
    """
    found: list[tuple[int, int, str, bool]] = []
    base = 0
    for chunk in text.split(" "):
        parts = _cut(chunk) if len(chunk) <= _REMEMBERED else _cut.__wrapped__(chunk)
        for start, end, folded, is_token in parts:
            found.append((base + start, base + end, folded, is_token))
        base += len(chunk) + 1
    return found


@lru_cache(maxsize=1 << 16)
def _cut(chunk: str) -> tuple[tuple[int, int, str, bool], ...]:
    """The pieces of what stands between two spaces; captions repeat theirs."""
    found: list[tuple[int, int, str, bool]] = []
    done = 0
    for match in _TOKEN.finditer(chunk):
        start, end = match.span()
        found += _marks(chunk, done, start)
        found.append((start, end, _fold_token(match.group()), True))
        done = end
    found += _marks(chunk, done, len(chunk))
    return tuple(found)


def _marks(chunk: str, start: int, end: int) -> Iterator[tuple[int, int, str, bool]]:
    for at in range(start, end):
        if folded := _fold_mark(chunk[at]):
            yield at, at + 1, folded, False


@lru_cache(maxsize=1 << 12)
def _fold_mark(char: str) -> str:
    """What a character between tokens folds to; nothing if it is dropped."""
    if char in _DROPPED or char.isspace():
        return ""
    return "".join(
        c for c in normalize_typography(char) if c not in _DROPPED and not c.isspace()
    ).lower()


def fold(name: str) -> str:
    """The folded form of a gene name: two names that fold alike are spelled alike.

    NFKC; every dash alike; spaces, dashes, underscores and dots dropped; a Greek letter
    equal to its name and to its Latin letter; case dropped.

    >>> {fold(name) for name in ("TGF-β1", "TGF-beta 1", "TGFbeta1", "TGFB1", "tgf.b_1")}
    {'tgfb1'}
    >>> fold("IκBα") == fold("IkappaBalpha") == fold("IkBa")
    True
    >>> fold("l(2)gl"), fold("RHOA"), fold("ρ"), fold("Rho")
    ('l(2)gl', 'rhoa', 'rho', 'rho')
    """
    return _fold(name) if len(name) <= _REMEMBERED else _fold.__wrapped__(name)


@lru_cache(maxsize=1 << 16)
def _fold(name: str) -> str:
    folded = "".join(piece.folded for piece in pieces(name))
    if len(folded) == 1:  # a Greek letter alone goes by its name: Rho is not R
        plain = normalize_typography(name).lower()
        return _GREEK_NAME.get(plain, plain if plain in _GREEK else folded)
    return folded
