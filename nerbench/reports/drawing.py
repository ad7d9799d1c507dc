"""Charts drawn by Vega-Lite as SVG, for a page, a file and a notebook alike.

A chart is drawn once, in its light colours; `colour_rules` turns them into others. A drawing has no
script, identifier or style sheet. The specification gives every position and size, so that no
installed font changes a byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from typing import Any

from nerbench.reports.charts import (
    PALETTE,
    Axis,
    Bar,
    Chart,
    Guide,
    Key,
    Plot,
    Point,
    Series,
    label_lines,
)
from nerbench.reports.printable import printable

_WIDTH = 340  # pixels, of a panel
_TOP, _BOTTOM = 34, 46  # pixels, the margins for the title and for the axis
_AXIS_TITLE_HEIGHT = 16  # pixels
_CHARACTER_WIDTH = 7.2  # pixels, of a wide letter
_MARKER_AREA = 110  # square pixels
_FAINT = 0.5  # opacity
_SWATCH_WIDTH, _SWATCH_HEIGHT = 26, 16  # pixels
_KEY_ROW_HEIGHT = 24  # pixels
_MAX_KEY_LENGTH = 40  # characters
_FONT = "system-ui, sans-serif"
_FONT_SIZE = 13  # pixels
_GUIDE_FONT_SIZE = 12  # pixels
_LEGIBLE = 11  # pixels
_LINE_HEIGHT = 16  # pixels


def specification(chart: Chart, names: Sequence[str] = ()) -> dict[str, Any]:
    """Return a chart as a Vega-Lite specification.

    The marks of a series are in groups whose names begin with ``key`` and the number of the series'
    key in ``names``: the SVG has these as classes.

    >>> from nerbench.reports.charts import named_axis, rate_axis
    >>> chart = Chart("human", "", rate_axis("recall"), named_axis(["default"]), ())
    >>> specification(chart)["encoding"]["x"]["scale"]
    {'domain': [0.0, 1.0], 'nice': False, 'zero': False}
    """
    lines = [line for _, label in chart.y.ticks for line in label_lines(printable(label))]
    left = max(map(len, lines), default=0)
    left = round(left * _CHARACTER_WIDTH) + (36 if chart.y.title else 18)
    right = 38 if any(guide.label for guide in chart.guides) else 24
    bottom = _BOTTOM if chart.x.title else _BOTTOM - _AXIS_TITLE_HEIGHT
    width, height = _WIDTH - left - right, chart.height - _TOP - bottom
    layers = [*_cut_label_layers(chart.y), *_guide_layers(chart.guides)]
    for series in chart.series:
        number = names.index(series.key.name) if series.key.name in names else 0
        for layer in _series_layers(series):
            layers.append(layer | {"name": f"key{number}_{len(layers)}"})
    return {
        "description": printable(chart.alt_text),
        "width": width,
        "height": height,
        "padding": {"left": left, "right": right, "top": _TOP, "bottom": bottom},
        "autosize": "none",
        "title": {"text": printable(chart.title), "dx": 2 - left},
        "params": [
            {"name": f"{name}_labels", "value": [_label(label) for _, label in axis.ticks]}
            for name, axis in (("x", chart.x), ("y", chart.y))
        ],
        "encoding": {
            "x": _axis("x", chart.x) | {"axis": _axis_marks("x", chart.x, width / 2, 36)},
            "y": _axis("y", chart.y) | {"axis": _axis_marks("y", chart.y, 12 - left, height / 2)},
        },
        "layer": layers or [_layer([], "point")],
        "config": _CONFIG,
    }


_CONFIG = {
    "background": None,
    "font": _FONT,
    "view": {"stroke": None},
    "axis": {
        "domain": False, "ticks": False, "aria": False, "gridColor": PALETTE["line"][0],
        "labelColor": PALETTE["soft"][0], "labelFontSize": _FONT_SIZE, "labelFlush": False,
        "labelLimit": 0, "labelLineHeight": _LINE_HEIGHT, "labelOverlap": False, "labelPadding": 8,
        "titleColor": PALETTE["soft"][0], "titleFontSize": _FONT_SIZE, "titleFontWeight": "normal",
    },
    "title": {
        "anchor": "start", "frame": "group", "offset": 14, "color": PALETTE["text"][0],
        "fontSize": 14, "fontWeight": 600,
    },
    "text": {"fontSize": _FONT_SIZE, "baseline": "middle"},
}  # fmt: skip


def _axis(name: str, axis: Axis) -> dict[str, Any]:
    scale = {"domain": [axis.low, axis.high], "nice": False, "zero": False}
    return {"field": name, "type": "quantitative", "scale": scale}


def _axis_marks(name: str, axis: Axis, title_x: float, title_y: float) -> dict[str, Any]:
    values = [value for value, _ in axis.ticks]
    return {
        "title": printable(axis.title) or None,
        "titleX": title_x,
        "titleY": title_y,
        "titleBaseline": "alphabetic",
        "values": values,
        # The labels are a parameter, since a text in an expression could act.
        "labelExpr": f"{name}_labels[indexof({values}, datum.value)]",
        **_line_offsets(axis),
    }


def _line_offsets(axis: Axis) -> dict[str, Any]:
    """Move labels of several lines up, so that their middle stands at the tick."""
    values: dict[int, list[float]] = {}
    for value, label in axis.ticks:
        values.setdefault(len(label_lines(printable(label))), []).append(value)
    conditions = [
        {"test": f"indexof({places}, datum.value) >= 0", "value": -_LINE_HEIGHT / 2 * (lines - 1)}
        for lines, places in sorted(values.items())
        if lines > 1
    ]
    return {"labelOffset": {"condition": conditions, "value": 0}} if conditions else {}


def _label(text: str) -> str | list[str]:
    """Return a tick's label: one line, or a list of lines."""
    lines = label_lines(printable(text))
    return lines if len(lines) > 1 else lines[0]


def _layer(
    rows: list[dict[str, Any]], mark: str, *, ends: bool = False, **options: Any
) -> dict[str, Any]:
    """Return a layer of marks; those with ``ends`` reach from (x, y) to (x2, y2)."""
    encoding: dict[str, Any] = {"x2": {"field": "x2"}, "y2": {"field": "y2"}} if ends else {}
    if mark == "text":
        encoding["text"] = {"field": "text"}
    described = any("tooltip" in row for row in rows)
    if described:
        encoding["description"] = {"field": "tooltip"}
    return {
        "data": {"values": rows},
        "mark": {"type": mark, "aria": described, "opacity": 1, **options},
        "encoding": encoding,
    }


def _cut_label_layers(axis: Axis) -> Iterator[dict[str, Any]]:
    """Yield invisible marks over the labels that are cut off, which hold them whole."""
    rows = [
        {"y": y, "text": label_lines(printable(label))[0], "tooltip": printable(label)}
        for y, label in axis.ticks
        if label_lines(printable(label))[-1].endswith("…")
    ]
    if rows:
        layer = _layer(rows, "text", align="right", opacity=0)
        layer["encoding"]["x"] = {"value": -8}
        yield layer


def _guide_layers(guides: Sequence[Guide]) -> Iterator[dict[str, Any]]:
    soft = PALETTE["soft"][0]
    for guide in guides:
        rows = [{"x": x, "y": y} for x, y in guide.points]
        yield _layer(rows, "line", color=soft, strokeWidth=1, strokeDash=[2, 4])
    labels = [
        {"x": guide.points[-1][0], "y": guide.points[-1][1], "text": guide.label}
        for guide in guides
        if guide.label
    ]
    if labels:
        yield _layer(labels, "text", color=soft, align="left", dx=7, fontSize=_GUIDE_FONT_SIZE)


def _series_layers(series: Series) -> Iterator[dict[str, Any]]:
    key, points, bars = series.key, series.points, series.bars
    colour = PALETTE[key.colour][0]
    if bars:
        yield from _bar_layers(series, colour)
    faintness = {"opacity": _FAINT} if key.faint else {}
    intervals = [row for point in points for row in _intervals(point)]
    if intervals:
        yield _layer(intervals, "rule", ends=True, color=colour, strokeWidth=1.5, **faintness)
    places = [{"x": point.x, "y": point.y} for point in points]
    if key.line and points:
        layer = _layer(places, "line", color=colour, strokeWidth=2)
        layer["encoding"]["order"] = {"value": None}
        yield layer
    rows = [
        {**place, "tooltip": printable(point.tooltip)}
        for place, point in zip(places, points, strict=True)
    ]
    if key.marker and bars:  # the marker of a model tells its bars apart without their colour
        rows = [{"x": bar.end, "y": bar.y} for bar in bars]
    if rows:
        look = {"shape": key.marker, **faintness} if key.marker else {"opacity": 0}
        paper = PALETTE["paper"][0]
        yield _layer(rows, "point", fill=colour, stroke=paper, strokeWidth=1, size=_MARKER_AREA,
                     **look)  # fmt: skip


def _intervals(point: Point) -> Iterator[dict[str, float]]:
    if point.x_interval is not None:
        low, high = point.x_interval
        yield {"x": low, "x2": high, "y": point.y, "y2": point.y}
    if point.y_interval is not None:
        low, high = point.y_interval
        yield {"x": point.x, "x2": point.x, "y": low, "y2": high}


_FILLINGS: dict[str, dict[str, Any]] = {
    "solid": {},
    "tinted": {"fillOpacity": 0.3},
    "dashed": {"fillOpacity": 0, "strokeDash": [4, 3]},
}


def _bar_layers(series: Series, colour: str) -> Iterator[dict[str, Any]]:
    half = series.thickness / 2
    rows = [
        {"x": bar.start, "x2": bar.end, "y": bar.y - half, "y2": bar.y + half,
         "tooltip": printable(bar.tooltip)}
        for bar in series.bars
    ]  # fmt: skip
    filling = _FILLINGS[series.key.filling]
    yield _layer(rows, "rect", ends=True, fill=colour, stroke=colour, strokeWidth=1.5, **filling)
    labels = [
        {"x": (bar.start + bar.end) / 2, "y": bar.y, "text": bar.label}
        for bar in series.bars
        if bar.label
    ]
    if labels:
        label_colour = PALETTE["paper" if series.key.filling == "solid" else "text"][0]
        yield _layer(labels, "text", color=label_colour)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A plot with its panels and the swatches of its keys as `svg` elements."""

    plot: Plot
    panels: tuple[str, ...]
    swatches: tuple[str, ...]

    @property
    def columns(self) -> int:
        """The number of panels side by side in the sheet."""
        return min(2, len(self.panels)) or 1

    @property
    def least_width(self) -> int:
        """The width in pixels below which labels of the sheet are smaller than 11 pixels."""
        return -(-_WIDTH * self.columns * _LEGIBLE // _GUIDE_FONT_SIZE)

    def sheet(self) -> str:
        """Return the whole plot as one SVG document."""
        charts, columns = self.plot.charts, self.columns
        width = _WIDTH * columns
        parts = []
        x, y = 10, 8
        for key, swatch in zip(self.plot.keys, self.swatches, strict=True):
            name = printable(key.name)
            name = name if len(name) <= _MAX_KEY_LENGTH else name[: _MAX_KEY_LENGTH - 1] + "…"
            needed = 56 + round(len(name) * _CHARACTER_WIDTH)
            if x > 10 and x + needed > width:
                x, y = 10, y + _KEY_ROW_HEIGHT
            parts.append(_place(swatch, x, y))
            parts.append(
                f'<text x="{x + 32}" y="{y + 12}" font-family="{_FONT}" font-size="{_FONT_SIZE}px" '
                f'fill="{PALETTE["soft"][0]}">{escape(name)}</text>'
            )
            x += needed
        y += _KEY_ROW_HEIGHT + 2
        for start in range(0, len(charts), columns):
            row = slice(start, start + columns)
            parts += [_place(svg, _WIDTH * n, y) for n, svg in enumerate(self.panels[row])]
            y += max(chart.height for chart in charts[row])
        dark = colour_rules(lambda name: PALETTE[name][1])
        return (
            f"{_open_svg(width, y)}<title>{escape(printable(self.plot.title))}</title>"
            f"<style>@media(prefers-color-scheme:dark){{{dark}}}</style>"
            f'<rect width="{width}" height="{y}" fill="{PALETTE["paper"][0]}"/>'
            f"{''.join(parts)}</svg>\n"
        )


def _place(svg: str, x: int, y: int) -> str:
    return svg.replace("<svg ", f'<svg x="{x}" y="{y}" ', 1)


def draw(plot: Plot) -> Drawing:
    """Draw a plot."""
    names = [key.name for key in plot.keys]
    panels = (
        _svg(specification(chart, names), f'role="graphics-document" '
             f'aria-roledescription="chart" aria-label="{escape(printable(chart.alt_text))}"')
        for chart in plot.charts
    )  # fmt: skip
    return Drawing(plot, tuple(panels), tuple(map(_swatch, plot.keys)))


@lru_cache(maxsize=64)  # the models have the same keys in all plots
def _swatch(key: Key) -> str:
    """Draw how a key looks."""
    series = [Series(replace(key, line=False), points=(Point(0.5, 0.5, ""),))]
    if key.line:
        ends = (Point(0, 0.5, ""), Point(1, 0.5, ""))
        series.insert(0, Series(replace(key, marker=""), points=ends))
    elif not key.marker:
        series = [Series(key, bars=(Bar(0.5, 0.1, 0.9, ""),), thickness=0.8)]
    axis = Axis("", 0, 1, ())
    whole = specification(Chart("", "", axis, axis, tuple(series)))
    for layer in whole["layer"]:
        layer["mark"]["aria"] = False
    padding = {"left": 0, "right": 0, "top": 0, "bottom": 0}
    size = {"width": _SWATCH_WIDTH, "height": _SWATCH_HEIGHT, "padding": padding}
    return _svg(whole | size, 'aria-hidden="true"')


def _svg(spec: dict[str, Any], attributes: str) -> str:
    """Render a specification, with attributes for its root."""
    import vl_convert  # slow to import

    _, _, content = vl_convert.vegalite_to_svg(spec).partition(">")
    left, right, top, bottom = spec["padding"].values()
    width, height = left + spec["width"] + right, top + spec["height"] + bottom
    return _open_svg(width, height, attributes) + content


def _open_svg(width: float, height: float, attributes: str = "") -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" {attributes}>'
    )


def colour_rules(colour: Callable[[str], str]) -> str:
    """Return CSS rules that give the drawings other colours: ``colour`` of a name in `PALETTE`.

    >>> colour_rules(lambda name: f"var(--{name})")[:47]
    '.chart [fill="#0072b2"]{fill:var(--m1)}.chart ['
    """
    return "".join(
        f'.chart [{role}="{light}"]{{{role}:{colour(name)}}}'
        for name, (light, _) in PALETTE.items()
        for role in ("fill", "stroke")
    )
