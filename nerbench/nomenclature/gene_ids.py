"""Read the NCBI Gene ids that tools give to mentions, in the spellings that occur."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from nerbench.identifiers import split_identifiers
from nerbench.nomenclature.lexicon import Nomenclature

_SPECIES = re.compile(r"\((?:tax|taxid|taxon):\s*(\d+)\)", re.IGNORECASE)
_DATABASE = re.compile(
    r"(?:^|[^a-z])(?:ncbi[ _.-]?gene|entrez(?:[ _.-]?gene)?|gene|ncbi)(?:[ _.-]?id)?$",
    re.IGNORECASE,
)
_GENE_NUMBER = re.compile(r"0*([1-9][0-9]{0,11})")


@dataclass(frozen=True, slots=True)
class GeneId:
    """An NCBI Gene id, and the taxon if the identifier states it.

    >>> str(GeneId("3569", 9606)), str(GeneId("3569"))
    ('9606:3569', 'NCBIGene:3569')
    """

    number: str
    taxon: int | None = None

    def __str__(self) -> str:
        return f"{'NCBIGene' if self.taxon is None else self.taxon}:{self.number}"


def gene_ids(fields: Iterable[str]) -> tuple[GeneId, ...]:
    """Return the distinct NCBI Gene ids among a mention's identifiers, in order.

    >>> list(map(str, gene_ids(["NCBI Gene:3569", "9606:3570;-1", "HGNC:6018", "7124|-"])))
    ['NCBIGene:3569', '9606:3570', 'NCBIGene:7124']
    >>> list(map(str, gene_ids(["4893/3845.0", "-222"])))
    ['NCBIGene:4893', 'NCBIGene:3845']
    >>> list(map(str, gene_ids(["3569(Tax:9606)", "https://identifiers.org/ncbigene/3570"])))
    ['9606:3569', 'NCBIGene:3570']
    """
    parts = (part for field in fields for part in field.split("|"))
    identifiers = (identifier for part in parts for identifier in split_identifiers(part))
    return tuple(dict.fromkeys(gene for text in identifiers if (gene := _parse_gene_id(text))))


def _parse_gene_id(text: str) -> GeneId | None:
    species = _SPECIES.search(text)
    without_species = _SPECIES.sub("", text).strip()
    *before, last = re.split(r"[:/](?=[^:/]*$)", without_species)
    prefix = before[0].strip() if before else ""
    number = _GENE_NUMBER.fullmatch(last.strip())
    if number is None:
        return None
    if _GENE_NUMBER.fullmatch(prefix):
        return GeneId(number[1], int(prefix))
    if prefix and not _DATABASE.search(prefix):
        return None
    return GeneId(number[1], int(species[1]) if species else None)


def locate(gene: GeneId, nomenclature: Nomenclature) -> tuple[int, int] | None:
    """Return the organism of a gene and its row in the lexicon, or None if it is in none.

    >>> from nerbench.nomenclature.lexicon import load_nomenclature
    >>> taxon, row = locate(GeneId("3569"), load_nomenclature())
    >>> taxon, load_nomenclature()[taxon].symbols[row], locate(GeneId("16193"), load_nomenclature())
    (9606, 'IL6', None)
    """
    for taxon in nomenclature:
        row = nomenclature[taxon].by_id.get(gene.number) if gene.taxon in (None, taxon) else None
        if row is not None:
            return taxon, row
    return None
