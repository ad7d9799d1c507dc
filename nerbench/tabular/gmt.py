"""Read GMT files (Gene Matrix Transposed): a name, a description, and genes, with tabs between."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from nerbench.records import Problem
from nerbench.spans.formats.text_files import lines_of
from nerbench.tabular.table_rows import Row

SUFFIX = ".gmt"
_GENE = re.compile(r"[^\s,;]{1,60}")
_ORGANISM = re.compile(r"(?:^|[^A-Za-z])([A-Z][a-z]+)_([a-z]+)(?:[^a-z]|$)")


class GmtTable:
    """The gene sets of a GMT file, as rows of the columns `id`, `title`, `genes` and `organism`.

    The organism is that which the name of the file holds, as PFOCR's and WikiPathways' do.
    """

    columns = ("id", "title", "genes", "organism")

    def __init__(self, text: str, source: str, name: str) -> None:
        self.source = source
        self._lines = lines_of(text)
        match = _ORGANISM.search(name)
        self._organism = f"{match[1]} {match[2]}" if match else None

    def rows(self, columns: Sequence[str]) -> Iterator[Row | Problem]:
        indexes = [self.columns.index(column) for column in columns]
        for number, line in enumerate(self._lines, 1):
            if not line.strip():
                continue
            place = f"{self.source}:{number}"
            name, *rest = line.split("\t")
            if not rest:
                reason = "no gene set; a line is a name, a description and genes, with tabs between"
                yield Problem(place, reason)
                continue
            genes = [gene for gene in map(str.strip, rest[1:]) if gene]
            cells = (name.strip(), rest[0].strip(), genes, self._organism)
            yield Row(place, tuple(cells[index] for index in indexes))


def is_gmt(text: str) -> bool:
    r"""Return whether the first lines of a text are gene sets.

    >>> is_gmt("PMC1__F1\tA title\tTP53\tMDM2\n"), is_gmt("id\tcaption\n7\tIL-6 binds\n")
    (True, False)
    """
    lines = [line.split("\t") for line in text[:100_000].split("\n", 5)[:5] if line.strip()]
    return bool(lines) and all(
        len(fields) > 2 and all(map(_GENE.fullmatch, filter(None, map(str.strip, fields[2:]))))
        for fields in lines
    )
