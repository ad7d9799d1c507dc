"""The tables of docs/validity.md, in Markdown."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
from ranking import BOTH, GOLD_RATES, LIST_RATES, kendall_tau


def score_table(counts, more=None):
    """Return the rates of all models, best strict F1 first; of ``more`` captions F1 alone."""
    gold, lists = counts.rates(counts.weights())
    header = ["recognizer", "strict P / R / F1", "95% of F1", "overlap P / R / F1"]
    header += map(title, list(LIST_RATES)[:-1])
    rows = []
    for m in np.argsort(-gold[0, :, 0, 2], kind="stable"):
        low, high = np.percentile(gold[1:, m, 0, 2], (2.5, 97.5))
        cells = [decimals(gold[0, m, 0]), f"{low:.2f} to {high:.2f}", decimals(gold[0, m, 1])]
        cells += [decimals([value]) for value in lists[0, m, :-1]]
        if more is not None:
            f1 = more.rates(np.ones((1, more.gold.shape[1])))[0][0, m, :, 2]
            cells.append(decimals(f1))
        rows.append([counts.names[m], *cells])
    if more is not None:
        header.append(f"{more.gold.shape[1]} captions: strict / overlap F1")
    return table(header, rows)


def tau_table(counts):
    """Return Kendall's tau of each rate on the lists with rates against the marks, and which model
    each rate ranks first.
    """
    gold, lists = counts.rates(counts.weights())
    header = ["rate on the lists", "with strict F1", "with overlap F1"]
    header += ["with its counterpart", "ranks first (its strict F1)"]
    rows = []
    for column, (rate, counterpart) in enumerate(LIST_RATES.items()):
        f1 = gold[:, :, :, 2]
        overlap = gold[:, :, 1, GOLD_RATES.index(counterpart)]
        taus = [kendall_tau(x, lists[:, :, column]) for x in (f1[:, :, 0], f1[:, :, 1], overlap)]
        first = int(np.nanargmax(lists[0, :, column]))
        cells = [*map(estimate, taus), f"{counts.names[first]} ({f1[0, first, 0]:.3f})"]
        rows.append([title(rate), *cells])
    return table(header, rows)


def view_table(views):
    """Return Kendall's tau of each rate on the lists with strict F1, by view."""
    rows = [[title(rate)] for rate in LIST_RATES]
    for counts in views.values():
        gold, lists = counts.rates(counts.weights())
        for column, row in enumerate(rows):
            row.append(estimate(kendall_tau(gold[:, :, 0, 2], lists[:, :, column])))
    return table(["rate on the lists", *views], rows)


def kind_table(evaluation, names, without):
    """Return the share of the marks of each kind that each model finds, and its rates ``without``
    genes of viruses, bacteria, plants and fungi (kind ``other``).
    """
    marks = evaluation.mark_rows.scan().group_by("model", "label")
    marks = marks.agg(pl.len(), pl.col("exact", "overlap").mean()).collect()
    by_key = {(row["model"], row["label"]): row for row in marks.iter_rows(named=True)}
    kinds = ("gene", "family", "other")
    sizes = {kind: by_key[names[0], kind]["len"] for kind in kinds}
    header = ["recognizer", *(f"{kind} ({sizes[kind]:,})" for kind in kinds)]
    header += ["strict P / R / F1 without other", "overlap P / R / F1 without other"]
    gold, _ = without.rates(without.weights()[:1])
    rows = []
    for name in names:
        cells = [by_key[name, kind] for kind in kinds]
        schemes = gold[0, without.names.index(name)]
        rows.append(
            [name]
            + [f"{cell['exact']:.3f} / {cell['overlap']:.3f}" for cell in cells]
            + [decimals(scheme) for scheme in schemes]
        )
    return table(header, rows)


def mark_table(marks):
    """Return by kind how many distinct marked names can mean a curated gene."""
    rows = []
    for kind in ("gene", "family", "other"):
        names = marks.filter(pl.col("label") == kind).unique(("figid", "text"))
        off = names.filter(~pl.col("listed"))
        share = f"{1 - len(off) / len(names):.2f}"
        rows.append([kind, f"{len(names):,}", share, examples(off, "text")])
    return table(["kind", "names", "on the list", "most frequent off the list"], rows)


def outcome_table(names, models):
    """Return by outcome how many names of a model overlap a mark."""
    rows = []
    for model in models:
        own = names.filter(pl.col("model") == model)
        for (outcome,), part in sorted(own.group_by("outcome")):
            unmarked = part.filter(~pl.col("marked"))
            share = f"{part['marked'].mean():.2f}"
            rows.append([model, outcome, f"{len(part):,}", share, examples(unmarked, "name")])
    return table(["recognizer", "outcome", "names", "marked", "most frequent not marked"], rows)


def gene_table(genes, captions):
    """Return how many curated genes the caption names at a place that is marked, or not; with the
    words of the image for those that it does not name, and of the caption for others.
    """
    words = [
        captions[row["figid"]][slice(*row["places"][0])] if row["places"] else word
        for row in genes.iter_rows(named=True)
        for word in [row["words"][0] if row["words"] else row["symbol"]]
    ]
    genes = genes.with_columns(word=pl.Series(words))
    parts = {
        "no place in the caption": genes.filter(pl.col("places").list.len() == 0),
        "a place, marked": genes.filter(pl.col("marked")),
        "a place, not marked": genes.filter(~pl.col("marked")),
    }
    rows = [
        [
            name,
            f"{len(part):,}",
            f"{len(part) / len(genes):.2f}",
            examples(part.unique(("figid", "word")), "word"),
        ]
        for name, part in parts.items()
    ]
    return table(["curated genes with", "genes", "share", "most frequent words"], rows)


def seen_table(counts, seen):
    """Return the default's and the lexicon's rates on the figures that the default has seen in
    training, and on the others.
    """
    rows = []
    for part, captions in (("seen", seen), ("not seen", ~seen)):
        for name in ("default", "lexicon"):
            own = counts.part(captions).models([name])
            gold, lists = own.rates(own.weights()[:1])
            cells = [decimals([value]) for value in (*gold[0, 0, :, 2], *lists[0, 0, :-1])]
            rows.append([f"{name}, {part}", int(captions.sum()), *cells])
    header = ["recognizer", "captions", "strict F1", "overlap F1"]
    header += map(title, list(LIST_RATES)[:-1])
    return table(header, rows)


def examples(frame, column, size=10):
    """Return the most frequent values of a column, with their numbers, as text."""
    counts = frame.group_by(column).len().sort("len", column, descending=[True, False]).head(size)
    return ", ".join(f"`{value}` {count}" for value, count in counts.iter_rows())


def estimate(values):
    """Return the first value with the 95% interval of the others, as text."""
    low, high = np.nanpercentile(values[1:], (2.5, 97.5))
    return f"{values[0]:.2f} [{low:.2f}, {high:.2f}]"


def table(header, rows):
    """Return a Markdown table; the columns of numbers are aligned to the right."""
    aligned = ["--:" if re.match(r"[-\d]", str(cell)) else "---" for cell in rows[0]]
    lines = (" | ".join(map(str, cells)) for cells in (header, aligned, *rows))
    return "\n".join(f"| {line} |" for line in lines)


def title(rate):
    """Return the name of a rate as the page has it."""
    if rate == BOTH:
        return "gene precision and in-caption recall"
    return rate.replace("_", " ").replace("in caption", "in-caption").replace("f1", "F1")


def decimals(values):
    return " / ".join("-" if np.isnan(value) else f"{value:.3f}" for value in values)
