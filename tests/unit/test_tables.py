"""Tables as people have them: every kind opens, and a bad row costs itself only."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from nerbench import NerbenchError, Problem, RecordError
from nerbench.tabular.columns import ColumnNames, parse_columns
from nerbench.tabular.gene_cells import gene_entries
from nerbench.tabular.open_table import open_table
from nerbench.tabular.table_rows import Row, Table, cell_text

ROWS = [("F1", 'TNF-α binds, "so it seems"', "TNF;IL6"), ("F2", "p53; MDM2", "TP53")]


def table(raw: bytes | str, name: str = "a.csv", **named: str) -> Table:
    raw = raw.encode() if isinstance(raw, str) else raw
    opened = open_table(raw, name, name, ColumnNames(named))
    assert opened is not None
    return opened


def read(raw: bytes | str, name: str = "a.csv", **named: str) -> list[Any]:
    """The cells of each row's id, caption and genes; for a bad row its place and reason."""
    opened = table(raw, name, **named)
    fields = ColumnNames(named).find(opened.columns)
    rows = opened.rows([fields[field] for field in ("id", "caption", "genes")])
    return [row.cells if isinstance(row, Row) else str(row) for row in rows]


def delimited(mark: str) -> str:
    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    lines = [mark.join(("figid", "caption", "genes"))]
    return "\n".join([*lines, *(mark.join(map(cell, row)) for row in ROWS)]) + "\n"


def frame() -> pl.DataFrame:
    return pl.DataFrame(ROWS, schema=["figid", "caption", "genes"], orient="row")


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_spreadsheet_s_export_is_read(mark: str, end: str, encoding: str) -> None:
    text = delimited(mark).replace("\n", end)
    for name in ("a.csv", "a.txt", "-"):
        assert read(text.encode(encoding), name) == ROWS


def test_excel_s_line_that_names_the_delimiter_is_no_header() -> None:
    assert read("sep=;\n" + delimited(";")) == ROWS


def test_parquet_arrow_and_json_are_read() -> None:
    parquet, arrow = io.BytesIO(), io.BytesIO()
    frame().write_parquet(parquet)
    frame().write_ipc(arrow)
    objects = frame().to_dicts()
    assert read(parquet.getvalue(), "a.parquet") == ROWS
    assert read(arrow.getvalue(), "a.feather") == ROWS
    assert read("".join(json.dumps(row) + "\n" for row in objects), "a.jsonl") == ROWS
    assert read(json.dumps(objects), "a.json") == ROWS
    assert read(json.dumps({"figureInfo": objects}, indent=1), "a.json") == ROWS


def test_a_workbook_is_read(tmp_path: Path) -> None:
    pytest.importorskip("fastexcel", reason="needs nerbench[excel]")
    pytest.importorskip("xlsxwriter")
    path = tmp_path / "a.xlsx"
    frame().with_columns(figid=pl.Series([1.0, 2.0])).write_excel(path)
    rows = read(path.read_bytes(), "a.xlsx")
    assert rows == [("1", *ROWS[0][1:]), ("2", *ROWS[1][1:])]


@pytest.mark.parametrize("compression", [None, "gzip"])
def test_r_s_rds_is_read(tmp_path: Path, compression: str | None) -> None:
    pyreadr = pytest.importorskip("pyreadr", reason="needs nerbench[r]")
    path = tmp_path / "a.rds"
    pyreadr.write_rds(path, frame(), compress=compression)
    from nerbench.inputs import read_input

    assert read(read_input(path), "a.rds") == ROWS


@pytest.mark.parametrize(
    ("name", "raw", "module", "extra", "other"),
    [
        ("a.rds", b"X\n\0\0\0\3", "pyreadr", "nerbench[r]", "write.csv(readRDS("),
        ("a.xlsx", b"PK\3\4", "fastexcel", "nerbench[excel]", "CSV UTF-8"),
    ],
)
def test_a_table_that_needs_an_extra_names_it_and_the_way_without_it(
    name: str, raw: bytes, module: str, extra: str, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setattr("nerbench.tabular.frames.find_spec", lambda _: None)
    with pytest.raises(RecordError) as caught:
        table(raw, name)
    assert f"pip install '{extra}'" in str(caught.value)
    assert other in str(caught.value)


@pytest.mark.parametrize(
    ("name", "raw", "reason"),
    [
        ("a.parquet", b"PAR1 and no more", "no Parquet file, or damaged"),
        ("a.parquet", b"id,caption\n", "not what its name says"),
        ("a.feather", b"ARROW1 and no more", "no Arrow file, or damaged"),
        ("a.rds", b"X\n\0\0\0\2 and no more", "RDS file"),
        ("a.xlsx", b"PK\3\4 and no more", "spreadsheet"),
        ("a.xlsx", b"id,caption\n", "not what its name says"),
        ("a.RData", b"RDX3\n", "an R workspace"),
    ],
)
def test_a_damaged_table_is_one_line(name: str, raw: bytes, reason: str) -> None:
    with pytest.raises(RecordError, match=reason) as caught:
        table(raw, name)
    assert "\n" not in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_row_of_another_width_is_named_by_its_line_and_costs_itself_only() -> None:
    text = "id,caption,genes\nF1,a,TNF\nF2,b\nF3,c,TNF,IL6\n\nF4,d,\nF5,e,TNF,,\n"
    assert read(text) == [
        ("F1", "a", "TNF"),
        "a.csv:3: the row has 2 cells, the header 3",
        "a.csv:4: the row has 4 cells, the header 3",
        ("F4", "d", ""),
        ("F5", "e", "TNF"),
    ]


def test_a_quote_that_nothing_closes_costs_its_row_only() -> None:
    text = 'id,caption,genes\nF1,"never closed,TNF\nF2,b,IL6\nF3,"c, d",TNF\n'
    assert read(text)[1:] == [("F2", "b", "IL6"), ("F3", "c, d", "TNF")]


def test_a_quoted_cell_may_hold_line_ends_and_the_next_line_is_still_known() -> None:
    text = 'id,caption,genes\r\nF1,"a\r\nb","TNF"\r\nF2\r\n'
    assert read(text) == [("F1", "a\nb", "TNF"), "a.csv:4: the row has 1 cell, the header 3"]


def test_quotes_that_begin_a_caption_stay() -> None:
    text = 'id\tcaption\tgenes\nF1\t"Wnt" signalling\tWNT1\nF2\t5" long\tTNF\n'
    assert read(text) == [("F1", '"Wnt" signalling', "WNT1"), ("F2", '5" long', "TNF")]


def test_bytes_that_are_not_utf8_cost_their_row_only() -> None:
    raw = b"id,caption,genes\nF1,caf\xe9,TNF\nF2,b,IL6\n"
    assert read(raw)[0] == "a.csv:2: not UTF-8 (byte 0xe9); save the table as UTF-8"
    assert read(raw)[1] == ("F2", "b", "IL6")


def test_a_bad_line_of_json_costs_itself_only() -> None:
    good = json.dumps(dict(zip(("id", "caption", "genes"), ROWS[1], strict=True)))
    rows = read(f"{good}\n{{'id': 1}}\n[1]\n{good}\n", "a.jsonl")
    assert rows[0] == rows[3] == ROWS[1]
    assert rows[1].startswith("a.jsonl:2: not JSON: ")
    assert rows[2] == "a.jsonl:3: no JSON object, but list"


def test_row_names_of_r_are_no_column() -> None:
    text = '"id" "caption"\n'.replace(" ", "\t") + '"1"\t"F1"\t"a"\n"2"\t"F2"\t"b"\n'
    opened = table(text, "a.tsv")
    assert [row.cells for row in opened.rows(["id"]) if isinstance(row, Row)] == [("F1",), ("F2",)]


def test_a_comment_mark_before_the_header_is_no_part_of_it() -> None:
    assert read("## made by hand\n#id\tcaption\tgenes\nF1\ta\tTNF\n", "a.tsv") == [
        ("F1", "a", "TNF")
    ]


def test_gene_sets_are_read_with_or_without_their_suffix() -> None:
    text = "PMC1__f1.jpg\tA title, so\t7124\t3569\t\nPMC2__F2\t\t\nbroken\n"
    opened = table(text, "pfocr-20240101-gmt-Homo_sapiens.gmt")
    assert [
        row.cells if isinstance(row, Row) else row.source for row in opened.rows(opened.columns)
    ] == [
        ("PMC1__f1.jpg", "A title, so", ["7124", "3569"], "Homo sapiens"),
        ("PMC2__F2", "", [], "Homo sapiens"),
        "pfocr-20240101-gmt-Homo_sapiens.gmt:3",
    ]
    assert table("PMC1__F1\ttitle\tTP53\tMDM2\n", "-").columns == opened.columns


@pytest.mark.parametrize(
    "text",
    [
        "",
        "IL-6 binds its receptor, so STAT3 is on.",
        "7|t|IL-6 binds.\n",
        "a\tb\tc d e\n",
        "\0\1\2",
    ],
)
def test_text_that_is_no_table_is_none(text: str) -> None:
    assert open_table(text.encode(), "a.txt", "a.txt", ColumnNames()) is None


@pytest.mark.parametrize(
    "header",
    ["Figure ID,Legend,Gene symbols", "FIGID,Text,hgnc_symbol", "pfocr_id;figure_caption;Genes"],
)
def test_usual_names_of_columns_are_known_without_case(header: str) -> None:
    mark = ";" if ";" in header else ","
    assert read(f"{header}\nF1{mark}a{mark}TNF\n") == [("F1", "a", "TNF")]


def test_the_official_symbol_counts_before_what_was_matched() -> None:
    fields = ColumnNames().find(["figid", "word", "symbol", "source", "hgnc_symbol", "entrez"])
    assert (fields["genes"], fields["gene_ids"], fields["word"]) == (
        "hgnc_symbol",
        "entrez",
        "word",
    )


def test_named_columns_count_before_usual_ones() -> None:
    rows = read(
        "id,key,caption,Full legend,genes\n1,F1,no,yes,TNF\n", id="key", caption="full legend"
    )
    assert rows == [("F1", "yes", "TNF")]


def test_a_column_or_field_that_is_not_there_is_told_with_what_is_near() -> None:
    names = ColumnNames({"caption": "legnd"})
    names.see(["figure", "legend", "genes"])
    with pytest.raises(NerbenchError, match=r"columns are figure, legend, .*did you mean 'legend'"):
        names.check()
    with pytest.raises(NerbenchError, match=r"no field 'captoin'.*did you mean 'caption'"):
        ColumnNames({"captoin": "legend"})
    with pytest.raises(NerbenchError, match="id is the column 'a' too"):
        parse_columns(["id=a", "id=b"])


@pytest.mark.parametrize(
    ("cell", "genes"),
    [
        (None, []),
        (float("nan"), []),
        ("", []),
        (" TP53 ", ["TP53"]),
        ("TP53,MDM2", ["TP53", "MDM2"]),
        ("TP53 | MDM2|", ["TP53", "MDM2"]),
        ("7157\t4193\n", ["7157", "4193"]),
        ("9606:7157 9606:4193", ["9606:7157", "9606:4193"]),
        ('["TP53", 4193]', ["TP53", "4193"]),
        ([{"symbol": "TP53"}, {"id": 4193}, None], ["TP53", "4193"]),
        (7157.0, ["7157"]),
        ("7157.0;4193.0", ["7157", "4193"]),
        ("Su(H);l(2)gl", ["Su(H)", "l(2)gl"]),
    ],
)
def test_the_genes_of_a_cell(cell: object, genes: list[str]) -> None:
    assert gene_entries(cell) == genes


def test_the_text_of_a_cell() -> None:
    assert [*map(cell_text, (None, 1.0, 1.5, True, " a "))] == ["", "1", "1.5", "True", "a"]


def test_problems_have_a_place_and_a_reason() -> None:
    (problem,) = (row for row in table("id,caption\nF1\n").rows(["id"]) if isinstance(row, Problem))
    assert (problem.source, "\n" in problem.reason) == ("a.csv:2", False)
