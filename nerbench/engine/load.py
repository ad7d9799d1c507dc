"""Load an evaluation from the files of a run; and `counts.parquet`, the table written for that.

The files of a run are enough for every number, so that reports can be made anew and runs compared
without a model, a lexicon or the corpus.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from nerbench.engine.builder import EvaluationBuilder
from nerbench.engine.evaluation import Evaluation, ModelResult, RunSettings
from nerbench.engine.gold_rows import GOLD_FIELDS, PERFECT_READER, SCHEMES, GoldCountRow
from nerbench.engine.provenance import CardInfo, ComparedRun, LexiconInfo, RunComparison
from nerbench.engine.row_tables import Table, schema_of
from nerbench.engine.rows import CountRow, FigureRow
from nerbench.errors import NerbenchError
from nerbench.records import Level, Problem
from nerbench.scoring.counts import FIELDS
from nerbench.scoring.scope import Scope

SUMMARY_VERSION = 5
"""The version of `summary.json` that is written and read."""

_FIGURES_PER_FRAME = 1 << 15


def count_table(evaluation: Evaluation) -> Table:
    """Return the table `counts.parquet`, figures in the order in which they were read."""
    table = Table(CountRow)
    by_model = {model.name: model.counts for model in evaluation.working}
    if not by_model:
        return table
    if evaluation.reference is not None and evaluation.marked.any():
        by_model[PERFECT_READER] = evaluation.reference
    labels = {
        "organism": list(evaluation.organisms),
        "model": list(by_model),
        "level": list(map(str, Level)),
    }
    for start in range(0, len(evaluation.figids), _FIGURES_PER_FRAME):
        part = slice(start, start + _FIGURES_PER_FRAME)
        figures, organisms = np.nonzero(evaluation.in_scope[part])
        # (figures in scope of an organism, models, levels, fields), a row each in that order.
        counts = np.stack(
            [of_model[part][figures, :, organisms] for of_model in by_model.values()], axis=1
        )
        pair, model, level = np.unravel_index(np.arange(counts[..., 0].size), counts.shape[:3])
        codes = {"organism": organisms[pair], "model": model, "level": level}
        columns = {
            "figid": pl.Series(evaluation.figids[part], dtype=pl.String).gather(figures[pair])
        }
        for name, code in codes.items():
            columns[name] = pl.Series(labels[name], dtype=pl.String).gather(code)
        flat = counts.reshape(-1, len(FIELDS))
        columns |= {name: pl.Series(flat[:, field]) for field, name in enumerate(FIELDS)}
        table.append(pl.DataFrame(columns, schema=table.schema))
    return table


def gold_count_table(evaluation: Evaluation) -> Table:
    """Return the table `gold_counts.parquet`, figures in the order in which they were read."""
    table = Table(GoldCountRow)
    marked = np.flatnonzero(evaluation.marked)
    figids = pl.Series(evaluation.figids, dtype=pl.String).gather(marked)
    for model in evaluation.working if len(marked) else ():
        for s, scheme in enumerate(SCHEMES):
            counts = model.gold_counts[marked, s]
            columns = {"figid": figids, "model": model.name, "scheme": scheme}
            fields = {name: pl.Series(counts[:, n]) for n, name in enumerate(GOLD_FIELDS)}
            table.append(pl.DataFrame(columns | fields, schema=table.schema))
    return table


def load_run(folder: Path) -> Evaluation:
    """Load the evaluation whose files a folder holds: the same scores to the bit.

    It reads summary.json, figures.tsv, and the parquet tables. White space inside the titles of
    `figure_rows` is single, as figures.tsv has it.
    Raises NerbenchError if a file is absent, damaged or of another version of nerbench.
    """
    path = folder / "summary.json"
    data = _read_summary(path)
    try:
        builder = EvaluationBuilder(_settings(data))
        models = list(map(_model, data["models"]))
        joined = None if data["joined"] is None else _run_comparison(data["joined"])
        skipped = [Problem(**problem) for problem in data["corpus"]["skipped"]]
        partial = data["partial"]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise NerbenchError(f"{path}: is not a run's summary ({reason}); run again") from None
    _read(folder / "captions.parquet", builder.caption_rows, pl.scan_parquet)
    _read(folder / "names.parquet", builder.name_rows, pl.scan_parquet)
    _read(folder / "genes.parquet", builder.gene_rows, pl.scan_parquet)
    _read(folder / "marks.parquet", builder.mark_rows, pl.scan_parquet)
    _read(folder / "figures.tsv", builder.figure_rows, _scan_tsv)
    counts, gold_counts = Table(CountRow), Table(GoldCountRow)
    _read(folder / "counts.parquet", counts, pl.scan_parquet)
    _read(folder / "gold_counts.parquet", gold_counts, pl.scan_parquet)
    captions = builder.caption_rows.scan().select("figid", "marked").collect()
    figids, marked = captions["figid"].to_list(), captions["marked"].to_numpy()
    reader = _CountReader(builder.settings, figids, folder)
    reference, in_scope = reader.read(PERFECT_READER, counts.scan())
    working = 0
    for index, model in enumerate(models):
        if model.failure is None:
            own, own_scope = reader.read(model.name, counts.scan())
            gold = reader.read_gold(model.name, gold_counts.scan())
            models[index] = replace(model, counts=own, gold_counts=gold)
            in_scope |= own_scope
            working += 1
    builder.add_figures(figids, in_scope, marked)
    if len(builder.figure_rows) != in_scope.any(axis=1).sum() * working:
        raise _inconsistent(folder / "figures.tsv")
    return builder.build(
        models,
        reference=reference if data["corpus"]["reference"] else None,
        skipped=skipped,
        partial=partial,
        joined=joined,
    )


def _read_summary(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise NerbenchError(f"{path.parent}: is no folder of a run: it has no summary.json")
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version = data["schema_version"]
    except OSError as error:
        raise NerbenchError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (KeyError, TypeError, ValueError, RecursionError):
        raise NerbenchError(f"{path}: is not a run's summary; run again") from None
    if version != SUMMARY_VERSION:
        raise NerbenchError(
            f"{path}: has version {version!r}, this nerbench reads {SUMMARY_VERSION}; run again"
        )
    return data


def _settings(data: dict[str, Any]) -> RunSettings:
    return RunSettings(
        lexicons=tuple(LexiconInfo(**lexicon) for lexicon in data["lexicons"]),
        scope=Scope.read(data["scope"]),
        level=Level(data["level"]),
        abbreviations=data["abbreviations"],
        seed=data["seed"],
        by=tuple(data["by"]),
        gold_source=data["gold_source"],
        held_out=data["held_out"],
        version=data["version"],
    )


def _model(data: dict[str, Any]) -> ModelResult:
    return ModelResult(
        name=data["name"],
        fingerprint=data["fingerprint"] or "",
        problems=tuple(Problem(**problem) for problem in data["problems"]),
        notes=tuple(data["notes"]),
        card=None if data["card"] is None else CardInfo(**data["card"]),
        failure=data["failure"],
        has_spans=data["has_spans"],
    )


def _run_comparison(data: dict[str, Any]) -> RunComparison:
    runs = (
        ComparedRun(run["run"], run["signature"], tuple(run["missing"])) for run in data["runs"]
    )
    return RunComparison(tuple(data["differences"]), tuple(runs))


def _read(path: Path, table: Table, scan: Callable[[Path], pl.LazyFrame]) -> None:
    if not path.is_file():
        raise NerbenchError(f"{path.parent}: is no whole run: it has no {path.name}; run again")
    try:
        table.extend(scan(path))
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = " ".join(str(error).split())[:200]
        raise NerbenchError(f"{path}: cannot be read ({reason}); run again") from None


def _inconsistent(path: Path) -> NerbenchError:
    return NerbenchError(f"{path}: does not fit the run's other files; run again")


def _scan_tsv(path: Path) -> pl.LazyFrame:
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 1))
        if stream.read() not in (b"", b"\n"):
            raise OSError("its last line is cut off")
    rows = pl.scan_csv(path, separator="\t", quote_char=None, schema=schema_of(FigureRow))
    return rows.with_columns(pl.col(pl.String).fill_null(""))


@dataclass(frozen=True, slots=True)
class _CountReader:
    """Reads the counts of models from the tables of a run into arrays."""

    settings: RunSettings
    figids: Sequence[str]
    folder: Path

    def read(
        self, model: str, counts: pl.LazyFrame
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
        """Return a model's counts, and which organisms each figure is scored for."""
        organisms = self.settings.organisms
        array = np.zeros((len(self.figids), len(Level), len(organisms), len(FIELDS)), np.int32)
        in_scope = np.zeros((len(self.figids), len(organisms)), np.bool_)
        frame, figure, (level, organism) = self._select(
            model, counts, level=tuple(map(str, Level)), organism=organisms
        )
        array[figure, level, organism] = frame.select(FIELDS).to_numpy()
        in_scope[figure, organism] = True
        return array, in_scope

    def read_gold(self, model: str, counts: pl.LazyFrame) -> npt.NDArray[np.int32]:
        """Return a model's counts against gold."""
        array = np.zeros((len(self.figids), len(SCHEMES), len(GOLD_FIELDS)), np.int32)
        frame, figure, (scheme,) = self._select(model, counts, scheme=SCHEMES)
        array[figure, scheme] = frame.select(GOLD_FIELDS).to_numpy()
        return array

    def _select(
        self, model: str, counts: pl.LazyFrame, **labels: Sequence[str]
    ) -> tuple[pl.DataFrame, npt.NDArray[np.int64], list[npt.NDArray[np.int64]]]:
        """Return the rows of a model, their figures, and the places of their labels."""
        figures = pl.LazyFrame({"figid": self.figids}, schema={"figid": pl.String})
        rows = figures.with_row_index("figure")
        frame = counts.filter(pl.col("model") == model).join(rows, on="figid", how="left").collect()
        try:
            figure = frame["figure"].cast(pl.Int64).to_numpy()
            if figure.dtype != np.int64:  # null: a figure that is not among the captions
                raise ValueError
            codes = [_codes(frame[column], known) for column, known in labels.items()]
        except (ValueError, pl.exceptions.PolarsError):
            table = "counts.parquet" if "level" in labels else "gold_counts.parquet"
            raise _inconsistent(self.folder / table) from None
        return frame, figure, codes


def _codes(values: pl.Series, labels: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the place of each value among the labels. Raises PolarsError for another value."""
    codes = {label: code for code, label in enumerate(labels)}
    return values.replace_strict(codes, return_dtype=pl.Int64).to_numpy()
