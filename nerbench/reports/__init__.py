"""Write a run: JSON, tables, Markdown, HTML, and the result table on the terminal."""

from __future__ import annotations

from pathlib import Path

from nerbench.engine.evaluation import Evaluation
from nerbench.errors import NerbenchError
from nerbench.reports.files import write_file
from nerbench.reports.html import write_html
from nerbench.reports.markdown import write_markdown
from nerbench.reports.summary import summary_json
from nerbench.reports.tables import write_tables

__all__ = ["write_reports"]


def write_reports(evaluation: Evaluation, folder: Path) -> None:
    """Write `summary.json`, the tables, `report.html` and `report.md` of an evaluation into a folder.

    Raises NerbenchError if the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_tables(evaluation, folder)
        write_file(folder / "summary.json", summary_json(evaluation))
        write_markdown(evaluation, folder)
        write_html(evaluation, folder)
    except OSError as error:
        raise NerbenchError(f"{folder}: cannot be written: {error.strerror or error}") from None
