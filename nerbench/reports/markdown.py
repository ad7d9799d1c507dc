"""`report.md`: what a run says, for a person to read; its plots lie in `plots/` beside it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import polars as pl

from nerbench.engine.evaluation import Evaluation, ModelResult
from nerbench.files import write_file, writing
from nerbench.reports.charts import Plot
from nerbench.reports.context import ReportContext, environment
from nerbench.reports.svg import sheet

__all__ = ["markdown", "write_markdown"]

_EXTREMES = 5
_TITLE = 90
_PLOTS = "plots"


def write_markdown(content: ReportContext, folder: Path) -> None:
    """Write `report.md` and `plots/*.svg` into a folder."""
    plots = folder / _PLOTS
    with writing(plots):
        if plots.is_dir():
            shutil.rmtree(plots)
        plots.mkdir(parents=True)
    for plot in content.drawn():
        write_file(plots / f"{plot.name}.svg", sheet(plot))
    write_file(folder / "report.md", markdown(content))


def markdown(content: ReportContext) -> str:
    """A report as Markdown; reads well on its own."""
    evaluation = content.evaluation
    filters = {"cell": cell, "figure": figure_link, "piece": piece, "short": short, "image": image}
    templates = environment(filters, keep_trailing_newline=True)
    text = templates.get_template("report.md.j2").render(
        **content.parts(),
        extremes=[(model.name, *_extremes(evaluation, model)) for model in evaluation.working],
    )
    return re.sub(r"\n{3,}", "\n\n", text)


def image(plot: Plot) -> str:
    """A plot, shown from its file.

    >>> image(Plot("levels", "The three levels", (), ()))
    '![The three levels](plots/levels.svg)'
    """
    return f"![{cell(plot.title)}]({_PLOTS}/{plot.name}.svg)"


def cell(value: object) -> str:
    r"""Text from the world, made safe for a Markdown table cell.

    >>> print(cell("a|b <i>\n`c`"))
    a\|b &lt;i&gt; \`c\`
    """
    text = " ".join(str(value).split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\|`*_\[\]])", r"\\\1", text)


def piece(text: str) -> str:
    """A part of a line, made safe as a cell is; white space at its ends stays.

    >>> piece(" turns  <b> "), piece(" ")
    (' turns &lt;b&gt; ', ' ')
    """
    left, right = " " * text[:1].isspace(), " " * (text[-1:].isspace() and len(text) > 1)
    return f"{left}{cell(text)}{right}"


def short(text: str) -> str:
    """A title as a cell, cut off where it is long."""
    text = " ".join(text.split())
    return cell(text if len(text) <= _TITLE else f"{text[:_TITLE]}…")


def figure_link(figid: str) -> str:
    r"""A figure's id, linked to its page if it is one of PFOCR's.

    >>> print(figure_link("mine"), figure_link("PMC1__f1"))
    mine [PMC1\_\_f1](https://pfocr.wikipathways.org/figures/PMC1__f1.html)
    """
    if re.fullmatch(r"PMC\d+__[\w.-]+", figid):
        return f"[{cell(figid)}](https://pfocr.wikipathways.org/figures/{figid}.html)"
    return cell(figid)


def _extremes(
    evaluation: Evaluation, model: ModelResult
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The model's best and worst figures by F1, among those whose caption names a gene."""
    own = evaluation.figure_rows.scan().filter(
        pl.col("model") == model.name, pl.col("reachable") > 0, pl.col("f1").is_not_null()
    )
    order = ["f1", "reachable", "figid"]
    some = min(_EXTREMES, (own.select(pl.len()).collect().item() + 1) // 2)
    best = own.sort(order, descending=[True, True, False]).head(some).collect()
    others = own.join(best.lazy().select("figid"), on="figid", how="anti")
    worst = others.sort(order, descending=[False, True, False]).head(_EXTREMES).collect()
    return best.to_dicts(), worst.to_dicts()
