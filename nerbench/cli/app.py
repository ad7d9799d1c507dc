"""The commands, and the entry point that turns every outcome into an exit status.

0: done. 1: done, but a model failed or missed a threshold. 2: wrong usage or unusable input.
130: interrupted.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn, TextIO, cast

import typer

from nerbench.cli import corpus_commands, lexicon_commands, model_commands
from nerbench.cli.config_command import config
from nerbench.cli.doctor_command import doctor
from nerbench.cli.output import (
    PipeClosedError,
    SafeOutput,
    flush_or_discard,
    print_log,
    print_message,
)
from nerbench.cli.run_commands import compare, explain, predict, report, run, score
from nerbench.cli.span_commands import spans
from nerbench.cli.usage import Command, examples, new_app, usage_message
from nerbench.errors import NerbenchError
from nerbench.version import __version__

_SEED_FIGURE = "PMC8714735__fonc-11-760971-g003"
_EXAMPLES: dict[Callable[..., None], tuple[str, ...]] = {
    run: (
        "nerbench run",
        "nerbench run my-figures/ -m default -m lexicon -o reports/mine",
        "nerbench run pfocr.zip --limit 500 --gold shipped --json",
    ),
    score: ("nerbench score my-figures/ -p mine.jsonl -o reports/mine",),
    compare: ("nerbench compare reports/a reports/b -o reports/compare",),
    report: ("nerbench report reports/run",),
    predict: (
        "nerbench predict my-figures/ -m default -o mentions.jsonl",
        "nerbench predict - < caption.txt",
    ),
    explain: (
        f"nerbench explain {_SEED_FIGURE} -m lexicon",
        'nerbench explain --text "IL-6 activates STAT3" --organism human',
    ),
    spans: ("nerbench spans gold.pubtator predictions.pubtator --scheme strict",),
    config: ("nerbench config", "nerbench config run --json"),
    doctor: ("nerbench doctor", "nerbench doctor -m default --json"),
}

app = new_app("Measure gene recognizers on the captions of pathway figures.", name="nerbench")
for command, lines in _EXAMPLES.items():
    app.command(cls=Command, epilog=examples(*lines))(command)
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
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Show the version.",
            rich_help_panel="General",
        ),
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
    print_log()
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
    """Run the command in `sys.argv` and return its exit status."""
    try:
        status: str | int | None = app(prog_name="nerbench", standalone_mode=False)
    except SystemExit as request:
        return request.code
    except typer.TyperException as error:
        print_message(usage_message(error))
        return 2
    return status
