"""Inputs of people that failed once, beside the checkout: each gives what expected.tsv says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from command_line import CommandLine, Completed, micro

from nerbench import open_corpus

SPAN_COUNTS = ("tp", "fp", "fn")


@pytest.fixture
def cases(shared: Path) -> Path:
    folder = shared / "cases"
    if not folder.is_dir():
        pytest.skip("no cases beside this checkout")
    return folder


class Runner:
    """Runs commands on the files of a case."""

    def __init__(self, call: CommandLine, folder: Path, out: Path) -> None:
        self._call = call
        self.folder = folder
        self._out = out

    def spans(self, gold: str, predicted: str, scheme: str = "strict") -> tuple[Any, Completed]:
        """Return the scores over all labels, and the command's result."""
        paths = (self.folder / gold, self.folder / predicted)
        done = self._call("spans", *paths, "--scheme", scheme, "--json")
        assert done.status == 0, done.err
        return json.loads(done.out)["overall"], done

    def counts(self, gold: str, predicted: str, scheme: str = "strict") -> tuple[Any, ...]:
        overall = self.spans(gold, predicted, scheme)[0]
        return tuple(overall[name] for name in SPAN_COUNTS)

    def score(self, predictions: str = "pred.jsonl", **columns: str) -> dict[str, Any]:
        """Return the micro row of predictions, human at level family by default."""
        paths = (self.folder / "rec", "--predictions", self.folder / predictions)
        done = self._call("score", *paths, "-o", self._out, "-q")
        assert done.status == 0, done.err
        return micro(self._out, **columns)

    def table(self, name: str) -> list[dict[str, Any]]:
        return pl.read_parquet(self._out / f"{name}.parquet").to_dicts()


@pytest.fixture
def case(cases: Path, call: CommandLine, tmp_path: Path, request: pytest.FixtureRequest) -> Runner:
    """The case whose number the test's name ends with."""
    number = request.node.originalname.rpartition("_")[2]
    (folder,) = cases.glob(f"{number}-*")
    return Runner(call, folder, tmp_path / "out")


def names_of(case: Runner) -> dict[str, str]:
    return {row["name"]: row["outcome"] for row in case.table("names")}


def test_annotation_lines_alone_with_a_label_like_a_tag_02(case: Runner) -> None:
    assert case.counts("gold1.txt", "gold2.txt") == (2, 0, 0)
    assert case.counts("gold2.txt", "gold1.txt") == (2, 0, 0)
    for gold in ("gold1.txt", "gold2.txt"):
        assert case.counts(gold, "pred.txt") == (0, 1, 2)


def test_a_span_that_brat_parts_at_a_line_end_13(case: Runner) -> None:
    assert case.counts("gold", "pred") == (1, 0, 0)


def test_an_export_of_pubtator_3_20(case: Runner) -> None:
    assert case.counts("gold.json", "pred.txt") == (1, 0, 0)
    assert case.counts("gold.json", "pred.txt", "ids-mention") == (1, 0, 0)


def test_a_short_form_that_is_defined_in_the_plural_40(case: Runner) -> None:
    case.score()
    assert names_of(case)["MSC"] == "defined-otherwise"


def test_fly_genes_that_look_like_no_value_41(case: Runner) -> None:
    row = case.score(organism="fly")
    assert (row["curated"], row["precision"]) == (3, 1.0)


def test_a_gene_table_with_separators_of_lines_43(case: Runner) -> None:
    row = case.score()
    assert (row["curated"], row["recovered"]) == (2, 2)


def test_names_of_modified_proteins_49(case: Runner) -> None:
    assert case.score()["hits"] == 8


def test_letters_that_look_alike_50(case: Runner) -> None:
    assert case.score()["hits"] == 5


def test_a_list_of_short_forms_with_commas_51(case: Runner) -> None:
    case.score()
    names = names_of(case)
    assert {names[name] for name in ("ER", "MMP")} == {"defined-otherwise"}


def test_predictions_of_pubtator_3_52(case: Runner) -> None:
    assert case.score("pred.json")["hits"] == 1


def test_conll_with_comments_54(case: Runner) -> None:
    assert case.counts("gold.conll", "gold.conll") == (2, 0, 0)
    assert case.counts("gold.conll", "pred.conll") == (1, 0, 1)


def test_texts_that_differ_by_a_blank_57(case: Runner) -> None:
    for gold, predicted in (("gold.txt", "pred.json"), ("gold2.txt", "pred2.txt")):
        overall, done = case.spans(gold, predicted)
        assert [overall[name] for name in SPAN_COUNTS] == [2, 0, 0]
        assert "documents whose texts differ" in done.err


def test_html_in_captions_61(case: Runner) -> None:
    assert case.score()["hits"] == 3


def test_tags_in_lower_case_64(case: Runner) -> None:
    assert case.counts("gold.tsv", "pred.tsv") == (1, 0, 0)


def test_an_answer_of_bern2_76(case: Runner) -> None:
    assert case.counts("gold.txt", "pred.json") == (1, 0, 0)
    assert case.counts("gold.txt", "pred.json", "ids-mention") == (1, 0, 0)


def test_gold_that_names_no_gene_80(case: Runner) -> None:
    assert case.counts("gold.txt", "pred.txt", "ids-mention") == (1, 0, 0)
    overall, _ = case.spans("gold.txt", "pred.txt", "ids-document")
    assert (overall["precision"], overall["recall"]) == (1.0, 1.0)


def test_normalized_texts_of_mentions_81(case: Runner) -> None:
    row = case.score("pred.json")
    assert (row["names"], row["hits"], row["recovered"]) == (2, 2, 2)


def test_an_ion_is_no_gene_90(case: Runner) -> None:
    case.score()
    genes = {row["symbol"]: row for row in case.table("genes")}
    assert (genes["CA2"]["reachable_at"], genes["CA2"]["recovered_at"]) == (None, None)


def test_composites_91(case: Runner) -> None:
    row = case.score()
    assert row["precision"] > 0.5
    genes = {row["symbol"]: row for row in case.table("genes")}
    assert "ATG7" not in {s for s, row in genes.items() if row["recovered_at"]}


def test_genes_of_the_fly_whose_symbol_reads_na_97(cases: Path, call: CommandLine) -> None:
    (folder,) = cases.glob("97-*")
    done = call("corpus", "info", folder / "rec")
    assert done.status == 0
    symbols = {gene.symbol for figure in open_corpus(folder / "rec") for gene in figure.curated}
    assert symbols & {"N", "S", "d", "g"}
