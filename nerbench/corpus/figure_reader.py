"""Read a file as figures: a record, a table, annotated texts, or one caption on standard input."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from nerbench.corpus.annotated import AnnotatedReader
from nerbench.corpus.entry import Entry
from nerbench.corpus.figure_tables import FigureTable, TableReader, find_table
from nerbench.corpus.joined_lists import GeneLists
from nerbench.corpus.kinds import describe, not_read
from nerbench.corpus.pfocr import parse_record
from nerbench.corpus.record_values import MAX_CAPTION, check_length, read_caption
from nerbench.corpus.row_genes import GeneRows
from nerbench.errors import RecordError
from nerbench.inputs import STANDARD_INPUT
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.records import Figure, Problem
from nerbench.spans.id_map import CLASSES_FILE
from nerbench.tabular.columns import ColumnNames
from nerbench.tabular.open_table import decode

_STDIN_ID = "stdin"
_ANNOTATED_XML = re.compile(rb"<(?:collection|document|passage)[\s>]")
_ANNOTATED_JSON = re.compile(rb'"(?:documents|passages|PubTator3|annotations)"\s*:')
_RECORD = re.compile(rb"\s*---|.*\bfigid\b", re.DOTALL)


class FigureReader:
    """Reads the files of a corpus, whose kind their content tells."""

    def __init__(
        self,
        nomenclature: Nomenclature,
        annotated: AnnotatedReader,
        columns: ColumnNames,
        rows: GeneRows,
        lists: GeneLists,
    ) -> None:
        self._nomenclature = nomenclature
        self._annotated = annotated
        self._columns = columns
        self._rows = rows
        self._lists = lists
        self._tables = TableReader(nomenclature, rows, lists)

    def collect_lists(self, entry: Entry) -> None:
        """Collect the gene lists of a file that is a table of them, without captions."""
        try:
            table = self._find_table(entry, entry.read())
        except Exception:
            return
        if table is not None and table.lists_genes:
            self._tables.collect(table, entry.name)

    def read(self, entry: Entry) -> Iterator[Figure | Problem]:
        """Yield the figures of a file, and what cannot be read in it."""
        if PurePosixPath(entry.name).name == CLASSES_FILE:
            return
        try:
            for item in self._read(entry):
                if isinstance(item, Problem):
                    yield item
                else:
                    yield self._lists.join(item, [], self._rows)
        except RecordError as error:
            yield Problem(entry.source, str(error))
        except Exception as error:  # one bad record must not stop a run
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            yield Problem(entry.source, f"cannot be read ({reason})")

    def _read(self, entry: Entry) -> Iterator[Figure | Problem]:
        if not entry.is_known:
            yield _left_out(entry, entry.read())
            return
        if entry.is_brat:
            yield from self._annotated.read_brat(entry)
            return
        raw = entry.read()
        if entry.is_record:
            yield self._marked(self._read_record(entry, raw))
            return
        table = self._find_table(entry, raw)
        if table is not None:
            if not table.lists_genes:
                yield from map(self._marked, self._tables.figures(table))
            elif table.table.source not in self._lists.sources:
                yield Problem(entry.source, "gene lists; give the file itself, beside captions")
            return
        figures = self._annotated.read(entry.source, raw) if _can_be_annotated(raw) else None
        if figures is not None:
            yield from figures
        elif entry.is_chosen and _RECORD.match(raw[:20_000]):
            yield self._marked(parse_record(raw, entry.source, entry.table, self._nomenclature))
        elif entry.source == STANDARD_INPUT and describe(raw)[0] == "plain text":
            yield _bare_caption(raw)
        else:
            yield _left_out(entry, raw)

    def _marked(self, item: Figure | Problem) -> Figure | Problem:
        if isinstance(item, Figure) and item.gold is not None:
            self._annotated.accept_gold()
        return item

    def _read_record(self, entry: Entry, raw: bytes) -> Figure | Problem:
        try:
            return parse_record(raw, entry.source, entry.table, self._nomenclature)
        except RecordError:
            if _RECORD.match(raw) or not raw.strip():
                raise
            return _left_out(entry, raw)

    def _find_table(self, entry: Entry, raw: bytes) -> FigureTable | None:
        is_annotated = raw.lstrip()[:1] in (b"{", b"[") and _can_be_annotated(raw)
        if is_annotated or not entry.can_be_table or raw.lstrip()[:1] == b"<":
            return None
        return find_table(entry, raw, self._columns)


def _can_be_annotated(raw: bytes) -> bool:
    """Return whether a text can be annotated: JSON and XML only with the names of BioC's parts."""
    if b"\0" in raw:
        return False
    start = raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<":
        return _ANNOTATED_XML.search(raw) is not None
    return start not in (b"{", b"[") or _ANNOTATED_JSON.search(raw) is not None


def _left_out(entry: Entry, raw: bytes) -> Problem:
    if entry.is_chosen:
        return Problem(entry.source, not_read(raw, entry.source))
    return Problem(entry.source, f"no record, table or annotated text, but {describe(raw)[0]}")


def _bare_caption(raw: bytes) -> Figure:
    """Return the figure of a text that is one caption. Raises RecordError if it is too long."""
    text = check_length(decode(raw).strip(), "caption", MAX_CAPTION)
    return figure_of_caption(text, _STDIN_ID, STANDARD_INPUT)


def figure_of_caption(text: str, figid: str, source: str = "") -> Figure:
    """Return a figure that is a caption only.

    >>> figure_of_caption("IFN-&gamma; and IL-6", "caption").caption
    'IFN-γ and IL-6'
    """
    caption, published = read_caption(text)
    return Figure(figid, caption, published=published, source=source)
