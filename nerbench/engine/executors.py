"""Who does the portions of a run: this process, or several on this machine.

Both take tasks as they come and give results as they are done; a window bounds how far ahead of
the oldest unfinished task they go, and so the memory. A worker process that dies takes nothing
with it but its task, which another one does again.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol

from nerbench.engine.config import RunConfig
from nerbench.engine.worker import (
    BatchResult,
    Mentions,
    PredictionCache,
    RunNotes,
    Worker,
    WorkerInfo,
    merge_notes,
)
from nerbench.errors import NerbenchError
from nerbench.recognizers.registry import find_card
from nerbench.records import Figure

__all__ = ["WINDOW", "Executor", "Processes", "Task", "ThisProcess"]

WINDOW = 8
"""Tasks per worker that may be under way or done before the oldest one is."""
_TRIES = 2
"""How often a task may take its worker down before its models are tried one by one."""


@dataclass(frozen=True, slots=True)
class Task:
    """A portion of figures, what is known of them, and the mentions that files gave for them."""

    number: int
    figures: list[Figure]
    known: PredictionCache = field(default_factory=dict)
    precomputed: dict[str, list[Mentions]] = field(default_factory=dict)


class Executor(Protocol):
    """Does tasks."""

    def info(self) -> WorkerInfo:
        """What a worker says of its recognizers."""
        ...

    def do(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, BatchResult]]:
        """Do tasks; yields each as it is done, in no fixed order."""
        ...

    def notes(self) -> RunNotes:
        """What the recognizers have to say after the run."""
        ...


class ThisProcess:
    """Does tasks one after the other, here."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def info(self) -> WorkerInfo:
        """What the worker says of its recognizers."""
        return self._worker.info()

    def do(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, BatchResult]]:
        """Do tasks in order."""
        for task in tasks:
            yield task, self._worker.do(task.figures, task.known, task.precomputed)

    def notes(self) -> RunNotes:
        """What the recognizers have to say."""
        return self._worker.notes()


class _DiedError(Exception):
    """A worker process ended before it answered."""


class _Process:
    """A worker in a process of its own, at the other end of a pipe."""

    def __init__(self, config: RunConfig) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(config, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.config = config

    def send(self, message: Any) -> None:
        with contextlib.suppress(OSError):  # a dead worker is found when it is waited for
            self.pipe.send(message)

    def receive(self) -> Any:
        """The answer. Raises _DiedError, or what went wrong in the worker."""
        try:
            answer = self.pipe.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            self.process.join()
            raise _DiedError(_how(self.process.exitcode)) from None
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def ask(self, message: Any) -> Any:
        self.send(message)
        return self.receive()

    def end(self) -> None:
        self.pipe.close()
        self.process.kill()
        self.process.join()


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        memory = "; out of memory, perhaps" if name == "SIGKILL" else ""
        return f"its process was ended by {name}{memory}"
    return f"its process ended with status {code}"


def _serve(config: RunConfig, pipe: Connection) -> None:
    """The life of a worker process: it ends when the other end of the pipe does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    worker = _tried(config.worker)  # while the parent is not waiting for it yet
    while True:
        try:
            message = pipe.recv()
        except (EOFError, OSError):
            os._exit(0)
        answer = worker
        if isinstance(worker, Worker):
            answer = _tried(partial(_answer, worker, message))
        with contextlib.suppress(OSError):
            pipe.send(answer)


def _answer(worker: Worker, message: Any) -> Any:
    if isinstance(message, Task):
        return worker.do(message.figures, message.known, message.precomputed)
    return getattr(worker, message)()


def _tried(make: Callable[[], Any]) -> Any:
    """What is made, or what went wrong, for the parent to report."""
    try:
        return make()
    except NerbenchError as error:
        return error
    except BaseException as error:
        return RuntimeError(f"{error!r}\n{traceback.format_exc()}")


class Processes(contextlib.AbstractContextManager["Processes"]):
    """Does tasks in so many processes, each with its own worker; 0 means one per core."""

    def __init__(self, config: RunConfig, jobs: int) -> None:
        self._setup = config
        self._workers = [_Process(config) for _ in range(jobs or os.cpu_count() or 1)]

    def info(self) -> WorkerInfo:
        """What a worker says of its recognizers."""
        try:
            found: WorkerInfo = self._workers[0].ask("about")
        except _DiedError as error:
            raise NerbenchError(f"a worker could not load the models: {error}") from None
        return found

    def do(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, BatchResult]]:
        """Do tasks; yields each as it is done."""
        coming = iter(tasks)
        ready: deque[Task] = deque()
        again: deque[Task] = deque()
        died: Counter[int] = Counter()
        under_way: dict[int, Task] = {}
        window = WINDOW * len(self._workers)
        oldest = newest = 0

        def read() -> bool:
            """Whether there was one more task that may be begun."""
            nonlocal newest
            task = next(coming, None) if newest - oldest < window else None
            if task is None:
                return False
            newest = task.number
            ready.append(task)
            return True

        while True:
            for at in range(len(self._workers)):
                if at not in under_way and (again or ready or read()):
                    task = under_way[at] = (again or ready).popleft()
                    self._fit(at).send(task)
            # Reading takes a while: it is done while every worker is busy, a task ahead for each.
            while len(ready) < len(self._workers) and not self._answering(under_way, 0) and read():
                pass
            if not under_way:
                return
            for at in self._answering(under_way, None):
                task = under_way.pop(at)
                try:
                    done = self._workers[at].receive()
                except _DiedError:
                    self._replace(at)
                    died[task.number] += 1
                    if died[task.number] < _TRIES:
                        again.append(task)
                        continue
                    done = self._one_by_one(task)
                begun = (*under_way.values(), *again, *ready)
                oldest = min((one.number for one in begun), default=newest)
                yield task, done

    def _answering(self, under_way: Iterable[int], timeout: float | None) -> list[int]:
        """Which of the busy workers have an answer, or are dead, waiting for so many seconds at
        most.
        """
        pipes = {self._workers[at].pipe: at for at in under_way}
        return [pipes[pipe] for pipe in wait(list(pipes), timeout) if isinstance(pipe, Connection)]

    def _fit(self, at: int) -> _Process:
        """A worker, made anew if models have failed since it was made."""
        if self._workers[at].config is not self._setup:
            self._replace(at)
        return self._workers[at]

    def _replace(self, at: int) -> None:
        self._workers[at].end()
        self._workers[at] = _Process(self._setup)

    def _one_by_one(self, task: Task) -> BatchResult:
        """A task that takes workers down: each model tries it in a process of its own, and those
        whose process dies have failed, for this task and all others.
        """
        failures, known = {}, dict(task.known)
        fresh: PredictionCache = {}
        for model in self._setup.models:
            alone = _Process(replace(self._setup, models=(model,)))
            try:
                found: BatchResult = alone.ask(replace(task, known=known, precomputed={}))
                fresh |= found.fresh
                known |= found.fresh
            except _DiedError as error:
                failures[model] = str(error)
            finally:
                alone.end()
        kept = tuple(model for model in self._setup.models if model not in failures)
        self._setup = replace(self._setup, models=kept)
        rest = _Process(self._setup)
        try:
            done: BatchResult = rest.ask(replace(task, known=known))
        except _DiedError as error:
            raise NerbenchError(f"worker processes keep ending: {error}") from None
        finally:
            rest.end()
        done.fresh |= fresh
        names = {model: find_card(model).name for model in failures}
        done.failures |= {names[model]: f"{names[model]}: {how}" for model, how in failures.items()}
        return done

    def notes(self) -> RunNotes:
        """What the recognizers of each process have to say."""
        said = []
        for worker in self._workers:
            with contextlib.suppress(_DiedError):
                said.append(worker.ask("remarks"))
        return merge_notes(said)

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.end()
