"""Score the predictions of a run against gold, from the files of the run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from nerbench.engine.builder import EvaluationBuilder
from nerbench.engine.evaluate import run_evaluation
from nerbench.engine.evaluation import Evaluation, ModelResult
from nerbench.engine.executors import SerialExecutor
from nerbench.engine.gold import GoldFile
from nerbench.engine.provenance import lexicon_info
from nerbench.engine.run_folder import prediction_path
from nerbench.engine.worker import Worker
from nerbench.errors import NerbenchError
from nerbench.nomenclature.lexicon import load_nomenclature
from nerbench.recognizers.external.predictions import read_predictions
from nerbench.recognizers.predictor import Mentions, Predictor
from nerbench.records import CuratedGene, Figure
from nerbench.scoring.counts import FIELDS
from nerbench.scoring.scope import LeftOut


def mark_run(run: Evaluation, folder: Path, gold: GoldFile) -> Evaluation:
    """Return a run with its captions marked by gold, in place of the marks that it had.

    Raises NerbenchError if the gold marks none of its captions, the run was made with other
    lexicons, or a file of predictions that it wrote is gone or damaged.
    """
    nomenclature = load_nomenclature()
    if run.lexicons != lexicon_info(nomenclature):
        raise NerbenchError(f"{folder}: was made with other lexicons: run again with --gold")
    held_out = set(run.corpus.left_out.get(LeftOut.SEEN, ()))
    figures = (figure for figure in _figures(run) if figure.figid not in held_out)
    marked = [figure for figure in gold.mark(figures) if figure.gold is not None]
    gold.check_is_used()
    if not run.working:
        return run
    files = [_WrittenPredictions(folder, model) for model in run.working]
    worker = Worker([], nomenclature, run.scope, run.level, run.abbreviations != "off")
    names = [model.name for model in run.working]
    again = run_evaluation(run, names, marked, SerialExecutor(worker), files)
    return _join(run, again, str(gold))


class _WrittenPredictions(Predictor):
    """The predictions that a run wrote of a model, all of which it counted."""

    is_precomputed = True

    def __init__(self, folder: Path, model: ModelResult) -> None:
        self.name, self.fingerprint = model.name, model.fingerprint
        self.has_spans = model.has_spans
        path = prediction_path(folder, model.name)
        if not path.is_file():
            raise NerbenchError(
                f"{path}: no such file; only `nerbench run` keeps predictions: "
                f"score again with --gold"
            )
        self._mentions: dict[str, Mentions] = {}
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    entry = json.loads(line)
                    mentions = read_predictions(entry)
                except (KeyError, TypeError, ValueError) as error:
                    raise NerbenchError(f"{path}:{number}: cannot be read ({error})") from None
                self._mentions[entry["id"]] = mentions

    def predict(self, figures: Sequence[Figure]) -> list[Mentions]:
        return [self._mentions.get(figure.figid, ()) for figure in figures]


def _figures(run: Evaluation) -> Iterator[Figure]:
    """Yield the figures of a run, with what their scores on the lists depend on."""
    columns = ("figid", "taxon", "symbol", "gene_id", "words")
    model = run.working[0].name if run.working else ""
    genes: dict[str, dict[tuple[int, str], CuratedGene]] = {}
    rows = run.gene_rows.scan().filter(pl.col("model") == model).select(columns).collect()
    for figid, taxon, symbol, gene_id, words in rows.iter_rows():
        gene = CuratedGene(taxon, symbol, gene_id, tuple(words))
        genes.setdefault(figid, {})[gene.key] = gene
    for row in run.caption_rows:
        yield Figure(
            row["figid"],
            row["caption"],
            tuple(row["organisms"]),
            tuple(row["organisms_ner"]),
            curated=tuple(genes.get(row["figid"], {}).values()),
        )


def _join(run: Evaluation, again: Evaluation, source: str) -> Evaluation:
    """Return a run with the marks of an evaluation of some of its figures."""
    builder = EvaluationBuilder(replace(run, gold_source=source))
    rows = {figid: row for row, figid in enumerate(run.figids)}
    places = np.array([rows[figid] for figid in again.figids], np.int64)
    marked = np.zeros(len(run.figids), np.bool_)
    marked[places] = True
    marks = again.caption_rows.scan().select("figid", "marked", "marks")
    captions = run.caption_rows.scan().drop("marked", "marks")
    builder.caption_rows.extend(
        captions.join(marks, on="figid", how="left", maintain_order="left").with_columns(
            pl.col("marked").fill_null(value=False), pl.col("marks").fill_null([])
        )
    )
    builder.figure_rows.extend(run.figure_rows.scan())
    is_marked = pl.col("figid").is_in(again.figids)
    for table, old, new in (
        (builder.name_rows, run.name_rows, again.name_rows),
        (builder.gene_rows, run.gene_rows, again.gene_rows),
    ):
        unmarked = old.scan().filter(~is_marked).with_columns(marked=pl.lit(None, pl.Boolean))
        table.extend(pl.concat([unmarked, new.scan()]))
    builder.mark_rows.extend(again.mark_rows.scan())
    builder.add_figures(run.figids, run.in_scope, marked)
    by_name = {model.name: model.gold_counts for model in again.working}
    models = [
        model
        if model.failure is not None
        else replace(model, gold_counts=_spread(by_name[model.name], places, len(run.figids)))
        for model in run.models
    ]
    reference = _spread(again.reference, places, len(run.figids))
    # The files of a run do not tell the parts of joint words of the image.
    reference[..., [FIELDS.index("groups"), FIELDS.index("groups_found")]] = 0
    return builder.build(
        models,
        reference=reference,
        skipped=run.corpus.skipped,
        partial=run.partial,
        joined=run.joined,
    )


def _spread(
    counts: npt.NDArray[np.int32] | None, places: npt.NDArray[np.int64], figures: int
) -> npt.NDArray[np.int32]:
    """Return the counts of some figures among those of all, which are 0."""
    assert counts is not None, "an evaluation of figures with gold has the perfect reader"
    whole = np.zeros((figures, *counts.shape[1:]), np.int32)
    whole[places] = counts
    return whole
