"""Measure the names looked up and captions scanned in a second of processor time.

``python tests/bench/lookup_speed.py RECORDS... [--against TREE]``: each caption counts once, each
name once, and nothing is known from before. With another source tree of nerbench (a worktree of an
older commit) the two run by turns, and the ratio of their medians is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

_NAME = re.compile(r"\S*[A-Z\d]\S*|\S+(?:in|ase|or|protein|kinase)s?\b")
_TREE = Path(__file__).resolve().parents[2]


def _classes() -> list[Any]:
    """Return the matcher, the context of a figure, and the scope, of this commit or an older one
    with other names.
    """
    places = [
        ("nerbench.nomenclature.matcher", "Matcher", "nerbench.matching", "Matcher"),
        ("nerbench.scoring.figure", "FigureContext", "nerbench.scoring.figures", "Target"),
        ("nerbench.scoring.scope", "Scope", "nerbench.scoring.figures", "Scope"),
    ]
    classes = []
    for module, name, old_module, old_name in places:
        try:
            classes.append(getattr(import_module(module), name))
        except ImportError:
            classes.append(getattr(import_module(old_module), old_name))
    return classes


def captions_of(folders: list[str]) -> list[str]:
    """Return the distinct captions of records."""
    from nerbench import open_corpus

    captions = (figure.caption for folder in folders for figure in open_corpus(folder))
    return list(dict.fromkeys(filter(None, captions)))


def names_in(captions: list[str]) -> list[str]:
    """Return the distinct words of captions that are written like names, and pairs of words."""
    names: dict[str, None] = {}
    for caption in captions:
        words = [word.strip(".,;:()[]") for word in caption.split()]
        names.update(dict.fromkeys(word for word in words if _NAME.fullmatch(word)))
        pairs = pairwise(words)
        names.update(dict.fromkeys(" ".join(p) for p in pairs if _NAME.fullmatch(p[1])))
    return [name for name in names if 1 < len(name) < 60]


def measure(folders: list[str]) -> dict[str, float]:
    """Return names looked up, captions scanned and figures prepared in a second of processor time
    by the nerbench on the path, of this commit or of one before its packages had their names.
    """
    from nerbench import open_corpus
    from nerbench.nomenclature.lexicon import load_nomenclature
    from nerbench.nomenclature.scan import scanner
    from nerbench.records import Level

    new_matcher, new_context, scope = _classes()

    captions = captions_of(folders)
    names = names_in(captions)
    nomenclature = load_nomenclature()
    matcher, scan = new_matcher(nomenclature), scanner(nomenclature)
    matcher.symbols(Level.FAMILY, "STAT3", 9606)  # opens what is opened once
    start = time.process_time()
    for name in names:
        for part in matcher.split(name):
            for taxon in (9606, 7227):
                for level in Level:
                    matcher.genes(level, part, taxon)
    looked_up = time.process_time()
    for caption in captions:
        for _ in scan(caption):
            pass
    scanned = time.process_time()
    figures = [figure for folder in folders for figure in open_corpus(folder)]
    matcher = new_matcher(nomenclature)
    prepared = time.process_time()
    for figure in figures:
        new_context(figure, scope(), matcher, False)  # without definitions
    return {
        "names": len(names) / (looked_up - start),
        "captions": len(captions) / (scanned - looked_up),
        "figures": len(figures) / (time.process_time() - prepared),
    }


def run_in(tree: Path, folders: list[str]) -> dict[str, float]:
    """Return what `measure` gives in a new process with the code of a source tree."""
    command = [sys.executable, __file__, *folders, "--once"]
    environment = os.environ | {"PYTHONPATH": str(tree)}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    rates: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return rates


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", nargs="+")
    parser.add_argument("--against", type=Path, help="another source tree")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--once", action="store_true", help="measure in this process")
    options = parser.parse_args()
    folders = [str(Path(folder).resolve()) for folder in options.records]
    if options.once:
        print(json.dumps(measure(folders)))
        return
    trees = [_TREE] + ([options.against.resolve()] if options.against else [])
    runs = [[run_in(tree, folders) for tree in trees] for _ in range(options.runs)]
    for what in runs[0][0]:
        medians = [statistics.median(run[i][what] for run in runs) for i in range(len(trees))]
        ratio = f", {medians[0] / medians[1]:.2f} of it" if len(medians) > 1 else ""
        print(f"{what} a second:", " against ".join(f"{m:,.0f}" for m in medians) + ratio)


if __name__ == "__main__":
    main()
