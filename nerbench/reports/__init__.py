"""Write a run: JSON, tables, Markdown, HTML, and the result table on the terminal."""

from __future__ import annotations

from pathlib import Path

from nerbench.engine.evaluation import Evaluation
from nerbench.files import write_file, writing
from nerbench.reports.context import ReportContext
from nerbench.reports.markdown import write_markdown
from nerbench.reports.multiqc import write_multiqc
from nerbench.reports.page import write_html
from nerbench.reports.summary import summary_json
from nerbench.reports.table_files import write_tables

__all__ = ["write_readable", "write_reports"]


def write_reports(evaluation: Evaluation, folder: Path, *, multiqc: bool = False) -> None:
    """Write `summary.json`, the tables and what is there to be read of an evaluation.

    Raises NerbenchError if the folder cannot be written.
    """
    _make(folder)
    with writing(folder / "summary.json"):  # where it is, the tables beside it are its own
        (folder / "summary.json").unlink(missing_ok=True)
    write_tables(evaluation, folder)
    write_file(folder / "summary.json", summary_json(evaluation))
    write_readable(evaluation, folder, multiqc=multiqc)


def write_readable(evaluation: Evaluation, folder: Path, *, multiqc: bool = False) -> None:
    """Write `report.html` and `report.md`, with ``multiqc`` also `*_mqc.json`.

    Raises NerbenchError if the folder cannot be written.
    """
    _make(folder)
    content = ReportContext.of(evaluation)
    write_html(content, folder)
    write_markdown(content, folder)
    if multiqc:
        write_multiqc(evaluation, folder)


def _make(folder: Path) -> None:
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
