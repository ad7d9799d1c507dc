"""What a worker is made from: names and options, so that any process can make its own."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nerbench.engine.worker import Worker
from nerbench.errors import RecognizerError
from nerbench.nomenclature.lexicon import load_nomenclature
from nerbench.recognizers.contract import Recognizer
from nerbench.recognizers.predictor import Predictor
from nerbench.recognizers.registry import find_card, load_recognizer
from nerbench.records import Level, Mention
from nerbench.scoring.figure import Scope

__all__ = ["RunConfig", "freeze_gc"]


@dataclass(frozen=True, slots=True)
class RunConfig:
    """The models of a run by name, and the options that scores depend on."""

    models: tuple[str, ...]
    organism: str = "auto"
    level: Level = Level.FAMILY
    abbreviations: bool = True
    threshold: float | None = None

    def load(self) -> list[Recognizer | Predictor]:
        """The recognizers; one that cannot be loaded fails at its first caption."""
        return [self._load(name) for name in self.models]

    def _load(self, name: str) -> Recognizer | Predictor:
        try:
            return load_recognizer(name, self.threshold)
        except RecognizerError as error:
            return _Unloadable(find_card(name).name, str(error))

    def worker(self) -> Worker:
        """A worker with these models, loaded here.

        >>> RunConfig(("lexicon",)).worker().info().recognizers[0][0]
        'lexicon'
        """
        nomenclature = load_nomenclature()
        scope = Scope.parse(self.organism, nomenclature)
        worker = Worker(self.load(), nomenclature, scope, self.level, self.abbreviations)
        freeze_gc()
        return worker


def freeze_gc() -> None:
    """Tell the garbage collector of a process that is a run's own what it is in for.

    Lexicons and models stay: they are not to be searched. Of what a run makes after them, tens of
    thousands of rows and mentions at a time, hardly anything is garbage that the collector has to
    find: it is to look for it that much more seldom.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


class _Unloadable:
    """Stands for a model that could not be loaded: it fails at its first caption."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.fingerprint = f"unloadable {name}"
        self._reason = reason

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        raise RecognizerError(self._reason)
