"""Turn what users call a recognizer into a predictor: names, objects of libraries, functions."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

from nerbench.recognizers.cards import Card
from nerbench.recognizers.contract import Recognizer
from nerbench.recognizers.predictor import Predictor, RecognizerPredictor
from nerbench.recognizers.python_function import FunctionPredictor, FunctionRecognizer
from nerbench.recognizers.registry import load_card, load_recognizer
from nerbench.records import Mention

if TYPE_CHECKING:
    import re
    from typing import Protocol, TypeAlias

    from spacy.language import Language

    class _Span(Protocol):
        @property
        def start(self) -> int: ...
        @property
        def end(self) -> int: ...

    class _SpacySpan(Protocol):
        @property
        def start_char(self) -> int: ...
        @property
        def end_char(self) -> int: ...

    class _Pipeline(Protocol):  # of transformers, which need not be installed
        task: str
        model: Any
        tokenizer: Any

    SpanLike: TypeAlias = (
        Mention
        | tuple[int, int]
        | tuple[int, int, str | None]
        | tuple[int, int, str | None, float | str | None]
        | list[int]
        | Mapping[str, Any]
        | re.Match[str]
        | _SpacySpan
        | _Span
    )
    SpansFunction: TypeAlias = (
        Callable[[str], Iterable[SpanLike]] | Callable[[list[str]], Iterable[Iterable[SpanLike]]]
    )
    RecognizerLike: TypeAlias = (
        str
        | os.PathLike[str]
        | Card
        | Language
        | _Pipeline
        | Recognizer
        | Predictor
        | SpansFunction
    )
    RecognizersLike: TypeAlias = (
        RecognizerLike | Sequence[RecognizerLike] | Mapping[str, RecognizerLike]
    )

RECOGNIZER_FORMS = (
    "a model's name, the path of a card, model or file of predictions, a spaCy pipeline, a "
    "token-classification pipeline of transformers, a function from texts to spans, or an object "
    "with name, fingerprint and recognize(texts)"
)
"""Words for what a recognizer may be, for messages and documentation."""


def to_predictor(model: RecognizerLike, name: str | None = None) -> Predictor:
    """Return what a user calls a recognizer as a predictor.

    Parameters
    ----------
    model : RecognizerLike
        One of `RECOGNIZER_FORMS`.
    name : str, optional
        The model's name in place of its own.

    Returns
    -------
    Predictor
        The predictor. Names, paths and cards are loaded.

    Raises
    ------
    TypeError
        If it is none of these.
    NerbenchError
        If no model has the name.
    RecognizerError
        If the model cannot be loaded, or has no label of genes.

    Examples
    --------
    >>> def find_stat3(text):
    ...     return [(0, 5)] if text.startswith("STAT3") else []
    >>> to_predictor(find_stat3), to_predictor("lexicon", name="words")
    (FunctionPredictor('find_stat3'), RecognizerPredictor('words'))
    """
    predictor = _to_predictor(model)
    if name is not None:
        predictor = copy(predictor)
        predictor.name = name
    return predictor


def _to_predictor(model: Any) -> Predictor:
    if isinstance(model, Predictor):
        return model
    if isinstance(model, str | os.PathLike):
        return _as_predictor(load_recognizer(model))
    if isinstance(model, Card):
        return _as_predictor(load_card(model))
    if inspect.isclass(model):
        raise TypeError(f"{model.__name__} is a class: give an object of it, {model.__name__}(...)")
    if _is_of(model, "spacy.language", "Language"):
        from nerbench.recognizers.spacy_pipeline import SpacyRecognizer

        return RecognizerPredictor(SpacyRecognizer(model))
    if _is_of(model, "transformers.pipelines.base", "Pipeline"):
        from nerbench.recognizers.neural.transformers_pipeline import PipelineRecognizer

        if getattr(model, "task", "") not in ("token-classification", "ner"):
            raise TypeError(
                f"a pipeline of transformers for {model.task} is no recognizer: it needs the task "
                "token-classification"
            )
        return RecognizerPredictor(PipelineRecognizer(model))
    if callable(getattr(model, "recognize", None)):
        return _as_predictor(model)
    if callable(model) and not _is_of(model, "torch.nn", "Module"):
        return FunctionPredictor(FunctionRecognizer(model))
    raise TypeError(f"a recognizer is {RECOGNIZER_FORMS}; not {_describe(model)}")


def _as_predictor(model: Recognizer | Predictor) -> Predictor:
    if isinstance(model, Predictor):
        return model
    for member in ("name", "fingerprint"):
        if not _has(model, member):
            raise TypeError(
                f"a {type(model).__name__} is no recognizer: it has no {member}; a recognizer has "
                "name, fingerprint and recognize(texts)"
            )
    return RecognizerPredictor(model)


def _has(model: object, member: str) -> bool:
    """Return whether an object has a member, also one that cannot be computed."""
    try:
        return member in dir(model) or hasattr(model, member)
    except Exception:
        return True


def _is_of(value: object, module: str, name: str) -> bool:
    """Return whether a value is of a class, which it is not if its module is not imported."""
    wanted = getattr(sys.modules.get(module), name, None)
    return inspect.isclass(wanted) and isinstance(value, wanted)


def _describe(value: object) -> str:
    return "None" if value is None else f"a {type(value).__module__}.{type(value).__qualname__}"
