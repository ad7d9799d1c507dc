"""Read the nomenclature rules of an organism, which are data.

In the fly, case tells ``dl`` (dorsal) from ``Dl`` (Delta); in human it has no meaning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from nerbench.errors import NerbenchError


@dataclass(frozen=True, slots=True)
class Organism:
    """One taxon and its nomenclature.

    >>> human = Organism(9606, "human", "Homo sapiens", species_prefixes=("h",))
    >>> human.is_named("homo sapiens"), human.is_named("Mus musculus")
    (True, False)
    """

    taxon: int
    label: str  # the short name on the command line and in reports
    name: str
    symbol_case: bool = False  # case distinguishes official symbols
    species_prefixes: tuple[str, ...] = ()  # put before a symbol: hAKT1, dAkt
    also_known_as: tuple[str, ...] = ()  # in records, with a genus that usually means this species

    def is_named(self, text: str) -> bool:
        """Return whether a record's organism entry is, or holds, a name of this organism."""
        entry = " ".join(text.split()).casefold()
        names = {name.casefold() for name in (self.label, str(self.taxon), *self.also_known_as)}
        scientific = re.search(rf"(?<!\w){re.escape(self.name.casefold())}(?!\w)", entry)
        return scientific is not None or entry in names or entry.split(" (")[0] in names


def read_organism(path: Path) -> Organism:
    """Read an `organism.yaml`. Raises NerbenchError with the file and the field that is wrong."""
    try:
        fields: Any = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        return Organism(
            taxon=int(fields["taxon"]),
            label=str(fields["label"]),
            name=str(fields["name"]),
            symbol_case=bool(fields.get("symbol_case", False)),
            species_prefixes=tuple(map(str, fields.get("species_prefixes") or ())),
            also_known_as=tuple(map(str, fields.get("also_known_as") or ())),
        )
    except KeyError as error:
        raise NerbenchError(f"{path}: the field {error} is missing") from None
    except (OSError, yaml.YAMLError, TypeError, ValueError, AttributeError) as error:
        reason = re.sub(r"\s+", " ", str(error))
        raise NerbenchError(f"{path}: no organism rules can be read here: {reason}") from None
