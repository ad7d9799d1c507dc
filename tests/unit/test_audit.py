"""The meanings of names with their aliases, and the table of meanings that must hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from nerbench import NerbenchError
from nerbench.nomenclature.audit import audit, read_table
from nerbench.nomenclature.lookup import look_up
from nerbench.nomenclature.matcher import Matcher
from nerbench.records import Level

TABLE = Path(__file__).parents[1] / "data" / "lexicon_audit.tsv"
HUMAN, FLY = 9606, 7227


def write(path: Path, *rows: str) -> Path:
    """Write a table whose cells are parted by `;` here and by tabs in the file."""
    header = "mention;organism;level;must;must_not"
    path.write_text("\n".join((header, *rows)).replace(";", "\t"), encoding="utf-8")
    return path


def test_every_row_of_the_table_holds(matcher: Matcher) -> None:
    shortfalls = list(audit(read_table(TABLE), matcher, TABLE))

    assert [str(shortfall) for shortfall in shortfalls] == []


def test_a_row_that_does_not_hold_says_what_is_missing_and_what_is_wrong(
    matcher: Matcher, tmp_path: Path
) -> None:
    table = write(
        tmp_path / "t.tsv",
        "p53;human;synonym;TP53;STAT3",
        "p53;human;synonym;STAT3 TP53;",
        "JAK;human;family;;TYK2 SRC",
        "p53;human;symbol;-;",
        "p53;human;synonym;-;",
    )

    shortfalls = [str(shortfall) for shortfall in audit(read_table(table), matcher, table)]

    assert shortfalls == [
        "line 3: p53 (human, synonym) does not mean STAT3",
        "line 4: JAK (human, family) means TYK2",
        "line 6: p53 (human, synonym) means TP53",
    ]


def test_a_composite_mention_means_the_genes_of_all_its_names(
    matcher: Matcher, tmp_path: Path
) -> None:
    table = write(tmp_path / "t.tsv", "MMP2/9;human;symbol;MMP2 MMP9;")

    assert list(audit(read_table(table), matcher, table)) == []


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("p53;human;gene;TP53;", "line 2: no level: 'gene'; use symbol, synonym, family"),
        ("p53;human;symbol;;", "line 2: give a mention, an organism, and genes"),
        ("p53", "line 2: no level"),
        ("p53;axolotl;symbol;TP53;", "line 2: unknown organism 'axolotl'"),
        ("p53;human;symbol;p53;", "line 2: 'p53' is no official symbol of human"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(
    row: str, message: str, matcher: Matcher, tmp_path: Path
) -> None:
    table = write(tmp_path / "t.tsv", row)

    with pytest.raises(NerbenchError, match=message):
        list(audit(read_table(table), matcher, table))


def test_a_file_that_is_no_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text("a\tb\n")

    with pytest.raises(NerbenchError, match=r"t\.tsv: the first line must name the columns"):
        read_table(tmp_path / "t.tsv")
    with pytest.raises(NerbenchError, match=r"gone\.tsv: no such file or folder"):
        read_table(tmp_path / "gone.tsv")


def test_a_gene_is_linked_by_its_most_trusted_alias(matcher: Matcher) -> None:
    # EPHB2 was called ERK before MAPK1 was; HGNC lists it among the previous symbols.
    by_level = {meaning.level: meaning.genes for meaning in look_up("ERK", [HUMAN], matcher)}

    assert by_level[Level.SYMBOL] == ()
    assert [gene.symbol for gene in by_level[Level.SYNONYM]] == ["MAPK1"]
    trusts = {gene.symbol: gene.trust for gene in by_level[Level.FAMILY]}
    assert trusts == {"EPHB2": "doubtful", "MAPK1": "authority", "MAPK3": "curated"}


def test_an_official_symbol_is_its_own_alias(matcher: Matcher) -> None:
    (gene,) = next(look_up("stat3", [HUMAN], matcher)).genes

    assert (gene.symbol, gene.gene_id, gene.alias, gene.trust) == (
        "STAT3", "6774", "STAT3", "official",
    )  # fmt: skip


def test_each_name_organism_and_level_has_a_row(matcher: Matcher) -> None:
    meanings = list(look_up("MMP2/9", [HUMAN, FLY], matcher))

    assert [(m.name, m.organism) for m in meanings] == [
        (name, organism)
        for name in ("MMP2", "MMP9")
        for organism in ("human", "fly")
        for _ in Level
    ]
    assert {m.mention for m in meanings} == {"MMP2/9"}
