"""Sequence taggers of Flair, such as HunFlair2."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from nerbench.errors import RecognizerError
from nerbench.recognizers.contract import one_line
from nerbench.recognizers.gene_labels import gene_labels
from nerbench.recognizers.neural.checkpoint import (
    Checkpoint,
    CheckpointCard,
    CheckpointRecognizer,
    fetch,
    torch_device,
)
from nerbench.recognizers.neural.sliding_windows import (
    LabeledSpan,
    Window,
    cut_windows,
    merge_spans,
    read_ahead,
)
from nerbench.recognizers.neural.token_classifier import normalize_tag
from nerbench.records import Mention
from nerbench.spans.tag_sequences import split_tag

_WEIGHTS = ("pytorch_model.bin", "best-model.pt", "final-model.pt")
_UNREADABLE = re.compile("[\u200b\u200c\ufe0f\ufeff\ud800-\udfff]")  # Flair refuses or drops them


class FlairCard(CheckpointCard):
    """The card of a Flair tagger.

    Attributes
    ----------
    source
        A file, a folder with one, or the id of a model on the hub.
    window
        How many words the model reads at once; 200 by default.
    """

    extra: ClassVar[str] = "flair"
    modules: ClassVar[tuple[str, ...]] = ("torch", "flair")
    fingerprint_modules: ClassVar[tuple[str, ...]] = ("flair", "torch", "transformers")

    kind: Literal["flair"]
    window: int = Field(default=200, ge=8)
    batch_size: int = Field(default=32, ge=1)

    @property
    def security_note(self) -> str:
        return "runs code in its pickled weights: use it only if you trust its author"

    def _load(self) -> FlairRecognizer:
        return FlairRecognizer(self, fetch(self.source, self.revision, _WEIGHTS[0]))


@dataclass(frozen=True, slots=True)
class _Caption:
    """A text, its words as Flair reads them with their offsets, and the windows over the words."""

    text: str
    words: list[str]
    offsets: list[tuple[int, int]]
    windows: list[Window]


class FlairRecognizer(CheckpointRecognizer):
    """A Flair tagger. Raises RecognizerError if it does not load, or has none of the labels."""

    def __init__(self, card: FlairCard, checkpoint: Checkpoint) -> None:
        super().__init__(card, checkpoint)
        self._window, self._batch_size = card.window, card.batch_size
        self._tagger = _load_tagger(_weights(checkpoint.folder), torch_device(card.device))
        self.labels = gene_labels(_read_labels(self._tagger), card.labels)

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        for block in read_ahead(texts, self._batch_size):
            captions = [self._split(text) for text in block]
            parts = [c.words[start:stop] for c in captions for start, stop in c.windows]
            spans = iter(self._find_spans(parts))
            for caption in captions:
                yield self._mentions(caption, list(islice(spans, len(caption.windows))))

    def _split(self, text: str) -> _Caption:
        """Return the words of a text; Flair gives them in order, but without offsets."""
        from flair.tokenization import SegtokTokenizer

        words, offsets, end = [], [], 0
        for word in SegtokTokenizer.run_tokenize(text):
            start = text.find(word, end)
            readable = _UNREADABLE.sub("", word)
            if start < 0 or not readable.strip():
                continue
            end = start + len(word)
            words.append(readable)
            offsets.append((start, end))
        return _Caption(text, words, offsets, cut_windows(len(words), self._window))

    def _find_spans(self, parts: Sequence[list[str]]) -> list[list[LabeledSpan]]:
        """Return the spans that the tagger finds in each list of words, counted in words."""
        from flair.data import Sentence

        sentences = [Sentence(words) for words in parts]
        for sentence in sentences:  # else a sentence's neighbours are its context
            Sentence.set_context_for_sentences([sentence])
        self._tagger.predict(sentences, mini_batch_size=self._batch_size)
        kind = self._tagger.label_type
        return [
            [
                LabeledSpan(span[0].idx - 1, span[-1].idx, span.get_label(kind).value, span.score)
                for span in sentence.get_spans(kind)
            ]
            for sentence in sentences
        ]

    def _mentions(self, caption: _Caption, spans: Sequence[Sequence[LabeledSpan]]) -> list[Mention]:
        mentions = []
        for first, stop, label, score in merge_spans(spans, caption.windows, len(caption.words)):
            if label in self.labels:
                start, end = caption.offsets[first][0], caption.offsets[stop - 1][1]
                text = caption.text[start:end]
                mentions.append(Mention(start, end, text, label, round(float(score), 4)))
        return mentions


def _weights(path: Path) -> Path:
    for file in (path, *(path / name for name in _WEIGHTS)):
        if file.is_file():
            return file
    raise RecognizerError(f"{path}: no Flair tagger: it has no {', '.join(_WEIGHTS)}")


def _load_tagger(path: Path, device: str) -> Any:
    import logging

    import flair
    import flair.models
    import torch
    from flair.nn import Classifier

    logging.getLogger("flair").setLevel(logging.ERROR)
    flair.device = torch.device(device)
    try:
        tagger = Classifier.load(str(path))
    except Exception as error:  # an untrusted file may raise anything
        raise RecognizerError(f"{path}: cannot be loaded ({one_line(error)})") from None
    if not isinstance(tagger, flair.models.SequenceTagger):
        raise RecognizerError(f"{path}: a {type(tagger).__name__} is no sequence tagger")
    return tagger


def _read_labels(tagger: Any) -> set[str]:
    """Return the labels of a tagger's tags, without those that Flair adds, such as ``<unk>``."""
    tags = [tag for tag in tagger.label_dictionary.get_items() if not tag.startswith("<")]
    return {split_tag(normalize_tag(tag))[1] for tag in tags} - {""}
