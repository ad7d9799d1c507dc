"""Predictors: where the engine gets the mentions of figures from, whatever the model is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from nerbench.errors import RecognizerError, RecordError
from nerbench.recognizers.contract import Named, Recognizer, one_line, recognizer_notes
from nerbench.recognizers.trained_on import ids_of
from nerbench.records import Figure, Mention, Problem

Mentions = tuple[Mention, ...]


class Predictor(Named, ABC):
    """A source of mentions by figure: a model, an ensemble, or a file of predictions.

    Attributes
    ----------
    name : str
        The model's name in reports.
    fingerprint : str
        A text that changes whenever the mentions could; empty if the model cannot give one,
        which fails it at its first caption.
    has_spans : bool
        Whether its mentions say where they stand: lists of genes do not.
    problems : sequence of Problem
        What could not be used so far.
    trained_on : frozenset of str
        Ids of the figures or papers that the model was trained on, as far as is known.
    is_precomputed : bool
        Whether the mentions were made before the run. They are looked up by figure id, so they
        cannot be asked for a bare text, and the notes on them belong to the result of a run.
    """

    name: str
    fingerprint: str
    has_spans: bool = True
    problems: Sequence[Problem] = ()
    trained_on: frozenset[str] = frozenset()
    is_precomputed: bool = False

    @abstractmethod
    def predict(self, figures: Sequence[Figure]) -> list[Mentions]:
        """Return the mentions of each figure. Raises RecognizerError if the predictor fails."""

    def notes(self) -> list[str]:
        """Return what the user should know after a run."""
        return []

    def check_is_used(self) -> None:
        """Raise RecognizerError if all that it gave in a run had to be left out."""

    def with_cache(self, cache: Callable[[Predictor], Predictor]) -> Predictor:
        """Return the predictor with ``cache`` around every part whose mentions depend on the
        caption alone; by default no part does.
        """
        return self


class RecognizerPredictor(Predictor):
    """Runs a recognizer over captions, checks its mentions, and turns any failure into one error.

    >>> from nerbench.recognizers.dictionary import LexiconRecognizer
    >>> predictor = RecognizerPredictor(LexiconRecognizer())
    >>> [mention.text for mention in predictor.predict([Figure("F1", "IL-6 binds")])[0]]
    ['IL-6']
    """

    def __init__(self, recognizer: Recognizer) -> None:
        self.name = recognizer.name
        self._recognizer = recognizer
        self._failure: RecognizerError | None = None
        try:
            self.trained_on = ids_of(recognizer)
            self.fingerprint = str(recognizer.fingerprint)
        except Exception as error:
            reason = f"{self.name}: it has no fingerprint: {one_line(error)}"
            self.fingerprint, self._failure = "", RecognizerError(reason)

    def with_cache(self, cache: Callable[[Predictor], Predictor]) -> Predictor:
        """Return the predictor with the cache around it."""
        return cache(self)

    def notes(self) -> list[str]:
        """Return the recognizer's notes."""
        try:
            return recognizer_notes(self._recognizer)
        except Exception as error:
            return [f"{self.name}: it cannot give its notes: {one_line(error)}"]

    def predict(self, figures: Sequence[Figure]) -> list[Mentions]:
        """Return the mentions of each figure's caption.

        Raises RecognizerError if the recognizer raises, has no fingerprint, reports a mention
        that is not in the caption, or yields more or fewer lists than there are captions.
        """
        if self._failure is not None:
            raise self._failure
        predictions: list[Mentions] = []
        try:
            for mentions in self._recognizer.recognize([figure.caption for figure in figures]):
                if len(predictions) == len(figures):
                    raise RecognizerError(f"{self.name}: yields more lists than captions")
                for mention in mentions:
                    mention.check(figures[len(predictions)].caption)
                predictions.append(tuple(mentions))
        except RecognizerError:
            raise
        except RecordError as error:
            figid = figures[len(predictions)].figid
            raise RecognizerError(
                f"{self.name}: wrong offsets in figure {figid}: {error}"
            ) from error
        except (Exception, SystemExit) as error:
            place = self._place_of_failure(figures[len(predictions) :] or figures[-1:])
            raise RecognizerError(f"{self.name}: failed {place}: {one_line(error)}") from error
        if len(predictions) < len(figures):
            raise RecognizerError(
                f"{self.name}: yielded {len(predictions)} lists of mentions for "
                f"{len(figures)} captions"
            )
        return predictions

    def _place_of_failure(self, figures: Sequence[Figure]) -> str:
        """Return on which of the figures without mentions the recognizer fails, by asking for each
        alone: recognizers read ahead. If it fails on none alone, the first is near enough.
        """
        for figure in figures:
            try:
                for mentions in self._recognizer.recognize([figure.caption]):
                    for mention in mentions:
                        mention.check(figure.caption)
            except (Exception, SystemExit):
                return f"on figure {figure.figid}"
        return f"near figure {figures[0].figid}"


class FailedPredictor(Predictor):
    """Stands for a model that could not be loaded: it fails at its first caption."""

    def __init__(self, name: str, reason: str) -> None:
        self.name, self.fingerprint, self.reason = name, "", reason

    def predict(self, figures: Sequence[Figure]) -> list[Mentions]:
        """Raise RecognizerError with the reason."""
        raise RecognizerError(self.reason)


def as_predictor(model: Recognizer | Predictor) -> Predictor:
    """Return a recognizer as a predictor, and a predictor as it is.

    Raises TypeError if the object has no method ``recognize``.

    >>> from nerbench.recognizers.dictionary import LexiconRecognizer
    >>> as_predictor(LexiconRecognizer()).name
    'lexicon'
    """
    if isinstance(model, Predictor):
        return model
    if not callable(getattr(model, "recognize", None)):
        raise TypeError(
            f"a {type(model).__name__} is no recognizer: it needs name, fingerprint and "
            "recognize(texts)"
        )
    return RecognizerPredictor(model)
