"""Token classifiers of the Hugging Face hub's kind, computed with torch."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from nerbench.errors import RecognizerError
from nerbench.recognizers.cards import digest
from nerbench.recognizers.neural.checkpoint import (
    Checkpoint,
    fetch,
    pickle_security_note,
    torch_device,
)
from nerbench.recognizers.neural.token_card import TokenCard
from nerbench.recognizers.neural.token_classifier import Scores, TokenTagger

if TYPE_CHECKING:
    from nerbench.recognizers.neural.token_classifier import Tokenizer

__all__ = ["TransformersCard", "TransformersRecognizer"]

_SETTINGS = ("*.json", "*.txt", "*.model")


class TransformersCard(TokenCard):
    """The card of a checkpoint that transformers can load."""

    extra: ClassVar[str] = "transformers"
    modules: ClassVar[tuple[str, ...]] = ("torch", "transformers")

    kind: Literal["transformers"]

    @property
    def security_note(self) -> str:
        """Whether the weights are in a form that can hold more than numbers."""
        return pickle_security_note(self.source)

    def _load(self) -> TransformersRecognizer:
        return TransformersRecognizer(self)


class TransformersRecognizer(TokenTagger):
    """A token classifier that transformers loads.

    Raises RecognizerError if it cannot be loaded, is no token classifier, has no tokenizer that
    tells offsets, or none of the card's labels.
    """

    def __init__(self, card: TransformersCard) -> None:
        self.name = card.name
        self._facts = card.facts()
        try:
            self._checkpoint = _with_weights(card)
            tags, window = card.named_tags(self._checkpoint), card.room(self._checkpoint)
            folder = str(self._checkpoint.folder)
            tokenizer, inputs = _tokenizer(folder)
            scores = _scores(folder, torch_device(card.device), inputs)
            pad = self._checkpoint.json("config.json").get("pad_token_id") or 0
            super().__init__(tokenizer, scores, tags, card.labels, window, pad, card.batch_size)
        except RecognizerError as error:
            raise RecognizerError(f"{card.name}: {error}") from None

    @cached_property
    def fingerprint(self) -> str:
        """Changes with the card, the checkpoint, and the versions of torch and transformers."""
        import tokenizers
        import torch
        import transformers

        versions = (torch.__version__, transformers.__version__, tokenizers.__version__)
        return digest("transformers", self._facts, self._checkpoint.digest, *map(str, versions))


def _with_weights(card: TransformersCard) -> Checkpoint:
    """The card's checkpoint; from the hub, its pickles only if it has no safetensors."""
    checkpoint = fetch(card.source, card.revision, *_SETTINGS, "*.safetensors")
    if checkpoint.commit and not any(checkpoint.folder.glob("*.safetensors")):
        checkpoint = fetch(card.source, card.revision, *_SETTINGS, "*.bin")
    return checkpoint


def _tokenizer(folder: str) -> tuple[Tokenizer, frozenset[str]]:
    """A checkpoint's tokenizer, and the names of the arrays that it makes for the model."""
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # whatever a stranger's files may provoke
        raise RecognizerError(f"the tokenizer cannot be loaded ({_line(error)})") from None
    if not tokenizer.is_fast:
        raise RecognizerError(
            f"its tokenizer, a {type(tokenizer).__name__}, does not tell where a piece stands in "
            "the text: convert it to a tokenizer.json"
        )
    return tokenizer.backend_tokenizer, frozenset(tokenizer.model_input_names)


def _scores(folder: str, device: str, inputs: frozenset[str]) -> Scores:
    """A checkpoint's model as a function from arrays to arrays."""
    import inspect

    import torch
    from transformers import AutoModelForTokenClassification
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    safe = any(Path(folder).glob("*.safetensors"))
    try:
        model, gaps = AutoModelForTokenClassification.from_pretrained(
            folder, use_safetensors=safe, local_files_only=True, output_loading_info=True
        )
    except Exception as error:  # whatever a stranger's files may provoke
        raise RecognizerError(f"the model cannot be loaded ({_line(error)})") from None
    if gaps["missing_keys"]:
        raise RecognizerError(f"the weights lack {', '.join(sorted(gaps['missing_keys'])[:3])}")
    model = model.float().eval().to(device)
    names = inputs & inspect.signature(model.forward).parameters.keys()

    def scores(arrays: dict[str, npt.NDArray[np.int64]]) -> npt.NDArray[Any]:
        with torch.inference_mode():
            tensors = {name: torch.from_numpy(arrays[name]).to(device) for name in names}
            return np.asarray(model(**tensors).logits.float().cpu())

    return scores


def _line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
