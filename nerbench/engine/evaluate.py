"""Evaluate recognizers on figures: portions go out to an executor, and are gathered in order."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

from nerbench.corpus import Corpus
from nerbench.engine.evaluation import Evaluation, ModelResult, check_columns
from nerbench.engine.executors import Executor, Task, ThisProcess
from nerbench.engine.provenance import CorpusInfo, lexicon_info
from nerbench.engine.store import PredictionStore
from nerbench.engine.worker import BatchResult, Mentions, Worker, batches, caption_key
from nerbench.errors import NerbenchError
from nerbench.nomenclature.abbreviations import has_scispacy
from nerbench.nomenclature.lexicon import Nomenclature, load_nomenclature
from nerbench.recognizers.contract import Recognizer
from nerbench.recognizers.predictor import Predictor
from nerbench.records import Figure, Level
from nerbench.scoring.figure import Scope

__all__ = ["OnFigure", "begin", "evaluate", "run_evaluation"]

OnFigure = Callable[[Figure, dict[str, Mentions]], None]


def run_evaluation(
    evaluation: Evaluation,
    figures: Iterable[Figure],
    executor: Executor,
    files: Sequence[Predictor] = (),
    *,
    store: PredictionStore | None = None,
    on_figure: OnFigure | None = None,
) -> Evaluation:
    """Fill an evaluation: the models of an executor and files of predictions over figures.

    ``evaluation.models`` are those of both, by name. Predictions that ``store`` knows are not
    made again; others are kept there as soon as they are made, whatever their order. What is
    gathered is in the order of the figures, whoever did it. An interrupt (Ctrl-C) ends the run
    early: what is gathered by then is an evaluation, marked as partial. Raises NerbenchError if
    there is no figure, KeyboardInterrupt if there is none yet.
    """
    info = executor.info()
    gathered = _Gathered(evaluation)
    try:
        for figure, mentions in _in_order(
            executor, _make_tasks(figures, files, info.keys, store), store, gathered
        ):
            if on_figure is not None:
                on_figure(figure, mentions)
    except KeyboardInterrupt:
        if not evaluation.figids:
            raise
        evaluation.partial = True
    if isinstance(figures, Corpus):
        evaluation.corpus.skipped = list(figures.skipped)
    evaluation.corpus.check(figures.paths if isinstance(figures, Corpus) else ())
    evaluation.corpus.out_of_scope.sort()
    fingerprints = dict(info.recognizers) | {file.name: file.fingerprint for file in files}
    notes = {} if evaluation.partial else executor.notes()
    precomputed = {file.name: file for file in files}
    for model in evaluation.models:
        model.problems, model.usage = notes.get(model.name, ([], []))
        if (file := precomputed.get(model.name)) is not None:
            model.problems = list(file.problems)
            model.notes = list(getattr(file, "notes", list)())
        if model.failure is None:
            model.fingerprint = fingerprints[model.name]
    return gathered.whole()


def evaluate(
    figures: Iterable[Figure],
    recognizer: Recognizer | Predictor | Sequence[Recognizer | Predictor],
    *,
    organism: str = "auto",
    level: Level | str = Level.FAMILY,
    abbreviations: bool = True,
    nomenclature: Nomenclature | None = None,
    seed: int = 0,
    by: Sequence[str] = (),
    store: PredictionStore | None = None,
    on_figure: OnFigure | None = None,
) -> Evaluation:
    """Run recognizers over figures and compare what they find with the curated genes.

    ``organism`` is the scope: ``auto``, ``all``, a label or taxon ids; ``level`` the one that
    reasons and tables are given for (scores are given for all). With ``abbreviations``, a
    short form that a caption defines takes its long form's meaning. ``seed`` is that of intervals
    and tests; ``by`` names columns of `FIGURE_SCHEMA` to break scores down by. Predictions that
    ``store`` knows are not made again; those that it does not know are kept there. ``on_figure`` is
    called after each figure with the mentions of each recognizer that has not failed.

    A recognizer that fails is reported in its ``ModelResult.failure``; the others' results
    stand. Raises NerbenchError for an unknown organism, level or column, a negative seed, two
    recognizers or figures of one name, or if there is no figure.

    >>> import nerbench
    >>> evaluation = evaluate(nerbench.open_corpus("seeds"), nerbench.load_recognizer("lexicon"))
    >>> row = evaluation.scores[4]
    >>> row.organism, row.level, row.average, row.counts.curated, row.counts.recovered
    ('human', 'family', 'micro', 34, 17)
    """
    recognizers = list(recognizer) if isinstance(recognizer, Sequence) else [recognizer]
    names = [one.name for one in recognizers]
    nomenclature = nomenclature or load_nomenclature()
    evaluation = begin(names, nomenclature, organism, level, abbreviations, seed, by)
    loaded = [one for one in recognizers if isinstance(one, Recognizer)]
    files = [one for one in recognizers if not isinstance(one, Recognizer)]
    worker = Worker(loaded, nomenclature, evaluation.scope, evaluation.level, abbreviations)
    executor = ThisProcess(worker)
    return run_evaluation(evaluation, figures, executor, files, store=store, on_figure=on_figure)


def begin(
    names: Sequence[str],
    nomenclature: Nomenclature,
    organism: str,
    level: Level | str,
    abbreviations: bool,
    seed: int = 0,
    by: Sequence[str] = (),
) -> Evaluation:
    """An evaluation of models by name, with nothing in it.

    Raises NerbenchError for an unknown organism, level or column, a negative seed, or two models
    of one name.
    """
    scope = Scope.parse(organism, nomenclature)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise NerbenchError(
            f"two models are called {twice!r}: give each its own name (a file's is the model's)"
        )
    try:
        level = Level(level)
    except ValueError:
        raise NerbenchError(f"unknown level {level!r}: use {', '.join(Level)}") from None
    check_columns(by)
    if seed < 0:
        raise NerbenchError(f"the seed is {seed}: use 0 or a positive number")
    reading = ("brackets+lists" if has_scispacy() else "lists") if abbreviations else "off"
    return Evaluation(
        lexicons=lexicon_info(nomenclature),
        scope=scope,
        level=level,
        abbreviations=reading,
        corpus=CorpusInfo(),
        models=[ModelResult(name) for name in names],
        seed=seed,
        by=tuple(by),
    )


def _make_tasks(
    figures: Iterable[Figure],
    files: Sequence[Predictor],
    keys: Sequence[str],
    store: PredictionStore | None,
) -> Iterator[Task]:
    for number, portion in enumerate(batches(figures)):
        captions = [caption_key(figure.caption) for figure in portion]
        known = store.known(keys, captions) if store is not None else {}
        yield Task(number, portion, known, {file.name: file.predict(portion) for file in files})


def _in_order(
    executor: Executor, tasks: Iterable[Task], store: PredictionStore | None, gathered: _Gathered
) -> Iterator[tuple[Figure, dict[str, Mentions]]]:
    """Each figure with its mentions, in order, once its portion has been gathered."""
    waiting: dict[int, tuple[Task, BatchResult]] = {}
    due = 0
    for finished, result in executor.do(tasks):
        if store is not None and result.fresh:
            store.keep(result.fresh)
        waiting[finished.number] = finished, result
        while due in waiting:
            task, done = waiting.pop(due)
            due += 1
            with defer_interrupts():
                gathered.add(task.figures, done)
            for at, figure in enumerate(task.figures):
                yield figure, {name: found[at] for name, found in done.mentions.items()}


@contextmanager
def defer_interrupts() -> Iterator[None]:
    """Let an interrupt (Ctrl-C, or what ends a job) wait for the end of what is done here."""
    if threading.current_thread() is not threading.main_thread():
        yield  # no signal comes here
        return
    handlers = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    ours = {one: handler for one, handler in handlers.items() if callable(handler)}  # Python's
    came: list[int] = []
    for one in ours:
        signal.signal(one, lambda number, _: came.append(number))
    try:
        yield
    finally:
        for one, handler in ours.items():
            signal.signal(one, handler)
    for number in came[:1]:
        signal.raise_signal(number)


class _Gathered:
    """An evaluation in the making: what came of each portion, in order."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        self._seen: set[str] = set()
        self._in_scope: list[npt.NDArray[np.bool_]] = []
        self._counts: dict[str, list[npt.NDArray[np.int32]]] = {
            model.name: [] for model in evaluation.models
        }

    def add(self, figures: Sequence[Figure], done: BatchResult) -> None:
        evaluation = self._evaluation
        in_scope = done.in_scope.any(axis=1).tolist()
        digests = done.captions["digest"]
        for figure, digest, scored in zip(figures, digests, in_scope, strict=True):
            if figure.figid in self._seen:
                raise NerbenchError(f"two figures are called {figure.figid!r}: an id each")
            self._seen.add(figure.figid)
            evaluation.corpus.add(figure, digest)
            evaluation.figids.append(figure.figid)
            if not scored:
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
