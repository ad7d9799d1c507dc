"""GLiNER: a model that finds what the card's labels name, without training for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from nerbench.errors import RecognizerError
from nerbench.recognizers.cards import digest
from nerbench.recognizers.neural.checkpoint import (
    Checkpoint,
    CheckpointCard,
    fetch,
    pickle_security_note,
    torch_device,
)
from nerbench.recognizers.neural.sliding_windows import Found, Window, stitch, windows
from nerbench.records import Mention

__all__ = ["GlinerCard", "GlinerRecognizer"]

_SETTINGS = ("*.json", "*.txt", "*.model", "labels_tokenizer/*")
_UNBOUNDED = 100_000  # tokenizers say a huge number where they know no limit
_PIECES_PER_WORD = 4
_AHEAD = 8  # batches of captions that are read to be sorted by length


class GlinerCard(CheckpointCard):
    """The card of a GLiNER model.

    ``labels`` are what it is asked for, in words; ``threshold`` is 0.5 if the card gives none;
    ``window`` is how many words it reads at once, if not as many as it can.
    """

    extra: ClassVar[str] = "gliner"
    modules: ClassVar[tuple[str, ...]] = ("torch", "gliner")

    kind: Literal["gliner"]
    labels: tuple[str, ...] = Field(min_length=1)
    window: int | None = Field(default=None, ge=8)
    batch_size: int = Field(default=8, ge=1)

    @property
    def security_note(self) -> str:
        """Whether the weights are in a form that can hold more than numbers."""
        return pickle_security_note(self.source)

    def _load(self) -> GlinerRecognizer:
        return GlinerRecognizer(self)


class GlinerRecognizer:
    """A GLiNER model, asked for the card's labels.

    Raises RecognizerError if it cannot be loaded.
    """

    def __init__(self, card: GlinerCard) -> None:
        self.name = card.name
        self._facts = card.facts()
        self._labels, self._batch_size = list(card.labels), card.batch_size
        self._threshold = 0.5 if card.threshold is None else card.threshold
        try:
            self._checkpoint = _with_weights(card)
            self._model = _model(self._checkpoint.folder, torch_device(card.device))
        except RecognizerError as error:
            raise RecognizerError(f"{card.name}: {error}") from None
        self._words = self._model.data_processor.words_splitter
        limit = _limit(self._model)
        self._window = min(card.window or limit, limit)

    @cached_property
    def fingerprint(self) -> str:
        """Changes with the card, the checkpoint, and the versions of gliner and torch."""
        from importlib.metadata import version

        versions = [version(package) for package in ("gliner", "torch", "transformers")]
        return digest("gliner", self._facts, self._checkpoint.digest, *versions)

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """Yield the mentions of each text, in order; reads a few batches of texts ahead."""
        stream = iter(texts)
        while captions := list(islice(stream, _AHEAD * self._batch_size)):
            cuts = [self._cut(text) for text in captions]
            jobs = [text[a:b] for text, ours in zip(captions, cuts, strict=True) for a, b in ours]
            found = iter(self._find_all(jobs))
            for text, ours in zip(captions, cuts, strict=True):
                yield _mentions(text, ours, list(islice(found, len(ours))))

    def _cut(self, text: str) -> list[Window]:
        """The windows over a text, in characters."""
        places = [(start, end) for _, start, end in self._words(text)]
        return [
            (
                places[first][0] if first else 0,
                places[stop - 1][1] if stop < len(places) else len(text),
            )
            for first, stop in windows(len(places), self._window)
        ]

    def _find_all(self, texts: Sequence[str]) -> list[list[dict[str, Any]]]:
        """What the model finds in each text; those of about the same length go together."""
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        found = self._model.inference(
            [texts[at] for at in order],
            self._labels,
            threshold=self._threshold,
            batch_size=self._batch_size,
        )
        by_place = dict(zip(order, found, strict=True))
        return [by_place[at] for at in range(len(texts))]


def _mentions(
    text: str, cuts: Sequence[Window], found: Sequence[Sequence[dict[str, Any]]]
) -> list[Mention]:
    """The mentions of a text, of what was found in its windows."""
    spans = [
        (
            number,
            Found(start + one["start"], start + one["end"], one["label"], float(one["score"])),
        )
        for number, ((start, _), here) in enumerate(zip(cuts, found, strict=True))
        for one in here
        if text[start + one["start"] : start + one["end"]].strip()
    ]
    return [
        Mention(one.start, one.end, text[one.start : one.end], one.label, round(one.score, 4))
        for one in stitch(spans, cuts, len(text))
    ]


def _with_weights(card: GlinerCard) -> Checkpoint:
    """The card's checkpoint; from the hub, its pickle only if it has no safetensors."""
    checkpoint = fetch(card.source, card.revision, *_SETTINGS, "*.safetensors")
    if checkpoint.commit and not any(checkpoint.folder.glob("*.safetensors")):
        checkpoint = fetch(card.source, card.revision, *_SETTINGS, "*.bin")
    if not checkpoint.json("gliner_config.json"):
        raise RecognizerError(f"{checkpoint.folder}: no GLiNER: it has no gliner_config.json")
    return checkpoint


def _model(folder: Path, device: str) -> Any:
    from gliner import GLiNER

    try:
        return GLiNER.from_pretrained(str(folder), local_files_only=True, map_location=device)
    except Exception as error:  # whatever a stranger's files may provoke
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise RecognizerError(f"the model cannot be loaded ({reason})") from None


def _limit(model: Any) -> int:
    """How many words a model reads at once: more would be cut off without a word."""
    pieces = model.data_processor.transformer_tokenizer.model_max_length
    words = int(model.config.max_len)
    return words if pieces > _UNBOUNDED else min(words, max(pieces // _PIECES_PER_WORD, 1))
