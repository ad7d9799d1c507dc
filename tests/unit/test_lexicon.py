"""Lexicons: look-up of spellings, and loading."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from nerbench import NerbenchError
from nerbench.nomenclature.build.join import build_lexicon, write_lexicon
from nerbench.nomenclature.build.sources import GeneRow, Source
from nerbench.nomenclature.lexicon import (
    LEXICON_PATH,
    Lexicon,
    Nomenclature,
    english_words,
    find_rules,
    load_nomenclature,
)

RULES = {
    4932: "taxon: 4932\nlabel: yeast\nname: Saccharomyces cerevisiae\nsymbol_case: false\n",
    9606: "taxon: 9606\nlabel: human\nname: Homo sapiens\n",
    7227: "taxon: 7227\nlabel: gnat\nname: Drosophila melanogaster\n",
}


def symbols(lexicon: Lexicon, rows: tuple[int, ...]) -> set[str]:
    return {lexicon.symbols[row] for row in rows}


@pytest.fixture
def yeast(tmp_path: Path) -> Path:
    """A folder with the lexicon of one further organism, of two genes.

    It also replaces the shipped ones, so that loading is quick.
    """
    genes = [
        GeneRow("851", "CDC28", ["cyclin-dependent kinase"], ["OLD28"], ["CDK1"]),
        GeneRow("852", "STE5", ["scaffold"], ["OLD28", "HMD3"], ["NUL3"]),
    ]
    sources = [Source("made up", "2026-01-01", "CC0", "https://example.org")]
    for taxon, rules in RULES.items():
        write_lexicon(build_lexicon(genes), rules, sources, tmp_path / "more" / str(taxon))
    return tmp_path / "more"


# The shipped lexicons


def test_human_and_fly_are_shipped_human_first(nomenclature: Nomenclature) -> None:
    assert [(o.taxon, o.label) for o in nomenclature.organisms] == [(9606, "human"), (7227, "fly")]


@pytest.mark.parametrize(("taxon", "least"), [(9606, 40_000), (7227, 13_000)])
def test_shipped_lexicon_has_the_organisms_genes(
    nomenclature: Nomenclature, taxon: int, least: int
) -> None:
    assert len(nomenclature[taxon].symbols) > least


@pytest.mark.parametrize("taxon", [9606, 7227])
def test_shipped_lexicon_states_its_sources(nomenclature: Nomenclature, taxon: int) -> None:
    fingerprint_fields = nomenclature[taxon].metadata

    assert fingerprint_fields["genes"] == len(nomenclature[taxon].symbols)
    for source in fingerprint_fields["sources"]:
        assert re.fullmatch(r"\d{4}(-\d\d)?(-\d\d)?", str(source["date"]))
        assert source["title"]
        assert source["licence"]
        assert source["address"].startswith(("https://", "nerbench/"))


@pytest.mark.parametrize("taxon", [9606, 7227])
def test_every_official_symbol_means_its_gene(nomenclature: Nomenclature, taxon: int) -> None:
    lexicon = nomenclature[taxon]

    lost = [s for row, s in enumerate(lexicon.symbols) if row not in lexicon.by_symbol(s)]

    assert lost == []


@pytest.mark.parametrize("taxon", [9606, 7227])
def test_every_gene_is_found_by_its_id(nomenclature: Nomenclature, taxon: int) -> None:
    lexicon = nomenclature[taxon]

    lost = [i for row, i in enumerate(lexicon.gene_ids) if lexicon.find(i, "no such") != row]

    assert lost == []


def test_case_of_a_symbol_counts_in_fly_only(nomenclature: Nomenclature) -> None:
    human, fly = nomenclature[9606], nomenclature[7227]

    assert human.by_symbol("stat3") == human.by_symbol("STAT3") != ()
    assert symbols(fly, fly.by_symbol("Dl")) == {"Dl"}
    assert symbols(fly, fly.by_symbol("dl")) == {"dl"}
    assert fly.by_symbol("DL") == ()


def test_current_hgnc_symbols_win_over_older_ones(nomenclature: Nomenclature) -> None:
    human = nomenclature[9606]

    assert human.by_symbol("IL8") == ()
    assert symbols(human, human.by_folded_name("il8")) == {"CXCL8"}
    assert human.by_symbol("CXCL8") != ()


@pytest.mark.parametrize(
    ("family", "members"),
    [
        ("JAK", {"JAK1", "JAK2", "JAK3", "TYK2"}),
        ("VEGF", {"VEGFA", "VEGFB", "VEGFC", "VEGFD", "PGF"}),
        ("AKT", {"AKT1", "AKT2", "AKT3"}),
        ("NF-κB", {"NFKB1", "NFKB2", "REL", "RELA", "RELB"}),
    ],
)
def test_family_has_its_members(nomenclature: Nomenclature, family: str, members: set[str]) -> None:
    human = nomenclature[9606]

    assert symbols(human, human.family(family)) == members


@pytest.mark.parametrize(
    ("gene_id", "symbol", "found"),
    [
        ("7157", "p53", "TP53"),
        (None, "TP53", "TP53"),
        (None, "IL8", "CXCL8"),
        (None, "tp53", "TP53"),
        ("no id", "TP53", "TP53"),
        (None, "NO-SUCH-GENE", None),
        (None, "PI3K", None),
    ],
)
def test_curated_gene_is_found_by_id_symbol_or_previous_symbol(
    nomenclature: Nomenclature, gene_id: str | None, symbol: str, found: str | None
) -> None:
    human = nomenclature[9606]

    row = human.find(gene_id, symbol)

    assert (None if row is None else human.symbols[row]) == found


def test_unknown_spelling_means_nothing(nomenclature: Nomenclature) -> None:
    human = nomenclature[9606]

    assert human.by_symbol("nosuchgene") == human.by_folded_name("nosuchgene") == ()
    assert human.family("nosuchgene") == ()
    assert not human.is_known("nosuchgene")


# Organisms


@pytest.mark.parametrize(
    ("text", "taxon"),
    [
        ("Homo sapiens", 9606),
        ("homo  SAPIENS", 9606),
        ("human", 9606),
        ("9606", 9606),
        ("Drosophila melanogaster", 7227),
        ("Drosophila", 7227),
        ("fly", 7227),
        ("Mus musculus", None),
        ("Drosophila simulans", None),
        ("NA", None),
        ("", None),
    ],
)
def test_organism_is_known_by_its_names(
    nomenclature: Nomenclature, text: str, taxon: int | None
) -> None:
    assert nomenclature.taxon_of(text) == taxon


def test_unsupported_taxon_is_labelled_by_its_id(nomenclature: Nomenclature) -> None:
    assert nomenclature.label(7227) == "fly"
    assert nomenclature.label(10090) == "10090"


def test_signature_holds_every_digest(nomenclature: Nomenclature) -> None:
    human, fly = nomenclature[9606].digest, nomenclature[7227].digest

    assert nomenclature.signature == f"9606@{human},7227@{fly}"
    assert len(human) == len(fly) == 16


# Words


@pytest.mark.parametrize("word", ["the", "was", "pathway", "figure", "rest"])
def test_ordinary_words_are_known(word: str) -> None:
    assert word in english_words()


@pytest.mark.parametrize("gene", ["stat3", "egfr", "mapk"])
def test_gene_symbols_are_not_ordinary_words(gene: str) -> None:
    assert gene not in english_words()


# Loading


def test_nomenclature_is_read_once() -> None:
    assert load_nomenclature() is load_nomenclature()


def test_another_folder_adds_an_organism(yeast: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LEXICON_PATH, str(yeast))

    nomenclature = load_nomenclature()

    assert list(nomenclature) == [9606, 4932, 7227]
    assert nomenclature.taxon_of("Saccharomyces cerevisiae") == 4932
    assert find_rules("yeast") == yeast / "4932" / "organism.yaml"
    assert find_rules("axolotl") is None


def test_several_folders_and_empty_entries_are_allowed(
    yeast: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv(LEXICON_PATH, os.pathsep.join(["", str(tmp_path / "empty"), str(yeast)]))

    assert 4932 in load_nomenclature()


def test_previous_symbol_of_two_genes_finds_neither(
    yeast: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LEXICON_PATH, str(yeast))
    lexicon = load_nomenclature()[4932]

    assert lexicon.find(None, "OLD28") is None
    assert lexicon.find(None, "HMD3") == 1
    assert lexicon.previous_symbols == {"HMD3": 1}
    assert symbols(lexicon, lexicon.by_folded_name("old28")) == {"CDC28", "STE5"}


def test_missing_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LEXICON_PATH, str(tmp_path / "absent"))

    with pytest.raises(NerbenchError, match=rf"absent: no such folder .*{LEXICON_PATH}"):
        load_nomenclature()


def damage_missing(folder: Path) -> None:
    (folder / "names.tsv.gz").unlink()


def damage_cut(folder: Path) -> None:
    file = folder / "genes.tsv.gz"
    file.write_bytes(file.read_bytes()[:-12])


def damage_flipped(folder: Path) -> None:
    file = folder / "genes.tsv.gz"
    raw = file.read_bytes()
    file.write_bytes(raw[:12] + bytes(255 - byte for byte in raw[12:40]) + raw[40:])


def damage_columns(folder: Path) -> None:
    (folder / "genes.tsv.gz").write_bytes(gzip.compress(b"gene_id\tsymbol\n1\tA\n"))


def damage_rows(folder: Path) -> None:
    text = b"key\tname\tkind\tgenes\nx\tX\tsynonym\tnone\n"
    (folder / "names.tsv.gz").write_bytes(gzip.compress(text))


def damage_far_row(folder: Path) -> None:
    text = b"key\tname\tkind\tgenes\nx\tX\tsynonym\t99\n"
    (folder / "names.tsv.gz").write_bytes(gzip.compress(text))


def damage_kind(folder: Path) -> None:
    text = b"key\tname\tkind\tgenes\nx\tX\tnickname\t0\n"
    (folder / "names.tsv.gz").write_bytes(gzip.compress(text))


def damage_yaml(folder: Path) -> None:
    (folder / "sources.yaml").write_text("sources: [", encoding="utf-8")


@pytest.mark.parametrize(
    "damage",
    [
        damage_missing,
        damage_cut,
        damage_flipped,
        damage_columns,
        damage_rows,
        damage_far_row,
        damage_kind,
        damage_yaml,
    ],
)
def test_damaged_lexicon_is_an_error_that_names_its_folder(
    damage: Callable[[Path], None], yeast: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(yeast / "4932")
    monkeypatch.setenv(LEXICON_PATH, str(yeast))

    with pytest.raises(NerbenchError, match=r"4932: the lexicon cannot be read"):
        load_nomenclature()


def test_rules_of_another_organism_are_checked(
    yeast: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = yeast / "4932" / "organism.yaml"
    rules.write_text(yaml.safe_dump({"taxon": 4932, "label": "yeast"}), encoding="utf-8")
    monkeypatch.setenv(LEXICON_PATH, str(yeast))

    with pytest.raises(NerbenchError, match=r"organism\.yaml: the field 'name' is missing"):
        load_nomenclature()


def test_another_folder_replaces_the_shipped_one(
    yeast: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LEXICON_PATH, str(yeast))

    nomenclature = load_nomenclature()

    assert nomenclature.label(7227) == "gnat"
    assert nomenclature[7227].symbols == ["CDC28", "STE5"]
