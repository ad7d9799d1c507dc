"""The genes that a name can mean at each level, and the names of a mention."""

from __future__ import annotations

import pytest

from nerbench import CuratedGene, Level, Mention
from nerbench.nomenclature.composites import split_composite
from nerbench.nomenclature.matcher import Matcher

HUMAN, FLY = 9606, 7227
SYMBOL, SYNONYM, FAMILY = Level


def genes(matcher: Matcher, level: Level, name: str, taxon: int) -> set[str]:
    return set(matcher.symbols(level, name, taxon))


# Composites


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("MMP2/9", ["MMP2", "MMP9"]),
        ("MMP-2/9", ["MMP-2", "MMP-9"]),
        ("MMP-2/-9", ["MMP-2", "MMP-9"]),
        ("MMP2 / 9", ["MMP2", "MMP9"]),
        ("IL-6/STAT3", ["IL-6", "STAT3"]),
        ("IL-6/STAT 3", ["IL-6", "STAT 3"]),
        ("PI3K/AKT/mTOR", ["PI3K", "AKT", "mTOR"]),
        ("Smad2/3", ["Smad2", "Smad3"]),
        ("SMAD1/5/8", ["SMAD1", "SMAD5", "SMAD8"]),
        ("LRP5/6", ["LRP5", "LRP6"]),
        ("ERK1/2", ["ERK1", "ERK2"]),
        ("ERK1∕2", ["ERK1", "ERK2"]),
        ("ERK1⁄2", ["ERK1", "ERK2"]),
        ("CDK4/6", ["CDK4", "CDK6"]),
        ("IL-4/13", ["IL-4", "IL-13"]),
        ("STAT1-3", ["STAT1", "STAT2", "STAT3"]),
        ("STAT1–3", ["STAT1", "STAT2", "STAT3"]),
        ("Notch1‑4", ["Notch1", "Notch2", "Notch3", "Notch4"]),
        ("TLR1-9", [f"TLR{n}" for n in range(1, 10)]),
        ("PPARα/γ", ["PPARα", "PPARγ"]),
        ("IKKα/β/γ", ["IKKα", "IKKβ", "IKKγ"]),
        ("IL-1α/β", ["IL-1α", "IL-1β"]),
        ("AMPKα1/α2", ["AMPKα1", "AMPKα2"]),
        ("STAT5A/B", ["STAT5A", "STAT5B"]),
        ("IL-17A/F", ["IL-17A", "IL-17F"]),
        ("VEGF-A/C/D", ["VEGF-A", "VEGF-C", "VEGF-D"]),
        ("Wnt3a/5a", ["Wnt3a", "Wnt5a"]),
        ("LC3-I/II", ["LC3-I", "LC3-II"]),
        ("Wnt/β-catenin", ["Wnt", "β-catenin"]),
        ("p50/p65", ["p50", "p65"]),
        ("N/Dl", ["N", "Dl"]),
        ("JAK2/JAK2", ["JAK2"]),
    ],
)
def test_composite_is_split_into_its_names(text: str, names: list[str]) -> None:
    assert list(split_composite(text)) == names


@pytest.mark.parametrize(
    "text",
    [
        "IL-6",
        "STAT3",
        "14-3-3",
        "14-3-3ζ",
        "p53+/+",
        "p53-/-",
        "l(2)gl",
        "E(spl)m8",
        "Su(H)",
        "ref(2)P",
        "IL6-STAT3",
        "STAT3-1",
        "STAT2-2",
        "TLR1-99",
        "miR-17-92",
        "Na+/K+-ATPase",
        "IL6/",
        "/",
        "1/2",
    ],
)
def test_other_texts_are_one_name(text: str) -> None:
    assert split_composite(text) == (text,)


def test_official_symbol_that_looks_like_a_range_is_one_name(matcher: Matcher) -> None:
    assert matcher.split("NKX2-5") == ("NKX2-5",)
    assert genes(matcher, SYMBOL, "NKX2-5", HUMAN) == {"NKX2-5"}
    assert matcher.split("STAT3/NKX2-5") == ("STAT3", "NKX2-5")
    assert matcher.split("NKX3-1/NKX2-5/HLA-A") == ("NKX3-1", "NKX2-5", "HLA-A")
    assert matcher.split("SMAD4/STAT1-3") == ("SMAD4", "STAT1", "STAT2", "STAT3")


# Distinct names of a figure


def mentions(*texts: str) -> list[Mention]:
    found, at = [], 0
    for text in texts:
        found.append(Mention(at, at + len(text), text))
        at += len(text) + 1
    return found


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (["IL-6", "IL-6"], {"IL-6": 2}),
        (["IL 6", "IL\u00a06", "IL\n6"], {"IL 6": 3}),
        (["STAT3", "Stat3"], {"STAT3": 1, "Stat3": 1}),
        (["IL-6", "IL6"], {"IL-6": 1, "IL6": 1}),
        (["MMP2/9", "MMP2"], {"MMP2": 2, "MMP9": 1}),
        (["ＳＴＡＴ３", "STAT3"], {"STAT3": 2}),
        ([], {}),
    ],
)
def test_mentions_that_differ_in_white_space_only_are_one_name(
    matcher: Matcher, texts: list[str], names: dict[str, int]
) -> None:
    found = matcher.names(mentions(*texts))

    assert {name: len(its) for name, its in found.items()} == names


# Level symbol


@pytest.mark.parametrize(
    ("name", "taxon", "found"),
    [
        ("STAT3", HUMAN, {"STAT3"}),
        ("stat3", HUMAN, {"STAT3"}),
        ("Src", HUMAN, {"SRC"}),
        ("STAT\u20113", HUMAN, set()),
        ("Bcl-2", HUMAN, set()),
        ("p53", HUMAN, set()),
        ("VEGF", HUMAN, set()),
        ("ΜΑΡΚ1", HUMAN, {"MAPK1"}),
        ("p53", FLY, {"p53"}),
        ("P53", FLY, set()),
        ("Dl", FLY, {"Dl"}),
        ("dl", FLY, {"dl"}),
        ("DL", FLY, set()),
        ("l(2)gl", FLY, {"l(2)gl"}),
        ("Su(H)", FLY, {"Su(H)"}),
        ("ref(2)P", FLY, {"ref(2)P"}),
    ],
)
def test_symbol_means_the_official_symbol_only(
    matcher: Matcher, name: str, taxon: int, found: set[str]
) -> None:
    assert genes(matcher, SYMBOL, name, taxon) == found


# Level synonym


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("IL-1β", {"IL1B"}),
        ("IL-1 beta", {"IL1B"}),
        ("IκBα", {"NFKBIA"}),
        ("TGF-β1", {"TGFB1"}),
        ("TGFβ₁", {"TGFB1"}),
        ("TGF-beta 1", {"TGFB1"}),
        ("HIF-1α", {"HIF1A"}),
        ("β-catenin", {"CTNNB1"}),
        ("beta catenin", {"CTNNB1"}),
        ("ß-catenin", {"CTNNB1"}),
        ("c-Myc", {"MYC"}),
        ("NF-κB p65", {"RELA"}),
        ("14-3-3ζ", {"YWHAZ"}),
        ("14-3-3 zeta", {"YWHAZ"}),
        ("p53", {"TP53"}),
        ("IL8", {"CXCL8"}),
        ("IL-8", {"CXCL8"}),
        ("Bcl-2", {"BCL2"}),
        ("TNF-α", {"TNF"}),
        ("tumor necrosis factor", {"TNF"}),
        ("IL-6R", {"IL6R"}),
        ("IL-6 receptor", {"IL6R"}),
        ("STAT3s", {"STAT3"}),
        ("p-STAT3", {"STAT3"}),
        ("pSTAT3", {"STAT3"}),
        ("phospho-STAT3", {"STAT3"}),
        ("phosphorylated STAT3", {"STAT3"}),
        ("STAT3 protein", {"STAT3"}),
        ("p-AKT", {"AKT1"}),
        ("hAKT1", {"AKT1"}),
        ("human AKT1", {"AKT1"}),
        ("BCL2-/-", {"BCL2"}),
        ("p53+/+", {"TP53"}),
        ("IL\u00a06", {"IL6"}),
        ("IL\u20116", {"IL6"}),
        ("IL\u22126", {"IL6"}),
        ("STAT 3", {"STAT3"}),
        ("RhoA", {"RHOA"}),
    ],
)
def test_human_synonym_in_real_writing(matcher: Matcher, name: str, found: set[str]) -> None:
    assert genes(matcher, SYNONYM, name, HUMAN) == found


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("l(2)gl", {"l(2)gl"}),
        ("L(2)GL", {"l(2)gl"}),
        ("E(spl)m8", {"E(spl)m8-HLH"}),
        ("Su(H)", {"Su(H)"}),
        ("ref(2)P", {"ref(2)P"}),
        ("Dmp53", {"p53"}),
        ("Drosophila p53", {"p53"}),
        ("dAkt", {"Akt1"}),
        ("dJNK", {"bsk"}),
        ("14-3-3ζ", {"14-3-3zeta"}),
        ("HIF-1α", {"sima"}),
        ("β-catenin", {"arm"}),
        ("dorsal", {"dl"}),
        ("p53", {"p53"}),
        ("Dl", {"Dl"}),
        ("dl", {"dl"}),
    ],
)
def test_fly_synonym_in_real_writing(matcher: Matcher, name: str, found: set[str]) -> None:
    assert genes(matcher, SYNONYM, name, FLY) == found


def test_delta_is_a_name_of_dl(matcher: Matcher) -> None:
    assert "Dl" in genes(matcher, SYNONYM, "Delta", FLY)
    assert "dl" not in genes(matcher, SYNONYM, "Delta", FLY)


def test_phospho_erk_is_erk(matcher: Matcher) -> None:
    assert genes(matcher, SYNONYM, "phospho-ERK", HUMAN) == genes(matcher, SYNONYM, "ERK", HUMAN)
    assert "MAPK1" in genes(matcher, SYNONYM, "phospho-ERK", HUMAN)


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize(
    ("name", "taxon"),
    [
        ("dorsal", HUMAN),
        ("Dorsal", HUMAN),
        ("dAkt", HUMAN),
        ("Dmp53", HUMAN),
        ("hAKT1", FLY),
        ("HBVX", HUMAN),
        ("nonsense-word", HUMAN),
        ("nonsense-word", FLY),
        ("", HUMAN),
        ("-", FLY),
        ("💥", HUMAN),
    ],
)
def test_other_words_mean_no_gene(matcher: Matcher, level: Level, name: str, taxon: int) -> None:
    assert genes(matcher, level, name, taxon) == set()


# Level family


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("JAK", {"JAK1", "JAK2", "JAK3", "TYK2"}),
        ("JAKs", {"JAK1", "JAK2", "JAK3", "TYK2"}),
        ("VEGF", {"VEGFA", "VEGFB", "VEGFC", "VEGFD", "PGF"}),
        ("Src", {"SRC", "FGR", "FYN", "YES1"}),
        ("p38 MAPK", {"MAPK11", "MAPK12", "MAPK13", "MAPK14"}),
        ("p-AKT", {"AKT1", "AKT2", "AKT3"}),
        ("TGF-β", {"TGFB1", "TGFB2", "TGFB3"}),
        ("NF-κB", {"NFKB1", "NFKB2", "REL", "RELA", "RELB"}),
        ("STAT3", {"STAT3"}),
        ("p53", {"TP53"}),
    ],
)
def test_family_means_its_members(matcher: Matcher, name: str, found: set[str]) -> None:
    assert genes(matcher, FAMILY, name, HUMAN) == found


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("VEGF", {"Pvf1", "Pvf2", "Pvf3", "Pvr"}),
        ("Src", {"Src42A", "Src64B"}),
        ("JAK", {"hop"}),
        ("Bcl-2", {"Debcl"}),
        ("MMP2", {"Mmp2"}),
        ("p53", {"p53", "betaTub60D", "hth"}),
        ("dl", {"dl", "Dl"}),
        ("Hop", {"Hop", "hop"}),
    ],
)
def test_fly_family_has_every_gene_of_the_name_in_any_case(
    matcher: Matcher, name: str, found: set[str]
) -> None:
    assert found <= genes(matcher, FAMILY, name, FLY)


# Composites end to end


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("MMP2/9", {"MMP2", "MMP9"}),
        ("Smad2/3", {"SMAD2", "SMAD3"}),
        ("STAT1-3", {"STAT1", "STAT2", "STAT3"}),
        ("LRP5/6", {"LRP5", "LRP6"}),
        ("p-ERK1/2", {"MAPK3", "MAPK1"}),
        ("PPARα/γ", {"PPARA", "PPARG"}),
        ("IL-6/STAT3", {"IL6", "STAT3"}),
        ("STAT5A/B", {"STAT5A", "STAT5B"}),
    ],
)
def test_composite_means_the_genes_of_its_names(
    matcher: Matcher, text: str, found: set[str]
) -> None:
    means = {gene for name in matcher.split(text) for gene in genes(matcher, SYNONYM, name, HUMAN)}

    assert found <= means
    assert {gene for gene in means if gene[:3] == next(iter(found))[:3]} <= found


# Curated genes


@pytest.mark.parametrize(
    ("gene", "symbol"),
    [
        (CuratedGene(HUMAN, "TP53", "7157"), "TP53"),
        (CuratedGene(HUMAN, "IL8"), "CXCL8"),
        (CuratedGene(FLY, "dl"), "dl"),
        (CuratedGene(HUMAN, "NO-SUCH-GENE"), None),
        (CuratedGene(10090, "Trp53"), None),
    ],
)
def test_curated_gene_has_its_row_or_none(
    matcher: Matcher, gene: CuratedGene, symbol: str | None
) -> None:
    row = matcher.row(gene)

    found = None if row is None else matcher.nomenclature[gene.taxon].symbols[row]
    assert found == symbol


# The exhaustive scan of a caption


def stretches(matcher: Matcher, caption: str) -> set[str]:
    return {name for _, _, name in matcher.find_names(caption)}


def test_scan_finds_overlapping_names(matcher: Matcher) -> None:
    found = stretches(matcher, "NF-κB p65 signaling")

    assert {"NF-κB", "NF-κB p65", "p65"} <= found


@pytest.mark.parametrize(
    ("caption", "names"),
    [
        ("all retinol dehydrogenases", {"retinol dehydrogenases"}),
        ("MAP kinase 1/3 and Smad 2 / 3", {"MAP kinase 1", "MAP kinase 3", "Smad 2", "Smad 3"}),
        ("caspase 1-3", {"caspase 1", "caspase 2", "caspase 3"}),
        ("of [hAKT1]; pSmad 2/3", {"hAKT1", "pSmad 2", "pSmad 3"}),
        ("an IL-6 receptor", {"IL-6", "IL-6 receptor"}),
        ("activation of MMP2/9 and others", {"MMP2", "MMP9"}),
        ("p-AKT rises", {"AKT"}),
        ("pSTAT3 rises", {"pSTAT3"}),
        ("JAKs bind", {"JAKs"}),
        ("(STAT1-3)", {"STAT1", "STAT2", "STAT3"}),
        ("hE-cadherin binds IOTA", {"hE-cadherin", "IOTA"}),
        ("STAT1／2 and Smad2/３", {"STAT1", "STAT2", "Smad2", "Smad3"}),
        ("STAT1\ufe633 and Smad2∕3", {"STAT1", "STAT2", "STAT3", "Smad2", "Smad3"}),
        ("the STAT 3 dimer", {"STAT 3"}),
        ("epidermal growth factor binds", {"epidermal growth factor"}),
    ],
)
def test_scan_finds_names_as_they_are_written(
    matcher: Matcher, caption: str, names: set[str]
) -> None:
    assert names <= stretches(matcher, caption)


def test_a_fraction_makes_no_composite(matcher: Matcher) -> None:
    assert matcher.split("MMP2¼") == ("MMP2¼",)
    assert not stretches(matcher, "MMP2¼") & {"MMP21", "MMP24", "MMP4"}


@pytest.mark.parametrize(
    ("mention", "names"),
    [
        ("HIF-1α/2α", ("HIF-1α", "HIF-2α")),
        ("SDHA/B/C/D", ("SDHA", "SDHB", "SDHC", "SDHD")),
        ("JAK1/2-STAT3", ("JAK1", "JAK2", "STAT3")),
        ("MEK1/2-ERK1/2", ("MEK1", "MEK2", "ERK1", "ERK2")),
        ("14-3-3/Raf", ("14-3-3", "Raf")),
        ("KDM4A-D", ("KDM4A", "KDM4B", "KDM4C", "KDM4D")),
        ("FGF1–FGF4", ("FGF1", "FGF2", "FGF3", "FGF4")),
        ("Gq/11", ("Gq", "G11")),
        ("PI3K-Akt-mTOR", ("PI3K", "Akt", "mTOR")),
        ("IRE1–TRAF2–JNK", ("IRE1", "TRAF2", "JNK")),
        ("EGFR-PI3K-Rac1/Cdc42-PAK", ("EGFR", "PI3K", "Rac1", "Cdc42", "PAK")),
        ("NF-κB-IL-6", ("NF-κB", "IL-6")),
        ("E-cadherin", ("E-cadherin",)),
        ("TNF-induced", ("TNF-induced",)),
        ("LC3-II", ("LC3-II",)),
        ("HLA-A", ("HLA-A",)),
        ("serine/threonine kinase", ("serine/threonine kinase",)),
    ],
)
def test_composite_is_split_by_knowledge_of_names(matcher, mention, names):
    assert matcher.split(mention) == names


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("pAkt", "AKT1"), ("Phospho-Akt", "AKT1"), ("P-Akt", "AKT1"), ("pTau", "MAPT"),
        ("Cleaved caspase-3", "CASP3"), ("Human IL-6", "IL6"), ("Pro-caspase-1", "CASP1"),
    ],
)  # fmt: skip
def test_modification_before_a_name_is_removed_in_any_case(matcher, name, symbol):
    assert symbol in matcher.symbols(Level.SYNONYM, name, HUMAN)


def test_name_that_another_organism_knows_is_not_a_plural(matcher):
    assert "DACH1" not in matcher.symbols(Level.FAMILY, "Dachs", HUMAN)
    assert "DACH1" not in matcher.symbols(Level.FAMILY, "Dachs protein", HUMAN)


def test_composite_inside_a_chain_is_reachable(matcher):
    names = stretches(matcher, "the miR164/3711-EBF1/2 and anti-MMP2/9")
    assert {"EBF1", "EBF2", "MMP2", "MMP9"} <= names


def test_the_type_of_a_family_is_left_out_unless_the_lexicon_knows_it(matcher: Matcher) -> None:
    kinases = genes(matcher, FAMILY, "JAK", HUMAN)
    for name in ("type I JAK", "type I JAKs", "Type III JAK", "type-1 JAK"):
        assert genes(matcher, FAMILY, name, HUMAN) == kinases, name
    assert "IFNG" in genes(matcher, FAMILY, "IFN", HUMAN)
    assert "IFNG" not in genes(matcher, FAMILY, "type I IFNs", HUMAN)
    assert genes(matcher, FAMILY, "type I collagen", HUMAN) == {"COL1A1", "COL1A2"}
    for name in ("type 2 diabetes", "type I error", "type I"):
        assert not genes(matcher, FAMILY, name, HUMAN), name
