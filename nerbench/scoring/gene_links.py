"""The genes that a recognizer links its mentions to, by the identifiers that it gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from nerbench.nomenclature.gene_ids import GeneId, gene_ids, locate
from nerbench.nomenclature.matcher import Genes, Matcher
from nerbench.records import Level, Mention

_LocatedIds = dict[GeneId, tuple[int, int] | None]  # taxon and row in its lexicon, if known


@dataclass(frozen=True, slots=True)
class GeneLinks:
    """The gene ids of a name, those that a lexicon knows as (taxon, row) in ``genes``, the others
    in ``unknown``.

    ``agrees``: whether the text can mean each of ``genes`` at level `family`; None without genes.
    """

    ids: tuple[GeneId, ...]
    genes: frozenset[tuple[int, int]]
    unknown: tuple[GeneId, ...]
    agrees: bool | None

    @property
    def taxa(self) -> frozenset[int]:
        """The organisms of the ids, as far as an id or a lexicon tells."""
        taxa = {gene_id.taxon for gene_id in self.ids if gene_id.taxon is not None}
        return frozenset(taxa | {taxon for taxon, _ in self.genes})


def link_genes(
    matcher: Matcher, name: str, mentions: Iterable[Mention], genes_of_text: Callable[[int], Genes]
) -> GeneLinks | None:
    """Return the gene ids of all mentions of a name together; None if there are none.

    ``genes_of_text`` returns the genes of a taxon that the name can mean at level `family`.

    >>> from nerbench.nomenclature.lexicon import load_nomenclature
    >>> matcher = Matcher(load_nomenclature())
    >>> mention = Mention(0, 6, "MMP2/9", ids=("4313", "4318"))
    >>> genes_of_text = lambda taxon: matcher.genes(Level.FAMILY, "MMP9", taxon)
    >>> links = link_genes(matcher, "MMP9", [mention], genes_of_text)
    >>> list(map(str, links.ids)), links.agrees
    (['9606:4318'], True)
    """
    ids: _LocatedIds = {}
    for mention in mentions:
        if mention.ids:
            ids |= _ids_of_name(matcher, name, mention)
    if not ids:
        return None
    genes = frozenset(gene for gene in ids.values() if gene is not None)
    agrees = all(row in genes_of_text(taxon) for taxon, row in genes) if genes else None
    unknown = tuple(gene_id for gene_id, gene in ids.items() if gene is None)
    return GeneLinks(tuple(ids), genes, unknown, agrees)


def _ids_of_name(matcher: Matcher, name: str, mention: Mention) -> _LocatedIds:
    """Return the ids of a mention that belong to one of its names.

    In a composite mention, these are those that the name can mean, or all if it can mean none.
    """
    ids: _LocatedIds = {}
    for gene_id in gene_ids(mention.ids):
        gene = locate(gene_id, matcher.nomenclature)
        # The located id has the taxon, so that 3569 and 9606:3569 are one id.
        ids[gene_id if gene is None else GeneId(gene_id.number, gene[0])] = gene
    if len(matcher.split(mention.text)) < 2:
        return ids
    meant: _LocatedIds = {
        gene_id: gene
        for gene_id, gene in ids.items()
        if gene is not None and gene[1] in matcher.genes(Level.FAMILY, name, gene[0])
    }
    return meant or ids
