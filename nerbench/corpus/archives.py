"""Where records come from: a file, a folder, a .zip or a .tar.gz, read as a stream.

Nothing is extracted under a name of an archive's own, no entry is read beyond a bound, and an
archive that unpacks to absurdly much is refused, so a hostile one can neither write anywhere nor
fill the memory.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import IO, BinaryIO, Self, cast

from nerbench.errors import NerbenchError, RecordError

__all__ = ["MAX_BYTES", "Entry", "entries"]

MAX_BYTES = 512 * 1024
"""No record or gene table is this large: real ones have a few thousand bytes."""

_RECORD = (".md", ".markdown", ".yaml", ".yml")
_TABLE = "-genes.tsv"
_COMPANIONS = (_TABLE, "-chemicals.tsv", "-diseases.tsv")
_NO_RECORD = f"no record: records are {', '.join(_RECORD)} files"

# A tar's own headers between two entries; and how far an archive may unpack at all.
_MAX_HEADERS = 1024 * 1024
_MAX_UNPACKED = 1 << 30
_MAX_RATIO = 200
_IN_MEMORY = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """One file that may be a record.

    ``source`` is where it is, fit to be shown. ``read`` gives its bytes; ``table`` the bytes of
    the gene table that goes with a figure id, or None. Both raise RecordError where the file is
    too large or cannot be read.
    """

    source: str
    read: Callable[[], bytes]
    table: Callable[[str], bytes | None]


def entries(path: Path) -> Iterator[Entry]:
    """Every file below a path that may be a record, in a fixed order.

    Raises NerbenchError if the path does not exist or is an archive that cannot be opened.
    """
    try:
        if path.is_dir():
            yield from _folder(path)
        elif not path.exists():
            raise NerbenchError(f"{path}: no such file or folder")
        elif zipfile.is_zipfile(path):
            yield from _zip(path)
        elif path.name.endswith((".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tar.xz")):
            yield from _tar(path)
        elif path.suffix == ".zip":
            raise NerbenchError(f"{path}: no zip archive (its directory is missing or damaged)")
        else:
            yield _file(path, str(path))
    except PermissionError as error:
        raise NerbenchError(f"{_shown(str(error.filename or path))}: may not be read") from None
    except NotImplementedError as error:  # a zip of a version that zipfile does not know
        reason = _shown(str(error))
        raise NerbenchError(f"{_shown(str(path))}: cannot be unpacked: {reason}") from None
    except _DAMAGE as error:
        reason = _shown(str(error))
        raise NerbenchError(f"{_shown(str(path))}: the archive is damaged: {reason}") from None
    except OSError as error:
        reason = _shown(error.strerror or str(error))
        raise NerbenchError(f"{_shown(str(path))}: cannot be read: {reason}") from None


_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    EOFError,
    zlib.error,
    lzma.LZMAError,
)


def _shown(name: str) -> str:
    r"""A name from a stranger as it may go to a terminal or a report: what is no printable
    character escaped, be it a colour code, a line break, or a byte that is no UTF-8.

    >>> print(_shown("a\x1b[2J\udcff.md"))
    a\x1b[2J\udcff.md
    """
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)


def _bounded(stream: IO[bytes]) -> bytes:
    raw = stream.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise RecordError(f"larger than {MAX_BYTES // 1024} kB, which no record is")
    return raw


def _refuse(reason: str) -> Callable[[], bytes]:
    def read() -> bytes:
        raise RecordError(reason)

    return read


def _no_table(_: str) -> bytes | None:
    return None


def _other(name: str) -> str | None:
    """Why a file of this name is no record, or None if it may be one."""
    return None if name.lower().endswith(_RECORD) else _NO_RECORD


def _places(folder: PurePosixPath, figid: str) -> tuple[PurePosixPath, ...]:
    """Where the gene table of a figure may lie: beside the record, or in a sibling _data/."""
    name = f"{figid}{_TABLE}"
    return (folder / name, folder.parent / "_data" / name, folder / "_data" / name)


# --- a file, a folder


def _file(path: Path, source: str) -> Entry:
    def read() -> bytes:
        try:
            with path.open("rb") as stream:
                return _bounded(stream)
        except OSError as error:
            raise RecordError(f"cannot be read: {error.strerror}") from None

    def table(figid: str) -> bytes | None:
        if "/" in figid or "\\" in figid or "\0" in figid:
            return None
        folder = PurePosixPath(path.absolute().parent.as_posix())
        for place in _places(folder, figid):
            try:
                if not Path(place).exists():
                    continue
                if not Path(place).is_file():
                    raise RecordError(f"{place.name} is no regular file")
                with Path(place).open("rb") as stream:
                    return _bounded(stream)
            except OSError as error:
                raise RecordError(f"{place.name} cannot be read: {error.strerror}") from None
        return None

    return Entry(_shown(source), read, table)


def _refused(source: str, reason: str) -> Entry:
    return Entry(_shown(source), _refuse(reason), _no_table)


def _folder(root: Path) -> Iterator[Entry]:
    closed: list[OSError] = []
    for folder, folders, files in os.walk(root, onerror=closed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in folders:
            if (linked := Path(folder, name)).is_symlink():
                yield _refused(linked.as_posix(), "a link to a folder, which is not followed")
        for name in sorted(files):
            if name.startswith(".") or name.endswith(_COMPANIONS):
                continue
            path = Path(folder, name)
            entry = _file(path, path.as_posix())
            reason = _other(name) or (None if path.is_file() else "no regular file")
            yield entry if reason is None else _refused(path.as_posix(), reason)
    for error in closed:
        yield _refused(str(error.filename), f"cannot be read: {error.strerror}")


# --- archives


def _listed(name: str) -> bool:
    """Whether an archive's entry is worth a look: no folder, companion table, or hidden file."""
    parts = PurePosixPath(name).parts
    hidden = any(part.startswith(".") and part not in (".", "..") for part in parts)
    return bool(parts) and not (hidden or name.endswith(_COMPANIONS) or "__MACOSX" in parts)


# What zipfile raises for damage, and (RuntimeError) for encryption and unknown compression.
_UNPACKING = (*_DAMAGE, RuntimeError, OSError, ValueError)


def _zip(path: Path) -> Iterator[Entry]:
    with zipfile.ZipFile(path) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        if sum(info.compress_size for info in infos) > path.stat().st_size:
            raise zipfile.BadZipFile("its entries overlap")
        tables = {info.filename: info for info in infos if info.filename.endswith(_TABLE)}

        def read(info: zipfile.ZipInfo) -> bytes:
            try:
                with archive.open(info) as stream:
                    return _bounded(stream)
            except _UNPACKING as error:
                raise RecordError(f"cannot be unpacked: {_shown(str(error))}") from None

        def find(name: str) -> bytes | None:
            return read(tables[name]) if name in tables else None

        for info in sorted(infos, key=lambda info: info.filename):
            name = info.filename
            if not _listed(name):
                continue
            source = f"{path}:{name}"
            if reason := _other(name):
                yield _refused(source, reason)
            else:
                yield Entry(_shown(source), partial(read, info), _finder(name, find))


def _finder(record: str, find: Callable[[str], bytes | None]) -> Callable[[str], bytes | None]:
    """How to find a record's gene table among an archive's entries."""
    folder = PurePosixPath(record).parent

    def table(figid: str) -> bytes | None:
        for place in _places(folder, figid):
            if (raw := find(str(place))) is not None:
                return raw
        return None

    return table


def _tar(path: Path) -> Iterator[Entry]:
    """Two passes over the stream: first the gene tables (kept deflated), then the records."""
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as kept:
        tables = _Tables(cast(IO[bytes], kept))
        for member, read in _members(path):
            if member.isreg() and member.name.endswith(_TABLE):
                try:
                    tables.keep(_plain(member.name), read())
                except RecordError as error:
                    tables.refuse(_plain(member.name), str(error))
        for member, read in _members(path):
            name = _plain(member.name)
            if not _listed(name) or member.isdir():
                continue
            source = f"{path}:{name}"
            if reason := _other(name) or _unlike_a_file(member):
                yield _refused(source, reason)
            else:
                yield Entry(_shown(source), read, _finder(name, tables.find))


def _plain(name: str) -> str:
    """A tar entry's name without ``./`` and its like."""
    return str(PurePosixPath(name))


def _unlike_a_file(member: tarfile.TarInfo) -> str | None:
    """Why an entry is not read, whatever its name, or None if it is a file."""
    if member.issym() or member.islnk():
        return "a link, which is not followed"
    return None if member.isreg() and not member.issparse() else "no regular file"


class _Tables:
    """Gene tables by their name: deflated, in memory, and past a size in a nameless file."""

    def __init__(self, kept: IO[bytes]) -> None:
        self._kept = kept
        self._places: dict[str, tuple[int, int]] = {}
        self._refused: dict[str, str] = {}

    def keep(self, name: str, raw: bytes) -> None:
        packed = zlib.compress(raw, 1)
        self._places[name] = (self._kept.seek(0, os.SEEK_END), len(packed))
        self._kept.write(packed)

    def refuse(self, name: str, reason: str) -> None:
        self._refused[name] = reason

    def find(self, name: str) -> bytes | None:
        """A table. Raises RecordError if it could not be read."""
        if name in self._refused:
            raise RecordError(f"{PurePosixPath(name).name}: {self._refused[name]}")
        if name not in self._places:
            return None
        at, length = self._places[name]
        self._kept.seek(at)
        return zlib.decompress(self._kept.read(length))


class _Metered:
    """An unpacked stream that ends in an error where more is read than was foreseen."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream = stream
        self._most = most
        self._read = 0
        self._foreseen = 0

    def foresee(self, size: int) -> None:
        """The next entry may begin after so many bytes and a bound for its headers."""
        self._foreseen = self._read + size + _MAX_HEADERS

    def read(self, size: int) -> bytes:
        raw = self._stream.read(size)
        self._read += len(raw)
        if self._read > self._most:
            raise tarfile.ReadError(f"it unpacks to over {_MAX_RATIO} times its size")
        if self._read > self._foreseen:
            raise tarfile.ReadError(f"a header has over {_MAX_HEADERS // 1024 // 1024} MB")
        return raw


class _Member(tarfile.TarInfo):
    """An entry of a tar archive; a header that is none is an error, and no end of the archive."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if not buf.strip(b"\0"):  # nothing, or the block of zeros that says: the end
                raise
            raise tarfile.ReadError(str(error)) from None


def _members(path: Path) -> Iterator[tuple[tarfile.TarInfo, Callable[[], bytes]]]:
    """The entries of a tar archive, in its order, each readable until the next."""
    most = max(_MAX_UNPACKED, _MAX_RATIO * path.stat().st_size)
    with _unpacked(path) as stream:
        metered = _Metered(stream, most)
        metered.foresee(0)
        with tarfile.open(fileobj=cast(BinaryIO, metered), mode="r|", tarinfo=_Member) as archive:
            while (member := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined]  # it would keep them all
                metered.foresee(member.size)
                yield member, partial(_content, archive, member)


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(member)
    return _bounded(stream) if stream is not None else b""


def _unpacked(path: Path) -> IO[bytes]:
    """The stream in a file that gzip, bzip2 or xz may have packed."""
    with path.open("rb") as stream:
        start = stream.read(6)
    for magic, module in ((b"\x1f\x8b", gzip), (b"BZh", bz2), (b"\xfd7zXZ\0", lzma)):
        if start.startswith(magic):
            return cast(IO[bytes], module.open(path))
    return path.open("rb")
