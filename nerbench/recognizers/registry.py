"""Find a recognizer by name: a card, a card's file, an installed plug-in or spaCy pipeline."""

from __future__ import annotations

import importlib
import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from nerbench.errors import NerbenchError, RecognizerError
from nerbench.recognizers import Recognizer
from nerbench.recognizers.cards import Card
from nerbench.recognizers.threshold import Thresholded
from nerbench.resources import shipped

__all__ = ["KINDS", "cards", "find_card", "install_model", "load_recognizer", "read_card"]

KINDS: dict[str, str] = {
    "chat": "nerbench.recognizers.chat:ChatCard",
    "command": "nerbench.recognizers.command:CommandCard",
    "http": "nerbench.recognizers.http:HttpCard",
    "lexicon": "nerbench.recognizers.lexicon:LexiconCard",
    "scispacy": "nerbench.recognizers.spacy:SpacyCard",
    "spacy": "nerbench.recognizers.spacy:SpacyCard",
}
"""The kinds of recognizer, and where each one's card is: a module is imported when needed."""


def cards() -> dict[str, Card]:
    """The shipped cards by name.

    >>> "lexicon" in cards()
    True
    """
    return {card.name: card for card in map(read_card, sorted(shipped("models").glob("*.yaml")))}


def read_card(path: Path) -> Card:
    """The card in a file. Raises NerbenchError, naming the field, if it is no card."""
    try:
        fields = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise NerbenchError(f"{path}: the card cannot be read: {reason}") from None
    if not isinstance(fields, dict):
        raise NerbenchError(f"{path}: no card: it holds no fields (kind, source, labels, ...)")
    return _make({"name": path.stem, **fields}, str(path)).beside(path.parent)


def _make(fields: dict[str, Any], where: str) -> Card:
    """A card of its kind. Raises NerbenchError, naming the place and the field, if it is none."""
    kind = fields.get("kind")
    if kind not in KINDS:
        wrong = f"{kind!r} is none of" if "kind" in fields else "it is missing; give one of"
        raise NerbenchError(f"{where}: field kind: {wrong} {', '.join(KINDS)}")
    module, _, name = KINDS[kind].partition(":")
    card_class: type[Card] = getattr(importlib.import_module(module), name)
    try:
        return card_class.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        own = first["type"] == "value_error"  # said by the card's class, not by pydantic
        reason = first["msg"].removeprefix("Value error, ") if own else first["msg"].lower()
        raise NerbenchError(f"{where}: field {field}: {reason}") from None


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
        return read_card(path)
    if (path / "meta.json").is_file():
        safe = re.sub(r"[^\w.+-]", "_", path.resolve().name)
        return _make({"name": safe, "kind": "spacy", "source": str(path)}, name)
    if name.isidentifier() and importlib.util.find_spec(name) is not None:
        return _make({"name": name, "kind": "spacy", "source": name}, name)
    raise NerbenchError(
        f"unknown model {name!r}: it is no card ({', '.join(known)}), no CARD.yaml, and no "
        "installed spaCy pipeline or folder of one; see 'nerbench models list'"
    )


def install_model(card: Card) -> None:
    """Install what a card needs with pip, into the Python that runs nerbench.

    Raises NerbenchError if the card has nothing to install or pip fails.
    """
    if not card.requirements:
        raise NerbenchError(f"{card.name}: there is nothing to install")
    for requirement in card.requirements:
        # A model is not to drag in another spaCy than the one that is here.
        alone = ["--no-deps"] if requirement == card.requirement else []
        command = [sys.executable, "-m", "pip", "install", *alone, requirement]
        if subprocess.run(command, check=False).returncode:
            raise NerbenchError(f"{card.name}: pip could not install {requirement}")


def load_recognizer(name: str = "default", threshold: float | None = None) -> Recognizer:
    """Load a recognizer by name; see `find_card` for what a name may be.

    ``threshold`` takes the place of the card's: mentions with a lower score are dropped.
    Raises NerbenchError for an unknown name, RecognizerError if the model cannot be loaded.

    >>> recognizer = load_recognizer("lexicon")
    >>> [mention.text for mention in next(recognizer.recognize(["STAT3 and IL-6"]))]
    ['STAT3', 'IL-6']
    """
    card = find_card(name)
    if threshold is not None:
        card = card.model_copy(update={"threshold": threshold})
    try:
        recognizer = card.load()
    except NerbenchError:
        raise
    except ImportError as error:
        remedy = f": {card.install_command}" if card.install_command else " what it needs"
        raise RecognizerError(f"{card.name}: {error}; install it{remedy}") from error
    return recognizer if card.threshold is None else Thresholded(recognizer, card.threshold)
