"""Scores of random spans and tags, compared with brute force and seqeval, seqscore, nervaluate."""

from __future__ import annotations

import warnings
from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerbench import score_spans, score_tags
from nerbench.spans.document_counts import count_by_document
from nerbench.spans.model import Annotations, Document, Span
from nerbench.spans.tag_sequences import decode

LABELS = ("GENE", "CELL")
SCHEMES = ("strict", "exact", "partial", "type", "overlap")

spans = st.lists(
    st.builds(
        lambda start, length, label: Span(start, start + length, label),
        st.integers(0, 12), st.integers(1, 5), st.sampled_from(LABELS),
    ),
    max_size=6,
)  # fmt: skip


@st.composite
def discontinuous_spans(draw):
    edges = sorted(draw(st.sets(st.integers(0, 14), min_size=4, max_size=4)))
    a, b, c, d = edges
    return Span(a, d, draw(st.sampled_from(LABELS)), (), ((a, b), (c, d)))


any_spans = st.lists(
    st.one_of(spans.filter(bool).map(lambda s: s[0]), discontinuous_spans()), max_size=5
)


@st.composite
def disjoint_spans(draw):
    """Spans of one document that do not overlap, as in tag sequences."""
    edges = sorted(draw(st.sets(st.integers(0, 20), max_size=8)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return [Span(start, end, draw(st.sampled_from(LABELS))) for start, end in pairs]


def side(documents):
    return Annotations(
        "x", "brat", [Document(str(at), tuple(one)) for at, one in enumerate(documents)]
    )


def counts(gold, predicted, scheme):
    overall = score_spans(side(gold), side(predicted), scheme).overall
    return overall.tp, overall.fp, overall.fn


# --- against brute force


def distinct(found):
    """Mentions of one document with equal span and label are one."""
    return list({(s.start, s.end, s.label, s.fragments): s for s in found}.values())


def characters(span):
    pieces = span.fragments or ((span.start, span.end),)
    return {at for start, end in pieces for at in range(start, end)}


def best(gold, predicted, worth):
    """The largest worth of all pairings in which each span is in one pair at most."""
    few, many = sorted((gold, predicted), key=len)
    swap = few is predicted and few is not gold
    value = (lambda a, b: worth(b, a)) if swap else worth
    return max((sum(map(value, few, order)) for order in permutations(many, len(few))), default=0)


def same_place(a, b):
    return (a.start, a.end, a.fragments) == (b.start, b.end, b.fragments)


def overlap(a, b):
    return not characters(a).isdisjoint(characters(b))


WORTH = {
    "strict": lambda a, b: float(same_place(a, b) and a.label == b.label),
    "exact": lambda a, b: float(same_place(a, b)),
    "type": lambda a, b: float(overlap(a, b) and a.label == b.label),
    "partial": lambda a, b: 1.0 if same_place(a, b) else 0.5 * overlap(a, b),
}


@pytest.mark.parametrize("scheme", WORTH)
@given(gold=any_spans, predicted=any_spans)
def test_pairs_are_the_best_that_brute_force_finds(scheme, gold, predicted):
    expected = best(distinct(gold), distinct(predicted), WORTH[scheme])
    assert counts([gold], [predicted], scheme)[0] == expected


@given(gold=spans, predicted=spans)
def test_overlapping_pairs_of_continuous_spans_are_the_best(gold, predicted):
    expected = best(distinct(gold), distinct(predicted), WORTH["type"])
    assert counts([gold], [predicted], "type")[0] == expected


@given(gold=any_spans, predicted=any_spans)
def test_overlap_is_any_shared_character_of_the_label(gold, predicted):
    def hits(these, those):
        return sum(any(overlap(a, b) and a.label == b.label for b in those) for a in these)

    tp, fp, fn = counts([gold], [predicted], "overlap")
    gold, predicted = distinct(gold), distinct(predicted)
    assert (tp, tp + fp, len(gold) - fn) == (
        hits(predicted, gold),
        len(predicted),
        hits(gold, predicted),
    )


# --- properties of all spans


@given(gold=st.lists(any_spans, min_size=1, max_size=4), predicted=st.lists(any_spans, max_size=4))
def test_laxer_schemes_find_no_less(gold, predicted):
    found = {scheme: counts(gold, predicted, scheme)[0] for scheme in SCHEMES}
    for stricter, laxer in (("strict", "exact"), ("strict", "type"), ("exact", "partial")):
        assert found[stricter] <= found[laxer]


@given(documents=st.lists(any_spans, min_size=1, max_size=4))
def test_gold_against_itself_is_perfect(documents):
    for scheme in SCHEMES:
        assert counts(documents, documents, scheme)[1:] == (0, 0)


@given(
    gold=st.lists(any_spans, min_size=3, max_size=3),
    predicted=st.lists(any_spans, min_size=3, max_size=3),
)
def test_counts_of_documents_add_up(gold, predicted):
    for scheme in SCHEMES:
        alone = [counts([g], [p], scheme) for g, p in zip(gold, predicted, strict=True)]
        assert counts(gold, predicted, scheme) == tuple(map(sum, zip(*alone, strict=True)))


@given(gold=any_spans, predicted=any_spans, order=st.randoms())
def test_the_order_of_spans_does_not_matter(gold, predicted, order):
    for scheme in SCHEMES:
        before = counts([gold], [predicted], scheme)
        shuffled = order.sample(gold, len(gold)), order.sample(predicted, len(predicted))
        assert counts([shuffled[0]], [shuffled[1]], scheme) == before


# --- against seqeval and seqscore


def iob2(length):
    """Valid IOB2."""

    def close(tags):
        return [
            f"B-{tag[2:]}" if tag[0] == "I" and before[2:] != tag[2:] else tag
            for before, tag in zip(["O", *tags], tags, strict=False)
        ]

    tags = st.sampled_from(["O", *(f"{p}-{label}" for p in "BI" for label in LABELS)])
    return st.lists(tags, min_size=length, max_size=length).map(close)


def iobes(tags):
    """The same chunks in IOBES."""
    out = ["O"] * len(tags)
    for _, first, last, label in decode([tags]).rows():
        size = last - first
        prefixes = "S" if size == 1 else "B" + "I" * (size - 2) + "E"
        out[first:last] = [f"{p}-{label}" for p in prefixes]
    return out


ANY_TAG = st.sampled_from(["O", *(f"{p}-{label}" for p in "BIES" for label in LABELS)])


def pair_of(tags, **size):
    return st.integers(1, 12).flatmap(lambda n: st.lists(st.tuples(tags(n), tags(n)), **size))


def of_tags(sequences):
    return [[Span(*row[1:]) for row in decode([tags]).rows()] for tags in sequences]


def rates(gold, predicted):
    overall = score_spans(side(of_tags(gold)), side(of_tags(predicted)), "strict").overall
    return tuple(rate or 0.0 for rate in (overall.precision, overall.recall, overall.f1))


@pytest.mark.parametrize("encode", [list, iobes], ids=["IOB2", "IOBES"])
@given(pairs=pair_of(iob2, min_size=1, max_size=4))
def test_strict_equals_seqeval_strict(encode, pairs):
    strict = pytest.importorskip("seqeval.metrics.v1").precision_recall_fscore_support
    from seqeval.scheme import IOB2, IOBES

    gold, predicted = ([encode(tags) for tags in side] for side in zip(*pairs, strict=True))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scheme = IOBES if encode is iobes else IOB2
        theirs = strict(gold, predicted, average="micro", scheme=scheme)
    assert rates(gold, predicted) == pytest.approx(theirs[:3])
    labels = score_tags(gold, predicted, "strict").labels
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        each = strict(gold, predicted, average=None, scheme=scheme)
    ours = [(c.precision or 0, c.recall or 0, c.tp + c.fn) for c in labels.values()]
    assert ours == [pytest.approx(row) for row in zip(each[0], each[1], each[3], strict=True)]


@pytest.mark.parametrize("scheme", SCHEMES)
@given(pairs=pair_of(iob2, max_size=4))
def test_tags_score_as_their_spans(scheme, pairs):
    gold, predicted = [g for g, _ in pairs] or [[]], [p for _, p in pairs] or [[]]
    spans = score_spans(side(of_tags(gold)), side(of_tags(predicted)), scheme)
    tags = score_tags(gold, predicted, scheme)
    assert (tags.overall, tags.labels) == (spans.overall, spans.labels)


@given(pairs=pair_of(lambda n: st.lists(ANY_TAG, min_size=n, max_size=n), min_size=1, max_size=4))
def test_chunks_equal_seqevals_reading_of_any_tags(pairs):
    entities = pytest.importorskip("seqeval.metrics.sequence_labeling").get_entities
    for tags in (tags for pair in pairs for tags in pair):
        ours = [(label, first, last - 1) for _, first, last, label in decode([tags]).rows()]
        assert ours == entities(tags)


def any_iob(length):
    """Any B, I and O, valid or not."""
    tags = ANY_TAG.filter(lambda tag: tag[0] in "BIO")
    return st.lists(tags, min_size=length, max_size=length)


@given(
    pairs=st.integers(1, 12).flatmap(
        lambda n: st.lists(st.tuples(iob2(n), any_iob(n)), min_size=1, max_size=4)
    )
)
def test_strict_equals_seqscore_with_conlleval_repair(pairs):
    scoring = pytest.importorskip("seqscore.scoring")
    classes, _ = scoring.score_label_sequences(
        [p for _, p in pairs], [g for g, _ in pairs], "BIO", repair="conlleval"
    )
    gold, predicted = zip(*pairs, strict=True)
    ours = score_spans(side(of_tags(gold)), side(of_tags(predicted)), "strict").overall
    assert (ours.tp, ours.fp, ours.fn) == (
        classes.true_pos, classes.false_pos, classes.false_neg,
    )  # fmt: skip


@given(pairs=pair_of(iob2, min_size=1, max_size=4))
def test_strict_equals_seqscore_on_iobes(pairs):
    scoring = pytest.importorskip("seqscore.scoring")
    gold, predicted = ([iobes(tags) for tags in side] for side in zip(*pairs, strict=True))
    classes, _ = scoring.score_label_sequences(predicted, gold, "BIOES", repair=None)
    ours = score_tags(gold, predicted, "strict")
    assert (ours.overall.tp, ours.overall.fp, ours.overall.fn) == (
        classes.true_pos, classes.false_pos, classes.false_neg,
    )  # fmt: skip
    for label, counts in ours.labels.items():
        theirs = classes.type_scores[label]
        assert (counts.tp, counts.fp, counts.fn) == (
            theirs.true_pos, theirs.false_pos, theirs.false_neg,
        )  # fmt: skip


# --- against nervaluate


NERVALUATE = {"strict": "strict", "exact": "exact", "partial": "partial", "type": "ent_type"}


def nervaluate(gold, predicted):
    evaluator = pytest.importorskip("nervaluate").Evaluator
    plain = [
        [[{"label": s.label, "start": s.start, "end": s.end - 1} for s in one] for one in side]
        for side in (gold, predicted)
    ]
    return evaluator(*plain, tags=list(LABELS), loader="dict").evaluate()


def nervaluate_rates(gold, predicted, scheme):
    found = nervaluate(gold, predicted)["overall"][NERVALUATE[scheme]]
    return found.precision, found.recall


def defined(counts):
    return tuple(rate or 0.0 for rate in (counts.precision, counts.recall, counts.f1))


def our_rates(gold, predicted, scheme):
    return defined(score_spans(side(gold), side(predicted), scheme).overall)[:2]


def has_plain_pairs(gold, predicted):
    """Whether no span overlaps two of the other side, so that there is one pairing."""
    return not any(
        overlap(one, a) and overlap(one, b)
        for these, those in ((gold, predicted), (predicted, gold))
        for one in these
        for a, b in combinations(those, 2)
    )


@pytest.mark.parametrize("scheme", NERVALUATE)
@given(pairs=st.lists(st.tuples(disjoint_spans(), disjoint_spans()), min_size=1, max_size=3))
def test_equals_nervaluate_where_no_span_overlaps_two(scheme, pairs):
    pairs = [(g, p) for g, p in pairs if has_plain_pairs(g, p)] or [([], [])]
    gold, predicted = map(list, zip(*pairs, strict=True))
    ours, theirs = score_spans(side(gold), side(predicted), scheme), nervaluate(gold, predicted)
    rows = [(ours.overall, theirs["overall"])]
    rows += [(counts, theirs["entities"][label]) for label, counts in ours.labels.items()]
    for counts, results in rows:
        row = results[NERVALUATE[scheme]]
        assert defined(counts) == pytest.approx((row.precision, row.recall, row.f1))


@pytest.mark.parametrize("scheme", NERVALUATE)
@given(pairs=pair_of(iob2, min_size=1, max_size=3))
def test_tags_equal_nervaluate_where_no_span_overlaps_two(scheme, pairs):
    evaluator = pytest.importorskip("nervaluate").Evaluator
    pairs = [(g, p) for g, p in pairs if has_plain_pairs(*of_tags([g, p]))] or [(["O"], ["O"])]
    gold, predicted = map(list, zip(*pairs, strict=True))
    theirs = evaluator(gold, predicted, tags=list(LABELS), loader="list").evaluate()
    row = theirs["overall"][NERVALUATE[scheme]]
    ours = defined(score_tags(gold, predicted, scheme).overall)
    assert ours == pytest.approx((row.precision, row.recall, row.f1))


@pytest.mark.parametrize("scheme", NERVALUATE)
@given(pairs=st.lists(st.tuples(disjoint_spans(), disjoint_spans()), min_size=1, max_size=3))
def test_never_pairs_fewer_than_nervaluate(scheme, pairs):
    gold, predicted = map(list, zip(*pairs, strict=True))
    ours, theirs = (rate(gold, predicted, scheme)[1] for rate in (our_rates, nervaluate_rates))
    assert ours >= theirs - 1e-12


def test_nervaluate_loses_an_exact_match_to_a_prediction_that_comes_first():
    gold, predicted = [[Span(4, 8, "GENE")]], [[Span(0, 5, "GENE"), Span(4, 8, "GENE")]]
    assert our_rates(gold, predicted, "strict") == (0.5, 1.0)
    assert nervaluate_rates(gold, predicted, "strict") == (0.0, 0.0)


def test_nervaluate_overlooks_an_overlap_of_less_than_a_hundredth_of_the_gold_span():
    gold, predicted = [[Span(0, 200, "GENE")]], [[Span(199, 210, "GENE")]]
    assert our_rates(gold, predicted, "type") == (1.0, 1.0)
    assert nervaluate_rates(gold, predicted, "type") == (0.0, 0.0)


def test_nervaluate_compares_labels_with_case():
    gold, predicted = [[Span(0, 4, "GENE")]], [[Span(0, 4, "Gene")]]
    assert our_rates(gold, predicted, "strict") == (1.0, 1.0)
    assert nervaluate_rates(gold, predicted, "strict") == (0.0, 0.0)


def test_nervaluate_does_not_read_iobes():
    evaluator = pytest.importorskip("nervaluate").Evaluator
    with pytest.raises(ValueError, match="Invalid tag format"):
        evaluator([["S-GENE"]], [["S-GENE"]], tags=["GENE"], loader="list")
    assert score_tags([["S-GENE"]], [["S-GENE"]]).overall.tp == 1


# --- counts of each document


@given(pairs=st.lists(st.tuples(spans, spans), max_size=4))
def test_counts_by_document_are_the_best_pairings_of_distinct_spans(pairs):
    def of_side(index):
        return [[(span.start, span.end) for span in pair[index]] for pair in pairs]

    def unlabelled(found):
        return distinct(Span(span.start, span.end, "GENE") for span in found)

    found = count_by_document(of_side(0), of_side(1)).tolist()
    expected = []
    for gold, predicted in (map(unlabelled, pair) for pair in pairs):
        tps = [best(gold, predicted, WORTH["exact"]), best(gold, predicted, WORTH["type"])]
        expected.append([[tp, len(predicted) - tp, len(gold) - tp] for tp in tps])
    assert found == expected
