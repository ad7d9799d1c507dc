"""`summary.json`: the numbers of a run, for programs. Its schema ships beside this file."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from nerbench.engine.evaluation import Evaluation, ModelResult
from nerbench.records import Problem

__all__ = ["SCHEMA_VERSION", "summary", "summary_json", "summary_schema"]

SCHEMA_VERSION = 1


def summary_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of `summary.json`."""
    text = files("nerbench.reports").joinpath("summary.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def summary(evaluation: Evaluation) -> dict[str, Any]:
    """What `summary.json` holds."""
    corpus = evaluation.corpus
    return {
        "schema_version": SCHEMA_VERSION,
        "signature": evaluation.signature,
        "partial": evaluation.partial,
        "scope": str(evaluation.scope),
        "level": str(evaluation.level),
        "abbreviations": evaluation.abbreviations,
        "corpus": {
            "figures": corpus.figures,
            "with_caption": corpus.with_caption,
            "repaired_captions": corpus.repaired_captions,
            "curated_genes": corpus.curated_genes,
            "curated_by_organism": {
                evaluation.nomenclature.label(taxon): count
                for taxon, count in sorted(corpus.curated_by_taxon.items())
            },
            "unassigned_keywords": corpus.unassigned_keywords,
            "out_of_scope": corpus.out_of_scope,
            "skipped": _problems(corpus.skipped),
        },
        "models": [_model(model) for model in evaluation.models],
        "scores": [
            row.flat() | ({"defined": row.defined} if row.defined is not None else {})
            for row in evaluation.scores
        ],
    }


def _model(model: ModelResult) -> dict[str, Any]:
    return {
        "name": model.name,
        "fingerprint": model.fingerprint or None,
        "failure": model.failure,
        "problems": _problems(model.problems),
    }


def _problems(problems: list[Problem]) -> list[dict[str, str]]:
    return [{"source": problem.source, "reason": problem.reason} for problem in problems]


def summary_json(evaluation: Evaluation) -> str:
    """`summary` as indented JSON; a rate that is not defined is null."""
    return json.dumps(summary(evaluation), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
