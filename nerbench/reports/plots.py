"""The plots of an evaluation: which numbers go where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from nerbench.engine.evaluation import Evaluation, ScoreRow
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
    model_ink,
    named_axis,
    rate_axis,
)
from nerbench.reports.formatting import METRICS, difference, interval, number, rate, share
from nerbench.reports.reason_tables import Reason
from nerbench.scoring.bootstrap import Interval
from nerbench.scoring.counts import Counts
from nerbench.scoring.scope import ALL
from nerbench.scoring.strata import StratumRow
from nerbench.scoring.threshold_curve import CurveRow

__all__ = [
    "curves_plot",
    "differences_plot",
    "genes_plot",
    "ladder_plot",
    "organisms_plot",
    "reasons_plot",
    "strata_plot",
    "tradeoff_plot",
]

_ROW = 30
_FRAME = 96
_MOST_PAIRS = 15
_CURVE_POINTS = 120
_LABELLED = 0.14


def model_keys(evaluation: Evaluation, dash: str = "") -> dict[str, Key]:
    """How each model is drawn, the same in every plot."""
    return {
        model.name: Key(model.name, ink, marker, dash)
        for model, (ink, marker) in (
            (model, model_ink(at)) for at, model in enumerate(evaluation.working)
        )
    }


def _rows(evaluation: Evaluation, average: str = "micro") -> list[ScoreRow]:
    level = str(evaluation.level)
    return [r for r in evaluation.scores if r.average == average and r.level == level]


def _organisms(rows: Iterable[ScoreRow]) -> list[str]:
    return list(dict.fromkeys(row.organism for row in rows))


def _single(organisms: Sequence[str]) -> list[str]:
    """The organisms themselves, or ``all`` where there is nothing else."""
    return [one for one in organisms if one != ALL] or list(organisms)


def _said(name: str, metric: str, value: float, ends: Interval | None) -> str:
    return f"{name}: {METRICS[metric]} {rate(value)}{interval(ends)}"


def tradeoff_plot(evaluation: Evaluation) -> Plot:
    """Precision against in-caption recall, a panel for each organism."""
    rows, keys = _rows(evaluation), model_keys(evaluation)
    charts = []
    for organism in _organisms(rows):
        own = [row for row in rows if row.organism == organism]
        charts.append(
            Chart(
                organism,
                f"Precision against in-caption recall, {organism}. "
                + _listing(own, ("precision", "in_caption_recall")),
                rate_axis("in-caption recall"),
                rate_axis("precision"),
                tuple(
                    Series(keys[row.model], tuple(_tradeoff_point(row)))
                    for row in own
                ),
                _ISO_F1,
                340,
            )
        )  # fmt: skip
    return Plot("precision-recall", "Precision against in-caption recall", tuple(charts),
                tuple(keys.values()))  # fmt: skip


def _tradeoff_point(row: ScoreRow) -> Iterable[Point]:
    precision, recall = row.rates["precision"], row.rates["in_caption_recall"]
    if precision is None or recall is None:
        return
    ends = row.ci95.get("precision"), row.ci95.get("in_caption_recall")
    says = (
        f"{row.model}: precision {rate(precision)}{interval(ends[0])}, "
        f"in-caption recall {rate(recall)}{interval(ends[1])}"
    )
    yield Point(recall, precision, says, x_ends=ends[1], y_ends=ends[0])


def _iso(f1: float) -> Guide:
    """Where the harmonic mean of both axes is ``f1``."""
    first = f1 / (2 - f1)
    xs = (first ** (1 - n / 40) for n in range(41))
    line = [(x, f1 * x / (2 * x - f1)) for x in xs]
    return Guide(tuple(line), f"{f1:.1f}")


_ISO_F1 = tuple(_iso(n / 10) for n in (2, 4, 6, 8))


def _listing(rows: Iterable[ScoreRow], metrics: Sequence[str]) -> str:
    return "; ".join(
        f"{row.model}: "
        + ", ".join(f"{METRICS[metric]} {rate(row.rates[metric])}" for metric in metrics)
        for row in rows
    )


def ladder_plot(evaluation: Evaluation) -> Plot:
    """Each rate at the three levels, a row of panels for each organism."""
    micro = [row for row in evaluation.scores if row.average == "micro"]
    keys = model_keys(evaluation, dash="solid")
    steps = {str(level): at for at, level in enumerate(Level)}
    x = Axis("", -0.3, len(steps) - 0.7, tuple((at, name) for name, at in steps.items()))
    charts = []
    for organism in _single(_organisms(micro)):
        for metric in ("precision", "recall", "in_caption_recall"):
            series = []
            for name, key in keys.items():
                points = [
                    Point(steps[row.level], value, _said(f"{name}, {row.level}", metric, value,
                          row.ci95.get(metric)), y_ends=row.ci95.get(metric))
                    for row in micro
                    if (row.model, row.organism) == (name, organism)
                    and (value := row.rates[metric]) is not None
                ]  # fmt: skip
                series.append(Series(key, tuple(points)))
            title = f"{organism}: {METRICS[metric]}"
            says = f"{title} at each level. " + "; ".join(
                f"{one.key.name}: " + ", ".join(rate(p.y) for p in one.points) for one in series
            )
            charts.append(Chart(title, says, x, rate_axis(""), tuple(series), height=230))
    return Plot("levels", "The three levels", tuple(charts), tuple(keys.values()))


_GENE_KEYS = (
    Key("recovered", "recovered"),
    Key("named in the caption, missed", "missed", hatch="/"),
    Key("not in the caption", "absent", hatch="."),
)


def genes_plot(evaluation: Evaluation) -> Plot:
    """What became of the curated genes, a panel for each organism."""
    rows = _rows(evaluation)
    charts = []
    for organism in _organisms(rows):
        own = [row for row in rows if row.organism == organism and row.counts.curated]
        if not own:
            continue
        series = tuple(
            Series(key, bars=tuple(_share_bar(at, row, part, key) for at, row in enumerate(own)))
            for part, key in enumerate(_GENE_KEYS)
        )
        says = f"Curated genes of {organism}. " + "; ".join(
            f"{row.model}: " + ", ".join(
                f"{key.name} {share(n, row.counts.curated)}"
                for key, n in zip(_GENE_KEYS, _parts(row.counts), strict=True)
            )
            for row in own
        )  # fmt: skip
        title = f"{organism}: {number(own[0].counts.curated)} curated genes"
        y = named_axis(row.model for row in own)
        charts.append(Chart(title, says, _PERCENT, y, series, height=_FRAME + _ROW * len(own)))
    return Plot("curated-genes", "Where the curated genes are", tuple(charts), _GENE_KEYS)


_PERCENT = Axis("share of the curated genes", 0, 1,
                tuple((n / 4, f"{25 * n}%") for n in range(5)))  # fmt: skip


def _parts(counts: Counts) -> tuple[int, int, int]:
    return (
        counts.recovered,
        counts.reachable - counts.recovered,
        counts.curated - counts.reachable,
    )


def _share_bar(at: int, row: ScoreRow, part: int, key: Key) -> Bar:
    parts, whole = _parts(row.counts), row.counts.curated
    says = f"{row.model}: {number(parts[part])} {key.name} ({share(parts[part], whole)})"
    long_enough = not key.hatch and parts[part] / whole > _LABELLED
    label = share(parts[part], whole) if long_enough else ""
    return Bar(-at, sum(parts[:part]) / whole, parts[part] / whole, says, label)


def organisms_plot(evaluation: Evaluation) -> Plot | None:
    """Organism against organism, a panel for each rate; None with fewer than two."""
    rows = [row for row in _rows(evaluation) if row.organism != ALL]
    organisms = _organisms(rows)
    if len(organisms) < 2:
        return None
    looks = (("m4", "circle"), ("m3", "diamond"), ("m5", "square"), ("m6", "triangle-up"))
    keys = [Key(one, *looks[at % len(looks)]) for at, one in enumerate(organisms)]
    models = [model.name for model in evaluation.working]
    charts = []
    for metric, called in METRICS.items():
        series = [
            Series(key, tuple(
                Point(value, -at + _dodge(k, len(keys)),
                      _said(f"{model}, {key.name}", metric, value, row.ci95.get(metric)),
                      x_ends=row.ci95.get(metric))
                for at, model in enumerate(models)
                for row in rows
                if (row.model, row.organism) == (model, key.name)
                and (value := row.rates[metric]) is not None
            ))
            for k, key in enumerate(keys)
        ]  # fmt: skip
        says = f"{called} by organism. " + "; ".join(p.says for s in series for p in s.points)
        height = _FRAME + max(_ROW * len(models), 60)
        charts.append(
            Chart(called, says, rate_axis(called), named_axis(models), tuple(series), height=height)
        )
    title = " against ".join(organisms).capitalize()
    return Plot("organisms", title, tuple(charts), tuple(keys))


def _dodge(at: int, count: int) -> float:
    """How far one of several things at a place stands above it.

    >>> _dodge(0, 1), _dodge(0, 2), _dodge(1, 2)
    (0.0, 0.15, -0.15)
    """
    step = min(0.3, 0.7 / count)
    return round(step * ((count - 1) / 2 - at), 4)


def reasons_plot(evaluation: Evaluation, missed: list[Reason], false: list[Reason]) -> Plot:
    """How often each reason was met, for missed genes and for false names."""
    looks = model_keys(evaluation)
    keys = {
        name: Key(name, key.ink, hatch=_HATCHES[at % len(_HATCHES)])
        for at, (name, key) in enumerate(looks.items())
    }
    charts = []
    for title, unit, reasons in (
        ("why genes were missed", "genes", missed),
        ("why names hit nothing", "names", false),
    ):
        if not reasons:
            continue
        names = list(dict.fromkeys(reason.reason for reason in reasons))
        thick = 0.8 / len(keys)
        series = tuple(
            Series(key, bars=tuple(
                Bar(-names.index(one.reason) + round(thick * ((len(keys) - 1) / 2 - at), 4), 0,
                    one.count, f"{name}: {number(one.count)} {unit} {one.reason}")
                for one in reasons if one.model == name
            ), thickness=thick * 0.9)
            for at, (name, key) in enumerate(keys.items())
        )  # fmt: skip
        says = f"{title}. " + "; ".join(bar.says for one in series for bar in one.bars)
        most = max(one.count for one in reasons)
        height = _FRAME + max(_ROW, 16 * len(keys)) * len(names)
        x = _count_axis(f"number of {unit}", most)
        charts.append(Chart(title, says, x, named_axis(names), series, height=height))
    return Plot("reasons", "Why genes were missed and names hit nothing", tuple(charts),
                tuple(keys.values()))  # fmt: skip


_HATCHES = ("", "/", ".", "\\", "x", "-")


_STEPS = (10, 20, 25, 30, 40, 50)


def _count_axis(title: str, most: int) -> Axis:
    """From 0 to a round number.

    >>> _count_axis("genes", 9210).ticks[-1]
    (10000, '10,000')
    """
    round_numbers = (10**n * part // 10 for n in range(1, 13) for part in _STEPS)
    step = next(one for one in round_numbers if 4 * one >= most)
    steps = max(-(-most // step), 1)
    ticks = tuple((n * step, number(n * step)) for n in range(steps + 1))
    return Axis(title, 0, step * steps, ticks)


def differences_plot(evaluation: Evaluation) -> Plot | None:
    """The differences of every two models, a panel for each rate; None without, or with too many
    pairs for a plot.
    """
    rows = [row for row in evaluation.comparisons if row.level == evaluation.level]
    pairs = list(dict.fromkeys((row.a, row.b) for row in rows))
    if not 0 < len(pairs) <= _MOST_PAIRS:
        return None
    organisms = list(dict.fromkeys(row.organism for row in rows))
    looks = (("m4", "circle"), ("m3", "diamond"), ("text", "square"), ("m5", "triangle-up"))
    keys = [Key(one, *looks[at % len(looks)]) for at, one in enumerate(organisms)]
    most = max(abs(end) for row in rows for end in (row.ci95 or (row.difference or 0,)))
    half = next(one for one in (0.1, 0.2, 0.4, 0.6, 1.0) if one >= most or one == 1.0)
    ticks = tuple((n * half / 2, difference(n * half / 2, 2) if n else "0") for n in range(-2, 3))
    y = named_axis(f"{a} − {b}" for a, b in pairs)
    charts = []
    for metric, called in METRICS.items():
        series = tuple(
            Series(key, tuple(
                Point(row.difference, -pairs.index((row.a, row.b)) + _dodge(k, len(keys)),
                      f"{row.a} − {row.b}, {row.organism}: {difference(row.difference)}"
                      f"{interval(row.ci95)}", x_ends=row.ci95)
                for row in rows
                if (row.organism, row.metric) == (key.name, metric) and row.difference is not None
            ))
            for k, key in enumerate(keys)
        )  # fmt: skip
        says = f"Differences in {called}. " + "; ".join(p.says for s in series for p in s.points)
        x = Axis("difference", -half, half, ticks)
        zero = Guide(((0, y.low), (0, y.high)))
        height = _FRAME + 20 * max(len(keys), 2) * len(pairs)
        charts.append(Chart(called, says, x, y, series, (zero,), height))
    return Plot("differences", "Model against model", tuple(charts), tuple(keys))


def strata_plot(evaluation: Evaluation, column: str, title: str, rows: list[StratumRow]) -> Plot:
    """Precision and in-caption recall of each kind of figure, a panel each."""
    keys = model_keys(evaluation)
    values = [value for value, _ in groupby(rows, lambda row: row.value)]
    values = list(dict.fromkeys(values))
    charts = []
    for metric in ("precision", "in_caption_recall"):
        series = tuple(
            Series(key, tuple(_strata_points(rows, values, metric, name, _dodge(at, len(keys)))))
            for at, (name, key) in enumerate(keys.items())
        )
        called = METRICS[metric]
        height = _FRAME + max(22, 11 * len(keys)) * len(values)
        says = f"{called} by {title}; the table below holds the numbers"
        y = named_axis(values)
        charts.append(Chart(called, says, rate_axis(called), y, series, height=height))
    return Plot(f"by-{column}", f"By {title}", tuple(charts), tuple(keys.values()))


def _strata_points(
    rows: list[StratumRow], values: list[str], metric: str, model: str, dodge: float
) -> Iterable[Point]:
    for row in rows:
        value = row.counts.rates()[metric]
        if row.model == model and value is not None:
            ends = row.ci95[metric]
            says = _said(f"{model}, {row.value} ({number(row.figures)})", metric, value, ends)
            yield Point(value, -values.index(row.value) + dodge, says, x_ends=ends)


def curves_plot(evaluation: Evaluation) -> Plot | None:
    """Precision against in-caption recall over all thresholds; None where no model gives scores."""
    rows = evaluation.curves
    if not rows:
        return None
    models = model_keys(evaluation)
    lines = {name: Key(name, key.ink, dash="solid") for name, key in models.items()}
    keys = [models[name] for name in dict.fromkeys(row.model for row in rows)]
    charts = []
    for organism in dict.fromkeys(row.organism for row in rows):
        series = []
        for row in rows:
            if row.organism != organism:
                continue
            points = tuple(
                Point(point.in_caption_recall, point.precision,
                      f"{row.model}, threshold {rate(point.threshold)}: "
                      f"precision {rate(point.precision)}, "
                      f"in-caption recall {rate(point.in_caption_recall)}, F1 {rate(point.f1)}")
                for point in row.thinned(_CURVE_POINTS)
                if point.in_caption_recall is not None
            )  # fmt: skip
            series.append(Series(lines[row.model], points))
            series.append(Series(models[row.model], tuple(_best(row))))
        says = f"Precision against in-caption recall over all thresholds, {organism}"
        x, y = rate_axis("in-caption recall"), rate_axis("precision")
        charts.append(Chart(organism, says, x, y, tuple(series), _ISO_F1, 340))
    return Plot("thresholds", "Other thresholds", tuple(charts), tuple(keys))


def _best(row: CurveRow) -> Iterable[Point]:
    best = None if row.best is None else row[row.best]
    if best is not None and best.in_caption_recall is not None:
        says = f"{row.model}: best F1 {rate(best.f1)} at threshold {rate(best.threshold)}"
        yield Point(best.in_caption_recall, best.precision, says)
