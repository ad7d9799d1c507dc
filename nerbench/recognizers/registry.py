"""Find a recognizer by name: a card, a plug-in, a spaCy pipeline, or predictions in a file."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from nerbench.errors import NerbenchError, RecognizerError, did_you_mean
from nerbench.inputs import read_utf8
from nerbench.recognizers.card_errors import describe_field_error
from nerbench.recognizers.cards import Card
from nerbench.recognizers.contract import Recognizer, one_line
from nerbench.recognizers.predictor import Predictor, as_predictor
from nerbench.recognizers.score_threshold import Thresholded
from nerbench.recognizers.trained_on import Trained, ids_of
from nerbench.records import Figure, Mention
from nerbench.resources import shipped

GROUP = "nerbench.recognizers"
"""The group of entry points by which an installed package offers a recognizer."""

KINDS: dict[str, str] = {
    "chat": "nerbench.recognizers.external.chat:ChatCard",
    "command": "nerbench.recognizers.external.command:CommandCard",
    "ensemble": "nerbench.recognizers.ensemble:EnsembleCard",
    "flair": "nerbench.recognizers.neural.flair_card:FlairCard",
    "gliner": "nerbench.recognizers.neural.gliner_card:GlinerCard",
    "http": "nerbench.recognizers.external.http_card:HttpCard",
    "lexicon": "nerbench.recognizers.dictionary:LexiconCard",
    "onnx": "nerbench.recognizers.neural.onnx_card:OnnxCard",
    "predictions": "nerbench.recognizers.external.predictions:PredictionsCard",
    "python": "nerbench.recognizers.python_class:PythonCard",
    "scispacy": "nerbench.recognizers.spacy_pipeline:SpacyCard",
    "spacy": "nerbench.recognizers.spacy_pipeline:SpacyCard",
    "transformers": "nerbench.recognizers.neural.transformers_card:TransformersCard",
}
"""The card class of each kind of recognizer; its module is imported when needed."""


def cards() -> dict[str, Card]:
    """Return the available cards by name: the shipped ones, and those of installed plug-ins.

    >>> "lexicon" in cards()
    True
    """
    shipped_cards = map(read_card, sorted(shipped("models").glob("*.yaml")))
    return {**_plug_ins(), **{card.name: card for card in shipped_cards}}


def _plug_ins() -> dict[str, Card]:
    """Return a card for each entry point of installed packages in the group `GROUP`."""
    plug_ins = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.module
        fields = {
            "name": entry.name,
            "kind": "python",
            "source": f"{entry.module}:{entry.attr}",
            "description": f"Plug-in of {package}.",
            "version": entry.dist.version if entry.dist else "",
        }
        with suppress(NerbenchError):  # a broken plug-in must not hide the others
            plug_ins[entry.name] = _make_card(fields, f"entry point {entry.name!r} of {package}")
    return plug_ins


def read_card(path: Path) -> Card:
    """Read the card in a file. Raises NerbenchError, naming the field, if it is not a card."""
    try:
        fields = yaml.load(read_utf8(path), yaml.CSafeLoader)
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise NerbenchError(f"{path}: the card cannot be read: {reason}") from None
    if not isinstance(fields, dict):
        raise NerbenchError(f"{path}: no card: it holds no fields (kind, source, labels, ...)")
    card = _make_card({"name": _safe_name(path.stem), **fields}, str(path))
    card = card.resolve_paths(path.parent)
    if not card.trained_on:
        return card
    return card.model_copy(update={"trained_on": str(path.parent / card.trained_on)})


def _make_card(fields: dict[str, Any], source: str) -> Card:
    """Return a card of its kind. Raises NerbenchError, naming source and field, for bad fields."""
    kind = fields.get("kind")
    if kind not in KINDS:
        wrong = f"{kind!r} is none of" if "kind" in fields else "it is missing; give one of"
        near = did_you_mean(str(kind), KINDS)
        raise NerbenchError(f"{source}: field kind: {wrong} {', '.join(KINDS)}{near}")
    module, _, name = KINDS[kind].partition(":")
    card_class: type[Card] = getattr(importlib.import_module(module), name)
    try:
        return card_class.model_validate(fields)
    except ValidationError as error:
        reason = describe_field_error(error.errors()[0], card_class)
        raise NerbenchError(f"{source}: {reason}") from None


def find_card(name: str) -> Card:
    """Return the card that a name on the command line means.

    It may be the name of a shipped card or an installed plug-in, the path of a card, a spaCy
    pipeline by package name or folder, the folder of a token classifier, a file of predictions, or
    a folder of brat files. Raises NerbenchError if it is none of them.
    """
    available = cards()
    if name in available:
        return available[name]
    path = Path(name)
    if name.endswith((".yaml", ".yml")):
        if not path.is_file():
            raise NerbenchError(f"{name}: no such card")
        return read_card(path)
    if kind := _kind_of(path):
        fields = {"name": _safe_name(path.resolve().name), "kind": kind, "source": str(path)}
        return _make_card(fields, name)
    if path.is_file() or any(path.glob("*.ann")) or any(path.glob("*/*.ann")):
        from nerbench.recognizers.external.predictions import model_name

        safe = _safe_name(model_name(path.resolve()))
        return _make_card({"name": safe, "kind": "predictions", "source": str(path)}, name)
    if name.isidentifier() and importlib.util.find_spec(name) is not None:
        return _make_card({"name": name, "kind": "spacy", "source": name}, name)
    raise NerbenchError(
        f"unknown model {name!r}: it is no card ({', '.join(available)}), no CARD.yaml, no "
        "installed spaCy pipeline, no folder of a model, and no file of predictions; see "
        "'nerbench models list'" + did_you_mean(name, available)
    )


def _safe_name(name: str) -> str:
    """Return a name with ``_`` for each character that the name of a model cannot have."""
    return re.sub(r"[^\w.+-]", "_", name)


def _kind_of(folder: Path) -> str:
    """Return the kind of the model in a folder; empty if it is unknown or needs a card."""
    if (folder / "meta.json").is_file():
        return "spacy"
    try:
        config = (folder / "config.json").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    if "ForTokenClassification" not in config:
        return ""
    exported = any((folder / place).is_file() for place in ("model.onnx", "onnx/model.onnx"))
    weights = any(path.suffix in (".safetensors", ".bin") for path in folder.iterdir())
    return "onnx" if exported and not weights else "transformers"


def install_model(card: Card) -> None:
    """Install what a card needs with pip, into the Python that runs nerbench.

    Raises NerbenchError if the card has nothing to install or pip fails.
    """
    if not card.requirements:
        raise NerbenchError(f"{card.name}: there is nothing to install")
    for requirement in card.requirements:
        # A model must not replace the installed spaCy.
        alone = ["--no-deps"] if requirement == card.requirement else []
        command = [sys.executable, "-m", "pip", "install", *alone, requirement]
        if subprocess.run(command, check=False).returncode:
            raise NerbenchError(f"{card.name}: pip could not install {requirement}")


def load_recognizer(
    name: str | os.PathLike[str] = "default", threshold: float | None = None
) -> Recognizer | Predictor:
    """Load a recognizer by name.

    Parameters
    ----------
    name : str or path
        The name of a shipped card or an installed plug-in, the path of a card (YAML), a spaCy
        pipeline by package name or folder, the folder of a token classifier, or a file of
        predictions.
    threshold : float, optional
        Leave out mentions with a lower score, between 0 and 1; by default the card's threshold.

    Returns
    -------
    Recognizer or Predictor
        A Predictor for ensembles and for files of predictions; the latter give mentions of
        figures, not of texts.

    Raises
    ------
    NerbenchError
        If the name is unknown.
    RecognizerError
        If the model cannot be loaded.

    Examples
    --------
    >>> recognizer = load_recognizer("lexicon")
    >>> [mention.text for mention in next(recognizer.recognize(["STAT3 and IL-6"]))]
    ['STAT3', 'IL-6']
    """
    card = find_card(os.fspath(name))
    if threshold is not None:
        card = card.model_copy(update={"threshold": threshold})
    return load_card(card)


def load_card(card: Card) -> Recognizer | Predictor:
    """Load the recognizer of a card, with its threshold and what it was trained on.

    Raises RecognizerError if the model cannot be loaded.
    """
    try:
        loaded = card.load()
    except NerbenchError:
        raise
    except ImportError as error:
        remedy = f": {card.install_command}" if card.install_command else " what it needs"
        raise RecognizerError(f"{card.name}: {error}; install it{remedy}") from error
    except Exception as error:
        raise RecognizerError(f"{card.name}: cannot be loaded: {one_line(error)}") from error
    seen = card.training_ids()
    if isinstance(loaded, Predictor):
        loaded.trained_on |= seen
        return loaded
    if card.threshold is not None:
        loaded = Thresholded(loaded, card.threshold)
    return Trained(loaded, ids_of(loaded) | seen) if seen else loaded


def check_recognizer(name: str, text: str) -> tuple[Predictor, list[Mention]]:
    """Load a recognizer and tag one text; its mentions are checked as in a run.

    Raises NerbenchError for an unknown name, RecognizerError if it cannot be loaded, fails, or
    reports a mention that is not in the text.

    >>> [mention.text for mention in check_recognizer("lexicon", "STAT3 and IL-6")[1]]
    ['STAT3', 'IL-6']
    """
    predictor = as_predictor(load_recognizer(name))
    if predictor.is_precomputed:
        raise RecognizerError(f"{name}: these are predictions made elsewhere: they tag no text")
    return predictor, list(predictor.predict([Figure("text", text)])[0])
