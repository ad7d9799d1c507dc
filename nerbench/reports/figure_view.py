"""One figure of an evaluation in a notebook: its caption with names and missed genes marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby, pairwise
from typing import Any

from markupsafe import Markup

from nerbench.engine.evaluation import Evaluation
from nerbench.errors import NerbenchError, did_you_mean
from nerbench.figure_ids import means_figure, nearest_id
from nerbench.reports.charts import PALETTE
from nerbench.reports.context import environment
from nerbench.reports.figure_browser import FigureBrowser
from nerbench.reports.printable import printable

Json = dict[str, Any]

_OPTIONAL = ("caption", "title", "paper_title", "journal", "year", "left_out")
"""The fields that a figure may lack."""

KINDS = {
    "on-list": "a name on the list",
    "off-list": "a name not on the list",
    "missed": "a curated gene that the model missed",
    "annotated": "a gene mention of the gold",
}
"""The kinds of marks in a caption, in the order in which they are named."""


@dataclass(frozen=True, slots=True)
class FigureView:
    """A figure as HTML, which a notebook shows.

    Attributes
    ----------
    figid : str
        The figure.
    models : tuple of str
        The models whose names are marked.
    html : str
        One ``section``, without a script.
    """

    figid: str
    models: tuple[str, ...]
    html: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"FigureView({self.figid!r}, {', '.join(self.models) or 'no model'})"


@dataclass(frozen=True, slots=True)
class _Mark:
    start: int
    end: int
    kind: str
    says: str


def figure_view(evaluation: Evaluation, figid: str, models: Sequence[str] = ()) -> FigureView:
    """Return one figure with the names that models found in its caption, and what they missed.

    Parameters
    ----------
    evaluation : Evaluation
        The evaluation that has the figure.
    figid : str
        The figure's id in any spelling, or a PMC id that only one figure has.
    models : sequence of str
        The models, in this order; by default all that have not failed.

    Returns
    -------
    FigureView
        For a notebook; ``html`` for elsewhere.

    Raises
    ------
    NerbenchError
        If there is no such figure or model.
    """
    figid = _find_figure(evaluation, figid)
    browser = FigureBrowser.of(evaluation)
    chosen = list(models) or browser.models
    for model in chosen:
        if model not in browser.models:
            close = did_you_mean(model, browser.models)
            raise NerbenchError(f"no model {model!r}: use {', '.join(browser.models)}{close}")
    figure = browser.figure(figid)
    readings = [
        _reading(figure, model, figure["models"][browser.models.index(model)]) for model in chosen
    ]
    templates = environment({}, autoescape=True, finalize=_printable)
    html = templates.get_template("figure.html.j2").render(
        figure={**dict.fromkeys(_OPTIONAL, ""), **figure},
        readings=readings,
        genes=_gene_rows(figure, readings),
        kinds=[kind for kind in KINDS if any(kind in reading["kinds"] for reading in readings)],
        meanings=KINDS,
        style=Markup(_style()),
    )
    return FigureView(figid, tuple(chosen), html)


def _find_figure(evaluation: Evaluation, name: str) -> str:
    """Return the id of the only figure that a name means. Raises NerbenchError if none is."""
    if name in evaluation.figids:
        return name
    rows = evaluation.caption_rows.scan().select("figid", "pmcid").collect().rows()
    figids = [figid for figid, pmcid in rows if means_figure(name, figid, pmcid)]
    if len(figids) == 1:
        return str(figids[0])
    if figids:
        raise NerbenchError(f"{name} means {len(figids)} figures: {', '.join(figids)}")
    nearest = nearest_id(name, evaluation.figids)
    raise NerbenchError(
        f"no figure {name!r} among the {len(evaluation.figids):,}, such as {nearest}"
    )


def _printable(value: Any) -> Any:
    """Make the untrusted text that a template puts out printable; keep our markup."""
    return printable(value) if type(value) is str else value


def _reading(figure: Json, model: str, found: Json) -> Json:
    """Return what a model made of a figure, for the template."""
    names, outcomes = found["names"], found["outcomes"]
    caption = figure.get("caption", "")
    marks = [*_name_marks(figure, names), *_missed_marks(figure, outcomes)]
    marks += [_Mark(*span, "annotated", "marked in the gold") for span in _spans(figure, "marks")]
    marks = [mark for mark in marks if mark.start < mark.end <= len(caption)]
    named = [outcome for outcome in outcomes if outcome is not None]
    return {
        "model": model,
        "segments": list(_segments(caption, marks)),
        "kinds": {mark.kind for mark in marks},
        "names": len(names),
        "hits": sum("genes" in name for name in names),
        "named": len(named),
        "recovered": sum("missed" not in outcome for outcome in named),
        "off_list": [
            (name["name"], name.get("outcome", "")) for name in names if "genes" not in name
        ],
        "outcomes": outcomes,
    }


def _spans(holder: Json, field: str) -> Iterator[tuple[int, int]]:
    """Yield the spans in a flat list of starts and ends."""
    flat = holder.get(field, [])
    return zip(flat[::2], flat[1::2], strict=True)


def _name_marks(figure: Json, names: Sequence[Json]) -> Iterator[_Mark]:
    for name in names:
        genes = [figure["genes"][position] for position in name.get("genes", ())]
        if genes:
            kind, says = "on-list", f"on the list: {_symbols(genes)}"
            says += f", at level {name['level']}" if name.get("level") else ""
        else:
            kind, says = "off-list", f"not on the list: {name.get('outcome', 'unknown')}"
            meant = [f"{label}: {symbols}" for label, symbols in name.get("off_list", {}).items()]
            says += f" ({'; '.join(meant)})" if meant else ""
        if "score" in name:
            says += f", score {name['score']:.2f}"
        for start, end in _spans(name, "spans"):
            yield _Mark(start, end, kind, says)


def _missed_marks(figure: Json, outcomes: Sequence[Json | None]) -> Iterator[_Mark]:
    missed: dict[tuple[int, int], list[tuple[Json, str]]] = {}
    for gene, outcome in zip(figure["genes"], outcomes, strict=True):
        if outcome is not None and "missed" in outcome:
            for span in _spans(gene, "places"):
                missed.setdefault(span, []).append((gene, outcome["missed"]))
    for (start, end), genes in missed.items():
        reasons = ", ".join(dict.fromkeys(reason for _, reason in genes))
        yield _Mark(start, end, "missed", f"missed: {_symbols(g for g, _ in genes)}, {reasons}")


def _symbols(genes: Any) -> str:
    by_organism: dict[str, list[str]] = {}
    for gene in genes:
        by_organism.setdefault(gene["organism"], []).append(gene["symbol"])
    return "; ".join(f"{organism} {', '.join(of)}" for organism, of in by_organism.items())


def _segments(caption: str, marks: Sequence[_Mark]) -> Iterator[Json]:
    """Yield the caption in pieces, each with the marks that it lies in: marks may overlap."""
    cuts = sorted({0, len(caption), *(edge for mark in marks for edge in (mark.start, mark.end))})

    def describe(piece: tuple[int, int]) -> tuple[tuple[str, ...], str]:
        inside = [mark for mark in marks if mark.start <= piece[0] and piece[1] <= mark.end]
        kinds = (kind for kind in KINDS if any(mark.kind == kind for mark in inside))
        return tuple(kinds), "; ".join(dict.fromkeys(mark.says for mark in inside))

    for (kinds, says), pieces in groupby(pairwise(cuts), describe):
        alike = list(pieces)
        start, end = alike[0][0], alike[-1][1]
        yield {"text": caption[start:end], "kinds": kinds, "says": says}


def _gene_rows(figure: Json, readings: Sequence[Json]) -> list[Json]:
    """Return the curated genes with each model's outcome in words."""
    rows = []
    for position, gene in enumerate(figure["genes"]):
        outcomes = [reading["outcomes"][position] for reading in readings]
        rows.append({**gene, "outcomes": list(map(_outcome, outcomes))})
    return rows


def _outcome(outcome: Json | None) -> tuple[str, str]:
    """Return the sign and the words for a gene's outcome."""
    if outcome is None:
        return "–", "not in the caption"
    if "missed" in outcome:
        return "✗", f"missed: {outcome['missed']}"
    level = f" ({outcome['level']})" if outcome.get("level") else ""
    return "✓", f"recovered by {', '.join(outcome.get('by', ()))}{level}"


def _style() -> str:
    """Return the rules of the view, all within it, in light colours whatever the notebook's are."""
    colours = "".join(f"--{name}:{light};" for name, (light, _) in PALETTE.items())
    rules = files("nerbench.reports").joinpath("templates", "figure.css").read_text("utf-8")
    return f".nerbench-figure{{{colours}--hit:#d7eafa;--off-list:#fde2cf}}\n{rules}"
