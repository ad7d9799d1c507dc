"""The tables of a run: scores and figures as TSV, the longer ones as Parquet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nerbench.engine.evaluation import Evaluation
from nerbench.engine.load import count_table, gold_count_table
from nerbench.engine.rows import FigureRow
from nerbench.engine.work_list import WorkRow
from nerbench.files import aside
from nerbench.reports.links import figure_links, gene_links


def write_tables(evaluation: Evaluation, folder: Path) -> None:
    """Write scores.tsv, figures.tsv, worklist.tsv and the parquet tables: captions, names, genes,
    counts, and what was found of the marked mentions.
    """
    columns = list(evaluation.to_polars().columns)
    _write_tsv(folder / "scores.tsv", columns, (row.flat() for row in evaluation.scores))
    _write_tsv(folder / "figures.tsv", FigureRow._fields, evaluation.figure_rows)
    _write_tsv(folder / "worklist.tsv", WORK_COLUMNS, map(work_cells, evaluation.work_rows()))
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


WORK_COLUMNS = (
    "figid", "kind", "organism", "genes", "gene_ids", "names", "caption", "definition", "support",
    "models", "ncbi_gene", "nomenclature", "paper", "figure_page", "image",
)  # fmt: skip
"""The columns of `worklist.tsv`; several genes, names or addresses are joined by blanks."""


def work_cells(row: WorkRow) -> dict[str, Any]:
    """Return a row of the work list as the cells of `worklist.tsv`.

    ``caption`` has the place in square brackets, ``support`` is how many models mark it.
    """
    genes = list(zip(row.gene_ids, row.genes, strict=True))
    addresses = [gene_links(gene_id, symbol, row.taxon) for gene_id, symbol in genes]
    paper, figure_page, image = figure_links(row.figid, row.pmcid)
    return {
        "figid": row.figid,
        "kind": row.kind,
        "organism": row.organism,
        "genes": " ".join(row.genes),
        "gene_ids": " ".join(gene_id or "-" for gene_id in row.gene_ids),
        "names": " | ".join(row.names),
        "caption": f"{row.before}[{row.place}]{row.after}",
        "definition": row.definition,
        "support": len(row.models),
        "models": " ".join(row.models),
        "ncbi_gene": " ".join(filter(None, (ncbi for ncbi, _ in addresses))),
        "nomenclature": " ".join(filter(None, (own for _, own in addresses))),
        "paper": paper,
        "figure_page": figure_page,
        "image": image,
    }


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
