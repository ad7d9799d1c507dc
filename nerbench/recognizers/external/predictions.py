"""Files of predictions, made elsewhere or by nerbench: how they are read and written."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field

from nerbench.errors import NerbenchError, RecognizerError, RecordError
from nerbench.inputs import is_standard_input, unpacked_name
from nerbench.recognizers.cards import Card, digest
from nerbench.recognizers.external.mentions import read_reported
from nerbench.recognizers.external.placement import Placement, place, placement_notes
from nerbench.recognizers.external.reported_file import ReportedFile
from nerbench.recognizers.predictor import Mentions, Predictor
from nerbench.records import Figure, ListedName, Mention, Problem

_SUFFIXES = frozenset(
    ".jsonl .json .txt .pubtator .xml .bioc .ann .conll .iob .iob2 .bio .tsv .csv .gmt .parquet "
    ".xlsx".split()
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
    [(Mention(0, 4, 'IL-6', label='Gene', ids=('3569',)),)]
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
        self._file = ReportedFile.read(path)
        self._file.keep_genes(labels)
        self._without_prediction: dict[str, None] = {}
        self._placements: dict[str, Placement] = {}
        self.fingerprint = self._file.digest
        self.has_spans = self._file.has_spans
        if threshold is not None:
            self._file.filter(lambda mention: mention.score is None or mention.score >= threshold)
        if labels is not None or threshold is not None:
            chosen = None if labels is None else sorted(labels)
            self.fingerprint = digest(self.fingerprint, chosen, threshold)

    @property
    def problems(self) -> list[Problem]:  # type: ignore[override]
        """The places that cannot be used so far, and a file with none of the figures."""
        if self._without_prediction and self.is_useless:
            theirs, ours = next(iter(self._file.documents)), next(iter(self._without_prediction))
            reason = (
                f"none of its figures is in the corpus: the file has {theirs}, the corpus {ours}"
            )
            return [*self._file.problems, Problem(self._file.source, reason)]
        return list(self._file.problems)

    @property
    def names_papers(self) -> bool:
        """Return whether it has predictions by PMC id, so that `resolve_papers` is needed."""
        return self._file.names_papers

    def resolve_papers(self, figures: Sequence[tuple[str, str]]) -> None:
        """Assign predictions by PMC id to the only figure of the paper among those of a corpus."""
        self._file.resolve_papers(figures)

    def predict(self, figures: Sequence[Figure]) -> list[tuple[Mention, ...]]:
        predictions: list[tuple[Mention, ...]] = []
        for figure in figures:
            document = self._file.find(figure)
            if document is None:
                self._without_prediction[figure.figid] = None
                predictions.append(())
                continue
            if document.listed is not None:
                self._placements[figure.figid] = Placement()
                predictions.append(document.listed)
                continue
            placement = place(document, figure.caption, figure.published)
            self._file.problems += placement.problems
            self._placements[figure.figid] = replace(placement, mentions=[], problems=[])
            predictions.append(tuple(placement.mentions))
        return predictions

    def notes(self) -> list[str]:
        return [
            f"{self._file.source}: {note}" for note in (*self._file.notes, *self._figure_notes())
        ]

    def _figure_notes(self) -> Iterator[str]:
        if not self.has_spans:
            yield (
                "lists of genes without spans: their names are scored on the figures' lists, not "
                "against marked captions"
            )
        yield from placement_notes(self._placements.values())
        if renamed := sum(figid not in self._file.documents for figid in self._placements):
            yield f"figures found by another spelling of their id, or by their caption: {renamed:,}"
        if unknown := [figid for figid in self._file.documents if figid not in self._file.used]:
            figures = "predicted figures that are not in the corpus"
            yield f"{figures}: {len(unknown):,} ({_first(unknown)})"
        if absent := list(self._without_prediction):
            figures = "figures of the corpus without a prediction"
            yield f"{figures}: {len(absent):,} ({_first(absent)}); scored as no mentions"

    def check_is_used(self) -> None:
        """Raise RecognizerError if it has none of the figures."""
        if self.is_useless:
            raise RecognizerError(f"{self.name}: {self.problems[-1]}")

    @property
    def is_useless(self) -> bool:
        """True if none of the predicted figures was in the corpus."""
        return not self._placements


def _first(figids: Sequence[str]) -> str:
    return ", ".join(figids[:3]) + (", ..." if len(figids) > 3 else "")


def model_name(path: Path) -> str:
    """Return the name of the model whose predictions are in a file.

    >>> model_name(Path("results/bern2.jsonl.gz")), model_name(Path("hunflair2.v2"))
    ('bern2', 'hunflair2.v2')
    >>> model_name(Path("-"))
    'stdin'
    """
    if is_standard_input(path):
        return "stdin"
    name = Path(unpacked_name(path.name))
    return name.stem if name.suffix.lower() in _SUFFIXES else name.name


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
    mentions = list(mentions)
    if any(not mention.is_placed for mention in mentions):
        genes = [{"symbol": name.text, "ids": list(name.ids)} for name in mentions]
        return json.dumps({"id": figid, "genes": genes}, ensure_ascii=False)
    items = [mention_fields(mention) for mention in mentions]
    return json.dumps({"id": figid, "mentions": items}, ensure_ascii=False)


def read_predictions(entry: Mapping[str, Any]) -> Mentions:
    """Return the mentions in a line that `prediction_line` wrote.

    Raises RecordError, KeyError or TypeError if it is none.
    """
    if "genes" in entry:
        genes = entry["genes"]
        return tuple(ListedName(0, 0, gene["symbol"], ids=tuple(gene["ids"])) for gene in genes)
    return tuple(map(read_mention, entry["mentions"]))


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
