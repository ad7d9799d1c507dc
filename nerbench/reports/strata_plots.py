"""The plots by kind of figure: a row for each year, journal, length of the caption, ..."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from nerbench.engine.evaluation import Evaluation
from nerbench.reports.charts import Axis, Chart, Plot, Point, Series, rate_axis, row_height
from nerbench.reports.formatting import METRICS, number
from nerbench.reports.labels import value_label
from nerbench.reports.plots import MARGINS_HEIGHT, dodge_of, model_keys, tooltip_of
from nerbench.scoring.intervals import FEWEST
from nerbench.scoring.strata import StratumRow

_MAX_YEARS = 60  # between the first and the last on a time axis


def strata_plot(evaluation: Evaluation, column: str, title: str, rows: list[StratumRow]) -> Plot:
    """Plot precision and in-caption recall of each kind of figure, a panel each.

    Years stand to scale. The marks of fewer than `FEWEST` figures are faint.
    """
    keys = model_keys(evaluation)
    places = _places(column, list(dict.fromkeys(row.value for row in rows)))
    figures = {row.value: row.figures for row in rows}
    labels = {
        value: f"{value_label(column, value)} (n = {number(figures[value])})" for value in places
    }
    ticks = tuple((place, labels[value]) for value, place in places.items())
    y = Axis("", min(places.values()) - 0.5, 0.5, ticks)
    row = row_height(labels.values(), max(22, 11 * len(keys)))
    if column == "year":
        row = max(18, 9 * len(keys))  # a line each
    height = MARGINS_HEIGHT + round(row * (y.high - y.low))
    charts = []
    for metric in ("precision", "in_caption_recall"):
        series = [
            Series(
                replace(key, faint=is_faint),
                tuple(
                    _stratum_points(
                        [row for row in rows if (row.figures < FEWEST) == is_faint],
                        labels,
                        places,
                        metric,
                        name,
                        dodge_of(index, len(keys)),
                    )
                ),
            )
            for index, (name, key) in enumerate(keys.items())
            for is_faint in (True, False)
        ]
        metric_name = METRICS[metric]
        alt_text = f"{metric_name} by {title}; the table below holds the numbers"
        charts.append(
            Chart(metric_name, alt_text, rate_axis(metric_name), y, tuple(series), height=height)
        )
    return Plot(f"by-{column}", f"By {title}", tuple(charts), tuple(keys.values()))


def _places(column: str, values: list[str]) -> dict[str, int]:
    """Return where each value stands on its axis, the first at 0: years to scale, then the
    others, two rows apart for labels of two lines.

    >>> _places("year", ["2015", "2018", "no value"]), _places("journal", ["A", "B"])
    ({'2015': 0, '2018': -3, 'no value': -5}, {'A': 0, 'B': -1})
    """
    years = [int(value) for value in values if re.fullmatch(r"\d{4}", value)]
    if column != "year" or not years or max(years) - min(years) > _MAX_YEARS:
        return {value: -index for index, value in enumerate(values)}
    places = {value: min(years) - int(value) for value in values if re.fullmatch(r"\d{4}", value)}
    others = [value for value in values if value not in places]
    last = min(years) - max(years) - 1
    return places | {value: last - 1 - 2 * index for index, value in enumerate(others)}


def _stratum_points(
    rows: Sequence[StratumRow],
    labels: Mapping[str, str],
    places: Mapping[str, int],
    metric: str,
    model: str,
    dodge: float,
) -> Iterable[Point]:
    for row in rows:
        value = row.counts.rates()[metric]
        if row.model == model and value is not None:
            ci95 = row.ci95[metric]
            tooltip = tooltip_of(f"{model}, {labels[row.value]}", metric, value, ci95)
            yield Point(value, dodge + places[row.value], tooltip, x_interval=ci95)
