"""Compare several runs on the figures that all of them have, as `nerbench compare` does."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from nerbench.engine.builder import EvaluationBuilder
from nerbench.engine.evaluation import Evaluation, ModelResult, RunSettings, check_columns
from nerbench.engine.gold import GoldFile
from nerbench.engine.gold_rows import SCHEMES
from nerbench.engine.load import load_run
from nerbench.engine.mark_run import mark_run
from nerbench.engine.provenance import ComparedRun, CorpusInfo, LexiconInfo, RunComparison
from nerbench.engine.unseen import figures_seen_by
from nerbench.errors import NerbenchError
from nerbench.records import Level
from nerbench.scoring.rates import micro
from nerbench.scoring.scope import LeftOut

Runs = Mapping[str, Evaluation]
"""Evaluations by the name of the run."""


def load_runs(folders: Sequence[Path]) -> dict[str, Evaluation]:
    """Load runs by the name of their folder, or by its path where two have one name.

    Raises NerbenchError as `load_run` does.
    """
    distinct = {folder.resolve(): folder for folder in folders}
    names = Counter(resolved.name for resolved in distinct)
    return {
        resolved.name if names[resolved.name] == 1 else str(folder): load_run(folder)
        for resolved, folder in distinct.items()
    }


def load_marked_runs(
    folders: Sequence[Path],
    gold: str | os.PathLike[str],
    new_labels: Mapping[str, str] | None = None,
) -> tuple[dict[str, Evaluation], list[GoldFile]]:
    """Load runs as `load_runs` does, their captions marked by gold; and the gold of each run.

    Raises NerbenchError as `load_run`, `GoldFile.open` and `mark_run` do.
    """
    distinct = list({folder.resolve(): folder for folder in folders}.values())
    gold_files = [GoldFile.open(gold, new_labels) for _ in distinct]
    runs = load_runs(distinct)
    marked = map(mark_run, runs.values(), distinct, gold_files)
    return dict(zip(runs, marked, strict=True)), gold_files


def are_disjoint(runs: Runs) -> bool:
    """Return whether there are several runs and no two of different corpora share a figure.

    Such runs cannot be compared figure by figure, only corpus by corpus.
    """
    by_corpus: dict[str, set[str]] = {}
    for run in runs.values():
        by_corpus.setdefault(run.corpus.digest, set(run.figids))
    figures = list(by_corpus.values())
    return len(figures) > 1 and len(set().union(*figures)) == sum(map(len, figures))


def compare_runs(
    runs: Runs, *, anyway: bool = False, seed: int | None = None, by: Iterable[str] = ()
) -> Evaluation:
    """Return one evaluation of the models of all runs, best strict F1 against gold first, or
    without gold, best F1 on the lists (`all`, micro), on what no model has seen if there is any.

    The figures that all runs hold with the same content are compared; `Evaluation.joined` lists
    the others. Models of one name are told apart by the names of their runs. Tests are drawn
    anew with ``seed``, else with that of the first run.

    Raises NerbenchError if no figure is common, and, unless ``anyway``, if the runs are over
    different corpora or differ in scope, level, lexicons, abbreviations or version of nerbench.
    With ``anyway`` the first run's scope and level are shown, and reasons are those of each run.
    """
    common = _CommonFigures.of(runs)
    marks = _Marks.of(runs, common.figids)
    joined = RunComparison(
        tuple(dict.fromkeys(_differences(runs, marks))),
        tuple(ComparedRun(name, run.signature, common.missing[name]) for name, run in runs.items()),
    )
    if joined.differences and not anyway:
        notes = "; ".join(joined.notes())
        raise NerbenchError(f"{notes}; --anyway compares the figures that the runs share")
    if not common.figids:
        raise NerbenchError(f"the runs {', '.join(runs)} have no figure in common")
    builder = EvaluationBuilder(_settings(runs, seed, tuple(by)))
    names = _distinct_names(runs)
    in_scope, models = _models(builder.settings, runs, names, common.figids)
    builder.add_figures(common.figids, in_scope, marks.common)
    _add_rows(builder, runs, names, in_scope[:, -1], marks.common, bool(joined.differences))
    reference = _reference(builder.settings, runs, common.figids)
    skipped = dict.fromkeys(problem for run in runs.values() for problem in run.corpus.skipped)
    level = list(Level).index(builder.settings.level)
    is_seen = _is_seen(builder, [model.name for model in models if model.failure is None])
    marked, scored = _unseen(marks.common, is_seen), _unseen(in_scope[:, -1], is_seen)
    models.sort(key=lambda model: _rank(model, marked, scored, level))
    return builder.build(models, reference=reference, skipped=skipped, joined=joined)


@dataclass(frozen=True, slots=True)
class _CommonFigures:
    """The figures that all runs hold with one content, in the order of the first run, and the ids
    of those that each run lacks.
    """

    figids: list[str]
    missing: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, runs: Runs) -> _CommonFigures:
        by_run = {
            name: dict.fromkeys(run.caption_rows.scan().select("figid", "digest").collect().rows())
            for name, run in runs.items()
        }
        all_figures = set().union(*by_run.values())
        shared = all_figures.intersection(*by_run.values())
        return cls(
            [figure[0] for figure in next(iter(by_run.values())) if figure in shared],
            {
                name: tuple(sorted({figid for figid, _ in all_figures - figures.keys()}))
                for name, figures in by_run.items()
            },
        )


@dataclass(frozen=True, slots=True)
class _Marks:
    """The common captions that all runs have with the same marks; ``differ`` is true if a caption
    that no run holds out has different marks.
    """

    common: npt.NDArray[np.bool_]
    differ: bool

    @classmethod
    def of(cls, runs: Runs, figids: list[str]) -> _Marks:
        figures = pl.DataFrame({"figid": figids}, schema={"figid": pl.String})
        columns = "figid", "left_out", pl.when("marked").then("marks").alias("marks")
        captions = [
            figures.join(run.caption_rows.scan().select(columns).collect(), on="figid", how="left")
            for run in runs.values()
        ]
        first = captions[0]["marks"]
        equal, held_out = np.ones(len(figids), np.bool_), np.zeros(len(figids), np.bool_)
        for own in captions:
            equal &= first.eq_missing(own["marks"]).to_numpy()
            held_out |= own["left_out"].eq_missing(str(LeftOut.SEEN)).to_numpy()
        common = equal & first.is_not_null().to_numpy() & ~held_out
        return cls(common, bool((~equal & ~held_out).any()))


def _settings(runs: Runs, seed: int | None, by: tuple[str, ...]) -> RunSettings:
    check_columns(by)
    first = next(iter(runs.values()))
    columns = (*(column for run in runs.values() for column in run.by), *by)
    return RunSettings(
        lexicons=_common_lexicons(runs),
        scope=first.scope,
        level=first.level,
        abbreviations=_joined_values(run.abbreviations for run in runs.values()),
        seed=first.seed if seed is None else seed,
        by=tuple(dict.fromkeys(columns)),
        gold_source=_joined_values(filter(None, (run.gold_source for run in runs.values()))),
        held_out=any(run.held_out for run in runs.values()),
        version=_joined_values(run.version for run in runs.values()),
    )


def _differences(runs: Runs, marks: _Marks) -> Iterable[str]:
    """Yield in words each thing that numbers depend on and that the runs do not share, those of
    runs that compare runs included.
    """
    for run in runs.values():
        if run.joined is not None:
            yield from run.joined.differences
    for what, values in {
        "corpus": [_corpus_text(run.corpus) for run in runs.values()],
        "scope": [str(run.scope) for run in runs.values()],
        "level": [str(run.level) for run in runs.values()],
        "gold": [_gold_text(run.corpus) if marks.differ else "" for run in runs.values()],
        "lexicons": [",".join(map(str, run.lexicons)) for run in runs.values()],
        "abbreviations": [run.abbreviations for run in runs.values()],
        "version of nerbench": [run.version for run in runs.values()],
    }.items():
        if len(set(values)) > 1:
            by_run = (f"{value} in {name}" for name, value in zip(runs, values, strict=True))
            yield f"{what} ({' and '.join(by_run)})"


def _corpus_text(corpus: CorpusInfo) -> str:
    return f"{corpus.figures:,} figures, digest {corpus.digest},"


def _gold_text(corpus: CorpusInfo) -> str:
    return f"{corpus.marked:,} marked captions, digest {corpus.gold_digest or 'none'},"


def _distinct_names(runs: Runs) -> dict[str, dict[str, str]]:
    """Return, for each run, its models' names and their names side by side."""
    names = Counter(model.name for run in runs.values() for model in run.models)
    return {
        name: {
            model.name: model.name if names[model.name] == 1 else f"{model.name} ({name})"
            for model in run.models
        }
        for name, run in runs.items()
    }


def _joined_values(values: Iterable[str]) -> str:
    return "+".join(dict.fromkeys(values))


def _common_lexicons(runs: Runs) -> tuple[LexiconInfo, ...]:
    """Return the lexicons of the organisms that all runs know, in the order of the first run."""
    by_run = [{lexicon.taxon: lexicon for lexicon in run.lexicons} for run in runs.values()]
    common = []
    for taxon, first in by_run[0].items():
        own = [lexicons[taxon] for lexicons in by_run if taxon in lexicons]
        if len(own) == len(by_run) and all(lexicon.label == first.label for lexicon in own):
            digest = _joined_values(lexicon.digest for lexicon in own)
            common.append(LexiconInfo(taxon, first.label, first.name, digest))
    return tuple(common)


def _models(
    settings: RunSettings, runs: Runs, names: Mapping[str, Mapping[str, str]], figids: list[str]
) -> tuple[npt.NDArray[np.bool_], list[ModelResult]]:
    """Return which organisms each figure is scored for (those of all runs), and the models with
    their counts on the common figures.
    """
    scopes, models = [], []
    for name, run in runs.items():
        rows = {figid: row for row, figid in enumerate(run.figids)}
        figures = np.array([rows[figid] for figid in figids], np.int64)
        columns = [run.organisms.index(label) for label in settings.organisms]
        if run.working:
            scopes.append(run.in_scope[figures][:, columns])
        for model in run.models:
            counts, gold_counts = model.counts, model.gold_counts
            if model.failure is None:
                counts = counts[figures][:, :, columns]
                gold_counts = gold_counts[figures]
            models.append(
                replace(
                    model,
                    name=names[name][model.name],
                    counts=counts,
                    gold_counts=gold_counts,
                    usage=(),
                    timed_captions=0,
                    seconds=0.0,
                )
            )
    shape = len(figids), len(settings.organisms)
    in_scope = np.logical_and.reduce(scopes) if scopes else np.zeros(shape, np.bool_)
    return in_scope, models


def _reference(
    settings: RunSettings, runs: Runs, figids: list[str]
) -> npt.NDArray[np.int32] | None:
    """Return the counts of the perfect reader, or None unless all runs score names alike."""
    scorings = {
        (run.level, str(run.scope), run.lexicons, run.abbreviations) for run in runs.values()
    }
    known = (run for run in runs.values() if run.working and run.reference is not None)
    run = next(known, None)
    if run is None or run.reference is None or len(scorings) > 1:
        return None
    rows = {figid: row for row, figid in enumerate(run.figids)}
    figures = np.array([rows[figid] for figid in figids], np.int64)
    columns = [run.organisms.index(label) for label in settings.organisms]
    return run.reference[figures][:, :, columns]


def _add_rows(
    builder: EvaluationBuilder,
    runs: Runs,
    names: Mapping[str, Mapping[str, str]],
    is_scored: npt.NDArray[np.bool_],
    marked: npt.NDArray[np.bool_],
    differ: bool,
) -> None:
    first = next(iter(runs.values()))
    is_common = pl.col("figid").is_in(builder.figids)
    is_marked = pl.col("figid").is_in(np.array(builder.figids, dtype=object)[marked].tolist())
    left_out = pl.concat(
        [run.caption_rows.scan().select("figid", "left_out").drop_nulls() for run in runs.values()]
    ).unique("figid", keep="first", maintain_order=True)
    captions = (
        first.caption_rows.scan()
        .filter(is_common)
        .drop("left_out", "seen_by")
        .with_columns(marked=is_marked, marks=pl.when(is_marked).then("marks").otherwise([]))
    )
    builder.caption_rows.extend(
        captions.join(left_out, on="figid", how="left", maintain_order="left")
        .join(_seen_by(runs, names), on="figid", how="left", maintain_order="left")
        .with_columns(pl.col("seen_by").fill_null([]))
    )
    scored = pl.col("figid").is_in(np.array(builder.figids, dtype=object)[is_scored].tolist())
    genes = _common_genes(runs) if differ else None
    for name, run in runs.items():
        model = pl.col("model").replace(dict(names[name]))
        for table, rows in (
            (builder.figure_rows, run.figure_rows),
            (builder.name_rows, run.name_rows),
            (builder.gene_rows, run.gene_rows),
            (builder.mark_rows, run.mark_rows),
        ):
            figures = is_marked if table is builder.mark_rows else scored
            own = rows.scan().filter(figures).with_columns(model=model)
            if table in (builder.name_rows, builder.gene_rows):
                own = own.with_columns(marked=pl.when(is_marked).then("marked"))
            if table is builder.gene_rows and genes is not None:
                own = own.join(genes, on=["figid", "taxon", "symbol"], how="semi")
            table.extend(own)


def _is_seen(builder: EvaluationBuilder, models: list[str]) -> npt.NDArray[np.bool_]:
    """Return for each figure whether one of the models was trained on it."""
    seen = frozenset[str]().union(*figures_seen_by(models, builder.caption_rows.scan()).values())
    return np.array([figid in seen for figid in builder.figids], np.bool_)


def _unseen(
    counted: npt.NDArray[np.bool_], is_seen: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Return those of the figures that no model has seen, or all of them if there is none."""
    unseen: npt.NDArray[np.bool_] = counted & ~is_seen
    return unseen if unseen.any() else counted


def _seen_by(runs: Runs, names: Mapping[str, Mapping[str, str]]) -> pl.LazyFrame:
    """Return the models of all runs, by their names side by side, that were trained on a figure."""
    rows = [
        run.caption_rows.scan()
        .select("figid", pl.col("seen_by"))
        .explode("seen_by")
        .drop_nulls()
        .with_columns(pl.col("seen_by").replace(dict(names[name])))
        for name, run in runs.items()
    ]
    return pl.concat(rows).group_by("figid").agg(pl.col("seen_by").sort())


def _common_genes(runs: Runs) -> pl.LazyFrame:
    """Return the curated genes that every run scores: scopes or lexicons may differ."""
    columns = ["figid", "taxon", "symbol"]
    first, *others = [run.gene_rows.scan().select(columns).unique() for run in runs.values()]
    for other in others:
        first = first.join(other, on=columns, how="semi")
    return first


def _rank(
    model: ModelResult, marked: npt.NDArray[np.bool_], is_scored: npt.NDArray[np.bool_], level: int
) -> tuple[float, float]:
    """Return what models are ordered by, the best first: strict F1 against gold, then F1 on the
    lists. Those that failed are last.
    """
    if model.failure is not None:
        return math.inf, math.inf
    tp, fp, fn = model.gold_counts[marked, SCHEMES.index("strict")].sum(axis=0).tolist()
    gold_f1 = 2 * tp / (2 * tp + fp + fn) if tp else 0.0
    f1 = micro(model.counts[is_scored, level, -1]).f1
    return -gold_f1, 1.0 if f1 is None else -f1
