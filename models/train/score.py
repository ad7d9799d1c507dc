"""Score a recognizer on the captions that the recipe holds out.

``python -m train.score --pfocr RECORDS [RECORDS ...] [--model NAME ...]``, run in `models/`:
precision and in-caption recall at level family on the development half of the records, all
of them and those on signalling.
"""

from __future__ import annotations

import argparse

import nerbench
from train.recipe import held_out, is_signalling


def main() -> None:
    """Print a row per part, model and organism."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pfocr", nargs="+", required=True, help="PFOCR records")
    parser.add_argument("--model", nargs="+", default=["default", "lexicon"])
    options = parser.parse_args()
    figures = [figure for figure in nerbench.open_corpus(*options.pfocr) if held_out(figure)]
    models = [nerbench.load_recognizer(name) for name in options.model]
    print("captions\tmodel\torganism\tfigures\tprecision\tin-caption recall\trecall\tF1")
    for part, subset in (
        ("all", figures),
        ("signalling", [figure for figure in figures if is_signalling(figure)]),
    ):
        for row in nerbench.evaluate(subset, models).scores:
            if row.level == "family" and row.average == "micro":
                names = ("precision", "in_caption_recall", "recall", "f1")
                rates = (
                    f"{rate:.3f}" if rate is not None else "-" for rate in map(row.rates.get, names)
                )
                print(part, row.model, row.organism, row.figures, *rates, sep="\t")


if __name__ == "__main__":
    main()
