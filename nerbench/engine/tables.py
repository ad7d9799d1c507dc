"""The rows behind the numbers: one per figure and model, per name, and per curated gene.

They are kept in columns, and past a size on disk, so that memory does not grow with a corpus.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from enum import StrEnum
from itertools import accumulate, chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl

from nerbench.engine.provenance import figure_digest
from nerbench.errors import NerbenchError
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.records import Level
from nerbench.scoring.counts import RATES
from nerbench.scoring.figure import ALL, FigureContext, FigureScore, NameOutcome
from nerbench.scoring.reasons import NameReason, miss_reason, off_list_reason

__all__ = [
    "CAPTIONS_IN_MEMORY",
    "CAPTION_SCHEMA",
    "FIGURE_SCHEMA",
    "GENE_SCHEMA",
    "NAME_SCHEMA",
    "SpillingTable",
    "caption_row",
    "frame",
    "score_rows",
]

_IN_MEMORY = 50_000
"""Rows that a table keeps in memory before it moves them to disk, unless it says otherwise."""

CAPTIONS_IN_MEMORY = 5_000
"""Rows of captions, which have a few kilobytes each."""

FIGURE_SCHEMA: dict[str, Any] = {
    "figid": pl.String, "model": pl.String, "scope": pl.String, "scope_from": pl.String,
    "caption_length": pl.Int32, "mentions": pl.Int32, "names": pl.Int32, "hits": pl.Int32,
    "curated": pl.Int32, "recovered": pl.Int32, "reachable": pl.Int32,
    **dict.fromkeys(RATES, pl.Float64),
    "year": pl.String, "journal": pl.String, "publisher": pl.String, "pmcid": pl.String,
    "title": pl.String,
}  # fmt: skip
"""A row per figure and model, all organisms in scope pooled; ``scope_from`` says what told the
scope: ``organisms``, ``organisms_ner``, ``curated genes``, or the ``option`` that the user gave."""

CAPTION_SCHEMA: dict[str, Any] = {
    "figid": pl.String, "caption": pl.String, "title": pl.String, "paper_title": pl.String,
    "pmcid": pl.String, "doi": pl.String, "year": pl.String, "journal": pl.String,
    "publisher": pl.String, "organisms": pl.List(pl.String), "organisms_ner": pl.List(pl.String),
    "unassigned": pl.List(pl.String), "in_scope": pl.Boolean, "repaired": pl.Boolean,
    "curated": pl.List(pl.String), "digest": pl.String,
}  # fmt: skip
"""A row per figure that was read, whatever the models did with it: ``curated`` are all the genes
on its list (``9606:TP53``), of whatever organism, ``digest`` is `figure_digest`."""

_Spans = pl.List(pl.Array(pl.Int32, 2))

NAME_SCHEMA: dict[str, Any] = {
    "figid": pl.String, "model": pl.String, "name": pl.String, "mentions": pl.Int32,
    "start": pl.Int32, "end": pl.Int32, "spans": _Spans, "score": pl.Float64,
    "outcome": pl.String, "hit_at": pl.String, "genes": pl.List(pl.String), "reason": pl.String,
    "ids": pl.List(pl.String), "ids_agree": pl.Boolean, "off_list": pl.List(pl.String),
}  # fmt: skip
"""A row per name: its first mention's offsets and those of all, the best score of its mentions
(none where a mention has none), the curated genes that it hits, its identifiers, and whether its
text can mean them. Of a name that hits nothing, ``off_list`` are genes of any organism that it can
mean at the level of the run, a dozen of each at most."""

_MOST_OFF_LIST = 12
_BY_TEXT = frozenset(
    (NameReason.GENE_NOT_IN_FIGURE, NameReason.FAMILY_NOT_IN_FIGURE, NameReason.OTHER_ORGANISM)
)

GENE_SCHEMA: dict[str, Any] = {
    "figid": pl.String, "model": pl.String, "taxon": pl.Int32, "organism": pl.String,
    "symbol": pl.String, "gene_id": pl.String, "words": pl.List(pl.String),
    "outcome": pl.String, "recovered_at": pl.String, "reachable_at": pl.String,
    "names": pl.List(pl.String), "reason": pl.String, "places": _Spans,
}  # fmt: skip
"""A row per curated gene in scope: at which level it was recovered, or why it was not, and the
stretches of the caption that could give it away at the level of the run."""


class SpillingTable:
    """A growing table of rows, in the order in which they were added, ``most`` of them in memory.

    >>> rows = SpillingTable({"model": pl.String, "name": pl.String})
    >>> rows.append(pl.DataFrame({"model": ["default"], "name": ["IL-6"]}))
    >>> len(rows), list(rows)
    (1, [{'model': 'default', 'name': 'IL-6'}])
    """

    def __init__(self, schema: dict[str, Any], most: int = _IN_MEMORY) -> None:
        self._schema = schema
        self._most = most
        self._frames: list[pl.DataFrame] = []
        self._held = 0
        self._without: set[str] = set()
        self._disk: TemporaryDirectory[str] | None = None
        self._parts: list[Path] = []

    def append(self, frame: pl.DataFrame) -> None:
        """Add rows. Raises NerbenchError if what does not stay in memory cannot be written."""
        self._frames.append(frame)
        self._held += len(frame)
        if self._held >= self._most:
            self._spill()

    def extend(self, rows: pl.LazyFrame) -> None:
        """Add the rows of a lazy frame by way of disk, however many. Raises PolarsError if they
        have not the columns of the schema.
        """
        if self._frames:
            self._spill()
        part = self._new_part()
        rows.select(list(self._schema)).cast(pl.Schema(self._schema)).sink_parquet(
            part, maintain_order=True
        )
        self._parts.append(part)

    def _spill(self) -> None:
        try:
            part = self._new_part()
            pl.concat(self._frames).write_parquet(part)
        except (OSError, pl.exceptions.ComputeError) as error:
            raise NerbenchError(
                f"temporary files cannot be written ({error}): name a folder with room in TMPDIR"
            ) from None
        self._parts.append(part)
        self._frames, self._held = [], 0

    def _new_part(self) -> Path:
        self._disk = self._disk or TemporaryDirectory(prefix="nerbench-")
        return Path(self._disk.name, f"{len(self._parts)}.parquet")

    def drop_models(self, names: Collection[str]) -> None:
        """Leave out the rows of some models."""
        self._without |= set(names)

    def scan(self) -> pl.LazyFrame:
        """The rows as a lazy frame."""
        empty = pl.DataFrame(schema=self._schema)
        parts = [pl.scan_parquet(part) for part in self._parts]
        rows = pl.concat([*parts, pl.concat([empty, *self._frames]).lazy()])
        if self._without:
            rows = rows.filter(~pl.col("model").is_in(sorted(self._without)))
        return rows

    def write_parquet(self, path: Path) -> None:
        """Write the rows: the same bytes for the same frames, added in the same order.

        Raises OSError if they cannot be written.
        """
        try:
            self.scan().sink_parquet(path, row_group_size=1 << 16, maintain_order=True)
        except pl.exceptions.ComputeError as error:  # of a full disk
            raise OSError(str(error)) from error

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Each row, as a dictionary."""
        for frame in (*map(pl.read_parquet, self._parts), *self._frames):
            for row in frame.iter_rows(named=True):
                if row.get("model") not in self._without:
                    yield row

    def __len__(self) -> int:
        return int(self.scan().select(pl.len()).collect().item())


Row = tuple[Any, ...]


def frame(rows: Sequence[Row], schema: dict[str, Any]) -> pl.DataFrame:
    """Rows as a data frame, made column by column.

    >>> schema = {"name": pl.String, "genes": pl.List(pl.String)}
    >>> frame([("IL-6", ["IL6"]), ("x", [])], schema).rows()
    [('IL-6', ['IL6']), ('x', [])]
    """
    if not rows:
        return pl.DataFrame(schema=schema)
    columns = zip(schema.items(), zip(*rows, strict=True), strict=True)
    return pl.DataFrame([_column(name, cells, kind) for (name, kind), cells in columns])


def _column(name: str, cells: Sequence[Any], kind: Any) -> pl.Series:
    if not isinstance(kind, pl.List):
        return pl.Series(name, cells, kind)
    # Polars takes a list apart for its type, entry by entry; a slice of a series it takes as it is.
    distinct: dict[tuple[Any, ...], int] = {}
    places = [distinct.setdefault(tuple(cell), len(distinct)) for cell in cells]
    flat: Any = list(chain.from_iterable(distinct))
    if kind == _Spans:
        flat = np.array(flat, np.int32).reshape(-1, 2)
    entries = pl.Series(flat, dtype=kind.inner)
    ends = accumulate(map(len, distinct))
    lists = [
        entries.slice(end - len(cell), len(cell)) for cell, end in zip(distinct, ends, strict=True)
    ]
    return pl.Series(name, lists).gather(places)


def caption_row(target: FigureContext) -> Row:
    """The row of a figure that was read."""
    figure = target.figure
    return (
        figure.figid,
        figure.caption,
        figure.title,
        figure.paper_title,
        figure.pmcid,
        figure.doi,
        figure.year,
        figure.journal,
        figure.publisher,
        figure.organisms,
        figure.organisms_ner,
        figure.unassigned,
        bool(target.scope),
        figure.repaired,
        [f"{gene.taxon}:{gene.symbol}" for gene in figure.curated],
        figure_digest(figure),
    )


def score_rows(
    score: FigureScore, model: str, level: Level
) -> tuple[list[Row], list[Row], list[Row]]:
    """The rows of one figure and model, at a level: of the figure, its names, its genes."""
    nomenclature = score.target.matcher.nomenclature
    return (
        [_figure_row(score, model, level, nomenclature)],
        _name_rows(score, model, level, nomenclature),
        _gene_rows(score, model, level, nomenclature),
    )


def _figure_row(score: FigureScore, model: str, level: Level, nomenclature: Nomenclature) -> Row:
    target, figure = score.target, score.target.figure
    pooled = score.counts[level][ALL]
    return (
        figure.figid,
        model,
        ",".join(nomenclature.label(taxon) for taxon in target.scope),
        target.scope_from,
        len(figure.caption),
        len(score.mentions),
        pooled.names,
        pooled.hits,
        pooled.curated,
        pooled.recovered,
        pooled.reachable,
        *pooled.rates().values(),
        figure.year,
        figure.journal,
        figure.publisher,
        figure.pmcid,
        figure.title,
    )


def _name_rows(
    score: FigureScore, model: str, level: Level, nomenclature: Nomenclature
) -> list[Row]:
    rows = []
    for name in score.names:
        hits = sorted(name.hits[level])
        reason = off_list_reason(score.target, name, level)
        scores = [mention.score for mention in name.mentions]
        rows.append(
            (
                score.target.figure.figid,
                model,
                name.name,
                len(name.mentions),
                name.mentions[0].start,
                name.mentions[0].end,
                [(mention.start, mention.end) for mention in name.mentions],
                None if None in scores else max(scores),  # type: ignore[type-var]
                "hit" if hits else "false",
                _told(name.hit_at()),
                [_gene(score, member, nomenclature) for member in hits],
                _told(reason),
                name.ids,
                name.ids_agree,
                _off_list(score, name, level) if reason in _BY_TEXT else [],
            )
        )
    return rows


def _off_list(score: FigureScore, name: NameOutcome, level: Level) -> list[str]:
    """The genes that a name can mean by its text, of every organism there is; none if it is its
    identifiers that say what it means.
    """
    if name.identified is not None:
        return []
    matcher = score.target.matcher
    return [
        f"{matcher.nomenclature.label(taxon)}:{symbol}"
        for taxon in matcher.nomenclature
        for symbol in matcher.symbols(level, name.name, taxon)[:_MOST_OFF_LIST]
    ]


def _gene_rows(
    score: FigureScore, model: str, level: Level, nomenclature: Nomenclature
) -> list[Row]:
    figid = score.target.figure.figid
    labels = {taxon: nomenclature.label(taxon) for taxon in score.target.scope}
    places = score.target.reachable[level]
    rows = []
    for gene in score.genes:
        missed = miss_reason(score, gene, level)
        member = score.target.members[gene.member].gene
        rows.append(
            (
                figid,
                model,
                member.taxon,
                labels[member.taxon],
                member.symbol,
                member.gene_id,
                member.words,
                "recovered" if missed is None else "missed",
                _told(gene.recovered_at),
                _told(gene.reachable_at),
                gene.names,
                _told(missed),
                places.get(gene.member, ()),
            )
        )
    return rows


def _told(one: StrEnum | None) -> str | None:
    return None if one is None else str(one)


def _gene(score: FigureScore, member: int, nomenclature: Nomenclature) -> str:
    gene = score.target.members[member].gene
    return f"{nomenclature.label(gene.taxon)}:{gene.symbol}"
