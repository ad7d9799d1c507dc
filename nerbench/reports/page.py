"""`report.html`: a run to look at, in one file; very many figures lie in a folder beside it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.resources import files
from itertools import chain, islice
from pathlib import Path
from typing import Any

from markupsafe import Markup

from nerbench.files import write_file, writing
from nerbench.reports.charts import PALETTE
from nerbench.reports.context import ReportContext, environment
from nerbench.reports.drawing import colour_rules
from nerbench.reports.figure_browser import FigureBrowser
from nerbench.reports.formatting import interval
from nerbench.reports.printable import printable
from nerbench.reports.reason_tables import MEANINGS
from nerbench.reports.safe_html import content_security_policy, json_list, json_object, json_text

FIGURES_FOLDER = "report-figures"
"""The folder beside report.html where figures are, if they are too many for one file."""

MAX_IN_PAGE = 5_000_000
"""Bytes of figures that report.html holds itself: about 900 figures of three models."""

_PAGE_SIZE = 50  # figures in a file of the folder
_INDEX_SIZE = 5000  # figures in a file of the index

_Written = tuple[Markup, Markup]
"""A figure and its index entry as JSON."""


def write_html(context: ReportContext, folder: Path) -> None:
    """Write `report.html` into a folder, and `report-figures/` beside it if it needs one."""
    beside = folder / FIGURES_FOLDER
    with writing(beside):
        if beside.is_dir():
            shutil.rmtree(beside)
    data = _data(FigureBrowser.of(context.evaluation), beside)
    write_file(folder / "report.html", _page(context, data, own_folder=beside.is_dir()))


def _data(browser: FigureBrowser, beside: Path) -> Markup:
    """Return the data of the page: all figures, or where to find them in the folder."""
    filters = {
        "models": browser.models,
        "organisms": browser.organisms,
        "miss_reasons": browser.miss_reasons,
        "name_outcomes": browser.name_outcomes,
        "meanings": MEANINGS,
        "count": len(browser.figids),
    }
    written = ((json_text(figure), json_text(entry)) for figure, entry in browser.figures())
    held, size = [], 0
    for figure, entry in written:
        held.append((figure, entry))
        size += len(figure.encode()) + len(entry.encode())
        if size > MAX_IN_PAGE:
            places = _write_beside(browser, chain(_drain(held), written), beside)
            return json_text(filters | places)
    count = max(len(held), 1)
    places = {
        "folder": None, "page_size": count, "index_size": count, "indexes": 1,
        "ids": browser.figids,
    }  # fmt: skip
    return json_object(
        {name: json_text(value) for name, value in (filters | places).items()}
        | {"figures": json_list(figure for figure, _ in held)}
        | {"index": json_list(entry for _, entry in held)}
    )


def _drain(held: list[_Written]) -> Iterator[_Written]:
    yield from held
    held.clear()


def _write_beside(
    browser: FigureBrowser, figures: Iterator[_Written], folder: Path
) -> dict[str, Any]:
    """Write pages of figures and parts of their index as scripts that call the page."""
    with writing(folder):
        folder.mkdir(parents=True)
    entries: list[Markup] = []
    pages = indexes = 0
    while page := list(islice(figures, _PAGE_SIZE)):
        text = json_list(figure for figure, _ in page)
        write_file(folder / f"page-{pages:05d}.js", f"nerbench.page({pages},{text});\n")
        pages += 1
        entries += [entry for _, entry in page]
        last = pages * _PAGE_SIZE >= len(browser.figids)
        if last or len(entries) == _INDEX_SIZE:
            text = json_list(entries)
            write_file(folder / f"index-{indexes:05d}.js", f"nerbench.index({indexes},{text});\n")
            indexes += 1
            entries = []
    return {
        "folder": folder.name, "page_size": _PAGE_SIZE, "index_size": _INDEX_SIZE,
        "indexes": indexes, "ids": None, "starts": browser.figids[::_PAGE_SIZE],
    }  # fmt: skip


def _page(context: ReportContext, data: Markup, *, own_folder: bool) -> str:
    templates = environment({"interval": _short_interval}, autoescape=True, finalize=_finalize)
    script, style = _template("report.js"), _style()
    return templates.get_template("report.html.j2").render(
        **context.template_values(),
        data=data,
        script=Markup(script),
        style=Markup(style),
        policy=content_security_policy(script, style, own_folder=own_folder),
    )


def _finalize(value: Any) -> Any:
    """Make the untrusted text that a template puts out printable; keep our markup."""
    return printable(value) if type(value) is str else value


def _short_interval(ends: tuple[float, float] | None, digits: int = 2) -> str:
    return interval(ends, digits).strip().strip("[]").replace(", ", " to ")


def _template(name: str) -> str:
    return files("nerbench.reports").joinpath("templates", name).read_text(encoding="utf-8")


def _style() -> str:
    """Return the style sheet: the palette of both themes, and the rules that use it."""
    dark = _variables(1) + _DARK_THEME
    rules = colour_rules(lambda name: f"var(--{name})")
    return (
        f":root{{{_variables(0)}}}{_template('report.css')}{rules}"
        f'@media screen{{:root[data-theme="dark"]{{{dark}}}}}'
        f"@media screen and (prefers-color-scheme:dark)"
        f'{{:root:not([data-theme="light"]){{{dark}}}}}'
    )


def _variables(theme: int) -> str:
    return "".join(f"--{name}:{colours[theme]};" for name, colours in PALETTE.items())


_DARK_THEME = (
    "--bg:#0e1216;--card:#14181d;--edge:#333c46;--link:#7dbdff;--focus:#7dbdff;--hit:#12405f;"
    "--off-list:#5a2e12;--head:#1d232a;--shade:rgb(255 255 255/.05);color-scheme:dark;"
)
