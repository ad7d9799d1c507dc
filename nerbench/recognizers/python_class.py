"""Python classes with ``name``, ``fingerprint`` and ``recognize``, named in a card."""

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
from nerbench.recognizers.contract import Named, Recognizer, one_line, recognizer_notes
from nerbench.recognizers.trained_on import ids_of
from nerbench.records import Mention


class PythonCard(Card):
    """The card of a Python class.

    Attributes
    ----------
    source
        ``module:Class`` or ``file.py:Class``.
    options
        The keyword arguments of the class.
    labels
        Mentions with other labels are left out; by default none are.
    """

    kind: Literal["python"]
    source: str = Field(pattern=r"^.+:\w+$")
    options: dict[str, Any] = Field(default_factory=dict)

    @property
    def is_installed(self) -> bool:
        module = self.source.rpartition(":")[0]
        if module.endswith(".py"):
            return Path(module).is_file()
        try:
            return importlib.util.find_spec(module) is not None
        except (ImportError, ValueError):
            return False

    @property
    def security_note(self) -> str:
        return f"runs the Python code of {self.source}"

    def resolve_paths(self, folder: Path) -> Self:
        file = folder / self.source.rpartition(":")[0]
        if not file.is_file():
            return self
        return self.model_copy(update={"source": f"{file}:{self.source.rpartition(':')[2]}"})

    def load(self) -> Recognizer:
        """Construct an object of the class. Raises RecognizerError if that fails or it is no
        recognizer.
        """
        origin, _, attribute = self.source.rpartition(":")
        try:
            if origin.endswith(".py"):
                module = _import_file(origin)
            else:
                module = importlib.import_module(origin)
            factory = getattr(module, attribute)
        except AttributeError:
            raise RecognizerError(f"{self.name}: {origin} has no {attribute}") from None
        except ImportError:
            raise
        except (Exception, SystemExit) as error:
            raise RecognizerError(
                f"{self.name}: {origin} cannot be loaded: {one_line(error)}"
            ) from None
        code = Path(str(getattr(module, "__file__", None)))
        recognizer = construct(self.name, factory, self.options)
        return CardRecognizer(
            self.name, recognizer, self.labels, digest(self.fingerprint_fields(), files=code)
        )


def _import_file(path: str) -> ModuleType:
    """Import the module in a file anew, so that changes to the file count."""
    name = f"nerbench_plugin_{digest(str(Path(path).resolve()))}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def construct(name: str, factory: Any, options: dict[str, Any]) -> Recognizer:
    """Call a class or function with its options and check that the result is a recognizer.

    Raises RecognizerError if the call fails or a member of `Recognizer` is missing.

    >>> construct("mine", dict, {})
    Traceback (most recent call last):
    nerbench.errors.RecognizerError: mine: a dict is no recognizer: it has no name
    """
    try:
        recognizer: Recognizer = factory(**options) if callable(factory) else factory
    except Exception as error:
        raise RecognizerError(f"{name}: it cannot be constructed: {one_line(error)}") from None
    for member in ("name", "fingerprint", "recognize"):
        if member not in dir(recognizer):  # hasattr would compute a fingerprint
            raise RecognizerError(
                f"{name}: a {type(recognizer).__name__} is no recognizer: it has no {member}"
            )
    return recognizer


class CardRecognizer(Named):
    """A recognizer with the name of its card, limited to the labels of the card."""

    def __init__(
        self, name: str, recognizer: Recognizer, labels: Iterable[str] | None, card_digest: str
    ) -> None:
        self.name = name
        self.trained_on = ids_of(recognizer)
        self._recognizer = recognizer
        self._labels = None if labels is None else frozenset(labels)
        self._card_digest = card_digest

    @cached_property
    def fingerprint(self) -> str:
        return digest(self._card_digest, str(self._recognizer.fingerprint))

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """Yield the mentions of each text that have one of the labels."""
        for mentions in self._recognizer.recognize(texts):
            yield [m for m in mentions if self._labels is None or m.label in self._labels]

    def notes(self) -> list[str]:
        return recognizer_notes(self._recognizer)
