"""Progress bars on a terminal; nothing in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)

__all__ = ["byte_bar", "figure_bar"]


@contextmanager
def figure_bar(quiet: bool) -> Iterator[Callable[[], None]]:
    """Show a bar that counts figures; yield the function to call after each figure."""
    with _bar(quiet, SpinnerColumn(), MofNCompleteColumn(), TimeElapsedColumn()) as bar:
        task = bar.add_task("figures", total=None)
        yield lambda: bar.advance(task)


@contextmanager
def byte_bar(name: str, quiet: bool) -> Iterator[Callable[[int, int | None], None]]:
    """Show a bar for a download; yield the function to call with the bytes so far and in all."""
    with _bar(quiet, DownloadColumn(), TransferSpeedColumn()) as bar:
        task = bar.add_task(name, total=None)
        yield lambda received, total: bar.update(task, completed=received, total=total)


def _bar(quiet: bool, *columns: ProgressColumn) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        *columns,
        console=Console(stderr=True),
        disable=quiet or not sys.stderr.isatty(),
        transient=True,
    )
