"""Find a recognizer by name: a card, a card's file, or an installed spaCy pipeline.

A card is a small YAML file that says what kind of recognizer it is and what it needs.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nerbench.errors import NerbenchError, RecognizerError
from nerbench.recognizers import Recognizer
from nerbench.resources import shipped

__all__ = ["Card", "cards", "find_card", "install_model", "load_recognizer"]


class Card(BaseModel):
    """What a recognizer is: its kind, where its model is, which labels are genes.

    ``source`` is a package, or a folder (beside the card, or from the working folder).
    ``labels`` left out: the usual labels of genes, where the model has any; an empty list: the
    model tags no genes. ``requirement`` is what pip installs; ``warning`` is said at each run.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, pattern=r"^[\w.+-]+$")
    kind: str
    description: str = ""
    source: str = ""
    labels: tuple[str, ...] | None = None
    batch_size: int = Field(default=64, ge=1)
    licence: str = ""
    citation: str = ""
    version: str = ""
    requirement: str = ""
    warning: str = ""

    @property
    def install_command(self) -> str:
        """The command that installs the model; nothing if there is nothing to install."""
        return f"nerbench models install {self.name}" if self.requirement else ""

    @property
    def is_installed(self) -> bool:
        """Whether the model that the card names is here."""
        if not self.source:
            return True
        if self.source.isidentifier():
            return importlib.util.find_spec(self.source) is not None
        return Path(self.source).exists()


def _lexicon(card: Card) -> Recognizer:
    from nerbench.recognizers.lexicon import LexiconRecognizer

    return LexiconRecognizer(card.name)


def _spacy(card: Card) -> Recognizer:
    from nerbench.recognizers.spacy import SpacyRecognizer

    return SpacyRecognizer(
        card.source, card.labels, card.name, card.batch_size, card.install_command
    )


_KINDS: dict[str, Callable[[Card], Recognizer]] = {
    "lexicon": _lexicon,
    "scispacy": _spacy,
    "spacy": _spacy,
}


def cards() -> dict[str, Card]:
    """The shipped cards by name.

    >>> "lexicon" in cards()
    True
    """
    return {card.name: card for card in map(_read_card, sorted(shipped("models").glob("*.yaml")))}


def _read_card(path: Path) -> Card:
    try:
        fields = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise NerbenchError(f"{path}: the card cannot be read: {reason}") from None
    if not isinstance(fields, dict):
        raise NerbenchError(f"{path}: no card: it holds no fields (kind, source, labels, ...)")
    try:
        card = Card.model_validate({"name": path.stem, **fields})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise NerbenchError(f"{path}: field {field}: {first['msg'].lower()}") from None
    if card.kind not in _KINDS:
        known = ", ".join(_KINDS)
        raise NerbenchError(f"{path}: field kind: {card.kind!r} is none of {known}")
    beside = path.parent / card.source
    if card.source and not card.source.isidentifier() and beside.exists():
        card = card.model_copy(update={"source": str(beside)})
    if card.kind in ("spacy", "scispacy") and not card.source:
        raise NerbenchError(f"{path}: field source: a {card.kind} card names a package or a folder")
    return card


def find_card(name: str) -> Card:
    """The card that a name on the command line means.

    A shipped card's name, the path of a card, or a spaCy pipeline by package name or
    folder. Raises NerbenchError if it is none of them.
    """
    known = cards()
    if name in known:
        return known[name]
    path = Path(name)
    if name.endswith((".yaml", ".yml")):
        if not path.is_file():
            raise NerbenchError(f"{name}: no such card")
        return _read_card(path)
    if (path / "meta.json").is_file():
        safe = re.sub(r"[^\w.+-]", "_", path.resolve().name)
        return Card(name=safe, kind="spacy", source=str(path))
    if name.isidentifier() and importlib.util.find_spec(name) is not None:
        return Card(name=name, kind="spacy", source=name)
    raise NerbenchError(
        f"unknown model {name!r}: it is no card ({', '.join(known)}), no CARD.yaml, and no "
        "installed spaCy pipeline or folder of one; see 'nerbench models list'"
    )


def install_model(card: Card) -> None:
    """Install a card's model with pip, into the Python that runs nerbench.

    Raises NerbenchError if the card has nothing to install or pip fails.
    """
    if not card.requirement:
        raise NerbenchError(f"{card.name}: there is nothing to install")
    # A model is not to drag in another spaCy than the one that is here.
    command = [sys.executable, "-m", "pip", "install", "--no-deps", card.requirement]
    if subprocess.run(command, check=False).returncode:
        raise NerbenchError(f"{card.name}: pip could not install {card.requirement}")


def load_recognizer(name: str = "default") -> Recognizer:
    """Load a recognizer by name; see `find_card` for what a name may be.

    Raises NerbenchError for an unknown name, RecognizerError if the model cannot be loaded.

    >>> recognizer = load_recognizer("lexicon")
    >>> [mention.text for mention in next(recognizer.recognize(["STAT3 and IL-6"]))]
    ['STAT3', 'IL-6']
    """
    card = find_card(name)
    try:
        return _KINDS[card.kind](card)
    except NerbenchError:
        raise
    except ImportError as error:
        raise RecognizerError(f"{card.name}: {error}; install what it needs") from error
