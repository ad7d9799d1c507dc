"""Tables of span scores for the terminal."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from nerbench.spans.bioid import BioidScores, MacroRates
from nerbench.spans.schemes import SpanCounts
from nerbench.spans.span_scores import SpanScores


def span_table(scores: SpanScores) -> Table:
    """Return a table of the counts and rates of each label and of all; a dash for None.

    >>> from nerbench.spans.span_scores import Scheme
    >>> span_table(SpanScores(Scheme.STRICT, SpanCounts.of(3, 1, 0), {})).row_count
    1
    """
    table = _empty_table(str(scores.scheme), "label")
    for label, counts in (*scores.labels.items(), ("all", scores.overall)):
        table.add_row(Text(label), *_cells(counts))
    return table


def bioid_table(scores: BioidScores) -> Table:
    """Return a table of the counts and rates of each entity type under the scheme `bioid`.

    >>> bioid_table(BioidScores({})).row_count
    0
    """
    table = _empty_table("bioid", "entity type", "mentions", "counted")
    for label, counts in scores.labels.items():
        rows = (
            ("any", "strict", counts.any.strict),
            ("any", "overlap", counts.any.overlap),
            ("normalized", "strict", counts.normalized.strict),
            ("normalized", "overlap", counts.normalized.overlap),
            ("ids", "micro", counts.micro),
            ("ids", "macro", counts.macro),
        )
        for mentions, counted, row in rows:
            table.add_row(Text(label), mentions, counted, *_cells(row))
    return table


def _empty_table(scheme: str, *names: str) -> Table:
    table = Table(title=f"scheme {scheme}")
    for name in names:
        table.add_column(name, overflow="fold")
    for column in ("tp", "fp", "fn", "precision", "recall", "F1"):
        table.add_column(column, justify="right")
    return table


def _cells(counts: SpanCounts | MacroRates) -> list[str]:
    if isinstance(counts, MacroRates):
        return ["-"] * 3 + _rates(counts)
    numbers = ("-" if n is None else f"{n:,.10g}" for n in (counts.tp, counts.fp, counts.fn))
    return [*numbers, *_rates(counts)]


def _rates(counts: SpanCounts | MacroRates) -> list[str]:
    rates = (counts.precision, counts.recall, counts.f1)
    return ["-" if rate is None else f"{rate:.4f}" for rate in rates]
