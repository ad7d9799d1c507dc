"""Names that no table has as they stand: misspelt, with indices in brackets, other numerals."""

from __future__ import annotations

import pytest

from nerbench import CuratedGene, Figure, Level
from nerbench.folding import fold
from nerbench.nomenclature.index import words_of
from nerbench.nomenclature.lexicon import load_nomenclature
from nerbench.nomenclature.matcher import Matcher
from nerbench.nomenclature.misspellings import Speller, near_words
from nerbench.scoring.figure import FigureContext
from nerbench.scoring.scope import Scope

HUMAN = 9606


@pytest.fixture(scope="module")
def speller() -> Speller:
    return Speller(load_nomenclature())


def meanings(matcher: Matcher, name: str) -> list[str]:
    """Return the genes that the names of a mention can mean at the loosest level."""
    parts = matcher.split(name)
    return sorted({s for part in parts for s in matcher.symbols(Level.FAMILY, part, HUMAN)})


@pytest.mark.parametrize(
    ("name", "genes"),
    [
        # a misspelt word
        ("α-synculein", "SNCA"),
        ("Heat shock protien 60", "HSPD1"),
        ("electron trasfer flavoprotein", "ETFA ETFB"),
        ("erythropoetin", "EPO"),
        # an index in a bracket
        ("beta(2)-microglobulin", "B2M"),
        ("5-HT(1A)", "HTR1A"),
        ("α(1)-adrenergic receptor", "ADRA1A ADRA1B ADRA1D"),
        ("Ca(v)1.2", "CACNA1C"),
        ("PI(3)K", "PIK3CA"),
        ("phosphatidylinositol-3'-kinase", "PIK3CA"),
        # another numeral
        ("cyclooxygenase II", "PTGS2"),
        ("COX-II", "PTGS2"),
        ("BMPR-IA", "BMPR1A"),
        ("PAI-I", "SERPINE1"),
        ("tissue inhibitor of metalloproteinases I", "TIMP1"),
        # an isoform, a chain, a plural within the name
        ("STAT1 alpha", "STAT1"),
        ("p73 δ", "TP73"),
        ("GRα", "NR3C1"),
        ("ΔFosB", "FOSB"),
        ("interleukin-2 receptor alpha chain", "IL2RA"),
        ("IL-7R alpha chains", "IL7R"),
        ("cyclins D1", "CCND1"),
        ("histones H3", "H3C1"),
        ("integrins α5", "ITGA5"),
        # recombinant, mutant, of the mouse, with its molecular weight
        ("rhIL-3", "IL3"),
        ("rmDkk1", "DKK1"),
        ("mSin3A", "SIN3A"),
        ("mHtt", "HTT"),
        ("wt p53", "TP53"),
        ("dnTCF4", "TCF4"),
        ("p95vav", "VAV1"),
        ("p52Shc", "SHC1"),
        ("pp60c-src", "SRC"),
        # what a protein is, before or after its name
        ("small GTPase Rac1", "RAC1"),
        ("deacetylase SIRT1", "SIRT1"),
        ("translation initiation factor eIF4E", "EIF4E"),
        ("insulin receptor kinase", "INSR"),
        ("SCFSkp2", "SKP2"),
        ("early growth response gene 1", "EGR1"),
        # names derived when the tables are built
        ("type XVIII collagen", "COL18A1"),
        ("collagen IV alpha 2", "COL4A2"),
        ("matrix metalloprotease-9", "MMP9"),
        ("B-cell lymphoma 2", "BCL2"),
        ("C-X-C chemokine receptor type 4", "CXCR4"),
        ("A disintegrin and metalloproteinase 17", "ADAM17"),
        ("transmembrane protease serine 2", "TMPRSS2"),
        ("P2X purinoceptor 7", "P2RX7"),
        ("bone morphogenic protein 2", "BMP2"),
        ("brain derived neurotropic factor", "BDNF"),
        ("interferon regulator factor 3", "IRF3"),
        ("extracellular signal-related kinase", "MAPK1 MAPK3"),
        ("ATP binding cassette transporter G1", "ABCG1"),
        ("IκB kinase γ", "IKBKG"),
        # its tissue, its nucleotide, a mark at its end
        ("hepatic glucokinase", "GCK"),
        ("microglial TREM2", "TREM2"),
        ("non-canonical NF-κB", "NFKB2 RELB"),
        ("GTP-Rac1", "RAC1"),
        ("RhoA-GDP", "RHOA"),
        ("STAT3-P", "STAT3"),
        ("H3ac", "H3C1"),
        ("Ca2+/CaMKII", "CAMK2A"),
        # a chain with a colon or an arrow
        ("HIF-1α:HIF-1β", "HIF1A ARNT"),
        ("RAF→MEK", "RAF1 MAP2K1"),
        ("IL-6 + IL-6R", "IL6 IL6R"),
        ("CYP1A1/1A2", "CYP1A1 CYP1A2"),
        # a slash within a link of a chain
        ("cyclin D-CDK4/6", "CCND1 CDK4 CDK6"),
        # a capital at the beginning of a Greek letter's name
        ("Beta-actin", "ACTB"),
        ("TGF-Beta1", "TGFB1"),
        ("IL-1Beta", "IL1B"),
    ],
)
def test_variant_means_the_genes_of_its_name(matcher: Matcher, name: str, genes: str) -> None:
    assert set(genes.split()) <= set(meanings(matcher, name))


@pytest.mark.parametrize(
    ("name", "gene"),
    [
        ("nystatin", "CST3"),  # a drug
        ("latent membrane protein 1", "ANXA2"),  # of a virus; protein I is an alias
        ("class I", "SCARB1"),  # no plural: CLA-1
        ("gene IV", "PRM3"),
        ("protein 1", "ANXA2"),
        ("mRNA1", "RNASE1"),
        ("mtROS", "ROS1"),
        ("kappa L chain", "KL"),
        ("p53null", "TP53"),
        ("PIAS", "ZMIZ2"),  # PIAS-like
        ("endothelial cells", "CELP"),
        ("epithelial growth factor receptor", "RYK"),
        ("B-cell lymphoma", "BCL2"),  # a disease
        ("acyl-CoA:cholesterol", "SOAT1"),
    ],
)
def test_no_variant_is_read_into_another_word(matcher: Matcher, name: str, gene: str) -> None:
    assert gene not in meanings(matcher, name)


def test_a_word_is_corrected_to_the_only_near_one(speller: Speller) -> None:
    assert speller.correct("synculein") == "synuclein"
    assert speller.correct("Protien") == "protein"
    for word in ("synuclein", "protein", "nystatin", "regulator", "STAT3", "IL-6", "kinasa1"):
        assert speller.correct(word) is None, word


def test_name_in_a_misspelling_is_reachable(matcher: Matcher) -> None:
    caption = "Aggregates of α-synculein and of Heat shock protien 60."
    figure = Figure("PMC1__f1", caption, curated=(CuratedGene(HUMAN, "SNCA"),))

    context = FigureContext(figure, Scope((HUMAN,)), matcher)

    spans = context.reachable[Level.SYNONYM][0]
    assert "α-synculein" in [caption[start:end] for start, end in spans]
    assert "Heat shock protien 60" in {name for _, _, name in matcher.find_names(caption)}


def test_words_near_those_of_names_are_no_misspellings() -> None:
    of_names = words_of(["cystatin C", "heat shock protein 27", "kinase"])

    assert of_names == {"cystatin", "protein", "kinase"}
    assert near_words(["nystatin", "proteinx", "aspirin", "kinase"], of_names) == {"proteinx"}


def test_greek_letters_with_a_capital_fold_as_in_small_letters() -> None:
    assert fold("Beta") == fold("beta") == "b" or fold("Beta-x") == fold("beta-x")
    assert fold("CD3Zeta") == fold("CD3zeta")
    assert fold("PKCeta") == "pkch"
