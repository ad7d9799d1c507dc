"""What an evaluation says beyond its scores: comparisons, agreement, curves, strata.

Each function takes plain data and gives rows. Tables are read lazily and by the few columns that
are needed, so that a large corpus need not fit into memory. Figures come in the order of their ids,
so that no number depends on the order in which they were read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from nerbench.records import Level
from nerbench.scoring.agreement import pairwise, union
from nerbench.scoring.bootstrap import Bootstrap, Interval
from nerbench.scoring.counts import Counts
from nerbench.scoring.figure import ALL
from nerbench.scoring.significance import compare
from nerbench.scoring.strata import caption_length, curated_genes, stratify
from nerbench.scoring.threshold_curve import Curve, threshold_curve
from nerbench.spans.table import Ints

__all__ = [
    "STRATA",
    "AgreementRow",
    "ComparisonRow",
    "CurveRow",
    "IdentifierRow",
    "StratumRow",
    "UnionRow",
    "agreement_rows",
    "comparison_rows",
    "curve_rows",
    "identifier_rows",
    "stratum_rows",
]

_EXAMPLES = 6
"""Names that stand for all whose identifiers disagree."""

STRATA = ("year", "journal", "publisher", "caption_length", "curated", "scope", "scope_from")
"""The columns of `figures.tsv` that every evaluation is broken down by."""


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """Model ``a`` less model ``b`` in one micro rate: `nerbench.scoring.significance`."""

    a: str
    b: str
    organism: str
    level: str
    metric: str
    difference: float | None
    ci95: Interval | None
    p: float | None
    p_holm: float | None


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """Curated genes that ``a`` and ``b`` recovered both, one alone or neither."""

    organism: str
    level: str
    a: str
    b: str
    both: int
    only_a: int
    only_b: int
    neither: int
    kappa: float | None


@dataclass(frozen=True, slots=True)
class UnionRow:
    """The curated genes that any model recovered; ``counts`` holds no names."""

    organism: str
    level: str
    counts: Counts


@dataclass(frozen=True, slots=True, eq=False)
class CurveRow:
    """What other thresholds would give, for a model that scores its mentions."""

    model: str
    organism: str
    level: str
    curve: Curve


@dataclass(frozen=True, slots=True)
class IdentifierRow:
    """One model's names: all, those with gene ids, those of them whose genes a lexicon knows, and
    those of these whose text cannot mean them; the most frequent of the last, with their ids.
    """

    model: str
    names: int
    identified: int
    compared: int
    disagreeing: int
    examples: tuple[str, ...]

    @property
    def rate(self) -> float | None:
        """Disagreeing / compared."""
        return self.disagreeing / self.compared if self.compared else None


@dataclass(frozen=True, slots=True)
class StratumRow:
    """A model's micro counts on the figures that have one value in a column of `figures.tsv`."""

    column: str
    value: str
    model: str
    organism: str
    level: str
    figures: int
    counts: Counts
    ci95: dict[str, Interval | None]


def comparison_rows(
    organism: str, models: Sequence[str], tables: Ints, drawn: Bootstrap, seed: int
) -> list[ComparisonRow]:
    """Every two models on the figures of one organism; ``tables`` is (models, levels, figures, 7).

    >>> import numpy as np
    >>> from nerbench.scoring.bootstrap import bootstrap
    >>> tables = np.array([[[[2, hits, 4, 1, 2, 0, 0]] * 12] * 3 for hits in (2, 1)])
    >>> rows = comparison_rows("human", ["x", "y"], tables, bootstrap(tables), seed=0)
    >>> rows[0].level, rows[0].metric, rows[0].difference, len(rows)
    ('symbol', 'precision', 0.5, 12)
    """
    return [
        ComparisonRow(
            row.a, row.b, organism, row.level, row.metric,
            row.difference, row.ci95, row.p, row.p_holm,
        )
        for row in compare(models, list(map(str, Level)), tables, drawn, seed=seed)
    ]  # fmt: skip


def _found_by(column: str, level: Level) -> pl.Expr:
    """Whether a strictest level (`recovered_at`, `reachable_at`) lies within a level."""
    within = [str(one) for one in Level if one not in level.looser()]
    return pl.col(column).is_in(within).fill_null(value=False)


def agreement_rows(
    genes: pl.LazyFrame, models: Sequence[str], organisms: Sequence[str], level: Level
) -> tuple[list[AgreementRow], list[UnionRow]]:
    """Where every two models agree on curated genes, and what all of them recover together.

    ``genes`` has `GENE_SCHEMA`; every model has a row for every curated gene.
    """
    found = {
        model: genes.filter(pl.col("model") == model)
        .sort("figid", "taxon", "symbol")
        .select(
            "organism",
            recovered=_found_by("recovered_at", level),
            reachable=_found_by("reachable_at", level),
        )
        .collect()
        for model in models
    }
    agreements, unions = [], []
    for organism in organisms:
        own = {
            model: frame if organism == ALL else frame.filter(pl.col("organism") == organism)
            for model, frame in found.items()
        }
        recovered = {model: frame["recovered"].to_numpy() for model, frame in own.items()}
        reachable = {model: frame["reachable"].to_numpy() for model, frame in own.items()}
        agreements += [
            AgreementRow(
                organism, str(level), one.a, one.b,
                one.both, one.only_a, one.only_b, one.neither, one.kappa,
            )
            for one in pairwise(recovered, reachable)
        ]  # fmt: skip
        unions.append(UnionRow(organism, str(level), union(recovered, reachable)))
    return agreements, unions


def curve_rows(
    model: str,
    organisms: Mapping[str, Sequence[str]],
    level: Level,
    names: pl.LazyFrame,
    genes: pl.LazyFrame,
) -> list[CurveRow]:
    """A model's threshold curve for each organism; none where it does not score its mentions.

    ``organisms`` gives the ids of the figures that have each in scope; ``names`` and ``genes`` have
    `NAME_SCHEMA` and `GENE_SCHEMA`. As in the scores, the names that count for an organism are
    those that hit it and those that hit nothing in scope.
    """
    own = names.filter(pl.col("model") == model)
    if not own.select(pl.col("score").is_not_null().any()).collect().item():
        return []
    own = own.select("figid", "genes", score=pl.col("score").fill_null(math.inf))
    best = own.explode("genes").drop_nulls("genes").group_by("figid", "genes").agg(
        pl.col("score").max()
    )  # fmt: skip
    curated = (
        genes.filter(pl.col("model") == model)
        .select(
            "figid",
            "organism",
            genes=pl.concat_str("organism", pl.lit(":"), "symbol"),
            reachable=_found_by("reachable_at", level),
        )
        .join(best, on=["figid", "genes"], how="left")
        .select("organism", "reachable", score=pl.col("score").fill_null(-math.inf))
        .collect()
    )
    rows = []
    for organism, figids in organisms.items():
        members = curated if organism == ALL else curated.filter(pl.col("organism") == organism)
        mark = "" if organism == ALL else f"{organism}:"
        hits = pl.col("genes").list.eval(pl.element().str.starts_with(mark)).list.any()
        counted = (
            own.join(pl.LazyFrame({"figid": figids}), on="figid", how="semi")
            .select("score", hit=hits.fill_null(value=False), none=pl.col("genes").list.len() == 0)
            .filter(pl.col("hit") | pl.col("none"))
            .select("score", "hit")
            .collect()
        )
        curve = threshold_curve(
            counted["score"].to_numpy(),
            counted["hit"].to_numpy(),
            members["score"].to_numpy(),
            members["reachable"].to_numpy(),
        )
        if curve is not None:
            rows.append(CurveRow(model, organism, str(level), curve))
    return rows


def stratum_rows(
    columns: Sequence[str],
    models: Sequence[str],
    level: Level,
    figures: pl.LazyFrame,
    tables: Ints,
    seed: int,
) -> list[StratumRow]:
    """Scores by the value that figures have in each column, all organisms in scope pooled.

    ``figures`` has `FIGURE_SCHEMA`; ``tables`` is (models, figures, 7), figures by their ids. A
    column that differs between models (such as ``names``) parts each model's figures its own way.
    """
    columns = list(dict.fromkeys(columns))
    known = {
        model: figures.filter(pl.col("model") == model).sort("figid").select(columns).collect()
        for model in models
    }
    rows = []
    for column in columns:
        values = [[_value(column, one) for one in known[model][column]] for model in models]
        alike = all(one == values[0] for one in values)
        for at in [slice(None)] if alike else [slice(m, m + 1) for m in range(len(models))]:
            rows += [
                StratumRow(
                    column, one.value, models[at][one.table], ALL, str(level),
                    one.figures, one.counts, one.ci95,
                )
                for one in stratify(values[at][0], tables[at], seed=seed)
            ]  # fmt: skip
    return rows


def _value(column: str, value: Any) -> str:
    """A value as a stratum is called: numbers in bins, text in one line.

    >>> [_value("caption_length", 300), _value("curated", 7), _value("journal", "J.  of")]
    ['250-499', '5-9', 'J. of']
    """
    if value is None:
        return ""
    if column == "caption_length":
        return caption_length(value)
    if isinstance(value, int):
        return curated_genes(value)
    return " ".join(str(value).split())


def identifier_rows(names: pl.LazyFrame) -> list[IdentifierRow]:
    """A row for each model that gives gene ids, in the order of the names.

    ``names`` has a row per name, with the columns model, name, ids (list of str) and ids_agree
    (bool or null).

    >>> names = pl.LazyFrame({"model": ["m"] * 3, "name": ["IL-6", "IL-6", "p53"],
    ...     "ids": [["9606:3569"], ["9606:6774"], []], "ids_agree": [True, False, None]})
    >>> identifier_rows(names)
    [IdentifierRow(model='m', names=3, identified=2, compared=2, disagreeing=1, \
examples=('IL-6 (9606:6774)',))]
    """
    linked = pl.col("ids").list.len() > 0
    counts = (
        names.group_by("model", maintain_order=True)
        .agg(
            names=pl.len(),
            identified=linked.sum(),
            compared=pl.col("ids_agree").is_not_null().sum(),
            disagreeing=(~pl.col("ids_agree")).sum(),
        )
        .filter(pl.col("identified") > 0)
        .collect()
    )
    examples = (
        names.filter(~pl.col("ids_agree"))
        .with_columns(said=pl.format("{} ({})", "name", pl.col("ids").list.join(", ")))
        .group_by("model", "said")
        .len()
        .sort("len", "said", descending=[True, False])
        .group_by("model", maintain_order=True)
        .agg(pl.col("said").head(_EXAMPLES))
        .collect()
    )
    shown = dict(examples.iter_rows())
    return [
        IdentifierRow(**row, examples=tuple(shown.get(row["model"], ())))
        for row in counts.iter_rows(named=True)
    ]
