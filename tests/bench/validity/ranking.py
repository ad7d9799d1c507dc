"""Rates of recognizers against marks and on lists, in resamples of captions, and their ranks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nerbench.engine.gold_rows import PERFECT_READER
from nerbench.records import Level
from nerbench.scoring.counts import RATES
from nerbench.scoring.rates import harmonic_mean, rates

RESAMPLES = 2000
GOLD_RATES = ("precision", "recall", "f1")
BOTH = "both"
LIST_RATES = {
    "precision": "precision",
    "gene_precision": "precision",
    "recall": "recall",
    "in_caption_recall": "recall",
    "f1": "f1",
    BOTH: "f1",
}
"""The rates on the lists, `BOTH` the harmonic mean of gene precision and in-caption recall; with
the rate against the marks that each would have to stand for.
"""


@dataclass
class Counts:
    """The counts of models, (models, captions, ...): against the marks, and on the lists.

    ``gold`` has strict and overlap, each with tp, fp and fn, on its last two axes; ``lists`` has
    the fields of `FIELDS`, 0 where a figure is not scored.
    """

    names: list[str]
    gold: np.ndarray
    lists: np.ndarray

    @classmethod
    def of(cls, evaluation):
        """Take the counts of an evaluation at level family, the perfect reader last."""
        level = list(Level).index(Level.FAMILY)
        lists = [*(model.counts for model in evaluation.models), evaluation.reference]
        gold = [model.gold_counts for model in evaluation.models]
        found, *_, missed = np.moveaxis(gold[0], -1, 0)
        marks = found + missed
        perfect = np.stack([marks, np.zeros_like(marks), np.zeros_like(marks)], axis=-1)
        return cls(
            [*(model.name for model in evaluation.models), PERFECT_READER],
            np.array([*gold, perfect], np.float64),
            np.array([counts[:, level, -1] for counts in lists], np.float64),
        )

    def part(self, captions):
        """Return the counts of some captions."""
        return Counts(self.names, self.gold[:, captions], self.lists[:, captions])

    def models(self, names):
        """Return the counts of some models."""
        rows = [self.names.index(name) for name in names]
        return Counts(list(names), self.gold[rows], self.lists[rows])

    def best(self, number):
        """Return the names of the models with the highest strict F1."""
        gold, _ = self.rates(np.ones((1, self.gold.shape[1])))
        return [self.names[m] for m in np.argsort(-gold[0, :, 0, 2], kind="stable")[:number]]

    def rates(self, weights):
        """Return the rates against the marks and on the lists, with captions drawn ``weights``
        times: (resamples, models, schemes, 3) and (resamples, models, `LIST_RATES`).
        """
        gold = np.tensordot(weights, self.gold, axes=(1, 1))
        lists = rates(np.tensordot(weights, self.lists, axes=(1, 1)))
        columns = [lists[..., RATES.index(name)] for name in list(LIST_RATES)[:-1]]
        columns.append(harmonic_mean(columns[1], columns[3]))
        return mention_rates(gold), np.stack(columns, axis=-1)

    def weights(self):
        """Return how often each resample draws each caption; the first draws each once."""
        captions = self.gold.shape[1]
        drawn = np.random.default_rng(0).multinomial(
            captions, np.full(captions, 1 / captions), RESAMPLES
        )
        return np.concatenate([np.ones((1, captions)), drawn])


def mention_rates(counts):
    """Return precision, recall and F1 from tp, fp and fn on the last axis."""
    tp, fp, fn = np.moveaxis(counts, -1, 0)
    with np.errstate(invalid="ignore"):
        return np.stack([tp / (tp + fp), tp / (tp + fn), 2 * tp / (2 * tp + fp + fn)], axis=-1)


def kendall_tau(x, y):
    """Return Kendall's tau-b between values of shape (resamples, models), one per resample."""
    a, b = (np.sign(values[:, :, None] - values[:, None, :]) for values in (x, y))
    pairs = (1, 2)
    with np.errstate(invalid="ignore"):
        return (a * b).sum(pairs) / np.sqrt((a * a).sum(pairs) * (b * b).sum(pairs))
