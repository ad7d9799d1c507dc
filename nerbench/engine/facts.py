"""What was read: the figures of a corpus counted and hashed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from nerbench.errors import NerbenchError
from nerbench.records import Figure, Problem

__all__ = ["CorpusFacts"]


def _digest(figure: Figure) -> bytes:
    content = (
        figure.figid,
        figure.caption,
        figure.organisms,
        figure.organisms_ner,
        tuple((*gene.key, gene.gene_id, gene.words) for gene in figure.curated),
    )
    return hashlib.sha256(repr(content).encode("utf-8", "surrogatepass")).digest()


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
        """What the figures hash to, whatever their order."""
        return f"{self.hashed:064x}"[:16]

    def add(self, figure: Figure) -> None:
        """Count one more figure."""
        self.figures += 1
        self.hashed ^= int.from_bytes(_digest(figure), "big")
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
