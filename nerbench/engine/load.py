"""Load an evaluation from the files of a run; and `counts.parquet`, the table written for that.

The files of a run are enough for every number, so that reports can be made anew and runs compared
without a model, a lexicon or the corpus.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from nerbench.engine.builder import EvaluationBuilder
from nerbench.engine.evaluation import Evaluation, ModelResult, RunSettings
from nerbench.engine.provenance import ComparedRun, LexiconInfo, RunComparison
from nerbench.engine.rows import CountRow, FigureRow
from nerbench.engine.tables import Table, schema_of
from nerbench.errors import NerbenchError
from nerbench.records import Level, Problem
from nerbench.scoring.counts import FIELDS
from nerbench.scoring.scope import Scope

SUMMARY_VERSION = 2
"""The version of `summary.json` that is written and read."""

_FIGURES_PER_FRAME = 1 << 15


def count_table(evaluation: Evaluation) -> Table:
    """Return the table `counts.parquet`, figures in the order in which they were read."""
    table = Table(CountRow)
    models = evaluation.working
    if not models:
        return table
    labels = {
        "organism": list(evaluation.organisms),
        "model": [model.name for model in models],
        "level": list(map(str, Level)),
    }
    for start in range(0, len(evaluation.figids), _FIGURES_PER_FRAME):
        part = slice(start, start + _FIGURES_PER_FRAME)
        figures, organisms = np.nonzero(evaluation.in_scope[part])
        # (figures in scope of an organism, models, levels, fields), a row each in that order.
        counts = np.stack([model.counts[part][figures, :, organisms] for model in models], axis=1)
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


def load_run(folder: Path) -> Evaluation:
    """Load the evaluation whose files a folder holds: the same scores to the bit.

    It reads summary.json, counts.parquet, captions.parquet, figures.tsv, names.parquet and
    genes.parquet. White space inside the titles of `figure_rows` is single, as figures.tsv has it.
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
    _read(folder / "figures.tsv", builder.figure_rows, _scan_tsv)
    counts = Table(CountRow)
    _read(folder / "counts.parquet", counts, pl.scan_parquet)
    figids = builder.caption_rows.scan().select("figid").collect()["figid"].to_list()
    in_scope, models = _with_counts(models, builder.settings, figids, counts.scan(), folder)
    builder.add_figures(figids, in_scope)
    working = sum(model.failure is None for model in models)
    if len(builder.figure_rows) != in_scope.any(axis=1).sum() * working:
        raise _inconsistent(folder / "figures.tsv")
    return builder.build(models, skipped=skipped, partial=partial, joined=joined)


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
    scope = data["scope"]
    return RunSettings(
        lexicons=tuple(LexiconInfo(**lexicon) for lexicon in data["lexicons"]),
        scope=Scope(None if scope == "auto" else tuple(map(int, scope.split(",")))),
        level=Level(data["level"]),
        abbreviations=data["abbreviations"],
        seed=data["seed"],
        by=tuple(data["by"]),
        version=data["version"],
    )


def _model(data: dict[str, Any]) -> ModelResult:
    return ModelResult(
        name=data["name"],
        fingerprint=data["fingerprint"] or "",
        problems=tuple(Problem(**problem) for problem in data["problems"]),
        notes=tuple(data["notes"]),
        failure=data["failure"],
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


def _with_counts(
    models: Sequence[ModelResult],
    settings: RunSettings,
    figids: Sequence[str],
    counts: pl.LazyFrame,
    folder: Path,
) -> tuple[npt.NDArray[np.bool_], list[ModelResult]]:
    """Return which organisms each figure is scored for, and the models with their counts."""
    rows = pl.LazyFrame({"figid": figids}, schema={"figid": pl.String}).with_row_index("figure")
    shape = len(figids), len(Level), len(settings.organisms), len(FIELDS)
    in_scope = np.zeros((shape[0], shape[2]), np.bool_)
    complete = []
    for model in models:
        array = model.counts
        if model.failure is None:
            own = counts.filter(pl.col("model") == model.name).join(rows, on="figid", how="left")
            frame = own.drop("model", "figid").collect()
            try:
                figure = frame["figure"].cast(pl.Int64).to_numpy()
                if figure.dtype != np.int64:  # null: a figure that is not among the captions
                    raise ValueError
                level = _codes(frame["level"], list(map(str, Level)))
                organism = _codes(frame["organism"], settings.organisms)
            except (ValueError, pl.exceptions.PolarsError):
                raise _inconsistent(folder / "counts.parquet") from None
            array = np.zeros(shape, np.int32)
            array[figure, level, organism] = frame.select(FIELDS).to_numpy()
            in_scope[figure, organism] = True
        complete.append(replace(model, counts=array))
    return in_scope, complete


def _codes(values: pl.Series, labels: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the place of each value among the labels. Raises PolarsError for another value."""
    codes = {label: code for code, label in enumerate(labels)}
    return values.replace_strict(codes, return_dtype=pl.Int64).to_numpy()
