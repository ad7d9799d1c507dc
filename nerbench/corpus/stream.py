"""Read a corpus as a stream: a record, a folder of records, or an archive of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from nerbench.corpus.archives import entries
from nerbench.corpus.pfocr import parse_record
from nerbench.errors import NerbenchError, RecordError
from nerbench.nomenclature.lexicon import Nomenclature, load_nomenclature
from nerbench.records import Figure, Problem


class Corpus:
    """The figures of one or more paths, in a fixed order, each id once, read anew each time.

    Attributes
    ----------
    paths : tuple of Path
        Records, folders and archives.
    skipped : list of Problem
        Files that the last iteration could not read.
    figures : int
        Number of figures that it has read.
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
                    if source := seen.get(figure.figid):
                        raise RecordError(f"figure {figure.figid} was read from {source} already")
                except RecordError as error:
                    self.skipped.append(Problem(entry.source, str(error)))
                    continue
                except Exception as error:  # one bad record must not stop a run
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
    """Open records for reading.

    Parameters
    ----------
    *paths
        Records, folders (read recursively), and .zip, .tar or .tar.gz archives.
    nomenclature
        Lexicons that assign keywords to organisms; by default those of `load_nomenclature`.
    limit
        Number of figures after which an iteration stops.

    Returns
    -------
    Corpus
        An iterable of `Figure`, which skips files that are not records.

    Raises
    ------
    NerbenchError
        If a path does not exist. An iteration raises it if an archive is damaged.

    Examples
    --------
    >>> corpus = open_corpus("seeds")
    >>> [figure.figid for figure in corpus]
    ['PMC8714735__fonc-11-760971-g003']
    >>> corpus.skipped
    []
    """
    roots = [Path(path) for path in paths]
    for path in roots:
        if not path.exists():
            raise NerbenchError(f"{path}: no such file or folder")
    return Corpus(roots, nomenclature or load_nomenclature(), limit)
