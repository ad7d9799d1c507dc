"""Mentions whose texts are normalized: another spelling of what stands at their offsets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nerbench.folding import fold


def is_respelled(text: str, there: str) -> bool:
    """Return whether two texts differ, but only by what the folding of gene names takes away, and
    the second has no white space around it.

    >>> is_respelled("TNF-a", "TNF-α"), is_respelled("insulin like", "insulin-like")
    (True, True)
    >>> is_respelled("IL-7", "IL-6"), is_respelled("-", ".")
    (False, False)
    """
    is_other = text != there and there == there.strip()
    return is_other and bool(folded := fold(text)) and folded == fold(there)


def respelling(text: str, there: str, place: str) -> str:
    """Return a normalized text, what stands at its offsets, and where, for `respelling_notes`."""
    return f"{text[:60]!r} for {there[:60]!r} at {place}"


def respelling_notes(respelled: Sequence[str]) -> Iterable[str]:
    """Yield the number of normalized texts, and the first, if there are any.

    >>> list(respelling_notes([respelling("TNF-a", "TNF-α", "gold.txt:2")]))
    ["mentions whose text is another spelling of that at their offsets: 1, the first 'TNF-a' for \
'TNF-α' at gold.txt:2; kept"]
    """
    if respelled:
        mentions = "mentions whose text is another spelling of that at their offsets"
        yield f"{mentions}: {len(respelled):,}, the first {respelled[0]}; kept"
