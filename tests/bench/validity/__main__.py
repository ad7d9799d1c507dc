"""List against marks: do the numbers on curated lists rank recognizers as marked captions do?

    python tests/bench/validity --shared ../shared --write docs/validity.md

computes every table of docs/validity.md, and prints them or writes them into the page. It trains
the stand-ins of `standins` (15 minutes on one core) unless the folder ``--standins`` holds them.
Further models (names, cards, pipelines, files of predictions) take part with ``--model``.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import numpy as np
import polars as pl
import tables
from ranking import Counts
from readers import degraded, overlaps, recognizers

import nerbench
from nerbench.engine.gold import GoldFile
from nerbench.recognizers.registry import find_card
from nerbench.recognizers.trained_on import is_among
from nerbench.resources import shipped
from nerbench.spans.document_counts import count_by_document


def marked_figures(shared):
    """Return the figures of shared/pfocr whose captions are marked."""
    folders = (shared / "pfocr" / name for name in ("records-2021", "records-2023"))
    figures = GoldFile.open("shipped").mark(nerbench.open_corpus(*folders))
    return [figure for figure in figures if figure.gold is not None]


def marked_twice():
    """Return the ids of the figures that were marked twice."""
    lines = (shipped("gold") / "marked-twice.jsonl").read_text(encoding="utf-8").splitlines()
    return {json.loads(line)["id"] for line in lines}


def study(options):
    """Return every table of the page, by name."""
    figures = marked_figures(options.shared)
    models, further = recognizers(options, figures)
    evaluation = nerbench.evaluate(figures, [*models, *further])
    first = models[0].name
    marks = evaluation.mark_rows.scan().filter(pl.col("model") == first)
    marks = marks.with_columns(listed=pl.col("genes").list.len() > 0).collect()
    listed = set(marks.filter("listed").select("figid", "start", "end").iter_rows())
    readers = nerbench.evaluate(figures, degraded(figures, listed))

    counts = Counts.of(evaluation)
    twice = np.array([figid in marked_twice() for figid in evaluation.figids])
    every = [*models, *further]
    without = np.array([without_other(model, figures) for model in every], np.float64)
    without = Counts([model.name for model in every], without, counts.lists[: len(every)])
    names = [model.name for model in models]
    main = counts.part(twice).models(names)
    rows = evaluation.name_rows.scan().filter(pl.col("marked").is_not_null()).collect()
    taught_on = find_card("default").training_ids()
    genes = evaluation.gene_rows.scan().filter(pl.col("model") == first).collect()
    return {
        "scores": tables.score_table(counts.part(twice), counts),
        "ranks": tables.tau_table(main),
        "views": tables.view_table(
            {
                "the five best": main.models(main.best(5)),
                "all settings": counts.part(twice).models(without.names),
                f"{len(twice)} captions": counts.models(names),
                f"{len(twice)}, without *other*": without.models(names),
            }
        ),
        "readers": tables.score_table(Counts.of(readers)),
        "kinds": tables.kind_table(evaluation, main.best(5), without),
        "marks": tables.mark_table(marks),
        "outcomes": tables.outcome_table(rows, ("default", "lexicon")),
        "genes": tables.gene_table(genes, {f.figid: f.caption for f in figures}),
        "seen": tables.seen_table(counts, np.array([is_among(f, taught_on) for f in figures])),
    }


def without_other(model, figures):
    """Return the counts of a model without the marks of kind ``other`` and the mentions that
    overlap one: (captions, schemes, 3).
    """
    gold, predicted = [], []
    for figure in figures:
        other = [mark for mark in figure.gold if mark.label == "other"]
        gold.append([(mark.start, mark.end) for mark in figure.gold if mark.label != "other"])
        predicted.append(
            [
                (mention.start, mention.end)
                for mention in model.mentions[figure.caption]
                if not overlaps(mention, other)
            ]
        )
    return count_by_document(gold, predicted)


def write(page, contents):
    """Replace the tables of a page, each the next after a line ``<!-- table: NAME -->``."""
    text = page.read_text(encoding="utf-8")
    for name, content in contents.items():
        begin = f"<!-- table: {name} -->\n"
        before, found, after = text.partition(begin)
        if not found:
            raise SystemExit(f"{page}: no place for the table {name}: {begin.strip()}")
        after = re.sub(r"\n(\|.*\n)*", "\n", after, count=1)
        text = f"{before}{begin}\n{content}{after}"
    page.write_text(text, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--standins", type=Path, default=Path("build/standins"))
    parser.add_argument("--model", action="append", default=[], help="a further model")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="the page to update")
    options = parser.parse_args()
    contents = study(options)
    if options.write:
        write(options.write, contents)
    else:
        for name, content in contents.items():
            print(f"\n{name}\n\n{content}")


if __name__ == "__main__":
    main()
