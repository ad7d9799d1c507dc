"""Progress of a run at a terminal or in a notebook; nothing in a script or a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def is_notebook() -> bool:
    """Return whether this process is the kernel of a notebook.

    >>> is_notebook()
    False
    """
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell is not None and "IPKernelApp" in shell.config


def is_interactive() -> bool:
    """Return whether a person watches: this is a notebook, or standard error is a terminal."""
    return is_notebook() or (sys.stderr is not None and sys.stderr.isatty())


@contextmanager
def figure_progress(shown: bool | None, total: int | None) -> Iterator[Callable[[], object]]:
    """Show a bar that counts figures while a block runs; it leaves nothing behind.

    Parameters
    ----------
    shown : bool or None
        Whether to show it; None if a person watches.
    total : int or None
        How many figures there are, if that is known.

    Yields
    ------
    callable
        To call after each figure.
    """
    if not (is_interactive() if shown is None else shown):
        yield lambda: None
        return
    from tqdm import tqdm

    file = _NotebookLine() if is_notebook() else sys.stderr
    options = {"desc": "recognizing", "unit": " figures", "leave": False}
    with tqdm(total=total, file=file, **options) as bar:
        yield bar.update


class _NotebookLine:
    """A line of text in the output of a cell, to which each writing gives a new content. Standard
    error would keep every content in the notebook's file; widgets would need a package of theirs.
    """

    def __init__(self) -> None:
        from IPython.display import display

        self._display = display({"text/plain": ""}, raw=True, display_id=True)

    def write(self, text: str) -> None:
        self._display.update({"text/plain": text.strip()}, raw=True)

    def flush(self) -> None:
        """Do nothing: what is written is shown."""
