"""Custom content for MultiQC (https://docs.seqera.io/multiqc/custom_content): general statistics, a
table and a bar graph, for the report of a whole pipeline.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

from nerbench.engine.evaluation import Evaluation
from nerbench.engine.score_rows import ScoreRow
from nerbench.files import write_file
from nerbench.reports.charts import PALETTE
from nerbench.reports.formatting import METRICS
from nerbench.reports.printable import printable
from nerbench.scoring.scope import ALL

_DESCRIPTIONS = {
    "precision": "Names that can mean a gene on the figure's list / names found",
    "gene_precision": "Names that can mean any gene of the figure's organisms / names found",
    "recall": "Listed genes that some name can mean / listed genes",
    "in_caption_recall": "The same, over the genes that a reader of the captions could find",
    "f1": "Harmonic mean of precision and recall",
}
_PARENT = {
    "parent_id": "nerbench",
    "parent_name": "nerbench",
    "parent_description": "Gene recognition on the captions of pathway figures.",
}


def write_multiqc(evaluation: Evaluation, folder: Path) -> None:
    """Write `*_mqc.json`, a file for each section, into a folder."""
    for name, content in multiqc_files(evaluation).items():
        text = json.dumps(content, indent=1, ensure_ascii=True, allow_nan=False)
        write_file(folder / name, text + "\n")


def multiqc_files(evaluation: Evaluation) -> dict[str, dict[str, Any]]:
    """Return the content of each file by its name; an undefined rate is left out.

    Samples are models. Names are escaped, since MultiQC writes them into its page unescaped.
    """
    level = str(evaluation.level)
    rows = [row for row in evaluation.model_scores if row.level == level and row.average == "micro"]
    overall = [row for row in rows if row.organism == ALL]
    return {
        "nerbench_mqc.json": _table(rows, level),
        "nerbench_genes_mqc.json": _genes(overall),
        "nerbench_general_mqc.json": {
            "id": "nerbench_general",
            "plot_type": "generalstats",
            "headers": [
                {name: _header(name, scale) | {"hidden": name == "recall"}}
                for name, scale in zip(METRICS, _SCALES, strict=True)
            ],
            "data": {_escape(row.model): _rates(row) for row in overall},
        },
    }


_SCALES = ("Blues", "GnBu", "Greens", "Purples", "Oranges")


def _header(metric: str, scale: str) -> dict[str, Any]:
    return {
        "title": METRICS[metric][0].upper() + METRICS[metric][1:],
        "description": _DESCRIPTIONS[metric],
        "min": 0,
        "max": 1,
        "scale": scale,
        "format": "{:,.3f}",
    }


def _table(rows: list[ScoreRow], level: str) -> dict[str, Any]:
    counts = {
        name: {"title": name, "format": "{:,.0f}", "min": 0, "scale": False}
        for name in ("figures", "names", "hits", "curated", "recovered", "reachable")
    }
    rates = {name: _header(name, scale) for name, scale in zip(METRICS, _SCALES, strict=True)}
    return {
        "id": "nerbench_scores",
        **_PARENT,
        "section_name": "Scores",
        "description": f"Micro averages at level {level}, by model and organism. Many listed genes "
        "are not named in the caption, so read recall together with in-caption recall.",
        "plot_type": "table",
        "pconfig": {
            "id": "nerbench_scores_table", "title": "nerbench: Scores", "col1_header": "Model",
            "no_violin": True,
        },
        "headers": rates | counts,
        "data": {
            f"{_escape(row.model)} {_escape(row.organism)}": _rates(row) | {
                name: row.figures if name == "figures" else getattr(row.counts, name)
                for name in counts
            }
            for row in rows
        },
    }  # fmt: skip


def _genes(rows: list[ScoreRow]) -> dict[str, Any]:
    return {
        "id": "nerbench_genes",
        **_PARENT,
        "section_name": "Where the curated genes are",
        "description": "Genes on the figures' lists: recovered, named in the caption but missed, "
        "not in the caption.",
        "plot_type": "bargraph",
        "pconfig": {
            "id": "nerbench_genes_plot", "title": "nerbench: Curated genes", "ylab": "Genes",
            "cpswitch_counts_label": "Number of genes",
        },
        "categories": {
            key: {"name": name, "color": PALETTE[key][0]}
            for key, name in (
                ("recovered", "Recovered"),
                ("missed", "Named in the caption, missed"),
                ("absent", "Not in the caption"),
            )
        },
        "data": {
            _escape(row.model): {
                "recovered": row.counts.recovered,
                "missed": row.counts.missed_reachable,
                "absent": row.counts.missed_elsewhere,
            }
            for row in rows
        },
    }  # fmt: skip


def _rates(row: ScoreRow) -> dict[str, float]:
    return {name: value for name in METRICS if (value := row.rates[name]) is not None}


def _escape(name: str) -> str:
    return escape(printable(name))
