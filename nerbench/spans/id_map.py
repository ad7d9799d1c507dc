"""Read which identifiers stand for others: equivalence classes as JSON, or a table of pairs."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from nerbench.errors import RecordError
from nerbench.spans.formats.text_files import parse_lines, read_text

CLASSES_FILE = "equivalence_classes.json"
"""The name of the file of equivalence classes in the BioID corpus."""

Equivalents = list[tuple[list[str], list[str]]]
"""Identifiers, and those that they stand for."""


def find_classes(corpus: Path) -> Path | None:
    """Return the equivalence classes in the folder of a corpus or the one above it, or None."""
    folder = (corpus if corpus.is_dir() else corpus.parent).absolute()
    places = (folder / CLASSES_FILE, folder.parent / CLASSES_FILE)
    return next((place for place in places if place.is_file()), None)


def read_equivalents(path: Path) -> Equivalents:
    r"""Return the identifiers of a file with those that they stand for.

    The file is a JSON list of lists of identifiers that stand for each other, a JSON object, or a
    table: two identifiers on a line, the first for the second, with a tab or comma between. Raises
    NerbenchError if it cannot be read or is none of these.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "map.tsv")
    ...     _ = path.write_text("Uniprot:P70335\tNCBI gene:19877\n")
    ...     read_equivalents(path)
    [(['Uniprot:P70335'], ['NCBI gene:19877'])]
    """
    text = read_text(path)
    return _read_json(text, path) if text.lstrip()[:1] in ("[", "{") else _read_table(text, path)


def _read_table(text: str, path: Path) -> Equivalents:
    pairs: Equivalents = []

    def parse_line(line: str, _: int) -> None:
        (row,) = csv.reader([line], delimiter="\t" if "\t" in line else ",")
        ids = list(map(str.strip, row))
        if len(ids) < 2 or not all(ids[:2]):
            raise RecordError("no pair of identifiers; write two with a tab or comma between")
        pairs.append((ids[:1], ids[1:2]))

    parse_lines(text, str(path), parse_line)
    return pairs


def _read_json(text: str, path: Path) -> Equivalents:
    try:
        data: Any = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        data = None
    if isinstance(data, dict):
        values = (value if isinstance(value, list) else [value] for value in data.values())
        lists = list(zip(([key] for key in data), values, strict=True))
    elif isinstance(data, list) and all(isinstance(ids, list) for ids in data):
        lists = [(ids, ids) for ids in data]
    else:
        raise RecordError(f"{path}: no JSON list of lists of identifiers, and no object of them")
    return [(list(map(str, ids)), list(map(str, others))) for ids, others in lists]
