"""Score one figure: its scope, its curated set, what its caption could give away, and what
a recognizer's names recover of it.

The part that does not depend on the recognizer (`FigureContext`) is worked out once per figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nerbench.errors import NerbenchError
from nerbench.nomenclature.abbreviations import abbreviations
from nerbench.nomenclature.folding import fold, normalize_typography
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.nomenclature.matcher import Genes, Matcher
from nerbench.records import CuratedGene, Figure, Level, Mention
from nerbench.scoring.counts import Counts
from nerbench.scoring.gene_links import GeneLinks, link_genes

__all__ = [
    "ALL",
    "FigureContext",
    "FigureScore",
    "GeneOutcome",
    "NameOutcome",
    "Scope",
    "score_figure",
]

_MOST_PLACES = 1_000
"""Stretches that are kept of one gene in one caption: only a hostile one has more."""

_LEVELS = tuple(Level)  # to iterate over the enumeration itself takes longer

ALL = "all"
"""The pooled row, over every organism in a figure's scope."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which organisms a figure is scored for.

    ``taxa`` None means auto: the supported organisms that the record names, else those its
    text mining found (`organisms_ner`), else those of its curated genes.
    """

    taxa: tuple[int, ...] | None = None

    @classmethod
    def parse(cls, text: str, nomenclature: Nomenclature) -> Scope:
        """Read ``auto``, ``all``, an organism's label, or taxon ids joined by commas.

        Raises NerbenchError for an organism that no lexicon is at hand for.

        >>> from nerbench.nomenclature.lexicon import load_nomenclature
        >>> Scope.parse("human,7227", load_nomenclature()).taxa
        (9606, 7227)
        """
        if text == "auto":
            return cls()
        if text == ALL:
            return cls(tuple(nomenclature))
        taxa = []
        for part in text.split(","):
            taxon = nomenclature.taxon_of(part)
            if taxon is None:
                known = ", ".join(f"{o.label} ({o.taxon})" for o in nomenclature.organisms)
                raise NerbenchError(f"unknown organism {part.strip()!r}: use auto, all, or {known}")
            taxa.append(taxon)
        return cls(tuple(dict.fromkeys(taxa)))

    def of(self, figure: Figure, nomenclature: Nomenclature) -> tuple[int, ...]:
        """The taxa that one figure is scored for, in the nomenclature's order."""
        return self.resolve(figure, nomenclature)[0]

    def resolve(self, figure: Figure, nomenclature: Nomenclature) -> tuple[tuple[int, ...], str]:
        """The taxa, and what told them: the record's ``organisms`` or ``organisms_ner``, its
        ``curated genes``, or the ``option`` that the user gave.
        """
        if self.taxa is not None:
            wanted, source = set(self.taxa), "option"
        elif found := _named(figure.organisms, nomenclature):
            wanted, source = found, "organisms"
        elif found := _named(figure.organisms_ner, nomenclature):
            wanted, source = found, "organisms_ner"
        else:
            wanted, source = {gene.taxon for gene in figure.curated}, "curated genes"
        return tuple(taxon for taxon in nomenclature if taxon in wanted), source

    def __str__(self) -> str:
        return "auto" if self.taxa is None else ",".join(map(str, self.taxa))


def _named(names: Iterable[str], nomenclature: Nomenclature) -> set[int]:
    return {taxon for name in names for taxon in nomenclature.taxa_in(name)}


@dataclass(frozen=True, slots=True)
class Member:
    """A curated gene in scope, with its row in the lexicon (None if unknown there)."""

    gene: CuratedGene
    row: int | None


class FigureContext:
    """What a figure's recognizers are measured against.

    ``members`` is the curated set K in scope; ``reachable[level]`` the members that the
    caption could give away to who knows every name but reads no definition, with the
    stretches that do.
    """

    def __init__(
        self, figure: Figure, scope: Scope, matcher: Matcher, abbreviated: bool = True
    ) -> None:
        self.figure = figure
        self.abbreviations = abbreviations(figure.caption) if abbreviated else {}
        self.matcher = matcher
        self.scope, self.scope_from = scope.resolve(figure, matcher.nomenclature)
        self.members: list[Member] = []
        self._by_row: dict[tuple[int, int], int] = {}
        self._by_key: dict[tuple[int, str], list[int]] = {}
        self._by_number: dict[str, list[int]] = {}
        for gene in figure.curated:
            if gene.taxon in self.scope:
                self._add(gene)
        own = frozenset(key for _, key in self._by_key)
        stretches = matcher.find_known_names(figure.caption, own) if self.members else []
        # A name that means no member at the loosest level means none at a stricter one.
        names = {
            name
            for name in {name for _, _, name in stretches}
            if self._meaning(Level.FAMILY, name, None)
        }
        telling = [stretch for stretch in stretches if stretch[2] in names]
        self.reachable = {level: self._places(level, telling) for level in Level}

    def _places(
        self, level: Level, stretches: Iterable[tuple[int, int, str]]
    ) -> dict[int, list[tuple[int, int]]]:
        """The stretches that can mean each member."""
        places: dict[int, list[tuple[int, int]]] = {}
        for start, end, name in stretches:
            for member in self._meaning(level, name, None):
                found = places.setdefault(member, [])
                if len(found) < _MOST_PLACES:
                    found.append((start, end))
        return places

    def _add(self, gene: CuratedGene) -> None:
        row = self.matcher.row(gene)
        if row is None:
            self._by_key.setdefault((gene.taxon, fold(gene.symbol)), []).append(len(self.members))
            if gene.gene_id is not None:
                self._by_number.setdefault(gene.gene_id, []).append(len(self.members))
        elif (gene.taxon, row) in self._by_row:
            return  # an older symbol of a gene that is on the list already
        else:
            self._by_row[gene.taxon, row] = len(self.members)
        self.members.append(Member(gene, row))

    def means(self, level: Level, name: str) -> set[int]:
        """The members that a name can mean in this caption: a short form that the caption
        defines means its long form. A curated gene that the lexicon does not know goes by the
        official symbol that the record gives it.
        """
        return self._meaning(level, name, self.long_form(name))

    def _meaning(self, level: Level, name: str, long: str | None) -> set[int]:
        found: set[int] = set()
        for taxon in self.scope:
            for row in self._rows(level, name, long, taxon):
                if (member := self._by_row.get((taxon, row))) is not None:
                    found.add(member)
            if self._by_key and long is None:
                found.update(self._unknown(level, name, taxon))
        return found

    def _rows(self, level: Level, name: str, long: str | None, taxon: int) -> Genes:
        """The genes that a name can mean in an organism, by its long form if it has one."""
        if long is None:
            return self.matcher.genes(level, name, taxon)
        return self.matcher.genes_defined(level, name, long, taxon)

    def link_genes(self, name: str, mentions: Iterable[Mention]) -> GeneLinks | None:
        """What the identifiers of a name's mentions say, if they have any."""
        long = self.long_form(name)
        return link_genes(
            self.matcher, name, mentions, lambda taxon: self._rows(Level.FAMILY, name, long, taxon)
        )

    def identified(self, found: GeneLinks) -> set[int]:
        """The members that identifiers mean. A curated gene that the lexicon does not know goes
        by the gene id that the record gives it.
        """
        members = {self._by_row[gene] for gene in found.genes if gene in self._by_row}
        for one in found.ids:
            for at in self._by_number.get(one.number, ()):
                if one.taxon in (None, self.taxon(at)):
                    members.add(at)
        return members

    def long_form(self, name: str) -> str | None:
        """What the caption defines a short form to be (`ROS`, and `JAKs` by `JAK`)."""
        if not self.abbreviations:
            return None
        return self.abbreviations.get(name) or self.abbreviations.get(name.removesuffix("s"))

    def _unknown(self, level: Level, name: str, taxon: int) -> Iterator[int]:
        """Members that the lexicon does not know and whose own symbol the name is."""
        lexicon = self.matcher.nomenclature[taxon]
        cased = lexicon.organism.symbol_case
        plain = normalize_typography(name)
        for member in self._by_key.get((taxon, fold(name)), ()):
            symbol = normalize_typography(self.members[member].gene.symbol)
            exact = symbol == plain if cased else symbol.casefold() == plain.casefold()
            if (
                exact
                or level is Level.FAMILY
                or (level is Level.SYNONYM and not (cased and plain in lexicon.exact))
            ):
                yield member

    def taxon(self, member: int) -> int:
        """The taxon of a member of the curated set."""
        return self.members[member].gene.taxon

    def groups(self) -> list[list[int]]:
        """The members of one taxon that one word read in the image put on the list, for each."""
        found: dict[tuple[int, str], list[int]] = {}
        for at, member in enumerate(self.members):
            for word in member.gene.words:
                found.setdefault((member.gene.taxon, word), []).append(at)
        return list(found.values())


@dataclass(frozen=True, slots=True)
class NameOutcome:
    """One distinct name of a figure: its mentions, the members it hits at each level, and what
    its identifiers say, if it has any.
    """

    name: str
    mentions: tuple[Mention, ...]
    hits: dict[Level, frozenset[int]]
    identified: GeneLinks | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """The gene ids of its mentions: ``9606:3569``, or ``NCBIGene:16193`` of no known taxon."""
        return () if self.identified is None else tuple(map(str, self.identified.ids))

    @property
    def ids_agree(self) -> bool | None:
        """Whether its text can mean the genes of its identifiers; None if that is open."""
        return None if self.identified is None else self.identified.agrees

    def hit_at(self) -> Level | None:
        """The strictest level at which the name hits a curated gene."""
        return next((level for level in _LEVELS if self.hits[level]), None)


@dataclass(frozen=True, slots=True)
class GeneOutcome:
    """One curated gene of a figure: the strictest level at which it was recovered, and at
    which the caption could have given it away.
    """

    member: int
    recovered_at: Level | None
    reachable_at: Level | None
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FigureScore:
    """A recognizer's result on one figure: counts by level and organism, and the rows behind."""

    target: FigureContext
    mentions: tuple[Mention, ...]
    names: tuple[NameOutcome, ...]
    genes: tuple[GeneOutcome, ...]
    counts: dict[Level, dict[str, Counts]]


def score_figure(target: FigureContext, mentions: Iterable[Mention]) -> FigureScore:
    """Count one figure's names and genes at every level, per organism in scope and pooled.

    For one organism, the names that count are those that hit it and those that hit nothing
    in scope, so that a human name is not held against the fly list. A name with identifiers
    means their genes at every level, whatever its text.
    """
    mentions = tuple(mentions)
    names = tuple(
        _outcome(target, name, found) for name, found in target.matcher.names(mentions).items()
    )
    recovered = {
        level: frozenset[int]().union(*(name.hits[level] for name in names)) for level in _LEVELS
    }
    reachable = {level: recovered[level] | target.reachable[level].keys() for level in _LEVELS}
    recovered_at, reachable_at = _strictest(recovered), _strictest(reachable)
    naming: dict[int, list[str]] = {}
    for name in names:
        for member in name.hits[Level.FAMILY]:
            naming.setdefault(member, []).append(name.name)
    genes = tuple(
        GeneOutcome(at, recovered_at.get(at), reachable_at.get(at), tuple(naming.get(at, ())))
        for at in range(len(target.members))
    )
    parts = _parts(target)
    words = target.groups()
    groups = {own: [found for found in words if found[0] in own] for own in parts.values()}
    counts: dict[Level, dict[str, Counts]] = {}
    for level in _LEVELS:
        hits = [name.hits[level] for name in names]
        counted = {
            own: _count(own, hits, recovered[level], reachable[level], found)
            for own, found in groups.items()
        }
        counts[level] = {label: counted[own] for label, own in parts.items()}
    return FigureScore(target, mentions, names, genes, counts)


def _strictest(members: Mapping[Level, Iterable[int]]) -> dict[int, Level]:
    """The strictest level at which each member is there."""
    return {at: level for level in reversed(_LEVELS) for at in members[level]}


def _parts(target: FigureContext) -> dict[str, frozenset[int]]:
    """The members of each organism in scope, by its label, and of all of them."""
    by_taxon: dict[int, list[int]] = {taxon: [] for taxon in target.scope}
    for at, member in enumerate(target.members):
        by_taxon[member.gene.taxon].append(at)
    label = target.matcher.nomenclature.label
    parts = {label(taxon): frozenset(found) for taxon, found in by_taxon.items()}
    return parts | {ALL: frozenset(range(len(target.members)))}


def _outcome(target: FigureContext, name: str, mentions: Sequence[Mention]) -> NameOutcome:
    found = target.link_genes(name, mentions)
    if found is None:
        hits = {level: frozenset(target.means(level, name)) for level in _LEVELS}
    else:
        hits = dict.fromkeys(_LEVELS, frozenset(target.identified(found)))
    return NameOutcome(name, tuple(mentions), hits, found)


def _count(
    own: frozenset[int],
    hits: Sequence[frozenset[int]],
    recovered: frozenset[int],
    reachable: frozenset[int],
    groups: Sequence[Sequence[int]],
) -> Counts:
    """The counts for some of the members and their groups: an organism's, or all in scope."""
    hitting = sum(not found.isdisjoint(own) for found in hits)
    return Counts(
        names=hitting + sum(not found for found in hits),
        hits=hitting,
        curated=len(own),
        recovered=len(recovered & own),
        reachable=len(reachable & own),
        groups=len(groups),
        groups_found=sum(not recovered.isdisjoint(members) for members in groups),
    )
