"""The tables of a run: scores and figures as TSV, names and genes as Parquet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from nerbench.engine.evaluation import Evaluation
from nerbench.reports.files import aside, write_file

__all__ = ["FIGURE_COLUMNS", "GENE_SCHEMA", "NAME_SCHEMA", "write_tables"]

FIGURE_COLUMNS = (
    "figid", "model", "scope", "caption_length", "mentions", "names", "hits", "curated",
    "recovered", "reachable", "precision", "recall", "f1", "in_caption_recall", "group_recall",
    "year", "journal", "publisher", "pmcid", "title",
)  # fmt: skip

NAME_SCHEMA: dict[str, Any] = {
    "figid": pl.String, "model": pl.String, "name": pl.String, "mentions": pl.Int32,
    "start": pl.Int32, "end": pl.Int32, "outcome": pl.String, "hit_at": pl.String,
    "genes": pl.List(pl.String), "reason": pl.String,
}  # fmt: skip
"""A row per name: its first mention's offsets, and the curated genes that it hits."""

GENE_SCHEMA: dict[str, Any] = {
    "figid": pl.String, "model": pl.String, "taxon": pl.Int32, "organism": pl.String,
    "symbol": pl.String, "gene_id": pl.String, "words": pl.List(pl.String),
    "outcome": pl.String, "recovered_at": pl.String, "reachable_at": pl.String,
    "names": pl.List(pl.String), "reason": pl.String,
}  # fmt: skip
"""A row per curated gene in scope: at which level it was recovered, or why it was not."""


def write_tables(evaluation: Evaluation, folder: Path) -> None:
    """Write scores.tsv, figures.tsv, names.parquet and genes.parquet into a folder."""
    scores = [row.flat() for row in evaluation.scores]
    columns = list(evaluation.to_polars().columns)
    write_file(folder / "scores.tsv", _tsv(columns, scores))
    write_file(folder / "figures.tsv", _tsv(FIGURE_COLUMNS, evaluation.figure_rows))
    for file, rows, schema in (
        ("names.parquet", evaluation.name_rows, NAME_SCHEMA),
        ("genes.parquet", evaluation.gene_rows, GENE_SCHEMA),
    ):
        with aside(folder / file) as part:
            pl.DataFrame(rows, schema=schema, orient="row").write_parquet(part)


def _tsv(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as TSV; an undefined value is empty, white space inside a cell is one space."""
    columns = list(columns)
    lines = [columns, *([_cell(row[column]) for column in columns] for row in rows)]
    return "".join("\t".join(line) + "\n" for line in lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return " ".join(value.split()) if isinstance(value, str) else repr(value)
