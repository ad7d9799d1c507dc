"""The contents of a report, section by section, for every format that it is written in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from nerbench.engine.evaluation import Evaluation
from nerbench.engine.gold_rows import SCHEMES
from nerbench.engine.gold_scores import GoldComparisonRow, GoldScores
from nerbench.engine.score_rows import ScoreRow
from nerbench.reports.drawing import Drawing, draw
from nerbench.reports.formatting import (
    METRICS,
    difference,
    effective,
    interval,
    number,
    p_value,
    rate,
    share,
)
from nerbench.reports.plots import (
    curves_plot,
    differences_plot,
    genes_plot,
    levels_plot,
    organisms_plot,
    reasons_plot,
    strata_plot,
    tradeoff_plot,
)
from nerbench.reports.reason_tables import MEANINGS, Reason, missed_genes, names_off_list
from nerbench.scoring.intervals import FEWEST, FEWEST_DIFFERING
from nerbench.scoring.scope import ALL
from nerbench.scoring.significance import SHUFFLES, ComparisonRow
from nerbench.scoring.strata import StratumRow
from nerbench.version import __version__

_MAX_LISTED = 20  # files, figures or problems, of one kind
_MAX_COMPARISONS = 120
_SIGNIFICANCE = 0.05
_COLUMN_TITLES = {
    "year": "year of publication",
    "journal": "journal",
    "publisher": "publisher",
    "caption_length": "length of the caption in characters",
    "curated": "number of curated genes",
    "scope": "organisms in scope",
    "scope_from": "source of the scope",
    "seen_in_training": "whether any of the models was trained on the figure",
}


@dataclass(frozen=True, slots=True)
class ReportContext:
    """The parts of a report: plots by section, drawn; strata by column; the rest by name."""

    evaluation: Evaluation
    drawings: dict[str, Drawing | None]
    strata: list[tuple[str, str, list[StratumRow], Drawing]]
    values: dict[str, Any]

    @classmethod
    def of(cls, evaluation: Evaluation) -> ReportContext:
        """Return the context of an evaluation's report."""
        missed, off_list = missed_genes(evaluation), names_off_list(evaluation)
        plots = {
            "tradeoff": tradeoff_plot(evaluation),
            "levels": levels_plot(evaluation),
            "genes": genes_plot(evaluation),
            "organisms": organisms_plot(evaluation),
            "reasons": reasons_plot(evaluation, missed, off_list),
            "differences": differences_plot(evaluation),
            "curves": curves_plot(evaluation),
        }
        drawings = {
            name: draw(plot) if plot is not None and plot.charts else None
            for name, plot in plots.items()
        }
        values = _template_values(evaluation, missed, off_list)
        return cls(evaluation, drawings, _strata(evaluation), values)

    def all_drawings(self) -> list[Drawing]:
        """Return the drawings of all sections."""
        strata = [drawing for *_, drawing in self.strata]
        return [*filter(None, self.drawings.values()), *strata]

    def template_values(self) -> dict[str, Any]:
        """Return the variables of the templates."""
        drawings = {f"{name}_drawing": drawing for name, drawing in self.drawings.items()}
        values = {**self.values, **drawings, "strata": self.strata}
        return {**values, "contents": list(_contents(values))}


def environment(filters: Mapping[str, Any], **options: Any) -> Environment:
    """Return the jinja2 environment of the templates, with the common filters and those given.

    >>> environment({"loud": str.upper}).from_string("{{ none | rate }}, {{ 'a' | loud }}").render()
    '–, A'
    """
    templates = Environment(
        loader=PackageLoader("nerbench.reports"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        **options,
    )
    templates.filters |= {
        "rate": rate, "interval": interval, "difference": difference, "p": p_value,
        "number": number, "share": share, "effective": effective, **filters,
    }  # fmt: skip
    return templates


def _template_values(
    evaluation: Evaluation, missed: list[Reason], off_list: list[Reason]
) -> dict[str, Any]:
    level = str(evaluation.level)
    at_level = [row for row in evaluation.model_scores if row.level == level]
    headline = [row for row in at_level if row.average == "micro"]
    comparisons = [row for row in evaluation.comparisons if row.level == level]
    return {
        "version": __version__,
        "signature": evaluation.signature,
        "models": evaluation.working,
        "failed": [model for model in evaluation.models if model.failure is not None],
        "partial": evaluation.partial,
        "joined": evaluation.joined,
        "corpus": evaluation.corpus,
        "seen": evaluation.seen,
        "level": level,
        "scope": str(evaluation.scope),
        "abbreviations": evaluation.abbreviations,
        "metrics": METRICS,
        "all": ALL,
        "sentences": _sentences(evaluation),
        "plain_results": [_in_plain_words(row) for row in headline if row.organism == ALL],
        "headline": headline,
        "macro": [row for row in at_level if row.average == "macro"],
        "levels": [row for row in evaluation.model_scores if row.average == "micro"],
        "few": sorted({row.organism for row in headline if _lacks_interval(row)}),
        "fewest": FEWEST,
        "fewest_differing": FEWEST_DIFFERING,
        "shuffles": SHUFFLES,
        "missed_genes": missed,
        "names_off_list": off_list,
        "reasons_defined": list(MEANINGS.items()),
        "comparisons": [
            (row, _verdict(row, "agrees more with the list"))
            for row in comparisons[:_MAX_COMPARISONS]
        ],
        "more_comparisons": len(comparisons[_MAX_COMPARISONS:]),
        "agreement": evaluation.agreement,
        "unions": evaluation.unions,
        "identifiers": evaluation.identifiers,
        "best_thresholds": [
            (row, row[row.best]) for row in evaluation.curves if row.best is not None
        ],
        "max_listed": _MAX_LISTED,
        "column_titles": _COLUMN_TITLES,
        **_gold_values(evaluation.gold),
        "gold_is_shipped": evaluation.gold_source.startswith("shipped@"),
    }


def _gold_values(gold: GoldScores | None) -> dict[str, Any]:
    """Return the variables of the section on marked captions."""
    if gold is None:
        return {"gold": None}
    strict, overlap = ([row for row in gold.scores if row.scheme == name] for name in SCHEMES)
    return {
        "gold": gold,
        "gold_mentions": strict[0].mentions,
        "gold_pairs": list(zip(strict, overlap, strict=True)),
        "gold_comparisons": [(row, _verdict(row, "is higher")) for row in gold.comparisons],
        "gold_on_list": gold.on_list if gold.on_list[0].figures else [],
        "gold_unmarked_genes": gold.unmarked_genes,
    }


def _sentences(evaluation: Evaluation) -> tuple[str, str, str]:
    """Return what was measured, and on what."""
    corpus = evaluation.corpus
    models = [model.name for model in evaluation.working]
    subject = f"{_enumeration(models)} read" if models else "No model read"
    figures = "figure" if corpus.figures == 1 else "figures"
    captionless = corpus.figures - corpus.with_caption
    without = f" ({number(captionless)} of them without a caption)" if captionless else ""
    genes = "gene" if corpus.curated_genes == 1 else "genes"
    names = {lexicon.label: lexicon.name for lexicon in evaluation.lexicons}
    labels = dict.fromkeys(row.organism for row in evaluation.model_scores)
    organisms = [f"{label} ({names[label]})" for label in labels if label in names]
    return (
        f"{subject} the captions of {number(corpus.figures)} pathway {figures}{without}.",
        f"The genes found were compared with the curated gene list of each figure "
        f"({number(corpus.curated_genes)} {genes} in all, of the organisms in scope and others), "
        f"under the nomenclature of {_enumeration(organisms) or 'no supported organism'}.",
        "The lists were read from the image, and many of their genes are not named in the caption "
        "at all, so read recall together with in-caption recall.",
    )


def _enumeration(words: list[str]) -> str:
    """Join words as in a sentence.

    >>> _enumeration(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def _in_plain_words(row: ScoreRow) -> tuple[str, str]:
    """Return a model and a sentence on its rates without their names."""
    precision, recall = row.rates["precision"], row.rates["in_caption_recall"]
    parts = []
    if precision is not None:
        parts.append(f"of 100 names that it finds, {100 * precision:.0f} are on the figure's list")
    if recall is not None:
        parts.append(f"of 100 listed genes that a caption names, it finds {100 * recall:.0f}")
    return row.model, ": " + ("; ".join(parts) or "there is nothing to count") + "."


def _lacks_interval(row: ScoreRow) -> bool:
    return any(value is not None and row.ci95[name] is None for name, value in row.rates.items())


def _verdict(row: ComparisonRow | GoldComparisonRow, higher: str) -> str:
    """Return what a difference means, in words: ``higher`` follows the name of a model.

    A model is higher only where test and interval agree.
    """
    if row.difference is None or row.p_holm is None:
        return "not defined"
    if row.p_holm < _SIGNIFICANCE and row.ci95 is None:
        return "too few figures differ"
    low, high = row.ci95 or (0, 0)
    if row.p_holm >= _SIGNIFICANCE or low <= 0 <= high:
        return "could be chance"
    return f"{row.a if row.difference > 0 else row.b} {higher}"


def _strata(evaluation: Evaluation) -> list[tuple[str, str, list[StratumRow], Drawing]]:
    """Return the strata of each column that has two values or more: column, title, rows, plot."""
    tables = []
    for column, group in groupby(evaluation.strata, lambda row: row.column):
        rows = list(group)
        if len({row.value for row in rows}) > 1:
            title = _COLUMN_TITLES.get(column, column)
            tables.append((column, title, rows, draw(strata_plot(evaluation, column, title, rows))))
    return tables


def _contents(values: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield the sections of the report: id and title."""
    scored, organisms = values["tradeoff_drawing"], values["organisms_drawing"]
    for title, anchor, present in (
        ("Against marked captions", "gold", values["gold"]),
        ("On the figures' lists" if values["gold"] else "Results", "results", True),
        ("Precision against in-caption recall", "tradeoff", scored),
        ("The three levels", "levels", scored),
        ("Where the curated genes are", "genes", scored),
        (organisms.plot.title if organisms else "", "organisms", organisms),
        (
            "Genes missed, names off the list",
            "reasons",
            values["missed_genes"] or values["names_off_list"],
        ),
        ("Model against model", "compared", values["comparisons"]),
        ("By kind of figure", "strata", values["strata"]),
        ("Identifiers", "identifiers", values["identifiers"]),
        ("Other thresholds", "thresholds", values["curves_drawing"]),
        ("Figures", "figures", True),
        ("What could not be read", "left-out", True),
        ("How every number is defined", "definitions", True),
        ("Signature and how to cite", "signature", True),
    ):
        if present:
            yield anchor, title
