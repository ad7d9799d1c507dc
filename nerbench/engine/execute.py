"""Plan and execute what the command line offers: models on a corpus, predictions on a corpus."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from nerbench.corpus import Corpus, open_corpus
from nerbench.engine.builder import check_has_figures, check_names, run_settings
from nerbench.engine.config import RunConfig, freeze_gc, load_predictor
from nerbench.engine.evaluate import run_evaluation
from nerbench.engine.evaluation import Evaluation, RunSettings
from nerbench.engine.executors import Executor, ProcessExecutor, SerialExecutor
from nerbench.engine.gold import GoldFile
from nerbench.engine.progress import LOADING, READING, RECOGNIZING, Progress
from nerbench.engine.provenance import CardInfo, CorpusInfo, first_ids
from nerbench.engine.row_tables import Table, schema_of, to_frame
from nerbench.engine.rows import MAX_CAPTIONS_IN_MEMORY, CaptionRow, caption_row
from nerbench.engine.run_folder import (
    PredictionWriter,
    prediction_path,
)
from nerbench.engine.store import PredictionStore
from nerbench.engine.worker import batches
from nerbench.errors import NerbenchError
from nerbench.figure_ids import means_figure, nearest_id
from nerbench.inputs import shown
from nerbench.nomenclature.lexicon import load_nomenclature
from nerbench.nomenclature.matcher import Matcher
from nerbench.recognizers.external.predictions import PredictionFile, PredictionsCard
from nerbench.recognizers.predictor import Mentions, Predictor, as_predictor
from nerbench.recognizers.registry import cards, find_card, load_recognizer
from nerbench.records import Figure
from nerbench.scoring.figure import FigureContext, FigureScore, score_figure
from nerbench.scoring.scope import Scope


@dataclass(frozen=True, slots=True)
class RunPlan:
    """A run that was found possible; no model is loaded and nothing is written yet.

    ``names`` are the models in the order of the result; ``kept`` those whose predictions are
    written into the run's folder; ``cards`` says of each model with a card what the card says.
    """

    config: RunConfig
    settings: RunSettings
    names: tuple[str, ...]
    files: tuple[Predictor, ...]
    figures: Corpus
    gold: GoldFile | None
    kept: tuple[str, ...]
    cards: dict[str, CardInfo]


def plan_run(
    corpus: Sequence[Path],
    config: RunConfig,
    predictions: Sequence[Path] = (),
    *,
    limit: int | None = None,
    seed: int = 0,
    by: Sequence[str] = (),
    gold: str | None = None,
    held_out: bool = False,
    id_map: Path | None = None,
    new_labels: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
) -> RunPlan:
    """Plan a run of models by name, and of files of predictions, over a corpus.

    ``seed``, ``by``, ``gold`` and ``held_out`` are those of `nerbench.evaluate`; ``id_map``,
    ``new_labels`` and ``columns`` those of `open_corpus`; the new labels are for the gold, too.
    Raises NerbenchError for an unknown model, organism, column or path, or an unusable file.
    """
    files: list[Predictor] = [_prediction_file(path, config.threshold) for path in predictions]
    models, kept, infos = [], [], {}
    for model in config.models:
        card = find_card(model)
        kept.append(card.name)
        infos[card.name] = CardInfo.of(card, config.threshold)
        is_file = isinstance(card, PredictionsCard)
        file = load_predictor(model, config.threshold) if is_file else None
        if file is None or not file.is_precomputed:  # an unusable file fails like a model
            models.append(model)
        else:
            files.append(file)
    names = tuple(kept or [file.name for file in files])
    gold_file = None if gold is None else GoldFile.open(gold, new_labels)
    settings = run_settings(
        load_nomenclature(),
        config.organism,
        config.level,
        config.abbreviations,
        seed,
        by,
        gold_file,
        config.scope_from,
        held_out,
    )
    check_names(names)
    config = replace(config, models=tuple(models))
    figures = open_corpus(
        *corpus, limit=limit, id_map=id_map, new_labels=new_labels, columns=columns
    )
    return RunPlan(config, settings, names, tuple(files), figures, gold_file, tuple(kept), infos)


def _prediction_file(path: Path, threshold: float | None) -> PredictionFile:
    """Open a file of predictions; one of an available model's name was trained as that model."""
    file = PredictionFile(path, threshold=threshold)
    card = cards().get(file.name)
    if card is not None:
        file.trained_on = card.training_ids()
    return file


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a run: its evaluation, and the predictions of each model that worked."""

    evaluation: Evaluation
    predictions: dict[str, PredictionWriter]
    started: float


@contextmanager
def load_models(plan: RunPlan, jobs: int = 1, dask: str | None = None) -> Iterator[Executor]:
    """Load the models of a plan, in this process or in others; yield what runs them.

    ``jobs`` is the number of processes, 0 one per core; ``dask`` the address of a scheduler, or
    ``local``. Raises AllFailedError if there are models, and none can be loaded.
    """
    with _executor(plan.config, jobs, dask) as executor:
        failures = executor.info().failures
        if failures and len(failures) == len(plan.names):
            raise AllFailedError(tuple(failures.values()))
        yield executor


class AllFailedError(NerbenchError):
    """No model of a run can be loaded; ``failures`` says why."""

    def __init__(self, failures: tuple[str, ...]) -> None:
        super().__init__("; ".join(failures))
        self.failures = failures


@contextmanager
def execute(
    plan: RunPlan,
    executor: Executor,
    out: Path,
    store: PredictionStore,
    progress: Progress | None = None,
) -> Iterator[Outcome]:
    """Execute a plan with loaded models; yield the outcome, of which nothing is saved yet.

    Predictions that ``store`` has are not made again; those of this run lie in files without a
    name in the folder ``out``. A model that cannot be loaded is a failure of that model, not of the
    run. Raises NerbenchError if the corpus holds no figure, no file predicts any of its figures, or
    nothing more can be written.
    """
    progress, started = progress or Progress(), time.time()
    with ExitStack() as stack:
        writers = {
            name: stack.enter_context(PredictionWriter(prediction_path(out, name), out))
            for name in plan.kept
        }

        def write_predictions(figure: Figure, mentions: dict[str, Mentions]) -> None:
            for name, own in mentions.items():
                if name in writers:
                    writers[name].write(figure.figid, own)
            progress.advance()

        progress.begin(RECOGNIZING if plan.config.models else READING, plan.figures.expected())
        evaluation = run_evaluation(
            plan.settings,
            plan.names,
            plan.figures,
            executor,
            plan.files,
            gold=plan.gold,
            store=store,
            on_figure=write_predictions,
            cards=plan.cards,
        )
        files = [file for file in plan.files if isinstance(file, PredictionFile)]
        unused = [file for file in files if file.is_useless]
        if len(unused) == len(plan.names):
            raise NerbenchError(str(unused[0].problems[-1]))
        working = {model.name for model in evaluation.working}
        kept = {name: writer for name, writer in writers.items() if name in working}
        yield Outcome(evaluation, kept, started)


def _executor(config: RunConfig, jobs: int, dask: str | None) -> Executor:
    if jobs == 1 and dask is None:
        return SerialExecutor(config.worker())
    freeze_gc()
    if dask is not None:
        from nerbench.engine.dask_executor import DaskExecutor

        return DaskExecutor(config, dask, jobs)
    return ProcessExecutor(config, jobs)


def predict_to(
    corpus: Sequence[Path],
    model: str,
    out: Path,
    *,
    limit: int | None,
    progress: Progress | None = None,
    columns: Mapping[str, str] | None = None,
) -> Corpus:
    """Write a model's predictions for a corpus to a file, or to standard output for ``-``.

    Returns the corpus, which knows what was skipped. Raises NerbenchError if the model or the file
    cannot be used.
    """
    progress = progress or Progress()
    progress.begin(LOADING)
    figures = open_corpus(*corpus, limit=limit, columns=columns)
    predictor = as_predictor(load_recognizer(model))
    progress.begin(RECOGNIZING, figures.expected())
    with PredictionWriter(None if str(out) == "-" else out) as writer:
        for batch in batches(figures):
            for figure, mentions in zip(batch, predictor.predict(batch), strict=True):
                writer.write(figure.figid, mentions)
                progress.advance()
        if not figures.figures:
            check_has_figures(0, figures.paths, figures.skipped)
        writer.finish()
    return figures


def find_figure(name: str, figures: Corpus) -> Figure:
    """Return the figure of an id, of another spelling of it, or the only one of a paper.

    Raises NerbenchError if there is none, or several.
    """
    figids = []
    meant: dict[str, Figure] = {}
    for figure in figures:
        if figure.figid == name:
            return figure
        figids.append(figure.figid)
        if means_figure(name, figure.figid, figure.pmcid):
            meant[figure.figid] = figure
    if len(meant) == 1:
        return next(iter(meant.values()))
    if meant:
        listed = first_ids(list(meant))
        raise NerbenchError(f"{name!r} has {len(meant)} figures: {listed}; give the id of one")
    check_has_figures(figures.figures, figures.paths, figures.skipped)
    paths = ", ".join(map(shown, figures.paths))
    example = nearest_id(name, figids)
    hint = f"; an id there is {example}" if example else ""
    raise NerbenchError(f"no figure {name!r} among the {figures.figures:,} of {paths}{hint}")


def score_one(figure: Figure, model: str, *, organism: str, abbreviations: bool) -> FigureScore:
    """Score one model on one figure. Raises NerbenchError for an unknown organism or model."""
    nomenclature = load_nomenclature()
    scope = Scope.parse(organism, nomenclature)
    predictor = as_predictor(load_recognizer(model))
    context = FigureContext(figure, scope, Matcher(nomenclature), abbreviations)
    return score_figure(context, predictor.predict([figure])[0])


def corpus_info(figures: Corpus, gold: GoldFile | None = None) -> CorpusInfo:
    """Read a corpus, and the gold beside it, and count what it holds.

    Raises NerbenchError if it holds no figure, or the gold marks none.
    """
    captions, schema = Table(CaptionRow, MAX_CAPTIONS_IN_MEMORY), schema_of(CaptionRow)
    for unmarked in batches(figures):
        batch = unmarked if gold is None else gold.mark(unmarked)
        captions.append(to_frame([caption_row(figure) for figure in batch], schema))
    check_has_figures(figures.figures, figures.paths, figures.skipped)
    if gold is not None:
        gold.check_is_used()
    return CorpusInfo.of_captions(captions.scan(), figures.skipped)
