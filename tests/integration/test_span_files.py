"""Prediction files in the variants that tools write, with the same mentions, and a gold file."""

from __future__ import annotations

from pathlib import Path

import pytest

from nerbench import score_spans

FILES = Path(__file__).parents[1] / "files" / "spans"
PREDICTIONS = sorted(path.name for path in FILES.glob("predicted-*"))
WITH_PROBLEMS = {"predicted-document-repeated.txt"}
"""Files whose repairs are reported."""


def test_there_are_files():
    assert len(PREDICTIONS) == 20


@pytest.mark.parametrize("name", PREDICTIONS)
@pytest.mark.parametrize("scheme", ["strict", "ids-mention"])
def test_every_variant_of_the_same_mentions_is_perfect(name, scheme):
    scores = score_spans(FILES / "gold.txt", FILES / name, scheme)
    assert (scores.overall.tp, scores.overall.fp, scores.overall.fn) == (5, 0, 0)
    assert bool(scores.problems) == (name in WITH_PROBLEMS)


@pytest.mark.parametrize("name", PREDICTIONS)
def test_every_variant_of_the_same_identifiers_has_its_precision(name):
    overall = score_spans(FILES / "gold.txt", FILES / name, "ids-document").overall
    others = {"predicted-several-identifiers.txt": 2, "predicted-prefix-on-each-of-several.txt": 1}
    assert (overall.precision, overall.recall) == (2 / (2 + others.get(name, 0)), 1.0)


@pytest.mark.parametrize("name", ["predicted-bioc.json", "predicted-bioc.xml"])
def test_gold_may_be_bioc(name):
    for other in ("predicted-crlf.txt", "predicted-texts-missing.txt"):
        assert score_spans(FILES / name, FILES / other, "ids-mention").overall.f1 == 1.0


def test_only_annotation_lines_alone_leave_documents_without_mentions_unnamed():
    for name in PREDICTIONS:
        missing = score_spans(FILES / "gold.txt", FILES / name).missing
        assert missing == (("8",) if name == "predicted-texts-missing.txt" else ())
