"""The scheme `bioid` compared with a plain reference of the task's rules.

The reference follows the published scorer caption by caption: it tries every pairing, and collects
identifiers in the scorer's five steps. It shares no code with the package.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerbench.spans.bioid import score_bioid
from nerbench.spans.model import Annotations, Document, Span

TYPES = [
    "Uniprot:P1", "Uniprot:P2", "NCBI gene:1", "NCBI gene:2", "Uniprot:P1|Uniprot:P2",
    "NCBI gene:2|Uniprot:P3", "protein:GFP", "gene", "GO:1", "GO:1|GO:2", "subcellular:x",
    "Corum:7", "mRNA:x", "Rfam:1", "Disease",
]  # fmt: skip
GENE_CLASS = {"Uniprot:P1": "one", "NCBI gene:1": "one"}
CLASSES = '[["NCBI gene:1", "Uniprot:P1"]]'


def kind(written):
    """Entity type of a type, and whether it has an identifier; None if it is not scored."""
    prefix = written.split(":")[0]
    if prefix in ("Uniprot", "NCBI gene", "protein", "gene"):
        return "gene_or_protein", prefix in ("Uniprot", "NCBI gene")
    if prefix in ("GO", "subcellular"):
        return "cellular_component", prefix == "GO"
    return None


def similarity(one, other):
    shared = min(one[1], other[1]) - max(one[0], other[0])
    joint = max(one[1], other[1]) - min(one[0], other[0])
    if shared <= 0:
        return 0
    return 0.9 * shared / joint + (0.1 if kind(one[2])[0] == kind(other[2])[0] else 0)


def pairings(gold, found):
    """Every pairing of the largest sum of similarities, as pairs that overlap."""
    rows = [*gold, *[None] * len(found)]
    best, most = [], -1
    for order in permutations(range(len(rows)), len(found)):
        pairs = [(rows[i], found[at]) for at, i in enumerate(order) if rows[i] is not None]
        pairs = [pair for pair in pairs if similarity(*pair) > 0]
        total = sum(similarity(*pair) for pair in pairs)
        if total > most + 1e-9:
            best, most = [], total
        if total > most - 1e-9:
            best.append(pairs)
    return best


def pair_counts(pairs, name):
    same = [(g, p) for g, p in pairs if kind(g[2])[0] == kind(p[2])[0] == name]
    return sum(g[:2] == p[:2] for g, p in same), len(same)


def id_counts(gold, found, name):
    hypotheses = {GENE_CLASS.get(p[2], p[2]) for p in found if kind(p[2]) == (name, True)}
    sets = [
        frozenset(GENE_CLASS.get(one, one) for one in g[2].split("|"))
        for g in gold
        if kind(g[2]) == (name, True)
    ]
    matches = hypotheses & set().union(*sets)
    several = {s for s in sets if len(s) > 1 and not s & matches}
    missing = {one for s in sets if len(s) == 1 for one in s} - matches
    several = {s for s in several if not s & missing}
    bump = min(len(several), len(set().union(*several)))
    return len(matches), len(hypotheses - matches), len(missing) + bump


def rate(right, others):
    return right / (right + others) if right + others else 1.0


def mean(values):
    return sum(values) / len(values) if values else None


spans = st.lists(
    st.tuples(st.integers(0, 8), st.integers(1, 5), st.sampled_from(TYPES)).map(
        lambda r: (r[0], r[0] + r[1], r[2])
    ),
    max_size=4,
)


def annotations(captions):
    documents = [
        Document(str(at), tuple(Span(start, end, written) for start, end, written in caption))
        for at, caption in enumerate(captions)
    ]
    return Annotations("corpus", "bioc", documents)


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    path = tmp_path_factory.mktemp("bioid") / "classes.json"
    path.write_text(CLASSES)
    return path


@given(captions=st.lists(st.tuples(spans, spans), min_size=1, max_size=3))
def test_bioid_counts_as_the_scorer_of_the_task(classes, captions):
    sides = (annotations([caption[side] for caption in captions]) for side in (0, 1))
    scores = score_bioid(*sides, id_map=classes)
    captions = [[[s for s in side if kind(s[2])] for side in caption] for caption in captions]
    names = {kind(s[2])[0] for caption in captions for side in caption for s in side}
    assert set(scores.labels) == names
    for name, ours in scores.labels.items():
        for linked, counts in ((False, ours.any), (True, ours.normalized)):
            possible, n_gold, n_found = {(0, 0)}, 0, 0
            for caption in captions:
                gold, found = ([s for s in side if kind(s[2])[1] or not linked] for side in caption)
                n_gold += sum(kind(s[2])[0] == name for s in gold)
                n_found += sum(kind(s[2])[0] == name for s in found)
                each = {pair_counts(pairs, name) for pairs in pairings(gold, found)}
                possible = {(a + c, b + d) for a, b in possible for c, d in each}
            assert (counts.strict.tp, counts.overlap.tp) in possible
            for extent in (counts.strict, counts.overlap):
                assert (extent.tp + extent.fp, extent.tp + extent.fn) == (n_found, n_gold)
        ids = [id_counts(gold, found, name) for gold, found in captions]
        ids = [one for one in ids if any(one)]
        assert (ours.micro.tp, ours.micro.fp, ours.micro.fn) == tuple(
            map(sum, zip(*ids, strict=True))
        ) or not ids
        rates = [(rate(tp, fp), rate(tp, fn)) for tp, fp, fn in ids]
        assert ours.macro.precision == pytest.approx(mean([p for p, _ in rates]))
        assert ours.macro.recall == pytest.approx(mean([r for _, r in rates]))
        f1s = [2 * p * r / (p + r) if p + r else 0 for p, r in rates]
        assert ours.macro.f1 == pytest.approx(mean(f1s))


def test_the_reference_reaches_every_kind_of_count():
    reached = defaultdict(int)
    gold = [(0, 4, "Uniprot:P1"), (5, 9, "Uniprot:P2|Uniprot:P3"), (10, 14, "protein:GFP")]
    found = [(0, 4, "NCBI gene:1"), (6, 9, "NCBI gene:2"), (20, 24, "gene")]
    for pairs in pairings(gold, found):
        reached[pair_counts(pairs, "gene_or_protein")] += 1
    assert set(reached) == {(1, 2)}
    assert id_counts(gold, found, "gene_or_protein") == (1, 1, 1)
