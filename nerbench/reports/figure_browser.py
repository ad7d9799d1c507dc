"""What the figure browser shows: each figure with its caption, its curated genes, and what each
model made of them, in the order of the figures' ids.

Values are packed (lists, numbers for repeated words), since a report may hold very many of them;
`report.js` unpacks them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from nerbench.engine.evaluation import Evaluation
from nerbench.records import Level
from nerbench.reports.formatting import AGREEMENT

__all__ = ["Browser", "IndexEntry", "PackedFigure"]

_AT_ONCE = 1000
"""Figures that are read at a time: what bounds the memory."""

PackedFigure = list[Any]


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """What a figure is found by: its id, titles, genes and names as one text, and flags.

    The first flag has a bit for each organism of its genes, those after it, one a model, a bit for
    each outcome (a hit, a false name, a named gene missed, no name) and for each reason of missed
    genes and of false names, in this order.
    """

    text: str
    flags: list[int]


@dataclass(frozen=True, slots=True)
class Browser:
    """The figures of an evaluation, packed.

    ``figids`` are in their order; words that repeat stand in ``words``: models, organisms, levels,
    reasons of missed genes, reasons of false names, whether a text agrees with identifiers.
    """

    figids: tuple[str, ...]
    words: dict[str, list[str]]
    _evaluation: Evaluation

    @classmethod
    def of(cls, evaluation: Evaluation) -> Browser:
        """The browser of an evaluation."""
        genes, names = evaluation.gene_rows.scan(), evaluation.name_rows.scan()
        words = {
            "models": [model.name for model in evaluation.working],
            "organisms": _known(genes, "organism", evaluation.organisms),
            "levels": [str(level) for level in Level],
            "missed": _known(genes, "reason", ()),
            "false": _known(names, "reason", ()),
            "agreement": list(AGREEMENT.values()),
        }
        return cls(tuple(sorted(evaluation.figids)), words, evaluation)

    def figures(self) -> Iterator[tuple[PackedFigure, IndexEntry]]:
        """Every figure with its index entry.

        A figure is ``[figid, caption, titles, about, genes, models]``. ``titles`` are its own and
        its paper's, ``about`` is [pmcid, doi, year, journal, is it in scope]. ``genes`` are
        [organism, symbol, gene id, words, places], places flat as start, end, start, end.
        ``models`` hold for each model [names, outcomes]: names are [name, spans, level, reason,
        genes, score, off list, identified], level or reason -1 where there is none, genes as places
        in ``genes``; off list are [organism, symbols] that a name can mean which hits nothing;
        identified is whether the text agrees, and the identifiers; what is empty from the score on
        is left out at the end; outcomes, in the order of ``genes``, are the reason of a miss, or
        [level, names that mean it].
        """
        for start in range(0, len(self.figids), _AT_ONCE):
            figids = self.figids[start : start + _AT_ONCE]
            yield from self._portion(figids)

    def _portion(self, figids: Sequence[str]) -> Iterator[tuple[PackedFigure, IndexEntry]]:
        among = pl.col("figid").is_between(pl.lit(figids[0]), pl.lit(figids[-1]))
        evaluation = self._evaluation
        captions = {
            row["figid"]: row
            for row in evaluation.caption_rows.scan().filter(among).collect().iter_rows(named=True)
        }
        names = _by_figure(evaluation.name_rows.scan().filter(among).select(_NAME))
        genes = _by_figure(evaluation.gene_rows.scan().filter(among).select(_GENE))
        for figid in figids:
            row = captions[figid]
            own, places = self._genes(genes.get(figid, ()))
            figure = [
                figid,
                row["caption"],
                [row["title"], row["paper_title"]],
                [row["pmcid"], row["doi"], row["year"], row["journal"], int(row["in_scope"])],
                own,
                self._models(places, names.get(figid, ()), genes.get(figid, ())),
            ]
            yield figure, self._entry(figure)

    def _entry(self, figure: PackedFigure) -> IndexEntry:
        figid, _, titles, _, genes, models = figure
        known = dict.fromkeys([gene[1] for gene in genes])
        known |= dict.fromkeys(name[0] for names, _ in models for name in names)
        organisms = sum({1 << gene[0] for gene in genes})
        flags = [self._flags(names, outcomes) for names, outcomes in models]
        return IndexEntry("\n".join([figid, *titles, *known]), [organisms, *flags])

    def _flags(self, names: list[Any], outcomes: list[Any]) -> int:
        """A model's outcomes and reasons in a figure as bits."""
        missed = {one for one in outcomes if isinstance(one, int) and one >= 0}
        false = {name[3] for name in names if name[3] >= 0}
        outcome = (
            any(name[4] for name in names),
            any(not name[4] for name in names),
            any(self.words["missed"][reason] != _ABSENT for reason in missed),
            not names,
        )
        bits = {at for at, holds in enumerate(outcome) if holds}
        bits |= {len(outcome) + reason for reason in missed}
        bits |= {len(outcome) + len(self.words["missed"]) + reason for reason in false}
        return sum(1 << bit for bit in bits)

    def _genes(
        self, rows: Sequence[tuple[Any, ...]]
    ) -> tuple[list[list[Any]], dict[tuple[str, str], int]]:
        """The curated genes of a figure, once each, and where they stand."""
        found: dict[tuple[str, str], int] = {}
        packed: list[list[Any]] = []
        for _, organism, symbol, gene_id, words, *_, places in rows:
            if (organism, symbol) not in found:
                found[organism, symbol] = len(packed)
                at = self.words["organisms"].index(organism)
                packed.append([at, symbol, gene_id or "", words, places])
        return packed, found

    def _models(
        self,
        places: dict[tuple[str, str], int],
        names: Sequence[tuple[Any, ...]],
        genes: Sequence[tuple[Any, ...]],
    ) -> list[list[Any]]:
        models: dict[str, list[Any]] = {
            name: [[], [-1 for _ in places]] for name in self.words["models"]
        }
        for model, name, spans, score, level, hits, reason, ids, ids_agree, off_list in names:
            packed = [
                name, spans, self._at("levels", level), self._at("false", reason),
                [places[key] for key in map(self._key, hits) if key in places],
                None if score is None else round(score, 3), self._by_organism(off_list),
                [self._at("agreement", AGREEMENT[ids_agree]), *ids] if ids else [],
            ]  # fmt: skip
            while not packed[-1] and packed[-1] != 0 and len(packed) > _ALWAYS:
                packed.pop()
            models[model][0].append(packed)
        for model, organism, symbol, _, _, level, reason, by, _ in genes:
            outcome = (
                [self._at("levels", level), by] if reason is None else self._at("missed", reason)
            )
            models[model][1][places[organism, symbol]] = outcome
        return list(models.values())

    def _key(self, gene: dict[str, Any]) -> tuple[str, str]:
        return self._evaluation.label(gene["taxon"]), gene["symbol"]

    def _by_organism(self, genes: Sequence[dict[str, Any]]) -> list[list[str]]:
        """Return genes under their organisms: [label, symbols]."""
        found: dict[str, list[str]] = {}
        for organism, symbol in map(self._key, genes):
            found.setdefault(organism, []).append(symbol)
        return [[organism, ", ".join(symbols)] for organism, symbols in found.items()]

    def _at(self, kind: str, word: str | None) -> int:
        return -1 if word is None else self.words[kind].index(word)


_ABSENT = "not-in-caption"

_NAME = (
    "figid", "model", "name", "spans", "score", "hit_at", "genes", "reason", "ids", "ids_agree",
    "off_list",
)  # fmt: skip
_ALWAYS = 5  # fields of a name that are there even if empty
_GENE = (
    "figid", "model", "organism", "symbol", "gene_id", "words", "recovered_at", "reason", "names",
    "places",
)  # fmt: skip


def _known(rows: pl.LazyFrame, column: str, first: Sequence[str]) -> list[str]:
    """The values of a column: those in ``first`` in its order, others by the alphabet."""
    found = set(rows.select(pl.col(column).drop_nulls().unique()).collect()[column])
    return [one for one in first if one in found] + sorted(found - set(first))


def _by_figure(rows: pl.LazyFrame) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each figure, without its id."""
    figids, *columns = map(_values, rows.collect())
    grouped: dict[str, list[tuple[Any, ...]]] = {}
    for figid, row in zip(figids, zip(*columns, strict=True), strict=True):
        grouped.setdefault(figid, []).append(row)
    return grouped


def _values(column: pl.Series) -> list[Any]:
    """A column's values; lists flat, and cut out of one long list, which is ten times as fast as
    one by one.

    >>> _values(pl.Series([[[1, 2], [5, 9]], []], dtype=pl.List(pl.Array(pl.Int32, 2))))
    [[1, 2, 5, 9], []]
    """
    if not isinstance(column.dtype, pl.List):
        return column.to_list()
    sizes = column.list.len().fill_null(0)
    whole = column.filter(sizes > 0).explode()
    if isinstance(whole.dtype, pl.Array):
        sizes, whole = sizes * whole.dtype.size, whole.explode()
    ends = sizes.cast(pl.Int64).cum_sum().to_list()
    values = whole.to_list()
    return [values[start:end] for start, end in zip([0, *ends], ends, strict=False)]
