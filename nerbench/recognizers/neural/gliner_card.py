"""GLiNER models, which find what the card's labels name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, ClassVar, Literal

from pydantic import Field

from nerbench.errors import RecognizerError
from nerbench.recognizers.contract import one_line
from nerbench.recognizers.neural.checkpoint import (
    Checkpoint,
    CheckpointCard,
    CheckpointRecognizer,
    fetch_weights,
    pickle_security_note,
    torch_device,
)
from nerbench.recognizers.neural.sliding_windows import (
    LabeledSpan,
    Window,
    cut_windows,
    merge_spans,
    read_ahead,
)
from nerbench.records import Mention

_SETTINGS = ("*.json", "*.txt", "*.model", "labels_tokenizer/*")
_DEFAULT_THRESHOLD = 0.5
_NO_LIMIT = 100_000  # word pieces; tokenizers give a huge number if they know no limit
_PIECES_PER_WORD = 4


class GlinerCard(CheckpointCard):
    """The card of a GLiNER model.

    Attributes
    ----------
    labels
        What the model looks for, in words. There is no default.
    threshold
        Mentions with a lower score are left out; 0.5 by default.
    window
        How many words the model reads at once; by default, as many as it can.
    """

    extra: ClassVar[str] = "gliner"
    modules: ClassVar[tuple[str, ...]] = ("torch", "gliner")
    fingerprint_modules: ClassVar[tuple[str, ...]] = ("gliner", "torch", "transformers")

    kind: Literal["gliner"]
    labels: tuple[str, ...] = Field(min_length=1)
    window: int | None = Field(default=None, ge=8)
    batch_size: int = Field(default=8, ge=1)

    @property
    def security_note(self) -> str:
        return pickle_security_note(self.source)

    def _load(self) -> GlinerRecognizer:
        checkpoint = fetch_weights(self.source, self.revision, *_SETTINGS)
        if not checkpoint.json("gliner_config.json"):
            raise RecognizerError(
                f"{checkpoint.folder}: no GLiNER model: it has no gliner_config.json"
            )
        return GlinerRecognizer(self, checkpoint)


class GlinerRecognizer(CheckpointRecognizer):
    """A GLiNER model for the card's labels. Raises RecognizerError if it does not load."""

    def __init__(self, card: GlinerCard, checkpoint: Checkpoint) -> None:
        super().__init__(card, checkpoint)
        from gliner import GLiNER

        device = torch_device(card.device)
        try:
            self._model = GLiNER.from_pretrained(
                str(checkpoint.folder), local_files_only=True, map_location=device
            )
        except Exception as error:  # an untrusted file may raise anything
            raise RecognizerError(f"the model cannot be loaded ({one_line(error)})") from None
        self._labels, self._batch_size = list(card.labels), card.batch_size
        self._threshold = _DEFAULT_THRESHOLD if card.threshold is None else card.threshold
        limit = _word_limit(self._model)
        self._window = min(card.window or limit, limit)

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        for captions in read_ahead(texts, self._batch_size):
            windows = [self._windows(text) for text in captions]
            pairs = list(zip(captions, windows, strict=True))
            parts = [text[start:stop] for text, cuts in pairs for start, stop in cuts]
            spans = iter(self._find_spans(parts))
            for text, cuts in pairs:
                merged = merge_spans(list(islice(spans, len(cuts))), cuts, len(text))
                yield [
                    Mention(start, end, text[start:end], label, round(score, 4))
                    for start, end, label, score in merged
                ]

    def _windows(self, text: str) -> list[Window]:
        """Return windows of the model's words over a text, in characters."""
        words = [(start, end) for _, start, end in self._model.data_processor.words_splitter(text)]
        starts = [0, *(start for start, _ in words[1:])]
        ends = [*(end for _, end in words[:-1]), len(text)]
        windows = cut_windows(len(words), self._window)
        return [(starts[first], ends[stop - 1]) for first, stop in windows]

    def _find_spans(self, texts: Sequence[str]) -> list[list[LabeledSpan]]:
        """Return the spans of each text; texts of about one length are computed together."""
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        entities = self._model.inference(
            [texts[number] for number in order],
            self._labels,
            threshold=self._threshold,
            batch_size=self._batch_size,
        )
        spans: list[list[LabeledSpan]] = [[] for _ in texts]
        for number, of_text in zip(order, entities, strict=True):
            spans[number] = [
                LabeledSpan(entity["start"], entity["end"], entity["label"], float(entity["score"]))
                for entity in of_text
                if texts[number][entity["start"] : entity["end"]].strip()
            ]
        return spans


def _word_limit(model: Any) -> int:
    """Return how many words a model reads at once: it cuts off more without notice."""
    pieces = model.data_processor.transformer_tokenizer.model_max_length
    words = int(model.config.max_len)
    return words if pieces > _NO_LIMIT else min(words, max(pieces // _PIECES_PER_WORD, 1))
