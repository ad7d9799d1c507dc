"""Would marks of some captions tell the rates of all? ``python .../estimate_from_marks.py RUN``

Prediction-powered inference (Angelopoulos et al., Science 382:669, 2023) estimates precision and
recall of mentions of all figures from those marked and a proxy that every figure has. An
interval gets narrower by sqrt(1 - r**2), with r the correlation over figures of the residuals
tp - rate * (tp + fp or tp + fn) and of the same residuals of the proxy. RUN is the folder of a run
with gold; the proxies use what a run knows of each mention. docs/validity.md has the result.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FOLDS = GroupKFold(5)
Span = tuple[int, int]


class Run:
    """The spans of each model and those marked, by figure, on the marked captions."""

    def __init__(self, folder: Path) -> None:
        captions = pl.read_parquet(folder / "captions.parquet").filter("marked").sort("figid")
        self.captions = dict(captions.select("figid", "caption").iter_rows())
        self.figids = list(self.captions)
        self.gold: dict[str, set[Span]] = defaultdict(set)
        marks = pl.read_parquet(folder / "marks.parquet", columns=["figid", "start", "end"])
        for figid, start, end in marks.unique().iter_rows():
            self.gold[figid].add((start, end))
        names = pl.read_parquet(folder / "names.parquet").filter(pl.col("figid").is_in(self.figids))
        self.models = names["model"].unique(maintain_order=True).to_list()
        # What a run knows of a mention: on the list, a gene, score
        self.known: dict[str, dict[str, dict[Span, tuple[float, ...]]]] = {
            model: defaultdict(dict) for model in self.models
        }
        columns = ("model", "figid", "spans", "hit_at", "off_list", "score")
        for model, figid, spans, hit_at, off_list, score in names.select(columns).iter_rows():
            about = float(hit_at is not None), float(bool(off_list) or hit_at is not None)
            for start, end in spans:
                self.known[model][figid][start, end] = (*about, score or 0.0)

    def features(self, figid: str, span: Span, without: str | None) -> list[float]:
        """Return features of a span from each model of the run, but one, and from its text."""
        start, end = span
        text = self.captions[figid][start:end]
        found = [
            float(len(text)),
            text.count(" "),
            *(any(map(is_kind, text)) for is_kind in (str.isdigit, str.isupper, str.islower)),
            len(self.captions[figid]),
        ]
        for model in self.models:
            if model != without:
                spans = self.known[model][figid]
                found += [span in spans, any(s < end and start < e for s, e in spans)]
                found += spans.get(span, (0.0, 0.0, 0.0))
        return found


def probabilities(run: Run, without: str | None) -> dict[tuple[str, Span], float]:
    """Return for each span of any model the probability that it is marked, cross-fitted."""
    rows = [
        (figid, span)
        for figid in run.figids
        for span in sorted(
            set().union(*(run.known[model][figid] for model in run.models if model != without))
        )
    ]
    x = np.array([run.features(figid, span, without) for figid, span in rows], float)
    y = [span in run.gold[figid] for figid, span in rows]
    groups = [run.figids.index(figid) for figid, _ in rows]
    classifier = HistGradientBoostingClassifier(max_iter=80, max_depth=4, random_state=0)
    p = cross_val_predict(classifier, x, y, groups=groups, cv=FOLDS, method="predict_proba")[:, 1]
    return dict(zip(rows, p.tolist(), strict=True))


def figure_sums(run: Run, model: str, p: dict[tuple[str, Span], float]) -> np.ndarray:
    """Return for each figure sums that need no marks: mentions, what they are, agreement, p."""
    by_figure = defaultdict(float)
    for (figid, _), value in p.items():
        by_figure[figid] += value
    rows = []
    for figid in run.figids:
        spans = run.known[model][figid]
        sums = [len(spans), *(sum(about[at] for about in spans.values()) for at in range(3))]
        for other in run.models:
            if other != model:
                theirs = run.known[other][figid]
                sums += [len(theirs), len(spans.keys() & theirs.keys())]
        sums += [sum(p.get((figid, span), 0.0) for span in spans), by_figure[figid]]
        rows.append(sums)
    return np.array(rows, float)


def residual_correlations(run: Run, model: str, without: str | None) -> list[float]:
    """Return r of precision and of recall, for the proxies on-list, gene, fitted and regression."""
    p = probabilities(run, without)
    sums = figure_sums(run, model, p)
    predicted, on_list, genes, expected, expected_gold = (sums[:, at] for at in (0, 1, 2, -2, -1))
    gold = np.array([len(run.gold[figid]) for figid in run.figids])
    true = np.array([len(run.known[model][f].keys() & run.gold[f]) for f in run.figids])
    found = []
    for whole, proxy_whole in ((predicted, predicted), (gold, expected_gold)):
        rate = true.sum() / whole.sum()
        residual = true - rate * whole
        for proxy in (on_list, genes, expected):
            proxy_residual = proxy - proxy.sum() / proxy_whole.sum() * proxy_whole
            found.append(np.corrcoef(residual, proxy_residual)[0, 1])
        ridge = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-1, 4, 11)))
        fitted = cross_val_predict(ridge, sums, residual, cv=FOLDS, groups=range(len(sums)))
        found.append(np.corrcoef(residual, fitted)[0, 1])
    return found


def main(folder: Path) -> None:
    run = Run(folder)
    print(f"{len(run.figids)} marked captions; r of precision, then of recall, by proxy")
    print(f"{'':28}" + 2 * "  on list     gene   fitted  regress.")
    for model in run.models:
        r = residual_correlations(run, model, None)
        print(f"{model:28}" + "".join(f"{value:9.2f}" for value in r), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
