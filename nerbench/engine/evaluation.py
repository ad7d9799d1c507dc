"""Evaluations: the counts of every figure, the scores, and the rows that were counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nerbench.engine.analysis import (
    STRATA,
    IdentifierRow,
    agreement_rows,
    curve_rows,
    figures_of_inferred_scope,
    identifier_rows,
    stratum_rows,
)
from nerbench.engine.gold_rows import PERFECT_READER
from nerbench.engine.gold_scores import GoldScores
from nerbench.engine.provenance import CardInfo, CorpusInfo, LexiconInfo, RunComparison
from nerbench.engine.row_tables import Table
from nerbench.engine.rows import FigureRow
from nerbench.engine.score_rows import ScoreRow, score_rows, score_schema
from nerbench.engine.training import SeenRow, seen_rows
from nerbench.engine.unseen import UnseenScores, figures_seen_by
from nerbench.engine.work_list import WorkRow, work_rows
from nerbench.errors import NerbenchError, did_you_mean
from nerbench.records import Level, Problem
from nerbench.scoring.agreement import AgreementRow, UnionRow
from nerbench.scoring.rates import Ints
from nerbench.scoring.scope import ALL, LeftOut, Scope
from nerbench.scoring.significance import ComparisonRow, compare
from nerbench.scoring.strata import StratumRow
from nerbench.scoring.threshold_curve import CurveRow
from nerbench.version import __version__

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


@dataclass(frozen=True, slots=True, repr=False)
class ModelResult:
    """The result of one model.

    ``counts`` has shape (figures, levels, organisms + all, fields of `FIELDS`), ``gold_counts``
    (figures, schemes, 3: tp, fp, fn); neither has a figure if the model failed.
    ``notes`` belong to the result (figures without predictions); ``usage`` is
    what it took (requests, tokens), and ``seconds`` the time that it took to read the
    ``timed_captions``, in all processes; both may differ between two runs with one result.
    ``card`` is None for a model without a card. Without ``has_spans``, the predictions are lists
    of genes, which are not scored against gold.
    """

    name: str
    fingerprint: str = ""
    counts: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 0, 0, 0), np.int32))
    gold_counts: npt.NDArray[np.int32] = field(
        default_factory=lambda: np.zeros((0, 0, 0), np.int32)
    )
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    usage: tuple[str, ...] = ()
    timed_captions: int = 0
    seconds: float = 0.0
    card: CardInfo | None = None
    failure: str | None = None
    has_spans: bool = True

    def __repr__(self) -> str:
        failure = "" if self.failure is None else f", failure={self.failure!r}"
        return f"ModelResult({self.name!r}{failure})"


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """The settings that the numbers of a run depend on, apart from corpus and models.

    ``abbreviations`` says how those that captions define were read: ``brackets+lists``, ``lists``
    (without scispaCy) or ``off``. ``seed`` is that of the tests. ``by`` are columns of
    `figures.tsv` to break scores down by, besides `STRATA`. ``gold_source`` is the name and
    digest of the gold beside the corpus, if there is any. ``held_out`` says whether the figures
    that any of the models was trained on are left out.
    """

    lexicons: tuple[LexiconInfo, ...]
    scope: Scope
    level: Level
    abbreviations: str
    seed: int = 0
    by: tuple[str, ...] = ()
    gold_source: str = ""
    held_out: bool = False
    version: str = __version__

    @property
    def organisms(self) -> tuple[str, ...]:
        """The label of each organism that is scored, and ``all``."""
        return (*(lexicon.label for lexicon in self.lexicons), ALL)

    def label(self, taxon: int) -> str:
        """Return an organism's short name, or the taxon id if it has no lexicon."""
        labels = {lexicon.taxon: lexicon.label for lexicon in self.lexicons}
        return labels.get(taxon, str(taxon))


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Evaluation(RunSettings):
    """The result of a run: scores, and the rows that they were counted from.

    An `EvaluationBuilder` makes it. ``scores``, ``comparisons``, ``agreement``, ``unions``,
    ``identifiers``, ``curves`` and ``strata`` are computed when they are first asked for; models
    that failed have no part in them.

    Attributes
    ----------
    corpus : CorpusInfo
        What was read.
    models : tuple of ModelResult
        Every model of the run, failed ones too.
    figids : tuple of str
        The figures, in the order in which they were read.
    in_scope : array of bool, shape (figures, organisms + all)
        Which organisms a figure is scored for.
    marked : array of bool, shape (figures,)
        Which captions have gold.
    reference : array of int, shape (figures, levels, organisms + all, fields of `FIELDS`), or None
        The counts of the marked mentions themselves on the lists; None if they are not known.
    caption_rows, figure_rows, name_rows, gene_rows, mark_rows : Table
        A row per figure, per figure and model, per name, per curated gene, and per marked mention.
    partial : bool
        Whether the run was interrupted before its end.
    joined : RunComparison or None
        The runs that it compares, if `nerbench.engine.compare` made it.
    """

    corpus: CorpusInfo
    models: tuple[ModelResult, ...]
    figids: tuple[str, ...]
    in_scope: npt.NDArray[np.bool_]
    marked: npt.NDArray[np.bool_]
    reference: npt.NDArray[np.int32] | None
    caption_rows: Table
    figure_rows: Table
    name_rows: Table
    gene_rows: Table
    mark_rows: Table
    partial: bool = False
    joined: RunComparison | None = None

    def __repr__(self) -> str:
        models = ", ".join(model.name for model in self.models)
        figures = f"{self.corpus.figures:,} figure" + ("s" if self.corpus.figures != 1 else "")
        return f"Evaluation({models} on {figures}, level {self.level})"

    @property
    def working(self) -> list[ModelResult]:
        """The models that have not failed."""
        return [model for model in self.models if model.failure is None]

    def counts(self, model: ModelResult, organism: str, level: Level) -> npt.NDArray[np.int32]:
        """Return a model's counts on the figures scored for the organism, by figure id.

        The shape is (figures, fields of `FIELDS`).
        """
        cell = list(Level).index(level), self.organisms.index(organism)
        counts: npt.NDArray[np.int32] = model.counts[self.figures_of(organism), *cell]
        return counts

    def figures_of(self, organism: str) -> npt.NDArray[np.int64]:
        """The rows of the figures scored for an organism, in the order of their ids."""
        is_scored = self.in_scope[self._rows_by_id, self.organisms.index(organism)]
        rows: npt.NDArray[np.int64] = self._rows_by_id[is_scored]
        return rows

    @cached_property
    def is_inferred(self) -> npt.NDArray[np.bool_]:
        """A boolean for each figure: its organisms are not those that its record names."""
        inferred = figures_of_inferred_scope(self.figure_rows.scan())
        return np.array([figid in inferred for figid in self.figids], np.bool_)

    @cached_property
    def _rows_by_id(self) -> npt.NDArray[np.int64]:
        """The rows of the figures in the order of their ids: no number depends on reading order."""
        return np.array(sorted(range(len(self.figids)), key=self.figids.__getitem__), np.int64)

    @cached_property
    def _scored(self) -> tuple[str, ...]:
        """The organisms that any figure is scored for, and ``all``."""
        if not self.working:
            return ()
        is_scored = self.in_scope.any(axis=0)
        return tuple(np.array(self.organisms, dtype=object)[is_scored].tolist())

    def _tables(self, organism: str) -> Ints:
        """The counts of all working models, (models, levels, figures, fields of `FIELDS`)."""
        return np.array(
            [[self.counts(model, organism, level) for level in Level] for model in self.working],
            np.int64,
        )

    @cached_property
    def scores(self) -> list[ScoreRow]:
        """A row per model, organism, level and average, in that order."""
        rows = []
        for model in self.working:
            for organism in self._scored:
                for level in Level:
                    rows += score_rows(
                        (model.name, organism, str(level)),
                        self.counts(model, organism, level),
                        inferred_scope=int(self.is_inferred[self.figures_of(organism)].sum()),
                    )
        return rows + self._reference_scores()

    @property
    def model_scores(self) -> list[ScoreRow]:
        """The rows of `scores` that are of models, not of the perfect reader."""
        return [row for row in self.scores if not row.reference]

    def _reference_scores(self) -> list[ScoreRow]:
        """The scores of the marked mentions themselves, on the marked figures."""
        if self.reference is None or not self.marked.any():
            return []
        rows = []
        for organism in self._scored:
            figures = self.figures_of(organism)
            figures = figures[self.marked[figures]]
            if not len(figures):
                continue
            for place, level in enumerate(Level):
                rows += score_rows(
                    (PERFECT_READER, organism, str(level)),
                    self.reference[figures, place, self.organisms.index(organism)],
                    inferred_scope=int(self.is_inferred[figures].sum()),
                    reference=True,
                )
        return rows

    @cached_property
    def gold(self) -> GoldScores | None:
        """The scores against the marked captions; None if no caption is marked."""
        return self.gold_on(self.marked)

    def gold_on(self, captions: npt.NDArray[np.bool_]) -> GoldScores | None:
        """Return the scores against some of the marked captions, or None if there are none.

        ``captions`` is an array of bool, of shape (figures,).
        """
        import polars as pl

        readers = [model for model in self.working if model.has_spans]
        if not captions.any() or not readers:
            return None
        marked = self._rows_by_id[captions[self._rows_by_id]]
        is_used = pl.col("model").is_in([model.name for model in readers])
        if len(marked) < self.marked.sum():
            is_used &= pl.col("figid").is_in([self.figids[row] for row in marked])
        scored = marked[self.in_scope[marked, -1]]
        level = list(Level).index(self.level)
        lists = [model.counts for model in readers]
        lists += [] if self.reference is None else [self.reference]
        return GoldScores(
            models=tuple(model.name for model in readers),
            level=self.level,
            seed=self.seed,
            counts=np.array([model.gold_counts[marked] for model in readers]),
            list_counts=np.array([counts[scored, level, -1] for counts in lists]),
            has_reference=self.reference is not None,
            marks=self.mark_rows.scan().filter(is_used),
            names=self.name_rows.scan().filter(is_used),
            genes=self.gene_rows.scan().filter(is_used),
        )

    @cached_property
    def comparisons(self) -> list[ComparisonRow]:
        """Every two models by organism, level and metric, on the same figures."""
        names = [model.name for model in self.working]
        return [
            row
            for organism in (self._scored if len(names) > 1 else ())
            for row in compare(
                names,
                list(map(str, Level)),
                self._tables(organism),
                organism=organism,
                seed=self.seed,
            )
        ]

    @cached_property
    def _agreements(self) -> tuple[list[AgreementRow], list[UnionRow]]:
        names = [model.name for model in self.working]
        if len(names) < 2:
            return [], []
        return agreement_rows(self.gene_rows.scan(), names, self._scored, self.level)

    @property
    def agreement(self) -> list[AgreementRow]:
        """Every two models by organism, at the run's level: genes that both, one or none has."""
        return self._agreements[0]

    @property
    def unions(self) -> list[UnionRow]:
        """The genes that the models (two or more) recover together, by organism."""
        return self._agreements[1]

    @cached_property
    def identifiers(self) -> list[IdentifierRow]:
        """The agreement of the gene ids that models give with the names."""
        return identifier_rows(self.name_rows.scan())

    @cached_property
    def curves(self) -> list[CurveRow]:
        """The threshold curve of each model that gives scores, by organism, at the run's level."""
        figids = np.array(self.figids, dtype=object)
        taxa = {lexicon.label: lexicon.taxon for lexicon in self.lexicons}
        scope = {
            organism: (
                taxa.get(organism),
                figids[self.in_scope[:, self.organisms.index(organism)]].tolist(),
            )
            for organism in self._scored
        }
        return [
            row
            for model in self.working
            for row in curve_rows(
                model.name, scope, self.level, self.name_rows.scan(), self.gene_rows.scan()
            )
        ]

    @cached_property
    def seen(self) -> list[SeenRow]:
        """The counts of each model on the figures seen in its training, and on the others."""
        tables = {
            model.name: self.counts(model, ALL, self.level).astype(np.int64)
            for model in self.working
        }
        figids = [self.figids[figure] for figure in self.figures_of(ALL)]
        return seen_rows(tables, figids, self.figure_rows.scan())

    @cached_property
    def seen_by(self) -> dict[str, frozenset[str]]:
        """The ids of the figures that each working model was trained on, as far as is known."""
        return figures_seen_by([model.name for model in self.working], self.caption_rows.scan())

    @cached_property
    def unseen(self) -> UnseenScores | None:
        """The scores on the figures that no model has seen; None if none was seen by any."""
        seen = frozenset[str]().union(*self.seen_by.values())
        scores = UnseenScores.of(self, seen) if seen else None
        return scores if scores and (scores.seen_figures or scores.seen_captions) else None

    @cached_property
    def strata(self) -> list[StratumRow]:
        """Scores by kind of figure, organisms pooled, at the run's level."""
        if not self._scored:
            return []
        return stratum_rows(
            (*STRATA, *self.by),
            [model.name for model in self.working],
            self.level,
            self.figure_rows.scan(),
            self._tables(ALL)[:, list(Level).index(self.level)],
        )

    def work_rows(self) -> Iterator[WorkRow]:
        """Yield where captions and lists disagree, for a curator: worklist.tsv."""
        return work_rows(
            self.name_rows.scan(),
            self.gene_rows.scan(),
            self.caption_rows.scan(),
            [model.name for model in self.working],
            {lexicon.taxon: lexicon.label for lexicon in self.lexicons},
        )

    @property
    def signature(self) -> str:
        """One line with everything a number depends on: equal signatures mean equal numbers.

        For a comparison of runs that differ, it includes a digest of their signatures.
        """
        runs = ""
        if self.joined is not None and self.joined.differences:
            signatures = "\n".join(run.signature for run in self.joined.runs)
            runs = "|runs:" + sha256(signatures.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        corpus = self.corpus
        gold = f"|gold:{corpus.marked}@{corpus.gold_digest}" if corpus.marked else ""
        held_out = ""
        if self.held_out:
            seen = corpus.left_out.get(LeftOut.SEEN, ())
            digest = sha256("\n".join(seen).encode("utf-8", "surrogatepass")).hexdigest()[:16]
            held_out = f"|held_out:{len(seen)}@{digest}"
        models = ",".join(f"{model.name}@{model.fingerprint}" for model in self.working)
        lexicons = ",".join(map(str, self.lexicons))
        return (
            f"nerbench:{self.version}|models:{models}"
            f"|corpus:{corpus.figures}@{corpus.digest}{gold}"
            f"|lexicon:{lexicons}|scope:{self.scope}|level:{self.level}"
            f"|abbreviations:{self.abbreviations}|seed:{self.seed}{held_out}{runs}"
        )

    def to_polars(self) -> pl.DataFrame:
        """Return the scores as a data frame, intervals as ``precision_low``, ``precision_high``
        and so on, null where undefined.
        """
        import polars as pl

        return pl.DataFrame([row.flat() for row in self.scores], schema=score_schema())

    def to_pandas(self) -> pd.DataFrame:
        """Return the scores as a pandas data frame; undefined values are NaN.

        Raises NerbenchError without pandas.
        """
        try:
            import pandas as pd
        except ImportError:
            raise NerbenchError(
                "pandas is not installed: pip install pandas, or use to_polars()"
            ) from None
        return pd.DataFrame(self.to_polars().to_dict(as_series=False))


def check_columns(names: Iterable[str]) -> None:
    """Raise NerbenchError for a name that is not a column of `figures.tsv`.

    >>> check_columns(["year"])
    >>> check_columns(["colour"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    nerbench.errors.NerbenchError: figures.tsv has no column 'colour': use figid, ...
    """
    for column in names:
        if column not in FigureRow._fields:
            columns = ", ".join(FigureRow._fields)
            near = did_you_mean(column, FigureRow._fields)
            raise NerbenchError(f"figures.tsv has no column {column!r}: use {columns}{near}")
