"""Cost of intervals, comparisons, agreement, curves and strata. Run with ``make bench``.

Three models are scored on 300 synthetic figures, some of them with the fly in scope. The counts and
rows are then repeated for 100,000 figures.
"""

from __future__ import annotations

import resource
import time
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from fakes import Words

from nerbench import CuratedGene, Figure, evaluate
from nerbench.engine.builder import EvaluationBuilder
from nerbench.reports import write_reports

FIGURES = 100_000
HUMAN = (
    "STAT3 TP53 MDM2 EGFR KRAS MYC AKT1 JAK1 JAK2 IL6 VEGFA SRC BCL2 CXCR4 MMP2 MMP9 TNF NFKB1 "
    "MAPK1 MAPK3 PTEN PIK3CA MTOR CDK4 RB1 CCND1 BRAF RAF1 HRAS NRAS"
).split()
FLY = "dl Dl hop bsk Debcl Src42A".split()
ATTRIBUTES = ("scores", "comparisons", "agreement", "curves", "strata")


def words(name, symbols):
    """Return a recognizer of symbols, with a score that depends on the position."""
    return Words(name, symbols, score=lambda match: (match.start() * 37 % 1000) / 1000)


def small_evaluation():
    rng = np.random.default_rng(0)
    figures = []
    for index in range(300):
        named = rng.choice(HUMAN, 8, replace=False)
        genes = [CuratedGene(9606, s, words=(s,)) for s in rng.choice(HUMAN, 12, replace=False)]
        genes += [CuratedGene(7227, s) for s in FLY[: index % 5]]
        figures.append(
            Figure(
                f"F{index:03}",
                "pathway of " + " and ".join(named) + " with dl, hop and p53 " * (index % 4),
                ("Homo sapiens", "Drosophila melanogaster") if index % 5 else ("Homo sapiens",),
                curated=tuple(genes),
                year=str(2000 + index % 24),
                journal=f"Journal {index % 60}",
                publisher=f"Publisher {index % 15}",
            )
        )
    models = [
        words("a", HUMAN[:24]),
        words("b", HUMAN[4:] + FLY),
        words("c", [*HUMAN[::2], "p53"]),
    ]
    return evaluate(figures, models)


def large_evaluation(figures=FIGURES):
    """Repeat the figures of the small evaluation under other ids."""
    small = small_evaluation()
    times = -(-figures // len(small.figids))
    figids = [f"{figid}-{copy}" for copy in range(times) for figid in small.figids][:figures]
    builder = EvaluationBuilder(small)
    builder.add_figures(figids, np.tile(small.in_scope, (times, 1))[:figures])
    for name in ("caption_rows", "figure_rows", "name_rows", "gene_rows"):
        rows = getattr(small, name).scan().collect()
        for copy in range(times):
            part = rows.with_columns(pl.format("{}-{}", "figid", pl.lit(copy)).alias("figid"))
            if copy == times - 1:
                part = part.filter(pl.col("figid").is_in(figids))
            getattr(builder, name).append(part)
    return builder.build(
        [
            replace(model, counts=np.tile(model.counts, (times, 1, 1, 1))[:figures])
            for model in small.models
        ]
    )


@pytest.mark.benchmark(group="analysis of 100,000 figures, 3 models")
def test_analysis_of_a_large_corpus(benchmark):
    evaluation = large_evaluation()

    def analyse():
        for attribute in ATTRIBUTES:
            start = time.perf_counter()
            rows = len(getattr(evaluation, attribute))
            print(f"\n{attribute}: {rows} rows, {time.perf_counter() - start:.1f} s", end="")

    benchmark.pedantic(analyse, rounds=1)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak of the process: {memory:.0f} MB")
    assert benchmark.stats.stats.min < 60


@pytest.mark.benchmark(group="reports of 100,000 figures, 3 models")
def test_reports_of_a_large_corpus(benchmark, tmp_path):
    evaluation = large_evaluation()
    for attribute in ATTRIBUTES:
        getattr(evaluation, attribute)
    benchmark.pedantic(write_reports, (evaluation, tmp_path), rounds=1)
