"""Compare mentions with those that annotators marked: rows and counts by figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nerbench.engine.row_tables import Genes
from nerbench.engine.rows import overlaps, spans_of
from nerbench.records import Figure, Level, Mention
from nerbench.scoring.figure import FigureScore
from nerbench.spans.document_counts import DOCUMENT_SCHEMES, count_by_document

SCHEMES = DOCUMENT_SCHEMES
"""The ways to pair spans one to one: equal ones, or ones that share a character."""

GOLD_FIELDS = ("tp", "fp", "fn")

PERFECT_READER = "perfect reader"
"""The name under which the marked mentions themselves are scored on the lists."""


class MarkRow(NamedTuple):
    """A mention that annotators marked, and a model: whether a mention of the model has the same
    span, or one that overlaps it. ``genes`` are the curated genes in scope that the marked text
    can mean at the level of the run.
    """

    figid: str
    model: str
    start: int
    end: int
    text: str
    label: str
    exact: bool
    overlap: bool
    genes: Genes


class GoldCountRow(NamedTuple):
    """The counts of a marked caption, a model and a scheme."""

    figid: str
    model: str
    scheme: str
    tp: int
    fp: int
    fn: int


def gold_counts(
    figures: Sequence[Figure], predictions: Sequence[Sequence[Mention]]
) -> npt.NDArray[np.int32]:
    """Return the counts of predictions, of shape (figures, schemes, 3); 0 where none is marked.

    >>> marked = Figure("F1", "IL-6 binds", gold=(Mention(0, 4, "IL-6"),))
    >>> gold_counts([marked, Figure("F2", "x")], [[Mention(0, 2, "IL")], [Mention(0, 1, "x")]])[0]
    array([[0, 1, 1],
           [1, 0, 0]], dtype=int32)
    """
    counts = np.zeros((len(figures), len(SCHEMES), len(GOLD_FIELDS)), np.int32)
    marked = [index for index, figure in enumerate(figures) if figure.gold is not None]
    if marked:
        counts[marked] = count_by_document(
            [spans_of(figures[index].gold or ()) for index in marked],
            [spans_of(predictions[index]) for index in marked],
        )
    return counts


def mark_rows(
    figure: Figure,
    mentions: Mapping[str, Sequence[Mention]],
    reference: FigureScore | None,
    level: Level,
) -> Iterator[MarkRow]:
    """Yield a row for each marked mention of a figure and each model.

    ``reference`` is the score of the marked mentions on the figure's list, if it is scored.
    """
    gold = list(dict.fromkeys(figure.gold or ()))
    genes = {mention: _genes(reference, mention, level) for mention in gold}
    for model, predicted in mentions.items():
        spans = set(spans_of(predicted))
        for mention in gold:
            span = mention.start, mention.end
            yield MarkRow(
                figid=figure.figid,
                model=model,
                start=mention.start,
                end=mention.end,
                text=mention.text,
                label=mention.label,
                exact=span in spans,
                overlap=overlaps(span, spans),
                genes=genes[mention],
            )


def _genes(reference: FigureScore | None, mention: Mention, level: Level) -> Genes:
    if reference is None:
        return ()
    members = {
        member
        for name in reference.names
        if mention in name.mentions
        for member in name.hits[level]
    }
    return [reference.context.members[member].key for member in sorted(members)]
