"""Real records, where they lie beside the checkout: that they are read, and what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nerbench import Evaluation, evaluate, load_recognizer, open_corpus
from nerbench.scoring.counts import FIELDS, Counts


def records(shared: Path, name: str) -> Path:
    folder = shared / "pfocr" / name
    if not folder.is_dir():
        pytest.skip(f"no {name} beside this checkout")
    return folder


@pytest.fixture(scope="module")
def records_2021(shared: Path) -> Evaluation:
    figures = open_corpus(records(shared, "records-2021"))
    return evaluate(figures, load_recognizer("lexicon"), organism="human")


@pytest.fixture(scope="module")
def records_2023(shared: Path) -> Evaluation:
    figures = open_corpus(records(shared, "records-2023"))
    return evaluate(figures, load_recognizer("lexicon"))


def human(evaluation: Evaluation, level: str) -> Counts:
    (row,) = (
        row
        for row in evaluation.scores
        if (row.organism, row.level, row.average) == ("human", level, "micro")
    )
    return row.counts


@pytest.mark.parametrize("name", ["records_2021", "records_2023"])
def test_every_real_record_is_read(name: str, request: pytest.FixtureRequest) -> None:
    evaluation: Evaluation = request.getfixturevalue(name)
    assert evaluation.corpus.skipped == ()
    assert evaluation.models[0].failure is None
    assert evaluation.corpus.figures == {"records_2021": 657, "records_2023": 44}[name]


def test_the_records_of_2021_are_human_and_many_are_repaired(records_2021: Evaluation) -> None:
    assert set(records_2021.corpus.curated_by_taxon) == {9606}
    assert records_2021.corpus.repaired_captions > 50


@pytest.mark.parametrize(
    ("level", "share"), [("symbol", 0.06), ("synonym", 0.13), ("family", 0.39)]
)
def test_the_reachable_share_is_that_of_an_independent_reference(
    records_2021: Evaluation, level: str, share: float
) -> None:
    # The reference, 0.15 at `synonym`, knows no doubtful aliases: it counts all of them.
    counts = human(records_2021, level)
    assert counts.reachable / counts.curated == pytest.approx(share, abs=0.01)


def test_definitions_take_names_from_precision_and_recall(
    records_2021: Evaluation, shared: Path
) -> None:
    figures = open_corpus(records(shared, "records-2021"))
    lexicon = load_recognizer("lexicon")
    plain = evaluate(figures, lexicon, organism="human", abbreviations=False)
    read, unread = human(records_2021, "family"), human(plain, "family")
    assert read.names == unread.names
    assert read.hits < unread.hits
    assert read.recovered < unread.recovered


def test_the_dictionary_recalls_what_an_independent_dictionary_does(
    records_2021: Evaluation,
) -> None:
    recall = human(records_2021, "family").rates()["in_caption_recall"]
    assert recall is not None
    assert recall > 0.74


@pytest.mark.parametrize("name", ["records_2021", "records_2023"])
def test_a_looser_level_never_recovers_or_reaches_less(
    name: str, request: pytest.FixtureRequest
) -> None:
    evaluation: Evaluation = request.getfixturevalue(name)
    for model in evaluation.models:
        count = dict(zip(FIELDS, np.moveaxis(model.counts, -1, 0), strict=True))
        pooled = evaluation.organisms.index("all")
        for field in ("recovered", "reachable", "claimed", "hits", "gene_names"):
            # A name that hits one organism at a looser level is no longer counted for the other.
            by_organism = field not in ("hits", "gene_names")
            of = slice(None) if by_organism else slice(pooled, pooled + 1)
            assert (np.diff(count[field][..., of], axis=1) >= 0).all()
        for part, whole in (
            ("recovered_reachable", "recovered"), ("recovered_reachable", "reachable"),
            ("reachable", "curated"), ("recovered", "curated"), ("recovered", "claimed"),
            ("hits", "gene_names"), ("gene_names", "names"),
        ):  # fmt: skip
            assert (count[part] <= count[whole]).all()


@pytest.mark.parametrize(
    ("case", "genes"),
    [
        ("41-score-fly-na-nan", {"na", "nan", "wg"}),
        ("43-score-table-linesep", {"TNF", "IL6"}),
        ("97-pfocr-NA-symbol", {"N", "g", "NOTCH1"}),
    ],
)
def test_genes_whose_rows_look_broken_are_curated(shared: Path, case: str, genes: set[str]) -> None:
    corpus = open_corpus(shared / "cases" / case / "rec")
    (figure,) = corpus
    assert genes <= {gene.symbol for gene in figure.curated}
    assert corpus.skipped == []


def test_four_real_fly_rows_count_by_their_ids(shared: Path) -> None:
    figures = open_corpus(records(shared, "records-2023"))
    by_id = {
        gene.gene_id: gene.symbol
        for figure in figures
        for gene in figure.curated
        if gene.taxon == 7227
    }
    ids = ("31293", "44819", "33281", "34179", "45338")
    assert [by_id.get(gene_id) for gene_id in ids] == ["N", "g", "S", "d", "na"]
