"""The published protocols (`bc2gm`, `ids-mention`, `ids-document`) compared with plain references.

Each reference follows the published procedure span by span, in loops over lists and
dictionaries, and shares no code with the package.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerbench import score_spans
from nerbench.spans.model import Annotations, Document, Span

# --- BioCreative II: the rules of the task's script


def bc2gm_reference(gold, alternatives, predicted):
    """tp, fp, fn of sentences, given as {id: [(first, last), ...]} with the last character in."""

    def meet(one, other):
        return one[0] <= other[1] and other[0] <= one[1]

    tp = fp = fn = 0
    for docid, mentions in gold.items():
        for mention in mentions:
            for found in predicted.get(docid, []):
                others = [a for a in alternatives.get(docid, []) if meet(a, mention)]
                if found == mention or found in others:
                    tp += 1
                    break
            else:
                fn += 1
    for docid, mentions in predicted.items():
        for found in mentions:
            if found not in gold.get(docid, []) and found not in alternatives.get(docid, []):
                fp += 1
    return tp, fp, fn


def spans_of(pairs):
    return tuple(Span(first, last + 1, "GENE") for first, last in pairs)


def bc2gm_counts(gold, alternatives, predicted):
    ids = dict.fromkeys([*gold, *alternatives])
    golds = [
        Document(i, spans_of(gold.get(i, [])), None, spans_of(alternatives.get(i, []))) for i in ids
    ]
    found = [Document(docid, spans_of(pairs)) for docid, pairs in predicted.items()]
    sides = (Annotations("x", "bc2gm", side) for side in (golds, found))
    overall = score_spans(*sides, "bc2gm").overall
    return overall.tp, overall.fp, overall.fn


pairs = st.tuples(st.integers(0, 8), st.integers(0, 4)).map(lambda p: (p[0], p[0] + p[1]))
sentences = st.dictionaries(st.sampled_from("abc"), st.lists(pairs, min_size=1, max_size=4))


@given(gold=sentences.filter(bool), alternatives=sentences, predicted=sentences)
def test_bc2gm_counts_as_the_tasks_script(gold, alternatives, predicted):
    ours = bc2gm_counts(gold, alternatives, predicted)
    assert ours == bc2gm_reference(gold, alternatives, predicted)


def read_eval(path):
    out = {}
    for line in path.read_text().splitlines():
        docid, offsets, _ = line.split("|", 2)
        out.setdefault(docid, []).append(tuple(map(int, offsets.split())))
    return out


def perturbed(gold, alternatives, rng):
    """Return predictions: gold kept, dropped, shifted, repeated, replaced, and random spans."""
    out = {}
    for docid, mentions in gold.items():
        found = []
        for first, last in mentions:
            choices = [(first, last)] * 6 + alternatives.get(docid, []) * 2
            choices += [(first, last + 1), (max(first - 1, 0), last), None]
            found += [rng.choice(choices) for _ in range(1 + (rng.random() < 0.1))]
        found = [one for one in found if one is not None]
        if rng.random() < 0.05:
            found.append((0, rng.randrange(9)))
        if found:
            out[docid] = found
    return out


@pytest.mark.parametrize("seed", range(3))
def test_bc2gm_counts_as_the_tasks_script_on_the_real_corpus(shared, tmp_path, seed):
    folder = shared / "corpora" / "BC2GM"
    gold, alternatives = (read_eval(folder / name) for name in ("GENE.eval", "ALTGENE.eval"))
    predicted = perturbed(gold, alternatives, random.Random(seed))
    path = tmp_path / "found.eval"
    lines = (f"{i}|{a} {b}|x\n" for i, found in predicted.items() for a, b in found)
    path.write_text("".join(lines))
    overall = score_spans(folder, path, "bc2gm").overall
    expected = bc2gm_reference(gold, alternatives, predicted)
    assert (overall.tp, overall.fp, overall.fn) == expected
    assert min(expected) > 100


# --- linked spans: the cross-corpus evaluation of Sänger et al. (2024)


def cleaned(written):
    """Identifiers as a set, by the rules of docs/spans.md."""
    found = set()
    for one in written.replace(";", ",").split(","):
        name = "|".join(part.rsplit(":", 1)[-1].strip() for part in one.split("|")).lower()
        if name:
            found.add(name)
    return found


def by_place(rows):
    """{label: {id: {(start, end): identifiers}}}; a later row of a place replaces an earlier, and
    rows without identifier are not read.
    """
    out = {}
    for docid, start, end, label, written in rows:
        if ids := cleaned(written):
            out.setdefault(label.lower(), {}).setdefault(docid, {})[start, end] = ids
    return out


def first_near(places, start, end):
    near = ((start, end), (start + 1, end), (start - 1, end), (start, end + 1), (start, end - 1))
    return next((places[place] for place in near if place in places), None)


def mention_reference(gold, predicted):
    tp = fp = fn = 0
    golds, found = by_place(gold), by_place(predicted)
    for label, documents in found.items():
        for docid, places in documents.items():
            for (start, end), ids in places.items():
                match = first_near(golds.get(label, {}).get(docid, {}), start, end)
                if match == {"nil"}:
                    continue
                if match is not None and ids & match:
                    tp += 1
                else:
                    fp += 1
    for label, documents in golds.items():
        for docid, places in documents.items():
            for (start, end), ids in places.items():
                match = first_near(found.get(label, {}).get(docid, {}), start, end)
                fn += ids != {"nil"} and not (match and ids & match)
    return tp, fp, fn


def document_reference(gold, predicted):
    """Precision and recall; identifiers of different labels are different."""

    def sets(rows, left_out):
        out = {}
        for label, documents in by_place(rows).items():
            for docid, places in documents.items():
                ids = set().union(*places.values()) - left_out
                out.setdefault(docid, set()).update((label, one) for one in ids)
        return out

    golds, found = sets(gold, {"nil"}), sets(predicted, set())
    scored = [docid for docid in golds if golds[docid]]
    if not scored:
        return None, None
    precision = recall = 0.0
    for docid in scored:
        right = len(golds[docid] & found.get(docid, set()))
        precision += right / len(found[docid]) if found.get(docid) else 0
        recall += right / len(golds[docid])
    return precision / len(scored), recall / len(scored)


WRITTEN = [
    "7", "8", "NCBI Gene:7", "NCBIGene:8", "7,8", "8;9", "NCBI Gene:7,NCBI Gene:9", "-1", "", "-",
    "MESH:D1|OMIM:2", "mesh:d1|2", "OMIM:2", " 7 ; 8 ",
    "NIL", "nil", "NIL;7", "NCBI Gene:-",
]  # fmt: skip
rows = st.tuples(
    st.sampled_from("ab"), st.integers(0, 6), st.integers(1, 3),
    st.sampled_from(["Gene", "gene", "Cell"]), st.sampled_from(WRITTEN),
).map(lambda r: (r[0], r[1], r[1] + r[2], r[3], r[4]))  # fmt: skip


def annotations(rows):
    documents = {docid: [] for docid in "ab"}
    for docid, start, end, label, written in rows:
        ids = (written,) if written else ()
        documents[docid].append(Span(start, end, label, ids))
    found = [Document(docid, tuple(spans)) for docid, spans in documents.items()]
    return Annotations("x", "pubtator", found)


@given(gold=st.lists(rows, max_size=8), predicted=st.lists(rows, max_size=8))
def test_ids_mention_counts_as_the_published_procedure(gold, predicted):
    overall = score_spans(annotations(gold), annotations(predicted), "ids-mention").overall
    assert (overall.tp, overall.fp, overall.fn) == mention_reference(gold, predicted)


@given(gold=st.lists(rows, max_size=8), predicted=st.lists(rows, max_size=8))
def test_ids_document_averages_as_the_published_procedure(gold, predicted):
    overall = score_spans(annotations(gold), annotations(predicted), "ids-document").overall
    expected = document_reference(gold, predicted)
    assert (overall.precision, overall.recall) == pytest.approx(expected)


@pytest.mark.parametrize("scheme", ["ids-mention", "ids-document"])
@given(gold=st.lists(rows, min_size=1, max_size=8), predicted=st.lists(rows, max_size=8))
def test_a_row_of_an_ids_scheme_is_what_its_label_alone_gives(scheme, gold, predicted):
    sides = annotations(gold), annotations(predicted)
    whole = score_spans(*sides, scheme)
    for label, counts in whole.labels.items():
        alone = score_spans(*sides, scheme, [label])
        assert (alone.overall, list(alone.labels.values())) == (counts, [counts])
