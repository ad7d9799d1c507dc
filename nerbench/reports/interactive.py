"""Charts as plotly figures: what a page draws, and a notebook or a test may.

Inks stay names (``ink:m1``): the page puts in the colour that its light or dark setting gives them.
"""

from __future__ import annotations

from typing import Any

from nerbench.reports.charts import Axis, Chart, Series
from nerbench.reports.printable import printable
from nerbench.reports.svg import left_margin, right_margin, short_label

__all__ = ["plotly_figure", "plotly_js"]


def plotly_js() -> str:
    """The text of plotly.js that the installed plotly brings along."""
    from plotly.offline import get_plotlyjs

    script: str = get_plotlyjs()
    return script


def plotly_figure(chart: Chart) -> dict[str, Any]:
    """A chart as plotly's ``data`` and ``layout``, of the same measures as `svg.draw`.

    >>> from nerbench.reports.charts import Chart, named_axis, rate_axis
    >>> chart = Chart("human", "", rate_axis("recall"), named_axis(["default"]), ())
    >>> plotly_figure(chart)["layout"]["xaxis"]["range"]
    [0.0, 1.0]
    """
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "lines", "hoverinfo": "skip", "showlegend": False,
            "x": [x for x, _ in guide.points], "y": [y for _, y in guide.points],
            "line": {"color": "ink:soft", "width": 1, "dash": "dot"},
        }
        for guide in chart.guides
    ]  # fmt: skip
    for series in chart.series:
        traces += [_bars(series)] if series.bars else []
        traces += [_points(series)] if series.points else []
    bottom = 46 if chart.x.title else 30
    return {
        "data": traces,
        "layout": {
            "height": chart.height,
            "margin": {"l": left_margin(chart.y), "r": right_margin(chart), "t": 34, "b": bottom},
            "title": {
                "text": _plain(chart.title), "x": 0, "xref": "container", "y": 1,
                "yref": "container", "yanchor": "top", "pad": {"l": 2, "t": 5},
                "font": {"size": 13, "color": "ink:text", "weight": 600},
            },
            "font": {"family": "system-ui, sans-serif", "size": 12, "color": "ink:soft"},
            "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
            "xaxis": _axis(chart.x), "yaxis": _axis(chart.y),
            "annotations": [
                {
                    "x": guide.points[-1][0], "y": guide.points[-1][1], "text": guide.label,
                    "showarrow": False, "xanchor": "left", "yanchor": "middle", "xshift": 6,
                    "font": {"size": 11},
                }
                for guide in chart.guides if guide.label
            ],
            "showlegend": False, "dragmode": False, "hovermode": "closest", "barmode": "overlay",
            "hoverlabel": {"align": "left", "namelength": 0},
        },
    }  # fmt: skip


def _axis(axis: Axis) -> dict[str, Any]:
    return {
        "title": {"text": _plain(axis.title), "standoff": 8},
        "range": [axis.low, axis.high],
        "tickvals": [value for value, _ in axis.ticks],
        "ticktext": [_plain(short_label(label)) for _, label in axis.ticks],
        "gridcolor": "ink:line",
        "zeroline": False,
        "fixedrange": True,
        "tickangle": 0,
        "ticklabeloverflow": "allow",
        "ticks": "outside",
        "ticklen": 6,
        "tickcolor": "rgba(0,0,0,0)",
    }


def _points(series: Series) -> dict[str, Any]:
    key, points = series.key, series.points
    mode = "+".join(part for part, on in (("lines", key.dash), ("markers", key.marker)) if on)
    trace: dict[str, Any] = {
        "type": "scatter", "mode": mode, "name": _plain(key.name),
        "x": [point.x for point in points], "y": [point.y for point in points],
        "text": [_plain(point.says) for point in points], "hovertemplate": "%{text}<extra></extra>",
        "line": {"color": f"ink:{key.ink}", "width": 2}, "cliponaxis": False,
    }  # fmt: skip
    if key.marker:
        trace["marker"] = {
            "symbol": key.marker, "size": 11, "color": f"ink:{key.ink}",
            "line": {"width": 1, "color": "ink:paper"},
        }  # fmt: skip
    for axis in "xy":
        ends = [getattr(point, f"{axis}_ends") for point in points]
        if any(ends):
            at = [getattr(point, axis) for point in points]
            trace[f"error_{axis}"] = {
                "type": "data", "symmetric": False, "color": f"ink:{key.ink}",
                "thickness": 1.5, "width": 4,
                "array": [b[1] - a if b else 0 for a, b in zip(at, ends, strict=True)],
                "arrayminus": [a - b[0] if b else 0 for a, b in zip(at, ends, strict=True)],
            }  # fmt: skip
    return trace


def _bars(series: Series) -> dict[str, Any]:
    key, bars = series.key, series.bars
    return {
        "type": "bar", "orientation": "h", "name": _plain(key.name),
        "y": [bar.at for bar in bars], "x": [bar.length for bar in bars],
        "base": [bar.start for bar in bars], "width": series.thickness,
        "hovertext": [_plain(bar.says) for bar in bars],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "text": [bar.label for bar in bars], "textposition": "inside", "textangle": 0,
        "insidetextanchor": "middle", "constraintext": "none",
        "insidetextfont": {"color": "ink:paper", "size": 12},
        "marker": {
            "color": f"ink:{key.ink}", "line": {"width": 1, "color": f"ink:{key.ink}"},
            "pattern": {
                "shape": key.hatch, "fillmode": "replace", "size": 7, "solidity": 0.3,
            },
        },
    }  # fmt: skip


def _plain(text: str) -> str:
    """Text that plotly shows as it is: it takes some tags and entities for its own.

    >>> _plain("<b>&amp;")
    '&lt;b&gt;&amp;amp;'
    """
    text = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("$", "&#36;").replace("%{", "%&#123;")
