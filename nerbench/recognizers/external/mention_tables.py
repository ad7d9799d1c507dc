"""Read tables of mentions as predictions: a figure, two offsets and what is there a row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nerbench.recognizers.external.mentions import ReportedMention, read_reported
from nerbench.records import Problem
from nerbench.tabular.columns import ColumnNames
from nerbench.tabular.json_rows import JsonTable
from nerbench.tabular.table_rows import Table, cell_text

MENTION_COLUMNS = "id, start, end, text, label"
"""The columns as messages name them."""

_USUAL_NAMES: dict[str, tuple[str, ...]] = {
    "id": (
        "figid", "figureid", "pfocrid", "id", "docid", "documentid", "doc", "document", "figure",
        "fig", "figidalias", "alias", "pmcid", "pmc", "pmid",
    ),
    "start": (
        "start", "begin", "startoffset", "offsetstart", "startchar", "charstart", "beginoffset",
        "startposition", "spanstart", "mentionstart", "from",
    ),
    "end": (
        "end", "stop", "endoffset", "offsetend", "endchar", "charend", "endposition", "spanend",
        "mentionend", "to",
    ),
    "text": ("text", "mention", "mentiontext", "entitytext", "surface", "span", "entity", "word"),
    "label": ("label", "type", "entitytype", "entitygroup", "entitylabel", "class", "tag", "obj"),
    "score": ("score", "prob", "probability", "confidence"),
    "ids": (
        "ids", "identifiers", "identifier", "normid", "conceptid", "ncbigeneids", "ncbigeneid",
        "geneids", "geneid", "entrezids", "entrezid", "entrezgeneid", "entrez", "ncbigene",
    ),
}  # fmt: skip
_NEEDED = ("id", "start", "end")
_WHOLE_NUMBER = re.compile(r"(\d{1,9})(?:\.0+)?", re.ASCII)
_CONTENTS = frozenset(("mentions", "annotations", "passages"))  # of documents in JSON


@dataclass(slots=True)
class TabledMentions:
    """The mentions of a figure in a table, the place of its first row, and its broken rows."""

    place: str
    mentions: list[ReportedMention] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def mention_columns() -> ColumnNames:
    """Return the names that columns of tables of mentions usually have."""
    return ColumnNames(usual_names=_USUAL_NAMES)


def choose_mention_columns(columns: Sequence[str]) -> dict[str, str]:
    """Return the column of each field; none if those of ids or of offsets are missing.

    >>> choose_mention_columns(["FigID", "begin", "end", "type"])
    {'id': 'FigID', 'start': 'begin', 'end': 'end', 'label': 'type'}
    >>> choose_mention_columns(["id", "text"])
    {}
    """
    fields = mention_columns().find(columns)
    return fields if fields.keys() >= set(_NEEDED) else {}


def is_mention_row(entry: Mapping[str, Any]) -> bool:
    """Return whether a JSON object is a row of a table of mentions.

    >>> is_mention_row({"id": "F1", "start": 0, "end": 4}), is_mention_row({"id": "F1"})
    (True, False)
    """
    return _CONTENTS.isdisjoint(entry) and bool(choose_mention_columns(list(entry)))


def read_mention_table(table: Table) -> tuple[dict[str, TabledMentions], list[Problem]] | None:
    """Return the mentions of each figure, and the rows that belong to none; None if it is no table
    of mentions by its columns.

    A row with an id alone is a figure without mentions.
    """
    chosen = choose_mention_columns(table.columns)
    is_documents = isinstance(table, JsonTable) and not _CONTENTS.isdisjoint(table.columns)
    if not chosen or is_documents:
        return None
    figures: dict[str, TabledMentions] = {}
    problems: list[Problem] = []
    for row in table.rows(list(chosen.values())):
        if isinstance(row, Problem):
            problems.append(row)
            continue
        cells = dict(zip(chosen, row.cells, strict=True))
        figid = cell_text(cells.pop("id"))
        if not figid:
            problems.append(Problem(row.place, "the row has no figure id"))
            continue
        figure = figures.setdefault(figid, TabledMentions(row.place))
        if not any(map(cell_text, cells.values())):
            continue
        mentions, reasons = read_reported([_mention(cells)])
        _, _, line = row.place.rpartition(":")
        number = int(line) if line.isdecimal() else 0
        figure.mentions += (replace(mention, line=number) for mention in mentions)
        prefix = f"figure {figid}: "
        figure.problems += (Problem(row.place, prefix + reason) for reason in reasons)
    return figures, problems


def _mention(cells: dict[str, Any]) -> dict[str, Any]:
    """Return the cells of a row as a mention in JSON; what is no number stays text."""
    mention: dict[str, Any] = {}
    for name, cell in cells.items():
        text = cell_text(cell)
        if name in ("start", "end"):
            match = _WHOLE_NUMBER.fullmatch(text)
            mention[name] = text if match is None else int(match[1])
        elif name == "ids":
            mention[name] = cell if isinstance(cell, list) else text
        elif text and name == "score":
            mention[name] = _number(text)
        elif text:
            mention[name] = str(cell) if name == "text" else text
    return mention


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
