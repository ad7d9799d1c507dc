"""Read records from files, folders and archives."""

from __future__ import annotations

import bz2
import gzip
import io
import os
import struct
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from nerbench import NerbenchError, open_corpus
from nerbench.corpus import Corpus
from nerbench.engine.provenance import CorpusInfo
from nerbench.engine.row_tables import schema_of, to_frame
from nerbench.engine.rows import CaptionRow, caption_row

TABLE = "organism_id\tword\tncbigene_symbol\tncbigene_id\n9606\tVEGF\tVEGFA\t7422\n"


def record(figid: str) -> str:
    return f"---\nfigid: {figid}\ncaption: The caption of {figid}\n---\n"


def write(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def zipped(path: Path, files: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, files: Mapping[str, str], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, text in files.items():
            raw = text.encode()
            member = tarfile.TarInfo(name)
            member.size = len(raw)
            archive.addfile(member, io.BytesIO(raw))
    return path


def digest_of(corpus: Corpus) -> str:
    rows = [caption_row(figure) for figure in corpus]
    return CorpusInfo.of_captions(to_frame(rows, schema_of(CaptionRow)).lazy(), ()).digest


def ids(corpus: Corpus) -> list[str]:
    return [figure.figid for figure in corpus]


def reasons(corpus: Corpus) -> dict[str, str]:
    return {Path(problem.source).name: problem.reason for problem in corpus.skipped}


# --- files and folders


def test_a_single_record_is_a_corpus(tmp_path: Path) -> None:
    write(tmp_path, {"A.md": record("A")})
    assert ids(open_corpus(tmp_path / "A.md")) == ["A"]


def test_a_folder_is_read_recursively_in_the_order_of_its_names(tmp_path: Path) -> None:
    files = ("z.md", "b/2.md", "b/10.md", "a/deep/er/x.md", "m.yaml", "k.yml", "l.MD")
    write(tmp_path, {name: record(name.replace("/", "_")) for name in files})
    found = ids(open_corpus(tmp_path))
    assert found == [
        "k.yml", "l.MD", "m.yaml", "z.md", "a_deep_er_x.md", "b_10.md", "b_2.md",
    ]  # fmt: skip


def test_reading_twice_gives_the_same_figures_and_digest(tmp_path: Path) -> None:
    corpus = open_corpus(write(tmp_path, {"A.md": record("A"), "B.md": record("B")}))
    first, digest = list(corpus), digest_of(corpus)
    assert list(corpus) == first
    assert digest_of(corpus) == digest
    assert corpus.figures == 2


def test_the_digest_depends_on_the_content_and_not_on_the_place(tmp_path: Path) -> None:
    def digest(name: str, files: Mapping[str, str]) -> str:
        corpus = open_corpus(write(tmp_path / name, files))
        assert ids(corpus)
        return digest_of(corpus)

    one = digest("one", {"A.md": record("A"), "B.md": record("B")})
    assert digest("two", {"x/B.md": record("B"), "y.md": record("A")}) == one
    assert digest("three", {"A.md": record("A"), "B.md": record("B") + "\n"}) == one
    assert digest("four", {"A.md": record("A"), "B.md": record("C")}) != one
    assert digest("five", {"A.md": record("A")}) != one


def test_hidden_files_and_folders_are_passed_over_in_silence(tmp_path: Path) -> None:
    write(tmp_path, {"A.md": record("A"), ".B.md": record("B"), ".git/C.md": record("C")})
    corpus = open_corpus(tmp_path)
    assert ids(corpus) == ["A"]
    assert corpus.skipped == []


def test_companion_tables_are_not_reported_as_bad_records(tmp_path: Path) -> None:
    names = ("A-genes.tsv", "A-chemicals.tsv", "_data/A-diseases.tsv")
    write(tmp_path, {"A.md": record("A")} | dict.fromkeys(names, TABLE))
    corpus = open_corpus(tmp_path)
    assert ids(corpus) == ["A"]
    assert corpus.skipped == []


def test_other_files_are_skipped_each_with_its_reason(tmp_path: Path) -> None:
    write(tmp_path, {"A.md": record("A"), "figure.jpg": "x", "notes.txt": record("B")})
    corpus = open_corpus(tmp_path)
    assert ids(corpus) == ["A"]
    found = reasons(corpus)
    assert found.keys() == {"figure.jpg", "notes.txt"}
    assert all("no record" in reason for reason in found.values())


def test_a_figure_read_twice_is_reported_and_the_first_kept(tmp_path: Path) -> None:
    first = record("A").replace("The caption", "The first caption")
    corpus = open_corpus(write(tmp_path, {"1.md": first, "2.md": record("A"), "3.md": record("B")}))
    assert [figure.caption[:9] for figure in corpus] == ["The first", "The capti"]
    (problem,) = corpus.skipped
    assert problem.source.endswith("2.md")
    assert "figure A was read from" in problem.reason
    assert "1.md" in problem.reason


def test_a_figure_that_two_corpora_hold_is_read_once(tmp_path: Path) -> None:
    write(tmp_path, {"x/A.md": record("A"), "y/A.md": record("A"), "y/B.md": record("B")})
    corpus = open_corpus(tmp_path / "x", tmp_path / "y")
    assert ids(corpus) == ["A", "B"]
    assert len(corpus.skipped) == 1


def test_a_limit_stops_the_reading(tmp_path: Path) -> None:
    write(tmp_path, {f"{n}.md": record(f"F{n}") for n in range(5)})
    assert ids(open_corpus(tmp_path, limit=2)) == ["F0", "F1"]
    assert ids(open_corpus(tmp_path, limit=50)) == ["F0", "F1", "F2", "F3", "F4"]


def test_a_limit_counts_figures_and_not_files(tmp_path: Path) -> None:
    write(tmp_path, {"0.md": "no record", "1.md": record("A"), "2.md": record("B")})
    assert ids(open_corpus(tmp_path, limit=1)) == ["A"]


def test_a_path_that_is_not_there_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(NerbenchError, match="nowhere: no such file or folder"):
        open_corpus(tmp_path / "nowhere")


def test_a_folder_without_records_yields_nothing(tmp_path: Path) -> None:
    corpus = open_corpus(tmp_path)
    assert ids(corpus) == []
    assert corpus.skipped == []


def test_names_with_spaces_and_greek_letters_are_read(tmp_path: Path) -> None:
    write(tmp_path, {"a folder/NF-κB fig.md": record("A")})
    assert ids(open_corpus(tmp_path / "a folder")) == ["A"]


def test_a_link_to_nothing_is_skipped(tmp_path: Path) -> None:
    write(tmp_path, {"A.md": record("A")})
    (tmp_path / "B.md").symlink_to(tmp_path / "gone.md")
    corpus = open_corpus(tmp_path)
    assert ids(corpus) == ["A"]
    assert reasons(corpus).keys() == {"B.md"}


def test_a_folder_that_links_to_itself_does_not_loop(tmp_path: Path) -> None:
    write(tmp_path, {"x/A.md": record("A")})
    (tmp_path / "x" / "again").symlink_to(tmp_path, target_is_directory=True)
    assert ids(open_corpus(tmp_path)) == ["A"]


def test_a_named_pipe_does_not_hang_the_reading(tmp_path: Path) -> None:
    write(tmp_path, {"A.md": record("A")})
    os.mkfifo(tmp_path / "B.md")
    corpus = open_corpus(tmp_path)
    assert ids(corpus) == ["A"]
    assert reasons(corpus) == {"B.md": "no regular file"}


def test_a_figid_that_is_a_path_reads_no_table_elsewhere(tmp_path: Path) -> None:
    write(tmp_path, {"secret-genes.tsv": TABLE, "x/A.md": record("../secret")})
    (figure,) = open_corpus(tmp_path / "x")
    assert figure.curated == ()


# --- zip


def test_a_zip_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    names = ("top/b.md", "top/a.md", "top/c/d.yaml")
    path = zipped(tmp_path / "x.zip", {name: record(Path(name).stem) for name in names})
    assert ids(open_corpus(path)) == ["a", "b", "d"]


@pytest.mark.parametrize("name", ["top/A-genes.tsv", "_data/A-genes.tsv", "top/_data/A-genes.tsv"])
def test_a_zip_gives_a_record_its_gene_table(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "x.zip", {"top/A.md": record("A"), name: TABLE})
    corpus = open_corpus(path)
    (figure,) = corpus
    assert [gene.symbol for gene in figure.curated] == ["VEGFA"]
    assert corpus.skipped == []


def test_an_archive_and_its_folder_hold_the_same_corpus(tmp_path: Path) -> None:
    files = {"A.md": record("A"), "A-genes.tsv": TABLE, "b/B.md": record("B"), "c.txt": "x"}
    paths = (
        write(tmp_path / "folder", files),
        zipped(tmp_path / "x.zip", files),
        tarred(tmp_path / "x.tar.gz", files),
        tarred(tmp_path / "x.tgz", files),
        tarred(tmp_path / "x.tar", files, "w"),
    )
    corpora = [open_corpus(path) for path in paths]
    assert len({tuple(sorted(c, key=lambda f: f.figid)) for c in corpora}) == 1
    assert len({digest_of(corpus) for corpus in corpora}) == 1
    assert [len(corpus.skipped) for corpus in corpora] == [1] * 5


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_hidden_and_resource_fork_entries_are_passed_over(tmp_path: Path, kind: str) -> None:
    files = {"__MACOSX/._A.md": "x", ".DS_Store": "x", ".git/C.md": "x", "A.md": record("A")}
    path = tmp_path / f"x.{kind}"
    corpus = open_corpus((zipped if kind == "zip" else tarred)(path, files))
    assert ids(corpus) == ["A"]
    assert corpus.skipped == []


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_a_bad_entry_is_named_within_its_archive(tmp_path: Path, kind: str) -> None:
    files = {"d/bad.md": "no record", "A.md": record("A")}
    path = tmp_path / f"x.{kind}"
    corpus = open_corpus((zipped if kind == "zip" else tarred)(path, files))
    assert ids(corpus) == ["A"]
    assert [problem.source for problem in corpus.skipped] == [f"{path}:d/bad.md"]


def test_a_zip_of_two_entries_with_one_figure_keeps_the_first(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"a/A.md": record("A"), "b/A.md": record("A")})
    corpus = open_corpus(path)
    assert ids(corpus) == ["A"]
    assert [problem.source for problem in corpus.skipped] == [f"{path}:b/A.md"]


def test_nothing_is_written_by_an_entry_that_climbs_out(tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    path = zipped(folder / "x.zip", {"../../escaped.md": record("A"), "/root.md": record("B")})
    assert sorted(ids(open_corpus(path))) == ["A", "B"]
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["x.zip"]


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04 and no more", b"something else"])
def test_a_damaged_zip_is_one_clear_error(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(raw)
    with pytest.raises(NerbenchError, match=r"x\.zip: no zip archive"):
        ids(open_corpus(path))


def test_a_zip_cut_short_is_one_clear_error(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {f"{n}.md": record(f"F{n}") for n in range(20)})
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(NerbenchError, match=r"x\.zip"):
        ids(open_corpus(path))


def test_a_zip_entry_with_damaged_data_is_skipped_and_the_rest_read(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("A.md", record("A"))
        archive.writestr("B.md", record("B"))
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b"The caption of A", b"The caption of X"))
    corpus = open_corpus(path)
    assert ids(corpus) == ["B"]
    assert "cannot be unpacked" in corpus.skipped[0].reason


def test_an_encrypted_zip_entry_is_skipped_with_the_reason(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"A.md": record("A"), "B.md": record("B")})
    raw = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flags of A.md
        at = raw.index(signature) + offset
        raw[at : at + 2] = struct.pack("<H", struct.unpack("<H", raw[at : at + 2])[0] | 1)
    path.write_bytes(bytes(raw))
    corpus = open_corpus(path)
    assert ids(corpus) == ["B"]
    assert "encrypted" in corpus.skipped[0].reason


def test_a_zip_entry_of_unknown_compression_is_skipped_and_the_rest_read(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"A.md": record("A"), "B.md": record("B")})
    raw = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):  # the method of A.md
        at = raw.index(signature) + offset
        raw[at : at + 2] = struct.pack("<H", 77)
    path.write_bytes(bytes(raw))
    corpus = open_corpus(path)
    assert ids(corpus) == ["B"]
    assert "cannot be unpacked: That compression method" in corpus.skipped[0].reason


def test_a_zip_of_a_later_version_is_one_clear_error(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"A.md": record("A")})
    raw = bytearray(path.read_bytes())
    at = raw.index(b"PK\x01\x02") + 6  # the version that it takes to unpack A.md
    raw[at : at + 2] = struct.pack("<H", 99)
    path.write_bytes(bytes(raw))
    with pytest.raises(NerbenchError, match=r"x\.zip: cannot be unpacked: zip file version 9"):
        ids(open_corpus(path))


def test_an_entry_in_an_unknown_compression_is_skipped(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"A.md": record("A"), "B.md": record("B")})
    raw = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = raw.index(signature) + offset
        raw[at : at + 2] = struct.pack("<H", 99)
    path.write_bytes(bytes(raw))
    corpus = open_corpus(path)
    assert ids(corpus) == ["B"]
    assert "cannot be unpacked" in corpus.skipped[0].reason


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_an_entry_that_inflates_without_end_is_not_read_to_its_end(
    tmp_path: Path, kind: str
) -> None:
    huge = record("A") + "x" * (3 * 1024 * 1024)
    path = tmp_path / f"x.{kind}"
    corpus = open_corpus((zipped if kind == "zip" else tarred)(path, {"A.md": huge}))
    assert ids(corpus) == []
    assert "larger than 512 kB" in corpus.skipped[0].reason


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_a_record_whose_table_is_too_large_is_skipped(tmp_path: Path, kind: str) -> None:
    huge = TABLE + "x" * (3 * 1024 * 1024)
    files = {"A.md": record("A"), "A-genes.tsv": huge, "B.md": record("B")}
    path = tmp_path / f"x.{kind}"
    corpus = open_corpus((zipped if kind == "zip" else tarred)(path, files))
    assert ids(corpus) == ["B"]
    assert len(corpus.skipped) == 1


# --- tar


@pytest.mark.parametrize("table", ["top/A-genes.tsv", "_data/A-genes.tsv", "top/_data/A-genes.tsv"])
@pytest.mark.parametrize("first", ["record", "table"])
def test_a_tar_gives_a_record_its_table_wherever_it_stands(
    tmp_path: Path, table: str, first: str
) -> None:
    files = [("top/A.md", record("A")), (table, TABLE)]
    path = tarred(tmp_path / "x.tar.gz", dict(files if first == "record" else files[::-1]))
    (figure,) = open_corpus(path)
    assert [gene.symbol for gene in figure.curated] == ["VEGFA"]


def test_a_tar_with_dot_slash_names_finds_its_tables(tmp_path: Path) -> None:
    files = {"./A.md": record("A"), "./A-genes.tsv": TABLE}
    (figure,) = open_corpus(tarred(tmp_path / "x.tar.gz", files))
    assert len(figure.curated) == 1


def test_links_folders_and_devices_in_a_tar_are_not_records(tmp_path: Path) -> None:
    path = tmp_path / "x.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, kind in (
            ("link.md", tarfile.SYMTYPE),
            ("hard.md", tarfile.LNKTYPE),
            ("folder.md", tarfile.DIRTYPE),
            ("pipe.md", tarfile.FIFOTYPE),
            ("device.md", tarfile.CHRTYPE),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/hostname"
            archive.addfile(member)
        raw = record("A").encode()
        member = tarfile.TarInfo("A.md")
        member.size = len(raw)
        archive.addfile(member, io.BytesIO(raw))
    assert ids(open_corpus(path)) == ["A"]


@pytest.mark.parametrize(
    "raw",
    [b"", b"no archive", gzip.compress(b"no tar in here"), bz2.compress(b"nor here")],
    ids=["empty", "text", "gzip", "bzip2"],
)
def test_a_file_that_is_not_a_tar_is_one_clear_error(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "x.tar.gz"
    path.write_bytes(raw)
    with pytest.raises(NerbenchError, match=r"x\.tar\.gz"):
        ids(open_corpus(path))


def test_a_tar_cut_short_is_one_clear_error(tmp_path: Path) -> None:
    noise = {f"{n}.md": record(f"F{n}") + "# " + os.urandom(600).hex() for n in range(40)}
    path = tarred(tmp_path / "x.tar.gz", noise)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(NerbenchError, match=r"x\.tar\.gz: the archive is damaged"):
        ids(open_corpus(path))


def test_a_tar_with_a_flipped_byte_is_one_clear_error(tmp_path: Path) -> None:
    path = tarred(tmp_path / "x.tar.gz", {f"{n}.md": record(f"F{n}") for n in range(40)})
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    path.write_bytes(bytes(raw))
    with pytest.raises(NerbenchError, match=r"x\.tar\.gz"):
        ids(open_corpus(path))


def test_a_tar_limit_stops_the_reading(tmp_path: Path) -> None:
    path = tarred(tmp_path / "x.tar.gz", {f"{n}.md": record(f"F{n}") for n in range(5)})
    assert ids(open_corpus(path, limit=2)) == ["F0", "F1"]
