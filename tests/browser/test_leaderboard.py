"""Tests of leaderboard.html in a browser: which recognizer to take, on one screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import Words

from browser.pages import SMALLEST, Open, Opened, expect, figures
from nerbench import Evaluation, Mention, evaluate
from nerbench.engine.leaderboard import Leaderboard
from nerbench.engine.provenance import CardInfo
from nerbench.reports.board_page import write_leaderboard

CARDS = {
    "fast": CardInfo("lexicon", licence="MIT"),
    "slow": CardInfo("transformers", licence="Apache 2.0"),
}


def run(part: slice, *, marked: bool = False, models: Sequence[Words] | None = None) -> Evaluation:
    made = figures()[part]
    if marked:
        gold = (Mention(0, 5, "Notch"),)
        made = [replace(one, gold=gold if one.caption.startswith("Notch") else ()) for one in made]
    usual = [Words("fast", ["Notch", "STAT3"]), Words("slow", ["STAT3", "wg"]), Words("bare", [])]
    evaluation = evaluate(made, models or usual)
    carded = [replace(model, card=CARDS.get(model.name)) for model in evaluation.models]
    return replace(evaluation, models=tuple(carded))


@pytest.fixture
def board(show: Open, tmp_path: Path) -> Opened:
    runs = {"monday": run(slice(15), marked=True), "tuesday": run(slice(15, 30))}
    speeds = {"monday": {"fast": 50.0, "slow": 0.5}, "tuesday": {"fast": 120.0}}
    write_leaderboard(Leaderboard.of(runs, speeds), tmp_path, has_report=False)
    return show(tmp_path / "leaderboard.html")


def shown(board: Opened) -> list[str]:
    return board.find("#leaderboard tbody tr:visible th bdi").all_inner_texts()


def heads(board: Opened) -> list[str]:
    return board.find("#leaderboard thead tr:last-child th:visible button").all_inner_texts()


LAST = ["captions per second", "kind / licence"]
RATES = ["F1 on lists", "precision", "in-caption recall"]


def test_models_are_rows_and_corpora_groups_of_columns_gold_first(board: Opened) -> None:
    assert shown(board) == ["fast", "slow", "bare"]
    assert board.find("#leaderboard .group th bdi").all_inner_texts() == ["monday", "tuesday"]
    board.find("#b-rates").select_option("all")
    assert heads(board) == ["model", "strict F1", *RATES, *RATES, *LAST]
    fast = board.find("#leaderboard tbody tr:visible").first
    expect(fast.locator("td").nth(7)).to_have_text("120")  # the faster of two runs
    assert fast.locator(".bar .fill").count() == 7  # the second corpus has no marks
    assert fast.locator(".bar .whisker").count() > 0
    assert fast.locator(".below:visible").count() == 0  # the rate has a column of its own


def test_a_corpus_takes_a_column_and_the_download_has_all(board: Opened) -> None:
    assert heads(board) == ["model", "strict F1", "F1 on lists", *LAST]
    spans = [group.evaluate("cell => cell.colSpan") for group in board.find(".group th").all()]
    assert spans == [1, 1]
    assert board.find(".scroll").evaluate("box => box.scrollWidth <= box.clientWidth")
    with board.page.expect_download() as download:
        board.find("[data-download=leaderboard]").click()
    names = Path(download.value.path()).read_text("utf-8").splitlines()[0].split("\t")
    assert names[:2] == ["model", "monday: strict F1"]
    assert "tuesday: in-caption recall" in names
    assert names[-3:] == ["captions per second", "kind", "licence"]


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """The leaderboard over three marked corpora."""
    parts = {"monday": slice(10), "tuesday": slice(10, 20), "wednesday": slice(20, 30)}
    runs = {name: run(part, marked=True) for name, part in parts.items()}
    write_leaderboard(Leaderboard.of(runs, {}), tmp_path, has_report=False)
    return tmp_path / "leaderboard.html"


def test_three_corpora_have_one_column_each_with_both_f1_in_its_cell(
    show: Open, three: Path
) -> None:
    opened = show(three)
    assert heads(opened) == ["model", "strict F1", "strict F1", "strict F1", *LAST]
    assert opened.find(".scroll").evaluate("box => box.scrollWidth <= box.clientWidth")
    fast = opened.find("#leaderboard tbody tr:visible", has_text="fast")
    below = fast.locator(".below:visible").all_inner_texts()
    lists = fast.locator("td.extra").all()[::3]
    assert [f"lists {float(cell.get_attribute('data-v') or 'nan'):.3f}" for cell in lists] == below
    assert len(below) == 3
    opened.find("#b-rates").select_option("all")
    assert heads(opened) == ["model", *["strict F1", *RATES] * 3, *LAST]


def test_a_phone_shows_three_corpora_without_scrolling(show: Open, three: Path) -> None:
    opened = show(three, viewport={"width": 390, "height": 800})
    cells = opened.find("#leaderboard tbody tr:visible").first.locator("td.rate:visible").all()
    assert len(cells) == 3
    for cell in cells:
        box = cell.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390


@pytest.mark.parametrize(("marked", "rate"), [(True, "strict F1"), (False, "F1 on lists")])
def test_a_phone_shows_name_and_main_rate_without_scrolling(
    show: Open, tmp_path: Path, marked: bool, rate: str
) -> None:
    words = Words("en_ner_bionlp13cg_md", ["Notch", "STAT3"])
    runs = {
        "a run with a long name": run(slice(15), marked=marked, models=[words]),
        "tuesday": run(slice(15, 30)),
    }
    write_leaderboard(Leaderboard.of(runs, {}), tmp_path, has_report=False)
    phone = show(tmp_path / "leaderboard.html", viewport={"width": 390, "height": 800})
    row = phone.find("#leaderboard tbody tr:visible").first
    head = phone.find("#leaderboard thead tr:last-child th").nth(1)
    assert head.inner_text() == rate
    for part in (row.locator("th"), row.locator("td").first, head):
        box = part.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390
        assert box["y"] >= 0 and box["y"] + box["height"] <= 800


def test_the_board_is_filtered_by_organism_licence_kind_and_speed(board: Opened) -> None:
    board.find("#b-organism").select_option("fly")
    assert shown(board) == ["fast", "slow", "bare"]
    board.find("#b-licence").select_option("MIT")
    assert shown(board) == ["fast"]
    board.find("#board-filters button[type=reset]").click()
    expect(board.find("#b-found")).to_have_text("3 of 3 models shown")
    board.find("#b-kind").select_option("transformers")
    assert shown(board) == ["slow"]
    board.find("#b-kind").select_option("no card")
    assert shown(board) == ["bare"]
    board.find("#board-filters button[type=reset]").click()
    board.find("#b-speed").select_option("10")
    expect(board.find("#b-found")).to_have_text("1 of 3 models shown")
    assert shown(board) == ["fast"]


def test_the_board_fits_a_phone_and_has_no_barrier(show: Open, three: Path) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="needs nerbench[browser]"
    )
    phone = show(three, viewport={"width": 390, "height": 800})
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 390
    for opened in (show(three), phone):
        for scheme in ("light", "dark"):
            opened.page.emulate_media(color_scheme=scheme)
            violations = axe.Axe().run(opened.page).response["violations"]
            assert [(rule["id"], rule["nodes"][0]["html"]) for rule in violations] == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("media", ["screen", "print"])
def test_no_label_of_the_board_is_smaller_than_eleven_pixels(
    show: Open, three: Path, width: int, media: str
) -> None:
    opened = show(three, viewport={"width": width, "height": 800})
    opened.page.emulate_media(media=media)
    size, text = opened.page.evaluate(SMALLEST)
    assert size >= 10.99, text
