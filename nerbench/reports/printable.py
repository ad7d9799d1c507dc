"""Text from the world made safe to look at: what has no shape of its own, or turns others round,
is shown as what it is.
"""

from __future__ import annotations

import re

__all__ = ["printable"]

_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def printable(text: str) -> str:
    r"""Control characters, those that set the direction of writing and lone surrogates, by number.

    >>> print(printable("p53\x00 \u202eTTC"))
    p53[U+0000] [U+202E]TTC
    """
    return _HIDDEN.sub(lambda found: f"[U+{ord(found.group()):04X}]", text)
