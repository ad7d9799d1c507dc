"""Scores by kind of figure: by year, by journal, or by any other column of the figures."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nerbench.scoring.counts import Counts
from nerbench.scoring.intervals import Interval, rate_intervals
from nerbench.scoring.rates import Ints, micro

OTHER_VALUES = "other values"
NO_VALUE = "no value"

_CAPTION_LENGTH_BINS = (0, 1, 250, 500, 1000, 2000)  # where each begins, in characters
_COUNT_BINS = (0, 1, 5, 10, 20, 50)  # of curated genes, and of other things


@dataclass(frozen=True, slots=True)
class StratumRow:
    """A model's counts on the figures of one value in a column, and the intervals of its rates."""

    column: str
    value: str
    model: str
    organism: str
    level: str
    figures: int
    counts: Counts
    ci95: dict[str, Interval | None]


def stratum_name(column: str, value: Any) -> str:
    """Return the stratum that a value of a column belongs to: the bin of a number, or its text.

    >>> [stratum_name("caption_length", length) for length in (0, 249, 1000, 9999)]
    ['0', '1-249', '1000-1999', '2000 or more']
    >>> stratum_name("curated", 34), stratum_name("journal", "J.  of"), stratum_name("year", None)
    ('20-49', 'J. of', '')
    >>> stratum_name("seen_in_training", True)
    'yes'
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int):
        return " ".join(str(value).split())
    starts = _CAPTION_LENGTH_BINS if column == "caption_length" else _COUNT_BINS
    following = bisect_right(starts, value)
    start = starts[following - 1]
    if following == len(starts):
        return f"{start} or more"
    end = starts[following] - 1
    return f"{start}-{end}" if end > start else str(start)


def stratify(
    values: Sequence[str],
    models: Sequence[str],
    tables: Ints,
    *,
    column: str,
    organism: str,
    level: str,
    max_values: int = 20,
) -> list[StratumRow]:
    """Compute micro scores and intervals of the figures of each value, rare values pooled.

    ``values`` holds a value for each figure of ``tables``, (models, figures, fields). Rows are in
    order of number or by falling number of figures, `NO_VALUE` and `OTHER_VALUES` last.

    >>> import numpy as np
    >>> tables = np.array([[Counts(names=2, hits=1).values()] * 3])
    >>> what = {"column": "year", "organism": "all", "level": "family"}
    >>> rows = stratify(["2023", "", "2021"], ["x"], tables, **what)
    >>> [(row.value, row.figures, row.counts.precision) for row in rows]
    [('2021', 1, 0.5), ('2023', 1, 0.5), ('no value', 1, 0.5)]
    """
    named = [value or NO_VALUE for value in values]
    sizes = Counter(named)
    by_size = sorted(sizes, key=lambda value: (-sizes[value], value))
    rare = set(by_size[max_values:])
    figures: dict[str, list[int]] = {value: [] for value in _ordered(by_size[:max_values])}
    for index, value in enumerate(named):
        figures.setdefault(OTHER_VALUES if value in rare else value, []).append(index)
    rows = []
    for value, indices in figures.items():
        stratum = tables[:, indices]
        for index, model in enumerate(models):
            keys = (column, value, model, organism, level, len(indices))
            rows.append(StratumRow(*keys, micro(stratum[index]), rate_intervals(stratum[index])))
    return rows


def _ordered(values: list[str]) -> list[str]:
    """Put values that all begin with a number in numerical order, and `NO_VALUE` last."""
    real = [value for value in values if value != NO_VALUE]
    numbers = {value: int(match[0]) for value in real if (match := re.match(r"\d+", value))}
    if len(numbers) == len(real):
        real.sort(key=lambda value: (numbers[value], value))
    return [*real, NO_VALUE] if NO_VALUE in values else real
