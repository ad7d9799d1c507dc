"""The labels that models and annotated corpora usually give to genes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nerbench.spans.bioid_types import entity_type

GENE_LABELS = (
    "GENE", "GENE_OR_GENE_PRODUCT", "GeneOrGeneProduct", "GGP", "PROTEIN", "DNA", "RNA",
    "GENE_PROTEIN", "GENE/PROTEIN", "GENE_OR_PROTEIN",
)  # fmt: skip
"""Labels of genes and gene products."""

_MAX_LISTED = 10
_DATABASES = "uniprotkb|ncbigene|entrez ?gene"  # besides those of the BioID corpus
_GENE_LABEL = re.compile(
    rf"{'|'.join(map(re.escape, GENE_LABELS))}|({_DATABASES}):.*", re.IGNORECASE | re.DOTALL
)


def is_gene_label(label: str) -> bool:
    """Return whether a label is a usual one of genes, or begins with a database of them.

    Those are of genes, proteins and complexes, as in the BioID corpus (`entity_type`).

    >>> is_gene_label("GeneOrGeneProduct"), is_gene_label("Uniprot:P17046"), is_gene_label("Cell")
    (True, True, False)
    """
    return _GENE_LABEL.fullmatch(label) is not None or entity_type(label) == "gene_or_protein"


def list_labels(counts: Mapping[str, int]) -> str:
    """Return labels with their numbers for a note, the most frequent first, up to ten.

    >>> list_labels({"Cell": 2, "Disease": 1200})
    'Disease (1,200), Cell (2)'
    """
    labels = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{label} ({count:,})" for label, count in labels[:_MAX_LISTED])
    return shown + (f" and {len(labels) - _MAX_LISTED:,} more" if labels[_MAX_LISTED:] else "")
