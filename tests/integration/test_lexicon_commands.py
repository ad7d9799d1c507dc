"""`nerbench lexicon`: describe, look up and build gene names."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from command_line import CommandLine

import nerbench
from nerbench.nomenclature.index import open_index


def test_lexicon_info_states_size_source_date_and_licence(call: CommandLine) -> None:
    result = call("lexicon", "info")
    assert result.status == 0
    for word in ("Homo sapiens (9606)", "Drosophila melanogaster (7227)", "HGNC", "NCBI Gene"):
        assert word in result.out
    for word in ("FamPlex", "CC0", "public domain", "2026-", "MeSH", "CC BY 4.0"):
        assert word in result.out
    assert "of 2016; today's: nerbench lexicon build --organism fly --download" in result.out
    assert "--organism human --download" not in result.out


@pytest.mark.parametrize(
    ("arguments", "present", "absent"),
    [
        (("p53",), ("TP53", "p53", "7157"), ()),
        (("JAK", "--organism", "human"), ("JAK1", "TYK2"), ("hop", "fly")),
        (("MMP2/9",), ("MMP2", "MMP9", "Mmp2"), ()),
        (("no gene at all",), ("-",), ("TP53",)),
    ],
)
def test_lexicon_lookup_shows_what_a_name_can_mean(
    call: CommandLine, arguments: tuple[str, ...], present: Sequence[str], absent: Sequence[str]
) -> None:
    result = call("lexicon", "lookup", *arguments)
    assert result.status == 0
    assert [word for word in present if word not in result.out] == []
    assert [word for word in absent if word in result.out] == []


def test_lexicon_lookup_prints_json_for_each_name_organism_and_level(call: CommandLine) -> None:
    result = call("lexicon", "lookup", "JAK/STAT3", "p53", "--organism", "human", "--json")
    assert result.status == 0
    rows = json.loads(result.out)
    assert [(row["mention"], row["name"], row["level"]) for row in rows] == [
        (mention, name, level)
        for mention, name in (("JAK/STAT3", "JAK"), ("JAK/STAT3", "STAT3"), ("p53", "p53"))
        for level in ("symbol", "synonym", "family")
    ]
    assert {tuple(row) for row in rows} == {("mention", "name", "organism", "level", "genes")}
    (gene,) = rows[7]["genes"]
    assert "HGNC" in gene.pop("source").split("+")
    assert gene == {"symbol": "TP53", "gene_id": "7157", "alias": "p53", "trust": "authority"}


def test_lexicon_audit_ends_with_1_where_a_row_falls_short(call: CommandLine) -> None:
    table = Path("names.tsv")
    header = "mention\torganism\tlevel\tmust\tmust_not\n"
    table.write_text(f"{header}p53\thuman\tsynonym\tTP53\n", encoding="utf-8")
    assert call("lexicon", "audit", "names.tsv").status == 0

    with table.open("a", encoding="utf-8") as file:
        file.write("p53\thuman\tsynonym\tSTAT3\n")
    result = call("lexicon", "audit", "names.tsv")

    assert result.status == 1
    assert result.out == "names.tsv, line 3: p53 (human, synonym) does not mean STAT3\n"
    assert "1 of 2 rows hold" in result.err


def test_lexicon_audit_of_no_table_ends_with_2(call: CommandLine) -> None:
    result = call("lexicon", "audit", "gone.tsv")
    assert result.status == 2
    assert "gone.tsv" in result.message


RULES = "taxon: 10090\nlabel: mouse\nname: Mus musculus\nsymbol_case: false\n"


GENE_INFO = (
    "#tax_id\tGeneID\tSymbol\tLocusTag\tSynonyms\tdbXrefs\tchromosome\tmap_location\tdescription\t"
    "type_of_gene\tSymbol_from_nomenclature_authority\tFull_name_from_nomenclature_authority\t"
    "Nomenclature_status\tOther_designations\tModification_date\tFeature_type\n"
    "10090\t14828\tHspa5\t-\tBip|Grp78\t-\t2\t-\theat shock protein 5\tprotein-coding\tHspa5\t"
    "heat shock protein 5\tO\t-\t20260101\t-\n"
)


def test_lexicon_build_makes_a_third_organism_that_a_run_knows(
    call: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("mouse.yaml").write_text(RULES, encoding="utf-8")
    Path("mouse.gene_info").write_text(GENE_INFO, encoding="utf-8")
    result = call(
        "lexicon", "build", "--rules", "mouse.yaml", "--ncbi", "mouse.gene_info", "-o", "lex"
    )
    assert result.status == 0, result.err
    assert "10090: 1 genes" in result.out
    monkeypatch.setenv("NERBENCH_LEXICON_PATH", "lex")
    assert "mouse: Mus musculus (10090)" in call("lexicon", "info").out
    assert "Hspa5" in call("lexicon", "lookup", "GRP78", "--organism", "mouse").out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "which organism?"),
        (("--organism", "human"), "nothing to build from"),
        (("--organism", "martian"), "unknown organism 'martian'"),
        (("--rules", "gone.yaml", "--ncbi", "gone"), "gone.yaml"),
        (("--organism", "human", "--ncbi", "gone.gz"), "gone.gz"),
        (("--organism", "human", "--hgnc", "blob"), "blob"),
        (("--organism", "human", "--ncbi", "blob"), "blob"),
        (("--organism", "fly", "--flybase", "blob"), "blob"),
        (("--organism", "human", "--famplex", "blob", "--hgnc", "blob"), "blob"),
    ],
)
def test_lexicon_build_from_nothing_usable_ends_with_2(
    call: CommandLine, arguments: tuple[str, ...], reason: str
) -> None:
    Path("blob").write_bytes(bytes(range(256)) * 4)
    result = call("lexicon", "build", "-o", "lex", *arguments)
    assert result.status == 2
    assert reason in result.message


def test_a_lexicon_path_that_is_not_there_ends_with_2(
    call: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NERBENCH_LEXICON_PATH", "nowhere")
    result = call("lexicon", "info")
    assert result.status == 2
    assert "nowhere: no such folder" in result.message


def test_lexicon_index_writes_the_index_of_edited_tables(call: CommandLine) -> None:
    shipped = Path(nerbench.__file__).parent / "nomenclature" / "data" / "7227"
    folder = Path("more", "7227")
    shutil.copytree(shipped, folder)
    text = gzip.decompress((folder / "names.tsv.gz").read_bytes()).decode()
    text += "zebrine\tzebrine\tsynonym\tmine\tcurated\t0\n"
    (folder / "names.tsv.gz").write_bytes(gzip.compress(text.encode()))

    result = call("lexicon", "index", str(folder))

    assert (result.status, result.err) == (0, "")
    assert open_index(folder).find("zebrine") == ((0,), ())
    assert (folder / "index.bin").read_bytes() != (shipped / "index.bin").read_bytes()


def test_lexicon_index_of_no_lexicon_is_an_error(call: CommandLine) -> None:
    result = call("lexicon", "index", "nowhere")

    assert result.status == 2
    assert result.err.startswith("nerbench: nowhere: the lexicon cannot be read")


@pytest.mark.parametrize("option", [(), ("--json",)])
def test_lexicon_lookup_imports_nothing_that_is_slow_to_import(option: tuple[str, ...]) -> None:
    code = (
        "import atexit, sys\n"
        "slow = {'numpy', 'polars', 'scipy', 'sklearn', 'spacy', 'torch'}\n"
        "atexit.register(lambda: print(sorted(slow & sys.modules.keys()), file=sys.stderr))\n"
        "from nerbench.cli import main\n"
        "main()\n"
    )
    command = [sys.executable, "-c", code, "lexicon", "lookup", "p53", *option]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)

    assert "TP53" in done.stdout
    assert done.stderr == "[]\n"
