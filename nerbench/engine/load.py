"""An evaluation rebuilt from the files of a run, and the one file that is written for that: counts.

What a run writes is enough for every number, so that reports can be made anew and runs compared
without a model, a lexicon or the corpus.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from nerbench.engine.evaluation import Evaluation, ModelResult
from nerbench.engine.provenance import ComparedRun, CorpusInfo, LexiconInfo, RunComparison
from nerbench.engine.tables import FIGURE_SCHEMA, SpillingTable
from nerbench.errors import NerbenchError
from nerbench.records import Level, Problem
from nerbench.scoring.counts import FIELDS
from nerbench.scoring.figure import Scope

__all__ = ["COUNT_SCHEMA", "SUMMARY_VERSION", "count_rows", "load_run"]

SUMMARY_VERSION = 2
"""The version of `summary.json` that is written and read."""

COUNT_SCHEMA: dict[str, Any] = {
    "figid": pl.String, "organism": pl.String, "model": pl.String, "level": pl.String,
    **dict.fromkeys(FIELDS, pl.Int32),
}  # fmt: skip
"""A row per figure, organism in its scope (and ``all``), model and level: the seven counts that
every score, interval and test is made of."""

_FIGURES_AT_ONCE = 1 << 15


def count_rows(evaluation: Evaluation) -> SpillingTable:
    """The rows of `counts.parquet`, figures in the order in which they were read."""
    rows = SpillingTable(COUNT_SCHEMA)
    models = evaluation.working
    if not models:
        return rows
    labels = [list(evaluation.organisms), [one.name for one in models], list(map(str, Level))]
    for start in range(0, len(evaluation.figids), _FIGURES_AT_ONCE):
        part = slice(start, start + _FIGURES_AT_ONCE)
        figures, organisms = np.nonzero(evaluation.in_scope[part])
        counts = np.array([model.counts[part][figures, :, organisms] for model in models])
        shape = len(figures), len(models), len(Level)
        places = np.unravel_index(np.arange(np.prod(shape)), shape)
        figids = pl.Series(evaluation.figids[part], dtype=pl.String)
        frame = {"figid": figids.gather(figures[places[0]])}
        for name, known, place in zip(
            ("organism", "model", "level"), labels, (organisms[places[0]], *places[1:]), strict=True
        ):
            frame[name] = pl.Series(known, dtype=pl.String).gather(place)
        flat = np.moveaxis(counts, 0, 1).reshape(-1, len(FIELDS))
        frame |= {name: pl.Series(flat[:, at]) for at, name in enumerate(FIELDS)}
        rows.append(pl.DataFrame(frame, schema=COUNT_SCHEMA))
    return rows


def load_run(folder: Path) -> Evaluation:
    """The evaluation whose files a folder holds: the same scores to the bit.

    Read are summary.json, counts.parquet, captions.parquet, figures.tsv, names.parquet and
    genes.parquet. White space inside the titles of `figure_rows` is single, as figures.tsv has it.
    Raises NerbenchError if a file is absent, damaged or of another version of nerbench.

    >>> from tempfile import TemporaryDirectory
    >>> import nerbench
    >>> from nerbench.reports import write_reports
    >>> run = nerbench.evaluate(nerbench.open_corpus("seeds"), nerbench.load_recognizer("lexicon"))
    >>> with TemporaryDirectory() as name:
    ...     write_reports(run, Path(name))
    ...     load_run(Path(name)).scores == run.scores
    True
    """
    data = _summary(folder)
    try:
        evaluation = _bare(data)
        skipped = [Problem(**one) for one in data["corpus"]["skipped"]]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        reason = f"{type(error).__name__}: {error}"
        path = folder / "summary.json"
        raise NerbenchError(f"{path}: is not a run's summary ({reason}); run again") from None
    parquet = pl.scan_parquet
    _read(folder / "captions.parquet", evaluation.caption_rows, parquet)
    _read(folder / "names.parquet", evaluation.name_rows, parquet)
    _read(folder / "genes.parquet", evaluation.gene_rows, parquet)
    _read(folder / "figures.tsv", evaluation.figure_rows, _scan_tsv)
    counts = SpillingTable(COUNT_SCHEMA)
    _read(folder / "counts.parquet", counts, parquet)
    captions = evaluation.caption_rows.scan()
    evaluation.figids = captions.select("figid").collect()["figid"].to_list()
    evaluation.corpus = CorpusInfo.of_captions(captions, skipped)
    _fill(evaluation, counts.scan(), folder / "counts.parquet")
    if len(evaluation.figure_rows) != evaluation.in_scope.any(1).sum() * len(evaluation.working):
        raise _unfit(folder / "figures.tsv")
    return evaluation


def _summary(folder: Path) -> dict[str, Any]:
    path = folder / "summary.json"
    if not path.is_file():
        raise NerbenchError(f"{folder}: is no folder of a run: it has no summary.json")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        version = data["schema_version"]
    except OSError as error:
        raise NerbenchError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (KeyError, TypeError, ValueError, RecursionError):
        raise NerbenchError(f"{path}: is not a run's summary; run again") from None
    if version != SUMMARY_VERSION:
        raise NerbenchError(
            f"{path}: has version {version!r}, this nerbench reads {SUMMARY_VERSION}; run again"
        )
    found: dict[str, Any] = data
    return found


def _bare(data: dict[str, Any]) -> Evaluation:
    """The evaluation of a summary, without figures."""
    scope, joined = data["scope"], data["joined"]
    return Evaluation(
        lexicons=tuple(LexiconInfo(**one) for one in data["lexicons"]),
        scope=Scope(None if scope == "auto" else tuple(map(int, scope.split(",")))),
        level=Level(data["level"]),
        abbreviations=data["abbreviations"],
        corpus=CorpusInfo(),
        models=[_model(one) for one in data["models"]],
        seed=data["seed"],
        by=tuple(data["by"]),
        version=data["version"],
        partial=data["partial"],
        joined=None if joined is None else _joined(joined),
    )


def _model(data: dict[str, Any]) -> ModelResult:
    problems = [Problem(**one) for one in data["problems"]]
    notes, failure = list(data["notes"]), data["failure"]
    return ModelResult(
        data["name"], data["fingerprint"] or "", problems=problems, notes=notes, failure=failure
    )


def _joined(data: dict[str, Any]) -> RunComparison:
    runs = (
        ComparedRun(one["run"], one["signature"], tuple(one["missing"])) for one in data["runs"]
    )
    return RunComparison(tuple(data["differences"]), tuple(runs))


def _read(path: Path, rows: SpillingTable, scan: Callable[[Path], pl.LazyFrame]) -> None:
    if not path.is_file():
        raise NerbenchError(f"{path.parent}: is no whole run: it has no {path.name}; run again")
    try:
        rows.extend(scan(path))
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = " ".join(str(error).split())[:200]
        raise NerbenchError(f"{path}: cannot be read ({reason}); run again") from None


def _unfit(path: Path) -> NerbenchError:
    return NerbenchError(f"{path}: does not fit the run's other files; run again")


def _scan_tsv(path: Path) -> pl.LazyFrame:
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 1))
        if stream.read() not in (b"", b"\n"):
            raise OSError("its last line is cut off")
    rows = pl.scan_csv(path, separator="\t", quote_char=None, schema=FIGURE_SCHEMA)
    return rows.with_columns(pl.col(pl.String).fill_null(""))


def _fill(evaluation: Evaluation, counts: pl.LazyFrame, path: Path) -> None:
    """Set the counts of each model, and which organisms a figure has in scope."""
    figures = pl.LazyFrame({"figid": evaluation.figids}).with_row_index("figure")
    shape = len(evaluation.figids), len(Level), len(evaluation.organisms), len(FIELDS)
    evaluation.in_scope = np.zeros((shape[0], shape[2]), np.bool_)
    for model in evaluation.working:
        own = counts.filter(pl.col("model") == model.name).join(figures, on="figid", how="left")
        frame = own.drop("model", "figid").collect()
        try:
            figure = frame["figure"].cast(pl.Int64).to_numpy()
            if figure.dtype != np.int64:  # a figure that is not among the captions
                raise ValueError
            level = _places(frame["level"], list(map(str, Level)))
            organism = _places(frame["organism"], evaluation.organisms)
        except (ValueError, pl.exceptions.PolarsError):
            raise _unfit(path) from None
        model.counts = np.zeros(shape, np.int32)
        model.counts[figure, level, organism] = frame.select(FIELDS).to_numpy()
        evaluation.in_scope[figure, organism] = True


def _places(values: pl.Series, known: Sequence[str]) -> npt.NDArray[np.int64]:
    places = {one: at for at, one in enumerate(known)}
    return values.replace_strict(places, return_dtype=pl.Int64).to_numpy()
