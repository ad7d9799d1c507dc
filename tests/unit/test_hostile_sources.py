"""Hostile archives and folders: refused or bounded, with the reason, and printed safely."""

from __future__ import annotations

import gzip
import io
import os
import socket
import struct
import subprocess
import sys
import tarfile
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest

from nerbench import NerbenchError, open_corpus
from nerbench.corpus import Corpus, archives
from nerbench.corpus.entry import MAX_BYTES

RECORD = "figid: {}\ncaption: MDM2 binds p53\n"
TABLE = b"organism_id\tword\tncbigene_symbol\n9606\tp53\tTP53\n"


def record(figid: str) -> bytes:
    return RECORD.format(figid).encode()


def member(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info


def tarred(path: Path, files: dict[str, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, raw in files.items():
            archive.addfile(member(name, len(raw)), io.BytesIO(raw))
    return path


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return path


def archived(path: Path, files: dict[str, bytes]) -> Path:
    return (zipped if path.suffix == ".zip" else tarred)(path, files)


def ids(corpus: Corpus) -> list[str]:
    return [figure.figid for figure in corpus]


def refusal(path: Path) -> str:
    with pytest.raises(NerbenchError) as error:
        ids(open_corpus(path))
    assert str(error.value).isprintable()
    return str(error.value)


both = pytest.mark.parametrize("kind", ["x.zip", "x.tar.gz"])


# --- names


@both
@pytest.mark.parametrize("name", ["../../out.md", "/abs/out.md", "a/../../out.md", "C:\\out.md"])
def test_a_name_that_climbs_out_is_only_a_name(tmp_path: Path, kind: str, name: str) -> None:
    (tmp_path / "in").mkdir()
    path = archived(tmp_path / "in" / kind, {name: record("A")})
    assert ids(open_corpus(path)) == ["A"]
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == [path]


@both
def test_a_gene_table_outside_of_the_archive_is_not_found(tmp_path: Path, kind: str) -> None:
    (tmp_path / "A-genes.tsv").write_bytes(TABLE)
    (figure,) = open_corpus(archived(tmp_path / kind, {"x/A.md": record("A")}))
    assert figure.curated == ()


@both
def test_a_name_with_terminal_codes_is_shown_escaped(tmp_path: Path, kind: str) -> None:
    name = "a\x1b[2J\n\u202ebad.md"
    corpus = open_corpus(archived(tmp_path / kind, {name: b"no record"}))
    assert ids(corpus) == []
    (problem,) = corpus.skipped
    assert problem.source.endswith(":a\\x1b[2J\\n\\u202ebad.md")


def test_a_tar_name_that_is_no_utf8_is_shown_escaped(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT, encoding="latin-1") as archive:
        archive.addfile(member("caf\xe9.md", 3), io.BytesIO(b"bad"))
    corpus = open_corpus(path)
    assert ids(corpus) == []
    assert corpus.skipped[0].source.endswith(":caf\\udce9.md")


def test_a_zip_name_with_a_nul_does_no_harm(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"AB.md": record("A")})
    path.write_bytes(path.read_bytes().replace(b"AB.md", b"A\0.md"))
    corpus = open_corpus(path)
    assert len(ids(corpus)) + len(corpus.skipped) == 1


@both
def test_two_entries_of_one_name_are_both_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    if kind == "x.zip":
        with zipfile.ZipFile(path, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.md", record("A"))
            archive.writestr("a.md", record("B"))
    else:
        with tarfile.open(path, "w:gz") as packed:
            for figid in "AB":
                packed.addfile(member("a.md", len(record(figid))), io.BytesIO(record(figid)))
    assert ids(open_corpus(path)) == ["A", "B"]


def test_a_file_whose_name_is_no_utf8_is_read_and_reported(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path)
    good = record("A") + b"genes: [{hgnc_symbol: TP53}]\n"
    for name, raw in ((b"\xff.md", good), (b"\xfe\x1b[2J.md", b"bad")):
        with open(folder + b"/" + name, "wb") as stream:  # noqa: PTH123
            stream.write(raw)
    done = subprocess.run(
        [sys.executable, "-m", "nerbench", "run", "-m", "lexicon", "--organism", "human",
         "--out", str(tmp_path / "out"), str(tmp_path)],
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert b"\\udcfe\\x1b[2J.md" in done.stderr
    assert b"\x1b[2J" not in done.stdout + done.stderr


# --- links and things that are no files


def test_links_and_devices_in_a_tar_are_refused_each_with_its_reason(tmp_path: Path) -> None:
    kinds = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE)
    path = tmp_path / "x.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for number, kind in enumerate(kinds):
            info = member(f"{number}.md", kind=kind)
            info.linkname = "/etc/passwd"
            archive.addfile(info)
        archive.addfile(member("d.md", kind=tarfile.DIRTYPE))
    corpus = open_corpus(path)
    assert ids(corpus) == []
    link = "a link, which is not followed"
    assert [p.reason for p in corpus.skipped] == [link, link, *["no regular file"] * 3]


def test_a_gene_table_that_is_a_link_in_a_tar_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        info = member("A-genes.tsv", kind=tarfile.SYMTYPE)
        info.linkname = "/etc/passwd"
        archive.addfile(info)
        archive.addfile(member("A.md", len(record("A"))), io.BytesIO(record("A")))
    (figure,) = open_corpus(path)
    assert figure.curated == ()


def test_a_link_to_another_file_shows_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("root:x:0:0:secret")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "A.md").write_bytes(record("A"))
    (folder / "A-genes.tsv").symlink_to(tmp_path / "secret")
    (folder / "B.md").symlink_to(tmp_path / "secret")
    corpus = open_corpus(folder)
    assert ids(corpus) == []
    assert len(corpus.skipped) == 2
    assert not any("secret" in p.reason or "root" in p.reason for p in corpus.skipped)


def test_a_gene_table_that_is_a_pipe_does_not_hang_the_reading(tmp_path: Path) -> None:
    (tmp_path / "A.md").write_bytes(record("A"))
    os.mkfifo(tmp_path / "A-genes.tsv")
    corpus = open_corpus(tmp_path)
    assert ids(corpus) == []
    assert corpus.skipped[0].reason == "A-genes.tsv is no regular file"


def test_a_socket_and_a_linked_folder_are_listed_as_skipped(tmp_path: Path) -> None:
    (tmp_path / "A.md").write_bytes(record("A"))
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(tmp_path / "s.md"))
        corpus = open_corpus(tmp_path)
        assert ids(corpus) == ["A"]
    assert {Path(p.source).name: p.reason for p in corpus.skipped} == {
        "again": "a link to a folder, which is not followed",
        "s.md": "no regular file",
    }


def test_a_folder_that_may_not_be_read_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "A.md").write_bytes(record("A"))
    scandir = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    corpus = open_corpus(tmp_path)
    assert ids(corpus) == ["A"]
    assert [str(p) for p in corpus.skipped] == [
        f"{tmp_path}/closed: cannot be read: Permission denied"
    ]


# --- bombs


def test_a_zip_whose_entries_overlap_is_refused(tmp_path: Path) -> None:
    """One piece of deflated data that every entry claims (Fifield 2019)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    raw = b"0" * 500_000
    data = packer.compress(raw) + packer.flush()
    name = b"a.md"
    common = struct.pack(
        "<HHHHHIIIHH", 20, 0, 8, 0, 33, zlib.crc32(raw), len(data), len(raw), len(name), 0
    )
    local = b"PK\3\4" + common + name + data
    central = (b"PK\1\2" + b"\x14\0" + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name) * 100
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 100, 100, len(central), len(local), 0)
    path = tmp_path / "x.zip"
    path.write_bytes(local + central + end)
    assert zipfile.ZipFile(path).testzip() is None or sys.version_info >= (3, 12)
    assert "x.zip: the archive is damaged: its entries overlap" in refusal(path)


def test_a_zip_in_a_zip_is_not_a_record(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "in.zip", {"a.md": record("A")}).read_bytes()
    corpus = open_corpus(zipped(tmp_path / "x.zip", {"in.zip": inner, "b.md": record("B")}))
    assert ids(corpus) == ["B"]
    assert "no record" in corpus.skipped[0].reason


@both
@pytest.mark.parametrize("name", ["a.md", "A-genes.tsv"])
def test_an_entry_that_inflates_without_end_is_read_to_a_bound(
    tmp_path: Path, kind: str, name: str
) -> None:
    files = {"A.md": record("A")} | {name: b"0" * 30_000_000}
    path = archived(tmp_path / kind, files)
    open_corpus(path)  # the lexicons are loaded
    corpus = open_corpus(path)
    tracemalloc.start()
    try:
        ids(corpus)
        assert tracemalloc.get_traced_memory()[1] < 24 * MAX_BYTES
    finally:
        tracemalloc.stop()
    assert "larger than 512 kB" in corpus.skipped[0].reason


def test_a_tar_that_unpacks_to_absurdly_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "_MAX_UNPACKED_BYTES", 10_000_000)
    path = tarred(tmp_path / "x.tar.gz", {"big.bin": b"0" * 20_000_000, "A.md": record("A")})
    assert "unpacks to over 200 times its size" in refusal(path)


def test_a_tar_of_real_density_is_not_taken_for_a_bomb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "_MAX_UNPACKED_BYTES", 0)
    files = {f"{n}.md": record(f"F{n}") for n in range(500)}
    assert len(ids(open_corpus(tarred(tmp_path / "x.tar.gz", files)))) == 500


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.XGLTYPE])
def test_a_tar_header_of_many_megabytes_is_refused(tmp_path: Path, kind: bytes) -> None:
    path = tmp_path / "x.tar.gz"
    size = 16 * 1024 * 1024
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write(member("h", size, kind).tobuf(tarfile.GNU_FORMAT))
        stream.write(b"0" * size)
    open_corpus(path)
    tracemalloc.start()
    try:
        assert "a header has over 1 MB" in refusal(path)
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_a_sparse_map_without_end_is_refused(tmp_path: Path) -> None:
    """A PAX sparse file reads numbers until it has as many as it says."""
    path = tmp_path / "x.tar"
    info = tarfile.TarInfo("a.md")
    info.size = 30_000_000
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0",
                        "GNU.sparse.name": "a.md", "GNU.sparse.realsize": "9"}  # fmt: skip
    head = info.tobuf(tarfile.PAX_FORMAT)
    path.write_bytes(head + b"999999999\n" + b"7\n" * 14_999_995)
    assert "x.tar" in refusal(path)


def test_a_sparse_file_is_not_a_record(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    header = bytearray(member("a.md", 512, tarfile.GNUTYPE_SPARSE).tobuf(tarfile.GNU_FORMAT))
    header[386:410] = b"00000000000\0" + b"00000001000\0"
    header[483:495] = b"77777777777\0"  # eight gigabytes, it says
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    path.write_bytes(bytes(header) + record("A").ljust(512) + b"\0" * 1024)
    corpus = open_corpus(path)
    assert ids(corpus) == []
    assert corpus.skipped[0].reason == "no regular file"


# --- damage


def test_a_damaged_header_in_the_middle_of_a_tar_is_not_its_end(tmp_path: Path) -> None:
    path = tarred(tmp_path / "x.tar", {f"{n}.md": record(f"F{n}") for n in range(9)}, "w")
    raw = bytearray(path.read_bytes())
    raw[4096 + 148] ^= 0xFF  # a header's checksum
    path.write_bytes(bytes(raw))
    assert "x.tar: the archive is damaged: invalid header" in refusal(path)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("part", [0.3, 0.5, 0.8])
def test_a_tar_cut_anywhere_is_one_clear_error(tmp_path: Path, mode: str, part: float) -> None:
    files = {f"{n}.md": record(f"F{n}") + b"# " + os.urandom(700).hex().encode() for n in range(30)}
    path = tarred(tmp_path / f"x.tar{mode[1:].replace(':', '.')}", files, mode)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * part) | 1])
    assert "the archive is damaged" in refusal(path)


def test_a_million_small_entries_of_a_tar_are_not_all_kept(tmp_path: Path) -> None:
    """A hundredth of them, for time; docs/reliability.md has the million."""
    path = tmp_path / "x.tar.gz"
    blocks = b"".join(member(f"d/{n}.txt").tobuf() for n in range(1000))
    with gzip.open(path, "wb", compresslevel=1) as stream:
        for _ in range(10):
            stream.write(blocks)
    tracemalloc.start()
    try:
        assert sum(1 for _ in archives.entries(path)) == 10_000
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_gene_tables_of_a_tar_past_a_size_leave_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "_MAX_TABLES_IN_MEMORY", 1000)
    files = {}
    for n in range(50):
        files[f"F{n}.md"] = record(f"F{n}")
        files[f"F{n}-genes.tsv"] = TABLE + f"9606\tx\tG{n}\n".encode()
    found = list(open_corpus(tarred(tmp_path / "x.tar.gz", files)))
    assert [figure.curated[1].symbol for figure in found] == [f"G{n}" for n in range(50)]
