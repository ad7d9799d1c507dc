"""What a whole run costs, beside the bare model. Run with ``make bench``.

A run and its baseline are processes of their own, one each, timed from start to end by the
processor time they use, so that another process on the machine does not count.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from made import write_records

FIGURES = int(os.environ.get("NERBENCH_BENCH_FIGURES", "5000"))

BARE = """
import json, sys
from nerbench.recognizers.registry import find_card
import spacy
nlp = spacy.load(find_card("default").source)
captions = (json.loads(line) for line in open(sys.argv[1], encoding="utf-8"))
print(sum(len(doc.ents) for doc in nlp.pipe(captions, batch_size=64)))
"""


def processor_seconds(*command: str, cwd: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *command], cwd=cwd, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.benchmark(group="a run with the default model beside spaCy's nlp.pipe")
def test_a_run_beside_the_bare_model(benchmark, tmp_path):
    records = write_records(tmp_path / "records", FIGURES)
    run = ["-m", "nerbench", "run", str(records), "--out", "out", "--quiet", "--no-resume"]
    ratios = []

    def pair():
        bare = processor_seconds("-c", BARE, str(records.with_suffix(".jsonl")), cwd=tmp_path)
        whole = processor_seconds(*run, cwd=tmp_path)
        ratios.append((whole / bare, whole, bare))

    benchmark.pedantic(pair, rounds=3)
    ratio, whole, bare = sorted(ratios)[1]
    print(f"\n{FIGURES} figures: run {whole:.1f} s, bare {bare:.1f} s, {ratio:.2f} times")


@pytest.mark.benchmark(group="growth of a run with the dictionary")
def test_cost_grows_linearly(benchmark, tmp_path):
    seconds = {}

    def runs():
        for count in (1_000, 10_000):
            records = write_records(tmp_path / f"records{count}", count)
            command = ["-m", "nerbench", "run", str(records), "-m", "lexicon", "-q"]
            seconds[count] = processor_seconds(*command, "-o", f"out{count}", cwd=tmp_path)

    benchmark.pedantic(runs, rounds=1)
    for count, spent in seconds.items():
        print(f"\n{count:>7,} figures: {spent:.1f} s, {spent / count * 1000:.2f} ms each")
