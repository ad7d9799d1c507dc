"""Tests of report.html in a browser: what a curator and a biologist read in it, at every width."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import Words

from browser.pages import SMALLEST, Open, Opened, expect, figures
from nerbench import CuratedGene, Figure, Mention, evaluate
from nerbench.reports import write_reports
from nerbench.reports.labels import LABELS

PHONE = {"viewport": {"width": 390, "height": 844}}
PRINT = "() => dispatchEvent(new Event('beforeprint'))"


def open_all(opened: Opened) -> None:
    opened.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")


# --- the headline


def test_the_headline_fits_with_eight_columns_and_joined_counts(opened: Opened) -> None:
    assert opened.find("#headline thead th").count() == 8
    first = opened.find("#headline tbody tr").first.locator("td")
    for cell in (first.nth(5), first.nth(6)):
        assert re.fullmatch(r"[\d,]+ / [\d,]+", cell.inner_text())
    assert (
        opened.find("#headline .bar .fill").count() == 5 * opened.find("#headline tbody tr").count()
    )


def test_no_table_has_over_eight_columns_or_scrolls_sideways(opened: Opened) -> None:
    open_all(opened)
    script = """() => [...document.querySelectorAll("main table")].map(table => [
        table.id, table.tHead.rows[table.tHead.rows.length - 1].cells.length,
        table.parentElement.scrollWidth - table.parentElement.clientWidth])"""
    tables = opened.page.evaluate(script)
    assert {"headline", "counts", "levels-table", "work-table"} <= {name for name, *_ in tables}
    assert [name for name, columns, beyond in tables if columns > 8 or beyond > 1] == []


def test_on_a_phone_the_first_column_stays_and_three_rates_are_in_sight(
    show: Open, run: Path
) -> None:
    opened = show(run / "report.html", **PHONE)
    row = opened.find("#headline tbody tr").first
    row.scroll_into_view_if_needed()
    for cell in row.locator("td").all()[:3]:
        box = cell.bounding_box()
        assert box["x"] + box["width"] <= 390
    before = row.locator("th").bounding_box()["x"]
    opened.find(".scroll:has(> #headline)").evaluate("box => { box.scrollLeft = 300 }")
    assert row.locator("th").bounding_box()["x"] == pytest.approx(before, abs=1)


def test_the_row_all_is_there_only_where_it_differs(show: Open, tmp_path: Path) -> None:
    human = [figure for figure in figures() if figure.organisms == ("Homo sapiens",)]
    write_reports(evaluate(human, Words("one", ["STAT3"])), tmp_path)
    opened = show(tmp_path / "report.html")
    assert opened.find("#headline .org").all_inner_texts() == ["human"]
    assert opened.find("#tradeoff .panel").count() == 1


def test_the_headline_copies_model_organism_and_counts_in_columns_of_their_own(
    opened: Opened,
) -> None:
    with opened.page.expect_download() as download:
        opened.find("[data-download=headline]").click()
    assert download.value.suggested_filename == "headline.tsv"
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    heads = lines[0].split("\t")
    assert heads[:3] == ["model", "organism", "precision"]
    assert heads[-4:] == ["hits", "names", "recovered", "reachable"]
    assert all(len(line.split("\t")) == len(heads) for line in lines)


def test_a_card_above_answers_in_one_line_for_each_model(opened: Opened) -> None:
    cards = opened.find("#answers li")
    assert cards.count() == 3
    above = cards.first.bounding_box()["y"] < opened.find("#headline").bounding_box()["y"]
    assert above
    expect(cards.first).to_contain_text(
        re.compile(r"Of the (\d+) names that it finds, \d+ \(\d+%\) can mean a gene on the list")
    )


@pytest.mark.parametrize("media", ["screen", "print"])
def test_numbers_are_larger_than_their_intervals(show: Open, run: Path, media: str) -> None:
    opened = show(run / "report.html")
    opened.page.emulate_media(media=media)
    for row in opened.find("#headline tbody td.rate:has(.ci)").all()[:6]:
        number, interval = row.evaluate(
            "cell => [cell.querySelector('b'), cell.querySelector('.ci')]"
            ".map(one => parseFloat(getComputedStyle(one).fontSize))"
        )
        assert number > interval >= 11


@pytest.mark.parametrize("table", ["headline", "work-table"])
def test_a_table_that_is_worked_with_fits_a_desktop(opened: Opened, table: str) -> None:
    scrolled, shown = opened.find(f".scroll:has(> #{table})").evaluate(
        "box => [box.scrollWidth, box.clientWidth]"
    )
    assert 0 < scrolled <= shown


@pytest.mark.parametrize("width", [1280, 390, 320])
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_no_label_is_smaller_than_eleven_pixels(
    show: Open, run: Path, width: int, scripts: bool
) -> None:
    if not scripts and width != 1280:
        pytest.skip("the drawings are the same without scripts")
    viewport = {"width": width, "height": 900}
    opened = show(run / "report.html", viewport=viewport)
    if scripts:
        open_all(opened)
        assert opened.count_line
    size, text = opened.page.evaluate(SMALLEST)
    assert size >= 10.99, text


def test_no_label_is_smaller_than_eleven_pixels_in_print(show: Open, run: Path) -> None:
    opened = show(run / "report.html", viewport={"width": 718, "height": 1000})  # A4, its margins
    opened.page.evaluate(PRINT)
    opened.page.emulate_media(media="print")
    size, text = opened.page.evaluate(SMALLEST)
    assert size >= 10.99, text


@pytest.mark.parametrize("width", [1280, 390])
def test_each_hint_of_a_heading_is_whole_in_the_window(show: Open, run: Path, width: int) -> None:
    opened = show(run / "report.html", viewport={"width": width, "height": 700})
    for button in opened.find("#headline [data-tip]").all():
        button.focus()
        box = opened.find("#tip").bounding_box()
        assert opened.find("#tip").inner_text() == button.get_attribute("data-tip")
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 700


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_moves_when_the_plots_start(show: Open, run: Path, width: int) -> None:
    viewport = {"width": width, "height": 900}
    parts = "#tradeoff .panel > svg, #tradeoff .legend, #levels .legend, #levels .panel > svg"
    heights = []
    for scripts in (True, False):
        opened = show(run / "report.html", viewport=viewport, java_script_enabled=scripts)
        heights.append([one.bounding_box()["height"] for one in opened.find(parts).all()])
    assert heights[0] == pytest.approx(heights[1], abs=0.5)
    assert opened.find("#tradeoff .legend button[disabled]").count() == 3


def test_codes_are_told_in_plain_words_and_explained_in_one_legend(opened: Opened) -> None:
    open_all(opened)
    assert opened.count_line
    codes = [code for code in LABELS if code not in ("on-list", "unknown")]
    text = opened.find("main").inner_text()
    legend = opened.find("#legend-table").inner_text()
    for code in codes:
        assert text.count(code) == legend.count(code) == 1, code
        assert LABELS[code] in legend


def test_names_are_whole_words(opened: Opened) -> None:
    """No short name is broken over two lines."""
    broken = opened.page.evaluate(
        "() => Array.from(document.querySelectorAll('main bdi'))"
        ".filter(one => one.textContent.length <= 28 && !/[\\s_/]/.test(one.textContent)"
        " && new Set(Array.from(one.getClientRects(), box => box.top)).size > 1)"
        ".map(one => one.textContent)"
    )
    assert broken == []


def test_strata_say_their_number_of_figures_and_fade_the_small_ones(opened: Opened) -> None:
    open_all(opened)
    labels = opened.find(".plot[data-name=by-year] .panel text").all_text_contents()
    years = [label for label in labels if re.match(r"20\d\d \(n = \d+\)", label)]
    assert len(years) >= 4
    faint = opened.find(".plot[data-name=by-year] .mark-symbol path[opacity='0.5']")
    assert faint.count() > 0
    assert opened.find("#strata tr.few").count() > 0


def test_strata_have_years_to_scale_whole_journals_and_explain_what_is_missing(
    show: Open, tmp_path: Path
) -> None:
    journal = "International Journal of Molecular Sciences and of Pathways"
    years = ["2001", "2005", "2006", "2011", ""]
    made = [
        replace(one, year=years[n % 5], journal=journal if n % 2 else "Cell")
        for n, one in enumerate(figures())
    ]
    write_reports(evaluate(made, Words("one", ["STAT3"])), tmp_path)
    opened = show(tmp_path / "report.html")
    open_all(opened)
    places = opened.find(".plot[data-name=by-year] .panel").first.evaluate(
        "panel => Array.from(panel.querySelectorAll('text'), text =>"
        " [text.textContent, text.getBoundingClientRect().top])"
    )
    top = {label[:4]: y for label, y in places if re.match(r"20\d\d \(n = ", label)}
    assert sorted(top, key=top.__getitem__) == ["2001", "2005", "2006", "2011"]
    year = top["2006"] - top["2005"]
    assert top["2005"] - top["2001"] == pytest.approx(4 * year, abs=2)
    assert top["2011"] - top["2006"] == pytest.approx(5 * year, abs=2)
    labels = opened.find(".plot[data-name=by-journal] .panel").first.text_content()
    assert journal.replace(" ", "") in labels.replace(" ", "")
    expect(opened.find("#strata")).to_contain_text("do not say their year of publication")
    assert any(label.startswith("not recorded (n = 6") for label, _ in places)


# --- the work list


@pytest.fixture
def listed(show: Open, tmp_path: Path) -> Opened:
    """A report whose caption contradicts a gene of its list, and names one that the list lacks."""
    gap = Figure(
        "PMC7__f1",
        caption="MYC acts on STAT3. GAP: glyceraldehyde-3-phosphate, from a pathway of sugar.",
        organisms=("Homo sapiens",),
        curated=(
            CuratedGene(9606, "STAT3", "6774", ("STAT3",)),
            CuratedGene(9606, "RASA1", "5921", ("GAP",)),
        ),
    )
    bare = Figure("bare", caption="Nothing to see for STAT3.")
    models = [Words("one", ["MYC", "STAT3", "wg"]), Words("two", ["MYC"])]
    write_reports(evaluate([gap, bare, *figures()[:6]], models), tmp_path)
    return show(tmp_path / "report.html")


def work_genes(opened: Opened) -> list[str]:
    return [cell.inner_text().split()[0] for cell in opened.find("#work-rows td.symbols").all()]


def test_the_work_list_says_what_to_look_at_and_where(listed: Opened) -> None:
    assert work_genes(listed)[:2] == ["RASA1", "MYC"]
    first = listed.find("#work-rows tr").first
    expect(first).to_contain_text("on the list, contradicted by the caption")
    expect(first).to_contain_text("defined as: glyceraldehyde-3-phosphate")
    expect(first).to_contain_text("0 of 2")
    links = {link.inner_text(): link.get_attribute("href") for link in first.locator("a").all()}
    assert links["NCBI Gene"] == "https://www.ncbi.nlm.nih.gov/gene/5921"
    assert links["HGNC"].endswith("/symbol/RASA1")
    assert links["Paper"] == "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC7/"
    assert links["PFOCR page"] == "https://pfocr.wikipathways.org/figures/PMC7__f1.html"
    assert links["Image"] == "https://europepmc.org/articles/PMC7/bin/f1.jpg"


def test_the_work_list_is_searched_filtered_and_sorted(listed: Opened) -> None:
    listed.find("#w-q").fill("sugar")
    listed.shows("#w-found", "Rows 1 to 1 of 1")
    assert work_genes(listed) == ["RASA1"]
    listed.find("#w-reset").click()
    listed.find("#w-kind").select_option("gene-not-on-list")
    listed.find("#w-support").select_option("2")
    listed.shows("#w-found", re.compile("Rows 1 to [1-9]"))
    assert set(work_genes(listed)) == {"MYC"}
    listed.find("#w-reset").click()
    listed.find("#work-table th button", has_text="gene").click()
    genes = work_genes(listed)
    assert genes == sorted(genes, key=str.lower)


def test_a_tick_is_kept_in_the_browser_and_exported(listed: Opened) -> None:
    listed.find("#work-rows input").first.check()
    listed.shows("#w-found", re.compile(r"; 1 of \d+ checked"))
    listed.page.reload()
    assert listed.find("#work-rows input").first.is_checked()
    with listed.page.expect_download() as download:
        listed.find("#w-download").click()
    assert download.value.suggested_filename == "worklist.tsv"
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    heads, first, second = (line.split("\t") for line in lines[:3])
    assert dict(zip(heads, first, strict=True))["checked"] == "yes"
    assert dict(zip(heads, second, strict=True))["checked"] == "no"
    assert dict(zip(heads, first, strict=True))["genes"] == "RASA1"
    listed.find("#w-checked").select_option("no")
    assert work_genes(listed)[0] == "MYC"
    listed.find("#w-clear").click()
    listed.shows("#w-found", re.compile(r"; 0 of \d+ checked"))


# --- figures


def test_a_search_finds_words_of_the_caption(listed: Opened) -> None:
    listed.find("#q").fill("pathway sugar")
    listed.shows("#found", "Figures 1 to 1 of 1 found")
    assert listed.figids == ["PMC7__f1"]


def test_figures_come_in_the_order_that_is_chosen(opened: Opened) -> None:
    opened.find("#f-sort").select_option("misses")
    opened.shows("#found", "found, of 31")
    missed = [card.locator(".genes .lost b").count() for card in opened.find(".card").all()]
    assert missed == sorted(missed, reverse=True)
    assert missed[0] > 0
    opened.find("#f-sort").select_option("off-list")
    counts = []
    for card in opened.find(".card").all():
        counts.append(card.locator(".off-names li").count())
    assert counts == sorted(counts, reverse=True)


def test_the_address_holds_the_filters(show: Open, run: Path, opened: Opened) -> None:
    opened.find("#q").fill("part 12")
    opened.find("#f-model").select_option(label="plain")
    opened.find("#f-outcome").select_option("missed")
    opened.find("#f-sort").select_option("recall")
    opened.page.wait_for_function("location.hash.includes('part')")
    hash_ = opened.page.evaluate("location.hash")
    count, shown = opened.count_line, opened.figids
    mailed = show(run / "report.html", hash_)
    expect(mailed.find("#found")).to_have_text(count)
    assert mailed.figids == shown
    assert mailed.find("#q").input_value() == "part 12"
    assert mailed.find("#f-model option:checked").inner_text() == "plain"
    strange = show(run / "report.html", "#figures&model=nobody&reason=none-such&page=-3&sort=x")
    strange.shows("#found", "Figures 1 to 10 of 31")


def test_models_stand_side_by_side_in_one_caption(opened: Opened) -> None:
    opened.find("#f-model").select_option(label="all, side by side")
    card = opened.find(".card[data-figid='PMC1001__fig-1']")
    assert card.locator(".caption").count() == 1
    heads = card.locator(".side thead th").all_inner_texts()
    assert heads == ["name", "lexicon", "scored", "plain"]
    row = card.locator(".side tbody tr", has_text="MYC").first
    assert row.locator("td").all_inner_texts()[1] == "–"
    lines = card.locator(".caption .of-models").first.evaluate(
        "mark => getComputedStyle(mark).backgroundImage.split('linear-gradient').length - 1"
    )
    assert lines >= 1
    expect(card.locator(".genes h4").first).to_contain_text("lexicon")
    expect(opened.find("#figures .legend.marks li:visible")).to_have_count(0)  # none of its marks
    opened.find("#f-model").select_option(label="lexicon")
    expect(opened.find("#figures .legend.marks li:visible")).to_have_count(3)


def test_side_by_side_a_mark_says_which_model_found_it(show: Open, tmp_path: Path) -> None:
    gold = (Mention(0, 5, "STAT3"), Mention(12, 16, "MDM2"))
    long = "phosphotransacetylase"
    caption = f"STAT3 binds MDM2-like and {long}"
    figure = Figure("F", caption, curated=(CuratedGene(9606, "STAT3"),), gold=gold)
    models = [Words("one", ["STAT3", "MDM2-like", long]), Words("two", ["STAT3"])]
    write_reports(evaluate([figure], models), tmp_path)
    opened = show(tmp_path / "report.html", **PHONE)
    opened.find("#f-model").select_option(label="all, side by side")
    legend = opened.find("#figures .legend.marks li:visible")
    expect(legend).to_have_text("marked as a gene by the annotators")
    for name, said in (
        ("STAT3", "found by one; found by two"),
        ("MDM2", "found with other ends by one; not found by two"),
    ):
        opened.find(".mark.annotated", has_text=name).last.hover()
        opened.shows("#tip", f"marked as a gene by the annotators: {said}")
    rows = opened.find(".side tbody tr").all()
    assert max(row.bounding_box()["height"] for row in rows) < 90
    names = opened.find(".side tbody th bdi").all()
    assert len({name.bounding_box()["height"] for name in names}) == 1  # whole, the long one too


def test_genes_link_to_their_databases(opened: Opened) -> None:
    card = opened.find(".card[data-figid='PMC1001__fig-1']")
    href = card.locator(".genes a", has_text="STAT3").first.get_attribute("href")
    assert href == "https://www.ncbi.nlm.nih.gov/gene/6774"
    off = card.locator(".off-names a", has_text=re.compile("^MYC$")).first.get_attribute("href")
    assert off == "https://www.ncbi.nlm.nih.gov/gene/4609"


def test_a_figure_without_list_and_organism_says_so(listed: Opened) -> None:
    card = listed.find(".card[data-figid=bare]")
    expect(card).to_contain_text("Organism: not recorded")
    expect(card.locator(".notice")).to_contain_text("it is not scored")
    expect(card.locator(".tally")).to_contain_text("No curated genes")


def test_a_figure_that_a_model_learnt_from_says_so(show: Open, tmp_path: Path) -> None:
    figures = [
        Figure(figid, "STAT3 acts", curated=(CuratedGene(9606, "STAT3"),)) for figid in ("A", "B")
    ]
    model = Words("words", ["STAT3"])
    model.trained_on = frozenset({"A"})
    write_reports(evaluate(figures, [model], held_out=True), tmp_path)
    card = show(tmp_path / "report.html").find(".card[data-figid=A]")
    expect(card.locator(".notice")).to_contain_text("A model was trained on this figure")
    expect(card.locator(".tally")).to_have_text("Its list was not compared.")


# --- where the numbers come from


def test_command_date_and_corpus_are_in_sight(opened: Opened) -> None:
    facts = opened.find("#facts")
    expect(facts).to_contain_text(
        "nerbench run CORPUS --model lexicon --model scored --model plain"
    )
    expect(facts).to_contain_text(re.compile(r"31 figures, digest [0-9a-f]{16}"))
    expect(facts.locator("[data-written]")).to_have_text(re.compile(r"\d{1,2} \w+ 20\d\d"))


def test_the_models_and_files_of_a_run_are_named(opened: Opened) -> None:
    heads = opened.find("#model-table thead th").all_inner_texts()
    assert [head.split("\n")[0] for head in heads][:5] == [
        "model", "kind", "version", "licence", "threshold",
    ]  # fmt: skip
    assert any("trained on" in head for head in heads)
    assert opened.find("footer a[href='summary.json']").count() == 1


def test_each_table_and_plot_is_downloaded(opened: Opened) -> None:
    tables = [table.get_attribute("id") for table in opened.find("main table").all()]
    assert len(tables) > 8
    buttons = [one.get_attribute("data-download") for one in opened.find("[data-download]").all()]
    assert sorted(set(tables) - {"work-table"}) == sorted(buttons)
    assert opened.find("#w-download").count() == 1
    for plot in opened.find(".plot").all():
        assert [
            one.get_attribute("data-save") for one in plot.locator("[data-save]").all()
        ] == ["svg", "png"]  # fmt: skip


def test_gold_figures_and_long_names_keep_their_words(show: Open, tmp_path: Path) -> None:
    gold = (Mention(0, 9, "caspase-1"),)
    figure = Figure("F", "caspase-1 and a_very_long_name", curated=(CuratedGene(9606, "CASP1"),))
    name = "en_ner_bionlp13cg_md_retrained_on_captions"
    made = [replace(figure, figid=f"F{n}", gold=gold) for n in range(2)]
    write_reports(evaluate(made, [Words(name, ["caspase-1"])]), tmp_path)
    opened = show(tmp_path / "report.html", **PHONE)
    widths: Any = opened.find("#headline tbody th bdi").first.evaluate(
        "one => [one.getBoundingClientRect().width, one.querySelectorAll('wbr').length]"
    )
    assert widths[1] > 3
    assert opened.page.evaluate("document.documentElement.scrollWidth") == 390


# --- on a phone, and words in their places


def test_a_command_and_a_signature_break_between_their_parts(show: Open, run: Path) -> None:
    opened = show(run / "report.html", **PHONE)
    words = opened.find("#facts .word").all()
    assert [word.inner_text() for word in words][:4] == ["nerbench", "run", "CORPUS", "--model"]
    tall = words[0].bounding_box()["height"]
    assert {word.bounding_box()["height"] for word in words} == {tall}  # a line each
    breaks = opened.find("#signature-text").evaluate(
        """pre => {
          const texts = document.createTreeWalker(pre, NodeFilter.SHOW_TEXT);
          const place = document.createRange(), ends = [];
          let top = null, last = '';
          while (texts.nextNode()) {
            Array.from(texts.currentNode.data).forEach((character, i) => {
              place.setStart(texts.currentNode, i); place.setEnd(texts.currentNode, i + 1);
              const box = place.getBoundingClientRect();
              if (top !== null && box.top > top + 2) ends.push(last);
              [top, last] = [box.top, character];
            });
          }
          return ends;
        }"""
    )
    assert len(breaks) >= 4
    assert set(breaks) <= {"|", ","}


def test_what_stands_in_a_field_at_first_is_whole_and_dark_enough(show: Open, run: Path) -> None:
    opened = show(run / "report.html", **PHONE, color_scheme="dark")
    assert opened.count_line
    clipped = opened.page.evaluate(
        """() => Array.from(document.querySelectorAll('main :is(select, input[type=search])'))
          .map(field => {
            const look = getComputedStyle(field);
            const pen = document.createElement('canvas').getContext('2d');
            pen.font = `${look.fontSize} ${look.fontFamily}`;
            const text = field.placeholder ?? field.selectedOptions[0].textContent;
            const sides = parseFloat(look.paddingLeft) + parseFloat(look.paddingRight);
            const arrow = field.tagName === 'SELECT' ? 18 : 0;
            return [text, pen.measureText(text).width + sides + arrow - field.clientWidth];
          }).filter(([text, beyond]) => text && beyond > 0)"""
    )
    assert clipped == []
    colours = opened.find("#q").evaluate(
        "field => [getComputedStyle(field, '::placeholder').color,"
        " getComputedStyle(document.querySelector('.how')).color]"
    )
    assert colours[0] == colours[1]


def test_an_underline_leaves_the_underscores_of_an_id_visible(opened: Opened) -> None:
    open_all(opened)
    for link in (opened.find("#work-rows .figid > a").first, opened.find(".card a.id").first):
        offset, size = link.evaluate(
            "a => [getComputedStyle(a).textUnderlineOffset, getComputedStyle(a).fontSize]"
            ".map(parseFloat)"
        )
        assert offset >= 0.3 * size


def test_a_phone_has_no_tall_blank_rows(show: Open, tmp_path: Path) -> None:
    """Long names beyond the edge do not stretch the rows of which the first cells are in sight."""
    names = [f"a rather long enzyme name that takes lines, number {n}" for n in range(9)]
    caption = "; ".join(names)
    starts = [caption.index(name) for name in names]
    gold = tuple(Mention(at, at + len(name), name) for at, name in zip(starts, names, strict=True))
    curated = (CuratedGene(9606, "CASP1"),)
    made = [Figure(f"F{n}", caption=caption, curated=curated, gold=gold) for n in range(2)]
    write_reports(evaluate(made, [Words("one", names), Words("two", names[:1])]), tmp_path)
    opened = show(tmp_path / "report.html", **PHONE)
    for table in ("gold-disagree", "why-names"):
        rows = opened.find(f"#{table} tbody tr").all()
        assert len(rows) >= 2
        assert max(row.bounding_box()["height"] for row in rows) < 150


def test_rates_by_image_word_are_shown_only_where_the_lists_have_words(
    show: Open, run: Path, tmp_path: Path
) -> None:
    bare = [
        replace(one, curated=tuple(replace(gene, words=()) for gene in one.curated))
        for one in figures()
    ]
    write_reports(evaluate(bare, Words("one", ["STAT3"])), tmp_path)
    for folder, is_shown in ((run, True), (tmp_path, False)):
        opened = show(folder / "report.html")
        assert ("by image word" in opened.find("#macro thead").text_content()) is is_shown
        rates = opened.find("#macro tbody tr").first.locator("td").count()
        assert rates == opened.find("#macro thead th").count() - 1


@pytest.mark.parametrize("media", ["screen", "print"])
def test_a_short_name_in_a_caption_is_on_one_line(show: Open, tmp_path: Path, media: str) -> None:
    caption = " ".join("x" * (n % 9) + " caspase-1 acts on Bcl-xL" for n in range(40))
    figure = replace(figures()[1], caption=caption, organisms=("Homo sapiens",))
    write_reports(evaluate([figure], Words("one", ["caspase-1", "Bcl-xL"])), tmp_path)
    opened = show(tmp_path / "report.html", **PHONE)
    assert opened.count_line
    opened.page.emulate_media(media=media)
    lines = opened.page.evaluate(
        "() => Array.from(document.querySelectorAll('.caption .mark'),"
        " mark => new Set(Array.from(mark.getClientRects(), box => box.top)).size)"
    )
    assert lines == [1] * 80


def test_a_figure_of_two_organisms_names_both(opened: Opened, seed: Figure) -> None:
    opened.find("#q").fill(seed.figid)
    card = opened.find(f".card[data-figid='{seed.figid}']")
    expect(card.locator(".organism")).to_contain_text("Organisms: human, fly (")
