"""What one figure counts, and what a sum of figures says.

Precision counts names, recall counts genes: neither mixes units. Counts are plain values
that add; a rate with an empty denominator is None, never 0 or 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from statistics import fmean

__all__ = ["RATES", "Counts", "macro", "micro"]

RATES = ("precision", "recall", "f1", "in_caption_recall", "group_recall")


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of one figure, or the sum over several.

    ``names`` distinct gene names found; ``hits`` names that can mean a curated gene;
    ``curated`` genes on the list; ``recovered`` curated genes that some name can mean;
    ``reachable`` curated genes that the caption could give away at all; ``groups`` the
    words read in the image that put genes on the list, ``groups_found`` those with a
    recovered gene.

    >>> c = Counts(names=13, hits=7, curated=34, recovered=17, reachable=17)
    >>> round(c.precision, 4), c.recall, round(c.f1, 4), c.in_caption_recall, c.group_recall
    (0.5385, 0.5, 0.5185, 1.0, None)
    >>> Counts().f1 is None
    True
    """

    names: int = 0
    hits: int = 0
    curated: int = 0
    recovered: int = 0
    reachable: int = 0
    groups: int = 0
    groups_found: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def precision(self) -> float | None:
        """Hits / names."""
        return _ratio(self.hits, self.names)

    @property
    def recall(self) -> float | None:
        """Recovered / curated."""
        return _ratio(self.recovered, self.curated)

    @property
    def in_caption_recall(self) -> float | None:
        """Recovered / reachable."""
        return _ratio(self.recovered, self.reachable)

    @property
    def group_recall(self) -> float | None:
        """groups_found / groups."""
        return _ratio(self.groups_found, self.groups)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall; 0 where both are 0, None where one is None."""
        precision, recall = self.precision, self.recall
        if precision is None or recall is None:
            return None
        if precision + recall == 0:
            return 0.0
        return 2 * precision * recall / (precision + recall)

    def rates(self) -> dict[str, float | None]:
        """Every rate by name."""
        return {name: getattr(self, name) for name in RATES}


def micro(counts: Iterable[Counts]) -> Counts:
    """The sum over figures: every name and every gene weighs alike.

    >>> micro([Counts(names=2, hits=1), Counts(names=2, hits=2)]).precision
    0.75
    """
    sums = [0] * len(fields(Counts))
    for one in counts:
        for at, value in enumerate(astuple(one)):
            sums[at] += value
    return Counts(*sums)


def macro(counts: Iterable[Counts]) -> tuple[dict[str, float | None], dict[str, int]]:
    """Mean of each rate over the figures where it is defined, and how many those are.

    >>> means, defined = macro([Counts(names=2, hits=1), Counts(names=2, hits=2), Counts()])
    >>> means["precision"], defined["precision"], means["recall"]
    (0.75, 2, None)
    """
    values: dict[str, list[float]] = {name: [] for name in RATES}
    for one in counts:
        for name, value in one.rates().items():
            if value is not None:
                values[name].append(value)
    means = {name: fmean(found) if found else None for name, found in values.items()}
    return means, {name: len(found) for name, found in values.items()}
