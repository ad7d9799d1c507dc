"""The abbreviations that a caption defines: ``HBV`` is hepatitis B virus, no gene.

Two ways of defining are read. In running text, a long form with its short form in brackets,
by scispaCy's implementation of Schwartz and Hearst (Pacific Symposium on Biocomputing 2003);
and the list at a caption's end (``AMPK: AMP-activated protein kinase; ROS, reactive oxygen
species``), which that pattern does not see.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from nerbench.nomenclature.folding import surface
from nerbench.nomenclature.scan import is_ordinary

__all__ = ["abbreviations", "has_scispacy", "listed", "reads_like_gene"]

_SHORT = r"(?P<short>[^\W_][^\s,:;=()]{0,14}(?:\s?[^\W_]{1,2})?)"
_ENTRY = re.compile(rf"^{_SHORT}(?:,\s|\s*[:=]|\s[-–—]\s)\s*(?P<long>\S.*)$")
_LEAD = re.compile(
    r"^(?:(?:list of )?(?:the )?(?:other )?abbreviations?(?: used| are as follows)?\s*[:.,-]?\s*)",
    re.I,
)
_SEPARATOR = re.compile(r";|(?<=[^\s.]{2})\.\s+(?=[^\W_])|\n")
_LONGEST = 90
_UNBROKEN = re.compile(r"\S{300,}")  # no text, and slow to cut into tokens
_DEFINES = re.compile(r"\([^()]{1,60}\)")

# Words that make a long form a gene product's name, and last words that make it another thing.
_GENE_WORD = re.compile(
    r"\b(?:\w*(?<!dise)(?<!incre)(?<!decre)(?<!rele)(?<!datab)(?<!\bph)(?<!\bb)(?<!\bc)ases?"
    r"|\w*proteins?|\w*receptors?|factors?|ligands?|subunits?|transporters?|symporters?"
    r"|antiporters?|channels?|carriers?|interleukins?|interferons?|chemokines?|homologu?e?s?"
    r"|antigens?|oncogenes?|molecules?|lectins?|regulators?|suppressors?|substrates?"
    r"|\w*repressors?|\w*activators?|adapt[oe]rs?|enzymes?|genes?)\b",
    re.IGNORECASE,
)
_SYMBOLS = re.compile(r"[A-Z][A-Z0-9-]*\d[A-Z]?\d*,")  # a list of symbols, no long form
_FUNCTION_WORDS = frozenset(
    "a an and are as at by for from in including into is it of on or that the their then there "
    "these they this to was were which with".split()
)
_FACTOR_OF = re.compile(
    r"\b(?:factors?|mediators?) of\b", re.IGNORECASE
)  # nuclear factor of activated T cells
_OTHER_WORD = re.compile(
    r"\b(?:inhibitors?|inhibition|deficiency|pathways?|cells?|diseases?|elements?|domains?|sites?"
    r"|motifs?|levels?|activity|syndromes?|cancers?|carcinomas?|virus(?:es)?|acids?|\w*phosphates?"
    r"|responses?|patterns?|species|repeats?|regions?|drugs?|antibod(?:y|ies)|agonists?"
    r"|antagonists?|blockers?|modulators?|network|motif|mice|therapy|system|membranes?)$",
    re.IGNORECASE,
)


def abbreviations(caption: str) -> dict[str, str]:
    """Short forms that the caption defines, with their long forms; the first definition wins.

    Without scispaCy (Python 3.13) only lists are read; see `has_scispacy`.

    >>> abbreviations("Activated by epidermal growth factor receptor (EGFR). ROS, reactive "
    ...               "oxygen species; AMPK: AMP-activated protein kinase.")
    {'EGFR': 'epidermal growth factor receptor', 'ROS': 'reactive oxygen species', \
'AMPK': 'AMP-activated protein kinase'}
    """
    found = dict(_bracketed(caption)) if _DEFINES.search(caption) else {}
    for short, long in listed(caption).items():
        found.setdefault(short, long)
    return found


@lru_cache(maxsize=1)
def _detector() -> Any:
    """A blank English pipeline with scispaCy's detector, or None without scispaCy."""
    try:
        import spacy
        from scispacy.abbreviation import AbbreviationDetector
    except ImportError:
        return None
    nlp = spacy.blank("en")
    detector = AbbreviationDetector(nlp)
    # It drops what is longer than eight words, but only after it has collected, for each bracket
    # that opens, all that close after it.
    detector.matcher.remove("parenthesis")
    detector.matcher.add("parenthesis", [[{"ORTH": "("}, {"OP": "{1,8}"}, {"ORTH": ")"}]])
    return nlp.tokenizer, detector


def has_scispacy() -> bool:
    """Whether definitions in brackets can be read here."""
    return _detector() is not None


def _bracketed(caption: str) -> Mapping[str, str]:
    detector = _detector()
    if detector is None:
        return {}
    tokenizer, detect = detector
    found: dict[str, str] = {}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"\[W036\]")  # its matcher starts with no patterns
        doc = detect(tokenizer(_UNBROKEN.sub(" ", caption)))
    for short in doc._.abbreviations:
        long = surface(short._.long_form.text)
        if _is_definition(surface(short.text), long):
            found.setdefault(surface(short.text), long)
    return found


def listed(caption: str) -> dict[str, str]:
    """Short forms that a list of abbreviations defines.

    An entry is ``SHORT, long form`` between semicolons (or full stops), where the short form's
    letters occur in the long form in their order, the first at the start of a word.

    >>> listed("The pathway. CoA, coenzyme A; DC: dendritic cell; Fig, see there; up, down")
    {'CoA': 'coenzyme A', 'DC': 'dendritic cell'}
    """
    found: dict[str, str] = {}
    for segment in _SEPARATOR.split(caption):
        match = _ENTRY.match(_LEAD.sub("", segment.strip()))
        if not match:
            continue
        short, long = surface(match["short"]), surface(match["long"].rstrip(" ."))
        if len(long) > _LONGEST or _SYMBOLS.match(long):
            continue
        if _is_definition(short, long) and _is_short_form(short) and _spells(short, long):
            found.setdefault(short, long)
    return found


def reads_like_gene(long: str) -> bool:
    """Whether a long form that no lexicon knows reads like a gene product's name.

    >>> [reads_like_gene(t) for t in ("squalene synthase", "Toll-like receptor 4",
    ...     "dendritic cell", "reactive oxygen species", "receptor inhibitor", "liver disease")]
    [True, True, False, False, False, False]
    """
    if _FACTOR_OF.search(long):
        return True
    return bool(_GENE_WORD.search(long)) and not _OTHER_WORD.search(long)


def _is_definition(short: str, long: str) -> bool:
    """Whether what was found is no accident: not cut within a word or a bracket, no prose."""
    whole = long[:1].isalnum() and long.count("(") == long.count(")")
    return (
        whole
        and not is_ordinary(short)
        and long.split(maxsplit=1)[0].lower() not in _FUNCTION_WORDS
    )


def _is_short_form(text: str) -> bool:
    return len(text) > 1 and any(c.isupper() or c.isdigit() for c in text)


def _spells(short: str, long: str) -> bool:
    """Whether the short form's letters occur in the long form, right to left (the test of
    Schwartz and Hearst 2003), the first one at the start of a word.
    """
    letters = [c for c in short.lower() if c.isalnum()]
    text = long.lower()
    if not letters or len(long) <= len(short):
        return False
    at = len(text) - 1
    for index in range(len(letters) - 1, -1, -1):
        while at >= 0 and (
            text[at] != letters[index] or (index == 0 and at > 0 and text[at - 1].isalnum())
        ):
            at -= 1
        if at < 0:
            return False
        at -= 1
    return True
