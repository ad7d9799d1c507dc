"""Python functions from texts to spans, as recognizers."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from types import CodeType
from typing import Any, get_origin, get_type_hints

from nerbench.errors import RecognizerError
from nerbench.recognizers.cards import digest
from nerbench.recognizers.contract import Named
from nerbench.recognizers.predictor import Predictor, RecognizerPredictor
from nerbench.recognizers.span_values import are_spans, read_spans
from nerbench.records import Mention
from nerbench.spans.usual_labels import is_gene_label, list_labels


class FunctionRecognizer(Named):
    """A function that takes a list of texts and gives the spans of each, or takes one text and
    gives its spans.

    Which of the two it is, is seen from the annotation of its parameter (``str`` is one text), else
    by trying it with a list of one text. Spans are in any form that `read_spans` reads. A text of
    white space is not passed on. Spans with a label that is no usual one of genes are left out.

    Parameters
    ----------
    function : callable
        The function.
    name : str, optional
        The model's name; by default the function's.

    Examples
    --------
    >>> def capitals(text):
    ...     return re.finditer("[A-Z]{2,}[0-9]*", text)
    >>> list(FunctionRecognizer(capitals).recognize(["STAT3 binds"]))
    [[Mention(0, 5, 'STAT3')]]
    """

    def __init__(self, function: Callable[[Any], Any], name: str | None = None) -> None:
        self.name = name or _name_of(function)
        self.fingerprint = digest(_code_of(function))
        self._function = function
        self._takes_list = _is_annotated_with_list(function)
        self._genes = 0
        self._other_labels: Counter[str] = Counter()

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """Yield the mentions of each text."""
        texts = list(texts)
        spans = iter(self._spans([text for text in texts if text.strip()]))
        for text in texts:
            yield self._genes_of(next(spans), text) if text.strip() else []

    def notes(self) -> list[str]:
        """Return which labels were left out."""
        if not self._other_labels:
            return []
        return [f"{self.name}: spans with labels of no genes: {list_labels(self._other_labels)}"]

    def check_is_used(self) -> None:
        """Raise RecognizerError if it gave spans, all with labels that are not of genes."""
        if self._other_labels and not self._genes:
            remedy = "give the spans of genes the label GENE, or none"
            raise RecognizerError(f"{self.notes()[0]}, and none of a gene: {remedy}")

    def _spans(self, texts: Sequence[str]) -> Iterable[object]:
        """Return the spans of each text, as the function gives them."""
        if texts and self._takes_list is None:
            self._takes_list = self._try_list(texts[0])
        if not self._takes_list:
            return map(self._function, texts)
        lists = list(self._function(texts)) if texts else []
        if len(lists) != len(texts):
            raise RecognizerError(
                f"{self.name}: gave {len(lists)} lists of spans for {len(texts)} texts"
            )
        return lists

    def _try_list(self, text: str) -> bool:
        """Return whether the function takes a list of texts. Raises what it raises if neither a
        list nor a text is to its liking.
        """
        try:
            lists = list(self._function([text]))
        except Exception as list_error:
            try:
                read_spans(self._function(text), text)
            except Exception:
                if isinstance(list_error, AttributeError | TypeError):
                    raise  # a list has no methods of a text: it takes one text, and fails on it
                raise list_error from None
            return False
        return len(lists) == 1 and are_spans(lists[0], text)

    def _genes_of(self, spans: object, text: str) -> list[Mention]:
        mentions = read_spans(spans, text)
        genes = [mention for mention in mentions if is_gene_label(mention.label)]
        self._genes += len(genes)
        self._other_labels.update(m.label for m in mentions if not is_gene_label(m.label))
        return genes


class FunctionPredictor(RecognizerPredictor):
    """A function as a predictor. Its predictions are not kept for other runs: nobody knows all
    that they depend on.
    """

    def __init__(self, recognizer: FunctionRecognizer) -> None:
        super().__init__(recognizer)
        self._function = recognizer

    def check_is_used(self) -> None:
        """Raise RecognizerError if it gave spans, all with labels that are not of genes."""
        self._function.check_is_used()

    def with_cache(self, cache: Callable[[Predictor], Predictor]) -> Predictor:
        """Return the predictor as it is."""
        return self


def _name_of(function: Callable[[Any], Any]) -> str:
    while isinstance(function, partial):
        function = function.func
    name = getattr(function, "__name__", type(function).__name__)
    return "function" if name == "<lambda>" else name


def _code_of(function: Callable[[Any], Any]) -> tuple[object, ...]:
    """Return what is known of a function's content: its code, and simple values that it holds."""
    if isinstance(function, partial):
        keywords = [value for _, value in sorted(function.keywords.items())]
        return (*_code_of(function.func), _plain([*function.args, *keywords]))
    called: Any = inspect.unwrap(_routine_of(function))
    code = getattr(called, "__code__", None)
    if code is None:  # it is not written in Python
        return (getattr(called, "__module__", ""), getattr(called, "__qualname__", ""))
    held = [*(called.__defaults__ or ()), *inspect.getclosurevars(called).nonlocals.values()]
    return (_content(code), _plain(held))


def _routine_of(function: Callable[[Any], Any]) -> Callable[..., Any]:
    return function if inspect.isroutine(function) else type(function).__call__


def _content(value: object) -> object:
    """Return a code object, and the constants in it, as values of one representation in every
    process: a set has no order, and a code object has an address.
    """
    if isinstance(value, CodeType):
        return (value.co_code, value.co_names, *map(_content, value.co_consts))
    return sorted(map(repr, value)) if isinstance(value, frozenset) else value


def _plain(values: Iterable[object]) -> list[str]:
    """Return the representations of those values that have one of their own."""
    kinds = (str, int, float, bool, type(None), re.Pattern)
    plain = []
    for value in values:
        items = value if isinstance(value, tuple | list) else [value]
        plain += [repr(item) for item in items if isinstance(item, kinds)]
    return plain


def _is_annotated_with_list(function: Callable[[Any], Any]) -> bool | None:
    """Return whether the first parameter is annotated with a list of texts; None if its
    annotation does not tell.
    """
    try:
        (parameter, *_) = inspect.signature(function).parameters
        annotation = get_type_hints(_routine_of(function)).get(parameter)
    except Exception:  # an annotation may name what is not there
        return None
    if annotation is str:
        return False
    kind = get_origin(annotation) or annotation
    return True if isinstance(kind, type) and issubclass(kind, Iterable) else None
