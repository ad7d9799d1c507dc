"""What intervals, comparisons, agreement, curves and strata add to a run. Run with ``make bench``.

300 made figures are scored with three models and laid out anew until there are 100,000 (of each, a
share has the fly in scope): the analysis takes counts and rows, whatever they came from.
"""

from __future__ import annotations

import re
import resource
import time
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from nerbench import CuratedGene, Figure, Mention, evaluate
from nerbench.engine.builder import EvaluationBuilder
from nerbench.reports import write_reports

FIGURES = 100_000
HUMAN = (
    "STAT3 TP53 MDM2 EGFR KRAS MYC AKT1 JAK1 JAK2 IL6 VEGFA SRC BCL2 CXCR4 MMP2 MMP9 TNF NFKB1 "
    "MAPK1 MAPK3 PTEN PIK3CA MTOR CDK4 RB1 CCND1 BRAF RAF1 HRAS NRAS"
).split()
FLY = "dl Dl hop bsk Debcl Src42A".split()
ATTRIBUTES = ("scores", "comparisons", "agreement", "curves", "strata")


class Some:
    """Finds most of the words it is given, each with a score of its own."""

    fingerprint = "0"

    def __init__(self, name, words):
        self.name = name
        self._words = re.compile(r"\b(" + "|".join(words) + r")\b")

    def recognize(self, texts):
        for text in texts:
            yield [
                Mention(at.start(), at.end(), at.group(), score=(at.start() * 37 % 1000) / 1000)
                for at in self._words.finditer(text)
            ]


def few():
    rng = np.random.default_rng(0)
    made = []
    for at in range(300):
        named = rng.choice(HUMAN, 8, replace=False)
        genes = [CuratedGene(9606, s, words=(s,)) for s in rng.choice(HUMAN, 12, replace=False)]
        genes += [CuratedGene(7227, s) for s in FLY[: at % 5]]
        made.append(
            Figure(
                f"F{at:03}",
                "pathway of " + " and ".join(named) + " with dl, hop and p53 " * (at % 4),
                ("Homo sapiens", "Drosophila melanogaster") if at % 5 else ("Homo sapiens",),
                curated=tuple(genes),
                year=str(2000 + at % 24),
                journal=f"Journal {at % 60}",
                publisher=f"Publisher {at % 15}",
            )
        )
    models = [Some("a", HUMAN[:24]), Some("b", HUMAN[4:] + FLY), Some("c", [*HUMAN[::2], "p53"])]
    return evaluate(made, models)


def large(figures=FIGURES):
    """The few figures again and again under other names."""
    one = few()
    times = -(-figures // len(one.figids))
    figids = [f"{figid}-{at}" for at in range(times) for figid in one.figids][:figures]
    builder = EvaluationBuilder(one)
    builder.add_figures(figids, np.tile(one.in_scope, (times, 1))[:figures])
    for name in ("caption_rows", "figure_rows", "name_rows", "gene_rows"):
        rows = getattr(one, name).scan().collect()
        for at in range(times):
            part = rows.with_columns(pl.format("{}-{}", "figid", pl.lit(at)).alias("figid"))
            if at == times - 1:
                part = part.filter(pl.col("figid").is_in(figids))
            getattr(builder, name).append(part)
    return builder.build(
        [
            replace(model, counts=np.tile(model.counts, (times, 1, 1, 1))[:figures])
            for model in one.models
        ]
    )


@pytest.mark.benchmark(group="analysis of 100,000 figures, 3 models")
def test_analysis_of_a_large_corpus(benchmark):
    evaluation = large()

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
    evaluation = large()
    for attribute in ATTRIBUTES:
        getattr(evaluation, attribute)
    benchmark.pedantic(write_reports, (evaluation, tmp_path), rounds=1)
