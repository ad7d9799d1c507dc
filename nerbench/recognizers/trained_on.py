"""The figures that a model was trained on: lists of ids that a card names."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from nerbench.errors import NerbenchError
from nerbench.recognizers.contract import Recognizer, recognizer_notes
from nerbench.records import Figure, Mention


def read_ids(path: Path) -> frozenset[str]:
    r"""Read ids of figures or of their papers, one a line; ``#`` begins a comment.

    The file may be compressed by gzip. Raises NerbenchError if it cannot be read or holds no id.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "papers.txt")
    ...     _ = path.write_text("# figures 2021\nPMC1\n\nPMC2__f3.jpg  # twice\n")
    ...     sorted(read_ids(path))
    ['PMC1', 'PMC2__f3.jpg']
    """
    try:
        content = path.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
        lines = content.decode("utf-8").splitlines()
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise NerbenchError(f"{path}: cannot be read: {reason}") from None
    ids = frozenset(filter(None, (line.partition("#")[0].strip() for line in lines)))
    if not ids:
        raise NerbenchError(f"{path}: holds no id of a figure or paper, one a line")
    return ids


def is_among(figure: Figure, ids: frozenset[str]) -> bool:
    """Tell whether ids have a figure, or its paper.

    >>> is_among(Figure("PMC1__f1"), frozenset(["PMC1"])), is_among(Figure("F1"), frozenset(["F2"]))
    (True, False)
    """
    paper = figure.figid.partition("__")[0]
    return not ids.isdisjoint((figure.figid, paper, figure.pmcid))


def ids_of(model: object) -> frozenset[str]:
    """Return the ids in the attribute ``trained_on`` of a recognizer; none if it has none."""
    ids: Iterable[str] = getattr(model, "trained_on", ())
    return frozenset(map(str, ids))


class Trained:
    """A recognizer with the ids of the figures or papers that it was trained on."""

    def __init__(self, recognizer: Recognizer, trained_on: frozenset[str]) -> None:
        self.name = recognizer.name
        self.trained_on = trained_on
        self._recognizer = recognizer

    def __repr__(self) -> str:
        return repr(self._recognizer)

    @property
    def fingerprint(self) -> str:
        """The recognizer's own: what it has seen does not change its mentions."""
        return self._recognizer.fingerprint

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """Yield the recognizer's mentions of each text."""
        return self._recognizer.recognize(texts)

    def notes(self) -> list[str]:
        """Return the recognizer's notes."""
        return recognizer_notes(self._recognizer)
