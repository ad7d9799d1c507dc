"""The index of a lexicon: the same answers as its tables, whatever state its file is in."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerbench import NerbenchError
from nerbench.nomenclature.index import FILE, Index, index_bytes, open_index, write_index
from nerbench.nomenclature.lexicon import write_lexicon_index

DATA = Path(__file__).resolve().parents[2] / "nerbench" / "nomenclature" / "data"

GENES = [
    ["851", "CDC28", "cdc28", "cyclin-dependent kinase"],
    ["852", "STE5", "ste5", ""],
    ["853", "KSS1", "kss1", "kinase β"],
]
NAMES = [
    ["cdk", "CDK", "family", "FamPlex", "curated", "0 2"],
    ["cdk1", "CDK1", "synonym", "HGNC", "authority", "0"],
    ["cdk1", "Cdk-1", "synonym", "NCBI", "doubtful", "1 2"],
    ["hmd3", "HMD3", "previous", "HGNC", "authority", "1"],
    ["old28", "OLD28", "previous", "HGNC", "authority", "0"],
    ["old28", "OLD28", "previous", "NCBI", "lone", "1"],
    ["ste5", "βSTE5", "synonym", "NCBI", "lone", "2"],
]


def write_tables(folder: Path, genes: list[list[str]], names: list[list[str]]) -> Path:
    for file, rows in (("genes.tsv.gz", genes), ("names.tsv.gz", names)):
        text = "".join("\t".join(row) + "\n" for row in [["header"], *rows])
        (folder / file).write_bytes(gzip.compress(text.encode()))
    return folder


def answers(index: Index) -> list[object]:
    names = sorted(index.names())
    return [
        index.gene_ids,
        index.symbols,
        index.full_names,
        index.previous_symbols,
        sorted(index.spellings()),
        *((name, index.find(name), index.aliases(name)) for name in names),
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_tables(tmp_path, GENES, NAMES)


def test_genes_of_a_name_are_its_own_or_those_of_a_family_or_a_doubtful_name(folder: Path) -> None:
    index = open_index(folder)

    assert index.find("cdk1") == ((0,), (1, 2))
    assert index.find("cdk") == ((), (0, 2))
    assert index.find("ste5") == ((1, 2), ())
    assert index.find("cd") is None
    assert [alias.name for alias in index.aliases("cdk1")] == ["CDK1", "Cdk-1"]
    assert index.aliases("kss1") == index.aliases("cd") == []
    assert index.previous_symbols == {"HMD3": 1}
    assert next(index.names("cdk")) == "cdk"
    assert sorted(index.spellings("C")) == ["CDC28", "CDK", "CDK1", "Cdk-1"]


def test_written_index_answers_as_the_tables_do(folder: Path) -> None:
    from_tables = open_index(folder)
    write_index(folder)

    assert answers(open_index(folder)) == answers(from_tables)


def test_same_tables_give_the_same_bytes(folder: Path) -> None:
    write_index(folder)
    first = (folder / FILE).read_bytes()
    write_index(folder)

    assert (folder / FILE).read_bytes() == first


def cut(raw: bytes) -> bytes:
    return raw[:-9]


def emptied(raw: bytes) -> bytes:
    return b""


def cut_in_its_head(raw: bytes) -> bytes:
    return raw[:20]


def flipped_in_its_header(raw: bytes) -> bytes:
    return raw[:40] + bytes(255 - byte for byte in raw[40:60]) + raw[60:]


def flipped_at_its_end(raw: bytes) -> bytes:
    return raw[:-20] + bytes(255 - byte for byte in raw[-20:])


def of_another_version(raw: bytes) -> bytes:
    return raw.replace(b"lexicon 1", b"lexicon 0", 1)


@pytest.mark.parametrize(
    "damage",
    [cut, emptied, cut_in_its_head, flipped_in_its_header, flipped_at_its_end, of_another_version],
)
def test_damaged_index_is_not_used(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    write_index(folder)
    expected = answers(open_index(folder))
    file = folder / FILE
    file.write_bytes(damage(file.read_bytes()))

    assert answers(open_index(folder)) == expected


def test_index_of_earlier_tables_is_not_used(folder: Path) -> None:
    write_index(folder)
    write_tables(folder, GENES, [["new", "NEW", "synonym", "NCBI", "lone", "2"]])

    index = open_index(folder)

    assert index.find("new") == ((2,), ())
    assert index.find("cdk1") is None


def test_index_is_written_again_on_demand(folder: Path) -> None:
    write_lexicon_index(folder)

    assert answers(Index((folder / FILE).read_bytes())) == answers(open_index(folder))


@pytest.mark.parametrize(
    "row",
    [
        ["x", "X", "nickname", "NCBI", "lone", "0"],
        ["x", "X", "synonym", "NCBI", "lone", "3"],
        ["x", "X", "synonym", "NCBI", "lone", "-1"],
        ["x", "X", "synonym", "NCBI", "lone", "none"],
        ["x", "X", "synonym", "NCBI", "0"],
    ],
)
def test_tables_that_cannot_be_indexed_are_an_error_that_names_their_folder(
    folder: Path, row: list[str]
) -> None:
    write_tables(folder, GENES, [row])

    with pytest.raises(NerbenchError, match=r"the lexicon cannot be read"):
        write_lexicon_index(folder)
    assert not (folder / FILE).exists()


def test_index_of_a_folder_without_tables_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NerbenchError, match=r"the lexicon cannot be read"):
        write_lexicon_index(tmp_path)


@pytest.mark.parametrize("taxon", ["9606", "7227"])
def test_shipped_index_is_that_of_the_shipped_tables(taxon: str, tmp_path: Path) -> None:
    for table in ("genes.tsv.gz", "names.tsv.gz"):
        (tmp_path / table).write_bytes((DATA / taxon / table).read_bytes())
    write_index(tmp_path)

    shipped = (DATA / taxon / FILE).read_bytes()
    assert shipped == (tmp_path / FILE).read_bytes()
    assert len(shipped) < 25_000_000


names = st.text(st.characters(codec="utf-8", exclude_characters="\t\n\0"), min_size=1, max_size=6)


@given(
    symbols=st.lists(names, unique=True, max_size=6),
    rows=st.lists(st.tuples(names, names, st.sampled_from(["synonym", "family", "previous"]),
                            st.sampled_from(["lone", "doubtful"]),
                            st.sets(st.integers(0, 5), min_size=1))),
)  # fmt: skip
def test_index_answers_as_plain_dictionaries_would(
    symbols: list[str], rows: list[tuple[str, str, str, str, set[int]]]
) -> None:
    genes = [[str(row), symbol, symbol.lower(), ""] for row, symbol in enumerate(symbols)]
    kept = [row for row in rows if max(row[4]) < len(genes)]
    table = [[*row[:3], "NCBI", row[3], " ".join(map(str, sorted(row[4])))] for row in kept]
    own: dict[str, set[int]] = {}
    family: dict[str, set[int]] = {}
    for row, gene in enumerate(genes):
        own.setdefault(gene[2], set()).add(row)
    for key, _, kind, trust, members in kept:
        loose = kind == "family" or trust == "doubtful"
        (family if loose else own).setdefault(key, set()).update(members)

    index = Index(index_bytes(genes, table))

    assert sorted(index.names()) == sorted(own.keys() | family.keys())
    assert {key: tuple(map(set, index.find(key) or ())) for key in own.keys() | family.keys()} == {
        key: (own.get(key, set()), family.get(key, set())) for key in own.keys() | family.keys()
    }
    assert sorted(index.spellings()) == sorted({*symbols, *(row[1] for row in kept)})
    assert index.symbols == symbols
