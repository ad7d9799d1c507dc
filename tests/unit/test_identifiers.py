"""Gene ids: their spellings, and a mention with one means that gene."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

from nerbench import CuratedGene, Figure, Level, Mention
from nerbench.engine.analysis import identifier_rows
from nerbench.nomenclature.gene_ids import GeneId, gene_ids, locate
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.nomenclature.matcher import Matcher
from nerbench.scoring.figure import FigureContext, FigureScore, score_figure
from nerbench.scoring.reasons import miss_reason, name_outcome
from nerbench.scoring.scope import Scope

HUMAN, FLY, MOUSE = 9606, 7227, 10090
IL6, STAT3, STAT1, MMP2, MMP9, TP53 = "3569", "6774", "6772", "4313", "4318", "7157"
MOUSE_IL6 = "16193"
SYMBOL, SYNONYM, FAMILY = Level

# --- how they are read


@pytest.mark.parametrize(
    "field",
    [
        "3569",
        " 3569 ",
        "03569",
        "NCBI Gene:3569",
        "NCBIGene:3569",
        "NCBI_GENE:3569",
        "ncbigene: 3569",
        "NCBI GeneID:3569",
        "EntrezGene:3569",
        "Entrez Gene:3569",
        "Entrez:3569",
        "GeneID:3569",
        "Gene:3569",
        "NCBI:3569",
        "https://www.ncbi.nlm.nih.gov/gene/3569",
        "http://identifiers.org/ncbigene/3569",
        "http://identifiers.org/ncbigene:3569",
    ],
)
def test_a_gene_id_is_read_however_it_is_written(field: str) -> None:
    assert gene_ids([field]) == (GeneId("3569"),)


@pytest.mark.parametrize("field", ["9606:3569", "9606: 3569", "3569(Tax:9606)", "3569 (tax:9606)"])
def test_the_organism_is_read_where_an_identifier_states_it(field: str) -> None:
    assert gene_ids([field]) == (GeneId("3569", HUMAN),)


@pytest.mark.parametrize(
    "field",
    [
        *("", " ", "-", "-1", "0", "None", "none", "null", "nan"),
        *("HGNC:6018", "MESH:D001", "UniProt:P05231", "FBgn0000463", "homologene:502"),
        *("NCBITaxon:9606", "IL6", "GO:0005125", "OMIM:147620"),
    ],
)
def test_other_identifiers_are_left_out(field: str) -> None:
    assert gene_ids([field]) == ()


@pytest.mark.parametrize("separator", [",", ";", "|", ", ", " ; "])
def test_a_field_may_hold_several(separator: str) -> None:
    assert gene_ids([separator.join(["NCBI Gene:3569", "-1", "6774", "3569"])]) == (
        GeneId(IL6),
        GeneId(STAT3),
    )


def test_a_gene_is_located_in_the_lexicon_that_knows_it(nomenclature: Nomenclature) -> None:
    taxon, row = locate(GeneId("42313"), nomenclature) or (0, 0)
    assert (taxon, nomenclature[taxon].symbols[row]) == (FLY, "Dl")
    assert locate(GeneId(IL6, FLY), nomenclature) is None
    assert locate(GeneId(IL6, MOUSE), nomenclature) is None
    assert locate(GeneId(MOUSE_IL6), nomenclature) is None


# --- what they do to the numbers


def figure(caption: str, *genes: str | CuratedGene, fly: bool = False) -> Figure:
    curated = [CuratedGene(HUMAN, gene) if isinstance(gene, str) else gene for gene in genes]
    organisms = ["Homo sapiens", *(["Drosophila melanogaster"] if fly else [])]
    return Figure("F1", caption, tuple(organisms), curated=tuple(curated))


def scored(matcher: Matcher, one: Figure, **ids: Sequence[str]) -> FigureScore:
    """The figure with one mention, the first occurrence, of each name, and its identifiers."""
    found = [
        Mention(at, at + len(name), name, ids=tuple(fields))
        for name, fields in ids.items()
        for at in [one.caption.index(name)]
    ]
    return score_figure(FigureContext(one, Scope(), matcher), found)


def hits(score: FigureScore, level: Level) -> dict[str, set[str]]:
    members = score.context.members
    return {
        name.name: {members[member].symbol for member in name.hits[level]} for name in score.names
    }


@pytest.mark.parametrize("level", list(Level))
def test_a_mention_means_its_identifiers_gene_at_every_level(
    matcher: Matcher, level: Level
) -> None:
    one = figure("cytokine X binds", "IL6", "STAT3")
    score = scored(matcher, one, cytokine=["9606:3569"])
    assert hits(score, level) == {"cytokine": {"IL6"}}
    assert score.counts[level]["human"].recovered == 1
    # The caption does not name the gene: an identifier does not make it reachable.
    assert score.counts[level]["human"].reachable == 0


def test_the_identifier_beats_the_text(matcher: Matcher) -> None:
    score = scored(matcher, figure("IL-6", "IL6", "STAT3"), **{"IL-6": [STAT3]})
    assert hits(score, FAMILY) == {"IL-6": {"STAT3"}}
    assert score.names[0].ids == ("9606:6774",)
    assert score.names[0].ids_agree is False
    (missed,) = [gene for gene in score.genes if gene.recovered_at is None]
    assert miss_reason(score, missed, FAMILY) == "wrong-boundary"


def test_an_identifier_narrows_a_family_to_its_gene(matcher: Matcher) -> None:
    one = figure("JAK", "JAK1", "JAK2")
    assert hits(scored(matcher, one, JAK=[]), FAMILY) == {"JAK": {"JAK1", "JAK2"}}
    score = scored(matcher, one, JAK=["NCBI Gene:3717"])
    assert hits(score, FAMILY) == hits(score, SYMBOL) == {"JAK": {"JAK2"}}
    assert score.names[0].ids_agree is True


@pytest.mark.parametrize("nothing", [[], ["-1"], ["None"], ["-"], ["HGNC:6018"], ["MESH:D1"]])
def test_other_identifiers_do_not_change_the_meaning_of_the_text(
    matcher: Matcher, nothing: list[str]
) -> None:
    score = scored(matcher, figure("IL-6", "IL6"), **{"IL-6": nothing})
    assert hits(score, FAMILY) == {"IL-6": {"IL6"}}
    assert (score.names[0].ids, score.names[0].ids_agree) == ((), None)


@pytest.mark.parametrize("mouse", [[MOUSE_IL6], ["10090:16193"], ["16193(Tax:10090)"]])
def test_the_gene_of_another_organism_means_nothing_in_scope(
    matcher: Matcher, mouse: list[str]
) -> None:
    score = scored(matcher, figure("IL-6", "IL6"), **{"IL-6": mouse})
    assert hits(score, FAMILY) == {"IL-6": set()}
    assert name_outcome(score.context, score.names[0], FAMILY) == "other-organism"
    assert score.names[0].ids_agree is None


def test_a_supported_organism_out_of_scope_is_another_organism(matcher: Matcher) -> None:
    score = scored(matcher, figure("Delta", "DLL1"), Delta=["42313"])
    assert name_outcome(score.context, score.names[0], FAMILY) == "other-organism"
    assert score.names[0].ids == ("7227:42313",)
    assert score.names[0].ids_agree is True


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("ids", [[TP53], ["9606:7157"], ["9606:999999999"]])
def test_a_gene_of_the_scope_that_is_not_listed_is_not_in_the_figure(
    matcher: Matcher, level: Level, ids: list[str]
) -> None:
    score = scored(matcher, figure("factor", "IL6"), factor=ids)
    assert name_outcome(score.context, score.names[0], level) == "gene-not-on-list"


def test_a_name_means_the_union_of_its_mentions_identifiers(matcher: Matcher) -> None:
    one = figure("STAT and STAT and STAT", "STAT1", "STAT3", "STAT4")
    mentions = [
        Mention(0, 4, "STAT", ids=(STAT1,)),
        Mention(9, 13, "STAT", ids=(STAT3, MOUSE_IL6)),
        Mention(18, 22, "STAT"),
    ]
    score = score_figure(FigureContext(one, Scope(), matcher), mentions)
    assert hits(score, FAMILY) == {"STAT": {"STAT1", "STAT3"}}
    assert score.names[0].ids == ("9606:6772", "9606:6774", "NCBIGene:16193")


def test_the_names_of_a_composite_take_the_identifiers_that_they_can_mean(
    matcher: Matcher,
) -> None:
    score = scored(matcher, figure("MMP2/9", "MMP2", "MMP9"), **{"MMP2/9": [f"{MMP9};{MMP2}"]})
    assert hits(score, SYMBOL) == {"MMP2": {"MMP2"}, "MMP9": {"MMP9"}}


def test_the_names_of_a_composite_take_all_identifiers_if_they_can_mean_none(
    matcher: Matcher,
) -> None:
    score = scored(matcher, figure("MMP2/9", "STAT1", "STAT3"), **{"MMP2/9": [STAT1, STAT3]})
    assert hits(score, SYMBOL) == {"MMP2": {"STAT1", "STAT3"}, "MMP9": {"STAT1", "STAT3"}}
    assert [name.ids_agree for name in score.names] == [False, False]


def test_an_identifier_beats_the_definition_of_an_abbreviation(matcher: Matcher) -> None:
    one = figure("Reactive oxygen species (ROS) rise. ROS kill.", "ROS1")
    assert hits(scored(matcher, one, ROS=[]), FAMILY) == {"ROS": set()}
    score = scored(matcher, one, ROS=["6098"])
    assert hits(score, FAMILY) == {"ROS": {"ROS1"}}
    assert score.names[0].ids_agree is False


def test_a_curated_gene_that_no_lexicon_knows_goes_by_its_gene_id(matcher: Matcher) -> None:
    one = figure("thing", CuratedGene(HUMAN, "NOSUCHGENE1", "999999998"))
    for ids in (["999999998"], ["9606:999999998"]):
        assert hits(scored(matcher, one, thing=ids), SYMBOL) == {"thing": {"NOSUCHGENE1"}}
    assert hits(scored(matcher, one, thing=["7227:999999998"]), SYMBOL) == {"thing": set()}


def test_each_organisms_gene_counts_for_its_organism(matcher: Matcher) -> None:
    one = figure("Delta", "DLL1", CuratedGene(FLY, "Dl"), fly=True)
    score = scored(matcher, one, Delta=["42313"])
    assert hits(score, SYMBOL) == {"Delta": {"Dl"}}
    counts = score.counts[FAMILY]
    assert (counts["fly"].recovered, counts["human"].recovered) == (1, 0)
    assert (counts["human"].names, counts["all"].names) == (0, 1)


# --- how often they disagree with the names


def test_disagreement_is_counted_by_model_with_the_most_frequent_first() -> None:
    rows = [
        ("a", "IL-6", [f"{HUMAN}:{IL6}"], True),
        ("a", "IL-6", [f"{HUMAN}:{STAT3}"], False),
        ("a", "p53", [f"{HUMAN}:{IL6}", f"{HUMAN}:{STAT3}"], False),
        ("a", "p53", [f"{HUMAN}:{IL6}", f"{HUMAN}:{STAT3}"], False),
        ("a", "Il6", [f"NCBIGene:{MOUSE_IL6}"], None),
        ("a", "JAK", [], None),
        ("b", "JAK", [], None),
        ("c", "Il6", [f"NCBIGene:{MOUSE_IL6}"], None),
    ]
    schema = {"model": pl.String, "name": pl.String, "ids": pl.List(pl.String)}
    frame = pl.LazyFrame(rows, schema={**schema, "ids_agree": pl.Boolean}, orient="row")
    one, other = identifier_rows(frame)
    assert (one.model, one.names, one.identified) == ("a", 6, 5)
    assert (one.compared, one.disagreeing) == (4, 3)
    assert one.rate == 0.75
    assert one.examples == ("p53 (9606:3569, 9606:6774)", "IL-6 (9606:6774)")
    assert (other.model, other.compared, other.rate, other.examples) == ("c", 0, None, ())
