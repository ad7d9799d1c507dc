"""Tests of report.html: its plots, its figures, its safety; of MultiQC files and notebooks."""

from __future__ import annotations

import json
import re
import sys
import xml.etree.ElementTree as ElementTree
import zlib
from base64 import b64decode, b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import vl_convert
from fakes import Words
from hypothesis import given
from hypothesis import strategies as st

from nerbench import (
    CuratedGene,
    Evaluation,
    Figure,
    NerbenchError,
    evaluate,
    load_recognizer,
)
from nerbench.engine.load import load_run
from nerbench.reports import figure_data, write_readable, write_reports
from nerbench.reports import page as html
from nerbench.reports.charts import PALETTE, Chart, Key, Plot, Point, Series, named_axis, rate_axis
from nerbench.reports.context import ReportContext
from nerbench.reports.drawing import draw, specification
from nerbench.reports.figure_browser import FigureBrowser
from nerbench.reports.markdown import markdown
from nerbench.reports.multiqc import multiqc_files
from nerbench.reports.notebook import notebook_html
from nerbench.reports.printable import printable
from nerbench.reports.safe_html import json_text

HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(1)> \u202e\x00 'q' \"d\" &amp;"
)


def figure(number: int, caption: str, **fields: Any) -> Figure:
    genes = (CuratedGene(9606, "STAT3", words=("STAT3",)), CuratedGene(9606, "JAK1"))
    return Figure(f"F{number:02}", caption=caption, **{"curated": genes, **fields})


FIGURES = [figure(n, f"JAK1 turns STAT3 on, {n}; MYC", year=str(2010 + n % 3)) for n in range(12)]
FLY = Figure("G1", caption="Notch", curated=(CuratedGene(7227, "N"),))
NOWHERE = Figure("H1", caption="x", curated=(CuratedGene(10090, "Stat3"),))


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    models = [Words("good", ["STAT3", "JAK1"], 0.9), Words("poor", ["MYC", "JAK1"])]
    return evaluate([*FIGURES, FLY, NOWHERE], models)


@pytest.fixture(scope="module")
def hostile() -> Evaluation:
    figures = [
        figure(n, HOSTILE + " STAT3", title=HOSTILE, journal=f"{n % 2}{HOSTILE}") for n in range(12)
    ]
    return evaluate(figures, [Words(HOSTILE, ["STAT3"], 0.9), Words("b" + HOSTILE, ["img"])])


@pytest.fixture(scope="module")
def context(evaluation: Evaluation) -> ReportContext:
    return ReportContext.of(evaluation)


# --- what is put into a page

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values)
def test_json_in_a_page_is_what_it_was_and_holds_nothing_that_acts(value: Any) -> None:
    text = json_text(value)
    assert json.loads(text) == value
    assert not re.search("[<>&\u2028\u2029\ud800-\udfff]", text)


@given(st.text(st.characters(exclude_categories=())))
def test_visible_text_holds_no_control_of_direction_and_can_be_written(text: str) -> None:
    shown = printable(text)
    shown.encode()
    assert not re.search("[\x00-\x08\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", shown)
    assert printable(shown) == shown


class _Scripts(HTMLParser):
    """The scripts and styles of a page, its policy, and what loads anything."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.inside: tuple[str, str] | None = None
        self.texts: list[tuple[str, str, str]] = []
        self.policy = ""
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag in ("script", "style"):
            self.inside = tag, known.get("type") or ""
            self.texts.append((*self.inside, ""))
        if tag == "meta" and known.get("http-equiv") == "Content-Security-Policy":
            self.policy = known["content"] or ""
        self.loads += [f"{tag} {name}" for name in known if name in ("src", "srcset", "data")]
        self.loads += [f"{tag} {name}" for name in known if name.startswith("on")]
        if tag in ("link", "iframe", "object", "embed", "base", "img"):
            self.loads.append(tag)

    def handle_data(self, data: str) -> None:
        if self.inside is not None:
            kind, type_, before = self.texts.pop()
            self.texts.append((kind, type_, before + data))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self.inside = None


@pytest.fixture(scope="module")
def page(context: ReportContext, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("page")
    html.write_html(context, folder)
    assert [path.name for path in folder.iterdir()] == ["report.html"]
    return (folder / "report.html").read_text(encoding="utf-8")


def test_the_policy_lets_only_the_scripts_and_the_style_of_the_page_run(page: str) -> None:
    found = _Scripts(page)
    (style,) = (text for kind, _, text in found.texts if kind == "style")
    (script,) = (text for kind, type_, text in found.texts if (kind, type_) == ("script", ""))

    def hashed(text: str) -> str:
        return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"

    rules = dict(rule.split(" ", 1) for rule in found.policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == hashed(script)
    assert rules["style-src"] == hashed(style)
    assert rules["img-src"] == "data:"
    assert "connect-src" not in rules  # so default-src forbids it
    assert "unsafe" not in found.policy
    assert found.loads == []


def test_the_page_has_no_style_attribute(page: str) -> None:
    assert not re.search(r"<[^>]* style=", page.split("<body>")[1].split("<script", maxsplit=1)[0])


def test_the_report_of_one_figure_is_small(seed: Figure, tmp_path: Path) -> None:
    write_reports(
        evaluate([seed], [Words("good", ["STAT3"], 0.9), Words("poor", ["JAK"])]), tmp_path
    )
    assert (tmp_path / "report.html").stat().st_size < 400_000


def test_the_page_is_the_same_again(evaluation: Evaluation, page: str, tmp_path: Path) -> None:
    html.write_html(ReportContext.of(evaluation), tmp_path)
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == page


def test_hostile_text_adds_no_element_to_the_page(
    hostile: Evaluation, page: str, tmp_path: Path
) -> None:
    html.write_html(ReportContext.of(hostile), tmp_path)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    found = _Scripts(text)
    assert found.loads == []
    kinds = [(kind, type_) for kind, type_, _ in found.texts if type_ != "application/json"]
    assert kinds == [k[:2] for k in _Scripts(page).texts if k[1] != "application/json"]
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in text
    for kind, type_, data in found.texts:
        if (kind, type_) == ("script", "application/json"):
            json.loads(data)


def test_the_contents_name_the_sections_that_are_there(page: str) -> None:
    links = re.findall(r'<li><a href="#([\w-]+)"', page)
    assert links == re.findall(r'<section id="([\w-]+)"', page)
    assert {"results", "figures", "definitions", "signature"} < set(links)


def test_a_page_without_any_scored_figure_is_written(tmp_path: Path) -> None:
    write_reports(evaluate([NOWHERE], Words("w", ["x"])), tmp_path)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "1 figure not scored (no supported organism in scope): " in text
    assert 'id="tradeoff"' not in text


# --- plots


def test_drawings_are_well_formed_and_inert_whatever_the_names(hostile: Evaluation) -> None:
    drawings = ReportContext.of(hostile).all_drawings()
    assert len(drawings) >= 7
    for drawing in drawings:
        for text in (drawing.sheet(), *drawing.panels, *drawing.swatches):
            root = ElementTree.fromstring(text)
            assert {element.tag.split("}")[1] for element in root.iter()} <= {
                "svg", "g", "text", "tspan", "title", "line", "path", "rect", "style",
            }  # fmt: skip
            names = {name for element in root.iter() for name in element.attrib}
            assert not [name for name in names if name.startswith("on") or "href" in name]
            assert not names & {"id", "style"}


def labels(svg: str) -> list[str]:
    """The tooltips of a drawing's marks."""
    groups = ElementTree.fromstring(svg).iter()
    marks = (mark for group in groups if "role-mark" in group.get("class", "") for mark in group)
    return [mark.attrib["aria-label"] for mark in marks if "aria-label" in mark.attrib]


def test_each_mark_has_its_tooltip_and_each_panel_its_alternative_text(
    context: ReportContext,
) -> None:
    for drawing in context.all_drawings():
        for chart, panel in zip(drawing.plot.charts, drawing.panels, strict=True):
            points = [p.tooltip for s in chart.series for p in s.points]
            bars = [bar.tooltip for s in chart.series for bar in s.bars]
            assert sorted(labels(panel)) == sorted(points + bars)
            assert ElementTree.fromstring(panel).get("aria-label") == chart.alt_text


def plot_of(*names: str) -> Plot:
    keys = tuple(Key(name, "m1", "circle") for name in names)
    series = tuple(
        Series(key, (Point(0.5, -n, f"point of {key.name}", x_interval=(0.4, 0.6)),))
        for n, key in enumerate(keys)
    )
    chart = Chart("a chart", "text", rate_axis("recall"), named_axis(names), series)
    return Plot("name", "Title", (chart,), keys)


def test_the_marks_of_a_key_are_in_groups_with_its_number() -> None:
    (panel,) = draw(plot_of("one", "two")).panels
    groups = {
        (group.get("class") or "").split()[-1].split("_")[0]: [
            mark.get("aria-label") for mark in group if mark.get("aria-label")
        ]
        for group in ElementTree.fromstring(panel).iter()
        if " key" in (group.get("class") or "") and "symbol" in (group.get("class") or "")
    }
    assert groups == {"key0": ["point of one"], "key1": ["point of two"]}


def test_a_label_that_is_cut_off_has_its_whole_text_as_tooltip() -> None:
    name = " ".join(f"long{n}name" for n in range(40))
    (panel,) = draw(plot_of(name)).panels
    assert labels(panel) == [name, f"point of {name}"]
    assert "…<" in panel


def test_a_journal_has_its_whole_name_in_several_lines() -> None:
    name = "International Journal of Molecular Sciences"
    (panel,) = draw(plot_of(name, "short")).panels
    assert ">International Journal</tspan>" in panel
    assert ">of Molecular Sciences</tspan>" in panel
    assert labels(panel) == [f"point of {name}", "point of short"]


@pytest.mark.parametrize("name", ['"] + alert(1) + ["', "datum.value", "\\'); }", "a\nb"])
def test_a_name_is_no_expression_of_a_specification(name: str) -> None:
    plot = plot_of(name)
    (panel,) = draw(plot).panels
    texts = [element.text for element in ElementTree.fromstring(panel).iter() if element.text]
    assert " ".join(name.split()) in texts
    expressions = re.findall(r'"labelExpr": "[^"]*', json.dumps(specification(plot.charts[0])))
    assert len(expressions) == 2
    assert not any(name in text for text in expressions if name != "datum.value")


def test_a_drawing_does_not_depend_on_the_fonts_of_the_machine(context: ReportContext) -> None:
    (chart, *_) = context.drawings["tradeoff"].plot.charts
    for spec in (specification(chart), specification(plot_of("lexicon", "default").charts[0])):
        fonts = {
            vl_convert.vegalite_to_svg(with_font(spec, font)) for font in ("serif", "monospace")
        }
        assert len({re.sub('font-family="[a-z]+"', "", svg) for svg in fonts}) == 1


def with_font(spec: dict[str, Any], font: str) -> dict[str, Any]:
    return spec | {"config": spec["config"] | {"font": font}}


def test_each_colour_of_a_drawing_has_a_dark_one(context: ReportContext) -> None:
    light = {light for light, _ in PALETTE.values()}
    for drawing in context.all_drawings():
        colours = set(re.findall(r'(?:fill|stroke)="(#[^"]+)"', "".join(drawing.panels)))
        assert colours <= light


def contrast(one: str, other: str) -> float:
    """The contrast of two colours (WCAG 2.2)."""

    def luminance(colour: str) -> float:
        parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
        red, green, blue = (
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", [name for name in PALETTE if name not in ("line", "paper")])
def test_every_colour_stands_out_from_paper(name: str) -> None:
    for colour, paper in zip(PALETTE[name], ("#ffffff", "#14181d"), strict=True):
        assert contrast(colour, paper) >= (4.5 if name in ("text", "soft") else 3)


# --- figures


def test_a_figure_has_its_genes_and_their_outcomes_for_each_model(evaluation: Evaluation) -> None:
    browser = FigureBrowser.of(evaluation)
    assert browser.models == ["good", "poor"]
    assert browser.figids == tuple(sorted(browser.figids))
    figure, entry = next(browser.figures())
    assert {key: value for key, value in figure.items() if key not in ("genes", "models")} == {
        "figid": "F00", "caption": "JAK1 turns STAT3 on, 0; MYC", "year": "2010",
        "scope": "human", "scope_from": "curated genes",
    }  # fmt: skip
    genes, (good, poor) = figure["genes"], figure["models"]
    position = [gene["symbol"] for gene in genes].index("STAT3")
    assert genes[position] == {
        "organism": "human", "symbol": "STAT3", "words": ["STAT3"], "places": [11, 16],
    }  # fmt: skip
    assert next(name for name in good["names"] if name["name"] == "STAT3") == {
        "name": "STAT3", "spans": [11, 16], "level": "symbol", "genes": [position], "score": 0.9,
    }  # fmt: skip
    assert good["outcomes"][position] == {"level": "symbol", "by": ["STAT3"]}
    assert next(name for name in poor["names"] if name["name"] == "MYC") == {
        "name": "MYC", "spans": [24, 27], "outcome": "gene-not-on-list",
        "off_list": {"human": "MYC, MYCL, MYCN", "fly": "Myc"}, "closest": {"human": ["MYC"]},
    }  # fmt: skip
    assert poor["outcomes"][position] == {"missed": "not-detected"}
    assert set(entry["text"].split("\n")) >= {"F00", "STAT3", "JAK1", "MYC"}


def test_a_gene_that_the_caption_does_not_name_has_no_outcome() -> None:
    figure, entry = next(
        FigureBrowser.of(evaluate([figure_without_jak1()], Words("w", ["STAT3"]))).figures()
    )
    outcomes = dict(
        zip([gene["symbol"] for gene in figure["genes"]], figure["models"][0]["outcomes"],
            strict=True)
    )  # fmt: skip
    assert outcomes["JAK1"] is None
    assert entry["tags"] == [["on-list", "not-in-caption"]]


def figure_without_jak1() -> Figure:
    return figure(1, "STAT3")


def test_a_name_has_its_identifiers_and_whether_its_text_agrees(evaluation: Evaluation) -> None:
    ids = {"JAK1": ("3716", "16451")}
    models = [Words("linked", ids, ids=ids), Words("scored", ids, 0.5, ids)]
    linked = evaluate(FIGURES, models)
    figure, _ = next(FigureBrowser.of(linked).figures())
    (name,), (scored,) = (model["names"] for model in figure["models"])
    assert (name["agreement"], name["ids"]) == ("the text agrees", ["9606:3716", "NCBIGene:16451"])
    assert scored == name | {"score": 0.5}
    for plain, _ in FigureBrowser.of(evaluation).figures():
        assert not [name for model in plain["models"] for name in model["names"] if "ids" in name]


def test_the_index_has_what_a_figure_is_found_by(evaluation: Evaluation) -> None:
    entries = {figure["figid"]: entry for figure, entry in FigureBrowser.of(evaluation).figures()}
    assert entries["F00"]["organisms"] == ["human"]
    good, poor = entries["F00"]["tags"]
    assert good == ["on-list"]
    assert poor == ["on-list", "off-list", "missed", "gene-not-on-list", "not-detected"]
    assert entries["G1"]["tags"][0] == ["missed", "none", "not-detected"]
    assert entries["H1"]["organisms"] == []


def embedded(page: str, element: str = "data") -> Any:
    """Return the JSON of an element of a page."""
    return json.loads(re.search(rf'<script [^>]*id="{element}">(.*?)</script>', page, re.DOTALL)[1])


def unpacked(page: str) -> Any:
    """Return the JSON that a page holds compressed."""
    text = re.search(r'<script type="text/plain" id="packed">(.*?)</script>', page)[1]
    return json.loads(zlib.decompress(b64decode(text, validate=True)))


def test_figures_beyond_the_bound_lie_in_pages_beside(
    evaluation: Evaluation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html, "MAX_SIZE", 1000)
    monkeypatch.setattr(figure_data, "_PAGE_SIZE", 4)
    monkeypatch.setattr(figure_data, "_INDEX_SIZE", 8)
    html.write_html(ReportContext.of(evaluation), tmp_path)
    names = sorted(path.name for path in (tmp_path / html.FIGURES_FOLDER).iterdir())
    assert names == [
        "index-00000.js", "index-00001.js",
        "page-00000.js", "page-00001.js", "page-00002.js", "page-00003.js",
    ]  # fmt: skip
    figids = []
    for name in names[2:]:
        text = (tmp_path / html.FIGURES_FOLDER / name).read_text(encoding="utf-8")
        page, figures = re.fullmatch(r"nerbench\.page\((\d+),(.*)\);\n", text).groups()
        assert int(page) == len(figids) // 4
        figids += [figure["figid"] for figure in json.loads(figures)]
    assert figids == sorted(evaluation.figids)
    sizes = []
    for name in names[:2]:
        text = (tmp_path / html.FIGURES_FOLDER / name).read_text(encoding="utf-8")
        entries = json.loads(re.fullmatch(r"nerbench\.index\(\d,(.*)\);\n", text)[1])
        sizes.append(len(entries))
    assert sizes == [8, 6]
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "'self'" in _Scripts(page).policy
    monkeypatch.undo()
    html.write_html(ReportContext.of(evaluation), tmp_path)
    assert not (tmp_path / html.FIGURES_FOLDER).exists()


def test_the_bound_is_that_of_the_whole_file(
    context: ReportContext, page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(page.encode())
    monkeypatch.setattr(html, "MAX_SIZE", size)
    html.write_html(context, tmp_path)
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == page
    monkeypatch.setattr(html, "MAX_SIZE", size - 1)
    html.write_html(context, tmp_path)
    assert not (tmp_path / html.FIGURES_FOLDER).exists()
    packed = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert len(packed.encode()) < size
    assert unpacked(packed) == {
        "figures": embedded(page)["figures"],
        "index": embedded(page)["index"],
        "work": embedded(page, "work-data")["rows"],
    }
    assert "figures" not in embedded(packed) and embedded(packed, "work-data")["rows"] == []
    monkeypatch.setattr(html, "MAX_SIZE", len(packed.encode()) - 1000)
    html.write_html(context, tmp_path)
    assert (tmp_path / html.FIGURES_FOLDER / "page-00000.js").is_file()
    assert 'id="packed"' not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_what_would_take_a_browser_long_to_unpack_lies_in_pages_beside(
    context: ReportContext, page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html, "MAX_SIZE", len(page.encode()) - 1)
    monkeypatch.setattr(figure_data, "_MAX_UNPACKED", 1000)
    html.write_html(context, tmp_path)
    assert (tmp_path / html.FIGURES_FOLDER / "page-00000.js").is_file()
    assert 'id="packed"' not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_docs_name_the_sections_as_the_page_does_in_its_order() -> None:
    docs = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")
    table = docs.partition("## Sections")[2].partition("## Plots")[0]
    described = re.findall(r"^\| (?!section|-)(.+?)(?: \(.*\))? \|.+\|$", table, re.MULTILINE)
    template = "".join(map(html.template_text, ("gold.html.j2", "report.html.j2")))
    titles = re.findall(r'call section\("[\w-]+", (?:"(.+?)".*?|(.+?))\) %}', template)
    assert described == [title or "Human vs fly" for title, _ in titles]


# --- built again, MultiQC, notebooks


def test_the_readable_reports_are_built_again_from_the_files_alone(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    write_reports(evaluation, tmp_path, multiqc=True)
    readable = ["report.html", "report.md", "nerbench_mqc.json", "plots/levels.svg"]
    before = {name: (tmp_path / name).read_bytes() for name in readable}
    for name in readable:
        (tmp_path / name).unlink()
    write_readable(load_run(tmp_path), tmp_path, multiqc=True)
    assert {name: (tmp_path / name).read_bytes() for name in readable} == before


def test_every_plot_of_the_text_has_its_file_and_no_other_is_there(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    (tmp_path / "plots").mkdir()
    (tmp_path / "plots" / "old.svg").write_text("")
    write_reports(evaluation, tmp_path)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[[^]]+\]\(plots/([\w-]+\.svg)\)", text)
    assert sorted(shown) == sorted(path.name for path in (tmp_path / "plots").iterdir())


def test_the_text_and_the_page_have_the_same_sections_in_the_same_order(
    context: ReportContext, page: str
) -> None:
    titles = re.findall(r'<h2 id="[\w-]+-title">([^<]+)</h2>', page)
    text = re.findall(r"^## (.+)$", markdown(context), flags=re.M)
    assert [
        "Figures" if one == "Figures closest to their lists, and farthest" else one for one in text
    ] == titles


def test_multiqc_gets_numbers_and_no_markup(hostile: Evaluation, evaluation: Evaluation) -> None:
    files = multiqc_files(evaluation)
    table = files["nerbench_mqc.json"]["data"]["good human"]
    assert (table["names"], table["figures"], table["precision"]) == (24, 12, 1.0)
    genes = files["nerbench_genes_mqc.json"]["data"]["good"]
    assert genes == {"recovered": 24, "missed": 1, "absent": 0}
    assert "<" not in json.dumps(multiqc_files(hostile))


def test_multiqc_leaves_out_what_is_not_defined() -> None:
    files = multiqc_files(evaluate([FIGURES[0]], Words("w", [])))
    assert "precision" not in files["nerbench_general_mqc.json"]["data"]["w"]


def test_multiqc_itself_shows_it(evaluation: Evaluation, tmp_path: Path) -> None:
    multiqc = pytest.importorskip("multiqc")
    write_reports(evaluation, tmp_path / "run", multiqc=True)
    multiqc.reset()
    multiqc.parse_logs(tmp_path / "run")
    multiqc.write_report(output_dir=tmp_path / "out", force=True)
    text = (tmp_path / "out" / "multiqc_report.html").read_text(encoding="utf-8")
    for shown in ("nerbench_scores", "nerbench_genes", "Where the curated genes are"):
        assert shown in text
    (general,) = (tmp_path / "out").rglob("multiqc_general_stats.txt")
    assert "good" in general.read_text(encoding="utf-8")


def test_a_notebook_shows_the_table_and_plots_without_a_script(
    evaluation: Evaluation, hostile: Evaluation
) -> None:
    shown = evaluation._repr_html_()
    assert shown == notebook_html(evaluation)
    # All names of 12 figures hit: the interval begins at 0.025^(1/12).
    assert "<td>good</td><td>human</td><td>1.000 [0.74, 1.00]</td>" in shown
    assert shown.count("data:image/svg+xml;base64,") == 3
    found = _Scripts(notebook_html(hostile))
    assert found.texts == []
    assert set(found.loads) <= {"img src", "img"}


def test_no_label_of_a_notebook_is_smaller_than_eleven_pixels(evaluation: Evaluation) -> None:
    images = re.findall(
        r'min-width:(\d+)px" src="data:image/svg\+xml;base64,([^"]+)"', notebook_html(evaluation)
    )
    sizes = []
    for least, data in images:
        sheet = b64decode(data).decode()
        width = int(re.search(r'width="(\d+)"', sheet)[1])
        smallest = min(map(float, re.findall(r'font-size="([\d.]+)px"', sheet)))
        sizes.append(smallest * int(least) / width)
    assert len(sizes) == 3
    assert min(sizes) == pytest.approx(11, abs=0.05)


def test_scores_become_a_pandas_frame(evaluation: Evaluation) -> None:
    pytest.importorskip("pandas")
    frame = evaluation.to_pandas()
    assert list(frame.columns) == evaluation.to_polars().columns
    assert len(frame) == len(evaluation.scores)
    assert frame["precision"].dtype == float


def test_without_pandas_the_message_says_what_to_do(
    evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(NerbenchError, match="pip install pandas, or use to_polars"):
        evaluation.to_pandas()


def test_a_name_that_hits_nothing_says_what_it_can_mean_in_each_organism(seed: Figure) -> None:
    figure = replace(seed, caption="Notch acts on STAT3.")
    evaluation = evaluate([figure], load_recognizer("lexicon"))
    rows = {row["name"]: row for row in evaluation.name_rows}
    assert [(gene["taxon"], gene["symbol"]) for gene in rows["Notch"]["off_list"]] == [
        (9606, "NOTCH1"), (9606, "NOTCH2"), (9606, "NOTCH3"), (9606, "NOTCH4"), (7227, "N")
    ]  # fmt: skip
    assert rows["STAT3"]["off_list"] == []
    ((figure, _),) = FigureBrowser.of(evaluation).figures()
    names = {name["name"]: name for name in figure["models"][0]["names"]}
    assert names["Notch"]["off_list"] == {"human": "NOTCH1, NOTCH2, NOTCH3, NOTCH4", "fly": "N"}
    assert "off_list" not in names["STAT3"]
