"""Time to score spans, compared with nervaluate and seqeval. Run with ``make bench``.

All score the same lists of tags of 100,000 sentences, in turn; figures are medians. Compared with
`evaluate` of nervaluate, nerbench scores the same: the four schemes of SemEval-2013, overall and
per label. A second case scores 1,000,000 gold and 1,000,000 predicted spans under every scheme.
"""

from __future__ import annotations

import random
import time
from statistics import median

import pytest

from nerbench import align_spans, align_tags, score_tags
from nerbench.spans.model import Annotations, Document, Span
from nerbench.spans.span_scores import Scheme

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


def median_seconds(rounds, **functions):
    """Return the median time of each function, called in turn, and its last result."""
    times, results = {name: [] for name in functions}, {}
    for _ in range(rounds):
        for name, function in functions.items():
            spent, results[name] = seconds(function)
            times[name].append(spent)
    return {name: median(spent) for name, spent in times.items()}, results


@pytest.mark.benchmark(group="100,000 sentences, strict")
@pytest.mark.filterwarnings("ignore")
def test_5_times_faster_than_seqeval(benchmark, sentences):
    f1_score = pytest.importorskip("seqeval.metrics").f1_score
    scheme = pytest.importorskip("seqeval.scheme").IOB2
    benchmark.pedantic(score_tags, sentences, rounds=3, warmup_rounds=1)
    spent, results = median_seconds(
        3,
        ours=lambda: score_tags(*sentences).overall.f1,
        seqeval=lambda: f1_score(*sentences),
        seqeval_strict=lambda: f1_score(*sentences, mode="strict", scheme=scheme),
    )
    assert results["ours"] == pytest.approx(results["seqeval"])
    assert results["ours"] == pytest.approx(results["seqeval_strict"])
    print(f"\nstrict {spent['ours']:.2f} s")
    for name in ("seqeval", "seqeval_strict"):
        print(f"{name} {spent[name]:.2f} s, {spent[name] / spent['ours']:.1f} times")
    assert spent["seqeval"] >= 5 * spent["ours"]


@pytest.mark.benchmark(group="100,000 sentences, four schemes")
def test_20_times_faster_than_nervaluate(benchmark, sentences):
    evaluator = pytest.importorskip("nervaluate").Evaluator

    def ours():
        alignment = align_tags(*sentences)
        return [alignment.score(scheme) for scheme in ("strict", "exact", "partial", "type")]

    def theirs():
        return evaluator(*sentences, tags=list(LABELS), loader="list").evaluate()

    benchmark.pedantic(ours, rounds=5, warmup_rounds=1)
    spent, results = median_seconds(3, ours=ours, nervaluate=theirs)
    ratio = spent["nervaluate"] / spent["ours"]
    print(
        f"\nfour schemes, overall and per label {spent['ours']:.3f} s; "
        f"nervaluate {spent['nervaluate']:.2f} s, {ratio:.1f} times"
    )
    overall = results["nervaluate"]["overall"]
    for scores, name in zip(
        results["ours"], ("strict", "exact", "partial", "ent_type"), strict=True
    ):
        assert set(scores.labels) == set(results["nervaluate"]["entities"])
        assert scores.overall.recall >= overall[name].recall  # docs/spans.md says where and why
        assert scores.overall.recall == pytest.approx(overall[name].recall, abs=0.01)
    assert ratio >= 20


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
        alignment = align_spans(gold, predicted)
        return [alignment.score(scheme) for scheme in Scheme]

    benchmark.pedantic(every_scheme, rounds=1)
    assert benchmark.stats.stats.max < 20
