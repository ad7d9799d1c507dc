"""A run on eight Dask workers beside one, with a recognizer that waits, and what handing out costs.

The recognizer waits as a slow one would, so that eight workers can be measured on a machine with
fewer cores. A small run comes first, after which each worker has the model. What handing out costs
is the difference of the two. Run with ``make bench``; ``NERBENCH_BENCH_WAIT`` sets the seconds that
it waits for each caption.
"""

from __future__ import annotations

import json
import os
from itertools import takewhile
from pathlib import Path

import pytest
from made import write_records
from processes import seconds

from nerbench.engine.worker import batches

distributed = pytest.importorskip("distributed", reason="needs nerbench[dask]")

WAIT = float(os.environ.get("NERBENCH_BENCH_WAIT", "0.1"))
WORKERS = 8
_SIZES = [len(batch) for batch in batches(range(1 << 12))]  # they grow to a full one
FIRST = sum(takewhile(max(_SIZES).__gt__, _SIZES))  # figures
FIGURES = FIRST + 2 * WORKERS * max(_SIZES)

WAITING = """
import time
from nerbench import Mention

class Waiting:
    name, fingerprint = "waiting", "1"
    def __init__(self, seconds):
        self.seconds = seconds
    def recognize(self, texts):
        for text in texts:
            time.sleep(self.seconds)
            yield [Mention(0, 1, text[:1])] if text else []
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dask")
    for count in (FIRST, FIGURES):
        write_records(folder / str(count), count)
    (folder / "waiting.py").write_text(WAITING, encoding="utf-8")
    card = {"kind": "python", "source": f"{folder / 'waiting.py'}:Waiting"}
    card["options"] = {"seconds": WAIT}
    (folder / "waiting.yaml").write_text(json.dumps(card), encoding="utf-8")
    return folder


def on_workers(workers: int, folder: Path) -> tuple[float, float]:
    """The time of a run on so many workers, and the processor time of handing out a figure."""
    times = []
    with distributed.LocalCluster(
        n_workers=workers, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        options = ["--model", "waiting.yaml", "--quiet", "--dask", cluster.scheduler_address]
        for count in (FIRST, FIGURES):
            command = ["-m", "nerbench", "run", str(count), "--out", f"out-{workers}-{count}"]
            times.append(seconds(*command, *options, cwd=folder))
    (_, first), (clock, spent) = times
    return clock, (spent - first) / (FIGURES - FIRST)


@pytest.mark.benchmark(group="eight Dask workers beside one, with a recognizer that waits")
def test_eight_workers_compared_with_one(benchmark, folder):
    spent = {}

    def runs():
        spent.update({workers: on_workers(workers, folder) for workers in (WORKERS, 1)})

    benchmark.pedantic(runs, rounds=1)
    alone, together = spent[1], spent[WORKERS]
    print(
        f"\n{FIGURES:,} figures, {WAIT} s a caption: {alone[0]:.1f} s on one worker, "
        f"{together[0]:.1f} s on {WORKERS}, {alone[0] / together[0]:.2f} times; "
        f"handing out {together[1] * 1000:.2f} ms a figure"
    )
