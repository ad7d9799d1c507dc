"""The value types of nerbench, which are frozen and check themselves when they are made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum

from nerbench.errors import RecordError

_CAPTION_IN_REPR = 40  # characters


class Level(StrEnum):
    """Three levels of freedom with which a name can stand for a gene, strictest first.

    ``symbol``: its official symbol. ``synonym``: also a previous symbol, synonym or full name.
    ``family``: also the name of a family or complex that has it as a member.

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

    def stricter(self) -> tuple[Level, ...]:
        """Return the levels that accept less than this one, strictest first."""
        return LEVELS[: LEVELS.index(self)]

    def looser(self) -> tuple[Level, ...]:
        """Return the levels that accept more than this one, strictest first."""
        return LEVELS[LEVELS.index(self) + 1 :]


LEVELS = tuple(Level)
"""The levels, strictest first; an enumeration takes several times longer to walk through."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An input, by its file or line, that could not be used, and the reason in one sentence.

    Examples
    --------
    >>> print(Problem("a.md", "no record: it has no figid"))
    a.md: no record: it has no figid
    """

    source: str
    reason: str

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


@dataclass(frozen=True, slots=True, repr=False)
class Mention:
    """A span of a text that a recognizer reports as a gene.

    Parameters
    ----------
    start, end, text
        Half-open offsets in Unicode code points, and the text between them.
    label, score, ids
        The recognizer's label, confidence, and gene ids such as ``9606:3569``.

    Raises
    ------
    RecordError
        If the text is blank or not as long as the span, or the score is not a finite number.

    Examples
    --------
    >>> Mention(18, 22, "IL-6", score=0.97)
    Mention(18, 22, 'IL-6', score=0.97)
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
            offsets = f"its offsets {self.start}-{self.end} span {self.end - self.start}"
            raise RecordError(
                f"mention {self.text!r} has {len(self.text)} characters but {offsets}"
            )
        if self.score is not None and not math.isfinite(self.score):
            raise RecordError(f"mention {self.text!r} has the score {self.score}")

    def __repr__(self) -> str:
        values = [repr(self.start), repr(self.end), repr(self.text)]
        return _short_repr(self, values, ("label", "score", "ids"))

    @property
    def is_placed(self) -> bool:
        """Return whether its offsets say where it stands in the caption."""
        return True

    def check(self, caption: str) -> None:
        """Raise RecordError unless the caption holds the mention's text at its offsets.

        >>> Mention(4, 7, "p53").check("the p53 protein")
        """
        mention = f"mention {self.text!r} at {self.start}-{self.end}"
        if self.end > len(caption):
            raise RecordError(f"{mention} ends past the caption's {len(caption)} characters")
        if (span := caption[self.start : self.end]) != self.text:
            raise RecordError(f"{mention} differs from the caption, which has {span!r} there")


@dataclass(frozen=True, slots=True)
class ListedName(Mention):
    """A name on a list of genes: a mention of a caption whose place nobody says.

    Raises RecordError if the text is blank. Its offsets are 0.

    >>> ListedName(0, 0, "TP53").is_placed, Mention(0, 4, "TP53").is_placed
    (False, True)
    """

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise RecordError("a name on a list of genes is blank")

    @property
    def is_placed(self) -> bool:
        return False

    def check(self, caption: str) -> None:
        """Do nothing: the name need not be in the caption."""


@dataclass(frozen=True, slots=True, repr=False)
class CuratedGene:
    """A gene on a figure's curated list.

    Parameters
    ----------
    taxon, symbol, gene_id
        NCBI taxon id, official symbol, and NCBI Gene id if the record has one.
    words
        The words in the image that put the gene on the list.
    parts
        For a joint word (``TLR7/9``): the word, and the part of it that put the gene on the list.

    Raises
    ------
    RecordError
        If the symbol is empty or has white space around it.

    Examples
    --------
    >>> gene = CuratedGene(9606, "MMP2", "4313", ("MMP2/9",))
    >>> gene, gene.key
    (CuratedGene(9606, 'MMP2', gene_id='4313', words=('MMP2/9',)), (9606, 'MMP2'))
    """

    taxon: int
    symbol: str
    gene_id: str | None = None
    words: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not self.symbol or self.symbol != self.symbol.strip():
            raise RecordError(f"a curated gene has the symbol {self.symbol!r}")

    def __repr__(self) -> str:
        values = [repr(self.taxon), repr(self.symbol)]
        return _short_repr(self, values, ("gene_id", "words", "parts"))

    @property
    def key(self) -> tuple[int, str]:
        """The gene's identity in a curated set: (taxon, symbol)."""
        return (self.taxon, self.symbol)


@dataclass(frozen=True, slots=True, repr=False)
class Figure:
    """A published pathway figure: its caption and its curated genes.

    Parameters
    ----------
    caption, published
        The text that recognizers read; and the caption as the record has it, where its encoding was
        repaired or its HTML read.
    organisms, organisms_ner
        Scientific names of the figure's organisms, and of those that text mining found.
    curated, unassigned
        The curated genes, each (taxon, symbol) once, and keywords without an organism.
    gold
        The genes that annotators marked in the caption, or None if nobody marked it.
    figid, title, paper_title, pmcid, doi, year, journal, publisher
        As in the record.
    source
        The file that the figure was read from; two figures are equal whatever it is.

    Raises
    ------
    RecordError
        If the figure has no id or lists a gene twice.

    Examples
    --------
    >>> figure = Figure("PMC1__f1", "p53 binds MDM2", curated=(CuratedGene(9606, "TP53"),))
    >>> figure
    Figure('PMC1__f1', 'p53 binds MDM2', 1 curated gene)
    >>> figure.curated[0].symbol
    'TP53'
    """

    figid: str
    caption: str = ""
    organisms: tuple[str, ...] = ()
    organisms_ner: tuple[str, ...] = ()
    curated: tuple[CuratedGene, ...] = ()
    unassigned: tuple[str, ...] = ()
    gold: tuple[Mention, ...] | None = None
    title: str = ""
    paper_title: str = ""
    pmcid: str = ""
    doi: str = ""
    year: str = ""
    journal: str = ""
    publisher: str = ""
    published: str = ""
    source: str = field(default="", compare=False)

    @property
    def repaired(self) -> bool:
        """True if the caption was repaired: its encoding, or HTML in it."""
        return bool(self.published)

    def __post_init__(self) -> None:
        if not self.figid:
            raise RecordError("a figure has no figid")
        if len({gene.key for gene in self.curated}) != len(self.curated):
            raise RecordError(f"figure {self.figid} lists a curated gene twice")
        for mention in self.gold or ():
            mention.check(self.caption)

    def __repr__(self) -> str:
        caption = self.caption[:_CAPTION_IN_REPR]
        caption += "..." if len(self.caption) > _CAPTION_IN_REPR else ""
        counts = [_count(len(self.curated), "curated gene")]
        if self.gold is not None:
            counts.append(_count(len(self.gold), "gold mention"))
        return f"Figure({self.figid!r}, {caption!r}, {', '.join(counts)})"


def _short_repr(value: object, positional: Sequence[str], optional: Sequence[str]) -> str:
    """Return a representation of a value that leaves out the fields with their default."""
    defaults = {own.name: own.default for own in fields(value)}  # type: ignore[arg-type]
    keywords = [
        f"{name}={getattr(value, name)!r}"
        for name in optional
        if getattr(value, name) != defaults[name]
    ]
    return f"{type(value).__name__}({', '.join([*positional, *keywords])})"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
