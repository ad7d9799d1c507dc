"""Why a curated gene was missed, and why a name hits nothing: one reason each."""

from __future__ import annotations

from enum import StrEnum

from nerbench.nomenclature.matcher import Matcher
from nerbench.records import Level
from nerbench.scoring.figure import FigureContext, FigureScore, GeneOutcome, NameOutcome

__all__ = ["MissReason", "NameReason", "miss_reason", "off_list_reason"]

_STRICTNESS = {level: at for at, level in enumerate(Level)}


class MissReason(StrEnum):
    """Why a curated gene was not recovered."""

    LOOSER_LEVEL_ONLY = "looser-level-only"
    NOT_IN_CAPTION = "not-in-caption"
    WRONG_BOUNDARY = "wrong-boundary"
    NOT_DETECTED = "not-detected"


class NameReason(StrEnum):
    """Why a name hits no curated gene."""

    GENE_NOT_IN_FIGURE = "gene-not-in-figure"
    FAMILY_NOT_IN_FIGURE = "family-not-in-figure"
    OTHER_ORGANISM = "other-organism"
    ABBREVIATION_OF_OTHER_THING = "abbreviation-of-other-thing"
    UNKNOWN_NAME = "unknown-name"


def miss_reason(score: FigureScore, gene: GeneOutcome, level: Level) -> MissReason | None:
    """The reason a curated gene was missed at a level, or None if it was recovered.

    ``looser-level-only``: a name means it, but only at a looser level. ``not-in-caption``:
    no stretch of the caption could mean it. ``wrong-boundary``: a mention overlaps such a
    stretch, but its name means something else. ``not-detected``: no mention touches one.
    """
    if gene.recovered_at is not None:
        strict = _STRICTNESS[gene.recovered_at] <= _STRICTNESS[level]
        return None if strict else MissReason.LOOSER_LEVEL_ONLY
    places = score.target.reachable[level].get(gene.member)
    if not places:
        return MissReason.NOT_IN_CAPTION
    overlap = any(m.start < end and start < m.end for m in score.mentions for start, end in places)
    return MissReason.WRONG_BOUNDARY if overlap else MissReason.NOT_DETECTED


def off_list_reason(target: FigureContext, name: NameOutcome, level: Level) -> NameReason | None:
    """The reason a name hits nothing at a level, or None if it hits.

    A short form that the caption defines as something else than a gene means that thing. A
    name that at this level means a gene of the scope, or at `family` a family of it, means one
    that is not on the list; else it may mean a gene of another supported organism, or nothing
    known. A name with identifiers means their genes and no other.
    """
    if name.hits[level]:
        return None
    if name.identified is not None:
        own = name.identified.taxa.intersection(target.scope)
        return NameReason.GENE_NOT_IN_FIGURE if own else NameReason.OTHER_ORGANISM
    matcher = target.matcher
    long = target.long_form(name.name)
    if long is not None and not matcher.names_gene(name.name, long):
        return NameReason.ABBREVIATION_OF_OTHER_THING
    strict = Level.SYMBOL if level is Level.SYMBOL else Level.SYNONYM
    if _means(matcher, strict, name.name, target.scope):
        return NameReason.GENE_NOT_IN_FIGURE
    if level is Level.FAMILY and _means(matcher, level, name.name, target.scope):
        return NameReason.FAMILY_NOT_IN_FIGURE
    others = tuple(taxon for taxon in matcher.nomenclature if taxon not in target.scope)
    if _means(matcher, level, name.name, others):
        return NameReason.OTHER_ORGANISM
    return NameReason.UNKNOWN_NAME


def _means(matcher: Matcher, level: Level, name: str, taxa: tuple[int, ...]) -> bool:
    return any(matcher.genes(level, name, taxon) for taxon in taxa)
