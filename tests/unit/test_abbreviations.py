"""Abbreviations that captions define in brackets and in lists, and their effect on names."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nerbench
from nerbench.errors import NerbenchError
from nerbench.nomenclature import abbreviations as module
from nerbench.nomenclature.abbreviations import abbreviations, parse_abbreviation_list
from nerbench.nomenclature.lexicon import load_nomenclature
from nerbench.nomenclature.matcher import Matcher
from nerbench.records import CuratedGene, Figure, Level, Mention
from nerbench.scoring.figure import FigureContext, score_figure
from nerbench.scoring.reasons import MissReason, Outcome, miss_reason, name_outcome
from nerbench.scoring.scope import Scope


@pytest.fixture(scope="module")
def human_matcher():
    return Matcher(load_nomenclature())


def _score(matcher, caption, names, curated, abbreviated=True):
    figure = Figure(
        "PMC1__f1",
        caption,
        organisms=("Homo sapiens",),
        curated=tuple(CuratedGene(9606, symbol) for symbol in curated),
    )
    mentions = [
        Mention(caption.index(name), caption.index(name) + len(name), name) for name in names
    ]
    return score_figure(FigureContext(figure, Scope(), matcher, abbreviated), mentions)


@pytest.mark.skipif(not module.has_scispacy(), reason="needs scispaCy")
def test_definitions_in_brackets_are_read():
    found = abbreviations("infected with hepatitis B virus (HBV) by a dendritic cell (DC)")
    assert found == {"HBV": "hepatitis B virus", "DC": "dendritic cell"}


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        (
            "The pathway. AMPK: AMP-activated protein kinase; ROS, reactive oxygen species.",
            {"AMPK": "AMP-activated protein kinase", "ROS": "reactive oxygen species"},
        ),
        (
            "Abbreviations: CoA, coenzyme A; DC = dendritic cell",
            {"CoA": "coenzyme A", "DC": "dendritic cell"},
        ),
        ("TNF-α, tumor necrosis factor-α; up, upstream", {"TNF-α": "tumor necrosis factor-α"}),
        ("It binds; A, the first panel; Fig, see the legend", {}),
        ("IL-6, STAT3 and JAK are activated; then they bind", {}),
        ("", {}),
    ],
)
def test_lists_of_abbreviations_are_read(caption, expected):
    assert parse_abbreviation_list(caption) == expected


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        # parted by commas
        (
            "ROS: reactive oxygen species, ER: endoplasmic reticulum, GA: Golgi apparatus.",
            {"ROS": "reactive oxygen species", "ER": "endoplasmic reticulum",
             "GA": "Golgi apparatus"},
        ),
        (
            "ROS, reactive oxygen species, ER, endoplasmic reticulum, and GA, Golgi apparatus",
            {"ROS": "reactive oxygen species", "ER": "endoplasmic reticulum",
             "GA": "Golgi apparatus"},
        ),
        (
            "Stress. ER = endoplasmic reticulum, PM = plasma membrane",
            {"ER": "endoplasmic reticulum", "PM": "plasma membrane"},
        ),
        (
            "Short forms: CoM, coenzyme M, CoB – coenzyme B",
            {"CoM": "coenzyme M", "CoB": "coenzyme B"},
        ),
        # in brackets of either kind
        (
            "All (ROS: reactive oxygen species, ER: endoplasmic reticulum) rise",
            {"ROS": "reactive oxygen species", "ER": "endoplasmic reticulum"},
        ),
        ("In the ER [endoplasmic reticulum] it", {"ER": "endoplasmic reticulum"}),
        ("[ROS: reactive oxygen species]", {"ROS": "reactive oxygen species"}),
        # a long form that has brackets or a comma
        ("ADH: alcohol dehydrogenase (NADP)", {"ADH": "alcohol dehydrogenase (NADP)"}),
        ("PPP: phosphate, the pentose pathway", {"PPP": "phosphate, the pentose pathway"}),
        # a short form that is an English word
        ("Met, metformin; PA: palmitic acid", {"Met": "metformin", "PA": "palmitic acid"}),
        # names after names
        ("CD4, CD40 ligand, and CD8", {}),
        ("Akt, MEK, MEKK1, and p38", {}),
        ("The, olation; Rest, a restaurant", {}),
    ],
)  # fmt: skip
def test_lists_are_read_however_their_entries_are_parted(caption, expected):
    assert abbreviations(caption) == expected


@pytest.mark.skipif(not module.has_scispacy(), reason="needs scispaCy")
def test_square_brackets_define_like_round_ones():
    assert abbreviations("of the endoplasmic reticulum [ER]") == {"ER": "endoplasmic reticulum"}


@pytest.mark.skipif(not module.has_scispacy(), reason="needs scispaCy")
@pytest.mark.parametrize(("defined", "used"), [("MSCs", "MSC"), ("MSC", "MSCs")])
def test_a_definition_holds_for_singular_and_plural(human_matcher, defined, used):
    caption = f"Mesenchymal stem cells ({defined}) secrete IL-6. Grafts of {used} help."
    figure = Figure("PMC1__f1", caption, ("Homo sapiens",), curated=(CuratedGene(9606, "MSC"),))
    start = caption.rindex(used)
    context = FigureContext(figure, Scope(), human_matcher)
    score = score_figure(context, [Mention(start, start + len(used), used)])
    assert name_outcome(context, score.names[0], Level.FAMILY) is Outcome.DEFINED_OTHERWISE
    assert miss_reason(score, score.genes[0], Level.FAMILY) is MissReason.NOT_IN_CAPTION


@pytest.mark.parametrize(
    ("definition", "symbols"),
    [
        # a slip, other words, a word more
        ("ERK: extracellular signals-related kinase", {"MAPK1", "MAPK3"}),
        ("RAGE: receptor of advanced glycated end-stage products", {"AGER"}),
        ("TRADD: TNF receptor I DEATH domain-associated adaptor", {"TRADD"}),
        # another enzyme, a chemical or a disease with the same short form
        ("CHS: chalcone synthase", set()),
        ("AK: aspartate kinase", set()),
        ("MET: metforminium chloride", set()),
        ("APC: allophycocyanin conjugate", set()),
    ],
)
def test_a_long_form_that_no_table_knows_means_the_genes_whose_names_it_spells(
    human_matcher, definition, symbols
):
    short, long = definition.split(": ")
    caption = f"The {long} acts. ROS, reactive oxygen species; {definition}."
    assert abbreviations(caption)[short] == long
    assert not human_matcher.symbols(Level.FAMILY, long, 9606)
    lexicon = human_matcher.nomenclature[9606]
    context = FigureContext(Figure("PMC1__f1", caption, ("Homo sapiens",)), Scope(), human_matcher)
    genes = context.genes_of_name(Level.FAMILY, long)
    assert {lexicon.symbols[row] for _, row in genes} == symbols


def test_a_long_form_that_no_table_knows_recovers_what_it_reaches(human_matcher):
    caption = "The extracellular signals-related kinase acts. ROS, reactive oxygen species; ERK: "
    caption += "extracellular signals-related kinase."
    score = _score(human_matcher, caption, ["extracellular signals-related kinase"], ["MAPK1"])
    assert score.genes[0].recovered_at is score.genes[0].reachable_at is Level.SYNONYM
    places = score.context.reachable[Level.SYNONYM][0]
    assert (4, 40) in places  # of the long form, too


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("WNT", "wingless/int1"),
        ("WNT", "wingless-type"),
        ("RB", "retinoblastoma"),
        ("VHL", "von Hippel-Lindau"),
        ("KRAS", "Kirsten rat sarcoma"),
        ("OPN", "osteopontin"),
        ("MAVS", "mitochondrial antiviral signaling"),
    ],
)
def test_a_gene_that_is_defined_by_its_own_name_stays_a_gene(human_matcher, short, long):
    caption = f"{short} acts. {short}: {long}; ROS, reactive oxygen species"
    assert abbreviations(caption)[short] == long
    symbols = human_matcher.symbols(Level.FAMILY, short, 9606)
    score = _score(human_matcher, caption, [short], symbols)
    assert symbols
    assert all(gene.recovered_at and gene.reachable_at for gene in score.genes)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("Met", "metformin"),
        ("MS", "multiple sclerosis"),
        ("ALS", "amyotrophic lateral sclerosis"),
        ("Arg", "arginine"),
        ("MTs", "microtubules"),
        ("ROS", "reactive oxygen species"),
        ("MMP", "mitochondrial membrane potential"),
        ("ER", "endoplasmic reticulum"),
        ("ECM", "extracellular matrix"),
    ],
)
def test_a_short_form_of_another_thing_names_no_gene(human_matcher, short, long):
    assert not human_matcher.names_gene(short, long)


def test_first_definition_wins():
    assert (
        parse_abbreviation_list("AS, acid synthase; AS, arginine synthase")["AS"] == "acid synthase"
    )


def test_short_form_of_another_thing_is_not_a_gene(human_matcher):
    caption = "A pathway of dendritic cells. DC, dendritic cell; ROS, reactive oxygen species."
    score = _score(human_matcher, caption, ["DC", "ROS"], ["DCX", "ROS1"])
    assert [name.hit_at() for name in score.names] == [None, None]
    outcomes = {name_outcome(score.context, name, Level.FAMILY) for name in score.names}
    assert outcomes == {Outcome.DEFINED_OTHERWISE}


def test_gene_whose_places_are_all_defined_otherwise_is_not_reachable(human_matcher):
    caption = "A pathway of DCs. DC, dendritic cell."
    defined, undefined = (
        _score(human_matcher, caption, [], ["DCX"], abbreviated) for abbreviated in (True, False)
    )
    assert defined.genes[0].reachable_at is None
    assert miss_reason(defined, defined.genes[0], Level.FAMILY) is MissReason.NOT_IN_CAPTION
    assert undefined.genes[0].reachable_at is Level.FAMILY


def test_definition_also_holds_for_a_short_form_with_additions(human_matcher):
    caption = "Total ROS rise. ROS: reactive oxygen species."
    score = _score(human_matcher, caption, ["Total ROS"], ["ROS1"])
    assert not score.names[0].hits[Level.FAMILY]
    assert score.genes[0].reachable_at is None


@pytest.mark.parametrize(
    ("caption", "short", "long"),
    [
        ("leads to IPP (isopentenyl pyrophosphate)", "IPP", "isopentenyl pyrophosphate"),
        ("with the exception of TGN (Trans Golgi Network).", "TGN", "Trans Golgi Network"),
        ("Abbreviations of the species are: Ac, Acinetobacter calcoaceticus; Ca, Clostridium x",
         "Ac", "Acinetobacter calcoaceticus"),
        ("One pathway: GAP, glyceraldehyde 3-phosphate; X, y", "GAP", "glyceraldehyde 3-phosphate"),
    ],
)  # fmt: skip
def test_other_ways_to_define_a_short_form(caption, short, long):
    assert abbreviations(caption)[short] == long


@pytest.mark.parametrize(
    "caption", ["by κB (NF-κB) sites", "MAPK (see Figure 1)", "InnateDB (http://innatedb.com)"]
)
def test_other_brackets_define_nothing(caption):
    assert abbreviations(caption) == {}


def test_high_density_lipoprotein_is_no_gene(human_matcher):
    assert not human_matcher.names_gene("HDL", "high-density lipoprotein")


def test_short_form_of_a_gene_keeps_its_meaning_at_every_level(human_matcher):
    caption = "EGFR, epidermal growth factor receptor; AKT1, protein kinase B alpha"
    score = _score(human_matcher, caption, ["EGFR", "AKT1"], ["EGFR", "AKT1"])
    assert [name.hit_at() for name in score.names] == [Level.SYMBOL, Level.SYMBOL]


def test_long_form_that_names_a_gene_makes_its_short_form_one(human_matcher):
    caption = "A model. XYZR: epidermal growth factor receptor."
    caption = caption.replace("XYZR", "EFR")
    score = _score(human_matcher, caption, ["EFR"], ["EGFR"])
    assert score.names[0].hits[Level.SYNONYM]
    assert not _score(human_matcher, caption, ["EFR"], ["EGFR"], False).names[0].hits[Level.FAMILY]


def test_plural_of_a_short_form_takes_its_meaning(human_matcher):
    caption = "DCs mature. DC, dendritic cell."
    assert _score(human_matcher, caption, ["DCs"], ["DCX"]).names[0].hit_at() is None


@pytest.mark.parametrize(
    "long",
    [
        "apoptosis regulator Bcl-2",
        "tumor suppressor p53",
        "squalene synthase",
        "nuclear factor of activated T cells",
        "Toll-like receptor 4",
        "cytochrome P450 2E1",
        "thyroid-stimulating hormone",
        "adrenocorticotropic hormone",
    ],
)
def test_long_form_that_reads_like_a_gene_is_one(human_matcher, long):
    assert human_matcher.names_gene("X", long)


@pytest.mark.parametrize(
    "long",
    ["dendritic cell", "hepatitis B virus", "phosphoenolpyruvate", "endoplasmic reticulum",
     "reactive oxygen species", "retinoic acid response element", "glucose-6-phosphate"],
)  # fmt: skip
def test_long_form_of_another_thing_is_not_a_gene(human_matcher, long):
    assert not human_matcher.names_gene("X", long)


def test_signature_states_how_abbreviations_were_read():
    recognizer = nerbench.load_recognizer("lexicon")
    on = nerbench.evaluate(nerbench.open_corpus("seeds"), recognizer)
    off = nerbench.evaluate(nerbench.open_corpus("seeds"), recognizer, abbreviations=False)
    assert on.abbreviations in ("brackets+lists", "lists")
    assert f"|abbreviations:{on.abbreviations}|" in on.signature
    assert "|abbreviations:off|" in off.signature


def test_lists_are_read_without_scispacy(monkeypatch):
    monkeypatch.setattr(module, "has_scispacy", lambda: False)
    caption = "Made by dendritic cells (DC). ROS, reactive oxygen species"
    assert abbreviations(caption) == {"ROS": "reactive oxygen species"}
    evaluation = nerbench.evaluate(
        nerbench.open_corpus("seeds"), nerbench.load_recognizer("lexicon")
    )
    assert evaluation.corpus.figures == 1


@pytest.mark.skipif(not module.has_scispacy(), reason="needs scispaCy")
def test_broken_scispacy_is_reported_in_one_line(monkeypatch):
    module._load_detector.cache_clear()
    monkeypatch.setitem(sys.modules, "scispacy.abbreviation", None)
    with pytest.raises(NerbenchError, match="scispaCy is installed, but cannot be loaded"):
        abbreviations("Made by dendritic cells (DC).")


@pytest.mark.parametrize(
    "prose",
    [
        "DUSP1 is localized in the nucleus, whereas DUSP8 is not.",
        "The, olation membrane.",
        "CYP26A1, CYP26B1, and CYP26C1, cytochrome family members.",
        "F1,6BP, fructose bisphosphate",
    ],
)
def test_prose_is_not_a_definition(prose):
    assert not {"DUSP1", "The", "CYP26A1", "F1"} & parse_abbreviation_list(prose).keys()


def test_long_form_with_the_number_of_its_short_form_is_a_gene(human_matcher):
    caption = "Dickkopf 1 (DKK1). CD81, cluster of differentiation 81; DC2, dendritic cell 3"
    score = _score(human_matcher, caption, ["DKK1", "CD81"], ["DKK1", "CD81"])
    assert [name.hit_at() for name in score.names] == [Level.SYMBOL, Level.SYMBOL]


PARTS = (
    "EGFR (EGF) ) ( epidermal growth factor (A) (8) :) AB C-D receptor. (p<0.05) Kinase ((MK) "
    "NF-κB (nuclear 8) p(q) (AB)C (A,B) ; , mitogen activated protein (MAPK), "
    "(see Fig. 2) (MAP (K) L)"
).split()


@pytest.mark.skipif(not module.has_scispacy(), reason="scispaCy is not installed")
@given(st.lists(st.tuples(st.sampled_from(PARTS), st.sampled_from(["", " ", " ", "  ", "\n"]))))
def test_what_is_near_brackets_defines_what_the_whole_caption_does(
    parts: list[tuple[str, str]],
) -> None:
    caption = "".join(part + space for part, space in parts)
    near = module._bracketed_definitions(caption)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_near_brackets", str)
        assert module._bracketed_definitions(caption) == near
