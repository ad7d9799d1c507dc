"""The figures of the browser in `report.html`: plain JSON objects, in the order of their ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from nerbench.engine.evaluation import Evaluation
from nerbench.reports.formatting import AGREEMENT
from nerbench.reports.links import NOMENCLATURE

Json = dict[str, Any]

_NOT_IN_CAPTION, _ON_LIST = "not-in-caption", "on-list"
_BATCH_SIZE = 1000  # figures read at a time: bounds the memory

_NAME_COLUMNS = (
    "figid", "model", "name", "spans", "score", "hit_at", "genes", "outcome", "ids", "ids_agree",
    "off_list", "closest",
)  # fmt: skip
_GENE_COLUMNS = (
    "figid", "model", "organism", "symbol", "gene_id", "words", "recovered_at", "reason", "names",
    "places",
)  # fmt: skip

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class FigureBrowser:
    """The figures of an evaluation, with the values that they can be filtered by."""

    figids: tuple[str, ...]
    models: list[str]
    organisms: list[str]
    miss_reasons: list[str]
    name_outcomes: list[str]
    _evaluation: Evaluation

    @classmethod
    def of(cls, evaluation: Evaluation) -> FigureBrowser:
        """Return the browser of an evaluation."""
        genes, names = evaluation.gene_rows.scan(), evaluation.name_rows.scan()
        organisms = _values(genes, "organism")
        ranked = [label for label in evaluation.organisms if label in organisms]
        return cls(
            tuple(sorted(evaluation.figids)),
            [model.name for model in evaluation.working],
            ranked + [label for label in organisms if label not in ranked],
            _values(genes, "reason"),
            _values(names.filter(pl.col("outcome") != _ON_LIST), "outcome"),
            evaluation,
        )

    @property
    def nomenclature(self) -> dict[str, tuple[str, str]]:
        """The database of each organism's genes, and the pattern of a gene's address there."""
        return nomenclature(self._evaluation)

    def gene_ids(self) -> dict[str, dict[str, str]]:
        """Return the ids of the genes that names mean and lists lack, by organism and symbol."""
        genes = (
            self._evaluation.name_rows.scan()
            .select("closest", "closest_ids")
            .explode("closest", "closest_ids")
            .unnest("closest")
            .drop_nulls("taxon")
            .unique()
            .collect()
            .sort("taxon", "symbol")
        )
        ids: dict[str, dict[str, str]] = {}
        for taxon, symbol, gene_id in genes.iter_rows():
            ids.setdefault(self._evaluation.label(taxon), {})[symbol] = gene_id
        return ids

    def figures(self) -> Iterator[tuple[Json, Json]]:
        """Yield each figure with its index entry.

        A figure has its record's fields, its curated ``genes``, and for each of `models`, in this
        order, the ``names`` found and the ``outcomes`` of the genes. A name's ``genes`` are
        positions in the figure's. The outcome of a gene that the caption does not name is null.
        ``marks`` are the spans that annotators marked. Places, spans and marks are flat: start,
        end, start, end, in characters. Fields without a value are left out; ``marks`` only if
        nobody marked the caption.

        An index entry has the ``text`` to search in, the ``organisms`` of the genes, and for each
        model the ``tags`` to filter by: ``on-list``, ``off-list``, ``missed`` (a gene that the
        caption names), ``none`` (no name), and all reasons and outcomes; and the ``counts`` to
        order by: names, hits, genes that the caption names, recovered ones of these.
        """
        for start in range(0, len(self.figids), _BATCH_SIZE):
            yield from self._batch(self.figids[start : start + _BATCH_SIZE])

    def figure(self, figid: str) -> Json:
        """Return one figure."""
        ((figure, _),) = self._batch([figid])
        return figure

    def _batch(self, figids: Sequence[str]) -> Iterator[tuple[Json, Json]]:
        in_batch = pl.col("figid").is_between(pl.lit(figids[0]), pl.lit(figids[-1]))
        evaluation = self._evaluation
        captions = evaluation.caption_rows.scan().filter(in_batch).collect()
        records = {row["figid"]: row for row in captions.iter_rows(named=True)}
        scopes = evaluation.figure_rows.scan().filter(in_batch)
        scopes = scopes.select("figid", "scope", "scope_from").unique("figid", keep="first")
        for row in scopes.collect().iter_rows(named=True):
            records[row["figid"]] |= row
        names = _by_figure(evaluation.name_rows.scan().filter(in_batch).select(_NAME_COLUMNS))
        genes = _by_figure(evaluation.gene_rows.scan().filter(in_batch).select(_GENE_COLUMNS))
        for figid in figids:
            figure = self._figure(records[figid], names.get(figid, ()), genes.get(figid, ()))
            yield figure, _index_entry(figure)

    def _figure(self, record: Json, names: Sequence[Row], genes: Sequence[Row]) -> Json:
        curated: dict[tuple[str, str], Json] = {}
        for _, organism, symbol, gene_id, words, *_, places in genes:
            if (organism, symbol) not in curated:
                gene = {"organism": organism, "symbol": symbol, "id": gene_id, "words": words,
                        "places": places}  # fmt: skip
                curated[organism, symbol] = _without_empty(gene)
        positions = {gene: position for position, gene in enumerate(curated)}
        models: dict[str, Json] = {
            model: {"names": [], "outcomes": [None for _ in curated]} for model in self.models
        }
        for model, *row in names:
            models[model]["names"].append(self._name(row, positions))
        for model, organism, symbol, _, _, level, reason, by, _ in genes:
            if reason != _NOT_IN_CAPTION:
                outcome = {"missed": reason} if reason is not None else {"level": level, "by": by}
                models[model]["outcomes"][positions[organism, symbol]] = outcome
        fields = (
            "figid", "caption", "title", "paper_title", "pmcid", "doi", "year", "journal",
            "left_out", "organisms", "scope", "scope_from",
        )  # fmt: skip
        return {
            **_without_empty({field: record.get(field) for field in fields}),
            **(
                {"marks": [edge for span in record["marks"] for edge in span]}
                if record["marked"]
                else {}
            ),
            "genes": list(curated.values()),
            "models": list(models.values()),
        }

    def _name(self, row: Sequence[Any], positions: dict[tuple[str, str], int]) -> Json:
        name, spans, score, level, hits, outcome, ids, ids_agree, off_list, closest = row
        label = self._evaluation.label
        meant: dict[str, list[str]] = {}
        for gene in closest:
            meant.setdefault(label(gene["taxon"]), []).append(gene["symbol"])
        genes = [(label(gene["taxon"]), gene["symbol"]) for gene in hits]
        symbols: dict[str, list[str]] = {}
        for gene in off_list:
            symbols.setdefault(label(gene["taxon"]), []).append(gene["symbol"])
        fields = {
            "name": name,
            "spans": spans,
            "level": level,
            "genes": [positions[gene] for gene in genes if gene in positions],
            "outcome": None if outcome == _ON_LIST else outcome,
            "off_list": {organism: ", ".join(names) for organism, names in symbols.items()},
            "closest": meant,
            "ids": ids,
            "agreement": AGREEMENT[ids_agree] if ids else None,
        }
        return _without_empty(fields) | ({} if score is None else {"score": round(score, 3)})


def _index_entry(figure: Json) -> Json:
    genes, models = figure["genes"], figure["models"]
    words = dict.fromkeys(gene["symbol"] for gene in genes)
    words |= dict.fromkeys(name["name"] for model in models for name in model["names"])
    titles = [figure.get("title", ""), figure.get("paper_title", "")]
    return {
        "text": "\n".join([figure["figid"], *titles, *words]),
        "organisms": list(dict.fromkeys(gene["organism"] for gene in genes)),
        "tags": [_tags(model["names"], model["outcomes"]) for model in models],
        "counts": [_counts(model["names"], model["outcomes"]) for model in models],
    }


def _tags(names: list[Json], outcomes: list[Json | None]) -> list[str]:
    """Return what the names and genes of a figure are found by."""
    off_list = sorted({name["outcome"] for name in names if "outcome" in name})
    missed = sorted({outcome["missed"] for outcome in outcomes if outcome and "missed" in outcome})
    tags = {
        "on-list": any("genes" in name for name in names),
        "off-list": bool(off_list),
        "missed": bool(missed),
        "none": not names,
    }
    absent = [_NOT_IN_CAPTION] if None in outcomes else []
    return [tag for tag, holds in tags.items() if holds] + off_list + missed + absent


def _counts(names: list[Json], outcomes: list[Json | None]) -> list[int]:
    """Return the numbers of names, hits, genes that the caption names, and recovered genes."""
    named = [outcome for outcome in outcomes if outcome is not None]
    return [
        len(names),
        sum("genes" in name for name in names),
        len(named),
        sum("missed" not in outcome for outcome in named),
    ]


def nomenclature(evaluation: Evaluation) -> dict[str, tuple[str, str]]:
    """Return the database of each organism's genes, and the pattern of a gene's address there."""
    return {
        lexicon.label: NOMENCLATURE[lexicon.taxon]
        for lexicon in evaluation.lexicons
        if lexicon.taxon in NOMENCLATURE
    }


def _without_empty(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if value not in (None, "", [], {}, False)}


def _values(rows: pl.LazyFrame, column: str) -> list[str]:
    """Return the distinct values of a column, sorted."""
    return sorted(rows.select(pl.col(column).drop_nulls().unique()).collect()[column])


def _by_figure(rows: pl.LazyFrame) -> dict[str, list[Row]]:
    """Return the rows of each figure, without its id."""
    figids, *columns = map(_column_values, rows.collect())
    grouped: dict[str, list[Row]] = {}
    for figid, row in zip(figids, zip(*columns, strict=True), strict=True):
        grouped.setdefault(figid, []).append(row)
    return grouped


def _column_values(column: pl.Series) -> list[Any]:
    """Return a column's values, each list flat.

    Lists are cut out of one long list, which is ten times as fast as one by one.

    >>> _column_values(pl.Series([[[1, 2], [5, 9]], []], dtype=pl.List(pl.Array(pl.Int32, 2))))
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
