"""The statistics of an evaluation beyond its scores: data selected from its tables.

Tables are read lazily and by the few columns that a statistic needs, so that a large corpus need
not fit into memory. Figures are put in the order of their ids, so that no number depends on the
order in which they were read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from nerbench.engine.training import SEEN
from nerbench.records import Level
from nerbench.scoring.agreement import AgreementRow, UnionRow, pairwise, union
from nerbench.scoring.rates import Ints
from nerbench.scoring.scope import ALL, INFERRED
from nerbench.scoring.strata import StratumRow, stratify, stratum_name
from nerbench.scoring.threshold_curve import CurveRow, threshold_curve

STRATA = (
    "year", "journal", "publisher", "caption_length", "curated", "scope", "scope_from", SEEN,
)  # fmt: skip
"""The columns of `figures.tsv` that every evaluation is broken down by."""

_MAX_EXAMPLES = 6  # names shown of those whose text disagrees with their ids


@dataclass(frozen=True, slots=True)
class IdentifierRow:
    """The agreement of a model's gene ids with the text of its names.

    ``identified`` counts the names with gene ids, ``compared`` those of them with an id that a
    lexicon knows, ``disagreeing`` those of these whose text cannot mean the genes of the ids.
    ``examples`` are the most frequent of the last, with their ids.
    """

    model: str
    names: int
    identified: int
    compared: int
    disagreeing: int
    examples: tuple[str, ...]

    @property
    def rate(self) -> float | None:
        """``disagreeing / compared``."""
        return self.disagreeing / self.compared if self.compared else None


def _is_within(column: str, level: Level) -> pl.Expr:
    """Tell whether a strictest level (`recovered_at`, `reachable_at`) lies within a level."""
    levels = [str(strict) for strict in Level if strict not in level.looser()]
    return pl.col(column).is_in(levels).fill_null(value=False)


def agreement_rows(
    genes: pl.LazyFrame, models: Sequence[str], organisms: Sequence[str], level: Level
) -> tuple[list[AgreementRow], list[UnionRow]]:
    """Compare every two models on the curated genes, and unite all models.

    ``genes`` has the columns of `GeneRow`; every model has a row for every curated gene.
    """
    by_model = {
        model: genes.filter(pl.col("model") == model)
        .sort("figid", "taxon", "symbol")
        .select(
            "organism",
            recovered=_is_within("recovered_at", level),
            reachable=_is_within("reachable_at", level),
        )
        .collect()
        for model in models
    }
    agreements, unions = [], []
    for organism in organisms:
        frames = {
            model: frame if organism == ALL else frame.filter(pl.col("organism") == organism)
            for model, frame in by_model.items()
        }
        recovered = {model: frame["recovered"].to_numpy() for model, frame in frames.items()}
        reachable = frames[models[0]]["reachable"].to_numpy()  # the same for all models
        agreements += pairwise(recovered, reachable, organism=organism, level=str(level))
        unions.append(union(recovered, reachable, organism=organism, level=str(level)))
    return agreements, unions


def curve_rows(
    model: str,
    organisms: Mapping[str, tuple[int | None, Sequence[str]]],
    level: Level,
    names: pl.LazyFrame,
    genes: pl.LazyFrame,
) -> list[CurveRow]:
    """Return a model's threshold curve for each organism; none if it does not score its mentions.

    ``organisms`` maps each organism to its taxon id, None for all of them, and to the ids of the
    figures that have it in scope; ``names`` and ``genes`` have the columns of `NameRow` and
    `GeneRow`. As in the scores, the names that count
    for an organism are those that hit it and those that hit nothing in scope.
    """
    names = names.filter(pl.col("model") == model)
    if not names.select(pl.col("score").is_not_null().any()).collect().item():
        return []
    names = names.select("figid", "genes", score=pl.col("score").fill_null(math.inf))
    best_scores = (
        names.explode("genes")
        .unnest("genes")
        .drop_nulls("taxon")
        .group_by("figid", "taxon", "symbol")
        .agg(pl.col("score").max())
    )
    curated = (
        genes.filter(pl.col("model") == model)
        .select(
            "figid",
            "taxon",
            "symbol",
            reachable=_is_within("reachable_at", level),
        )
        .join(best_scores, on=["figid", "taxon", "symbol"], how="left")
        .select("taxon", "reachable", score=pl.col("score").fill_null(-math.inf))
        .collect()
    )
    rows = []
    for organism, (taxon, figids) in organisms.items():
        members = curated if taxon is None else curated.filter(pl.col("taxon") == taxon)
        hit_taxon = pl.element().struct.field("taxon")
        is_hit = hit_taxon.is_not_null() if taxon is None else hit_taxon == taxon
        hits = pl.col("genes").list.eval(is_hit).list.any()
        counted = (
            names.join(pl.LazyFrame({"figid": figids}), on="figid", how="semi")
            .select("score", hit=hits.fill_null(value=False), none=pl.col("genes").list.len() == 0)
            .filter(pl.col("hit") | pl.col("none"))
            .select("score", "hit")
            .collect()
        )
        row = threshold_curve(
            counted["score"].to_numpy(),
            counted["hit"].to_numpy(),
            members["score"].to_numpy(),
            members["reachable"].to_numpy(),
            model=model,
            organism=organism,
            level=str(level),
        )
        if row is not None:
            rows.append(row)
    return rows


def figures_of_inferred_scope(figures: pl.LazyFrame) -> frozenset[str]:
    """Return the ids of the figures whose organisms are inferred, not those that the record names.

    ``figures`` has the columns of `FigureRow`.
    """
    inferred = figures.filter(pl.col("scope_from").is_in(INFERRED)).select("figid").collect()
    return frozenset(inferred["figid"])


def stratum_rows(
    columns: Sequence[str],
    models: Sequence[str],
    level: Level,
    figures: pl.LazyFrame,
    tables: Ints,
) -> list[StratumRow]:
    """Score the figures by their value in each column, all organisms in scope pooled.

    ``figures`` has the columns of `FigureRow`; ``tables`` is (models, figures, fields), the figures
    in the order of their ids. Where the values of a column differ between models (as those of
    ``names`` do), each model's figures are divided by its own values; but a figure that any of the
    models has seen in training is seen, so that all models stand beside each other on the others.
    """
    columns = list(dict.fromkeys(columns))
    by_model = {
        model: figures.filter(pl.col("model") == model).sort("figid").select(columns).collect()
        for model in models
    }
    rows = []
    for column in columns:
        values = [
            [stratum_name(column, value) for value in by_model[model][column]] for model in models
        ]
        if column == SEEN:
            by_any = ["yes" if "yes" in each else "no" for each in zip(*values, strict=True)]
            values = [by_any for _ in models]
        same = all(of_model == values[0] for of_model in values)
        for part in [slice(None)] if same else [slice(m, m + 1) for m in range(len(models))]:
            rows += stratify(
                values[part][0],
                models[part],
                tables[part],
                column=column,
                organism=ALL,
                level=str(level),
            )
    return rows


def identifier_rows(names: pl.LazyFrame) -> list[IdentifierRow]:
    """Return a row for each model that reports gene ids, in the order of the names.

    ``names`` has a row per name, with the columns model, name, ids (list of str) and ids_agree
    (bool or null).

    >>> names = pl.LazyFrame({"model": ["m"] * 3, "name": ["IL-6", "IL-6", "p53"],
    ...     "ids": [["9606:3569"], ["9606:6774"], []], "ids_agree": [True, False, None]})
    >>> identifier_rows(names)
    [IdentifierRow(model='m', names=3, identified=2, compared=2, disagreeing=1, \
examples=('IL-6 (9606:6774)',))]
    """
    counts = (
        names.group_by("model", maintain_order=True)
        .agg(
            names=pl.len(),
            identified=(pl.col("ids").list.len() > 0).sum(),
            compared=pl.col("ids_agree").is_not_null().sum(),
            disagreeing=(~pl.col("ids_agree")).sum(),
        )
        .filter(pl.col("identified") > 0)
        .collect()
    )
    examples = (
        names.filter(~pl.col("ids_agree"))
        .with_columns(example=pl.format("{} ({})", "name", pl.col("ids").list.join(", ")))
        .group_by("model", "example")
        .len()
        .sort("len", "example", descending=[True, False])
        .group_by("model", maintain_order=True)
        .agg(pl.col("example").head(_MAX_EXAMPLES))
        .collect()
    )
    by_model = dict(examples.iter_rows())
    return [
        IdentifierRow(**row, examples=tuple(by_model.get(row["model"], ())))
        for row in counts.iter_rows(named=True)
    ]
