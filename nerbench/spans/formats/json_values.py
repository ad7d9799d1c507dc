"""Read the JSON values of a text: one, one a line, or several one after another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from nerbench.spans.formats.text_files import lines_of

_WHITE_SPACE = " \t\r\n"


class JsonValue(NamedTuple):
    """A JSON value and its line, 0 if it is the whole text; ``error`` says why it is none."""

    line: int
    value: Any
    error: str = ""


def read_json_values(text: str) -> Iterator[JsonValue]:
    r"""Yield the JSON value of a text, those of its lines, or those that follow one another.

    A line that is broken costs itself only. Of values with line ends in them, all up to the first
    that is broken are read.

    >>> list(read_json_values('{"a":\n1}\n{"a":\n2}'))
    [JsonValue(line=1, value={'a': 1}, error=''), JsonValue(line=3, value={'a': 2}, error='')]
    >>> [json_value.error for json_value in read_json_values('[1]\n[2\n[3]')]
    ['', "Expecting ',' delimiter", '']
    """
    try:
        yield JsonValue(0, json.loads(text))
        return
    except json.JSONDecodeError as error:
        whole = JsonValue(error.lineno, None, error.msg)
    except RecursionError:
        yield JsonValue(0, None, "nested too deep")
        return
    lines = [(number, line) for number, line in enumerate(lines_of(text), 1) if line.strip()]
    if lines and not _read(*lines[0]).error:
        yield from (_read(number, line) for number, line in lines)
        return
    values = _read_sequence(text)
    first = next(values, whole)
    yield whole if first.error else first
    yield from values


def _read(number: int, line: str) -> JsonValue:
    try:
        return JsonValue(number, json.loads(line))
    except json.JSONDecodeError as error:
        return JsonValue(number, None, error.msg)
    except RecursionError:
        return JsonValue(number, None, "nested too deep")


def _read_sequence(text: str) -> Iterator[JsonValue]:
    decoder = json.JSONDecoder()
    position, line, counted = 0, 1, 0
    while True:
        while position < len(text) and text[position] in _WHITE_SPACE:
            position += 1
        line, counted = line + text.count("\n", counted, position), position
        if position == len(text):
            return
        try:
            value, position = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            yield JsonValue(error.lineno, None, error.msg)
            return
        except RecursionError:
            yield JsonValue(line, None, "nested too deep")
            return
        yield JsonValue(line, value)
