"""Read the entries of a file, a folder, a .zip or a .tar.gz as a stream.

Hostile archives can neither write a file nor fill the memory: nothing is extracted under a name
from the archive, entries are read up to a bound, and what unpacks to far too much is refused.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import IO, BinaryIO, Self, cast

from nerbench.errors import NerbenchError, RecordError
from nerbench.inputs import unpacked_name

MAX_BYTES = 512 * 1024
"""The bound of a record and of a gene table; real ones have a few thousand bytes."""

MAX_ANNOTATED_BYTES = 64 * 1024 * 1024
"""The bound of a file of annotated texts, which can be a whole corpus."""

ANNOTATION_SUFFIX = ".ann"
"""Of brat's annotations; the text is in the .txt file of the same name."""

_RECORD_SUFFIXES = (".md", ".markdown", ".yaml", ".yml")
_GENE_TABLE = "-genes.tsv"
_COMPANION_TABLES = (_GENE_TABLE, "-chemicals.tsv", "-diseases.tsv")
_ANNOTATED_SUFFIXES = (ANNOTATION_SUFFIX, ".bioc", ".json", ".pubtator", ".txt", ".xml")
NOT_A_RECORD = (
    f"no record: records are {', '.join(_RECORD_SUFFIXES)} files, annotated texts "
    f"{', '.join(_ANNOTATED_SUFFIXES)}"
)
"""The reason to leave out a file of another kind."""

_MAX_HEADER_BYTES = 1024 * 1024  # of a tar, between two entries
_MAX_UNPACKED_BYTES = 1 << 30  # of a tar, or _MAX_RATIO times its size if that is more
_MAX_RATIO = 200
_MAX_TABLES_IN_MEMORY = 64 * 1024 * 1024  # bytes of deflated gene tables; more go to a file

_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    EOFError,
    zlib.error,
    lzma.LZMAError,
)
# zipfile raises RuntimeError for encryption and unknown compression.
_UNPACKING_ERRORS = (*_DAMAGE, RuntimeError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that can be a record or hold annotated texts.

    Its functions raise RecordError if they cannot read.
    """

    source: str  # path, or place in an archive, in printable characters
    name: str
    read: Callable[[], bytes]
    table: Callable[[str], bytes | None]  # the gene table of a figure id
    text_beside: Callable[[], bytes | None]  # the .txt file of the same name
    is_chosen: bool = False  # by its path, whatever its name

    @property
    def is_record(self) -> bool:
        """True if its name is that of a record."""
        return self.name.lower().endswith(_RECORD_SUFFIXES)


def entries(path: Path) -> Iterator[Entry]:
    """Yield every file below a path that can be a record, in a fixed order.

    Raises NerbenchError if the path does not exist or is an archive that cannot be opened.
    """
    try:
        if path.is_dir():
            yield from _folder_entries(path)
        elif not path.exists():
            raise NerbenchError(f"{path}: no such file or folder")
        elif zipfile.is_zipfile(path):
            yield from _zip_entries(path)
        elif path.name.endswith((".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tar.xz")):
            yield from _tar_entries(path)
        elif path.suffix == ".zip":
            raise NerbenchError(f"{path}: no zip archive (its directory is missing or damaged)")
        else:
            yield _file_entry(path, str(path), is_chosen=True)
    except PermissionError as error:
        raise NerbenchError(f"{printable(str(error.filename or path))}: may not be read") from None
    except NotImplementedError as error:  # a zip of a version that zipfile does not know
        raise NerbenchError(printable(f"{path}: cannot be unpacked: {error}")) from None
    except _DAMAGE as error:
        raise NerbenchError(printable(f"{path}: the archive is damaged: {error}")) from None
    except OSError as error:
        reason = error.strerror or error
        raise NerbenchError(printable(f"{path}: cannot be read: {reason}")) from None


def without_companions(paths: Sequence[Path]) -> list[Path]:
    """Return paths without those of brat's texts and gene tables whose annotations and records are
    among them, as a pattern of the shell (`brat/*`) gives both.

    >>> [str(path) for path in without_companions([Path("1.ann"), Path("1.txt"), Path("2.txt")])]
    ['1.ann', '2.txt']
    """
    names = {str(path) for path in paths}
    texts = {_text_path(unpacked_name(name)) for name in names}
    records = {
        name.removesuffix(suffix)
        for name in names
        for suffix in _RECORD_SUFFIXES
        if name.endswith(suffix)
    }

    def is_companion(name: str) -> bool:
        tables = (suffix for suffix in _COMPANION_TABLES if name.endswith(suffix))
        is_table = any(name.removesuffix(suffix) in records for suffix in tables)
        return is_table or unpacked_name(name) in texts

    return [path for path in paths if not is_companion(str(path))]


def printable(name: str) -> str:
    r"""Escape what is not printable in a name: control codes, line breaks, bytes not in UTF-8.

    >>> print(printable("a\x1b[2J\udcff.md"))
    a\x1b[2J\udcff.md
    """
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)


def _read_bounded(stream: IO[bytes], name: str, is_chosen: bool = False) -> bytes:
    """Read a file up to the bound of its kind: by its name, or any annotated one if chosen."""
    name = name.lower()
    is_annotated = name.endswith(_ANNOTATED_SUFFIXES)
    if is_annotated or (is_chosen and not name.endswith(_RECORD_SUFFIXES)):
        limit, reason = MAX_ANNOTATED_BYTES, f"{MAX_ANNOTATED_BYTES >> 20} MB; split the file"
    else:
        limit, reason = MAX_BYTES, f"{MAX_BYTES >> 10} kB, which no record is"
    raw = stream.read(MAX_BYTES + 1)
    while MAX_BYTES < len(raw) <= limit and (more := stream.read(len(raw))):
        raw += more
    if len(raw) > limit:
        raise RecordError(f"larger than {reason}")
    return raw


def _text_path(name: str) -> str | None:
    """Return the path of the text of brat's annotations, or None if a file holds none of them."""
    is_annotation = name.lower().endswith(ANNOTATION_SUFFIX)
    return f"{name[: -len(ANNOTATION_SUFFIX)]}.txt" if is_annotation else None


def _refusal_of_name(name: str) -> str | None:
    """Return why a file of this name is left out, or None if it can be read."""
    suffixes = (*_RECORD_SUFFIXES, *_ANNOTATED_SUFFIXES)
    return None if name.lower().endswith(suffixes) else NOT_A_RECORD


def _table_paths(folder: PurePosixPath, figid: str) -> tuple[PurePosixPath, ...]:
    """Return the paths of a figure's gene table: beside the record, or in a sibling _data/."""
    name = f"{figid}{_GENE_TABLE}"
    return (folder / name, folder.parent / "_data" / name, folder / "_data" / name)


# --- files and folders


def _file_entry(path: Path, source: str, is_chosen: bool = False) -> Entry:
    def read() -> bytes:
        try:
            with path.open("rb") as stream:
                return _read_bounded(stream, path.name, is_chosen)
        except OSError as error:
            raise RecordError(f"cannot be read: {error.strerror}") from None

    def text_beside() -> bytes | None:
        text_path = _text_path(str(path))
        return None if text_path is None else _read_if_there(Path(text_path))

    def table(figid: str) -> bytes | None:
        if "/" in figid or "\\" in figid or "\0" in figid:
            return None
        folder = PurePosixPath(path.absolute().parent.as_posix())
        tables = map(_read_if_there, map(Path, _table_paths(folder, figid)))
        return next((raw for raw in tables if raw is not None), None)

    return Entry(printable(source), path.name, read, table, text_beside, is_chosen)


def _read_if_there(path: Path) -> bytes | None:
    try:
        if path.is_file():
            with path.open("rb") as stream:
                return _read_bounded(stream, path.name)
        if path.exists():
            raise RecordError(f"{path.name} is no regular file")
    except OSError as error:
        raise RecordError(f"{path.name} cannot be read: {error.strerror}") from None
    return None


def _refused_entry(source: str, reason: str) -> Entry:
    def read() -> bytes:
        raise RecordError(reason)

    return Entry(printable(source), source, read, lambda _: None, lambda: None)


def _folder_entries(root: Path) -> Iterator[Entry]:
    errors: list[OSError] = []
    for folder, folders, files in os.walk(root, onerror=errors.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in folders:
            if (link := Path(folder, name)).is_symlink():
                yield _refused_entry(link.as_posix(), "a link to a folder, which is not followed")
        texts = set(filter(None, map(_text_path, files)))
        for name in sorted(files):
            if name.startswith(".") or name.endswith(_COMPANION_TABLES) or name in texts:
                continue
            path = Path(folder, name)
            if reason := _refusal_of_name(name) or (not path.is_file() and "no regular file"):
                yield _refused_entry(path.as_posix(), reason)
            else:
                yield _file_entry(path, path.as_posix())
    for error in errors:
        yield _refused_entry(str(error.filename), f"cannot be read: {error.strerror}")


# --- archives


def _is_listed(name: str) -> bool:
    """Return False for a companion table and a hidden file."""
    parts = PurePosixPath(name).parts
    hidden = any(part.startswith(".") and part not in (".", "..") for part in parts)
    return bool(parts) and not (hidden or name.endswith(_COMPANION_TABLES) or "__MACOSX" in parts)


def _zip_entries(path: Path) -> Iterator[Entry]:
    with zipfile.ZipFile(path) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        if sum(info.compress_size for info in infos) > path.stat().st_size:
            raise zipfile.BadZipFile("its entries overlap")
        texts = set(filter(None, (_text_path(info.filename) for info in infos)))
        beside = {
            info.filename: info
            for info in infos
            if info.filename.endswith(_GENE_TABLE) or info.filename in texts
        }

        def read(info: zipfile.ZipInfo) -> bytes:
            try:
                with archive.open(info) as stream:
                    return _read_bounded(stream, info.filename)
            except _UNPACKING_ERRORS as error:
                raise RecordError(f"cannot be unpacked: {printable(str(error))}") from None

        def find(name: str) -> bytes | None:
            return read(beside[name]) if name in beside else None

        for info in sorted(infos, key=lambda info: info.filename):
            name = info.filename
            if _is_listed(name) and name not in texts:
                refusal = _refusal_of_name(name)
                yield _archive_entry(path, name, refusal, partial(read, info), find)


def _archive_entry(
    archive: Path,
    name: str,
    refusal: str | None,
    read: Callable[[], bytes],
    find: Callable[[str], bytes | None],
) -> Entry:
    """Return an entry of an archive, whose gene tables and brat's texts `find` returns by name."""

    def table(figid: str) -> bytes | None:
        tables = map(find, map(str, _table_paths(PurePosixPath(name).parent, figid)))
        return next((raw for raw in tables if raw is not None), None)

    def text_beside() -> bytes | None:
        text_path = _text_path(name)
        return None if text_path is None else find(text_path)

    source = f"{archive}:{name}"
    if refusal:
        return _refused_entry(source, refusal)
    return Entry(printable(source), name, read, table, text_beside)


def _tar_entries(path: Path) -> Iterator[Entry]:
    """Read the stream twice: first the gene tables, which are stored deflated, then the records.

    The texts of brat's annotations are stored in a reading between the two.
    """
    with SpooledTemporaryFile(max_size=_MAX_TABLES_IN_MEMORY) as storage:
        beside = _FileStore(cast(IO[bytes], storage))
        texts: set[str] = set()
        for member, read in _members(path):
            name = str(PurePosixPath(member.name))  # without ./
            if member.isreg() and name.endswith(_GENE_TABLE):
                beside.add(name, read)
            elif text_path := _text_path(name):
                texts.add(text_path)
        for member, read in _members(path) if texts else ():
            if member.isreg() and (name := str(PurePosixPath(member.name))) in texts:
                beside.add(name, read)
        for member, read in _members(path):
            name = str(PurePosixPath(member.name))  # without ./
            if _is_listed(name) and not member.isdir() and name not in texts:
                refusal = _refusal_of_name(name) or _refusal_of_type(member)
                yield _archive_entry(path, name, refusal, read, beside.find)


def _refusal_of_type(member: tarfile.TarInfo) -> str | None:
    if member.issym() or member.islnk():
        return "a link, which is not followed"
    return None if member.isreg() and not member.issparse() else "no regular file"


class _FileStore:
    """Files of a tar, deflated, by name; a large store moves to a nameless file."""

    def __init__(self, storage: IO[bytes]) -> None:
        self._storage = storage
        self._positions: dict[str, tuple[int, int]] = {}
        self._refused: dict[str, str] = {}

    def add(self, name: str, read: Callable[[], bytes]) -> None:
        try:
            packed = zlib.compress(read(), 1)
        except RecordError as error:
            self._refused[name] = str(error)
            return
        self._positions[name] = (self._storage.seek(0, os.SEEK_END), len(packed))
        self._storage.write(packed)

    def find(self, name: str) -> bytes | None:
        """Return a file, or None. Raises RecordError if it could not be read."""
        if name in self._refused:
            raise RecordError(f"{PurePosixPath(name).name}: {self._refused[name]}")
        if name not in self._positions:
            return None
        position, length = self._positions[name]
        self._storage.seek(position)
        return zlib.decompress(self._storage.read(length))


class _BoundedStream:
    """An unpacked stream that raises ReadError when more bytes are read than are allowed."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._read = 0
        self._next_limit = 0

    def allow(self, entry_size: int) -> None:
        """Allow the bytes of an entry, and those of the headers before the next one."""
        self._next_limit = self._read + entry_size + _MAX_HEADER_BYTES

    def read(self, size: int) -> bytes:
        raw = self._stream.read(size)
        self._read += len(raw)
        if self._read > self._limit:
            raise tarfile.ReadError(f"it unpacks to over {_MAX_RATIO} times its size")
        if self._read > self._next_limit:
            raise tarfile.ReadError(f"a header has over {_MAX_HEADER_BYTES // 1024 // 1024} MB")
        return raw


class _Member(tarfile.TarInfo):
    """An entry of a tar archive: a damaged header is an error, not the end of the archive."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if not buf.strip(b"\0"):  # nothing, or a block of zeros: the end of the archive
                raise
            raise tarfile.ReadError(str(error)) from None


def _members(path: Path) -> Iterator[tuple[tarfile.TarInfo, Callable[[], bytes]]]:
    """Yield the entries of a tar archive in its order; each can be read until the next one."""
    limit = max(_MAX_UNPACKED_BYTES, _MAX_RATIO * path.stat().st_size)
    with _open_unpacked(path) as stream:
        bounded = _BoundedStream(stream, limit)
        bounded.allow(0)
        with tarfile.open(fileobj=cast(BinaryIO, bounded), mode="r|", tarinfo=_Member) as archive:
            while (member := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined]  # tarfile keeps them all
                bounded.allow(member.size)
                yield member, partial(_read_member, archive, member)


def _read_member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(member)
    return _read_bounded(stream, member.name) if stream is not None else b""


def _open_unpacked(path: Path) -> IO[bytes]:
    """Open a file, and unpack it if gzip, bzip2 or xz packed it."""
    with path.open("rb") as stream:
        start = stream.read(6)
    for magic, module in ((b"\x1f\x8b", gzip), (b"BZh", bz2), (b"\xfd7zXZ\0", lzma)):
        if start.startswith(magic):
            return cast(IO[bytes], module.open(path))
    return path.open("rb")
