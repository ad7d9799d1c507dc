"""What happens in long runs: kills, crashes, full disks. What was finished is kept, the rest is
done on the next start, and the bytes are those of a run that nothing happened to.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import nerbench
from nerbench import CuratedGene, Figure
from nerbench.engine.builder import EvaluationBuilder
from nerbench.engine.config import RunConfig
from nerbench.engine.executors import Batch, ProcessExecutor
from nerbench.engine.store import FILE_NAME

FIGURES = 1200
GENES = "IL-6 STAT3 JAK2 VEGFA TP53 MDM2 EGFR KRAS AKT1 MTOR MMP2/9 SMAD2/3 NOTCH1 DLL4".split()

SLOW = """
import time
from nerbench import Mention

class Slow:
    name, fingerprint = "slow", "1"
    def __init__(self, seconds=0.001, log=""):
        self.seconds, self.log = seconds, log
    def recognize(self, texts):
        for text in texts:
            time.sleep(self.seconds)
            if self.log:
                with open(self.log, "a") as log:
                    log.write(".")
            yield [Mention(0, text.index(" "), text[: text.index(" ")])]
"""

FRAGILE = """
import os, signal
from multiprocessing.connection import Connection
from pathlib import Path
from nerbench import Mention

class Fragile:
    '''Kills its own process at a figure: always, or as long as a file is there.'''
    name, fingerprint = "fragile", "1"
    def __init__(self, once="", way="kill"):
        self.once, self.end = once, WAYS[way]
    def recognize(self, texts):
        for text in texts:
            if text.startswith("NOTCH1 700 "):
                if not self.once:
                    self.end()
                if Path(self.once).exists():
                    Path(self.once).unlink()
                    self.end()
            yield [Mention(0, text.index(" "), text[: text.index(" ")])]

def kill():
    os.kill(os.getpid(), signal.SIGKILL)

def kill_half_way_through_the_result():
    send = Connection._send
    def send_half(self, data, *rest):
        if len(data) < 4096:  # its length, sent before it
            return send(self, data, *rest)
        send(self, bytes(data)[: len(data) // 2])
        kill()
    Connection._send = send_half

WAYS = {"kill": kill, "exit": lambda: os._exit(0), "send": kill_half_way_through_the_result}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of small records, and cards of recognizers to hurt."""
    folder = tmp_path_factory.mktemp("faults")
    (folder / "corpus").mkdir()
    rng = random.Random(1)
    for number in range(FIGURES):
        first, *others = (GENES[(number + step) % len(GENES)] for step in range(4))
        first = "NOTCH1" if number == 700 else first
        text = f"{first} {number} acts on {' and '.join(others)}, {rng.random()}."
        (folder / "corpus" / f"F{number:04}.md").write_text(
            f"---\nfigid: F{number:04}\norganisms: [Homo sapiens]\ncaption: {text}\n"
            f"schema-jsonld:\n  keywords: [IL6, STAT3, TP53, MMP2]\n---\n",
            encoding="utf-8",
        )
    (folder / "slow.py").write_text(SLOW, encoding="utf-8")
    (folder / "fragile.py").write_text(FRAGILE, encoding="utf-8")
    for name, fields in {
        "slow": {"source": "slow.py:Slow"},
        "slower": {"source": "slow.py:Slow", "options": {"seconds": 0.01}},
        "logged": {
            "source": "slow.py:Slow",
            "options": {"seconds": 0.003, "log": str(folder / "asked")},
        },
        "fragile": {"source": "fragile.py:Fragile"},
        **{
            f"once-{way}": {
                "source": "fragile.py:Fragile",
                "options": {"once": str(folder / "armed"), "way": way},
            }
            for way in ("kill", "exit", "send")
        },
    }.items():
        card = json.dumps({"kind": "python"} | fields)
        (folder / f"{name}.yaml").write_text(card, encoding="utf-8")
    return folder


def start(folder: Path, out: str, *options: str, **more: object) -> subprocess.Popen[str]:
    """A run in a process (and a process group) of its own."""
    command = [sys.executable, "-m", "nerbench", "run", "corpus", "--out", out, "--quiet"]
    return subprocess.Popen(
        [*command, *options],
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        **more,
    )


def finish(folder: Path, out: str, *options: str, **more: object) -> tuple[int, str]:
    running = start(folder, out, *options, **more)
    _, said = running.communicate(timeout=120)
    return running.returncode, said


def written(folder: Path) -> dict[str, bytes]:
    """The files of a run but those that may differ: its log and its store."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "run.log.json" and not path.name.startswith(FILE_NAME)
    }


@pytest.fixture(scope="module")
def undisturbed(folder: Path) -> dict[str, bytes]:
    assert finish(folder, "undisturbed", "-m", "slow.yaml", "-m", "lexicon")[0] == 0
    return written(folder / "undisturbed")


def test_a_run_killed_at_twenty_random_moments_ends_with_the_same_bytes(
    folder: Path, undisturbed: dict[str, bytes]
) -> None:
    rng = random.Random(7)
    finished = 0
    for kill in range(20):
        jobs = ["--jobs", "2"] if kill % 4 == 3 else []
        running = start(folder, "killed", "-m", "slow.yaml", "-m", "lexicon", *jobs)
        try:
            running.wait(timeout=rng.uniform(0.3, 5.0))
            finished += 1
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
    assert finished < 15, "the kills came too late to test anything"
    assert finish(folder, "killed", "-m", "slow.yaml", "-m", "lexicon") == (0, "")
    assert written(folder / "killed") == undisturbed


def test_what_was_predicted_before_a_kill_is_not_predicted_again(folder: Path) -> None:
    running = start(folder, "again", "-m", "logged.yaml")
    wait_for_predictions(folder / "again")
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    with sqlite3.connect(folder / "again" / FILE_NAME) as file:
        kept = file.execute("SELECT count(*) FROM predictions").fetchone()[0]
    file.close()
    (folder / "asked").unlink()
    assert finish(folder, "again", "-m", "logged.yaml") == (0, "")
    assert kept > 0
    assert (folder / "asked").stat().st_size == FIGURES - kept


def wait_for_predictions(out: Path, size: int = 60_000) -> None:
    """Until a run has kept some."""
    log = out / f"{FILE_NAME}-wal"
    deadline = time.monotonic() + 180
    while not (log.exists() and log.stat().st_size > size):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("number", "jobs"), [(signal.SIGINT, "1"), (signal.SIGTERM, "1"), (signal.SIGTERM, "2")]
)
def test_an_interrupted_run_stops_soon_reports_what_is_done_and_goes_on_later(
    folder: Path, number: signal.Signals, jobs: str
) -> None:
    out = folder / f"stopped {number.name} {jobs}"
    running = start(folder, out.name, "-m", "slower.yaml", "-m", "lexicon", "--jobs", jobs)
    wait_for_predictions(out, 150_000)
    begun = time.monotonic()
    os.killpg(running.pid, number)
    _, said = running.communicate(timeout=30)
    took = time.monotonic() - begun
    assert running.returncode == 130, said
    assert took < 10, "generous, for a busy machine"
    assert "interrupted" in said
    assert "the same command resumes" in said
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert summary["partial"]
    assert 0 < summary["corpus"]["figures"] < FIGURES
    assert "**Partial**" in (out / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("jobs", ["2", "3"])
def test_the_bytes_do_not_depend_on_the_number_of_processes(
    folder: Path, undisturbed: dict[str, bytes], jobs: str
) -> None:
    out = f"jobs{jobs}"
    assert finish(folder, out, "-m", "slow.yaml", "-m", "lexicon", "--jobs", jobs) == (0, "")
    assert written(folder / out) == undisturbed


def test_a_model_that_kills_its_process_fails_and_the_other_stands(folder: Path) -> None:
    status, said = finish(folder, "fragile", "-m", "fragile.yaml", "-m", "lexicon", "--jobs", "2")
    assert status == 1
    assert "fragile: its process was ended by SIGKILL" in said
    summary = json.loads((folder / "fragile" / "summary.json").read_text(encoding="utf-8"))
    assert {row["model"] for row in summary["scores"]} == {"lexicon"}
    assert summary["corpus"]["figures"] == FIGURES


@pytest.mark.parametrize("way", ["kill", "exit", "send"])
def test_a_process_that_dies_once_costs_nothing(folder: Path, way: str) -> None:
    """Killed at work, ended with status 0, or killed half way through sending its result."""
    card = f"once-{way}.yaml"
    (folder / "armed").touch()
    assert finish(folder, f"once-{way}", "-m", card, "--jobs", "2") == (0, "")
    assert not (folder / "armed").exists()
    assert finish(folder, f"whole-{way}", "-m", card) == (0, "")
    assert written(folder / f"once-{way}") == written(folder / f"whole-{way}")


def test_a_full_disk_is_one_clear_line_and_what_was_finished_is_kept(folder: Path) -> None:
    def little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))

    running = start(folder, "full", "-m", "slow.yaml", preexec_fn=little_room)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 2
    assert len(said.splitlines()) == 1
    assert "store.sqlite" in said or "cannot be written" in said
    assert finish(folder, "full", "-m", "slow.yaml") == (0, "")


def keep_to_permissions() -> None:
    """Let go of the right of root to write where no one may (Linux: PR_CAPBSET_DROP of
    CAP_DAC_OVERRIDE, which the next program starts without).
    """
    if os.geteuid() == 0:
        ctypes.CDLL(None).prctl(24, 1)


@pytest.fixture(scope="module")
def finished(folder: Path) -> Path:
    """A run that has ended, for others to go on in."""
    probe = folder / "probe"
    probe.mkdir(mode=0o500)
    so: dict[str, object] = {"cwd": probe, "preexec_fn": keep_to_permissions}
    if subprocess.Popen(["touch", "here"], **so).wait() == 0:
        pytest.skip("this user may write to a read-only folder, and cannot be kept from it")
    assert finish(folder, "finished", "-m", "lexicon") == (0, "")
    return folder / "finished"


@pytest.mark.parametrize(
    ("closed", "named"),
    [
        (".", "finished"),
        ("predictions", "finished/predictions/lexicon.jsonl"),
        ("plots", "finished/plots/curated-genes.svg"),
        ("store.sqlite", "finished/store.sqlite"),
    ],
)
def test_what_may_not_be_written_is_one_clear_line(
    folder: Path, finished: Path, closed: str, named: str
) -> None:
    mode = (finished / closed).stat().st_mode
    (finished / closed).chmod(0o500)
    status, said = finish(folder, "finished", "-m", "lexicon", preexec_fn=keep_to_permissions)
    (finished / closed).chmod(mode)
    assert (status, said) == (2, f"nerbench: {named}: cannot be written: Permission denied\n")


def test_read_only_files_of_an_earlier_run_are_replaced(folder: Path, finished: Path) -> None:
    before = written(finished)
    for path in finished.rglob("*.*"):
        if path.is_file() and path.name != FILE_NAME:
            path.chmod(0o400)
    closed = finish(folder, "finished", "-m", "lexicon", preexec_fn=keep_to_permissions)
    assert closed == (0, "")
    assert written(finished) == before


def test_a_second_run_into_the_folder_is_refused(folder: Path) -> None:
    first = start(folder, "shared", "-m", "slower.yaml")
    wait_for_predictions(folder / "shared")
    status, said = finish(folder, "shared", "-m", "lexicon")
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    assert status == 2
    assert "another run is writing to this folder" in said


def test_no_process_outlives_its_run(folder: Path) -> None:
    running = start(folder, "orphans", "-m", "slower.yaml", "--jobs", "2")
    time.sleep(4)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    deadline = time.monotonic() + 20
    while _alive(running.pid):
        assert time.monotonic() < deadline, "worker processes go on without their parent"
        time.sleep(0.1)


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_batches_are_read_no_further_ahead_than_the_window() -> None:
    asked = []

    def make_batches() -> Iterator[Batch]:
        for number in range(60):
            asked.append(number)
            yield Batch(number, [Figure(f"F{number}", f"STAT3 {number}")])

    with ProcessExecutor(RunConfig(("lexicon",)), 2) as pool:
        assert list(pool.info().fingerprints) == ["lexicon"]
        results = pool.run(make_batches())
        done = {next(results)[0].number for _ in range(3)}
        assert len(asked) < 3 + 2 * 8 + 3
        done |= {batch.number for batch, _ in results}
    assert done == set(range(60))


def test_a_batch_for_each_worker_is_read_ahead_while_all_are_busy() -> None:
    asked = []

    def make_batches() -> Iterator[Batch]:
        for number in range(6):
            asked.append(number)
            yield Batch(number, [Figure(f"F{number}.{at}", f"STAT3 {at}") for at in range(300)])

    with ProcessExecutor(RunConfig(("lexicon",)), 2) as pool:
        pool.info()
        results = pool.run(make_batches())
        next(results)
        assert asked == [0, 1, 2, 3]
        assert len([*results]) == 5


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM])
def interrupt(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    """A signal that interrupts, as under the command line."""
    usual = signal.signal(request.param, signal.default_int_handler)
    yield request.param
    signal.signal(request.param, usual)


def test_an_interrupt_waits_for_the_end_of_a_batch(
    monkeypatch: pytest.MonkeyPatch, interrupt: signal.Signals
) -> None:
    listed = (CuratedGene(9606, "STAT3"),)
    figures = [Figure(f"F{at}", f"STAT3 {at}", curated=listed) for at in range(300)]
    add_figures = EvaluationBuilder.add_figures

    def interrupted(builder: EvaluationBuilder, figids: list[str], *more: Any) -> None:
        add_figures(builder, figids, *more)
        if "F200" in figids:  # the last whole batch, whose rows are not added yet
            signal.raise_signal(interrupt)

    monkeypatch.setattr(EvaluationBuilder, "add_figures", interrupted)
    evaluation = nerbench.evaluate(figures, nerbench.load_recognizer("lexicon"), organism="human")
    assert evaluation.partial
    assert list(evaluation.figids) == [figure.figid for figure in figures[:248]]
    assert evaluation.corpus.figures == len(evaluation.in_scope) == 248
    assert evaluation.scores


_INTERRUPTED_IMPORT = """
import sys
class Interrupt:
    def find_spec(self, name, *_):
        if name == "nerbench.cli.app":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupt())
from nerbench.cli import main
main()
"""


def test_an_interrupt_while_modules_are_imported_is_one_line() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED_IMPORT], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (130, "nerbench: interrupted\n")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_retry_is_said_alike_by_any_number_of_processes(tmp_path: Path, jobs: str) -> None:
    (tmp_path / "gone.yaml").write_text(
        "kind: http\nurl: http://127.0.0.1:9/\nretries: 1\nbackoff: 0.01\n"
    )
    command = [sys.executable, "-m", "nerbench", "run", "-m", "gone.yaml", "-o", "out"]
    command += ["--jobs", jobs]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    lines = ended.stderr.splitlines()
    assert any("gone: http" in line and "1 of 2 tries failed" in line for line in lines)
    assert all(line.startswith("nerbench: ") for line in lines)
    assert not (tmp_path / "out").exists()
