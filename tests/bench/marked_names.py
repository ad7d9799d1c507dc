"""The share of marked names that mean a gene: ``python tests/bench/marked_names.py RECORDS GOLD``.

GOLD is a folder of JSON lines like ../shared/gold, RECORDS are folders of its figures. A name
counts if its mark is of kind gene or family, each once a figure; it means a gene if it can mean any
of an organism in the figure's scope at level `family`. The lexicon's rules are made on one half of
the papers and measured on the other; ``--list`` shows the names of the first half only.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from nerbench import Figure, Mention, open_corpus
from nerbench.nomenclature.lexicon import load_nomenclature
from nerbench.nomenclature.matcher import Matcher
from nerbench.records import Level
from nerbench.scoring.figure import FigureContext, score_figure
from nerbench.scoring.reasons import Outcome, name_outcome
from nerbench.scoring.scope import Scope

FILES = ("marked-twice.jsonl", "marked-once.jsonl")
MEANS_GENE = (Outcome.ON_LIST, Outcome.GENE_NOT_ON_LIST, Outcome.FAMILY_NOT_ON_LIST)


def is_for_rules(figid: str) -> bool:
    """Return whether a figure is in the half of the papers that the rules are made on."""
    return zlib.crc32(figid.split("__", maxsplit=1)[0].encode()) >= 1 << 31


def marked_figures(records: list[Path], gold: Path) -> Iterator[tuple[Figure, list[Mention]]]:
    """Yield each marked figure with its marks of genes and families."""
    lines = (line for name in FILES for line in (gold / name).read_text("utf-8").splitlines())
    marks = {document["id"]: document["mentions"] for document in map(json.loads, lines)}
    for figure in open_corpus(*records):
        mentions = [
            Mention(mark["start"], mark["end"], mark["text"])
            for mark in marks.get(figure.figid, ())
            if mark["kind"] in ("gene", "family")
        ]
        if mentions:
            yield figure, mentions


def outcomes(records: list[Path], gold: Path) -> dict[bool, list[tuple[Outcome, str, list[str]]]]:
    """Return the outcome, the text and the genes of each name, apart for the two halves."""
    nomenclature = load_nomenclature()
    matcher = Matcher(nomenclature)
    found = defaultdict(list)
    for figure, mentions in marked_figures(records, gold):
        context = FigureContext(figure, Scope(), matcher)
        for name in score_figure(context, mentions).names if context.scope else ():
            genes = sorted(
                nomenclature[t].symbols[row]
                for t, row in name.genes[Level.FAMILY]
                if isinstance(row, int)
            )
            outcome = name_outcome(context, name, Level.FAMILY)
            found[is_for_rules(figure.figid)].append((outcome, name.name, genes))
    return found


def share(names: list[tuple[Outcome, str, list[str]]]) -> float:
    """Return the share of names that mean a gene in scope."""
    return sum(outcome in MEANS_GENE for outcome, _, _ in names) / len(names)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", type=Path, nargs="+")
    parser.add_argument("gold", type=Path)
    parser.add_argument("--list", action="store_true", help="the names that mean no gene")
    options = parser.parse_args()
    found = outcomes(options.records, options.gold)
    for is_first, label in ((True, "rules"), (False, "measured")):
        names = found[is_first]
        reasons = Counter(str(outcome) for outcome, _, _ in names)
        print(f"{label}: {share(names):.3f} of {len(names):,}", dict(reasons.most_common()))
    if options.list:
        missing = Counter((o, n) for o, n, _ in found[True] if o not in MEANS_GENE)
        for (outcome, name), number in missing.most_common():
            print(number, outcome, name, sep="\t")


if __name__ == "__main__":
    main()
