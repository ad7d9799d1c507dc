"""What a report says of an evaluation, section by section, whatever it is written in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from nerbench.engine.evaluation import Evaluation, ScoreRow
from nerbench.reports.charts import Plot
from nerbench.reports.formatting import METRICS, difference, interval, number, p_value, rate, share
from nerbench.reports.plots import (
    curves_plot,
    differences_plot,
    genes_plot,
    ladder_plot,
    organisms_plot,
    reasons_plot,
    strata_plot,
    tradeoff_plot,
)
from nerbench.reports.reason_tables import MEANINGS, false_names, missed_genes
from nerbench.scoring.bootstrap import FEWEST, RESAMPLES
from nerbench.scoring.scope import ALL
from nerbench.scoring.significance import SHUFFLES, ComparisonRow
from nerbench.scoring.strata import StratumRow
from nerbench.version import __version__

__all__ = ["ReportContext", "environment"]

_LISTED = 20
_COMPARED = 120
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


@dataclass(frozen=True, slots=True)
class ReportContext:
    """The parts of a report, ready to be written down."""

    evaluation: Evaluation
    plots: dict[str, Plot | None]
    strata: list[tuple[str, str, list[StratumRow], Plot]]
    shared: dict[str, Any]

    @classmethod
    def of(cls, evaluation: Evaluation) -> ReportContext:
        """The content of an evaluation's report."""
        missed, false = missed_genes(evaluation), false_names(evaluation)
        plots = {
            "tradeoff": tradeoff_plot(evaluation),
            "ladder": ladder_plot(evaluation),
            "genes": genes_plot(evaluation),
            "organisms": organisms_plot(evaluation),
            "reasons": reasons_plot(evaluation, missed, false),
            "differences": differences_plot(evaluation),
            "curves": curves_plot(evaluation),
        }
        return cls(evaluation, plots, _strata(evaluation), _shared(evaluation, missed, false))

    def drawn(self) -> list[Plot]:
        """The plots that show anything, in the order of the sections."""
        order = ("tradeoff", "ladder", "genes", "organisms", "reasons", "differences")
        strata = [plot for *_, plot in self.strata]
        found = [*map(self.plots.get, order), *strata, self.plots["curves"]]
        return [plot for plot in found if plot is not None and plot.charts]

    def parts(self) -> dict[str, Any]:
        """Everything by the name that a template calls it."""
        found = {**self.shared, **self.plots, "strata": self.strata}
        return {**found, "contents": list(_contents(found))}


def environment(filters: Mapping[str, Any], **options: Any) -> Environment:
    """The templates of the reports, with the filters that all of them share, and the filters and
    jinja2's options of one.

    >>> environment({"loud": str.upper}).from_string("{{ none | rate }}, {{ 'a' | loud }}").render()
    '–, A'
    """
    filled = Environment(
        loader=PackageLoader("nerbench.reports"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        **options,
    )
    filled.filters |= {
        "rate": rate, "interval": interval, "difference": difference, "p": p_value,
        "number": number, "share": share, **filters,
    }  # fmt: skip
    return filled


def _shared(evaluation: Evaluation, missed: list[Any], false: list[Any]) -> dict[str, Any]:
    level = str(evaluation.level)
    at_level = [row for row in evaluation.scores if row.level == level]
    headline = [row for row in at_level if row.average == "micro"]
    differences = [row for row in evaluation.comparisons if row.level == level]
    return {
        "version": __version__,
        "signature": evaluation.signature,
        "models": evaluation.working,
        "failed": [model for model in evaluation.models if model.failure is not None],
        "partial": evaluation.partial,
        "joined": evaluation.joined,
        "corpus": evaluation.corpus,
        "level": level,
        "scope": str(evaluation.scope),
        "abbreviations": evaluation.abbreviations,
        "seed": evaluation.seed,
        "metrics": METRICS,
        "all": ALL,
        "sentences": _sentences(evaluation),
        "plain": [_in_plain_words(row) for row in headline if row.organism == ALL],
        "headline": headline,
        "macro": [row for row in at_level if row.average == "macro"],
        "levels": [row for row in evaluation.scores if row.average == "micro"],
        "few": sorted({row.organism for row in headline if _lacks_interval(row)}),
        "fewest": FEWEST,
        "resamples": RESAMPLES,
        "shuffles": SHUFFLES,
        "missed_genes": missed,
        "false_names": false,
        "reasons_defined": list(MEANINGS.items()),
        "compared": [(row, _verdict(row)) for row in differences[:_COMPARED]],
        "more_compared": len(differences[_COMPARED:]),
        "agreement": evaluation.agreement,
        "unions": evaluation.unions,
        "identifiers": evaluation.identifiers,
        "best_thresholds": [
            (row, row[row.best]) for row in evaluation.curves if row.best is not None
        ],
        "listed": _LISTED,
        "columns": _COLUMNS,
    }


def _sentences(evaluation: Evaluation) -> tuple[str, str, str]:
    """What was measured, and on what."""
    corpus = evaluation.corpus
    models = [model.name for model in evaluation.working]
    read = "No model read" if not models else f"{_and(models)} read"
    figures = "figure" if corpus.figures == 1 else "figures"
    none = corpus.figures - corpus.with_caption
    without = f" ({number(none)} of them without a caption)" if none else ""
    genes = "gene" if corpus.curated_genes == 1 else "genes"
    names = {lexicon.label: lexicon.name for lexicon in evaluation.lexicons}
    scored = dict.fromkeys(row.organism for row in evaluation.scores)
    organisms = [f"{label} ({names[label]})" for label in scored if label in names]
    return (
        f"{read} the captions of {number(corpus.figures)} pathway {figures}{without}.",
        f"The genes found were compared with the curated gene list of each figure "
        f"({number(corpus.curated_genes)} {genes} in all, of the organisms in scope and others), "
        f"under the nomenclature of {_and(organisms) or 'no supported organism'}.",
        "The lists were read from the image, and many of their genes are not named in the caption "
        "at all, so read recall together with in-caption recall.",
    )


def _and(words: list[str]) -> str:
    """Words as a sentence lists them.

    >>> _and(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def _in_plain_words(row: ScoreRow) -> tuple[str, str]:
    """A model, and what its rates say without the words for them."""
    precision, recall = row.rates["precision"], row.rates["in_caption_recall"]
    said = []
    if precision is not None:
        said.append(f"of 100 names that it finds, {100 * precision:.0f} are on the figure's list")
    if recall is not None:
        said.append(f"of 100 listed genes that a caption names, it finds {100 * recall:.0f}")
    return row.model, ": " + ("; ".join(said) or "there is nothing to count") + "."


def _lacks_interval(row: ScoreRow) -> bool:
    return any(value is not None and row.ci95[name] is None for name, value in row.rates.items())


def _verdict(row: ComparisonRow) -> str:
    """What a difference says, in words."""
    if row.difference is None or row.p_holm is None:
        return "not defined"
    if row.p_holm >= _CHANCE or row.difference == 0:
        return "could be chance"
    return f"{row.a if row.difference > 0 else row.b} is higher"


def _strata(evaluation: Evaluation) -> list[tuple[str, str, list[StratumRow], Plot]]:
    """The strata by column, of columns that part the figures at all."""
    tables = []
    for column, rows in groupby(evaluation.strata, lambda row: row.column):
        own = list(rows)
        if len({row.value for row in own}) > 1:
            title = _COLUMNS.get(column, column)
            tables.append((column, title, own, strata_plot(evaluation, column, title, own)))
    return tables


def _contents(found: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """The sections that a report has: id and title."""
    scored = bool(found["tradeoff"].charts)
    organisms = found["organisms"]
    for title, anchor, there in (
        ("Results", "results", True),
        ("Precision against in-caption recall", "tradeoff", scored),
        ("The three levels", "levels", scored),
        ("Where the curated genes are", "genes", scored),
        (organisms.title if organisms else "", "organisms", organisms),
        ("Why missed, why false", "reasons", found["missed_genes"] or found["false_names"]),
        ("Model against model", "compared", found["compared"]),
        ("By kind of figure", "strata", found["strata"]),
        ("Identifiers", "identifiers", found["identifiers"]),
        ("Other thresholds", "thresholds", found["curves"]),
        ("Figures", "figures", True),
        ("What could not be read", "left-out", True),
        ("How every number is defined", "definitions", True),
        ("Signature and how to cite", "signature", True),
    ):
        if there:
            yield anchor, title
