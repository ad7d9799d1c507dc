"""Additions to a gene's name that leave it the same gene: ``p-AKT``, ``hAKT1``, ``JAKs``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from nerbench.folding import normalize_typography, unify_characters
from nerbench.nomenclature.organisms import Organism
from nerbench.nomenclature.scan import is_ordinary

_ALLELE = r"(?:[+-]|fl|flox|f|Δ|[Kk][Oo]|[Ww][Tt])"
_FUSED_ALLELES = re.compile(rf"(?<=[^\W_])(?:fl|flox|f|Δ|[Kk][Oo])/{_ALLELE}(?![^\W_])")
_GENOTYPE = re.compile(rf"[\s-]*\(?{_ALLELE}/{_ALLELE}\)?$")  # Bax-/-, p53 (+/+), Atg5fl/fl
MARKS = frozenset(("p", "ac", "Ac", "ub", "Ub", "cl", "Cl", "clv", "Clv", "pro", "Pro", "P"))
"""Marks that a dash sets off from a name: ``p-AKT``."""
# Marks of one to three letters: they can also be the first letters of another gene's name.
_MARK = re.compile(
    # p-AKT, Ac-p53, cl-caspase-3; pro-IL-1β, proIL-1β, procaspase-1
    rf"^(?:(?:{'|'.join(sorted(MARKS - {'P'}))})-(?=\w)|pro(?=[A-Z]|[a-z]{{3}})"
    # P-Akt, P-mTOR, P-tau; not P-cadherin, P-selectin
    r"|P-(?=[^\Wa-z]|[a-z]{1,3}[A-Z\d-]|tau)"
    # pSTAT3, pAKT, pErk, pIκBα; with a small letter after the mark: peNOS, pmTOR, pcJun
    r"|p(?!(?:Ser|Thr|Tyr)$)(?=[A-Z][A-Za-zα-ω]*\d|[A-Z][A-Zα-ω]|[A-Z][a-z]|[a-z]{1,2}[A-Z])"
    # of three characters and more, as sGC and sAC are cyclases: sIL-6R, sVEGFR1, sPD-L1
    r"|s(?=[A-Z][A-Za-z]?-?\w{2}|[A-Z]{2}[\dA-Z]))"
)
_MARK_INITIALS = frozenset("pPsaAuUcC")
_MARK_IN_LOWER_CASE = re.compile(r"^(?:phospho|p)(?=[a-z]{3}\S*$)")  # ptau, psmad2
_MODIFICATION = re.compile(
    # phosphorylated STAT3, total AKT, mutant p53
    r"^(?:(?i:phospho|(?:hyper-?|de|un|non-?)?phosphorylated|phosphor|acetyl(?:ated)?|methylated"
    r"|ubiquitin(?:ated|ylated)|sumoylated|oxidi[sz]ed|cleaved|truncated|full[- ]length|total"
    r"|active|inactive|activated|endogenous|exogenous|recombinant|secreted|soluble|wild[- ]type"
    r"|mutant|pro-?)[\s-]+"
    # type I IFNs: a family of which the lexicon may know only the whole
    r"|(?i:type)[\s-]+(?:I{1,3}|[1-3])[\s-]+(?=\w)"
    # phosphoSTAT3, c-Myc
    r"|(?i:phospho)(?=[A-Z])|(?:c|v|t|a)-(?=\w))"
)
_TRAILING_WORD = re.compile(
    r"(?:\s+(?:proteins?|genes?|mRNAs?|transcripts?|polypeptides?|homodimers?|dimers?|isoforms?"
    r"|complex(?:es)?)"
    r"|\s*\([^()]*\)|\s+p?[STY](?:er|hr|yr)?-?\d+)$",  # a bracket; a site (AKT S473)
)
# The short form within a long one: nuclear factor (NF)-κB
_INNER_BRACKET = re.compile(r"(?<=[\s-])\([^()]{1,20}\)[\s-]*(?=\w)")
_PLURAL_STEM = re.compile(r"(?<=[^\W_]{3})s(?=[\s-]\d+[A-Za-z]?$)")  # caspases-3
_ADDITIONS = (_GENOTYPE, _MODIFICATION, _TRAILING_WORD, _INNER_BRACKET, _PLURAL_STEM)
_RECEPTOR = re.compile(r"\s+receptors?$", re.IGNORECASE)  # IL-6 receptor: IL-6R


def remove_genotype(name: str) -> str:
    """Return a name without the alleles of a genotype.

    >>> remove_genotype("Atg5fl/fl"), remove_genotype("p53 (+/-)"), remove_genotype("IL-6/STAT3")
    ('Atg5', 'p53', 'IL-6/STAT3')
    """
    match = _GENOTYPE.search(unify_characters(name)) if "/" in name else None
    return name[: match.start()] if match else name


def blank_alleles(text: str) -> str:
    """Return a text of the same length with blanks for alleles that are joined to a gene's name.

    >>> blank_alleles("Atg5fl/fl mice")
    'Atg5      mice'
    """
    return _FUSED_ALLELES.sub(lambda match: " " * len(match.group()), text) if "/" in text else text


@lru_cache(maxsize=1 << 16)  # hit rate 0.6 on 701 distinct captions: asked for each organism
def without_mark(name: str) -> str | None:
    """Return the name without the mark of a modification or a soluble form, or None.

    >>> [without_mark(name) for name in ("pERK", "sIL-6R", "Ac-p53", "ptau", "p53", "PTEN", "sGC")]
    ['ERK', 'IL-6R', 'p53', 'tau', None, None, None]
    """
    plain = normalize_typography(name)
    mark = _MARK.match(plain) or (plain.islower() and _MARK_IN_LOWER_CASE.match(plain))
    return plain[mark.end() :] if mark and not is_ordinary(plain) else None


def has_mark(spelling: str) -> bool:
    """Return whether a name is written as if it had a mark.

    >>> has_mark("pS2"), has_mark("P-selectin"), has_mark("p-Selectin"), has_mark("TP53")
    (True, False, True, False)
    """
    return spelling[:1] in _MARK_INITIALS and _MARK.match(spelling) is not None


def reduce(name: str, organism: Organism, may_be_plural: bool) -> Iterator[str]:
    """Yield the name with one addition removed, for each addition that it has.

    >>> from nerbench.nomenclature.lexicon import load_nomenclature
    >>> human = load_nomenclature()[9606].organism
    >>> list(reduce("p-hAKT1 protein", human, True)), list(reduce("JAKs", human, True))
    (['hAKT1 protein', 'p-hAKT1'], ['JAK'])
    """
    plain = normalize_typography(name)
    ends_in_s = plain.endswith("s") and not plain.endswith("ss") and len(plain) > 3
    if (bare := without_mark(plain)) is not None:
        yield bare
    if plain.isalpha() and plain.islower():  # a word: it has no other addition but the plural
        if may_be_plural and ends_in_s:
            yield plain[:-1]
        return
    # Within letters and digits alone only a modification can stand: phosphoSTAT3.
    for addition in (_MODIFICATION,) if plain.isalnum() else _ADDITIONS:
        if (shorter := addition.sub("", plain)) != plain:
            yield shorter
    for prefix in organism.species_prefixes:  # hAKT1, Dmp53
        rest = plain[len(prefix) :]
        if len(prefix) > 2:  # a word: human AKT1
            if plain.casefold().startswith(prefix.casefold()) and rest[:1] in (" ", "-"):
                yield rest.lstrip(" -")
        elif plain.startswith(prefix) and re.match(r"-|[A-Z]|[a-z][^\W_]*\d$", rest):
            yield rest.lstrip("-")
    if may_be_plural and ends_in_s:
        yield plain[:-1]
    if _RECEPTOR.search(plain):
        yield _RECEPTOR.sub("R", plain)
