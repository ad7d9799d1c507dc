"""`summary.json`: the numbers of a run for programs; its schema is beside this file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from importlib.resources import files
from typing import Any

from nerbench.engine.evaluation import Evaluation, ModelResult
from nerbench.engine.load import SUMMARY_VERSION
from nerbench.engine.score_rows import ScoreRow
from nerbench.engine.training import SeenRow
from nerbench.engine.unseen import UnseenScores
from nerbench.records import Problem
from nerbench.scoring.agreement import UnionRow
from nerbench.scoring.strata import StratumRow
from nerbench.scoring.threshold_curve import CurveRow


def summary_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of `summary.json`."""
    text = files("nerbench.reports").joinpath("summary.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def summary(evaluation: Evaluation) -> dict[str, Any]:
    """Return the numbers of an evaluation as plain JSON types.

    Parameters
    ----------
    evaluation : Evaluation
        The evaluation to summarize.

    Returns
    -------
    dict
        The content of `summary.json`, as `summary_schema` describes it. A rate that is not defined
        is None.
    """
    corpus, joined, gold = evaluation.corpus, evaluation.joined, evaluation.gold
    content: dict[str, Any] = _plain(
        {
            "schema_version": SUMMARY_VERSION,
            "signature": evaluation.signature,
            "partial": evaluation.partial,
            "version": evaluation.version,
            "scope": str(evaluation.scope),
            "level": str(evaluation.level),
            "abbreviations": evaluation.abbreviations,
            "seed": evaluation.seed,
            "by": list(evaluation.by),
            "held_out": evaluation.held_out,
            "gold_source": evaluation.gold_source,
            "lexicons": [asdict(lexicon) for lexicon in evaluation.lexicons],
            "corpus": {
                "digest": corpus.digest,
                "figures": corpus.figures,
                "with_caption": corpus.with_caption,
                "repaired_captions": corpus.repaired_captions,
                "curated_genes": corpus.curated_genes,
                "curated_by_organism": {
                    evaluation.label(taxon): count
                    for taxon, count in sorted(corpus.curated_by_taxon.items())
                },
                "unassigned_keywords": corpus.unassigned_keywords,
                "marked": corpus.marked,
                "gold_digest": corpus.gold_digest or None,
                "reference": any(row.reference for row in evaluation.scores),
                "left_out": [
                    {"reason": reason, "figures": figids}
                    for reason, figids in corpus.left_out.items()
                ],
                "skipped": _problems(corpus.skipped),
            },
            "joined": None if joined is None else asdict(joined),
            "models": [_model(model) for model in evaluation.models],
            "gold": [asdict(row) for row in gold.scores] if gold else [],
            "gold_comparisons": [asdict(row) for row in gold.comparisons] if gold else [],
            "gold_labels": [asdict(row) for row in gold.labels] if gold else [],
            "gold_rankings": [asdict(row) for row in gold.rankings] if gold else [],
            "scores": [_score(row) for row in evaluation.scores],
            "comparisons": [asdict(row) for row in evaluation.comparisons],
            "agreement": [asdict(row) for row in evaluation.agreement],
            "unions": [_union(row) for row in evaluation.unions],
            "identifiers": [asdict(row) for row in evaluation.identifiers],
            "curves": [_curve(row) for row in evaluation.curves],
            "unseen": None if evaluation.unseen is None else _unseen(evaluation.unseen),
            "seen_in_training": [_seen(row) for row in evaluation.seen],
            "strata": [_stratum(row) for row in evaluation.strata],
        }
    )
    return content


def _plain(value: Any) -> Any:
    """Return a value with lists for tuples, at any depth."""
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items()}
    return [_plain(member) for member in value] if isinstance(value, list | tuple) else value


def _score(row: ScoreRow) -> dict[str, Any]:
    keys = {"model": row.model, "organism": row.organism, "level": row.level}
    numbers = asdict(row.counts) | row.rates | {"figures": row.figures, "ci95": row.ci95}
    numbers["inferred_scope"] = row.inferred_scope
    defined = (
        {"effective_figures": row.effective_figures}
        if row.defined is None
        else {"defined": row.defined}
    )
    reference = {"reference": True} if row.reference else {}
    return keys | {"average": row.average} | numbers | defined | reference


def _union(row: UnionRow) -> dict[str, Any]:
    counts = row.counts
    return {
        "organism": row.organism,
        "level": row.level,
        "curated": counts.curated,
        "recovered": counts.recovered,
        "reachable": counts.reachable,
        "recovered_reachable": counts.recovered_reachable,
        "recall": counts.recall,
        "in_caption_recall": counts.in_caption_recall,
    }


def _curve(row: CurveRow) -> dict[str, Any]:
    return {
        "model": row.model,
        "organism": row.organism,
        "level": row.level,
        "average_precision": row.average_precision,
        "best": None if row.best is None else asdict(row[row.best]),
        "points": [asdict(point) for point in row.thinned()],
    }


def _seen(row: SeenRow) -> dict[str, Any]:
    return {
        "model": row.model,
        "seen": {"figures": row.figures} | asdict(row.seen) | row.seen.rates(),
        "others": {"figures": row.others} | asdict(row.unseen) | row.unseen.rates(),
    }


def _unseen(unseen: UnseenScores) -> dict[str, Any]:
    gold = unseen.gold
    return {
        "figures": unseen.figures,
        "seen_figures": unseen.seen_figures,
        "captions": unseen.captions,
        "seen_captions": unseen.seen_captions,
        "gold": [asdict(row) for row in gold.scores] if gold else [],
        "gold_comparisons": [asdict(row) for row in gold.comparisons] if gold else [],
        "scores": [_score(row) for row in unseen.scores],
    }


def _stratum(row: StratumRow) -> dict[str, Any]:
    keys = {"column": row.column, "value": row.value, "model": row.model}
    keys |= {"organism": row.organism, "level": row.level}
    numbers = asdict(row.counts) | row.counts.rates()
    return keys | {"figures": row.figures} | numbers | {"ci95": row.ci95}


def _model(model: ModelResult) -> dict[str, Any]:
    return {
        "name": model.name,
        "fingerprint": model.fingerprint or None,
        "failure": model.failure,
        "has_spans": model.has_spans,
        "problems": _problems(model.problems),
        "notes": model.notes,
        "card": None if model.card is None else asdict(model.card),
    }


def _problems(problems: Iterable[Problem]) -> list[dict[str, str]]:
    return [{"source": problem.source, "reason": problem.reason} for problem in problems]


def summary_json(evaluation: Evaluation) -> str:
    """Return `summary` as indented JSON; a rate that is not defined is null."""
    return json.dumps(summary(evaluation), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
