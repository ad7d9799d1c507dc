"""Files of predictions, made elsewhere or by nerbench: how they are read and written."""

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
from nerbench.recognizers.cards import Card, digest
from nerbench.recognizers.external.mentions import ReportedMention, read_reported
from nerbench.recognizers.external.placement import Placement, place
from nerbench.recognizers.external.prediction_formats import (
    ReportedDocument,
    is_json_line,
    read_annotated,
    read_json_line,
)
from nerbench.recognizers.gene_labels import gene_labels
from nerbench.recognizers.predictor import Predictor
from nerbench.records import Figure, Mention, Problem
from nerbench.spans.offsets import UNIT_NAMES

_SUFFIXES = frozenset(
    ".jsonl .json .txt .pubtator .xml .bioc .ann .conll .iob .iob2 .bio .tsv".split()
)
"""Suffixes of a file of predictions that are no part of its model's name."""


class PredictionsCard(Card):
    """The card of a file of predictions.

    Parameters
    ----------
    source
        The file, or a folder of brat files; beside the card, or from the working folder.
    """

    kind: Literal["predictions"]
    source: str = Field(min_length=1)

    @property
    def is_installed(self) -> bool:
        return Path(self.source).exists()

    def resolve_paths(self, folder: Path) -> Self:
        if not (folder / self.source).exists():
            return self
        return self.model_copy(update={"source": str(folder / self.source)})

    def load(self) -> PredictionFile:
        try:
            return PredictionFile(Path(self.source), self.labels, self.threshold, self.name)
        except NerbenchError as error:
            raise RecognizerError(f"{self.name}: {error}") from None


class PredictionFile(Predictor):
    r"""Predictions from a file, whose content tells its format. Only the usual labels of those in
    the file, or its only label, count as genes, unless ``labels`` are given.

    Raises NerbenchError if the file cannot be read, holds no prediction, or has none of the labels.

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
        self._reading_notes: list[str] = []
        self._documents: dict[str, ReportedDocument] = {}
        self._without_prediction: dict[str, None] = {}
        self._placements: dict[str, Placement] = {}
        self.fingerprint = self._read()
        if not self._documents:
            first = f" ({self._problems[0]})" if self._problems else ""
            example = '{"id": FIGID, "mentions": [{"start": 0, "end": 4, "text": "IL-6"}]}'
            raise NerbenchError(f"{path}: holds no prediction{first}; a line is {example}")
        self._select_genes(labels)
        if threshold is not None:
            self._filter(lambda mention: mention.score is None or mention.score >= threshold)
        if labels is not None or threshold is not None:
            chosen = None if labels is None else sorted(labels)
            self.fingerprint = digest(self.fingerprint, chosen, threshold)

    def _read(self) -> str:
        if self.path.is_dir():
            return self._read_annotated()
        content = sha256()
        is_json = self.path.suffix.lower() == ".jsonl"
        try:
            with self.path.open("rb") as lines:
                for number, line in enumerate(lines, start=1):
                    content.update(line)
                    if line.strip():
                        is_json = is_json or is_json_line(line)
                        if not is_json:
                            return self._read_annotated()
                        self._read_line(line, number)
        except OSError as error:
            raise NerbenchError(f"{self.path}: cannot be read: {error.strerror}") from None
        return content.hexdigest()[:16]

    def _read_annotated(self) -> str:
        documents, self._problems, self._reading_notes = read_annotated(self.path)
        for document in documents:
            self._add(document)
        return digest(files=self.path)

    def _read_line(self, line: bytes, number: int) -> None:
        try:
            document, problems = read_json_line(line, str(self.path), number)
        except RecordError as error:
            self._problems.append(Problem(f"{self.path}:{number}", str(error)))
        else:
            self._problems += problems
            self._add(document)

    def _add(self, document: ReportedDocument) -> None:
        first = self._documents.setdefault(document.figid, document)
        if first is not document:
            earlier = first.place().replace(f"{self.path}:", "on line ")
            reason = f"figure {document.figid} was predicted {earlier} already"
            self._problems.append(Problem(document.place(), reason))

    def _select_genes(self, labels: Collection[str] | None) -> None:
        counts = Counter(
            mention.label
            for document in self._documents.values()
            for mention in document.mentions
            if mention.label
        )
        try:
            genes = gene_labels(counts, labels, is_complete=False)
        except RecognizerError as error:
            raise NerbenchError(f"{self.path}: {error} (kind: predictions)") from None
        if others := sorted(counts.keys() - genes):
            self._filter(lambda mention: not mention.label or mention.label in genes)
            shown = ", ".join(f"{label} ({counts[label]:,})" for label in others)
            self._reading_notes.append(f"mentions with other labels: {shown}; left out")

    def _filter(self, counts: Callable[[ReportedMention], bool]) -> None:
        for figid, document in self._documents.items():
            mentions = tuple(filter(counts, document.mentions))
            self._documents[figid] = replace(document, mentions=mentions)

    @property
    def problems(self) -> list[Problem]:  # type: ignore[override]
        """What cannot be used so far, also a file with none of the figures that were looked up."""
        if self._without_prediction and self.is_useless:
            reason = "none of its figures is in the corpus"
            return [*self._problems, Problem(str(self.path), reason)]
        return list(self._problems)

    def predict(self, figures: Sequence[Figure]) -> list[tuple[Mention, ...]]:
        predictions: list[tuple[Mention, ...]] = []
        for figure in figures:
            document = self._documents.get(figure.figid)
            if document is None:
                self._without_prediction[figure.figid] = None
                predictions.append(())
                continue
            placement = place(document, figure.caption)
            self._problems += placement.problems
            self._placements[figure.figid] = replace(placement, mentions=[], problems=[])
            predictions.append(tuple(placement.mentions))
        return predictions

    def notes(self) -> list[str]:
        return [f"{self.path}: {note}" for note in (*self._reading_notes, *self._figure_notes())]

    def _figure_notes(self) -> Iterator[str]:
        placements = self._placements.values()
        if aligned := sum(placement.is_aligned for placement in placements):
            yield (
                f"documents whose text is not the caption to the letter: {aligned:,}; their "
                "mentions were looked up in the caption, whatever white space, case and typography"
            )
        units = Counter(UNIT_NAMES[p.unit] for p in placements if p.unit != "code-points")
        for unit, count in sorted(units.items()):
            yield f"documents whose offsets count {unit}: {count:,}; converted to characters"
        if outside := sum(placement.outside_caption for placement in placements):
            yield f"mentions in text around the captions, such as titles: {outside:,}; left out"
        if missing := [token for placement in placements for token in placement.missing_tokens]:
            total = f"{len(missing):,}"
            yield f"tokens that are not in the captions: {total}, the first at {missing[0]}"
        if unknown := [figid for figid in self._documents if figid not in self._placements]:
            yield f"{len(unknown)} predicted figures are not in the corpus: {_first(unknown)}"
        if absent := list(self._without_prediction):
            yield (
                f"{len(absent)} figures of the corpus have no prediction, scored as no mentions: "
                f"{_first(absent)}"
            )

    @property
    def is_useless(self) -> bool:
        """Whether none of the predicted figures was in the corpus."""
        return not self._placements


def _first(figids: Sequence[str]) -> str:
    return ", ".join(figids[:3]) + (", ..." if len(figids) > 3 else "")


def model_name(path: Path) -> str:
    """Return the name of the model whose predictions are in a file.

    >>> model_name(Path("results/bern2.jsonl")), model_name(Path("hunflair2.v2"))
    ('bern2', 'hunflair2.v2')
    """
    return path.stem if path.suffix.lower() in _SUFFIXES else path.name


def read_mention(item: Any) -> Mention:
    """Return the mention in a JSON object. Raises RecordError if it is none.

    >>> read_mention({"start": 18, "end": 22, "text": "IL-6"}).label
    'GENE'
    """
    mentions, reasons = read_reported([item], needs_text=True)
    if reasons:
        raise RecordError(reasons[0])
    return mentions[0].locate(mentions[0].start, mentions[0].end, str(mentions[0].text))


def prediction_line(figid: str, mentions: Iterable[Mention]) -> str:
    """Return a figure's predictions as one line of JSON, without its line end.

    >>> prediction_line("PMC1__f1", [Mention(18, 22, "IL-6")])
    '{"id": "PMC1__f1", "mentions": [{"start": 18, "end": 22, "text": "IL-6", "label": "GENE"}]}'
    """
    items = [mention_fields(mention) for mention in mentions]
    return json.dumps({"id": figid, "mentions": items}, ensure_ascii=False)


def mention_fields(mention: Mention) -> dict[str, Any]:
    """Return a mention as a JSON object; score and ids only where there are any.

    >>> mention_fields(Mention(18, 22, "IL-6"))
    {'start': 18, 'end': 22, 'text': 'IL-6', 'label': 'GENE'}
    """
    offsets = {"start": mention.start, "end": mention.end}
    fields: dict[str, Any] = {**offsets, "text": mention.text, "label": mention.label}
    if mention.score is not None:
        fields["score"] = mention.score
    if mention.ids:
        fields["ids"] = list(mention.ids)
    return fields
