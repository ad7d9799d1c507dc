"""What numbers rest on: the figures of a corpus counted and hashed, the lexicons."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from operator import xor
from pathlib import Path

import polars as pl

from nerbench.errors import NerbenchError
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.records import Figure, Problem

__all__ = [
    "ComparedRun",
    "CorpusInfo",
    "LexiconInfo",
    "RunComparison",
    "figure_digest",
    "lexicon_info",
]


@dataclass(frozen=True, slots=True)
class LexiconInfo:
    """A lexicon by the organism's taxon id, short label and name, and what its content hashes to.

    >>> str(LexiconInfo(9606, "human", "Homo sapiens", "0123456789abcdef"))
    '9606@0123456789abcdef'
    """

    taxon: int
    label: str
    name: str
    digest: str

    def __str__(self) -> str:
        return f"{self.taxon}@{self.digest}"


def lexicon_info(nomenclature: Nomenclature) -> tuple[LexiconInfo, ...]:
    """The facts of every lexicon, in the nomenclature's order."""
    return tuple(
        LexiconInfo(one.taxon, one.label, one.name, nomenclature[one.taxon].digest)
        for one in nomenclature.organisms
    )


def figure_digest(figure: Figure) -> str:
    """What the parts of a figure that it is scored by hash to: 16 hexadecimal digits.

    >>> figure_digest(Figure("F1", "STAT3")) == figure_digest(Figure("F1", "STAT3", year="2020"))
    True
    """
    content = (
        figure.figid,
        figure.caption,
        figure.organisms,
        figure.organisms_ner,
        tuple((gene.taxon, gene.symbol, gene.gene_id, gene.words) for gene in figure.curated),
    )
    return _hash(content)


def _hash(content: object) -> str:
    return hashlib.sha256(repr(content).encode("utf-8", "surrogatepass")).hexdigest()[:16]


_STRATIFYING = ("title", "pmcid", "year", "journal", "publisher", "unassigned")
"""What else of a figure is counted, or parts figures into strata."""


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """One of several runs put side by side; ``missing`` are the figures that it lacks, or has with
    another content, while another run has them. They are compared in none.
    """

    run: str
    signature: str
    missing: tuple[str, ...] = ()

    def lacks(self) -> str:
        """In words, how many figures are missing, and the first of them.

        >>> ComparedRun("monday", "", ("F1", "F2", "F3", "F4")).lacks()
        'monday lacks 4 figures of the other runs: F1, F2, F3, ...'
        """
        count = len(self.missing)
        shown = ", ".join(self.missing[:3]) + (", ..." if count > 3 else "")
        return f"{self.run} lacks {count:,} figure{'s' * (count != 1)} of the other runs: {shown}"


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Runs put side by side, and in words what they do not have in common."""

    differences: tuple[str, ...]
    runs: tuple[ComparedRun, ...]

    def notes(self) -> list[str]:
        """What the user should know before believing a comparison."""
        notes = [f"the runs differ in {difference}" for difference in self.differences]
        return notes + [run.lacks() for run in self.runs if run.missing]


@dataclass(slots=True)
class CorpusInfo:
    """What was read."""

    figures: int = 0
    with_caption: int = 0
    repaired_captions: int = 0
    curated_genes: int = 0
    curated_by_taxon: dict[int, int] = field(default_factory=dict)
    unassigned_keywords: int = 0
    out_of_scope: list[str] = field(default_factory=list)
    skipped: list[Problem] = field(default_factory=list)
    hashed: int = 0

    @property
    def digest(self) -> str:
        """What the figures hash to, whatever their order: the exclusive or of all, their metadata
        included.
        """
        return f"{self.hashed:016x}"

    def add(self, figure: Figure, digest: str) -> None:
        """Count one more figure; ``digest`` is its `figure_digest`."""
        self.figures += 1
        about = (figure.title, figure.pmcid, figure.year, figure.journal, figure.publisher)
        whole = (digest, *about, list(figure.unassigned))
        self.hashed ^= int(_hash(whole), 16)
        self.with_caption += bool(figure.caption)
        self.repaired_captions += figure.repaired
        self.curated_genes += len(figure.curated)
        self.unassigned_keywords += len(figure.unassigned)
        for gene in figure.curated:
            self.curated_by_taxon[gene.taxon] = self.curated_by_taxon.get(gene.taxon, 0) + 1

    @classmethod
    def of_captions(cls, captions: pl.LazyFrame, skipped: list[Problem]) -> CorpusInfo:
        """The facts of figures that rows (`nerbench.engine.tables.CAPTION_SCHEMA`) were kept of."""
        found = captions.select(
            "figid",
            "in_scope",
            "repaired",
            captioned=pl.col("caption") != "",
            curated=pl.col("curated").list.len(),
            unassigned=pl.col("unassigned").list.len(),
        ).collect()
        hashed = captions.select("digest", *_STRATIFYING).collect()
        taxa = (
            captions.select(taxon=pl.col("curated").explode().str.split(":").list.first())
            .drop_nulls()
            .group_by("taxon")
            .len()
            .collect()
        )
        return cls(
            figures=len(found),
            with_caption=int(found["captioned"].sum()),
            repaired_captions=int(found["repaired"].sum()),
            curated_genes=int(found["curated"].sum()),
            curated_by_taxon={int(taxon): count for taxon, count in taxa.rows()},
            unassigned_keywords=int(found["unassigned"].sum()),
            out_of_scope=sorted(found.filter(~pl.col("in_scope"))["figid"]),
            skipped=skipped,
            hashed=reduce(xor, (int(_hash(row), 16) for row in hashed.iter_rows()), 0),
        )

    def check(self, paths: Iterable[Path]) -> None:
        """Raise NerbenchError, with the first reason, if there was no figure at all."""
        if self.figures:
            return
        where = ", ".join(map(str, paths)) or "the corpus"
        first = f" ({self.skipped[0]})" if self.skipped else ""
        more = f" and {len(self.skipped) - 1} more files" if len(self.skipped) > 1 else ""
        raise NerbenchError(f"{where}: holds no PFOCR record{first}{more}")
