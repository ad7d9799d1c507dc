"""docs/files.md names every file of a run, and every column and field of each, in their order."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest

import nerbench

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"(?ms)^## (\S+)$(.*?)(?=^## |\Z)", PAGE))
ROWS = re.compile(r"(?m)^\| ((?:`[^`]+`(?:, )?)+) \| (.+) \|$")

TABLES = [name for name in SECTIONS if name.endswith((".tsv", ".parquet"))]
TYPES = {
    "text": "String",
    "integer": "Int32",
    "number": "Float64",
    "true or false": "Boolean",
    "list of text": "List(String)",
    "list of pairs of integers": "List(Array(Int32, shape=(2,)))",
    "list of (`taxon`, `symbol`)": "List(Struct({'taxon': Int32, 'symbol': String}))",
}


def documented(section: str) -> list[str]:
    """The names in the first cells of a section's table."""
    return [name for cell, _ in ROWS.findall(section) for name in re.findall("`([^`]+)`", cell)]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    recognizer = nerbench.load_recognizer("lexicon")
    nerbench.evaluate(nerbench.open_corpus(ROOT / "seeds"), recognizer).save(folder)
    return folder


def test_every_table_of_a_run_has_a_section(run: Path) -> None:
    written = {path.name for pattern in ("*.tsv", "*.parquet") for path in run.glob(pattern)}
    assert set(TABLES) == written


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_documented_in_order(run: Path, name: str) -> None:
    if name.endswith(".tsv"):
        columns = (run / name).read_text(encoding="utf-8").splitlines()[0].split("\t")
    else:
        columns = list(pl.read_parquet_schema(run / name))
    # Ends of intervals stand beside their rates: the order within a pair is the file's.
    assert sorted(documented(SECTIONS[name])) == sorted(columns)
    assert list(dict.fromkeys(documented(SECTIONS[name]))) == documented(SECTIONS[name])


@pytest.mark.parametrize("name", [name for name in TABLES if name.endswith(".parquet")])
def test_the_type_of_every_column_is_documented(run: Path, name: str) -> None:
    schema = {column: str(dtype) for column, dtype in pl.read_parquet_schema(run / name).items()}
    for cell, rest in ROWS.findall(SECTIONS[name]):
        words = rest.split(" | ")[0]
        for column in re.findall("`([^`]+)`", cell):
            assert TYPES[words] == schema[column], column


def test_every_field_of_the_summary_is_documented(run: Path) -> None:
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    assert sorted(documented(SECTIONS["summary.json"])) == sorted(summary)


def test_the_first_table_names_every_file(run: Path) -> None:
    first = PAGE.split("\n## ", 1)[0]
    for path in run.iterdir():
        name = "plots/" if path.name == "plots" else path.name
        name = "predictions/MODEL.jsonl" if path.name == "predictions" else name
        assert name in first, name
