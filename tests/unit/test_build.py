"""Build lexicons from small made-up files in the formats of the sources."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from nerbench import NerbenchError
from nerbench.nomenclature.build import assemble as make
from nerbench.nomenclature.build.join import Tables, build_lexicon, write_lexicon
from nerbench.nomenclature.build.sources import (
    GeneRow,
    Source,
    read_famplex,
    read_flybase,
    read_gene_info,
    read_hgnc,
)
from nerbench.nomenclature.lexicon import LEXICON_PATH, Lexicon, load_nomenclature

Sources = dict[str, Path]


def names_of(tables: Tables, symbol: str) -> dict[str, set[str]]:
    """The names that mean one gene, by kind."""
    row = [gene[1] for gene in tables.genes].index(symbol)
    found: dict[str, set[str]] = {}
    for _, name, kind, _, _, members in tables.names:
        if str(row) in members.split():
            found.setdefault(kind, set()).add(name)
    return found


@pytest.fixture(scope="module")
def human(sources: Sources) -> Tables:
    return build_lexicon(
        read_hgnc(sources["hgnc"]),
        read_gene_info(sources["human"], 9606),
        [read_famplex(sources["famplex"])],
    )


@pytest.fixture(scope="module")
def fly(sources: Sources) -> Tables:
    return build_lexicon(read_flybase(sources["flybase"]), read_gene_info(sources["fly"], 7227))


# Each source's format


def test_gene_info_is_read_for_one_taxon(sources: Sources) -> None:
    genes = read_gene_info(sources["human"], 9606)

    assert [gene.symbol for gene in genes] == ["IL8", "IL6", "NOVEL1", "LOC999002"]


def test_gene_info_keeps_every_name_and_the_link_to_hgnc(sources: Sources) -> None:
    il8 = read_gene_info(sources["human"], 9606)[0]

    assert il8.gene_id == "3576"
    assert il8.synonyms == ["GCP-1", "NAP-1"]
    assert set(il8.full_names) == {"interleukin 8", "emoctakin", "neutrophil factor"}
    assert "HGNC:6025" in il8.other_ids


def test_gene_info_is_read_unzipped_too(sources: Sources, tmp_path: Path) -> None:
    plain = tmp_path / "Homo_sapiens.gene_info"
    plain.write_bytes(gzip.decompress(sources["human"].read_bytes()))

    assert read_gene_info(plain, 9606) == read_gene_info(sources["human"], 9606)


def test_gene_info_without_the_taxon_is_refused(sources: Sources) -> None:
    with pytest.raises(NerbenchError, match=r"holds no gene of taxon 7227"):
        read_gene_info(sources["human"], 7227)


def test_hgnc_keeps_approved_genes_only(sources: Sources) -> None:
    genes = read_hgnc(sources["hgnc"])

    assert [gene.symbol for gene in genes] == ["CXCL8", "IL6", "AKT1", "AKT2", "NOID1"]


def test_hgnc_cells_with_quotes_and_bars_are_split(sources: Sources) -> None:
    cxcl8 = read_hgnc(sources["hgnc"])[0]

    assert cxcl8.synonyms == ["LECT", "SCYB8"]
    assert cxcl8.previous == ["IL8"]
    assert cxcl8.uniprot == ("P10145",)


def test_hgnc_gene_without_ncbi_id_keeps_its_hgnc_id(sources: Sources) -> None:
    assert read_hgnc(sources["hgnc"])[-1].gene_id == "HGNC:998"


def test_flybase_header_is_read_from_comments(sources: Sources) -> None:
    genes = read_flybase(sources["flybase"])

    assert [(gene.gene_id, gene.symbol) for gene in genes] == [
        ("FBgn0000463", "Dl"),
        ("FBgn0260632", "dl"),
        ("FBgn0000003", "newa"),
    ]
    assert genes[0].full_names == ["Delta", "delta ligand"]
    assert genes[0].synonyms == ["CG3619", "l(3)92Ab"]


def test_famplex_members_are_followed_through_subfamilies(sources: Sources) -> None:
    families = read_famplex(sources["famplex"])

    assert families.members["AKT"] == ("AKT1", "AKT2")
    assert families.members["Cytokine"] == ("CXCL8", "IL6")


def test_famplex_cycle_ends(sources: Sources) -> None:
    families = read_famplex(sources["famplex"])

    assert families.members["Chemokine_sub"] == ("CXCL8", "IL6")


def test_famplex_texts_name_families_and_single_genes(sources: Sources) -> None:
    families = read_famplex(sources["famplex"])

    assert families.members["PKB family"] == ("AKT1", "AKT2")
    assert families.synonyms["interleukin six"] == ("IL6",)
    assert families.synonyms["monocyte factor"] == ("P10145",)
    assert "NO" not in families.synonyms
    assert "I6" not in families.synonyms, "two letters are too few"


@pytest.mark.parametrize("read", [partial(read_gene_info, taxon=9606), read_hgnc, read_flybase])
def test_file_of_another_format_is_named_and_refused(
    read: Callable[[Path], list[GeneRow]], tmp_path: Path
) -> None:
    other = tmp_path / "other.tsv"
    other.write_text("a\tb\n1\t2\n", encoding="utf-8")

    with pytest.raises(NerbenchError, match=r"other\.tsv: no line has the columns .*[sS]ymbol"):
        read(other)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NerbenchError, match=r"absent\.txt: cannot be read"):
        read_hgnc(tmp_path / "absent.txt")


def test_missing_famplex_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(NerbenchError, match=r"relations\.csv"):
        read_famplex(tmp_path)


@pytest.mark.parametrize("damage", ["cut", "no gzip", "flipped bytes"])
def test_damaged_download_is_an_error_that_names_the_file(
    damage: str, sources: Sources, tmp_path: Path
) -> None:
    raw = sources["human"].read_bytes()
    broken = tmp_path / "broken.gene_info.gz"
    broken.write_bytes(
        {
            "cut": raw[: len(raw) // 2],
            "no gzip": b"<html>busy</html>",
            "flipped bytes": raw[:40] + bytes(255 - b for b in raw[40:80]) + raw[80:],
        }[damage]
    )

    with pytest.raises(NerbenchError, match=r"broken\.gene_info\.gz: cannot be read"):
        read_gene_info(broken, 9606)


def test_row_cut_short_does_not_break_the_build(sources: Sources, tmp_path: Path) -> None:
    whole = gzip.decompress(sources["human"].read_bytes())
    cut = tmp_path / "cut.gene_info"
    cut.write_bytes(whole + b"9606\t12\n")

    try:
        tables = build_lexicon(read_gene_info(cut, 9606))
    except NerbenchError as error:
        assert "cut.gene_info" in str(error)
    else:
        assert [gene[1] for gene in tables.genes] == ["IL6", "IL8", "NOVEL1", "LOC999002"]


# Joining them


def test_current_symbol_wins_and_the_older_is_a_previous_one(human: Tables) -> None:
    assert ("3576", "CXCL8", "cxcl8", "C-X-C motif chemokine ligand 8") in human.genes
    assert "IL8" in names_of(human, "CXCL8")["previous"]
    assert "IL8" not in [gene[1] for gene in human.genes]


def test_synonyms_of_all_sources_are_joined(human: Tables) -> None:
    names = names_of(human, "CXCL8")

    assert {"LECT", "SCYB8", "GCP-1", "NAP-1", "monocyte factor"} <= names["synonym"]
    assert {"neutrophil-activating peptide", "emoctakin"} <= names["full_name"]


def test_gene_that_only_ncbi_knows_is_kept_but_not_placeholders(human: Tables) -> None:
    symbols = {gene[1] for gene in human.genes}

    assert "NOVEL1" in symbols
    assert not symbols & {"LOC999002", "NEWENTRY", "GONE1"}


def test_family_names_their_members(human: Tables) -> None:
    assert "AKT" in names_of(human, "AKT2")["family"]
    assert "PKB family" in names_of(human, "AKT1")["family"]
    assert "family" in names_of(human, "IL6")


def test_spelling_that_folds_to_the_official_symbol_is_not_stored_again(human: Tables) -> None:
    assert "IL-6" not in names_of(human, "IL6")["synonym"]


def test_genes_are_in_the_order_of_their_ncbi_ids(human: Tables) -> None:
    ids = [gene[0] for gene in human.genes]

    assert ids == ["207", "208", "3569", "3576", "999001", "HGNC:998"]


def test_fly_gene_takes_its_symbol_from_flybase_and_its_id_from_ncbi(fly: Tables) -> None:
    assert [gene[:2] for gene in fly.genes] == [("35047", "dl"), ("40000", "newa"), ("42313", "Dl")]
    assert names_of(fly, "newa")["previous"] == {"olda"}


def test_isoform_designations_are_not_names(fly: Tables) -> None:
    names = {row[1] for row in fly.names}

    assert "Dl-PA" not in names
    assert "Delta ligand" in names or "delta ligand" in names


def test_generic_words_are_not_names() -> None:
    tables = build_lexicon([GeneRow("1", "ABC1", full_names=["protein", "kinase", "abc kinase"])])

    assert [row[1] for row in tables.names] == ["abc kinase"]


def test_order_of_the_source_rows_does_not_matter(sources: Sources) -> None:
    families = read_famplex(sources["famplex"])
    forward = build_lexicon(
        read_hgnc(sources["hgnc"]), read_gene_info(sources["human"], 9606), [families]
    )

    backward = build_lexicon(
        read_hgnc(sources["hgnc"])[::-1], read_gene_info(sources["human"], 9606)[::-1], [families]
    )

    assert {g[:3] for g in backward.genes} == {g[:3] for g in forward.genes}
    assert backward.names == forward.names


# Writing and reading back


def made(out: Path, organism: str, files: dict[str, Path]) -> Path:
    folder, _ = make.make_lexicon(out, organism, None, files, fetch=False, from_packages=False)
    return folder


@pytest.fixture(scope="module")
def built(sources: Sources, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tiny lexicons of human and fly."""
    out = tmp_path_factory.mktemp("lexicons")
    given = {name: sources[name] for name in ("hgnc", "famplex")}
    made(out, "human", given | {"ncbi": sources["human"]})
    made(out, "fly", {"flybase": sources["flybase"], "ncbi": sources["fly"]})
    return out


@pytest.fixture
def tiny(built: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Lexicon]:
    """The tiny lexicons, loaded in the place of the shipped ones."""
    monkeypatch.setenv(LEXICON_PATH, str(built))
    nomenclature = load_nomenclature()
    return {nomenclature.label(taxon): nomenclature[taxon] for taxon in nomenclature}


def test_built_folder_replaces_the_shipped_lexicon(tiny: dict[str, Lexicon]) -> None:
    assert len(tiny["human"].symbols) == 6
    assert len(tiny["fly"].symbols) == 3


def test_built_lexicon_answers_at_every_level(tiny: dict[str, Lexicon]) -> None:
    human = tiny["human"]

    assert [human.symbols[row] for row in human.by_symbol("cxcl8")] == ["CXCL8"]
    assert [human.symbols[row] for row in human.by_folded_name("il8")] == ["CXCL8"]
    assert [human.symbols[row] for row in human.family("Akt")] == ["AKT1", "AKT2"]


def test_built_fly_lexicon_distinguishes_case(tiny: dict[str, Lexicon]) -> None:
    fly = tiny["fly"]

    assert [fly.symbols[row] for row in fly.by_symbol("Dl")] == ["Dl"]
    assert [fly.symbols[row] for row in fly.by_symbol("dl")] == ["dl"]
    assert sorted(fly.symbols[row] for row in fly.by_folded_name("dl")) == ["Dl", "dl"]


def test_sources_are_written_down_with_title_date_and_licence(built: Path) -> None:
    metadata = yaml.safe_load((built / "9606" / "sources.yaml").read_text(encoding="utf-8"))

    assert metadata["genes"] == 6
    assert len(metadata["digest"]) == 16
    titles = " ".join(source["title"] for source in metadata["sources"])
    assert all(word in titles for word in ("HGNC", "NCBI Gene", "FamPlex"))
    assert all(s["date"] and s["licence"] and s["address"] for s in metadata["sources"])


def test_same_sources_give_the_same_bytes(built: Path, sources: Sources, tmp_path: Path) -> None:
    again = made(tmp_path, "fly", {"flybase": sources["flybase"], "ncbi": sources["fly"]})

    for file in sorted(path.name for path in again.iterdir()):
        assert (again / file).read_bytes() == (built / "7227" / file).read_bytes(), file


def test_digest_depends_on_the_names(tmp_path: Path) -> None:
    digests = set()
    for at, alias in enumerate(("A-1", "A-2")):
        tables = build_lexicon([GeneRow("1", "ABC1", synonyms=[alias])])
        write_lexicon(tables, "", [Source("t", "2026", "CC0", "http://x")], tmp_path / str(at))
        digests.add(yaml.safe_load((tmp_path / str(at) / "sources.yaml").read_text())["digest"])

    assert len(digests) == 2


def test_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")

    with pytest.raises(NerbenchError, match=r"file.*cannot be written"):
        write_lexicon(Tables([], []), "", [], blocked / "9606")


# make_lexicon


@pytest.mark.parametrize(
    ("organism", "rules", "message"),
    [
        (None, None, "which organism"),
        ("human", Path("organism.yaml"), "which organism"),
        ("axolotl", None, "unknown organism 'axolotl'"),
        (None, Path("absent.yaml"), "absent.yaml"),
    ],
)
def test_organism_must_be_given_once(
    organism: str | None, rules: Path | None, message: str, sources: Sources, tmp_path: Path
) -> None:
    with pytest.raises(NerbenchError, match=message):
        make.make_lexicon(
            tmp_path, organism, rules, {"ncbi": sources["human"]}, fetch=False, from_packages=False
        )


@pytest.mark.parametrize("given", [[], ["famplex"]])
def test_no_source_is_an_error(given: list[str], sources: Sources, tmp_path: Path) -> None:
    with pytest.raises(NerbenchError, match=r"--ncbi, --hgnc or --flybase, or --download"):
        made(tmp_path, "human", {name: sources[name] for name in given})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("label: mouse\nname: Mus musculus\n", "taxon"),
        ("taxon: many\nlabel: mouse\nname: Mus musculus\n", "no organism rules"),
        ("- a list\n", "no organism rules"),
        ("taxon: [", "no organism rules"),
        ("", "no organism rules"),
    ],
)
def test_rules_that_cannot_be_read_are_named(fields: str, message: str, tmp_path: Path) -> None:
    rules = tmp_path / "organism.yaml"
    rules.write_text(fields, encoding="utf-8")

    with pytest.raises(NerbenchError, match=rf"organism\.yaml: .*{message}"):
        make.make_lexicon(tmp_path, None, rules, {}, fetch=False, from_packages=False)


class _Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and remembers what was asked for."""

    asked: list[str]

    def log_message(self, *_: object) -> None:
        self.asked.append(self.path)


@pytest.fixture
def server(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A local server in the place of all sources; gives the list of paths asked for."""
    asked: list[str] = []
    handler = type("Handler", (_Quiet,), {"asked": asked})
    folder = sources["hgnc"].parent
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder))) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        base = f"http://127.0.0.1:{http.server_address[1]}/"
        for name, path in {
            "ncbi": "gene_info.gz",
            "ncbi:9606": "Homo_sapiens.gene_info.gz",
            "ncbi:10090": "Mus_musculus.gene_info.gz",
            "ncbi:7227": "Drosophila_melanogaster.gene_info.gz",
            "hgnc": "hgnc_complete_set.txt",
            "flybase": "",
            "famplex": "famplex/",
        }.items():
            monkeypatch.setitem(make.ADDRESSES, name, base + path)
        yield asked
        http.shutdown()
        thread.join()


@pytest.mark.parametrize(("organism", "taxon"), [("human", "9606"), ("fly", "7227")])
def test_downloaded_sources_make_the_same_lexicon_as_given_ones(
    organism: str, taxon: str, built: Path, server: list[str], tmp_path: Path
) -> None:
    folder, _ = make.make_lexicon(tmp_path, organism, None, {}, fetch=True, from_packages=False)

    assert folder == tmp_path / taxon
    for file in ("genes.tsv.gz", "names.tsv.gz"):
        assert (folder / file).read_bytes() == (built / taxon / file).read_bytes()


def test_newest_flybase_release_is_downloaded(
    sources: Sources, server: list[str], tmp_path: Path
) -> None:
    older = sources["flybase"].with_name("fb_synonym_fb_2025_06.tsv.gz")
    older.write_bytes(b"")
    try:
        make.make_lexicon(tmp_path, "fly", None, {}, fetch=True, from_packages=False)
    finally:
        older.unlink()

    assert "/fb_synonym_fb_2026_02.tsv.gz" in server
    assert "/fb_synonym_fb_2025_06.tsv.gz" not in server


def test_given_file_is_not_downloaded(sources: Sources, server: list[str], tmp_path: Path) -> None:
    given = {"hgnc": sources["hgnc"], "famplex": sources["famplex"]}

    make.make_lexicon(tmp_path, "human", None, given, fetch=True, from_packages=False)

    assert server == ["/Homo_sapiens.gene_info.gz"]


def test_absent_release_is_an_error_with_its_address(
    server: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(make.ADDRESSES, "hgnc", make.ADDRESSES["hgnc"] + ".gone")

    with pytest.raises(
        NerbenchError, match=r"hgnc_complete_set\.txt\.gone: the server answers 404"
    ):
        make.make_lexicon(tmp_path, "human", None, {}, fetch=True, from_packages=False)


def test_listing_without_a_release_says_what_to_do(
    server: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(make.ADDRESSES, "flybase", make.ADDRESSES["famplex"])

    with pytest.raises(NerbenchError, match="lists no fb_synonym file; give one with --flybase"):
        make.make_lexicon(tmp_path, "fly", None, {}, fetch=True, from_packages=False)
