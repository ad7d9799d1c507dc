"""The reasons why a card's field cannot be used, in this project's words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from nerbench.errors import did_you_mean

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_MAX_SHOWN = 60  # characters of a value
_SECRET = ("headers", "key_variable")  # fields that may hold a key, whose values are not shown

_EXPECTED: dict[str, Callable[[dict[str, Any]], str]] = {
    "string_type": lambda _: "a text",
    "string_too_short": lambda _: "a text that is not empty",
    "string_pattern_mismatch": lambda _: "a name of letters, digits and . _ + -",
    "int_type": lambda _: "a whole number",
    "int_parsing": lambda _: "a whole number",
    "int_from_float": lambda _: "a whole number",
    "float_type": lambda _: "a number",
    "float_parsing": lambda _: "a number",
    "finite_number": lambda _: "a finite number",
    "bool_type": lambda _: "true or false",
    "bool_parsing": lambda _: "true or false",
    "list_type": lambda _: "a list",
    "tuple_type": lambda _: "a list",
    "dict_type": lambda _: "fields with values",
    "model_type": lambda _: "fields with values",
    "model_attributes_type": lambda _: "fields with values",
    "literal_error": lambda limits: f"{limits['expected']}".replace("'", ""),
    "greater_than": lambda limits: f"a number above {limits['gt']:g}",
    "greater_than_equal": lambda limits: f"a number of at least {limits['ge']:g}",
    "less_than": lambda limits: f"a number below {limits['lt']:g}",
    "less_than_equal": lambda limits: f"a number of at most {limits['le']:g}",
    "too_short": lambda limits: f"a list of at least {limits['min_length']}",
    "too_long": lambda limits: f"a list of at most {limits['max_length']}",
}
"""Words for what a field is to be, by pydantic's type of error and its limits."""


def describe_field_error(error: ErrorDetails, model: type[BaseModel]) -> str:
    """Return the field that an error is about, and what is wrong with it.

    Parameters
    ----------
    error : ErrorDetails
        One of `pydantic.ValidationError.errors`.
    model : type of BaseModel
        The class that refused the fields.

    Returns
    -------
    str
        ``field NAME: REASON``; for a name that is no field, the nearest one that is.

    Examples
    --------
    >>> from pydantic import ValidationError
    >>> from nerbench.recognizers.dictionary import LexiconCard
    >>> try:
    ...     LexiconCard.model_validate({"name": "a", "kind": "lexicon", "treshold": 1})
    ... except ValidationError as refusal:
    ...     describe_field_error(refusal.errors()[0], LexiconCard)
    "field treshold: a card of this kind has no such field; did you mean 'threshold'?"
    """
    path = [str(part) for part in error["loc"]]
    return f"field {'.'.join(path) or 'kind'}: {_reason(error, path, model)}"


def _reason(error: ErrorDetails, path: list[str], model: type[BaseModel]) -> str:
    kind, limits = error["type"], error.get("ctx", {})
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        holder = "a card of this kind" if len(path) == 1 else f"{path[-2]!r}"
        return f"{holder} has no such field" + did_you_mean(path[-1], _fields(path[:-1], model))
    if kind == "value_error":  # raised by the card's class
        return str(limits["error"])
    expected = _EXPECTED.get(kind)
    shown = "its value" if any(part in _SECRET for part in path) else _show(error["input"])
    if expected is None:
        return f"{shown} cannot be used"
    if kind == "string_type" and isinstance(error["input"], bool | int | float | date):
        return f"{shown} is not {expected(limits)}; in YAML, write it in quotation marks"
    choices = limits["expected"].split(" or ") if kind == "literal_error" else []
    known = [name.strip("' ") for part in choices for name in part.split(",")]
    return f"{shown} is not {expected(limits)}" + did_you_mean(str(error["input"]), known)


def _fields(path: list[str], model: type[BaseModel]) -> list[str]:
    """Return the fields of a card, or of the part of it that a path leads to."""
    for name in path:
        field = model.model_fields.get(name)
        part = None if field is None else field.annotation
        if not (isinstance(part, type) and issubclass(part, BaseModel)):
            return []
        model = part
    return list(model.model_fields)


def _show(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."
