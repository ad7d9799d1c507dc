"""How reports put numbers: the same words and digits in text, on pages and in the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from nerbench.scoring.bootstrap import Interval

__all__ = [
    "AGREEMENT",
    "METRICS",
    "difference",
    "identifiers",
    "interval",
    "number",
    "p_value",
    "rate",
    "share",
]

METRICS = {
    "precision": "precision",
    "recall": "recall",
    "in_caption_recall": "in-caption recall",
    "f1": "F1",
}
"""The rates that every report shows, and what they are called."""

AGREEMENT: dict[bool | None, str] = {
    True: "the text agrees",
    False: "the text disagrees",
    None: "whether the text agrees cannot be told",
}
"""Whether a name's text can mean the genes of its identifiers."""


def rate(value: float | None) -> str:
    """A rate to three decimals, or a dash where it is not defined.

    >>> rate(7 / 13), rate(None)
    ('0.538', '–')
    """
    return "–" if value is None else f"{value:.3f}"


def interval(ends: Interval | None) -> str:
    """An interval to two decimals after the rate that it belongs to, nothing where there is none.

    >>> interval((0.7057, 0.7512)), interval(None)
    (' [0.71, 0.75]', '')
    """
    return "" if ends is None else f" [{ends[0]:.2f}, {ends[1]:.2f}]".replace("-", "−")


def difference(value: float | None, digits: int = 3) -> str:
    """A difference with its sign, or a dash where it is not defined.

    >>> difference(0.25), difference(-0.004), difference(None)
    ('+0.250', '−0.004', '–')
    """
    return "–" if value is None else f"{value:+.{digits}f}".replace("-", "−")


def p_value(value: float | None) -> str:
    """A p value to three decimals.

    >>> p_value(0.0312), p_value(0.0001), p_value(None)
    ('0.031', '< 0.001', '–')
    """
    if value is None:
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def share(part: int, whole: int) -> str:
    """A part of a whole in percent.

    >>> share(17, 34), share(0, 0)
    ('50%', '–')
    """
    return f"{100 * part / whole:.0f}%" if whole else "–"


def number(value: int) -> str:
    """A count with its thousands set off.

    >>> number(15656)
    '15,656'
    """
    return f"{value:,}"


def identifiers(ids: Iterable[str], agree: bool | None) -> str:
    """A name's identifiers, and whether its text agrees; nothing where there are none.

    >>> identifiers(["9606:3569", "9606:6774"], agree=False), identifiers([], agree=None)
    ('9606:3569, 9606:6774 – the text disagrees', '')
    """
    said = ", ".join(ids)
    return f"{said} – {AGREEMENT[agree]}" if said else ""
