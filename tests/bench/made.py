"""Figures by the thousand, made of real ones: sentences of their captions dealt anew.

Each made figure takes its record's curated genes and organisms, and as many sentences as the
record's caption has, drawn from all captions, so that lengths, names and lists stay real-like.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

from nerbench import Figure, open_corpus

SHARED = Path(__file__).resolve().parents[3] / "shared" / "pfocr"
_SENTENCE = re.compile(r"(?<=[.;])\s+")


def real_figures() -> list[Figure]:
    """The records beside the checkout, or the one that ships where there are none."""
    folders = [SHARED / "records-2021", SHARED / "records-2023"]
    return list(open_corpus(*(folders if SHARED.is_dir() else ["seeds"])))


def made_figures(count: int, seed: int = 0) -> Iterator[Figure]:
    """So many figures with new ids; the same for the same seed."""
    figures = real_figures()
    rng = random.Random(seed)
    sentences = [_SENTENCE.split(figure.caption) for figure in figures]
    pool = [sentence for several in sentences for sentence in several if sentence]
    paired = zip(figures, sentences, strict=True)
    for at, (figure, several) in enumerate(islice(cycle(paired), count)):
        caption = " ".join(rng.choice(pool) for _ in several) if figure.caption else ""
        yield replace(figure, figid=f"MADE{at:07}", caption=caption)
