"""`report.md`: what a run says, for a person to read."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined

from nerbench.engine.analysis import ComparisonRow, StratumRow
from nerbench.engine.evaluation import Evaluation, ModelResult, ScoreRow
from nerbench.records import Level
from nerbench.reports.reasons import false_names, missed_genes
from nerbench.scoring.figures import ALL
from nerbench.scoring.significance import SHUFFLES
from nerbench.scoring.uncertainty import FEWEST, RESAMPLES, Interval
from nerbench.version import __version__

__all__ = ["markdown"]

_EXTREMES = 5
_LISTED = 20

_COMPARED = 120
_TITLE = 90
_CHANCE = 0.05
_COLUMNS = {
    "year": "year of publication",
    "journal": "journal",
    "publisher": "publisher",
    "caption_length": "length of the caption in characters",
    "curated": "number of curated genes",
    "scope": "organisms in scope",
    "scope_from": "what told the scope",
}


def markdown(evaluation: Evaluation) -> str:
    """The report of an evaluation as Markdown; reads well on its own."""
    environment = Environment(
        loader=PackageLoader("nerbench.reports"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "cell": cell, "figure": figure_link, "rate": rate, "number": number,
        "interval": interval, "difference": difference, "p": p_value, "share": share,
        "piece": piece, "short": short,
    }  # fmt: skip
    template = environment.get_template("report.md.j2")
    scores = evaluation.scores
    done = evaluation.working
    headline = _at(scores, evaluation.level, "micro")
    differences = [row for row in evaluation.comparisons if row.level == evaluation.level]
    text = template.render(
        version=__version__,
        evaluation=evaluation,
        corpus=evaluation.corpus,
        models=done,
        failed=[model for model in evaluation.models if model.failure is not None],
        headline=headline,
        few=sorted({row.organism for row in headline if _lacks_interval(row)}),
        fewest=FEWEST,
        resamples=RESAMPLES,
        shuffles=SHUFFLES,
        macro=_at(scores, evaluation.level, "macro"),
        levels=[row for row in scores if row.average == "micro"],
        organisms=_organisms(evaluation),
        extremes=[(model.name, *_extremes(evaluation, model)) for model in done],
        missed_genes=missed_genes(evaluation),
        false_names=false_names(evaluation),
        differences=[(row, _verdict(row)) for row in differences[:_COMPARED]],
        more_differences=len(differences) - len(differences[:_COMPARED]),
        strata=_strata(evaluation),
        curves=[
            (row, row.curve[row.curve.best])
            for row in evaluation.curves
            if row.curve.best is not None
        ],
        listed=_LISTED,
        names={
            "precision": "precision",
            "recall": "recall",
            "in_caption_recall": "in-caption recall",
            "f1": "F1",
        },
        all=ALL,
    )
    return re.sub(r"\n{3,}", "\n\n", text)


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


def rate(value: float | None) -> str:
    """A rate to three decimals, or a dash where it is not defined.

    >>> rate(7 / 13), rate(None)
    ('0.538', '–')
    """
    return "–" if value is None else f"{value:.3f}"


def interval(ends: Interval | None) -> str:
    """An interval to two decimals after the rate that it belongs to, nothing where there is none.

    >>> interval((0.7057, 0.7512)), interval(None)
    (' [0.71, 0.75]', '')
    """
    return "" if ends is None else f" [{ends[0]:.2f}, {ends[1]:.2f}]"


def difference(value: float | None) -> str:
    """A difference with its sign, or a dash where it is not defined.

    >>> difference(0.25), difference(-0.004), difference(None)
    ('+0.250', '−0.004', '–')
    """
    return "–" if value is None else f"{value:+.3f}".replace("-", "−")


def p_value(value: float | None) -> str:
    """A p value to three decimals.

    >>> p_value(0.0312), p_value(0.0001), p_value(None)
    ('0.031', '< 0.001', '–')
    """
    if value is None:
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def share(part: int, whole: int) -> str:
    """A part of a whole in percent.

    >>> share(17, 34), share(0, 0)
    ('50%', '–')
    """
    return f"{100 * part / whole:.0f}%" if whole else "–"


def number(value: int) -> str:
    """A count with its thousands set off.

    >>> number(15656)
    '15,656'
    """
    return f"{value:,}"


def _at(scores: list[ScoreRow], level: Level, average: str) -> list[ScoreRow]:
    return [row for row in scores if row.level == level and row.average == average]


def _lacks_interval(row: ScoreRow) -> bool:
    return any(value is not None and row.ci95[name] is None for name, value in row.rates.items())


def _verdict(row: ComparisonRow) -> str:
    """What a difference says, in words."""
    if row.difference is None or row.p_holm is None:
        return "not defined"
    if row.p_holm >= _CHANCE or row.difference == 0:
        return "could be chance"
    return f"{row.a if row.difference > 0 else row.b} is higher"


def _strata(evaluation: Evaluation) -> list[tuple[str, list[StratumRow]]]:
    """The strata by column, of columns that part the figures at all."""
    tables = []
    for column, rows in groupby(evaluation.strata, lambda row: row.column):
        own = list(rows)
        if len({row.value for row in own}) > 1:
            tables.append((_COLUMNS.get(column, f"`{column}`"), own))
    return tables


def _organisms(evaluation: Evaluation) -> list[str]:
    names = {o.label: o.name for o in evaluation.lexicons}
    scored = dict.fromkeys(row.organism for row in evaluation.scores)
    return [f"{label} ({names[label]})" for label in scored if label in names]


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
