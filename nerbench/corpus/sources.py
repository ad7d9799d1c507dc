"""Where records come from: a file, a folder, a .zip or a .tar.gz, read as a stream.

Nothing is extracted to disk, and no entry is read beyond a bound, so a hostile archive can
neither write anywhere nor fill the memory.
"""

from __future__ import annotations

import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from nerbench.errors import NerbenchError, RecordError

__all__ = ["MAX_BYTES", "Entry", "entries"]

MAX_BYTES = 2 * 1024 * 1024
"""No record or gene table is this large: real ones have a few thousand bytes."""

_RECORD = (".md", ".markdown", ".yaml", ".yml")
_TABLE = "-genes.tsv"
_COMPANIONS = (_TABLE, "-chemicals.tsv", "-diseases.tsv")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file that may be a record.

    ``read`` gives its bytes; ``table`` the bytes of the gene table that goes with a figure
    id, or None. Both raise RecordError where the file is too large or cannot be read.
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
        raise NerbenchError(f"{error.filename or path}: may not be read") from None
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise NerbenchError(f"{path}: the archive is damaged: {error}") from None
    except OSError as error:
        raise NerbenchError(f"{path}: cannot be read: {error.strerror or error}") from None


def _bounded(stream: IO[bytes]) -> bytes:
    raw = stream.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise RecordError(f"larger than {MAX_BYTES // 1024 // 1024} MB, which no record is")
    return raw


def _refuse(reason: str) -> Callable[[], bytes]:
    def read() -> bytes:
        raise RecordError(reason)

    return read


def _no_table(_: str) -> bytes | None:
    return None


def _other(name: str) -> str | None:
    """Why a file of this name is no record, or None if it may be one."""
    if name.lower().endswith(_RECORD):
        return None
    return f"no record: records are {', '.join(_RECORD)} files"


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
                with Path(place).open("rb") as stream:
                    return _bounded(stream)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise RecordError(f"{place.name} cannot be read: {error.strerror}") from None
        return None

    return Entry(source, read, table)


def _folder(root: Path) -> Iterator[Entry]:
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.startswith(".") or name.endswith(_COMPANIONS):
                continue
            path = Path(folder, name)
            entry = _file(path, path.as_posix())
            reason = _other(name) or (None if path.is_file() else "no regular file")
            yield entry if reason is None else Entry(entry.source, _refuse(reason), _no_table)


# --- archives


def _listed(name: str) -> bool:
    """Whether an archive's entry is worth a look: no folder, companion table, or hidden file."""
    parts = PurePosixPath(name).parts
    hidden = any(part.startswith(".") and part not in (".", "..") for part in parts)
    return bool(parts) and not (hidden or name.endswith(_COMPANIONS) or "__MACOSX" in parts)


# What zipfile raises for damage, encryption and unknown compression.
_UNPACKING = (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, OSError)


def _zip(path: Path) -> Iterator[Entry]:
    with zipfile.ZipFile(path) as archive:
        names = {info.filename: info for info in archive.infolist() if not info.is_dir()}

        def reader(info: zipfile.ZipInfo) -> Callable[[], bytes]:
            def read() -> bytes:
                try:
                    with archive.open(info) as stream:
                        return _bounded(stream)
                except _UNPACKING as error:
                    raise RecordError(f"cannot be unpacked: {error}") from None

            return read

        def find(name: str) -> bytes | None:
            return reader(names[name])() if name in names else None

        for name in sorted(names):
            if not _listed(name):
                continue

            reason = _other(name)
            read = reader(names[name]) if reason is None else _refuse(reason)
            yield Entry(f"{path}:{name}", read, _finder(name, find))


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
    tables: dict[str, bytes] = {}
    for name, read in _members(path):
        if name.endswith(_TABLE):
            try:
                tables[name] = zlib.compress(read(), 1)
            except RecordError:
                tables[name] = b""

    def find(name: str) -> bytes | None:
        packed = tables.get(name)
        if packed == b"":
            raise RecordError(f"{name} is too large to be a gene table")
        return None if packed is None else zlib.decompress(packed)

    for name, read in _members(path):
        if not _listed(name):
            continue

        reason = _other(name)
        usable = read if reason is None else _refuse(reason)
        yield Entry(f"{path}:{name}", usable, _finder(name, find))


def _members(path: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """The regular files of a tar archive, in its order, each readable until the next."""
    with tarfile.open(path, "r|*") as archive:
        for member in archive:
            if not member.isfile():
                continue
            stream = archive.extractfile(member)
            if stream is not None:
                yield str(PurePosixPath(member.name)), partial(_bounded, stream)
