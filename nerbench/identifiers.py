"""Read fields of identifiers as tools and spreadsheets write them: several in one, or none."""

from __future__ import annotations

import re

_SPECIES = r"(?:\s?\((?:tax|taxid|taxon):\s*\d+\))?"
_DATABASE = r"(?:(?:ncbi|entrez)?[ _.-]?(?:gene|entrez)?[ _.-]?(?:id)?:\s*|\d+:\s*)?"
_GENE = rf"{_DATABASE}\d+(?:\.0+)?{_SPECIES}"
_NONE = (
    r"(?:[-–—−]+\d*)?|0+|\?+|nil|none|null|nan|n/?a|unknown|cui[-_ ]?less"
    r"|no[-_ ]?(?:gene|id|identifier|match)"
)
_NO_GENE = re.compile(rf"(?:[^|]*:)?\s*(?:{_NONE})\s*", re.IGNORECASE)
_GENES = re.compile(rf"\s*{_GENE}(?:\s*[/|]\s*{_GENE}|\s+{_GENE})+\s*", re.IGNORECASE)
_BETWEEN_GENES = re.compile(r"\s*[/|]\s*|(?<=[\d)])\s+(?=[A-Za-z\d])")
_WHOLE_NUMBER = re.compile(r"((?:.*:)?\s*\d+)\.0+", re.DOTALL)
_QUOTES = "[]'\" \t\r\n"


def split_identifiers(field: str) -> list[str]:
    """Return the identifiers in a field, without those that are empty.

    Commas and semicolons part identifiers; bars, slashes and blanks part only numbers of genes. A
    spreadsheet's ``3845.0`` is 3845.

    >>> split_identifiers("4893/3845"), split_identifiers("NCBI Gene:4893; 3845.0")
    (['4893', '3845'], ['NCBI Gene:4893', '3845'])
    >>> split_identifiers("MESH:D003110|OMIM:114500"), split_identifiers("['3569' '3570']")
    (['MESH:D003110|OMIM:114500'], ['3569', '3570'])
    """
    identifiers = []
    for part in re.split("[,;]", field):
        whole = part.strip(_QUOTES).replace("' '", " ")
        pieces = _BETWEEN_GENES.split(whole) if _GENES.fullmatch(whole) else [whole]
        for piece in filter(None, pieces):
            match = _WHOLE_NUMBER.fullmatch(piece)
            identifiers.append(piece if match is None else match[1])
    return identifiers


def names_no_gene(identifier: str) -> bool:
    """Return whether an identifier says that there is none.

    NLM-Gene writes ``-000``, ``-111`` and ``-222``, others ``-``, ``-1`` or ``NIL``.

    >>> [names_no_gene(text) for text in ("-222", "-", "NIL", "MESH:-1", "N/A", "0")]
    [True, True, True, True, True, True]
    >>> names_no_gene("3569"), names_no_gene("HGNC:6018")
    (False, False)
    """
    return _NO_GENE.fullmatch(identifier) is not None
