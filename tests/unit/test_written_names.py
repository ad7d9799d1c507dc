"""Names as authors write them: modifications, look-alike letters, ions and small molecules."""

from __future__ import annotations

import pytest

from nerbench import CuratedGene, Figure, Level, Mention, load_recognizer
from nerbench.folding import fold
from nerbench.nomenclature.matcher import Matcher
from nerbench.scoring.figure import FigureContext, FigureScore, score_figure
from nerbench.scoring.scope import Scope

HUMAN, FLY = 9606, 7227


def score(
    matcher: Matcher, caption: str, names: str, curated: str, organism: int = HUMAN
) -> FigureScore:
    """Score the names, parted by semicolons, where they first stand in the caption."""
    figure = Figure(
        "PMC1__f1", caption, curated=tuple(CuratedGene(organism, s) for s in curated.split())
    )
    mentions = [
        Mention(caption.index(name), caption.index(name) + len(name), name)
        for name in filter(None, names.split(";"))
    ]
    return score_figure(FigureContext(figure, Scope((organism,)), matcher), mentions)


# Modified and soluble forms


@pytest.mark.parametrize(
    ("name", "symbol", "other"),
    [
        ("pERK", "MAPK1", "EIF2AK3"),
        ("p-ERK", "MAPK1", "EIF2AK3"),
        ("P-ERK", "MAPK1", "EIF2AK3"),
        ("p‑ERK", "MAPK1", "EIF2AK3"),
        ("P-mTOR", "MTOR", ""),
        ("P-tau", "MAPT", "F2"),
        ("P-p38", "MAPK14", ""),
        ("p-ERK protein", "MAPK1", "EIF2AK3"),
        ("p-Tau", "MAPT", "F2"),
        ("pTau", "MAPT", "F2"),
        ("ptau", "MAPT", "F2"),
        ("pS6", "RPS6", "TAS2R63P"),
        ("p-IR", "INSR", "PIR"),
        ("p-LAT", "LAT", "PLAT"),
        ("p-GR", "NR3C1", "PGR"),
        ("p-PR", "PGR", "PPR1"),
        ("sPD-L1", "CD274", "SPDL1"),
        ("pRb", "RB1", ""),
        ("pVHL", "VHL", ""),
        # a small letter after the mark, and small letters throughout
        ("peNOS", "NOS3", ""),
        ("pmTOR", "MTOR", ""),
        ("pcJun", "JUN", ""),
        ("pIκBα", "NFKBIA", ""),
        ("pcofilin", "CFL1", ""),
        ("psmad2", "SMAD2", ""),
        ("phosphotau", "MAPT", ""),
        ("phosphor-AKT", "AKT1", ""),
        ("hyperphosphorylated tau", "MAPT", ""),
        # soluble, cleaved, acetylated, and the form before processing
        ("sIL-6R", "IL6R", ""),
        ("sVEGFR1", "FLT1", ""),
        ("sTNFR1", "TNFRSF1A", ""),
        ("sICAM-1", "ICAM1", ""),
        ("sST2", "IL1RL1", ""),
        ("sFas", "FAS", ""),
        ("cl-caspase-3", "CASP3", ""),
        ("cleaved caspase-3", "CASP3", ""),
        ("Cleaved-caspase 8", "CASP8", ""),
        ("procaspase-1", "CASP1", ""),
        ("proCaspase-8", "CASP8", ""),
        ("proIL-1β", "IL1B", ""),
        ("pro-IL-18", "IL18", ""),
        ("Ac-p53", "TP53", ""),
    ],
)
def test_a_modified_form_means_its_gene(
    matcher: Matcher, name: str, symbol: str, other: str
) -> None:
    for level in (Level.SYNONYM, Level.FAMILY):
        symbols = matcher.symbols(level, name, HUMAN)
        assert symbol in symbols
        assert other not in symbols


@pytest.mark.parametrize(
    ("name", "family"), [("pERK", "ERK"), ("pERKs", "ERKs"), ("procollagen", "collagen")]
)
def test_a_modified_family_is_the_family(matcher: Matcher, name: str, family: str) -> None:
    members = matcher.symbols(Level.FAMILY, family, HUMAN)
    assert len(members) > 1
    assert matcher.symbols(Level.FAMILY, name, HUMAN) == members


@pytest.mark.parametrize("name", ["p-Tau", "ptau", "pERK", "sIL-6R", "cl-caspase-3", "Ac-p53"])
def test_a_modified_form_reaches_what_it_recovers(matcher: Matcher, name: str) -> None:
    outcome = score(matcher, f"Less {name} is made.", name, "MAPT MAPK1 IL6R CASP3 TP53")
    recovered = [gene for gene in outcome.genes if gene.recovered_at is not None]
    assert len(recovered) == 1
    assert recovered[0].reachable_at is not None


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("PTH", "PTH"),
        ("PTEN", "PTEN"),
        ("PGR", "PGR"),
        ("PERK", "EIF2AK3"),
        ("perk", "EIF2AK3"),
        ("Perk", "EIF2AK3"),
        ("pS2", "TFF1"),  # as its synonym is written
        ("P-gp", "ABCB1"),
        ("p53", "TP53"),
        ("SHH", "SHH"),
        ("sFRP1", "SFRP1"),
        ("SCF", "KITLG"),
        ("PD-1", "PDCD1"),
        ("pigr", "PIGR"),
        ("SPDL1", "SPDL1"),
    ],
)
def test_a_name_that_begins_like_a_modification_stays(
    matcher: Matcher, name: str, symbol: str
) -> None:
    assert symbol in matcher.symbols(Level.SYNONYM, name, HUMAN)


@pytest.mark.parametrize(
    "name",
    ["pSer", "pTyr", "protein", "promoter", "program", "plant", "profile", "pathway", "process"],
)
def test_a_word_is_no_modified_form(matcher: Matcher, name: str) -> None:
    assert matcher.symbols(Level.FAMILY, name, HUMAN) == []


@pytest.mark.parametrize(
    ("name", "symbols"),
    [
        ("pERK", ["rl"]),
        ("p-ERK", ["rl"]),
        ("PERK", ["PEK", "rl"]),
        ("p-Tau", ["tau"]),
        ("pMad", ["Mad"]),
        ("p-IR", ["InR", "Irk1"]),
        ("Ac-p53", ["p53"]),
        ("procaspase-1", ["Dcp-1"]),
        ("sPLA2", ["sPLA2"]),
        ("ppl", ["ppl"]),
    ],
)
def test_modified_forms_of_the_fly(matcher: Matcher, name: str, symbols: list[str]) -> None:
    assert matcher.symbols(Level.SYNONYM, name, FLY) == symbols


def test_a_capital_before_a_word_is_no_mark(matcher: Matcher) -> None:
    for name, other in (("P-cadherin", "CDH17"), ("P-selectin", "SELL")):
        assert other not in matcher.symbols(Level.FAMILY, name, HUMAN)


# Letters that look like Greek ones


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("NF-ĸB", "NF-κB"),
        ("NF-қB", "NF-κB"),
        ("TNF-ɑ", "TNF-α"),
        ("TNF-⍺", "TNF-α"),
        ("TNF∝", "TNF-α"),
        ("TNF-ά", "TNF-α"),
        ("IFN-ɣ", "IFN-γ"),
        ("IFN-ү", "IFN-γ"),
        ("IKKɛ", "IKKε"),
        ("IKKє", "IKKε"),
        ("FcɛRI", "FcεRI"),
        ("Fc∈RI", "FcεRI"),
        ("IL-1ẞ", "IL-1β"),
        ("IL-1ß", "IL-1β"),
        ("IL-1ꞵ", "IL-1β"),
        ("PKCẟ", "PKCδ"),
        ("C/EBPꞵ", "C/EBPβ"),
    ],
)
def test_look_alike_letters_are_greek_in_look_ups_captions_and_lists(
    matcher: Matcher, written: str, plain: str
) -> None:
    assert fold(written) == fold(plain)
    symbols = matcher.symbols(Level.FAMILY, plain, HUMAN)
    assert symbols
    assert matcher.symbols(Level.FAMILY, written, HUMAN) == symbols
    outcome = score(matcher, f"Then {written} acts.", written, symbols[0])
    assert outcome.genes[0].reachable_at is not None
    assert outcome.genes[0].recovered_at is not None


def test_a_composite_with_look_alike_letters_is_split(matcher: Matcher) -> None:
    assert matcher.split("PPARɑ/ɣ") == ("PPARα", "PPARγ")
    assert matcher.split("IL-1ẞ") == ("IL-1ẞ",)
    scores = score(matcher, "PPARɑ/ɣ", "PPARɑ/ɣ", "PPARA PPARG")
    assert [gene.reachable_at for gene in scores.genes] == [Level.SYNONYM, Level.SYNONYM]


# Ions and small molecules


@pytest.mark.parametrize(
    ("caption", "part", "symbol"),
    [
        ("Ca2+ influx", "Ca2", "CA2"),
        ("Ca²⁺ influx", "Ca²", "CA2"),
        ("the Ca2+-dependent step", "Ca2", "CA2"),
        ("of Ca2+/calmodulin", "Ca2", "CA2"),
        ("more CO2 is made", "CO2", "MT-CO2"),
        ("more CO₂ is made", "CO₂", "MT-CO2"),
        ("with O2 and O2•− and NO3−", "NO3", "NBL1"),
    ],
)
def test_an_ion_or_a_small_molecule_is_no_gene(
    matcher: Matcher, caption: str, part: str, symbol: str
) -> None:
    outcome = score(matcher, caption, part, symbol)
    assert outcome.genes[0].reachable_at is None
    assert outcome.names[0].hit_at() is None
    (mentions,) = load_recognizer("lexicon").recognize([caption])
    assert part not in [mention.text for mention in mentions]


@pytest.mark.parametrize(
    ("caption", "symbol"),
    [
        ("CA2 makes bicarbonate of CO2.", "CA2"),
        ("Ca2 makes bicarbonate.", "CA2"),
        ("MT-CO2 is mitochondrial.", "MT-CO2"),
    ],
)
def test_the_gene_itself_stays_a_gene(matcher: Matcher, caption: str, symbol: str) -> None:
    name = caption.split(" ", maxsplit=1)[0]
    outcome = score(matcher, caption, name, symbol)
    assert outcome.genes[0].reachable_at is outcome.genes[0].recovered_at is Level.SYMBOL


def test_a_word_of_the_image_reaches_no_gene_by_an_ion(matcher: Matcher) -> None:
    gene = CuratedGene(HUMAN, "CA2", words=("Ca2+",))
    figure = Figure("PMC1__f1", "Ca2+ flows in.", curated=(gene,))
    assert FigureContext(figure, Scope((HUMAN,)), matcher).reachable[Level.FAMILY] == {}


def test_ions_are_no_genes_of_the_fly(matcher: Matcher) -> None:
    outcome = score(matcher, "Na+, K+ and Cl− flow; H+ does not.", "Na;K;Cl;H", "na H clt", FLY)
    assert [name.hit_at() for name in outcome.names] == [None] * 4


@pytest.mark.parametrize("name", ["Ca2+", "Mg2+", "Zn2+", "H2O2", "CO2", "Fe3+", "Na+", "Cl−"])
def test_an_ion_alone_means_no_gene(matcher: Matcher, name: str) -> None:
    assert not matcher.genes(Level.FAMILY, name, HUMAN)
    assert not matcher.genes(Level.FAMILY, name, FLY)


# Composites


@pytest.mark.parametrize(
    ("mention", "names"),
    [
        # The stem twice is a pair; a range if an en dash spans known members only
        ("ATG5-ATG12", ["ATG5", "ATG12"]),
        ("ATG5–ATG12", ["ATG5", "ATG12"]),
        ("Atg12–Atg5", ["Atg12", "Atg5"]),
        ("CDK4-CDK6", ["CDK4", "CDK6"]),
        ("STAT1-STAT3", ["STAT1", "STAT3"]),
        ("FGF1–FGF4", ["FGF1", "FGF2", "FGF3", "FGF4"]),
        ("STAT1-3", ["STAT1", "STAT2", "STAT3"]),
        # A slash within a name
        ("C/EBP", ["C/EBP"]),
        ("C/EBPα", ["C/EBPα"]),
        ("C/EBPα/β", ["C/EBPα", "C/EBPβ"]),
        ("F4/80", ["F4/80"]),
        ("C3/5", ["C3", "C5"]),
        # Words that the members share
        ("p44/42 MAPK", ["p44 MAPK", "p42 MAPK"]),
        ("Smad2/3 complex", ["Smad2", "Smad3"]),
        ("IL-4/13 receptor", ["IL-4 receptor", "IL-13 receptor"]),
        ("Toll/interleukin-1 receptor", ["Toll", "interleukin-1 receptor"]),
        # Genotypes
        ("Atg5fl/fl", ["Atg5fl/fl"]),
        ("Atg5 flox/flox", ["Atg5 flox/flox"]),
        ("Bax/Bak-/-", ["Bax", "Bak"]),
        # What takes the end's place
        ("caspases-3/9", ["caspases-3", "caspases-9"]),
        ("NaV1.1/1.2", ["NaV1.1", "NaV1.2"]),
        ("S100A8/A9", ["S100A8", "S100A9"]),
        ("ABCA1/G1", ["ABCA1", "ABCG1"]),
        ("MKK3/6-p38", ["MKK3", "MKK6", "p38"]),
        # Members joined by words
        ("SMAD2 and 3", ["SMAD2", "SMAD3"]),
        ("caspase-3, -8 and -9", ["caspase-3", "caspase-8", "caspase-9"]),
        ("IL-1, 6, and 8", ["IL-1", "IL-6", "IL-8"]),
        ("PPARα and γ", ["PPARα", "PPARγ"]),
        ("HLA-A, B and C", ["HLA-A", "HLA-B", "HLA-C"]),
        ("Smad1/5 and 8", ["Smad1", "Smad5", "Smad8"]),
        ("IL-6 and TNF", ["IL-6", "TNF"]),
        ("IL-1α, IL-1β and TNF", ["IL-1α", "IL-1β", "TNF"]),
        ("IL-6 and others", ["IL-6 and others"]),
        ("growth and differentiation factor 15", ["growth and differentiation factor 15"]),
        ("IL-6 and A", ["IL-6 and A"]),
        ("TNF and 3", ["TNF and 3"]),
        # Chains of known names
        ("Nrf2–Keap1", ["Nrf2", "Keap1"]),
        ("Wnt–Frizzled–Dishevelled", ["Wnt", "Frizzled", "Dishevelled"]),
        ("IRE1–TRAF2–JNK", ["IRE1", "TRAF2", "JNK"]),
        ("PI3K-Akt-mTOR", ["PI3K", "Akt", "mTOR"]),
        ("TBK1–IKKε", ["TBK1", "IKKε"]),
        ("TBK1–IKKɛ", ["TBK1", "IKKɛ"]),
    ],
)  # fmt: skip
def test_the_names_of_a_composite(matcher: Matcher, mention: str, names: list[str]) -> None:
    assert list(matcher.split(mention)) == names


@pytest.mark.parametrize(
    ("mention", "symbols"),
    [
        ("ATG5-ATG12", "ATG5 ATG12"),
        ("p44/42 MAPK", "MAPK1 MAPK3"),
        ("caspases-3/9", "CASP3 CASP9"),
        ("caspases 3 and 9", "CASP3 CASP9"),
        ("caspase-3, -8 and -9", "CASP3 CASP8 CASP9"),
        ("Atg5fl/fl", "ATG5"),
        ("NaV1.1/1.2", "SCN1A SCN2A"),
        ("S100A8/A9", "S100A8 S100A9"),
        ("SMAD2 and 3", "SMAD2 SMAD3"),
        ("PPARα and γ", "PPARA PPARG"),
        ("MKK3/6-p38", "MAP2K3 MAP2K6 MAPK14"),
        ("TBK1–IKKε", "TBK1 IKBKE"),
        ("STAT3/NKX2-5", "STAT3 NKX2-5"),
        ("C/EBPβ–p300", "CEBPB EP300"),
        ("APC/C-Cdc20", "ANAPC1 CDC20"),
        ("Cu/Zn-SOD", "SOD1"),
        ("cyclin-D1/CDK4", "CCND1 CDK4"),
        ("ephrin-B2/EphB4", "EFNB2 EPHB4"),
        ("pβ-catenin", "CTNNB1"),
        ("pc-Jun", "JUN"),
        ("p4E-BP1", "EIF4EBP1"),
        ("HLA-B27", "HLA-B"),
        ("HLA-DRB1*04:01", "HLA-DRB1"),
    ],
)
def test_a_composite_recovers_and_reaches_its_genes(
    matcher: Matcher, mention: str, symbols: str
) -> None:
    outcome = score(matcher, f"Then {mention} act.", mention, f"{symbols} ATG7 SMAD4 STAT1")
    for gene in outcome.genes[: len(symbols.split())]:
        assert gene.recovered_at is not None
        assert gene.reachable_at is not None
    assert all(gene.reachable_at is None for gene in outcome.genes[len(symbols.split()) :])


# A short form within a long one


@pytest.mark.parametrize(
    ("mention", "symbol"),
    [
        ("toll like receptor (TLR) 3", "TLR3"),
        ("myocardin-related transcription factor (MRTF)-A", "MRTFA"),
        ("interferon (IFN) regulatory factor-3", "IRF3"),
        ("transforming growth factor (TGF)-β1", "TGFB1"),
        ("tumor necrosis factor (TNF) receptor superfamily member 1A", "TNFRSF1A"),
    ],
)
def test_a_short_form_within_a_long_one_is_left_out(
    matcher: Matcher, mention: str, symbol: str
) -> None:
    outcome = score(matcher, f"Then {mention} acts.", mention, symbol)
    assert outcome.genes[0].recovered_at is not None
    assert outcome.genes[0].reachable_at is not None


def test_brackets_of_a_symbol_stay(matcher: Matcher) -> None:
    assert matcher.symbols(Level.SYNONYM, "Su(H)", FLY) == ["Su(H)"]
    assert matcher.symbols(Level.SYNONYM, "E(spl)m8", FLY) == ["E(spl)m8-HLH"]


# Variants, isoforms, states, and what cells have on them


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("BRAFV600E", "BRAF"),
        ("BRAF V600E", "BRAF"),
        ("KRAS(G12D)", "KRAS"),
        ("RasV12", "HRAS"),
        ("EGFR T790M", "EGFR"),
        ("FLT3-ITD", "FLT3"),
        ("EGFRvIII", "EGFR"),
        ("FGFR2b", "FGFR2"),
        ("sox9b", "SOX9"),
        ("oncogenic KRAS", "KRAS"),
        ("constitutively active Akt", "AKT1"),
        ("mitochondrial p53", "TP53"),
        ("membrane-bound TNF", "TNF"),
        ("catalytic subunit of PKA", "PRKACA"),
        ("p65 subunit of NF-κB", "RELA"),
        ("STAT3 homodimers", "STAT3"),
        ("STAT3 oligomers", "STAT3"),
        ("caspase family", "CASP3"),
        ("NF-κB family members", "RELA"),
        ("tumor suppressor p53", "TP53"),
        ("E3 ligase MDM2", "MDM2"),
        ("pri-miR-21", "MIR21"),
        ("mmu-miR-21", "MIR21"),
        ("CD8+", "CD8A"),
        ("IL-17+", "IL17A"),
        ("CD44hi", "CD44"),
        ("CD62Llow", "SELL"),
        ("TNF receptor 2", "TNFRSF1B"),
    ],
)
def test_a_form_with_an_addition_means_its_gene(matcher: Matcher, name: str, symbol: str) -> None:
    assert symbol in matcher.symbols(Level.FAMILY, name, HUMAN)


@pytest.mark.parametrize("name", ["Ca2+", "Na+", "K+", "H+", "Zn2+", "kinase 5", "ligand 5"])
def test_what_only_looks_like_an_addition_names_no_gene(matcher: Matcher, name: str) -> None:
    assert matcher.symbols(Level.FAMILY, name, HUMAN) == []


@pytest.mark.parametrize("name", ["TP53", "E2F1", "HLA-A", "CDK4", "IL17A", "WNT5B", "NOTCH2NLA"])
def test_a_symbol_has_no_addition(matcher: Matcher, name: str) -> None:
    assert matcher.symbols(Level.SYMBOL, name, HUMAN) == [name]
    assert name in matcher.symbols(Level.FAMILY, name, HUMAN)


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("name", ["pDC", "pDCs", "cDC", "moDC", "pTreg", "iNKT"])
def test_a_kind_of_cell_is_no_gene(matcher: Matcher, name: str, level: Level) -> None:
    assert matcher.symbols(level, name, HUMAN) == []


@pytest.mark.parametrize(
    ("mention", "names"),
    [
        ("CD4+/CD8+", ["CD4+", "CD8+"]),
        ("CD4+CD25+FoxP3+", ["CD4", "CD25", "FoxP3+"]),
        ("IFNα/βR", ["IFNαR", "IFNβR"]),
        ("TβRI/II", ["TβRI", "TβRII"]),
        ("Cyclin E-CDK2", ["Cyclin E", "CDK2"]),
        ("cyclin D-CDK4-Rb1", ["cyclin D", "CDK4", "Rb1"]),
        ("Keap1-Nrf2-ARE", ["Keap1", "Nrf2", "ARE"]),
        ("Nrf2-ARE", ["Nrf2", "ARE"]),
        ("STAT1-ISRE", ["STAT1", "ISRE"]),
        ("Ca2+-ATPase", ["Ca2+-ATPase"]),
        ("Na+/K+-ATPase", ["Na+/K+-ATPase"]),
        ("IL-6", ["IL-6"]),
        ("HLA-DR", ["HLA-DR"]),
        ("C/EBPα–PU.1", ["C/EBPα", "PU.1"]),
        ("C/EBPα/β", ["C/EBPα", "C/EBPβ"]),
        ("APC/C", ["APC/C"]),
        ("Cu/Zn-SOD", ["Cu/Zn-SOD"]),
        ("cyclin-B1-CDK1", ["cyclin-B1", "CDK1"]),
        ("ephrin-A1", ["ephrin-A1"]),
        ("Hh–Ptc–Smo", ["Hh", "Ptc", "Smo"]),
        ("Ca-calmodulin", ["Ca-calmodulin"]),
        ("Gq/11-PLC", ["Gq", "G11", "PLC"]),
        ("At-PIN1", ["At-PIN1"]),
        ("IGF-I", ["IGF-I"]),
        ("PKA-C", ["PKA-C"]),
        ("SDHA-D", ["SDHA", "SDHB", "SDHC", "SDHD"]),
        ("Ca2+/NFAT", ["Ca2+", "NFAT"]),
        ("Na+/H+", ["Na+/H+"]),
        ("Na+/K+-ATPase/Src", ["Na+/K+-ATPase", "Src"]),
        ("TNF-α, IL-6, and IL-1β", ["TNF-α", "IL-6", "IL-1β"]),
        ("ERK1,2", ["ERK1", "ERK2"]),
        ("IL-6, 8 h", ["IL-6, 8 h"]),
        ("G1,3P", ["G1,3P"]),
        ("caspase-3, -8, -9", ["caspase-3", "caspase-8", "caspase-9"]),
        ("mTOR/S6K1/4E-BP1", ["mTOR", "S6K1", "4E-BP1"]),
        ("PI3K/p85", ["PI3K", "p85"]),
        ("IL-17RA/RC", ["IL-17RA", "IL-17RC"]),
        ("PGE2-EP4", ["PGE2", "EP4"]),
        ("HGF-Met", ["HGF", "Met"]),
        ("Cell-Met", ["Cell-Met"]),
        ("PLS-DA", ["PLS-DA"]),
    ],
)
def test_chains_and_markers_are_parted(matcher: Matcher, mention: str, names: list[str]) -> None:
    assert list(matcher.split(mention)) == names
