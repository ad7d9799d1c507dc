"""Which genes a name can mean: G(level, name, organism).

Also what a name is: mentions that differ in white space only are one name, and a
composite mention (``MMP2/9``, ``STAT1-3``) is several.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import accumulate

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

__all__ = ["Genes", "Matcher"]

Genes = frozenset[int]
_NONE: Genes = frozenset()

_SEALED = "\ue000"  # stands for a slash that is part of a name
_LONGEST_NAME = 200  # characters; the longest full name has some hundred
_MOST_FORMS = 100  # a name bears a few additions: some dozen ways of taking them off

# What authors add around a gene's name that does not change which gene it is.
_GENOTYPE = re.compile(r"\s*\(?[+-](?:/[+-])\)?$")
_LEADING = re.compile(
    r"^(?:(?i:phospho(?:rylated)?|acetyl(?:ated)?|ubiquitin(?:ated|ylated)|cleaved|total|active|"
    r"activated|endogenous|exogenous|recombinant|soluble|wild[- ]type|mutant|pro-?)[\s-]+"
    r"|(?i:phospho)(?=[A-Z])|pro(?=[A-Z]{2})|[Pp]-(?=\w)|(?:ac|ub|c|v|t|a)-(?=\w)"
    r"|p(?=[A-Z][A-Za-z]*\d|[A-Z]{2}|[A-Z][a-z]))"
)
_TRAILING = re.compile(
    r"(?:\s+(?:proteins?|genes?|mRNAs?|transcripts?|polypeptides?|homodimers?|dimers?|isoforms?"
    r"|complex(?:es)?)"
    r"|\s*\([^()]*\)|\s+p?[STY](?:er|hr|yr)?-?\d+)$",
)
_RECEPTOR = re.compile(r"\s+receptors?$", re.IGNORECASE)


class Matcher:
    """Match names against the genes of every organism of a nomenclature.

    Genes are rows of the organism's lexicon. Results are remembered, for names repeat.

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
        self._means = lru_cache(maxsize=1 << 18)(self._genes)
        self.form = lru_cache(maxsize=1 << 17)(self._form)
        self._parts = lru_cache(maxsize=1 << 16)(self._split)
        self.names_gene = lru_cache(maxsize=1 << 15)(self._names_gene)
        self._is_known = lru_cache(maxsize=1 << 17)(self._has_known_form)
        self._within = lru_cache(maxsize=1 << 16)(self._known_within)

    def names(self, mentions: Iterable[Mention]) -> dict[str, list[Mention]]:
        """The distinct names among a figure's mentions, with the mentions of each, in order.

        >>> from nerbench.nomenclature.lexicon import load_nomenclature
        >>> mentions = [Mention(0, 6, "MMP2/9"), Mention(10, 14, "MMP2")]
        >>> {n: len(m) for n, m in Matcher(load_nomenclature()).names(mentions).items()}
        {'MMP2': 2, 'MMP9': 1}
        """
        found: dict[str, list[Mention]] = {}
        for mention in mentions:
            for name in self.split(mention.text):
                found.setdefault(name, []).append(mention)
        return found

    def split(self, text: str) -> tuple[str, ...]:
        """`split_composite`, unless the whole is one name (C/EBPβ, NKX2-5, and/or), or longer
        than any name is.
        """
        return self._parts(text) if len(text) <= _LONGEST_NAME else (normalize_space(text),)

    def _split(self, text: str) -> tuple[str, ...]:
        whole = normalize_space(text)
        names = split_composite(whole, self._is_symbol)
        if len(names) < 2:
            return names
        if self._is_one_name(whole, names) or self._is_prose(names):
            return (whole,)
        head = "/".join(whole.split("/", 2)[:2])
        if head != whole and self._is_one_name(
            head, split_composite(head, self._is_symbol)
        ):  # C/EBPα/β
            sealed = split_composite(
                head.replace("/", _SEALED) + whole[len(head) :], self._is_symbol
            )
            return tuple(name.replace(_SEALED, "/") for name in sealed)
        return names

    def _is_symbol(self, name: str) -> bool:
        """Whether the name, as it stands, is spelled like a gene or a family of an organism."""
        return any(self.nomenclature[taxon].is_known(fold(name)) for taxon in self.nomenclature)

    def _is_one_name(self, whole: str, names: tuple[str, ...]) -> bool:
        """Whether the whole is a name that is known, and in no organism each of its parts is."""
        lexicons = [self.nomenclature[taxon] for taxon in self.nomenclature]
        if any(lexicon.by_symbol(whole) for lexicon in lexicons):
            return True
        return any(lexicon.is_known(fold(whole)) for lexicon in lexicons) and not any(
            all(lexicon.is_known(fold(name)) for name in names) for lexicon in lexicons
        )

    def _is_prose(self, names: tuple[str, ...]) -> bool:
        """Whether the parts are words rather than names (serine/threonine kinase)."""
        first = names[0]
        if len(first) > 2 and first.isalpha() and first.islower():
            return not self._is_known(first)
        return any(" " in name for name in names) and not any(map(self._is_known, names))

    def genes(self, level: Level, name: str, taxon: int) -> Genes:
        """G(level, name, organism): the rows of the genes that the name can mean."""
        return self._means(level, name, taxon) if len(name) <= _LONGEST_NAME else _NONE

    def _genes(self, level: Level, name: str, taxon: int) -> Genes:
        lexicon = self.nomenclature[taxon]
        if level is Level.SYMBOL:
            return frozenset(lexicon.by_symbol(name))
        if level is Level.SYNONYM and lexicon.organism.symbol_case:
            exact = lexicon.exact.get(normalize_typography(name))
            if exact is not None:
                return frozenset((exact,))
        form = self.form(name, taxon)
        found = frozenset(lexicon.by_folded_name(fold(form))) | frozenset(lexicon.by_symbol(name))
        if level is Level.SYNONYM and lexicon.organism.symbol_case and form != name:
            exact = lexicon.exact.get(normalize_typography(form))
            return found if exact is None else frozenset((exact,))
        return found | frozenset(lexicon.family(form)) if level is Level.FAMILY else found

    def genes_defined(self, level: Level, short: str, long: str, taxon: int) -> Genes:
        """`genes` of a short form that the caption defines: it takes its long form's meaning.

        None if the long form names no gene (HBV is hepatitis B virus); otherwise what either
        of the two can mean.
        """
        if not self.names_gene(short, long):
            return _NONE
        own = self.genes(level, short, taxon)
        return own if level is Level.SYMBOL else own | self.genes(level, long, taxon)

    def _names_gene(self, short: str, long: str) -> bool:
        """Whether a long form names a gene: some lexicon knows it, it reads like a gene
        product's name, it is one with a few words around (apoptosis regulator Bcl-2), or it
        counts as its short form does (CD81, cluster of differentiation 81).
        """
        number = re.search(r"\d+$", short)
        if number and re.search(rf"(?<!\d){number.group()}$", long) and self._is_known(short):
            return True
        if self._is_known(long) or reads_like_gene(long):
            return True
        words = re.split(r"[\s/]+", long)
        return any(
            self._is_known(part) and not is_ordinary(part) and len(part) > 2 and not part.islower()
            for part in (words[0], words[-1], " ".join(words[-2:]), " ".join(words[:2]))
        )

    def symbols(self, level: Level, name: str, taxon: int) -> list[str]:
        """The official symbols of `genes`, sorted."""
        lexicon = self.nomenclature[taxon]
        return sorted(lexicon.symbols[row] for row in self.genes(level, name, taxon))

    def _form(self, name: str, taxon: int) -> str:
        """The name itself if the organism's lexicon knows it, else the nearest form it knows.

        Taken off, in this order and together: marks of modification and genotype, the
        species prefix, words such as ``protein``, the plural.
        """
        lexicon = self.nomenclature[taxon]
        seen = {name}
        queue = [name]
        for form in queue:
            if lexicon.is_known(fold(form)):
                return form
            # A name that another organism knows as it stands is no plural: Dachs is no two Dach.
            plural = form != name or name[-2:-1].isupper() or not self._is_symbol(name)
            for shorter in _shorter(form, lexicon.organism, plural):
                if len(shorter) > 1 and shorter not in seen and len(seen) < _MOST_FORMS:
                    seen.add(shorter)
                    queue.append(shorter)
        return name

    def row(self, gene: CuratedGene) -> int | None:
        """The lexicon's row of a curated gene, or None where the lexicon does not know it."""
        if gene.taxon not in self.nomenclature:
            return None
        return self.nomenclature[gene.taxon].find(gene.gene_id, gene.symbol)

    def find_known_names(
        self, caption: str, further: frozenset[str] = frozenset()
    ) -> list[tuple[int, int, str]]:
        """Every name that an exhaustive scan finds in a caption: (start, end, name).

        All token-bounded stretches that a lexicon knows, or that fold to one of `further`;
        the single names of composites; and tokens that are a known name with a prefix or a
        plural. Ordinary English is left out.
        """
        found = {
            (s.start, s.end, normalize_space(caption[s.start : s.end]))
            for s in scanner(self.nomenclature)(caption)
            if not s.ordinary
        }
        for match in _CHUNK.finditer(caption):
            start, end = match.span()
            if end - start <= _LONGEST_NAME and (within := self._within(match.group())):
                found.update((start + at, end, name) for at, name in within)
        found.update(_spelled_like(further, caption) if further else ())
        return sorted(found)

    def _known_within(self, chunk: str) -> tuple[tuple[int, str], ...]:
        """The known names of a chunk and of its tails, each with where its text begins."""
        return tuple(
            (at, name)
            for at, text in _tails(chunk)
            for name in self.split(text)
            if not is_ordinary(name) and self._is_known(name)
        )

    def _has_known_form(self, name: str) -> bool:
        """Whether the name, or a shorter form of it, is known in any organism."""
        return any(
            self.nomenclature[taxon].is_known(fold(self.form(name, taxon)))
            for taxon in self.nomenclature
        )


def _spelled_like(keys: frozenset[str], caption: str) -> Iterator[tuple[int, int, str]]:
    """The token-bounded stretches of a caption that fold to one of a few keys."""
    parts = list(pieces(caption))
    folded = "".join(part.folded for part in parts)
    ends = list(accumulate(len(part.folded) for part in parts))
    opens = {at: part.start for at, part in zip([0, *ends], parts, strict=False)}
    closes = {at: part.end for at, part in zip(ends, parts, strict=True)}
    for key in filter(None, keys):
        for at in _occurrences(key, folded):
            if at in opens and at + len(key) in closes:
                start, end = opens[at], closes[at + len(key)]
                if not is_ordinary(caption[start:end]):
                    yield start, end, normalize_space(caption[start:end])


def _occurrences(key: str, text: str) -> Iterator[int]:
    """Where a text holds a key, overlapping ones too."""
    at = text.find(key)
    while at >= 0:
        yield at
        at = text.find(key, at + 1)


# A run of text without spaces, bare of the punctuation around it.
_CHUNK = re.compile(r"(?<![^\W_])[^\W_](?:[^\s,;:()]*[^\W_])?(?![^\W_])")


def _tails(chunk: str) -> Iterator[tuple[int, str]]:
    """A chunk, and what is left of a composite after each of its dashes (anti-MMP2/9)."""
    yield 0, chunk
    if "/" in chunk:
        for at, char in enumerate(chunk[:-1], start=1):
            if is_dash(char) and chunk[at].isalnum():
                yield at, chunk[at:]


def _shorter(name: str, organism: Organism, plural: bool) -> Iterator[str]:
    """The name with one addition taken off, for each addition it bears."""
    plain = normalize_typography(name)
    if plain.isalpha() and plain.islower():  # a word: it can only be a plural
        if plural and plain.endswith("s") and not plain.endswith("ss") and len(plain) > 3:
            yield plain[:-1]
        return
    for pattern in (_GENOTYPE, _LEADING, _TRAILING):
        if (cut := pattern.sub("", plain)) != plain:
            yield cut
    for prefix in organism.species_prefixes:
        rest = plain[len(prefix) :]
        if len(prefix) > 2:
            if plain.casefold().startswith(prefix.casefold()) and rest[:1] in (" ", "-"):
                yield rest.lstrip(" -")
        elif plain.startswith(prefix) and re.match(r"-|[A-Z]|[a-z].*\d$", rest):
            yield rest.lstrip("-")
    if plural and plain.endswith("s") and not plain.endswith("ss") and len(plain) > 3:
        yield plain[:-1]
    if _RECEPTOR.search(plain):
        yield _RECEPTOR.sub("R", plain)
