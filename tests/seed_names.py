"""The genes in the caption of the shipped record, as a reader marks them."""

from __future__ import annotations

from nerbench import Mention

SEED_NAMES = "IL-6 STAT3 JAK Bcl-xL Bcl-2 VEGF Src CXCR4 MMP2/9 PIAS SOCS PTP".split()


def first_mentions(text: str, *names: str) -> list[Mention]:
    """The first occurrence of each name in a text, as mentions."""
    starts = [text.index(name) for name in names]
    return [
        Mention(start, start + len(name), name) for start, name in zip(starts, names, strict=True)
    ]
