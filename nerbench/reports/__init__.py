"""The reports of an evaluation: JSON, tables, Markdown, HTML, MultiQC, terminal, notebook."""

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


def write_reports(evaluation: Evaluation, folder: Path, *, multiqc: bool = False) -> None:
    """Write the files of a run: summary, tables, and the reports to read.

    Parameters
    ----------
    evaluation : Evaluation
        The evaluation to write.
    folder : Path
        Where to write `summary.json`, `scores.tsv`, `figures.tsv`, the Parquet tables, and the
        files of `write_readable`. The folder is made; an older run in it is replaced.
    multiqc : bool
        Whether to write custom content for MultiQC, too.

    Raises
    ------
    NerbenchError
        If a file cannot be written.
    """
    _make_folder(folder)
    with writing(folder / "summary.json"):  # a folder with a summary has the tables of that run
        (folder / "summary.json").unlink(missing_ok=True)
    write_tables(evaluation, folder)
    write_file(folder / "summary.json", summary_json(evaluation))
    write_readable(evaluation, folder, multiqc=multiqc)


def write_readable(evaluation: Evaluation, folder: Path, *, multiqc: bool = False) -> None:
    """Write the reports of a run that a person reads.

    Parameters
    ----------
    evaluation : Evaluation
        The evaluation to write.
    folder : Path
        Where to write `report.html`, `report.md` and the plots of the latter. The folder is made.
    multiqc : bool
        Whether to write custom content for MultiQC (`*_mqc.json`), too.

    Raises
    ------
    NerbenchError
        If a file cannot be written.
    """
    _make_folder(folder)
    context = ReportContext.of(evaluation)
    write_html(context, folder)
    write_markdown(context, folder)
    if multiqc:
        write_multiqc(evaluation, folder)


def _make_folder(folder: Path) -> None:
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
