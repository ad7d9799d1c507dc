"""Draw charts as SVG: for a text, for print, and for a page before plotly is there.

Colours are classes (``ink-m1``) that a style sheet sets, so that a drawing follows light and dark.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from html import escape

from nerbench.reports.charts import PALETTE, Axis, Bar, Chart, Key, Plot, Point, Series
from nerbench.reports.printable import printable

__all__ = [
    "WIDTH",
    "draw",
    "ink_css",
    "key_mark",
    "left_margin",
    "right_margin",
    "sheet",
    "short_label",
    "variables",
]

WIDTH = 400
"""The width of a panel, in pixels; text in it is 12 pixels high."""

_TOP, _BOTTOM = 34, 46
_MOST_LABEL = 20
_CHARACTER = 6.8
_HATCH = 6


def short_label(text: str) -> str:
    """A tick's label, cut off where it is long.

    >>> short_label("en_ner_bionlp13cg_md_of_2026")
    'en_ner_bionlp13cg_m…'
    """
    text = printable(text)
    return text if len(text) <= _MOST_LABEL else text[: _MOST_LABEL - 1] + "…"


def left_margin(y: Axis) -> int:
    """Room for the labels of an upright axis and its title."""
    longest = max((len(short_label(label)) for _, label in y.ticks), default=0)
    return round(longest * _CHARACTER) + (36 if y.title else 18)


def right_margin(chart: Chart) -> int:
    """Room for half a tick's label, or for the labels of guides."""
    return 38 if any(guide.label for guide in chart.guides) else 24


class _Frame:
    """Where numbers lie on a panel."""

    def __init__(self, chart: Chart) -> None:
        self.left, self.top = left_margin(chart.y), _TOP
        self.right = WIDTH - right_margin(chart)
        self.bottom = chart.height - (_BOTTOM if chart.x.title else _BOTTOM - 16)
        self._x, self._y = chart.x, chart.y

    def x(self, value: float) -> float:
        part = (value - self._x.low) / (self._x.high - self._x.low)
        return round(self.left + part * (self.right - self.left), 1)

    def y(self, value: float) -> float:
        part = (value - self._y.low) / (self._y.high - self._y.low)
        return round(self.bottom - part * (self.bottom - self.top), 1)


def draw(chart: Chart, name: str) -> str:
    """A panel as an ``svg`` element; ``name`` makes its ids differ from those of others."""
    inner = "".join(_inside(chart, name))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {WIDTH} '
        f'{chart.height}" width="{WIDTH}" height="{chart.height}" role="img" '
        f'aria-label="{_text(chart.says)}">{inner}</svg>'
    )


def _inside(chart: Chart, name: str) -> Iterator[str]:
    frame = _Frame(chart)
    yield from _hatches(chart, name)
    yield f'<text class="title" x="2" y="16">{_text(chart.title)}</text>'
    yield from _axes(chart, frame)
    clip = f"{name}-clip"
    yield (
        f'<clipPath id="{clip}"><rect x="{frame.left - 8}" y="{frame.top - 8}" '
        f'width="{frame.right - frame.left + 16}" height="{frame.bottom - frame.top + 16}"/>'
        "</clipPath>"
    )
    yield f'<g clip-path="url(#{clip})">'
    for guide in chart.guides:
        yield f'<polyline class="guide" points="{_path(guide.points, frame)}"/>'
    for series in chart.series:
        yield from _series(series, frame, name)
    yield "</g>"
    for guide in chart.guides:
        if guide.label:
            x, y = (
                round(at, 1)
                for at in (frame.x(guide.points[-1][0]) + 9, frame.y(guide.points[-1][1]) + 4)
            )
            yield f'<text class="guide-label" x="{x}" y="{y}">{_text(guide.label)}</text>'


def _axes(chart: Chart, frame: _Frame) -> Iterator[str]:
    for value, label in chart.x.ticks:
        x = frame.x(value)
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="{frame.top}" y2="{frame.bottom}"/>'
        yield (
            f'<text class="tick" x="{x}" y="{frame.bottom + 16}" text-anchor="middle">'
            f"{_text(short_label(label))}</text>"
        )
    for value, label in chart.y.ticks:
        y = frame.y(value)
        yield f'<line class="grid" x1="{frame.left}" x2="{frame.right}" y1="{y}" y2="{y}"/>'
        yield (
            f'<text class="tick" x="{frame.left - 8}" y="{y + 4}" text-anchor="end">'
            f"{_text(short_label(label))}<title>{_text(label)}</title></text>"
        )
    if chart.x.title:
        middle = (frame.left + frame.right) / 2
        yield (
            f'<text class="axis" x="{middle}" y="{frame.bottom + 36}" text-anchor="middle">'
            f"{_text(chart.x.title)}</text>"
        )
    if chart.y.title:
        middle = (frame.top + frame.bottom) / 2
        yield (
            f'<text class="axis" transform="translate(12 {middle}) rotate(-90)" '
            f'text-anchor="middle">{_text(chart.y.title)}</text>'
        )


def _series(series: Series, frame: _Frame, name: str) -> Iterator[str]:
    key = series.key
    yield f'<g class="ink-{key.ink}">'
    for bar in series.bars:
        yield _bar(bar, series.thickness, key, frame, name)
    if key.dash and series.points:
        line = ((point.x, point.y) for point in series.points)
        yield f'<polyline class="line" points="{_path(line, frame)}"/>'
    for point in series.points if key.marker else ():
        yield from _point(point, key.marker, frame)
    yield "</g>"


def _bar(bar: Bar, thickness: float, key: Key, frame: _Frame, name: str) -> str:
    x, end = frame.x(bar.start), frame.x(bar.start + bar.length)
    y, low = frame.y(bar.at + thickness / 2), frame.y(bar.at - thickness / 2)
    shape = f'x="{x}" y="{y}" width="{round(end - x, 1)}" height="{round(low - y, 1)}"'
    fill = f' fill="url(#{_hatch_id(name, key)})"' if key.hatch else ""
    label = ""
    if bar.label:
        middle = f'x="{round((x + end) / 2, 1)}" y="{round((y + low) / 2 + 4, 1)}"'
        label = f'<text class="inside" {middle} text-anchor="middle">{_text(bar.label)}</text>'
    return f'<rect class="bar" {shape}{fill}><title>{_text(bar.says)}</title></rect>{label}'


def _point(point: Point, marker: str, frame: _Frame) -> Iterator[str]:
    x, y = frame.x(point.x), frame.y(point.y)
    if point.x_ends is not None:
        low, high = map(frame.x, point.x_ends)
        yield f'<path class="ends" d="M{low} {y}H{high}M{low} {y - 4}v8M{high} {y - 4}v8"/>'
    if point.y_ends is not None:
        low, high = map(frame.y, point.y_ends)
        yield f'<path class="ends" d="M{x} {low}V{high}M{x - 4} {low}h8M{x - 4} {high}h8"/>'
    yield (
        f'<path class="marker" d="{_marker(marker, x, y, 5)}"><title>{_text(point.says)}</title>'
        "</path>"
    )


def _marker(marker: str, x: float, y: float, r: float) -> str:
    """The outline of a marker of radius ``r``."""
    if marker == "circle":
        return f"M{x - r} {y}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0Z"
    if marker == "cross":
        a, b = round(r * 0.4, 1), round(r * 1.2, 1)
        return (
            f"M{round(x - a, 1)} {round(y - b, 1)}h{2 * a}v{round(b - a, 1)}h{round(b - a, 1)}"
            f"v{2 * a}h{round(a - b, 1)}v{round(b - a, 1)}h{-2 * a}v{round(a - b, 1)}"
            f"h{round(a - b, 1)}v{-2 * a}h{round(b - a, 1)}Z"
        )
    corners, first = {
        "diamond": (4, 0), "square": (4, 45), "triangle-up": (3, 0), "triangle-down": (3, 180),
        "hexagon": (6, 0),
    }[marker]  # fmt: skip
    radius = r * (1.25 if corners < 6 else 1.1)
    points = []
    for at in range(corners):
        angle = math.radians(first + 360 * at / corners)
        points.append(
            f"{round(x + radius * math.sin(angle), 1)} {round(y - radius * math.cos(angle), 1)}"
        )
    return "M" + "L".join(points) + "Z"


def _hatch_id(name: str, key: Key) -> str:
    return f"{name}-hatch-{key.ink}-{ord(key.hatch)}"


def _hatches(chart: Chart, name: str) -> Iterator[str]:
    strokes = {
        "/": f"M-1 {_HATCH + 1}L{_HATCH + 1} -1", "\\": f"M-1 -1L{_HATCH + 1} {_HATCH + 1}",
        "x": f"M-1 -1L{_HATCH + 1} {_HATCH + 1}M-1 {_HATCH + 1}L{_HATCH + 1} -1",
        "-": f"M0 {_HATCH / 2}H{_HATCH}", ".": f"M{_HATCH / 2} {_HATCH / 2}h.1",
    }  # fmt: skip
    for key in dict.fromkeys(series.key for series in chart.series):
        if key.hatch:
            yield (
                f'<pattern id="{_hatch_id(name, key)}" width="{_HATCH}" height="{_HATCH}" '
                f'patternUnits="userSpaceOnUse" class="ink-{key.ink}">'
                f'<rect class="hatched" width="{_HATCH}" height="{_HATCH}"/>'
                f'<path class="hatch" d="{strokes[key.hatch]}"/></pattern>'
            )


def key_mark(key: Key, name: str) -> str:
    """How a key looks, as a small drawing for a legend."""
    inner = "".join(_mark(key, name))
    size = 'viewBox="0 0 26 16" width="26" height="16"'
    return f'<svg class="key" {size} aria-hidden="true">{inner}</svg>'


def _mark(key: Key, name: str) -> Iterator[str]:
    chart = Chart("", "", Axis("", 0, 1, ()), Axis("", 0, 1, ()), (Series(key),))
    yield from _hatches(chart, name)
    yield f'<g class="ink-{key.ink}">'
    if key.dash:
        yield '<path class="line" d="M1 8H25"/>'
    if key.marker:
        yield f'<path class="marker" d="{_marker(key.marker, 13, 8, 5)}"/>'
    elif not key.dash:
        fill = f' fill="url(#{_hatch_id(name, key)})"' if key.hatch else ""
        yield f'<rect class="bar" x="3" y="2" width="20" height="12"{fill}/>'
    yield "</g>"


def sheet(plot: Plot) -> str:
    """All panels of a plot with its key as one SVG document, for a file of its own."""
    columns = min(2 if len(plot.charts) % 3 else 3, len(plot.charts)) or 1
    width = WIDTH * columns
    key_rows = list(_key_rows(plot.keys, width))
    y = 10 + 24 * len(key_rows)
    parts = [
        f'<g transform="translate({x} {8 + 24 * row})">'
        + "".join(_mark(key, f"key{at}"))
        + f'<text class="tick" x="32" y="12">{_text(_key_name(key))}</text></g>'
        for row, keys in enumerate(key_rows)
        for at, x, key in keys
    ]
    for start in range(0, len(plot.charts), columns):
        row = plot.charts[start : start + columns]
        for at, chart in enumerate(row):
            inner = "".join(_inside(chart, f"p{start + at}"))
            parts.append(f'<g transform="translate({WIDTH * at} {y})">{inner}</g>')
        y += max(chart.height for chart in row)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" width="{width}" height="{y}" '
        f'viewBox="0 0 {width} {y}"><title>{_text(plot.title)}</title><style>{_SHEET}</style>'
        f'<rect class="paper" width="{width}" height="{y}"/>{"".join(parts)}</svg>\n'
    )


def _key_name(key: Key) -> str:
    name = printable(key.name)
    return name if len(name) <= 40 else name[:39] + "…"


def _key_rows(keys: Iterable[Key], width: int) -> Iterator[list[tuple[int, int, Key]]]:
    """Keys in rows, each with its number and where it starts."""
    row: list[tuple[int, int, Key]] = []
    x = 10
    for at, key in enumerate(keys):
        needed = 56 + round(len(_key_name(key)) * _CHARACTER)
        if row and x + needed > width:
            yield row
            row, x = [], 10
        row.append((at, x, key))
        x += needed
    if row:
        yield row


def ink_css() -> str:
    """What sets the inks and how a chart's parts use them."""
    return "".join(f".ink-{name}{{--ink:var(--{name})}}" for name in PALETTE) + _CHART_CSS


_CHART_CSS = (
    ".chart text{font:12px system-ui,sans-serif;fill:var(--soft)}"
    ".chart .title{font-weight:600;font-size:13px;fill:var(--text)}"
    ".grid{stroke:var(--line)}.guide{fill:none;stroke:var(--soft);stroke-dasharray:2 4}"
    ".chart .guide-label{font-size:11px}.chart .inside{fill:var(--paper)}"
    ".line{fill:none;stroke:var(--ink);stroke-width:2}.ends{fill:none;stroke:var(--ink);"
    "stroke-width:1.5}.marker{fill:var(--ink);stroke:var(--paper);stroke-width:1}"
    ".bar{stroke:var(--ink)}.bar:not([fill]){fill:var(--ink)}.hatched{fill:var(--ink);opacity:.18}"
    ".hatch{fill:none;stroke:var(--ink);stroke-width:1.6;stroke-linecap:round}"
)


def variables(dark: bool) -> str:
    """The palette as custom properties.

    >>> variables(dark=True)[:14]
    '--m1:#56b4e9;-'
    """
    inks = "".join(f"--{name}:{pair[dark]};" for name, pair in PALETTE.items())
    return f"{inks}--paper:{'#14181d' if dark else '#ffffff'};"


_SHEET = (
    f":root{{{variables(dark=False)}}}"
    f"@media(prefers-color-scheme:dark){{:root{{{variables(dark=True)}}}}}"
    f".paper{{fill:var(--paper)}}{ink_css()}"
)


def _path(points: Iterable[tuple[float, float]], frame: _Frame) -> str:
    return " ".join(f"{frame.x(x)},{frame.y(y)}" for x, y in points)


def _text(text: str) -> str:
    return escape(printable(text))
