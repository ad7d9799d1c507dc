"""Find the figures that an id means that people and tools write otherwise than the corpus."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

_FILE_SUFFIX = re.compile(r"\.(?:jpe?g|png|gif|tiff?|webp|md|markdown|ya?ml|txt|json|ann)$")
_PMC_ID = re.compile(r"pmc[ _:-]?(\d+)(?![^\W_])")


def plain_id(figid: str) -> str:
    """Return an id without case and the suffix of a file.

    >>> plain_id("pmc8714735__FONC-11-760971-g003.JPG")
    'pmc8714735__fonc-11-760971-g003'
    """
    return _FILE_SUFFIX.sub("", figid.strip().casefold())


def paper_of(figid: str) -> str | None:
    """Return the PMC id with which a figure's id begins, in lower case, or None.

    >>> paper_of("PMC8714735__fonc-11-760971-g003"), paper_of("F1")
    ('pmc8714735', None)
    """
    match = _PMC_ID.match(plain_id(figid))
    return None if match is None else f"pmc{match[1]}"


def is_paper(figid: str) -> bool:
    """Return whether an id is a PMC id and names no figure in the paper.

    >>> is_paper("PMC8714735"), is_paper("PMC8714735__fonc-11-760971-g003")
    (True, False)
    """
    return _PMC_ID.fullmatch(plain_id(figid)) is not None


def means_figure(name: str, figid: str, pmcid: str = "") -> bool:
    """Return whether a name is a figure's id, in any spelling, or the PMC id of its paper.

    >>> means_figure("pmc1__F1.jpg", "PMC1__f1"), means_figure("PMC1", "PMC1__f1")
    (True, True)
    >>> means_figure("PMC1", "F1", "PMC1"), means_figure("PMC1__f2", "PMC1__f1")
    (True, False)
    """
    if plain_id(name) == plain_id(figid):
        return True
    return is_paper(name) and paper_of(name) in (paper_of(figid), paper_of(pmcid))


def nearest_id(name: str, figids: Iterable[str]) -> str | None:
    """Return the id that is most like a name, or else the first, for a message.

    >>> nearest_id("PMC8714753__g003", ["PMC1__f1", "PMC8714735__g003"])
    'PMC8714735__g003'
    """
    figids = list(figids)
    return next(iter([*get_close_matches(name, figids, n=1), *figids]), None)
