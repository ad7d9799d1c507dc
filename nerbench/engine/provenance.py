"""Provenance: what numbers depend on, counted and hashed: the figures of a corpus, the lexicons."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import xor

import polars as pl

from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.recognizers.cards import Card
from nerbench.records import Figure, Problem
from nerbench.scoring.scope import LeftOut


@dataclass(frozen=True, slots=True)
class LexiconInfo:
    """A lexicon: the organism's taxon id, short label and name, and the digest of its content.

    >>> str(LexiconInfo(9606, "human", "Homo sapiens", "0123456789abcdef"))
    '9606@0123456789abcdef'
    """

    taxon: int
    label: str
    name: str
    digest: str

    def __str__(self) -> str:
        return f"{self.taxon}@{self.digest}"


@dataclass(frozen=True, slots=True)
class CardInfo:
    """Facts from the card of a model; an empty text or None where it says nothing.

    >>> from nerbench.recognizers.registry import find_card
    >>> info = CardInfo.of(find_card("lexicon"))
    >>> info.kind, info.licence
    ('lexicon', 'MIT')
    """

    kind: str
    version: str = ""
    licence: str = ""
    threshold: float | None = None
    training_data: str = ""
    citation: str = ""

    @classmethod
    def of(cls, card: Card, threshold: float | None = None) -> CardInfo:
        """Return what a card says; ``threshold`` replaces its own."""
        return cls(
            kind=card.kind,
            version=card.version,
            licence=card.licence,
            threshold=card.threshold if threshold is None else threshold,
            training_data=card.training_data,
            citation=card.citation,
        )


def lexicon_info(nomenclature: Nomenclature) -> tuple[LexiconInfo, ...]:
    """Return the provenance of every lexicon, in the nomenclature's order."""
    return tuple(
        LexiconInfo(
            organism.taxon, organism.label, organism.name, nomenclature[organism.taxon].digest
        )
        for organism in nomenclature.organisms
    )


def figure_digest(figure: Figure) -> str:
    """Return the digest of what a figure's score depends on: 16 hexadecimal digits.

    >>> figure_digest(Figure("F1", "STAT3")) == figure_digest(Figure("F1", "STAT3", year="2020"))
    True
    """
    content = (
        figure.figid,
        figure.caption,
        figure.organisms,
        figure.organisms_ner,
        tuple(
            (gene.taxon, gene.symbol, gene.gene_id, gene.words, gene.parts)
            for gene in figure.curated
        ),
    )
    return _digest(content)


def _digest(content: object) -> str:
    return hashlib.sha256(repr(content).encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """One of several runs side by side. ``missing`` are the figures that it lacks, or has with
    another content, while another run has them; they are left out of the comparison.
    """

    run: str
    signature: str
    missing: tuple[str, ...] = ()

    def note(self) -> str:
        """Return in words how many figures are missing, and the first of them.

        >>> ComparedRun("monday", "", ("F1", "F2", "F3", "F4")).note()
        'monday lacks 4 figures of the other runs: F1, F2, F3, ...'
        """
        count, examples = len(self.missing), first_ids(self.missing)
        return (
            f"{self.run} lacks {count:,} figure{'s' * (count != 1)} of the other runs: {examples}"
        )


@dataclass(frozen=True, slots=True)
class RunComparison:
    """The runs that an evaluation compares, and in words how they differ."""

    differences: tuple[str, ...]
    runs: tuple[ComparedRun, ...]

    def notes(self) -> list[str]:
        """Return what the user should know before trusting a comparison."""
        differences = [f"the runs differ in {difference}" for difference in self.differences]
        return differences + [run.note() for run in self.runs if run.missing]


@dataclass(frozen=True, slots=True)
class CorpusInfo:
    """The counts and digests of a corpus.

    ``left_out`` are the ids of the figures that are not scored, by the reason (`LeftOut`).
    ``digest`` covers all figures with their metadata, whatever their order; ``gold_digest`` those
    that are ``marked``, with their marks.
    """

    figures: int
    with_caption: int
    repaired_captions: int
    curated_genes: int
    curated_by_taxon: dict[int, int]
    unassigned_keywords: int
    left_out: dict[str, tuple[str, ...]]
    skipped: tuple[Problem, ...]
    digest: str
    marked: int = 0
    gold_digest: str = ""

    def notes(self) -> list[str]:
        """Return how many figures are not scored and the first of them, a note for each reason."""
        return [
            f"{len(figids):,} figure{'s' * (len(figids) > 1)} not scored ({reason}): "
            f"{first_ids(figids)}"
            for reason, figids in self.left_out.items()
        ]

    @classmethod
    def of_captions(cls, captions: pl.LazyFrame, skipped: Iterable[Problem]) -> CorpusInfo:
        """Count and hash the figures of a table of captions (`nerbench.engine.rows.CaptionRow`)."""
        counts = captions.select(
            "figid",
            "left_out",
            "repaired",
            captioned=pl.col("caption") != "",
            curated=pl.col("curated").list.len(),
            unassigned=pl.col("unassigned").list.len(),
        ).collect()
        digests = (
            int(_digest(row), 16)
            for row in captions.select("digest", *_METADATA).collect().iter_rows()
        )
        marks = captions.filter("marked").select("figid", "marks").collect()
        gold_digests = (
            int(_digest((figid, sorted(map(tuple, spans)))), 16) for figid, spans in marks.rows()
        )
        taxa = (
            captions.select(taxon=pl.col("curated").explode().struct.field("taxon"))
            .drop_nulls()
            .group_by("taxon")
            .len()
            .collect()
        )
        return cls(
            figures=len(counts),
            with_caption=int(counts["captioned"].sum()),
            repaired_captions=int(counts["repaired"].sum()),
            curated_genes=int(counts["curated"].sum()),
            curated_by_taxon={int(taxon): count for taxon, count in taxa.rows()},
            unassigned_keywords=int(counts["unassigned"].sum()),
            left_out={
                str(reason): ids
                for reason in LeftOut
                if (ids := tuple(sorted(counts.filter(pl.col("left_out") == str(reason))["figid"])))
            },
            skipped=tuple(skipped),
            digest=f"{reduce(xor, digests, 0):016x}",
            marked=len(marks),
            gold_digest=f"{reduce(xor, gold_digests, 0):016x}" if len(marks) else "",
        )


def first_ids(figids: Sequence[str]) -> str:
    """Return the first ids of some figures in words.

    >>> first_ids(["F1", "F2"]), first_ids(["F1", "F2", "F3", "F4"])
    ('F1, F2', 'F1, F2, F3, ...')
    """
    return ", ".join(figids[:3]) + (", ..." if len(figids) > 3 else "")


_METADATA = ("title", "pmcid", "year", "journal", "publisher", "unassigned")
"""Fields of a figure that are counted, or that part figures into strata, but do not score it."""
