"""Executors: run batches in this process or in a pool of processes.

An executor takes batches as they come and yields results as they are ready. A window bounds how
far it runs ahead of the oldest unfinished batch, and so the memory. If a worker process dies, its
batch is run again by another worker. Each worker has a pipe of its own: in pools whose workers
share one (concurrent.futures; pebble 5.2), one that dies while it writes a result ends the pool.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import pickle
import signal
import traceback
from abc import abstractmethod
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import Any

from nerbench.engine.config import RunConfig
from nerbench.engine.worker import (
    Batch,
    BatchResult,
    PredictionCache,
    RunNotes,
    Worker,
    WorkerInfo,
    merge_notes,
)
from nerbench.errors import NerbenchError
from nerbench.recognizers.registry import find_card

WINDOW = 8
"""Batches per worker that may be in work or done before the oldest one is."""
_MAX_DEATHS = 2
"""Workers that a batch may take down before its models are tried one by one."""


class Executor(contextlib.AbstractContextManager["Executor"]):
    """Runs batches with one or more workers."""

    @abstractmethod
    def info(self) -> WorkerInfo:
        """Return what a worker knows of its models."""

    @abstractmethod
    def run(self, batches: Iterable[Batch]) -> Iterator[tuple[Batch, BatchResult]]:
        """Run batches; yield each with its result when it is ready, in no fixed order."""

    @abstractmethod
    def notes(self) -> RunNotes:
        """Return the notes of all workers after a run."""

    def __exit__(self, *_: object) -> None:
        """Release the workers."""


class SerialExecutor(Executor):
    """Runs batches one after the other, in this process."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def info(self) -> WorkerInfo:
        return self._worker.info()

    def run(self, batches: Iterable[Batch]) -> Iterator[tuple[Batch, BatchResult]]:
        for batch in batches:
            yield batch, self._worker.run(batch)

    def notes(self) -> RunNotes:
        return self._worker.notes()


class _WorkerDiedError(Exception):
    """A worker process ended before it answered."""


class _WorkerProcess:
    """A worker in a process of its own, at the other end of a pipe."""

    def __init__(self, config: RunConfig) -> None:
        context = multiprocessing.get_context("spawn")  # polars hangs in forked processes
        self.pipe, worker_end = context.Pipe()
        arguments = (config, worker_end, _printed_level())
        self.process = context.Process(target=_serve, args=arguments, daemon=True)
        self.process.start()
        worker_end.close()
        self.config = config

    def send(self, message: Any) -> None:
        with contextlib.suppress(OSError):  # a dead worker is found when its answer is awaited
            self.pipe.send(message)

    def receive(self) -> Any:
        """Return the answer. Raises _WorkerDiedError, or the error that the worker answers with."""
        try:
            answer = self.pipe.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            self.process.join()
            raise _WorkerDiedError(_cause_of_death(self.process.exitcode)) from None
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


def _cause_of_death(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        name = signal.Signals(-exit_code).name
        hint = "; out of memory, perhaps" if name == "SIGKILL" else ""
        return f"its process was ended by {name}{hint}"
    return f"its process ended with status {exit_code}"


def _printed_level() -> int | None:
    """Return the level from which this process prints what the package logs, if it prints it."""
    logger = logging.getLogger("nerbench")
    return logger.getEffectiveLevel() if logger.handlers else None


def _print_log(level: int) -> None:
    """Print what the package logs in this process as the command line prints its own messages."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("nerbench: %(message)s"))
    logger = logging.getLogger("nerbench")
    logger.addHandler(handler)
    logger.setLevel(level)


def _serve(config: RunConfig, pipe: Connection, printed_level: int | None = None) -> None:
    """Answer messages in a worker process, until the other end of the pipe is closed."""
    if printed_level is not None:
        _print_log(printed_level)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    worker = _result_or_error(config.worker)  # load at once, before the first message
    while True:
        try:
            message = pipe.recv()
        except (EOFError, OSError):
            os._exit(0)
        answer = worker
        if isinstance(worker, Worker):
            answer = _result_or_error(partial(_answer, worker, message))
        with contextlib.suppress(OSError):
            pipe.send(answer)


def _answer(worker: Worker, message: Any) -> Any:
    return worker.run(message) if isinstance(message, Batch) else getattr(worker, message)()


def _result_or_error(function: Callable[[], Any]) -> Any:
    """Return the result of a function, or its error for the parent to raise."""
    try:
        return function()
    except NerbenchError as error:
        return error
    except BaseException as error:
        return RuntimeError(f"{error!r}\n{traceback.format_exc()}")


class ProcessExecutor(Executor):
    """Runs batches in several processes, each with its own worker; 0 means one per core."""

    def __init__(self, config: RunConfig, jobs: int) -> None:
        self._config = config
        self._workers = [_WorkerProcess(config) for _ in range(jobs or os.cpu_count() or 1)]

    def info(self) -> WorkerInfo:
        try:
            info: WorkerInfo = self._workers[0].ask("info")
        except _WorkerDiedError as error:
            raise NerbenchError(f"a worker could not load the models: {error}") from None
        return info

    def run(self, batches: Iterable[Batch]) -> Iterator[tuple[Batch, BatchResult]]:
        source = iter(batches)
        ready: deque[Batch] = deque()
        retries: deque[Batch] = deque()
        deaths: Counter[int] = Counter()
        in_work: dict[int, Batch] = {}
        window = WINDOW * len(self._workers)
        oldest = newest = 0

        def read_batch() -> bool:
            """Read one more batch if the window allows it; return whether there was one."""
            nonlocal newest
            batch = next(source, None) if newest - oldest < window else None
            if batch is None:
                return False
            newest = batch.number
            ready.append(batch)
            return True

        while True:
            for index in range(len(self._workers)):
                if index not in in_work and (retries or ready or read_batch()):
                    batch = in_work[index] = (retries or ready).popleft()
                    self._worker_for(index).send(batch)
            # Reading a batch takes a while. While every worker is busy, read one ahead for each.
            while len(ready) < len(self._workers) and not self._answering(in_work, 0):
                if not read_batch():
                    break
            if not in_work:
                return
            for index in self._answering(in_work, None):
                batch = in_work.pop(index)
                try:
                    result = self._workers[index].receive()
                except _WorkerDiedError:
                    self._replace_worker(index)
                    deaths[batch.number] += 1
                    if deaths[batch.number] < _MAX_DEATHS:
                        retries.append(batch)
                        continue
                    result = self._run_models_apart(batch)
                unfinished = (*in_work.values(), *retries, *ready)
                oldest = min((other.number for other in unfinished), default=newest)
                yield batch, result

    def _answering(self, in_work: Iterable[int], timeout: float | None) -> list[int]:
        """Return which of the busy workers have an answer, or are dead.

        Waits at most ``timeout`` seconds, without end for None.
        """
        pipes = {self._workers[index].pipe: index for index in in_work}
        return [pipes[pipe] for pipe in wait(list(pipes), timeout) if isinstance(pipe, Connection)]

    def _worker_for(self, index: int) -> _WorkerProcess:
        """Return a worker, made anew if models have failed since it was made."""
        if self._workers[index].config is not self._config:
            self._replace_worker(index)
        return self._workers[index]

    def _replace_worker(self, index: int) -> None:
        self._workers[index].end()
        self._workers[index] = _WorkerProcess(self._config)

    def _run_models_apart(self, batch: Batch) -> BatchResult:
        """Run a batch that takes workers down: each model in a process of its own.

        A model whose process dies has failed, for this batch and all others.
        """
        failures: dict[str, str] = {}
        cached, fresh = dict(batch.cached), PredictionCache()
        for model in self._config.models:
            worker = _WorkerProcess(replace(self._config, models=(model,)))
            try:
                alone: BatchResult = worker.ask(replace(batch, cached=cached, precomputed={}))
                fresh |= alone.fresh
                cached |= alone.fresh
            except _WorkerDiedError as error:
                failures[model] = str(error)
            finally:
                worker.end()
        working = tuple(model for model in self._config.models if model not in failures)
        self._config = replace(self._config, models=working)
        worker = _WorkerProcess(self._config)
        try:
            result: BatchResult = worker.ask(replace(batch, cached=cached))
        except _WorkerDiedError as error:
            raise NerbenchError(f"worker processes keep ending: {error}") from None
        finally:
            worker.end()
        result.fresh |= fresh
        for model, cause in failures.items():
            name = find_card(model).name
            result.failures[name] = f"{name}: {cause}"
        return result

    def notes(self) -> RunNotes:
        notes = []
        for worker in self._workers:
            with contextlib.suppress(_WorkerDiedError):
                notes.append(worker.ask("notes"))
        return merge_notes(notes)

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.end()
