"""Fixtures shared by all tests: the shipped nomenclature, and the seed record."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from seed_names import SEED_NAMES, first_mentions

from nerbench import Figure, Mention, open_corpus
from nerbench.nomenclature.lexicon import Nomenclature, load_nomenclature
from nerbench.nomenclature.matcher import Matcher

# The first example loads the lexicons, and the machine may be busy. The examples are the same in
# every run, so that a failure is of the change that it is seen at; `make fuzz` tries others.
settings.register_profile(
    "nerbench",
    deadline=None,
    max_examples=80,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "search", settings.get_profile("nerbench"), derandomize=False, max_examples=1000
)
settings.load_profile("nerbench")

collect_ignore = ["files"]  # files that tests read and scripts that they run

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def nomenclature() -> Nomenclature:
    """Human and fly, as shipped."""
    return load_nomenclature()


@pytest.fixture(scope="session")
def matcher(nomenclature: Nomenclature) -> Matcher:
    """Matches against the shipped nomenclature; remembers, so shared."""
    return Matcher(nomenclature)


@pytest.fixture(scope="session")
def seed_path() -> Path:
    """The folder of the PFOCR record that the project ships."""
    return ROOT / "seeds"


@pytest.fixture(scope="session")
def seed(seed_path: Path, nomenclature: Nomenclature) -> Figure:
    """The figure that the project ships."""
    (figure,) = open_corpus(seed_path, nomenclature=nomenclature)
    return figure


@pytest.fixture(scope="session")
def seed_mentions(seed: Figure) -> list[Mention]:
    """The genes in the seed's caption, as a reader marks them, first occurrence each."""
    return first_mentions(seed.caption, *SEED_NAMES)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder beside the checkout with real records; tests that need it skip without it."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("no ../shared with real records beside this checkout")
    return folder


def _table(path: Path, *rows: str) -> Path:
    """Write a table whose cells are parted by `;` here and by tabs in the file."""
    text = "".join(row.replace(";", "\t") + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(text, mtime=0) if path.suffix == ".gz" else text)
    return path


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Small made-up files in the formats that NCBI, HGNC, FlyBase and FamPlex publish."""
    folder = tmp_path_factory.mktemp("sources")
    gene_info = (
        "#tax_id;GeneID;Symbol;LocusTag;Synonyms;dbXrefs;chromosome;map_location;description;"
        "type_of_gene;Symbol_from_nomenclature_authority;Full_name_from_nomenclature_authority;"
        "Nomenclature_status;Other_designations;Modification_date;Feature_type"
    )
    human = _table(
        folder / "Homo_sapiens.gene_info.gz",
        gene_info,
        # The symbol is older than HGNC's, and the gene is linked by HGNC's id.
        "9606;3576;IL8;-;GCP-1|NAP-1;MIM:146930|HGNC:HGNC:6025;4;4q13;interleukin 8;"
        "protein-coding;IL8;interleukin 8;O;emoctakin|neutrophil factor;20260101;-",
        "9606;3569;IL6;-;BSF2|HGF;HGNC:HGNC:6018;7;7p15;interleukin 6;"
        "protein-coding;IL6;interleukin 6;O;-;20260101;-",
        "9606;999001;NOVEL1;-;NV1;-;1;1p1;novel gene 1;protein-coding;-;-;-;-;20260101;-",
        "9606;999002;LOC999002;-;-;-;1;1p1;uncharacterized LOC999002;ncRNA;-;-;-;-;20260101;-",
        "9606;999003;NEWENTRY;-;-;-;-;-;Record to support submission;other;-;-;-;-;20260101;-",
        "10090;16193;Il6;-;Il-6;MGI:MGI:96559;5;5 B1;interleukin 6;"
        "protein-coding;Il6;interleukin 6;O;-;20260101;-",
    )
    mouse = _table(
        folder / "Mus_musculus.gene_info.gz",
        gene_info,
        "10090;22059;Trp53;-;p53|p44;MGI:MGI:98834;11;11 B3;transformation related protein 53;"
        "protein-coding;Trp53;transformation related protein 53;O;tumor suppressor p53;20260101;-",
        "10090;14828;Hspa5;-;Bip|Grp78;MGI:MGI:95835;2;2 B;heat shock protein 5;"
        "protein-coding;Hspa5;heat shock protein 5;O;-;20260101;-",
        "10090;16193;Il6;-;Il-6;MGI:MGI:96559;5;5 B1;interleukin 6;"
        "protein-coding;Il6;interleukin 6;O;-;20260101;-",
        "10090;17395;Mmp9;-;Clg4b;MGI:MGI:97011;2;2 H3;matrix metallopeptidase 9;"
        "protein-coding;Mmp9;matrix metallopeptidase 9;O;-;20260101;-",
        "9606;3569;IL6;-;BSF2;HGNC:HGNC:6018;7;7p15;interleukin 6;"
        "protein-coding;IL6;interleukin 6;O;-;20260101;-",
    )
    fly_ncbi = _table(
        folder / "Drosophila_melanogaster.gene_info.gz",
        gene_info,
        "7227;42313;Dl;Dmel_CG3619;CG3619|Delta;FLYBASE:FBgn0000463;3R;92A;Delta;"
        "protein-coding;Dl;Delta;O;Delta ligand|Dl-PA;20260101;-",
        "7227;35047;dl;Dmel_CG6667;mat(2)dorsal;FLYBASE:FBgn0260632;2L;36C;dorsal;"
        "protein-coding;dl;dorsal;O;-;20260101;-",
        "7227;40000;olda;Dmel_CG1;-;FLYBASE:FBgn0000003;3L;77B;old name;"
        "protein-coding;olda;old name;O;-;20260101;-",
    )
    hgnc = _table(
        folder / "hgnc_complete_set.txt",
        "hgnc_id;symbol;name;locus_group;locus_type;status;location;location_sortable;"
        "alias_symbol;alias_name;prev_symbol;prev_name;gene_group;entrez_id;uniprot_ids",
        'HGNC:6025;CXCL8;C-X-C motif chemokine ligand 8;p;p;Approved;4q13;04q13;"LECT|SCYB8";'
        "neutrophil-activating peptide;IL8;interleukin 8;Chemokines;3576;P10145",
        "HGNC:6018;IL6;interleukin 6;p;p;Approved;7p15;07p15;IL-6|BSF2;interferon beta-2;IFNB2;;"
        "Interleukins;3569;P05231",
        "HGNC:391;AKT1;AKT serine/threonine kinase 1;p;p;Approved;14q32;14q32;PKB;;;;;207;P31749",
        "HGNC:392;AKT2;AKT serine/threonine kinase 2;p;p;Approved;19q13;19q13;;;;;;208;P31751",
        "HGNC:999;GONE1;withdrawn gene;w;w;Entry Withdrawn;;;;;;;;;",
        "HGNC:998;NOID1;gene without an NCBI id;p;p;Approved;1p1;01p01;;;;;;;",
    )
    flybase = _table(
        folder / "fb_synonym_fb_2026_02.tsv.gz",
        "## FlyBase Synonym file",
        "## Generated: Mon Jun  1 00:00:00 2026",
        "## Using datasource: dbi:Pg:dbname=fb_2026_02",
        "##",
        "##primary_FBid;organism_abbreviation;current_symbol;current_fullname;"
        "fullname_synonym(s);symbol_synonym(s)",
        "FBgn0000463;Dmel;Dl;Delta;delta ligand;CG3619|l(3)92Ab",
        "FBgn0260632;Dmel;dl;dorsal;;CG6667|DL",
        "FBgn0000003;Dmel;newa;new name;;",
        "FBgn0111111;Dsim;Dsim\\Dl;Delta of another species;;",
        "FBal0000001;Dmel;Dl[1];;;an allele",
    )
    famplex = folder / "famplex"
    famplex.mkdir()
    (famplex / "relations.csv").write_text(
        "HGNC,AKT1,isa,FPLX,AKT\nHGNC,AKT2,isa,FPLX,AKT\nHGNC,CXCL8,isa,FPLX,Chemokine_sub\n"
        "FPLX,Chemokine_sub,isa,FPLX,Cytokine\nHGNC,IL6,isa,FPLX,Cytokine\n"
        "FPLX,Cytokine,partof,FPLX,Chemokine_sub\nUP,P00001,isa,FPLX,AKT\n",
        encoding="utf-8",
    )
    (famplex / "grounding_map.csv").write_text(
        "PKB family,FPLX,AKT,,\ncytokines,FPLX,Cytokine,,\ninterleukin six,HGNC,IL6,,\n"
        "monocyte factor,UP,P10145,,\nNO,CHEBI,CHEBI:16480,,\nI6,HGNC,IL6,,\n",
        encoding="utf-8",
    )
    return {
        "human": human,
        "mouse": mouse,
        "fly": fly_ncbi,
        "hgnc": hgnc,
        "flybase": flybase,
        "famplex": famplex,
    }


# --- where every extra is to be there, a test that skips for want of one is a failure

NEEDED = "NERBENCH_TEST_EXTRAS"
_skipped: list[str] = []


def pytest_collectreport(report: pytest.CollectReport) -> None:
    _note(report)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _note(report)


def _note(report: pytest.CollectReport | pytest.TestReport) -> None:
    if report.skipped and "nerbench[" in str(report.longrepr):
        _skipped.append(f"{report.nodeid}: {report.longrepr}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get(NEEDED) and _skipped:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print(f"\n{NEEDED} is set, and tests skipped for want of an extra:", *_skipped, sep="\n")


# --- coverage is not measured where tests look for faults in lines that others reach

_UNMEASURED = ("tests/fuzz/", "tests/property/", "tests/train/", "tests/unit/test_hostile_")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.pluginmanager.hasplugin("_cov"):  # it slows Python 3.11 by more than half
        for item in items:
            if item.nodeid.startswith(_UNMEASURED):
                item.add_marker("no_cover")
