"""Read which identifiers mean the same: equivalence classes as JSON, or a table of pairs."""

from __future__ import annotations

import json
from pathlib import Path

from nerbench.errors import RecordError
from nerbench.spans.formats.text_files import parse_lines, read_text

CLASSES_FILE = "equivalence_classes.json"
"""The name of the file of equivalence classes in the BioID corpus."""


def find_classes(corpus: Path) -> Path | None:
    """Return the equivalence classes in the folder of a corpus, or beside or above it, or None."""
    folders = [corpus, *corpus.absolute().parents[:2]]
    return next((f / CLASSES_FILE for f in folders if (f / CLASSES_FILE).is_file()), None)


def read_id_map(path: Path) -> dict[str, str]:
    r"""Return one identifier for each that has equivalent ones.

    The file is a JSON list of lists of equivalent identifiers, or has two identifiers on a line,
    with a tab or comma between. Raises NerbenchError if it cannot be read or is neither.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "map.tsv")
    ...     _ = path.write_text("Uniprot:P70335\tNCBI gene:19877\n")
    ...     read_id_map(path)
    {'Uniprot:P70335': 'NCBI gene:19877', 'NCBI gene:19877': 'NCBI gene:19877'}
    """
    text = read_text(path)
    if text.lstrip().startswith("["):
        return _read_classes(text, path)
    names: dict[str, str] = {}

    def parse_line(line: str, _: int) -> None:
        ids = [field.strip() for field in line.split("\t" if "\t" in line else ",")]
        if len(ids) < 2 or not all(ids[:2]):
            raise RecordError("no pair of identifiers; write two with a tab or comma between")
        names[ids[0]] = names[ids[1]] = ids[1]

    parse_lines(text, str(path), parse_line)
    return names


def _read_classes(text: str, path: Path) -> dict[str, str]:
    try:
        classes = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        classes = None
    is_list = isinstance(classes, list) and all(isinstance(ids, list) for ids in classes)
    if not is_list or not all(isinstance(one, str) for ids in classes for one in ids):
        raise RecordError(f"{path}: not a JSON list of lists of equivalent identifiers")
    # The last class of an identifier counts, as in the scorer of the BioID task.
    return {one: "|".join(sorted(ids)) for ids in classes for one in ids}
