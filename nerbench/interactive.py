"""Progress of a run at a prompt or in a notebook; nothing in a script or a pipe."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def is_interactive() -> bool:
    """Return whether a person watches: standard error is a terminal, or this is a notebook.

    >>> is_interactive() in (True, False)
    True
    """
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if shell is not None and "IPKernelApp" in shell.config:
        return True
    return sys.stderr is not None and sys.stderr.isatty()


@contextmanager
def figure_progress(shown: bool | None, total: int | None) -> Iterator[Callable[[], object]]:
    """Show a bar that counts figures while a block runs.

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
    from tqdm import TqdmWarning

    with warnings.catch_warnings():
        # Without ipywidgets a notebook shows the bar as text, which needs no warning.
        warnings.simplefilter("ignore", TqdmWarning)
        from tqdm.auto import tqdm
    with tqdm(total=total, desc="recognizing", unit=" figures", leave=False) as bar:
        yield bar.update
