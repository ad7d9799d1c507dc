"""The work list: genes that a caption names and the list lacks, and genes that it contradicts."""

from __future__ import annotations

import csv
from pathlib import Path

from fakes import Words

from nerbench import CuratedGene, Evaluation, Figure, evaluate
from nerbench.engine.load import load_run
from nerbench.reports import write_reports

GAP = Figure(
    "PMC7__f1",
    caption="MYC acts on STAT3. GAP: glyceraldehyde-3-phosphate; MYC again.",
    pmcid="PMC7",
    organisms=("Homo sapiens",),
    curated=(
        CuratedGene(9606, "STAT3", "6774", ("STAT3",)),
        CuratedGene(9606, "RASA1", "5921", ("GAP",)),
    ),
)
FLY = Figure(
    "mine",
    caption="Notch and dl act on JAK proteins.",
    organisms=("Drosophila melanogaster",),
    curated=(CuratedGene(7227, "Dl", None, ("Dl",)),),
)


def run(*figures: Figure) -> Evaluation:
    return evaluate(figures, [Words("one", ["MYC", "GAP", "Notch"]), Words("two", ["MYC"])])


def test_a_gene_that_the_list_lacks_has_its_place_and_the_models_that_name_it() -> None:
    _, row = run(GAP).work_rows()
    assert (row.kind, row.organism, row.genes, row.gene_ids) == (
        "gene-not-on-list", "human", ["MYC"], ["4609"]
    )  # fmt: skip
    assert (row.before, row.place, row.names, row.models) == ("", "MYC", ["MYC"], ["one", "two"])
    assert row.after.startswith(" acts on STAT3. GAP")


def test_a_listed_gene_that_the_caption_defines_otherwise_comes_first() -> None:
    row, _ = run(GAP).work_rows()
    assert (row.kind, row.genes, row.gene_ids) == ("contradicted", ["RASA1"], ["5921"])
    assert (row.place, row.definition) == ("GAP", "glyceraldehyde-3-phosphate")
    assert row.models == ["one"]


def test_a_listed_gene_is_not_contradicted_if_another_word_put_it_there() -> None:
    figure = Figure(
        GAP.figid,
        caption=GAP.caption,
        organisms=GAP.organisms,
        curated=(CuratedGene(9606, "RASA1", "5921", ("RASA1",)),),
    )
    assert [row.kind for row in run(figure).work_rows()] == ["gene-not-on-list"]


def test_a_listed_gene_is_not_contradicted_if_the_caption_names_it_elsewhere() -> None:
    figure = Figure(
        GAP.figid,
        caption=GAP.caption + " RASA1 is the protein.",
        organisms=GAP.organisms,
        curated=GAP.curated,
    )
    assert [row.kind for row in run(figure).work_rows()] == ["gene-not-on-list"]


def test_the_file_has_a_row_for_each_and_addresses_of_gene_paper_and_figure(
    tmp_path: Path,
) -> None:
    write_reports(run(GAP, FLY), tmp_path)
    with (tmp_path / "worklist.tsv").open(encoding="utf-8", newline="") as lines:
        contradicted, myc, notch = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    assert contradicted["caption"].endswith("STAT3. [GAP]: glyceraldehyde-3-phosphate; MYC again.")
    assert myc["ncbi_gene"] == "https://www.ncbi.nlm.nih.gov/gene/4609"
    assert myc["nomenclature"].endswith("/symbol/MYC")
    assert myc["paper"] == "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC7/"
    assert myc["figure_page"] == "https://pfocr.wikipathways.org/figures/PMC7__f1.html"
    assert myc["image"] == "https://europepmc.org/articles/PMC7/bin/f1.jpg"
    assert (notch["genes"], notch["nomenclature"]) == (
        "N", "https://flybase.org/search/symbol/N"
    )  # fmt: skip
    assert (notch["paper"], notch["figure_page"], notch["image"]) == ("", "", "")


def test_a_run_read_again_has_the_same_work_list(tmp_path: Path) -> None:
    evaluation = run(GAP, FLY)
    write_reports(evaluation, tmp_path)
    assert list(load_run(tmp_path).work_rows()) == list(evaluation.work_rows())


def test_a_run_without_names_has_an_empty_work_list(tmp_path: Path) -> None:
    write_reports(evaluate([FLY], Words("silent", [])), tmp_path)
    assert (tmp_path / "worklist.tsv").read_text(encoding="utf-8").count("\n") == 1
