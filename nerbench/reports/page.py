"""`report.html`: a run to look at, in one file; very many figures lie in a folder beside it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from importlib.resources import files
from itertools import chain, islice
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup, escape

from nerbench.files import write_file, writing
from nerbench.reports.charts import PALETTE
from nerbench.reports.context import ReportContext, environment
from nerbench.reports.drawing import colour_rules
from nerbench.reports.figure_browser import FigureBrowser, Json, nomenclature
from nerbench.reports.formatting import interval
from nerbench.reports.labels import LABELS, MEANINGS, WORK, value_label
from nerbench.reports.printable import printable
from nerbench.reports.safe_html import content_security_policy, json_list, json_object, json_text
from nerbench.scoring.scope import INFERRED

FIGURES_FOLDER = "report-figures"
"""The folder beside report.html where figures are, if they are too many for one file."""

MAX_SIZE = 5_000_000
"""Bytes of report.html with its figures; where they do not fit, they are in the folder."""

_PAGE_SIZE = 50  # figures in a file of the folder
_INDEX_SIZE = 5000  # figures in a file of the index

_Written = tuple[Markup, Json, Json]
"""A figure as JSON, the figure itself (its caption at least), and its index entry."""


_FILES = (
    "summary.json", "scores.tsv", "figures.tsv", "worklist.tsv", "names.parquet", "genes.parquet",
    "report.md", "run.log.json",
)  # fmt: skip


def write_html(context: ReportContext, folder: Path) -> None:
    """Write `report.html` into a folder, and `report-figures/` beside it if it needs one."""
    beside = folder / FIGURES_FOLDER
    with writing(beside):
        if beside.is_dir():
            shutil.rmtree(beside)
    values = context.template_values()
    values |= {"work": _work(context), "work_shown": len(context.work.rows)}
    room = MAX_SIZE - len(_page(values, Markup(), own_folder=False).encode())
    data = _data(FigureBrowser.of(context.evaluation), beside, room)
    write_file(folder / "report.html", _page(values, data, own_folder=beside.is_dir()))


def _data(browser: FigureBrowser, beside: Path, room: int) -> Markup:
    """Return the data of the page: all figures if they fit in so many bytes, or their folder."""
    filters = {
        "models": browser.models,
        "organisms": browser.organisms,
        "miss_reasons": browser.miss_reasons,
        "name_outcomes": browser.name_outcomes,
        "labels": LABELS | {code: value_label("scope_from", code) for code in INFERRED},
        "meanings": MEANINGS,
        "nomenclature": browser.nomenclature,
        "gene_ids": browser.gene_ids(),
        "count": len(browser.figids),
    }
    count = max(len(browser.figids), 1)
    places = {
        "folder": None, "page_size": count, "index_size": count, "indexes": 1,
        "ids": browser.figids,
    }  # fmt: skip
    written = ((json_text(figure), figure, entry) for figure, entry in browser.figures())
    held: list[_Written] = []
    entries: list[Markup] = []
    size = len(json_text(filters | places | {"figures": [], "index": []}).encode())
    size -= 2  # the first of each list has no comma before it
    for text, figure, entry in written:
        held.append((text, {"caption": figure.get("caption", "")}, entry))
        entries.append(json_text(entry))
        size += len(text.encode()) + len(entries[-1].encode()) + 2  # commas
        if size > room:
            places = _write_beside(browser, chain(_drain(held), written), beside)
            return json_text(filters | places)
    return json_object(
        {name: json_text(value) for name, value in (filters | places).items()}
        | {"figures": json_list(text for text, _, _ in held), "index": json_list(entries)}
    )


def _drain(held: list[_Written]) -> Iterator[_Written]:
    yield from held
    held.clear()


def _write_beside(
    browser: FigureBrowser, figures: Iterator[_Written], folder: Path
) -> dict[str, Any]:
    """Write pages of figures and parts of their index as scripts that call the page.

    The entries of the index have the captions, too: a search reads them without the pages.
    """
    with writing(folder):
        folder.mkdir(parents=True)
    entries: list[Markup] = []
    pages = indexes = 0
    while page := list(islice(figures, _PAGE_SIZE)):
        text = json_list(figure for figure, _, _ in page)
        write_file(folder / f"page-{pages:05d}.js", f"nerbench.page({pages},{text});\n")
        pages += 1
        entries += [
            json_text(entry | {"caption": figure.get("caption", "")}) for _, figure, entry in page
        ]
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


def _page(values: Mapping[str, Any], data: Markup, *, own_folder: bool) -> str:
    script, style = page_script(*_PARTS), page_style()
    return (
        page_templates()
        .get_template("report.html.j2")
        .render(
            **values,
            files=_FILES,
            data=data,
            script=Markup(script),
            style=Markup(style),
            policy=content_security_policy(script, style, own_folder=own_folder),
        )
    )


def _work(context: ReportContext) -> Markup:
    """Return the data of the work list."""
    evaluation = context.evaluation
    rows = json_list(json_text(row._asdict()) for row in context.work.rows)
    values: dict[str, Any] = {
        "corpus": evaluation.corpus.digest,
        "models": [model.name for model in evaluation.working],
        "labels": WORK,
        "nomenclature": nomenclature(evaluation),
    }
    return json_object({name: json_text(value) for name, value in values.items()} | {"rows": rows})


_PARTS = (
    "base", "theme", "tables", "tooltips", "plots", "contents", "store", "figures", "worklist",
)  # fmt: skip
"""The parts of the page's script, in `templates/page`."""


def page_script(*parts: str) -> str:
    """Return parts of the script of a page as one, with a scope of its own."""
    text = "\n".join(template_text(f"page/{part}.js") for part in parts)
    return f'"use strict";\n(() => {{\n{text}}})();\n'


def page_templates() -> Environment:
    """Return the templates of pages: untrusted text is escaped and printable."""
    filters = {"interval": _short_interval, "breakable": _breakable}
    return environment(filters, autoescape=True, finalize=_finalize)


def _breakable(text: str) -> str | Markup:
    """Return a name that may break after an underscore or a slash, else only between words."""
    shown = escape(printable(text))
    return Markup(re.sub(r"(?<=[_/])(?=[^_/])", "<wbr>", shown))


def _finalize(value: Any) -> Any:
    """Make the untrusted text that a template puts out printable; keep our markup."""
    return printable(value) if type(value) is str else value


def _short_interval(ends: tuple[float, float] | None, digits: int = 2) -> str:
    return interval(ends, digits).strip().strip("[]").replace(", ", "–" if digits < 3 else " to ")


def template_text(name: str) -> str:
    """Return the text of a file in `templates`."""
    return files("nerbench.reports").joinpath("templates", name).read_text(encoding="utf-8")


def page_style() -> str:
    """Return the style sheet: the palette of both themes, and the rules that use it."""
    dark = _variables(1) + _DARK_THEME
    rules = colour_rules(lambda name: f"var(--{name})")
    return (
        f":root{{{_variables(0)}}}{template_text('report.css')}{rules}"
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
