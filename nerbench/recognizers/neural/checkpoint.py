"""Checkpoints: the files of a model, in a folder or downloaded from the Hugging Face hub."""

from __future__ import annotations

import importlib
import importlib.util
import json
from abc import abstractmethod
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field

from nerbench.errors import RecognizerError
from nerbench.recognizers.cards import ModelCard, digest
from nerbench.recognizers.contract import Named, Recognizer, one_line


class CheckpointCard(ModelCard):
    """The card of a checkpoint.

    Attributes
    ----------
    source
        A folder, or the id of a model on the hub, which is downloaded at its first use and kept.
    revision
        A branch, tag or commit on the hub; by default the newest commit.
    device
        ``cpu``, ``mps``, ``cuda`` or ``cuda:1``; ``auto`` takes a GPU if there is one.
    batch_size
        How many windows are computed together.
    """

    not_installed_hint: ClassVar[str] = "at its first use"
    not_in_fingerprint: ClassVar[frozenset[str]] = frozenset(("batch_size", "device"))
    fingerprint_modules: ClassVar[tuple[str, ...]] = ()
    """The modules whose versions are part of the fingerprint."""

    revision: str = ""
    device: str = Field(default="auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")

    @property
    def is_installed(self) -> bool:
        if any(importlib.util.find_spec(module) is None for module in self.modules):
            return False
        return Path(self.source).exists() or _is_downloaded(self.source, self.revision)

    def resolve_paths(self, folder: Path) -> Self:
        if not (folder / self.source).exists():
            return self
        return self.model_copy(update={"source": str(folder / self.source)})

    def load(self) -> Recognizer:
        """Load the recognizer.

        Raises RecognizerError, naming the model, if it cannot be loaded; ImportError, naming
        nerbench's extra, if a package is missing.
        """
        missing = [name for name in self.modules if importlib.util.find_spec(name) is None]
        if missing:
            raise ImportError(f"needs nerbench[{self.extra}]: no package {', '.join(missing)}")
        try:
            return self._load()
        except RecognizerError as error:
            raise RecognizerError(f"{self.name}: {error}") from None

    @abstractmethod
    def _load(self) -> Recognizer:
        """Load the recognizer; its packages are installed."""


class Checkpoint:
    """The files of a checkpoint in a folder, and the hub's name of the version, if it is from
    there.
    """

    def __init__(self, folder: Path, commit: str = "") -> None:
        self.folder, self.commit = folder, commit

    @cached_property
    def digest(self) -> str:
        """The hub's commit, or a digest of all files."""
        return self.commit or digest(files=self.folder)

    def json(self, name: str) -> dict[str, Any]:
        """Read a file of settings, empty if it does not exist. Raises RecognizerError if it is no
        object.
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


class CheckpointRecognizer(Named):
    """The name and fingerprint of a recognizer that is loaded from a checkpoint."""

    def __init__(self, card: CheckpointCard, checkpoint: Checkpoint) -> None:
        self.name = card.name
        self._card, self._checkpoint = card, checkpoint

    @cached_property
    def fingerprint(self) -> str:
        """A digest of the card, the checkpoint and the versions of the packages."""
        modules = map(importlib.import_module, self._card.fingerprint_modules)
        versions = [str(module.__version__) for module in modules]
        return digest(
            self._card.kind, self._card.fingerprint_fields(), self._checkpoint.digest, *versions
        )


def fetch(source: str, revision: str = "", *patterns: str) -> Checkpoint:
    """Return a checkpoint from a path, or from the hub: the files that match the patterns, as
    downloaded before if there is no network.

    Raises RecognizerError if there is no such path and the hub does not give the model.
    """
    if Path(source).exists():
        return Checkpoint(Path(source))
    from huggingface_hub import snapshot_download

    # Patterns match across folders, and subfolders may hold a copy of the model for each epoch.
    ignored = [] if any("/" in pattern for pattern in patterns) else ["*/*"]
    download = partial(
        snapshot_download,
        source,
        revision=revision or None,
        allow_patterns=list(patterns),
        ignore_patterns=ignored,
    )
    try:
        folder = download()
    except Exception as error:  # the hub's client has many, of no common class
        try:
            folder = download(local_files_only=True)
        except Exception:
            reason = one_line(error, 200)
            raise RecognizerError(
                f"{source!r} is no file or folder here, and the hub does not give it ({reason})"
            ) from None
    return Checkpoint(Path(folder), Path(folder).name)


def fetch_weights(source: str, revision: str, *patterns: str) -> Checkpoint:
    """Fetch a checkpoint with its weights; from the hub, pickles only if it has no safetensors."""
    checkpoint = fetch(source, revision, *patterns, "*.safetensors")
    if checkpoint.commit and not any(checkpoint.folder.glob("*.safetensors")):
        checkpoint = fetch(source, revision, *patterns, "*.bin")
    return checkpoint


def pickle_security_note(source: str) -> str:
    """Return a warning if the weights in a folder are a pickle, which can run code.

    >>> pickle_security_note("no-such-folder")
    ''
    """
    folder = Path(source)
    if folder.is_dir() and not any(folder.glob("*.safetensors")) and any(folder.glob("*.bin")):
        return "loads weights from a pickle: use it only if you trust its author"
    return ""


def _is_downloaded(source: str, revision: str) -> bool:
    if importlib.util.find_spec("huggingface_hub") is None:
        return False
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        return any(
            isinstance(try_to_load_from_cache(source, name, revision=revision or None), str)
            for name in ("config.json", "gliner_config.json", "pytorch_model.bin")
        )
    except HFValidationError:
        return False


def torch_device(device: str) -> str:
    """Return torch's device; `auto` is a GPU if any. Raises RecognizerError if it is not there."""
    import torch

    counts = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": torch.backends.mps.is_available()}
    if device == "auto":
        return next(kind for kind in ("cuda", "mps", "cpu") if counts[kind])
    kind, _, number = device.partition(":")
    if int(number or 0) >= counts[kind]:
        raise RecognizerError(f"torch finds no device {device}: set device to auto or cpu")
    return device
