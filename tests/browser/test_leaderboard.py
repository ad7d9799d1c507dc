"""Tests of leaderboard.html in a browser: which recognizer to take, on one screen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fakes import Words

from browser.pages import Open, Opened, expect, figures
from nerbench import Evaluation, Mention, evaluate
from nerbench.engine.leaderboard import Leaderboard
from nerbench.engine.provenance import CardInfo
from nerbench.reports.board_page import write_leaderboard

CARDS = {
    "fast": CardInfo("lexicon", licence="MIT"),
    "slow": CardInfo("transformers", licence="Apache 2.0"),
}


def run(part: slice, *, marked: bool = False) -> Evaluation:
    made = figures()[part]
    if marked:
        gold = (Mention(0, 5, "Notch"),)
        made = [replace(one, gold=gold if one.caption.startswith("Notch") else ()) for one in made]
    models = [Words("fast", ["Notch", "STAT3"]), Words("slow", ["STAT3", "wg"]), Words("bare", [])]
    evaluation = evaluate(made, models)
    carded = [replace(model, card=CARDS.get(model.name)) for model in evaluation.models]
    return replace(evaluation, models=tuple(carded))


@pytest.fixture
def board(show: Open, tmp_path: Path) -> Opened:
    runs = {"monday": run(slice(15), marked=True), "tuesday": run(slice(15, 30))}
    speeds = {"monday": {"fast": 50.0, "slow": 0.5}, "tuesday": {"fast": 120.0}}
    write_leaderboard(Leaderboard.of(runs, speeds), tmp_path, has_report=False)
    return show(tmp_path / "leaderboard.html")


def shown(board: Opened) -> list[str]:
    return board.find("#leaderboard tbody tr:visible th").all_inner_texts()


def test_models_are_rows_and_corpora_groups_of_columns_gold_first(board: Opened) -> None:
    assert shown(board) == ["fast", "slow", "bare"]
    groups = board.find("#leaderboard .group th").all_inner_texts()
    assert [group.split()[0] for group in groups] == ["monday15", "tuesday15"] or [
        group.split("\n")[0] for group in groups
    ] == ["monday", "tuesday"]
    heads = board.find("#leaderboard thead tr:last-child th button").all_inner_texts()
    assert heads[4:8] == ["gold F1", "precision", "in-caption recall", "F1"]
    fast = board.find("#leaderboard tbody tr:visible").first
    expect(fast.locator("td").nth(2)).to_have_text("120")  # the faster of two runs
    assert fast.locator(".bar .fill").count() == 7  # the second corpus has no marks
    assert fast.locator(".bar .whisker").count() > 0


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


def test_the_board_fits_a_phone_and_has_no_barrier(
    board: Opened, show: Open, tmp_path: Path
) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="needs nerbench[browser]"
    )
    for scheme in ("light", "dark"):
        board.page.emulate_media(color_scheme=scheme)
        violations = axe.Axe().run(board.page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in violations] == []
    phone = show(tmp_path / "leaderboard.html", viewport={"width": 390, "height": 800})
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 390
