"""Read tables in JSON: an object a line, a list of objects, or an object that holds one list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from nerbench.records import Problem
from nerbench.spans.formats.json_values import JsonValue, read_json_values
from nerbench.tabular.table_rows import Row

_Item = tuple[str, Any]  # place, value


class JsonTable:
    """A table of JSON objects, whose columns are the fields of any of them."""

    def __init__(self, items: Sequence[_Item], source: str) -> None:
        self.source = source
        self._items = items
        objects = (value for _, value in items if isinstance(value, dict))
        self.columns = tuple(dict.fromkeys(field for value in objects for field in value))

    def rows(self, columns: Sequence[str]) -> Iterator[Row | Problem]:
        for place, value in self._items:
            if isinstance(value, Problem):
                yield value
            elif isinstance(value, dict):
                yield Row(place, tuple(value.get(column) for column in columns))
            else:
                yield Problem(place, f"no JSON object, but {type(value).__name__}")


def open_json(text: str, source: str) -> JsonTable | None:
    """Open a table in JSON; None if no object is in it.

    >>> table = open_json('{"id": "7", "genes": ["IL6"]}', "a.jsonl")
    >>> table.columns, list(table.rows(["genes"]))
    (('id', 'genes'), [Row(place='a.jsonl:1', cells=(['IL6'],))])
    """
    if text.lstrip()[:1] not in ("{", "["):
        return None
    table = JsonTable(list(_items(text, source)), source)
    return table if table.columns else None


def _items(text: str, source: str) -> Iterable[_Item]:
    values = list(read_json_values(text))
    if len(values) > 1 or values[0].error:
        return map(partial(_place, source), values)
    data = values[0].value
    lists = [value for value in data.values() if _is_list_of_objects(value)] if _is(data) else []
    if len(lists) == 1 and not any(isinstance(value, str) for value in data.values()):
        data = lists[0]
    if isinstance(data, list):
        return [(f"{source}, object {number}", value) for number, value in enumerate(data, 1)]
    first_line = len(text[: len(text) - len(text.lstrip())].splitlines()) + 1
    return [(f"{source}:{first_line}", data)]


def _place(source: str, value: JsonValue) -> _Item:
    place = f"{source}:{value.line}" if value.line else source
    if not value.error:
        return place, value.value
    is_deep = value.error == "nested too deep"
    return place, Problem(place, value.error if is_deep else f"not JSON: {value.error}")


def _is(value: Any) -> bool:
    return isinstance(value, dict)


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is, value))
