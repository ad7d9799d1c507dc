"""The Python interface: evaluate recognizers, and show, save, load and compare the results."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Self

from nerbench.engine import evaluation as engine
from nerbench.engine.builder import check_names, run_settings
from nerbench.engine.compare import compare_runs, load_marked_runs, load_runs
from nerbench.engine.evaluate import OnFigure, run_evaluation
from nerbench.engine.executors import SerialExecutor
from nerbench.engine.gold import GoldFile
from nerbench.engine.load import load_run
from nerbench.engine.store import PredictionStore
from nerbench.engine.worker import Worker
from nerbench.nomenclature.lexicon import Nomenclature, load_nomenclature
from nerbench.recognizers.contract import Recognizer
from nerbench.recognizers.predictor import Predictor, as_predictor
from nerbench.records import Figure, Level
from nerbench.reports import write_reports
from nerbench.reports.notebook import notebook_html


class Evaluation(engine.Evaluation):
    """The result of `evaluate`, `compare` or `Evaluation.load`. A notebook shows its scores.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import nerbench
    >>> run = nerbench.evaluate(nerbench.open_corpus("seeds"), nerbench.load_recognizer("lexicon"))
    >>> with TemporaryDirectory() as folder:
    ...     run.save(folder)
    ...     Evaluation.load(folder).scores == run.scores
    True
    """

    @classmethod
    def of(cls, evaluation: engine.Evaluation) -> Self:
        """Return an evaluation of the engine as one that can show, save and load itself."""
        return cls(**{one.name: getattr(evaluation, one.name) for one in fields(evaluation)})

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

    def _repr_html_(self) -> str:
        return notebook_html(self)


def evaluate(
    figures: Iterable[Figure],
    recognizer: Recognizer | Predictor | Sequence[Recognizer | Predictor],
    *,
    organism: str = "auto",
    scope_from: str | None = None,
    level: Level | str = Level.FAMILY,
    abbreviations: bool = True,
    nomenclature: Nomenclature | None = None,
    seed: int = 0,
    by: Sequence[str] = (),
    held_out: bool = False,
    gold: str | os.PathLike[str] | None = None,
    new_labels: Mapping[str, str] | None = None,
    store: PredictionStore | None = None,
    on_figure: OnFigure | None = None,
) -> Evaluation:
    """Run recognizers over figures and compare the genes that they find with the curated genes.

    Parameters
    ----------
    figures : iterable of Figure
        The figures, such as `open_corpus` gives.
    recognizer : Recognizer, Predictor, or sequence of them
        The models. One that fails is reported in its `ModelResult.failure`; the results of the
        others stand.
    organism : str
        The scope: ``auto``, ``all``, an organism's label, or taxon ids joined by commas.
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
    by : sequence of str
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
    store : PredictionStore, optional
        Predictions that it has are not made again; others are kept in it.
    on_figure : callable, optional
        Called after each figure with the mentions of each recognizer that has not failed.

    Returns
    -------
    Evaluation
        The scores, and the rows that they were counted from.

    Raises
    ------
    NerbenchError
        For an unknown organism, level or column, a negative seed, two recognizers or figures of
        one name, if there is no figure, or if the gold marks none of the figures.

    Examples
    --------
    >>> import nerbench
    >>> evaluation = evaluate(nerbench.open_corpus("seeds"), nerbench.load_recognizer("lexicon"))
    >>> row = evaluation.scores[4]
    >>> row.organism, row.level, row.average, row.counts.curated, row.counts.recovered
    ('human', 'family', 'micro', 34, 17)
    """
    models = recognizer if isinstance(recognizer, Sequence) else [recognizer]
    predictors = list(map(as_predictor, models))
    names = [predictor.name for predictor in predictors]
    check_names(names)
    nomenclature = nomenclature or load_nomenclature()
    marks = None if gold is None else GoldFile.open(gold, new_labels)
    settings = run_settings(
        nomenclature, organism, level, abbreviations, seed, by, marks, scope_from, held_out
    )
    loaded = [predictor for predictor in predictors if not predictor.is_precomputed]
    files = [predictor for predictor in predictors if predictor.is_precomputed]
    worker = Worker(loaded, nomenclature, settings.scope, settings.level, abbreviations)
    executor = SerialExecutor(worker)
    evaluation = run_evaluation(
        settings, names, figures, executor, files, gold=marks, store=store, on_figure=on_figure
    )
    if marks is not None and not evaluation.partial:
        marks.check_is_used()
    return Evaluation.of(evaluation)


def compare(
    *folders: str | os.PathLike[str],
    anyway: bool = False,
    seed: int | None = None,
    by: Iterable[str] = (),
    gold: str | os.PathLike[str] | None = None,
    new_labels: Mapping[str, str] | None = None,
) -> Evaluation:
    """Put the models of several runs side by side: best strict F1 against gold first, without gold
    best F1 on the lists.

    Parameters
    ----------
    *folders : path
        The folders of the runs.
    anyway : bool
        Compare runs that differ in corpus, scope, level, lexicons or version on the figures that
        they share.
    seed : int, optional
        The seed of the tests; by default that of the first run.
    by : iterable of str
        Further columns of `figures.tsv` to break scores down by.
    gold : path, optional
        As in `evaluate`: the captions of the runs are marked by it.
    new_labels : mapping, optional
        As in `evaluate`.

    Returns
    -------
    Evaluation
        One evaluation of all models; its `joined` says which figures were left out.

    Raises
    ------
    NerbenchError
        If a run cannot be read, the runs have no figure in common, or they differ.
    """
    paths = [Path(folder) for folder in folders]
    runs = load_runs(paths) if gold is None else load_marked_runs(paths, gold, new_labels)[0]
    return Evaluation.of(compare_runs(runs, anyway=anyway, seed=seed, by=by))
