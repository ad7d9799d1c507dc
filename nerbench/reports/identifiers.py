"""How often a model's identifiers and the names that it linked them to disagree."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

__all__ = ["IdentifierRow", "identifier_rows"]

_EXAMPLES = 6


@dataclass(frozen=True, slots=True)
class IdentifierRow:
    """One model's names: all, those with gene ids, those of them whose genes a lexicon knows, and
    those of these whose text cannot mean them; the most frequent of the last, with their ids.
    """

    model: str
    names: int
    identified: int
    compared: int
    disagreeing: int
    examples: tuple[str, ...]

    @property
    def rate(self) -> float | None:
        """Disagreeing / compared."""
        return self.disagreeing / self.compared if self.compared else None


def identifier_rows(names: pl.LazyFrame) -> list[IdentifierRow]:
    """A row for each model that gives gene ids, in the order of the names.

    ``names`` has a row per name, with the columns model, name, ids (list of str) and ids_agree
    (bool or null).

    >>> names = pl.LazyFrame({"model": ["m"] * 3, "name": ["IL-6", "IL-6", "p53"],
    ...     "ids": [["9606:3569"], ["9606:6774"], []], "ids_agree": [True, False, None]})
    >>> identifier_rows(names)
    [IdentifierRow(model='m', names=3, identified=2, compared=2, disagreeing=1, \
examples=('IL-6 (9606:6774)',))]
    """
    linked = pl.col("ids").list.len() > 0
    counts = (
        names.group_by("model", maintain_order=True)
        .agg(
            names=pl.len(),
            identified=linked.sum(),
            compared=pl.col("ids_agree").is_not_null().sum(),
            disagreeing=(~pl.col("ids_agree")).sum(),
        )
        .filter(pl.col("identified") > 0)
        .collect()
    )
    examples = (
        names.filter(~pl.col("ids_agree"))
        .with_columns(said=pl.format("{} ({})", "name", pl.col("ids").list.join(", ")))
        .group_by("model", "said")
        .len()
        .sort("len", "said", descending=[True, False])
        .group_by("model", maintain_order=True)
        .agg(pl.col("said").head(_EXAMPLES))
        .collect()
    )
    shown = dict(examples.iter_rows())
    return [
        IdentifierRow(**row, examples=tuple(shown.get(row["model"], ())))
        for row in counts.iter_rows(named=True)
    ]
