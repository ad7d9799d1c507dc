"""One figure explained, as plain data for programs."""

from __future__ import annotations

from typing import Any

from nerbench.records import Level
from nerbench.scoring.figure import FigureScore
from nerbench.scoring.reasons import miss_reason, name_outcome


def explained(score: FigureScore, level: Level) -> dict[str, Any]:
    """Return a figure's names and curated genes with their outcomes, as plain JSON types.

    Parameters
    ----------
    score : FigureScore
        The score of one model on the figure.
    level : Level
        The level of the outcomes.

    Returns
    -------
    dict
        ``figid``, ``title``, ``caption``, ``level``; ``names``: each with ``name``, ``outcome``,
        ``mentions`` (start, end) and ``genes``; ``genes``: each with ``organism``, ``symbol``,
        ``recovered``, ``names`` that can mean it, and ``reason`` (null where it is recovered).
    """
    figure, nomenclature = score.context.figure, score.context.matcher.nomenclature
    members = score.context.members
    names = [
        {
            "name": name.name,
            "outcome": str(name_outcome(score.context, name, level)),
            "mentions": [{"start": m.start, "end": m.end} for m in name.mentions],
            "genes": [
                {"organism": nomenclature.label(members[m].taxon), "symbol": members[m].symbol}
                for m in sorted(name.hits[level])
            ],
        }
        for name in score.names
    ]
    genes = []
    for gene in score.genes:
        curated, reason = members[gene.member], miss_reason(score, gene, level)
        genes.append(
            {
                "organism": nomenclature.label(curated.taxon),
                "symbol": curated.symbol,
                "recovered": reason is None,
                "names": [name.name for name in score.names if gene.member in name.hits[level]],
                "reason": None if reason is None else str(reason),
            }
        )
    return {
        "figid": figure.figid,
        "title": figure.title or figure.paper_title,
        "caption": figure.caption,
        "level": str(level),
        "names": names,
        "genes": genes,
    }
