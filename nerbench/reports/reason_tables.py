"""Why genes were missed and names hit nothing: counted, with examples that a person can check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from nerbench.engine.evaluation import Evaluation

__all__ = ["MEANINGS", "Example", "Reason", "false_names", "missed_genes"]

_MISSED = {
    "not-in-caption": "no stretch of the caption could mean the gene",
    "not-detected": "the caption names it, and no mention touches the place",
    "wrong-boundary": "a mention overlaps the place, but its name means something else",
    "looser-level-only": "a name means it, but only at a looser level",
}
_FALSE = {
    "gene-not-in-figure": "a gene of the figure's organism that is not on its list",
    "family-not-in-figure": "a family none of whose members is on the list",
    "other-organism": "only another organism's lexicon knows the name",
    "abbreviation-of-other-thing": "the caption defines it as something that is no gene",
    "unknown-name": "no gene that the lexicon knows",
}
MEANINGS = _MISSED | _FALSE
"""What each reason means."""

_COMMON = 6
_EXAMPLES = 3
_AROUND = 45


@dataclass(frozen=True, slots=True)
class Example:
    """A gene or name in a figure: what its caption says ``before``, at and ``after`` the ``place``;
    without a place, how the caption begins.
    """

    what: str
    figid: str
    before: str
    place: str
    after: str


@dataclass(frozen=True, slots=True)
class Reason:
    """How often a model has a reason, what that means, the most ``common`` genes or names with
    their numbers, and an example of the first of them each.
    """

    model: str
    reason: str
    count: int
    meaning: str
    common: tuple[tuple[str, int], ...]
    examples: tuple[Example, ...]


def missed_genes(evaluation: Evaluation) -> list[Reason]:
    """The reasons of missed genes, by model."""
    place = pl.col("places").list.first()
    rows = evaluation.gene_rows.scan().select(
        "model", "reason", "figid",
        what="symbol", start=place.arr.get(0), end=place.arr.get(1),
        name=pl.col("names").list.first(),
    )  # fmt: skip
    return _reasons(evaluation, rows, _MISSED)


def false_names(evaluation: Evaluation) -> list[Reason]:
    """The reasons of names that hit nothing, by model."""
    rows = evaluation.name_rows.scan().select(
        "model", "reason", "figid", "start", "end", what="name", name=pl.lit(None, pl.String)
    )
    return _reasons(evaluation, rows, _FALSE)


def _reasons(evaluation: Evaluation, rows: pl.LazyFrame, meanings: dict[str, str]) -> list[Reason]:
    each = ["model", "reason", "what"]
    tally = (
        rows.drop_nulls("reason")
        .group_by(each)
        .len()
        .collect(engine="streaming")
        .sort(["model", "reason", "len", "what"], descending=[False, False, True, False])
        .group_by("model", "reason", maintain_order=True)
        .agg(pl.col("len").sum().alias("count"), pl.all().head(_COMMON))
    )
    found = {(row["model"], row["reason"]): row for row in tally.iter_rows(named=True)}
    shown = tally.select("model", "reason", pl.col("what").list.head(_EXAMPLES)).explode("what")
    first = (
        rows.filter(pl.col("what").is_in(shown["what"].unique().to_list()))
        .join(shown.lazy(), on=each, how="semi")
        .group_by(each)
        .agg(pl.all().get(pl.col("figid").arg_min()))
        .collect()
    )
    places = {tuple(row[name] for name in each): row for row in first.iter_rows(named=True)}
    captions = dict(
        evaluation.caption_rows.scan()
        .filter(pl.col("figid").is_in(first["figid"].to_list()))
        .select("figid", "caption")
        .collect()
        .rows()
    )
    return [
        Reason(
            model.name,
            reason,
            row["count"],
            meaning,
            tuple(zip(row["what"], row["len"], strict=True)),
            tuple(
                _example(places[model.name, reason, what], captions)
                for what in row["what"][:_EXAMPLES]
            ),
        )
        for model in evaluation.working
        for reason, meaning in meanings.items()
        if (row := found.get((model.name, reason))) is not None
    ]


def _example(row: dict[str, Any], captions: dict[str, str]) -> Example:
    figid, start, end, name = (row[column] for column in ("figid", "start", "end", "name"))
    caption = captions[figid]
    if start is None and name is not None and name in caption:
        start, end = caption.index(name), caption.index(name) + len(name)
    if start is None:
        before, place, after = "", "", _begin(caption, 2 * _AROUND)
    else:
        before = "…" * (start > _AROUND) + caption[max(start - _AROUND, 0) : start]
        place, after = caption[start:end], _begin(caption[end:], _AROUND)
    return Example(row["what"], figid, before, place, after)


def _begin(text: str, most: int) -> str:
    """How a text begins.

    >>> _begin("STAT3 turns", 5), _begin("STAT3", 5)
    ('STAT3…', 'STAT3')
    """
    return text[:most] + "…" * (len(text) > most)
