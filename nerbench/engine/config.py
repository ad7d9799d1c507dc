"""The configuration of a run: names and options, from which any process can make a worker."""

from __future__ import annotations

import gc
from dataclasses import dataclass

from nerbench.engine.worker import Worker
from nerbench.errors import RecognizerError
from nerbench.nomenclature.lexicon import load_nomenclature
from nerbench.recognizers.predictor import FailedPredictor, Predictor, as_predictor
from nerbench.recognizers.registry import find_card, load_recognizer
from nerbench.records import Level
from nerbench.scoring.scope import Scope


@dataclass(frozen=True, slots=True)
class RunConfig:
    """The models of a run by name, and the options that scores depend on."""

    models: tuple[str, ...]
    organism: str = "auto"
    level: Level = Level.FAMILY
    abbreviations: bool = True
    threshold: float | None = None
    scope_from: str | None = None

    def worker(self) -> Worker:
        """Load the models and return a worker with them.

        >>> list(RunConfig(("lexicon",)).worker().info().fingerprints)
        ['lexicon']
        """
        nomenclature = load_nomenclature()
        scope = Scope.parse(self.organism, nomenclature, self.scope_from)
        predictors = [load_predictor(name, self.threshold) for name in self.models]
        worker = Worker(predictors, nomenclature, scope, self.level, self.abbreviations)
        freeze_gc()
        return worker


def load_predictor(name: str, threshold: float | None = None) -> Predictor:
    """Load a model; one that cannot be loaded is returned as a predictor that fails.

    Raises NerbenchError if the name is unknown.
    """
    card = find_card(name)
    try:
        return as_predictor(load_recognizer(name, threshold))
    except RecognizerError as error:
        return FailedPredictor(card.name, str(error))


def freeze_gc() -> None:
    """Freeze loaded lexicons and models, and collect less often: a run makes many objects and
    little garbage.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
