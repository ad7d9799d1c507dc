"""What a whole run costs beside the bare model, in two processes, and as the corpus grows. Run
with ``make bench``; ``NERBENCH_BENCH_FIGURES`` and ``NERBENCH_BENCH_GROWTH`` say over how many
figures.

Runs and baselines are processes of their own, one each, timed from start to end: by the clock and
by the processor time they use, which another process on the machine does not change so much.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import pytest
from made import write_records

FIGURES = int(os.environ.get("NERBENCH_BENCH_FIGURES", "5000"))
GROWTH = [int(n) for n in os.environ.get("NERBENCH_BENCH_GROWTH", "1000,10000").split(",")]

BARE = """
import json, sys
from nerbench.recognizers.registry import find_card
import spacy
nlp = spacy.load(find_card("default").source)
captions = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
size = int(sys.argv[2]) if len(sys.argv) > 2 else None
print(sum(len(doc.ents) for doc in nlp.pipe(captions, batch_size=size)))
"""


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_records(tmp_path_factory.mktemp("bench") / "records", FIGURES)


def seconds(*command: str, cwd: Path) -> tuple[float, float]:
    """What a command takes: by the clock, and of the processor."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *command], cwd=cwd, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, spent


def run(records: Path, *options: str) -> tuple[float, float]:
    command = ["-m", "nerbench", "run", str(records), "--out", "out", "--quiet", "--no-resume"]
    return seconds(*command, *options, cwd=records.parent)


@pytest.mark.benchmark(group="a run with the default model beside spaCy's nlp.pipe")
def test_a_run_beside_the_bare_model(benchmark, records):
    captions = str(records.with_suffix(".jsonl"))
    rounds = []

    def each():
        rounds.append(
            {
                "nlp.pipe(captions)": seconds("-c", BARE, captions, cwd=records.parent),
                "nlp.pipe(captions, batch_size=64)": seconds(
                    "-c", BARE, captions, "64", cwd=records.parent
                ),
                "run": run(records),
            }
        )

    benchmark.pedantic(each, rounds=3)
    print(f"\n{FIGURES:,} figures")
    for name in rounds[0]:
        clock, spent = (median(one[name][at] for one in rounds) for at in (0, 1))
        ratios = [
            median(one["run"][at] / one[name][at] for one in rounds) for at in (0, 1)
        ]  # of one round each
        print(f"{name}: {clock:.1f} s ({spent:.1f} s); run {ratios[0]:.2f} ({ratios[1]:.2f}) times")


@pytest.mark.benchmark(group="a run in two processes beside one")
def test_two_processes_beside_one(benchmark, records):
    ratios = []
    benchmark.pedantic(
        lambda: ratios.append(run(records)[0] / run(records, "--jobs", "2")[0]), rounds=3
    )
    print(f"\n{FIGURES:,} figures: --jobs 2 is {median(ratios):.2f} times faster")


@pytest.mark.benchmark(group="growth of a run with the dictionary")
def test_cost_grows_linearly(benchmark, tmp_path):
    spent = {}

    def runs():
        for count in GROWTH:
            records = write_records(tmp_path / f"{count}" / "records", count)
            spent[count] = run(records, "--model", "lexicon")

    benchmark.pedantic(runs, rounds=1)
    for count, (clock, processor) in spent.items():
        print(
            f"\n{count:>7,} figures: {clock:.1f} s ({processor:.1f} s), "
            f"{clock / count * 1000:.2f} ms each"
        )
