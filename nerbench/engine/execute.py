"""The runs that the command line offers: models on a corpus, predictions on a corpus."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import IO

from nerbench.corpus import Corpus, open_corpus
from nerbench.engine.config import RunConfig, freeze_gc
from nerbench.engine.evaluate import begin, run_evaluation
from nerbench.engine.evaluation import Evaluation
from nerbench.engine.executors import Executor, Processes, ThisProcess
from nerbench.engine.provenance import CorpusInfo, figure_digest
from nerbench.engine.store import PredictionStore
from nerbench.engine.worker import batches
from nerbench.errors import NerbenchError, RecognizerError
from nerbench.files import write_file, writing
from nerbench.nomenclature.lexicon import load_nomenclature
from nerbench.nomenclature.matcher import Matcher
from nerbench.recognizers.external.predictions import (
    PredictionFile,
    PredictionsCard,
    prediction_line,
)
from nerbench.recognizers.predictor import as_predictor
from nerbench.recognizers.registry import find_card, load_recognizer
from nerbench.records import Figure, Mention, Problem
from nerbench.scoring.figure import FigureContext, FigureScore, Scope, score_figure

__all__ = [
    "RunPlan",
    "corpus_info",
    "execute",
    "plan_run",
    "predict_to",
    "run_folder",
    "score_one",
]

Tick = Callable[[], None]


@dataclass(frozen=True, slots=True)
class RunPlan:
    """A run that was found possible; nothing has been loaded or written yet."""

    config: RunConfig
    files: tuple[PredictionFile, ...]
    figures: Corpus
    evaluation: Evaluation
    kept: tuple[str, ...]
    """The models whose predictions are written into the run's folder."""


def plan_run(
    corpus: Sequence[Path],
    config: RunConfig,
    predictions: Sequence[Path] = (),
    *,
    limit: int | None = None,
    seed: int = 0,
    by: Sequence[str] = (),
) -> RunPlan:
    """A run of models by name, and of files of predictions, over a corpus.

    ``seed`` and ``by`` are those of `nerbench.evaluate`. Raises NerbenchError for an unknown model,
    organism, column or path, or an unusable file.
    """
    files = [PredictionFile(path, threshold=config.threshold) for path in predictions]
    names, models = [], []
    for name in config.models:
        card = find_card(name)
        names.append(card.name)
        file = _predictions(name, config) if isinstance(card, PredictionsCard) else None
        if file is None:
            models.append(name)
        else:
            files.append(file)
    evaluation = begin(
        names or [file.name for file in files],
        load_nomenclature(),
        config.organism,
        config.level,
        config.abbreviations,
        seed,
        by,
    )
    config = replace(config, models=tuple(models))
    figures = open_corpus(*corpus, limit=limit)
    return RunPlan(config, tuple(files), figures, evaluation, tuple(names))


def _predictions(name: str, config: RunConfig) -> PredictionFile | None:
    """The predictions of a card; None if they cannot be used: the model fails, then, in the run."""
    try:
        loaded = load_recognizer(name, config.threshold)
    except RecognizerError:
        return None
    return loaded if isinstance(loaded, PredictionFile) else None


@contextmanager
def run_folder(out: Path) -> Iterator[PredictionStore]:
    """The folder of a run, made and tried before anything is computed, and this run's alone while
    it lasts; yields the predictions that are kept in it.

    Raises NerbenchError if it cannot be written, or another run is at work in it.
    """
    probe = out / ".nerbench"
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    with PredictionStore(out) as store:
        yield store


def execute(
    planned: RunPlan,
    out: Path,
    store: PredictionStore,
    *,
    jobs: int = 1,
    dask: str | None = None,
    tick: Tick,
    seed: int = 0,
    by: Sequence[str] = (),
) -> Evaluation:
    """Carry a plan out; writes each model's predictions into `out`.

    ``jobs`` is the number of processes, 0 one per core; ``dask`` the address of a scheduler, or
    ``local``. What ``store`` knows is not predicted again. A model that cannot be loaded is a
    failure of that model, not of the run. Raises NerbenchError if the corpus holds no figure, a
    file predicts none of its figures, or nothing more can be written.
    """
    started = time.time()
    evaluation, folder = planned.evaluation, out / "predictions"
    with ExitStack() as stack:
        executor = stack.enter_context(_executor(planned.config, jobs, dask))
        _clear(folder)
        writers = {
            name: stack.enter_context(_Writer(folder / f"{_file_name(name)}.jsonl"))
            for name in planned.kept
        }

        def keep(figure: Figure, mentions: dict[str, tuple[Mention, ...]]) -> None:
            for name, found in mentions.items():
                if name in writers:
                    writers[name].write(figure.figid, found)
            tick()

        try:
            run_evaluation(
                evaluation, planned.figures, executor, planned.files, store=store, on_figure=keep
            )
            for model in evaluation.models:
                if model.name in writers:
                    writers[model.name].finish(complete=model.failure is None)
        except (NerbenchError, KeyboardInterrupt):
            for writer in writers.values():
                writer.discard()
            raise
    useless = {file.name: file.path for file in planned.files if file.is_useless}
    for model in evaluation.models:
        if (path := useless.get(model.name)) is not None:
            problem = Problem(str(path), "none of its figures is in the corpus")
            if len(useless) == len(evaluation.models):
                raise NerbenchError(str(problem))
            model.problems.append(problem)
    _log(out, started, evaluation)
    return evaluation


def _executor(config: RunConfig, jobs: int, dask: str | None) -> AbstractContextManager[Executor]:
    if jobs == 1 and dask is None:
        return nullcontext(ThisProcess(config.worker()))
    freeze_gc()
    if dask is not None:
        from nerbench.engine.dask_executor import Cluster

        return Cluster(config, dask, jobs)
    return Processes(config, jobs)


def predict_to(
    corpus: Sequence[Path], model: str, out: Path, *, limit: int | None, tick: Tick
) -> list[Problem]:
    """Write a model's predictions for a corpus to a file, or to standard output for ``-``.

    Returns what was skipped. Raises NerbenchError if the model or the file cannot be used.
    """
    figures = open_corpus(*corpus, limit=limit)
    recognizer = load_recognizer(model)
    with _Writer(None if str(out) == "-" else out) as writer:
        predictor = as_predictor(recognizer)
        for portion in batches(figures):
            for figure, mentions in zip(portion, predictor.predict(portion), strict=True):
                writer.write(figure.figid, mentions)
                tick()
        if not figures.figures:
            writer.discard()
            CorpusInfo(skipped=figures.skipped).check(figures.paths)
        writer.finish(complete=True)
    return figures.skipped


def score_one(
    figid: str, corpus: Iterable[Path], model: str, *, organism: str, abbreviations: bool
) -> FigureScore:
    """One model on one figure of a corpus.

    Raises NerbenchError if the figure is not there.
    """
    nomenclature = load_nomenclature()
    scope = Scope.parse(organism, nomenclature)
    figures = open_corpus(*corpus)
    for figure in figures:
        if figure.figid == figid:
            predictor = as_predictor(load_recognizer(model))
            target = FigureContext(figure, scope, Matcher(nomenclature), abbreviations)
            return score_figure(target, predictor.predict([figure])[0])
    raise NerbenchError(
        f"no figure {figid!r} among the {figures.figures:,} of {', '.join(map(str, figures.paths))}"
    )


def corpus_info(corpus: Sequence[Path]) -> CorpusInfo:
    """Read a corpus and count what it holds."""
    figures = open_corpus(*corpus)
    facts = CorpusInfo()
    for figure in figures:
        facts.add(figure, figure_digest(figure))
    facts.skipped = figures.skipped
    facts.check(figures.paths)
    return facts


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.+-]", "_", name)


class _Writer(AbstractContextManager["_Writer"]):
    """Predictions into a file that takes its place when the run has ended well; into standard
    output for None.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path or Path("standard output")
        self._part = None if path is None else path.with_name(path.name + ".part")
        if path is not None and path.exists() and not path.is_file():
            self._part = path  # a device or a named pipe is written to as it is
        self._stream: IO[str] = sys.stdout
        if self._part is not None:
            with writing(self._path):
                self._part.parent.mkdir(parents=True, exist_ok=True)
                self._stream = self._part.open("w", encoding="utf-8", newline="\n")

    def write(self, figid: str, mentions: Iterable[Mention]) -> None:
        with writing(self._path):
            self._stream.write(prediction_line(figid, mentions) + "\n")

    def finish(self, *, complete: bool) -> None:
        """Rename the file into place; what a failed model did stays in the ``.part`` file."""
        if self._part is None:
            return
        with writing(self._path):
            self._stream.flush()
            if complete and self._part != self._path:
                os.fsync(self._stream.fileno())
                self._stream.close()
                self._part.replace(self._path)

    def discard(self) -> None:
        """Remove what was written of a run that came to nothing."""
        if self._part is not None and self._part != self._path:
            with suppress(OSError):
                self._part.unlink()

    def __exit__(self, *_: object) -> None:
        if self._part is not None:
            with suppress(OSError):  # what could not be written has been said
                self._stream.close()


def _clear(folder: Path) -> None:
    """Remove an earlier run's predictions: they would stand beside numbers of other models."""
    for pattern in ("*.jsonl", "*.jsonl.part"):
        for path in folder.glob(pattern):
            with writing(path):
                path.unlink(missing_ok=True)


def _log(out: Path, started: float, evaluation: Evaluation) -> None:
    """Times and machine facts, apart from the numbers."""
    facts = {
        "command": sys.argv,
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": round(time.time() - started, 3),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "usage": {model.name: model.usage for model in evaluation.models if model.usage},
        "versions": {name: version(name) for name in ("nerbench", "spacy", "polars", "PyYAML")},
    }
    write_file(out / "run.log.json", json.dumps(facts, indent=1) + "\n")
