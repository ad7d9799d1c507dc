"""Tests of a report.html whose figures and work list are in the page, compressed."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import Words

from browser.pages import Open, Opened, expect, figures
from nerbench import Evaluation, evaluate
from nerbench.reports import page as html
from nerbench.reports import write_reports
from nerbench.reports.context import ReportContext


@pytest.fixture
def packed(evaluation: Evaluation, run: Path, tmp_path: Path, monkeypatch: Any) -> Path:
    """The report of the run, with its figures and its work list compressed in the page."""
    size = (run / "report.html").stat().st_size
    monkeypatch.setattr(html, "MAX_SIZE", size - 1)
    html.write_html(ReportContext.of(evaluation), tmp_path)
    assert not (tmp_path / html.FIGURES_FOLDER).exists()
    assert (tmp_path / "report.html").stat().st_size < size
    return tmp_path / "report.html"


def test_compressed_figures_and_work_list_are_shown_searched_and_linked(
    show: Open, packed: Path, opened: Opened
) -> None:
    page = show(packed)
    assert page.count_line == opened.count_line == "Figures 1 to 10 of 31"
    assert page.find("#cards").inner_text() == opened.find("#cards").inner_text()
    expect(page.find("#work-rows tr")).to_have_count(opened.find("#work-rows tr").count())
    assert page.find("#work").inner_text() == opened.find("#work").inner_text()
    page.find("#q").fill("disc 12")
    page.shows("#found", "Figures 1 to 1 of 1 found, of 31")
    assert page.figids == ["PMC1012__fig-12"]
    linked = show(packed, "#fig=PMC1017__fig-17")
    expect(linked.find(".card.wanted")).to_have_attribute("data-figid", "PMC1017__fig-17")


def test_a_browser_that_cannot_unpack_says_so(browser: Any, packed: Path) -> None:
    context = browser.new_context()
    context.add_init_script("delete window.DecompressionStream")
    page = context.new_page()
    page.goto(packed.as_uri())
    expect(page.locator("#cards .alert")).to_contain_text("open the page in one of 2023 or later")
    expect(page.locator("#worklist .alert").last).to_contain_text("also in worklist.tsv")
    expect(page.locator("#headline tbody tr").first).to_be_visible()
    context.close()


def test_a_thousand_figures_and_three_models_are_one_file_painted_within_a_second(
    show: Open, tmp_path: Path
) -> None:
    draw = random.Random(0)
    words = [
        "".join(draw.choices("abcdefghiklmnoprstuy", k=draw.randint(3, 11))) for _ in range(3000)
    ]
    made = [
        replace(
            figures()[n % 30],
            figid=f"PMC{2000 + n}__fig-{n}",
            caption=f"{figures()[n % 30].caption} {' '.join(draw.choices(words, k=130))}.",
        )
        for n in range(1000)
    ]
    models = [
        Words("a", ["STAT3", "wg"]),
        Words("b", ["JAK1", "MYC", "Delta"]),
        Words("c", ["TP53"]),
    ]
    write_reports(evaluate(made, models), tmp_path)
    assert (tmp_path / "report.html").stat().st_size < 5_000_000
    assert not (tmp_path / html.FIGURES_FOLDER).exists()
    paints = []
    for _ in range(3):  # the machine may have other work
        opened = show(tmp_path / "report.html")
        assert opened.count_line == "Figures 1 to 10 of 1,000"
        paints.append(
            opened.page.evaluate(
                "performance.getEntriesByName('first-contentful-paint')[0].startTime"
            )
        )
    assert 0 < min(paints) < 1000
