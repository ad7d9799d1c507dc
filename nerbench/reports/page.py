"""`report.html`: a run to look at. One file; very many figures lie in a folder beside it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.resources import files
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import Markup

from nerbench.files import write_file, writing
from nerbench.reports.charts import Chart, Key
from nerbench.reports.context import ReportContext, environment
from nerbench.reports.figure_browser import Browser
from nerbench.reports.formatting import interval
from nerbench.reports.interactive import plotly_figure, plotly_js
from nerbench.reports.printable import printable
from nerbench.reports.reason_tables import MEANINGS
from nerbench.reports.safe_html import json_list, json_object, json_text, packed, policy
from nerbench.reports.svg import draw, ink_css, key_mark, variables

__all__ = ["FOLDER", "IN_PAGE", "write_html"]

FOLDER = "report-figures"
"""The folder beside report.html where figures are, if they are too many for one file."""

IN_PAGE = 5_000_000
"""Bytes of figures that report.html holds itself: about 1,200 figures of three models."""

_PAGE = 50
_INDEX = 5000


def write_html(content: ReportContext, folder: Path) -> None:
    """Write `report.html` into a folder, and `report-figures/` beside it if it needs one."""
    beside = folder / FOLDER
    with writing(beside):
        if beside.is_dir():
            shutil.rmtree(beside)
    data = json_object(_figures(Browser.of(content.evaluation), beside))
    write_file(folder / "report.html", _page(content, data, beside.is_dir()))


def _figures(browser: Browser, beside: Path) -> dict[str, Markup]:
    """What the page knows of the figures: all, or where to find them in the folder."""
    known = {"words": browser.words, "meanings": MEANINGS, "count": len(browser.figids)}
    return {name: json_text(value) for name, value in known.items()} | _placed(browser, beside)


def _placed(browser: Browser, beside: Path) -> dict[str, Markup]:
    figures = _written(browser)
    held, size = [], 0
    for one in figures:
        held.append(one)
        size += sum(len(part.encode()) for part in one)
        if size > IN_PAGE:
            places = _beside(browser, chain(_drained(held), figures), beside)
            return {name: json_text(value) for name, value in places.items()}
    count = json_text(max(len(held), 1))
    return {
        "folder": json_text(None), "page_size": count, "index_size": count,
        "indexes": json_text(1), "ids": json_text(browser.figids),
        "figures": json_list(one.figure for one in held), "index": _index(held),
    }  # fmt: skip


class _Written(NamedTuple):
    """A figure and its index entry as JSON."""

    figure: Markup
    text: Markup
    flags: Markup


def _written(browser: Browser) -> Iterator[_Written]:
    for figure, entry in browser.figures():
        yield _Written(json_text(figure), json_text(entry.text), json_text(entry.flags))


def _drained(held: list[_Written]) -> Iterator[_Written]:
    yield from held
    held.clear()


def _beside(browser: Browser, figures: Iterator[_Written], folder: Path) -> dict[str, Any]:
    """Write figures in pages and an index of them in parts, each a script that hands them over."""
    with writing(folder):
        folder.mkdir(parents=True)
    indexed: list[_Written] = []
    pages = indexes = 0
    while page := list(islice(figures, _PAGE)):
        text = json_list(one.figure for one in page)
        write_file(folder / f"page-{pages:05d}.js", f"nerbench.page({pages},{text});\n")
        pages += 1
        indexed += (one._replace(figure=Markup()) for one in page)
        if len(indexed) == _INDEX or len(page) < _PAGE or pages * _PAGE == len(browser.figids):
            text = _index(indexed)
            write_file(folder / f"index-{indexes:05d}.js", f"nerbench.index({indexes},{text});\n")
            indexes += 1
            indexed = []
    return {
        "folder": folder.name, "page_size": _PAGE, "index_size": _INDEX, "indexes": indexes,
        "ids": None, "starts": browser.figids[::_PAGE],
    }  # fmt: skip


def _index(figures: list[_Written]) -> Markup:
    return json_object(
        {
            "flags": json_list(one.flags for one in figures),
            "text": json_list(one.text for one in figures),
        }
    )


def _page(content: ReportContext, data: Markup, folder: bool) -> str:
    filters = {
        "interval": _short_interval, "drawing": _drawing, "mark": _mark, "figure_json": _figure_json
    }  # fmt: skip
    templates = environment(filters, autoescape=True, finalize=_finalize)
    script = _resource("report.js")
    style = _style()
    plotly = plotly_js()
    return templates.get_template("report.html.j2").render(
        **content.parts(),
        data=data,
        plotly=packed(plotly),
        script=Markup(script),
        style=Markup(style),
        policy=policy([script, plotly], style, own_folder=folder),
    )


def _finalize(value: Any) -> Any:
    """Every text of the world that a template puts out, made visible; ours as it is."""
    return printable(value) if type(value) is str else value


def _short_interval(ends: tuple[float, float] | None) -> str:
    return interval(ends).strip().strip("[]").replace(", ", " to ")


def _drawing(chart: Chart, name: str) -> Markup:
    return Markup(draw(chart, name))


def _mark(key: Key, name: str) -> Markup:
    return Markup(key_mark(key, f"key-{name}"))


def _figure_json(chart: Chart) -> Markup:
    return json_text(plotly_figure(chart))


def _resource(name: str) -> str:
    return files("nerbench.reports").joinpath("templates", name).read_text(encoding="utf-8")


def _style() -> str:
    """The style sheet: the palette in both settings, then what uses it."""
    dark = variables(dark=True) + _DARK
    return (
        f":root{{{variables(dark=False)}}}{_resource('report.css')}{ink_css()}"
        f'@media screen{{:root[data-theme="dark"]{{{dark}}}}}'
        f"@media screen and (prefers-color-scheme:dark)"
        f'{{:root:not([data-theme="light"]){{{dark}}}}}'
    )


_DARK = (
    "--bg:#0e1216;--card:#14181d;--edge:#333c46;--link:#7dbdff;--focus:#7dbdff;--hit:#12405f;"
    "--false:#5a2e12;--head:#1d232a;--shade:rgb(255 255 255/.05);color-scheme:dark;"
)
