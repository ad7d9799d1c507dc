"""The nomenclature rules of an organism, as data.

How symbols are written differs: case tells ``dl`` (dorsal) from ``Dl`` (Delta) in the fly,
and says nothing in human. An organism is a folder with `organism.yaml` (these rules) beside
its lexicon tables; adding one is adding a folder.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from nerbench.errors import NerbenchError

__all__ = ["Organism", "read_organism"]


@dataclass(frozen=True, slots=True)
class Organism:
    """One taxon and its nomenclature.

    ``label`` is the short name used on the command line and in reports. ``symbol_case``
    says that case distinguishes official symbols, and that a name which is an official
    symbol in exact case means that gene only (below level ``family``).
    ``species_prefixes`` are letters that authors put before a symbol to name the species
    (hAKT1, dAkt). ``also_known_as`` are further names of the taxon in records, a genus
    among them where the genus usually means this species.

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
        """Whether a record's organism entry names this organism, whatever its case: by one of
        its names, alone or before a bracket, or by the scientific name anywhere in the entry.
        """
        plain = " ".join(text.split()).casefold()
        names = {n.casefold() for n in (self.label, str(self.taxon), *self.also_known_as)}
        scientific = re.search(rf"(?<!\w){re.escape(self.name.casefold())}(?!\w)", plain)
        return scientific is not None or plain in names or plain.split(" (")[0] in names


def read_organism(path: Path) -> Organism:
    """Read an `organism.yaml`.

    Raises NerbenchError, naming the file and the field, if it does not hold the rules.
    """
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
