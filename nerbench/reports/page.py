"""`report.html`: a run to look at, in one file; thousands of figures lie in a folder beside it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup, escape

from nerbench.files import write_file, writing
from nerbench.reports.charts import PALETTE
from nerbench.reports.context import ReportContext, environment
from nerbench.reports.drawing import colour_rules
from nerbench.reports.figure_browser import FigureBrowser, nomenclature
from nerbench.reports.figure_data import FigureData
from nerbench.reports.formatting import interval
from nerbench.reports.labels import WORK
from nerbench.reports.printable import printable
from nerbench.reports.safe_html import content_security_policy, json_list, json_object, json_text

FIGURES_FOLDER = "report-figures"
"""The folder beside report.html where figures are, if they are too many for one file."""

MAX_SIZE = 5_000_000
"""Bytes of report.html. Figures that do not fit are compressed, and else lie in the folder."""

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
    values["work_shown"] = len(context.work.rows)
    empty = FigureData(Markup(), Markup("[]"))
    room = MAX_SIZE - len(_page(context, values, empty).encode())
    rows = json_list(json_text(row._asdict()) for row in context.work.rows)
    data = FigureData.of(FigureBrowser.of(context.evaluation), rows, beside, room)
    write_file(folder / "report.html", _page(context, values, data))


def _page(context: ReportContext, values: Mapping[str, Any], data: FigureData) -> str:
    script, style = page_script(*_PARTS), page_style()
    return (
        page_templates()
        .get_template("report.html.j2")
        .render(
            **values,
            files=_FILES,
            data=data.data,
            work=_work(context, data.work),
            packed=data.packed,
            script=Markup(script),
            style=Markup(style),
            policy=content_security_policy(script, style, own_folder=data.in_folder),
        )
    )


def _work(context: ReportContext, rows: Markup) -> Markup:
    """Return the data of the work list."""
    evaluation = context.evaluation
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


@cache
def page_templates() -> Environment:
    """Return the templates of pages: untrusted text is escaped and printable."""
    filters = {
        "interval": _short_interval,
        "breakable": _breakable,
        "in_parts": _in_parts,
        "in_words": _in_words,
    }
    return environment(filters, autoescape=True, finalize=_finalize)


def _breakable(text: str) -> str | Markup:
    """Return a name that may break after an underscore or a slash, else only between words."""
    shown = escape(printable(text))
    return Markup(re.sub(r"(?<=[_/])(?=[^_/])", "<wbr>", shown))


def _in_parts(signature: str) -> Markup:
    """Return a signature that breaks after its bars and commas, else only where nothing fits."""
    return Markup(re.sub(r"(?<=[|,])(?=[^|,])", "<wbr>", escape(printable(signature))))


def _in_words(command: str) -> Markup:
    """Return a command that breaks between its words: `--model` stays whole."""
    words = (
        Markup('<span class="word">{}</span>').format(printable(word))
        for word in command.split(" ")
    )
    return Markup(" ").join(words)


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
