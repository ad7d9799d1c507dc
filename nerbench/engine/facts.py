"""What numbers rest on: the figures of a corpus counted and hashed, the lexicons."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from nerbench.errors import NerbenchError
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.records import Figure, Problem

__all__ = ["CorpusFacts", "Joined", "JoinedRun", "LexiconFacts", "figure_digest", "lexicon_facts"]


@dataclass(frozen=True, slots=True)
class LexiconFacts:
    """A lexicon by the organism's taxon id, short label and name, and what its content hashes to.

    >>> str(LexiconFacts(9606, "human", "Homo sapiens", "0123456789abcdef"))
    '9606@0123456789abcdef'
    """

    taxon: int
    label: str
    name: str
    digest: str

    def __str__(self) -> str:
        return f"{self.taxon}@{self.digest}"


def lexicon_facts(nomenclature: Nomenclature) -> tuple[LexiconFacts, ...]:
    """The facts of every lexicon, in the nomenclature's order."""
    return tuple(
        LexiconFacts(one.taxon, one.label, one.name, nomenclature[one.taxon].digest)
        for one in nomenclature.organisms
    )


def figure_digest(figure: Figure) -> str:
    """What the parts of a figure that numbers depend on hash to: 16 hexadecimal digits.

    >>> figure_digest(Figure("F1", "STAT3")) == figure_digest(Figure("F1", "STAT3", year="2020"))
    True
    """
    content = (
        figure.figid,
        figure.caption,
        figure.organisms,
        figure.organisms_ner,
        tuple((*gene.key, gene.gene_id, gene.words) for gene in figure.curated),
    )
    return hashlib.sha256(repr(content).encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class JoinedRun:
    """One of several runs put side by side; ``missing`` are the figures that it lacks, or has with
    another content, while another run has them. They are compared in none.
    """

    run: str
    signature: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Joined:
    """Runs put side by side, and in words what they do not have in common."""

    differences: tuple[str, ...]
    runs: tuple[JoinedRun, ...]


@dataclass(slots=True)
class CorpusFacts:
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
        """What the figures hash to, whatever their order: the digests of all, exclusive or."""
        return f"{self.hashed:016x}"

    def add(self, figure: Figure) -> None:
        """Count one more figure."""
        self.figures += 1
        self.hashed ^= int(figure_digest(figure), 16)
        self.with_caption += bool(figure.caption)
        self.repaired_captions += figure.repaired
        self.curated_genes += len(figure.curated)
        self.unassigned_keywords += len(figure.unassigned)
        for gene in figure.curated:
            self.curated_by_taxon[gene.taxon] = self.curated_by_taxon.get(gene.taxon, 0) + 1

    def check(self, paths: Iterable[Path]) -> None:
        """Raise NerbenchError, with the first reason, if there was no figure at all."""
        if self.figures:
            return
        where = ", ".join(map(str, paths)) or "the corpus"
        first = f" ({self.skipped[0]})" if self.skipped else ""
        more = f" and {len(self.skipped) - 1} more files" if len(self.skipped) > 1 else ""
        raise NerbenchError(f"{where}: holds no PFOCR record{first}{more}")
