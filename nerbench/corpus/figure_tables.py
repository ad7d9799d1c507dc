"""Read tables as figures: a caption and a gene list a row, or a row for each gene."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from nerbench.corpus.entry import Entry
from nerbench.corpus.figure_fields import MARK, read_figure_fields
from nerbench.corpus.joined_lists import GeneLists
from nerbench.corpus.record_values import (
    MAX_CAPTION,
    MAX_TEXT,
    check_figid,
    check_length,
    read_caption,
    read_organisms,
    read_scalar,
    read_text,
)
from nerbench.corpus.row_genes import GeneRows, RowGene, read_row_genes
from nerbench.errors import RecordError
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.records import Figure, Problem
from nerbench.tabular.columns import ColumnNames, list_columns
from nerbench.tabular.gene_cells import gene_entries
from nerbench.tabular.gmt import SUFFIX
from nerbench.tabular.json_rows import JsonTable
from nerbench.tabular.open_table import open_table
from nerbench.tabular.table_rows import Row, Table, cell_text

# PFOCR's gene table of 2021, which is all human.
_SYMBOL_2021, _MATCH_2021, _HUMAN = "hgnc_symbol", "symbol", "9606"
_GENES = ("genes", "gene_ids")
_OTHER_LISTS = ("chemical", "disease")  # in the names of PFOCR's GMT files
_TEXT_FIELDS = ("title", "paper_title", "pmcid", "doi", "year", "journal", "publisher")
_HOW_TO_NAME = "name them by --columns id=COLUMN,caption=COLUMN,genes=COLUMN"


class FigureTable:
    """A table that has been opened as one of figures, or of gene lists.

    Raises RecordError if it is neither, with the columns that it has.
    """

    def __init__(self, table: Table, names: ColumnNames) -> None:
        self.table = table
        self.fields = names.find(table.columns)
        self._is_human = self.fields.get("genes") == _SYMBOL_2021
        if self._is_human and _MATCH_2021 in table.columns:
            self.fields.setdefault("match", _MATCH_2021)
        self.is_whole = MARK in table.columns and "figid" in table.columns
        self.has_captions = self.is_whole or "caption" in self.fields
        if not (self.is_whole or _is_usable(self.fields)):
            columns = list_columns(table.columns)
            lacking = "ids of figures" if "id" not in self.fields else "captions or genes"
            raise RecordError(f"no column of {lacking}: its columns are {columns}; {_HOW_TO_NAME}")

    @property
    def lists_genes(self) -> bool:
        """True if it has gene lists without captions."""
        return not self.has_captions

    def rows(self) -> Iterator[tuple[str, dict[str, Any]] | Problem]:
        """Yield the place and the cells of each row by field, or why it cannot be read."""
        columns = list(self.fields.values())
        for row in self.table.rows(columns):
            if isinstance(row, Problem):
                yield row
            else:
                cells = dict(zip(self.fields, row.cells, strict=True))
                if self._is_human:
                    cells.setdefault("taxon", _HUMAN)
                yield row.place, cells

    def is_long(self) -> bool:
        """Return whether the table has a row for each gene: no row lists several."""
        columns = [self.fields[field] for field in _GENES if field in self.fields]
        return bool(columns) and not any(
            len(gene_entries(cell)) > 1
            for row in self.table.rows(columns)
            if isinstance(row, Row)
            for cell in row.cells
        )


def find_table(entry: Entry, raw: bytes, names: ColumnNames) -> FigureTable | None:
    """Return the table that the content of a file is, or None.

    Raises RecordError if it is a table that cannot be read, or has no column that is known.
    """
    table = open_table(raw, entry.name, entry.source, names)
    if table is None:
        return None
    if isinstance(table, JsonTable) and not _is_usable(names.find(table.columns)):
        return None  # other JSON
    names.see(table.columns)
    return FigureTable(table, names)


def _is_usable(fields: Container[str]) -> bool:
    """Return whether a table has ids, and captions or genes."""
    return "id" in fields and any(field in fields for field in ("caption", *_GENES))


class TableReader:
    """Reads tables as figures, and gene lists that stand in tables of their own."""

    def __init__(self, nomenclature: Nomenclature, rows: GeneRows, lists: GeneLists) -> None:
        self._nomenclature = nomenclature
        self._rows = rows
        self._lists = lists
        self._scientific = {organism.taxon: organism.name for organism in nomenclature.organisms}

    def collect(self, table: FigureTable, name: str) -> None:
        """Add the gene lists of a table without captions to those that captions are joined with."""
        self._lists.sources.append(table.table.source)
        if name.lower().endswith(SUFFIX) and any(other in name.lower() for other in _OTHER_LISTS):
            reason = "lists chemicals or diseases by its name, no genes"
            self._lists.problems.append(Problem(table.table.source, reason))
            return
        for row in table.rows():
            if isinstance(row, Problem):
                self._lists.problems.append(row)
                continue
            place, cells = row
            try:
                figid = check_figid(read_scalar(cell_text(cells["id"])))
                if not figid:
                    raise RecordError("the row has no id")
                taxon = cell_text(cells.get("organism"))
                self._lists.add(figid, read_row_genes(cells, taxon))
            except RecordError as error:
                self._lists.problems.append(Problem(place, str(error)))

    def figures(self, table: FigureTable) -> Iterator[Figure | Problem]:
        """Yield the figures of a table, and why rows cannot be read.

        In a table with a row for each gene, the rows of one id are one figure.
        """
        rows = self._whole_figures(table) if table.is_whole else self._rows_of_figures(table)
        first = next(rows, Problem(table.table.source, "the table has no row"))
        yield first
        yield from rows

    def _rows_of_figures(self, table: FigureTable) -> Iterator[Figure | Problem]:
        is_long = table.is_long()
        drafts: dict[str, _Draft] = {}
        for row in table.rows():
            if isinstance(row, Problem):
                yield row
                continue
            place, cells = row
            try:
                draft = self._draft(place, cells, drafts if is_long else {})
            except RecordError as error:
                yield Problem(place, str(error))
                continue
            if is_long:
                drafts[draft.figure.figid] = draft
            else:
                yield self._finished(draft)
        for draft in drafts.values():
            yield self._finished(draft)

    def _whole_figures(self, table: FigureTable) -> Iterator[Figure | Problem]:
        columns = table.table.columns
        for row in table.table.rows(columns):
            if isinstance(row, Problem):
                yield row
                continue
            try:
                yield read_figure_fields(dict(zip(columns, row.cells, strict=True)), row.place)
            except RecordError as error:
                yield Problem(row.place, str(error))

    def _draft(self, place: str, cells: dict[str, Any], drafts: dict[str, _Draft]) -> _Draft:
        """Return what a row says of a figure, with what earlier rows of its id say.

        Raises RecordError if it has no id or caption, or another caption than an earlier row.
        """
        figid = check_figid(" ".join(read_scalar(cell_text(cells["id"])).split()))
        if not figid:
            raise RecordError("the row has no id")
        text = check_length(read_scalar(_raw_text(cells["caption"])), "caption", MAX_CAPTION)
        caption, published = read_caption(text)
        organisms = self._organisms(cells)
        draft = drafts.get(figid)
        if draft is None:
            if not caption:
                raise RecordError(f"figure {figid} has no caption")
            figure = Figure(
                figid,
                caption,
                organisms_ner=self._names(cells.get("organisms_ner"), "organisms_ner"),
                published=published,
                source=place,
            )
            texts = {field: _shown(cells, field) for field in _TEXT_FIELDS}
            figure = replace(figure, **texts)  # type: ignore[arg-type]
            draft = _Draft(figure, _alias(cells))
        elif caption not in ("", draft.figure.caption):
            raise RecordError(f"figure {figid} has another caption at {draft.figure.source}")
        draft.organisms |= dict.fromkeys(organisms)
        draft.genes += read_row_genes(cells, organisms[0] if len(organisms) == 1 else "")
        return draft

    def _finished(self, draft: _Draft) -> Figure | Problem:
        """Return the figure of a draft, with its own genes or those of a list of its id."""
        figure = replace(draft.figure, organisms=tuple(draft.organisms))
        # Rows of one organism name the figure's: its genes are a flat list. Others name the gene's.
        is_flat = len(draft.organisms) < 2
        genes = [
            replace(gene, taxon="") if is_flat and gene.taxon in draft.organisms else gene
            for gene in draft.genes
        ]
        try:
            curated, unassigned = self._rows.genes(genes, figure.organisms, figure.organisms_ner)
        except RecordError as error:
            return Problem(figure.source, str(error))
        figure = replace(figure, curated=curated, unassigned=unassigned)
        return self._lists.join(figure, [draft.alias], self._rows)

    def _organisms(self, cells: dict[str, Any]) -> tuple[str, ...]:
        """Return the names of a row's organisms; those that are known have their scientific one."""
        field = "organism" if "organism" in cells else "taxon"
        return self._names(cells.get(field), "organisms")

    def _names(self, cell: Any, field: str) -> tuple[str, ...]:
        entries = list(cell) if isinstance(cell, list | tuple) else [cell]
        names = []
        for name in read_organisms(list(map(cell_text, entries)), field):
            taxon = self._nomenclature.taxon_of(name)
            is_short = taxon is not None and len(self._nomenclature.taxa_in(name)) == 1
            names.append(self._scientific[taxon] if is_short and taxon is not None else name)
        return tuple(dict.fromkeys(names))


@dataclass(slots=True)
class _Draft:
    """A figure whose rows are being read."""

    figure: Figure
    alias: str
    genes: list[RowGene] = field(default_factory=list)
    organisms: dict[str, None] = field(default_factory=dict)


def _alias(cells: dict[str, Any]) -> str:
    """Return the other id of a figure, which PFOCR makes of its paper and its number."""
    paper, number = _shown(cells, "pmcid"), _shown(cells, "number")
    return _shown(cells, "alias") or (f"{paper}__{number}" if paper and number else "")


def _raw_text(cell: Any) -> str:
    return cell if isinstance(cell, str) else cell_text(cell)


def _shown(cells: dict[str, Any], field: str) -> str:
    text = check_length(read_scalar(cell_text(cells.get(field))), field, MAX_TEXT)
    return read_text(text)
