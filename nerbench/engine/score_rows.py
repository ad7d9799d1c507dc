"""The rows of an evaluation's scores: a model, an organism, a level and a kind of average."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from nerbench.scoring.counts import FIELDS, RATES, Counts
from nerbench.scoring.intervals import Interval, rate_intervals
from nerbench.scoring.rates import WEIGHTED, effective_figures, macro, micro

_KEYS = ("model", "organism", "level", "average")


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """The scores of a model on an organism, at a level, by one kind of average.

    ``counts`` are sums over the ``figures`` that list a gene of the organism; of ``inferred_scope``
    of these, the record does not name the organism. In macro rows, ``defined`` is the number of
    figures that each rate is the mean of; in micro rows, ``effective_figures`` is the number of
    figures of equal weight that would tell as much (`nerbench.scoring.rates`). ``ci95`` is the 95%
    interval of each rate, None where too few figures define it (`nerbench.scoring.intervals`). The
    rows of the perfect reader, whose names are the marked mentions, have ``reference``.
    """

    model: str
    organism: str
    level: str
    average: str
    counts: Counts
    rates: dict[str, float | None]
    figures: int
    inferred_scope: int = 0
    effective_figures: dict[str, float | None] | None = None
    defined: dict[str, int] | None = None
    ci95: dict[str, Interval | None] = field(default_factory=dict)
    reference: bool = False

    def flat(self) -> dict[str, Any]:
        """Return the row as plain fields, an interval as two: ``recall_low``, ``recall_high``."""
        row: dict[str, Any] = {key: getattr(self, key) for key in _KEYS}
        counts = dict(zip(FIELDS, self.counts.values(), strict=True))
        effective = self.effective_figures or {}
        figures: dict[str, Any] = {"figures": self.figures, "inferred_scope": self.inferred_scope}
        figures |= {f"effective_figures_{name}": effective.get(name) for name in WEIGHTED}
        ends: dict[str, Any] = {}
        for name in RATES:
            ends[f"{name}_low"], ends[f"{name}_high"] = self.ci95.get(name) or (None, None)
        return row | counts | self.rates | figures | ends | {"reference": self.reference}


def score_schema() -> dict[str, type]:
    """Return the columns of `ScoreRow.flat` and their types."""
    schema: dict[str, type] = dict.fromkeys(_KEYS, str)
    schema |= dict.fromkeys(FIELDS, int) | dict.fromkeys(RATES, float)
    schema |= {"figures": int, "inferred_scope": int}
    schema |= {f"effective_figures_{name}": float for name in WEIGHTED}
    schema |= {f"{name}_{end}": float for name in RATES for end in ("low", "high")}
    return schema | {"reference": bool}


def score_rows(
    key: tuple[str, str, str],
    counts: npt.NDArray[np.integer[Any]],
    *,
    inferred_scope: int,
    reference: bool = False,
) -> list[ScoreRow]:
    """Return the micro and the macro row of a model, organism and level."""
    total = micro(counts)
    means, defined = macro(counts)
    figures = len(counts), inferred_scope
    return [
        ScoreRow(
            *(*key, "micro", total, total.rates(), *figures),
            effective_figures=effective_figures(counts),
            ci95=rate_intervals(counts, "micro"),
            reference=reference,
        ),
        ScoreRow(
            *(*key, "macro", total, means, *figures),
            defined=defined,
            ci95=rate_intervals(counts, "macro"),
            reference=reference,
        ),
    ]
