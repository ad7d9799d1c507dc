"""Read a text as it was meant: wrong decoding repaired, HTML taken for what it stands for."""

from __future__ import annotations

import html
import re

import ftfy

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TAG = re.compile(
    r"</?(?:sup|sub|i|b|u|em|strong|small|span|font|italic|bold|sc|a|xref|ext-link)(?:\s[^<>]*=[^<>]*)?\s?/?>",
    re.IGNORECASE,
)
_BREAK = re.compile(r"</?(?:br|p|div|title|sec|li|ul)(?:\s[^<>]*=[^<>]*)?\s?/?>", re.IGNORECASE)


def read_published(text: str) -> str:
    """Return a text with its encoding repaired, entities read and formatting left out.

    >>> read_published("TNF-&alpha;, IFN-&#947;, p21<sup>Cip1</sup>; p &lt; 0.05, R&D; NF-Œ∫B")
    'TNF-α, IFN-γ, p21Cip1; p < 0.05, R&D; NF-κB'
    """
    if not text.isascii():
        text = ftfy.fix_encoding(text)
    if "&" in text:  # twice, for what was escaped twice: &amp;beta;
        for _ in range(2):
            text = _ENTITY.sub(lambda entity: html.unescape(entity.group()), text)
    if "<" in text:
        text = _BREAK.sub(" ", _TAG.sub("", text))
    return text
