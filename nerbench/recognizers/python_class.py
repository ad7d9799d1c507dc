"""Any Python class with ``name``, ``fingerprint`` and ``recognize``, named in a card."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, Self

from pydantic import Field

from nerbench.errors import RecognizerError
from nerbench.recognizers.cards import Card, digest
from nerbench.recognizers.contract import Recognizer, recognizer_notes
from nerbench.records import Mention

__all__ = ["Named", "PythonCard", "construct"]


class PythonCard(Card):
    """The card of a class: ``source`` is ``module:Class`` or ``file.py:Class``; ``options`` are
    given to it by name. Mentions with a label outside ``labels`` are dropped, if those are given.
    """

    kind: Literal["python"]
    source: str = Field(pattern=r"^.+:\w+$")
    options: dict[str, Any] = Field(default_factory=dict)

    @property
    def is_installed(self) -> bool:
        """Whether the module or the file is here."""
        module = self.source.rpartition(":")[0]
        if module.endswith(".py"):
            return Path(module).is_file()
        try:
            return importlib.util.find_spec(module) is not None
        except (ImportError, ValueError):
            return False

    @property
    def security_note(self) -> str:
        """It runs Python code."""
        return f"runs the Python code of {self.source}"

    def resolve_paths(self, folder: Path) -> Self:
        """The card with the path of a file that lies beside it."""
        file = folder / self.source.rpartition(":")[0]
        if not file.is_file():
            return self
        return self.model_copy(update={"source": f"{file}:{self.source.rpartition(':')[2]}"})

    def load(self) -> Recognizer:
        """An object of the class.

        Raises RecognizerError if there is none, or it is no recognizer.
        """
        place, _, attribute = self.source.rpartition(":")
        try:
            module = _file(place) if place.endswith(".py") else importlib.import_module(place)
            found = getattr(module, attribute)
        except AttributeError:
            raise RecognizerError(f"{self.name}: {place} has no {attribute}") from None
        except ImportError:
            raise
        except (Exception, SystemExit) as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            raise RecognizerError(f"{self.name}: {place} cannot be loaded: {reason}") from None
        code = Path(str(getattr(module, "__file__", None)))
        made = construct(self.name, found, self.options)
        return Named(self.name, made, self.labels, digest(self.facts(), files=code))


def _file(path: str) -> ModuleType:
    """The module in a file; run anew, so that a changed file counts."""
    name = f"nerbench_plugin_{digest(str(Path(path).resolve()))}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def construct(name: str, found: Any, options: dict[str, Any]) -> Recognizer:
    """What a class or function makes of its options, checked to be a recognizer.

    Raises RecognizerError if making it fails or it lacks a part of the protocol.

    >>> construct("mine", dict, {})
    Traceback (most recent call last):
    nerbench.errors.RecognizerError: mine: a dict is no recognizer: it has no name
    """
    try:
        made = found(**options) if callable(found) else found
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise RecognizerError(f"{name}: it cannot be made: {reason}") from None
    for part in ("name", "fingerprint", "recognize"):
        if part not in dir(made):  # hasattr would compute a fingerprint
            raise RecognizerError(
                f"{name}: a {type(made).__name__} is no recognizer: it has no {part}"
            )
    recognizer: Recognizer = made
    return recognizer


class Named:
    """A recognizer under the name of its card, with the labels that the card counts."""

    def __init__(
        self, name: str, recognizer: Recognizer, labels: Iterable[str] | None, facts: str
    ) -> None:
        self.name = name
        self._recognizer = recognizer
        self._labels = None if labels is None else frozenset(labels)
        self._facts = facts

    @cached_property
    def fingerprint(self) -> str:
        """Changes with the recognizer's own, and with its card and code."""
        return digest(self._facts, str(self._recognizer.fingerprint))

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """Yield the mentions of each text that have one of the labels."""
        for mentions in self._recognizer.recognize(texts):
            yield [one for one in mentions if self._labels is None or one.label in self._labels]

    def notes(self) -> list[str]:
        """Return the recognizer's notes."""
        return recognizer_notes(self._recognizer)
