"""Tell which genes a mention can mean, and by which alias: what `nerbench lexicon lookup` shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nerbench.folding import fold
from nerbench.nomenclature.index import DOUBTFUL, FAMILY, Alias
from nerbench.nomenclature.lexicon import Lexicon
from nerbench.nomenclature.matcher import Matcher
from nerbench.records import Level

OFFICIAL = "official"
"""The trust of an official symbol."""

_TRUSTS = (OFFICIAL, "authority", "curated", "several", "lone", DOUBTFUL)


@dataclass(frozen=True, slots=True)
class LinkedGene:
    """A gene that a name can mean, with the alias that links them, its sources and its trust."""

    symbol: str
    gene_id: str
    alias: str
    source: str
    trust: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """The genes of one organism that one name of a mention can mean at one level."""

    mention: str
    name: str
    organism: str
    level: Level
    genes: tuple[LinkedGene, ...]


def look_up(mention: str, taxa: Sequence[int], matcher: Matcher) -> Iterator[Meaning]:
    """Yield what each name of a mention can mean, by organism and level.

    >>> from nerbench.nomenclature.lexicon import load_nomenclature
    >>> meanings = look_up("IL8/STAT3", [9606], Matcher(load_nomenclature()))
    >>> [(m.name, m.level.value, m.genes[0].symbol) for m in meanings if m.genes][:2]
    [('IL8', 'synonym', 'CXCL8'), ('IL8', 'family', 'CXCL8')]
    """
    for name in matcher.split(mention):
        for taxon in taxa:
            lexicon = matcher.nomenclature[taxon]
            key = fold(matcher.form(name, taxon))
            for level in Level:
                rows = sorted(matcher.genes(level, name, taxon), key=lexicon.symbols.__getitem__)
                genes = tuple(_link(lexicon, key, row) for row in rows)
                yield Meaning(mention, name, lexicon.organism.label, level, genes)


def _link(lexicon: Lexicon, key: str, row: int) -> LinkedGene:
    """Return a gene with the most trusted alias by which the folded name means it."""
    symbol, gene_id = lexicon.symbols[row], lexicon.gene_ids[row]
    aliases = [alias for alias in lexicon.index.aliases(key) if row in alias.rows]
    if fold(symbol) == key or not aliases:
        authority = str(lexicon.metadata["sources"][0]["title"]).split(" (")[0]
        return LinkedGene(symbol, gene_id, symbol, authority, OFFICIAL)
    best = min(aliases, key=_rank)
    return LinkedGene(symbol, gene_id, best.name, best.source, best.trust)


def _rank(alias: Alias) -> tuple[bool, int]:
    return alias.kind == FAMILY, _TRUSTS.index(alias.trust)
