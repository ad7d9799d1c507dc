"""The phases of a run, for whoever shows them."""

from __future__ import annotations

LOADING, RECOGNIZING, READING = "loading models", "recognizing", "reading predictions"
SCORING, REPORTS = "scoring", "writing reports"
COUNTED = (RECOGNIZING, READING)
"""The phases that count figures."""


class Progress:
    """Hears which phase a run is in, and what is done of it; this one shows nothing."""

    def begin(self, phase: str, total: int | None = None) -> None:
        """Begin a phase, and so end the one before; ``total`` is its number of figures."""

    def advance(self) -> None:
        """Count one more figure of the phase."""
