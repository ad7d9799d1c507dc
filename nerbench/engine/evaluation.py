"""What comes of a run: the counts of every figure, their averages, the rows behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nerbench.engine.facts import CorpusFacts
from nerbench.engine.rows import CAPTION_SCHEMA, FIGURE_SCHEMA, GENE_SCHEMA, NAME_SCHEMA, Rows
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.records import Level, Problem
from nerbench.scoring.counts import FIELDS, RATES, Counts, macro, micro
from nerbench.scoring.figures import ALL, Scope
from nerbench.version import __version__

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Evaluation", "ModelResult", "ScoreRow"]


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One row of the scores: a model on an organism, at a level, averaged one way.

    The counts are sums over the ``figures`` that have the organism in scope. ``defined``
    says for the macro rows over how many figures each rate is the mean.
    """

    model: str
    organism: str
    level: str
    average: str
    counts: Counts
    rates: dict[str, float | None]
    figures: int
    defined: dict[str, int] | None = None

    def flat(self) -> dict[str, Any]:
        """The row as plain fields."""
        row: dict[str, Any] = {
            "model": self.model,
            "organism": self.organism,
            "level": self.level,
            "average": self.average,
        }
        counts = dict(zip(FIELDS, self.counts.values(), strict=True))
        return row | counts | self.rates | {"figures": self.figures}


@dataclass(slots=True)
class ModelResult:
    """What one model did, and what was wrong with it, if anything.

    ``counts`` is (figures, levels, organisms and all, fields of `FIELDS`); empty if it failed.
    """

    name: str
    fingerprint: str = ""
    counts: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 0, 0, 0), np.int32))
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failure: str | None = None


@dataclass(repr=False)
class Evaluation:
    """The result of `evaluate`: scores, and the rows that they were counted from.

    ``caption_rows`` hold a row per figure, ``figure_rows`` one per figure and model,
    ``name_rows`` one per name, ``gene_rows`` one per curated gene. ``figids`` are the figures in
    the order in which they were read; ``in_scope`` is (figures, organisms and all).
    ``abbreviations`` says how those that captions define were read: ``brackets+lists``, ``lists``
    (without scispaCy) or ``off``. ``partial``: the run was interrupted before its end.
    """

    nomenclature: Nomenclature
    scope: Scope
    level: Level
    abbreviations: str
    corpus: CorpusFacts
    models: list[ModelResult]
    figids: list[str] = field(default_factory=list)
    in_scope: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), np.bool_))
    caption_rows: Rows = field(default_factory=lambda: Rows(CAPTION_SCHEMA))
    figure_rows: Rows = field(default_factory=lambda: Rows(FIGURE_SCHEMA))
    name_rows: Rows = field(default_factory=lambda: Rows(NAME_SCHEMA))
    gene_rows: Rows = field(default_factory=lambda: Rows(GENE_SCHEMA))
    partial: bool = False

    def __repr__(self) -> str:
        models = ", ".join(model.name for model in self.models)
        return f"Evaluation({models} on {self.corpus.figures} figures, level {self.level})"

    @property
    def organisms(self) -> tuple[str, ...]:
        """What is scored apart: the label of each organism, and ``all``."""
        return (*(organism.label for organism in self.nomenclature.organisms), ALL)

    def counts(self, model: ModelResult, organism: str, level: Level) -> npt.NDArray[np.int32]:
        """A model's counts on the figures that have the organism in scope, ordered by their ids.

        The shape is (figures, fields of `FIELDS`).
        """
        column = self.organisms.index(organism)
        rows = self._by_id[self.in_scope[self._by_id, column]]
        found: npt.NDArray[np.int32] = model.counts[rows, list(Level).index(level), column]
        return found

    @cached_property
    def _by_id(self) -> npt.NDArray[np.int64]:
        """The figures' places in the order of their ids, whatever the order of reading."""
        return np.array(sorted(range(len(self.figids)), key=self.figids.__getitem__), np.int64)

    @cached_property
    def scores(self) -> list[ScoreRow]:
        """A row per model, organism, level and average, in that order."""
        rows = []
        for model in self.models:
            for organism in self.organisms if model.failure is None else ():
                for level in Level:
                    counts = self.counts(model, organism, level)
                    if not len(counts):
                        continue
                    total = micro(counts)
                    means, defined = macro(counts)
                    about = (model.name, organism, str(level))
                    rows.append(ScoreRow(*about, "micro", total, total.rates(), len(counts)))
                    rows.append(ScoreRow(*about, "macro", total, means, len(counts), defined))
        return rows

    @property
    def signature(self) -> str:
        """One line that says everything a number depends on.

        Equal signatures mean equal numbers.
        """
        models = ",".join(f"{m.name}@{m.fingerprint}" for m in self.models if m.failure is None)
        return (
            f"nerbench:{__version__}|models:{models}"
            f"|corpus:{self.corpus.figures}@{self.corpus.digest}"
            f"|lexicon:{self.nomenclature.signature}|scope:{self.scope}|level:{self.level}"
            f"|abbreviations:{self.abbreviations}"
        )

    def to_polars(self) -> pl.DataFrame:
        """The scores as a data frame, one row each."""
        import polars as pl

        schema: dict[str, Any] = dict.fromkeys(("model", "organism", "level", "average"), pl.String)
        schema |= dict.fromkeys(FIELDS, pl.Int64) | dict.fromkeys(RATES, pl.Float64)
        schema["figures"] = pl.Int64
        return pl.DataFrame([row.flat() for row in self.scores], schema=schema)

    def _repr_html_(self) -> str:
        """The micro scores at the chosen level, as an HTML table for notebooks."""
        import polars as pl

        rates = ("precision", "recall", "in_caption_recall", "f1")
        shown = ("model", "organism", "names", "hits", *rates)
        frame = self.to_polars().filter(
            (pl.col("level") == str(self.level)) & (pl.col("average") == "micro")
        )
        html: str = frame.select(shown)._repr_html_()
        return html
