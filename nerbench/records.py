"""The value types that flow through nerbench: figures, curated genes, mentions.

They are frozen and check themselves on construction, so nothing downstream has to.
This is the ground floor: it imports nothing of the package but its errors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

from nerbench.errors import RecordError

__all__ = ["CuratedGene", "Figure", "Level", "Mention", "Problem"]


class Level(StrEnum):
    """How liberally a name may stand for a gene, strictest first.

    >>> [str(level) for level in Level]
    ['symbol', 'synonym', 'family']
    >>> Level.SYMBOL.looser()
    (<Level.SYNONYM: 'synonym'>, <Level.FAMILY: 'family'>)
    """

    SYMBOL = "symbol"
    SYNONYM = "synonym"
    FAMILY = "family"

    def looser(self) -> tuple[Level, ...]:
        """The levels that accept more than this one, strictest first."""
        levels = tuple(Level)
        return levels[levels.index(self) + 1 :]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read or used: where it is, and the one reason."""

    source: str
    reason: str

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Mention:
    """A span of a text that a recognizer reports as a gene.

    ``start`` and ``end`` count Unicode code points and are half-open; ``score`` is the
    recognizer's own confidence or None; ``ids`` are identifiers such as ``9606:3569``.

    Raises RecordError if the span is empty, reversed or disagrees with the text's length,
    or the score is not a finite number.

    >>> Mention(18, 22, "IL-6").label
    'GENE'
    >>> Mention(18, 22, "IL6")
    Traceback (most recent call last):
    nerbench.errors.RecordError: mention 'IL6' has 3 characters but its offsets 18-22 span 4
    """

    start: int
    end: int
    text: str
    label: str = "GENE"
    score: float | None = None
    ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise RecordError(f"mention {self.text!r} has offsets {self.start}-{self.end}")
        if not self.text.strip():
            raise RecordError(f"the mention at {self.start}-{self.end} is white space only")
        if self.end - self.start != len(self.text):
            raise RecordError(
                f"mention {self.text!r} has {len(self.text)} characters but its offsets "
                f"{self.start}-{self.end} span {self.end - self.start}"
            )
        if self.score is not None and not math.isfinite(self.score):
            raise RecordError(f"mention {self.text!r} has the score {self.score}")

    def check(self, caption: str) -> None:
        """Raise RecordError unless the caption holds the mention's text at its offsets.

        >>> Mention(4, 7, "p53").check("the p53 protein")
        """
        found = caption[self.start : self.end]
        if self.end > len(caption):
            raise RecordError(
                f"mention {self.text!r} ends at {self.end}, past the caption's "
                f"{len(caption)} characters"
            )
        if found != self.text:
            raise RecordError(
                f"mention {self.text!r} at {self.start}-{self.end} differs from the "
                f"caption, which has {found!r} there"
            )


@dataclass(frozen=True, slots=True)
class CuratedGene:
    """A gene on a figure's curated list.

    ``taxon`` is the NCBI taxon id, ``symbol`` the official symbol as the record gives it,
    ``gene_id`` the NCBI Gene id where the record gives one, ``words`` the words read in
    the image that put the gene on the list (none where the record does not tell).

    >>> CuratedGene(9606, "MMP2", "4313", ("MMP2/9",)).key
    (9606, 'MMP2')
    """

    taxon: int
    symbol: str
    gene_id: str | None = None
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.symbol or self.symbol != self.symbol.strip():
            raise RecordError(f"a curated gene has the symbol {self.symbol!r}")

    @property
    def key(self) -> tuple[int, str]:
        """What makes the gene one member of the curated set: (taxon, symbol)."""
        return (self.taxon, self.symbol)


@dataclass(frozen=True, slots=True)
class Figure:
    """One published pathway figure: its caption and its curated genes.

    ``organisms`` and ``organisms_ner`` are scientific names as the record gives them,
    placeholders dropped. ``unassigned`` holds keywords whose organism is open.
    ``repaired`` says that the caption's encoding had to be mended.

    >>> figure = Figure("PMC1__f1", caption="p53 binds MDM2", curated=(CuratedGene(9606, "TP53"),))
    >>> figure.curated[0].symbol
    'TP53'
    """

    figid: str
    caption: str = ""
    organisms: tuple[str, ...] = ()
    organisms_ner: tuple[str, ...] = ()
    curated: tuple[CuratedGene, ...] = ()
    unassigned: tuple[str, ...] = ()
    title: str = ""
    paper_title: str = ""
    pmcid: str = ""
    doi: str = ""
    year: str = ""
    journal: str = ""
    publisher: str = ""
    repaired: bool = False
    source: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not self.figid:
            raise RecordError("a figure has no figid")
        keys = [gene.key for gene in self.curated]
        if len(set(keys)) != len(keys):
            raise RecordError(f"figure {self.figid} lists a curated gene twice")
