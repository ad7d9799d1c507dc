"""`report.md`: a run for a person to read; its plots lie in `plots/` beside it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import polars as pl

from nerbench.engine.evaluation import Evaluation, ModelResult
from nerbench.files import write_file, writing
from nerbench.reports.context import ReportContext, environment
from nerbench.reports.drawing import Drawing

_MAX_EXTREMES = 5  # figures, best and worst
_MAX_TITLE_LENGTH = 90  # characters
_PLOTS_FOLDER = "plots"


def write_markdown(context: ReportContext, folder: Path) -> None:
    """Write `report.md` and `plots/*.svg` into a folder."""
    plots = folder / _PLOTS_FOLDER
    with writing(plots):
        if plots.is_dir():
            shutil.rmtree(plots)
        plots.mkdir(parents=True)
    for drawing in context.all_drawings():
        write_file(plots / f"{drawing.plot.name}.svg", drawing.sheet())
    write_file(folder / "report.md", markdown(context))


def markdown(context: ReportContext) -> str:
    """Return a report as Markdown."""
    evaluation = context.evaluation
    filters = {
        "cell": cell, "fragment": _fragment, "short_title": _short_title, "figure": figure_link,
        "image": _image,
    }  # fmt: skip
    templates = environment(filters, keep_trailing_newline=True)
    text = templates.get_template("report.md.j2").render(
        **context.template_values(),
        extremes=[(model.name, *_extremes(evaluation, model)) for model in evaluation.working],
    )
    return re.sub(r"\n{3,}", "\n\n", text)


def _image(drawing: Drawing) -> str:
    plot = drawing.plot
    return f"![{cell(plot.title)}]({_PLOTS_FOLDER}/{plot.name}.svg)"


def cell(value: object) -> str:
    r"""Escape untrusted text for a Markdown table cell.

    >>> print(cell("a|b <i>\n`c`"))
    a\|b &lt;i&gt; \`c\`
    """
    text = " ".join(str(value).split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\|`*_\[\]])", r"\\\1", text)


def _fragment(text: str) -> str:
    """Escape a part of a line as a cell, but keep white space at its ends.

    >>> _fragment(" turns  <b> "), _fragment(" ")
    (' turns &lt;b&gt; ', ' ')
    """
    left, right = " " * text[:1].isspace(), " " * (text[-1:].isspace() and len(text) > 1)
    return f"{left}{cell(text)}{right}"


def _short_title(text: str) -> str:
    """Escape a title as a cell, cut off where it is long."""
    text = " ".join(text.split())
    return cell(text if len(text) <= _MAX_TITLE_LENGTH else f"{text[:_MAX_TITLE_LENGTH]}…")


def figure_link(figid: str) -> str:
    r"""Return a figure's id, linked to its page if it is an id of PFOCR.

    >>> print(figure_link("mine"), figure_link("PMC1__f1"))
    mine [PMC1\_\_f1](https://pfocr.wikipathways.org/figures/PMC1__f1.html)
    """
    if re.fullmatch(r"PMC\d+__[\w.-]+", figid):
        return f"[{cell(figid)}](https://pfocr.wikipathways.org/figures/{figid}.html)"
    return cell(figid)


def _extremes(
    evaluation: Evaluation, model: ModelResult
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the model's best and worst figures by F1, among those whose caption names a gene."""
    figures = evaluation.figure_rows.scan().filter(
        pl.col("model") == model.name, pl.col("reachable") > 0, pl.col("f1").is_not_null()
    )
    order = ["f1", "reachable", "figid"]
    half = (figures.select(pl.len()).collect().item() + 1) // 2
    best = figures.sort(order, descending=[True, True, False]).head(min(_MAX_EXTREMES, half))
    best_rows = best.collect()
    others = figures.join(best_rows.lazy().select("figid"), on="figid", how="anti")
    worst = others.sort(order, descending=[False, True, False]).head(_MAX_EXTREMES).collect()
    return best_rows.to_dicts(), worst.to_dicts()
