"""Match names against genes: G(level, name, organism), the genes that a name can mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, chain, product

from nerbench.folding import (
    fold,
    normalize_space,
    normalize_typography,
    pieces,
    restore_greek,
)
from nerbench.nomenclature.abbreviations import is_disease, is_something_else, reads_like_gene
from nerbench.nomenclature.affixes import (
    blank_alleles,
    has_mark,
    reduce,
    without_mark,
)
from nerbench.nomenclature.chains import (
    JOINT,
    MAX_CHAIN,
    SYMBOL,
    is_element,
    is_long,
    is_numbered_word,
    is_other,
    links_of,
    may_be_english,
)
from nerbench.nomenclature.composites import split_composite
from nerbench.nomenclature.formulas import is_cell, is_formula
from nerbench.nomenclature.lexicon import Lexicon, Nomenclature
from nerbench.nomenclature.long_forms import genes_spelled
from nerbench.nomenclature.misspellings import Speller
from nerbench.nomenclature.scan import is_english, is_ordinary, scanner
from nerbench.nomenclature.stretches import MAX_NAME_LENGTH, StretchFinder
from nerbench.records import CuratedGene, Level, Mention

Genes = frozenset[int]
"""Rows of genes in the lexicon of an organism."""

_NO_GENES: Genes = frozenset()
_NOTHING = (_NO_GENES, _NO_GENES, _NO_GENES)  # at each level
_PROTECTED_SLASH = "\ue000"  # stands for a slash within a name while a composite is split
# What can follow the beginning of a folded name, so that this means the same gene
_END_OF_NAME = re.compile(
    r"[\d,/]|e?$|protein|homolog|factor|family|viral|oncogene|protooncogene|tumou?rsuppressor"
)
_PLACES = {level: place for place, level in enumerate(Level)}
_MAX_FORMS = 100  # forms of one name that are tried; real names have some ten


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
        self._finders = [lexicon.index.find for lexicon in self._lexicons]
        # Hit rates of 0.86, 0.82 and 0.65 in a run over 701 distinct captions.
        self._cached_genes = lru_cache(maxsize=1 << 18)(self._find_genes)
        self._known_form = lru_cache(maxsize=1 << 17)(self._find_form)
        self._cached_split = lru_cache(maxsize=1 << 16)(self._split)
        self._speller = Speller(nomenclature)
        self._find_stretches = StretchFinder(nomenclature, self._speller)

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
        if len(text) > MAX_NAME_LENGTH:
            return (normalize_space(text),)
        if text.isascii() and text.isalnum():
            return (text,)
        return self._cached_split(text)

    def _split(self, text: str) -> tuple[str, ...]:
        names: list[str] = []
        for name in self._split_beside_slashes(text):
            links = self._split_chain(name)
            # cyclin D-CDK4/6: the slash is within a link
            is_chain = len(links) > 1 and "/" in name
            names += (
                (n for link in links for n in self._split_at_slashes(link)) if is_chain else links
            )
        return tuple(dict.fromkeys(names))

    def _split_beside_slashes(self, text: str) -> Iterator[str]:
        """Yield the names between slashes, or first those of a chain that holds one name with a
        slash (APC/C-Cdh1, C/EBPβ–p300).
        """
        links = self._split_chain(normalize_space(text)) if "/" in text else (text,)
        is_chain = len(links) > 1 and any("/" in n and self._holds_slash(n) for n in links)
        for part in links if is_chain else (text,):
            yield from self._split_at_slashes(part)

    def _split_at_slashes(self, text: str) -> tuple[str, ...]:
        whole = normalize_space(text)
        composite = restore_greek(whole)
        names = self._parts(composite)
        if len(names) > 1 and (self._is_one_name(whole, names) or self._is_prose(names)):
            return (whole,)
        # The first slash can be part of a name, and the second one not: C/EBPα/β.
        head = "/".join(composite.split("/", 2)[:2])
        if head != composite and self._is_known(head) and self._holds_slash(head):
            protected = head.replace("/", _PROTECTED_SLASH) + composite[len(head) :]
            names = self._parts(protected)
            return tuple(name.replace(_PROTECTED_SLASH, "/") for name in names)
        return names if names != (composite,) else (whole,)

    def _parts(self, composite: str) -> tuple[str, ...]:
        return split_composite(composite, self._is_known, self._is_one_name)

    def _split_chain(self, name: str) -> tuple[str, ...]:
        """Split a chain of known names (PI3K-Akt-mTOR, IL-6 and TNF) unless the whole is known."""
        parts = JOINT.split(name)
        if not 1 < len(parts) <= MAX_CHAIN or self._is_known_whole(name, parts):
            return (name,)
        return links_of(name, self._is_link) or self._split_with_others(name) or (name,)

    def _is_known_whole(self, name: str, parts: Sequence[str]) -> bool:
        """Return whether an organism knows a chain as one name and no other knows its parts; a part
        of one or two characters is none (cyclin-D1).
        """
        known = [self._knows_form(name, taxon) for taxon in self.nomenclature]
        if any(known) and min(map(len, parts)) < 3:
            return True
        return any(known) and not any(
            all(p[:1].isalpha() and lexicon.is_known(fold(p)) and self._is_link(p) for p in parts)
            for lexicon, is_known in zip(self._lexicons, known, strict=True)
            if not is_known
        )

    def _split_with_others(self, name: str) -> tuple[str, ...]:
        """Return the links of a chain that holds, besides a known name, what signals with it (ARE,
        PGE2, Ca2+) or a known name that is English (HGF-Met); or, besides two, an unknown symbol.
        """

        def is_sure(part: str) -> bool:
            is_word = may_be_english(part) and self._has_known_form(part)
            return self._is_link(part) or is_other(part) or is_word

        links = links_of(name, lambda part: SYMBOL.fullmatch(part) is not None or is_sure(part))
        needed = 1 if all(map(is_sure, links)) else 2
        return links if sum(map(self._is_link, links)) >= needed else ()

    def _is_link(self, name: str) -> bool:
        """Return whether a part of a chain is a name for certain: no English, no letter, no II, no
        chemical element.
        """
        return (
            is_long(name)
            and (not is_english(name) or is_numbered_word(name))
            and self._has_known_form(name)
        )

    def _is_known(self, name: str) -> bool:
        return self._is_known_key(fold(name))

    def _is_known_key(self, key: str) -> bool:
        return any(find(key) for find in self._finders)

    def _is_one_name(self, whole: str, names: tuple[str, ...]) -> bool:
        """Return whether the whole is known, and no organism knows each of its parts, of which none
        is a chemical element (Cu/Zn-SOD); or a letter and a slash begin a known name (C/EBP).
        """
        if any(lexicon.by_symbol(whole) for lexicon in self._lexicons):
            return True
        if whole[1:2] == "/" and scanner(self.nomenclature).states[fold(whole)]:
            return True
        return any(lexicon.is_known(fold(whole)) for lexicon in self._lexicons) and not any(
            all(lexicon.is_known(fold(name)) and not is_element(name) for name in names)
            for lexicon in self._lexicons
        )

    def _holds_slash(self, name: str) -> bool:
        parts = self._parts(name)
        return len(parts) < 2 or self._is_one_name(name, parts)

    def _is_prose(self, names: tuple[str, ...]) -> bool:
        """Return whether the parts are words, not names (serine/threonine kinase)."""
        first = names[0]
        if len(first) > 2 and first.isalpha() and first.islower():
            return not self._has_known_form(first)
        return any(" " in name for name in names) and not any(map(self._has_known_form, names))

    def genes(self, level: Level, name: str, taxon: int) -> Genes:
        """Return the genes that the name, or above ``symbol`` its known `form`, can mean."""
        if len(name) > MAX_NAME_LENGTH:
            return _NO_GENES
        return self._cached_genes(name, taxon)[_PLACES[level]]

    def _find_genes(self, name: str, taxon: int) -> tuple[Genes, Genes, Genes]:
        """Return the genes that a name can mean at each level."""
        form, key = self._known_form(name, taxon)
        if key is None or is_cell(name):
            return _NOTHING
        lexicon = self.nomenclature[taxon]
        official = frozenset(lexicon.by_symbol(name))
        if is_formula(name) or (form != name and is_formula(form)):  # cAMP is not CAMP
            return official if name in lexicon.exact else _NO_GENES, _NO_GENES, _NO_GENES
        rows = lexicon.rows(key)
        named = official.union(rows.own) if rows.own else official
        family = named.union(rows.family) if rows.family else named
        if lexicon.organism.symbol_case:
            # Where case tells symbols apart, a symbol in exact case means that gene only.
            for spelling in dict.fromkeys((name, form)):
                row = lexicon.exact.get(normalize_typography(spelling))
                if row is not None:
                    return official, frozenset((row,)), family
        return official, named, family

    def genes_defined(self, level: Level, short: str, long: str, taxon: int) -> Genes:
        """Return the genes of a short form and its long form; none if that names no gene."""
        genes = self.genes(level, short, taxon)
        if level is not Level.SYMBOL:
            genes |= self.genes(level, long, taxon)
        return genes if genes and self.names_gene(short, long) else _NO_GENES

    def genes_of_long_form(self, level: Level, long: str, short: str, taxon: int) -> Genes:
        """Return the genes of a long form; of one that the lexicon does not know, those of its
        short form whose names it spells.
        """
        if self._knows_form(long, taxon):
            return self.genes(level, long, taxon)
        rows = self.genes_defined(level, short, long, taxon)
        return genes_spelled(long, rows, self.nomenclature[taxon]) if rows else rows

    def names_gene(self, short: str, long: str) -> bool:
        """Return whether a long form names a gene, known or not."""
        if is_disease(long):
            return False
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
        if any(self._has_known_form(name) and not is_ordinary(name) for name in names):
            return True
        return any(self._spells_out(short, long, taxon) for taxon in self.nomenclature)

    def _spells_out(self, short: str, long: str, taxon: int) -> bool:
        """Return whether a word of the long form names a gene that the short form means (``WNT:
        wingless/int1``), or a name of such a gene begins with all of it (``RB: retinoblastoma``).
        """
        rows = self.genes(Level.FAMILY, short, taxon)
        if not rows or is_something_else(long):
            return False
        words = (word for word in re.split(r"[\s/-]+", long) if len(word) > 3)
        if any(rows & self.genes(Level.FAMILY, word, taxon) for word in words):
            return True
        key, lexicon = fold(long), self.nomenclature[taxon]
        return len(key) > 5 and any(
            rows.intersection(lexicon.by_folded_name(name))
            for name in lexicon.index.names(key)
            if _END_OF_NAME.match(name[len(key) :])
        )

    def symbols(self, level: Level, name: str, taxon: int) -> list[str]:
        """Return the official symbols of `genes`, sorted."""
        lexicon = self.nomenclature[taxon]
        return sorted(lexicon.symbols[row] for row in self.genes(level, name, taxon))

    def row(self, gene: CuratedGene) -> int | None:
        """Return the lexicon's row of a curated gene, or None if the lexicon does not know it."""
        lexicon = self.nomenclature.lexicons.get(gene.taxon)
        return lexicon.find(gene.gene_id, gene.symbol) if lexicon else None

    def knows_id(self, gene: CuratedGene) -> bool:
        """Return whether a lexicon has the id of a curated gene."""
        lexicon = self.nomenclature.lexicons.get(gene.taxon)
        return lexicon is not None and gene.gene_id in lexicon.by_id

    def form(self, name: str, taxon: int) -> str:
        """Return the nearest form of the name that the organism's lexicon knows, else the name."""
        return self._known_form(name, taxon)[0]

    def _find_form(self, name: str, taxon: int) -> tuple[str, str | None]:
        """Return the form of a name and what it folds to; the name and None if it has none."""
        if len(name) > MAX_NAME_LENGTH:
            return name, None
        # Breadth-first: the known form with the fewest additions removed wins, and among those the
        # first in the order of `reduce`.
        lexicon = self.nomenclature[taxon]
        seen = {name}
        queue = [name]
        for form in queue:
            key = fold(form)
            if lexicon.is_known(key):
                bare = self._without_mark(form, taxon) or self._singular(form, taxon)
                return (form, key) if bare is None else (bare, fold(bare))
            # A name that another organism knows as it stands is not a plural: Dachs is not Dach.
            may_be_plural = form[-2:-1].isupper() or not self._is_known_key(key)
            for shorter in reduce(form, lexicon.organism, may_be_plural):
                if len(shorter) > 1 and shorter not in seen and len(seen) < _MAX_FORMS:
                    seen.add(shorter)
                    queue.append(shorter)
        corrected = self._speller.correct_name(name)
        if corrected is not None and (known := self._known_form(corrected, taxon))[1] is not None:
            return known
        return name, None

    def _without_mark(self, name: str, taxon: int) -> str | None:
        """Return a known name without its mark (``pERK``) if it is by chance that another gene
        (PERK) folds like the whole; None if the whole is meant.
        """
        bare, lexicon = without_mark(name), self.nomenclature[taxon]
        if bare is None or len(bare) < 2 or not lexicon.is_known(fold(bare)):
            return None
        plain = normalize_typography(name)
        # A symbol; perk, pannexin-1
        if plain in lexicon.exact or (plain.islower() and fold(plain) == plain.replace("-", "")):
            return None
        rows, bare_rows = (
            {*lexicon.by_folded_name(fold(form)), *lexicon.family(form)} for form in (name, bare)
        )
        if rows <= bare_rows:
            return None
        is_other = rows.isdisjoint(bare_rows)
        return None if is_other and _is_spelled_with_mark(plain, lexicon) else bare

    def _singular(self, name: str, taxon: int) -> str | None:
        """Return a known name without its plural s if it is by chance that another name folds like
        the whole (``GlyRs``: GlyRS is another gene); None if the lexicon spells the whole so.
        """
        bare, lexicon = name[:-1], self.nomenclature[taxon]
        if name[-1:] != "s" or len(bare) < 2 or not (bare[-1].isupper() or bare[-1].isdigit()):
            return None
        is_spelled = name in lexicon.exact or name in lexicon.index.spellings(name)
        return None if is_spelled or not lexicon.is_known(fold(bare)) else bare

    def _has_known_form(self, name: str) -> bool:
        return any(self._knows_form(name, taxon) for taxon in self.nomenclature)

    def _knows_form(self, name: str, taxon: int) -> bool:
        return self._known_form(name, taxon)[1] is not None

    def find_names(self, caption: str) -> set[tuple[int, int, str]]:
        """Return the names of every stretch of a caption, as (start, end, name).

        They are all that a mention between token borders can be that any lexicon knows: known names
        with additions and parts of composites too, ordinary English words, and strings that mean
        nothing.
        """
        return {
            (start, end, name)
            for start, end in self._find_stretches(blank_alleles(caption))
            if end - start <= MAX_NAME_LENGTH
            for name in self.split(caption[start:end])
        }


def _is_spelled_with_mark(name: str, lexicon: Lexicon) -> bool:
    """Return whether a lexicon writes a name as if it had a mark: pS2, P-selectin. Case counts
    (pERK, PERK) unless a dash sets off the mark.
    """
    mark_length = name[:4].find("-") + 1
    if not mark_length:
        return has_mark(name) and name in lexicon.index.spellings(name)
    marks = product(*({char.lower(), char.upper()} for char in name[:mark_length]))
    spellings = (lexicon.index.spellings("".join(mark)) for mark in marks)
    return any(
        spelling.casefold() == name.casefold() and has_mark(spelling)
        for spelling in chain.from_iterable(spellings)
    )


def find_folded(keys: Iterable[str], caption: str) -> Iterator[tuple[int, int, str]]:
    """Yield the spans between token borders whose folded form is one of the keys."""
    parts = pieces(caption)
    folded = "".join([piece for _, _, piece, _ in parts])
    # The borders of the pieces in the folded caption, and their offsets in the caption
    borders = list(accumulate((len(piece) for _, _, piece, _ in parts), initial=0))
    starts = dict(zip(borders, [start for start, _, _, _ in parts], strict=False))
    ends = dict(zip(borders[1:], [end for _, end, _, _ in parts], strict=True))
    for key in filter(None, keys):
        position = folded.find(key)
        while position >= 0:
            if position in starts and position + len(key) in ends:
                start, end = starts[position], ends[position + len(key)]
                yield start, end, normalize_space(caption[start:end])
            position = folded.find(key, position + 1)
