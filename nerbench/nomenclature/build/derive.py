"""Derive names that authors use from official ones: other orders of words, and shared stems."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

_GREEK = (
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|pi|rho|sigma|tau|omega"
)
_BRACKETS = re.compile(r"\s*\((?:[^()]|\([^()]*\))*\)")
# A protein's name in brackets or after a comma: nephrosis 2 (podocin); stomatin family, podocin
_PRODUCT = re.compile(r"(?:\(|, )([a-z]{4,}(?:in|ase)(?: [A-Z\d]{1,2})?)\)?$")
_PRECURSOR = re.compile(
    r" (?:antimicrobial peptide|prepropeptide|preproprotein|propeptide|precursor)$"
)
# The homolog of a gene of another species: patched homolog 1 (Drosophila)
_SPECIES = re.compile(r" \((?:Drosophila|[A-Z]\. ?[a-z]+|yeast|mouse|rat|chicken|Xenopus)\)$")
_HOMOLOG = re.compile(r",? (?:protein )?homolog(?:ue)?(?= [\dA-Z]{1,2}$|$)")
_SPELLINGS = (
    (re.compile(r"\btumor"), "tumour"),
    (re.compile(r"\bestrogen"), "oestrogen"),
    (re.compile(r"\bheme\b"), "haem"),
    (re.compile(r"\bhemo"), "haemo"),
)
_ORDERS = (
    # actin beta, catenin beta 1: beta actin, beta catenin 1
    (re.compile(rf"^([\w-]+(?: [\w-]+)?),? ({_GREEK})( \d+)?$"), r"\2 \1\3"),
    # elastase, neutrophil; nitric oxide synthase 2, inducible
    (re.compile(r"^([^,]+), ((?!member|type|subunit|class)[a-z][\w-]+(?: [a-z]\w+)?)$"), r"\2 \1"),
    # cytochrome P450 family 2 subfamily E member 1: cytochrome P450 2E1
    (re.compile(r"^(.+?),? family (\d+),? subfamily (\w+),? \w+ (\d+)$"), r"\1 \2\3\4"),
    # aldehyde dehydrogenase 1 family member A1: aldehyde dehydrogenase 1A1
    (re.compile(r"^(.+) (\d+) family,? member ([A-Z]\d+)$"), r"\1 \2\3"),
    (re.compile(r"^(.+) family (\d+),? member ([A-Z]\d+)$"), r"\1 \2\3"),
    (re.compile(r"^(.+ \d+) family member$"), r"\1"),
    # ATP binding cassette subfamily G member 1: ATP binding cassette transporter G1
    (re.compile(r"^(ATP binding cassette) subfamily (.) member (\d+)$"), r"\1 transporter \2\3"),
    # aldolase, fructose-bisphosphate A: aldolase A
    (re.compile(r"^(\w+ase), [a-z-]+ ([A-Z])$"), r"\1 \2"),
    # 5-hydroxytryptamine receptor 2C: 5-hydroxytryptamine 2C receptor
    (re.compile(r"^(.+) receptor (type \w+|\d?[A-Z]?\d?)$"), r"\1 \2 receptor"),
)  # fmt: skip

# What tells the members of a family apart, at the end of their names.
_DESIGNATOR = re.compile(
    rf"(?:,? (?:(?:family )?member|subunit|type|chain|isoform|polypeptide|class|group|isozyme))?,?"
    rf"[ -](?:{_GREEK}|\d+[A-Z]?\d*(?:/\d+)*|[IVX]+[a-z]?|[A-Z]\d?(?:/[A-Z\d]\d?)*)$"
)
_TAIL = re.compile(
    r",? (?:(?:family )?member|subunit|type|chain|isoform|polypeptide|class|family)$"
)
_NO_MEMBER = re.compile(
    r"pseudogene|antisense|tRNA-|\bRNA\b|non-protein|non-coding|microRNA|readthrough|transcript|"
    r"open reading|containing|sequence similarity|\blike$"
)
_NUMBERED = re.compile(r"(.+) (receptor|\w+ase|type) ([1-8])")
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII")
_MAX_FAMILY = 60
_SYMBOL = re.compile(r"([A-Z][A-Za-z0-9]*[A-Za-z])-?\d{1,2}[A-Z]?\d?")
# Not L, P and R: what is like a member, a pseudogene, a receptor
_LETTERED_SYMBOL = re.compile(r"([A-Z]{2}[A-Z\d]*\d)[A-KM-OQS-Z]")
_MICRO_RNA = re.compile(r"MIR(LET)?(\d+)([A-Z]?)(?:-?\d)?")
_MIN_STEM = 3
_NO_FAMILY = re.compile(rf".*orf|(?i:{_GREEK})")  # Beta, of BETA3


def without_homolog(name: str) -> str:
    """Return a full name without the word that it is the homolog of another species' gene.

    >>> without_homolog("patched homolog 1 (Drosophila)"), without_homolog("diablo homolog")
    ('patched 1', 'diablo')
    """
    return _HOMOLOG.sub("", _SPECIES.sub("", name))


def variants(name: str) -> Iterator[str]:
    """Yield other orders and spellings of an official full name.

    >>> list(variants("catenin beta 1")), list(variants("nitric oxide synthase 2, inducible"))
    (['beta catenin 1'], ['inducible nitric oxide synthase 2'])
    >>> list(variants("cytochrome P450 family 2 subfamily E member 1"))
    ['cytochrome P450 2E1']
    """
    if _NO_MEMBER.search(name):
        return
    yield from (match[1] for match in _PRODUCT.finditer(name))
    plain = _BRACKETS.sub("", name).strip()
    if plain != name and " " in plain:
        yield plain
    if (bare := _PRECURSOR.sub("", plain)) != plain:
        yield from bare.split("/")
    ordered = [plain] + [p.sub(r, plain) for p, r in _ORDERS if p.search(plain)]
    yield from ordered[1:]
    yield from _numberings(plain)
    for text in ordered:
        for american, british in _SPELLINGS:
            if american.search(text):
                yield american.sub(british, text)


def _numberings(name: str) -> Iterator[str]:
    """Yield a name that ends in a number with it elsewhere or Roman (``type II receptor``)."""
    match = _NUMBERED.fullmatch(name)
    if match:
        head, is_receptor, number = match[1], match[2] == "receptor", match[3]
        for form in (number, _ROMAN[int(number) - 1]):
            yield f"{head} {match[2]} {form}"
            if is_receptor:
                yield f"{head} type {form} receptor"
                yield f"{head} receptor type {form}"
                yield f"type {form} {head} receptor"


def shortened(full_names: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return full names that begin with the full name of other genes, with these genes' symbol.

    >>> shortened([("TNF", "tumor necrosis factor"), ("X1", "tumor necrosis factor receptor")])
    [('X1', 'TNF receptor')]
    """
    names = [(symbol, name) for symbol, name in full_names if not _NO_MEMBER.search(name)]
    symbols = {name: {symbol} for symbol, name in names}
    for stem, relatives in name_families(names).items():
        symbols.setdefault(stem, set()).update(relatives)
    short = {}
    for name, members in symbols.items():
        prefix = _common_prefix(min(members), max(members))
        if " " in name and len(prefix) >= _MIN_STEM and len(prefix) < len(name) / 2:
            short[name] = prefix
    pairs = set()
    for symbol, name in names:
        words = name.split(" ")
        for count in range(len(words) - 1, 1, -1):
            head = " ".join(words[:count])
            if head in short and short[head] != symbol:
                pairs.add((symbol, f"{short[head]} {' '.join(words[count:])}"))
                break
    return sorted(pairs)


def _common_prefix(first: str, last: str) -> str:
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), None)
    return min(first, last, key=len) if length is None else first[:length]


def name_families(full_names: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return the stems that official full names share, each with the symbols of its genes.

    >>> name_families([("LDHA", "lactate dehydrogenase A"), ("LDHB", "lactate dehydrogenase B"),
    ...     ("LDHD", "lactate dehydrogenase D"), ("TP53", "tumor protein p53")])
    {'lactate dehydrogenase': ('LDHA', 'LDHB', 'LDHD')}
    """
    members: dict[str, set[str]] = defaultdict(set)
    names = [(symbol, name) for symbol, name in full_names if not _NO_MEMBER.search(name)]
    for symbol, name in names:
        for stem in _stems(_BRACKETS.sub("", name).strip()):
            members[stem].add(symbol)
    for symbol, name in names:
        if name in members:  # angiotensin I converting enzyme, of the stem of its homolog 2
            members[name].add(symbol)
    return {
        stem: tuple(sorted(symbols))
        for stem, symbols in sorted(members.items())
        if len(symbols) <= _MAX_FAMILY
    }


# What is left of a name when its number is cut off, but is no name
_NO_STEM = re.compile(
    r"^(?:procollagen|human antigen|post-?synaptic density)$"
    r"|(?:like(?: protein)?|subfamily|chromosome|homologu?e?|isoform|genes?|cancer"
    r"|dystrophy|disease|syndrome|variable|sequence|locus|region|candidate|factor [A-Z]|protein"
    r"|antigen Ly)$"
    r"|\b(?:hypothetical|tRNA|pseudogene|isoform)\b"
)


def is_stem_of_genes(stem: str) -> bool:
    """Return whether the stem of full names reads like the name of a family.

    >>> is_stem_of_genes("organic anion transporter"), is_stem_of_genes("olfactory receptor-like")
    (True, False)
    """
    return len(stem) <= 50 and not re.search(r"[,(]", stem) and not _NO_STEM.search(stem)


def micro_rnas(symbols: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the names of microRNAs and of their two strands, each with the symbols of its genes.

    >>> names = micro_rnas(["MIR29A", "MIR29B1", "MIR29B2", "MIRLET7A1"])
    >>> names["miR-29b-3p"], names["let-7a"], len(names["miR-29"])
    (('MIR29B1', 'MIR29B2'), ('MIRLET7A1',), 3)
    """
    members: dict[str, set[str]] = defaultdict(set)
    for symbol in symbols:
        match = _MICRO_RNA.fullmatch(symbol)
        if match:
            stem = ("let-" if match[1] else "miR-") + match[2]
            for name in {stem, stem + match[3].lower()}:
                for strand in ("", "-3p", "-5p"):
                    members[name + strand].add(symbol)
    return {name: tuple(sorted(genes)) for name, genes in sorted(members.items())}


def collagens(symbols: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the names of the types of collagen and of their chains, each with its symbols.

    >>> names = collagens(["COL4A1", "COL4A2", "COL18A1"])
    >>> names["type IV collagen"], names["collagen IV alpha 2"], names["collagen type XVIII"]
    (('COL4A1', 'COL4A2'), ('COL4A2',), ('COL18A1',))
    """
    members: dict[str, set[str]] = defaultdict(set)
    for symbol in symbols:
        if match := re.fullmatch(r"COL(\d+)A(\d+)", symbol):
            kind = _roman(int(match[1]))
            for name in (f"collagen {kind}", f"collagen type {kind}"):
                for form in (name, f"pro{name}", f"{name} alpha {match[2]}"):
                    members[form].add(symbol)
            for number in (kind, match[1]):
                members[f"type {number} collagen"].add(symbol)
            members[f"alpha {match[2]} type {kind} collagen"].add(symbol)
            members[f"COL-{kind}"].add(symbol)
    return {name: tuple(sorted(genes)) for name, genes in sorted(members.items())}


def _roman(number: int) -> str:
    tens, ones = divmod(number, 10)
    return "X" * tens + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[ones]


def _stems(name: str) -> Iterator[str]:
    stem = name
    while (shorter := _DESIGNATOR.sub("", stem)) != stem:
        stem = shorter
        plain = _TAIL.sub("", stem)
        if re.search(r"[a-z]{6}", plain):
            yield plain
            greek = re.fullmatch(rf"([\w-]+(?: [\w-]+)?),? ({_GREEK})", plain)
            if greek:
                yield f"{greek[2]} {greek[1]}"


def symbol_families(symbols: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return the stems of symbols that at least two genes share: pairs of gene and symbol or alias.

    Aliases make a family only if most of its genes have official symbols that begin alike.

    >>> symbol_families([("SUMO1", "SUMO1"), ("SUMO2", "SUMO2"), ("UBC", "UBC")])
    {'SUMO': ('SUMO1', 'SUMO2')}
    """
    members: dict[str, set[str]] = defaultdict(set)
    for gene, symbol in symbols:
        match = _SYMBOL.fullmatch(symbol)
        if match and len(match[1]) >= _MIN_STEM and not _NO_FAMILY.fullmatch(match[1]):
            members[match[1]].add(gene)
    return {
        stem: tuple(sorted(genes))
        for stem, genes in sorted(members.items())
        if len(genes) <= _MAX_FAMILY and _begin_alike(genes)
    }


def lettered_families(symbols: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the stems of official symbols that differ in one letter after a number.

    >>> lettered_families(["KDM4A", "KDM4B", "DNMT3A", "DNMT3L"])
    {'KDM4': ('KDM4A', 'KDM4B')}
    """
    members: dict[str, list[str]] = defaultdict(list)
    for symbol in symbols:
        if match := _LETTERED_SYMBOL.fullmatch(symbol):
            members[match[1]].append(symbol)
    return {
        stem: tuple(sorted(genes))
        for stem, genes in sorted(members.items())
        if 1 < len(genes) <= _MAX_FAMILY
    }


def _begin_alike(symbols: Iterable[str]) -> bool:
    begins = Counter(symbol[:_MIN_STEM] for symbol in symbols)
    most = max(begins.values())
    return most > 1 and 2 * most >= begins.total()
