"""Counts, rates, averages, scope and reasons, against numbers worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from fakes import Precomputed
from sklearn.metrics import precision_score, recall_score

from nerbench import CuratedGene, Evaluation, Figure, Level, Mention, NerbenchError, evaluate
from nerbench.corpus import open_corpus
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.nomenclature.matcher import Matcher
from nerbench.recognizers.dictionary import LexiconRecognizer
from nerbench.scoring.counts import FIELDS, RATES, Counts
from nerbench.scoring.figure import FigureContext, FigureScore, score_figure
from nerbench.scoring.rates import macro, micro
from nerbench.scoring.reasons import miss_reason, name_outcome
from nerbench.scoring.scope import Scope

HUMAN, FLY = 9606, 7227
SYMBOL, SYNONYM, FAMILY = Level
SPECIES = {"human": "Homo sapiens", "fly": "Drosophila melanogaster"}


def figure(
    caption: str, human: str = "", fly: str = "", organisms: Sequence[str] = tuple(SPECIES.values())
) -> Figure:
    """Return a figure with curated genes, whose symbols are separated by spaces."""
    curated = [CuratedGene(HUMAN, symbol) for symbol in human.split()]
    curated += [CuratedGene(FLY, symbol) for symbol in fly.split()]
    return Figure("PMC1__f1", caption, tuple(organisms), curated=tuple(curated))


def table(*counts: Counts) -> np.ndarray:
    """Return an array with a row for each of the counts."""
    return np.array([row.values() for row in counts], np.int64).reshape(len(counts), len(FIELDS))


def marked(caption: str, *names: str) -> list[Mention]:
    """Return the first occurrence of each name in a caption."""
    starts = [caption.index(name) for name in names]
    return [
        Mention(start, start + len(name), name) for start, name in zip(starts, names, strict=True)
    ]


def scored(
    matcher: Matcher, figure: Figure, *names: str, scope: Scope | None = None
) -> FigureScore:
    context = FigureContext(figure, scope or Scope(), matcher)
    return score_figure(context, marked(figure.caption, *names))


def symbols(score: FigureScore, level: Level, taxon: int) -> set[str]:
    """Return the symbols of an organism's recovered genes at a level."""
    members = score.context.members
    return {
        members[gene.member].symbol
        for gene in score.genes
        if gene.recovered_at is not None
        and gene.recovered_at not in level.looser()
        and members[gene.member].taxon == taxon
    }


# The seed record, with the mentions that a careful reader marks


@pytest.fixture(scope="module")
def seed_score(seed: Figure, seed_mentions: list[Mention], matcher: Matcher) -> FigureScore:
    return score_figure(FigureContext(seed, Scope(), matcher), seed_mentions)


AT_SYMBOL = {"STAT3", "SRC", "CXCR4", "MMP2"}
AT_SYNONYM = AT_SYMBOL | {"BCL2", "VEGFA"}
AT_FAMILY = AT_SYNONYM | set("JAK1 JAK2 JAK3 TYK2 VEGFB VEGFC VEGFD PGF FGR FYN YES1".split())


def test_seed_has_13_names(seed_score: FigureScore) -> None:
    names = [name.name for name in seed_score.names]

    assert len(names) == 13
    assert {"MMP2", "MMP9"} <= set(names)


@pytest.mark.parametrize(
    ("level", "recovered"), [(SYMBOL, AT_SYMBOL), (SYNONYM, AT_SYNONYM), (FAMILY, AT_FAMILY)]
)
def test_seed_human_genes_are_recovered(
    seed_score: FigureScore, level: Level, recovered: set[str]
) -> None:
    assert symbols(seed_score, level, HUMAN) == recovered


@pytest.mark.parametrize(("level", "genes"), [(SYMBOL, 4), (SYNONYM, 6), (FAMILY, 17)])
def test_seed_human_counts(seed_score: FigureScore, level: Level, genes: int) -> None:
    counts = seed_score.counts[level]["human"]

    assert (counts.curated, counts.recovered, counts.reachable) == (34, genes, genes)
    assert counts.recall == genes / 34
    assert counts.in_caption_recall == 1.0


def test_seed_has_7_human_hits_at_family(seed_score: FigureScore) -> None:
    hits = {
        name.name
        for name in seed_score.names
        if any(seed_score.context.taxon(member) == HUMAN for member in name.hits[FAMILY])
    }

    assert hits == {"STAT3", "JAK", "Bcl-2", "VEGF", "Src", "CXCR4", "MMP2"}
    assert seed_score.counts[FAMILY]["human"].hits == 7


def test_seed_recovers_no_fly_gene_at_symbol(seed_score: FigureScore) -> None:
    counts = seed_score.counts[SYMBOL]["fly"]

    assert (counts.curated, counts.recovered, counts.hits) == (22, 0, 0)
    assert counts.precision == 0.0
    assert counts.in_caption_recall is None


def test_seed_recovers_fly_genes_at_family(seed_score: FigureScore) -> None:
    genes = set("hop Debcl Pvf1 Pvf2 Pvf3 Pvr Src42A Src64B Mmp2".split())

    assert genes <= symbols(seed_score, FAMILY, FLY)


def test_seed_scope_is_that_of_its_text_mining(seed_score: FigureScore) -> None:
    assert seed_score.context.scope == (HUMAN, FLY)


def test_seed_pooled_counts_are_sums_over_organisms(seed_score: FigureScore) -> None:
    for level in Level:
        pooled, human, fly = (seed_score.counts[level][label] for label in ("all", "human", "fly"))
        assert pooled.names == 13
        assert pooled.curated == human.curated + fly.curated == 56
        assert pooled.recovered == human.recovered + fly.recovered
        assert pooled.reachable == human.reachable + fly.reachable


# Counts of one figure


@pytest.fixture(scope="module")
def mixed(matcher: Matcher) -> FigureScore:
    """Score a name for each of two organisms, a gene off the list, and an unknown name."""
    case = figure("TP53 and MDM2 act on bsk, EGFR and XYZQW.", "TP53 MDM2 JAK1", "bsk hop")
    return scored(matcher, case, "TP53", "bsk", "EGFR", "XYZQW")


@pytest.mark.parametrize(
    ("organism", "counts"),
    [
        # For one organism: the names that hit it, and the two that hit nothing, of which EGFR is a
        # gene of an organism in scope. Claimed: TP53 and EGFR; bsk; all three.
        ("human", Counts(3, 1, 3, 1, 2, recovered_reachable=1, gene_names=2, claimed=2)),
        ("fly", Counts(3, 1, 2, 1, 1, recovered_reachable=1, gene_names=2, claimed=1)),
        ("all", Counts(4, 2, 5, 2, 3, recovered_reachable=2, gene_names=3, claimed=3)),
    ],
)
def test_counts_per_organism(mixed: FigureScore, organism: str, counts: Counts) -> None:
    assert mixed.counts[SYMBOL][organism] == counts


def test_rates_of_the_counts(mixed: FigureScore) -> None:
    pooled, human = mixed.counts[SYMBOL]["all"], mixed.counts[SYMBOL]["human"]

    assert pooled.precision == 2 / 4
    assert pooled.recall == 2 / 5
    assert pooled.in_caption_recall == 2 / 3
    assert pooled.f1 == pytest.approx(2 * 0.5 * 0.4 / 0.9)
    assert human.precision == 1 / 3


def test_name_of_another_organism_does_not_lower_precision(matcher: Matcher) -> None:
    score = scored(matcher, figure("TP53, MDM2 and bsk", "TP53 MDM2", "bsk"), "TP53", "MDM2", "bsk")

    assert score.counts[SYMBOL]["human"].precision == 1.0
    assert score.counts[SYMBOL]["fly"].precision == 1.0
    assert score.counts[SYMBOL]["fly"].names == 1


def test_one_name_can_hit_both_organisms(matcher: Matcher) -> None:
    score = scored(matcher, figure("p53 acts", "TP53", "p53"), "p53")

    assert score.counts[SYNONYM]["human"] == Counts(1, 1, 1, 1, 1, 1, 1, 1)
    assert score.counts[SYNONYM]["fly"] == Counts(1, 1, 1, 1, 1, 1, 1, 1)
    assert score.counts[SYNONYM]["all"] == Counts(1, 1, 2, 2, 2, 2, gene_names=1, claimed=2)


def test_precision_counts_names_and_recall_counts_genes(matcher: Matcher) -> None:
    case = figure("JAK signals", "JAK1 JAK2 JAK3 TYK2 STAT3", organisms=["Homo sapiens"])

    counts = scored(matcher, case, "JAK").counts[FAMILY]["human"]

    assert counts == Counts(1, 1, 5, 4, 4, recovered_reachable=4, gene_names=1, claimed=4)


def test_several_names_of_one_gene_recover_it_once(matcher: Matcher) -> None:
    case = figure("BCL2, also Bcl-2, again BCL2", "BCL2", organisms=["Homo sapiens"])

    counts = scored(matcher, case, "BCL2", "Bcl-2").counts[SYNONYM]["human"]

    assert counts == Counts(2, 2, 1, 1, 1, recovered_reachable=1, gene_names=2, claimed=1)


def test_repeated_mentions_are_one_name(matcher: Matcher) -> None:
    case = figure("STAT3 STAT3", "STAT3", organisms=["Homo sapiens"])
    context = FigureContext(case, Scope(), matcher)

    score = score_figure(context, [Mention(0, 5, "STAT3"), Mention(6, 11, "STAT3")])

    assert score.counts[SYMBOL]["human"].names == 1
    assert len(score.names[0].mentions) == 2


def test_composite_mention_is_several_names(matcher: Matcher) -> None:
    case = figure("MMP2/9 rise", "MMP2", organisms=["Homo sapiens"])

    counts = scored(matcher, case, "MMP2/9").counts[SYMBOL]["human"]

    assert (counts.names, counts.hits, counts.recovered) == (2, 1, 1)


def test_fly_gene_is_not_counted_in_a_human_figure(matcher: Matcher) -> None:
    case = figure("the dorsal side", "TP53", "dl", organisms=["Homo sapiens"])

    score = scored(matcher, case, "dorsal")

    assert score.counts[FAMILY]["human"] == Counts(names=1, curated=1)
    assert "fly" not in score.counts[FAMILY]


def test_case_distinguishes_dl_from_delta(matcher: Matcher) -> None:
    case = figure("Dl and so on", fly="Dl dl", organisms=["Drosophila melanogaster"])

    score = scored(matcher, case, "Dl")

    assert symbols(score, SYMBOL, FLY) == {"Dl"}
    assert symbols(score, SYNONYM, FLY) == {"Dl"}
    assert symbols(score, FAMILY, FLY) == {"Dl", "dl"}


def test_previous_symbol_of_a_curated_gene_is_the_same_gene(matcher: Matcher) -> None:
    case = figure("IL8", "CXCL8 IL8", organisms=["Homo sapiens"])

    assert scored(matcher, case, "IL8").counts[SYNONYM]["human"].curated == 1


def test_gene_unknown_to_the_lexicon_is_matched_by_its_symbol(matcher: Matcher) -> None:
    case = figure("ZZTOP9 and zztop9", "ZZTOP9 TP53", organisms=["Homo sapiens"])

    counts = scored(matcher, case, "zztop9").counts[SYMBOL]["human"]

    assert (counts.hits, counts.curated, counts.recovered) == (1, 2, 1)


def test_unknown_fly_gene_is_matched_with_case(matcher: Matcher) -> None:
    case = figure("Zztop9 and zztop9", fly="zztop9", organisms=["Drosophila melanogaster"])

    assert scored(matcher, case, "Zztop9").counts[SYMBOL]["fly"].recovered == 0
    assert scored(matcher, case, "zztop9").counts[SYMBOL]["fly"].recovered == 1


# Gene precision and claimed genes


def test_gene_precision_counts_names_of_genes_on_the_list_or_off_it(matcher: Matcher) -> None:
    case = figure("JAK, MAPK, EGFR, upd3 and XYZQW", "JAK1 JAK2", organisms=["Homo sapiens"])

    score = scored(matcher, case, "JAK", "MAPK", "EGFR", "upd3", "XYZQW")

    # At `symbol` a family is no gene, and upd3 is a gene of an organism out of scope.
    assert [score.counts[level]["human"].gene_names for level in Level] == [1, 1, 3]
    assert score.counts[FAMILY]["human"].gene_precision == 3 / 5
    assert score.counts[FAMILY]["human"].precision == 1 / 5


def test_claim_precision_charges_for_every_gene_that_a_name_can_mean(matcher: Matcher) -> None:
    case = figure("JAK and EGFR", "JAK1 JAK2", organisms=["Homo sapiens"])

    counts = scored(matcher, case, "JAK", "EGFR").counts[FAMILY]["human"]

    assert (counts.recovered, counts.claimed) == (2, 5)  # JAK1, JAK2, JAK3, TYK2, EGFR
    assert counts.claim_precision == 2 / 5


def test_a_claimed_gene_that_the_lexicon_lacks_counts_once(matcher: Matcher) -> None:
    case = figure("ZZTOP9 and zztop9", "ZZTOP9", organisms=["Homo sapiens"])

    counts = scored(matcher, case, "ZZTOP9", "zztop9").counts[FAMILY]["human"]

    assert (counts.claimed, counts.recovered, counts.gene_names) == (1, 1, 2)


# Reachable genes


def reached(matcher: Matcher, caption: str, *genes: CuratedGene) -> set[str]:
    """Return the symbols that a caption reaches at `family`, whatever a model finds."""
    organisms = ("Homo sapiens", "Drosophila melanogaster")
    context = FigureContext(Figure("PMC1__f1", caption, organisms, curated=genes), Scope(), matcher)
    return {context.members[member].symbol for member in context.reachable[FAMILY]}


@pytest.mark.parametrize(
    ("caption", "words", "is_reachable"),
    [
        ("set on a path", (), False),  # English
        ("a SET complex", (), True),
        ("set on a path", ("set",), True),  # the word that put the gene on the list
        ("set on a path", ("SET",), False),  # in exact case only
        ("the XYZQ pathway", ("(XYZQ,",), True),  # a word that no lexicon knows
        ("the XYZQ pathway. XYZQ: xylyl zinc quinone", ("XYZQ",), False),
    ],
)
def test_a_list_word_reaches_its_gene(
    matcher: Matcher, caption: str, words: tuple[str, ...], is_reachable: bool
) -> None:
    gene = CuratedGene(HUMAN, "SET", words=words)
    assert reached(matcher, caption, gene) == ({"SET"} if is_reachable else set())


def test_an_english_word_that_is_a_symbol_in_exact_case_is_reachable(matcher: Matcher) -> None:
    assert reached(matcher, "the for locus", CuratedGene(FLY, "for")) == {"for"}
    assert reached(matcher, "For the locus", CuratedGene(FLY, "for")) == set()


def test_what_a_model_finds_does_not_change_what_is_reachable(matcher: Matcher) -> None:
    case = figure("the white rest", fly="w", organisms=["Drosophila melanogaster"])

    silent, found = scored(matcher, case), scored(matcher, case, "white")

    assert found.counts[FAMILY]["fly"].recovered == 1
    assert silent.context.reachable == found.context.reachable
    assert found.counts[FAMILY]["fly"].recovered_reachable == 0
    assert found.counts[FAMILY]["fly"].in_caption_recall is None


def test_a_name_means_the_genes_that_it_put_on_the_list(matcher: Matcher) -> None:
    genes = (CuratedGene(HUMAN, "FZD1", words=("Frizzled",)), CuratedGene(HUMAN, "TP53"))
    case = Figure("PMC1__f1", "frizzled and p53", ("Homo sapiens",), curated=genes)

    score = scored(matcher, case, "frizzled")

    assert symbols(score, FAMILY, HUMAN) == {"FZD1"}
    assert symbols(score, SYNONYM, HUMAN) == set()


def test_a_gene_whose_id_the_lexicon_lacks_is_not_merged_with_another(matcher: Matcher) -> None:
    # HER2, a synonym, is ERBB2 without an id, and another gene with an id of its own.
    lexicon = matcher.nomenclature[HUMAN]
    other = CuratedGene(HUMAN, "ERBB2", lexicon.gene_ids[lexicon.exact["ERBB2"]])
    own = CuratedGene(HUMAN, "HER2", "999999999")
    assert matcher.row(CuratedGene(HUMAN, "HER2")) == lexicon.exact["ERBB2"]
    assert matcher.row(own) is None

    case = Figure("PMC1__f1", "ERBB2 and HER2", ("Homo sapiens",), curated=(other, own))

    assert scored(matcher, case).counts[SYMBOL]["human"].curated == 2
    assert symbols(scored(matcher, case, "HER2"), SYMBOL, HUMAN) == {"HER2"}


def test_a_former_symbol_with_an_id_that_the_lexicon_lacks_stays_apart(matcher: Matcher) -> None:
    lexicon = matcher.nomenclature[HUMAN]
    new = CuratedGene(HUMAN, "CXCL8", lexicon.gene_ids[lexicon.exact["CXCL8"]])
    old = CuratedGene(HUMAN, "IL8", "999999999")
    for curated in ((new, old), (old, new)):
        case = Figure("PMC1__f1", "IL8", ("Homo sapiens",), curated=curated)
        assert scored(matcher, case).counts[SYMBOL]["human"].curated == 2


# Undefined rates


def test_precision_without_mentions_is_undefined(matcher: Matcher) -> None:
    counts = scored(matcher, figure("TP53 acts", "TP53")).counts[SYMBOL]["human"]

    assert counts.precision is None
    assert counts.recall == 0.0
    assert counts.in_caption_recall == 0.0


def test_silence_never_raises_macro_f1(matcher: Matcher) -> None:
    case = figure("TP53 and JAK1 act", "TP53 JAK1")
    found = scored(matcher, case, "TP53", "TP53 and").counts[SYMBOL]["human"]
    silent = scored(matcher, case).counts[SYMBOL]["human"]
    means, defined = macro(np.array([found.values(), silent.values()]))

    assert found.f1 == 0.5  # one of two names, one of two genes
    assert means["f1"] == 0.25
    assert (defined["precision"], defined["f1"]) == (1, 2)


def test_empty_caption_counts_its_genes_as_missed(matcher: Matcher) -> None:
    counts = scored(matcher, figure("", "TP53 JAK1")).counts[FAMILY]["human"]

    assert counts == Counts(curated=2)
    assert counts.recall == 0.0
    assert counts.in_caption_recall is None


def test_recall_without_curated_genes_is_undefined(matcher: Matcher) -> None:
    counts = scored(matcher, figure("TP53 acts"), "TP53").counts[SYMBOL]["all"]

    assert counts.recall is None
    assert counts.precision == 0.0
    assert counts.f1 is None


def test_rates_of_empty_counts_are_undefined() -> None:
    assert Counts().rates() == dict.fromkeys(RATES)


@pytest.mark.parametrize(
    ("counts", "f1"),
    [
        (Counts(names=4, hits=2, curated=2, recovered=1), 0.5),
        (Counts(names=4, hits=1, curated=4, recovered=3), 2 * 0.25 * 0.75),
        (Counts(names=4, curated=4), 0.0),
        (Counts(names=4, hits=4), None),
        (Counts(curated=4), 0.0),
        (Counts(names=4), None),
    ],
)
def test_f1_is_the_harmonic_mean(counts: Counts, f1: float | None) -> None:
    assert counts.f1 == f1


# Groups


def grouped(matcher: Matcher, *names: str) -> FigureScore:
    curated = [
        CuratedGene(HUMAN, symbol, words=("VEGF",)) for symbol in "VEGFA VEGFB VEGFC PGF".split()
    ]
    curated += [CuratedGene(HUMAN, "JAK1", words=("JAK", "JAK1")), CuratedGene(HUMAN, "TP53")]
    case = Figure("PMC1__f1", "VEGF and JAK1", ("Homo sapiens",), curated=tuple(curated))
    return scored(matcher, case, *names)


@pytest.mark.parametrize(
    ("names", "level", "groups_found"),
    [
        ([], FAMILY, 0),
        (["VEGF"], SYMBOL, 0),
        (["VEGF"], SYNONYM, 1),  # VEGFA alone, which is enough
        (["VEGF"], FAMILY, 1),
        (["JAK1"], SYMBOL, 2),  # listed by two words
        (["VEGF", "JAK1"], FAMILY, 3),
    ],
)
def test_group_is_found_if_any_member_is_recovered(
    matcher: Matcher, names: list[str], level: Level, groups_found: int
) -> None:
    counts = grouped(matcher, *names).counts[level]["human"]

    assert (counts.groups, counts.groups_found) == (3, groups_found)
    assert counts.group_recall == groups_found / 3


def test_a_joint_word_is_a_group_for_each_of_its_parts(matcher: Matcher) -> None:
    curated = [
        CuratedGene(HUMAN, symbol, words=("AMPK,p53",), parts=(("AMPK,p53", part),))
        for symbol, part in (("PRKAA1", "AMPK"), ("PRKAA2", "AMPK"), ("TP53", "P53"))
    ]
    case = Figure("PMC1__f1", "AMPK and p53", ("Homo sapiens",), curated=tuple(curated))

    counts = scored(matcher, case, "AMPK").counts[FAMILY]["human"]

    assert (counts.groups, counts.groups_found) == (2, 1)


def test_record_without_words_has_no_groups(mixed: FigureScore) -> None:
    assert mixed.counts[FAMILY]["all"].groups == 0
    assert mixed.counts[FAMILY]["all"].group_recall is None


# Averages

A = Counts(names=2, hits=1, curated=4, recovered=1, reachable=1, recovered_reachable=1)
B = Counts(names=8, hits=8, curated=1, recovered=1, reachable=1, recovered_reachable=1)
C = Counts(curated=5)


def test_micro_sums_counts() -> None:
    total = micro(table(A, B, C))

    assert total == Counts(10, 9, 10, 2, reachable=2, recovered_reachable=2)
    assert total.precision == 0.9
    assert total.recall == 0.2


def test_macro_averages_over_the_figures_that_define_a_rate() -> None:
    means, figures = macro(table(A, B, C))

    assert means["precision"] == 0.75
    assert figures["precision"] == 2
    assert means["recall"] == pytest.approx((0.25 + 1 + 0) / 3)
    assert figures["recall"] == 3
    assert means["in_caption_recall"] == 1.0
    assert means["group_recall"] is None
    assert figures["group_recall"] == 0


def test_averages_without_figures_are_empty() -> None:
    assert micro(table()) == Counts()
    assert macro(table()) == (dict.fromkeys(RATES), dict.fromkeys(RATES, 0))


def test_counts_add() -> None:
    assert micro(table(A, B)) == A + B
    assert sum([A, B, C], Counts()) == micro(table(C, B, A))


# Scope


@pytest.mark.parametrize(
    ("organisms", "mined", "curated", "taxa"),
    [
        (["Homo sapiens"], ["Drosophila melanogaster"], "", (HUMAN,)),
        (["Mus musculus", "Drosophila melanogaster"], ["Homo sapiens"], "", (FLY,)),
        (["Drosophila melanogaster", "Homo sapiens"], [], "", (HUMAN, FLY)),
        (["NA"], ["Drosophila melanogaster"], "TP53", (FLY,)),
        ([], ["Homo sapiens", "Rattus norvegicus"], "", (HUMAN,)),
        (["Mus musculus"], ["Rattus norvegicus"], "TP53", (HUMAN,)),
        (["NA"], [], "TP53", (HUMAN,)),
        ([], [], "", ()),
        (["Drosophila"], [], "TP53", (FLY,)),
        (["drosophila  MELANOGASTER"], [], "TP53", (FLY,)),
        (["Mus musculus"], [], "", ()),
    ],
)
def test_auto_scope(
    nomenclature: Nomenclature,
    organisms: list[str],
    mined: list[str],
    curated: str,
    taxa: tuple[int, ...],
) -> None:
    genes = tuple(CuratedGene(HUMAN, symbol) for symbol in curated.split())
    case = Figure("PMC1__f1", "", tuple(organisms), tuple(mined), genes)

    assert Scope().resolve(case, nomenclature)[0] == taxa


@pytest.mark.parametrize(
    ("text", "taxa"),
    [
        ("auto", None),
        ("human", (HUMAN,)),
        ("fly", (FLY,)),
        ("all", (HUMAN, FLY)),
        ("7227", (FLY,)),
        ("9606,7227", (HUMAN, FLY)),
        ("7227, human", (FLY, HUMAN)),
        ("human,9606", (HUMAN,)),
    ],
)
def test_scope_is_parsed(
    nomenclature: Nomenclature, text: str, taxa: tuple[int, ...] | None
) -> None:
    assert Scope.parse(text, nomenclature).taxa == taxa


@pytest.mark.parametrize("text", ["mouse", "10090", "", "human,", "human;fly", "HUMANITY"])
def test_unknown_organism_is_refused(nomenclature: Nomenclature, text: str) -> None:
    with pytest.raises(NerbenchError, match=r"unknown organism .*human \(9606\), fly \(7227\)"):
        Scope.parse(text, nomenclature)


def test_explicit_scope_overrides_the_record(matcher: Matcher) -> None:
    case = figure("bsk and TP53", "TP53", "bsk", organisms=["Homo sapiens"])

    score = scored(matcher, case, "bsk", scope=Scope((FLY,)))

    assert set(score.counts[SYMBOL]) == {"fly", "all"}
    assert score.counts[SYMBOL]["all"] == Counts(1, 1, 1, 1, 1, 1, 1, 1)


def test_genes_out_of_scope_are_not_counted(matcher: Matcher) -> None:
    case = figure("bsk and TP53", "TP53", "bsk", organisms=["Homo sapiens"])

    assert scored(matcher, case, "bsk").counts[SYMBOL]["all"] == Counts(1, 0, 1, 0, 1)


# Reasons


@pytest.mark.parametrize(
    ("caption", "gene", "names", "level", "reason"),
    [
        ("TP53 acts", "TP53", ["TP53"], SYMBOL, None),
        ("nothing here", "KRAS", [], FAMILY, "not-in-caption"),
        ("EGFR signals", "EGFR", [], FAMILY, "not-detected"),
        ("EGFR signals", "EGFR", ["signals"], FAMILY, "not-detected"),
        ("the tumor necrosis factor", "TNF", ["tumor"], FAMILY, "wrong-boundary"),
        ("JAK signals", "JAK1", ["JAK"], SYNONYM, "looser-level-only"),
        ("Bcl-2 signals", "BCL2", ["Bcl-2"], SYMBOL, "looser-level-only"),
        ("JAK signals", "JAK1", ["JAK"], FAMILY, None),
        ("JAK signals", "JAK1", [], SYNONYM, "not-in-caption"),
        ("JAK signals", "JAK1", [], FAMILY, "not-detected"),
    ],
)
def test_missed_gene_has_one_reason(
    matcher: Matcher, caption: str, gene: str, names: list[str], level: Level, reason: str | None
) -> None:
    score = scored(matcher, figure(caption, gene, organisms=["Homo sapiens"]), *names)

    assert miss_reason(score, score.genes[0], level) == reason


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("TP53", "on-list"),
        ("EGFR", "gene-not-on-list"),
        ("IL-8", "gene-not-on-list"),
        ("MAPK", "family-not-on-list"),
        ("dAkt", "other-organism"),
        ("XYZQW", "unknown"),
    ],
)
def test_a_name_has_one_outcome(matcher: Matcher, name: str, outcome: str) -> None:
    score = scored(matcher, figure(name, "TP53", organisms=["Homo sapiens"]), name)

    assert name_outcome(score.context, score.names[0], FAMILY) == outcome


def test_short_form_of_another_thing_is_not_a_gene(
    matcher: Matcher,
) -> None:
    caption = "Reactive oxygen species (ROS) act on TP53. ROS rise."
    case = figure(caption, "ROS1 TP53", organisms=["Homo sapiens"])

    score = scored(matcher, case, "ROS")

    assert score.counts[FAMILY]["human"].hits == 0
    assert name_outcome(score.context, score.names[0], FAMILY) == "defined-otherwise"


# A whole evaluation


def figures() -> list[Figure]:
    human, fly = ("Homo sapiens",), ("Drosophila melanogaster",)
    curated = {
        "f1": (CuratedGene(HUMAN, "TP53"), CuratedGene(HUMAN, "MDM2"), CuratedGene(HUMAN, "JAK1")),
        "f2": (CuratedGene(HUMAN, "BCL2"), CuratedGene(FLY, "Debcl")),
        "f3": (CuratedGene(FLY, "hop"),),
        "f4": (CuratedGene(HUMAN, "EGFR"),),
        "f5": (),
    }
    return [
        Figure("f1", "p53 and MDM2, EGFR too", human, curated=curated["f1"]),
        Figure("f2", "Bcl-2 and Bax", (*human, *fly), curated=curated["f2"]),
        Figure("f3", "", fly, curated=curated["f3"]),
        Figure("f4", "ErbB1", human, curated=curated["f4"]),
        Figure("f5", "KRAS", human, curated=curated["f5"]),
    ]


MARKS = {"f1": ["p53", "MDM2", "EGFR"], "f2": ["Bcl-2", "Bax"], "f5": ["KRAS"]}


@pytest.fixture(scope="module")
def evaluation(nomenclature: Nomenclature) -> Evaluation:
    mentions = {f.figid: marked(f.caption, *MARKS.get(f.figid, [])) for f in figures()}
    return evaluate(
        figures(), Precomputed("fixed", mentions), level="synonym", nomenclature=nomenclature
    )


def row(evaluation: Evaluation, organism: str, average: str = "micro") -> dict[str, object]:
    (score,) = [
        score
        for score in evaluation.scores
        if (score.organism, score.level, score.average) == (organism, "synonym", average)
    ]
    return score.flat()


def test_micro_row_of_an_evaluation(evaluation: Evaluation) -> None:
    total = row(evaluation, "all")

    # Names: p53, MDM2, EGFR; Bcl-2, Bax. Hits: p53, MDM2, Bcl-2. Figure f5 lists no gene.
    # Genes: 3 + 2 + 1 + 1; recovered TP53, MDM2, BCL2, Debcl; EGFR reachable by ErbB1.
    assert (total["names"], total["hits"]) == (5, 3)
    assert (total["curated"], total["recovered"], total["reachable"]) == (7, 4, 5)
    assert (total["precision"], total["recall"]) == (0.6, 4 / 7)
    assert total["in_caption_recall"] == 0.8
    assert total["figures"] == 4


def test_a_figure_counts_for_the_organisms_that_its_list_has_genes_of(
    nomenclature: Nomenclature,
) -> None:
    both = ("Homo sapiens", "Drosophila melanogaster")
    case = [
        Figure("f1", "p53 and hop", both, curated=(CuratedGene(HUMAN, "TP53"),)),
        Figure("f2", "p53 and hop", both, curated=(CuratedGene(FLY, "hop"),)),
        Figure("f3", "p53 and hop", both, curated=(CuratedGene(10090, "Trp53"),)),
    ]
    mentions = {f.figid: marked(f.caption, "p53", "hop") for f in case}
    model = Precomputed("fixed", mentions)
    result = evaluate(case, model, level="synonym", nomenclature=nomenclature)

    human, fly = row(result, "human"), row(result, "fly")
    assert (human["figures"], human["names"], human["hits"], human["curated"]) == (1, 2, 1, 1)
    assert (fly["figures"], fly["names"], fly["hits"], fly["curated"]) == (1, 2, 1, 1)
    assert row(result, "all")["figures"] == 2
    assert result.corpus.left_out == {"no curated gene of an organism in scope": ("f3",)}
    assert result.corpus.notes() == [
        "1 figure not scored (no curated gene of an organism in scope): f3"
    ]


@pytest.fixture(scope="module")
def of_each_source() -> list[Figure]:
    """Figures whose record names the organism, whose text mining does, and whose list does."""
    human, fly = ("Homo sapiens",), ("Drosophila melanogaster",)
    genes = (CuratedGene(HUMAN, "TP53"), CuratedGene(FLY, "hop"))
    return [
        Figure("f1", "p53 and hop", human, curated=genes),
        Figure("f2", "p53 and hop", ("NA",), (*human, *fly), curated=genes),
        Figure("f3", "p53 and hop", curated=genes),
        Figure("f4", "p53 and hop", ("Mus musculus",), curated=genes),
    ]


def test_a_row_says_for_how_many_figures_the_organism_is_inferred(
    nomenclature: Nomenclature, of_each_source: list[Figure]
) -> None:
    result = evaluate(of_each_source, Precomputed("fixed", {}), nomenclature=nomenclature)
    counts = {(r.organism, r.figures, r.inferred_scope) for r in result.scores}
    assert counts == {("human", 4, 3), ("fly", 3, 3), ("all", 4, 3)}


@pytest.mark.parametrize(
    ("organism", "figures"),
    [("auto", {"human": 1, "all": 1}), ("all", {"human": 1, "all": 1}), ("fly", {})],
)
def test_scope_from_organisms_leaves_out_what_is_inferred(
    nomenclature: Nomenclature,
    of_each_source: list[Figure],
    organism: str,
    figures: dict[str, int],
) -> None:
    result = evaluate(
        of_each_source,
        Precomputed("fixed", {}),
        organism=organism,
        scope_from="organisms",
        nomenclature=nomenclature,
    )
    assert {r.organism: r.figures for r in result.scores} == figures
    assert {r.inferred_scope for r in result.scores} <= {0}
    left_out = ("f1", "f2", "f3", "f4") if organism == "fly" else ("f2", "f3", "f4")
    assert result.corpus.left_out == {"no supported organism named by the record": left_out}
    assert "|scope:" + str(result.scope) in result.signature
    assert Scope.read(str(result.scope)) == result.scope


def test_another_source_of_the_scope_is_refused(nomenclature: Nomenclature) -> None:
    with pytest.raises(NerbenchError, match="unknown source of the scope 'title': use organisms"):
        evaluate(figures(), Precomputed("fixed", {}), scope_from="title", nomenclature=nomenclature)


def test_fly_row_counts_figures_with_a_fly_gene(evaluation: Evaluation) -> None:
    fly = row(evaluation, "fly")

    assert fly["figures"] == 2
    assert (fly["names"], fly["hits"], fly["curated"], fly["recovered"]) == (2, 1, 2, 1)


def test_macro_row_averages_over_the_figures_that_define_a_rate(evaluation: Evaluation) -> None:
    mean = row(evaluation, "all", "macro")

    assert mean["precision"] == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert mean["recall"] == pytest.approx((2 / 3 + 1 + 0 + 0) / 4)


def test_undefined_rate_of_a_figure_is_null(evaluation: Evaluation) -> None:
    rows = {row["figid"]: row for row in evaluation.figure_rows}

    assert rows["f3"]["precision"] is None
    assert rows["f3"]["recall"] == 0.0
    assert rows["f3"]["in_caption_recall"] is None
    assert "f5" not in rows


def test_unknown_level_is_refused(nomenclature: Nomenclature) -> None:
    with pytest.raises(NerbenchError, match=r"unknown level 'gene': use symbol, synonym, family"):
        evaluate(figures(), Precomputed("fixed", {}), level="gene", nomenclature=nomenclature)


def test_two_models_of_one_name_are_refused(nomenclature: Nomenclature) -> None:
    with pytest.raises(NerbenchError, match="two models are called 'fixed'"):
        evaluate(
            figures(),
            [Precomputed("fixed", {}), Precomputed("fixed", {})],
            nomenclature=nomenclature,
        )


# Against scikit-learn, on the binary outcomes of names and genes


def check_against_scikit_learn(evaluation: Evaluation) -> None:
    for model in evaluation.models:
        names = [
            r["outcome"] == "on-list" for r in evaluation.name_rows if r["model"] == model.name
        ]
        genes = [
            r["outcome"] == "recovered" for r in evaluation.gene_rows if r["model"] == model.name
        ]
        (total,) = [
            r
            for r in evaluation.scores
            if (r.model, r.organism, r.level, r.average)
            == (model.name, "all", str(evaluation.level), "micro")
        ]
        # Every name is predicted to be right; every curated gene is to be found.
        precision = precision_score(names, [True] * len(names), zero_division=math.nan)
        recall = recall_score([True] * len(genes), genes, zero_division=math.nan)
        assert (total.counts.names, total.counts.curated) == (len(names), len(genes))
        assert total.rates["precision"] == pytest.approx(precision)
        assert total.rates["recall"] == pytest.approx(recall)


@pytest.mark.parametrize("level", list(Level))
def test_micro_rates_agree_with_scikit_learn(nomenclature: Nomenclature, level: Level) -> None:
    mentions = {f.figid: marked(f.caption, *MARKS.get(f.figid, [])) for f in figures()}
    models = [Precomputed("fixed", mentions), LexiconRecognizer(nomenclature=nomenclature)]

    check_against_scikit_learn(evaluate(figures(), models, level=level, nomenclature=nomenclature))


@pytest.mark.parametrize("level", list(Level))
def test_macro_rates_agree_with_scikit_learn(nomenclature: Nomenclature, level: Level) -> None:
    model = LexiconRecognizer(nomenclature=nomenclature)
    result = evaluate(figures(), model, level=level, nomenclature=nomenclature)
    by_figure: dict[str, list[bool]] = {}
    for gene in result.gene_rows:
        by_figure.setdefault(gene["figid"], []).append(gene["outcome"] == "recovered")

    recalls = [recall_score([True] * len(hits), hits) for hits in by_figure.values()]

    (mean,) = [
        score.rates["recall"]
        for score in result.scores
        if (score.organism, score.level, score.average) == ("all", str(level), "macro")
    ]
    assert mean == pytest.approx(sum(recalls) / len(recalls))


@pytest.mark.parametrize("level", list(Level))
def test_real_records_agree_with_scikit_learn(
    shared: Path, nomenclature: Nomenclature, level: Level
) -> None:
    folder = shared / "pfocr" / "records-2023"
    if not folder.is_dir():
        pytest.skip("no ../shared/pfocr/records-2023 beside this checkout")
    corpus = open_corpus(folder, nomenclature=nomenclature, limit=20)
    model = LexiconRecognizer(nomenclature=nomenclature)

    check_against_scikit_learn(evaluate(corpus, model, level=level, nomenclature=nomenclature))
