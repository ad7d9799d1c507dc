"""Counts of why genes were missed and of what names off the list are, with examples to check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from nerbench.engine.evaluation import Evaluation
from nerbench.reports.labels import LABELS, MISSED, OFF_LIST

_MAX_COMMON = 6  # genes or names of a reason
_MAX_EXAMPLES = 3  # of a reason
_CONTEXT_LENGTH = 45  # characters, on each side of a place


@dataclass(frozen=True, slots=True)
class Example:
    """A gene or name in a figure, with the text of its place in the caption, before and after it.

    Without a place, ``after`` is the beginning of the caption.
    """

    text: str
    figid: str
    before: str
    place: str
    after: str


@dataclass(frozen=True, slots=True)
class Reason:
    """The count of a model's genes or names with one reason, the most ``common`` of them with their
    counts, and an example of each of the first.
    """

    model: str
    reason: str
    count: int
    meaning: str
    common: tuple[tuple[str, int], ...]
    examples: tuple[Example, ...]

    @property
    def label(self) -> str:
        """The reason in plain words."""
        return LABELS[self.reason]


def missed_genes(evaluation: Evaluation) -> list[Reason]:
    """Return the reasons of missed genes, by model."""
    place = pl.col("places").list.first()
    rows = evaluation.gene_rows.scan().select(
        "model", "reason", "figid",
        text="symbol", start=place.arr.get(0), end=place.arr.get(1),
        name=pl.col("names").list.first(),
    )  # fmt: skip
    return _reasons(evaluation, rows, MISSED)


def names_off_list(evaluation: Evaluation) -> list[Reason]:
    """Return the outcomes of the names that are not on a list, by model."""
    rows = (
        evaluation.name_rows.scan()
        .filter(pl.col("outcome") != "on-list")
        .select(
            "model", "figid", "start", "end",
            reason="outcome", text="name", name=pl.lit(None, pl.String),
        )
    )  # fmt: skip
    return _reasons(evaluation, rows, OFF_LIST)


def _reasons(
    evaluation: Evaluation, rows: pl.LazyFrame, words: Mapping[str, tuple[str, str]]
) -> list[Reason]:
    keys = ["model", "reason", "text"]
    tally = (
        rows.drop_nulls("reason")
        .group_by(keys)
        .len()
        .collect(engine="streaming")
        .sort(["model", "reason", "len", "text"], descending=[False, False, True, False])
        .group_by("model", "reason", maintain_order=True)
        .agg(pl.col("len").sum().alias("count"), pl.all().head(_MAX_COMMON))
    )
    rows_by_reason = {(row["model"], row["reason"]): row for row in tally.iter_rows(named=True)}
    shown = tally.select("model", "reason", pl.col("text").list.head(_MAX_EXAMPLES)).explode("text")
    first = (
        rows.filter(pl.col("text").is_in(shown["text"].unique().to_list()))
        .join(shown.lazy(), on=keys, how="semi")
        .group_by(keys)
        .agg(pl.all().get(pl.col("figid").arg_min()))
        .collect()
    )
    places = {tuple(row[name] for name in keys): row for row in first.iter_rows(named=True)}
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
            tuple(zip(row["text"], row["len"], strict=True)),
            tuple(
                _example(places[model.name, reason, text], captions)
                for text in row["text"][:_MAX_EXAMPLES]
            ),
        )
        for model in evaluation.working
        for reason, (_, meaning) in words.items()
        if (row := rows_by_reason.get((model.name, reason))) is not None
    ]


def _example(row: dict[str, Any], captions: dict[str, str]) -> Example:
    figid, start, end, name = (row[column] for column in ("figid", "start", "end", "name"))
    caption = captions[figid]
    if start is None and name is not None and name in caption:
        start, end = caption.index(name), caption.index(name) + len(name)
    if start is None:
        before, place, after = "", "", _shorten(caption, 2 * _CONTEXT_LENGTH)
    else:
        before = "…" * (start > _CONTEXT_LENGTH)
        before += caption[max(start - _CONTEXT_LENGTH, 0) : start]
        place, after = caption[start:end], _shorten(caption[end:], _CONTEXT_LENGTH)
    return Example(row["text"], figid, before, place, after)


def _shorten(text: str, length: int) -> str:
    """Return the beginning of a text.

    >>> _shorten("STAT3 turns", 5), _shorten("STAT3", 5)
    ('STAT3…', 'STAT3')
    """
    return text[:length] + "…" * (len(text) > length)
