"""Read a text as it was meant: wrong decoding repaired, HTML taken for what it stands for."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import ftfy

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TAG = re.compile(
    r"</?(?:sup|sub|i|b|u|em|strong|small|span|font|italic|bold|sc|a|xref|ext-link)(?:\s[^<>]*=[^<>]*)?\s?/?>",
    re.IGNORECASE,
)
_LINE_BREAK = re.compile(
    r"</?(?:br|p|div|title|sec|li|ul)(?:\s[^<>]*=[^<>]*)?\s?/?>", re.IGNORECASE
)

_READINGS: tuple[tuple[re.Pattern[str], Callable[[str], str]], ...] = (
    (_ENTITY, html.unescape),
    (_ENTITY, html.unescape),  # twice, for what was escaped twice: &amp;beta;
    (_TAG, lambda _: ""),
    (_LINE_BREAK, lambda _: " "),
)


def read_published(text: str) -> str:
    """Return a text with its encoding repaired, entities read and formatting left out.

    >>> read_published("TNF-&alpha;, IFN-&#947;, p21<sup>Cip1</sup>; p &lt; 0.05, R&D; NF-Œ∫B")
    'TNF-α, IFN-γ, p21Cip1; p < 0.05, R&D; NF-κB'
    """
    if not text.isascii():
        text = ftfy.fix_encoding(text)
    return read_html(text)[0]


def read_html(text: str) -> tuple[str, list[int] | None]:
    """Return a text with its HTML read, and where each of its places is then; None if it has none.

    A place within an entity or a tag is then after it.

    >>> read_html("a &beta; b")
    ('a β b', [0, 1, 2, 3, 3, 3, 3, 3, 3, 4, 5])
    >>> read_html("p < 0.05")
    ('p < 0.05', None)
    """
    places: list[int] | None = None
    for pattern, read in _READINGS:
        if pattern.search(text):
            text, own = _substitute(pattern, read, text)
            places = own if places is None else [own[place] for place in places]
    return text, places


def _substitute(
    pattern: re.Pattern[str], read: Callable[[str], str], text: str
) -> tuple[str, list[int]]:
    parts: list[str] = []
    places: list[int] = []
    length = end = 0
    for match in pattern.finditer(text):
        between, meant = text[end : match.start()], read(match.group())
        parts += (between, meant)
        places += range(length, length + len(between) + 1)
        length += len(between) + len(meant)
        places += [length] * (match.end() - match.start() - 1)
        end = match.end()
    parts.append(text[end:])
    places += range(length, length + len(text) - end + 1)
    return "".join(parts), places
