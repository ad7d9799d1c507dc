"""Read tables that map identifiers, such as those of Uniprot, to NCBI Gene ids."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from nerbench.errors import NerbenchError, RecordError
from nerbench.nomenclature.gene_ids import gene_ids
from nerbench.spans.formats.text_files import lines_of, read_text

EQUIVALENCE_CLASSES = "equivalence_classes.json"
"""The name of the table that is read where it lies beside a corpus."""


class GeneIdMap:
    """NCBI Gene ids by other identifiers, which are compared without case.

    An identifier without a database (``P05231``) also stands for the one of any database.

    >>> ids = GeneIdMap([("Uniprot:P05231", ["NCBI gene:3569"]), ("Q9NQ87", ["26508"])])
    >>> ids["uniprot:P05231"], ids["UniProtKB:Q9NQ87"], ids["P1"]
    (('NCBI gene:3569',), ('26508',), ())
    """

    def __init__(self, pairs: Iterable[tuple[str, Iterable[str]]] = ()) -> None:
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for identifier, ids in pairs:
            found[identifier.strip().casefold()] |= dict.fromkeys(map(str.strip, ids))
        self._ids = {identifier: tuple(ids) for identifier, ids in found.items()}

    def __getitem__(self, identifier: str) -> tuple[str, ...]:
        key = identifier.strip().casefold()
        return self._ids.get(key) or self._ids.get(key.rpartition(":")[2], ())

    @classmethod
    def read(cls, path: Path) -> GeneIdMap:
        """Read a table of two columns, TSV or CSV, or JSON: classes of identifiers that mean one
        thing, or an object.

        Raises NerbenchError if it cannot be read, or maps nothing to an NCBI Gene id.
        """
        try:
            text = read_text(path)
            pairs = _json_pairs(text) if path.suffix.lower() == ".json" else _table_pairs(text)
            mapping = cls((identifier, ids) for identifier, ids in pairs if any(gene_ids(ids)))
        except RecordError as error:
            raise NerbenchError(str(error)) from None
        except (ValueError, TypeError, RecursionError, csv.Error) as error:
            raise NerbenchError(f"{path}: no table of identifiers: {error}") from None
        if not mapping._ids:
            raise NerbenchError(
                f"{path}: maps no identifier to an NCBI Gene id; a line is 'P05231', a tab, '3569'"
            )
        return mapping


def _table_pairs(text: str) -> Iterator[tuple[str, list[str]]]:
    lines = lines_of(text)
    delimiter = "\t" if any("\t" in line for line in lines[:10]) else ","
    for row in csv.reader(lines, delimiter=delimiter):
        if len(row) >= 2 and row[0].strip():
            yield row[0], [row[1]]


def _json_pairs(text: str) -> Iterator[tuple[str, list[str]]]:
    data: Any = json.loads(text)
    if isinstance(data, dict):
        for identifier, ids in data.items():
            yield identifier, list(map(str, ids if isinstance(ids, list) else [ids]))
    elif isinstance(data, list):
        for members in data:
            if not isinstance(members, list):
                raise TypeError(f"a class of identifiers is a list, not {str(members)[:40]!r}")
            identifiers = list(map(str, members))
            genes = [identifier for identifier in identifiers if gene_ids([identifier])]
            yield from ((identifier, genes) for identifier in identifiers)
    else:
        raise TypeError("it is neither a list nor an object")
