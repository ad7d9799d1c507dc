"""The errors that nerbench raises on purpose.

The message of each is one line that a user can act on: place, reason and remedy. The command line
prints it and ends with an exit status; any other exception is a bug.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class NerbenchError(Exception):
    """A problem that the user can fix: wrong usage or unusable input (exit status 2)."""


class RecordError(NerbenchError):
    """An input file or line that is not a usable record; a run skips it."""


class RecognizerError(NerbenchError):
    """A recognizer that could not be loaded or failed on a text; the results of others stand."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of a message about an unknown name: the known name that is most like it.

    The text is empty if none is near. Case and the dashes before an option do not count.

    >>> "unknown level 'famly'" + did_you_mean("famly", ["symbol", "synonym", "family"])
    "unknown level 'famly'; did you mean 'family'?"
    >>> did_you_mean("loose", ["symbol", "synonym", "family"])
    ''
    >>> did_you_mean("--workers", ["--force"]), did_you_mean("--worker", ["--force", "--workers"])
    ('', "; did you mean '--workers'?")
    """
    by_folded = {other.casefold().lstrip("-"): other for other in known}
    nearest = get_close_matches(name.casefold().lstrip("-"), by_folded, n=1)
    return f"; did you mean {str(by_folded[nearest[0]])!r}?" if nearest else ""
