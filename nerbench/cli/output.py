"""Standard output that survives a closed pipe, and messages on standard error."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO

from nerbench.errors import NerbenchError

if TYPE_CHECKING:
    from rich.console import Console

    from nerbench.corpus import Corpus
    from nerbench.engine.gold import GoldFile

_PIPE_WIDTH = 160  # characters: no column of a table is cut


def console() -> Console:
    """Return a console on standard output, as wide as the terminal."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)


def print_json(value: object) -> None:
    """Print a value as JSON on standard output."""
    print(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1))


def print_message(message: object) -> None:
    """Print one line on standard error."""
    print(f"nerbench: {message}", file=sys.stderr)


class _Messages(logging.Handler):
    """Prints what the package logs as messages."""

    def emit(self, record: logging.LogRecord) -> None:
        print_message(record.getMessage())


def print_log(quiet: bool = False) -> None:
    """Print what the package logs from now on, warnings and errors, or errors only."""
    logger = logging.getLogger("nerbench")
    if not any(isinstance(handler, _Messages) for handler in logger.handlers):
        logger.addHandler(_Messages())
    logger.setLevel(logging.ERROR if quiet else logging.WARNING)


def print_first(messages: Sequence[object], limit: int, rest: str) -> None:
    """Print the first messages, and one line that counts the others and says what they are."""
    for message in messages[:limit]:
        print_message(message)
    if len(messages) > limit:
        print_message(f"{len(messages) - limit:,} more {rest}")


def print_annotations(figures: Corpus, gold: GoldFile | None, quiet: bool) -> None:
    """Print what was read of a corpus's annotations and of the gold beside it."""
    renames = [figures.rename] if gold is None else [figures.rename, gold.rename]
    for note in figures.notes() if not quiet else ():
        print_message(note)
    if gold is not None:
        print_gold(gold, quiet)
    for pattern in figures.rename.unused if not quiet else ():
        if all(pattern in rename.unused for rename in renames):
            print_message(f"--map {pattern}: renames no label")


def print_gold(gold: GoldFile, quiet: bool) -> None:
    """Print what could not be used of gold, and how many captions it marks."""
    print_first(gold.problems, 20, "such places in the gold")
    for note in gold.notes() if not quiet else ():
        print_message(note)


class PipeClosedError(Exception):
    """The reader of standard output is gone, as after `head`: the end of output, not a failure.

    It is no OSError: typer would turn a broken pipe into exit status 1.
    """


class SafeOutput:
    """Standard output that raises PipeClosedError or NerbenchError where it cannot be written."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with _named_errors():
            return self._stream.write(text)

    def flush(self) -> None:
        with _named_errors():
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise PipeClosedError from None
    except OSError as error:
        raise NerbenchError(f"standard output: {error.strerror or error}") from None


def flush_or_discard(stream: TextIO) -> None:
    """Flush a stream, or discard what cannot be written, so that Python does not try it at exit."""
    try:
        stream.flush()
    except OSError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
