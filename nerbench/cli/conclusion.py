"""The course of a run: load, recognize, save, print the results, and set the exit status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from nerbench.cli.output import (
    console,
    print_annotations,
    print_first,
    print_log,
    print_message,
)
from nerbench.errors import NerbenchError

if TYPE_CHECKING:
    from nerbench.engine.evaluation import Evaluation
    from nerbench.engine.execute import Outcome, RunPlan
    from nerbench.engine.gold import GoldFile
    from nerbench.engine.progress import Progress
    from nerbench.engine.run_folder import RunContent

_MAX_PROBLEMS, _MAX_SKIPPED = 20, 5  # lines printed of each model, and of the corpus


@dataclass(frozen=True, slots=True)
class MinRates:
    """The rates below which a run exits with status 1; None for no threshold."""

    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True, slots=True)
class Ending:
    """The end that a run is to have: what it is checked for, and what is written and printed."""

    min_rates: MinRates
    multiqc: bool = False
    quiet: bool = False
    as_json: bool = False


def run_to_end(
    plan: RunPlan,
    content: RunContent,
    out: Path,
    ending: Ending,
    *,
    jobs: int = 1,
    dask: str | None = None,
    resume: bool = True,
) -> None:
    """Run a plan, save it into a folder, and conclude.

    Models are loaded before the folder is touched. Raises typer.Exit and KeyboardInterrupt as
    `conclude` does, NerbenchError if nothing can be run or written.
    """
    from nerbench.cli.progress_bars import phases
    from nerbench.engine.execute import AllFailedError, execute, load_models
    from nerbench.engine.progress import LOADING
    from nerbench.engine.run_folder import run_folder

    print_log(ending.quiet)
    try:
        with phases(ending.quiet) as progress:
            progress.begin(LOADING)
            with (
                load_models(plan, jobs, dask) as executor,
                run_folder(out, reuse=resume) as store,
                execute(plan, executor, out, store, progress) as outcome,
            ):
                is_saved = save(outcome, content, out, ending, progress)
    except AllFailedError as error:
        for failure in error.failures:
            print_message(failure)
        print_message(_left_as_it_was(out))
        raise typer.Exit(1) from None
    print_annotations(plan.figures, plan.gold, ending.quiet)
    conclude(outcome.evaluation, out, ending, is_saved=is_saved, gold=plan.gold)


def save(
    outcome: Outcome, content: RunContent, out: Path, ending: Ending, progress: Progress
) -> bool:
    """Write the files of a run, all of them or none; return whether they are written.

    They are not where no model worked, and where an interrupted run, or one without a score, would
    replace a complete one.
    """
    from nerbench.engine.progress import REPORTS, SCORING
    from nerbench.engine.run_folder import (
        holds_complete_run,
        prediction_path,
        replacing_run,
        write_log,
    )
    from nerbench.reports import write_reports

    evaluation = outcome.evaluation
    is_poor = evaluation.partial or not (evaluation.scores or evaluation.gold)
    if not evaluation.working or (is_poor and holds_complete_run(out)):
        return False
    if evaluation.partial:
        figures = f"the {evaluation.corpus.figures:,} figures that are done"
        print_message(f"interrupted: the report covers {figures} (Ctrl-C again: no report)")
    progress.begin(SCORING)
    for scores in ("scores", "gold", "comparisons", "strata", "curves"):
        getattr(evaluation, scores)  # is computed once, and kept
    progress.begin(REPORTS)
    with replacing_run(out) as folder:
        for name, writer in outcome.predictions.items():
            writer.finish(prediction_path(folder, name))
        write_log(folder, outcome.started, evaluation, content)
        write_reports(evaluation, folder, multiqc=ending.multiqc)
    return True


def _left_as_it_was(out: Path) -> str:
    is_there = out.exists()
    return f"no model worked: {out} is {'left as it was' if is_there else 'not written'}"


def conclude(
    evaluation: Evaluation,
    out: Path,
    ending: Ending,
    *,
    is_saved: bool = True,
    gold: GoldFile | None = None,
) -> None:
    """Print messages and the results of a run, and exit with its status.

    Raises KeyboardInterrupt after an interrupted run, NerbenchError if models worked but nothing
    is scored or ``gold`` marked no caption, typer.Exit with 1 if a model failed, had problems or
    missed a threshold.
    """
    failed = _print_models(evaluation, out, ending.quiet)
    if not evaluation.working:
        print_message(_left_as_it_was(out))
        raise typer.Exit(1)
    missed = _missed_thresholds(evaluation, ending.min_rates)
    for line in missed:
        print_message(line)
    if not ending.quiet:
        _print_notes(evaluation, out)
    if ending.as_json:
        from nerbench.reports.summary import summary_json

        print(summary_json(evaluation), end="")
    elif not ending.quiet:
        _print_tables(evaluation, out if is_saved else None)
    if not is_saved:
        print_message(f"{out} keeps the reports of its earlier run")
    if evaluation.partial:
        print_message("the same command resumes where this one was interrupted")
        raise KeyboardInterrupt
    if gold is not None:
        gold.check_is_used()
    if not evaluation.scores and evaluation.gold is None:
        raise NerbenchError(_nothing_scored(evaluation))
    if failed or missed:
        raise typer.Exit(1)


def conclude_board(
    runs: Mapping[str, Evaluation], out: Path, min_rates: MinRates, quiet: bool
) -> None:
    """Print what was written of runs over corpora that share no figure.

    Raises typer.Exit with 1 if a model of a run missed a threshold.
    """
    missed = [
        f"{name}: {line}"
        for name, run in runs.items()
        for line in _missed_thresholds(run, min_rates)
    ]
    for line in missed:
        print_message(line)
    if not quiet:
        print_message(
            "the runs are over corpora that share no figure: they stand side by side, corpus by "
            "corpus, and are not compared figure by figure"
        )
        console().print(f"leaderboard: {out / 'leaderboard.html'}", style=None, markup=False)
    if missed:
        raise typer.Exit(1)


def _nothing_scored(evaluation: Evaluation) -> str:
    """Return why no figure is scored, and what to do."""
    corpus = evaluation.corpus
    reasons = ", ".join(
        f"{reason} ({len(figids):,} of {corpus.figures:,} figures)"
        for reason, figids in corpus.left_out.items()
    )
    return f"nothing is scored: {reasons}; give other records or another --organism"


def _print_models(evaluation: Evaluation, out: Path, quiet: bool) -> bool:
    """Print failures, problems and notes of the models; return whether any failed or had one."""
    for model in evaluation.models:
        if model.failure is not None:
            print_message(model.failure)
        rest = f"problems of {model.name} in {out}/summary.json"
        print_first(model.problems, _MAX_PROBLEMS, rest)
        for note in (*model.notes, *model.usage) if not quiet else ():
            print_message(note)
    return any(model.failure is not None or model.problems for model in evaluation.models)


def _missed_thresholds(evaluation: Evaluation, min_rates: MinRates) -> list[str]:
    """Return a line for each model and rate (all organisms, micro) below its threshold."""
    lines = []
    wanted = [
        name for name in ("precision", "recall", "f1") if getattr(min_rates, name) is not None
    ]
    if wanted and not evaluation.model_scores:
        lines.append(f"no figure has a list: the least {', '.join(wanted)} cannot be checked")
    for row in evaluation.model_scores:
        if (row.organism, row.level, row.average) != ("all", evaluation.level, "micro"):
            continue
        for name in ("precision", "recall", "f1"):
            minimum, rate = getattr(min_rates, name), row.rates[name]
            if minimum is not None and (rate is None or rate < minimum):
                value = "not defined" if rate is None else f"{rate:.4f}"
                lines.append(f"{row.model}: {name} is {value}, below {minimum}")
    return lines


def _print_notes(evaluation: Evaluation, out: Path) -> None:
    from nerbench.scoring.scope import LeftOut

    skipped = [f"skipped {problem}" for problem in evaluation.corpus.skipped]
    print_first(skipped, _MAX_SKIPPED, f"files skipped; see {out}/report.md")
    for note in (*evaluation.corpus.notes(), *(row.note() for row in evaluation.seen)):
        print_message(note)
    if evaluation.held_out and LeftOut.SEEN not in evaluation.corpus.left_out:
        print_message("nothing to hold out: no model is known to have been trained on a figure")


def _print_tables(evaluation: Evaluation, out: Path | None) -> None:
    from nerbench.reports.terminal import gold_table, result_table

    marked = gold_table(evaluation)
    if marked is not None:
        console().print(marked)
    if evaluation.scores:
        console().print(result_table(evaluation))
    if out is not None:
        console().print(f"report: {out / 'report.html'} and report.md", style=None, markup=False)
