"""Types of the annotations of BioCreative VI Track 1 (BioID), which say entity and identifier.

``Uniprot:P17046`` is a gene or protein with an identifier, ``protein:GFP`` one without.
"""

from __future__ import annotations

_IDENTIFIED = {  # prefix of an identifier: entity type
    "uniprot": "gene_or_protein",
    "ncbi gene": "gene_or_protein",
    "corum": "gene_or_protein",
    "rfam": "mrna",
    "chebi": "small_molecule",
    "pubchem": "small_molecule",
    "bao": "small_molecule",
    "go": "cellular_component",
    "cl": "cell_type_or_line",
    "cvcl": "cell_type_or_line",
    "uberon": "tissue_or_organ",
    "ncbi taxon": "organism_or_species",
}
_NAMED = {  # prefix of a name without identifier: entity type
    "protein": "gene_or_protein",
    "gene": "gene_or_protein",
    "mrna": "mrna",
    "molecule": "small_molecule",
    "subcellular": "cellular_component",
    "cell": "cell_type_or_line",
    "tissue": "tissue_or_organ",
    "organism": "organism_or_species",
}
_ALL = _IDENTIFIED | _NAMED


def entity_type(label: str) -> str | None:
    """Return the entity type that a label says by its prefix or as a whole, or None.

    >>> entity_type("Uniprot:P17046"), entity_type("protein:GFP"), entity_type("CVCL_0030")
    ('gene_or_protein', 'gene_or_protein', 'cell_type_or_line')
    >>> entity_type("gene"), entity_type("gene_or_protein"), entity_type("Disease")
    ('gene_or_protein', 'gene_or_protein', None)
    """
    label = label.casefold()
    if label in _NAMED.values():
        return label
    prefix = _prefix(label)
    return _NAMED.get(label) if prefix is None else _ALL[prefix]


def identifiers_in(label: str) -> tuple[str, ...]:
    """Return the identifiers of a label, alternatives parted by bars, or none.

    >>> identifiers_in("Uniprot:P00731|Uniprot:P19223"), identifiers_in("protein:GFP")
    (('Uniprot:P00731', 'Uniprot:P19223'), ())
    """
    if _prefix(label.casefold()) not in _IDENTIFIED:
        return ()
    return tuple(filter(None, (part.strip() for part in label.split("|"))))


def _prefix(label: str) -> str | None:
    """Return what stands before the first colon, or, in the names of cell lines, underscore."""
    prefix, colon, _ = label.partition(":")
    if colon and prefix in _ALL:
        return prefix
    return "cvcl" if label.startswith("cvcl_") else None
