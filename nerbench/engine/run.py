"""The runs that the command line offers: models on a corpus, predictions on a corpus."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import IO

from nerbench.corpus import open_corpus
from nerbench.engine.evaluation import Evaluation, check_columns, evaluate
from nerbench.engine.facts import CorpusFacts
from nerbench.engine.portion import portions
from nerbench.engine.store import PredictionStore
from nerbench.errors import NerbenchError, RecognizerError
from nerbench.matching import Matcher
from nerbench.nomenclature.lexicon import load_nomenclature
from nerbench.recognizers import Recognizer
from nerbench.recognizers.predictions import PredictionFile, prediction_line
from nerbench.recognizers.predictor import RecognizerPredictor
from nerbench.recognizers.registry import find_card, load_recognizer
from nerbench.records import Figure, Level, Mention, Problem
from nerbench.scoring.figures import FigureScore, Scope, Target, score_figure

__all__ = ["corpus_facts", "predict_to", "run_models", "run_predictions", "score_one"]

Tick = Callable[[], None]


def run_models(
    corpus: Sequence[Path],
    models: Sequence[str],
    out: Path,
    *,
    organism: str,
    level: Level,
    abbreviations: bool,
    limit: int | None,
    threshold: float | None,
    resume: bool,
    tick: Tick,
    seed: int = 0,
    by: Sequence[str] = (),
) -> Evaluation:
    """Run models by name over a corpus; keeps each one's predictions in `out`.

    ``threshold`` takes the place of the one on each model's card. Captions that an earlier run
    into `out` predicted with the same model are not predicted again, unless ``resume`` is off. A
    model that cannot be loaded is a failure of that model, not of the run. Raises
    NerbenchError for an unknown model, an unusable corpus, or a folder that cannot be written.
    """
    started = time.time()
    names = list(dict.fromkeys(models))
    for name in names:
        find_card(name)  # an unknown name is wrong usage, before anything is run
    Scope.parse(organism, load_nomenclature())
    check_columns(by)
    figures = open_corpus(*corpus, limit=limit)
    folder = _prepare(out) / "predictions"
    with ExitStack() as files:
        store = files.enter_context(PredictionStore(out))
        if not resume:
            store.forget()
        loaded = [_load(name, threshold) for name in names]
        _clear(folder)
        writers = {
            recognizer.name: _Writer(folder / f"{_file_name(recognizer.name)}.jsonl", files)
            for recognizer in loaded
        }

        def keep(figure: Figure, mentions: dict[str, tuple[Mention, ...]]) -> None:
            for name, found in mentions.items():
                writers[name].write(figure.figid, found)
            tick()

        try:
            evaluation = evaluate(
                figures,
                loaded,
                organism=organism,
                level=level,
                abbreviations=abbreviations,
                seed=seed,
                by=by,
                store=store,
                on_figure=keep,
            )
        except NerbenchError:
            for writer in writers.values():
                writer.discard()
            raise
    for model in evaluation.models:
        writers[model.name].finish(complete=model.failure is None)
    _log(out, started)
    return evaluation


def run_predictions(
    corpus: Sequence[Path],
    predictions: Sequence[Path],
    out: Path,
    *,
    organism: str,
    level: Level,
    abbreviations: bool,
    limit: int | None,
    tick: Tick,
    seed: int = 0,
    by: Sequence[str] = (),
) -> Evaluation:
    """Score files of predictions on a corpus.

    Raises NerbenchError if a file is unusable, or predicts no figure of the corpus.
    """
    started = time.time()
    files = [PredictionFile(path) for path in predictions]
    figures = open_corpus(*corpus, limit=limit)
    _prepare(out)
    evaluation = evaluate(
        figures,
        files,
        organism=organism,
        level=level,
        abbreviations=abbreviations,
        seed=seed,
        by=by,
        on_figure=lambda *_: tick(),
    )
    for file in files:
        if file.is_useless:
            raise NerbenchError(f"{file.path}: none of its figures is in the corpus")
    _log(out, started)
    return evaluation


def predict_to(
    corpus: Sequence[Path], model: str, out: Path, *, limit: int | None, tick: Tick
) -> list[Problem]:
    """Write a model's predictions for a corpus to a file, or to standard output for ``-``.

    Returns what was skipped. Raises NerbenchError if the model or the file cannot be used.
    """
    figures = open_corpus(*corpus, limit=limit)
    recognizer = load_recognizer(model)
    with ExitStack() as files:
        writer = _Writer(None if str(out) == "-" else out, files)
        predictor = RecognizerPredictor(recognizer)
        for portion in portions(figures):
            for figure, mentions in zip(portion, predictor.predict(portion), strict=True):
                writer.write(figure.figid, mentions)
                tick()
    if not figures.figures:
        writer.discard()
        CorpusFacts(skipped=figures.skipped).check(figures.paths)
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
            predictor = RecognizerPredictor(load_recognizer(model))
            target = Target(figure, scope, Matcher(nomenclature), abbreviations)
            return score_figure(target, predictor.predict([figure])[0])
    raise NerbenchError(
        f"no figure {figid!r} among the {figures.figures:,} of {', '.join(map(str, figures.paths))}"
    )


def corpus_facts(corpus: Sequence[Path]) -> CorpusFacts:
    """Read a corpus and count what it holds."""
    figures = open_corpus(*corpus)
    facts = CorpusFacts()
    for figure in figures:
        facts.add(figure)
    facts.skipped = figures.skipped
    facts.check(figures.paths)
    return facts


class _Unloadable:
    """Stands for a model that could not be loaded: it fails at its first caption."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.fingerprint = f"unloadable {name}"
        self._reason = reason

    def recognize(self, texts: Iterable[str]) -> Iterable[list[Mention]]:
        raise RecognizerError(self._reason)


def _load(name: str, threshold: float | None) -> Recognizer:
    try:
        return load_recognizer(name, threshold)
    except RecognizerError as error:
        return _Unloadable(find_card(name).name, str(error))  # type: ignore[return-value]


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.+-]", "_", name)


class _Writer:
    """Predictions into a file that takes its place when the run has ended well."""

    def __init__(self, path: Path | None, files: ExitStack) -> None:
        self._path = path
        self._part = None if path is None else path.with_name(path.name + ".part")
        if path is not None and path.exists() and not path.is_file():
            self._part = path  # a device or a named pipe is written to as it is
        self._stream: IO[str] = sys.stdout
        if self._part is not None:
            try:
                self._part.parent.mkdir(parents=True, exist_ok=True)
                self._stream = files.enter_context(
                    self._part.open("w", encoding="utf-8", newline="\n")
                )
            except OSError as error:
                raise NerbenchError(
                    f"{path}: cannot be written: {error.strerror or error}"
                ) from None

    def write(self, figid: str, mentions: Iterable[Mention]) -> None:
        try:
            self._stream.write(prediction_line(figid, mentions) + "\n")
        except BrokenPipeError:
            raise
        except OSError as error:
            raise NerbenchError(
                f"{self._path}: cannot be written: {error.strerror or error}"
            ) from None

    def finish(self, *, complete: bool) -> None:
        """Rename the file into place; what a failed model did stays in the ``.part`` file."""
        if complete and self._part is not None and self._path not in (None, self._part):
            try:
                self._part.replace(self._path)
            except OSError as error:
                raise NerbenchError(
                    f"{self._path}: cannot be written: {error.strerror or error}"
                ) from None

    def discard(self) -> None:
        """Remove what was written of a run that came to nothing."""
        if self._part is not None and self._part != self._path:
            self._part.unlink(missing_ok=True)


def _prepare(out: Path) -> Path:
    """The output folder, made and tried before anything is computed."""
    probe = out / ".nerbench"
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        reason = "it is a file, not a folder" if out.is_file() else error.strerror or error
        raise NerbenchError(f"{out}: cannot be written: {reason}") from None
    return out


def _clear(folder: Path) -> None:
    """Remove an earlier run's predictions: they would stand beside numbers of other models."""
    for pattern in ("*.jsonl", "*.jsonl.part"):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)


def _log(out: Path, started: float) -> None:
    """Times and machine facts, apart from the numbers."""
    facts = {
        "command": sys.argv,
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": round(time.time() - started, 3),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "versions": {name: version(name) for name in ("nerbench", "spacy", "polars", "PyYAML")},
    }
    (out / "run.log.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
