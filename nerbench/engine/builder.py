"""Build an evaluation: from the batches of a run, the files of one, or several runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nerbench.engine.evaluation import Evaluation, ModelResult, RunSettings, check_columns
from nerbench.engine.gold import GoldFile
from nerbench.engine.gold_rows import PERFECT_READER, MarkRow
from nerbench.engine.provenance import CorpusInfo, RunComparison, lexicon_info
from nerbench.engine.row_tables import Table
from nerbench.engine.rows import (
    MAX_CAPTIONS_IN_MEMORY,
    CaptionRow,
    FigureRow,
    GeneRow,
    NameRow,
)
from nerbench.errors import NerbenchError, did_you_mean
from nerbench.inputs import shown
from nerbench.nomenclature.abbreviations import has_scispacy
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.records import Level, Problem
from nerbench.scoring.scope import Scope


class EvaluationBuilder:
    """Collects figures, rows and model results; `build` makes the evaluation, once.

    ``caption_rows``, ``figure_rows``, ``name_rows``, ``gene_rows`` and ``mark_rows`` are tables to
    add rows to.
    """

    def __init__(self, settings: RunSettings) -> None:
        self.settings = settings
        self.caption_rows = Table(CaptionRow, MAX_CAPTIONS_IN_MEMORY)
        self.figure_rows, self.name_rows, self.gene_rows = map(Table, (FigureRow, NameRow, GeneRow))
        self.mark_rows = Table(MarkRow)
        self._figids: dict[str, None] = {}
        self._in_scope: list[npt.NDArray[np.bool_]] = []
        self._marked: list[npt.NDArray[np.bool_]] = []

    @property
    def figids(self) -> tuple[str, ...]:
        """The figures so far, in the order in which they were added."""
        return tuple(self._figids)

    def add_figures(
        self,
        figids: Sequence[str],
        in_scope: npt.NDArray[np.bool_],
        marked: npt.NDArray[np.bool_],
    ) -> None:
        """Add figures, which organisms each is scored for, of shape (figures, organisms + all),
        and whether its caption is marked.

        Raises NerbenchError if two figures have one id.
        """
        for figid in figids:
            if figid in self._figids:
                raise NerbenchError(f"two figures are called {figid!r}: an id each")
            self._figids[figid] = None
        self._in_scope.append(in_scope)
        self._marked.append(marked)

    def build(
        self,
        models: Sequence[ModelResult],
        *,
        reference: npt.NDArray[np.int32] | None = None,
        skipped: Iterable[Problem] = (),
        partial: bool = False,
        joined: RunComparison | None = None,
    ) -> Evaluation:
        """Return the evaluation. The rows that a failed model left behind are no part of it.

        ``reference`` are the counts of the marked mentions themselves on the lists.
        """
        failed = [model.name for model in models if model.failure is not None]
        for table in (self.figure_rows, self.name_rows, self.gene_rows, self.mark_rows):
            table.drop_models(failed)
        columns = len(self.settings.organisms)
        settings = {own.name: getattr(self.settings, own.name) for own in fields(RunSettings)}
        return Evaluation(
            **settings,
            corpus=CorpusInfo.of_captions(self.caption_rows.scan(), skipped),
            models=tuple(models),
            figids=self.figids,
            in_scope=np.concatenate([np.zeros((0, columns), np.bool_), *self._in_scope]),
            marked=np.concatenate([np.zeros(0, np.bool_), *self._marked]),
            reference=reference,
            caption_rows=self.caption_rows,
            figure_rows=self.figure_rows,
            name_rows=self.name_rows,
            gene_rows=self.gene_rows,
            mark_rows=self.mark_rows,
            partial=partial,
            joined=joined,
        )


def run_settings(
    nomenclature: Nomenclature,
    organism: str = "auto",
    level: Level | str = Level.FAMILY,
    abbreviations: bool = True,
    seed: int = 0,
    by: Sequence[str] = (),
    gold: GoldFile | None = None,
    scope_from: str | None = None,
    held_out: bool = False,
) -> RunSettings:
    """Check the options of a run and return its settings.

    Raises NerbenchError for an unknown organism, level or column, or a negative seed.
    """
    scope = Scope.parse(organism, nomenclature, scope_from)
    try:
        level = Level(level)
    except ValueError:
        near = did_you_mean(str(level), Level)
        raise NerbenchError(f"unknown level {level!r}: use {', '.join(Level)}{near}") from None
    check_columns(by)
    if seed < 0:
        raise NerbenchError(f"the seed is {seed}: use 0 or a positive number")
    reading = ("brackets+lists" if has_scispacy() else "lists") if abbreviations else "off"
    return RunSettings(
        lexicons=lexicon_info(nomenclature),
        scope=scope,
        level=level,
        abbreviations=reading,
        seed=seed,
        by=tuple(by),
        gold_source="" if gold is None else str(gold),
        held_out=held_out,
    )


def check_names(names: Sequence[str]) -> None:
    """Raise NerbenchError if two models have one name, or one that of the perfect reader.

    >>> check_names(["default", "lexicon"])
    """
    if PERFECT_READER in names:
        raise NerbenchError(f"a model is called {PERFECT_READER!r}: give it another name")
    duplicate = next((name for name in names if names.count(name) > 1), None)
    if duplicate is not None:
        raise NerbenchError(
            f"two models are called {duplicate!r}: give each its own name (a file's is the model's)"
        )


def check_has_figures(count: int, paths: Iterable[Path], skipped: Sequence[Problem]) -> None:
    """Raise NerbenchError, with the first reason, if no figure could be read."""
    if count:
        return
    source = ", ".join(map(shown, paths)) or "the corpus"
    more = f"; and {len(skipped) - 1:,} more" if len(skipped) > 1 else ""
    reason = f" ({skipped[0]}{more})" if skipped else ""
    raise NerbenchError(f"{source}: holds no figure{reason}")
