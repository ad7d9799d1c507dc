"""Score one figure: compare the names that a recognizer reports with the figure's curated genes.

`FigureContext`, made once per figure, holds all that does not depend on the recognizer.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from nerbench.folding import fold, normalize_typography
from nerbench.nomenclature.abbreviations import abbreviations
from nerbench.nomenclature.affixes import without_mark
from nerbench.nomenclature.formulas import find_ions, is_formula
from nerbench.nomenclature.matcher import Genes, Matcher, find_folded
from nerbench.nomenclature.scan import is_english
from nerbench.records import LEVELS, CuratedGene, Figure, Level, Mention
from nerbench.scoring.counts import Counts
from nerbench.scoring.gene_links import GeneLinks, link_genes
from nerbench.scoring.scope import ALL, Scope

_MAX_SPANS_PER_GENE = 1_000  # in one caption; only hostile captions have more

_MARKS_AROUND = re.compile(r"^[\W_]+|[\W_]+$")

Gene = tuple[int, int | str]
"""Taxon, and the row in its lexicon; of a gene that the lexicon lacks, its gene id or symbol."""


class FigureContext:
    """A figure, its curated genes in scope, and those of them that its caption names.

    ``members`` are the genes in scope, referred to by index. ``reachable`` holds, for each level,
    those that a stretch of the caption reaches, whatever a recognizer finds, with the spans.
    """

    def __init__(
        self, figure: Figure, scope: Scope, matcher: Matcher, read_abbreviations: bool = True
    ) -> None:
        self.figure = figure
        self.matcher = matcher
        defined = abbreviations(figure.caption) if read_abbreviations else {}
        ions = dict.fromkeys((neutral for _, _, neutral in find_ions(figure.caption)), "an ion")
        self.abbreviations = ions | defined
        # The short forms of the caption, by their folded long forms
        self._short_forms = {fold(long): short for short, long in reversed(defined.items())}
        self.scope, self.scope_from = scope.resolve(figure, matcher.nomenclature)
        self.members: list[CuratedGene] = []
        self._by_gene: dict[Gene, int] = {}
        # Members that the lexicon does not know, by their taxon and folded symbol
        self._by_folded_symbol: dict[tuple[int, str], list[int]] = {}
        self._genes_by_word: dict[str, set[Gene]] = {}  # by the folded words of the image
        self._gene_of_id: dict[tuple[int, str], Gene] = {}  # of the ids in the record
        self._long_forms: dict[str, str | None] = {}
        self._genes_of_name: dict[tuple[Level, str], frozenset[Gene]] = {}
        self._add_members()
        self.reachable = self._find_reachable() if self.members else {level: {} for level in LEVELS}

    def _add_members(self) -> None:
        rows = {gene: self.matcher.row(gene) for gene in self.figure.curated}
        # A gene whose id the lexicon lacks goes by its symbol, unless another listed gene has it.
        sure = {
            (gene.taxon, row)
            for gene, row in rows.items()
            if row is not None and self.matcher.knows_id(gene)
        }
        for gene, row in rows.items():
            if gene.taxon in self.scope:
                is_other = (gene.taxon, row) in sure and not self.matcher.knows_id(gene)
                self._add_member(gene, None if is_other and gene.gene_id else row)

    def _add_member(self, gene: CuratedGene, row: int | None) -> None:
        known: Gene = _unknown_gene(gene) if row is None else (gene.taxon, row)
        member = self._by_gene.setdefault(known, len(self.members))
        if row is None:
            key = gene.taxon, fold(gene.symbol)
            self._by_folded_symbol.setdefault(key, []).append(member)
        if gene.gene_id is not None:
            self._gene_of_id[gene.taxon, gene.gene_id] = known
        for word in gene.words:
            self._genes_by_word.setdefault(fold(_without_marks(word)), set()).add(known)
        if member == len(self.members):  # else a previous symbol of a gene that is a member
            self.members.append(gene)

    def _find_reachable(self) -> dict[Level, dict[int, list[tuple[int, int]]]]:
        caption = self.figure.caption
        symbols = {symbol for _, symbol in self._by_folded_symbol}
        reachable: dict[Level, dict[int, list[tuple[int, int]]]] = {level: {} for level in LEVELS}
        reached: dict[str, dict[Level, frozenset[int]]] = {}
        stretches = {
            *self.matcher.find_names(caption),
            *find_folded(self._genes_by_word.keys() | symbols | self._short_forms.keys(), caption),
        }  # fmt: skip
        for start, end, name in sorted(stretches):
            if name not in reached:
                reached[name] = self._reached(name)
            for level, members in reached[name].items():
                for member in members:
                    spans = reachable[level].setdefault(member, [])
                    if len(spans) < _MAX_SPANS_PER_GENE:
                        spans.append((start, end))
        return reachable

    def _reached(self, name: str) -> dict[Level, frozenset[int]]:
        """Return the members that a name in the caption reaches at each level."""
        # A name that means no member at the loosest level means none at a stricter one.
        loosest = self.members_of_name(Level.FAMILY, name)
        if not loosest:
            return {}
        is_word = is_english(name) and without_mark(name) is None  # p-Tau is none
        if is_word and not self._is_listed_or_symbol(name):
            return {}
        strict = {
            level: self.members_of_name(level, name) for level in (Level.SYMBOL, Level.SYNONYM)
        }
        return {**strict, Level.FAMILY: loosest}

    def _is_listed_or_symbol(self, name: str) -> bool:
        """Return whether a name is, in exact case, a symbol or a word that put a gene here."""
        plain = normalize_typography(name)
        return any(plain in self.matcher.nomenclature[taxon].exact for taxon in self.scope) or any(
            plain == gene.symbol or plain in map(_without_marks, gene.words)
            for gene in self.members
        )

    def members_of_name(self, level: Level, name: str) -> frozenset[int]:
        """Return the members that a name can mean; a defined short form means its long form."""
        return self.members_among(self.genes_of_name(level, name))

    def genes_of_name(self, level: Level, name: str) -> frozenset[Gene]:
        """Return the genes in scope that a name can mean, curated or not."""
        # A name of the caption is asked for to find what is reachable, and for each model.
        if (level, name) not in self._genes_of_name:
            genes = self._genes(level, name, self.long_form(name))
            self._genes_of_name[level, name] = frozenset(genes)
        return self._genes_of_name[level, name]

    def members_among(self, genes: Iterable[Gene]) -> frozenset[int]:
        by_gene = self._by_gene
        return frozenset([by_gene[gene] for gene in genes if gene in by_gene])

    def _genes(self, level: Level, name: str, long_form: str | None) -> set[Gene]:
        genes: set[Gene] = set()
        for taxon in self.scope:
            rows = self._rows_of_name(level, name, long_form, taxon)
            genes.update([(taxon, row) for row in rows])
            if self._by_folded_symbol and long_form is None:
                genes.update(self._unknown_genes_of_name(level, name, taxon))
        if level is Level.FAMILY and self._genes_by_word:
            listed = self._genes_by_word.get(fold(name), ())
            is_listed = listed and not is_formula(name)
            if is_listed and (not long_form or self.matcher.names_gene(name, long_form)):
                genes.update(listed)
        return genes

    def _rows_of_name(self, level: Level, name: str, long_form: str | None, taxon: int) -> Genes:
        if long_form is not None:
            return self.matcher.genes_defined(level, name, long_form, taxon)
        if self._short_forms and (short := self._short_forms.get(fold(name))):
            return self.matcher.genes_of_long_form(level, name, short, taxon)
        return self.matcher.genes(level, name, taxon)

    def _unknown_genes_of_name(self, level: Level, name: str, taxon: int) -> Iterator[Gene]:
        """Yield members that the lexicon does not know and whose symbol the name spells."""
        lexicon = self.matcher.nomenclature[taxon]
        case_counts = lexicon.organism.symbol_case
        plain = normalize_typography(name)
        for member in self._by_folded_symbol.get((taxon, fold(name)), ()):
            symbol = normalize_typography(self.members[member].symbol)
            exact = symbol == plain if case_counts else symbol.casefold() == plain.casefold()
            is_synonym = level is Level.SYNONYM and not (case_counts and plain in lexicon.exact)
            if exact or level is Level.FAMILY or is_synonym:
                yield _unknown_gene(self.members[member])

    def link(self, name: str, mentions: Iterable[Mention]) -> GeneLinks | None:
        """Return the gene ids of a name's mentions, or None if they have none."""
        long_form = self.long_form(name)

        def genes_of_text(taxon: int) -> Genes:
            return self._rows_of_name(Level.FAMILY, name, long_form, taxon)

        return link_genes(self.matcher, name, mentions, genes_of_text)

    def genes_of_ids(self, links: GeneLinks) -> frozenset[Gene]:
        """Return the genes in scope that gene ids mean, in the lexicon or not."""
        genes: set[Gene] = {gene for gene in links.genes if gene[0] in self.scope}
        for gene_id in links.unknown:
            for taxon in self.scope:
                key = taxon, gene_id.number
                if gene_id.taxon == taxon or (gene_id.taxon is None and key in self._gene_of_id):
                    genes.add(self._gene_of_id.get(key, key))
        return frozenset(genes)

    def long_form(self, name: str) -> str | None:
        """Return the long form that the caption gives a short form, its plural or singular, or the
        short form with additions (``p-ATP``), if any.
        """
        if not self.abbreviations:
            return None
        if name not in self._long_forms:  # each name is asked for at every level and by each table
            self._long_forms[name] = self._find_long_form(name)
        return self._long_forms[name]

    def _find_long_form(self, name: str) -> str | None:
        for form in (name, name.removesuffix("s"), f"{name}s"):
            if form in self.abbreviations:
                return self.abbreviations[form]
        forms = (self.matcher.form(name, taxon) for taxon in self.scope)
        return next(
            (self.abbreviations[form] for form in forms if form in self.abbreviations), None
        )

    @cached_property
    def contradictions(self) -> dict[int, tuple[str, list[tuple[int, int]]]]:
        """The members that the caption contradicts: a short form that could name the member, and
        put it on the list as far as is known, is defined as no gene, and no place names it.

        The values are the definition, and the spans of the short form.
        """
        contradicted: dict[int, tuple[str, list[tuple[int, int]]]] = {}
        for short, long in self.abbreviations.items():
            if self.matcher.names_gene(short, long):
                continue
            members = self.members_among(self._genes(Level.FAMILY, short, None))
            listed = self._genes_by_word.get(fold(short), set())
            for member in members | self.members_among(listed):
                words = {fold(_without_marks(word)) for word in self.members[member].words}
                is_from_it = not words or fold(short) in words
                if is_from_it and member not in self.reachable[Level.FAMILY]:
                    places = find_folded([fold(short)], self.figure.caption)
                    spans = sorted((start, end) for start, end, _ in places)
                    contradicted.setdefault(member, (long, spans[:_MAX_SPANS_PER_GENE]))
        return contradicted

    def taxon(self, member: int) -> int:
        return self.members[member].taxon

    @cached_property
    def groups(self) -> list[list[int]]:
        """The members of one taxon that each word of the image put on the list.

        A joint word makes a group of each of its parts.
        """
        groups: dict[tuple[int, str, str], list[int]] = {}
        for member, gene in enumerate(self.members):
            joint = {word for word, _ in gene.parts}
            words = ((word, "") for word in gene.words if word not in joint)
            for word, part in (*words, *gene.parts):
                groups.setdefault((gene.taxon, word, part), []).append(member)
        return list(groups.values())

    @cached_property
    def members_by_organism(self) -> dict[str, tuple[tuple[int, ...], frozenset[int]]]:
        """The taxa and members of each organism in scope, and of all together."""
        members = range(len(self.members))
        by_organism = {
            self.matcher.nomenclature.label(taxon): (
                (taxon,), frozenset(member for member in members if self.taxon(member) == taxon)
            )
            for taxon in self.scope
        }  # fmt: skip
        return by_organism | {ALL: (self.scope, frozenset(members))}


@dataclass(frozen=True, slots=True)
class NameOutcome:
    """A distinct name of a figure: its mentions, the genes in scope that it can mean, the members
    that it hits, and its gene ids.
    """

    name: str
    mentions: tuple[Mention, ...]
    genes: dict[Level, frozenset[Gene]]
    hits: dict[Level, frozenset[int]]
    links: GeneLinks | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """Gene ids: ``9606:3569``, or ``NCBIGene:16193`` without a known taxon."""
        return () if self.links is None else tuple(map(str, self.links.ids))

    @property
    def ids_agree(self) -> bool | None:
        """True if its text can mean the genes of its ids; None if no lexicon knows any of them."""
        return None if self.links is None else self.links.agrees

    def hit_at(self) -> Level | None:
        """Return the strictest level at which the name hits a member."""
        return next((level for level in LEVELS if self.hits[level]), None)


@dataclass(frozen=True, slots=True)
class GeneOutcome:
    """A member: the strictest levels at which it is recovered and reachable, and its names."""

    member: int
    recovered_at: Level | None
    reachable_at: Level | None
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FigureScore:
    """A recognizer's result on one figure: counts by level and organism, with every outcome."""

    context: FigureContext
    mentions: tuple[Mention, ...]
    names: tuple[NameOutcome, ...]
    genes: tuple[GeneOutcome, ...]
    counts: dict[Level, dict[str, Counts]]


def score_figure(context: FigureContext, mentions: Iterable[Mention]) -> FigureScore:
    """Count names and genes at every level, for each organism in scope and for `ALL`."""
    mentions = tuple(mentions)
    by_name = context.matcher.names(mentions)
    names = tuple(_score_name(context, name, by_name[name]) for name in by_name)
    recovered = {
        level: frozenset[int]().union(*(name.hits[level] for name in names)) for level in LEVELS
    }
    names_of: list[list[str]] = [[] for _ in context.members]
    for name in names:
        for member in name.hits[Level.FAMILY]:
            names_of[member].append(name.name)
    genes = tuple(
        GeneOutcome(
            member, _strictest(recovered, member), _strictest(context.reachable, member), tuple(of)
        )
        for member, of in enumerate(names_of)
    )
    counts = {
        level: {
            label: _count(names, level, taxa, members, context.reachable[level], context.groups)
            for label, (taxa, members) in context.members_by_organism.items()
        }
        for level in LEVELS
    }
    return FigureScore(context, mentions, names, genes, counts)


def _score_name(context: FigureContext, name: str, mentions: Sequence[Mention]) -> NameOutcome:
    links = context.link(name, mentions)
    if links is None:
        genes = {level: context.genes_of_name(level, name) for level in LEVELS}
    else:  # ids mean their genes at every level, whatever the text
        genes = dict.fromkeys(LEVELS, context.genes_of_ids(links))
    hits = {level: context.members_among(genes[level]) for level in LEVELS}
    return NameOutcome(name, tuple(mentions), genes, hits, links)


def _strictest(members: Mapping[Level, Container[int]], member: int) -> Level | None:
    return next((level for level in LEVELS if member in members[level]), None)


def _count(
    names: Iterable[NameOutcome],
    level: Level,
    taxa: Container[int],
    members: frozenset[int],
    reachable: Iterable[int],
    groups: Iterable[Sequence[int]],
) -> Counts:
    """Count for an organism, or for all; a group is all of one organism."""
    # A name that hits only another organism in scope does not count: a human name does not lower
    # the precision on the fly. A name that is on no list counts for every organism.
    hitting = [name for name in names if not name.hits[level].isdisjoint(members)]
    counted = hitting + [name for name in names if not name.hits[level]]
    recovered = members & {member for name in hitting for member in name.hits[level]}
    claimed = {gene for name in names for gene in name.genes[level] if gene[0] in taxa}
    own_groups = [group for group in groups if group[0] in members]
    return Counts(
        names=len(counted),
        hits=len(hitting),
        curated=len(members),
        recovered=len(recovered),
        reachable=len(members.intersection(reachable)),
        recovered_reachable=len(recovered.intersection(reachable)),
        gene_names=sum(bool(name.genes[level]) for name in counted),
        claimed=len(claimed),
        groups=len(own_groups),
        groups_found=sum(not recovered.isdisjoint(group) for group in own_groups),
    )


def _without_marks(word: str) -> str:
    """Return a word of an image without the punctuation that character recognition left around it.

    >>> [_without_marks(word) for word in ("(Osx,", "LPS)", "Su(H)", "(PD-1)", "Ca2+")]
    ['Osx', 'LPS', 'Su(H)', 'PD-1', 'Ca2']
    """
    if word.isascii() and word.isalnum():
        return word
    bare = _MARKS_AROUND.sub("", normalize_typography(word))
    return f"{bare})" if bare.count("(") > bare.count(")") and ")" in word else bare


def _unknown_gene(gene: CuratedGene) -> Gene:
    return gene.taxon, gene.gene_id or gene.symbol
