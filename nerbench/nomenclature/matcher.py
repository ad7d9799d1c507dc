"""Match names against genes: G(level, name, organism), the genes that a name can mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from nerbench.nomenclature.abbreviations import reads_like_gene
from nerbench.nomenclature.composites import split_composite
from nerbench.nomenclature.folding import (
    fold,
    is_dash,
    normalize_space,
    normalize_typography,
    pieces,
)
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.nomenclature.organisms import Organism
from nerbench.nomenclature.scan import is_ordinary, scanner
from nerbench.records import CuratedGene, Level, Mention

Genes = frozenset[int]
"""Rows of genes in the lexicon of an organism."""

_NO_GENES: Genes = frozenset()
_PROTECTED_SLASH = "\ue000"  # stands for a slash within a name while a composite is split
_MAX_NAME_LENGTH = 200  # characters; the longest full name in a lexicon has 120
_MAX_FORMS = 100  # forms of one name that are tried; real names have some ten

# A word of a caption between spaces, without the punctuation around it.
_CHUNK = re.compile(r"(?<![^\W_])[^\W_](?:[^\s,;:()]*[^\W_])?(?![^\W_])")

# Additions around a gene's name that do not change which gene it is.
_GENOTYPE = re.compile(r"\s*\(?[+-](?:/[+-])\)?$")  # Bax-/-, p53 (+/+)
_MODIFICATION = re.compile(
    # phosphorylated STAT3, total AKT, mutant p53
    r"^(?:(?i:phospho(?:rylated)?|acetyl(?:ated)?|ubiquitin(?:ated|ylated)|cleaved|total|active|"
    r"activated|endogenous|exogenous|recombinant|soluble|wild[- ]type|mutant|pro-?)[\s-]+"
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


class Matcher:
    """The genes that names can mean, for every organism of a nomenclature.

    >>> from nerbench.nomenclature.lexicon import load_nomenclature
    >>> matcher = Matcher(load_nomenclature())
    >>> matcher.symbols(Level.SYMBOL, "STAT3", 9606), matcher.symbols(Level.SYMBOL, "Bcl-2", 9606)
    (['STAT3'], [])
    >>> matcher.symbols(Level.SYNONYM, "Dl", 7227), matcher.symbols(Level.SYNONYM, "dl", 7227)
    (['Dl'], ['dl'])
    >>> matcher.symbols(Level.FAMILY, "p-JAKs", 9606)
    ['JAK1', 'JAK2', 'JAK3', 'TYK2']
    """

    def __init__(self, nomenclature: Nomenclature) -> None:
        self.nomenclature = nomenclature
        self._lexicons = [nomenclature[taxon] for taxon in nomenclature]
        # Measured on 701 distinct captions, each scanned and scored once: hit rates of 0.75 and
        # 0.83; without these caches it takes 3 and 4 % longer.
        self._cached_genes = lru_cache(maxsize=1 << 18)(self._find_genes)
        self._cached_chunk_names = lru_cache(maxsize=1 << 16)(self._find_chunk_names)

    def names(self, mentions: Iterable[Mention]) -> dict[str, list[Mention]]:
        """Return the distinct names of mentions, in order, with the mentions of each.

        >>> from nerbench.nomenclature.lexicon import load_nomenclature
        >>> mentions = [Mention(0, 6, "MMP2/9"), Mention(10, 14, "MMP2")]
        >>> {n: len(m) for n, m in Matcher(load_nomenclature()).names(mentions).items()}
        {'MMP2': 2, 'MMP9': 1}
        """
        by_name: dict[str, list[Mention]] = {}
        for mention in mentions:
            for name in self.split(mention.text):
                by_name.setdefault(name, []).append(mention)
        return by_name

    def split(self, text: str) -> tuple[str, ...]:
        """Split a composite mention unless it is one known name (C/EBPβ, NKX2-5) or prose."""
        whole = normalize_space(text)
        if len(text) > _MAX_NAME_LENGTH:
            return (whole,)
        names = split_composite(whole, self._is_known)
        if len(names) < 2:
            return names
        if self._is_one_name(whole, names) or self._is_prose(names):
            return (whole,)
        # The first slash can be part of a name, and the second one not: C/EBPα/β.
        head = "/".join(whole.split("/", 2)[:2])
        if head != whole and self._is_one_name(head, split_composite(head, self._is_known)):
            protected = head.replace("/", _PROTECTED_SLASH) + whole[len(head) :]
            names = split_composite(protected, self._is_known)
            return tuple(name.replace(_PROTECTED_SLASH, "/") for name in names)
        return names

    def _is_known(self, name: str) -> bool:
        return any(lexicon.is_known(fold(name)) for lexicon in self._lexicons)

    def _is_one_name(self, whole: str, names: tuple[str, ...]) -> bool:
        """Return whether the whole is known, and no organism knows each of its parts."""
        if any(lexicon.by_symbol(whole) for lexicon in self._lexicons):
            return True
        return any(lexicon.is_known(fold(whole)) for lexicon in self._lexicons) and not any(
            all(lexicon.is_known(fold(name)) for name in names) for lexicon in self._lexicons
        )

    def _is_prose(self, names: tuple[str, ...]) -> bool:
        """Return whether the parts are words, not names (serine/threonine kinase)."""
        first = names[0]
        if len(first) > 2 and first.isalpha() and first.islower():
            return not self._has_known_form(first)
        return any(" " in name for name in names) and not any(map(self._has_known_form, names))

    def genes(self, level: Level, name: str, taxon: int) -> Genes:
        """Return the genes that the name, or above ``symbol`` its known `form`, can mean."""
        is_name = len(name) <= _MAX_NAME_LENGTH
        return self._cached_genes(level, name, taxon) if is_name else _NO_GENES

    def _find_genes(self, level: Level, name: str, taxon: int) -> Genes:
        lexicon = self.nomenclature[taxon]
        if level is Level.SYMBOL:
            return frozenset(lexicon.by_symbol(name))
        form = self.form(name, taxon)
        if level is Level.SYNONYM and lexicon.organism.symbol_case:
            # Where case tells symbols apart, a symbol in exact case means that gene only.
            for spelling in dict.fromkeys((name, form)):
                row = lexicon.exact.get(normalize_typography(spelling))
                if row is not None:
                    return frozenset((row,))
        genes = frozenset(lexicon.by_folded_name(fold(form))) | frozenset(lexicon.by_symbol(name))
        return genes | frozenset(lexicon.family(form)) if level is Level.FAMILY else genes

    def genes_defined(self, level: Level, short: str, long: str, taxon: int) -> Genes:
        """Return the genes of a short form and its long form; none if that names no gene."""
        if not self.names_gene(short, long):
            return _NO_GENES
        genes = self.genes(level, short, taxon)
        return genes if level is Level.SYMBOL else genes | self.genes(level, long, taxon)

    def names_gene(self, short: str, long: str) -> bool:
        """Return whether a long form names a gene, known or not."""
        # It ends in the number of a known short form: CD81, cluster of differentiation 81.
        number = re.search(r"\d+$", short)
        has_same_number = number and re.search(rf"(?<!\d){number.group()}$", long)
        if has_same_number and self._has_known_form(short):
            return True
        if self._has_known_form(long) or reads_like_gene(long):
            return True
        # Its first or last words are a known name: apoptosis regulator Bcl-2.
        words = re.split(r"[\s/]+", long)
        parts = (words[0], words[-1], " ".join(words[-2:]), " ".join(words[:2]))
        names = (part for part in parts if len(part) > 2 and not part.islower())
        return any(self._has_known_form(name) and not is_ordinary(name) for name in names)

    def symbols(self, level: Level, name: str, taxon: int) -> list[str]:
        """Return the official symbols of `genes`, sorted."""
        lexicon = self.nomenclature[taxon]
        return sorted(lexicon.symbols[row] for row in self.genes(level, name, taxon))

    def row(self, gene: CuratedGene) -> int | None:
        """Return the lexicon's row of a curated gene, or None if the lexicon does not know it."""
        lexicon = self.nomenclature.lexicons.get(gene.taxon)
        return lexicon.find(gene.gene_id, gene.symbol) if lexicon else None

    def form(self, name: str, taxon: int) -> str:
        """Return the nearest form of the name that the organism's lexicon knows, else the name."""
        # Breadth-first: the known form with the fewest additions removed wins, and among those the
        # first in the order of `_reduce`.
        lexicon = self.nomenclature[taxon]
        seen = {name}
        queue = [name]
        for form in queue:
            if lexicon.is_known(fold(form)):
                return form
            # A name that another organism knows as it stands is not a plural: Dachs is not Dach.
            may_be_plural = form != name or name[-2:-1].isupper() or not self._is_known(name)
            for shorter in _reduce(form, lexicon.organism, may_be_plural):
                if len(shorter) > 1 and shorter not in seen and len(seen) < _MAX_FORMS:
                    seen.add(shorter)
                    queue.append(shorter)
        return name

    def _has_known_form(self, name: str) -> bool:
        lexicons = self.nomenclature.lexicons.items()
        return any(lexicon.is_known(fold(self.form(name, taxon))) for taxon, lexicon in lexicons)

    def find_known_names(
        self, caption: str, extra_keys: frozenset[str] = frozenset()
    ) -> list[tuple[int, int, str]]:
        """Return every known name in a caption, except ordinary English, as (start, end, name).

        A span also counts if it folds to one of `extra_keys`, is a part of a composite, or is a
        known name with additions.
        """
        names = {
            (span.start, span.end, normalize_space(caption[span.start : span.end]))
            for span in scanner(self.nomenclature)(caption)
            if not span.ordinary
        }
        for match in _CHUNK.finditer(caption):
            start, end = match.span()
            if end - start <= _MAX_NAME_LENGTH:
                for offset, name in self._cached_chunk_names(match.group()):
                    names.add((start + offset, end, name))
        names.update(_find_folded(extra_keys, caption) if extra_keys else ())
        return sorted(names)

    def _find_chunk_names(self, chunk: str) -> tuple[tuple[int, str], ...]:
        """Return the known names of a chunk's tails, each with its tail's offset."""
        return tuple(
            (offset, name)
            for offset, tail in _tails(chunk)
            for name in self.split(tail)
            if not is_ordinary(name) and self._has_known_form(name)
        )


def _find_folded(keys: frozenset[str], caption: str) -> Iterator[tuple[int, int, str]]:
    """Yield the spans between token borders whose folded form is one of the keys."""
    folded = ""  # the caption; `starts` and `ends` map the borders of its pieces back to offsets
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    for start, end, piece, _ in pieces(caption):
        starts[len(folded)] = start
        folded += piece
        ends[len(folded)] = end
    for key in filter(None, keys):
        position = folded.find(key)
        while position >= 0:
            if position in starts and position + len(key) in ends:
                start, end = starts[position], ends[position + len(key)]
                if not is_ordinary(caption[start:end]):
                    yield start, end, normalize_space(caption[start:end])
            position = folded.find(key, position + 1)


def _tails(chunk: str) -> Iterator[tuple[int, str]]:
    """Yield a chunk and, for a composite, its rest after each dash (anti-MMP2/9), with offsets."""
    yield 0, chunk
    if "/" in chunk:
        for index, char in enumerate(chunk[:-1], start=1):
            if is_dash(char) and chunk[index].isalnum():
                yield index, chunk[index:]


def _reduce(name: str, organism: Organism, may_be_plural: bool) -> Iterator[str]:
    """Yield the name with one addition removed, for each addition that it has."""
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
        elif plain.startswith(prefix) and re.match(r"-|[A-Z]|[a-z].*\d$", rest):
            yield rest.lstrip("-")
    if may_be_plural and ends_in_s:
        yield plain[:-1]
    if _RECEPTOR.search(plain):
        yield _RECEPTOR.sub("R", plain)
