"""Recognizers: whatever turns captions into gene mentions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

from nerbench.records import Mention

__all__ = ["Recognizer"]


@runtime_checkable
class Recognizer(Protocol):
    """The one thing nerbench asks of a model.

    ``name`` names it in reports; ``fingerprint`` changes whenever its output could.
    """

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """Yield the mentions of each text, in the order of the texts."""
        ...
