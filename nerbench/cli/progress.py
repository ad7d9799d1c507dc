"""Progress bars on a terminal; nothing in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich import progress
from rich.console import Console

_NAME = "{task.description}"


@contextmanager
def figure_bar(quiet: bool) -> Iterator[Callable[[], None]]:
    """Show a bar that counts figures; yield the function to call after each figure."""
    counts = (progress.MofNCompleteColumn(), progress.TimeElapsedColumn())
    columns = (progress.SpinnerColumn(), _NAME, progress.BarColumn(), *counts)
    with _bar(*columns, quiet=quiet, transient=True) as bar:
        task = bar.add_task("figures", total=None)
        yield lambda: bar.advance(task)


@contextmanager
def byte_bar(name: str, quiet: bool) -> Iterator[Callable[[int, int | None], None]]:
    """Show a bar for a download; yield the function to call with the bytes so far and in all."""
    counts = (progress.DownloadColumn(), progress.TransferSpeedColumn())
    with _bar(_NAME, progress.BarColumn(), *counts, quiet=quiet, transient=False) as bar:
        task = bar.add_task(name, total=None)
        yield lambda received, total: bar.update(task, completed=received, total=total)


def _bar(
    *columns: str | progress.ProgressColumn, quiet: bool, transient: bool
) -> progress.Progress:
    disable = quiet or not sys.stderr.isatty()
    console = Console(stderr=True)
    return progress.Progress(*columns, console=console, disable=disable, transient=transient)
