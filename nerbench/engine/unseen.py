"""Scores on the figures that no model was trained on: the ones to rank models by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from nerbench.engine.gold_scores import GoldScores
from nerbench.engine.score_rows import ScoreRow, score_rows
from nerbench.records import Level
from nerbench.scoring.scope import ALL

if TYPE_CHECKING:
    from nerbench.engine.evaluation import Evaluation


def figures_seen_by(models: Iterable[str], captions: pl.LazyFrame) -> dict[str, frozenset[str]]:
    """Return the ids of the figures that each model was trained on, as far as is known.

    ``captions`` has the columns of `CaptionRow`.
    """
    rows = captions.select("figid", "seen_by").explode("seen_by").drop_nulls().collect()
    seen: dict[str, set[str]] = {model: set() for model in models}
    for figid, model in rows.iter_rows():
        if model in seen:
            seen[model].add(figid)
    return {model: frozenset(figids) for model, figids in seen.items()}


@dataclass(frozen=True, slots=True, eq=False)
class UnseenScores:
    """The scores of models on the figures that none of them was trained on, as far as is known.

    Attributes
    ----------
    figures, seen_figures : int
        How many of the figures that are scored on their lists no model has seen, and one has.
    captions, seen_captions : int
        How many of the marked captions no model has seen, and one has.
    scores : list of ScoreRow
        The micro averages over ``figures`` at the level of the run; empty if there is none.
    gold : GoldScores or None
        The scores against the marks of ``captions``; None if there is none.
    """

    figures: int
    seen_figures: int
    captions: int
    seen_captions: int
    scores: list[ScoreRow]
    gold: GoldScores | None

    @classmethod
    def of(cls, evaluation: Evaluation, seen: Iterable[str]) -> UnseenScores:
        """Return the scores of an evaluation on the figures whose ids are not among ``seen``."""
        ids = frozenset(seen)
        is_seen = np.array([figid in ids for figid in evaluation.figids], np.bool_)
        marked = evaluation.marked & ~is_seen
        scored = evaluation.figures_of(ALL)
        figures = int((~is_seen[scored]).sum())
        scores = []
        level = list(Level).index(evaluation.level)
        for model in evaluation.working if figures else ():
            for number, organism in enumerate(evaluation.organisms):
                rows = evaluation.figures_of(organism)
                rows = rows[~is_seen[rows]]
                if not len(rows):
                    continue
                micro, _ = score_rows(
                    (model.name, organism, str(evaluation.level)),
                    model.counts[rows, level, number],
                    inferred_scope=int(evaluation.is_inferred[rows].sum()),
                )
                scores.append(micro)
        return cls(
            figures,
            len(scored) - figures,
            int(marked.sum()),
            int((evaluation.marked & is_seen).sum()),
            scores,
            evaluation.gold_on(marked),
        )
