"""What the engine asks of whatever gives a figure's mentions, and recognizers put to that use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from nerbench.errors import RecognizerError, RecordError
from nerbench.recognizers.contract import Recognizer
from nerbench.records import Figure, Mention, Problem

__all__ = ["Predictor", "RecognizerPredictor", "predictor_of"]


class Predictor(Protocol):
    """Where the engine gets a figure's mentions from: a model, or a file of predictions."""

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    @property
    def problems(self) -> Sequence[Problem]:
        """What could not be used, so far."""
        ...

    def predict(self, figures: Sequence[Figure]) -> list[tuple[Mention, ...]]:
        """The mentions of each figure. Raises RecognizerError if the predictor fails."""
        ...


class RecognizerPredictor:
    """Runs a recognizer over captions and checks what it reports."""

    def __init__(self, recognizer: Recognizer) -> None:
        self._recognizer = recognizer
        self.name = recognizer.name
        self.problems: tuple[Problem, ...] = ()

    @property
    def fingerprint(self) -> str:
        """The recognizer's own."""
        return self._recognizer.fingerprint

    def notes(self) -> list[str]:
        """What the recognizer has to say after a run, if it has."""
        return list(getattr(self._recognizer, "notes", list)())

    def predict(self, figures: Sequence[Figure]) -> list[tuple[Mention, ...]]:
        """The mentions of each figure's caption.

        Raises RecognizerError if the recognizer raises, reports a mention that is not in the
        caption, or yields more or fewer lists than there are captions.
        """
        found: list[tuple[Mention, ...]] = []
        try:
            for mentions in self._recognizer.recognize([figure.caption for figure in figures]):
                if len(found) == len(figures):
                    raise RecognizerError(f"{self.name}: yields more lists than captions")
                for mention in mentions:
                    mention.check(figures[len(found)].caption)
                found.append(tuple(mentions))
        except RecognizerError:
            raise
        except RecordError as error:
            raise RecognizerError(
                f"{self.name}: wrong offsets in figure {figures[len(found)].figid}: {error}"
            ) from error
        except (Exception, SystemExit) as error:  # a model is not to end the run
            figid = figures[min(len(found), len(figures) - 1)].figid
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            raise RecognizerError(f"{self.name}: failed near figure {figid}: {reason}") from error
        if len(found) < len(figures):
            raise RecognizerError(
                f"{self.name}: yielded {len(found)} lists of mentions for {len(figures)} captions"
            )
        return found


def predictor_of(model: Recognizer | Predictor) -> Predictor:
    """A model as the engine asks it: a recognizer is run over captions, predictions are looked up.

    >>> from nerbench.recognizers.dictionary import LexiconRecognizer
    >>> [m.text for m in predictor_of(LexiconRecognizer()).predict([Figure("F1", "IL-6 binds")])[0]]
    ['IL-6']
    """
    return RecognizerPredictor(model) if isinstance(model, Recognizer) else model


def as_predictor(one: Recognizer | Predictor) -> Predictor:
    """A recognizer as a predictor; a predictor as it is."""
    return RecognizerPredictor(one) if isinstance(one, Recognizer) else one
