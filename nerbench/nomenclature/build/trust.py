"""The trust that a name means a gene: by the tables that give it, and by what else has the name.

1. ``authority``: the organism's nomenclature committee gives the name to the gene.
2. ``curated``: a table of the texts that authors use does (FamPlex, nerbench's own).
3. ``several``: two tables of NCBI Gene or FlyBase do, or two columns of one.
4. ``lone``: one column does, and nobody else has the name.
5. ``doubtful``: the name usually means something else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Trust(StrEnum):
    """The trust of an alias, the best first."""

    AUTHORITY = "authority"
    CURATED = "curated"
    SEVERAL = "several"
    LONE = "lone"
    DOUBTFUL = "doubtful"


CURATED_SOURCES = ("FamPlex", "nerbench")
CLASS_SOURCES = ("MeSH", "ENZYME", "derived")
_USAGE = "usage"


@dataclass(slots=True)
class Link:
    """That a folded name means a gene: its spellings by kind, in order, and each source's kinds."""

    spellings: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    evidence: set[tuple[str, str]] = field(default_factory=set)
    is_reviewed: bool = False

    @property
    def source(self) -> str:
        """The names of the sources, sorted and joined."""
        return "+".join(sorted({source for source, _ in self.evidence}))

    @property
    def trust(self) -> Trust:
        """The trust of the link alone, whatever else has the name.

        >>> Link(evidence={("NCBI", "synonym"), ("NCBI", "full_name")}).trust
        <Trust.SEVERAL: 'several'>
        """
        if self.is_reviewed:
            return Trust.AUTHORITY
        if self.is_curated:
            return Trust.CURATED
        return Trust.SEVERAL if len(self.evidence) > 1 else Trust.LONE

    @property
    def is_curated(self) -> bool:
        """True if a table of the texts that authors use has it."""
        return any(source in CURATED_SOURCES for source, _ in self.evidence)

    @property
    def is_class(self) -> bool:
        """True if only tables of broad classes have it, or a stem."""
        return all(source in CLASS_SOURCES for source, _ in self.evidence)

    @property
    def is_usage(self) -> bool:
        """True if nerbench's own table gives the name to this gene, whatever other tables say."""
        return ("nerbench", _USAGE) in self.evidence


def judge(
    links: Mapping[int, Link],
    official: Collection[int],
    family: Collection[int],
    stem: Collection[int] = (),
    is_word: bool = False,
    is_other: bool = False,
) -> dict[int, Trust]:
    """Return the trust of each gene that has one folded name, given all that have it.

    `official` are the genes whose symbol folds to the name, `family` the members of the family of
    this name by the tables of what authors use, and `stem` the genes whose official symbols it is
    the stem of. `is_word` says that the name is an ordinary word, `is_other` that it usually stands
    for something that is no gene.

    >>> epha, mapk = Link(is_reviewed=True), Link(is_reviewed=True)
    >>> judge({1: epha, 2: mapk}, official=(), family=(2, 3))
    {1: <Trust.DOUBTFUL: 'doubtful'>, 2: <Trust.AUTHORITY: 'authority'>}
    >>> judge({1: Link(evidence={("NCBI", "synonym")})}, official=(), family=(), stem=(2, 3))
    {1: <Trust.DOUBTFUL: 'doubtful'>}
    """
    trusts = {row: link.trust for row, link in links.items()}
    usages = {row for row, link in links.items() if link.is_usage}
    strong = {row for row, trust in trusts.items() if trust in (Trust.AUTHORITY, Trust.CURATED)}
    strong.update(official)
    for row, trust in trusts.items():
        if row in official or row in usages or (row in family and not usages):
            continue
        is_outside = bool(family) and row not in family
        is_outdone = trust is Trust.LONE and (
            is_word or bool(strong - {row}) or (bool(stem) and row not in stem)
        )
        if usages or is_other or is_outside or is_outdone:
            trusts[row] = Trust.DOUBTFUL
    return trusts
