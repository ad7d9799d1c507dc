"""The figures and the work list of a page: in it, in it and compressed, or in files beside it."""

from __future__ import annotations

import zlib
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from markupsafe import Markup

from nerbench.files import write_file, writing
from nerbench.reports.figure_browser import FigureBrowser, Json
from nerbench.reports.labels import LABELS, MEANINGS, value_label
from nerbench.reports.safe_html import json_list, json_object, json_text
from nerbench.scoring.scope import INFERRED

_PAGE_SIZE = 50  # figures in a file of the folder
_INDEX_SIZE = 5000  # figures in a file of the index
_MAX_UNPACKED = 30_000_000  # characters that a browser unpacks well before a second is over
_MARGIN = 100  # bytes of the element around packed data

_Written = tuple[Markup, Json, Json]
"""A figure as JSON, the figure itself (its caption at least), and its index entry."""


@dataclass(frozen=True, slots=True)
class FigureData:
    """The figures of a page and the rows of its work list, as they are put into it.

    ``data`` is JSON: the labels of the figures, and the figures if they are in the page as they
    are. ``work`` is a JSON list of rows. ``packed`` is base64 of compressed JSON with both if they
    are not; with ``in_folder``, the figures are in files beside the page.
    """

    data: Markup
    work: Markup
    packed: Markup | None = None
    in_folder: bool = False

    @classmethod
    def of(cls, browser: FigureBrowser, work: Markup, beside: Path, room: int) -> FigureData:
        """Return the data that fits into so many bytes, or write the figures into a folder.

        Figures and work list are in the page as they are if they fit, else compressed. If that
        does not fit either, the figures are written into the folder ``beside``.
        """
        filters = _filters(browser)
        count = max(len(browser.figids), 1)
        places: Json = {
            "folder": None, "page_size": count, "index_size": count, "indexes": 1,
            "ids": browser.figids,
        }  # fmt: skip
        head = len(json_text(filters | places | {"figures": [], "index": []}).encode())
        # The first of each list has no comma before it, and the room has the brackets of `work`.
        plain = head + len(work.encode()) - 4
        held: list[_Written] = []
        pack = _Pack(f'{{"work":{work},"figures":[')
        written = ((json_text(figure), figure, entry) for figure, entry in browser.figures())
        for text, figure, entry in written:
            pack.add(("," if held else "") + text)
            held.append((text, {"caption": figure.get("caption", "")}, entry))
            plain += len(text.encode()) + len(json_text(entry).encode()) + 2  # commas
            if head + pack.size > room or pack.unpacked > _MAX_UNPACKED:
                break
        else:
            entries = json_list(json_text(entry) for *_, entry in held)
            if plain <= room:
                values = {name: json_text(value) for name, value in (filters | places).items()}
                figures = json_list(text for text, *_ in held)
                return cls(json_object(values | {"figures": figures, "index": entries}), work)
            packed = pack.close(f'],"index":{entries}}}')
            if head + len(packed) + _MARGIN <= room:
                return cls(json_text(filters | places), json_list([]), packed)
        places = _write_beside(browser, chain(_drain(held), written), beside)
        return cls(json_text(filters | places), work, in_folder=True)


class _Pack:
    """Text that is compressed as it is added; the same text gives the same bytes."""

    def __init__(self, text: str) -> None:
        self._compressor = zlib.compressobj(9)
        self._parts: list[bytes] = []
        self._bytes = self.unpacked = 0
        self.add(text)

    @property
    def size(self) -> int:
        """The length in base64 of what is compressed so far."""
        return 4 * self._bytes // 3

    def add(self, text: str) -> None:
        self.unpacked += len(text)
        self._append(self._compressor.compress(text.encode()))

    def close(self, text: str) -> Markup:
        """Add the last text and return all in base64."""
        self.add(text)
        self._append(self._compressor.flush())
        return Markup(b64encode(b"".join(self._parts)).decode("ascii"))

    def _append(self, part: bytes) -> None:
        self._parts.append(part)
        self._bytes += len(part)


def _filters(browser: FigureBrowser) -> Json:
    return {
        "models": browser.models,
        "organisms": browser.organisms,
        "miss_reasons": browser.miss_reasons,
        "name_outcomes": browser.name_outcomes,
        "labels": LABELS | {code: value_label("scope_from", code) for code in INFERRED},
        "meanings": MEANINGS,
        "nomenclature": browser.nomenclature,
        "gene_ids": browser.gene_ids(),
        "count": len(browser.figids),
    }


def _drain(held: list[_Written]) -> Iterator[_Written]:
    yield from held
    held.clear()


def _write_beside(
    browser: FigureBrowser, figures: Iterator[_Written], folder: Path
) -> dict[str, Any]:
    """Write pages of figures and parts of their index as scripts that call the page.

    The entries of the index have the captions, too: a search reads them without the pages.
    """
    with writing(folder):
        folder.mkdir(parents=True)
    entries: list[Markup] = []
    pages = indexes = 0
    while page := list(islice(figures, _PAGE_SIZE)):
        text = json_list(figure for figure, _, _ in page)
        write_file(folder / f"page-{pages:05d}.js", f"nerbench.page({pages},{text});\n")
        pages += 1
        entries += [
            json_text(entry | {"caption": figure.get("caption", "")}) for _, figure, entry in page
        ]
        last = pages * _PAGE_SIZE >= len(browser.figids)
        if last or len(entries) == _INDEX_SIZE:
            text = json_list(entries)
            write_file(folder / f"index-{indexes:05d}.js", f"nerbench.index({indexes},{text});\n")
            indexes += 1
            entries = []
    return {
        "folder": folder.name, "page_size": _PAGE_SIZE, "index_size": _INDEX_SIZE,
        "indexes": indexes, "ids": None, "starts": browser.figids[::_PAGE_SIZE],
    }  # fmt: skip
