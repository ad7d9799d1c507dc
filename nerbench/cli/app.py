"""The commands, and the entry point that turns every outcome into an exit status.

0: done. 1: done, but a model failed or missed a threshold. 2: wrong usage or unusable input.
130: interrupted.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from pathlib import Path
from typing import Annotated, NoReturn, TextIO, cast

import typer

from nerbench.cli import corpus_commands, lexicon_commands, model_commands
from nerbench.cli.output import PipeClosedError, SafeOutput, flush_or_discard, print_message
from nerbench.cli.run_commands import compare, explain, predict, report, run, score
from nerbench.cli.span_commands import spans
from nerbench.errors import NerbenchError
from nerbench.version import __version__

app = typer.Typer(
    name="nerbench",
    help="Measure gene recognizers on the captions of pathway figures.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (run, score, compare, report, predict, explain, spans):
    app.command()(command)
app.add_typer(model_commands.app, name="models")
app.add_typer(lexicon_commands.app, name="lexicon")
app.add_typer(corpus_commands.app, name="corpus")


def _print_version(show: bool) -> None:
    if show:
        print(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


def main() -> NoReturn:
    """Run the command line and exit; every error becomes one line on standard error."""
    if sys.stdout is None:  # closed by the caller
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    stdout = sys.stdout
    if isinstance(stdout, io.TextIOWrapper):  # names and captions hold any Unicode character
        stdout.reconfigure(encoding="utf-8", errors="replace")
    sys.stdout = cast(TextIO, SafeOutput(stdout))
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:  # schedulers end a job with SIGTERM
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    status: str | int | None = 0
    try:
        status = _run_app()
        sys.stdout.flush()
    except NerbenchError as error:
        print_message(str(error))
        status = 2
    except KeyboardInterrupt:
        status = 130
    except PipeClosedError:
        pass
    except Exception as error:
        if os.environ.get("NERBENCH_DEBUG"):
            raise
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:500]
        print_message(
            f"internal error: {reason} (please report it; NERBENCH_DEBUG=1 shows the traceback)"
        )
        status = 2
    flush_or_discard(stdout)
    if status == 130:
        print_message("interrupted")
    sys.exit(status)


def _run_app() -> str | int | None:
    """Run the command in `sys.argv`; typer reports its status, also of success, by SystemExit."""
    try:
        app()
    except SystemExit as request:
        return request.code
    return 0
