"""Token classifiers exported to ONNX, computed by ONNX Runtime: no torch needed."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from nerbench.errors import RecognizerError
from nerbench.recognizers.cards import digest
from nerbench.recognizers.neural.checkpoint import fetch
from nerbench.recognizers.neural.token_card import TokenCard
from nerbench.recognizers.neural.token_classifier import Scores, TokenTagger

__all__ = ["OnnxCard", "OnnxRecognizer"]

_PLACES = ("model.onnx", "onnx/model.onnx")
_SETTINGS = ("config.json", "tokenizer.json", "tokenizer_config.json")


class OnnxCard(TokenCard):
    """The card of a folder with `model.onnx` (or `onnx/model.onnx`), `config.json` and
    `tokenizer.json`, here or on the hub.
    """

    extra: ClassVar[str] = "onnx"
    modules: ClassVar[tuple[str, ...]] = ("onnxruntime", "tokenizers")

    kind: Literal["onnx"]
    device: str = Field(default="auto", pattern=r"^(auto|cpu|cuda(:\d+)?)$")

    def _load(self) -> OnnxRecognizer:
        return OnnxRecognizer(self)


class OnnxRecognizer(TokenTagger):
    """A token classifier in ONNX form.

    Raises RecognizerError if a file is missing or cannot be loaded, the model is no token
    classifier, or it has none of the card's labels.
    """

    def __init__(self, card: OnnxCard) -> None:
        self.name = card.name
        self._facts = card.facts()
        try:
            self._checkpoint = fetch(
                card.source, card.revision, *_SETTINGS, *_PLACES, *(f"{at}*data" for at in _PLACES)
            )
            tags, window = card.named_tags(self._checkpoint), card.room(self._checkpoint)
            tokenizer = _tokenizer(self._checkpoint.folder)
            scores = _scores(_model(self._checkpoint.folder), card.device)
            pad = self._checkpoint.json("config.json").get("pad_token_id") or 0
            super().__init__(tokenizer, scores, tags, card.labels, window, pad, card.batch_size)
        except RecognizerError as error:
            raise RecognizerError(f"{card.name}: {error}") from None

    @cached_property
    def fingerprint(self) -> str:
        """Changes with the card, the files, and the versions of ONNX Runtime and tokenizers."""
        import onnxruntime
        import tokenizers

        versions = (onnxruntime.__version__, tokenizers.__version__)
        return digest("onnx", self._facts, self._checkpoint.digest, *versions)


def _model(folder: Path) -> Path:
    for place in _PLACES:
        if (folder / place).is_file():
            return folder / place
    raise RecognizerError(f"{folder}: has no {' or '.join(_PLACES)}")


def _tokenizer(folder: Path) -> Any:
    from tokenizers import Tokenizer

    path = folder / "tokenizer.json"
    if not path.is_file():
        raise RecognizerError(f"{folder}: has no tokenizer.json: save the fast tokenizer into it")
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises no more special one
        reason = " ".join(str(error).split())[:200]
        raise RecognizerError(f"{path}: cannot be loaded ({reason})") from None


def _scores(path: Path, device: str) -> Scores:
    """A model as a function from arrays to arrays."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=_providers(device))
    except RecognizerError:
        raise
    except Exception as error:  # one class for each of the runtime's states
        reason = " ".join(str(error).split())[:200]
        raise RecognizerError(f"{path}: cannot be loaded ({reason})") from None
    wanted = [one.name for one in session.get_inputs()]
    output = session.get_outputs()[0].name

    def scores(arrays: dict[str, npt.NDArray[np.int64]]) -> npt.NDArray[Any]:
        (result,) = session.run([output], {name: arrays[name] for name in wanted})
        return np.asarray(result)

    if unknown := sorted(set(wanted) - {"input_ids", "attention_mask", "token_type_ids"}):
        raise RecognizerError(f"{path}: asks for {', '.join(unknown)}, which no text gives")
    return scores


def _providers(device: str) -> list[Any]:
    """Where ONNX Runtime is to compute; the processor is always there to fall back on.

    Raises RecognizerError if a GPU is wanted that this ONNX Runtime cannot use.
    """
    import onnxruntime

    kind, _, number = device.partition(":")
    can = "CUDAExecutionProvider" in onnxruntime.get_available_providers()
    if kind == "cuda" and not can:
        raise RecognizerError(
            f"this ONNX Runtime has no device {device}: install onnxruntime-gpu, or give device cpu"
        )
    if kind == "cpu" or not can:
        return ["CPUExecutionProvider"]
    return [
        ("CUDAExecutionProvider", {"device_id": int(number or 0)}),
        "CPUExecutionProvider",
    ]
