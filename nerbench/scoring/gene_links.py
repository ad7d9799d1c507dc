"""What the identifiers of a name's mentions say: which genes it means, whatever its text.

A tool that links a mention to a gene has said what it means; the text is then only the evidence
that the tool went by, and the two can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from nerbench.nomenclature.gene_ids import GeneId, gene_ids, locate
from nerbench.nomenclature.matcher import Genes, Matcher
from nerbench.records import Level, Mention

__all__ = ["GeneLinks", "link_genes"]

_Located = dict[GeneId, tuple[int, int] | None]
"""Gene ids, and for each its organism and row there, None if no lexicon knows it."""


@dataclass(frozen=True, slots=True)
class GeneLinks:
    """The gene ids of a name.

    ``genes`` are those that a lexicon knows, as (taxon, row). ``agrees`` says whether each of them
    is among the genes that the text can mean in its organism at level `family`; None if no lexicon
    knows any.
    """

    ids: tuple[GeneId, ...]
    genes: frozenset[tuple[int, int]]
    agrees: bool | None

    @property
    def taxa(self) -> frozenset[int]:
        """The organisms that the identifiers are of, as far as they or a lexicon tell."""
        taxa = {one.taxon for one in self.ids if one.taxon is not None}
        return frozenset(taxa | {taxon for taxon, _ in self.genes})


def link_genes(
    matcher: Matcher, name: str, mentions: Iterable[Mention], text_means: Callable[[int], Genes]
) -> GeneLinks | None:
    """The union of what the identifiers of a name's mentions say; None if there are none.

    ``text_means`` gives the genes that the text can mean in an organism. Of the identifiers of a
    composite mention, each of its names takes those that its own text can mean at level `family`,
    or all if it can mean none of them.

    >>> from nerbench.nomenclature.lexicon import load_nomenclature
    >>> matcher = Matcher(load_nomenclature())
    >>> mention = Mention(0, 6, "MMP2/9", ids=("4313", "4318"))
    >>> means = lambda taxon: matcher.genes(Level.FAMILY, "MMP9", taxon)
    >>> found = link_genes(matcher, "MMP9", [mention], means)
    >>> list(map(str, found.ids)), found.agrees
    (['9606:4318'], True)
    """
    ids: _Located = {}
    for mention in mentions:
        if mention.ids:
            ids |= _of_name(matcher, name, mention)
    if not ids:
        return None
    genes = frozenset(gene for gene in ids.values() if gene is not None)
    agrees = all(row in text_means(taxon) for taxon, row in genes) if genes else None
    return GeneLinks(tuple(ids), genes, agrees)


def _of_name(matcher: Matcher, name: str, mention: Mention) -> _Located:
    """The identifiers of a mention that are this name's, and the genes that they are located at."""
    found: _Located = {}
    for one in gene_ids(mention.ids):
        gene = locate(one, matcher.nomenclature)
        found[one if gene is None else GeneId(one.number, gene[0])] = gene
    if len(matcher.split(mention.text)) < 2:
        return found
    own: _Located = {
        one: gene
        for one, gene in found.items()
        if gene is not None and gene[1] in matcher.genes(Level.FAMILY, name, gene[0])
    }
    return own or found
