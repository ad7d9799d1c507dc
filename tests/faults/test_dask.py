"""A run on a Dask cluster: a real scheduler and two real workers on this machine's loopback."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="needs nerbench[dask]")

TAGGER = """
import os, time
from pathlib import Path
from nerbench import Mention

class Tagger:
    '''Slow; says in a file which process tagged how many texts.'''
    name, fingerprint = "tagger", "1"
    def __init__(self, log):
        self.log = Path(log)
    def recognize(self, texts):
        for text in texts:
            time.sleep(0.004)
            with open(self.log / str(os.getpid()), "a") as log:
                log.write(".")
            yield [Mention(0, 5, text[:5])]
"""
FIGURES = 1000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dask")
    (folder / "corpus").mkdir()
    (folder / "log").mkdir()
    for number in range(FIGURES):
        (folder / "corpus" / f"F{number:04}.md").write_text(
            f"---\nfigid: F{number:04}\norganisms: [Homo sapiens]\n"
            f"caption: STAT3 {number} acts on IL-6.\n"
            "schema-jsonld:\n  keywords: [STAT3, IL6]\n---\n",
            encoding="utf-8",
        )
    (folder / "tagger.py").write_text(TAGGER, encoding="utf-8")
    card = {"kind": "python", "source": str(folder / "tagger.py") + ":Tagger"}
    card["options"] = {"log": str(folder / "log")}
    (folder / "tagger.yaml").write_text(json.dumps(card), encoding="utf-8")
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(*command: str, cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=cwd,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


@pytest.fixture
def cluster(folder: Path, tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    """A scheduler's address, and its two workers (no nanny: who is killed stays dead), started in
    another folder than the run.
    """
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    address = f"tcp://127.0.0.1:{free_port()}"
    port = address.rpartition(":")[2]
    quiet = ["--no-dashboard"]
    scheduler = start(
        "distributed.cli.dask_scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        port,
        *quiet,
        cwd=elsewhere,
    )
    workers = [
        start("distributed.cli.dask_worker", address, "--no-nanny", "--nthreads", "1", *quiet,
              "--host", "127.0.0.1", cwd=elsewhere)
        for _ in range(2)
    ]  # fmt: skip
    yield address, workers
    for process in (*workers, scheduler):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def run(folder: Path, out: str, *options: str) -> subprocess.Popen[str]:
    command = ["nerbench", "run", "corpus", "-m", "tagger.yaml", "-m", "lexicon", "-q", "-o", out]
    return start(*command, *options, cwd=folder)


def written(folder: Path) -> dict[str, bytes]:
    skipped = ("run.log.json", "store.sqlite")
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(skipped)
    }


def test_a_worker_killed_in_the_middle_costs_nothing(
    folder: Path, cluster: tuple[str, list[subprocess.Popen[str]]]
) -> None:
    address, workers = cluster
    running = run(folder, "clustered", "--dask", address)
    logs = folder / "log"
    deadline = time.monotonic() + 90
    while not (logs / str(workers[0].pid)).exists() or len(list(logs.iterdir())) < 2:
        assert time.monotonic() < deadline, running.stderr.read() if running.stderr else ""
        time.sleep(0.05)
    os.kill(workers[0].pid, signal.SIGKILL)
    _, said = running.communicate(timeout=120)
    assert (running.returncode, said) == (0, "")
    both = {int(path.name): path.stat().st_size for path in logs.iterdir()}
    assert set(both) == {worker.pid for worker in workers}
    assert both[workers[0].pid] < FIGURES
    alone = run(folder, "alone")
    assert alone.communicate(timeout=120)[1] == ""
    assert written(folder / "clustered") == written(folder / "alone")


def test_a_local_cluster_gives_the_same_bytes(folder: Path) -> None:
    local = run(folder, "local", "--dask", "local", "--jobs", "2")
    assert local.communicate(timeout=120)[1] == ""
    here = run(folder, "here")
    assert here.communicate(timeout=120)[1] == ""
    assert written(folder / "local") == written(folder / "here")


HEARTBEATS = """
import time
import distributed.scheduler
distributed.scheduler.heartbeat_interval = lambda workers: 0.002
from nerbench.engine.config import RunConfig
from nerbench.engine.dask_executor import DaskExecutor

if __name__ == "__main__":
    for _ in range(4):
        with DaskExecutor(RunConfig(()), "local", 2) as executor:
            executor._client.submit(time.sleep, 1.2, pure=False).result()
"""


def test_closing_a_local_cluster_says_nothing(tmp_path: Path) -> None:
    """A heartbeat that is under way while its worker closes is no error of the run."""
    (tmp_path / "close.py").write_text(HEARTBEATS, encoding="utf-8")
    command = [sys.executable, "close.py"]
    closing = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert (closing.returncode, closing.stderr) == (0, "")


def test_no_scheduler_is_one_clear_line(folder: Path) -> None:
    refused = run(folder, "nobody", "--dask", f"tcp://127.0.0.1:{free_port()}")
    _, said = refused.communicate(timeout=60)
    assert refused.returncode == 2
    assert "no Dask scheduler answers there" in said
    assert "Traceback" not in said
