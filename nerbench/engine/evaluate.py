"""The evaluation loop: batches go out to an executor, and are gathered in order."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from nerbench.corpus import Corpus
from nerbench.engine.builder import (
    EvaluationBuilder,
    check_has_figures,
)
from nerbench.engine.evaluation import Evaluation, ModelResult, RunSettings
from nerbench.engine.executors import Executor
from nerbench.engine.gold import GoldFile
from nerbench.engine.provenance import CardInfo
from nerbench.engine.store import PredictionStore
from nerbench.engine.worker import (
    Batch,
    BatchResult,
    RunNotes,
    Timings,
    WorkerInfo,
    batches,
    caption_key,
)
from nerbench.recognizers.external.predictions import PredictionFile
from nerbench.recognizers.predictor import Mentions, Predictor
from nerbench.recognizers.trained_on import is_among
from nerbench.records import Figure, Problem

OnFigure = Callable[[Figure, dict[str, Mentions]], None]


def run_evaluation(
    settings: RunSettings,
    names: Sequence[str],
    figures: Iterable[Figure],
    executor: Executor,
    files: Sequence[Predictor] = (),
    *,
    gold: GoldFile | None = None,
    store: PredictionStore | None = None,
    on_figure: OnFigure | None = None,
    cards: Mapping[str, CardInfo] | None = None,
) -> Evaluation:
    """Evaluate the models of an executor and files of predictions on figures.

    ``names`` are the models of both, in the order of the result; ``cards`` says what the card of a
    model says. The figures that ``gold`` has are marked by it. Predictions that ``store`` has are
    not made again; others are kept there as soon as they are made. Results are gathered in
    the order of the figures, whichever worker made them. ``on_figure`` is called after each
    figure with the mentions of each model that works. An interrupt (Ctrl-C) ends the run early:
    the figures gathered by then are an evaluation, marked as partial.

    Raises NerbenchError if there is no figure, KeyboardInterrupt if none was gathered yet.
    """
    figures = _resolve_papers(figures, [*files, gold])
    info = executor.info()
    results = _Results(EvaluationBuilder(settings), names)
    for file in files:
        info.trained_on[file.name] = file.trained_on
    todo = _make_batches(figures, files, info, settings.held_out, gold, store)
    partial = False
    try:
        for figure, mentions in _in_order(executor, todo, store, results):
            if on_figure is not None:
                on_figure(figure, mentions)
    except KeyboardInterrupt:
        if not results.builder.figids:
            raise
        partial = True
    corpus = figures if isinstance(figures, Corpus) else None
    skipped = [] if corpus is None else list(corpus.skipped)
    paths = () if corpus is None else corpus.paths
    check_has_figures(len(results.builder.figids), paths, skipped)
    notes = {} if partial else executor.notes()
    for file in files:
        info.fingerprints[file.name] = file.fingerprint
    return results.build(info.fingerprints, notes, files, skipped, partial, cards or {})


def _resolve_papers(figures: Iterable[Figure], sources: Iterable[object]) -> Iterable[Figure]:
    """Assign what predictions and gold have by PMC id to the only figures of these papers.

    That takes a reading of the corpus of its own, so it is done only where such ids occur. Returns
    the figures, to be read again.
    """
    by_paper = [
        source
        for source in sources
        if isinstance(source, PredictionFile | GoldFile) and source.names_papers
    ]
    if by_paper:
        figures = list(figures) if isinstance(figures, Iterator) else figures
        ids = [(figure.figid, figure.pmcid) for figure in figures]
        for source in by_paper:
            source.resolve_papers(ids)
    return figures


def _make_batches(
    figures: Iterable[Figure],
    files: Sequence[Predictor],
    info: WorkerInfo,
    held_out: bool,
    gold: GoldFile | None,
    store: PredictionStore | None,
) -> Iterator[Batch]:
    for number, unmarked in enumerate(batches(figures)):
        read = unmarked if gold is None else gold.mark(unmarked)
        seen = {
            model: [is_among(figure, ids) for figure in read]
            for model, ids in info.trained_on.items()
            if ids
        }
        captions = [caption_key(figure.caption) for figure in read]
        cached = store.cached(info.keys, captions) if store is not None else {}
        precomputed = {file.name: file.predict(read) for file in files}
        yield Batch(number, read, cached, precomputed, seen, held_out)


def _in_order(
    executor: Executor, todo: Iterable[Batch], store: PredictionStore | None, results: _Results
) -> Iterator[tuple[Figure, dict[str, Mentions]]]:
    """Yield each figure with its mentions, in order, once its batch has been gathered."""
    waiting: dict[int, tuple[Batch, BatchResult]] = {}
    next_number = 0
    for finished, finished_result in executor.run(todo):
        if store is not None and finished_result.fresh:
            store.add(finished_result.fresh)
        waiting[finished.number] = finished, finished_result
        while next_number in waiting:
            batch, result = waiting.pop(next_number)
            next_number += 1
            with defer_interrupts():
                results.add(batch.figures, result)
            for index, figure in enumerate(batch.figures):
                yield figure, {model: lists[index] for model, lists in result.mentions.items()}


@contextmanager
def defer_interrupts() -> Iterator[None]:
    """Let an interrupt (Ctrl-C, or the signal that ends a job) wait for the end of the block."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread only
        return
    previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    handled = {number: handler for number, handler in previous.items() if callable(handler)}
    received: list[int] = []
    for number in handled:
        signal.signal(number, lambda number, _: received.append(number))
    try:
        yield
    finally:
        for number, handler in handled.items():
            signal.signal(number, handler)
    for first in received[:1]:
        signal.raise_signal(first)


class _Results:
    """The results of the batches so far, in the order of the figures."""

    def __init__(self, builder: EvaluationBuilder, names: Sequence[str]) -> None:
        self.builder = builder
        self._counts: dict[str, list[npt.NDArray[np.int32]]] = {name: [] for name in names}
        self._gold_counts: dict[str, list[npt.NDArray[np.int32]]] = {name: [] for name in names}
        self._reference: list[npt.NDArray[np.int32]] = []
        self._failures: dict[str, str] = {}
        self._timings: Timings = {}

    def add(self, figures: Sequence[Figure], result: BatchResult) -> None:
        """Add the result of the next batch."""
        figids = [figure.figid for figure in figures]
        self.builder.add_figures(figids, result.in_scope, result.marked)
        self._failures = result.failures | self._failures
        for name, (captions, seconds) in result.timings.items():
            before = self._timings.get(name, (0, 0.0))
            self._timings[name] = before[0] + captions, before[1] + seconds
        for name, counts in result.counts.items():
            self._counts[name].append(counts)
            self._gold_counts[name].append(result.gold_counts[name])
        self._reference.append(result.reference)
        self.builder.caption_rows.append(result.captions)
        self.builder.figure_rows.append(result.figures)
        self.builder.name_rows.append(result.names)
        self.builder.gene_rows.append(result.genes)
        self.builder.mark_rows.append(result.marks)

    def build(
        self,
        fingerprints: Mapping[str, str],
        notes: RunNotes,
        files: Sequence[Predictor],
        skipped: Sequence[Problem],
        partial: bool,
        cards: Mapping[str, CardInfo],
    ) -> Evaluation:
        """Return the evaluation; the counts of a failed model are not part of it."""
        by_name = {file.name: file for file in files}
        models = []
        for name, counts in self._counts.items():
            file = by_name.get(name)
            problems, usage = notes.get(name, ([], []))
            captions, seconds = self._timings.get(name, (0, 0.0))
            model = ModelResult(
                name,
                problems=tuple(problems if file is None else file.problems),
                notes=() if file is None else tuple(file.notes()),
                usage=tuple(usage),
                has_spans=file is None or file.has_spans,
                timed_captions=captions,
                seconds=seconds,
                card=cards.get(name),
                failure=self._failures.get(name),
            )
            if model.failure is None:
                model = replace(
                    model,
                    fingerprint=fingerprints[name],
                    counts=np.concatenate(counts),
                    gold_counts=np.concatenate(self._gold_counts[name]),
                )
            models.append(model)
        reference = np.concatenate(self._reference)
        return self.builder.build(models, reference=reference, skipped=skipped, partial=partial)
