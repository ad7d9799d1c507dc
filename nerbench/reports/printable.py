"""Escape control, bidi and surrogate characters in untrusted text."""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def printable(text: str) -> str:
    r"""Replace control characters, bidi controls and lone surrogates by their code points.

    >>> print(printable("p53\x00 \u202eTTC"))
    p53[U+0000] [U+202E]TTC
    """
    return _UNSAFE.sub(lambda match: f"[U+{ord(match.group()):04X}]", text)
