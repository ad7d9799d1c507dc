"""Executor on a Dask cluster, on one machine or many.

Each worker process loads the models once. The scheduler runs the batches of a lost worker again on
another one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from nerbench.engine.config import RunConfig
from nerbench.engine.executors import WINDOW, Executor
from nerbench.engine.worker import Batch, BatchResult, RunNotes, Worker, WorkerInfo, merge_notes
from nerbench.errors import NerbenchError
from nerbench.recognizers.registry import cards

_MAX_DEATHS = 5
"""Workers that a batch may take down before it is given up."""


@lru_cache(maxsize=2)
def _worker(config: RunConfig) -> Worker:
    """Return the one worker of a configuration in a process."""
    return config.worker()


def _info(config: RunConfig) -> WorkerInfo:
    return _worker(config).info()


def _run(config: RunConfig, batch: Batch) -> BatchResult:
    return _worker(config).run(batch)


def _notes(config: RunConfig) -> RunNotes:
    return _worker(config).notes()


def _absolute(name: str) -> str:
    """Return a model's path for workers, which were started in other folders; or its name."""
    return str(Path(name).absolute()) if Path(name).exists() else name


def _silence() -> None:
    """Keep a worker that is about to close from logging that a heartbeat was cut off by it."""
    logging.getLogger("distributed.worker").setLevel(logging.CRITICAL)


class DaskExecutor(Executor):
    """Runs batches on a Dask cluster.

    ``address`` is a scheduler's (``tcp://host:8786``), the path of its scheduler file, or
    ``local``: a cluster of ``jobs`` processes on this machine, 0 meaning one per core. Raises
    NerbenchError if dask is not installed or the scheduler does not answer.
    """

    def __init__(self, config: RunConfig, address: str, jobs: int) -> None:
        try:
            import dask
            from distributed import Client, LocalCluster
        except ImportError:
            raise NerbenchError(
                "--dask needs dask.distributed: pip install 'nerbench[dask]'"
            ) from None
        models = tuple(name if name in cards() else _absolute(name) for name in config.models)
        self._config = replace(config, models=models)
        self._cluster: Any = None
        dask.config.set({"distributed.scheduler.allowed-failures": _MAX_DEATHS})
        try:
            if address == "local":
                self._cluster = LocalCluster(
                    n_workers=jobs or None, threads_per_worker=1, dashboard_address=None
                )
                self._client = Client(self._cluster)
            elif address.endswith(".json"):
                self._client = Client(scheduler_file=address, timeout="15s")
            else:
                self._client = Client(address, timeout="15s")
        except (OSError, TimeoutError, ValueError) as error:
            reason = " ".join(str(error).split())[:200]
            raise NerbenchError(f"{address}: no Dask scheduler answers there: {reason}") from None

    def info(self) -> WorkerInfo:
        info: WorkerInfo = self._client.submit(_info, self._config, pure=False).result()
        return info

    def run(self, batches: Iterable[Batch]) -> Iterator[tuple[Batch, BatchResult]]:
        from distributed import as_completed

        source = iter(batches)
        in_work: dict[Any, Batch] = {}
        finished = as_completed()
        newest = oldest = 0

        def submit_batches() -> None:
            nonlocal newest
            window = WINDOW * max(1, len(self._client.scheduler_info()["workers"]))
            while len(in_work) < window and newest - oldest < 2 * window:
                batch = next(source, None)
                if batch is None:
                    return
                newest = max(newest, batch.number)
                future = self._client.submit(_run, self._config, batch, pure=False)
                in_work[future] = batch
                finished.add(future)

        submit_batches()
        for future in finished:
            batch = in_work.pop(future)
            oldest = min((other.number for other in in_work.values()), default=newest)
            yield batch, self._result(future)
            submit_batches()

    def _result(self, future: Any) -> BatchResult:
        from distributed import KilledWorker

        try:
            result: BatchResult = future.result()
        except KilledWorker:
            raise NerbenchError(
                f"a batch of figures has taken {_MAX_DEATHS} Dask workers down; run it with "
                "--jobs 1 to see which model does"
            ) from None
        return result

    def notes(self) -> RunNotes:
        return merge_notes(self._client.run(_notes, self._config).values())

    def __exit__(self, *error: object) -> None:
        if self._cluster is not None and error[0] is None:
            self._client.run(_silence)
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()
