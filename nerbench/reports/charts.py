"""What a plot shows, apart from who draws it: plotly on a page, `svg` beside a text.

All positions are numbers; an axis of names is one whose ticks carry them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "MARKERS",
    "PALETTE",
    "Axis",
    "Bar",
    "Chart",
    "Guide",
    "Key",
    "Plot",
    "Point",
    "Series",
    "model_ink",
    "named_axis",
    "rate_axis",
]

PALETTE = {
    "m1": ("#0072b2", "#56b4e9"),
    "m2": ("#c85200", "#ff9752"),
    "m3": ("#00805d", "#2fd0a0"),
    "m4": ("#a8457f", "#ec9ccb"),
    "m5": ("#8a6100", "#f0c948"),
    "m6": ("#56616e", "#a9b8c8"),
    "m7": ("#15191e", "#ffffff"),
    "recovered": ("#0072b2", "#56b4e9"),
    "missed": ("#b96a00", "#f0a63a"),
    "absent": ("#868f9a", "#77818d"),
    "text": ("#1c2127", "#e8ebee"),
    "soft": ("#535d69", "#a9b3be"),
    "line": ("#d5dae0", "#363e47"),
}
"""Each ink in a light and in a dark setting: hues of Okabe and Ito (Color Universal Design, 2008),
light ones darkened to a contrast of 3 to 1 or more on white."""

MARKERS = ("circle", "diamond", "square", "triangle-up", "cross", "triangle-down", "hexagon")

_INKS = 7


def model_ink(at: int) -> tuple[str, str]:
    """The ink and the marker of the model at a place; later models get other pairs of the two.

    >>> model_ink(0), model_ink(7)
    (('m1', 'circle'), ('m1', 'diamond'))
    """
    return f"m{at % _INKS + 1}", MARKERS[(at + at // _INKS) % len(MARKERS)]


@dataclass(frozen=True, slots=True)
class Axis:
    """A span of numbers, its ticks and their labels."""

    title: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]


def rate_axis(title: str) -> Axis:
    """From 0 to 1.

    >>> rate_axis("recall").ticks[1]
    (0.2, '0.2')
    """
    return Axis(title, 0.0, 1.0, tuple((n / 5, f"{n / 5:.1f}") for n in range(6)))


def named_axis(names: Iterable[str]) -> Axis:
    """Names at 0, -1, -2, ...: upright, the first stands on top.

    >>> named_axis(["human", "fly"])
    Axis(title='', low=-1.5, high=0.5, ticks=((0, 'human'), (-1, 'fly')))
    """
    ticks = tuple((-at, name) for at, name in enumerate(names))
    return Axis("", 0.5 - max(len(ticks), 1), 0.5, ticks)


@dataclass(frozen=True, slots=True)
class Point:
    """A point, the ends of its intervals, and what it says when pointed at."""

    x: float
    y: float
    says: str
    x_ends: tuple[float, float] | None = None
    y_ends: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """A level bar at height ``at``, from ``start`` over ``length``; its label stands inside."""

    at: float
    start: float
    length: float
    says: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """How things of one kind look: an ink, and a marker, a kind of line, or a hatching."""

    name: str
    ink: str
    marker: str = ""
    dash: str = ""
    hatch: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Points (joined by a line if the key has a ``dash``) or bars of one kind."""

    key: Key
    points: tuple[Point, ...] = ()
    bars: tuple[Bar, ...] = ()
    thickness: float = 0.6


@dataclass(frozen=True, slots=True)
class Guide:
    """A thin line to read a plot by; its label stands at its last point."""

    points: tuple[tuple[float, float], ...]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """One panel. ``says`` is what it shows, for those who cannot see it."""

    title: str
    says: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    guides: tuple[Guide, ...] = ()
    height: int = 300


@dataclass(frozen=True, slots=True)
class Plot:
    """Panels that belong together, and the key to them. ``name`` serves for a file."""

    name: str
    title: str
    charts: tuple[Chart, ...]
    keys: tuple[Key, ...]
