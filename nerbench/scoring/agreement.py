"""Agreement of models on curated genes, and what all of them recover together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from nerbench.scoring.counts import Counts
from nerbench.scoring.rates import Bools


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """Curated genes that both models recover, one or neither; ``kappa`` is None where undefined."""

    organism: str
    level: str
    a: str
    b: str
    both: int
    only_a: int
    only_b: int
    neither: int
    kappa: float | None


@dataclass(frozen=True, slots=True)
class UnionRow:
    """Curated genes that any model recovers; names have no union, so there is no precision."""

    organism: str
    level: str
    counts: Counts


def pairwise(
    recovered: Mapping[str, Bools], reachable: Bools, *, organism: str, level: str
) -> list[AgreementRow]:
    """Compare every two models, given a boolean per curated gene, in the same order for all.

    >>> x, y = np.array([True, True, False, False]), np.array([True, False, True, False])
    >>> reachable = np.array([True, True, True, False])
    >>> (row,) = pairwise({"x": x, "y": y}, reachable, organism="human", level="family")
    >>> row.both, row.only_a, row.only_b, row.neither, row.kappa
    (1, 1, 1, 1, -0.5)
    """
    rows = []
    # Kappa is over the genes that the caption names or either model recovers: no model can be
    # expected to recover the others.
    for a, b in combinations(recovered, 2):
        by_a, by_b = recovered[a], recovered[b]
        both, only_a, only_b = (int(x.sum()) for x in (by_a & by_b, by_a & ~by_b, by_b & ~by_a))
        either = both + only_a + only_b
        could = int((reachable | by_a | by_b).sum())
        kappa = _kappa(both, only_a, only_b, could - either)
        neither = len(by_a) - either
        rows.append(AgreementRow(organism, level, a, b, both, only_a, only_b, neither, kappa))
    return rows


def _kappa(both: int, only_a: int, only_b: int, neither: int) -> float | None:
    """Return Cohen's kappa (Educational and Psychological Measurement 20:37, 1960)."""
    count = both + only_a + only_b + neither
    a, b = both + only_a, both + only_b
    # (observed - expected) / (1 - expected) agreement, both times count**2: exact whole numbers.
    expected = a * b + (count - a) * (count - b)
    if expected == count * count:
        return None
    return (count * (both + neither) - expected) / (count * count - expected)


def union(
    recovered: Mapping[str, Bools], reachable: Bools, *, organism: str, level: str
) -> UnionRow:
    """Count the genes that any model recovers: the recall of the best possible ensemble.

    >>> x, y = np.array([True, False, False, False]), np.array([False, True, False, False])
    >>> reachable = np.array([True, True, True, False])
    >>> counts = union({"x": x, "y": y}, reachable, organism="human", level="family").counts
    >>> counts.recall, round(counts.in_caption_recall, 3), counts.precision
    (0.5, 0.667, None)
    """
    by_any = np.logical_or.reduce(list(recovered.values()))
    counts = Counts(
        curated=len(by_any),
        recovered=int(by_any.sum()),
        reachable=int(reachable.sum()),
        recovered_reachable=int((by_any & reachable).sum()),
    )
    return UnionRow(organism, level, counts)
