"""Tell what a file that is no text is, by its first bytes."""

from __future__ import annotations

from typing import NamedTuple

_EXPORT = "'pdftotext FILE -' or 'pandoc -t plain FILE' prints its text"


class Binary(NamedTuple):
    """A kind of file that is no text, what to do with it, and whether that gives all that is in it
    in a form that can be read.
    """

    kind: str
    remedy: str = ""
    is_enough: bool = False


_IMAGE = "captions are text beside an image"
_SIGNATURES: tuple[tuple[bytes, Binary], ...] = (
    (b"%PDF", Binary("a PDF", _EXPORT)),
    (b"\x89PNG", Binary("a PNG image", _IMAGE)),
    (b"\xff\xd8\xff", Binary("a JPEG image", _IMAGE)),
    (b"GIF8", Binary("a GIF image", _IMAGE)),
    (b"II*\0", Binary("a TIFF image", _IMAGE)),
    (b"MM\0*", Binary("a TIFF image", _IMAGE)),
    (
        b"SQLite format 3\0",
        Binary("an SQLite database", "'sqlite3 -header -csv' exports a table", is_enough=True),
    ),
    (b"X\n\0\0\0", Binary("an RDS file", "name it FILE.rds", is_enough=True)),
    (b"RDX", Binary("an R workspace", "in R: write.csv exports a table", is_enough=True)),
    (
        b"\xd0\xcf\x11\xe0",
        Binary("an old Office document", "save it as text, or a sheet as CSV", is_enough=True),
    ),
    (b"\x89HDF", Binary("an HDF5 file")),
    (b"\x7fELF", Binary("a program", is_enough=True)),
    (b"{\\rtf", Binary("an RTF document", _EXPORT)),
    (b"%!PS", Binary("a PostScript document", _EXPORT)),
    *(
        (bytes((0x80, protocol)), Binary("a Python pickle", "it can run code, and is not opened"))
        for protocol in range(2, 6)
    ),
    (b"\x93NUMPY", Binary("a NumPy array")),
    (b"7z\xbc\xaf", Binary("a 7z archive", "unpack it", is_enough=True)),
    (b"Rar!", Binary("a RAR archive", "unpack it", is_enough=True)),
    (b"\xff\xfe", Binary("UTF-16 text", "save it as UTF-8", is_enough=True)),
    (b"\xfe\xff", Binary("UTF-16 text", "save it as UTF-8", is_enough=True)),
)
_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"


def find_binary(raw: bytes) -> Binary | None:
    r"""Return what a file is by its content, or its start, if it has the first bytes of a kind that
    is no text.

    >>> find_binary(b"%PDF-1.7").kind, find_binary(b"IL-6 binds") is None
    ('a PDF', True)
    """
    if raw.startswith((_ZIP, _EMPTY_ZIP)):
        return _find_zipped(raw)
    return next((binary for magic, binary in _SIGNATURES if raw.startswith(magic)), None)


def _is_odd(character: str) -> bool:
    return "\udc80" <= character <= "\udcff" or (character < " " and character not in "\t\r\n\f")


def is_binary_text(text: str) -> bool:
    r"""Return whether text that was decoded with surrogates is the content of no text file.

    >>> is_binary_text("\0\x01"), is_binary_text("IL-6, caf\udce9 au lait")
    (True, False)
    """
    return "\0" in text or sum(map(_is_odd, text[:4000])) > len(text[:4000]) // 10


def _find_zipped(raw: bytes) -> Binary:
    if b"xl/" in raw:
        return Binary("an Excel workbook", "name it FILE.xlsx, or save it as CSV UTF-8", True)
    if b"word/" in raw:
        return Binary("a Word document", _EXPORT)
    if b"mimetype" in raw[:60]:
        return Binary("an OpenDocument or EPUB file", _EXPORT)
    return Binary("a zip archive", "give it as a file of its own", True)
