"""The value types of nerbench: figures, curated genes, mentions.

They are frozen and check themselves when they are made, so that no other module has to.
This is the ground floor: it imports nothing of the package but its errors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

from nerbench.errors import RecordError


class Level(StrEnum):
    """How freely a name can stand for a gene: three levels, strictest first.

    ``symbol``: the gene whose official symbol the name is. ``synonym``: also the genes with it as
    a previous symbol, synonym or full name. ``family``: also the members of a family or complex.

    Examples
    --------
    >>> [str(level) for level in Level]
    ['symbol', 'synonym', 'family']
    >>> Level.SYMBOL.looser()
    (<Level.SYNONYM: 'synonym'>, <Level.FAMILY: 'family'>)
    """

    SYMBOL = "symbol"
    SYNONYM = "synonym"
    FAMILY = "family"

    def looser(self) -> tuple[Level, ...]:
        """Return the levels that accept more than this one, strictest first."""
        levels = tuple(Level)
        return levels[levels.index(self) + 1 :]


@dataclass(frozen=True, slots=True)
class Problem:
    """An input that could not be read or used.

    Attributes
    ----------
    source : str
        Its file or line.
    reason : str
        Why it was not used, in one sentence.

    Examples
    --------
    >>> print(Problem("a.md", "no record: it has no figid"))
    a.md: no record: it has no figid
    """

    source: str
    reason: str

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Mention:
    """A span of a text that a recognizer reports as a gene.

    Parameters
    ----------
    start, end
        Offsets in Unicode code points, half-open.
    text
        The text of the span.
    label
        The recognizer's label of the span.
    score
        The recognizer's confidence, if it gives one.
    ids
        Identifiers of the gene, such as ``9606:3569``.

    Raises
    ------
    RecordError
        If the span is empty, reversed, of white space only or not as long as the text, or if the
        score is not a finite number.

    Examples
    --------
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
        if self.end > len(caption):
            raise RecordError(
                f"mention {self.text!r} ends at {self.end}, past the caption's "
                f"{len(caption)} characters"
            )
        span = caption[self.start : self.end]
        if span != self.text:
            raise RecordError(
                f"mention {self.text!r} at {self.start}-{self.end} differs from the "
                f"caption, which has {span!r} there"
            )


@dataclass(frozen=True, slots=True)
class CuratedGene:
    """A gene on a figure's curated list.

    Parameters
    ----------
    taxon
        The NCBI taxon id.
    symbol
        The official symbol, as in the record.
    gene_id
        The NCBI Gene id, if the record has one.
    words
        The words read in the image that put the gene on the list, if the record has them.

    Raises
    ------
    RecordError
        If the symbol is empty or has white space around it.

    Examples
    --------
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
        """The gene's identity in a curated set: (taxon, symbol)."""
        return (self.taxon, self.symbol)


@dataclass(frozen=True, slots=True)
class Figure:
    """A published pathway figure: its caption and its curated genes.

    Parameters
    ----------
    figid
        The figure's id.
    caption
        The text that recognizers read; ``repaired`` tells whether its encoding was repaired.
    organisms, organisms_ner
        Scientific names as in the record, without placeholders: of the figure's organisms, and of
        those that text mining found.
    curated
        The curated genes, each (taxon, symbol) once.
    unassigned
        Keywords of the gene list that could not be assigned to an organism.
    title, paper_title, pmcid, doi, year, journal, publisher
        Shown in reports.
    source
        The file that the figure was read from; two figures are equal whatever their source.

    Raises
    ------
    RecordError
        If the figure has no id or lists a gene twice.

    Examples
    --------
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
