"""Names that authors use: read from MeSH, ENZYME and nerbench's own table, or derived."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nerbench import NerbenchError
from nerbench.nomenclature.build.derive import (
    micro_rnas,
    name_families,
    shortened,
    symbol_families,
    variants,
)
from nerbench.nomenclature.build.join import Tables, build_lexicon
from nerbench.nomenclature.build.orthologs import read_orthologs
from nerbench.nomenclature.build.respell import respellings
from nerbench.nomenclature.build.sources import GeneRow, NameTable
from nerbench.nomenclature.build.vernacular import (
    CURATED_NAMES,
    read_curated,
    read_enzymes,
    read_mesh,
)
from nerbench.nomenclature.lexicon import Nomenclature

HUMAN, FLY = 9606, 7227


def hgnc(gene_id: str, symbol: str, name: str, *aliases: str) -> GeneRow:
    return GeneRow(gene_id, symbol, [name], [], list(aliases), source="HGNC", is_reviewed=True)


def meanings(tables: Tables, key: str) -> dict[str, tuple[str, str]]:
    """The kind and the source by which a folded name means each gene."""
    return {
        tables.genes[int(row)][1]: (kind, source)
        for folded, _, kind, source, _, rows in tables.names
        if folded == key
        for row in rows.split()
    }


# Names derived from official ones


@pytest.mark.parametrize(
    ("official", "variant"),
    [
        ("actin beta", "beta actin"),
        ("actin, gamma 1", "gamma actin 1"),
        ("nitric oxide synthase 2, inducible", "inducible nitric oxide synthase 2"),
        ("cytochrome P450 family 3 subfamily A member 4", "cytochrome P450 3A4"),
        ("aldehyde dehydrogenase 2 family member", "aldehyde dehydrogenase 2"),
        ("aldo-keto reductase family 1 member B1", "aldo-keto reductase 1B1"),
        ("5-hydroxytryptamine receptor 2C", "5-hydroxytryptamine 2C receptor"),
        ("isocitrate dehydrogenase (NADP(+)) 1", "isocitrate dehydrogenase 1"),
        ("tumor necrosis factor", "tumour necrosis factor"),
        ("hemoglobin subunit beta", "haemoglobin subunit beta"),
        ("NPHS2 stomatin family member, podocin", "podocin"),
        ("hepcidin antimicrobial peptide", "hepcidin"),
        ("oxytocin/neurophysin I prepropeptide", "oxytocin"),
        ("TGFB receptor 2", "TGFB type II receptor"),
    ],
)
def test_an_official_name_has_the_variant(official: str, variant: str) -> None:
    assert variant in list(variants(official))


@pytest.mark.parametrize(
    "official", ["chemokine receptor", "lactate dehydrogenase A pseudogene, mitochondrial", "menin"]
)
def test_an_official_name_has_no_variant(official: str) -> None:
    assert list(variants(official)) == []


def test_genes_whose_names_differ_at_the_end_are_a_family() -> None:
    families = name_families(
        [
            ("PKM", "pyruvate kinase M1/2"),
            ("PKLR", "pyruvate kinase L/R"),
            ("TLR1", "toll like receptor 1"),
            ("TLR2", "toll like receptor 2"),
            ("ACE", "angiotensin converting enzyme"),
            ("ACE2", "angiotensin converting enzyme 2"),
            ("PKMP1", "pyruvate kinase M1/2 pseudogene 1"),
        ]
    )

    assert families["pyruvate kinase"] == ("PKLR", "PKM")
    assert families["toll like receptor"] == ("TLR1", "TLR2")
    assert families["angiotensin converting enzyme"] == ("ACE", "ACE2")


def test_symbols_with_a_common_stem_are_a_family() -> None:
    pairs = [("PIAS1", "PIAS1"), ("PIAS2", "PIAS2"), ("SREBF1", "SREBP1"), ("SREBF2", "SREBP2")]
    unlike = [("PGAP2", "FRAG1"), ("ATAD5", "FRAG1"), ("NOP14", "C4orf9"), ("NOPX", "C4orf1")]

    families = symbol_families([*pairs, *unlike])

    assert families == {"PIAS": ("PIAS1", "PIAS2"), "SREBP": ("SREBF1", "SREBF2")}


def test_symbols_that_differ_in_a_letter_after_a_number_are_a_family() -> None:
    genes = [hgnc(str(n), f"RAB5{letter}", letter) for n, letter in enumerate("ABC")]
    like = hgnc("9", "RAB5L", "like")

    assert set(meanings(build_lexicon([*genes, like]), "rab5")) == {"RAB5A", "RAB5B", "RAB5C"}
    official = build_lexicon([*genes, hgnc("8", "RAB5", "x")])
    assert meanings(official, "rab5") == {}  # the symbol's gene alone, which is no alias


def test_the_stem_of_symbols_is_no_family_where_a_table_knows_it() -> None:
    genes = [hgnc("1", "ECM1", "extracellular matrix protein 1"), hgnc("2", "ECM2", "another")]
    known = hgnc("3", "MMRN1", "multimerin 1", "ECM")

    assert set(meanings(build_lexicon(genes), "ecm")) == {"ECM1", "ECM2"}
    assert set(meanings(build_lexicon([*genes, known]), "ecm")) == {"MMRN1"}


def test_a_micro_rna_has_its_strands_and_its_relatives() -> None:
    names = micro_rnas(["MIR29A", "MIR29B1", "MIR29B2", "MIR153-1", "MIRLET7A1", "MIR29AHG"])

    assert names["miR-29"] == ("MIR29A", "MIR29B1", "MIR29B2")
    assert names["miR-29b-3p"] == ("MIR29B1", "MIR29B2")
    assert names["miR-153"] == ("MIR153-1",)
    assert names["let-7a"] == ("MIRLET7A1",)


def test_a_name_that_begins_with_another_genes_is_shortened_by_its_symbol() -> None:
    names = [
        ("TGFB1", "transforming growth factor beta 1"),
        ("TGFB2", "transforming growth factor beta 2"),
        ("TGFBR2", "transforming growth factor beta receptor 2"),
    ]

    assert ("TGFBR2", "TGFB receptor 2") in shortened(names)


# MeSH and ENZYME


@pytest.fixture
def mesh(tmp_path: Path) -> NameTable:
    """A made-up extract of MeSH: two receptors in a class, an enzyme, and a fish's protein."""
    descriptors = tmp_path / "descriptors.tsv"
    descriptors.write_text(
        "D1\tToll-Like Receptors\tReceptors, Toll-Like|TLR Proteins\tD12.1\t\n"
        "D2\tToll-Like Receptor 4\t\tD12.1.4\t\n"
        "D3\tMembrane Process\t\tG01.1\t\n"
    )
    supplement = tmp_path / "supplement.tsv"
    supplement.write_text(
        "C1\tTLR4 protein, human\ttoll-like receptor 4, human|hToll protein, human\tD2\n"
        "C2\tTLR2 protein, human\ttoll-like receptor 2, human\tD1\n"
        "C3\tOTHER1 protein, human\t\tD1\n"
        "C4\tTlr4 protein, mouse\tlps gene product, mouse|Lps protein, mouse\tD2\n"
        "C5\ttlr4 protein, zebrafish\tdre-tlr4 protein, zebrafish\tD2\n"
    )
    return read_mesh(descriptors, supplement, HUMAN)


def test_mesh_gives_the_names_of_a_protein(mesh: NameTable) -> None:
    genes = [hgnc("7099", "TLR4", "toll like receptor 4"), hgnc("1", "OTHER1", "some other")]

    tables = build_lexicon(genes, tables=[mesh])

    assert meanings(tables, "htoll") == {"TLR4": ("synonym", "MeSH")}
    assert meanings(tables, "lpsgeneproduct") == {"TLR4": ("full_name", "MeSH")}
    assert meanings(tables, "lps") == {}, "a rodent's symbol"
    assert meanings(tables, "dretlr4") == {}


def test_a_class_has_the_members_that_bear_its_name(mesh: NameTable) -> None:
    genes = [
        hgnc("7099", "TLR4", "toll like receptor 4"),
        hgnc("7097", "TLR2", "toll like receptor 2"),
        hgnc("1", "OTHER1", "some other"),
    ]

    meaning = meanings(build_lexicon(genes, tables=[mesh]), "tolllikereceptors")

    assert set(meaning) == {"TLR2", "TLR4"}
    assert {kind for kind, _ in meaning.values()} == {"family"}


def test_an_official_symbol_names_no_class(mesh: NameTable) -> None:
    genes = [
        hgnc("7099", "TLR4", "toll like receptor 4"),
        hgnc("7097", "TLR2", "toll like receptor 2"),
        hgnc("1", "TLR PROTEINS", "a made-up symbol"),
    ]
    tables = build_lexicon(genes, tables=[mesh])

    assert set(meanings(tables, "tolllikereceptors")) == {"TLR2", "TLR4"}
    assert meanings(tables, "tlrproteins") == {}


def test_an_enzyme_is_called_as_its_number_is(tmp_path: Path) -> None:
    numbers = tmp_path / "numbers.tsv"
    row = "HGNC:{0}\t{1}\tname\tApproved" + "\t" * 9 + "{2}\n"
    numbers.write_text(
        row.format(1, "LDHA", "1.1.1.27") + row.format(2, "LDHB", "1.1.1.27, 1.1.1.28")
    )
    names = tmp_path / "names.json"
    names.write_text(
        json.dumps(
            [
                {"id": "1.1.1.27", "name": "L-lactate dehydrogenase",
                 "synonyms": ["Lactic acid dehydrogenase 5", "LDH"]},
                {"id": "9.9.9.9", "name": "nobody's enzyme"},
            ]
        )
    )  # fmt: skip

    assert read_enzymes(numbers, names).members == {"L-lactate dehydrogenase": ("LDHA", "LDHB")}


# nerbench's own names


def test_curated_names_are_read_by_organism_and_sense(tmp_path: Path) -> None:
    path = tmp_path / "names.tsv"
    path.write_text(
        "sense\torganism\tnames\tgenes\treason\treference\n"
        "# a comment\n"
        "usage\thuman\tβ-actin|beta-actin\tACTB\tcommon name\tUniProtKB P60709\n"
        "family\thuman\tHK\tHK1 HK2\tfamily\tUniProtKB P19367\n"
        "complete\thuman\tα5β1\tITGA5 ITGB1\tcomplex\tUniProtKB P08648\n"
        "other\thuman\tROS\t\treactive oxygen species\tMeSH D017382\n"
        "usage\tfly\tHid\thid\tcommon name\tNCBI Gene 40009\n"
    )

    table = read_curated(path, HUMAN)

    assert table.synonyms == {"β-actin": ("ACTB",), "beta-actin": ("ACTB",)}
    assert table.members == {"HK": ("HK1", "HK2"), "α5β1": ("ITGA5", "ITGB1")}
    assert table.complete == {"α5β1"}
    assert table.others == {"ROS"}
    assert read_curated(path, FLY).synonyms == {"Hid": ("hid",)}


@pytest.mark.parametrize("line", ["usage\thuman\tx", "wish\thuman\tx\tA1\twhy\twhere"])
def test_a_curated_line_that_cannot_be_read_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "names.tsv"
    path.write_text(f"sense\torganism\tnames\tgenes\treason\treference\n{line}\n")

    with pytest.raises(NerbenchError, match=r"names\.tsv, line 2: not a sense"):
        read_curated(path, HUMAN)


def test_a_reviewed_name_leaves_the_other_genes_in_doubt() -> None:
    curated = NameTable("nerbench", {}, {"β-actin": ("ACTB",)}, kind="usage")
    genes = [hgnc("60", "ACTB", "actin cytoplasmic"), hgnc("2", "POTEF", "POTE", "β-actin")]

    trusts = {row[4]: row[5] for row in build_lexicon(genes, tables=[curated]).names
              if row[0] == "bactin"}  # fmt: skip

    assert trusts == {"curated": "1", "doubtful": "0"}


def test_no_other_table_adds_to_a_family_that_is_complete() -> None:
    curated = NameTable("nerbench", {"αvβ3": ("V", "B3")}, complete=frozenset({"αvβ3"}))
    other = NameTable("FamPlex", {"alphaVbeta3": ("A5", "B3"), "integrins": ("A5", "B3")})
    genes = [hgnc("1", "V", "av"), hgnc("2", "B3", "b3"), hgnc("3", "A5", "a5")]

    tables = build_lexicon(genes, tables=[other, curated])

    assert set(meanings(tables, "avb3")) == {"V", "B3"}
    assert set(meanings(tables, "integrins")) == {"A5", "B3"}


def test_a_cluster_of_differentiation_is_known_in_full() -> None:
    tables = build_lexicon([hgnc("1", "CD36", "CD36 molecule"), hgnc("2", "ITGAM", "x", "CD11b")])

    assert set(meanings(tables, "clusterofdifferentiation36")) == {"CD36"}
    assert set(meanings(tables, "clusterofdifferentiation11b")) == {"ITGAM"}


def test_a_name_that_is_usually_no_gene_is_doubtful() -> None:
    curated = NameTable("nerbench", others=frozenset({"ROS"}))
    genes = [hgnc("1", "ROS1", "ROS proto-oncogene 1", "ROS"), hgnc("2", "ROS2", "made up")]

    (row,) = (row for row in build_lexicon(genes, tables=[curated]).names if row[0] == "ros")

    assert (row[2], str(row[4])) == ("synonym", "doubtful")


@pytest.mark.parametrize("taxon", [HUMAN, FLY])
def test_every_gene_of_a_curated_name_is_an_official_symbol(
    taxon: int, nomenclature: Nomenclature
) -> None:
    table = read_curated(CURATED_NAMES, taxon)
    official = nomenclature[taxon].exact
    symbols = {s for names in (table.members, table.synonyms) for t in names.values() for s in t}

    assert sorted(symbols - official.keys()) == []
    assert len(symbols) > 50


# Names of the orthologs, and equal words


@pytest.fixture
def orthologs(tmp_path: Path) -> NameTable:
    """Names of made-up orthologs: two human genes, one of which the rat has, too."""
    (tmp_path / "hgnc.tsv").write_text(
        "\n".join(
            "\t".join(("HGNC:1", symbol, "", "", "", "", "", mouse, rat))
            for symbol, mouse, rat in (("ABC1", "MGI:11", "RGD:21"), ("ABC2", "MGI:12", ""))
        )
    )
    (tmp_path / "mgi.tsv").write_text(
        "11\tAbc1\tXyz|zincolin|1810055P05Rik|Short\n12\tAbc2\tzincolin receptor\n"
    )
    (tmp_path / "rgd.tsv").write_text("21\tAbc1\tXYZ;ratty\n")
    mouse = [GeneRow("11", "Abc1", ["zincolin homolog (Drosophila)", "RIKEN cDNA 1 gene"])]
    return read_orthologs(tmp_path / "hgnc.tsv", tmp_path / "mgi.tsv", tmp_path / "rgd.tsv", mouse)


def test_full_names_and_shared_aliases_of_orthologs_are_read(orthologs: NameTable) -> None:
    assert orthologs.synonyms == {
        "Abc1": ("ABC1",),
        "Xyz": ("ABC1",),
        "zincolin": ("ABC1",),
        "zincolin homolog (Drosophila)": ("ABC1",),
        "zincolin receptor": ("ABC2",),
    }


def test_names_of_orthologs_fill_gaps_only(orthologs: NameTable) -> None:
    genes = [hgnc("1", "ABC1", "abc one"), hgnc("2", "ABC2", "abc two", "Xyz")]

    tables = build_lexicon(genes, tables=[orthologs])

    assert meanings(tables, "xyz") == {"ABC2": ("synonym", "HGNC")}
    assert meanings(tables, "zincolinreceptor") == {"ABC2": ("synonym", "orthologs")}


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("alanine aminotransferase", "alanine transaminase"),
        ("sodium/calcium exchanger", "Na+/Ca2+ exchanger"),
        ("voltage-dependent calcium channel", "voltage-gated Ca2+ channel"),
        ("TNF receptor associated factor 6", "tumor necrosis factor receptor associated factor 6"),
        ("HMG-CoA reductase", "HMG-coenzyme A reductase"),
        ("protein disulfide isomerase", "protein disulphide isomerase"),
        ("cyclin dependent protein kinase 5", "cyclin dependent kinase 5"),
    ],
)
def test_a_full_name_is_known_with_equal_words(name: str, other: str) -> None:
    assert other in set(respellings(name))


@pytest.mark.parametrize(
    "name", ["STAT3", "MHC class II", "POU class 3 homeobox", "cluster of differentiation 4",
             "hexokinase", "x" * 61 + " synthase", "zinc finger protein 7"],
)  # fmt: skip
def test_a_name_without_such_words_has_no_other_spelling(name: str) -> None:
    assert list(respellings(name)) == []


def test_equal_words_mean_the_genes_of_the_name() -> None:
    tables = build_lexicon([hgnc("1", "GPT", "glutamic--pyruvic transaminase", "x")],
                           [GeneRow("1", "GPT", ["x", "alanine aminotransferase"])])  # fmt: skip

    assert meanings(tables, "alaninetransaminase") == {"GPT": ("full_name", "derived")}
