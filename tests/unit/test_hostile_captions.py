"""Hostile captions and gene lists: each is read and scored in little time.

Every case here is a fault that the fuzz (tests/fuzz) turned up, named after it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from nerbench import CuratedGene, Figure, Level, Mention, RecordError
from nerbench.corpus.pfocr import parse_record
from nerbench.folding import fold
from nerbench.nomenclature.abbreviations import abbreviations
from nerbench.nomenclature.keywords import assign_keywords
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.nomenclature.matcher import Matcher, find_folded
from nerbench.scoring.figure import FigureContext, score_figure
from nerbench.scoring.scope import Scope

LONG = 20_000


@contextmanager
def quickly(seconds: float = 3.0) -> Iterator[None]:
    """Processor time, for the machine may be busy; each took minutes, or never ended."""
    started = time.process_time()
    yield
    assert time.process_time() - started < seconds


@pytest.mark.parametrize(
    "caption",
    [
        "/".join(f"A{n}-B{n}" for n in range(2000)),
        "SS59/-Z68/-αα96/-CC11" * 900,
        "phospho-" * 2000 + "AKT" + " protein" * 400,
        "IL-6/" * 4000,
        "STAT1-" * 3000,
        "MMP2/9-" * 2500,
        "MMP" + "/".join(map(str, range(4000))),
        "MMP" + ", ".join(map(str, range(4000))) + " and 9",
        "IL-1 and 2 and 3 " * 1100,
        "nuclear (NF) factor " * 900,
        "nuclear factor " + "(NF) " * 3500,
        "p44/42 MAPK MAPK " * 1100,
        "Ca2+ Ca(2+) Ca " * 1200,
        "cl-p-Ac-sIL-6R" * 1300,
        "–".join(f"{letters}{n % 90}" for n in range(500) for letters in ("CC", "Z", "II", "β")),
    ],
    ids=lambda text: text[:9],
)
def test_an_endless_composite_is_not_split_at_every_dash(matcher: Matcher, caption: str) -> None:
    figure = Figure("F", caption[:LONG], ("Homo sapiens",), curated=(CuratedGene(9606, "AKT1"),))
    with quickly():
        FigureContext(figure, Scope(), matcher)


def test_an_endless_name_is_one_name_that_means_no_gene(matcher: Matcher) -> None:
    text = "MMP2/9/" * 1000
    with quickly():
        assert list(matcher.names([Mention(0, len(text), text)])) == [text]
        assert matcher.genes(Level.FAMILY, text, 9606) == frozenset()


def test_a_name_under_hundreds_of_additions_is_not_stripped_in_every_order(
    matcher: Matcher,
) -> None:
    with quickly():
        for n in range(40):
            matcher.form(f"{'p-' * 45}AKT{n}{' gene' * 18}", 9606)


@pytest.mark.parametrize("caption", ["(" * LONG, "([{<)]}>" * 2500, "(AB) " * 4000, "a(" * 9000])
def test_many_brackets_are_read_in_little_time(caption: str) -> None:
    abbreviations("interleukin 6 (IL-6)")  # loads scispaCy
    with quickly():
        abbreviations(f"{caption} (x)")


@pytest.mark.parametrize(
    "caption",
    ["AB: alpha beta, " * 1200, "AB, alpha beta, " * 1200, "A, " * 6000, "(A: b, " * 2800],
)
def test_many_entries_are_read_in_little_time(caption: str) -> None:
    with quickly():
        abbreviations(caption)


def test_a_definition_beside_junk_is_read() -> None:
    pytest.importorskip("scispacy")
    caption = f"{'x' * 400} epidermal growth factor receptor (EGFR)"
    assert abbreviations(caption) == {"EGFR": "epidermal growth factor receptor"}


def test_a_long_name_is_folded_and_not_cached() -> None:
    from nerbench import folding

    before = folding._fold.cache_info().currsize
    for n in range(50):
        assert fold("x" * 1000 + str(n)) == "x" * 1000 + str(n)
    assert folding._fold.cache_info().currsize == before


def test_a_curated_symbol_of_a_whole_page_is_searched_in_little_time(matcher: Matcher) -> None:
    own = frozenset({fold("x " * 9000), "zz9"})
    with quickly():
        found = list(find_folded(own, "x zz9 " * 3000))
    assert (2, 5, "zz9") in found


def test_a_curated_symbol_of_dashes_only_is_not_found(matcher: Matcher) -> None:
    figure = Figure("F", "IL-6 - b", curated=(CuratedGene(9606, "--"), CuratedGene(9606, "IL6")))
    target = FigureContext(figure, Scope(), matcher)
    assert list(target.reachable[Level.FAMILY]) == [1]


def test_a_family_of_hundreds_named_thousands_of_times_fills_no_memory(matcher: Matcher) -> None:
    human = matcher.nomenclature[9606]
    rows = human.family("olfactory receptors")
    assert len(rows) > 300
    genes = tuple(CuratedGene(9606, human.symbols[row]) for row in rows)
    figure = Figure("F", "olfactory receptors, " * 1200, curated=genes)
    with quickly(10):
        target = FigureContext(figure, Scope(), matcher)
        score = score_figure(target, [Mention(0, 19, "olfactory receptors")])
    assert max(map(len, target.reachable[Level.FAMILY].values())) == 1000
    assert all(gene.names == ("olfactory receptors",) for gene in score.genes)


# --- gene lists


def test_a_long_keyword_is_assigned_in_little_time(nomenclature: Nomenclature) -> None:
    with quickly():
        assign_keywords(["Aa" * 200_000 + "!"], nomenclature, ["Mus musculus"])


def test_many_keywords_of_many_organisms_take_little_time(nomenclature: Nomenclature) -> None:
    organisms = ["Homo sapiens", *(f"Genus species{n}" for n in range(100))]
    with quickly(5):
        found = assign_keywords(["TP53", "p53"] * 2000, nomenclature, [], organisms)
    assert found[:1] == [9606]


def refused(text: str, table: bytes | None, nomenclature: Nomenclature) -> str:
    with quickly(), pytest.raises(RecordError) as error:
        parse_record(f"figid: A\n{text}\n".encode(), "A.md", lambda _: table, nomenclature)
    return str(error.value)


HEAD = b"organism_id\tword\tncbigene_symbol\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"figtitle: {'x' * 6000}", "its figtitle has 6,000 characters, over 5,000"),
        (f"organisms: {'x' * 6000}", "its organisms has 6,000 characters, over 5,000"),
        (f"organisms_ner: [{','.join(map(str, range(300)))}]", "its organisms_ner are over 100"),
        (f"genes: [{'{},' * 10_001}]", "its gene list has 10,001 entries, over 10,000"),
        (f"genes: [{{hgnc_symbol: {'A' * 600}}}]", "an entry has 600 characters, over 500"),
        (
            f"w: &w {{keywords: [{','.join(map(str, range(9000)))}]}}\n"
            f"schema-jsonld: [{'*w,' * 9000}]",
            "its gene list has over 10,000 entries",
        ),
        (
            "m: &m {a: 1}\nn: &n {!!merge <<: [*m, *m]}\no: {!!merge <<: [*n, *n]}",
            "line 3: not YAML: could not determine a constructor for the tag",
        ),
        ('figid: "a\\e[2J"', "its figid is no identifier: 'a\\x1b[2J'"),
    ],
)
def test_an_oversized_field_is_refused_with_its_size(
    nomenclature: Nomenclature, text: str, reason: str
) -> None:
    assert reason in refused(text, None, nomenclature)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (HEAD + b"9606\t\tA" + b"A" * 200_000, "A-genes.tsv has a line of 200,007 characters"),
        (HEAD + b"9606\tw\tA\n" * 10_001, "its gene list has 10,001 entries, over 10,000"),
    ],
)
def test_an_oversized_gene_table_is_refused(
    nomenclature: Nomenclature, table: bytes, reason: str
) -> None:
    assert reason in refused("caption: x", table, nomenclature)


def test_a_taxon_of_thousands_of_digits_is_ignored(nomenclature: Nomenclature) -> None:
    table = HEAD + b"9" * 4900 + b"\tw\tA\n9606\tw\tTP53\n"
    figure = parse_record(b"figid: A", "A.md", lambda _: table, nomenclature)
    assert [gene.key for gene in figure.curated] == [(9606, "TP53")]


def test_one_gene_under_thousands_of_words_is_read_in_little_time(
    nomenclature: Nomenclature,
) -> None:
    rows = b"".join(b"9606\tw%d\tTP53\n" % n for n in range(9999))
    with quickly():
        figure = parse_record(b"figid: A", "A.md", lambda _: HEAD + rows, nomenclature)
    assert len(figure.curated[0].words) == 9999


def test_no_control_character_of_a_record_reaches_a_terminal(nomenclature: Nomenclature) -> None:
    text = (
        'figid: A\ncaption: "a \\e[31mred\\x9b2J b\\nc"\njournal_title: "x\\a"\n'
        'organisms: ["y\\e"]\ngenes: [{hgnc_symbol: "TP\\x0153", word: "w\\e"}]\n'
    )
    figure = parse_record(text.encode(), "A.md", lambda _: None, nomenclature)
    assert figure.caption == "a  [31mred›2J b\nc"  # one for one, so that offsets stay
    assert (figure.journal, figure.organisms) == ("x", ("y",))
    assert (figure.curated[0].symbol, figure.curated[0].words) == ("TP 53", ("w",))


def test_a_thousand_dashes_and_a_wide_gap_are_read_in_little_time(
    nomenclature: Nomenclature,
) -> None:
    refusal = refused("x:\n" + "- " * 199 + " " * 900_000 + ": [", None, nomenclature)
    assert "not YAML" in refusal or "nested" in refusal
