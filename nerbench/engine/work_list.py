"""The work list of a curator: where caption and list disagree, a row for each gene and figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

import polars as pl

from nerbench.scoring.reasons import Outcome

_CONTEXT_LENGTH = 70  # characters of the caption on each side of a place


class WorkKind(StrEnum):
    """The disagreement that a row of the work list asks a curator to look at."""

    CONTRADICTED = "contradicted"
    """A gene of the list whose short form the caption defines as no gene."""
    GENE = "gene-not-on-list"
    """A gene that the caption names and the list lacks."""
    FAMILY = "family-not-on-list"
    """A family that the caption names and of which the list has no member."""


class WorkRow(NamedTuple):
    """A gene, or the genes that one name means, in a figure.

    ``names`` are the spellings that models found, ``place`` is the first in the caption, with the
    text ``before`` and ``after`` it. ``definition`` is the caption's own, of a contradicted gene.
    ``models`` are those that mark the place as a gene: many speak for a gene that the list lacks,
    none for a gene that the caption contradicts.
    """

    figid: str
    pmcid: str
    kind: str
    taxon: int
    organism: str
    genes: list[str]
    gene_ids: list[str]
    names: list[str]
    before: str
    place: str
    after: str
    definition: str
    models: list[str]


def work_rows(
    names: pl.LazyFrame,
    genes: pl.LazyFrame,
    captions: pl.LazyFrame,
    models: Sequence[str],
    labels: dict[int, str],
) -> Iterator[WorkRow]:
    """Yield the rows of the work list: contradicted genes first, then those of most models.

    Parameters
    ----------
    names, genes, captions : LazyFrame
        With the columns of `NameRow`, `GeneRow` and `CaptionRow`.
    models : sequence of str
        The models in their order.
    labels : dict
        The short name of each organism, by taxon id.
    """
    rows = pl.concat([_not_on_list(names), _contradicted(names, genes)])
    start, length = pl.col("start"), _CONTEXT_LENGTH
    first = pl.max_horizontal(start - length, 0)
    caption = pl.col("caption")
    kinds = {str(kind): order for order, kind in enumerate(WorkKind)}
    frame = (
        rows.join(captions.select("figid", "pmcid", "caption"), on="figid", how="left")
        .with_columns(
            before=pl.when(first > 0).then(pl.lit("…")).otherwise(pl.lit(""))
            + caption.str.slice(first, start - first),
            place=caption.str.slice(start, pl.col("end") - start),
            after=caption.str.slice(pl.col("end"), length)
            + pl.when(caption.str.len_chars() > pl.col("end") + length)
            .then(pl.lit("…"))
            .otherwise(pl.lit("")),
            order=pl.col("kind").replace_strict(kinds, return_dtype=pl.Int32),
            support=pl.col("models").list.len(),
        )
        .drop("caption")
        .collect(engine="streaming")
        .sort(
            ["order", "support", "figid", "start", "taxon", "genes"],
            descending=[False, True, False, False, False, False],
        )
    )
    rank = {model: place for place, model in enumerate(models)}
    for row in frame.iter_rows(named=True):
        yield WorkRow(
            organism=labels.get(row["taxon"], str(row["taxon"])),
            models=sorted(row["models"], key=rank.__getitem__),
            names=row["names"] or [row["place"]],
            **{field: row[field] for field in _COPIED},
        )


_COPIED = tuple(field for field in WorkRow._fields if field not in ("organism", "models", "names"))
_COLUMNS = (
    "figid", "kind", "taxon", "genes", "gene_ids", "names", "start", "end", "definition", "models",
)  # fmt: skip


def _not_on_list(names: pl.LazyFrame) -> pl.LazyFrame:
    """Return the genes that names mean and lists lack; names of the same genes are one row."""
    outcomes = [str(Outcome.GENE_NOT_ON_LIST), str(Outcome.FAMILY_NOT_ON_LIST)]
    return (
        names.filter(pl.col("outcome").is_in(outcomes), pl.col("spans").list.len() > 0)
        .select("figid", "model", "name", "start", "end", "closest", "closest_ids", kind="outcome")
        .explode("closest", "closest_ids")
        .unnest("closest")
        .drop_nulls("taxon")
        .group_by("figid", "model", "name", "start", "end", "kind", "taxon", maintain_order=True)
        .agg(genes=pl.col("symbol"), gene_ids=pl.col("closest_ids"))
        .group_by("figid", "kind", "taxon", "genes", "gene_ids", maintain_order=True)
        .agg(
            names=pl.col("name").unique().sort(),
            end=pl.col("end").get(pl.col("start").arg_min()),
            start=pl.col("start").min(),
            models=pl.col("model").unique(),
            definition=pl.lit(""),
        )
        .select(_COLUMNS)
    )


def _contradicted(names: pl.LazyFrame, genes: pl.LazyFrame) -> pl.LazyFrame:
    """Return the genes of lists that captions contradict; those of one place are one row."""
    place = pl.col("defined_at").list.first()
    rows = (
        genes.filter(pl.col("defined_as").is_not_null(), pl.col("defined_at").list.len() > 0)
        .select(
            "figid", "taxon", "symbol", "gene_id",
            definition="defined_as", start=place.arr.get(0), end=place.arr.get(1),
        )
        .unique(["figid", "taxon", "symbol"], keep="first")
        .sort("figid", "taxon", "symbol")
        .group_by("figid", "taxon", "definition", "start", "end", maintain_order=True)
        .agg(genes=pl.col("symbol"), gene_ids=pl.col("gene_id").fill_null(""))
    )  # fmt: skip
    marking = (
        rows.select("figid", "start", "end")
        .unique()
        .join(names.select("figid", "model", "name", "spans").explode("spans"), on="figid")
        .filter(
            pl.col("spans").arr.get(0) < pl.col("end"), pl.col("start") < pl.col("spans").arr.get(1)
        )
        .group_by("figid", "start", "end")
        .agg(models=pl.col("model").unique(), names=pl.col("name").unique().sort())
    )
    return (
        rows.join(marking, on=["figid", "start", "end"], how="left")
        .with_columns(
            kind=pl.lit(str(WorkKind.CONTRADICTED)),
            models=pl.col("models").fill_null([]),
            names=pl.col("names").fill_null([]),
        )
        .select(_COLUMNS)
    )
