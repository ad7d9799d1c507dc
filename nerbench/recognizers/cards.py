"""Cards: what a recognizer is, in a small file that a person can read and write.

Each kind of recognizer has its own class of card, beside the recognizer that it loads; what all
cards have in common is here.
"""

from __future__ import annotations

import hashlib
import importlib.util
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field

from nerbench.recognizers.contract import Recognizer
from nerbench.recognizers.predictor import Predictor

__all__ = ["GENE_LABELS", "Card", "ModelCard", "digest"]

GENE_LABELS = (
    "GENE",
    "GENE_OR_GENE_PRODUCT",
    "GGP",
    "PROTEIN",
    "DNA",
    "RNA",
    "GENE_PROTEIN",
    "GENE/PROTEIN",
)
"""Labels that published models give to genes and gene products."""

_TELLS_PEOPLE = frozenset(
    ("name", "description", "version", "licence", "citation", "requirement", "warning", "source")
)
"""Fields that do not change what a recognizer finds (a source's content counts, not its place)."""


class Card(BaseModel, ABC):
    """What every card says.

    ``labels`` are those that count as genes: left out, the usual ones of those that the model
    has; an empty list: the model tags no genes. Mentions whose score is below ``threshold`` are
    dropped. ``requirement`` is what pip installs; ``warning`` is said at each run.

    >>> from nerbench.recognizers.dictionary import LexiconCard
    >>> LexiconCard(name="mine", kind="lexicon").facts()
    {'kind': 'lexicon'}
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    extra: ClassVar[str] = ""
    """nerbench's extra that the kind needs."""
    modules: ClassVar[tuple[str, ...]] = ()
    """The modules that the extra brings."""
    not_installed_hint: ClassVar[str] = "no"
    """What `models list` says of a model that is not here and that no command installs."""

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

    @property
    def install_command(self) -> str:
        """The command that installs what is missing; empty if there is nothing to install."""
        if self.requirement or not _all_here(self.modules):
            return f"nerbench models install {self.name}"
        return ""

    @property
    def requirements(self) -> tuple[str, ...]:
        """What pip is to install for the card: nerbench's extra, the model's package."""
        extra = () if _all_here(self.modules) else (f"nerbench[{self.extra}]",)
        return (*extra, *filter(None, (self.requirement,)))

    @property
    def is_installed(self) -> bool:
        """Whether what the card needs is here, as far as can be told without loading it."""
        return _all_here(self.modules)

    @property
    def security_note(self) -> str:
        """What the card of a stranger could do: run a program, send captions away. Else empty."""
        return ""

    def resolve_paths(self, folder: Path) -> Self:
        """The card with the paths that it gives relative to its own folder made usable here."""
        return self

    def facts(self) -> dict[str, Any]:
        """The fields that change what the recognizer finds: part of its fingerprint."""
        return self.model_dump(mode="json", exclude_defaults=True, exclude=set(_TELLS_PEOPLE))

    @abstractmethod
    def load(self) -> Recognizer | Predictor:
        """The recognizer, or what gives predictions made elsewhere.

        Raises RecognizerError if it cannot be loaded, ImportError if a package is missing.
        """


class ModelCard(Card):
    """The card of a model in a package, a folder or on a hub.

    ``source`` is a package, a folder (beside the card, or from the working folder), or, for the
    kinds that know one, a hub's id.
    """

    source: str = Field(min_length=1)
    batch_size: int = Field(default=64, ge=1)

    @property
    def is_installed(self) -> bool:
        """Whether the packages and the model are here."""
        if self.source.isidentifier() and importlib.util.find_spec(self.source) is not None:
            return super().is_installed
        return super().is_installed and Path(self.source).exists()

    def resolve_paths(self, folder: Path) -> Self:
        """The card with its source's path, if it lies beside the card."""
        if self.source.isidentifier() or not (folder / self.source).exists():
            return self
        return self.model_copy(update={"source": str(folder / self.source)})


def _all_here(modules: tuple[str, ...]) -> bool:
    return all(importlib.util.find_spec(module) is not None for module in modules)


def digest(*facts: object, files: Path | None = None) -> str:
    """A recognizer's fingerprint: 16 hexadecimal digits over facts and the content of files.

    ``files`` is a file, or a folder with all that is in it.

    >>> digest("spacy", 3) == digest("spacy", 3) != digest("spacy", 4)
    True
    """
    hashed = hashlib.sha256(repr(facts).encode("utf-8", "surrogatepass"))
    for path in sorted(files.rglob("*")) if files is not None and files.is_dir() else [files]:
        if path is None or not path.is_file() or "__pycache__" in path.parts:
            continue
        place = path.relative_to(files).as_posix() if files is not None else ""
        hashed.update(f"\0{place}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                hashed.update(block)
    return hashed.hexdigest()[:16]
