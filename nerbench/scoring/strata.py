"""Scores by kind of figure: by year, journal, caption length, or whatever is known of a figure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nerbench.scoring.bootstrap import FEWEST, RESAMPLES, Interval, intervals, resample
from nerbench.scoring.counts import FIELDS, RATES, Counts
from nerbench.scoring.rates import rates
from nerbench.spans.table import Ints

__all__ = ["NO_VALUE", "OTHER_VALUES", "Stratum", "caption_length", "curated_genes", "stratify"]

OTHER_VALUES = "other values"
NO_VALUE = "no value"

_LENGTHS = (0, 1, 250, 500, 1000, 2000)
_GENES = (0, 1, 5, 10, 20, 50)


@dataclass(frozen=True, slots=True)
class Stratum:
    """The figures of one value, as one table counts them: their sum, its micro rates (those of
    ``counts``) and their intervals.

    ``table`` is the place of the table among those given.
    """

    value: str
    figures: int
    table: int
    counts: Counts
    ci95: dict[str, Interval | None]


def caption_length(characters: int) -> str:
    """The bin of a caption's length in characters.

    >>> caption_length(0), caption_length(249), caption_length(1000), caption_length(9999)
    ('0', '1-249', '1000-1999', '2000 or more')
    """
    return _bin(characters, _LENGTHS)


def curated_genes(count: int) -> str:
    """The bin of a figure's number of curated genes.

    >>> curated_genes(0), curated_genes(4), curated_genes(34), curated_genes(221)
    ('0', '1-4', '20-49', '50 or more')
    """
    return _bin(count, _GENES)


def _bin(value: int, starts: tuple[int, ...]) -> str:
    at = bisect_right(starts, value)
    start = starts[at - 1]
    if at == len(starts):
        return f"{start} or more"
    return f"{start}-{starts[at] - 1}" if starts[at] - 1 > start else str(start)


def stratify(
    values: Sequence[str],
    tables: Ints,
    *,
    most: int = 20,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> list[Stratum]:
    """Micro scores of the figures of each value, with intervals where there are enough.

    ``values`` holds one for each figure (empty: `NO_VALUE`), ``tables`` has shape (tables,
    figures, 7) in the field order of `Counts`; figures come in a canonical order (by id), the same
    in every table. Values beyond the ``most`` frequent (of equals, the first in the alphabet) are
    pooled as `OTHER_VALUES`. Numbers and bins come in their order, other values by how many figures
    they have, what is pooled or missing last; within a value, rows come by table. Intervals are by
    resampling figures within the value (`uncertainty`).

    >>> tables = np.array([[[2, 1, 4, 1, 2, 0, 0]] * 3])
    >>> rows = stratify(["2023", "", "2021"], tables)
    >>> [(row.value, row.figures, row.counts.precision) for row in rows]
    [('2021', 1, 0.5), ('2023', 1, 0.5), ('no value', 1, 0.5)]
    """
    named = [value or NO_VALUE for value in values]
    sizes = Counter(named)
    frequent = sorted(sizes, key=lambda value: (-sizes[value], value))
    rare = set(frequent[most:])
    places: dict[str, list[int]] = {value: [] for value in _ordered(frequent[:most])}
    for at, value in enumerate(named):
        places.setdefault(OTHER_VALUES if value in rare else value, []).append(at)
    return [
        row
        for value, figures in places.items()
        for row in _rows(value, tables[:, figures], seed, resamples)
    ]


def _ordered(values: list[str]) -> list[str]:
    """Numbers and bins by number if all are, what has no value last."""
    real = [value for value in values if value != NO_VALUE]
    starts = [re.match(r"\d+", value) for value in real]
    if all(starts):
        real.sort(key=lambda value: (int(re.findall(r"\d+", value)[0]), value))
    return real + [NO_VALUE] * (len(real) < len(values))


def _rows(value: str, tables: Ints, seed: int, resamples: int) -> list[Stratum]:
    figures = tables.shape[1]
    return [
        Stratum(value, figures, at, Counts(*map(int, table.sum(axis=0))), ci95)
        for at, (table, ci95) in enumerate(
            zip(tables, _intervals(tables, seed, resamples), strict=True)
        )
    ]


def _intervals(tables: Ints, seed: int, resamples: int) -> list[dict[str, Interval | None]]:
    count, figures, _ = tables.shape
    if figures < FEWEST:
        return [dict.fromkeys(RATES) for _ in tables]
    columns = tables.transpose(1, 0, 2).reshape(figures, -1).astype(np.float64)
    drawn = resample(columns, seed=seed, resamples=resamples)
    drawn = rates(drawn.reshape(resamples, count, len(FIELDS)))
    behind = (~np.isnan(rates(tables))).sum(axis=1)
    return [
        dict(zip(RATES, intervals(drawn[:, at], behind[at]), strict=True)) for at in range(count)
    ]
