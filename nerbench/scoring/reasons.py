"""The reason for every missed gene, and for every name that hits no curated gene."""

from __future__ import annotations

from enum import StrEnum

from nerbench.nomenclature.matcher import Matcher
from nerbench.records import Level
from nerbench.scoring.figure import FigureContext, FigureScore, GeneOutcome, NameOutcome

__all__ = ["MissReason", "NameReason", "miss_reason", "off_list_reason"]


class MissReason(StrEnum):
    """Why a curated gene is not recovered at a level."""

    LOOSER_LEVEL_ONLY = "looser-level-only"
    """A name means the gene, but only at a looser level."""
    NOT_IN_CAPTION = "not-in-caption"
    """No span of the caption can mean the gene."""
    WRONG_BOUNDARY = "wrong-boundary"
    """A mention overlaps a span that can mean the gene, but its own text means something else."""
    NOT_DETECTED = "not-detected"
    """No mention overlaps a span that can mean the gene."""


class NameReason(StrEnum):
    """Why a name hits no curated gene at a level."""

    GENE_NOT_IN_FIGURE = "gene-not-in-figure"
    """It means a gene of an organism in scope, but none on the curated list."""
    FAMILY_NOT_IN_FIGURE = "family-not-in-figure"
    """It means such genes only as the name of their family."""
    OTHER_ORGANISM = "other-organism"
    """It means a gene of another organism."""
    ABBREVIATION_OF_OTHER_THING = "abbreviation-of-other-thing"
    """The caption defines it as something that is not a gene."""
    UNKNOWN_NAME = "unknown-name"
    """No lexicon knows it at this level."""


def miss_reason(score: FigureScore, gene: GeneOutcome, level: Level) -> MissReason | None:
    """Return the first reason of `MissReason` that applies, or None if the gene is recovered."""
    if gene.recovered_at is not None:
        return MissReason.LOOSER_LEVEL_ONLY if gene.recovered_at in level.looser() else None
    spans = score.context.reachable[level].get(gene.member)
    if not spans:
        return MissReason.NOT_IN_CAPTION
    overlaps = any(m.start < end and start < m.end for m in score.mentions for start, end in spans)
    return MissReason.WRONG_BOUNDARY if overlaps else MissReason.NOT_DETECTED


def off_list_reason(context: FigureContext, name: NameOutcome, level: Level) -> NameReason | None:
    """Return the reason of a name that hits no curated gene, or None if it hits one."""
    if name.hits[level]:
        return None
    if name.links is not None:  # a name with ids means their genes and no other
        in_scope = name.links.taxa.intersection(context.scope)
        return NameReason.GENE_NOT_IN_FIGURE if in_scope else NameReason.OTHER_ORGANISM
    matcher = context.matcher
    long_form = context.long_form(name.name)
    if long_form is not None and not matcher.names_gene(name.name, long_form):
        return NameReason.ABBREVIATION_OF_OTHER_THING
    strict = Level.SYMBOL if level is Level.SYMBOL else Level.SYNONYM
    if _means_gene(matcher, strict, name.name, context.scope):
        return NameReason.GENE_NOT_IN_FIGURE
    if level is Level.FAMILY and _means_gene(matcher, level, name.name, context.scope):
        return NameReason.FAMILY_NOT_IN_FIGURE
    others = tuple(taxon for taxon in matcher.nomenclature if taxon not in context.scope)
    if _means_gene(matcher, level, name.name, others):
        return NameReason.OTHER_ORGANISM
    return NameReason.UNKNOWN_NAME


def _means_gene(matcher: Matcher, level: Level, name: str, taxa: tuple[int, ...]) -> bool:
    return any(matcher.genes(level, name, taxon) for taxon in taxa)
