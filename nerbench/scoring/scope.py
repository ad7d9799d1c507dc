"""Which organisms a figure is scored for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nerbench.errors import NerbenchError
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.records import Figure

__all__ = ["ALL", "Scope"]

ALL = "all"  # the label of pooled counts, over every organism in a figure's scope


@dataclass(frozen=True, slots=True)
class Scope:
    """The NCBI taxon ids to score every figure for, or None (auto) to choose by figure."""

    taxa: tuple[int, ...] | None = None

    @classmethod
    def parse(cls, text: str, nomenclature: Nomenclature) -> Scope:
        """Read ``auto``, ``all``, or labels and taxon ids of organisms joined by commas.

        Raises NerbenchError for an organism without a lexicon.

        >>> from nerbench.nomenclature.lexicon import load_nomenclature
        >>> Scope.parse("human,7227", load_nomenclature()).taxa
        (9606, 7227)
        """
        if text == "auto":
            return cls()
        if text == ALL:
            return cls(tuple(nomenclature))
        taxa = []
        for name in text.split(","):
            taxon = nomenclature.taxon_of(name)
            if taxon is None:
                known = ", ".join(f"{o.label} ({o.taxon})" for o in nomenclature.organisms)
                raise NerbenchError(f"unknown organism {name.strip()!r}: use auto, all, or {known}")
            taxa.append(taxon)
        return cls(tuple(dict.fromkeys(taxa)))

    def resolve(self, figure: Figure, nomenclature: Nomenclature) -> tuple[tuple[int, ...], str]:
        """Return the taxa to score a figure for, in the nomenclature's order, and their source.

        Auto chooses the supported organisms that the record names, else those that its text mining
        found (``organisms_ner``), else those of its curated genes.

        >>> from nerbench.nomenclature.lexicon import load_nomenclature
        >>> figure = Figure("F", organisms=("Mus musculus",), organisms_ner=("Homo sapiens",))
        >>> Scope().resolve(figure, load_nomenclature())
        ((9606,), 'organisms_ner')
        """
        if self.taxa is not None:
            taxa, source = set(self.taxa), "option"
        elif taxa := _supported(figure.organisms, nomenclature):
            source = "organisms"
        elif taxa := _supported(figure.organisms_ner, nomenclature):
            source = "organisms_ner"
        else:
            taxa, source = {gene.taxon for gene in figure.curated}, "curated genes"
        return tuple(taxon for taxon in nomenclature if taxon in taxa), source

    def __str__(self) -> str:
        return "auto" if self.taxa is None else ",".join(map(str, self.taxa))


def _supported(names: Iterable[str], nomenclature: Nomenclature) -> set[int]:
    return {taxon for name in names for taxon in nomenclature.taxa_in(name)}
