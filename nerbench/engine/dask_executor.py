"""Who does the portions of a run: the workers of a Dask cluster, wherever they are.

Each worker process loads the models once. What a lost worker had under way is done again by
another; the scheduler sees to that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any

from nerbench.engine.config import RunConfig
from nerbench.engine.executors import WINDOW, Task
from nerbench.engine.worker import BatchResult, RunNotes, Worker, WorkerInfo, merge_notes
from nerbench.errors import NerbenchError

__all__ = ["Cluster"]

_LOST = 5
"""How many workers a task may take down before it is given up."""


@lru_cache(maxsize=2)
def _worker(config: RunConfig) -> Worker:
    """The one worker of a setup in a process."""
    return config.worker()


def _about(config: RunConfig) -> WorkerInfo:
    return _worker(config).info()


def _do(config: RunConfig, task: Task) -> BatchResult:
    return _worker(config).do(task.figures, task.known, task.precomputed)


def _remarks(config: RunConfig) -> RunNotes:
    return _worker(config).notes()


class Cluster(AbstractContextManager["Cluster"]):
    """Does tasks on a Dask cluster.

    ``address`` is a scheduler's (``tcp://host:8786``), the path of its scheduler file, or
    ``local``: a cluster of so many processes on this machine, 0 meaning one per core. Raises
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
        self._setup = config
        self._cluster: Any = None
        dask.config.set({"distributed.scheduler.allowed-failures": _LOST})
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
        """What a worker says of its recognizers; waits for the first worker."""
        found: WorkerInfo = self._client.submit(_about, self._setup, pure=False).result()
        return found

    def do(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, BatchResult]]:
        """Do tasks; yields each as it is done."""
        from distributed import as_completed

        coming = iter(tasks)
        under_way: dict[Any, Task] = {}
        finished = as_completed()
        newest = oldest = 0

        def fill() -> None:
            nonlocal newest
            window = WINDOW * max(1, len(self._client.scheduler_info()["workers"]))
            while len(under_way) < window and newest - oldest < 2 * window:
                task = next(coming, None)
                if task is None:
                    return
                newest = max(newest, task.number)
                future = self._client.submit(_do, self._setup, task, pure=False)
                under_way[future] = task
                finished.add(future)

        fill()
        for future in finished:
            task = under_way.pop(future)
            oldest = min((one.number for one in under_way.values()), default=newest)
            yield task, self._result(future)
            fill()

    def _result(self, future: Any) -> BatchResult:
        from distributed import KilledWorker

        try:
            found: BatchResult = future.result()
        except KilledWorker:
            raise NerbenchError(
                f"a portion of figures has taken {_LOST} Dask workers down; run it with --jobs 1 "
                "to see which model does"
            ) from None
        return found

    def notes(self) -> RunNotes:
        """What the recognizers of each worker have to say."""
        return merge_notes(self._client.run(_remarks, self._setup).values())

    def __exit__(self, *_: object) -> None:
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()
