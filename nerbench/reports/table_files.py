"""The tables of a run: scores and figures as TSV, the longer ones as Parquet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nerbench.engine.evaluation import Evaluation
from nerbench.engine.load import count_table, gold_count_table
from nerbench.engine.rows import FigureRow
from nerbench.files import aside


def write_tables(evaluation: Evaluation, folder: Path) -> None:
    """Write scores.tsv, figures.tsv and the parquet tables: captions, names, genes, counts,
    and what was found of the marked mentions.
    """
    columns = list(evaluation.to_polars().columns)
    _write_tsv(folder / "scores.tsv", columns, (row.flat() for row in evaluation.scores))
    _write_tsv(folder / "figures.tsv", FigureRow._fields, evaluation.figure_rows)
    for file, rows in (
        ("captions.parquet", evaluation.caption_rows),
        ("names.parquet", evaluation.name_rows),
        ("genes.parquet", evaluation.gene_rows),
        ("counts.parquet", count_table(evaluation)),
        ("marks.parquet", evaluation.mark_rows),
        ("gold_counts.parquet", gold_count_table(evaluation)),
    ):
        with aside(folder / file) as part:
            rows.write_parquet(part)


def _write_tsv(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as TSV; an undefined value is empty, white space in a cell becomes one space."""
    columns = list(columns)
    with aside(path) as part, part.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write("\t".join(columns) + "\n")
        for row in rows:
            stream.write("\t".join(_cell(row[column]) for column in columns) + "\n")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return " ".join(value.split()) if isinstance(value, str) else repr(value)
