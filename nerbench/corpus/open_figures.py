"""Take figures as users have them: a corpus, figures in any iterable, or paths."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, TypeAlias

from nerbench.corpus.stream import Corpus, open_corpus
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.records import Figure

PathLike: TypeAlias = str | os.PathLike[str]
FiguresLike: TypeAlias = PathLike | Figure | Iterable[Figure] | Iterable[PathLike]


def open_figures(figures: FiguresLike, nomenclature: Nomenclature) -> Iterable[Figure]:
    """Return figures, or the corpus at paths. Raises TypeError for anything else."""
    if isinstance(figures, Corpus):
        return figures
    if isinstance(figures, Figure):
        return [figures]
    if isinstance(figures, str | os.PathLike):
        return open_corpus(figures, nomenclature=nomenclature)
    if not isinstance(figures, Iterable) or isinstance(figures, bytes | Mapping):
        raise _no_figures(figures)
    items: Iterator[Any] = iter(figures)
    first = list(islice(items, 1))
    if not first or not isinstance(first[0], str | os.PathLike):
        return _checked(chain(first, items))
    paths = [*first, *items]
    for path in paths:
        if not isinstance(path, str | os.PathLike):
            raise _no_figures(path)
    return open_corpus(*paths, nomenclature=nomenclature)


def _checked(figures: Iterable[object]) -> Iterator[Figure]:
    for figure in figures:
        if not isinstance(figure, Figure):
            raise _no_figures(figure)
        yield figure


def _no_figures(value: object) -> TypeError:
    return TypeError(
        "the figures are a corpus, nerbench.Figure objects, or paths that nerbench.open_corpus "
        f"opens; not {type(value).__module__}.{type(value).__qualname__}"
    )


def known_length(figures: object) -> int | None:
    """Return how many figures there are, if nothing has to be read for it."""
    if isinstance(figures, Corpus):
        return figures.known_length
    return len(figures) if isinstance(figures, list | tuple | set) else None
