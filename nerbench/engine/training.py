"""The figures that models have seen in training, and their rates on these and on others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from nerbench.scoring.counts import Counts
from nerbench.scoring.rates import Ints, micro

SEEN = "seen_in_training"
"""The column of `figures.tsv` that tells it, a figure and a model a row."""


@dataclass(frozen=True, slots=True)
class SeenRow:
    """A model's sums over the scored figures that it was trained on, and over the others, all
    organisms pooled.
    """

    model: str
    figures: int
    seen: Counts
    others: int
    unseen: Counts

    def note(self) -> str:
        """Return in words how many figures were seen, and the precision there and elsewhere.

        >>> seen, unseen = Counts(names=4, hits=3), Counts(names=4, hits=2)
        >>> SeenRow("mine", 5, seen, 7, unseen).note()  # doctest: +ELLIPSIS
        'mine was trained on 5 of the 12 scored figures (precision 0.750 there, 0.500 on the ...
        """
        there, elsewhere = (
            "not defined" if counts.precision is None else f"{counts.precision:.3f}"
            for counts in (self.seen, self.unseen)
        )
        others = f", {elsewhere} on the others" if self.others else ""
        return (
            f"{self.model} was trained on {self.figures:,} of the {self.figures + self.others:,} "
            f"scored figures (precision {there} there{others}): --held-out leaves them out"
        )


def seen_rows(
    tables: Mapping[str, Ints], figids: Sequence[str], figures: pl.LazyFrame
) -> list[SeenRow]:
    """Return a row for each model that was trained on a scored figure.

    ``tables`` holds each model's counts, (figures, fields of `FIELDS`), in the order of ``figids``;
    ``figures`` has the columns of `FigureRow`.
    """
    pairs = figures.filter(SEEN).select("model", "figid").collect()
    seen: dict[str, set[str]] = {}
    for model, figid in pairs.iter_rows():
        seen.setdefault(model, set()).add(figid)
    rows = []
    for model, counts in tables.items():
        own = seen.get(model, set())
        is_seen = np.array([figid in own for figid in figids], np.bool_)
        if is_seen.any():
            sums = micro(counts[is_seen]), micro(counts[~is_seen])
            rows.append(SeenRow(model, int(is_seen.sum()), sums[0], int((~is_seen).sum()), sums[1]))
    return rows
