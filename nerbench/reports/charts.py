"""The description of charts: panels with axes and marks, keys, and the palette.

All positions are numbers; an axis of names has ticks with the names as labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

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
    "paper": ("#ffffff", "#14181d"),
}
"""Each colour in the light and in the dark theme: hues of Okabe and Ito (Color Universal Design,
2008), light ones darkened to a contrast of 3 to 1 or more on white."""

_MARKERS = (
    "circle", "diamond", "square", "triangle-up", "cross", "triangle-down", "triangle-right"
)  # fmt: skip
_MODEL_COLOURS = 7


def model_style(index: int) -> tuple[str, str]:
    """Return the colour and the marker of a model; later models get other pairs of the two.

    >>> model_style(0), model_style(7)
    (('m1', 'circle'), ('m1', 'diamond'))
    """
    marker = _MARKERS[(index + index // _MODEL_COLOURS) % len(_MARKERS)]
    return f"m{index % _MODEL_COLOURS + 1}", marker


@dataclass(frozen=True, slots=True)
class Axis:
    """A range of numbers with its ticks and their labels."""

    title: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]


def rate_axis(title: str) -> Axis:
    """Return an axis from 0 to 1.

    >>> rate_axis("recall").ticks[1]
    (0.2, '0.2')
    """
    return Axis(title, 0.0, 1.0, tuple((n / 5, f"{n / 5:.1f}") for n in range(6)))


LABEL_LENGTH = 22  # characters, of a line of a tick's label
_MAX_LABEL_LINES = 5
_PIECE = re.compile(r"[^ _/.-]*[ _/.-]*")


def label_lines(text: str) -> list[str]:
    """Return a label in lines that break between words, whole unless it is a long text.

    >>> label_lines("International Journal of Molecular Sciences (n = 12)")
    ['International Journal', 'of Molecular Sciences', '(n = 12)']
    >>> label_lines("all other values (n = 3)")
    ['all other values', '(n = 3)']
    >>> label_lines("en_ner_bionlp13cg_md_of_2026")
    ['en_ner_bionlp13cg_md_', 'of_2026']
    """
    lines = [""]
    for piece in _PIECE.findall(" ".join(text.split()).replace(" = ", "\u00a0=\u00a0")):
        if len((lines[-1] + piece).rstrip()) > LABEL_LENGTH and lines[-1]:
            lines.append("")
        lines[-1] += piece
    lines = [line.rstrip(" ").replace("\u00a0", " ") for line in lines]
    is_cut = len(lines) > _MAX_LABEL_LINES or any(len(line) > 2 * LABEL_LENGTH for line in lines)
    lines = [
        line if len(line) <= 2 * LABEL_LENGTH else line[: 2 * LABEL_LENGTH - 1]
        for line in lines[:_MAX_LABEL_LINES]
    ]
    return [*lines[:-1], lines[-1] + "…"] if is_cut else lines


def row_height(labels: Iterable[str], least: int) -> int:
    """Return the height in pixels of a row that has room for the longest of labels.

    >>> row_height(["lexicon"], 30), row_height(["International Journal of Molecular Sciences"], 30)
    (30, 36)
    """
    return max([least, *(16 * len(label_lines(label)) + 4 for label in labels)])


def named_axis(names: Iterable[str]) -> Axis:
    """Return an upright axis with names at 0, -1, -2, ...: the first is on top.

    >>> named_axis(["human", "fly"])
    Axis(title='', low=-1.5, high=0.5, ticks=((0, 'human'), (-1, 'fly')))
    """
    ticks = tuple((-index, name) for index, name in enumerate(names))
    return Axis("", 0.5 - max(len(ticks), 1), 0.5, ticks)


@dataclass(frozen=True, slots=True)
class Point:
    """A point, its intervals, and its tooltip."""

    x: float
    y: float
    tooltip: str
    x_interval: tuple[float, float] | None = None
    y_interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """A horizontal bar at height ``y`` from ``start`` to ``end``, with a label inside."""

    y: float
    start: float
    end: float
    tooltip: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """The look of the marks of one kind: their colour, marker, line, and the filling of bars.

    ``faint`` marks are of too few figures to read much from.
    """

    name: str
    colour: str
    marker: str = ""
    line: bool = False
    filling: Literal["solid", "tinted", "dashed"] = "solid"
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """Points or bars of one kind; a key with a line joins the points."""

    key: Key
    points: tuple[Point, ...] = ()
    bars: tuple[Bar, ...] = ()
    thickness: float = 0.6


@dataclass(frozen=True, slots=True)
class Guide:
    """A thin line to read a chart by; its label stands at its last point."""

    points: tuple[tuple[float, float], ...]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """One panel; ``alt_text`` says in words what it shows, ``height`` is in pixels."""

    title: str
    alt_text: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    guides: tuple[Guide, ...] = ()
    height: int = 300


@dataclass(frozen=True, slots=True)
class Plot:
    """Panels with a common key; ``name`` serves for a file."""

    name: str
    title: str
    charts: tuple[Chart, ...]
    keys: tuple[Key, ...]
