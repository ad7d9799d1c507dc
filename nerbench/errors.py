"""The errors that nerbench raises on purpose.

The message of each is one line that a user can act on: place, reason and remedy. The command line
prints it and ends with an exit status; any other exception is a bug.
"""

from __future__ import annotations


class NerbenchError(Exception):
    """A problem that the user can fix: wrong usage or unusable input (exit status 2)."""


class RecordError(NerbenchError):
    """An input file or line that is not a usable record; a run skips it."""


class RecognizerError(NerbenchError):
    """A recognizer that could not be loaded or failed on a text; the results of others stand."""
