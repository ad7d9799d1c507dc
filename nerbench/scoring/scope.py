"""The organisms that a figure is scored for, and the reason if it is scored for none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from nerbench.errors import NerbenchError, did_you_mean
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.records import Figure

ALL = "all"  # the label of pooled counts, over every organism in a figure's scope
NAMED = "organisms"  # the source of a scope that the record names; option of `Scope.parse`
INFERRED = ("organisms_ner", "curated genes")
"""The sources of a scope that the record does not name: text mining, and the list itself."""


class LeftOut(StrEnum):
    """Why a figure is not scored, as messages and reports say it."""

    NO_ORGANISM = "no supported organism in scope"
    NOT_NAMED = "no supported organism named by the record"
    NO_GENE = "no curated gene of an organism in scope"
    SEEN = "seen in training"


@dataclass(frozen=True, slots=True)
class Scope:
    """The NCBI taxon ids to score every figure for, or None (auto) to choose by figure.

    With ``named_only``, a figure is scored only for those that its record names.
    """

    taxa: tuple[int, ...] | None = None
    named_only: bool = False

    @classmethod
    def parse(cls, text: str, nomenclature: Nomenclature, scope_from: str | None = None) -> Scope:
        """Read ``auto``, ``all``, or labels and taxon ids of organisms joined by commas.

        ``scope_from`` is None or `NAMED`. Raises NerbenchError for an organism without a lexicon,
        and for another source.

        >>> from nerbench.nomenclature.lexicon import load_nomenclature
        >>> Scope.parse("human,7227", load_nomenclature()).taxa
        (9606, 7227)
        """
        if scope_from not in (None, NAMED):
            raise NerbenchError(f"unknown source of the scope {scope_from!r}: use {NAMED}")
        named_only = scope_from == NAMED
        if text == "auto":
            return cls(None, named_only)
        if text == ALL:
            return cls(tuple(nomenclature), named_only)
        taxa = []
        for name in text.split(","):
            taxon = nomenclature.taxon_of(name)
            if taxon is None:
                known = ", ".join(f"{o.label} ({o.taxon})" for o in nomenclature.organisms)
                labels = ("auto", ALL, *(organism.label for organism in nomenclature.organisms))
                raise NerbenchError(
                    f"unknown organism {name.strip()!r}: use auto, all, or {known}"
                    + did_you_mean(name.strip(), labels)
                )
            taxa.append(taxon)
        return cls(tuple(dict.fromkeys(taxa)), named_only)

    @classmethod
    def read(cls, text: str) -> Scope:
        """Return the scope that `str` gives as this text.

        >>> Scope.read("9606,7227 from organisms"), str(Scope.read("auto"))
        (Scope(taxa=(9606, 7227), named_only=True), 'auto')
        """
        taxa, source, _ = text.partition(f" from {NAMED}")
        return cls(None if taxa == "auto" else tuple(map(int, taxa.split(","))), bool(source))

    def resolve(self, figure: Figure, nomenclature: Nomenclature) -> tuple[tuple[int, ...], str]:
        """Return the taxa to score a figure for, in the nomenclature's order, and their source.

        Auto chooses the supported organisms that the record names, else those that its text mining
        found (``organisms_ner``), else those of its curated genes; with ``named_only``, only the
        first.

        >>> from nerbench.nomenclature.lexicon import load_nomenclature
        >>> figure = Figure("F", organisms=("Mus musculus",), organisms_ner=("Homo sapiens",))
        >>> Scope().resolve(figure, load_nomenclature())
        ((9606,), 'organisms_ner')
        """
        named = _supported(figure.organisms, nomenclature)
        if self.taxa is not None:
            taxa, source = set(self.taxa), "option"
        elif (taxa := named) or self.named_only:
            source = NAMED
        elif taxa := _supported(figure.organisms_ner, nomenclature):
            source = "organisms_ner"
        else:
            taxa, source = {gene.taxon for gene in figure.curated}, "curated genes"
        if self.named_only:
            taxa &= named
        return tuple(taxon for taxon in nomenclature if taxon in taxa), source

    def __str__(self) -> str:
        taxa = "auto" if self.taxa is None else ",".join(map(str, self.taxa))
        return f"{taxa} from {NAMED}" if self.named_only else taxa


def _supported(names: Iterable[str], nomenclature: Nomenclature) -> set[int]:
    return {taxon for name in names for taxon in nomenclature.taxa_in(name)}
