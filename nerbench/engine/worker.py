"""A portion of figures, predicted and scored: the unit of work of a run.

What goes in and what comes out is plain data, so that any process can do it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from nerbench.engine.tables import (
    CAPTION_SCHEMA,
    FIGURE_SCHEMA,
    GENE_SCHEMA,
    NAME_SCHEMA,
    caption_row,
    frame,
    score_rows,
)
from nerbench.errors import RecognizerError
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.nomenclature.matcher import Matcher
from nerbench.recognizers.contract import Recognizer
from nerbench.recognizers.ensemble import Ensemble
from nerbench.recognizers.predictor import Predictor, RecognizerPredictor
from nerbench.records import Figure, Level, Mention, Problem
from nerbench.scoring.counts import FIELDS
from nerbench.scoring.figure import ALL, FigureContext, FigureScore, Scope, score_figure

__all__ = [
    "BatchResult",
    "Mentions",
    "PredictionCache",
    "RunNotes",
    "Worker",
    "WorkerInfo",
    "batches",
    "caption_key",
    "merge_notes",
    "recognizer_key",
]

_SIZE = 128

Mentions = tuple[Mention, ...]
PredictionCache = dict[str, dict[str, Mentions]]
"""Predictions by the recognizer (`recognizer_key`) and the caption (`caption_key`)."""


RunNotes = dict[str, tuple[list[Problem], list[str]]]
"""By recognizer: what it could not use, and what it has to say."""


def merge_notes(several: Iterable[RunNotes]) -> RunNotes:
    """The remarks of several workers as one's; what they all say is said once.

    >>> merge_notes([{"m": ([], ["3 asked"])}, {"m": ([], ["3 asked", "2 asked"])}])
    {'m': ([], ['3 asked', '2 asked'])}
    """
    joined: RunNotes = {}
    for one_worker in several:
        for name, (problems, notes) in one_worker.items():
            known_problems, known_notes = joined.setdefault(name, ([], []))
            known_problems += [one for one in problems if one not in known_problems]
            known_notes += [one for one in notes if one not in known_notes]
    return joined


def batches(figures: Iterable[Figure]) -> Iterator[list[Figure]]:
    """Figures in the portions that recognizers are given."""
    stream = iter(figures)
    while portion := list(islice(stream, _SIZE)):
        yield portion


def caption_key(caption: str) -> str:
    """What a caption's predictions are kept under.

    >>> caption_key("IL-6 binds") == caption_key("IL-6 binds") != caption_key("IL-6 binds.")
    True
    """
    return sha256(caption.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def recognizer_key(recognizer: Recognizer) -> str:
    """What a recognizer's predictions are kept under.

    The name counts, too: whoever writes a recognizer may be careless with its fingerprint.
    Raises RecognizerError if it cannot give one.
    """
    try:
        return f"{recognizer.name}@{recognizer.fingerprint}"
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise RecognizerError(f"{recognizer.name}: it has no fingerprint: {reason}") from error


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """Recognizers, a (name, fingerprint) each, and the keys under which predictions are kept."""

    recognizers: tuple[tuple[str, str], ...]
    keys: tuple[str, ...]


@dataclass(slots=True)
class BatchResult:
    """What came of a portion.

    ``mentions`` of every model that works, a tuple per figure; ``fresh`` predictions that were
    not known before; ``failures`` by model. ``in_scope`` is (figures, organisms and all),
    ``counts`` by model (figures, levels, organisms and all, fields of `Counts`).
    """

    mentions: dict[str, list[Mentions]] = field(default_factory=dict)
    fresh: PredictionCache = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    in_scope: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), np.bool_))
    counts: dict[str, npt.NDArray[np.int32]] = field(default_factory=dict)
    captions: pl.DataFrame = field(default_factory=pl.DataFrame)
    figures: pl.DataFrame = field(default_factory=pl.DataFrame)
    names: pl.DataFrame = field(default_factory=pl.DataFrame)
    genes: pl.DataFrame = field(default_factory=pl.DataFrame)


class CachedPredictor:
    """A recognizer that is asked once about a caption, however many ask for the answer."""

    def __init__(self, recognizer: Recognizer, failure: RecognizerError | None) -> None:
        self._predictor = RecognizerPredictor(recognizer)
        self._known: dict[str, Mentions] = {}
        self._failure = failure
        self.fresh: dict[str, Mentions] = {}

    def begin(self, known: dict[str, Mentions]) -> None:
        """A new portion, and what is known of its captions."""
        self._known = dict(known)
        self.fresh = {}

    def predict(self, figures: Sequence[Figure]) -> list[Mentions]:
        """The mentions of each figure. Raises RecognizerError, and again, once it has failed."""
        if self._failure is not None:
            raise self._failure
        keys = [caption_key(figure.caption) for figure in figures]
        missing = {
            key: figure for key, figure in zip(keys, figures, strict=True) if key not in self._known
        }
        if missing:
            try:
                found = self._predictor.predict(list(missing.values()))
            except RecognizerError as error:
                self._failure = error
                raise
            self.fresh.update(zip(missing, found, strict=True))
            self._known.update(self.fresh)
        return [self._known[key] for key in keys]


class Worker:
    """Predicts and scores portions with some recognizers.

    Recognizers of one name and fingerprint are run once, be they models of the run, members of its
    ensembles, or both.
    """

    def __init__(
        self,
        recognizers: Sequence[Recognizer | Predictor],
        nomenclature: Nomenclature,
        scope: Scope,
        level: Level,
        abbreviations: bool,
    ) -> None:
        self._recognizers = {one.name: one for one in recognizers}
        self._matcher = Matcher(nomenclature)
        self._scope = scope
        self._level = level
        self._abbreviations = abbreviations
        self._failed: set[str] = set()
        self._once: dict[str, CachedPredictor] = {}
        self._key: dict[int, str] = {}
        for one in recognizers:
            self._register(one)

    def info(self) -> WorkerInfo:
        """What can be told of the recognizers before they have done anything."""
        recognizers = []
        for one in self._recognizers.values():
            try:
                recognizers.append((one.name, one.fingerprint))
            except Exception:  # it fails when it is asked to predict, and that is said then
                recognizers.append((one.name, ""))
        return WorkerInfo(tuple(recognizers), tuple(self._once))

    def notes(self) -> RunNotes:
        """What the recognizers have to say after a run."""
        return {
            name: (list(getattr(one, "problems", ())), list(getattr(one, "notes", list)()))
            for name, one in self._recognizers.items()
        }

    def _register(self, one: Recognizer | Predictor) -> None:
        if isinstance(one, Ensemble):
            for member in one.members:
                self._register(member)
        elif isinstance(one, Recognizer):
            failure = None
            try:
                key = recognizer_key(one)
            except RecognizerError as error:
                key, failure = f"{one.name} at {id(one)}", error
            self._key[id(one)] = key
            self._once.setdefault(key, CachedPredictor(one, failure))

    def do(
        self,
        figures: Sequence[Figure],
        known: PredictionCache,
        precomputed: Mapping[str, list[Mentions]] = MappingProxyType({}),
    ) -> BatchResult:
        """Predict and score a portion; a failing recognizer is kept, not raised.

        ``precomputed`` are mentions of further models, which need no predicting.
        """
        for key, once in self._once.items():
            once.begin(known.get(key, {}))
        done = BatchResult(mentions=dict(precomputed))
        for name, recognizer in self._recognizers.items():
            if name not in self._failed:
                try:
                    done.mentions[name] = self._predict(recognizer, figures)
                except RecognizerError as error:
                    done.failures[name] = str(error)
                    self._failed.add(name)
        done.fresh = {key: once.fresh for key, once in self._once.items() if once.fresh}
        self._score(figures, done)
        return done

    def _predict(
        self, recognizer: Recognizer | Predictor, figures: Sequence[Figure]
    ) -> list[Mentions]:
        if isinstance(recognizer, Ensemble):
            found = []
            for member in recognizer.members:
                try:
                    found.append(self._predict(member, figures))
                except RecognizerError as error:
                    raise RecognizerError(f"{recognizer.name}: its member {error}") from error
            return [tuple(recognizer.combine(each)) for each in zip(*found, strict=True)]
        if isinstance(recognizer, Recognizer):
            return self._once[self._key[id(recognizer)]].predict(figures)
        return recognizer.predict(figures)

    def _score(self, figures: Sequence[Figure], done: BatchResult) -> None:
        nomenclature = self._matcher.nomenclature
        columns = {taxon: at for at, taxon in enumerate(nomenclature)}
        labels = {nomenclature.label(taxon): at for taxon, at in columns.items()} | {
            ALL: len(columns)
        }
        done.in_scope = np.zeros((len(figures), len(labels)), np.bool_)
        shape = (len(figures), len(Level), len(labels), len(FIELDS))
        done.counts = {name: np.zeros(shape, np.int32) for name in done.mentions}
        captions: list[Any] = []
        tables: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
        for at, figure in enumerate(figures):
            target = FigureContext(figure, self._scope, self._matcher, self._abbreviations)
            captions.append(caption_row(target))
            if not target.scope:
                continue
            done.in_scope[at, [*(columns[taxon] for taxon in target.scope), len(columns)]] = True
            for name, mentions in done.mentions.items():
                score = score_figure(target, mentions[at])
                _fill(done.counts[name][at], score, labels)
                for table, rows in zip(tables, score_rows(score, name, self._level), strict=True):
                    table.extend(rows)
        schemas = (CAPTION_SCHEMA, FIGURE_SCHEMA, NAME_SCHEMA, GENE_SCHEMA)
        done.captions, done.figures, done.names, done.genes = (
            frame(rows, schema) for rows, schema in zip((captions, *tables), schemas, strict=True)
        )


def _fill(counts: npt.NDArray[np.int32], score: FigureScore, labels: dict[str, int]) -> None:
    for row, by_organism in enumerate(score.counts.values()):
        for label, one in by_organism.items():
            counts[row, labels[label]] = one.values()
