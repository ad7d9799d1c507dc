"""Open the files that a user names: `-` is standard input, and what is compressed is unpacked.

The content tells gzip, bzip2, xz and Zstandard apart, whatever the name of a file.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePath
from typing import IO, cast

from nerbench.errors import NerbenchError
from nerbench.file_signatures import find_binary

STANDARD_INPUT = "standard input"
"""The name of `-` in messages."""

MAX_BYTES = 1 << 30
"""The bound of what is read of one file, unpacked."""

_SUFFIXES = (".gz", ".bz2", ".xz", ".zst")
_DASH = "-"
_LONGEST_MAGIC = 6


def _open_zstd(stream: IO[bytes]) -> IO[bytes]:
    from backports import zstd  # the `compression.zstd` of Python 3.14

    return cast(IO[bytes], zstd.ZstdFile(stream))


_OPENERS: dict[bytes, Callable[[IO[bytes]], IO[bytes]]] = {
    b"\x1f\x8b": lambda stream: cast(IO[bytes], gzip.GzipFile(fileobj=stream)),
    b"BZh": lambda stream: cast(IO[bytes], bz2.BZ2File(stream)),
    b"\xfd7zXZ\0": lambda stream: cast(IO[bytes], lzma.LZMAFile(stream)),  # noqa: SIM115
    b"\x28\xb5\x2f\xfd": _open_zstd,
}


def unpacking_errors() -> tuple[type[Exception], ...]:
    """Return the exceptions that damaged compressed content raises, but for OSError."""
    from backports.zstd import ZstdError

    return (EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error, ZstdError)


def is_standard_input(path: PurePath) -> bool:
    """Return whether a path is `-`.

    >>> is_standard_input(Path("-")), is_standard_input(Path("a.csv"))
    (True, False)
    """
    return str(path) == _DASH


def shown(path: PurePath) -> str:
    """Return a path as messages name it.

    >>> shown(Path("-")), shown(Path("a.csv"))
    ('standard input', 'a.csv')
    """
    return STANDARD_INPUT if is_standard_input(path) else str(path)


def unpacked_name(name: str) -> str:
    """Return the name of a file without the suffix of its compression.

    >>> unpacked_name("figures.csv.gz"), unpacked_name("gold.XML.zst"), unpacked_name("a.csv")
    ('figures.csv', 'gold.XML', 'a.csv')
    """
    suffix = next((suffix for suffix in _SUFFIXES if name.lower().endswith(suffix)), "")
    return name[: len(name) - len(suffix)]


def names_of(name: str) -> tuple[str, ...]:
    """Return the names that a file can have: its own, and those that it has when compressed.

    >>> names_of("7.txt")
    ('7.txt', '7.txt.gz', '7.txt.bz2', '7.txt.xz', '7.txt.zst')
    """
    return (name, *(name + suffix for suffix in _SUFFIXES))


def find_stored(path: Path) -> Path | None:
    """Return the path of a file, or of its compressed form, or None if there is neither."""
    stored = (path.with_name(name) for name in names_of(path.name))
    return next((other for other in stored if other.is_file()), None)


def exists(path: Path) -> bool:
    """Return whether a path can be opened: standard input always can."""
    return is_standard_input(path) or path.exists()


def open_raw(path: Path) -> IO[bytes]:
    """Open a file as it is; a pipe and standard input are read once and kept.

    Raises OSError as `open` does, NerbenchError if a pipe cannot be read or gives too much.
    """
    if is_standard_input(path):
        if sys.stdin is None or sys.stdin.closed:
            raise NerbenchError("standard input is closed: nothing can be read from -")
        return io.BytesIO(_read_once(sys.stdin.buffer, STANDARD_INPUT))
    if path.is_fifo():
        return io.BytesIO(_read_pipe(path))
    return path.open("rb")


@contextmanager
def open_unpacked(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, or standard input for `-`, and unpack it if it is compressed.

    Reading can raise OSError and `unpacking_errors`.
    """
    with open_raw(path) as raw, unpack(raw) as stream:
        yield stream


def unpack(stream: IO[bytes]) -> IO[bytes]:
    """Return a stream, or its unpacked content if it is compressed.

    >>> unpack(io.BytesIO(gzip.compress(b"IL-6"))).read(), unpack(io.BytesIO(b"IL-6")).read()
    (b'IL-6', b'IL-6')
    """
    if not hasattr(stream, "peek"):
        stream = cast(IO[bytes], io.BufferedReader(cast(io.RawIOBase, stream)))
    start: bytes = cast(io.BufferedReader, stream).peek(_LONGEST_MAGIC)
    for magic, opener in _OPENERS.items():
        if start.startswith(magic):
            return opener(stream)
    return stream


def read_input(path: Path) -> bytes:
    """Return the unpacked content of a file, or of standard input for `-`.

    Raises NerbenchError if there is no such file, it cannot be read or unpacked, or is too large.
    """
    try:
        with open_unpacked(path) as stream:
            return _read_bounded(stream, shown(path))
    except FileNotFoundError:
        raise NerbenchError(f"{path}: no such file or folder") from None
    except unpacking_errors() as error:
        raise NerbenchError(f"{shown(path)}: its compression is damaged: {error}") from None
    except OSError as error:
        raise NerbenchError(f"{shown(path)}: cannot be read: {error.strerror or error}") from None


def read_utf8(path: Path) -> str:
    """Return the unpacked text of a file, or of standard input for `-`.

    Raises NerbenchError if it cannot be read, or is no text in UTF-8.
    """
    raw = read_input(path)
    if binary := find_binary(raw):
        raise NerbenchError(f"{shown(path)}: no text, but {binary.kind}")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\0" in raw:
            raise NerbenchError(f"{shown(path)}: no text, but binary data") from None
        line, byte = raw.count(10, 0, error.start) + 1, raw[error.start]  # 10 is a line feed
        raise NerbenchError(
            f"{shown(path)}:{line}: not UTF-8 (byte 0x{byte:02x}); save it as UTF-8"
        ) from None


@lru_cache(maxsize=4)
def _read_pipe(path: Path) -> bytes:
    with path.open("rb") as stream:
        return _read_bounded(stream, str(path))


@lru_cache(maxsize=1)
def _read_once(stream: IO[bytes], name: str) -> bytes:
    return _read_bounded(stream, name)


def _read_bounded(stream: IO[bytes], name: str) -> bytes:
    raw = stream.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise NerbenchError(f"{name}: larger than {MAX_BYTES >> 20} MB; split it")
    return raw
