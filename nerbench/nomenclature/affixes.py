"""Additions to a gene's name that leave it the same gene: ``p-AKT``, ``hAKT1``, ``JAKs``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from nerbench.folding import normalize_typography, unify_characters
from nerbench.nomenclature.formulas import is_formula
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
    # pSTAT3, pAKT, pErk, pIκBα; with a small letter or a digit after the mark: peNOS, pmTOR, pcJun,
    # pβ-catenin, p4EBP1; not a cell (plasmacytoid DC, peripheral Treg)
    r"|p(?!(?:Ser|Thr|Tyr|DCs?|Tregs?|T[Hh]\d+s?|MNs?|HSCs?|NKs?|MSCs?)$)"
    r"(?=[A-Z][A-Za-zα-ω]*\d|[A-Z][A-Zα-ω]|[A-Z][a-z]|[a-z]{1,2}[A-Z]|[α-ω]-?\w|c-[A-Z0]|4E)"
    # of three characters and more, as sGC and sAC are cyclases: sIL-6R, sVEGFR1, sPD-L1
    r"|s(?=[A-Z][A-Za-z]?-?\w{2}|[A-Z]{2}[\dA-Z]))"
)
_MARK_INITIALS = frozenset("pPsaAuUcC")
_MARK_IN_LOWER_CASE = re.compile(r"^(?:phospho|p)(?=[a-z]{3}\S*$)")  # ptau, psmad2
_TAG = "(?:[eE]?[GYRCB]FP|mRFP|mCherry|tdTomato|FLAG|Flag|GST|V5)"
_MODIFICATION = re.compile(
    # phosphorylated STAT3, total AKT, mutant p53
    r"^(?:(?i:phospho|(?:hyper-?|de|un|non-?)?phosphorylated|phosphor|acetyl(?:ated)?|methylated"
    r"|ubiquitin(?:ated|ylated)|sumoylated|oxidi[sz]ed|cleaved|truncated|full[- ]length|total"
    r"|active|inactive|(?:hyper-?)?activated|endogenous|exogenous|recombinant|secreted|soluble"
    r"|wild[- ]type|mutant|mutated|oncogenic|(?:over|co)-?expressed|dominant[- ]negative"
    r"|constitutively active|kinase[- ]dead|latent|nascent|native|mature|misfolded|aggregated"
    r"|monomeric|dimeric|oligomeric|heterodimeric|circulating|plasma|serum|free|cellular|nuclear"
    r"|cytosolic|cytoplasmic|mitochondrial|extracellular|intracellular|membrane(?:[- ]bound)?"
    r"|(?:non-?)?canonical|conventional|GTP-bound|GDP-bound|(?:Ca2\+|calcium)-dependent"
    r"|(?:catalytic|regulatory|α|β|γ|alpha|beta|gamma) subunits? of|lncRNA|lincRNA|circRNA|miRNA"
    r"|pro-?)[\s-]+"
    # the tissue; not of a cell, and not as a part of a name: epithelial growth factor
    r"|(?i:hepatic|renal|cardiac|muscle|neuronal|intestinal|adipose|adipocyte|endothelial|vascular"
    r"|epithelial|platelet|macrophage|microglial|astrocytic|brain|liver|synaptic|lysosomal"
    r"|peroxisomal)\s+(?!(?i:cells?|tissues?|genes?|proteins?|muscles?|membranes?|growth)\b)(?=\S{4})"
    # the microRNA before and after it is cut: pri-miR-21, hsa-miR-21
    r"|(?:pr[ie]|[a-z]{3})-(?=(?:mi[Rr]|let)-?\d)"
    # transcription factor STAT3, tumor suppressor p53, small GTPase RhoA
    r"|(?i:(?:transcription|(?:translation )?(?:initiation|elongation)) factor"
    r"|tumou?r suppressor(?: gene)?|(?:scaffold |adapt[oe]r )protein|adapt[oe]r"
    r"|(?:E3 )?(?:ubiquitin )?ligase|(?:(?:protein|tyrosine|serine/threonine) )?kinase|cytokine"
    r"|chemokine|enzyme|ligand|oncogene|(?:small |Rho )?GTPase|(?:lipid |protein )?phosphatase"
    r"|(?:histone )?(?:(?:de)?acetylase|(?:acetyl|methyl)transferase|demethylase)|protease"
    r"|deubiquitinase|helicase|(?:co-?)?chaperone|co-?activator|co-?repressor|transporter"
    r"|(?:nuclear |death |scavenger |co-?)?receptor)"
    r"\s+(?=[^\s]*[A-Z\d][^\s]*$)(?=\S{3})"
    # type I IFNs: a family of which the lexicon may know only the whole
    r"|(?i:type)[\s-]+(?:I{1,3}|[1-3])[\s-]+(?=\w)"
    # phosphoSTAT3, c-Myc
    r"|(?i:phospho)(?=[A-Z])|(?:c|v|t|a)-(?=\w)"
    # recombinant, of the mouse, dominant-negative, mutant: rhIL-3, mCD14, dnTCF4, mHTT, wt p53
    r"|r[hmr](?=[A-Z][A-Za-z])|r(?=(?:IL|IFN|TNF|TGF|BMP|FGF)-?[\dα-ω])"
    r"|m(?!RNA|DNA|A[Bb])(?=[A-Z][A-Za-z]+-?\d|H[Tt][Tt]$|TNF)"
    r"|(?:dn|mut|mt|wt)-?(?=p53|H[Tt][Tt]$|[A-Z][A-Za-z]+\d)|(?:wt|WT|mut|DN)[\s-]+(?=\w{3})"
    # the molecular weight: p95vav, pp60c-src, p52Shc
    r"|pp?\d{2,3}(?!(?i:alpha|beta|gamma|delta|wt|mut|null|del|ko|high|low|neg|pos|flox|def)\b)"
    r"(?=[A-Za-z]{3}|[cv]-[a-z]{3})"
    # with a tag, with the site: GFP-LC3, pY397-FAK
    rf"|{_TAG}-(?=\w{{2}})|p(?:Tyr|Ser|Thr|[STY])\d*-(?=[A-Za-z]{{2}})"
    # with its nucleotide, acetylated: GTP-Rac1, AcH3; Ca2+/CaMKII
    r"|(?:GTP|GDP)-(?=\w)|[Aa]c(?=H[2-4](?![^\W_]))|Ca2\+/(?=[Cc]a)"
    # without its first part: ΔFosB; in a ligase: SCFSkp2
    r"|Δ[NC]?-?(?=[A-Za-z][A-Za-z\d])|SCF[\s-]?(?=(?i:skp|β|fb|cdc4))|APC(?:/C)?\s?(?=(?i:cdc20|cdh1|fzr)))"
)
_TRAILING_WORD = re.compile(
    r"(?:\s+(?:proteins?|genes?|mRNAs?|transcripts?|polypeptides?|(?:homo|hetero)?dimers?|isoforms?"
    r"|monomers?|trimers?|tetramers?|oligomers?|fibrils?|aggregates?|fragments?|molecules?|enzymes?|subunits?"
    r"|complex(?:es)?|clusters?|(?:super|sub)?famil(?:y|ies)|(?:family )?members?)"
    r"|(?<! [LHJ])\s+chains?|(?:(?<=receptor)|(?<=mutated))\s+(?:tyrosine )?kinases?"
    r"|[\s-]+(?:KO|null|knockouts?|mutants?)"
    r"|\s+p?[STY](?:er|hr|yr)?-?\d+|-p?[STY](?:er|hr|yr)?\d{2,4})$",  # a site: AKT S473
)
_TRAILING_TAG = re.compile(rf"-{_TAG}$")
_SUBUNITS = re.compile(r"\s+subunits? of \S.*$")
_TRAILING_BRACKET = re.compile(r"\s*\([^()]*\)$")
# The short form within a long one: nuclear factor (NF)-κB
_INNER_BRACKET = re.compile(r"(?<=[\s-])\([^()]{1,20}\)[\s-]*(?=\w)")
# The bracket of an index: GABA(A) receptor, α(1)-adrenergic receptor, beta(2)-microglobulin
_INDEX_IN_BRACKETS = re.compile(
    r"(?<=[^\W_])\s?\(([α-ω]|alpha|beta|gamma|delta|[A-Za-z]|\d?[+-]|\d{1,2}[A-Z]?|[A-Z]{2,3})\)"
)
_PRIME = re.compile(r"(?<=\d)'")  # phosphatidylinositol 3'-kinase
# caspases-3, cyclins D1, integrins α5
_PLURAL_STEM = re.compile(
    r"s(?<=[^\W_]{2}[^\Ws_]s)(?=[\s-](?:\d+[A-Za-z]?|[A-Z]\d?|[α-ω]\d?|(?:alpha|beta|gamma)[\s-]?\d?)$)"
)
# A word for every gene before its number: early growth response gene 1
_GENERIC_WORD = re.compile(
    r"(?<=[a-z]{3})[\s-]+(?:protein|gene)(?=[\s-](?:\d+[A-Za-z]?|[A-Z]\d?|[α-ω])$)"
)
# cyclooxygenase II, complex 1; not a number alone: protein 1, class I
_NUMERAL = re.compile(
    r"^(?!(?:.*\s)?(?i:proteins?|genes?|kappa|gamma)[\s-]\w+$"
    r"|(?i:class|factors?|groups?|polymerases?)[\s-]\w+$)"
    r"(.*[a-z]{4}[\s-])(?:(I{1,3}|IV|VI{0,3})|([1-8]))$"
)
_NUMERAL_OF_SYMBOL = re.compile(r"([A-Z]{3,}R?)-?(I{1,3}|IV)([AB]?)$")  # COX-II, BMPR-IA
_NUMERALS = frozenset("IV12345678")  # the last characters of what _NUMERAL matches
_ROMAN = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII")
# A variant: BRAFV600E, BRAF V600E, RasV12, FLT3-ITD
_VARIANT = re.compile(
    r"(?<=[^\W_])[\s(-]*(?:(?<![A-Z])|(?<=[A-Za-z\d]))(?:[ACDEFGHIKLMNPQRSTVWY]\d{2,4}(?:"
    r"[ACDEFGHIKLMNPQRSTVWY]|fs|\*)|V12|N17|(?<=-)ITD|vIII)\)?$"
)
# HLA-B27, HLA-Cw6, HLA-DR4, HLA-DRB1*04:01
_HLA_ALLELE = re.compile(
    r"(?<=^HLA-[A-C])(?:w?\d{1,2}|\*[\d:]+)$|(?<=^HLA-D[PQR])\d{1,2}$"
    r"|(?<=^HLA-D[PQR][AB]\d)\*[\d:]+$"
)
# An isoform, or the copy of a gene in the zebrafish: FGFR2b, p73α, PGC-1α4, notch1a
_ISOFORM = re.compile(
    r"(?<=\d)[a-dα-ω]$|(?<=[α-ω])\d$|(?<=\d)\.\d$|(?<=[A-Z]{2})[α-ω]\d?$"
    r"|(?<=\d)[\s-]?(?:alpha|beta|gamma|delta|[α-δ])$"  # STAT1 alpha, p73 δ
    r"|(?<=[\dA-Zα-ω])-[Pp]$|-G[TD]P$|(?<=^H[2-4])(?:ac|me[1-3]?)$"  # STAT3-P, RhoA-GDP, H3ac
)
# What a cell has on it, and how much of it: CD4+, CD44hi, CD62Llow
_LEVEL = re.compile(
    r"(?<=[^\W_])(?:\+{1,3}|(?<=[\dA-Z])(?:hi|lo|int|neg|pos)|(?<=[\dA-Z])(?:high|low|bright|dim))$"
)


class _Addition(NamedTuple):
    """A pattern of what is removed from a name, and what rules it out at less cost."""

    pattern: re.Pattern[str]
    last: frozenset[str] | None = None  # a name with it ends in one of these characters
    text: str = ""  # and holds this text


_DIGITS = "0123456789"
_OF_TOKENS = (
    _Addition(_VARIANT, frozenset(_DIGITS + "ACDEFGHIKLMNPQRSTVWYs*)")),
    _Addition(_ISOFORM, frozenset(_DIGITS + "αβγδεζηθικλμνξοπρςστυφχψωabcdePp")),
    _Addition(_LEVEL, frozenset("+ghimostw")),
)
_OF_NAMES = (
    *_OF_TOKENS,
    _Addition(_TRAILING_WORD, frozenset(_DIGITS + "AOelmnrstxy")),
    _Addition(_TRAILING_TAG, frozenset("5GPTgoy"), "-"),
    _Addition(_SUBUNITS, text=" subunit"),
    _Addition(_TRAILING_BRACKET, frozenset(")")),
    _Addition(_INNER_BRACKET, text="("),
    _Addition(_HLA_ALLELE, frozenset(_DIGITS), "HLA-"),
    _Addition(_PLURAL_STEM),
    _Addition(_GENERIC_WORD),
)
_AFTER_PREFIX = re.compile(r"-|[A-Z]|[a-z][^\W_]*\d$")  # the rest of hAKT1, Dmp53
# IL-6 receptor: IL-6R; TNF receptor 1: TNFR1
_RECEPTOR = re.compile(
    r"\s+receptors?(?:[\s-]+(?:type[\s-]+)?(?=(?:\d{1,2}|[IV]{1,3}|[αβγ]\d?|[A-D]\d?)$)|$)",
    re.IGNORECASE,
)


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


@lru_cache(maxsize=1 << 16)  # hit rate 0.46 in a run over 701 distinct captions
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
    if (bare := without_mark(plain)) is not None:
        yield bare
    if may_be_plural and plain[-1:] == "s" and plain[-2:] != "ss" and len(plain) > 3:
        yield plain[:-1]
    if (plain.isalpha() and plain.islower()) or is_formula(plain):  # a word; Ca2+
        return
    yield from _without_additions(plain)
    yield from _without_prefix(plain, organism.species_prefixes)


# Each organism asks for the same names.
@lru_cache(maxsize=1 << 16)  # hit rate 0.40 in a run over 701 distinct captions
def _without_additions(plain: str) -> tuple[str, ...]:
    """Return a name with one addition removed, for each that every organism's names can have.

    >>> _without_additions("phosphorylated BRAFV600E protein")
    ('BRAFV600E protein', 'phosphorylated BRAFV600E')
    """
    shorter = []
    if "/" in plain and (genotype := _GENOTYPE.search(plain)):
        shorter.append(plain[: genotype.start()])
    if modification := _MODIFICATION.match(plain):
        shorter.append(plain[modification.end() :])
    last = plain[-1:]
    # Within letters and digits alone: phosphoSTAT3, BRAFV600E, FGFR2b, CD44hi
    for pattern, endings, text in _OF_TOKENS if plain.isalnum() else _OF_NAMES:
        if (endings is None or last in endings) and text in plain and pattern.search(plain):
            shorter.append(pattern.sub("", plain))
    return (*shorter, *_rewritten(plain))


def _without_prefix(plain: str, species_prefixes: tuple[str, ...]) -> Iterator[str]:
    """Yield a name without the prefix of its organism.

    >>> list(_without_prefix("human AKT1", ("h", "human"))), list(_without_prefix("hsa", ("h",)))
    (['AKT1'], [])
    """
    if plain[:1] not in _initials(species_prefixes):
        return
    for prefix in species_prefixes:
        rest = plain[len(prefix) :]
        if len(prefix) > 2:  # a word: human AKT1
            if rest[:1] in (" ", "-") and plain.casefold().startswith(prefix.casefold()):
                yield rest.lstrip(" -")
        elif plain.startswith(prefix) and _AFTER_PREFIX.match(rest):
            yield rest.lstrip("-")


@lru_cache(maxsize=16)
def _initials(species_prefixes: tuple[str, ...]) -> frozenset[str]:
    return frozenset(
        initial for prefix in species_prefixes for initial in (prefix[0].lower(), prefix[0].upper())
    )


def _rewritten(plain: str) -> Iterator[str]:
    """Yield a name with R for its receptor, an index out of its bracket, without a prime, and with
    the other numerals.

    >>> list(_rewritten("IL-6 receptor")), list(_rewritten("cyclooxygenase II"))
    (['IL-6R'], ['cyclooxygenase 2'])
    """
    if " " in plain and _RECEPTOR.search(plain):
        yield _RECEPTOR.sub("R", plain)
    if "(" in plain:
        yield _INDEX_IN_BRACKETS.sub(r"\1", plain)
    if "'" in plain:
        yield _PRIME.sub("", plain)
    if plain[-1:] in _NUMERALS and (match := _NUMERAL.match(plain)):
        yield match[1] + (str(_ROMAN.index(match[2])) if match[2] else _ROMAN[int(match[3])])
    if match := _NUMERAL_OF_SYMBOL.fullmatch(plain):
        yield f"{match[1]}{_ROMAN.index(match[2])}{match[3]}"
