"""Token classifiers in the format of the Hugging Face hub, computed with torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from nerbench.errors import RecognizerError
from nerbench.recognizers.contract import one_line
from nerbench.recognizers.neural.checkpoint import fetch_weights, pickle_security_note, torch_device
from nerbench.recognizers.neural.token_classifier import (
    Scores,
    TokenCard,
    TokenClassifier,
    Tokenizer,
)

_SETTINGS = ("*.json", "*.txt", "*.model")


class TransformersCard(TokenCard):
    """The card of a token classifier that transformers loads."""

    extra: ClassVar[str] = "transformers"
    modules: ClassVar[tuple[str, ...]] = ("torch", "transformers")
    fingerprint_modules: ClassVar[tuple[str, ...]] = ("torch", "transformers", "tokenizers")

    kind: Literal["transformers"]

    @property
    def security_note(self) -> str:
        return pickle_security_note(self.source)

    def _load(self) -> TokenClassifier:
        checkpoint = fetch_weights(self.source, self.revision, *_SETTINGS)
        settings = self.read_settings(checkpoint)
        folder = str(checkpoint.folder)
        tokenizer, inputs = _load_tokenizer(folder)
        scores = _load_scores(folder, torch_device(self.device), inputs)
        return TokenClassifier(self, checkpoint, settings, tokenizer, scores)


def _load_tokenizer(folder: str) -> tuple[Tokenizer, frozenset[str]]:
    """Load a checkpoint's tokenizer, and the names of the arrays that the model takes from it."""
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # untrusted files may raise anything
        raise RecognizerError(f"the tokenizer cannot be loaded ({one_line(error)})") from None
    if not tokenizer.is_fast:
        raise RecognizerError(
            f"its tokenizer, a {type(tokenizer).__name__}, gives no offsets of pieces in the text: "
            "convert it to a tokenizer.json"
        )
    return tokenizer.backend_tokenizer, frozenset(tokenizer.model_input_names)


def _load_scores(folder: str, device: str, inputs: frozenset[str]) -> Scores:
    """Load a checkpoint's model as a function from arrays to scores."""
    import inspect

    import torch
    from transformers import AutoModelForTokenClassification
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    has_safetensors = any(Path(folder).glob("*.safetensors"))
    try:
        model, loading_info = AutoModelForTokenClassification.from_pretrained(
            folder, use_safetensors=has_safetensors, local_files_only=True, output_loading_info=True
        )
    except Exception as error:  # untrusted files may raise anything
        raise RecognizerError(f"the model cannot be loaded ({one_line(error)})") from None
    if missing := sorted(loading_info["missing_keys"]):
        raise RecognizerError(f"the weights lack {', '.join(missing[:3])}")
    model = model.float().eval().to(device)
    names = inputs & inspect.signature(model.forward).parameters.keys()

    def scores(arrays: dict[str, npt.NDArray[np.int64]]) -> npt.NDArray[Any]:
        with torch.inference_mode():
            tensors = {name: torch.from_numpy(arrays[name]).to(device) for name in names}
            return np.asarray(model(**tensors).logits.float().cpu())

    return scores
