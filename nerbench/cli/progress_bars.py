"""Progress on a terminal: the phase, counts, rate and time left; nothing in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich import progress
from rich.console import Console
from rich.text import Text

from nerbench.engine.progress import COUNTED, Progress

_NAME = "{task.description}"


class _Count(progress.ProgressColumn):
    """Figures done, of how many, and how many a second."""

    def render(self, task: progress.Task) -> Text:
        if not task.fields.get("counts"):
            return Text("")
        total = f"/{task.total:,.0f}" if task.total is not None else ""
        speed = _rate(task)
        rate = f", {speed:,.1f}/s" if speed else ""
        return Text(f"{task.completed:,.0f}{total} figures{rate}")


class _TimeLeft(progress.ProgressColumn):
    """Time since the phase began, and how long it will take."""

    def render(self, task: progress.Task) -> Text:
        passed = f"{task.finished_time or task.elapsed or 0:.1f} s"
        speed = _rate(task)
        if task.finished or task.total is None or not speed:
            return Text(passed)
        left = max(0.0, task.total - task.completed) / speed
        return Text(f"{passed}, {left:,.0f} s left")


def _rate(task: progress.Task) -> float:
    """Return the figures a second since the phase began: figures come in batches."""
    seconds = task.finished_time or task.elapsed
    return task.completed / seconds if seconds else 0.0


class TerminalProgress(Progress):
    """Shows each phase of a run as a line on standard error; it stays when the phase is over."""

    def __init__(self, bar: progress.Progress) -> None:
        self._bar = bar
        self._task: progress.TaskID | None = None

    def begin(self, phase: str, total: int | None = None) -> None:
        """Show a phase, and the one before as done."""
        self.end()
        counts = phase in COUNTED
        self._task = self._bar.add_task(phase, total=total, counts=counts)

    def advance(self) -> None:
        """Count one more figure of the phase."""
        if self._task is not None:
            self._bar.advance(self._task)

    def end(self) -> None:
        """Show the phase as done."""
        if self._task is not None:
            task = self._bar.tasks[self._task]
            counted = task.completed if task.fields.get("counts") else 1
            self._bar.update(self._task, total=counted or 1, completed=counted or 1)
            self._task = None


@contextmanager
def phases(quiet: bool) -> Iterator[TerminalProgress]:
    """Show the phases of a run on a terminal; yield what hears of them."""
    columns = (progress.SpinnerColumn(finished_text="✓"), _NAME, progress.BarColumn(20))
    with _bar(*columns, _Count(), _TimeLeft(), quiet=quiet) as bar:
        shown = TerminalProgress(bar)
        yield shown
        shown.end()


@contextmanager
def byte_bar(name: str, quiet: bool) -> Iterator[Callable[[int, int | None], None]]:
    """Show a bar for a download; yield the function to call with the bytes so far and in all."""
    counts = (progress.DownloadColumn(), progress.TransferSpeedColumn())
    remaining = progress.TimeRemainingColumn()
    with _bar(_NAME, progress.BarColumn(), *counts, remaining, quiet=quiet) as bar:
        task = bar.add_task(name, total=None)
        yield lambda received, total: bar.update(task, completed=received, total=total)


def _bar(*columns: str | progress.ProgressColumn, quiet: bool) -> progress.Progress:
    disable = quiet or not sys.stderr.isatty()
    options: dict[str, Any] = {"console": Console(stderr=True), "disable": disable}
    return progress.Progress(*columns, redirect_stdout=False, **options)
