"""Tests of the files of a run: they hold the counts, and are the same each time."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest
from fakes import Failing, Words

from nerbench import (
    CuratedGene,
    Evaluation,
    Figure,
    NerbenchError,
    evaluate,
    open_corpus,
)
from nerbench.engine.row_tables import schema_of
from nerbench.engine.rows import FigureRow, GeneRow, NameRow
from nerbench.reports import write_reports
from nerbench.reports.context import ReportContext
from nerbench.reports.markdown import cell, markdown
from nerbench.reports.summary import summary, summary_schema
from nerbench.reports.terminal import result_table
from nerbench.scoring.reasons import MissReason, Outcome
from nerbench.scoring.significance import ComparisonRow

NASTY = "A|B <script>alert(1)</script> `code` **bold** [x](javascript:y)\t\n| # \\ &amp;"


def human(*symbols: str) -> tuple[CuratedGene, ...]:
    return tuple(CuratedGene(9606, symbol, words=(symbol,)) for symbol in symbols)


FIGURES = [
    Figure(
        "F1",
        caption="STAT3 turns VEGFA on, not EGFR",
        organisms=("Homo sapiens",),
        curated=human("STAT3", "VEGFA", "MYC"),
        title=NASTY,
        year="2021",
        journal="J. of\tTabs",
    ),
    Figure(
        "F2",
        caption="TP53 and MDM2",
        curated=(*human("TP53"), CuratedGene(7227, "p53")),
        unassigned=("Hspa5", "zzz"),
        published="TP53 &amp; MDM2",
    ),
    Figure("F3", caption="", curated=human("KRAS")),
    Figure("F4", caption="Hspa5", organisms=("Mus musculus",)),
]


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    models = [
        Words("good", ["STAT3", "VEGFA", "EGFR", "TP53", "MDM2", "caption"]),
        Words("poor", ["STAT3", "turns"]),
        Failing("broken", RuntimeError("no <b>memory</b> | left")),
    ]
    return evaluate(FIGURES, models)


@pytest.fixture(scope="module")
def folder(evaluation: Evaluation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports") / "new" / "run"
    write_reports(evaluation, folder)
    return folder


@pytest.fixture(scope="module")
def report(folder: Path) -> str:
    return (folder / "report.md").read_text(encoding="utf-8")


def read_tsv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


# --- what is written


def test_a_run_writes_its_files_and_leaves_no_others(folder: Path) -> None:
    tables = [
        "captions.parquet", "counts.parquet", "figures.tsv", "genes.parquet", "gold_counts.parquet",
        "marks.parquet", "names.parquet", "scores.tsv", "worklist.tsv",
    ]  # fmt: skip
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [*tables, "plots", "report.html", "report.md", "summary.json"]
    )


def test_the_same_evaluation_gives_the_same_bytes(
    evaluation: Evaluation, folder: Path, tmp_path: Path
) -> None:
    other = evaluate(FIGURES, [Words("good", ["STAT3"]), Words("poor", ["turns"])])
    for which, name in ((evaluation, "once"), (other, "other")):
        write_reports(which, tmp_path / name)
    for path in (path for path in folder.rglob("*") if path.is_file()):
        again = tmp_path / "once" / path.relative_to(folder)
        assert path.read_bytes() == again.read_bytes(), path.name
    assert (folder / "report.md").read_bytes() != (tmp_path / "other" / "report.md").read_bytes()


def test_an_older_run_in_the_folder_is_replaced(evaluation: Evaluation, tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text("old", encoding="utf-8")
    write_reports(evaluation, tmp_path)
    assert json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))["scores"]


def test_a_file_where_the_folder_should_be_is_one_clear_error(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    (tmp_path / "run").write_text("in the way", encoding="utf-8")
    with pytest.raises(NerbenchError, match=r"run: cannot be written: a file is in"):
        write_reports(evaluation, tmp_path / "run")


@pytest.mark.parametrize("name", ["summary.json", "report.md", "scores.tsv", "names.parquet"])
def test_a_folder_where_a_file_should_be_is_one_clear_error(
    evaluation: Evaluation, tmp_path: Path, name: str
) -> None:
    (tmp_path / name / "in the way").mkdir(parents=True)
    with pytest.raises(NerbenchError, match="cannot be written"):
        write_reports(evaluation, tmp_path)


# --- summary.json


@pytest.fixture(scope="module")
def data(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return found


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(summary_schema())


def test_the_summary_is_what_the_schema_says(data: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(summary_schema()).validate(data)


def test_a_real_corpus_with_skipped_files_is_what_the_schema_says(tmp_path: Path) -> None:
    (tmp_path / "A.md").write_text("figid: A\ncaption: STAT3\n", encoding="utf-8")
    (tmp_path / "B.md").write_bytes(b"\0")
    found = summary(evaluate(open_corpus(tmp_path), Words("w", ["STAT3"])))
    jsonschema.Draft202012Validator(summary_schema()).validate(found)
    (skipped,) = found["corpus"]["skipped"]
    assert skipped["source"].endswith("B.md")
    assert skipped["reason"].startswith("no record") and "binary data" in skipped["reason"]


@pytest.mark.parametrize("change", ["extra", "missing", "rate"])
def test_the_schema_is_strict(data: dict[str, Any], change: str) -> None:
    other = json.loads(json.dumps(data))
    if change == "extra":
        other["scores"][0]["extra"] = 1
    elif change == "missing":
        del other["corpus"]["skipped"]
    else:
        other["scores"][0]["recall"] = 1.5
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(summary_schema()).validate(other)


def test_the_summary_counts_the_corpus(data: dict[str, Any]) -> None:
    assert data["schema_version"] == 5
    corpus = data["corpus"]
    assert corpus["figures"] == 4
    assert corpus["with_caption"] == 3
    assert corpus["repaired_captions"] == 1
    assert corpus["curated_genes"] == 6
    assert corpus["curated_by_organism"] == {"fly": 1, "human": 5}
    assert corpus["unassigned_keywords"] == 2
    assert corpus["left_out"] == [{"reason": "no supported organism in scope", "figures": ["F4"]}]


def test_the_summary_tells_a_failed_model_from_a_working_one(data: dict[str, Any]) -> None:
    good, poor, broken = data["models"]
    assert (good["failure"], poor["failure"]) == (None, None)
    assert good["fingerprint"] == "1"
    assert "RuntimeError: no <b>memory</b> | left" in broken["failure"]
    assert {row["model"] for row in data["scores"]} == {"good", "poor"}


def test_the_scores_are_the_counts_of_the_figures(data: dict[str, Any]) -> None:
    rows = {(r["model"], r["organism"], r["level"], r["average"]): r for r in data["scores"]}
    row = rows["good", "human", "symbol", "micro"]
    # K: STAT3, VEGFA, MYC; TP53; KRAS. Names: STAT3, VEGFA, EGFR; TP53, MDM2.
    assert (row["curated"], row["recovered"], row["reachable"]) == (5, 3, 3)
    assert (row["names"], row["hits"], row["figures"]) == (5, 3, 3)
    assert row["recall"] == 3 / 5
    assert row["precision"] == 3 / 5
    assert row["in_caption_recall"] == 1.0
    # All five names are official symbols of human genes; three of the five are on a list.
    assert (row["gene_names"], row["claimed"], row["recovered_reachable"]) == (5, 5, 3)
    assert (row["gene_precision"], row["claim_precision"]) == (1.0, 3 / 5)
    macro = rows["good", "human", "symbol", "macro"]
    assert macro["recall"] == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert macro["precision"] == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert macro["defined"]["precision"] == 2  # F3 has no name
    assert "defined" not in row


def test_an_empty_denominator_is_null_and_never_a_number(tmp_path: Path) -> None:
    figures = [Figure("F1", caption="", organisms=("Homo sapiens",))]
    found = summary(evaluate(figures, Words("w", ["STAT3"])))
    for row in found["scores"]:
        assert [row[name] for name in ("precision", "recall", "f1", "in_caption_recall")] == [
            None
        ] * 4
    write_reports(evaluate(figures, Words("w", ["STAT3"])), tmp_path)
    assert "NaN" not in (tmp_path / "summary.json").read_text(encoding="utf-8")


def test_the_signature_is_one_line_of_everything_a_number_depends_on(
    data: dict[str, Any], evaluation: Evaluation
) -> None:
    signature = data["signature"]
    assert signature == evaluation.signature
    assert "\n" not in signature
    for part in ("nerbench:0.", "good@1", "corpus:4@", "9606@", "7227@", "level:family"):
        assert part in signature
    assert "broken" not in signature


def test_figures_given_as_a_list_have_a_digest_in_the_signature() -> None:
    one, other = ([Figure("F1", caption=text)] for text in ("STAT3", "nothing"))
    signatures = {evaluate(figures, Words("w", ["STAT3"])).signature for figures in (one, other)}
    assert len(signatures) == 2


@pytest.mark.parametrize("change", [{"level": "symbol"}, {"organism": "fly"}])
def test_the_signature_changes_with_scope_and_level(
    evaluation: Evaluation, change: dict[str, str]
) -> None:
    models = [Words("good", []), Words("poor", [])]
    changed = evaluate(FIGURES, models, **change)  # type: ignore[arg-type]
    assert changed.signature != evaluate(FIGURES, models).signature


# --- the tables


def test_scores_tsv_holds_the_rows_of_the_summary(folder: Path) -> None:
    data = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    rows = read_tsv(folder / "scores.tsv")
    assert len(rows) == len(data["scores"]) == 2 * 3 * 3 * 2
    for row, expected in zip(rows, data["scores"], strict=True):
        expected.pop("defined", None)
        effective = expected.pop("effective_figures", {})
        for name in ("precision", "recall"):
            expected[f"effective_figures_{name}"] = effective.get(name)
        for name, ends in expected.pop("ci95").items():
            expected[f"{name}_low"], expected[f"{name}_high"] = ends or (None, None)
        assert row.pop("reference") == "false"
        assert row == {
            name: "" if value is None else str(value) for name, value in expected.items()
        }


def test_figures_tsv_has_a_row_per_figure_and_model(folder: Path) -> None:
    rows = read_tsv(folder / "figures.tsv")
    assert list(rows[0]) == list(FigureRow._fields)
    keys = [(row["figid"], row["model"]) for row in rows]
    assert keys == [(f, m) for f in ("F1", "F2", "F3") for m in ("good", "poor")]
    first = rows[0]
    assert (first["names"], first["hits"], first["recovered"]) == ("3", "2", "2")
    assert first["scope"] == "human"
    assert first["journal"] == "J. of Tabs"
    assert first["title"] == " ".join(NASTY.split())
    assert rows[4]["precision"] == ""


def test_names_parquet_has_every_name_with_its_outcome(folder: Path) -> None:
    names = pl.read_parquet(folder / "names.parquet")
    assert dict(names.schema) == {
        name: kind() if isinstance(kind, type) else kind
        for name, kind in schema_of(NameRow).items()
    }
    own = names.filter((pl.col("model") == "good") & (pl.col("figid") == "F1"))
    assert own.select("name", "outcome", "genes").rows() == [
        ("STAT3", "on-list", [{"taxon": 9606, "symbol": "STAT3"}]),
        ("VEGFA", "on-list", [{"taxon": 9606, "symbol": "VEGFA"}]),
        ("EGFR", "gene-not-on-list", []),
    ]
    assert own["start"].to_list() == [0, 12, 26]


def test_genes_parquet_has_every_curated_gene_with_its_outcome(folder: Path) -> None:
    genes = pl.read_parquet(folder / "genes.parquet")
    assert dict(genes.schema) == {
        name: kind() if isinstance(kind, type) else kind
        for name, kind in schema_of(GeneRow).items()
    }
    own = genes.filter((pl.col("model") == "poor") & (pl.col("figid") == "F1"))
    assert own.select("symbol", "outcome", "reason", "words").rows() == [
        ("STAT3", "recovered", None, ["STAT3"]),
        ("VEGFA", "missed", "not-detected", ["VEGFA"]),
        ("MYC", "missed", "not-in-caption", ["MYC"]),
    ]
    assert own["recovered_at"].to_list() == ["symbol", None, None]


def test_every_missed_gene_has_one_reason_and_every_name_one_outcome(folder: Path) -> None:
    genes = pl.read_parquet(folder / "genes.parquet")
    assert genes["reason"].is_null().to_list() == (genes["outcome"] == "recovered").to_list()
    assert set(genes["reason"].drop_nulls()) <= set(map(str, MissReason))
    names = pl.read_parquet(folder / "names.parquet")
    assert set(names["outcome"]) <= set(map(str, Outcome))
    is_on_list = (names["outcome"] == "on-list").to_list()
    assert (names["genes"].list.len() > 0).to_list() == is_on_list


def test_no_report_calls_a_name_off_the_list_false_or_wrong(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    shown = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL)
    for text in (shown, (folder / "report.md").read_text(encoding="utf-8")):
        plain = text.replace("need not be wrong", "").replace("wrong-boundary", "")
        assert re.findall(r"\b(?:false|wrong|incorrect|errors?)\b", plain, re.IGNORECASE) == []


def test_tables_of_no_name_keep_their_columns(tmp_path: Path) -> None:
    write_reports(evaluate([Figure("F1", caption="x")], Words("w", [])), tmp_path)
    for file, schema in (
        ("names.parquet", schema_of(NameRow)),
        ("genes.parquet", schema_of(GeneRow)),
    ):
        table = pl.read_parquet(tmp_path / file)
        assert (table.columns, len(table)) == (list(schema), 0)
    assert read_tsv(tmp_path / "figures.tsv") == []


# --- report.md


def test_the_report_shows_the_headline_table(report: str) -> None:
    # Names in each figure: 3, 2, 0, so 5^2 / 13 effective figures; curated genes: 3, 1, 1.
    figures, rates = "3 (2 inferred) | 1.9 / 2.3", "**0.600** | 1.000 | 5 | 3 | **0.600** | 3"
    assert f"| good | human | {figures} | 5 | 3 | {rates} | **1.000** |" in report
    assert "Level `family`, scope `auto`" in report


def test_the_report_shows_the_three_levels_and_both_averages(report: str) -> None:
    for level in ("symbol", "synonym", "family"):
        assert f"| good | human | {level} |" in report
    assert "Mean over figures (macro average)" in report


def test_the_report_shows_what_could_not_be_read_or_assigned(tmp_path: Path) -> None:
    (tmp_path / "A.md").write_text(
        "figid: A\ncaption: NF-Œ∫B\nschema-jsonld: {keywords: [zzz1, TP53]}\n", encoding="utf-8"
    )
    (tmp_path / "B<i>.md").write_text("nothing", encoding="utf-8")
    text = markdown(ReportContext.of(evaluate(open_corpus(tmp_path), Words("w", ["NF-κB"]))))
    assert "1 file skipped" in text
    assert "B&lt;i&gt;.md: no record" in text
    assert "1 keywords whose organism could not be determined" in text
    assert "1 caption with broken characters" in text


def test_the_report_shows_the_figures_that_were_not_scored(report: str) -> None:
    assert "1 figure not scored (no supported organism in scope): " in report


def test_the_report_names_the_skipped_files_up_to_a_bound(tmp_path: Path) -> None:
    (tmp_path / "A.md").write_text("figid: A\ncaption: STAT3\n", encoding="utf-8")
    for number in range(30):
        (tmp_path / f"bad{number:02}.md").write_text("nothing", encoding="utf-8")
    text = markdown(ReportContext.of(evaluate(open_corpus(tmp_path), Words("w", ["STAT3"]))))
    assert "30 files skipped" in text
    assert text.count("bad") == 20
    assert "and 10 more" in text


def test_the_report_gives_the_signature_and_how_to_cite(
    report: str, evaluation: Evaluation
) -> None:
    _, section = report.split("## Signature and how to cite\n")
    assert f"    {evaluation.signature}\n" in section
    assert f"To cite: nerbench {evaluation.version}" in section


def test_the_report_says_which_model_failed_and_why(report: str) -> None:
    assert "## What failed" in report
    assert "- **broken**: broken: failed on figure F1: RuntimeError: no &lt;b&gt;" in report


def test_text_from_the_world_cannot_break_the_report(report: str) -> None:
    assert "<script>" not in report
    assert not re.search(r"(?<!\\)\]\(javascript", report)
    assert "A\\|B &lt;script&gt;" in report


def test_every_row_of_a_table_has_as_many_cells_as_its_head(report: str) -> None:
    width = 0
    rows = 0
    for line in report.splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        cells = len(re.findall(r"(?<!\\)\|", line))
        width = width or cells
        assert cells == width, line
        rows += 1
    assert rows > 40


def test_the_report_shows_figures_closest_to_their_lists_and_farthest_each_once() -> None:
    def figure(number: int) -> Figure:
        wrong = " ".join(["EGFR", "MYC", "KRAS", "MDM2", "AKT1", "JAK1", "JAK2"][: number % 8])
        return Figure(f"F{number:02}", caption=f"STAT3 {wrong}", curated=human("STAT3"))

    words = ["STAT3", "EGFR", "MYC", "KRAS", "MDM2", "AKT1", "JAK1", "JAK2"]
    text = markdown(ReportContext.of(evaluate([figure(n) for n in range(16)], Words("w", words))))
    best = re.findall(r"\| closest \| (F\d\d) \|", text)
    worst = re.findall(r"\| farthest \| (F\d\d) \|", text)
    assert best == ["F00", "F08", "F01", "F09", "F02"]
    assert worst == ["F07", "F15", "F06", "F14", "F05"]


def test_only_ids_of_pfocr_are_linked_to_it() -> None:
    figures = [
        Figure(figid, caption="STAT3", curated=human("STAT3"))
        for figid in ("a)b|<c>", "PMC12__x-f1.g")
    ]
    text = markdown(ReportContext.of(evaluate(figures, Words("w", ["STAT3"]))))
    assert "| a)b\\|&lt;c&gt; |" in text
    assert "](https://pfocr.wikipathways.org/figures/PMC12__x-f1.g.html)" in text
    assert text.count("https://pfocr") == text.count("PMC12__x-f1.g.html")


def test_a_report_of_failed_models_only_is_still_written(tmp_path: Path) -> None:
    broken = Failing("broken", RuntimeError("no <b>memory</b> | left"))
    write_reports(evaluate(FIGURES, broken, errors="keep"), tmp_path)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "## What failed" in text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a|b", r"a\|b"),
        ("a\nb\tc", "a b c"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("[x](y)", r"\[x\](y)"),
        ("back\\slash", r"back\\slash"),
        (7, "7"),
    ],
)
def test_a_cell_holds_nothing_that_markdown_reads(text: object, safe: str) -> None:
    assert cell(text) == safe


# --- the terminal and the notebook


@pytest.mark.parametrize(
    ("difference", "ci95", "p", "verdict"),
    [
        (0.2, (0.1, 0.3), 0.01, "good agrees more with the list"),
        (-0.2, (-0.3, -0.1), 0.01, "poor agrees more with the list"),
        (0.2, (-0.01, 0.4), 0.01, "could be chance"),  # test and interval disagree
        (0.2, (0.1, 0.3), 0.05, "could be chance"),
        (0.2, (0.0, 0.3), 0.01, "could be chance"),
        (0.2, None, 0.01, "too few figures differ"),
        (0.0, (0.0, 0.0), 0.01, "could be chance"),
        (None, None, None, "not defined"),
    ],
)
def test_a_verdict_needs_the_test_and_the_interval(
    difference: float | None, ci95: tuple[float, float] | None, p: float | None, verdict: str
) -> None:
    run = evaluate(FIGURES[:1], [Words("good", ["STAT3"]), Words("poor", ["turns"])])
    row = ComparisonRow("good", "poor", "human", "family", "precision", difference, ci95, p, p)
    vars(run)["comparisons"] = [row]  # in place of the cached ones
    assert [said for _, said in ReportContext.of(run).values["comparisons"]] == [verdict]


def test_the_terminal_table_has_a_row_per_model_and_organism(evaluation: Evaluation) -> None:
    table = result_table(evaluation)
    assert table.row_count == 2 * 3
    assert [column.header for column in table.columns] == [
        "model", "organism", "figures", "names", "hits", "precision", "gene precision", "recall",
        "in-caption recall", "F1",
    ]  # fmt: skip


def test_a_notebook_shows_the_chosen_level(evaluation: Evaluation) -> None:
    html = evaluation._repr_html_()
    assert "<table" in html
    assert "good" in html


def test_the_data_frame_has_the_rows_of_the_scores(evaluation: Evaluation) -> None:
    frame = evaluation.to_polars()
    assert len(frame) == len(evaluation.scores)
    assert frame["recall"].dtype == pl.Float64
