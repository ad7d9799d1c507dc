"""Predictions made elsewhere: files of them beside the models of a run, and how they are written.

A file holds JSON lines, one object a figure, or annotations as PubTator, BioC, brat or CoNLL.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field

from nerbench.errors import NerbenchError, RecognizerError, RecordError
from nerbench.recognizers.cards import GENE_LABELS, Card, digest
from nerbench.recognizers.external.placement import Placed, place
from nerbench.recognizers.external.reported import (
    Reported,
    ReportedDocument,
    is_json_line,
    json_document,
    json_mention,
    read_annotated,
)
from nerbench.recognizers.predictor import Predictor
from nerbench.records import Figure, Mention, Problem

__all__ = [
    "PredictionFile",
    "PredictionsCard",
    "mention_fields",
    "model_name",
    "prediction_line",
    "read_mention",
]

_GENE_LABELS = frozenset(label.casefold() for label in (*GENE_LABELS, "GeneOrGeneProduct"))

_SUFFIXES = frozenset(
    ".jsonl .json .txt .pubtator .xml .bioc .ann .conll .iob .iob2 .bio .tsv".split()
)
"""What the name of a file of predictions may end in that is no part of its model's name."""


class PredictionsCard(Card):
    """The card of a file (or brat folder) of predictions, its ``source``.

    ``labels`` are those in the file that count as genes, compared without case.
    """

    kind: Literal["predictions"]
    source: str = Field(min_length=1)

    @property
    def is_installed(self) -> bool:
        """Whether the file is here."""
        return Path(self.source).exists()

    def resolve_paths(self, folder: Path) -> Self:
        """The card with the path of a file that lies beside it."""
        if not (folder / self.source).exists():
            return self
        return self.model_copy(update={"source": str(folder / self.source)})

    def load(self) -> PredictionFile:
        """The predictions. Raises RecognizerError if they cannot be used."""
        try:
            return PredictionFile(Path(self.source), self.labels, self.threshold, self.name)
        except NerbenchError as error:
            raise RecognizerError(f"{self.name}: {error}") from None


class PredictionFile(Predictor):
    r"""Predictions made elsewhere, or by `nerbench predict`.

    Their format is told by the content. A mention whose offsets or text disagree with the caption
    is left out and reported with its line. ``labels`` are those that count as genes, whatever
    their case: left out, the usual ones of those that the file has, or its only one; a mention
    without a label counts. Mentions whose score is below ``threshold`` are dropped.

    Raises NerbenchError if the file cannot be read, holds no prediction, or none of its labels is
    one of `labels`.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "model.txt")
    ...     _ = path.write_text("F1|t|IL-6 binds.\nF1\t0\t4\tIL-6\tGene\t3569\n")
    ...     PredictionFile(path).predict([Figure("F1", caption="IL-6  binds.")])
    [(Mention(start=0, end=4, text='IL-6', label='Gene', score=None, ids=('3569',)),)]
    """

    is_precomputed = True

    def __init__(
        self,
        path: Path,
        labels: Collection[str] | None = None,
        threshold: float | None = None,
        name: str | None = None,
    ) -> None:
        self.path = path
        self.name = name or model_name(path)
        self._problems: list[Problem] = []
        self._notes: list[str] = []
        self._found: dict[str, ReportedDocument] = {}
        self._used: set[str] = set()
        self._absent: dict[str, None] = {}
        self._placed: dict[str, Placed] = {}
        self.fingerprint = self._read()
        if not self._found:
            first = f" ({self._problems[0]})" if self._problems else ""
            raise NerbenchError(
                f"{path}: holds no prediction{first}; a line is "
                '{"id": FIGID, "mentions": [{"start": 0, "end": 4, "text": "IL-6"}]}'
            )
        self._count_labels(labels)
        if threshold is not None:
            self._keep(lambda one: one.score is None or one.score >= threshold)
        if labels is not None or threshold is not None:
            chosen = None if labels is None else sorted(labels)
            self.fingerprint = digest(self.fingerprint, chosen, threshold)

    def _read(self) -> str:
        """Read the path; its fingerprint."""
        if self.path.is_dir():
            return self._read_annotated()
        hashed = sha256()
        try:
            with self.path.open("rb") as lines:
                for number, line in enumerate(lines, start=1):
                    if not self._found and not self._problems and line.strip():
                        is_json = self.path.suffix.lower() == ".jsonl" or is_json_line(line)
                        if not is_json:
                            return self._read_annotated()
                    hashed.update(line)
                    if line.strip():
                        self._take_line(line, f"{self.path}:{number}")
        except OSError as error:
            raise NerbenchError(f"{self.path}: cannot be read: {error.strerror}") from None
        return hashed.hexdigest()[:16]

    def _read_annotated(self) -> str:
        documents, self._problems, self._notes = read_annotated(self.path)
        for document in documents:
            self._take(document)
        return digest(files=self.path)

    def _take_line(self, line: bytes, where: str) -> None:
        try:
            document, problems = json_document(line, where)
        except RecordError as error:
            self._problems.append(Problem(where, str(error)))
        else:
            self._problems += problems
            self._take(document)

    def _take(self, document: ReportedDocument) -> None:
        first = self._found.setdefault(document.figid, document)
        if first is not document:
            earlier = first.place.replace(f"{self.path}:", "on line ")
            reason = f"figure {document.figid} was predicted {earlier} already"
            self._problems.append(Problem(document.place, reason))

    def _count_labels(self, labels: Collection[str] | None) -> None:
        """Drop the mentions whose label does not count as a gene."""
        found = Counter(
            one.label
            for document in self._found.values()
            for one in document.mentions
            if one.label is not None
        )
        wanted = _GENE_LABELS if labels is None else {label.casefold() for label in labels}
        counted = {label for label in found if label.casefold() in wanted}
        if labels is None and not counted and len(found) == 1:
            counted = set(found)
        if found and not counted and (labels is None or labels):
            asked = "no usual label of genes" if labels is None else f"no label {', '.join(labels)}"
            raise NerbenchError(
                f"{self.path}: has {asked}; it has {', '.join(sorted(found))}: name those that "
                "count as genes in a card (kind: predictions)"
            )
        left = {label: found[label] for label in sorted(found) if label not in counted}
        if left:
            self._keep(lambda one: one.label is None or one.label in counted)
            others = ", ".join(f"{label} ({count:,})" for label, count in left.items())
            self._notes.append(f"{self.path}: mentions with other labels: {others}; left out")

    def _keep(self, counts: Callable[[Reported], bool]) -> None:
        for figid, document in self._found.items():
            mentions = tuple(filter(counts, document.mentions))
            self._found[figid] = replace(document, mentions=mentions)

    @property
    def problems(self) -> list[Problem]:  # type: ignore[override]
        """What could not be used; once figures were asked for, also that none is predicted."""
        if self._absent and self.is_useless:
            return [
                *self._problems,
                Problem(str(self.path), "none of its figures is in the corpus"),
            ]
        return list(self._problems)

    def predict(self, figures: Sequence[Figure]) -> list[tuple[Mention, ...]]:
        """The file's mentions of each figure; none for a figure that it does not have."""
        return [tuple(self._of(figure)) for figure in figures]

    def _of(self, figure: Figure) -> list[Mention]:
        document = self._found.get(figure.figid)
        if document is None:
            self._absent[figure.figid] = None
            return []
        self._used.add(figure.figid)
        placed = place(document, figure.caption)
        self._problems += placed.problems
        self._placed[figure.figid] = replace(placed, mentions=[], problems=[])
        return placed.mentions

    def notes(self) -> list[str]:
        """What the user should know after scoring: how the file was read, and figures on one
        side only.
        """
        found = [*self._notes, *(f"{self.path}: {note}" for note in self._placing_notes())]
        unknown = [figid for figid in self._found if figid not in self._used]
        if unknown:
            found.append(
                f"{self.path}: {len(unknown)} predicted figures are not in the corpus: "
                f"{_first(unknown)}"
            )
        if self._absent:
            found.append(
                f"{self.path}: {len(self._absent)} figures of the corpus have no prediction, "
                f"scored as no mentions: {_first(list(self._absent))}"
            )
        return found

    def _placing_notes(self) -> Iterator[str]:
        placed = self._placed.values()
        if aligned := sum(one.is_aligned for one in placed):
            yield (
                f"documents whose text is not the caption to the letter: {aligned:,}; their "
                "mentions were looked up in the caption, whatever white space, case and typography"
            )
        for unit, count in sorted(Counter(one.unit for one in placed if one.unit).items()):
            yield f"documents whose offsets count {unit}: {count:,}; converted to characters"
        if outside := sum(one.outside for one in placed):
            yield f"mentions in text beside the captions, such as titles: {outside:,}; left out"
        if lost := [token for one in placed for token in one.lost]:
            yield f"tokens that are not in the captions: {len(lost):,}, the first at {lost[0]}"

    @property
    def is_useless(self) -> bool:
        """Whether not one predicted figure was in the corpus."""
        return not self._used


def _first(figids: Sequence[str]) -> str:
    return ", ".join(figids[:3]) + (", ..." if len(figids) > 3 else "")


def model_name(path: Path) -> str:
    """What a model is called whose predictions are in a file.

    >>> model_name(Path("results/bern2.jsonl")), model_name(Path("hunflair2.v2"))
    ('bern2', 'hunflair2.v2')
    """
    return path.stem if path.suffix.lower() in _SUFFIXES else path.name


def read_mention(item: Any) -> Mention:
    """A mention from its JSON object. Raises RecordError, saying which field is wrong.

    >>> read_mention({"start": 18, "end": 22, "text": "IL-6"}).label
    'GENE'
    """
    one = json_mention(item)
    label = one.label or "GENE"
    return Mention(one.start, one.end, str(one.text), label, one.score, one.ids)


def prediction_line(figid: str, mentions: Iterable[Mention]) -> str:
    """A figure's predictions as one line of JSON; score and ids only where there are any.

    >>> prediction_line("PMC1__f1", [Mention(18, 22, "IL-6")])
    '{"id": "PMC1__f1", "mentions": [{"start": 18, "end": 22, "text": "IL-6", "label": "GENE"}]}'
    """
    items = [mention_fields(mention) for mention in mentions]
    return json.dumps({"id": figid, "mentions": items}, ensure_ascii=False)


def mention_fields(mention: Mention) -> dict[str, Any]:
    """A mention as a JSON object; score and ids only where there are any.

    >>> mention_fields(Mention(18, 22, "IL-6"))
    {'start': 18, 'end': 22, 'text': 'IL-6', 'label': 'GENE'}
    """
    fields: dict[str, Any] = {
        "start": mention.start,
        "end": mention.end,
        "text": mention.text,
        "label": mention.label,
    }
    if mention.score is not None:
        fields["score"] = mention.score
    if mention.ids:
        fields["ids"] = list(mention.ids)
    return fields
