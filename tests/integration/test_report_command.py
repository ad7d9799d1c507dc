"""`nerbench report`: the reports of a run, built again from its files."""

from __future__ import annotations

import json
from pathlib import Path

from command_line import CommandLine


def test_report_builds_the_reports_again_from_a_run_alone(call: CommandLine, corpus: Path) -> None:
    assert call("run", corpus, "-m", "lexicon", "-o", "out", "-q").status == 0
    before = {name: Path("out", name).read_bytes() for name in ("report.html", "report.md")}
    for name in before:
        Path("out", name).unlink()
    result = call("report", "out", "--multiqc")
    assert (result.status, result.err) == (0, "")
    assert "out/report.html" in result.out
    assert {name: Path("out", name).read_bytes() for name in before} == before
    assert "plot_type" in json.loads(Path("out/nerbench_mqc.json").read_text(encoding="utf-8"))


def test_report_of_a_folder_that_is_no_run_ends_with_2(call: CommandLine) -> None:
    result = call("report", "nowhere")
    assert result.status == 2
    assert result.message == "nowhere: is no folder of a run: it has no summary.json"
