"""Map identifiers, such as those of Uniprot, to NCBI Gene ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from nerbench.errors import NerbenchError
from nerbench.nomenclature.gene_ids import gene_ids
from nerbench.spans.id_map import read_equivalents


class GeneIdMap:
    """NCBI Gene ids by other identifiers, which are compared without case.

    An accession without a database (``P05231``), in the table or looked up, stands for the one of
    any database.

    >>> ids = GeneIdMap([("Uniprot:P05231", ["NCBI gene:3569"]), ("Q9NQ87", ["26508"])])
    >>> ids["uniprot:P05231"], ids["UniProtKB:Q9NQ87"], ids["P05231"], ids["P1"]
    (('NCBI gene:3569',), ('26508',), ('NCBI gene:3569',), ())
    """

    def __init__(self, pairs: Iterable[tuple[str, Iterable[str]]] = ()) -> None:
        ids_of: dict[str, dict[str, None]] = defaultdict(dict)
        for identifier, ids in pairs:
            ids_of[identifier.strip().casefold()] |= dict.fromkeys(map(str.strip, ids))
        self._ids = {identifier: tuple(ids) for identifier, ids in ids_of.items()}
        # A bare number is one thing in each database.
        accessions = ((_accession(identifier), ids) for identifier, ids in self._ids.items())
        self._of_accession = {own: ids for own, ids in accessions if not own.isdigit()}

    def __getitem__(self, identifier: str) -> tuple[str, ...]:
        key = identifier.strip().casefold()
        if key in self._ids:
            return self._ids[key]
        is_bare = ":" not in key
        return self._of_accession.get(key, ()) if is_bare else self._ids.get(_accession(key), ())

    @classmethod
    def read(cls, path: Path) -> GeneIdMap:
        """Read a file of equivalent identifiers (`nerbench.spans.id_map.read_equivalents`).

        Raises NerbenchError if it cannot be read, or maps nothing to an NCBI Gene id.
        """
        genes_of = (
            (identifiers, [other for other in others if gene_ids([other])])
            for identifiers, others in read_equivalents(path)
        )
        pairs = [
            (identifier, genes)
            for identifiers, genes in genes_of
            if genes
            for identifier in identifiers
        ]
        if not pairs:
            raise NerbenchError(
                f"{path}: maps no identifier to an NCBI Gene id; a line is 'P05231', a tab, '3569'"
            )
        return cls(pairs)


def _accession(identifier: str) -> str:
    """Return an identifier without the name of its database."""
    return identifier.rpartition(":")[2]
