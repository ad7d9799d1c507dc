"""The counts of a figure, or of several summed, and the rates that they give.

Precision counts names, recall counts genes. A rate whose denominator is 0 is None, never 0 or 1.
"""

from __future__ import annotations

from dataclasses import dataclass

# The order of counts in arrays
FIELDS = (
    "names", "hits", "curated", "recovered", "reachable", "recovered_reachable", "gene_names",
    "claimed", "groups", "groups_found",
)  # fmt: skip
RATES = (
    "precision", "recall", "f1", "in_caption_recall", "group_recall", "gene_precision",
    "claim_precision",
)  # fmt: skip


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of one figure, or the sum over several: counts add with ``+``.

    >>> c = Counts(13, 7, 34, 17, reachable=17, recovered_reachable=17, gene_names=12, claimed=40)
    >>> round(c.precision, 4), c.recall, round(c.f1, 4), c.in_caption_recall, c.group_recall
    (0.5385, 0.5, 0.5185, 1.0, None)
    >>> round(c.gene_precision, 4), c.claim_precision
    (0.9231, 0.425)
    >>> Counts(curated=34).f1, Counts(names=13).f1
    (0.0, None)
    """

    names: int = 0  # distinct names that the recognizer reports
    hits: int = 0  # names that can mean a curated gene
    curated: int = 0  # curated genes in scope
    recovered: int = 0  # curated genes that some name can mean
    reachable: int = 0  # curated genes that the caption names, whatever the recognizer finds
    recovered_reachable: int = 0  # curated genes that are both
    gene_names: int = 0  # names that can mean a gene or family of an organism in scope
    claimed: int = 0  # genes in scope that some name can mean
    groups: int = 0  # words of the image that put genes on the list
    groups_found: int = 0  # groups with a recovered gene

    def values(self) -> tuple[int, ...]:
        """Return the counts in the order of `FIELDS`."""
        return tuple(getattr(self, name) for name in FIELDS)

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(a + b for a, b in zip(self.values(), other.values(), strict=True)))

    @property
    def missed_reachable(self) -> int:
        """Return the number of curated genes that the caption names and no name can mean."""
        return self.reachable - self.recovered_reachable

    @property
    def missed_elsewhere(self) -> int:
        """Return the number of curated genes that neither the caption nor a name can mean."""
        return self.curated - self.recovered - self.missed_reachable

    @property
    def precision(self) -> float | None:
        return _ratio(self.hits, self.names)

    @property
    def recall(self) -> float | None:
        return _ratio(self.recovered, self.curated)

    @property
    def in_caption_recall(self) -> float | None:
        return _ratio(self.recovered_reachable, self.reachable)

    @property
    def group_recall(self) -> float | None:
        return _ratio(self.groups_found, self.groups)

    @property
    def gene_precision(self) -> float | None:
        return _ratio(self.gene_names, self.names)

    @property
    def claim_precision(self) -> float | None:
        return _ratio(self.recovered, self.claimed)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall, None without a curated gene.

        It is 0 where no gene is recovered, also if no name is reported: silence earns no F1.
        """
        precision, recall = self.precision, self.recall
        if recall == 0:
            return 0.0
        if precision is None or recall is None:
            return None
        return 2 * precision * recall / (precision + recall)

    def rates(self) -> dict[str, float | None]:
        """Return every rate by its name, in the order of `RATES`."""
        return {name: getattr(self, name) for name in RATES}
