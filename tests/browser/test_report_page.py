"""Tests of report.html in a browser: what a reader does with it, and what must not act in it."""

from __future__ import annotations

import re
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from fakes import Words

from browser.pages import Open, Opened, expect, figures
from nerbench import CuratedGene, Figure, Mention, evaluate
from nerbench.engine.load import load_run
from nerbench.engine.row_tables import Table
from nerbench.engine.rows import CaptionRow, FigureRow, GeneRow, NameRow
from nerbench.reports import page as html
from nerbench.reports import write_reports
from nerbench.reports.context import ReportContext

SEED_ID = "PMC8714735__fonc-11-760971-g003"
SECTIONS = [
    "results", "tradeoff", "levels", "genes", "organisms", "reasons", "compared", "strata",
    "thresholds", "worklist", "figures", "left-out", "definitions", "provenance", "signature",
]  # fmt: skip


def choose(opened: Opened, selector: str, label: str) -> None:
    opened.find(selector).select_option(label=label)


# --- the page


def test_the_sections_come_in_their_order_and_each_says_how_to_read_it(opened: Opened) -> None:
    sections = opened.find("main > section").all()
    assert [one.get_attribute("id") for one in sections] == SECTIONS
    for one in sections:
        assert one.locator(".how").count() == 1, one.get_attribute("id")
    links = [one.get_attribute("href") for one in opened.find(".toc a").all()]
    assert links == [f"#{name}" for name in SECTIONS]


def test_three_sentences_say_what_was_measured_and_on_what(opened: Opened) -> None:
    lead = opened.find("#what").inner_text()
    assert "lexicon, scored and plain read the captions of 31 pathway figures" in lead
    assert "(1 of them without a caption)" in lead
    assert len(re.findall(r"\.(?:\s|$)", lead)) == 3


POINTS = "#tradeoff .panel .mark-symbol[class*=key] > path"


@pytest.mark.parametrize("width", [1280, 390])
def test_pointing_at_a_mark_of_a_plot_shows_its_whole_tooltip(
    show: Open, run: Path, width: int
) -> None:
    opened = show(run / "report.html", viewport={"width": width, "height": 700})
    tip = opened.find("#tip")
    for point in opened.find(POINTS).all():
        point.scroll_into_view_if_needed()
        box = point.bounding_box()
        opened.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        assert tip.inner_text() in [one.get_attribute("aria-label") for one in beside(opened, box)]
        assert re.match(r"\w+: precision \d\.\d{3}.*in-caption recall \d\.\d{3}", tip.inner_text())
        shown = tip.bounding_box()
        assert shown["x"] >= 0
        assert shown["x"] + shown["width"] <= width
    opened.page.mouse.move(1, 1)
    expect(tip).to_be_hidden()


def beside(opened: Opened, box: dict[str, float]) -> list[Any]:
    """The points in the same place."""
    boxes = [(point, point.bounding_box()) for point in opened.find(POINTS).all()]
    return [p for p, b in boxes if abs(b["x"] - box["x"]) < 12 and abs(b["y"] - box["y"]) < 12]


def test_a_finger_near_a_mark_shows_its_tooltip(show: Open, run: Path) -> None:
    opened = show(run / "report.html", viewport={"width": 390, "height": 700}, has_touch=True)
    point = opened.find(POINTS).first
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    opened.page.touchscreen.tap(box["x"] - 4, box["y"] - 4)
    expect(opened.find("#tip")).to_contain_text(": precision")


def test_the_marks_of_a_plot_are_stepped_through_with_the_keyboard(opened: Opened) -> None:
    marks = opened.find("#levels .panel").first.locator("[class*=' key'] > [aria-label]")
    labels = [mark.get_attribute("aria-label") for mark in marks.all()]
    assert len(labels) == 9
    assert [mark.get_attribute("tabindex") for mark in marks.all()].count("0") == 1
    opened.find("#levels .legend button").last.focus()
    opened.page.keyboard.press("Tab")
    seen = []
    for _ in labels:
        seen.append(opened.find("#tip").inner_text())
        opened.page.keyboard.press("ArrowRight")
    assert seen == labels
    opened.page.keyboard.press("Escape")
    expect(opened.find("#tip")).to_be_hidden()
    opened.page.keyboard.press("Home")
    assert opened.find("#tip").inner_text() == labels[0]


def test_the_legend_hides_and_shows_a_model_in_all_panels_of_its_plot(opened: Opened) -> None:
    button = opened.find("#levels .legend button", has_text="scored")
    before = opened.find("#levels [class*=' key1_'] > :visible").count()
    assert before > 0
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert opened.find("#levels .panel [class*=' key1_'] > :visible").count() == 0
    assert opened.find("#levels .panel [class*=' key0_'] > :visible").count() > 0
    assert opened.find("#tradeoff .panel [class*=' key1_'] > :visible").count() > 0
    reached = opened.find("#levels .panel [tabindex='0']")
    assert all("scored" not in one.get_attribute("aria-label") for one in reached.all())
    button.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert opened.find("#levels [class*=' key1_'] > :visible").count() == before


def saved(opened: Opened, type_: str) -> tuple[str, bytes]:
    with opened.page.expect_download() as download:
        opened.find(f"#levels [data-save={type_}]").click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_a_plot_is_saved_as_svg_without_the_hidden_model(opened: Opened) -> None:
    opened.find("#levels .legend button", has_text="scored").click()
    name, content = saved(opened, "svg")
    assert name == "levels.svg"
    text = content.decode()
    root = ElementTree.fromstring(text)
    assert len(root.findall("{*}svg")) == 2 + 6  # swatches and panels
    assert "lexicon, symbol: precision" in text
    assert "scored" not in re.sub('<svg[^>]*aria-label="[^"]*"', "", text)
    assert "var(" not in text


def test_a_plot_is_saved_as_png_as_large_as_twice_the_svg(show: Open, run: Path) -> None:
    opened = show(run / "report.html", color_scheme="dark")
    width = float(ElementTree.fromstring(saved(opened, "svg")[1]).get("width"))
    name, content = saved(opened, "png")
    assert name == "levels.png"
    assert content.startswith(b"\x89PNG")
    assert int.from_bytes(content[16:20], "big") == 2 * width
    assert len(content) > 10_000  # it is not empty


def test_each_plot_has_an_alternative_text(opened: Opened) -> None:
    for drawing in opened.find(".panel > svg").all():
        assert drawing.get_attribute("role") == "graphics-document"
        assert len(drawing.get_attribute("aria-label")) > 20


def test_without_scripts_tables_and_drawings_are_there(show: Open, run: Path) -> None:
    opened = show(run / "report.html", java_script_enabled=False)
    expect(opened.find("#headline tbody tr").first).to_be_visible()
    expect(opened.find("#tradeoff .panel > svg").first).to_be_visible()
    expect(opened.find("#browser")).to_be_hidden()


def test_in_print_all_is_unfolded_on_white_and_controls_are_gone(show: Open, run: Path) -> None:
    opened = show(run / "report.html", color_scheme="dark")
    opened.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    opened.page.emulate_media(media="print")
    assert opened.find("details:not([open])").count() == 0
    expect(opened.find(".filters")).to_be_hidden()
    expect(opened.find(".toc")).to_be_hidden()
    expect(opened.find("#tradeoff .panel > svg").first).to_be_visible()
    white = opened.find("body").evaluate("body => getComputedStyle(body).backgroundColor")
    assert white == "rgb(255, 255, 255)"


# --- tables


def column(opened: Opened, table: str, at: int) -> list[str]:
    return [one.inner_text() for one in opened.find(f"#{table} tbody tr > :nth-child({at})").all()]


def test_a_heading_sorts_by_mouse_and_by_keyboard(opened: Opened) -> None:
    heading = opened.find("#headline thead th").nth(1)
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    rates = [float(text.split()[0]) for text in column(opened, "headline", 2) if text != "–"]
    assert rates == sorted(rates, reverse=True)
    heading.locator("button").focus()
    opened.page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "ascending"
    assert [float(text.split()[0]) for text in column(opened, "headline", 2) if text != "–"] == (
        sorted(rates)
    )
    opened.find("#headline thead th button").first.click()
    assert heading.get_attribute("aria-sort") == "none"
    names = column(opened, "headline", 1)
    assert names == sorted(names)


def test_a_row_without_the_value_sorts_last_either_way(show: Open, tmp_path: Path) -> None:
    figure = Figure("F1", caption="STAT3", curated=(CuratedGene(9606, "STAT3"),))
    models = [Words("a", []), Words("b", ["STAT3"])]
    write_reports(evaluate([figure], models), tmp_path)
    opened = show(tmp_path / "report.html")
    for _ in range(2):
        opened.find("#headline thead button").nth(1).click()
        assert column(opened, "headline", 2)[-1] == "–"


def test_a_table_is_copied_as_tab_separated_values(opened: Opened) -> None:
    opened.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened.find("[data-copy=headline]").click()
    opened.shows("#results .status", "Copied")
    text = opened.page.evaluate("navigator.clipboard.readText()")
    head, *rows = [line.split("\t") for line in text.strip().split("\n")]
    assert head[:5] == ["model", "organism", "precision", "precision low", "precision high"]
    assert {len(row) for row in rows} == {len(head)}
    assert len(rows) == opened.find("#headline tbody tr").count()
    assert float(rows[0][3]) <= float(rows[0][2]) <= float(rows[0][4])


def test_where_the_clipboard_is_closed_the_text_lies_ready(show: Open, run: Path) -> None:
    opened = show(run / "report.html")
    opened.page.evaluate(
        "navigator.clipboard.writeText = () => Promise.reject(new Error('no'));"
        "document.execCommand = () => false"
    )
    opened.find("[data-copy-text]").click()
    opened.shows("#signature .status", "Press Ctrl+C")
    assert opened.find("textarea.tsv").input_value().startswith("nerbench:")


# --- figures


@pytest.mark.parametrize(
    ("query", "first", "count"),
    [
        ("il6", "PMC1001__fig-1", 21),  # a curated gene: twenty figures and the seed's
        ("notch", "PMC1000__fig-0", 10),
        ("PMC1007__fig-7", "PMC1007__fig-7", 1),
        ("flies signal, part 12", "PMC1012__fig-12", 1),
        ("FONC-11-760971", SEED_ID, 1),
    ],
)
def test_a_search_finds_genes_ids_and_titles(
    opened: Opened, query: str, first: str, count: int
) -> None:
    opened.find("#q").fill(query)
    opened.shows("#found", "found, of 31")
    assert opened.figids[0] == first
    assert re.search(rf"of {count} found, of 31", opened.count_line)


def test_a_search_for_nothing_says_so_and_clear_brings_all_back(opened: Opened) -> None:
    opened.find("#q").fill("zzz")
    opened.shows("#found", "No figure found, of 31")
    assert opened.figids == []
    opened.find("button[type=reset]").click()
    opened.shows("#found", "Figures 1 to 10 of 31")


def test_filters_by_organism_outcome_and_reason_are_those_of_the_chosen_model(
    opened: Opened,
) -> None:
    choose(opened, "#f-organism", "fly")
    opened.shows("#found", "of 11 found")  # ten and the seed, which is both
    choose(opened, "#f-model", "plain")
    choose(opened, "#f-outcome", "with a name off the list")
    opened.shows("#found", "No figure found")
    choose(opened, "#f-outcome", "with a name on the list")
    opened.shows("#found", "of 10 found")
    opened.find("button[type=reset]").click()
    choose(opened, "#f-model", "plain")
    opened.find("#f-reason").select_option("gene-not-on-list")
    opened.shows("#found", "of 19 found")  # MYC; figure 5 has no caption
    assert opened.find(".card .mark.off-list").first.inner_text() == "MYC"


def test_figures_turn_page_by_page(opened: Opened) -> None:
    assert opened.count_line == "Figures 1 to 10 of 31"
    opened.find("#turn-bottom button[aria-label='Next page']").click()
    opened.shows("#found", "Figures 11 to 20 of 31")
    opened.find("#turn-top button[aria-label='Last page']").click()
    opened.shows("#found", "Figures 31 to 31 of 31")
    assert opened.find("#turn-top button[aria-label='Next page']").is_disabled()


def card(opened: Opened, figid: str) -> Any:
    opened.page.evaluate("hash => { location.hash = hash }", f"#fig={figid}")
    expect(opened.find(".card.wanted")).to_have_attribute("data-figid", figid)
    return opened.find(".card.wanted")


def test_pointing_at_a_mark_tells_name_genes_level_and_score(opened: Opened) -> None:
    choose(opened, "#f-model", "scored")
    one = card(opened, "PMC1001__fig-1")
    one.locator(".mark.on-list").last.hover()
    tip = opened.find("#tip")
    expect(tip).to_be_visible()
    assert list(filter(None, tip.inner_text().split("\n"))) == [
        "STAT3 on the list", "human: STAT3 (6774)", "fly: none on the list", "at level symbol",
        "score 0.940",
    ]  # fmt: skip
    one.locator(".mark.off-list").hover()
    expect(tip).to_contain_text("not on the list: a gene of the figure's organism")


@pytest.mark.parametrize("in_page", [html.MAX_SIZE, 0], ids=["in the page", "beside it"])
def test_pointing_at_a_mark_tells_its_identifiers_and_whether_the_text_agrees(
    show: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_page: int
) -> None:
    monkeypatch.setattr(html, "MAX_SIZE", in_page)
    ids = {"STAT3": ["6774"], "MYC": ["NCBI Gene:3569"], "JAK1": ["10090:16451"]}
    linker = Words("linker", [*ids, "TP53"], ids=ids)
    html.write_html(ReportContext.of(evaluate(figures()[1:3], linker)), tmp_path)
    assert (tmp_path / html.FIGURES_FOLDER).exists() is not in_page
    opened = show(tmp_path / "report.html")
    marks = card(opened, "PMC1001__fig-1").locator(".mark")
    tips = {}
    for name in (*ids, "TP53"):
        marks.filter(has_text=re.compile(f"^{name}$")).first.hover()
        lines = opened.find("#tip p").all_inner_texts()
        tips[name] = [line for line in lines if line.startswith("identifiers")]
    assert tips == {
        "STAT3": ["identifiers: 9606:6774 – the text agrees"],
        "MYC": ["identifiers: 9606:3569 – the text disagrees"],
        "JAK1": ["identifiers: 10090:16451 – agreement of the text unknown"],
        "TP53": [],
    }


def test_marks_are_stepped_through_with_the_keyboard(opened: Opened) -> None:
    choose(opened, "#f-model", "plain")
    one = card(opened, "PMC1001__fig-1")
    expect(one).to_be_focused()
    seen = []
    for _ in range(12):
        opened.page.keyboard.press("Tab")
        if opened.find("#tip").is_visible():
            seen.append(opened.find("#tip").inner_text().split("\n")[0])
    assert seen[:5] == [
        "named but missed",  # IL-6
        "named but missed",  # STAT3
        "JAK1 on the list",
        "named but missed",
        "MYC not on the list",
    ]
    opened.find(".card.wanted .mark.on-list").focus()
    described = opened.page.evaluate("document.activeElement.getAttribute('aria-describedby')")
    assert described == "tip"
    opened.page.keyboard.press("Escape")
    expect(opened.find("#tip")).to_be_hidden()


def test_a_gene_named_but_missed_is_marked_and_says_why(opened: Opened) -> None:
    choose(opened, "#f-model", "plain")
    one = card(opened, "PMC1001__fig-1")
    one.locator(".mark.missed").first.hover()
    opened.shows("#tip", "human: IL6 (3569)")
    opened.shows(
        "#tip",
        "named in the caption, not found: the caption has a name that can mean it, and no mention",
    )


def test_marks_that_overlap_are_told_together(opened: Opened) -> None:
    choose(opened, "#f-model", "scored")
    whole = card(opened, "PMC1001__fig-1").locator("[tabindex='0'][role=button]").first
    assert whole.inner_text() == "IL-6/STAT3"
    whole.hover()
    tip = opened.find("#tip").inner_text()
    assert tip.count("at level") == 2
    assert "IL-6 on the list" in tip
    assert "STAT3 on the list" in tip


def test_marks_differ_in_more_than_colour(opened: Opened) -> None:
    lines = {
        kind: opened.find(f".legend .mark.{kind}").evaluate(
            "mark => getComputedStyle(mark).textDecorationStyle"
        )
        for kind in ("on-list", "off-list", "missed")
    }
    assert sorted(lines.values()) == ["dashed", "dotted", "solid"]


def test_the_curated_list_stands_beside_by_organism_and_image_word(opened: Opened) -> None:
    choose(opened, "#f-model", "plain")
    box = card(opened, "PMC1001__fig-1").locator(".genes")
    text = box.inner_text()
    assert text.startswith("human: 1 of 4 curated genes recovered")
    assert re.search(r"JAK1\n✓\s*JAK1 by JAK1 \(symbol\)", text)
    assert re.search(r"IL6\n✗\s*IL6 named in the caption, not found", text)
    assert "1 not named in the caption" in text
    assert "EGFR: EGFR" in text


def test_a_figure_links_to_its_page_and_its_paper(opened: Opened) -> None:
    links = card(opened, "PMC1001__fig-1").locator(".where a")
    assert [one.get_attribute("href") for one in links.all()] == [
        "#fig=PMC1001__fig-1",
        "https://pfocr.wikipathways.org/figures/PMC1001__fig-1.html",
        "https://doi.org/10.1000/xyz123",
        "https://europepmc.org/articles/PMC1001/bin/fig-1.jpg",
    ]
    assert {one.get_attribute("rel") for one in links.all()[1:]} == {"noopener noreferrer"}
    without = card(opened, "PMC1002__fig-2").locator(".where a", has_text="Paper")
    assert without.get_attribute("href") == "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC1002/"


def test_a_link_opens_the_report_at_its_figure(show: Open, run: Path) -> None:
    opened = show(run / "report.html", f"#fig={SEED_ID}")
    expect(opened.find(".card.wanted")).to_have_attribute("data-figid", SEED_ID)
    expect(opened.find(".card.wanted")).to_be_in_viewport()
    unknown = show(run / "report.html", "#fig=nobody")
    unknown.shows("#found", "No figure nobody in this report")


def test_an_example_leads_to_its_figure(opened: Opened) -> None:
    opened.find("#reasons summary").first.click()
    link = opened.find("#reasons td.figid a").first
    figid = link.inner_text()
    link.click()
    expect(opened.find(".card.wanted")).to_have_attribute("data-figid", figid)


# --- light, dark, small, and for all


def background(opened: Opened) -> str:
    return str(opened.page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_colours_follow_the_system_until_the_reader_chooses(show: Open, run: Path) -> None:
    light = background(show(run / "report.html"))
    opened = show(run / "report.html", color_scheme="dark")
    dark = background(opened)
    assert light != dark
    button = opened.find("#theme")
    button.click()
    assert (button.inner_text(), background(opened)) == ("Colours: light", light)
    button.click()
    assert (button.inner_text(), background(opened)) == ("Colours: dark", dark)
    button.click()
    assert button.inner_text() == "Colours: as the system"


def test_plots_change_their_colours_with_the_page(opened: Opened) -> None:
    panel = opened.find("#tradeoff .panel").first
    point = panel.locator(".mark-symbol[class*=key] > path").first
    fill = "path => getComputedStyle(path).fill"
    before = point.evaluate(fill)
    opened.find("#theme").click()
    opened.find("#theme").click()  # system, light, dark
    expect(opened.find("#theme")).to_have_text("Colours: dark")
    assert point.evaluate(fill) != before


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_scrolls_down_and_never_sideways(show: Open, run: Path, width: int) -> None:
    opened = show(run / "report.html", viewport={"width": width, "height": 700}, has_touch=True)
    opened.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert opened.count_line
    assert opened.page.evaluate("document.documentElement.scrollWidth") == width
    opened.find(".card .mark").first.tap()
    box = opened.find("#tip").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_axe_finds_no_barrier(show: Open, run: Path, width: int, scheme: str) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="needs nerbench[browser]"
    )
    viewport = {"width": width, "height": 900}
    opened = show(run / "report.html", viewport=viewport, color_scheme=scheme)
    opened.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    opened.shows("#found", "Figures 1 to 10")
    found = axe.Axe().run(opened.page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


# --- untrusted text

HOSTILE = (
    "STAT3 <script>window.ran = 1</script><img src=x onerror='window.ran = 1'></script> <!-- "
    "]]> {{ 7 * 7 }} \u202eTTAGC\u202c \u2028 \x00 ${ran} <svg onload=alert(1)> " + "W" * 4000
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    text = HOSTILE
    figure = Figure(
        "F1<img/src=x/onerror=ran=1>\"'",
        caption=text,
        title=text,
        paper_title=text[::-1],
        pmcid='PMC1"onclick="ran=1',
        doi="javascript:alert(1)",
        year="<b>1</b>",
        journal=text,
        organisms=("Homo sapiens",),
        curated=(CuratedGene(9606, "STAT3", "<i>6774", (text[:60],)), CuratedGene(9606, "<b>X")),
        unassigned=(text,),
    )
    others = [replace(figure, figid=f"G{n}", journal=f"{n % 2}{text}") for n in range(12)]
    models = [Words(text[:80], ["STAT3", "<img"], 0.9), Words("</script><script>ran=1", ["TTAGC"])]
    folder = tmp_path_factory.mktemp("hostile") / "<b>out&"
    write_reports(evaluate([figure, *others], models), folder)
    return folder


def test_hostile_text_is_shown_and_runs_nothing(show: Open, hostile: Path) -> None:
    opened = show(hostile / "report.html")
    opened.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    opened.shows("#found", "of 13")
    opened.page.wait_for_timeout(500)
    assert opened.page.evaluate("typeof window.ran") == "undefined"
    assert opened.find("img").count() == 0
    assert opened.find("main script:not([type='application/json'])").count() == 0
    caption = opened.find(".card .caption").first
    expect(caption).to_contain_text("<script>window.ran = 1</script><img src=x onerror")
    expect(caption).to_contain_text("{{ 7 * 7 }}")
    expect(caption).to_contain_text("U+202E")
    expect(caption).to_contain_text("U+0000")
    assert "\u202e" not in opened.find("body").inner_text()
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 1280
    opened.find(".card .mark").first.hover()
    expect(opened.find("#tip")).to_be_visible()
    hrefs = [one.get_attribute("href") for one in opened.find(".card a, main a").all()]
    assert [href for href in hrefs if not re.match("#|https://|run[.]log[.]json$", href)] == []


@pytest.mark.parametrize("in_page", [html.MAX_SIZE, 0], ids=["in the page", "beside it"])
def test_hostile_identifiers_are_shown_and_run_nothing(
    show: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_page: int
) -> None:
    write_reports(
        evaluate(figures()[:4], Words("linker", ["STAT3"], ids={"STAT3": ["6774"]})), tmp_path
    )
    names = pl.read_parquet(tmp_path / "names.parquet")
    said = pl.lit([HOSTILE, "</bdi></script>"], pl.List(pl.String))
    names.with_columns(ids=said, ids_agree=False).write_parquet(tmp_path / "names.parquet")
    monkeypatch.setattr(html, "MAX_SIZE", in_page)
    html.write_html(ReportContext.of(load_run(tmp_path)), tmp_path)
    opened = show(tmp_path / "report.html")
    opened.find(".card .mark.on-list").first.hover()
    tip = opened.find("#tip")
    expect(tip).to_contain_text("identifiers: STAT3 <script>window.ran = 1</script><img src=x")
    expect(tip).to_contain_text("U+202ETTAGC")
    expect(tip).to_contain_text("</bdi></script> – the text disagrees")
    expect(tip.locator("script, img, svg")).to_have_count(0)
    opened.page.wait_for_timeout(300)
    assert opened.page.evaluate("typeof window.ran") == "undefined"
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_hostile_names_do_not_act_in_plots(show: Open, hostile: Path) -> None:
    opened = show(hostile / "report.html")
    opened.find("#levels .panel [class*=' key'] > [aria-label]").first.hover()
    expect(opened.find("#tip")).to_contain_text("STAT3 <script>window.ran = 1</script><img src=x")
    opened.page.wait_for_timeout(300)
    assert opened.page.evaluate("typeof window.ran") == "undefined"
    assert opened.find("#tip script, #tip img, .panel script, .panel img").count() == 0


@pytest.mark.parametrize("plot", ["levels", "by-journal"])
def test_hostile_text_does_not_act_in_a_drawing(show: Open, hostile: Path, plot: str) -> None:
    opened = show(hostile / "plots" / f"{plot}.svg")
    assert opened.page.evaluate("typeof window.ran") == "undefined"
    assert opened.find("script").count() == 0
    assert opened.find("svg").count() > 0


def test_the_policy_stops_a_script_that_would_be_slipped_in(show: Open, run: Path) -> None:
    opened = show(run / "report.html", quiet=False)
    opened.page.evaluate(
        "const one = document.createElement('script'); one.textContent = 'window.ran = 1';"
        "document.body.append(one);"
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = 1\">');"
        "fetch('https://example.org/').catch(() => {})"
    )
    opened.page.wait_for_timeout(300)
    assert opened.page.evaluate("typeof window.ran") == "undefined"
    assert len([one for one in opened.messages if "Content Security Policy" in one]) >= 3


# --- very many figures


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of 100,000 figures: twenty again and again under other ids."""
    evaluation = evaluate(figures()[:20], Words("plain", ["JAK1", "MYC", "Delta"]))
    copies = 100_000 // len(evaluation.figids) + 1
    numbers = pl.LazyFrame({"copy": [f"{n:05d}" for n in range(copies)]})
    tables = {}
    for name, row_type in (
        ("caption_rows", CaptionRow),
        ("figure_rows", FigureRow),
        ("name_rows", NameRow),
        ("gene_rows", GeneRow),
    ):
        rows = numbers.join(getattr(evaluation, name).scan(), how="cross")
        tables[name] = Table(row_type)
        tables[name].extend(rows.with_columns(figid=pl.concat_str("figid", pl.lit("-"), "copy")))
    figids = tables["caption_rows"].scan().select("figid").collect()["figid"].to_list()
    models = [replace(m, counts=np.tile(m.counts, (copies, 1, 1, 1))) for m in evaluation.models]
    in_scope = np.tile(evaluation.in_scope, (copies, 1))
    large = replace(
        evaluation, models=tuple(models), in_scope=in_scope, figids=tuple(figids), **tables
    )
    assert len(large.figids) >= 100_000
    folder = tmp_path_factory.mktemp("many")
    # The numbers above the figures are those of the twenty: what is tried here are the figures.
    html.write_html(replace(ReportContext.of(evaluation), evaluation=large), folder)
    return folder


def test_a_report_of_a_hundred_thousand_figures_opens_within_three_seconds(
    show: Open, many: Path
) -> None:
    assert (many / "report.html").stat().st_size < 8_000_000
    started = time.perf_counter()
    opened = show(many / "report.html")
    expect(opened.find(".card")).to_have_count(10)
    assert time.perf_counter() - started < 3
    loaded = [url for url in opened.requests if "report-figures" in url]
    assert len(loaded) == 1
    opened.shows("#found", re.compile(r"Figures 1 to 10 of 100,\d{3}$"))


def test_its_figures_are_found_turned_to_and_linked(show: Open, many: Path) -> None:
    opened = show(many / "report.html")
    opened.find("#q").fill("part 12 99345")
    opened.shows("#found", "No figure found")
    opened.find("#q").fill("PMC1012__fig-12-02345")
    opened.shows("#found", re.compile(r"Figures 1 to 1 of 1 found, of 100,\d{3}"))
    assert opened.figids == ["PMC1012__fig-12-02345"]
    opened.find("button[type=reset]").click()
    opened.shows("#found", "Figures 1 to 10 of 100,")
    opened.find("#turn-top button[aria-label='Last page']").click()
    opened.shows("#found", re.compile("Figures 100,"))
    linked = show(many / "report.html", "#fig=PMC1017__fig-17-00007")
    expect(linked.find(".card.wanted")).to_have_attribute("data-figid", "PMC1017__fig-17-00007")


def test_without_the_folder_beside_it_the_report_says_so(
    show: Open, many: Path, tmp_path: Path
) -> None:
    (tmp_path / "report.html").write_bytes((many / "report.html").read_bytes())
    opened = show(tmp_path / "report.html", quiet=False)
    opened.shows("#cards", "The folder report-figures is not beside this file, or is not complete")
    expect(opened.find("#headline tbody tr").first).to_be_visible()


def test_marked_captions_come_first_and_show_what_was_marked(show: Open, tmp_path: Path) -> None:
    gold = (Mention(0, 5, "STAT3"), Mention(12, 16, "MDM2"))
    figure = Figure("F", "STAT3 binds MDM2-like", curated=(CuratedGene(9606, "STAT3"),), gold=gold)
    evaluate([figure], [Words("one", ["STAT3", "MDM2-like"]), Words("two", ["STAT3"])]).save(
        tmp_path
    )
    opened = show(tmp_path / "report.html")
    assert opened.find("main > section").first.get_attribute("id") == "gold"
    best = opened.find("#gold-table tbody tr").first
    assert best.inner_text().replace("\n", "").split("\t")[:2] == [
        "two",
        "0.667",
    ]  # 1 of 1 mentions, 1 of 2 marks
    expect(opened.find("#gold-list tbody th").first).to_have_text("perfect reader")
    for name, outcome in (("STAT3", "found by the model"), ("MDM2", "with other ends")):
        opened.find(".mark.annotated", has_text=name).last.hover()
        opened.shows("#tip", "marked as a gene by the annotators")
        opened.shows("#tip", outcome)
    choose(opened, "#f-model", "two")
    opened.find(".mark.annotated", has_text="MDM2").last.hover()
    opened.shows("#tip", "not found by the model")
