"""What the lexicons cost: loading, memory, one look-up. Run with ``make bench``.

Loading is measured in a fresh interpreter against the baseline of reading the same tables
with the standard library's gzip and csv; a look-up against a plain dictionary's.
"""

from __future__ import annotations

import csv
import gzip
import subprocess
import sys
from itertools import cycle
from pathlib import Path

import pytest

import nerbench
from nerbench.nomenclature.lexicon import load_nomenclature
from nerbench.nomenclature.matcher import Matcher
from nerbench.records import Level

DATA = Path(nerbench.__file__).parent / "nomenclature" / "data"

NAMES = (
    "TGF-β1", "IκBα", "p38 MAPK", "c-Myc", "NF-κB", "p-AKT", "hAKT1", "STAT3s", "l(2)gl",
    "interleukin 6", "JAK", "not a gene", "HIF-1α", "E(spl)m8", "VEGF", "MMP2",
)  # fmt: skip


@pytest.mark.benchmark(group="load both lexicons")
def test_load_nomenclature(benchmark):
    code = (
        "import time, resource; from nerbench.nomenclature.lexicon import load_nomenclature\n"
        "t = time.perf_counter(); load_nomenclature(); t = time.perf_counter() - t\n"
        "print(t, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    seen = []

    def load():
        out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        seen.append(tuple(map(float, out.stdout.split())))

    benchmark.pedantic(load, rounds=5, warmup_rounds=1)
    benchmark.extra_info["load_seconds_median"] = sorted(s for s, _ in seen)[len(seen) // 2]
    benchmark.extra_info["peak_memory_mb"] = max(m for _, m in seen)
    print(
        f"\nload: {sorted(s for s, _ in seen)[len(seen) // 2]:.2f} s, "
        f"peak memory {max(m for _, m in seen):.0f} MB"
    )


@pytest.mark.benchmark(group="load both lexicons")
def test_baseline_read_tables_with_csv(benchmark):
    def read():
        for file in sorted(DATA.glob("*/*.tsv.gz")):
            with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
                list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))

    benchmark.pedantic(read, rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group="look up one name in one organism")
def test_look_up_unseen_name(benchmark):
    names = cycle(NAMES)

    def setup():
        return (Matcher(load_nomenclature()), Level.FAMILY, next(names), 9606), {}

    benchmark.pedantic(Matcher.genes, setup=setup, rounds=4000)


@pytest.mark.benchmark(group="look up one name in one organism")
def test_look_up_seen_name(benchmark):
    matcher = Matcher(load_nomenclature())
    matcher.genes(Level.FAMILY, "TGF-β1", 9606)
    benchmark(matcher.genes, Level.FAMILY, "TGF-β1", 9606)


@pytest.mark.benchmark(group="look up one name in one organism")
def test_baseline_plain_dictionary(benchmark):
    table = dict.fromkeys(NAMES, ())
    benchmark(table.get, "TGF-β1")
