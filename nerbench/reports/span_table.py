"""Table of span scores for the terminal."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from nerbench.spans.schemes import SpanCounts
from nerbench.spans.span_scores import SpanScores


def span_table(scores: SpanScores) -> Table:
    """Return a table of the counts and rates of each label and of all; a dash for None.

    >>> from nerbench.spans.span_scores import Scheme
    >>> span_table(SpanScores(Scheme.STRICT, SpanCounts.of(3, 1, 0), {})).row_count
    1
    """
    table = Table(title=f"scheme {scores.scheme}")
    table.add_column("label", overflow="fold")
    for column in ("tp", "fp", "fn", "precision", "recall", "F1"):
        table.add_column(column, justify="right")
    for label, counts in (*scores.labels.items(), ("all", scores.overall)):
        table.add_row(Text(label), *_cells(counts))
    return table


def _cells(counts: SpanCounts) -> list[str]:
    numbers = ("-" if n is None else f"{n:,.10g}" for n in (counts.tp, counts.fp, counts.fn))
    rates = (counts.precision, counts.recall, counts.f1)
    return [*numbers, *("-" if rate is None else f"{rate:.4f}" for rate in rates)]
