"""Where models agree: what two of them found both, one alone or neither, and what all could."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from nerbench.scoring.counts import Counts
from nerbench.spans.table import Bools

__all__ = ["Agreement", "pairwise", "union"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Curated genes that models ``a`` and ``b`` recovered both, one alone, or neither.

    ``kappa`` is their agreement beyond chance over the genes that their captions could give away;
    None where there is none or chance alone agrees on all.
    """

    a: str
    b: str
    both: int
    only_a: int
    only_b: int
    neither: int
    kappa: float | None


def pairwise(recovered: Mapping[str, Bools], reachable: Mapping[str, Bools]) -> list[Agreement]:
    """Compare every two models gene by gene.

    ``recovered`` and ``reachable`` hold, by model and in the models' order, a boolean for each
    curated gene in scope; the genes are the same in the same order. Kappa is Cohen's (Educational
    and Psychological Measurement 20:37, 1960), over genes reachable for either model: the others
    no model can recover, and agreement on them says nothing.

    >>> x, y = np.array([True, True, False, False]), np.array([True, False, True, False])
    >>> reachable = np.array([True, True, True, False])
    >>> pairwise({"x": x, "y": y}, {"x": reachable, "y": reachable})
    [Agreement(a='x', b='y', both=1, only_a=1, only_b=1, neither=1, kappa=-0.5)]
    """
    rows = []
    for a, b in combinations(recovered, 2):
        one, two = recovered[a], recovered[b]
        both, only_a, only_b = (int(x.sum()) for x in (one & two, one & ~two, two & ~one))
        within = int((reachable[a] | reachable[b] | one | two).sum())
        kappa = _kappa(both, only_a, only_b, within - both - only_a - only_b)
        rows.append(Agreement(a, b, both, only_a, only_b, len(one) - both - only_a - only_b, kappa))
    return rows


def _kappa(both: int, only_a: int, only_b: int, neither: int) -> float | None:
    count = both + only_a + only_b + neither
    a, b = both + only_a, both + only_b
    by_chance = a * b + (count - a) * (count - b)  # in units of 1 / count**2, like what follows
    if by_chance == count * count:
        return None
    return (count * (both + neither) - by_chance) / (count * count - by_chance)


def union(recovered: Mapping[str, Bools], reachable: Mapping[str, Bools]) -> Counts:
    """The genes that any model recovered: the recall of the best possible ensemble.

    The same arguments as `pairwise`, of one model at least. Counts hold curated, recovered and
    reachable; names have no union, so precision is None.

    >>> x, y = np.array([True, False, False, False]), np.array([False, True, False, False])
    >>> reachable = np.array([True, True, True, False])
    >>> found = union({"x": x, "y": y}, {"x": reachable, "y": reachable})
    >>> found.recall, round(found.in_caption_recall, 3), found.precision
    (0.5, 0.667, None)
    """
    got = np.logical_or.reduce(list(recovered.values()))
    could = np.logical_or.reduce([got, *reachable.values()])
    return Counts(curated=len(got), recovered=int(got.sum()), reachable=int(could.sum()))
