"""Several runs side by side on the figures that all of them have: what `nerbench compare` shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from nerbench.engine.evaluation import Evaluation, ModelResult, check_columns
from nerbench.engine.load import load_run
from nerbench.engine.provenance import ComparedRun, CorpusInfo, LexiconInfo, RunComparison
from nerbench.engine.tables import SpillingTable
from nerbench.errors import NerbenchError
from nerbench.scoring.figure import ALL
from nerbench.scoring.rates import micro

__all__ = ["compare_runs", "load_runs"]


def load_runs(folders: Sequence[Path]) -> dict[str, Evaluation]:
    """Runs by the name of their folder, or by its path where two have one name.

    Raises NerbenchError as `load_run` does.
    """
    once = list({folder.resolve(): folder for folder in folders}.values())
    names = Counter(folder.resolve().name for folder in once)
    called = (folder.resolve().name for folder in once)
    return {
        name if names[name] == 1 else str(folder): load_run(folder)
        for folder, name in zip(once, called, strict=True)
    }


def compare_runs(
    runs: Mapping[str, Evaluation],
    *,
    anyway: bool = False,
    seed: int | None = None,
    by: Iterable[str] = (),
) -> Evaluation:
    """One evaluation of the models of all runs, best F1 (`all`, micro) first.

    ``runs`` come by their names. Compared are the figures that all runs hold with the same content;
    `Evaluation.joined` lists the others. Models of one name are told apart by the names of their
    runs. Intervals and tests are drawn anew with ``seed``, else with that of the first run. Raises
    NerbenchError if no figure is common, and, unless ``anyway``, if the runs are over different
    corpora or differ in scope, level, lexicons, abbreviations or version of nerbench. Then the
    first run's scope and level are shown, and reasons are those that each run gave.

    >>> import nerbench
    >>> one, other = (
    ...     nerbench.evaluate(nerbench.open_corpus("seeds"), nerbench.load_recognizer("lexicon"))
    ...     for _ in range(2)
    ... )
    >>> [model.name for model in compare_runs({"monday": one, "friday": other}).models]
    ['lexicon (monday)', 'lexicon (friday)']
    """
    common = _Common.of(runs)
    differences = tuple(dict.fromkeys(_differences(runs)))
    sides = RunComparison(
        differences,
        tuple(ComparedRun(name, run.signature, common.missing[name]) for name, run in runs.items()),
    )
    if differences and not anyway:
        said = "; ".join(sides.notes())
        raise NerbenchError(f"{said}; --anyway compares the figures that the runs share")
    if not common.figids:
        raise NerbenchError(f"the runs {', '.join(runs)} have no figure in common")
    by = tuple(by)
    check_columns(by)
    first = next(iter(runs.values()))
    renamed = _renamed(runs)
    joined = Evaluation(
        lexicons=_lexicons(runs),
        scope=first.scope,
        level=first.level,
        abbreviations=_all(run.abbreviations for run in runs.values()),
        corpus=CorpusInfo(),
        models=[],
        figids=common.figids,
        seed=first.seed if seed is None else seed,
        by=tuple(dict.fromkeys([*(column for run in runs.values() for column in run.by), *by])),
        version=_all(run.version for run in runs.values()),
        joined=sides,
    )
    _add_counts(joined, runs, renamed)
    _add_rows(joined, runs, renamed)
    joined.models.sort(key=lambda model: -_f1(joined, model))
    return joined


@dataclass(frozen=True, slots=True)
class _Common:
    """The figures that all runs hold with one content, in the first one's order, and the ids of
    those that each run lacks.
    """

    figids: list[str]
    missing: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, runs: Mapping[str, Evaluation]) -> _Common:
        held = {
            name: dict.fromkeys(run.caption_rows.scan().select("figid", "digest").collect().rows())
            for name, run in runs.items()
        }
        every = set().union(*held.values())
        shared = every.intersection(*held.values())
        return cls(
            [key[0] for key in next(iter(held.values())) if key in shared],
            {
                name: tuple(sorted({figid for figid, _ in every - own.keys()}))
                for name, own in held.items()
            },
        )


def _differences(runs: Mapping[str, Evaluation]) -> Iterable[str]:
    """In words, each thing that numbers depend on and that is not the same for all runs, or was
    not for those that one of them was joined of.
    """
    for run in runs.values():
        if run.joined is not None:
            yield from run.joined.differences
    for what, values in {
        "corpus": [_corpus(run.corpus) for run in runs.values()],
        "scope": [str(run.scope) for run in runs.values()],
        "level": [str(run.level) for run in runs.values()],
        "lexicons": [",".join(map(str, run.lexicons)) for run in runs.values()],
        "abbreviations": [run.abbreviations for run in runs.values()],
        "version of nerbench": [run.version for run in runs.values()],
    }.items():
        if len(set(values)) > 1:
            values_by_run = (f"{value} in {name}" for name, value in zip(runs, values, strict=True))
            yield f"{what} ({' and '.join(values_by_run)})"


def _corpus(facts: CorpusInfo) -> str:
    return f"{facts.figures:,} figures, digest {facts.digest},"


def _renamed(runs: Mapping[str, Evaluation]) -> dict[str, dict[str, str]]:
    """For each run, its models' names and what they are called side by side."""
    names = Counter(model.name for run in runs.values() for model in run.models)
    return {
        name: {
            model.name: model.name if names[model.name] == 1 else f"{model.name} ({name})"
            for model in run.models
        }
        for name, run in runs.items()
    }


def _all(values: Iterable[str]) -> str:
    return "+".join(dict.fromkeys(values))


def _lexicons(runs: Mapping[str, Evaluation]) -> tuple[LexiconInfo, ...]:
    """The lexicons of the organisms that all runs know, in the first one's order."""
    known = [{one.taxon: one for one in run.lexicons} for run in runs.values()]
    return tuple(
        LexiconInfo(taxon, one.label, one.name, _all(each[taxon].digest for each in known))
        for taxon, one in known[0].items()
        if all(each.get(taxon, one).label == one.label and taxon in each for each in known)
    )


def _add_counts(
    joined: Evaluation, runs: Mapping[str, Evaluation], renamed: Mapping[str, Mapping[str, str]]
) -> None:
    """Models with their counts; a figure is in scope where it is in that of all runs."""
    in_scope = []
    for name, run in runs.items():
        place = {figid: at for at, figid in enumerate(run.figids)}
        figures = np.array([place[figid] for figid in joined.figids], np.int64)
        columns = [run.organisms.index(label) for label in joined.organisms]
        if run.working:
            in_scope.append(run.in_scope[figures][:, columns])
        for model in run.models:
            copy = ModelResult(
                renamed[name][model.name], model.fingerprint,
                problems=model.problems, notes=model.notes, failure=model.failure,
            )  # fmt: skip
            if model.failure is None:
                copy.counts = model.counts[figures][:, :, columns]
            joined.models.append(copy)
    shape = len(joined.figids), len(joined.organisms)
    joined.in_scope = np.logical_and.reduce(in_scope) if in_scope else np.zeros(shape, np.bool_)


def _add_rows(
    joined: Evaluation, runs: Mapping[str, Evaluation], renamed: Mapping[str, Mapping[str, str]]
) -> None:
    first = next(iter(runs.values()))
    common = pl.col("figid").is_in(joined.figids)
    joined.caption_rows.extend(first.caption_rows.scan().filter(common))
    skipped = dict.fromkeys(problem for run in runs.values() for problem in run.corpus.skipped)
    joined.corpus = CorpusInfo.of_captions(joined.caption_rows.scan(), list(skipped))
    scored = np.array(joined.figids, dtype=object)[joined.in_scope[:, -1]].tolist()
    among = pl.col("figid").is_in(scored)
    genes = _same_genes(joined, runs)
    for name, run in runs.items():
        called = pl.col("model").replace(dict(renamed[name]))
        for table, rows, kept in (
            (joined.figure_rows, run.figure_rows, None),
            (joined.name_rows, run.name_rows, None),
            (joined.gene_rows, run.gene_rows, genes),
        ):
            _add(table, rows.scan().filter(among).with_columns(model=called), kept)


def _same_genes(joined: Evaluation, runs: Mapping[str, Evaluation]) -> pl.LazyFrame | None:
    """The curated genes that every run scores, where runs with other scopes or lexicons differ."""
    if joined.joined is None or not joined.joined.differences:
        return None
    keys = [
        run.gene_rows.scan().select("figid", "taxon", "symbol").unique() for run in runs.values()
    ]
    shared = keys[0]
    for other in keys[1:]:
        shared = shared.join(other, on=["figid", "taxon", "symbol"], how="semi")
    return shared


def _add(table: SpillingTable, rows: pl.LazyFrame, kept: pl.LazyFrame | None) -> None:
    if kept is not None:
        rows = rows.join(kept, on=["figid", "taxon", "symbol"], how="semi")
    table.extend(rows)


def _f1(joined: Evaluation, model: ModelResult) -> float:
    """The F1 that the leaderboard goes by; below all others where there is none."""
    if model.failure is not None:
        return -2.0
    f1 = micro(joined.counts(model, ALL, joined.level)).f1
    return -1.0 if f1 is None else f1
