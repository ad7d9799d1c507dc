"""An evaluation in a notebook: its table and its plots as HTML without a script."""

from __future__ import annotations

from base64 import b64encode
from html import escape

from nerbench.engine.evaluation import Evaluation
from nerbench.reports.charts import Plot
from nerbench.reports.drawing import draw
from nerbench.reports.formatting import METRICS, interval, number, rate
from nerbench.reports.plots import genes_plot, levels_plot, tradeoff_plot
from nerbench.reports.printable import printable


def notebook_html(evaluation: Evaluation) -> str:
    """Return an evaluation as HTML: its table of scores and its main plots.

    Parameters
    ----------
    evaluation : Evaluation
        The evaluation to show.

    Returns
    -------
    str
        One ``div``: the micro averages at the evaluation's level, and as images the plots of
        precision against in-caption recall, of the levels, and of the curated genes.
    """
    plots = [plot(evaluation) for plot in (tradeoff_plot, levels_plot, genes_plot)]
    images = "".join(_image(plot) for plot in plots if plot.charts)
    return f"<div>{_table(evaluation)}{images}</div>"


def _table(evaluation: Evaluation) -> str:
    heads = ("model", "organism", *METRICS.values(), "names", "hits", "figures")
    rows = [
        [
            row.model,
            row.organism,
            *(rate(row.rates[name]) + interval(row.ci95.get(name)) for name in METRICS),
            number(row.counts.names),
            number(row.counts.hits),
            number(row.figures),
        ]
        for row in evaluation.scores
        if row.level == evaluation.level and row.average == "micro"
    ]
    head = "".join(f"<th>{head}</th>" for head in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(printable(cell))}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    failed = "".join(
        f"<p>{escape(printable(f'{model.name} failed: {model.failure}'))}</p>"
        for model in evaluation.models
        if model.failure is not None
    )
    caption = (
        f"<caption>level {evaluation.level}, scope {evaluation.scope}, "
        f"{number(evaluation.corpus.figures)} figures, micro average</caption>"
    )
    return f"{failed}<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _image(plot: Plot) -> str:
    data = b64encode(draw(plot).sheet().encode()).decode("ascii")
    return (
        f'<p><b>{escape(plot.title)}</b><br><img alt="{escape(plot.title)}" '
        f'style="max-width:100%" src="data:image/svg+xml;base64,{data}"></p>'
    )
