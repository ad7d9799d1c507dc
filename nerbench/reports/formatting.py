"""Numbers as text, the same in all reports."""

from __future__ import annotations

from collections.abc import Iterable

from nerbench.scoring.intervals import Interval

METRICS = {
    "precision": "precision",
    "gene_precision": "gene precision",
    "recall": "recall",
    "in_caption_recall": "in-caption recall",
    "f1": "F1",
}
"""The rates that every report shows, by their field."""

AGREEMENT: dict[bool | None, str] = {
    True: "the text agrees",
    False: "the text disagrees",
    None: "agreement of the text unknown",
}
"""Words for the agreement of a name's text with its identifiers."""


def rate(value: float | None) -> str:
    """Format a rate to three decimals, or as a dash if it is not defined.

    >>> rate(7 / 13), rate(None)
    ('0.538', '–')
    """
    return "–" if value is None else f"{value:.3f}"


def interval(ends: Interval | None, digits: int = 2) -> str:
    """Format an interval, to follow its rate; empty if there is none.

    >>> interval((0.7057, 0.7512)), interval(None)
    (' [0.71, 0.75]', '')
    """
    return (
        "" if ends is None else f" [{ends[0]:.{digits}f}, {ends[1]:.{digits}f}]".replace("-", "−")
    )


def difference(value: float | None, digits: int = 3) -> str:
    """Format a difference with its sign, or as a dash if it is not defined.

    >>> difference(0.25), difference(-0.004), difference(None)
    ('+0.250', '−0.004', '–')
    """
    return "–" if value is None else f"{value:+.{digits}f}".replace("-", "−")


def p_value(value: float | None) -> str:
    """Format a p value to three decimals.

    >>> p_value(0.0312), p_value(0.0001), p_value(None)
    ('0.031', '< 0.001', '–')
    """
    if value is None:
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def share(part: int, whole: int) -> str:
    """Format a part of a whole in percent, or as a dash if the whole is zero.

    >>> share(17, 34), share(0, 0)
    ('50%', '–')
    """
    return f"{100 * part / whole:.0f}%" if whole else "–"


def effective(value: float | None) -> str:
    """Format an effective number of figures, or as a dash if it is not defined.

    >>> effective(229.4), effective(7.16), effective(None)
    ('229', '7.2', '–')
    """
    if value is None:
        return "–"
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"


def number(value: int) -> str:
    """Format a count with commas between thousands.

    >>> number(15656)
    '15,656'
    """
    return f"{value:,}"


def amount(value: int, noun: str) -> str:
    """Format a count with what is counted.

    >>> amount(1, "name"), amount(1200, "name")
    ('1 name', '1,200 names')
    """
    return f"{number(value)} {noun}" + ("" if value == 1 else "s")


def part_of(part: int, whole: int) -> str:
    """Format a part of a whole as a count, with its share in percent.

    >>> part_of(20, 21)
    '20 (95%)'
    """
    return f"{number(part)} ({share(part, whole)})"


def speed(value: float | None) -> str:
    """Format captions per second, or as a dash if they were not measured.

    >>> speed(93.4), speed(2.345), speed(None)
    ('93', '2.3', '–')
    """
    if value is None:
        return "–"
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"


def identifiers(ids: Iterable[str], agree: bool | None) -> str:
    """Format a name's identifiers and whether its text agrees; empty if there are none.

    >>> identifiers(["9606:3569", "9606:6774"], agree=False), identifiers([], agree=None)
    ('9606:3569, 9606:6774 – the text disagrees', '')
    """
    listed = ", ".join(ids)
    return f"{listed} – {AGREEMENT[agree]}" if listed else ""
