"""Tell what a file is that nerbench does not read, and what to do with it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from nerbench.file_signatures import find_binary, is_binary_text
from nerbench.inputs import STANDARD_INPUT
from nerbench.tabular.columns import list_columns
from nerbench.tabular.open_table import KINDS as TABLES
from nerbench.tabular.open_table import decode

READ = f"records (.md, .yaml), tables ({TABLES}), PubTator, BioC, brat, and archives of them"

_TABLE = "put captions into a table with the columns id, caption and genes"
_PREDICTION_FIELDS = frozenset(("id", "mentions"))
_HTML = re.compile(r"<(?:!doctype html|html)\b", re.IGNORECASE)
_XML_ROOT = re.compile(r"<([A-Za-z_][\w.:-]*)")
_TAGGED = re.compile(r"(?:-DOCSTART-.*|\S+[ \t](?:.*[ \t])?(?:O|[BIES]-\S+|[BI]))\s*")
_SENTENCE = re.compile(r"[^|\t]+\|\s*\d+\s+\d+\s*\|")


def describe(raw: bytes) -> tuple[str, str]:
    r"""Return what a file is by its content, or its start, and what to do with it.

    >>> describe(b"%PDF-1.7")[0], describe(b"")[0], describe(b'{"a": 1, "b": 2}')[0]
    ('a PDF', 'empty', 'a JSON object with the fields a, b')
    """
    if binary := find_binary(raw):
        own = [binary.remedy] if binary.remedy else []
        return binary.kind, "; ".join(own if binary.is_enough else [*own, _TABLE])
    text = decode(raw)
    if not text.strip():
        return "empty", ""
    if is_binary_text(text):
        return "binary data", _TABLE
    return _describe_text(text)


def not_read(raw: bytes, source: str) -> str:
    """Return one line on a file of no kind that is read: what it is, what is read, what to do."""
    kind, remedy = describe(raw)
    if kind == "plain text" and source != STANDARD_INPUT:
        remedy = f"for one caption: nerbench predict - < FILE; for several, {_TABLE}"
    return f"no corpus, but {kind}; nerbench reads {READ}" + (f"; {remedy}" if remedy else "")


def _describe_text(text: str) -> tuple[str, str]:
    first = next(line for line in text.splitlines() if line.strip()).lstrip()
    if _HTML.search(text[:1000]):
        return "HTML", _TABLE
    if first.startswith("<"):
        root = _XML_ROOT.search(re.sub(r"<[?!][^>]*>", "", text[:4000]))
        return f"XML with the root {root[1][:40]}" if root else "XML", _TABLE
    if first.startswith(("{", "[")) and (described := _describe_json(text)):
        return described
    if _SENTENCE.match(first):
        return "BioCreative II gene mentions", "sentences have no figure; see nerbench spans"
    if _TAGGED.fullmatch(first):
        remedy = "CoNLL holds no caption: give it by --predictions or --gold beside a corpus"
        return "CoNLL tokens", remedy
    return "plain text", ""


def _describe_json(text: str) -> tuple[str, str] | None:
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        try:
            value = json.loads(text.lstrip().splitlines()[0])
        except (ValueError, RecursionError):
            return "JSON that is damaged, or cut off", ""
    if isinstance(value, list):
        value = value[0] if value and isinstance(value[0], dict) else value
    if not isinstance(value, Mapping):
        return f"a JSON {'list' if isinstance(value, list) else type(value).__name__}", _TABLE
    if value.keys() >= _PREDICTION_FIELDS:
        return "predictions", "give them beside a corpus: nerbench score CORPUS --predictions FILE"
    fields = list_columns([str(field) for field in value])
    return f"a JSON object with the fields {fields}", f"{_TABLE}, or name them by --columns"
