"""What scoring spans costs, beside nervaluate and seqeval. Run with ``make bench``.

The three score the same 100,000 sentences in one run, from tag sequences; nerbench's time holds
turning the tags into spans. A second case scores 1,000,000 gold and 1,000,000 predicted spans
under every scheme.
"""

from __future__ import annotations

import random
import time
import warnings

import pytest

from nerbench import score_spans, score_tags
from nerbench.annotations import Annotations, Document, Span
from nerbench.scoring.spans import Scheme

SENTENCES, TOKENS = 100_000, 20
LABELS = ("GENE", "CELL", "DISEASE")


def tags(rng):
    """A valid IOB2 sequence; about a fifth of the tokens are in mentions."""
    out = []
    while len(out) < TOKENS:
        if rng.random() < 0.1:
            label = rng.choice(LABELS)
            out += [f"B-{label}", *[f"I-{label}"] * rng.randrange(3)]
        else:
            out.append("O")
    return out[:TOKENS]


@pytest.fixture(scope="module")
def sentences():
    rng = random.Random(1)
    gold = [tags(rng) for _ in range(SENTENCES)]
    predicted = [one if rng.random() < 0.7 else tags(rng) for one in gold]
    return gold, predicted


def seconds(function):
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


@pytest.mark.benchmark(group="100,000 sentences")
def test_ratios_to_nervaluate_and_seqeval(benchmark, sentences):
    nervaluate = pytest.importorskip("nervaluate").Evaluator
    seqeval = pytest.importorskip("seqeval.metrics")
    gold, predicted = sentences

    def ours(*schemes):
        return [score_tags(gold, predicted, scheme) for scheme in schemes]

    strict = benchmark.pedantic(ours, ("strict",), rounds=3, warmup_rounds=1)[0]
    one = benchmark.stats.stats.median
    four, _ = seconds(lambda: ours("strict", "exact", "partial", "type"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain, f1 = seconds(lambda: seqeval.f1_score(gold, predicted))
        scheme = pytest.importorskip("seqeval.scheme").IOB2
        slow, _ = seconds(lambda: seqeval.f1_score(gold, predicted, mode="strict", scheme=scheme))
    assert strict.overall.f1 == pytest.approx(f1)
    tags = list(LABELS)
    theirs, _ = seconds(lambda: nervaluate(gold, predicted, tags=tags, loader="list").evaluate())
    print(
        f"\nstrict {one:.2f} s; seqeval {plain:.2f} s, {plain / one:.1f} times; "
        f"its strict mode {slow:.2f} s, {slow / one:.1f} times\n"
        f"four schemes {four:.2f} s; nervaluate {theirs:.2f} s, {theirs / four:.1f} times"
    )


def mentions(seed):
    rng = random.Random(seed)
    return Annotations(
        "spans",
        "bc2gm",
        [
            Document(
                str(doc),
                tuple(
                    Span(start, start + rng.randrange(1, 10), rng.choice(LABELS), (str(doc % 97),))
                    for start in range(rng.randrange(4), 240, 12)
                ),
            )
            for doc in range(50_000)
        ],
    )


@pytest.mark.benchmark(group="1,000,000 gold and 1,000,000 predicted spans, every scheme")
def test_a_million_spans(benchmark):
    gold, predicted = mentions(1), mentions(2)

    def every_scheme():
        return [score_spans(gold, predicted, scheme) for scheme in Scheme]

    benchmark.pedantic(every_scheme, rounds=1)
    assert benchmark.stats.stats.max < 20
