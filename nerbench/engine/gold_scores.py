"""Scores against gold: how well models find the mentions that annotators marked in captions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from nerbench.engine.gold_rows import PERFECT_READER, SCHEMES
from nerbench.records import Level
from nerbench.scoring.counts import FIELDS, Counts
from nerbench.scoring.intervals import Interval, rate_intervals
from nerbench.scoring.rates import Ints, micro
from nerbench.scoring.significance import compare

GOLD_METRICS = ("precision", "recall", "f1")
_RANKED_BY = ("precision", "recall", "in_caption_recall", "f1")
_FEWEST_RANKED = 3  # two models are always ranked alike or reversed
_MAX_EXAMPLES = 6


@dataclass(frozen=True, slots=True)
class GoldScoreRow:
    """The mentions of a model against those marked, summed over the marked captions.

    ``tp`` are pairs of a predicted and a marked mention, ``fp`` and ``fn`` those of either side
    without a partner; ``mentions`` is the number of marked ones.
    """

    model: str
    scheme: str
    tp: int
    fp: int
    fn: int
    precision: float | None
    recall: float | None
    f1: float | None
    captions: int
    mentions: int
    ci95: dict[str, Interval | None]


@dataclass(frozen=True, slots=True)
class GoldComparisonRow:
    """Model ``a`` minus model ``b`` in one rate against gold; None if undefined."""

    a: str
    b: str
    scheme: str
    metric: str
    difference: float | None
    ci95: Interval | None
    p: float | None
    p_holm: float | None


@dataclass(frozen=True, slots=True)
class LabelRow:
    """The number of marked mentions of a label, and of those that a model found."""

    model: str
    label: str
    mentions: int
    exact: int
    overlap: int


@dataclass(frozen=True, slots=True)
class ListRow:
    """A model's counts on the lists of the marked figures, or those of the perfect reader."""

    model: str
    reference: bool
    figures: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class RankingRow:
    """Kendall's tau-b (Biometrika 33:239, 1945) between the models' strict F1 against gold and a
    rate on the lists of the same figures: 1 where both rank alike, -1 where one is the reverse.
    """

    metric: str
    models: int
    tau: float | None


@dataclass(frozen=True, slots=True)
class DisagreementRow:
    """Names of a model in marked captions, by whether they hit the list and overlap a mark.

    ``examples`` are the most frequent names that are marked and not on the list, and
    ``unmarked_examples`` those on the list that nobody marked.
    """

    model: str
    on_list_marked: int
    on_list_unmarked: int
    off_list_marked: int
    off_list_unmarked: int
    examples: tuple[tuple[str, int], ...]
    unmarked_examples: tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class GoldScores:
    """The scores of models against the mentions that annotators marked.

    ``counts`` has shape (models, captions, schemes, 3). ``list_counts`` has shape (models, figures,
    fields of `FIELDS`), over the marked figures that are scored on their lists, at the level of the
    run; the last model is the perfect reader if ``has_reference``. Figures are in the order of
    their ids.
    """

    models: tuple[str, ...]
    level: Level
    seed: int
    counts: npt.NDArray[np.int32]
    list_counts: npt.NDArray[np.int32]
    has_reference: bool
    marks: pl.LazyFrame
    names: pl.LazyFrame
    genes: pl.LazyFrame

    def __repr__(self) -> str:
        return f"GoldScores({', '.join(self.models)} on {self.captions} marked captions)"

    @property
    def captions(self) -> int:
        """The number of marked captions."""
        return int(self.counts.shape[1])

    @cached_property
    def _tables(self) -> Ints:
        """The counts as those of names and genes: (models, schemes, captions, fields)."""
        tp, fp, fn = np.moveaxis(self.counts.astype(np.int64).swapaxes(1, 2), -1, 0)
        tables = np.zeros((*tp.shape, len(FIELDS)), np.int64)
        columns = {"names": tp + fp, "hits": tp, "curated": tp + fn, "recovered": tp}
        # All of the gold is in the caption, and every name counts as one of a gene.
        columns |= {"reachable": columns["curated"], "recovered_reachable": tp}
        columns |= {"gene_names": columns["names"], "claimed": columns["names"]}
        for name, values in columns.items():
            tables[..., FIELDS.index(name)] = values
        return tables

    @cached_property
    def scores(self) -> list[GoldScoreRow]:
        """A row per model and scheme, best strict F1 first."""
        rows = []
        for m, model in enumerate(self.models):
            for s, scheme in enumerate(SCHEMES):
                tp, fp, fn = self.counts[m, :, s].sum(axis=0, dtype=np.int64).tolist()
                rates = micro(self._tables[m, s]).rates()
                ci95 = rate_intervals(self._tables[m, s])
                rows.append(
                    GoldScoreRow(
                        model, scheme, tp, fp, fn,
                        **{metric: rates[metric] for metric in GOLD_METRICS},
                        captions=self.captions,
                        mentions=tp + fn,
                        ci95={metric: ci95[metric] for metric in GOLD_METRICS},
                    )
                )  # fmt: skip
        strict = {row.model: row.f1 or 0.0 for row in rows if row.scheme == "strict"}
        return sorted(rows, key=lambda row: -strict[row.model])

    @cached_property
    def comparisons(self) -> list[GoldComparisonRow]:
        """Every two models by scheme and rate, on the same captions."""
        if len(self.models) < 2:
            return []
        rows = compare(self.models, SCHEMES, self._tables, organism="", seed=self.seed)
        return [
            GoldComparisonRow(
                row.a, row.b, row.level, row.metric, row.difference, row.ci95, row.p, row.p_holm
            )
            for row in rows
            if row.metric in GOLD_METRICS
        ]

    @cached_property
    def labels(self) -> list[LabelRow]:
        """A row per model and label of the marks; none where all have one label."""
        rows = (
            self.marks.group_by("model", "label")
            .agg(pl.len().alias("mentions"), pl.col("exact").sum(), pl.col("overlap").sum())
            .sort("label")
            .collect()
        )
        if rows["label"].n_unique() < 2:
            return []
        order = {model: index for index, model in enumerate(self.models)}
        label_rows = [LabelRow(**row) for row in rows.iter_rows(named=True)]
        return sorted(label_rows, key=lambda row: order[row.model])

    @cached_property
    def on_list(self) -> list[ListRow]:
        """The perfect reader and each model on the lists of the same figures."""
        names = (*self.models, PERFECT_READER) if self.has_reference else self.models
        rows = [
            ListRow(name, index == len(self.models), len(counts), micro(counts))
            for index, (name, counts) in enumerate(zip(names, self.list_counts, strict=True))
        ]
        strict = {row.model: row.f1 or 0.0 for row in self.scores if row.scheme == "strict"}
        return sorted(rows, key=lambda row: (not row.reference, -strict.get(row.model, 1.0)))

    @cached_property
    def rankings(self) -> list[RankingRow]:
        """The agreement of the ranking by gold with that by each rate on the lists."""
        if len(self.models) < _FEWEST_RANKED:
            return []
        strict = {row.model: row.f1 for row in self.scores if row.scheme == "strict"}
        rows = []
        for metric in _RANKED_BY:
            pairs = [
                (strict[row.model], row.counts.rates()[metric])
                for row in self.on_list
                if not row.reference
            ]
            known = [pair for pair in pairs if None not in pair]
            tau = None
            if len(known) >= _FEWEST_RANKED:
                from scipy.stats import kendalltau  # slow to import, and seldom needed

                statistic = float(kendalltau(*zip(*known, strict=True)).statistic)
                tau = None if np.isnan(statistic) else statistic
            rows.append(RankingRow(metric, len(known), tau))
        return rows

    @cached_property
    def disagreements(self) -> list[DisagreementRow]:
        """Where the lists and the marks say different things of a model's names."""
        names = (
            self.names.drop_nulls("marked")
            .select("model", "name", "marked", on_list=pl.col("genes").list.len() > 0)
            .group_by("model", "name", "marked", "on_list")
            .len()
            .sort("len", "name", descending=[True, False])
            .collect()
        )
        rows = []
        for model in self.models:
            own = names.filter(pl.col("model") == model)
            listed, unlisted = own.filter("on_list"), own.filter(~pl.col("on_list"))
            unmarked, marked = listed.filter(~pl.col("marked")), unlisted.filter("marked")
            rows.append(
                DisagreementRow(
                    model,
                    on_list_marked=_total(listed) - _total(unmarked),
                    on_list_unmarked=_total(unmarked),
                    off_list_marked=_total(marked),
                    off_list_unmarked=_total(unlisted) - _total(marked),
                    examples=_examples(marked),
                    unmarked_examples=_examples(unmarked),
                )
            )
        return rows

    @cached_property
    def unmarked_genes(self) -> tuple[tuple[str, int], ...]:
        """The most frequent curated genes all of whose places in a caption overlap no mark."""
        rows = (
            self.genes.filter((pl.col("model") == self.models[0]) & ~pl.col("marked"))
            .group_by("symbol")
            .len()
            .sort("len", "symbol", descending=[True, False])
            .head(_MAX_EXAMPLES)
            .collect()
        )
        return tuple(rows.rows())


def _total(names: pl.DataFrame) -> int:
    return int(names["len"].sum())


def _examples(names: pl.DataFrame) -> tuple[tuple[str, int], ...]:
    return tuple(names.select("name", "len").head(_MAX_EXAMPLES).rows())
