"""`report.md`: what a run says, for a person to read."""

from __future__ import annotations

import re
from typing import Any

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined

from nerbench.engine.evaluation import Evaluation, ModelResult, ScoreRow
from nerbench.engine.rows import Rows
from nerbench.records import Level
from nerbench.scoring.figures import ALL
from nerbench.version import __version__

__all__ = ["markdown"]

_EXTREMES = 5
_LISTED = 20
_EXAMPLES = 6

_WHY_MISSED = {
    "not-in-caption": "no stretch of the caption could mean the gene",
    "not-detected": "the caption names it, and no mention touches the place",
    "wrong-boundary": "a mention overlaps the place, but its name means something else",
    "looser-level-only": "a name means it, but only at a looser level",
}
_WHY_FALSE = {
    "gene-not-in-figure": "a gene of the figure's organism that is not on its list",
    "family-not-in-figure": "a family none of whose members is on the list",
    "other-organism": "only another organism's lexicon knows the name",
    "abbreviation-of-other-thing": "the caption defines it as something that is no gene",
    "unknown-name": "no gene that the lexicon knows",
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
    environment.filters |= {"cell": cell, "figure": figure_link, "rate": rate, "number": number}
    template = environment.get_template("report.md.j2")
    scores = evaluation.scores
    done = [model for model in evaluation.models if model.failure is None]
    text = template.render(
        version=__version__,
        evaluation=evaluation,
        corpus=evaluation.corpus,
        models=done,
        failed=[model for model in evaluation.models if model.failure is not None],
        headline=_at(scores, evaluation.level, "micro"),
        macro=_at(scores, evaluation.level, "macro"),
        levels=[row for row in scores if row.average == "micro"],
        organisms=_organisms(evaluation),
        extremes=[(model.name, *_extremes(evaluation, model)) for model in done],
        missed_genes=_reasons(done, evaluation.gene_rows, "symbol", _WHY_MISSED),
        false_names=_reasons(done, evaluation.name_rows, "name", _WHY_FALSE),
        listed=_LISTED,
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


def number(value: int) -> str:
    """A count with its thousands set off.

    >>> number(15656)
    '15,656'
    """
    return f"{value:,}"


def _at(scores: list[ScoreRow], level: Level, average: str) -> list[ScoreRow]:
    return [row for row in scores if row.level == level and row.average == average]


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


def _reasons(
    models: list[ModelResult], rows: Rows, column: str, meanings: dict[str, str]
) -> list[tuple[str, str, int, str, str]]:
    """Per model and reason: how many, what it means, the most frequent examples."""
    tally = (
        rows.scan()
        .filter(pl.col("reason").is_not_null())
        .group_by("model", "reason", column)
        .len()
        .sort(["model", "reason", "len", column], descending=[False, False, True, False])
        .collect()
    )
    found = []
    for model in models:
        for reason, meaning in meanings.items():
            which = tally.filter(pl.col("model") == model.name, pl.col("reason") == reason)
            if len(which):
                common = which.select(column, "len").head(_EXAMPLES).rows()
                examples = ", ".join(f"{name} ({n})" if n > 1 else name for name, n in common)
                found.append((model.name, reason, int(which["len"].sum()), meaning, examples))
    return found
