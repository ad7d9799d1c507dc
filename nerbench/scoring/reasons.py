"""The reason for every missed gene, and the outcome of every name."""

from __future__ import annotations

from enum import StrEnum

from nerbench.records import LEVELS, Level
from nerbench.scoring.figure import FigureContext, FigureScore, GeneOutcome, NameOutcome


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


class Outcome(StrEnum):
    """The outcomes of a name at a level. None of them says that the name is wrong."""

    ON_LIST = "on-list"
    """It means a gene of the curated list."""
    GENE_NOT_ON_LIST = "gene-not-on-list"
    """It means a gene of an organism in scope, but none on the list."""
    FAMILY_NOT_ON_LIST = "family-not-on-list"
    """It means such genes only as the name of their family."""
    OTHER_ORGANISM = "other-organism"
    """It means a gene of another organism."""
    DEFINED_OTHERWISE = "defined-otherwise"
    """The caption defines it as something that is not a gene."""
    UNKNOWN = "unknown"
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


def name_outcome(context: FigureContext, name: NameOutcome, level: Level) -> Outcome:
    """Return the first outcome of `Outcome` that applies to a name at a level."""
    if name.hits[level]:
        return Outcome.ON_LIST
    if name.links is not None:  # a name with ids means their genes and no other
        return Outcome.GENE_NOT_ON_LIST if name.genes[level] else Outcome.OTHER_ORGANISM
    matcher, long_form = context.matcher, context.long_form(name.name)
    if long_form is not None and not matcher.names_gene(name.name, long_form):
        return Outcome.DEFINED_OTHERWISE
    if name.genes[min(level, Level.SYNONYM, key=LEVELS.index)]:
        return Outcome.GENE_NOT_ON_LIST
    if name.genes[level]:
        return Outcome.FAMILY_NOT_ON_LIST
    others = (taxon for taxon in matcher.nomenclature if taxon not in context.scope)
    if any(matcher.genes(level, name.name, taxon) for taxon in others):
        return Outcome.OTHER_ORGANISM
    return Outcome.UNKNOWN
