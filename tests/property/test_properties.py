"""Properties that hold for every name, caption and list of mentions."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from fakes import Precomputed
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import (
    FLY,
    HUMAN,
    SEPARATORS,
    TAXA,
    captions,
    curated_sets,
    gene_words,
    marked_captions,
    names,
    organism_lists,
    records,
    spoiled,
    taxa,
)

from nerbench import CuratedGene, Figure, Level, Mention, RecordError, evaluate
from nerbench.corpus import open_corpus
from nerbench.corpus.pfocr import parse_record
from nerbench.folding import fold, normalize_space, normalize_typography, pieces
from nerbench.nomenclature import abbreviations
from nerbench.nomenclature.affixes import remove_genotype
from nerbench.nomenclature.composites import split_composite
from nerbench.nomenclature.keywords import assign_keywords
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.nomenclature.matcher import Matcher
from nerbench.nomenclature.scan import is_english, is_ordinary, scanner
from nerbench.reports.summary import summary_json
from nerbench.scoring.counts import FIELDS, Counts
from nerbench.scoring.figure import FigureContext, FigureScore, score_figure
from nerbench.scoring.rates import macro, micro
from nerbench.scoring.reasons import MissReason, Outcome
from nerbench.scoring.scope import Scope


def score(
    matcher: Matcher,
    caption: str,
    curated: tuple[CuratedGene, ...],
    mentions: Sequence[Mention],
    organisms: tuple[str, ...] = (),
) -> FigureScore:
    one = Figure("PMC1__f1", caption, organisms, curated=curated)
    return score_figure(FigureContext(one, Scope(), matcher), mentions)


# Folding


@given(st.text())
def test_folding_never_fails_and_leaves_no_separator(text: str) -> None:
    plain = unicodedata.normalize("NFKC", text)

    assert not set(fold(plain)) & set(SEPARATORS)
    assert isinstance(fold(text), str)


@given(st.text())
def test_normalize_space_is_idempotent(text: str) -> None:
    assert normalize_space(normalize_space(text)) == normalize_space(text)


# A combining mark joins its letter in the next round, if something invisible was between.
@given(st.text(st.characters(exclude_categories=["Mn", "Mc", "Cs"])))
def test_typography_is_idempotent(text: str) -> None:
    assert normalize_typography(normalize_typography(text)) == normalize_typography(text)


@given(
    st.lists(st.text("abckzABCKZ0123456789", min_size=1, max_size=5), min_size=2, max_size=5),
    st.lists(st.text(SEPARATORS, max_size=2), min_size=8, max_size=8),
    st.data(),
)
def test_folding_ignores_dashes_spaces_and_case(
    words: list[str], gaps: list[str], data: st.DataObject
) -> None:
    other = [
        word.upper() if upper else word.lower()
        for word, upper in zip(
            words,
            data.draw(st.lists(st.booleans(), min_size=len(words), max_size=len(words))),
            strict=True,
        )
    ]

    joined = "".join(word + gap for word, gap in zip(other, gaps, strict=False))

    assert fold(joined) == "".join(words).lower()
    assert fold(fold(joined)) == fold(joined)


@given(st.sampled_from(["-", "–", "—", "−", "‑", " ", "\u00a0", "_", ".", " - "]), gene_words)
def test_folding_takes_one_separator_for_another(separator: str, name: str) -> None:
    assert fold(name.replace("-", separator)) == fold(name)


@pytest.mark.parametrize("taxon", [HUMAN, FLY])
def test_folding_is_idempotent_on_every_official_symbol(
    nomenclature: Nomenclature, taxon: int
) -> None:
    changed = [s for s in nomenclature[taxon].symbols if fold(fold(s)) != fold(s)]

    assert changed == []


@given(st.one_of(captions, st.text()))
def test_pieces_cover_the_text_in_order(text: str) -> None:
    spans = [(start, end) for start, end, _, _ in pieces(text)]

    ends = [0, *(end for _, end in spans)]
    assert all(last <= start for last, (start, _) in zip(ends, spans, strict=False))
    assert all(start < end <= len(text) for start, end in spans)
    covered = {at for start, end in spans for at in range(start, end)}
    left_out = "".join(char for at, char in enumerate(text) if at not in covered)
    assert fold(left_out) == ""
    assert not any(char.isalnum() for char in left_out)


@given(captions)
def test_folding_of_a_text_is_that_of_its_pieces(text: str) -> None:
    folded = "".join(folded for _, _, folded, _ in pieces(text))

    assert fold(text) == folded or len(folded) == 1


# Composites


@given(names)
def test_splitting_a_name_gives_distinct_names(text: str) -> None:
    assume(normalize_space(text))

    found = split_composite(text)

    assert found
    assert all(found)
    assert len(set(found)) == len(found)
    assert all(name == normalize_space(name) for name in found)


@given(st.lists(st.sampled_from("STAT3 IL-6 JAK2 mTOR Bcl-xL VEGF TNF-α".split()), min_size=1))
def test_names_joined_by_slashes_are_split_again(words: list[str]) -> None:
    assert split_composite("/".join(words)) == tuple(dict.fromkeys(words))


@given(st.sampled_from(["STAT", "MMP", "IL-", "Smad", "TLR"]), st.integers(1, 9), st.integers(1, 8))
def test_range_has_every_number_in_it(stem: str, first: int, more: int) -> None:
    found = split_composite(f"{stem}{first}-{first + more}")

    assert found == tuple(f"{stem}{n}" for n in range(first, first + more + 1))


# Matching


@given(names, taxa)
def test_levels_nest_for_every_name(matcher: Matcher, name: str, taxon: int) -> None:
    symbol, synonym, family = (matcher.genes(level, name, taxon) for level in Level)

    assert symbol <= synonym <= family


@given(st.data(), taxa)
def test_levels_nest_for_every_spelling_of_the_lexicon(
    matcher: Matcher, data: st.DataObject, taxon: int
) -> None:
    lexicon = matcher.nomenclature[taxon]
    row = data.draw(st.integers(0, len(lexicon.symbols) - 1))
    written = data.draw(st.sampled_from([str, str.upper, str.lower, str.title]))
    spellings = (lexicon.symbols[row], lexicon.full_names[row])

    for name in filter(None, map(written, spellings)):
        symbol, synonym, family = (matcher.genes(level, name, taxon) for level in Level)
        assert symbol <= synonym <= family


@pytest.mark.parametrize("taxon", [HUMAN, FLY])
def test_every_official_symbol_means_its_gene_at_every_level(matcher: Matcher, taxon: int) -> None:
    lexicon = matcher.nomenclature[taxon]
    rows = random.Random(1).sample(range(len(lexicon.symbols)), 3000)

    lost = [
        lexicon.symbols[row]
        for row in rows
        if any(row not in matcher.genes(level, lexicon.symbols[row], taxon) for level in Level)
    ]

    assert lost == []


def test_fly_symbol_in_exact_case_means_that_gene_only(matcher: Matcher) -> None:
    lexicon = matcher.nomenclature[FLY]
    rows = random.Random(2).sample(range(len(lexicon.symbols)), 2000)

    wider = [
        lexicon.symbols[row]
        for row in rows
        if matcher.genes(Level.SYNONYM, lexicon.symbols[row], FLY) != {row}
    ]

    assert wider == []


@given(names, st.sampled_from(["-", "\u2011", "\u2013", "\u2212"]), taxa)
def test_matching_takes_every_dash_alike(
    matcher: Matcher, name: str, dash: str, taxon: int
) -> None:
    assume("/" not in name)
    other = name.replace("-", dash)

    assert matcher.genes(Level.FAMILY, other, taxon) == matcher.genes(Level.FAMILY, name, taxon)


# Scanning


@given(st.one_of(captions, st.text()))
def test_scan_gives_valid_offsets(nomenclature: Nomenclature, text: str) -> None:
    for found in scanner(nomenclature)(text):
        assert 0 <= found.start < found.end <= len(text)
        written = "".join(folded for _, _, folded, _ in pieces(text[found.start : found.end]))
        assert found.key in (written, written.removesuffix("s"))
        assert any(nomenclature[taxon].is_known(found.key) for taxon in nomenclature)


@given(st.one_of(captions, st.text()))
def test_scan_keeps_to_token_borders(nomenclature: Nomenclature, text: str) -> None:
    for found in scanner(nomenclature)(text):
        before, after = text[: found.start][-1:], text[found.end :][:1]
        assert not (before.isalnum() and text[found.start].isalnum())
        assert not (after.isalnum() and text[found.end - 1].isalnum())


@given(captions)
def test_scan_finds_what_trying_every_span_finds(nomenclature: Nomenclature, text: str) -> None:
    expected = set()
    for first, (start, _, _, is_token) in enumerate(pieces(text)):
        key, last_end = "", start
        for next_start, end, folded, _ in pieces(text)[first:]:
            gap = text[last_end:next_start]
            if len(gap) > 3 or (len(gap) > 1 and "." in gap):
                break
            key, last_end = key + folded, end
            known = any(nomenclature[taxon].is_known(key) for taxon in nomenclature)
            if known and (is_token or len(key) > 2):
                expected.add((start, end, key))

    found = {one[:3] for one in scanner(nomenclature)(text)}
    plurals = {
        (start, end, key)
        for start, end, key in found
        if key != "".join(folded for _, _, folded, _ in pieces(text[start:end]))
    }
    assert found - plurals == expected


_WORDS = st.sampled_from(
    "hepatitis B virus (HBV) (A) ( ) the epidermal growth factor receptor(EGFR) (EGFR) "
    "growth-factor (see Fig. 3), AMPK (AMP-activated protein kinase) (AMPK, 10mg don't [IL-6] "
    "IL\u00a06 (IL-6) interleukin (MAPK(ERK)) kinases RNA viruses (ssRNA(+)) ((TF)) (TF)-x tissue "
    "cannot gotta Wont "
    "factor,(TF). a\nb".split(" ")
)


@given(st.lists(st.one_of(_WORDS, st.text(max_size=8)), max_size=30).map(" ".join))
def test_brackets_are_those_that_scispacy_matches(text: str) -> None:
    detection = pytest.importorskip("scispacy.abbreviation")
    doc = abbreviations._tokenize(text)
    matcher = detection.AbbreviationDetector(abbreviations._load_pipeline()).matcher

    contents = [(0, start + 1, end - 1) for _, start, end in matcher(doc) if end - start <= 10]

    assert abbreviations._bracket_contents(doc) == sorted(
        contents, key=lambda match: (match[2], match[1])
    )


@given(gene_words.filter(lambda word: not is_ordinary(word)))
def test_scan_finds_each_known_name_alone(matcher: Matcher, name: str) -> None:
    known = [n for n in matcher.split(name) if any(matcher.genes(Level.FAMILY, n, t) for t in TAXA)]

    assert {found for _, _, found in matcher.find_names(name)} >= set(map(remove_genotype, known))


@given(captions)
def test_spans_of_a_caption_lie_in_it(matcher: Matcher, caption: str) -> None:
    for start, end, name in matcher.find_names(caption):
        assert 0 <= start < end <= len(caption)
        assert name


# Scoring


@given(marked_captions(), curated_sets, organism_lists)
def test_counts_are_within_those_that_bound_them(
    matcher: Matcher,
    marked: tuple[str, list[Mention]],
    curated: tuple[CuratedGene, ...],
    organisms: tuple[str, ...],
) -> None:
    caption, mentions = marked
    counts = score(matcher, caption, curated, mentions, organisms).counts

    for level in Level:
        for one in counts[level].values():
            assert 0 <= one.recovered_reachable <= one.recovered <= one.curated <= len(curated)
            assert one.recovered_reachable <= one.reachable <= one.curated
            assert 0 <= one.hits <= one.gene_names <= one.names
            assert one.recovered <= one.claimed
            assert (one.recovered > 0) == (one.hits > 0)
            assert all(rate is None or 0 <= rate <= 1 for rate in one.rates().values())


def check_reachable(context: FigureContext, start: int, end: int) -> None:
    """Check that a mention between token borders recovers no gene that the caption does not reach,
    unless by an English word.
    """
    matcher = context.matcher
    for name in matcher.split(context.figure.caption[start:end]):
        forms = {name, *(matcher.form(name, taxon) for taxon in context.scope)}
        if not any(map(is_english, forms)):
            for level in Level:
                assert context.members_of_name(level, name) <= context.reachable[level].keys()


def token_borders(text: str) -> list[tuple[int, int]]:
    return [(start, end) for start, end, _, is_token in pieces(text) if is_token]


@given(captions, st.data())
def test_what_a_mention_recovers_is_reachable(
    matcher: Matcher, caption: str, data: st.DataObject
) -> None:
    borders = token_borders(caption)
    assume(borders)
    first = data.draw(st.integers(0, len(borders) - 1))
    last = data.draw(st.integers(first, min(first + 5, len(borders) - 1)))
    start, end = borders[first][0], borders[last][1]
    lexicons = matcher.nomenclature.lexicons
    curated = {
        CuratedGene(taxon, symbol): None
        for name in matcher.split(caption[start:end])
        for taxon in TAXA
        for symbol in matcher.symbols(Level.FAMILY, name, taxon)
        if symbol in lexicons[taxon].exact
    }
    figure = Figure("PMC1__f1", caption, curated=tuple(curated))
    check_reachable(FigureContext(figure, Scope(TAXA), matcher), start, end)


def test_what_a_mention_recovers_in_a_real_caption_is_reachable(
    matcher: Matcher, shared: Path
) -> None:
    folder = shared / "pfocr" / "records-2023"
    if not folder.is_dir():
        pytest.skip("no ../shared/pfocr/records-2023 beside this checkout")
    for figure in open_corpus(folder, nomenclature=matcher.nomenclature, limit=12):
        context = FigureContext(figure, Scope(), matcher)
        borders = token_borders(figure.caption)
        for first, (start, _) in enumerate(borders):
            for _, end in borders[first : first + 4]:
                check_reachable(context, start, end)


@given(marked_captions(), curated_sets)
def test_looser_level_never_lowers_a_count(
    matcher: Matcher, marked: tuple[str, list[Mention]], curated: tuple[CuratedGene, ...]
) -> None:
    counts = score(matcher, *_swap(marked, curated)).counts

    for strict, loose in zip(list(Level), list(Level)[1:], strict=False):
        a, b = counts[strict]["all"], counts[loose]["all"]
        assert a.recovered <= b.recovered
        assert a.reachable <= b.reachable
        assert a.hits <= b.hits
        assert (a.names, a.curated) == (b.names, b.curated)


def _swap(
    marked: tuple[str, list[Mention]], curated: tuple[CuratedGene, ...]
) -> tuple[str, tuple[CuratedGene, ...], list[Mention]]:
    return marked[0], curated, marked[1]


@given(marked_captions(), curated_sets)
def test_one_more_mention_never_lowers_recall(
    matcher: Matcher, marked: tuple[str, list[Mention]], curated: tuple[CuratedGene, ...]
) -> None:
    caption, mentions = marked
    assume(mentions)

    fewer = score(matcher, caption, curated, mentions[:-1]).counts
    more = score(matcher, caption, curated, mentions).counts

    for level in Level:
        for organism, before in fewer[level].items():
            after = more[level][organism]
            assert after.recovered >= before.recovered
            assert after.reachable == before.reachable
            assert (after.recall or 0) >= (before.recall or 0)
            assert after.names >= before.names


@given(marked_captions(), curated_sets, st.randoms(use_true_random=False))
def test_order_of_mentions_does_not_matter(
    matcher: Matcher,
    marked: tuple[str, list[Mention]],
    curated: tuple[CuratedGene, ...],
    chance: random.Random,
) -> None:
    caption, mentions = marked
    shuffled = chance.sample(mentions, len(mentions))

    before, after = (score(matcher, caption, curated, one) for one in (mentions, shuffled))

    assert after.counts == before.counts
    assert {g.member: g.recovered_at for g in after.genes} == {
        g.member: g.recovered_at for g in before.genes
    }


@given(marked_captions(), curated_sets)
def test_mentions_given_twice_change_nothing(
    matcher: Matcher, marked: tuple[str, list[Mention]], curated: tuple[CuratedGene, ...]
) -> None:
    caption, mentions = marked

    once, twice = (score(matcher, caption, curated, one) for one in (mentions, mentions * 2))

    assert twice.counts == once.counts


@given(marked_captions(), curated_sets)
def test_pooled_genes_are_the_sum_over_organisms(
    matcher: Matcher, marked: tuple[str, list[Mention]], curated: tuple[CuratedGene, ...]
) -> None:
    counts = score(matcher, *_swap(marked, curated)).counts

    for by_organism in counts.values():
        pooled = by_organism["all"]
        each = [one for organism, one in by_organism.items() if organism != "all"]
        assert pooled.curated == sum(one.curated for one in each)
        assert pooled.recovered == sum(one.recovered for one in each)
        assert pooled.reachable == sum(one.reachable for one in each)
        assert pooled.hits <= sum(one.hits for one in each)
        assert all(one.names <= pooled.names for one in each)


small_corpora = st.lists(
    st.tuples(marked_captions(), curated_sets, organism_lists), min_size=1, max_size=5
)


def many(
    drawn: list[tuple[tuple[str, list[Mention]], tuple[CuratedGene, ...], tuple[str, ...]]],
    called: Callable[[int], str] = "PMC1__f{:02}".format,
) -> tuple[list[Figure], list[Precomputed]]:
    """Figures, each drawn one several times so that there are enough for intervals, and two
    models: one gives all mentions, the other every second.
    """
    drawn = (drawn * 12)[: 12 + len(drawn)]
    figures = [
        Figure(called(at), caption, organisms, curated=curated, year=str(2000 + at % 2))
        for at, ((caption, _), curated, organisms) in enumerate(drawn)
    ]
    mentions = {called(at): found for at, ((_, found), _, _) in enumerate(drawn)}
    half = {figid: found[::2] for figid, found in mentions.items()}
    return figures, [Precomputed("given", mentions), Precomputed("half", half)]


@settings(max_examples=15)
@given(small_corpora, st.randoms(use_true_random=False))
def test_order_of_figures_changes_no_number(
    nomenclature: Nomenclature,
    drawn: list[tuple[tuple[str, list[Mention]], tuple[CuratedGene, ...], tuple[str, ...]]],
    chance: random.Random,
) -> None:
    figures, models = many(drawn)
    shuffled = chance.sample(figures, len(figures))

    before, after = (
        evaluate(one, models, nomenclature=nomenclature) for one in (figures, shuffled)
    )

    assert after.signature == before.signature
    assert summary_json(after) == summary_json(before)


@settings(max_examples=15)
@given(small_corpora, st.permutations(range(17)))
def test_names_of_figures_change_no_rate_and_in_the_same_order_no_number(
    nomenclature: Nomenclature,
    drawn: list[tuple[tuple[str, list[Mention]], tuple[CuratedGene, ...], tuple[str, ...]]],
    order: list[int],
) -> None:
    before, renamed, mixed = (
        evaluate(*many(drawn, called), nomenclature=nomenclature)
        for called in ("PMC1__f{:02}".format, "fig-{:04}".format, lambda at: f"F{order[at]:02}")
    )

    for name in ("scores", "comparisons", "agreement", "unions", "strata"):
        assert getattr(renamed, name) == getattr(before, name)
    assert [(row.counts, row.rates, row.defined) for row in mixed.scores] == [
        (row.counts, row.rates, row.defined) for row in before.scores
    ]
    assert mixed.agreement == before.agreement
    assert mixed.unions == before.unions


@settings(max_examples=40)
@given(marked_captions(), curated_sets, organism_lists, st.sampled_from(list(Level)))
def test_every_miss_and_every_false_name_has_exactly_one_reason(
    nomenclature: Nomenclature,
    marked: tuple[str, list[Mention]],
    curated: tuple[CuratedGene, ...],
    organisms: tuple[str, ...],
    level: Level,
) -> None:
    figure = Figure("PMC1__f1", marked[0], organisms, curated=curated)
    model = Precomputed("given", {"PMC1__f1": marked[1]})

    found = evaluate([figure], model, level=level, nomenclature=nomenclature)

    (counts,) = [
        row.counts
        for row in found.scores
        if (row.organism, row.level, row.average) == ("all", level, "micro")
    ] or [Counts()]
    reasons = [row["reason"] for row in found.gene_rows]
    assert (len(reasons), reasons.count(None)) == (counts.curated, counts.recovered)
    assert set(reasons) <= {None, *map(str, MissReason)}
    for row in found.gene_rows:
        assert (row["reason"] is None) == (row["outcome"] == "recovered")
    outcomes = [row["outcome"] for row in found.name_rows]
    of_genes = ("on-list", "gene-not-on-list", "family-not-on-list")
    assert (len(outcomes), outcomes.count("on-list")) == (counts.names, counts.hits)
    assert sum(outcome in of_genes for outcome in outcomes) == counts.gene_names
    assert set(outcomes) <= set(map(str, Outcome))


# Averages

counts = st.builds(
    lambda names, hits, curated, reachable, recovered: Counts(
        names,
        min(hits, names),
        curated,
        min(recovered, reachable, curated),
        min(reachable, curated),
    ),
    *[st.integers(0, 50)] * 5,
)


def table(*counts: Counts) -> np.ndarray:
    """Counts as the array that averages are taken of, a row each."""
    return np.array([one.values() for one in counts], np.int64).reshape(len(counts), len(FIELDS))


@given(st.lists(counts, max_size=8))
def test_averages_lie_between_the_extremes(figures: list[Counts]) -> None:
    means, defined = macro(table(*figures))
    total = micro(table(*figures)).rates()

    for rate, mean in means.items():
        values = [v for v in (one.rates()[rate] for one in figures) if v is not None]
        assert defined[rate] == len(values)
        assert (mean is None) == (not values)
        if mean is not None:
            assert min(values) - 1e-9 <= mean <= max(values) + 1e-9
        if rate in ("precision", "recall", "in_caption_recall") and values:
            assert min(values) - 1e-9 <= total[rate] <= max(values) + 1e-9


@given(st.lists(counts, min_size=1, max_size=8), st.data())
def test_silence_on_a_figure_never_raises_f1(figures: list[Counts], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(figures) - 1))
    one = figures[index]
    silent = Counts(curated=one.curated, reachable=one.reachable, groups=one.groups)
    before = macro(table(*figures))[0]["f1"]
    after = macro(table(*figures[:index], silent, *figures[index + 1 :]))[0]["f1"]

    if before is not None and (one.names or not one.recovered):
        assert after is not None and after <= before + 1e-9


@given(counts)
def test_average_of_one_figure_is_the_figure(one: Counts) -> None:
    assert micro(table(one)) == one
    assert macro(table(one))[0] == one.rates()


# Keywords


@given(
    st.lists(st.one_of(gene_words, st.text(max_size=8)), max_size=12),
    organism_lists,
    organism_lists,
)
def test_every_keyword_gets_a_supported_taxon_or_none(
    nomenclature: Nomenclature,
    keywords: list[str],
    organisms: tuple[str, ...],
    mined: tuple[str, ...],
) -> None:
    found = assign_keywords(keywords, nomenclature, organisms, mined)

    assert len(found) == len(keywords)
    assert set(found) <= {HUMAN, FLY, None}


@given(
    st.lists(st.sampled_from(["EGFR", "CXCL8", "Dl", "dl", "bsk", "Debcl", "KRAS"]), min_size=1),
    st.permutations(["Homo sapiens", "Drosophila melanogaster"]),
)
def test_official_symbol_is_assigned_to_its_organism_among_any_neighbours(
    nomenclature: Nomenclature, keywords: list[str], organisms: list[str]
) -> None:
    found = assign_keywords(keywords, nomenclature, ["NA"], organisms)

    assert found == [HUMAN if keyword.isupper() else FLY for keyword in keywords]


# Records


@given(records())
def test_a_record_is_read_as_it_was_written(
    nomenclature: Nomenclature, record: tuple[bytes, bytes | None, dict[str, object]]
) -> None:
    raw, table, said = record

    figure = parse_record(raw, "x.md", lambda _: table, nomenclature)

    assert figure.figid == said["figid"]
    assert figure.repaired or normalize_space(figure.caption) == _as_read(str(said["caption"]))
    assert {gene.key for gene in figure.curated} == {
        (gene.taxon, gene.symbol) for gene in said["genes"]
    }


def _as_read(caption: str) -> str:
    controls = re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", caption)
    return (
        ""
        if controls.strip().casefold() in ("na", "n/a", "nan", "null", "none", "~")
        else (normalize_space(controls))
    )


@given(spoiled())
def test_a_spoiled_record_is_read_or_refused_with_a_line(
    nomenclature: Nomenclature, record: tuple[bytes, bytes | None]
) -> None:
    raw, table = record
    try:
        figure = parse_record(raw, "x.md", lambda _: table, nomenclature)
    except RecordError as error:
        assert str(error).isprintable()
        assert len(str(error)) < 400
    else:
        assert figure.figid
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", figure.caption + figure.title)
