"""Checkpoints: a model's files in a folder here, or fetched once from the Hugging Face hub."""

from __future__ import annotations

import importlib.util
import json
from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field

from nerbench.errors import RecognizerError
from nerbench.recognizers.cards import ModelCard, digest
from nerbench.recognizers.contract import Recognizer

__all__ = ["Checkpoint", "CheckpointCard", "fetch", "pickle_security_note", "torch_device"]

_HOW = ("batch_size", "device")
"""Fields that say how to compute, not what."""


class CheckpointCard(ModelCard):
    """The card of a checkpoint: ``source`` is a folder, or the id of a model on the hub.

    ``revision`` is a branch, tag or commit on the hub; ``device`` where to compute: `auto` takes
    a GPU if there is one. What a hub's model needs is downloaded at its first use and kept.
    """

    not_installed_hint: ClassVar[str] = "at its first use"

    revision: str = ""
    device: str = Field(default="auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")

    @property
    def is_installed(self) -> bool:
        """Whether the packages are here, and the model's folder or a kept download."""
        if any(importlib.util.find_spec(module) is None for module in self.modules):
            return False
        return Path(self.source).exists() or _is_kept(self.source, self.revision)

    def resolve_paths(self, folder: Path) -> Self:
        """The card with its source's path, if that lies beside the card."""
        if not (folder / self.source).exists():
            return self
        return self.model_copy(update={"source": str(folder / self.source)})

    def facts(self) -> dict[str, Any]:
        """What changes the result: neither the device nor the size of batches is to."""
        return {field: fact for field, fact in super().facts().items() if field not in _HOW}

    def load(self) -> Recognizer:
        """The recognizer.

        Raises RecognizerError if it cannot be loaded, ImportError, naming nerbench's extra, if a
        package is missing.
        """
        missing = [name for name in self.modules if importlib.util.find_spec(name) is None]
        if missing:
            raise ImportError(f"needs nerbench[{self.extra}]: no package {', '.join(missing)}")
        return self._load()

    @abstractmethod
    def _load(self) -> Recognizer:
        """The recognizer, now that its packages are here."""


class Checkpoint:
    """The files of a checkpoint, read where they are.

    ``commit`` is the hub's name for the version, empty for a folder that is not the hub's.
    """

    def __init__(self, folder: Path, commit: str = "") -> None:
        self.folder, self.commit = folder, commit

    @cached_property
    def digest(self) -> str:
        """What tells this version from others: the hub's commit, or a digest of all files."""
        return self.commit or digest(files=self.folder)

    def json(self, name: str) -> dict[str, Any]:
        """A file of settings, empty if there is none.

        Raises RecognizerError if it is no JSON object.
        """
        path = self.folder / name
        if not path.is_file():
            return {}
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RecognizerError(f"{path}: cannot be read: {error}") from None
        if not isinstance(content, dict):
            raise RecognizerError(f"{path}: holds no object")
        return content


def fetch(source: str, revision: str = "", *patterns: str) -> Checkpoint:
    """The checkpoint in a folder or file here, else the hub's of that id.

    From the hub, what matches ``patterns`` is downloaded once. Raises RecognizerError if it is
    neither, or cannot be had.
    """
    if Path(source).exists():
        return Checkpoint(Path(source))
    from huggingface_hub import snapshot_download

    # Patterns cross folders, and below the top there may be a copy of the model for each epoch.
    below = [] if any("/" in pattern for pattern in patterns) else ["*/*"]
    get = partial(
        snapshot_download,
        source,
        revision=revision or None,
        allow_patterns=list(patterns),
        ignore_patterns=below,
    )
    try:
        folder = get()
    except Exception as error:  # the hub's client has many, of no common class
        try:
            folder = get(local_files_only=True)  # without the net, what was kept must do
        except Exception:
            reason = " ".join(str(error).split())[:200]
            raise RecognizerError(
                f"{source!r} is not here, and cannot be had from the hub ({reason})"
            ) from None
    return Checkpoint(Path(folder), Path(folder).name)


def pickle_security_note(source: str) -> str:
    """What to say of a folder whose weights are in a form that can hold more than numbers.

    >>> pickle_security_note("no-such-folder")
    ''
    """
    folder = Path(source)
    if folder.is_dir() and not any(folder.glob("*.safetensors")) and any(folder.glob("*.bin")):
        return "loads weights from a pickle: trust whoever made it"
    return ""


def _is_kept(source: str, revision: str) -> bool:
    """Whether a hub's model has been downloaded, as far as its settings tell."""
    if importlib.util.find_spec("huggingface_hub") is None:
        return False
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    settings: Sequence[str] = ("config.json", "gliner_config.json", "pytorch_model.bin")
    try:
        return any(
            isinstance(try_to_load_from_cache(source, name, revision=revision or None), str)
            for name in settings
        )
    except HFValidationError:
        return False


def torch_device(wanted: str) -> str:
    """The device that torch is to compute on; `auto` takes a GPU if there is one.

    Raises RecognizerError if the one that is wanted is not here.
    """
    import torch

    here = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": torch.backends.mps.is_available()}
    if wanted == "auto":
        return next(kind for kind in ("cuda", "mps", "cpu") if here[kind])
    kind, _, number = wanted.partition(":")
    if int(number or 0) >= here[kind]:
        raise RecognizerError(f"torch finds no device {wanted} here: give device auto or cpu")
    return wanted
