"""Additions to a gene's name that leave it the same gene: ``p-AKT``, ``hAKT1``, ``JAKs``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nerbench.nomenclature.folding import normalize_typography
from nerbench.nomenclature.organisms import Organism

_GENOTYPE = re.compile(r"\s*\(?[+-](?:/[+-])\)?$")  # Bax-/-, p53 (+/+)
_MODIFICATION = re.compile(
    # phosphorylated STAT3, total AKT, mutant p53
    r"^(?:(?i:phospho(?:rylated)?|acetyl(?:ated)?|ubiquitin(?:ated|ylated)|cleaved|total|active|"
    r"activated|endogenous|exogenous|recombinant|soluble|wild[- ]type|mutant|pro-?)[\s-]+"
    # type I IFNs: a family of which the lexicon may know only the whole
    r"|(?i:type)[\s-]+(?:I{1,3}|[1-3])[\s-]+(?=\w)"
    # phosphoSTAT3, proIL1B, p-AKT, c-Myc
    r"|(?i:phospho)(?=[A-Z])|pro(?=[A-Z]{2})|[Pp]-(?=\w)|(?:ac|ub|c|v|t|a)-(?=\w)"
    # pSTAT3, pAKT, pErk
    r"|p(?=[A-Z][A-Za-z]*\d|[A-Z]{2}|[A-Z][a-z]))"
)
_TRAILING_WORD = re.compile(
    r"(?:\s+(?:proteins?|genes?|mRNAs?|transcripts?|polypeptides?|homodimers?|dimers?|isoforms?"
    r"|complex(?:es)?)"
    r"|\s*\([^()]*\)|\s+p?[STY](?:er|hr|yr)?-?\d+)$",  # a bracket; a site (AKT S473)
)
_RECEPTOR = re.compile(r"\s+receptors?$", re.IGNORECASE)  # IL-6 receptor: IL-6R


def reduce(name: str, organism: Organism, may_be_plural: bool) -> Iterator[str]:
    """Yield the name with one addition removed, for each addition that it has.

    >>> from nerbench.nomenclature.lexicon import load_nomenclature
    >>> human = load_nomenclature()[9606].organism
    >>> list(reduce("p-hAKT1 protein", human, True)), list(reduce("JAKs", human, True))
    (['hAKT1 protein', 'p-hAKT1'], ['JAK'])
    """
    plain = normalize_typography(name)
    ends_in_s = plain.endswith("s") and not plain.endswith("ss") and len(plain) > 3
    if plain.isalpha() and plain.islower():  # a word: it can only be a plural
        if may_be_plural and ends_in_s:
            yield plain[:-1]
        return
    for addition in (_GENOTYPE, _MODIFICATION, _TRAILING_WORD):
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
