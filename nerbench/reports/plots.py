"""The plots of an evaluation: which numbers stand where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nerbench.engine.evaluation import Evaluation
from nerbench.engine.score_rows import ScoreRow
from nerbench.records import Level
from nerbench.reports.charts import (
    Axis,
    Bar,
    Chart,
    Guide,
    Key,
    Plot,
    Point,
    Series,
    model_style,
    named_axis,
    rate_axis,
    row_height,
)
from nerbench.reports.formatting import METRICS, difference, interval, number, rate, share
from nerbench.reports.labels import LABELS
from nerbench.reports.lead import shown_organisms
from nerbench.reports.reason_tables import Reason
from nerbench.scoring.counts import Counts
from nerbench.scoring.intervals import Interval
from nerbench.scoring.scope import ALL
from nerbench.scoring.threshold_curve import CurveRow

_ROW_HEIGHT = 30  # pixels
MARGINS_HEIGHT = 96  # pixels, above and below the rows
_TRADEOFF_HEIGHT = 340  # pixels
_MAX_PAIRS = 15
_MAX_CURVE_POINTS = 120
_MIN_LABELLED_SHARE = 0.14  # of a bar that has room for its label


def model_keys(evaluation: Evaluation, *, line: bool = False) -> dict[str, Key]:
    """Return the key of each model, the same in every plot."""
    return {
        model.name: Key(model.name, *model_style(index), line)
        for index, model in enumerate(evaluation.working)
    }


def _micro_scores(evaluation: Evaluation) -> list[ScoreRow]:
    """Return the micro averages at the evaluation's level."""
    shown = shown_organisms(evaluation)
    return [
        row
        for row in evaluation.model_scores
        if row.average == "micro" and row.level == evaluation.level and row.organism in shown
    ]


def _organisms(rows: Iterable[ScoreRow]) -> list[str]:
    return list(dict.fromkeys(row.organism for row in rows))


def tooltip_of(name: str, metric: str, value: float, ci95: Interval | None) -> str:
    """Return what a mark says of a rate."""
    return f"{name}: {METRICS[metric]} {rate(value)}{interval(ci95)}"


def tradeoff_plot(evaluation: Evaluation) -> Plot:
    """Plot precision against in-caption recall, a panel for each organism."""
    rows, keys = _micro_scores(evaluation), model_keys(evaluation)
    charts = []
    for organism in _organisms(rows):
        scores = [row for row in rows if row.organism == organism]
        numbers = "; ".join(
            f"{row.model}: precision {rate(row.rates['precision'])}, "
            f"in-caption recall {rate(row.rates['in_caption_recall'])}"
            for row in scores
        )
        charts.append(
            Chart(
                organism,
                f"Precision against in-caption recall, {organism}. {numbers}",
                rate_axis("in-caption recall"),
                rate_axis("precision"),
                tuple(Series(keys[row.model], tuple(_tradeoff_point(row))) for row in scores),
                _F1_GUIDES,
                _TRADEOFF_HEIGHT,
            )
        )
    title = "Precision against in-caption recall"
    return Plot("precision-recall", title, tuple(charts), tuple(keys.values()))


def _tradeoff_point(row: ScoreRow) -> Iterable[Point]:
    precision, recall = row.rates["precision"], row.rates["in_caption_recall"]
    if precision is None or recall is None:
        return
    y_interval, x_interval = row.ci95.get("precision"), row.ci95.get("in_caption_recall")
    tooltip = (
        f"{row.model}: precision {rate(precision)}{interval(y_interval)}, "
        f"in-caption recall {rate(recall)}{interval(x_interval)}"
    )
    yield Point(recall, precision, tooltip, x_interval, y_interval)


def _f1_guide(f1: float) -> Guide:
    """Return the line where the harmonic mean of both axes is ``f1``: y = f1 x / (2 x - f1)."""
    left = f1 / (2 - f1)  # where y is 1
    xs = (left ** (1 - n / 40) for n in range(41))
    return Guide(tuple((x, f1 * x / (2 * x - f1)) for x in xs), f"{f1:.1f}")


_F1_GUIDES = tuple(_f1_guide(n / 10) for n in (2, 4, 6, 8))


_LEVEL_METRICS = ("precision", "recall", "in_caption_recall")


def levels_plot(evaluation: Evaluation) -> Plot:
    """Plot each rate at the three levels: a row of panels for each organism, or, as a row of the
    page has room for two panels, for each rate if there are two organisms.
    """
    rows = [row for row in evaluation.model_scores if row.average == "micro"]
    keys = model_keys(evaluation, line=True)
    steps = {str(level): index for index, level in enumerate(Level)}
    x = Axis("", -0.3, len(steps) - 0.7, tuple((step, name) for name, step in steps.items()))
    organisms = _organisms(rows)
    charts = []
    shown = [name for name in organisms if name != ALL] or organisms
    panels = [(name, metric) for name in shown for metric in _LEVEL_METRICS]
    if len(shown) == 2:
        panels = [(name, metric) for metric in _LEVEL_METRICS for name in shown]
    for organism, metric in panels:
        series = []
        for name, key in keys.items():
            points = [
                Point(
                    steps[row.level],
                    value,
                    tooltip_of(f"{name}, {row.level}", metric, value, row.ci95.get(metric)),
                    y_interval=row.ci95.get(metric),
                )
                for row in rows
                if (row.model, row.organism) == (name, organism)
                and (value := row.rates[metric]) is not None
            ]
            series.append(Series(key, tuple(points)))
        title = f"{organism}: {METRICS[metric]}"
        numbers = "; ".join(
            f"{line.key.name}: " + ", ".join(rate(point.y) for point in line.points)
            for line in series
        )
        alt_text = f"{title} at each level. {numbers}"
        charts.append(Chart(title, alt_text, x, rate_axis(""), tuple(series), height=230))
    return Plot("levels", "The three levels", tuple(charts), tuple(keys.values()))


_GENE_KEYS = (
    Key("recovered", "recovered"),
    Key("named in the caption, missed", "missed", filling="tinted"),
    Key("not in the caption", "absent", filling="dashed"),
)
_SHARE_AXIS = Axis(
    "share of the curated genes", 0, 1, tuple((n / 4, f"{25 * n}%") for n in range(5))
)


def genes_plot(evaluation: Evaluation) -> Plot:
    """Plot the outcomes of the curated genes, a panel for each organism."""
    rows = _micro_scores(evaluation)
    charts = []
    for organism in _organisms(rows):
        scores = [row for row in rows if row.organism == organism and row.counts.curated]
        if not scores:
            continue
        series = tuple(
            Series(key, bars=tuple(_share_bar(-n, row, part, key) for n, row in enumerate(scores)))
            for part, key in enumerate(_GENE_KEYS)
        )
        numbers = "; ".join(
            f"{row.model}: "
            + ", ".join(
                f"{key.name} {share(count, row.counts.curated)}"
                for key, count in zip(_GENE_KEYS, _outcomes(row.counts), strict=True)
            )
            for row in scores
        )
        charts.append(
            Chart(
                f"{organism}: {number(scores[0].counts.curated)} curated genes",
                f"Curated genes of {organism}. {numbers}",
                _SHARE_AXIS,
                named_axis(row.model for row in scores),
                series,
                height=MARGINS_HEIGHT
                + row_height((row.model for row in scores), _ROW_HEIGHT) * len(scores),
            )
        )
    return Plot("curated-genes", "Where the curated genes are", tuple(charts), _GENE_KEYS)


def _outcomes(counts: Counts) -> tuple[int, int, int]:
    """Return how many curated genes were recovered, reachable but missed, and not reachable."""
    return (
        counts.recovered,
        counts.missed_reachable,
        counts.missed_elsewhere,
    )


def _share_bar(y: float, row: ScoreRow, part: int, key: Key) -> Bar:
    counts, curated = _outcomes(row.counts), row.counts.curated
    percent = share(counts[part], curated)
    tooltip = f"{row.model}: {number(counts[part])} {key.name} ({percent})"
    label = percent if counts[part] / curated > _MIN_LABELLED_SHARE else ""
    before = sum(counts[:part])
    return Bar(y, before / curated, (before + counts[part]) / curated, tooltip, label)


_ORGANISM_STYLES = (
    ("m4", "circle"), ("m3", "diamond"), ("m5", "square"), ("m6", "triangle-up")
)  # fmt: skip


def _organism_keys(organisms: Sequence[str]) -> list[Key]:
    return [
        Key(name, *_ORGANISM_STYLES[index % len(_ORGANISM_STYLES)])
        for index, name in enumerate(organisms)
    ]


def organisms_plot(evaluation: Evaluation) -> Plot | None:
    """Plot organism against organism, a panel for each rate; None with fewer than two."""
    rows = [row for row in _micro_scores(evaluation) if row.organism != ALL]
    organisms = _organisms(rows)
    if len(organisms) < 2:
        return None
    keys = _organism_keys(organisms)
    models = [model.name for model in evaluation.working]
    charts = []
    for metric, metric_name in METRICS.items():
        series = tuple(
            Series(
                key,
                tuple(
                    Point(
                        value,
                        dodge_of(index, len(keys)) - models.index(row.model),
                        tooltip_of(f"{row.model}, {key.name}", metric, value, row.ci95.get(metric)),
                        x_interval=row.ci95.get(metric),
                    )
                    for row in rows
                    if row.organism == key.name and (value := row.rates[metric]) is not None
                ),
            )
            for index, key in enumerate(keys)
        )
        height = MARGINS_HEIGHT + max(row_height(models, _ROW_HEIGHT) * len(models), 60)
        alt_text = f"{metric_name} by organism. {_tooltips(series)}"
        x, y = rate_axis(metric_name), named_axis(models)
        charts.append(Chart(metric_name, alt_text, x, y, series, height=height))
    title = " vs ".join(organisms).capitalize()
    return Plot("organisms", title, tuple(charts), tuple(keys))


def _tooltips(series: Sequence[Series]) -> str:
    points = (point.tooltip for line in series for point in line.points)
    bars = (bar.tooltip for line in series for bar in line.bars)
    return "; ".join((*points, *bars))


def dodge_of(index: int, count: int) -> float:
    """Return how far one of several marks in a row stands above its middle.

    >>> dodge_of(0, 1), dodge_of(0, 2), dodge_of(1, 2)
    (0.0, 0.15, -0.15)
    """
    step = min(0.3, 0.7 / count)
    return round(step * ((count - 1) / 2 - index), 4)


def reasons_plot(evaluation: Evaluation, missed: list[Reason], off_list: list[Reason]) -> Plot:
    """Plot the count of each reason, for missed genes and for names off the list."""
    keys = model_keys(evaluation)
    charts = [
        _reasons_chart(title, unit, reasons, keys)
        for title, unit, reasons in (
            ("why genes were missed", "genes", missed),
            ("what names off the list are", "names", off_list),
        )
        if reasons
    ]
    title = "Why genes were missed, and what names off the list are"
    return Plot("reasons", title, tuple(charts), tuple(keys.values()))


def _reasons_chart(title: str, unit: str, rows: list[Reason], keys: dict[str, Key]) -> Chart:
    reasons = list(dict.fromkeys(row.reason for row in rows))
    step = 0.8 / len(keys)
    series = []
    for index, (model, key) in enumerate(keys.items()):
        dodge = round(step * ((len(keys) - 1) / 2 - index), 4)
        bars = tuple(
            Bar(
                dodge - reasons.index(row.reason),
                0,
                row.count,
                f"{model}: {number(row.count)} {unit}: {row.label}",
            )
            for row in rows
            if row.model == model
        )
        series.append(Series(key, bars=bars, thickness=step * 0.9))
    return Chart(
        title,
        f"{title}. {_tooltips(series)}",
        _count_axis(f"number of {unit}", max(row.count for row in rows)),
        named_axis(LABELS[reason] for reason in reasons),
        tuple(series),
        height=MARGINS_HEIGHT
        + row_height((LABELS[reason] for reason in reasons), max(_ROW_HEIGHT, 16 * len(keys)))
        * len(reasons),
    )


_ROUND_STEPS = (10, 20, 25, 30, 40, 50)


def _count_axis(title: str, largest: int) -> Axis:
    """Return an axis from 0 to a round number.

    >>> _count_axis("genes", 9210).ticks[-1]
    (10000, '10,000')
    """
    steps = (10**n * part // 10 for n in range(1, 13) for part in _ROUND_STEPS)
    step = next(step for step in steps if 2 * step >= largest)
    count = max(-(-largest // step), 1)
    ticks = tuple((n * step, number(n * step)) for n in range(count + 1))
    return Axis(title, 0, step * count, ticks)


def differences_plot(evaluation: Evaluation) -> Plot | None:
    """Plot the differences between every two models, a panel for each rate.

    None without a pair of models, or with too many for a plot.
    """
    shown = shown_organisms(evaluation)
    rows = [
        row
        for row in evaluation.comparisons
        if row.level == evaluation.level and row.organism in shown
    ]
    pairs = list(dict.fromkeys((row.a, row.b) for row in rows))
    if not 0 < len(pairs) <= _MAX_PAIRS:
        return None
    keys = _organism_keys(list(dict.fromkeys(row.organism for row in rows)))
    x = _difference_axis(abs(end) for row in rows for end in (row.ci95 or (row.difference or 0,)))
    labels = [f"{a} − {b}" for a, b in pairs]
    y = named_axis(labels)
    zero = Guide(((0, y.low), (0, y.high)))
    height = MARGINS_HEIGHT + row_height(labels, 20 * max(len(keys), 2)) * len(pairs)
    charts = []
    for metric in dict.fromkeys(row.metric for row in rows):
        metric_name = METRICS[metric]
        series = tuple(
            Series(
                key,
                tuple(
                    Point(
                        row.difference,
                        dodge_of(index, len(keys)) - pairs.index((row.a, row.b)),
                        f"{row.a} − {row.b}, {row.organism}: {difference(row.difference)}"
                        f"{interval(row.ci95)}",
                        x_interval=row.ci95,
                    )
                    for row in rows
                    if (row.organism, row.metric) == (key.name, metric)
                    and row.difference is not None
                ),
            )
            for index, key in enumerate(keys)
        )
        alt_text = f"Differences in {metric_name}. {_tooltips(series)}"
        charts.append(Chart(metric_name, alt_text, x, y, series, (zero,), height))
    return Plot("differences", "Model against model", tuple(charts), tuple(keys))


def _difference_axis(sizes: Iterable[float]) -> Axis:
    """Return an axis around zero that holds differences of these sizes."""
    largest = max(sizes)
    end = next(end for end in (0.1, 0.2, 0.4, 0.6, 1.0) if end >= largest or end == 1.0)
    digits = 2 if end == 0.1 else 1
    ticks = ((n * end / 2, difference(n * end / 2, digits) if n else "0") for n in range(-2, 3))
    return Axis("difference", -end, end, tuple(ticks))


def curves_plot(evaluation: Evaluation) -> Plot | None:
    """Plot precision against in-caption recall over all thresholds; None without any score."""
    shown = shown_organisms(evaluation)
    rows = [row for row in evaluation.curves if row.organism in shown]
    if not rows:
        return None
    keys = model_keys(evaluation)
    charts = []
    for organism in dict.fromkeys(row.organism for row in rows):
        series = []
        for row in rows:
            if row.organism == organism:
                key = keys[row.model]
                line = Key(key.name, key.colour, line=True)
                series += [Series(line, tuple(_curve_points(row))), Series(key, _best_point(row))]
        alt_text = f"Precision against in-caption recall over all thresholds, {organism}"
        x, y = rate_axis("in-caption recall"), rate_axis("precision")
        charts.append(Chart(organism, alt_text, x, y, tuple(series), _F1_GUIDES, _TRADEOFF_HEIGHT))
    models = dict.fromkeys(row.model for row in rows)
    return Plot("thresholds", "Other thresholds", tuple(charts), tuple(keys[m] for m in models))


def _curve_points(row: CurveRow) -> Iterable[Point]:
    for point in row.thinned(_MAX_CURVE_POINTS):
        if point.in_caption_recall is not None:
            tooltip = (
                f"{row.model}, threshold {rate(point.threshold)}: "
                f"precision {rate(point.precision)}, "
                f"in-caption recall {rate(point.in_caption_recall)}, F1 {rate(point.f1)}"
            )
            yield Point(point.in_caption_recall, point.precision, tooltip)


def _best_point(row: CurveRow) -> tuple[Point, ...]:
    best = None if row.best is None else row[row.best]
    if best is None or best.in_caption_recall is None:
        return ()
    tooltip = f"{row.model}: highest F1 {rate(best.f1)} at threshold {rate(best.threshold)}"
    return (Point(best.in_caption_recall, best.precision, tooltip),)
