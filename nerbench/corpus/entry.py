"""Files that can hold figures, by their names, and how each is read: unpacked, up to a bound."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from nerbench.errors import RecordError
from nerbench.inputs import find_stored, open_raw, unpack, unpacked_name, unpacking_errors
from nerbench.tabular import open_table as tables

MAX_BYTES = 512 * 1024
"""The bound of a record and of a gene table; real ones have a few thousand bytes."""

MAX_ANNOTATED_BYTES = 64 * 1024 * 1024
"""The bound of a file of annotated texts, which can be a whole corpus."""

MAX_TABLE_BYTES = 1 << 30
"""The bound of a table, which can be all figures of PFOCR."""

ANNOTATION_SUFFIX = ".ann"
"""Of brat's annotations; the text is in the .txt file of the same name."""

_RECORD_SUFFIXES = (".md", ".markdown", ".yaml", ".yml")
GENE_TABLE = "-genes.tsv"
_COMPANION_TABLES = (GENE_TABLE, "-chemicals.tsv", "-diseases.tsv")
_ANNOTATED_SUFFIXES = (ANNOTATION_SUFFIX, ".bioc", ".json", ".pubtator", ".txt", ".xml")
_START_BYTES = 4096  # read of a file of no kind that is known by its name


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that can hold figures.

    ``name`` is without the suffix of a compression. The functions raise RecordError if they cannot
    read; ``read`` returns the start only of a file of no kind that is known by its name.
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

    @property
    def is_brat(self) -> bool:
        """True if its name is that of annotations of brat."""
        return self.name.lower().endswith(ANNOTATION_SUFFIX)

    @property
    def is_known(self) -> bool:
        """True if it was chosen, or has a name of a kind that is read."""
        return self.is_chosen or _is_known(self.name)

    @property
    def can_be_table(self) -> bool:
        """True if its name is that of a table, or it was chosen and its name says nothing else."""
        name = self.name.lower()
        if name.endswith(tables.SUFFIXES):
            return True
        is_other = self.is_record or name.endswith((ANNOTATION_SUFFIX, ".bioc", ".pubtator"))
        return not is_other and (self.is_chosen or name.endswith(".json"))


def without_companions(paths: Sequence[Path]) -> list[Path]:
    """Return paths without those of brat's texts and gene tables whose annotations and records are
    among them, as a pattern of the shell (`brat/*`) gives both.

    >>> [str(path) for path in without_companions([Path("1.ann"), Path("1.txt"), Path("2.txt")])]
    ['1.ann', '2.txt']
    """
    names = {unpacked_name(str(path)) for path in paths}
    texts = {text_path_of(name) for name in names}
    records = {
        name.removesuffix(suffix)
        for name in names
        for suffix in _RECORD_SUFFIXES
        if name.endswith(suffix)
    }

    def is_beside(name: str) -> bool:
        tables = (suffix for suffix in _COMPANION_TABLES if name.endswith(suffix))
        return name in texts or any(name.removesuffix(suffix) in records for suffix in tables)

    return [path for path in paths if not is_beside(unpacked_name(str(path)))]


def printable(name: str) -> str:
    r"""Escape what is not printable in a name: control codes, line breaks, bytes not in UTF-8.

    >>> print(printable("a\x1b[2J\udcff.md"))
    a\x1b[2J\udcff.md
    """
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)


def read_unpacked(stream: IO[bytes], name: str, is_chosen: bool = False) -> bytes:
    """Read a file, unpacked, up to the bound of its kind. Raises RecordError."""
    try:
        with unpack(stream) as unpacked:
            return _read_bounded(unpacked, unpacked_name(name).lower(), is_chosen)
    except unpacking_errors() as error:
        raise RecordError(f"cannot be unpacked: {printable(str(error))}") from None


def _read_bounded(stream: IO[bytes], name: str, is_chosen: bool) -> bytes:
    if not (is_chosen or _is_known(name) or name.endswith(GENE_TABLE)):
        return stream.read(_START_BYTES)
    if name.endswith((*_RECORD_SUFFIXES, GENE_TABLE)):
        limit, reason = MAX_BYTES, f"{MAX_BYTES >> 10} kB, which no record is"
    elif name.endswith(_ANNOTATED_SUFFIXES):
        limit, reason = MAX_ANNOTATED_BYTES, f"{MAX_ANNOTATED_BYTES >> 20} MB; split the file"
    else:
        limit, reason = MAX_TABLE_BYTES, f"{MAX_TABLE_BYTES >> 20} MB; split the file"
    raw = stream.read(MAX_BYTES + 1)
    while MAX_BYTES < len(raw) <= limit and (more := stream.read(len(raw))):
        raw += more
    if len(raw) > limit:
        raise RecordError(f"larger than {reason}")
    return raw


def text_path_of(name: str) -> str | None:
    """Return the path of the text of brat's annotations, or None if a file holds none of them."""
    name = unpacked_name(name)
    is_annotation = name.lower().endswith(ANNOTATION_SUFFIX)
    return f"{name[: -len(ANNOTATION_SUFFIX)]}.txt" if is_annotation else None


def is_companion(name: str) -> bool:
    """Return whether a file belongs to a record, by its name."""
    return unpacked_name(name).endswith(_COMPANION_TABLES)


def _is_known(name: str) -> bool:
    suffixes = (*_RECORD_SUFFIXES, *_ANNOTATED_SUFFIXES, *tables.SUFFIXES)
    return name.lower().endswith(suffixes)


def table_paths(folder: PurePosixPath, figid: str) -> tuple[PurePosixPath, ...]:
    """Return the paths of a figure's gene table: beside the record, or in a sibling _data/."""
    name = f"{figid}{GENE_TABLE}"
    return (folder / name, folder.parent / "_data" / name, folder / "_data" / name)


def file_entry(path: Path, source: str, is_chosen: bool = False) -> Entry:
    """Return a file as an entry, which opens the files beside it, too."""

    def read() -> bytes:
        try:
            with open_raw(path) as stream:
                return read_unpacked(stream, path.name, is_chosen)
        except OSError as error:
            raise RecordError(f"cannot be read: {error.strerror or error}") from None

    def text_beside() -> bytes | None:
        text_path = text_path_of(str(path))
        return None if text_path is None else _read_if_there(Path(text_path))

    def table(figid: str) -> bytes | None:
        if "/" in figid or "\\" in figid or "\0" in figid:
            return None
        folder = PurePosixPath(path.absolute().parent.as_posix())
        tables = map(_read_if_there, map(Path, table_paths(folder, figid)))
        return next((raw for raw in tables if raw is not None), None)

    name = unpacked_name(path.name)
    return Entry(printable(source), name, read, table, text_beside, is_chosen)


def _read_if_there(path: Path) -> bytes | None:
    try:
        if (stored := find_stored(path)) is not None:
            with stored.open("rb") as stream:
                return read_unpacked(stream, stored.name)
        if path.exists():
            raise RecordError(f"{path.name} is no regular file")
    except OSError as error:
        raise RecordError(f"{path.name} cannot be read: {error.strerror}") from None
    return None


def refused_entry(source: str, reason: str) -> Entry:
    """Return an entry that raises RecordError with a reason when it is read."""

    def read() -> bytes:
        raise RecordError(reason)

    return Entry(printable(source), source, read, lambda _: None, lambda: None)


def folder_entries(root: Path) -> Iterator[Entry]:
    """Yield the files below a folder, sorted, but for hidden ones and companions of records."""
    errors: list[OSError] = []
    for folder, folders, files in os.walk(root, onerror=errors.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in folders:
            if (link := Path(folder, name)).is_symlink():
                yield refused_entry(link.as_posix(), "a link to a folder, which is not followed")
        texts = set(filter(None, map(text_path_of, files)))
        for name in sorted(files):
            if name.startswith(".") or is_companion(name) or unpacked_name(name) in texts:
                continue
            path = Path(folder, name)
            if path.is_file():
                yield file_entry(path, path.as_posix())
            else:
                yield refused_entry(path.as_posix(), "no regular file")
    for error in errors:
        yield refused_entry(str(error.filename), f"cannot be read: {error.strerror}")
