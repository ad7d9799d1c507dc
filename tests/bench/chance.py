"""Measure what chance gives: a run's predictions on their own lists, and on other figures' lists.

    python tests/bench/chance.py RUN RECORDS [RECORDS ...]

RUN is the folder of a run over the records. Each figure gets the list of another, drawn by lot: the
figures are put into a random circle, and each takes the list of its neighbour.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from nerbench import Figure, Predictor, evaluate, load_recognizer, open_corpus

SEED = 0


def with_lists_of_others(figures: list[Figure]) -> list[Figure]:
    """Return the figures, each with the list of another."""
    circle = np.random.default_rng(SEED).permutation(len(figures)).tolist()
    neighbours = dict(zip(circle, circle[1:] + circle[:1], strict=True))
    return [
        replace(figure, curated=figures[neighbours[index]].curated)
        for index, figure in enumerate(figures)
    ]


def main(run: Path, records: list[Path]) -> None:
    figures = list(open_corpus(*records))
    files = [load_recognizer(str(path)) for path in sorted(run.glob("predictions/*.jsonl"))]
    for lists, own in (("own", figures), ("another's", with_lists_of_others(figures))):
        predictors = [file for file in files if isinstance(file, Predictor)]
        for row in evaluate(own, predictors).scores:
            if (row.organism, row.level, row.average) == ("all", "family", "micro"):
                rates = ", ".join(f"{name} {rate:.3f}" for name, rate in row.rates.items() if rate)
                print(f"{row.model} on {lists} list: {rates} ({row.figures} figures)")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(path) for path in sys.argv[2:]])
