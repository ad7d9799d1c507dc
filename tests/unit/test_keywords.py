"""Organisms of keywords: flat lists compared with gene tables."""

from __future__ import annotations

import csv
import random
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from nerbench import Figure
from nerbench.corpus.pfocr import parse_record
from nerbench.nomenclature.keywords import assign_keywords
from nerbench.nomenclature.lexicon import Nomenclature

HUMAN, FLY, OPEN = 9606, 7227, None

SEED_FLY = (
    "dc hop bsk ap p53 betaTub60D hth Debcl Mmp2 Pvf1 Pvf2 Pvf3 Pvr Src42A Csk Src64B ras Ras64B "
    "Ras85D MRP Mhc RNaseMRP:RNA"
).split()
SEED_HUMAN = (
    "STAT3 CD274 IL6R JAK1 JAK2 JAK3 TYK2 TP53 TP63 TP73 AFP TRIM26 EPCAM PROM1 CD24 BCL2 CXCR4 "
    "MMP2 VEGFA VEGFB VEGFC VEGFD PGF SRC FGR FYN YES1 KRAS HRAS NRAS ABCC1 MARCKSL1 WLS ABCG2"
).split()


@pytest.mark.parametrize("keyword", SEED_FLY)
def test_fly_keyword_of_the_seed_is_assigned_to_fly(seed: Figure, keyword: str) -> None:
    assert (FLY, keyword) in {gene.key for gene in seed.curated}


@pytest.mark.parametrize("keyword", SEED_HUMAN)
def test_human_keyword_of_the_seed_is_assigned_to_human(seed: Figure, keyword: str) -> None:
    assert (HUMAN, keyword) in {gene.key for gene in seed.curated}


def test_seed_has_56_keywords_and_all_are_assigned(seed: Figure) -> None:
    assert len(seed.curated) == len(SEED_FLY) + len(SEED_HUMAN) == 56
    assert seed.unassigned == ()


@pytest.mark.parametrize("order", [1, -1])
def test_seed_keywords_are_right_in_reverse_order(nomenclature: Nomenclature, order: int) -> None:
    keywords = (SEED_FLY + SEED_HUMAN)[::order]
    organisms = ["Drosophila melanogaster", "Homo sapiens"][::order]

    taxa = assign_keywords(keywords, nomenclature, ["NA"], organisms)

    wrong = [k for k, t in zip(keywords, taxa, strict=True) if t != (HUMAN, FLY)[k in SEED_FLY]]
    assert wrong == []


# Made-up lists


@pytest.mark.parametrize(
    ("keyword", "taxon"),
    [("HSPA5", HUMAN), ("TP53", HUMAN), ("p53", FLY), ("Dl", FLY), ("dl", FLY), ("bsk", FLY)],
)
@pytest.mark.parametrize("organisms", [[], ["NA"], ["Homo sapiens"], ["Drosophila melanogaster"]])
def test_official_symbol_of_one_organism_is_assigned_to_it(
    nomenclature: Nomenclature, keyword: str, taxon: int, organisms: list[str]
) -> None:
    assert assign_keywords([keyword], nomenclature, organisms, organisms) == [taxon]


@pytest.mark.parametrize("keyword", ["Hspa5", "Trp53", "tp53", "ace2", "Tnfrsf11a", "Il6"])
def test_gene_of_another_species_stays_unassigned(nomenclature: Nomenclature, keyword: str) -> None:
    keywords = ["HSPA5", "TP53", keyword]

    taxa = assign_keywords(
        keywords, nomenclature, organisms_ner=["Homo sapiens", "Mus musculus", "Danio rerio"]
    )

    assert taxa == [HUMAN, HUMAN, OPEN]


@pytest.mark.parametrize("keyword", ["Glucose", "Alzheimer disease", "calcium", "Hypertension"])
def test_chemical_or_disease_stays_unassigned(nomenclature: Nomenclature, keyword: str) -> None:
    keywords = ["INS", "INSR", "AKT1", keyword]

    assert assign_keywords(keywords, nomenclature)[-1] is OPEN


@pytest.mark.parametrize(
    ("keywords", "organisms", "taxa"),
    [
        (
            ["p53", "dc", "bsk", "TP53", "JAK1"],
            ["Drosophila melanogaster", "Homo sapiens"],
            [FLY, FLY, FLY, HUMAN, HUMAN],
        ),
        (
            ["TP53", "JAK1", "p53", "dc", "bsk"],
            ["Homo sapiens", "Drosophila melanogaster"],
            [HUMAN, HUMAN, FLY, FLY, FLY],
        ),
        (
            ["TP53", "IL6", "Trp53", "Il6", "Hspa5", "p53", "hop"],
            ["Homo sapiens", "Mus musculus", "Drosophila melanogaster"],
            [HUMAN, HUMAN, OPEN, OPEN, OPEN, FLY, FLY],
        ),
        (["Trp53", "Il6", "Hspa5"], ["Mus musculus"], [OPEN, OPEN, OPEN]),
    ],
)
def test_list_has_one_segment_per_organism(
    nomenclature: Nomenclature,
    keywords: list[str],
    organisms: list[str],
    taxa: list[int | None],
) -> None:
    assert assign_keywords(keywords, nomenclature, organisms_ner=organisms) == taxa


FIVE = ["Homo sapiens", "Mus musculus", "Danio rerio", "Escherichia coli str. K-12",
        "Drosophila melanogaster"]  # fmt: skip


@pytest.mark.parametrize("order", [1, -1])
def test_genes_of_others_stay_open_in_a_list_of_five_organisms(
    nomenclature: Nomenclature, order: int
) -> None:
    by_organism = [
        (HUMAN, ["HK2", "KRAS", "MTOR"]),
        (OPEN, ["Hk2", "Hras", "Kras"]),
        (OPEN, ["cat", "hk2", "lonp1", "mtor", "pdk1"]),
        (OPEN, ["crp", "fumA", "gnd", "purB"]),
        (FLY, ["bsk", "hop", "wg"]),
    ]
    expected = [(k, taxon) for taxon, keywords in by_organism for k in keywords][::order]

    taxa = assign_keywords([k for k, _ in expected], nomenclature, organisms_ner=FIVE[::order])

    assert taxa == [taxon for _, taxon in expected]


@pytest.mark.parametrize("keyword", ["Hras", "Kras", "mtor", "hk2", "lonp1"])
@pytest.mark.parametrize("others", [["Danio rerio"], ["Saccharomyces cerevisiae"], FIVE[1:4]])
def test_an_ortholog_among_the_flys_genes_stays_open(
    nomenclature: Nomenclature, keyword: str, others: list[str]
) -> None:
    keywords = ["bsk", "hop", keyword, "wg", "TP53"]
    organisms = [*others, "Drosophila melanogaster", "Homo sapiens"]

    assert assign_keywords(keywords, nomenclature, organisms_ner=organisms)[2] is OPEN


@pytest.mark.parametrize("style", ["egfr.L", "raf1.S"])
def test_a_gene_of_the_frog_stays_open(nomenclature: Nomenclature, style: str) -> None:
    organisms = ["Xenopus laevis", "Drosophila melanogaster"]

    taxa = assign_keywords([style, "Debcl", "Mmp2"], nomenclature, organisms_ner=organisms)

    assert taxa == [OPEN, FLY, FLY]


def test_previous_symbol_is_assigned_in_a_record_of_its_organism(
    nomenclature: Nomenclature,
) -> None:
    taxa = assign_keywords(["IL6", "IL8", "TNF"], nomenclature, ["Homo sapiens"], ["Homo sapiens"])

    assert taxa == [HUMAN, HUMAN, HUMAN]


def test_neighbours_decide_among_supported_organisms(nomenclature: Nomenclature) -> None:
    keywords = ["hop", "dc", "bsk"]

    alone = assign_keywords(keywords, nomenclature, [], ["Drosophila melanogaster"])

    assert alone == [FLY, FLY, FLY]


def test_symbol_of_both_organisms_follows_its_neighbours(nomenclature: Nomenclature) -> None:
    both = sorted(nomenclature[HUMAN].exact.keys() & nomenclature[FLY].exact.keys())
    shared = next(symbol for symbol in both if len(symbol) > 2)
    fly, human = ["hop", "bsk", "Debcl"], ["TP53", "JAK1", "CXCR4"]

    among_flies = assign_keywords([*fly, shared, *fly[:1]], nomenclature, [], ["Drosophila"])
    among_humans = assign_keywords([*human, shared, *human[:1]], nomenclature, [], ["Homo sapiens"])

    assert among_flies[3] == FLY
    assert among_humans[3] == HUMAN


def test_no_keyword_is_dropped(nomenclature: Nomenclature) -> None:
    keywords = ["STAT3", "???", "-", "x" * 300, "нет", "STAT5A"]

    taxa = assign_keywords(keywords, nomenclature)

    assert len(taxa) == len(keywords)
    assert taxa[0] == taxa[-1] == HUMAN
    assert taxa[1:3] == [OPEN, OPEN]


def test_empty_list_has_no_taxa(nomenclature: Nomenclature) -> None:
    assert assign_keywords([], nomenclature, ["Homo sapiens"]) == []


def test_record_lists_unassigned_keywords(nomenclature: Nomenclature) -> None:
    text = b"figid: PMC1__f1\norganisms: NA\nschema-jsonld: {keywords: [TP53, Glucose, p53, NULL]}"

    figure = parse_record(text, "PMC1__f1.md", lambda _: None, nomenclature)

    assert [gene.key for gene in figure.curated] == [(HUMAN, "TP53"), (FLY, "p53")]
    assert figure.unassigned == ("Glucose",)


def test_official_symbols_are_assigned_where_no_organism_is_named(
    nomenclature: Nomenclature,
) -> None:
    assert assign_keywords(["Dl", "EGFR", "Dl"], nomenclature) == [FLY, HUMAN, FLY]


# Real lists, whose companion tables tell the truth


@pytest.fixture(scope="module")
def outcomes(shared: Path, nomenclature: Nomenclature) -> Counter[str]:
    """Count the assignments of the flat lists alone against the tables."""
    folder = shared / "pfocr" / "records-2023"
    if not folder.is_dir():
        pytest.skip("no ../shared/pfocr/records-2023 beside this checkout")
    counts: Counter[str] = Counter()
    for record in sorted(folder.glob("*.md")):
        truth: dict[str, set[int]] = defaultdict(set)
        with record.with_name(f"{record.stem}-genes.tsv").open(encoding="utf-8") as table:
            for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
                truth[row["ncbigene_symbol"]].add(int(row["organism_id"]))
        figure = parse_record(record.read_bytes(), record.name, lambda _: None, nomenclature)
        given: dict[str, int | None] = dict.fromkeys(figure.unassigned)
        given |= {gene.symbol: gene.taxon for gene in figure.curated}
        for keyword, taxon in given.items():
            supported = truth[keyword] & {HUMAN, FLY}
            if not supported:
                counts["other claimed" if taxon else "other open"] += 1
            else:
                counts[
                    "right" if taxon in supported else "wrong of the two" if taxon else "open"
                ] += 1
    return counts


def test_there_are_enough_real_keywords(outcomes: Counter[str]) -> None:
    assert outcomes["right"] > 500
    assert outcomes["other open"] > 100


def test_real_keywords_get_the_right_organism(outcomes: Counter[str]) -> None:
    total = outcomes["right"] + outcomes["open"] + outcomes["wrong of the two"]

    assert outcomes["right"] / total >= 0.985
    assert outcomes["wrong of the two"] / total <= 0.003


def test_genes_of_other_species_and_chemicals_stay_unassigned(outcomes: Counter[str]) -> None:
    total = outcomes["other claimed"] + outcomes["other open"]

    assert outcomes["other claimed"] / total <= 0.05


# Lists of five organisms and more, merged of the real ones


@pytest.fixture(scope="module")
def merged_outcomes(shared: Path, nomenclature: Nomenclature) -> Counter[str]:
    """Count the assignments of lists that are put together of the real lists' segments.

    Each has human, fly and three to five other organisms, in an order drawn by lot, and one real
    segment of each.
    """
    folder = shared / "pfocr" / "records-2023"
    if not folder.is_dir():
        pytest.skip("no ../shared/pfocr/records-2023 beside this checkout")
    segments: dict[str, list[list[str]]] = defaultdict(list)
    for table in sorted(folder.glob("*-genes.tsv")):
        by_organism: dict[str, dict[str, None]] = defaultdict(dict)
        with table.open(encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                by_organism[row["organism_name"]][row["ncbigene_symbol"]] = None
        for organism, symbols in by_organism.items():
            segments[organism].append(list(symbols))
    supported = {"Homo sapiens": HUMAN, "Drosophila melanogaster": FLY}
    others = sorted(segments.keys() - supported.keys())
    rng = random.Random(3)
    counts: Counter[str] = Counter()
    for _ in range(200):
        organisms = [*rng.sample(others, rng.randint(3, 5)), *supported]
        rng.shuffle(organisms)
        truth: dict[str, set[int]] = {}
        for organism in organisms:
            for symbol in rng.choice(segments[organism]):
                truth.setdefault(symbol, set()).update(filter(None, [supported.get(organism)]))
        taxa = assign_keywords(list(truth), nomenclature, [], organisms)
        for taxon, right in zip(taxa, truth.values(), strict=True):
            if not right:
                counts["other claimed" if taxon else "other open"] += 1
            else:
                counts["right" if taxon in right else "wrong" if taxon else "open"] += 1
    return counts


def test_keywords_of_merged_lists_get_the_right_organism(merged_outcomes: Counter[str]) -> None:
    counts = merged_outcomes
    total = counts["right"] + counts["open"] + counts["wrong"]

    assert counts["right"] / total >= 0.985
    assert counts["wrong"] / total <= 0.003


def test_others_keywords_of_merged_lists_stay_open(merged_outcomes: Counter[str]) -> None:
    counts = merged_outcomes

    assert counts["other claimed"] / (counts["other claimed"] + counts["other open"]) <= 0.05
