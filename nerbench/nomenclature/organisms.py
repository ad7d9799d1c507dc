"""Read the nomenclature rules of an organism, which are data.

Organisms write symbols in different ways: in the fly, case tells ``dl`` (dorsal) from ``Dl``
(Delta); in human it has no meaning. An organism is a folder with its rules (`organism.yaml`) and
its lexicon tables; to add an organism is to add a folder.
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

    ``label`` is the short name on the command line and in reports. ``symbol_case`` states that
    case distinguishes official symbols, so that a name which is an official symbol in exact case
    means that gene only (below level ``family``). ``species_prefixes`` are letters or words that
    authors put before a symbol to name the species (hAKT1, dAkt). ``also_known_as`` are other
    names of the taxon in records, with a genus that usually means this species.

    >>> human = Organism(9606, "human", "Homo sapiens", species_prefixes=("h",))
    >>> human.is_named("homo sapiens"), human.is_named("Mus musculus")
    (True, False)
    """

    taxon: int
    label: str
    name: str
    symbol_case: bool = False
    species_prefixes: tuple[str, ...] = ()
    also_known_as: tuple[str, ...] = ()

    def is_named(self, text: str) -> bool:
        """Return whether a record's organism entry names this organism, in any case.

        The entry is one of its names, alone or before a bracket, or holds the scientific name.
        """
        entry = " ".join(text.split()).casefold()
        names = {name.casefold() for name in (self.label, str(self.taxon), *self.also_known_as)}
        scientific = re.search(rf"(?<!\w){re.escape(self.name.casefold())}(?!\w)", entry)
        return scientific is not None or entry in names or entry.split(" (")[0] in names


def read_organism(path: Path) -> Organism:
    """Read an `organism.yaml`. Raises NerbenchError with the file and the field that is wrong."""
    try:
        fields: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
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
