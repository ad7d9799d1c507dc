"""The contents of a report, section by section, for every format that it is written in."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from nerbench.engine.evaluation import Evaluation
from nerbench.engine.gold_rows import SCHEMES
from nerbench.engine.gold_scores import GoldComparisonRow, GoldScoreRow, GoldScores
from nerbench.engine.score_rows import ScoreRow
from nerbench.engine.work_list import WorkRow
from nerbench.reports.drawing import Drawing, draw
from nerbench.reports.formatting import (
    METRICS,
    amount,
    difference,
    effective,
    interval,
    number,
    p_value,
    part_of,
    rate,
    share,
    speed,
)
from nerbench.reports.labels import COLUMNS, LABELS, MEANINGS, WORK, value_label
from nerbench.reports.lead import Lead, shown_organisms
from nerbench.reports.plots import (
    curves_plot,
    differences_plot,
    genes_plot,
    levels_plot,
    organisms_plot,
    reasons_plot,
    tradeoff_plot,
)
from nerbench.reports.reason_tables import Reason, missed_genes, names_off_list
from nerbench.reports.strata_plots import strata_plot
from nerbench.scoring.intervals import FEWEST, FEWEST_DIFFERING
from nerbench.scoring.scope import ALL
from nerbench.scoring.significance import SHUFFLES, ComparisonRow
from nerbench.scoring.strata import StratumRow
from nerbench.version import __version__

_MAX_LISTED = 20  # files, figures or problems, of one kind
_MAX_COMPARISONS = 120
_MAX_WORK_ROWS = 4_000  # in a page: about a megabyte
_MAX_WORK_EXAMPLES = 5  # of a kind
_SIGNIFICANCE = 0.05


@dataclass(frozen=True, slots=True)
class WorkSample:
    """The first rows of the work list, and the number of all."""

    rows: list[WorkRow]
    count: int

    @classmethod
    def of(cls, rows: Iterator[WorkRow]) -> WorkSample:
        """Keep the rows that a page has room for, and count the others."""
        shown = list(islice(rows, _MAX_WORK_ROWS))
        return cls(shown, len(shown) + sum(1 for _ in rows))


@dataclass(frozen=True, slots=True)
class ReportContext:
    """The parts of a report: plots by section, drawn; strata by column; the rest by name."""

    evaluation: Evaluation
    drawings: dict[str, Drawing | None]
    strata: list[tuple[str, str, list[StratumRow], Drawing]]
    work: WorkSample
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
        work = WorkSample.of(evaluation.work_rows())
        values["work_count"] = work.count
        values["work_labels"] = WORK
        values["work_examples"] = [
            row
            for _, group in groupby(work.rows, lambda row: row.kind)
            for row in islice(group, _MAX_WORK_EXAMPLES)
        ]
        return cls(evaluation, drawings, _strata(evaluation), work, values)

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
        "number": number, "share": share, "effective": effective, "value_label": value_label,
        "speed": speed, "amount": amount, **filters,
    }  # fmt: skip
    return templates


def _template_values(
    evaluation: Evaluation, missed: list[Reason], off_list: list[Reason]
) -> dict[str, Any]:
    level, lead = str(evaluation.level), Lead.of(evaluation)
    shown = shown_organisms(evaluation)
    scores = [row for row in evaluation.model_scores if row.organism in shown]
    at_level = [row for row in scores if row.level == level]
    headline = [row for row in at_level if row.average == "micro"]
    comparisons = [
        row for row in evaluation.comparisons if row.level == level and row.organism in shown
    ]
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
        "answers": _answers(evaluation, lead),
        "lead_note": lead.note,
        "headline": headline,
        "macro": [row for row in at_level if row.average == "macro"],
        "levels": [row for row in scores if row.average == "micro"],
        "few": sorted({row.organism for row in headline if _lacks_interval(row)}),
        "fewest": FEWEST,
        "fewest_differing": FEWEST_DIFFERING,
        "shuffles": SHUFFLES,
        "missed_genes": missed,
        "names_off_list": off_list,
        "reasons_defined": [(LABELS[code], code, text) for code, text in MEANINGS.items()],
        "comparisons": [
            (row, _verdict(row, "agrees more with the list"))
            for row in comparisons[:_MAX_COMPARISONS]
        ],
        "more_comparisons": len(comparisons[_MAX_COMPARISONS:]),
        "agreement": [row for row in evaluation.agreement if row.organism in shown],
        "unions": [row for row in evaluation.unions if row.organism in shown],
        "identifiers": evaluation.identifiers,
        "best_thresholds": [
            (row, row[row.best])
            for row in evaluation.curves
            if row.best is not None and row.organism in shown
        ],
        "max_listed": _MAX_LISTED,
        "column_titles": COLUMNS,
        **_gold_values(lead),
        "lexicons": evaluation.lexicons,
        "command": _command(evaluation),
        "seed": evaluation.seed,
        "gold_is_shipped": evaluation.gold_source.startswith("shipped@"),
    }


def _gold_values(lead: Lead) -> dict[str, Any]:
    """Return the variables of the section on marked captions."""
    gold = lead.gold
    if gold is None:
        return {"gold": None}
    pairs = _scheme_pairs(gold)
    return {
        "gold": gold,
        "gold_mentions": pairs[0][0].mentions,
        "gold_pairs": pairs,
        "all_gold": lead.all_gold,
        "all_gold_pairs": _scheme_pairs(lead.all_gold) if lead.all_gold else [],
        "gold_comparisons": [(row, _verdict(row, "is higher")) for row in gold.comparisons],
        "gold_on_list": gold.on_list if gold.on_list[0].figures else [],
        "gold_unmarked_genes": gold.unmarked_genes,
    }


def _scheme_pairs(gold: GoldScores) -> list[tuple[GoldScoreRow, GoldScoreRow]]:
    """Return the strict and the overlap row of each model, best strict F1 first."""
    strict, overlap = ([row for row in gold.scores if row.scheme == name] for name in SCHEMES)
    return list(zip(strict, overlap, strict=True))


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


@dataclass(frozen=True, slots=True)
class Answer:
    """Describe what a model does: its leading rate, and in plain words the counts behind it."""

    model: str
    key: int
    value: float | None
    measure: str
    sentence: str


def _answers(evaluation: Evaluation, lead: Lead) -> list[Answer]:
    """Return the answer of each model: against gold where there is any, and on the lists."""
    scores = [] if lead.gold is None else lead.gold.scores
    strict = {row.model: row for row in scores if row.scheme == "strict"}
    answers = []
    for index, model in enumerate(evaluation.working):
        gold, on_list = strict.get(model.name), lead.lists.get(model.name)
        parts = []
        if gold is not None and gold.mentions:
            marked = amount(gold.mentions, "marked mention")
            exact = part_of(gold.tp, gold.mentions)
            parts.append(f"Of the {marked} it finds {exact} exactly.")
        if on_list is not None:
            parts.append(_in_plain_words(on_list))
        if gold is not None:
            value, measure = gold.f1, lead.measure(model.name)
        else:
            value = None if on_list is None else on_list.rates["f1"]
            measure = lead.list_measure
        answers.append(Answer(model.name, index, value, measure, " ".join(parts)))
    return sorted(answers, key=lambda answer: -(answer.value or 0)) if strict else answers


def _in_plain_words(row: ScoreRow) -> str:
    """Return sentences on the rates of a model without their names, as counts and in percent."""
    counts, parts = row.counts, []
    if counts.names:
        hits, genes = (part_of(n, counts.names) for n in (counts.hits, counts.gene_names))
        parts.append(
            f"Of the {amount(counts.names, 'name')} that it finds, {hits} can mean a gene on the "
            f"list, and {genes} any gene or family of the figures' organisms."
        )
    if counts.reachable:
        recovered = part_of(counts.recovered_reachable, counts.reachable)
        genes = amount(counts.reachable, "listed gene")
        parts.append(f"Of the {genes} that the captions name, it finds {recovered}.")
    return " ".join(parts) or "There is nothing to count."


def _command(evaluation: Evaluation) -> str:
    """Return the command that gives these numbers, with the options that are not the default."""
    if evaluation.joined is not None:
        runs = (run.run for run in evaluation.joined.runs)
        return shlex.join(["nerbench", "compare", *runs])
    words = ["nerbench", "run", "CORPUS"]
    for model in evaluation.models:
        words += ["--model", model.name]
    organism, _, scope_from = str(evaluation.scope).partition(" from ")
    thresholds = {model.card.threshold for model in evaluation.models if model.card}
    options = {
        "--organism": organism,
        "--scope-from": scope_from,
        "--level": str(evaluation.level),
        "--gold": evaluation.gold_source.rpartition("@")[0],
        "--seed": str(evaluation.seed or ""),
        "--threshold": "".join(map(str, thresholds - {None})) if len(thresholds) == 1 else "",
    }
    defaults = {"--organism": "auto", "--level": "family"}
    for option, value in options.items():
        if value and value != defaults.get(option):
            words += [option, value]
    words += [word for column in evaluation.by for word in ("--by", column)]
    words += ["--held-out"] * evaluation.held_out
    words += ["--no-abbreviations"] * (evaluation.abbreviations == "off")
    return shlex.join(words)


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
            title = COLUMNS.get(column, column)
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
        ("Work list", "worklist", values["work_count"]),
        ("Figures", "figures", True),
        ("What could not be read", "left-out", True),
        ("How every number is defined", "definitions", True),
        ("Where the numbers come from", "provenance", True),
        ("Signature and how to cite", "signature", True),
    ):
        if present:
            yield anchor, title
