"""The errors that nerbench raises on purpose.

Each carries one line that a user can act on: what is wrong, where, and what to do.
The command line prints that line and turns the class into an exit status; anything
else that escapes is a bug.
"""

from __future__ import annotations


class NerbenchError(Exception):
    """Something the user can mend: wrong usage or unusable input (exit status 2)."""


class RecordError(NerbenchError):
    """One input file or line is no usable record; a run skips it and goes on."""


class RecognizerError(NerbenchError):
    """A recognizer could not be loaded or failed on a text; the others' results stand."""
