"""The Python interface: evaluate recognizers, and show, save, load and compare the results."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from nerbench.corpus.open_figures import known_length, open_figures
from nerbench.engine import evaluation as engine
from nerbench.engine.builder import check_names, run_settings
from nerbench.engine.compare import compare_runs, load_marked_runs, load_runs
from nerbench.engine.config import load_predictor
from nerbench.engine.evaluate import OnFigure, run_evaluation
from nerbench.engine.executors import SerialExecutor
from nerbench.engine.gold import GoldFile
from nerbench.engine.load import load_run
from nerbench.engine.store import PredictionStore
from nerbench.engine.worker import Worker
from nerbench.errors import NerbenchError, RecognizerError, did_you_mean
from nerbench.interactive import figure_progress
from nerbench.nomenclature.lexicon import Nomenclature, load_nomenclature
from nerbench.recognizers.coercion import to_predictor
from nerbench.recognizers.predictor import FailedPredictor, Mentions, Predictor
from nerbench.records import Figure, Level
from nerbench.reports import write_reports
from nerbench.reports.figure_view import FigureView, figure_view
from nerbench.reports.notebook import notebook_html

if TYPE_CHECKING:
    import polars as pl

    from nerbench.corpus.open_figures import FiguresLike
    from nerbench.recognizers.coercion import RecognizersLike

_ERRORS = ("raise", "keep")


class Evaluation(engine.Evaluation):
    """The result of `evaluate`, `compare` or `Evaluation.load`. A notebook shows its scores.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import nerbench
    >>> run = nerbench.evaluate(nerbench.data.seed, "lexicon")
    >>> with TemporaryDirectory() as folder:
    ...     run.save(folder)
    ...     Evaluation.load(folder).scores == run.scores
    True
    """

    @classmethod
    def of(cls, evaluation: engine.Evaluation) -> Self:
        """Return an evaluation of the engine as one that can show, save and load itself."""
        return cls(**{own.name: getattr(evaluation, own.name) for own in fields(evaluation)})

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> Self:
        """Load the evaluation whose files a folder holds: the same scores to the bit.

        Raises
        ------
        NerbenchError
            If a file is absent, damaged or of another version of nerbench.
        """
        return cls.of(load_run(Path(folder)))

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the reports and tables of a run into a folder.

        Raises
        ------
        NerbenchError
            If a file cannot be written.
        """
        write_reports(self, Path(folder))

    def figures(self) -> pl.DataFrame:
        """Return a row per figure and model, as in `figures.tsv`."""
        return self.figure_rows.scan().collect()

    def names(self) -> pl.DataFrame:
        """Return a row per figure, model and name that it found, as in `names.parquet`."""
        return self.name_rows.scan().collect()

    def genes(self) -> pl.DataFrame:
        """Return a row per figure, model and curated gene in scope, as in `genes.parquet`."""
        return self.gene_rows.scan().collect()

    def marks(self) -> pl.DataFrame:
        """Return a row per model and gold mention, as in `marks.parquet`; none without gold."""
        return self.mark_rows.scan().collect()

    def captions(self) -> pl.DataFrame:
        """Return a row per figure that was read, as in `captions.parquet`."""
        return self.caption_rows.scan().collect()

    def show(self, figid: str, model: str | Sequence[str] = ()) -> FigureView:
        """Return one figure for a notebook: its caption with names and missed genes marked.

        Parameters
        ----------
        figid : str
            The figure's id in any spelling, or a PMC id that only one figure has.
        model : str or sequence of str
            The models to show, in this order; by default all that have not failed.

        Returns
        -------
        FigureView
            A view that a notebook shows; its ``html`` is for elsewhere.

        Raises
        ------
        NerbenchError
            If there is no such figure or model.
        TypeError
            If ``figid`` is no string.

        Examples
        --------
        >>> import nerbench
        >>> evaluate(nerbench.data.seed, "lexicon").show("PMC8714735")
        FigureView('PMC8714735__fonc-11-760971-g003', lexicon)
        """
        if not isinstance(figid, str):
            raise TypeError(f"figid is the id of a figure, a string; not {figid!r}")
        return figure_view(self, figid, (model,) if isinstance(model, str) else model)

    def _repr_html_(self) -> str:
        return notebook_html(self)


def evaluate(
    figures: FiguresLike,
    recognizer: RecognizersLike = "default",
    *,
    organism: str | int | Sequence[str | int] = "auto",
    scope_from: str | None = None,
    level: Level | str = Level.FAMILY,
    abbreviations: bool = True,
    nomenclature: Nomenclature | None = None,
    seed: int = 0,
    by: str | Sequence[str] = (),
    held_out: bool = False,
    gold: str | os.PathLike[str] | None = None,
    new_labels: Mapping[str, str] | None = None,
    errors: Literal["raise", "keep"] | None = None,
    progress: bool | None = None,
    store: PredictionStore | None = None,
    on_figure: OnFigure | None = None,
) -> Evaluation:
    r"""Run recognizers over figures and compare the genes that they find with the curated genes.

    Parameters
    ----------
    figures : path, Figure, or iterable of figures or paths
        A corpus such as `open_corpus` gives, any other iterable of figures, one figure, or what
        `open_corpus` opens: the path of a record, folder, archive or annotated file, or several.
    recognizer : recognizer, sequence of recognizers, or mapping of names to recognizers
        The models, by default the default recognizer. Each is one of these:

        - the name of a shipped card, of an installed plug-in or of an installed spaCy pipeline
        - the path of a card, of the folder of a model, or of a file of predictions
        - a card
        - a spaCy pipeline (``spacy.Language``)
        - a token-classification pipeline of transformers
        - a function from a list of texts to a list of spans for each, or from one text to its
          spans. A span is a `Mention`, ``(start, end)``, ``(start, end, label)``, ``(start, end,
          label, score)``, a dictionary as transformers gives (``start``, ``end``, and if there are
          any ``label`` or ``entity_group``, ``score``, ``text``, ``ids``), a match of a regular
          expression, or an object with ``start`` and ``end`` (for spaCy's spans, ``start_char`` and
          ``end_char``)
        - an object of the contract (`Recognizer`), such as `load_recognizer` gives

        The usual labels of genes count, and spans without a label.
    organism : str, int, or sequence of them
        The scope: ``auto``, ``all``, or organisms by label or taxon id.
    scope_from : str, optional
        ``organisms`` to score only the organisms that the record names, none that is inferred.
    level : Level or str
        The level of tables and reasons; scores are computed for all three.
    abbreviations : bool
        Whether a short form that a caption defines takes its long form's meaning.
    nomenclature : Nomenclature, optional
        The lexicons; by default those that `load_nomenclature` gives.
    seed : int
        The seed of the tests.
    by : str or sequence of str
        Columns of `figures.tsv` to break scores down by.
    held_out : bool
        Whether to leave out the figures that any of the models was trained on, as far as their
        cards say it.
    gold : path, optional
        A file of captions with every gene marked, in any format of predictions, or ``shipped`` for
        those of nerbench. The figures that it has get its mentions as `Figure.gold`.
    new_labels : mapping, optional
        New labels of the gold's mentions by pattern: ``{"Cytokine*": "GENE", "RNA": ""}`` counts
        cytokines as genes, and RNA not.
    errors : {"raise", "keep"}, optional
        What becomes of a recognizer that cannot be loaded or fails on a caption. ``raise`` raises
        its error. ``keep`` puts the reason into its `ModelResult.failure`; the results of the
        others stand. By default the error of an only recognizer is raised, those of several are
        kept.
    progress : bool, optional
        Whether to show a bar; by default at a terminal and in a notebook.
    store : PredictionStore, optional
        Predictions that it has are not made again; others are kept in it, but not those of
        functions.
    on_figure : callable, optional
        Called after each figure with the mentions of each recognizer that has not failed.

    Returns
    -------
    Evaluation
        The scores, and the rows that they were counted from.

    Raises
    ------
    TypeError
        If the figures or a recognizer are nothing of the above.
    RecognizerError
        If a recognizer cannot be loaded, fails (the message says on which figure, the cause is
        chained), has labels but none of genes or, as a file, none of the figures. See ``errors``.
    NerbenchError
        For an unknown model, organism, level or column, a negative seed, two recognizers or figures
        of one name, if there is no figure, or if the gold marks none of the figures.

    Examples
    --------
    >>> import nerbench
    >>> evaluation = evaluate(nerbench.data.seed, "lexicon")
    >>> row = evaluation.scores[4]
    >>> row.organism, row.level, row.average, row.counts.curated, row.counts.recovered
    ('human', 'family', 'micro', 34, 17)

    A function, and another model beside it:

    >>> import re
    >>> def capitals(text):
    ...     return re.finditer(r"\b[A-Z]{2,}[0-9]*\b", text)
    >>> evaluation = evaluate(nerbench.data.seed, [capitals, "lexicon"])
    >>> [model.name for model in evaluation.models]
    ['capitals', 'lexicon']
    """
    models = _named_models(recognizer)
    keeps = _keeps_failures(errors, len(models))
    nomenclature = nomenclature or load_nomenclature()
    marks = None if gold is None else GoldFile.open(gold, new_labels)
    settings = run_settings(
        nomenclature,
        str(organism) if isinstance(organism, str | int) else ",".join(map(str, organism)),
        level,
        abbreviations,
        seed,
        (by,) if isinstance(by, str) else by,
        marks,
        scope_from,
        held_out,
    )
    corpus = open_figures(figures, nomenclature)
    predictors = [_load(model, name, keeps) for name, model in models]
    names = [predictor.name for predictor in predictors]
    check_names(names)
    loaded = [predictor for predictor in predictors if not predictor.is_precomputed]
    files = [predictor for predictor in predictors if predictor.is_precomputed]
    worker = Worker(
        loaded, nomenclature, settings.scope, settings.level, abbreviations, keep_failures=keeps
    )
    with figure_progress(progress, known_length(figures)) as tick:
        evaluation = run_evaluation(
            settings,
            names,
            corpus,
            SerialExecutor(worker),
            files,
            gold=marks,
            store=store,
            on_figure=_after_tick(tick, on_figure),
        )
    if not keeps:
        for predictor in predictors:
            predictor.check_is_used()
    if marks is not None and not evaluation.partial:
        marks.check_is_used()
    return Evaluation.of(evaluation)


def _keeps_failures(errors: str | None, models: int) -> bool:
    """Return whether the failure of a model is kept. Raises NerbenchError for an unknown wish."""
    if errors not in (None, *_ERRORS):
        close = did_you_mean(str(errors), _ERRORS)
        raise NerbenchError(f"unknown errors {errors!r}: use {', '.join(_ERRORS)}{close}")
    return models > 1 if errors is None else errors == "keep"


def _after_tick(tick: Callable[[], object], on_figure: OnFigure | None) -> OnFigure:
    """Return what is called after each figure: the progress, and what the user gives."""

    def call(figure: Figure, mentions: dict[str, Mentions]) -> None:
        tick()
        if on_figure is not None:
            on_figure(figure, mentions)

    return call


def _named_models(recognizer: Any) -> list[tuple[str | None, Any]]:
    """Return each recognizer, with the name that the user gives it, if any."""
    models: list[tuple[str | None, Any]]
    if isinstance(recognizer, Mapping):
        models = [(str(name), model) for name, model in recognizer.items()]
    elif isinstance(recognizer, list | tuple):
        models = [(None, model) for model in recognizer]
    else:
        models = [(None, recognizer)]
    if not models:
        raise NerbenchError("there is no recognizer: give one, or several in a list")
    return models


def _load(model: Any, name: str | None, keeps_failure: bool) -> Predictor:
    """Return a recognizer as a predictor; if failures are kept, one that cannot be loaded as one
    that fails.
    """
    try:
        return to_predictor(model, name)
    except RecognizerError as error:
        if not keeps_failure:
            raise
        if isinstance(model, str | os.PathLike):
            return to_predictor(load_predictor(os.fspath(model)), name)
        return FailedPredictor(name or type(model).__name__, str(error))


def compare(
    *runs: engine.Evaluation | str | os.PathLike[str],
    anyway: bool = False,
    seed: int | None = None,
    by: str | Iterable[str] = (),
    gold: str | os.PathLike[str] | None = None,
    new_labels: Mapping[str, str] | None = None,
) -> Evaluation:
    """Put the models of several runs side by side: best strict F1 against gold first, without gold
    best F1 on the lists.

    Parameters
    ----------
    *runs : Evaluation or path
        Evaluations, and folders of runs. Models of one name are told apart by the folder's name, or
        the evaluation's place among the runs (``run 1``).
    anyway : bool
        Compare runs that differ in corpus, scope, level, lexicons or version on the figures that
        they share.
    seed : int, optional
        The seed of the tests; by default that of the first run.
    by : str or iterable of str
        Further columns of `figures.tsv` to break scores down by.
    gold : path, optional
        As in `evaluate`: the captions of the runs, all of them folders, are marked by it.
    new_labels : mapping, optional
        As in `evaluate`.

    Returns
    -------
    Evaluation
        One evaluation of all models; its `joined` says which figures were left out.

    Raises
    ------
    TypeError
        If a run is neither an evaluation nor a path.
    NerbenchError
        If a run cannot be read, the runs have no figure in common, or they differ.

    Examples
    --------
    >>> import nerbench
    >>> def nothing(text):
    ...     return []
    >>> runs = [evaluate(nerbench.data.seed, model) for model in (nothing, "lexicon")]
    >>> [model.name for model in compare(*runs).models]
    ['lexicon', 'nothing']
    """
    if not runs:
        raise NerbenchError("there is nothing to compare: give evaluations, or folders of runs")
    for run in runs:
        if not isinstance(run, engine.Evaluation | str | os.PathLike):
            raise TypeError(
                "compare takes evaluations and folders of runs, one by one: compare(*runs); not a "
                f"{type(run).__name__}"
            )
    folders = [Path(run) for run in runs if not isinstance(run, engine.Evaluation)]
    if gold is None:
        loaded = load_runs(folders)
    elif len(folders) == len(runs):
        loaded = load_marked_runs(folders, gold, new_labels)[0]
    else:
        raise NerbenchError("gold marks the runs of folders: evaluate the others again with gold")
    by_folder = dict(zip(dict.fromkeys(map(Path.resolve, folders)), loaded.items(), strict=True))
    named: dict[str, engine.Evaluation] = {}
    for number, run in enumerate(runs, 1):
        if isinstance(run, engine.Evaluation):
            named[f"run {number}"] = run
        else:
            name, evaluation = by_folder[Path(run).resolve()]
            named[name] = evaluation
    columns = (by,) if isinstance(by, str) else by
    return Evaluation.of(compare_runs(named, anyway=anyway, seed=seed, by=columns))
