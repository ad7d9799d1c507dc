"""An evaluation in a notebook: its table and its plots as HTML without a script."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from html import escape

from nerbench.engine.evaluation import Evaluation
from nerbench.engine.gold_rows import SCHEMES
from nerbench.engine.gold_scores import GOLD_METRICS
from nerbench.reports.charts import Plot
from nerbench.reports.drawing import draw
from nerbench.reports.formatting import METRICS, interval, number, rate
from nerbench.reports.lead import Lead, shown_organisms
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
        One ``div``: the scores against marked captions if there are any, the micro averages at the
        evaluation's level, and as images the plots of precision against in-caption recall, of the
        levels, and of the curated genes.
    """
    plots = [plot(evaluation) for plot in (tradeoff_plot, levels_plot, genes_plot)]
    images = "".join(_image(plot) for plot in plots if plot.charts)
    return f"<div>{_gold_table(Lead.of(evaluation))}{_table(evaluation)}{images}</div>"


def _gold_table(lead: Lead) -> str:
    gold = lead.gold
    if gold is None:
        return ""
    heads = ("model", *(f"{scheme} {METRICS[m]}" for scheme in SCHEMES for m in GOLD_METRICS))
    rows = []
    for model in dict.fromkeys(row.model for row in gold.scores):
        own = [row for row in gold.scores if row.model == model]
        cells = (rate(getattr(r, m)) + interval(r.ci95[m]) for r in own for m in GOLD_METRICS)
        rows.append([model, *cells])
    unseen = " that no model has seen in training" if lead.all_gold else ""
    caption = f"against {_count(gold.captions, 'marked caption')}{unseen}, best strict F1 first"
    on_all = f"<p>{escape(printable(lead.on_all))}</p>" if lead.on_all else ""
    return _html_table(caption, heads, rows) + on_all


def _table(evaluation: Evaluation) -> str:
    shown = shown_organisms(evaluation)
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
        if (row.level, row.average) == (evaluation.level, "micro") and row.organism in shown
    ]
    failed = "".join(
        f"<p>{escape(printable(f'{model.name} failed: {model.failure}'))}</p>"
        for model in evaluation.models
        if model.failure is not None
    )
    caption = (
        f"level {evaluation.level}, scope {evaluation.scope}, "
        f"{_count(evaluation.corpus.figures, 'figure')}, micro average"
    )
    return failed + _html_table(caption, heads, rows)


def _count(amount: int, noun: str) -> str:
    return f"{number(amount)} {noun}" + ("" if amount == 1 else "s")


def _html_table(caption: str, heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f'<th scope="col">{head}</th>' for head in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(printable(cell))}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def _image(plot: Plot) -> str:
    """Return a plot as an image that fits the cell; in a narrow one, it scrolls."""
    drawing = draw(plot)
    data = b64encode(drawing.sheet().encode()).decode("ascii")
    return (
        f'<p style="overflow-x:auto"><b>{escape(plot.title)}</b><br>'
        f'<img alt="{escape(plot.title)}" '
        f'style="max-width:100%;min-width:{drawing.least_width}px" '
        f'src="data:image/svg+xml;base64,{data}"></p>'
    )
