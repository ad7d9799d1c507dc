"""Trust: which genes a name means for certain, and which only perhaps."""

from __future__ import annotations

import pytest

from nerbench.nomenclature.build.join import Tables, build_lexicon
from nerbench.nomenclature.build.sources import GeneRow, NameTable


def trusts(tables: Tables, key: str) -> dict[str, str]:
    """The trust of each gene that a folded name means, by symbol; families apart."""
    found = {}
    for folded, _, kind, _, trust, rows in tables.names:
        if folded == key and kind != "family":
            found |= {tables.genes[int(row)][1]: str(trust) for row in rows.split()}
    return found


def hgnc(gene_id: str, symbol: str, *aliases: str) -> GeneRow:
    return GeneRow(gene_id, symbol, synonyms=list(aliases), source="HGNC", is_reviewed=True)


def ncbi(gene_id: str, symbol: str, *aliases: str, also: tuple[str, ...] = ()) -> GeneRow:
    names = ["official name", *also]
    return GeneRow(gene_id, symbol, names, synonyms=list(aliases), source="NCBI")


def test_alias_of_one_table_alone_is_lone() -> None:
    tables = build_lexicon([hgnc("1", "ABC1")], [ncbi("1", "ABC1", "XY7")])

    assert trusts(tables, "xy7") == {"ABC1": "lone"}


def test_alias_that_the_committee_gives_has_its_authority() -> None:
    tables = build_lexicon([hgnc("1", "ABC1", "XY7")], [ncbi("1", "ABC1", "XY-7")])

    assert trusts(tables, "xy7") == {"ABC1": "authority"}
    assert [row[3] for row in tables.names if row[0] == "xy7"] == ["HGNC+NCBI"]


def test_alias_in_two_columns_is_of_several() -> None:
    tables = build_lexicon([], [ncbi("1", "ABC1", "XY7", also=("xy 7",))])

    assert trusts(tables, "xy7") == {"ABC1": "several"}


def test_only_the_first_full_name_of_ncbi_is_official() -> None:
    tables = build_lexicon([], [ncbi("1", "ABC1", also=("another name",))])

    assert trusts(tables, "officialname") == {"ABC1": "authority"}
    assert trusts(tables, "anothername") == {"ABC1": "lone"}


@pytest.mark.parametrize("better", [hgnc("2", "XY7"), hgnc("2", "DEF1", "XY7"), ncbi("2", "xy7")])
def test_lone_alias_is_doubtful_where_another_gene_has_the_name_for_certain(
    better: GeneRow,
) -> None:
    tables = build_lexicon([hgnc("1", "ABC1"), better], [ncbi("1", "ABC1", "XY7")])

    assert trusts(tables, "xy7")["ABC1"] == "doubtful"


def test_lone_aliases_of_two_genes_are_both_kept() -> None:
    tables = build_lexicon([], [ncbi("1", "ABC1", "XY7"), ncbi("2", "DEF1", "XY7")])

    assert trusts(tables, "xy7") == {"ABC1": "lone", "DEF1": "lone"}


def test_alias_that_is_the_name_of_a_family_is_doubtful_for_genes_outside_of_it() -> None:
    table = NameTable("FamPlex", {"XY": ("XY1", "XY2")})
    genes = [hgnc("1", "XY1", "XY"), hgnc("2", "XY2"), hgnc("3", "ABC1", "XY")]

    tables = build_lexicon(genes, tables=[table])

    assert trusts(tables, "xy") == {"XY1": "authority", "ABC1": "doubtful"}


def test_lone_alias_of_a_member_of_the_family_of_this_name_is_kept() -> None:
    table = NameTable("FamPlex", {"XY": ("XY1", "XY2")})
    genes = [hgnc("1", "XY1", "XY"), hgnc("2", "XY2")]

    tables = build_lexicon(genes, [ncbi("2", "XY2", "XY")], tables=[table])

    assert trusts(tables, "xy") == {"XY1": "authority", "XY2": "lone"}


def test_official_symbol_is_never_doubtful() -> None:
    table = NameTable("FamPlex", {"XY": ("XY1", "XY2")})

    tables = build_lexicon([hgnc("1", "XY1"), hgnc("2", "XY2"), hgnc("3", "XY")], tables=[table])

    assert [gene[:3] for gene in tables.genes if gene[1] == "XY"] == [("3", "XY", "xy")]
    assert trusts(tables, "xy") == {}


def test_lone_alias_that_is_a_word_is_doubtful() -> None:
    genes = [ncbi("1", "ABC1", "WAS", "XY7")]

    tables = build_lexicon([], genes, words={"was"})

    assert trusts(tables, "was") == {"ABC1": "doubtful"}
    assert trusts(tables, "xy7") == {"ABC1": "lone"}


def family(tables: Tables, key: str) -> set[str]:
    """The members of the family of a folded name, by symbol."""
    rows = [row[5] for row in tables.names if row[0] == key and row[2] == "family"]
    return {tables.genes[int(row)][1] for members in rows for row in members.split()}


def test_stem_of_official_symbols_is_a_family_although_a_table_has_it_for_another_gene() -> None:
    genes = [hgnc("1", "ATF1"), hgnc("2", "ATF2", "ATF"), hgnc("3", "PLAU"), hgnc("4", "ATF3R")]
    tables = build_lexicon(genes, [ncbi("3", "PLAU", "ATF")])

    assert family(tables, "atf") == {"ATF1", "ATF2"}  # without the receptor
    assert trusts(tables, "atf") == {"ATF2": "authority", "PLAU": "doubtful"}


def test_stem_of_official_symbols_is_no_family_where_it_usually_means_another_gene() -> None:
    opn = [hgnc("1", "OPN3"), hgnc("2", "OPN4")]
    by_committee = build_lexicon([*opn, hgnc("3", "SPP1", "OPN")])
    official = build_lexicon([*opn, hgnc("3", "OPN")])
    other_family = NameTable("FamPlex", members={"OPN": ("SPP1", "SPP2")})
    by_famplex = build_lexicon([*opn, hgnc("3", "SPP1"), hgnc("4", "SPP2")], tables=[other_family])

    assert family(by_committee, "opn") == family(official, "opn") == set()
    assert family(by_famplex, "opn") == {"SPP1", "SPP2"}
