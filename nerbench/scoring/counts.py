"""The counts of a figure, or of several summed, and the rates that they give.

Precision counts names, recall counts genes. A rate whose denominator is 0 is None, never 0 or 1.
"""

from __future__ import annotations

from dataclasses import dataclass

# The order of counts in arrays
FIELDS = ("names", "hits", "curated", "recovered", "reachable", "groups", "groups_found")
RATES = ("precision", "recall", "f1", "in_caption_recall", "group_recall")


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of one figure, or the sum over several: counts add with ``+``.

    >>> c = Counts(names=13, hits=7, curated=34, recovered=17, reachable=17)
    >>> round(c.precision, 4), c.recall, round(c.f1, 4), c.in_caption_recall, c.group_recall
    (0.5385, 0.5, 0.5185, 1.0, None)
    >>> Counts(curated=34).f1, Counts(names=13).f1
    (0.0, None)
    """

    names: int = 0  # distinct names that the recognizer reports
    hits: int = 0  # names that can mean a curated gene
    curated: int = 0  # curated genes in scope
    recovered: int = 0  # curated genes that some name can mean
    reachable: int = 0  # curated genes that the caption names, the recovered ones included
    groups: int = 0  # words of the image that put genes on the list
    groups_found: int = 0  # groups with a recovered gene

    def values(self) -> tuple[int, ...]:
        """Return the counts in the order of `FIELDS`."""
        return tuple(getattr(self, name) for name in FIELDS)

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(a + b for a, b in zip(self.values(), other.values(), strict=True)))

    @property
    def precision(self) -> float | None:
        return _ratio(self.hits, self.names)

    @property
    def recall(self) -> float | None:
        return _ratio(self.recovered, self.curated)

    @property
    def in_caption_recall(self) -> float | None:
        return _ratio(self.recovered, self.reachable)

    @property
    def group_recall(self) -> float | None:
        return _ratio(self.groups_found, self.groups)

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
