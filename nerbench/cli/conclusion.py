"""The end of a run: write its reports, print messages and the table, and set the exit status."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from nerbench.cli.output import console, print_first, print_message
from nerbench.errors import NerbenchError
from nerbench.scoring.scope import LeftOut

if TYPE_CHECKING:
    from nerbench.engine.evaluation import Evaluation
    from nerbench.engine.gold import GoldFile

_MAX_PROBLEMS, _MAX_SKIPPED = 20, 5  # lines printed of each model, and of the corpus


@dataclass(frozen=True, slots=True)
class MinRates:
    """The rates below which a run exits with status 1; None for no threshold."""

    precision: float | None
    recall: float | None
    f1: float | None


def conclude(
    evaluation: Evaluation,
    out: Path,
    min_rates: MinRates,
    multiqc: bool,
    quiet: bool,
    gold: GoldFile | None = None,
) -> None:
    """Write the reports, print messages and the table, and exit with the status of the run.

    Raises KeyboardInterrupt after an interrupted run, NerbenchError if models worked but nothing
    is scored or ``gold`` marked no caption, typer.Exit with 1 if a model failed, had problems or
    missed a threshold.
    """
    from nerbench.reports import write_reports

    if evaluation.partial:
        figures = f"the {evaluation.corpus.figures:,} figures that are done"
        print_message(f"interrupted: the report covers {figures} (Ctrl-C again: no report)")
    write_reports(evaluation, out, multiqc=multiqc)
    failed = _print_models(evaluation, out, quiet)
    missed = _missed_thresholds(evaluation, min_rates)
    for line in missed:
        print_message(line)
    if not quiet:
        _print_result(evaluation, out)
    if evaluation.partial:
        print_message("the same command resumes where this one was interrupted")
        raise KeyboardInterrupt
    if gold is not None:
        gold.check_is_used()
    if evaluation.working and not evaluation.scores and evaluation.gold is None:
        raise NerbenchError(_nothing_scored(evaluation))
    if failed or missed:
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


def _print_result(evaluation: Evaluation, out: Path) -> None:
    from nerbench.reports.terminal import gold_table, result_table

    skipped = [f"skipped {problem}" for problem in evaluation.corpus.skipped]
    print_first(skipped, _MAX_SKIPPED, f"files skipped; see {out}/report.md")
    for note in (*evaluation.corpus.notes(), *(row.note() for row in evaluation.seen)):
        print_message(note)
    if evaluation.held_out and LeftOut.SEEN not in evaluation.corpus.left_out:
        print_message("nothing to hold out: no model is known to have been trained on a figure")
    if evaluation.gold is not None:
        console().print(gold_table(evaluation.gold))
    if evaluation.scores:
        console().print(result_table(evaluation))
    console().print(f"report: {out / 'report.html'} and report.md", style=None, markup=False)
