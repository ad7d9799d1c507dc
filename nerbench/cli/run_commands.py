"""The commands that recognize, score and report: run, score, compare, report, predict, explain."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nerbench.cli import options
from nerbench.cli.conclusion import (
    Ending,
    MinRates,
    conclude,
    conclude_board,
    run_to_end,
    save,
)
from nerbench.cli.output import console, print_annotations, print_gold, print_json, print_message
from nerbench.errors import NerbenchError
from nerbench.records import Level

if TYPE_CHECKING:
    from nerbench.engine.evaluation import Evaluation
    from nerbench.engine.leaderboard import Leaderboard


def run(
    corpus: options.CorpusOrSeed = None,
    model: options.Models = None,
    out: options.Out = Path("reports/run"),
    organism: options.Organism = "auto",
    scope_from: options.ScopeFrom = None,
    level: options.Level = Level.FAMILY,
    abbreviations: options.Abbreviations = True,
    threshold: options.Threshold = None,
    limit: options.Limit = None,
    jobs: options.Jobs = 1,
    dask: options.Dask = None,
    seed: options.Seed = 0,
    by: options.By = None,
    held_out: options.HeldOut = False,
    gold: options.Gold = None,
    columns: options.Columns = None,
    id_map: options.IdMap = None,
    label_map: options.LabelMap = None,
    resume: options.Resume = True,
    min_precision: options.MinPrecision = None,
    min_recall: options.MinRecall = None,
    min_f1: options.MinF1 = None,
    multiqc: options.MultiQC = False,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Run recognizers over captions and report precision and recall."""
    from nerbench.engine.config import RunConfig
    from nerbench.engine.execute import plan_run
    from nerbench.engine.gold import SHIPPED_GOLD
    from nerbench.engine.run_folder import RunContent, check_run_folder
    from nerbench.resources import shipped
    from nerbench.spans.label_map import parse_label_map
    from nerbench.tabular.columns import parse_columns

    _refuse_dash(out, *(corpus or ()), gold)
    models = tuple(dict.fromkeys(model or [options.DEFAULT_MODEL]))
    if not quiet:
        _print_warnings(models)
        _print_missing_scispacy(abbreviations)
    config = RunConfig(models, organism, level, abbreviations, threshold, scope_from)
    paths = corpus or [shipped("seeds")]
    plan = plan_run(
        paths,
        config,
        limit=limit,
        seed=seed,
        by=by or (),
        gold=gold or (None if corpus else SHIPPED_GOLD),
        held_out=held_out,
        id_map=id_map,
        new_labels=parse_label_map(label_map or ()),
        columns=parse_columns(columns or ()),
    )
    content = RunContent.of("run", paths, plan.names)
    check_run_folder(out, content, force=force)
    min_rates = MinRates(min_precision, min_recall, min_f1)
    ending = Ending(min_rates, multiqc, quiet, as_json)
    run_to_end(plan, content, out, ending, jobs=jobs, dask=dask, resume=resume)


def score(
    corpus: options.Corpus,
    predictions: options.Predictions,
    out: options.Out = Path("reports/run"),
    organism: options.Organism = "auto",
    scope_from: options.ScopeFrom = None,
    level: options.Level = Level.FAMILY,
    abbreviations: options.Abbreviations = True,
    threshold: options.Threshold = None,
    limit: options.Limit = None,
    seed: options.Seed = 0,
    by: options.By = None,
    held_out: options.HeldOut = False,
    gold: options.Gold = None,
    columns: options.Columns = None,
    id_map: options.IdMap = None,
    label_map: options.LabelMap = None,
    min_precision: options.MinPrecision = None,
    min_recall: options.MinRecall = None,
    min_f1: options.MinF1 = None,
    multiqc: options.MultiQC = False,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Score existing predictions; no model is loaded."""
    from nerbench.engine.config import RunConfig
    from nerbench.engine.execute import plan_run
    from nerbench.engine.run_folder import RunContent, check_run_folder
    from nerbench.spans.label_map import parse_label_map
    from nerbench.tabular.columns import parse_columns

    _refuse_dash(out, *corpus, *predictions, gold)
    if not quiet:
        _print_missing_scispacy(abbreviations)
    config = RunConfig((), organism, level, abbreviations, threshold, scope_from)
    plan = plan_run(
        corpus,
        config,
        predictions,
        limit=limit,
        seed=seed,
        by=by or (),
        gold=gold,
        held_out=held_out,
        id_map=id_map,
        new_labels=parse_label_map(label_map or ()),
        columns=parse_columns(columns or ()),
    )
    content = RunContent.of("score", corpus, plan.names)
    check_run_folder(out, content, force=force)
    for path in predictions:
        if out.resolve() in path.resolve().parents:
            raise NerbenchError(f"{path}: is in the folder of the reports; give another --out")
    min_rates = MinRates(min_precision, min_recall, min_f1)
    run_to_end(plan, content, out, Ending(min_rates, multiqc, quiet, as_json))


def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN_DIR", help="Folders of runs.")],
    out: options.Out = Path("reports/compare"),
    anyway: Annotated[
        bool,
        typer.Option(
            "--anyway",
            help="Compare runs that differ, on the figures that they share.",
            rich_help_panel="Scoring",
        ),
    ] = False,
    seed: options.RunSeed = None,
    by: options.By = None,
    gold: options.Gold = None,
    label_map: options.LabelMap = None,
    min_precision: options.MinPrecision = None,
    min_recall: options.MinRecall = None,
    min_f1: options.MinF1 = None,
    multiqc: options.MultiQC = False,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Compare the models of several runs, by marked captions or by lists; no model is loaded."""
    from nerbench.cli.progress_bars import phases
    from nerbench.engine.compare import are_disjoint, compare_runs
    from nerbench.engine.execute import Outcome
    from nerbench.engine.run_folder import (
        RunContent,
        check_run_folder,
        replacing_run,
        write_board_log,
    )
    from nerbench.reports.board_page import write_leaderboard

    _refuse_dash(out)
    if out.resolve() in {folder.resolve() for folder in runs}:
        raise NerbenchError(f"{out}: holds one of the runs; give another --out")
    content = RunContent.of("compare", runs, ())
    check_run_folder(out, content, force=force)
    started = time.time()
    loaded = _load_compared(runs, gold, label_map, quiet)
    board = _leaderboard(loaded, runs)
    if are_disjoint(loaded) and not anyway:
        with replacing_run(out) as folder:
            write_board_log(folder, started, content)
            write_leaderboard(board, folder, has_report=False)
        conclude_board(loaded, out, MinRates(min_precision, min_recall, min_f1), quiet)
        return
    evaluation = compare_runs(loaded, anyway=anyway, seed=seed, by=by or ())
    if evaluation.joined is not None and not quiet:
        for note in evaluation.joined.notes():
            print_message(note)
    ending = Ending(MinRates(min_precision, min_recall, min_f1), multiqc, quiet, as_json)
    with phases(quiet) as progress:
        is_saved = save(Outcome(evaluation, {}, started), content, out, ending, progress)
    if is_saved:
        write_leaderboard(board, out, has_report=True)
    conclude(evaluation, out, ending, is_saved=is_saved)


def _leaderboard(loaded: dict[str, Evaluation], runs: list[Path]) -> Leaderboard:
    """Return the leaderboard of runs, with the speeds that their logs tell."""
    from nerbench.engine.leaderboard import Leaderboard
    from nerbench.engine.run_folder import read_speeds

    folders = dict.fromkeys(map(Path.resolve, runs))
    speeds = {name: read_speeds(path) for name, path in zip(loaded, folders, strict=True)}
    return Leaderboard.of(loaded, speeds)


def _load_compared(
    runs: list[Path], gold: str | None, label_map: list[str] | None, quiet: bool
) -> dict[str, Evaluation]:
    """Load the runs that are compared, marked by gold if it is given."""
    from nerbench.engine.compare import load_marked_runs, load_runs
    from nerbench.spans.label_map import parse_label_map

    if gold is None:
        return load_runs(runs)
    loaded, gold_files = load_marked_runs(runs, gold, parse_label_map(label_map or ()))
    for gold_file in gold_files:
        print_gold(gold_file, quiet)
    return loaded


def report(
    run: Annotated[Path, typer.Argument(metavar="RUN_DIR", help="Folder of a run.")],
    multiqc: options.MultiQC = False,
    quiet: options.Quiet = False,
) -> None:
    """Write report.html and report.md of a run again, from its files."""
    from nerbench.engine.load import load_run
    from nerbench.reports import write_readable

    write_readable(load_run(run), run, multiqc=multiqc)
    if not quiet:
        console().print(f"report: {run / 'report.html'} and report.md", style=None, markup=False)


def predict(
    corpus: options.Corpus,
    model: options.Model = "default",
    out: options.OutFile = Path("-"),
    limit: options.Limit = None,
    columns: options.Columns = None,
    quiet: options.Quiet = False,
) -> None:
    """Write a recognizer's mentions as JSON lines; plain text from - is one caption."""
    from nerbench.cli.progress_bars import phases
    from nerbench.engine.execute import predict_to
    from nerbench.tabular.columns import parse_columns

    named = parse_columns(columns or ())
    with phases(quiet) as progress:
        figures = predict_to(corpus, model, out, limit=limit, progress=progress, columns=named)
    for problem in figures.skipped if not quiet else ():
        print_message(f"skipped {problem}")
    print_annotations(figures, None, quiet)


def explain(
    figid: options.FigureId = None,
    corpus: options.CorpusOrSeed = None,
    text: options.Text = None,
    model: options.Model = "default",
    organism: options.Organism = "auto",
    level: options.Level = Level.FAMILY,
    abbreviations: options.Abbreviations = True,
    columns: options.Columns = None,
    id_map: options.IdMap = None,
    label_map: options.LabelMap = None,
    as_json: options.Json = False,
) -> None:
    """Show one caption with its hits, its misses, and the reasons."""
    from nerbench.corpus import open_corpus
    from nerbench.corpus.figure_reader import figure_of_caption
    from nerbench.engine.execute import find_figure, score_one
    from nerbench.recognizers.registry import find_card
    from nerbench.reports.explained import explained
    from nerbench.reports.terminal import explanation
    from nerbench.spans.label_map import parse_label_map
    from nerbench.tabular.columns import parse_columns

    find_card(model)
    if text is not None:
        if figid or corpus:
            raise NerbenchError("--text is a caption of its own: give no FIGID and no CORPUS")
        if not text.strip():
            raise NerbenchError("--text is empty: give the text of a caption")
        figure = figure_of_caption(text, "text")
        organism = "all" if organism == "auto" else organism  # no record says whose genes they are
    elif figid is None:
        raise NerbenchError("no figure: give a FIGID, or a caption by --text")
    else:
        named, new_labels = parse_columns(columns or ()), parse_label_map(label_map or ())
        figures = open_corpus(*corpus or (), id_map=id_map, new_labels=new_labels, columns=named)
        figure = find_figure(figid, figures)
    score = score_one(figure, model, organism=organism, abbreviations=abbreviations)
    if as_json:
        print_json(explained(score, level))
        return
    terminal = console()
    terminal.print(explanation(score, level, signs=terminal.color_system is None))


def _refuse_dash(out: Path, *inputs: str | Path | None) -> None:
    """Raise NerbenchError if `-` is the folder of a run, or more than one of its inputs."""
    if sum(str(path) == "-" for path in inputs) > 1:
        raise NerbenchError(
            "-: standard input is named more than once, and can be read once; give files"
        )
    if str(out) == "-":
        raise NerbenchError(
            "--out: a run writes a folder, not standard output; --json prints its numbers there"
        )


def _print_warnings(models: Sequence[str]) -> None:
    """Print what an untrusted card can do, and the warning of each card."""
    from nerbench.recognizers.registry import cards, find_card

    available = cards()
    for name in models:
        card = find_card(name)
        if card.security_note and name not in available:
            print_message(f"{name}: this card {card.security_note}")
        if card.warning:
            print_message(f"{card.name}: {card.warning}")


def _print_missing_scispacy(abbreviations: bool) -> None:
    from nerbench.nomenclature.abbreviations import has_scispacy

    if abbreviations and not has_scispacy():
        print_message(
            "scispaCy is not installed (it needs Python 3.12 or older): abbreviations defined in "
            "brackets are not read, lists of abbreviations are"
        )
