"""The shares of keywords that are assigned rightly in lists of five organisms and more.

``python tests/bench/keywords.py RECORDS...``: the gene tables beside the records state the organism
of each gene. A list is made of one table's genes for each of five to seven organisms, human and fly
among them, in the order of its `organisms_ner`. Printed are the shares of the keywords of human and
fly that are assigned to their own organism (right) and to the other (wrong), and of the keywords of
other organisms that human or fly claims.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from nerbench.corpus.entry import GENE_TABLE
from nerbench.nomenclature.keywords import assign_keywords
from nerbench.nomenclature.lexicon import load_nomenclature

SUPPORTED = {"Homo sapiens": 9606, "Drosophila melanogaster": 7227}


def blocks_of(tables: Iterable[Path]) -> dict[str, list[list[str]]]:
    """Return the symbols of each organism in each table that has it."""
    blocks: dict[str, list[list[str]]] = defaultdict(list)
    for table in tables:
        symbols: dict[str, dict[str, None]] = defaultdict(dict)
        with table.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                symbols[row["organism_name"]].setdefault(row["ncbigene_symbol"])
        for organism, own in symbols.items():
            blocks[organism].append(list(own))
    return blocks


def measure(blocks: dict[str, list[list[str]]], lists: int, seed: int) -> Counter[str]:
    """Return the counts of keywords over lists that are drawn from blocks of genes."""
    draw = random.Random(seed)
    nomenclature = load_nomenclature()
    others = sorted(blocks.keys() - SUPPORTED)
    counts: Counter[str] = Counter()
    for _ in range(lists):
        organisms = [*SUPPORTED, *draw.sample(others, draw.randint(3, 5))]
        draw.shuffle(organisms)
        drawn = [(name, symbol) for name in organisms for symbol in draw.choice(blocks[name])]
        taxa = assign_keywords([s for _, s in drawn], nomenclature, organisms_ner=organisms)
        for (name, _), taxon in zip(drawn, taxa, strict=True):
            own = SUPPORTED.get(name)
            counts["supported" if own else "others"] += 1
            counts["right"] += own is not None and taxon == own
            counts["wrong"] += own is not None and taxon not in (own, None)
            counts["claimed"] += own is None and taxon is not None
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", type=Path, nargs="+")
    parser.add_argument("--lists", type=int, default=1000)
    options = parser.parse_args()
    tables = [t for folder in options.records for t in sorted(folder.glob(f"*{GENE_TABLE}"))]
    blocks = blocks_of(tables)
    for seed in range(3):
        counts = measure(blocks, options.lists, seed)
        shares = ", ".join(
            f"{what} {counts[what] / counts[whole]:.4f}"
            for what, whole in (
                ("right", "supported"),
                ("wrong", "supported"),
                ("claimed", "others"),
            )
        )
        print(f"seed {seed}: {shares} of {counts['supported']:,} and {counts['others']:,} keywords")


if __name__ == "__main__":
    main()
