"""Read the entries of a file, a folder, a .zip or a .tar as a stream, and unpack each.

Hostile archives can neither write a file nor fill the memory: nothing is extracted under a name
from the archive, entries are read up to a bound, and what unpacks to far too much is refused.
"""

from __future__ import annotations

import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import IO, BinaryIO, Self, cast

from nerbench.corpus.entry import (
    GENE_TABLE,
    Entry,
    file_entry,
    folder_entries,
    is_companion,
    printable,
    read_unpacked,
    refused_entry,
    table_paths,
    text_path_of,
)
from nerbench.errors import NerbenchError, RecordError
from nerbench.inputs import (
    exists,
    open_raw,
    open_unpacked,
    shown,
    unpack,
    unpacked_name,
    unpacking_errors,
)
from nerbench.tabular.open_table import SUFFIXES

_TAR_SUFFIXES = (".tar", ".tgz", ".tbz2", ".txz", ".tzst")
_TAR_MAGIC = b"ustar"
_TAR_MAGIC_AT = 257

_DIRECTORY_BYTES = 1 << 16  # at the end of a zip, where the names are
_DOCUMENT_FILES = (b"[Content_Types].xml", b"META-INF/manifest.xml")
_MAX_HEADER_BYTES = 1024 * 1024  # of a tar, between two entries
_MAX_UNPACKED_BYTES = 1 << 30  # of a tar, or _MAX_RATIO times its size if that is more
_MAX_RATIO = 200
_MAX_TABLES_IN_MEMORY = 64 * 1024 * 1024  # bytes of deflated gene tables; more go to a file

_DAMAGE: tuple[type[Exception], ...] = (tarfile.TarError, zipfile.BadZipFile, *unpacking_errors())
# zipfile raises RuntimeError for encryption and unknown compression.
_UNPACKING_ERRORS: tuple[type[Exception], ...] = (*_DAMAGE, RuntimeError, OSError, ValueError)


def table_entries(path: Path) -> Iterator[Entry]:
    """Yield the files below a path that are tables by their names, or that can be if chosen.

    Raises NerbenchError as `entries` does.
    """
    for entry in entries(path, with_companions=False):
        if entry.can_be_table and (entry.is_chosen or entry.name.lower().endswith(SUFFIXES)):
            yield entry


def entries(path: Path, *, with_companions: bool = True) -> Iterator[Entry]:
    """Yield every file below a path, in a fixed order; the content tells what is an archive.

    Without companions, the files of a tar have no gene tables and no texts beside them, which takes
    a reading more. Raises NerbenchError if the path does not exist or is an archive that cannot be
    opened.
    """
    try:
        if path.is_dir():
            yield from folder_entries(path)
        elif not exists(path):
            raise NerbenchError(f"{path}: no such file or folder")
        elif _is_zip(path):
            yield from _zip_entries(path)
        elif _is_tar(path):
            yield from _tar_entries(path, with_companions)
        elif path.suffix == ".zip":
            raise NerbenchError(f"{path}: no zip archive (its directory is missing or damaged)")
        else:
            yield file_entry(path, shown(path), is_chosen=True)
    except PermissionError as error:
        raise NerbenchError(f"{printable(str(error.filename or path))}: may not be read") from None
    except NotImplementedError as error:  # a zip of a version that zipfile does not know
        raise NerbenchError(printable(f"{path}: cannot be unpacked: {error}")) from None
    except _DAMAGE as error:
        reason = f"the archive is damaged: {error}"
        raise NerbenchError(printable(f"{shown(path)}: {reason}")) from None
    except OSError as error:
        cause = error.strerror or error
        raise NerbenchError(printable(f"{shown(path)}: cannot be read: {cause}")) from None


def _is_zip(path: Path) -> bool:
    """Return whether a file is a zip archive, and no document of an office program inside one."""
    with open_raw(path) as stream:
        if not zipfile.is_zipfile(stream):
            return False
        stream.seek(max(0, _size(stream) - _DIRECTORY_BYTES))
        directory = stream.read()
    return not any(name in directory for name in _DOCUMENT_FILES)


def _is_tar(path: Path) -> bool:
    if unpacked_name(path.name).lower().endswith(_TAR_SUFFIXES):
        return True
    with open_raw(path) as raw:
        try:
            with unpack(raw) as stream:
                start = stream.read(_TAR_MAGIC_AT + len(_TAR_MAGIC))
        except _UNPACKING_ERRORS:
            return False
    return start[_TAR_MAGIC_AT:] == _TAR_MAGIC


def _is_listed(name: str) -> bool:
    """Return False for a companion table and a hidden file."""
    parts = PurePosixPath(name).parts
    hidden = any(part.startswith(".") and part not in (".", "..") for part in parts)
    return bool(parts) and not (hidden or is_companion(name) or "__MACOSX" in parts)


def _zip_entries(path: Path) -> Iterator[Entry]:
    with open_raw(path) as file, zipfile.ZipFile(file) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        if sum(info.compress_size for info in infos) > _size(file):
            raise zipfile.BadZipFile("its entries overlap")
        texts = set(filter(None, (text_path_of(info.filename) for info in infos)))
        beside = {
            name: info
            for info in infos
            if (name := unpacked_name(info.filename)).endswith(GENE_TABLE) or name in texts
        }

        def read(info: zipfile.ZipInfo) -> bytes:
            try:
                with archive.open(info) as stream:
                    return read_unpacked(stream, info.filename)
            except _UNPACKING_ERRORS as error:
                raise RecordError(f"cannot be unpacked: {printable(str(error))}") from None

        def find(name: str) -> bytes | None:
            return read(beside[name]) if name in beside else None

        for info in sorted(infos, key=lambda info: info.filename):
            name = info.filename
            if _is_listed(name) and unpacked_name(name) not in texts:
                yield _archive_entry(path, name, None, partial(read, info), find)


def _size(file: IO[bytes]) -> int:
    position = file.tell()
    size = file.seek(0, os.SEEK_END)
    file.seek(position)
    return size


def _archive_entry(
    archive: Path,
    name: str,
    refusal: str | None,
    read: Callable[[], bytes],
    find: Callable[[str], bytes | None],
) -> Entry:
    """Return an entry of an archive, whose gene tables and brat's texts `find` returns by name."""

    def table(figid: str) -> bytes | None:
        tables = map(find, map(str, table_paths(PurePosixPath(name).parent, figid)))
        return next((raw for raw in tables if raw is not None), None)

    def text_beside() -> bytes | None:
        text_path = text_path_of(name)
        return None if text_path is None else find(text_path)

    source = f"{shown(archive)}:{name}"
    if refusal:
        return refused_entry(source, refusal)
    return Entry(printable(source), unpacked_name(name), read, table, text_beside)


def _tar_entries(path: Path, with_companions: bool) -> Iterator[Entry]:
    """Read the stream twice: first the gene tables, which are stored deflated, then the records.

    The texts of brat's annotations are stored in a reading between the two.
    """
    with SpooledTemporaryFile(max_size=_MAX_TABLES_IN_MEMORY) as storage:
        beside = _FileStore(cast(IO[bytes], storage))
        texts: set[str] = set()
        for member, read in _members(path) if with_companions else ():
            name = unpacked_name(str(PurePosixPath(member.name)))  # without ./
            if member.isreg() and name.endswith(GENE_TABLE):
                beside.add(name, read)
            elif text_path := text_path_of(name):
                texts.add(text_path)
        for member, read in _members(path) if texts else ():
            name = unpacked_name(str(PurePosixPath(member.name)))
            if member.isreg() and name in texts:
                beside.add(name, read)
        for member, read in _members(path):
            name = str(PurePosixPath(member.name))
            if _is_listed(name) and not member.isdir() and unpacked_name(name) not in texts:
                yield _archive_entry(path, name, _refusal_of_type(member), read, beside.find)


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
    with open_raw(path) as file:
        limit = max(_MAX_UNPACKED_BYTES, _MAX_RATIO * _size(file))
    with open_unpacked(path) as stream:
        bounded = _BoundedStream(stream, limit)
        bounded.allow(0)
        with tarfile.open(fileobj=cast(BinaryIO, bounded), mode="r|", tarinfo=_Member) as archive:
            while (member := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined]  # tarfile keeps them all
                bounded.allow(member.size)
                yield member, partial(_read_member, archive, member)


def _read_member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(member)
    return read_unpacked(stream, member.name) if stream is not None else b""
