"""Open a corpus: a record, a folder of records, or an archive of them, read as a stream."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from nerbench.corpus.archives import entries
from nerbench.corpus.pfocr import parse_record
from nerbench.errors import NerbenchError, RecordError
from nerbench.nomenclature.lexicon import Nomenclature, load_nomenclature
from nerbench.records import Figure, Problem

__all__ = ["Corpus", "open_corpus"]


class Corpus:
    """The figures of one or more sources, in a fixed order, each id once.

    Iterating reads the sources anew. After (and during) an iteration, ``skipped`` lists
    what could not be read, with the reason, and ``figures`` counts what was.
    """

    def __init__(
        self, paths: Iterable[Path], nomenclature: Nomenclature, limit: int | None
    ) -> None:
        self.paths = tuple(paths)
        self.skipped: list[Problem] = []
        self.figures = 0
        self._nomenclature = nomenclature
        self._limit = limit

    def __repr__(self) -> str:
        return f"Corpus({', '.join(map(str, self.paths))})"

    def __iter__(self) -> Iterator[Figure]:
        self.skipped = []
        self.figures = 0
        seen: dict[str, str] = {}
        for path in self.paths:
            for entry in entries(path):
                if self._limit is not None and self.figures >= self._limit:
                    return
                try:
                    figure = parse_record(
                        entry.read(), entry.source, entry.table, self._nomenclature
                    )
                    if figure.figid in seen:
                        raise RecordError(
                            f"figure {figure.figid} was read from {seen[figure.figid]} already"
                        )
                except RecordError as error:
                    self.skipped.append(Problem(entry.source, str(error)))
                    continue
                except Exception as error:  # one bad record never stops a run
                    reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
                    self.skipped.append(Problem(entry.source, f"cannot be read ({reason})"))
                    continue
                seen[figure.figid] = entry.source
                self.figures += 1
                yield figure


def open_corpus(
    *paths: str | os.PathLike[str],
    nomenclature: Nomenclature | None = None,
    limit: int | None = None,
) -> Corpus:
    """Open records for reading: each path a record, a folder (recursively), .zip or .tar.gz.

    ``limit`` stops after that many figures. Raises NerbenchError if a path does not exist,
    and while iterating if an archive is damaged; a file that is no record is skipped and
    listed in ``skipped``.

    >>> corpus = open_corpus("seeds")
    >>> [figure.figid for figure in corpus]
    ['PMC8714735__fonc-11-760971-g003']
    >>> corpus.skipped
    []
    """
    found = [Path(path) for path in paths]
    for path in found:
        if not path.exists():
            raise NerbenchError(f"{path}: no such file or folder")
    return Corpus(found, nomenclature or load_nomenclature(), limit)
