"""Tests of report.html and leaderboard.html on paper: nothing is cut off, parted or unreadable."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import Words

from browser.pages import Open, Opened, expect, figures
from nerbench import Figure, evaluate
from nerbench.reports import write_reports

PAPER = {"viewport": {"width": 711, "height": 1039}}  # A4 within its margins


def printed(show: Open, path: Path) -> Opened:
    """Return a page as it is laid out for print."""
    opened = show(path, **PAPER)
    assert opened.count_line
    opened.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    opened.page.emulate_media(media="print")
    return opened


@pytest.fixture
def paper(show: Open, run: Path) -> Opened:
    return printed(show, run / "report.html")


def style(opened: Opened, selector: str, name: str) -> set[str]:
    """Return the values of a property over all elements that a selector finds."""
    values: list[str] = opened.page.evaluate(
        "([selector, name]) => Array.from(document.querySelectorAll(selector),"
        " one => getComputedStyle(one)[name])",
        [selector, name],
    )
    assert values, selector
    return set(values)


def test_no_table_plot_or_figure_is_wider_than_the_paper(paper: Opened) -> None:
    wide = paper.page.evaluate(
        "() => Array.from(document.querySelectorAll('main :is(table, .panel, .card, pre, dd)'))"
        ".filter(one => one.getBoundingClientRect().right > innerWidth + 1)"
        ".map(one => one.id || one.className || one.textContent)"
    )
    assert wide == []
    assert paper.page.evaluate("document.documentElement.scrollWidth") <= 711


def test_the_headings_of_columns_are_text_that_each_page_repeats(paper: Opened) -> None:
    """Chromium repeats the head of a table on each page, but leaves out what controls hold."""
    assert style(paper, "thead button", "display") == {"contents"}
    assert style(paper, "main thead", "display") == {"table-header-group"}
    assert paper.find("#headline thead th").nth(1).inner_text().strip() == "precision"
    left, top = style(paper, "thead th", "paddingLeft"), style(paper, "thead th", "paddingTop")
    assert len(left) == len(top) == 1
    assert "0px" not in left | top


def test_a_heading_stays_with_what_it_heads(paper: Opened) -> None:
    for heading in ("h2", "h3", ".card h4", "summary", ".how", ".card header", "thead", ".legend"):
        if heading != ".card h4" or paper.find(heading).count():
            assert style(paper, f"main {heading}", "breakAfter") == {"avoid"}, heading
    for whole in ("tbody tr", ".panel", ".card header", "p.how", "p.small", "dd"):
        assert style(paper, f"main {whole}", "breakInside") == {"avoid"}, whole


def test_short_tables_stay_whole_and_long_ones_and_figures_may_break(paper: Opened) -> None:
    short, long = [], []
    for table in paper.find("main table").all():
        rows = table.locator("tbody > tr").count()
        (short if rows <= 8 else long).append(
            table.evaluate("t => getComputedStyle(t).breakInside")
        )
    assert set(short) == {"avoid"}
    assert set(long) == {"auto"}
    assert style(paper, ".card", "breakInside") == style(paper, ".caption", "breakInside")
    assert style(paper, ".card", "breakInside") == {"auto"}


def test_paper_says_nothing_of_pointing_and_pressing(show: Open, run: Path) -> None:
    opened = show(run / "report.html")
    on_screen = [one.inner_text() for one in opened.find(".paged").all()]
    assert any("Press a heading" in text for text in on_screen)
    assert any("address of this page" in text for text in on_screen)
    paper = printed(show, run / "report.html")
    for hint in paper.find(".paged").all():
        expect(hint).to_be_hidden()
    for word in ("Press a heading", "Point at a mark", "Download"):
        assert word not in paper.find("main").inner_text()


def test_a_figure_starts_below_the_one_before(show: Open, tmp_path: Path) -> None:
    """Figures of two thirds of a page take less paper than a page each."""
    caption = "STAT3 acts on JAK1, and nobody knows how. " * 40
    made = [Figure(f"F{n}", caption=caption, curated=figures()[1].curated) for n in range(9)]
    write_reports(evaluate(made, Words("one", ["STAT3"])), tmp_path)
    opened = printed(show, tmp_path / "report.html")
    pages = opened.page.pdf(format="A4").count(b"/Type /Page\n")
    for card in opened.find(".card").all():
        card.evaluate("card => { card.style.breakInside = 'avoid' }")
    assert pages < opened.page.pdf(format="A4").count(b"/Type /Page\n")
