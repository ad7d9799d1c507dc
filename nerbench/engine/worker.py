"""Workers: predict and score a batch of figures, the unit of work of a run.

What goes into a worker and what comes out is plain data, so that any process can do the work.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import islice

import numpy as np
import numpy.typing as npt
import polars as pl

from nerbench.engine.gold_rows import MarkRow, gold_counts, mark_rows
from nerbench.engine.row_tables import schema_of, to_frame
from nerbench.engine.rows import (
    CaptionRow,
    FigureRow,
    GeneRow,
    NameRow,
    caption_row,
    figure_row,
    gene_rows,
    name_rows,
)
from nerbench.errors import RecognizerError
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.nomenclature.matcher import Matcher
from nerbench.recognizers.predictor import FailedPredictor, Mentions, Predictor
from nerbench.records import Figure, Level, Problem
from nerbench.scoring.counts import FIELDS
from nerbench.scoring.figure import FigureContext, FigureScore, score_figure
from nerbench.scoring.scope import ALL, LeftOut, Scope

_FIRST_BATCH_SIZE, _BATCH_SIZE = 8, 128  # figures

Timings = dict[str, tuple[int, float]]
"""By model: how many captions it read, and in how many seconds."""

PredictionCache = dict[str, dict[str, Mentions]]
"""Predictions by ``NAME@FINGERPRINT`` of the recognizer, then by `caption_key`."""

RunNotes = dict[str, tuple[list[Problem], list[str]]]
"""By model: what it could not use, and its notes."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Figures to work on, with the predictions that are known already.

    ``cached`` are predictions of the worker's recognizers; ``precomputed`` are the mentions of
    models that the worker does not have (files of predictions), a list per model. ``seen`` says by
    model which figures it was trained on, ``held_out`` whether such figures are not scored.
    """

    number: int
    figures: list[Figure]
    cached: PredictionCache = field(default_factory=dict)
    precomputed: dict[str, list[Mentions]] = field(default_factory=dict)
    seen: dict[str, list[bool]] = field(default_factory=dict)
    held_out: bool = False

    def is_seen(self, index: int, model: str) -> bool:
        """Tell whether a model was trained on a figure."""
        return model in self.seen and self.seen[model][index]

    def is_held_out(self, index: int) -> bool:
        """Tell whether a figure is not scored because a model was trained on it."""
        return self.held_out and any(of_model[index] for of_model in self.seen.values())


@dataclass(slots=True)
class BatchResult:
    """The result of a batch.

    ``mentions`` of every model that works, a tuple per figure; ``fresh`` predictions that were
    not cached; ``failures`` by model. ``in_scope`` has shape (figures, organisms + all);
    ``counts`` by model have shape (figures, levels, organisms + all, fields of `Counts`), like
    ``reference``, those of the marked mentions themselves. ``marked`` says which captions are
    marked and not held out; ``gold_counts`` by model have shape (figures, schemes, 3).
    ``timings`` are those of the fresh predictions.
    """

    mentions: dict[str, list[Mentions]]
    fresh: PredictionCache
    failures: dict[str, str]
    in_scope: npt.NDArray[np.bool_]
    counts: dict[str, npt.NDArray[np.int32]]
    reference: npt.NDArray[np.int32]
    marked: npt.NDArray[np.bool_]
    gold_counts: dict[str, npt.NDArray[np.int32]]
    timings: Timings
    captions: pl.DataFrame
    figures: pl.DataFrame
    names: pl.DataFrame
    genes: pl.DataFrame
    marks: pl.DataFrame


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """The fingerprint of each model, by name, the keys under which predictions are kept, the ids of
    figures or papers that models were trained on, and why models could not be loaded.
    """

    fingerprints: dict[str, str]
    keys: tuple[str, ...]
    trained_on: dict[str, frozenset[str]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)


def batches(figures: Iterable[Figure]) -> Iterator[list[Figure]]:
    """Yield figures in lists that grow to a fixed size: the first results come early."""
    stream, size = iter(figures), _FIRST_BATCH_SIZE
    while batch := list(islice(stream, size)):
        yield batch
        size = min(2 * size, _BATCH_SIZE)


def caption_key(caption: str) -> str:
    """Return the key under which a caption's predictions are kept.

    >>> caption_key("IL-6 binds") == caption_key("IL-6 binds") != caption_key("IL-6 binds.")
    True
    """
    return sha256(caption.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def merge_notes(notes_of_workers: Iterable[RunNotes]) -> RunNotes:
    """Return the notes of several workers as one's, each note once.

    >>> merge_notes([{"m": ([], ["3 asked"])}, {"m": ([], ["3 asked", "2 asked"])}])
    {'m': ([], ['3 asked', '2 asked'])}
    """
    merged: RunNotes = {}
    for worker_notes in notes_of_workers:
        for name, (problems, notes) in worker_notes.items():
            all_problems, all_notes = merged.setdefault(name, ([], []))
            all_problems += [problem for problem in problems if problem not in all_problems]
            all_notes += [note for note in notes if note not in all_notes]
    return merged


class CachedPredictor(Predictor):
    """Cache a recognizer's predictions within a batch.

    A recognizer that is a model of the run and a member of its ensembles runs once. After a
    failure it is not asked again.
    """

    def __init__(self, predictor: Predictor) -> None:
        self.name, self.fingerprint = predictor.name, predictor.fingerprint
        self.fresh: dict[str, Mentions] = {}
        self.seconds = 0.0  # that the fresh predictions took
        self._predictor = predictor
        self._cached: dict[str, Mentions] = {}
        self._failure: RecognizerError | None = None

    @property
    def problems(self) -> Sequence[Problem]:  # type: ignore[override]
        return self._predictor.problems

    def notes(self) -> list[str]:
        return self._predictor.notes()

    def begin_batch(self, cached: dict[str, Mentions]) -> None:
        """Start a batch with the predictions that are known for its captions."""
        self._cached = dict(cached)
        self.fresh, self.seconds = {}, 0.0

    def predict(self, figures: Sequence[Figure]) -> list[Mentions]:
        """Return the mentions of each figure. Raises RecognizerError, again and again, once the
        recognizer has failed.
        """
        if self._failure is not None:
            raise self._failure
        keys = [caption_key(figure.caption) for figure in figures]
        missing = {
            key: figure
            for key, figure in zip(keys, figures, strict=True)
            if key not in self._cached
        }
        if missing:
            started = time.perf_counter()
            try:
                predictions = self._predictor.predict(list(missing.values()))
            except RecognizerError as error:
                self._failure = error
                raise
            self.seconds += time.perf_counter() - started
            self.fresh.update(zip(missing, predictions, strict=True))
            self._cached.update(self.fresh)
        return [self._cached[key] for key in keys]


class Worker:
    """Predicts and scores batches of figures with some models.

    A recognizer runs once per caption, whether it is a model of the run, a member of its
    ensembles, or both: equal are recognizers of one name and fingerprint. With ``keep_failures``, a
    model that fails is a failure in the results; without, its error is raised.
    """

    def __init__(
        self,
        predictors: Sequence[Predictor],
        nomenclature: Nomenclature,
        scope: Scope,
        level: Level,
        abbreviations: bool,
        *,
        keep_failures: bool = True,
    ) -> None:
        self._keep_failures = keep_failures
        self._caches: dict[str, CachedPredictor] = {}
        self._predictors = [predictor.with_cache(self._with_cache) for predictor in predictors]
        self._trained_on = {predictor.name: predictor.trained_on for predictor in predictors}
        self._matcher = Matcher(nomenclature)
        self._scope = scope
        self._level = level
        self._abbreviations = abbreviations
        self._failed: set[str] = set()
        labels = [*(nomenclature.label(taxon) for taxon in nomenclature), ALL]
        self._columns = {label: column for column, label in enumerate(labels)}

    def _with_cache(self, predictor: Predictor) -> Predictor:
        key = f"{predictor.name}@{predictor.fingerprint}"
        return self._caches.setdefault(key, CachedPredictor(predictor))

    def info(self) -> WorkerInfo:
        """Return what is known of the models before they have run."""
        fingerprints = {predictor.name: predictor.fingerprint for predictor in self._predictors}
        failures = {
            predictor.name: predictor.reason
            for predictor in self._predictors
            if isinstance(predictor, FailedPredictor)
        }
        return WorkerInfo(fingerprints, tuple(self._caches), self._trained_on, failures)

    def notes(self) -> RunNotes:
        """Return the problems and notes of each model after a run."""
        return {
            predictor.name: (list(predictor.problems), predictor.notes())
            for predictor in self._predictors
        }

    def run(self, batch: Batch) -> BatchResult:
        """Predict and score a batch. Raises RecognizerError if failures are not kept."""
        for key, cache in self._caches.items():
            cache.begin_batch(batch.cached.get(key, {}))
        mentions = dict(batch.precomputed)
        failures: dict[str, str] = {}
        for predictor in self._predictors:
            if predictor.name not in self._failed:
                try:
                    mentions[predictor.name] = predictor.predict(batch.figures)
                except RecognizerError as error:
                    if not self._keep_failures:
                        raise
                    failures[predictor.name] = str(error)
                    self._failed.add(predictor.name)
        fresh = {key: cache.fresh for key, cache in self._caches.items() if cache.fresh}
        timings = {
            cache.name: (len(cache.fresh), cache.seconds)
            for cache in self._predictors
            if isinstance(cache, CachedPredictor) and cache.fresh
        }
        return self._score(batch, mentions, fresh, failures, timings)

    def _score(
        self,
        batch: Batch,
        mentions: dict[str, list[Mentions]],
        fresh: PredictionCache,
        failures: dict[str, str],
        timings: Timings,
    ) -> BatchResult:
        label, columns = self._matcher.nomenclature.label, self._columns
        figures = _without_held_out_marks(batch)
        in_scope = np.zeros((len(figures), len(columns)), np.bool_)
        shape = (len(figures), len(Level), len(columns), len(FIELDS))
        counts = {model: np.zeros(shape, np.int32) for model in mentions}
        reference = np.zeros(shape, np.int32)
        marked = np.array([figure.gold is not None for figure in figures], np.bool_)
        captions: list[CaptionRow] = []
        scored: list[FigureRow] = []
        names: list[NameRow] = []
        genes: list[GeneRow] = []
        marks: list[MarkRow] = []
        for index, figure in enumerate(figures):
            context = FigureContext(figure, self._scope, self._matcher, self._abbreviations)
            left_out = _left_out(context, self._scope, batch.is_held_out(index))
            seen_by = [model for model in mentions if batch.is_seen(index, model)]
            captions.append(caption_row(figure, left_out, seen_by))
            own = {model: predictions[index] for model, predictions in mentions.items()}
            perfect = None
            if figure.gold is not None and left_out is None:
                perfect = score_figure(context, figure.gold)
                _fill(reference[index], perfect, columns)
            if marked[index]:
                marks += mark_rows(figure, own, perfect, self._level)
            if left_out is not None:
                continue
            taxa = {gene.taxon for gene in context.members}
            organisms = (*map(label, taxa), ALL)
            in_scope[index, [columns[organism] for organism in organisms]] = True
            for model, predicted in own.items():
                score = score_figure(context, predicted)
                _fill(counts[model][index], score, columns)
                scored.append(figure_row(score, model, self._level, batch.is_seen(index, model)))
                names += name_rows(score, model, self._level)
                genes += gene_rows(score, model, self._level)
        return BatchResult(
            mentions,
            fresh,
            failures,
            in_scope,
            counts,
            reference,
            marked,
            gold_counts={model: gold_counts(figures, own) for model, own in mentions.items()},
            timings=timings,
            captions=to_frame(captions, schema_of(CaptionRow)),
            figures=to_frame(scored, schema_of(FigureRow)),
            names=to_frame(names, schema_of(NameRow)),
            genes=to_frame(genes, schema_of(GeneRow)),
            marks=to_frame(marks, schema_of(MarkRow)),
        )


def _without_held_out_marks(batch: Batch) -> list[Figure]:
    return [
        replace(figure, gold=None) if batch.is_held_out(index) else figure
        for index, figure in enumerate(batch.figures)
    ]


def _left_out(context: FigureContext, scope: Scope, held_out: bool) -> LeftOut | None:
    """Return why a figure is not scored, or None if it is."""
    if not context.scope:
        return LeftOut.NOT_NAMED if scope.named_only else LeftOut.NO_ORGANISM
    if not context.members:
        return LeftOut.NO_GENE
    return LeftOut.SEEN if held_out else None


def _fill(counts: npt.NDArray[np.int32], score: FigureScore, columns: dict[str, int]) -> None:
    """Write a figure's counts into an array of shape (levels, organisms + all, fields)."""
    for level, by_organism in enumerate(score.counts.values()):
        for label, organism_counts in by_organism.items():
            counts[level, columns[label]] = organism_counts.values()
