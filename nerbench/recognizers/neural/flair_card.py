"""Sequence taggers of Flair, among them HunFlair2."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from nerbench.errors import RecognizerError, RecordError
from nerbench.recognizers.cards import digest
from nerbench.recognizers.gene_labels import gene_labels
from nerbench.recognizers.neural.checkpoint import CheckpointCard, fetch, torch_device
from nerbench.recognizers.neural.sliding_windows import Found, Window, stitch, windows
from nerbench.records import Mention
from nerbench.spans.tag_sequences import split_tag

__all__ = ["FlairCard", "FlairRecognizer"]

_WEIGHTS = ("pytorch_model.bin", "best-model.pt", "final-model.pt")
_AHEAD = 8  # batches of captions that are read to be sorted by length
_UNREADABLE = re.compile("[\u200b\u200c\ufe0f\ufeff\ud800-\udfff]")  # Flair refuses or drops them


class FlairCard(CheckpointCard):
    """The card of a Flair tagger: a file, a folder with one, or its id on the hub.

    ``window`` is how many words it reads at once.
    """

    extra: ClassVar[str] = "flair"
    modules: ClassVar[tuple[str, ...]] = ("torch", "flair")

    kind: Literal["flair"]
    window: int = Field(default=200, ge=8)
    batch_size: int = Field(default=32, ge=1)

    @property
    def security_note(self) -> str:
        """Flair's files are pickles, whoever made them."""
        return "runs whatever its pickled weights say: trust whoever made them"

    def _load(self) -> FlairRecognizer:
        return FlairRecognizer(self)


@dataclass(frozen=True, slots=True)
class _Caption:
    """A text, its words (as Flair reads them, and where they stand), and the windows over them."""

    text: str
    words: list[str]
    places: list[tuple[int, int]]
    windows: list[Window]


class FlairRecognizer:
    """A sequence tagger that Flair loads.

    Raises RecognizerError if it cannot be loaded, or has none of the card's labels.
    """

    def __init__(self, card: FlairCard) -> None:
        self.name = card.name
        self._facts = card.facts()
        self._window, self._batch_size = card.window, card.batch_size
        try:
            self._checkpoint = fetch(card.source, card.revision, _WEIGHTS[0])
            self._tagger = _tagger(_weights(self._checkpoint.folder), torch_device(card.device))
            self.labels = gene_labels(_labels(self._tagger), card.labels)
        except RecognizerError as error:
            raise RecognizerError(f"{card.name}: {error}") from None

    @cached_property
    def fingerprint(self) -> str:
        """Changes with the card, the weights, and the versions of flair and torch."""
        from importlib.metadata import version

        versions = [version(package) for package in ("flair", "torch", "transformers")]
        return digest("flair", self._facts, self._checkpoint.digest, *versions)

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """Yield the mentions of each text, in order; reads a few batches of texts ahead."""
        stream = iter(texts)
        while captions := [self._cut(text) for text in islice(stream, _AHEAD * self._batch_size)]:
            found = iter(
                self._find_all([one.words[a:b] for one in captions for a, b in one.windows])
            )
            for caption in captions:
                yield self._mentions(caption, list(islice(found, len(caption.windows))))

    def _cut(self, text: str) -> _Caption:
        from flair.tokenization import SegtokTokenizer

        words, places, done = [], [], 0
        for word in SegtokTokenizer.run_tokenize(text):
            at = text.find(word, done)
            readable = _UNREADABLE.sub("", word)
            if at < 0 or not readable.strip():
                continue
            done = at + len(word)
            words.append(readable)
            places.append((at, done))
        return _Caption(text, words, places, windows(len(words), self._window))

    def _find_all(self, texts: Sequence[list[str]]) -> list[list[Found]]:
        """What the tagger finds in each text, by words; each is read by itself."""
        from flair.data import Sentence

        sentences = [Sentence(words) for words in texts]
        for sentence in sentences:
            Sentence.set_context_for_sentences([sentence])  # else its neighbours are its context
        self._tagger.predict(sentences, mini_batch_size=self._batch_size)
        kind = self._tagger.label_type
        return [
            [
                Found(span[0].idx - 1, span[-1].idx, span.get_label(kind).value, span.score)
                for span in sentence.get_spans(kind)
            ]
            for sentence in sentences
        ]

    def _mentions(self, caption: _Caption, found: Sequence[Sequence[Found]]) -> list[Mention]:
        spans = [
            (number, span._replace(start=first + span.start, end=first + span.end))
            for number, ((first, _), here) in enumerate(zip(caption.windows, found, strict=True))
            for span in here
        ]
        mentions = []
        for one in stitch(spans, caption.windows, len(caption.words)):
            if one.label in self.labels:
                start, end = caption.places[one.start][0], caption.places[one.end - 1][1]
                score = round(float(one.score), 4)
                mentions.append(Mention(start, end, caption.text[start:end], one.label, score))
        return mentions


def _weights(place: Path) -> Path:
    if place.is_file():
        return place
    for name in _WEIGHTS:
        if (place / name).is_file():
            return place / name
    raise RecognizerError(f"{place}: no Flair tagger: it has no {', '.join(_WEIGHTS)}")


def _tagger(path: Path, device: str) -> Any:
    import logging

    import flair
    import flair.models
    import torch
    from flair.nn import Classifier

    logging.getLogger("flair").setLevel(logging.ERROR)
    flair.device = torch.device(device)
    try:
        tagger = Classifier.load(str(path))
    except Exception as error:  # whatever a stranger's file may provoke
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise RecognizerError(f"{path}: cannot be loaded ({reason})") from None
    if not isinstance(tagger, flair.models.SequenceTagger):
        raise RecognizerError(f"{path}: no sequence tagger, but a {type(tagger).__name__}")
    return tagger


def _labels(tagger: Any) -> set[str]:
    """The labels in a tagger's dictionary of tags, which also holds some of Flair's own."""
    labels = set()
    for tag in tagger.label_dictionary.get_items():
        try:
            labels.add(split_tag(tag)[1])
        except RecordError:
            labels.add("" if tag.startswith("<") else tag)
    return labels - {""}
