"""Every layout in which PFOCR publishes a figure record. The records here are made up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nerbench import Figure, RecordError, open_corpus
from nerbench.corpus.pfocr import parse_record
from nerbench.corpus.record_values import MAX_CAPTION
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.scoring.scope import Scope

Parse = Callable[..., Figure]

GENES_TSV = (
    "figid\torganism_id\torganism_name\tword\tmatch\tncbigene_symbol\tncbigene_id\tsource\n"
    "F1\t9606\tHomo sapiens\tVEGF\tVEGF\tVEGFA\t7422\tfamplex\n"
    "F1\t9606\tHomo sapiens\tVEGF\tVEGF\tVEGFB\t7423\tfamplex\n"
    "F1\t7227\tDrosophila melanogaster\tJAK\tJAK\thop\t32080\tsynonym\n"
    "F1\t10090\tMus musculus\tHspa5\tHspa5\tHspa5\t14828\tsymbol\n"
)

HEADER = "organism_id\tword\tncbigene_symbol\tncbigene_id\n"


@pytest.fixture
def parse(nomenclature: Nomenclature) -> Parse:
    """Parse a record's text, with the companion table given or none."""

    def parse(text: str | bytes, table: str | bytes | None = None) -> Figure:
        raw = text.encode() if isinstance(text, str) else text
        companion = table.encode() if isinstance(table, str) else table
        return parse_record(raw, "F1.md", lambda figid: companion, nomenclature)

    return parse


def symbols(figure: Figure, taxon: int = 9606) -> list[str]:
    return [gene.symbol for gene in figure.curated if gene.taxon == taxon]


def record(*lines: str) -> str:
    return "\n".join(("---", "figid: F1", "caption: MDM2 binds p53", *lines, "---", ""))


# --- the fields about the figure and its paper


def test_the_fields_of_a_record_become_those_of_the_figure(parse: Parse) -> None:
    figure = parse(
        record(
            "figtitle: The p53 pathway",
            "papertitle: All about p53.",
            "pmcid: PMC1",
            "doi: 10.1000/xyz",
            "year: '2021'",
            "journal_title: A Journal",
            "publisher_name: A Publisher",
        )
    )
    assert figure == Figure(
        figid="F1",
        caption="MDM2 binds p53",
        title="The p53 pathway",
        paper_title="All about p53.",
        pmcid="PMC1",
        doi="10.1000/xyz",
        year="2021",
        journal="A Journal",
        publisher="A Publisher",
    )
    assert figure.source == "F1.md"


def test_an_unquoted_year_is_text(parse: Parse) -> None:
    assert parse(record("year: 2021")).year == "2021"


def test_unknown_fields_are_ignored(parse: Parse) -> None:
    lines = ("automl_pathway: 0.97", "annotations: []", "citation: {a: [1, 2]}", "ndex: ''")
    assert parse(record(*lines)) == parse(record())


def test_the_order_of_the_keys_does_not_matter(parse: Parse) -> None:
    lines = [
        "figid: F1",
        "caption: MDM2 binds p53",
        "organisms: Homo sapiens",
        "schema-jsonld: {keywords: [TP53, MDM2]}",
    ]
    assert parse("\n".join(lines)) == parse("\n".join(reversed(lines)))


@pytest.mark.parametrize("opening", ["---\n", "", "\n\n---\n"])
@pytest.mark.parametrize("closing", ["---\n", "", "...\n", "---\n\nText below the fence: [\n"])
def test_fences_are_optional(parse: Parse, opening: str, closing: str) -> None:
    figure = parse(f"{opening}figid: F1\ncaption: MDM2 binds p53\n{closing}")
    assert (figure.figid, figure.caption) == ("F1", "MDM2 binds p53")


def test_dashes_inside_a_caption_are_not_a_fence(parse: Parse) -> None:
    figure = parse("---\nfigid: F1\ncaption: |-\n  above\n  ---\n  below\nyear: 2020\n---\n")
    assert "below" in figure.caption


def test_windows_line_ends_are_read(parse: Parse) -> None:
    text = record("schema-jsonld:", "  keywords:", "  - TP53")
    assert parse(text.replace("\n", "\r\n")) == parse(text)


def test_a_byte_order_mark_is_ignored(parse: Parse) -> None:
    assert parse(b"\xef\xbb\xbf" + record().encode()) == parse(record())


@pytest.mark.parametrize("figid", ["figid: ''", "figid: NA", "figid: .na.character", "figid:", ""])
def test_a_file_without_a_figid_is_no_record(parse: Parse, figid: str) -> None:
    with pytest.raises(RecordError, match="no figid"):
        parse(f"{figid}\ncaption: MDM2 binds p53\n")


@pytest.mark.parametrize("text", ["just words", "- a\n- list\n", "42", "<html></html>", "---\n---"])
def test_text_that_holds_no_fields_is_no_record(parse: Parse, text: str) -> None:
    with pytest.raises(RecordError, match="no YAML fields"):
        parse(text)


@pytest.mark.parametrize("figid", ["two words", "a\\tb", "x" * 501])
def test_a_figid_is_an_identifier(parse: Parse, figid: str) -> None:
    with pytest.raises(RecordError, match="figid is no identifier"):
        parse(f'figid: "{figid}"\n')


# --- the caption


@pytest.mark.parametrize(
    "line", ["", "caption:", "caption: ''", "caption: NA", "caption: .na.character", "caption: ~"]
)
def test_a_missing_caption_is_empty_and_the_genes_stay(parse: Parse, line: str) -> None:
    figure = parse(f"figid: F1\n{line}\nschema-jsonld: {{keywords: [TP53]}}\n")
    assert figure.caption == ""
    assert symbols(figure) == ["TP53"]


def test_a_caption_of_several_thousand_characters_is_kept_whole(parse: Parse) -> None:
    caption = " ".join(["STAT3 activates VEGF."] * 400)
    assert parse(f"figid: F1\ncaption: {caption}\n").caption == caption


def test_a_caption_of_the_greatest_length_is_read_and_one_more_is_not(parse: Parse) -> None:
    assert len(parse(f"figid: F1\ncaption: {'x' * MAX_CAPTION}").caption) == MAX_CAPTION
    with pytest.raises(RecordError, match="caption has 20,001 characters"):
        parse(f"figid: F1\ncaption: {'x' * (MAX_CAPTION + 1)}")


@pytest.mark.parametrize("value", ["[a, b]", "{a: b}"])
def test_a_caption_that_is_not_text_is_refused(parse: Parse, value: str) -> None:
    with pytest.raises(RecordError, match="its caption is a"):
        parse(f"figid: F1\ncaption: {value}\n")


def test_a_mis_decoded_caption_is_repaired_and_marked(parse: Parse) -> None:
    figure = parse("figid: F1\ncaption: NF-Œ∫B and IL-1Œ≤\n")
    assert figure.caption == "NF-κB and IL-1β"
    assert figure.repaired


@pytest.mark.parametrize("caption", ["NF-κB and IL-1β", "TGF-β → SMAD2/3 ≥ 5 µM", "plain", "naïve"])
def test_a_correct_caption_is_not_changed(parse: Parse, caption: str) -> None:
    figure = parse(f"figid: F1\ncaption: {caption}\n")
    assert figure.caption == caption
    assert not figure.repaired


@pytest.mark.parametrize(
    ("published", "caption"),
    [
        ("TNF-&alpha; and IFN-&#947; and IL-1&#x3B2;", "TNF-α and IFN-γ and IL-1β"),
        ("p21<sup>Cip1</sup>, <i>TP53</i>", "p21Cip1, TP53"),
        ("Ca<sup class='x'>2+</sup> in H<SUB>2</SUB>O", "Ca2+ in H2O"),
        ("IL-1&amp;beta;", "IL-1β"),
        ("A &amp; B, p &lt; 0.05", "A & B, p < 0.05"),
        ("one<br/>two", "one two"),
    ],
)
def test_html_in_a_caption_is_read_as_text(parse: Parse, published: str, caption: str) -> None:
    figure = parse(f'figid: F1\ncaption: "{published}"\n')
    assert (figure.caption, figure.published) == (caption, published)
    assert figure.repaired


@pytest.mark.parametrize("caption", ["A <b and c> d", "R&D; AT&T", "p<0.05", "x<y>z", "a &b; c"])
def test_what_is_no_html_stays(parse: Parse, caption: str) -> None:
    assert parse(f'figid: F1\ncaption: "{caption}"\n').caption == caption


def test_mis_decoded_titles_are_repaired_without_marking_the_caption(parse: Parse) -> None:
    figure = parse(record("figtitle: NF-Œ∫B", "papertitle: IL-1Œ≤"))
    assert (figure.title, figure.paper_title, figure.repaired) == ("NF-κB", "IL-1β", False)


# --- organisms


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("Homo sapiens", ("Homo sapiens",)),
        ("[Homo sapiens, Mus musculus]", ("Homo sapiens", "Mus musculus")),
        ("Homo sapiens, Mus musculus", ("Homo sapiens", "Mus musculus")),
        ("Homo sapiens; Mus musculus", ("Homo sapiens", "Mus musculus")),
        ("Homo sapiens | Mus musculus", ("Homo sapiens", "Mus musculus")),
        ("['Homo sapiens, Mus musculus', Rattus]", ("Homo sapiens", "Mus musculus", "Rattus")),
        ("Drosophila", ("Drosophila",)),
        ("[Homo sapiens, Homo sapiens]", ("Homo sapiens",)),
        ("[NA, Homo sapiens, '']", ("Homo sapiens",)),
        ("[NA]", ()),
        ("NA", ()),
        (".na.character", ()),
        ("[.na.character]", ()),
        ("NULL", ()),
        ("", ()),
        ("[]", ()),
        ("[[Homo sapiens], {a: b}]", ()),
    ],
)
def test_organisms_come_as_a_list_or_as_text(
    parse: Parse, value: str, names: tuple[str, ...]
) -> None:
    assert parse(record(f"organisms: {value}")).organisms == names
    assert parse(record(f"organisms_ner: {value}")).organisms_ner == names


def test_a_record_need_not_have_organisms(parse: Parse) -> None:
    figure = parse(record())
    assert (figure.organisms, figure.organisms_ner) == ((), ())


def test_twenty_organisms_are_read_and_do_not_take_the_genes_away(parse: Parse) -> None:
    noise = [f"Genus{n} species{n}" for n in range(19)]
    figure = parse(
        record(
            f"organisms: [{', '.join([*noise, 'Homo sapiens'])}]",
            "schema-jsonld: {keywords: [TP53, MDM2]}",
        )
    )
    assert len(figure.organisms) == 20
    assert symbols(figure) == ["TP53", "MDM2"]


# --- genes inline


def test_inline_genes_have_symbol_id_and_word(parse: Parse) -> None:
    figure = parse(
        record(
            "genes:",
            "- word: p53",
            "  symbol: P53",
            "  source: hgnc_alias_symbol",
            "  hgnc_symbol: TP53",
            "  entrez: '7157'",
        )
    )
    (gene,) = figure.curated
    assert (gene.taxon, gene.symbol, gene.gene_id, gene.words) == (9606, "TP53", "7157", ("p53",))


def test_a_gene_listed_twice_is_one_with_both_words(parse: Parse) -> None:
    figure = parse(
        record(
            "genes:",
            "- {word: p53, hgnc_symbol: TP53, entrez: NA}",
            "- {word: MDM2, hgnc_symbol: MDM2, entrez: '4193'}",
            "- {word: TP53, hgnc_symbol: TP53, entrez: '7157'}",
            "- {word: p53, hgnc_symbol: TP53, entrez: '7157'}",
        )
    )
    assert [(g.symbol, g.gene_id, g.words) for g in figure.curated] == [
        ("TP53", "7157", ("p53", "TP53")),
        ("MDM2", "4193", ("MDM2",)),
    ]


@pytest.mark.parametrize("symbol", ["NA", ".na.character", "NULL", "", "~", "[]", "{a: b}"])
def test_a_row_without_a_symbol_is_no_gene(parse: Parse, symbol: str) -> None:
    rows = (f"- {{word: x, hgnc_symbol: {symbol}}}", "- {word: MDM2, hgnc_symbol: MDM2}")
    assert symbols(parse(record("genes:", *rows))) == ["MDM2"]


def test_a_row_whose_symbol_r_took_for_missing_counts_by_its_id(parse: Parse) -> None:
    """Four rows of PFOCR have NA for N, g, S and d of the fly."""
    rows = "".join(
        f"7227\t{word}\tNA\t{gene_id}\n"
        for word, gene_id in (("Notch", 31293), ("Delta", 44819), ("Star", 33281), ("Dachs", 34179))
    )
    figure = parse(record(), table=HEADER + rows + "7227\tX\tNA\tNA\n10090\tY\tNA\t17395\n")
    assert [(g.taxon, g.symbol, g.gene_id, g.words) for g in figure.curated] == [
        (7227, "N", "31293", ("Notch",)),
        (7227, "g", "44819", ("Delta",)),
        (7227, "S", "33281", ("Star",)),
        (7227, "d", "34179", ("Dachs",)),
    ]


def test_an_inline_row_without_a_symbol_counts_by_its_id(parse: Parse) -> None:
    figure = parse(record("genes:", "- {word: p53, hgnc_symbol: NA, entrez: '7157'}"))
    assert [(g.symbol, g.words) for g in figure.curated] == [("TP53", ("p53",))]


@pytest.mark.parametrize("symbol", ["na", "nan"])
def test_a_fly_gene_that_is_called_like_nothing_is_a_gene(parse: Parse, symbol: str) -> None:
    table = f"{HEADER}7227\t{symbol.title()}\t{symbol}\tNA\n9606\tx\t{symbol}\t\n7227\twg\twg\t\n"
    figure = parse(record(), table=table)
    assert [(g.key, g.words) for g in figure.curated] == [
        ((7227, symbol), (symbol.title(),)),
        ((7227, "wg"), ("wg",)),
    ]
    fly = "organisms: Drosophila melanogaster"
    listed = parse(record(fly, f"schema-jsonld: {{keywords: [{symbol}, NA, wg]}}"))
    assert symbols(listed, 7227) == [symbol, "wg"]
    assert parse(record(fly, f"schema-jsonld: {{keywords: {symbol}}}")).curated == ()


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1e"])
def test_a_row_is_broken_at_line_ends_only(parse: Parse, mark: str) -> None:
    for end in ("\n", "\r\n", "\r"):
        rows = [f"9606\tTNF{mark}alpha\tTNF\t7124", "9606\tIL-6\tIL6\t3569", ""]
        figure = parse(record(), table=HEADER.replace("\n", end) + end.join(rows))
        assert [(g.symbol, g.words) for g in figure.curated] == [
            ("TNF", ("TNF alpha",)),
            ("IL6", ("IL-6",)),
        ]


@pytest.mark.parametrize("symbol", ["On", "No", "yes", "Off", "TRUE", "1e5", "2021-01-01", "0x1F"])
def test_a_symbol_that_yaml_takes_for_something_else_stays_text(parse: Parse, symbol: str) -> None:
    figure = parse(record("genes:", f"- {{word: {symbol}, hgnc_symbol: {symbol}}}"))
    assert [(g.symbol, g.words) for g in figure.curated] == [(symbol, (symbol,))]


@pytest.mark.parametrize(("word", "latin"), [("ΜΑΡΚ", "MAPK"), ("ТСТР", "TCTP"), ("р53", "p53")])
def test_a_word_in_look_alike_letters_is_read_in_latin_ones(
    parse: Parse, word: str, latin: str
) -> None:
    (gene,) = parse(record("genes:", f"- {{word: {word}, hgnc_symbol: X1}}")).curated
    assert gene.words == (latin,)


def test_a_word_with_a_true_greek_letter_keeps_its_meaning(parse: Parse) -> None:
    (gene,) = parse(record("genes:", "- {word: TGFβ, hgnc_symbol: TGFB1}")).curated
    assert gene.words == ("TGFβ",)


@pytest.mark.parametrize("value", ["[]", "NULL", "''", "text", "[text, [a]]", "{hgnc_symbol: X}"])
def test_without_usable_inline_genes_the_flat_list_counts(parse: Parse, value: str) -> None:
    figure = parse(record(f"genes: {value}", "schema-jsonld: {keywords: [TP53]}"))
    assert symbols(figure) == ["TP53"]


def test_inline_genes_win_over_the_flat_list(parse: Parse) -> None:
    figure = parse(
        record("genes:", "- {word: p53, hgnc_symbol: TP53}", "schema-jsonld: {keywords: [MDM2]}")
    )
    assert symbols(figure) == ["TP53"]


# --- genes in a companion table


def test_a_companion_table_gives_each_gene_its_organism(parse: Parse) -> None:
    figure = parse(record(), GENES_TSV)
    assert [(*gene.key, gene.gene_id, gene.words) for gene in figure.curated] == [
        (9606, "VEGFA", "7422", ("VEGF",)),
        (9606, "VEGFB", "7423", ("VEGF",)),
        (7227, "hop", "32080", ("JAK",)),
        (10090, "Hspa5", "14828", ("Hspa5",)),
    ]
    assert figure.unassigned == ()


def test_a_companion_table_wins_over_inline_genes_and_the_flat_list(parse: Parse) -> None:
    text = record(
        "genes:", "- {word: p53, hgnc_symbol: TP53}", "schema-jsonld: {keywords: [MDM2, zzz1]}"
    )
    figure = parse(text, GENES_TSV)
    assert symbols(figure) == ["VEGFA", "VEGFB"]
    assert figure.unassigned == ()


@pytest.mark.parametrize(
    "row",
    [
        "F1\t9606\tHomo sapiens\tx\tx\tNA\t\t",
        "F1\t9606\tHomo sapiens\tx\tx\t.na.character\t999999999\tx",
        "F1\tNA\tNA\tx\tx\tTP53\t7157\tx",
        "F1\thuman\tHomo sapiens\tx\tx\tTP53\t7157\tx",
        "F1\t9606",
        "",
    ],
)
def test_a_table_row_without_organism_or_symbol_is_no_gene(parse: Parse, row: str) -> None:
    assert len(parse(record(), f"{GENES_TSV}{row}\n").curated) == 4


def test_a_table_with_windows_line_ends_and_a_mark_is_read(parse: Parse) -> None:
    raw = b"\xef\xbb\xbf" + GENES_TSV.replace("\n", "\r\n").encode()
    assert parse(record(), raw) == parse(record(), GENES_TSV)


def test_a_quote_in_a_table_swallows_no_row(parse: Parse) -> None:
    table = GENES_TSV.replace("\tVEGF\tVEGF\tVEGFA", '\t"VEGF\tVEGF\tVEGFA')
    assert len(parse(record(), table).curated) == 4


def test_a_table_of_the_public_form_with_more_columns_in_another_order(parse: Parse) -> None:
    table = (
        "source\tncbigene_id\tcount\torganism_id\tword\tncbigene_symbol\nx\t1\t3\t9606\tw\tA1BG\n"
    )
    (gene,) = parse(record(), table).curated
    assert (gene.key, gene.gene_id, gene.words) == ((9606, "A1BG"), "1", ("w",))


def test_an_empty_table_leaves_the_flat_list(parse: Parse) -> None:
    text = record("schema-jsonld: {keywords: [TP53]}")
    for table in ("", "\n", GENES_TSV.splitlines()[0]):
        assert symbols(parse(text, table)) == ["TP53"]


def test_a_table_with_other_columns_is_refused(parse: Parse) -> None:
    with pytest.raises(RecordError, match=r"F1-genes\.tsv has no columns organism_id"):
        parse(record(), "gene\tspecies\nTP53\thuman\n")


@pytest.mark.parametrize("place", ["F1-genes.tsv", "_data/F1-genes.tsv", "../_data/F1-genes.tsv"])
def test_the_table_lies_beside_the_record_or_in_a_data_folder(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "_figures"
    table = folder / place
    for made in (folder, folder / "_data", tmp_path / "_data"):
        made.mkdir()
    (folder / "F1.md").write_text(record(), encoding="utf-8")
    table.write_text(GENES_TSV, encoding="utf-8")
    for path in (folder, folder / "F1.md"):
        (figure,) = open_corpus(path)
        assert symbols(figure) == ["VEGFA", "VEGFB"]


def test_another_figures_table_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "F1.md").write_text(record(), encoding="utf-8")
    (tmp_path / "F10-genes.tsv").write_text(GENES_TSV, encoding="utf-8")
    (figure,) = open_corpus(tmp_path)
    assert figure.curated == ()


# --- genes as a flat list


def test_flat_keywords_get_the_organism_that_their_case_tells(parse: Parse) -> None:
    figure = parse(
        record("organisms: NA", "schema-jsonld:", "  keywords: [p53, hop, TP53, HSPA5, Hspa5]")
    )
    assert symbols(figure) == ["TP53", "HSPA5"]
    assert symbols(figure, 7227) == ["p53", "hop"]
    assert figure.unassigned == ("Hspa5",)


def test_a_keyword_of_no_known_gene_is_unassigned_not_dropped(parse: Parse) -> None:
    figure = parse(record("schema-jsonld: {keywords: [TP53, Glucosylceramide-xyz]}"))
    assert symbols(figure) == ["TP53"]
    assert figure.unassigned == ("Glucosylceramide-xyz",)


def test_a_keyword_listed_twice_counts_once(parse: Parse) -> None:
    figure = parse(record("schema-jsonld: {keywords: [TP53, MDM2, TP53]}"))
    assert symbols(figure) == ["TP53", "MDM2"]


@pytest.mark.parametrize(
    "value", ["{keywords: TP53}", "[{keywords: [TP53]}]", "{name: x, keywords: [TP53, NA, '', ~]}"]
)
def test_the_flat_list_comes_in_several_shapes(parse: Parse, value: str) -> None:
    figure = parse(record(f"schema-jsonld: {value}"))
    assert symbols(figure) == ["TP53"]
    assert figure.unassigned == ()


@pytest.mark.parametrize("value", ["", "NULL", "text", "[]", "{keywords: }", "{keywords: {a: b}}"])
def test_a_record_may_have_no_gene_at_all(parse: Parse, value: str) -> None:
    figure = parse(record(f"schema-jsonld: {value}"))
    assert (figure.curated, figure.unassigned) == ((), ())


def test_the_author_keywords_of_the_paper_are_no_genes(parse: Parse) -> None:
    for value in ("TP53 | MDM2 | apoptosis", "[TP53, MDM2]"):
        figure = parse(record(f"keywords: {value}"))
        assert (figure.curated, figure.unassigned) == ((), ())


@pytest.mark.parametrize("keyword", ["On", "No", "off", "1e5", "1_000"])
def test_a_keyword_that_yaml_takes_for_something_else_stays_text(
    parse: Parse, keyword: str
) -> None:
    figure = parse(record(f"schema-jsonld: {{keywords: [TP53, {keyword}]}}"))
    assert keyword in (*figure.unassigned, *(gene.symbol for gene in figure.curated))


@pytest.mark.parametrize(
    ("organisms", "scope"),
    [
        ("Drosophila and human", {7227, 9606}),
        ("Homo sapiens / Drosophila", {7227, 9606}),
        ("Homo sapiens & Mus musculus", {9606}),
        ("Homo sapiens Drosophila melanogaster", {7227, 9606}),
        ("Human (Homo sapiens)", {9606}),
        ("Drosophila simulans", set()),
    ],
)
def test_organisms_in_one_string_are_all_in_scope(
    nomenclature: Nomenclature, organisms: str, scope: set[int]
) -> None:
    raw = f"figid: F1\norganisms: {organisms}\n".encode()
    figure = parse_record(raw, "F1.md", lambda _: None, nomenclature)
    assert set(Scope().resolve(figure, nomenclature)[0]) == scope


def test_a_joint_word_keeps_the_part_that_put_each_gene_on_the_list(
    nomenclature: Nomenclature,
) -> None:
    header = b"organism_id\tword\tmatch\tncbigene_symbol\tncbigene_id\n"
    rows = b"9606\tLRP5/6\tLRP5\tLRP5\t4041\n9606\tLRP5/6\tLRP6\tLRP6\t4040\n"
    rows += b"9606\tWnt,\tWNT\tWNT1\t7471\n"
    table = parse_record(b"figid: A", "A.md", lambda _: header + rows, nomenclature)
    assert [gene.parts for gene in table.curated] == [
        (("LRP5/6", "LRP5"),),
        (("LRP5/6", "LRP6"),),
        (),
    ]
    text = b"figid: A\ngenes: [{word: 'AMPK,p53', symbol: TP53, hgnc_symbol: TP53, entrez: '7157'}]"
    inline = parse_record(text, "A.md", lambda _: None, nomenclature)
    assert [gene.parts for gene in inline.curated] == [(("AMPK,p53", "TP53"),)]
