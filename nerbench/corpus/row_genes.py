"""Genes of the rows of a table: symbols or NCBI Gene ids, with or without their organism."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from nerbench.corpus.gene_id_map import GeneIdMap
from nerbench.corpus.record_values import (
    MAX_TAXON_DIGITS,
    check_count,
    gene_of_row,
    genes_of_keywords,
    merge_genes,
    read_keywords,
    read_scalar,
)
from nerbench.nomenclature.gene_ids import GeneId, gene_ids, locate
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.records import CuratedGene
from nerbench.tabular.gene_cells import gene_entries
from nerbench.tabular.table_rows import cell_text


@dataclass(frozen=True, slots=True)
class RowGene:
    """A gene as a row writes it: a symbol or an id, or both, and what else the row says."""

    symbol: str
    gene_id: str = ""
    taxon: str = ""  # an id or a name
    word: str = ""
    match: str = ""


def read_row_genes(cells: dict[str, Any], taxon: str = "") -> list[RowGene]:
    """Return the genes that the cells of a row list; ``taxon`` is theirs if no cell says another.

    As many ids as symbols are those of the symbols; otherwise the symbols count.

    >>> read_row_genes({"genes": "TP53;MDM2", "gene_ids": "7157;4193"})[1].gene_id
    '4193'
    """
    symbols, ids = gene_entries(cells.get("genes")), gene_entries(cells.get("gene_ids"))
    own_taxon = cell_text(cells.get("taxon"))
    if not (ids or own_taxon) and len(symbols) == 1 and not read_scalar(symbols[0]):
        return []  # the whole cell is a placeholder
    taxon = own_taxon or taxon
    if not symbols:
        symbols = [""] * len(ids)
    elif len(symbols) != len(ids):
        ids = [""] * len(symbols)
    word, match = cell_text(cells.get("word")), cell_text(cells.get("match"))
    if len(symbols) > 1:
        word, match = "", ""
    pairs = zip(symbols, ids, strict=True)
    return [RowGene(symbol, gene_id, taxon, word, match) for symbol, gene_id in pairs]


class GeneRows:
    """Tells which genes the rows of a figure mean, by the nomenclature."""

    def __init__(self, nomenclature: Nomenclature, id_map: GeneIdMap) -> None:
        self._nomenclature = nomenclature
        self._id_map = id_map
        self._by_entry: dict[str, list[CuratedGene]] = {}

    def genes(
        self,
        rows: Iterable[RowGene],
        organisms: Sequence[str] = (),
        organisms_ner: Sequence[str] = (),
    ) -> tuple[tuple[CuratedGene, ...], tuple[str, ...]]:
        """Return the genes of a figure, and what has no organism.

        A row that names its organism is of that; an id says its organism itself; symbols that are
        left are a flat list, as that of a record.
        """
        curated: list[CuratedGene] = []
        keywords: list[str] = []
        unknown: list[str] = []
        for row in check_count(list(rows)):
            gene = self._of_taxon(row) or self._of_id(row)
            if gene is not None:
                curated.append(gene)
            elif located := self._located(row.symbol):
                curated += located
            elif row.symbol and not row.symbol.isdecimal():
                keywords.append(row.symbol)
            else:
                unknown.append(row.symbol or row.gene_id)
        names = read_keywords(keywords, self._nomenclature)
        assigned, unassigned = self._assign(names, organisms, organisms_ner)
        left = dict.fromkeys((*unassigned, *filter(None, unknown)))
        return merge_genes([*curated, *assigned]), tuple(left)

    def taxon_of(self, text: str) -> int | None:
        """Return the taxon id of an organism's name or id."""
        if text.isdecimal() and len(text) <= MAX_TAXON_DIGITS:
            return int(text)
        return self._nomenclature.taxon_of(text) if text else None

    def _of_taxon(self, row: RowGene) -> CuratedGene | None:
        taxon = self.taxon_of(row.taxon)
        if taxon is None or row.symbol.isdecimal() or self._located(row.symbol):
            return None
        gene_id = row.gene_id if row.gene_id.isdecimal() else ""
        return gene_of_row(taxon, (row.symbol, gene_id, row.word, row.match), self._nomenclature)

    def _of_id(self, row: RowGene) -> CuratedGene | None:
        located = self._located(row.gene_id) if row.gene_id else []
        if not located:
            return None
        gene = located[0]
        cells = (gene.symbol, gene.gene_id, row.word, row.match)
        return gene_of_row(gene.taxon, cells, self._nomenclature)

    def _located(self, entry: str) -> list[CuratedGene]:
        """Return the genes of known organisms that an identifier means; none for a symbol."""
        if entry not in self._by_entry:
            numbers: tuple[GeneId, ...] = gene_ids([entry, *self._id_map[entry]])
            places = ((gene, locate(gene, self._nomenclature)) for gene in numbers)
            self._by_entry[entry] = [
                CuratedGene(place[0], self._nomenclature[place[0]].symbols[place[1]], gene.number)
                for gene, place in places
                if place is not None
            ]
        return self._by_entry[entry]

    def _assign(
        self, names: Sequence[str], organisms: Sequence[str], organisms_ner: Sequence[str]
    ) -> tuple[list[CuratedGene], tuple[str, ...]]:
        """Return the genes of a flat list, and its names without an organism.

        Where one organism is named, and it is known, a name that means one of its genes is that
        gene. What is left is assigned as the keywords of a record are.
        """
        taxa = {self._nomenclature.taxon_of(name) for name in organisms}
        taxon = taxa.pop() if len(taxa) == 1 else None
        own: dict[str, CuratedGene] = {}
        if taxon is not None:
            lexicon = self._nomenclature[taxon]
            rows = {name: lexicon.find(None, name) for name in names}
            own = {
                name: CuratedGene(taxon, lexicon.symbols[row])
                for name, row in rows.items()
                if row is not None
            }
        others = [name for name in names if name not in own]
        curated, unassigned = genes_of_keywords(
            others, self._nomenclature, organisms, organisms_ner
        )
        return [*own.values(), *curated], unassigned
