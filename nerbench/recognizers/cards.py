"""Cards: small files that describe a recognizer, for people to read and write.

Each kind of recognizer has its own class of card, in the module of the recognizer that it loads.
"""

from __future__ import annotations

import hashlib
import importlib.util
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field

from nerbench.errors import NerbenchError, RecognizerError
from nerbench.recognizers.contract import Recognizer
from nerbench.recognizers.predictor import Predictor
from nerbench.recognizers.trained_on import read_ids

_DESCRIPTIVE_FIELDS = {
    "name", "description", "version", "licence", "citation", "requirement", "warning", "source",
    "trained_on", "training_data",
}  # fmt: skip
"""Fields that do not change the mentions (the content of a source counts, not its path)."""


class Card(BaseModel, ABC):
    """The fields of every card.

    Attributes
    ----------
    labels : list of str
        The labels that count as genes; by default the usual ones. An empty list means that the
        model tags no genes.
    threshold : float
        Mentions with a lower score are left out.
    requirement : str
        What pip installs.
    warning : str
        A line that every run prints.
    trained_on : str
        A file with the ids of the figures or papers that the model was trained on, one a line;
        beside the card.
    training_data : str
        What the model was trained on, in words.

    >>> from nerbench.recognizers.dictionary import LexiconCard
    >>> LexiconCard(name="mine", kind="lexicon").fingerprint_fields()
    {'kind': 'lexicon'}
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    extra: ClassVar[str] = ""
    """The extra of nerbench that the kind needs."""
    modules: ClassVar[tuple[str, ...]] = ()
    """The modules that the extra installs."""
    not_installed_hint: ClassVar[str] = "no"
    """The text of `models list` for a model that is not installed and has no install command."""
    not_in_fingerprint: ClassVar[frozenset[str]] = frozenset()
    """Further fields that do not change the mentions."""

    name: str = Field(min_length=1, pattern=r"^[\w.+-]+$")
    kind: str
    description: str = ""
    labels: tuple[str, ...] | None = None
    threshold: float | None = Field(default=None, ge=0, le=1)
    licence: str = ""
    citation: str = ""
    version: str = ""
    requirement: str = ""
    warning: str = ""
    trained_on: str = ""
    training_data: str = ""

    @property
    def install_command(self) -> str:
        """The command that installs what is missing; empty if there is nothing to install."""
        if self.requirement or not are_installed(self.modules):
            return f"nerbench models install {self.name}"
        return ""

    @property
    def requirements(self) -> tuple[str, ...]:
        """The packages to install with pip: nerbench's extra, the model's package."""
        extra = () if are_installed(self.modules) else (f"nerbench[{self.extra}]",)
        return (*extra, *filter(None, (self.requirement,)))

    @property
    def is_installed(self) -> bool:
        """True if what the card needs is installed, as far as is known without loading it."""
        return are_installed(self.modules)

    @property
    def security_note(self) -> str:
        """The harm that an untrusted card could do: run a program, send captions away; or empty."""
        return ""

    def resolve_paths(self, folder: Path) -> Self:
        """Return the card with paths that are relative to its own folder resolved."""
        return self

    def fingerprint_fields(self) -> dict[str, Any]:
        """Return the fields that change the mentions, as part of the fingerprint."""
        excluded = _DESCRIPTIVE_FIELDS | self.not_in_fingerprint
        return self.model_dump(mode="json", exclude_defaults=True, exclude=excluded)

    def training_ids(self) -> frozenset[str]:
        """Return the ids in the file ``trained_on``. Raises RecognizerError if it is unusable."""
        try:
            return read_ids(Path(self.trained_on)) if self.trained_on else frozenset()
        except NerbenchError as error:
            raise RecognizerError(f"{self.name}: field trained_on: {error}") from None

    @abstractmethod
    def load(self) -> Recognizer | Predictor:
        """Load the recognizer, or the predictions.

        Raises RecognizerError if it cannot be loaded, ImportError if a package is missing.
        """


class ModelCard(Card):
    """The card of a model in a package, a folder or on a hub.

    ``source`` is a package, a folder (beside the card, or relative to the working folder), or, for
    kinds with a hub, an id on the hub.
    """

    source: str = Field(min_length=1)
    batch_size: int = Field(default=64, ge=1)

    @property
    def is_installed(self) -> bool:
        """True if the packages and the model are installed."""
        if self.source.isidentifier() and importlib.util.find_spec(self.source) is not None:
            return super().is_installed
        return super().is_installed and Path(self.source).exists()

    def resolve_paths(self, folder: Path) -> Self:
        """Return the card with the path of its source, if that lies beside the card."""
        if self.source.isidentifier() or not (folder / self.source).exists():
            return self
        return self.model_copy(update={"source": str(folder / self.source)})


def are_installed(modules: tuple[str, ...]) -> bool:
    """Tell whether all modules can be imported."""
    return all(importlib.util.find_spec(module) is not None for module in modules)


def digest(*values: object, files: Path | None = None) -> str:
    """Return a fingerprint: 16 hexadecimal digits over values and the content of files.

    ``files`` is a file, or a folder with everything in it.

    >>> digest("spacy", 3) == digest("spacy", 3) != digest("spacy", 4)
    True
    """
    hashed = hashlib.sha256(repr(values).encode("utf-8", "surrogatepass"))
    for path in sorted(files.rglob("*")) if files is not None and files.is_dir() else [files]:
        if path is None or not path.is_file() or "__pycache__" in path.parts:
            continue
        name = path.relative_to(files).as_posix() if files is not None else ""
        hashed.update(f"\0{name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                hashed.update(block)
    return hashed.hexdigest()[:16]
