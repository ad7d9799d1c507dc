"""Cost of intervals and tests, compared with scipy. Run with ``make bench``.

The large case has 100,000 figures, 3 models and 3 levels, with 10,000 shuffles. The
comparison with scipy's permutation test is on 2,000 figures of one pair, in the same run.
"""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest
from scipy import stats

from nerbench.scoring.counts import RATES
from nerbench.scoring.intervals import rate_intervals
from nerbench.scoring.rates import rates
from nerbench.scoring.significance import METRICS, compare, randomization

MODELS = LEVELS = ("x", "y", "z")
SHUFFLES = 10_000


def random_counts(figures, seed):
    rng = np.random.default_rng(seed)
    names, curated = rng.poisson(8, figures), rng.poisson(14, figures)
    reachable, groups = rng.binomial(curated, 0.4), rng.binomial(curated, 0.5)
    parts = (
        rng.binomial(whole, share)
        for whole, share in ((names, 0.6), (reachable, 0.7), (groups, 0.3))
    )
    hits, recovered, groups_found = parts
    genes = (recovered, names, 2 * recovered)  # recovered and reachable, gene names, claimed
    return np.stack(
        [names, hits, curated, recovered, reachable, *genes, groups, groups_found], axis=-1
    )


def large_tables():
    return np.array([[random_counts(100_000, 3 * m + lv) for lv in range(3)] for m in range(3)])


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def peak():
    """Return the peak memory in MB of a process of its own that makes all intervals and tests."""
    code = (
        "import resource, sys; sys.path.insert(0, 'tests/bench')\n"
        "from test_statistics_bench import *\n"
        "tables = large_tables()\n"
        "for table in tables.reshape(-1, *tables.shape[2:]): rate_intervals(table, 'macro')\n"
        "compare(MODELS, LEVELS, tables, organism='all')\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return float(result.stdout)


@pytest.mark.benchmark(group="intervals of 100,000 figures, 3 models x 3 levels")
def test_intervals_of_a_large_corpus(benchmark):
    tables = large_tables()

    def intervals():
        for table in tables.reshape(-1, *tables.shape[2:]):
            rate_intervals(table, "micro")
            rate_intervals(table, "macro")

    benchmark.pedantic(intervals, rounds=3)
    memory = peak()
    print(f"\npeak of a process with these and the comparisons: {memory:.0f} MB")
    assert memory < 1000
    assert benchmark.stats.stats.min < 10


@pytest.mark.benchmark(group="10,000 shuffles of 100,000 figures, 3 pairs x 3 levels")
def test_comparisons_of_a_large_corpus(benchmark):
    tables = large_tables()
    benchmark.pedantic(compare, (MODELS, LEVELS, tables), {"organism": "all"}, rounds=3)


@pytest.mark.benchmark(group="against scipy, 2,000 figures, one pair")
def test_ratio_to_scipy_permutation_test(benchmark):
    pair = np.stack([random_counts(2000, 1), random_counts(2000, 2)])
    figures_of_both = pair.reshape(-1, pair.shape[-1])
    columns = [RATES.index(metric) for metric in METRICS]

    def difference(x, y, axis):
        first, second = (rates(figures_of_both[i].sum(axis=-2))[..., columns] for i in (x, y))
        return first - second

    def scipy_result():
        stats.permutation_test(
            (np.arange(2000), np.arange(2000) + 2000),
            difference,
            permutation_type="samples",
            vectorized=True,
            n_resamples=SHUFFLES,
            batch=50,
            rng=1,
        )

    benchmark.pedantic(randomization, (pair, [(0, 1)]), rounds=3, warmup_rounds=1)
    ours, slow = benchmark.stats.stats.median, seconds(scipy_result)
    print(f"\n{ours:.3f} s; scipy.stats.permutation_test {slow:.2f} s, {slow / ours:.0f} times")
