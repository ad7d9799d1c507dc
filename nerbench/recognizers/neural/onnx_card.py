"""Token classifiers exported to ONNX and computed by ONNX Runtime, without torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from nerbench.errors import RecognizerError
from nerbench.recognizers.contract import one_line
from nerbench.recognizers.neural.checkpoint import fetch
from nerbench.recognizers.neural.token_classifier import Scores, TokenCard, TokenClassifier

_MODELS = ("model.onnx", "onnx/model.onnx")
_SETTINGS = ("config.json", "tokenizer.json", "tokenizer_config.json")


class OnnxCard(TokenCard):
    """The card of a token classifier in ONNX form: ``source`` has `model.onnx` (or
    `onnx/model.onnx`), `config.json` and `tokenizer.json`.
    """

    extra: ClassVar[str] = "onnx"
    modules: ClassVar[tuple[str, ...]] = ("onnxruntime", "tokenizers")
    fingerprint_modules: ClassVar[tuple[str, ...]] = ("onnxruntime", "tokenizers")

    kind: Literal["onnx"]
    device: str = Field(default="auto", pattern=r"^(auto|cpu|cuda(:\d+)?)$")

    def _load(self) -> TokenClassifier:
        weights = (f"{model}*data" for model in _MODELS)  # of models over 2 GB
        checkpoint = fetch(self.source, self.revision, *_SETTINGS, *_MODELS, *weights)
        settings = self.read_settings(checkpoint)
        tokenizer = _load_tokenizer(checkpoint.folder)
        scores = _load_scores(_model_path(checkpoint.folder), self.device)
        return TokenClassifier(self, checkpoint, settings, tokenizer, scores)


def _model_path(folder: Path) -> Path:
    for name in _MODELS:
        if (folder / name).is_file():
            return folder / name
    raise RecognizerError(f"{folder}: has no {' or '.join(_MODELS)}")


def _load_tokenizer(folder: Path) -> Any:
    from tokenizers import Tokenizer

    path = folder / "tokenizer.json"
    if not path.is_file():
        raise RecognizerError(f"{folder}: has no tokenizer.json: save the fast tokenizer into it")
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library has no class of its own
        raise RecognizerError(f"{path}: cannot be loaded ({one_line(error, 200)})") from None


def _load_scores(path: Path, device: str) -> Scores:
    """Load a model as a function from arrays to scores."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    providers = _providers(device)
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=providers)
    except Exception as error:  # the runtime has a class for each of its states
        raise RecognizerError(f"{path}: cannot be loaded ({one_line(error, 200)})") from None
    inputs = [node.name for node in session.get_inputs()]
    output = session.get_outputs()[0].name
    if unknown := sorted(set(inputs) - {"input_ids", "attention_mask", "token_type_ids"}):
        raise RecognizerError(f"{path}: needs {', '.join(unknown)}, which a text does not give")

    def scores(arrays: dict[str, npt.NDArray[np.int64]]) -> npt.NDArray[Any]:
        (result,) = session.run([output], {name: arrays[name] for name in inputs})
        return np.asarray(result)

    return scores


def _providers(device: str) -> list[Any]:
    """Return the devices, preferred first. Raises RecognizerError if a named GPU is unusable."""
    import onnxruntime

    kind, _, number = device.partition(":")
    has_cuda = "CUDAExecutionProvider" in onnxruntime.get_available_providers()
    if kind == "cuda" and not has_cuda:
        raise RecognizerError(
            f"this ONNX Runtime has no device {device}: install onnxruntime-gpu, or set device cpu"
        )
    if kind == "cpu" or not has_cuda:
        return ["CPUExecutionProvider"]
    return [("CUDAExecutionProvider", {"device_id": int(number or 0)}), "CPUExecutionProvider"]
