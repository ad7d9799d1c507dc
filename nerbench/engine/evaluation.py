"""Evaluate recognizers on figures: predict, score, average.

Figures stream through in portions; what is kept of a figure is its counts, and the rows of the
tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nerbench.corpus import Corpus
from nerbench.engine.facts import CorpusFacts
from nerbench.engine.portion import Done, Mentions, Worker, caption_key, portions
from nerbench.engine.rows import CAPTION_SCHEMA, FIGURE_SCHEMA, GENE_SCHEMA, NAME_SCHEMA, Rows
from nerbench.engine.store import PredictionStore
from nerbench.errors import NerbenchError
from nerbench.nomenclature.abbreviations import has_scispacy
from nerbench.nomenclature.lexicon import Nomenclature, load_nomenclature
from nerbench.recognizers import Recognizer
from nerbench.recognizers.predictor import Predictor
from nerbench.records import Figure, Level, Problem
from nerbench.scoring.arrays import macro, micro
from nerbench.scoring.counts import FIELDS, RATES, Counts
from nerbench.scoring.figures import ALL, Scope
from nerbench.version import __version__

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Evaluation", "ModelResult", "ScoreRow", "evaluate"]


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
    (without scispaCy) or ``off``.
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


def evaluate(
    figures: Iterable[Figure],
    recognizer: Recognizer | Predictor | Sequence[Recognizer | Predictor],
    *,
    organism: str = "auto",
    level: Level | str = Level.FAMILY,
    abbreviations: bool = True,
    nomenclature: Nomenclature | None = None,
    store: PredictionStore | None = None,
    on_figure: Callable[[Figure, dict[str, Mentions]], None] | None = None,
) -> Evaluation:
    """Run recognizers over figures and compare what they find with the curated genes.

    ``organism`` is the scope: ``auto``, ``all``, a label or taxon ids; ``level`` the one that
    reasons and tables are given for (scores are given for all). With ``abbreviations``, a
    short form that a caption defines takes its long form's meaning. Predictions that ``store``
    knows are not made again; those that it does not know are kept there. ``on_figure`` is called
    after each figure with the mentions of each recognizer that has not failed.

    A recognizer that fails is reported in its ``ModelResult.failure``; the others' results
    stand. Raises NerbenchError for an unknown organism or level, two recognizers of one
    name, or if there is no figure.

    >>> import nerbench
    >>> evaluation = evaluate(nerbench.open_corpus("seeds"), nerbench.load_recognizer("lexicon"))
    >>> row = evaluation.scores[4]
    >>> row.organism, row.level, row.average, row.counts.curated, row.counts.recovered
    ('human', 'family', 'micro', 34, 17)
    """
    nomenclature = nomenclature or load_nomenclature()
    scope = Scope.parse(organism, nomenclature)
    recognizers = list(recognizer) if isinstance(recognizer, Sequence) else [recognizer]
    names = [one.name for one in recognizers]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise NerbenchError(
            f"two models are called {twice!r}: give each its own name (a file's is the model's)"
        )
    try:
        level = Level(level)
    except ValueError:
        raise NerbenchError(f"unknown level {level!r}: use {', '.join(Level)}") from None
    models = [ModelResult(name) for name in names]
    reading = ("brackets+lists" if has_scispacy() else "lists") if abbreviations else "off"
    evaluation = Evaluation(nomenclature, scope, level, reading, CorpusFacts(), models)
    worker = Worker(recognizers, nomenclature, scope, level, abbreviations)
    gathered = _Gathered(evaluation)
    for portion in portions(figures):
        keys = [caption_key(figure.caption) for figure in portion]
        done = worker.do(portion, store.known(worker.keys, keys) if store else {})
        if store is not None and done.fresh:
            store.keep(done.fresh)
        gathered.add(portion, done)
        if on_figure is not None:
            for at, figure in enumerate(portion):
                on_figure(figure, {name: found[at] for name, found in done.mentions.items()})
    _finish(evaluation, figures, recognizers)
    return gathered.whole()


class _Gathered:
    """An evaluation in the making: what came of each portion, in order."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        self._in_scope: list[npt.NDArray[np.bool_]] = []
        self._counts: dict[str, list[npt.NDArray[np.int32]]] = {
            model.name: [] for model in evaluation.models
        }

    def add(self, figures: Sequence[Figure], done: Done) -> None:
        evaluation = self._evaluation
        for at, figure in enumerate(figures):
            evaluation.corpus.add(figure)
            evaluation.figids.append(figure.figid)
            if not done.in_scope[at].any():
                evaluation.corpus.out_of_scope.append(figure.figid)
        for model in evaluation.models:
            model.failure = model.failure or done.failures.get(model.name)
        self._in_scope.append(done.in_scope)
        for name, counts in done.counts.items():
            self._counts[name].append(counts)
        evaluation.caption_rows.append(done.captions)
        evaluation.figure_rows.append(done.figures)
        evaluation.name_rows.append(done.names)
        evaluation.gene_rows.append(done.genes)

    def whole(self) -> Evaluation:
        """The evaluation; what a failed model did before it failed is no result."""
        evaluation = self._evaluation
        evaluation.in_scope = np.concatenate(self._in_scope)
        for model in evaluation.models:
            if model.failure is None:
                model.counts = np.concatenate(self._counts[model.name])
        failed = [model.name for model in evaluation.models if model.failure is not None]
        for rows in (evaluation.figure_rows, evaluation.name_rows, evaluation.gene_rows):
            rows.drop_models(failed)
        return evaluation


def _finish(
    evaluation: Evaluation,
    figures: Iterable[Figure],
    recognizers: Sequence[Recognizer | Predictor],
) -> None:
    if isinstance(figures, Corpus):
        evaluation.corpus.skipped = list(figures.skipped)
    evaluation.corpus.check(figures.paths if isinstance(figures, Corpus) else ())
    for model, recognizer in zip(evaluation.models, recognizers, strict=True):
        model.problems = list(getattr(recognizer, "problems", ()))
        model.notes = list(getattr(recognizer, "notes", list)())
        if model.failure is None:
            model.fingerprint = recognizer.fingerprint
