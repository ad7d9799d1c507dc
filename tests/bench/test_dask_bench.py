"""A run on eight Dask workers beside one, with a recognizer that waits, and what handing out costs.

The recognizer waits as a slow one would, so that eight workers can be measured on a machine with
fewer cores. Run with ``make bench``; ``NERBENCH_BENCH_WAIT`` sets the seconds that it waits for
each caption, ``NERBENCH_BENCH_DASK`` the number of figures.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from made import write_records
from processes import seconds

distributed = pytest.importorskip("distributed", reason="needs nerbench[dask]")

FIGURES = int(os.environ.get("NERBENCH_BENCH_DASK", "2048"))
WAIT = float(os.environ.get("NERBENCH_BENCH_WAIT", "0.1"))
WORKERS = 8

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
    for count in (FIGURES, FIGURES // 2):
        write_records(folder / str(count), count)
    (folder / "waiting.py").write_text(WAITING, encoding="utf-8")
    card = {"kind": "python", "source": f"{folder / 'waiting.py'}:Waiting"}
    card["options"] = {"seconds": WAIT}
    (folder / "waiting.yaml").write_text(json.dumps(card), encoding="utf-8")
    return folder


def on_workers(workers: int, count: int, folder: Path) -> tuple[float, float]:
    """The time of a run on so many workers, and the processor time of what hands out."""
    command = ["-m", "nerbench", "run", str(count), "--model", "waiting.yaml", "--no-resume"]
    with distributed.LocalCluster(
        n_workers=workers, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        options = ["--quiet", "--out", "out", "--dask", cluster.scheduler_address]
        return seconds(*command, *options, cwd=folder)


@pytest.mark.benchmark(group="eight Dask workers beside one, with a recognizer that waits")
def test_eight_workers_compared_with_one(benchmark, folder):
    spent = {}

    def runs():
        spent["one"] = on_workers(1, FIGURES, folder)
        spent["all"] = on_workers(WORKERS, FIGURES, folder)
        spent["half"] = on_workers(WORKERS, FIGURES // 2, folder)

    benchmark.pedantic(runs, rounds=1)
    one, several, half = spent["one"], spent["all"], spent["half"]
    each = (several[1] - half[1]) / (FIGURES - FIGURES // 2) * 1000
    print(
        f"\n{FIGURES:,} figures, {WAIT} s a caption: {one[0]:.1f} s on one worker, "
        f"{several[0]:.1f} s on {WORKERS}, {one[0] / several[0]:.2f} times; "
        f"handing out {each:.2f} ms a figure"
    )
