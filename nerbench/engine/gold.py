"""Gold in files beside a corpus: the captions that they have get the genes that were marked."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Self

from nerbench.errors import NerbenchError
from nerbench.recognizers.cards import digest
from nerbench.recognizers.external.mentions import ReportedMention
from nerbench.recognizers.external.placement import Placement, place, placement_notes
from nerbench.recognizers.external.predictions import model_name
from nerbench.recognizers.external.reported_file import ReportedFile
from nerbench.records import Figure, Mention, Problem
from nerbench.resources import shipped
from nerbench.spans.label_map import LabelMap

SHIPPED_GOLD = "shipped"
_GENE = "GENE"
_SHIPPED_FILES = ("seed.jsonl", "marked-twice.jsonl", "marked-once.jsonl")


class GoldFile:
    """Marked captions from a file in any format of predictions, or from several.

    Mentions whose label is not a usual one of genes are left out; ``new_labels`` are labels to
    read as others, by pattern, as in `LabelMap`.

    Raises NerbenchError if a file cannot be read, holds no document, or has no label of a gene.

    >>> gold = GoldFile.open("shipped")
    >>> gold.mark([Figure("PMC8714735__fonc-11-760971-g003", "another caption")])[0].gold is None
    True
    >>> gold.notes()[0]
    'gold shipped: 0 of 1 caption is marked'
    """

    def __init__(
        self, name: str, paths: Iterable[Path], new_labels: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.problems: list[Problem] = []
        self.rename = LabelMap(new_labels or {})
        self._files: list[ReportedFile] = []
        self._reading_notes: list[str] = []
        self._figures = 0
        self._first_without_gold = ""
        self._placements: dict[str, Placement] = {}
        self._differing: list[str] = []
        self._unusable: list[Problem] = []  # the first of each figure
        contents = list(map(self._read, paths))
        self._digest = digest(contents, list((new_labels or {}).items()))

    @classmethod
    def open(
        cls, gold: str | os.PathLike[str], new_labels: Mapping[str, str] | None = None
    ) -> Self:
        """Open a file or folder of gold; ``shipped``, or its folder, is what nerbench ships."""
        path, folder = Path(gold), shipped("gold")
        if gold == SHIPPED_GOLD or path == folder:
            return cls(SHIPPED_GOLD, [folder / name for name in _SHIPPED_FILES], new_labels)
        if not path.exists():
            raise NerbenchError(f"{path}: no such file or folder; --gold takes one, or 'shipped'")
        return cls(model_name(path), [path], new_labels)

    def __str__(self) -> str:
        return f"{self.name}@{self._digest}"

    def _read(self, path: Path) -> str:
        """Add the documents of a file, and return its digest."""
        file = ReportedFile.read(path, "gold")
        labels = {
            _source_label(m) for document in file.documents.values() for m in document.mentions
        }
        if labels and not any(map(self.rename, labels)):
            raise NerbenchError(
                f"{path}: --map leaves none of its labels: {', '.join(sorted(labels))}"
            )
        file.filter(lambda mention: self.rename(_source_label(mention)) != "")
        file.keep_genes(None, self._label, "name those that count as genes by --map LABEL=GENE")
        self.problems += file.problems
        self._reading_notes += file.notes
        for figid, document in file.documents.items():
            mentions = (
                mention if mention.kind is None else replace(mention, label=mention.kind)
                for mention in document.mentions
            )
            file.documents[figid] = replace(document, mentions=tuple(mentions))
        self._files.append(file)
        return file.digest

    def _label(self, mention: ReportedMention) -> str:
        """Return the label that decides whether a mention is a gene: of its kind only if renamed.

        A gene's kind need not be named like a gene: ``family``.
        """
        source = _source_label(mention)
        renamed = self.rename(source)
        return mention.label or _GENE if renamed == source else renamed

    @property
    def names_papers(self) -> bool:
        """Return whether captions go by PMC id, so that `resolve_papers` is needed."""
        return any(file.names_papers for file in self._files)

    def resolve_papers(self, figures: Sequence[tuple[str, str]]) -> None:
        """Assign marks by PMC id to the only figure of the paper among those of a corpus."""
        for file in self._files:
            n_problems = len(file.problems)
            file.resolve_papers(figures)
            self.problems += file.problems[n_problems:]

    def mark(self, figures: Iterable[Figure]) -> list[Figure]:
        """Return the figures, those that the files have with their gold.

        A caption is not marked, not even by its corpus, if the file is of another one, or if a
        mention has no place in it.
        """
        return list(map(self._mark, figures))

    def _mark(self, figure: Figure) -> Figure:
        self._figures += 1
        documents = (file.find(figure) for file in self._files)
        document = next(filter(None, documents), None)
        if document is None:
            self._first_without_gold = self._first_without_gold or figure.figid
            return figure
        if document.caption_digest not in ("", caption_digest(figure.caption)):
            self._differing.append(figure.figid)
            return replace(figure, gold=None)
        placement = place(document, figure.caption, figure.published)
        self.problems += placement.problems
        if placement.is_other_text:
            self._differing.append(figure.figid)
            return replace(figure, gold=None)
        if problems := (*document.problems, *placement.problems):
            self._unusable.append(problems[0])
            return replace(figure, gold=None)
        mentions: dict[tuple[int, int], Mention] = {}
        for mention in placement.mentions:
            mentions.setdefault((mention.start, mention.end), mention)
        self._placements[figure.figid] = replace(placement, mentions=[])
        return replace(figure, gold=tuple(mentions[span] for span in sorted(mentions)))

    def check_is_used(self) -> None:
        """Raise NerbenchError if no caption was marked."""
        if self._placements or not self._figures:
            return
        if self._differing or self._unusable:
            notes = "; ".join(self._unmarked())
            raise NerbenchError(f"gold {self.name}: marks no caption of the corpus: {notes}")
        raise NerbenchError(
            f"gold {self.name}: has none of the corpus's figures: the gold has "
            f"{next(iter(self._files[0].documents))}, the corpus {self._first_without_gold}"
        )

    def notes(self) -> list[str]:
        """Return what the user should know after a run, first how many captions are marked if not
        all are.
        """
        notes = [*self._reading_notes, *placement_notes(self._placements.values())]
        if len(self._placements) < self._figures:
            captions = "caption is" if self._figures == 1 else "captions are"
            notes.insert(0, f"{len(self._placements):,} of {self._figures:,} {captions} marked")
        return [f"gold {self.name}: {note}" for note in (*notes, *self._unmarked())]

    def _unmarked(self) -> Iterator[str]:
        if differing := self._differing:
            captions = "captions that differ from those that were marked"
            yield f"{captions}: {len(differing):,}, the first {differing[0]}; not marked"
        if unusable := self._unusable:
            captions = "captions with marks that cannot all be used"
            yield f"{captions}: {len(unusable):,}, the first at {unusable[0]}; not marked"


def _source_label(mention: ReportedMention) -> str:
    return mention.kind or mention.label or _GENE


def caption_digest(caption: str) -> str:
    """Return what gold files have as the ``caption_sha256`` of a caption.

    >>> caption_digest("IL-6 binds")
    '0fbcc371379d68dc'
    """
    return sha256(caption.encode("utf-8", "surrogatepass")).hexdigest()[:16]
