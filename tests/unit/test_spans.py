"""Schemes of span scoring, on cases that can be counted by hand."""

from __future__ import annotations

import pytest

from nerbench import NerbenchError, align_spans, score_spans, score_tags
from nerbench.spans.label_map import LabelMap, parse_label_map
from nerbench.spans.linked_schemes import normalize_identifiers
from nerbench.spans.model import Annotations, Document, Span
from nerbench.spans.span_scores import Scheme

GENE, CELL = "GENE", "CELL"


def side(*documents, form="pubtator"):
    """Return documents `1`, `2`, ... of spans, given as Span or as its arguments."""
    return Annotations(
        "file",
        form,
        [
            Document(str(at), tuple(s if isinstance(s, Span) else Span(*s) for s in spans))
            for at, spans in enumerate(documents, 1)
        ],
    )


def counted(scheme, gold, predicted, labels=()):
    """Return tp, fp and fn of one document of spans."""
    overall = score_spans(side(gold), side(predicted), scheme, labels).overall
    return overall.tp, overall.fp, overall.fn


def gene(start, end, *ids):
    return Span(start, end, GENE, ids)


def discontinuous(*fragments, label=GENE):
    return Span(fragments[0][0], fragments[-1][1], label, (), fragments)


PAIRS = {
    "the same span and label": ([(0, 4, GENE)], [(0, 4, GENE)]),
    "label in another case": ([(0, 4, GENE)], [(0, 4, "gene")]),
    "wrong label": ([(0, 4, GENE)], [(0, 4, CELL)]),
    "wrong boundary": ([(0, 4, GENE)], [(0, 6, GENE)]),
    "wrong boundary and label": ([(0, 4, GENE)], [(3, 6, CELL)]),
    "adjacent spans": ([(0, 4, GENE)], [(4, 6, GENE)]),
    "one prediction over two gold": ([(0, 4, GENE), (5, 9, GENE)], [(0, 9, GENE)]),
    "two predictions in one gold": ([(0, 9, GENE)], [(0, 4, GENE), (5, 9, GENE)]),
    "the same prediction twice": ([(0, 4, GENE)], [(0, 4, GENE), (0, 4, GENE)]),
    "the same gold twice": ([(0, 4, GENE), (0, 4, "gene")], [(0, 4, GENE)]),
    "the same span with two labels": ([(0, 4, GENE)], [(0, 4, GENE), (0, 4, CELL)]),
    "nested gold, both found": ([(0, 9, GENE), (0, 4, GENE)], [(0, 4, GENE), (0, 9, GENE)]),
    "chain of overlaps": ([(0, 3, GENE), (4, 8, GENE)], [(2, 5, GENE), (7, 9, GENE)]),
    "nothing predicted": ([(0, 4, GENE)], []),
    "nothing to find": ([], [(0, 4, GENE)]),
}

COUNTS = {
    "the same span and label": {"strict": (1, 0, 0), "exact": (1, 0, 0), "partial": (1, 0, 0)},
    "label in another case": {"strict": (1, 0, 0), "type": (1, 0, 0), "overlap": (1, 0, 0)},
    "wrong label": {"strict": (0, 1, 1), "exact": (1, 0, 0), "type": (0, 1, 1)},
    "wrong boundary": {"strict": (0, 1, 1), "exact": (0, 1, 1), "partial": (0.5, 0.5, 0.5),
                       "type": (1, 0, 0), "overlap": (1, 0, 0)},
    "wrong boundary and label": {"partial": (0.5, 0.5, 0.5), "type": (0, 1, 1),
                                 "overlap": (0, 1, 1)},
    "adjacent spans": {"partial": (0, 1, 1), "type": (0, 1, 1), "overlap": (0, 1, 1)},
    "one prediction over two gold": {"partial": (0.5, 0.5, 1.5), "type": (1, 0, 1),
                                     "overlap": (1, 0, 0)},
    "two predictions in one gold": {"partial": (0.5, 1.5, 0.5), "type": (1, 1, 0),
                                    "overlap": (2, 0, 0)},
    "the same prediction twice": {"strict": (1, 0, 0), "exact": (1, 0, 0), "type": (1, 0, 0),
                                  "partial": (1, 0, 0), "overlap": (1, 0, 0)},
    "the same gold twice": {"strict": (1, 0, 0), "exact": (1, 0, 0), "type": (1, 0, 0),
                            "partial": (1, 0, 0), "overlap": (1, 0, 0)},
    "the same span with two labels": {"strict": (1, 1, 0), "exact": (1, 1, 0),
                                      "partial": (1, 1, 0), "type": (1, 1, 0)},
    "nested gold, both found": {"strict": (2, 0, 0), "exact": (2, 0, 0), "type": (2, 0, 0),
                                "partial": (2, 0, 0), "overlap": (2, 0, 0)},
    "chain of overlaps": {"partial": (1, 1, 1), "type": (2, 0, 0), "overlap": (2, 0, 0)},
    "nothing predicted": {"strict": (0, 0, 1), "overlap": (0, 0, 1), "partial": (0, 0, 1)},
    "nothing to find": {"strict": (0, 1, 0), "overlap": (0, 1, 0), "partial": (0, 1, 0)},
}  # fmt: skip


@pytest.mark.parametrize(
    ("case", "scheme"), [(case, scheme) for case, by in COUNTS.items() for scheme in by]
)
def test_counts_of(case, scheme):
    assert counted(scheme, *PAIRS[case]) == COUNTS[case][scheme]


def test_overlap_counts_recall_over_gold():
    scores = score_spans(
        side([(0, 9, GENE), (20, 25, GENE)]), side([(0, 4, GENE), (5, 9, GENE)]), "overlap"
    )
    assert (scores.overall.precision, scores.overall.recall) == (1.0, 0.5)


def test_undefined_rates_are_none():
    nothing_predicted = score_spans(side([(0, 4, GENE)]), side([])).overall
    assert (nothing_predicted.precision, nothing_predicted.recall) == (None, 0.0)
    assert nothing_predicted.f1 is None
    wrong = score_spans(side([(0, 4, GENE)]), side([(5, 6, GENE)])).overall
    assert wrong.f1 == 0.0


@pytest.mark.parametrize("scheme", [s for s in Scheme if s is not Scheme.BC2GM])
def test_no_spans_at_all_gives_no_rates(scheme):
    overall = score_spans(side([]), side([]), scheme).overall
    assert (overall.precision, overall.recall, overall.f1) == (None, None, None)


# --- several schemes after one reading


@pytest.mark.parametrize("labels", [(), ["gene"]])
def test_an_alignment_scores_like_each_scheme_alone(labels):
    gold = side([gene(0, 4, "7"), Span(5, 9, CELL)], [gene(0, 9)])
    found = side([gene(0, 5, "7"), gene(5, 9, "8")], [gene(2, 4), gene(5, 6)])
    alignment = align_spans(gold, found)
    for scheme in (s for s in Scheme if s is not Scheme.BC2GM):
        assert alignment.score(scheme, labels) == score_spans(gold, found, scheme, labels)


def test_huge_offsets_are_compared_like_small_ones():
    far = 900_000_000
    gold = side(
        *[[(0, far, GENE), (far - 5, far - 1, CELL), discontinuous((1, 3), (far, far + 9))]] * 20
    )
    found = side(
        *[[(0, far, GENE), (far - 6, far - 1, CELL), discontinuous((1, 3), (far, far + 9))]] * 20
    )
    assert score_spans(gold, found, "strict").overall.tp == 40
    assert score_spans(gold, found, "type").overall.tp == 60
    apart = side([(0, 2**30 - 3, CELL), (5, 9, GENE)]), side([(2**34 + 5, 2**34 + 9, GENE)])
    assert score_spans(*apart, "strict").overall.tp == 0
    linked = side(*[[gene(0, far, "7"), gene(far - 5, far, "8")]] * 20)
    near = side(*[[gene(0, far - 1, "7"), gene(far - 7, far, "8")]] * 20)
    assert score_spans(linked, near, "ids-mention").overall.tp == 20


# --- discontinuous spans


def test_other_fragments_in_the_same_hull_are_another_span():
    gold, found = [discontinuous((0, 3), (6, 9))], [(0, 9, GENE)]
    assert counted("strict", gold, found) == (0, 1, 1)
    assert counted("exact", gold, gold) == (1, 0, 0)
    assert counted("partial", gold, found) == (0.5, 0.5, 0.5)


def test_a_prediction_in_the_gap_shares_no_character():
    gold, found = [discontinuous((0, 3), (6, 9))], [(3, 6, GENE)]
    for scheme in ("partial", "type", "overlap"):
        assert counted(scheme, gold, found) == (0, 1, 1)


def test_ids_mention_compares_hulls_of_discontinuous_spans():
    gold = [Span(0, 9, GENE, ("7",), ((0, 3), (6, 9)))]
    assert counted("ids-mention", gold, [gene(0, 9, "7")]) == (1, 0, 0)
    assert counted("ids-mention", gold, [gene(0, 3, "7")]) == (0, 1, 1)


def test_discontinuous_spans_get_a_maximum_matching():
    gold = [discontinuous((0, 2), (10, 12)), (4, 6, GENE)]
    found = [discontinuous((1, 2), (4, 5)), (10, 11, GENE)]
    assert counted("type", gold, found) == (2, 0, 0)


# --- labels, documents


def test_a_label_row_is_what_restricting_to_it_gives():
    gold, found = [(0, 4, GENE), (5, 9, CELL)], [(0, 4, CELL), (5, 9, "Cell")]
    whole = score_spans(side(gold), side(found), "exact")
    assert (whole.overall.tp, list(whole.labels)) == (2, [CELL, GENE])
    for label in (CELL, GENE):
        alone = score_spans(side(gold), side(found), "exact", [label.lower()])
        assert alone.labels == {label: whole.labels[label]}
        assert alone.overall == whole.labels[label]


def test_an_unknown_label_is_named_with_the_labels():
    with pytest.raises(NerbenchError, match=r"no span has the label 'Gen': the labels are GENE"):
        score_spans(side([(0, 4, GENE)]), side([]), labels=["Gen"])


def test_an_unknown_scheme_is_named_with_the_schemes():
    with pytest.raises(NerbenchError, match=r"no scheme 'loose': the schemes are strict, exact"):
        score_spans(side([]), side([]), "loose")


def test_a_span_in_another_document_is_no_match():
    scores = score_spans(side([(0, 4, GENE)], []), side([], [(0, 4, GENE)]), "partial")
    assert (scores.overall.tp, scores.overall.fp, scores.overall.fn) == (0, 1, 1)


def test_missing_and_unknown_documents_are_named_and_counted():
    gold = side([(0, 4, GENE)], [(0, 4, GENE)])
    found = Annotations("p", "pubtator", [gold.documents[1], Document("9", (Span(0, 1, GENE),))])
    scores = score_spans(gold, found)
    assert (scores.missing, scores.unknown) == (("1",), ("9",))
    assert (scores.overall.tp, scores.overall.fp, scores.overall.fn) == (1, 1, 1)


def test_gold_without_documents_is_refused():
    with pytest.raises(NerbenchError, match="no documents"):
        score_spans(Annotations("gold.txt", "", ()), side([]))


@pytest.mark.parametrize("form", ["bc2gm", "conll"])
def test_offsets_that_count_differently_are_refused(form):
    with pytest.raises(NerbenchError, match="offsets count differently"):
        score_spans(side([(0, 4, GENE)]), side([(0, 4, GENE)], form=form))


def test_repeated_mentions_are_counted_once_and_said():
    twice = [gene(0, 4, "7"), gene(0, 4, "8"), gene(5, 9), gene(5, 9), gene(5, 9)]
    scores = score_spans(side(twice), side([gene(0, 4)], [gene(0, 4)]))
    assert (scores.overall.tp, scores.overall.fp, scores.overall.fn) == (1, 1, 1)
    assert scores.notes == ("file: mentions that repeat another's span and label: 3; left out",)
    assert score_spans(side(twice), side([]), "ids-mention").notes == ()


def test_ids_document_reads_the_last_annotation_of_a_span():
    found = side([gene(0, 4, "8"), gene(0, 4, "7"), gene(5, 9, "NIL")])
    overall = score_spans(side([gene(0, 4, "7")]), found, "ids-document").overall
    assert (overall.precision, overall.recall) == (0.5, 1.0)


# --- label maps


def test_mapped_labels_are_one():
    gold = side([(0, 4, "Uniprot:P17046"), (5, 9, "NCBI gene:19877"), (10, 14, "GO:0005764")])
    found = side([(0, 4, "Gene"), (5, 9, "PROTEIN"), (10, 14, "go:1")])
    names = {"uniprot:*": "Gene", "NCBI gene:*": "Gene", "protein": "gene", "GO:*": ""}
    scores = score_spans(gold, found, "strict", label_map=names)
    assert list(scores.labels) == ["Gene"]
    assert (scores.overall.tp, scores.overall.fp, scores.overall.fn) == (2, 0, 0)
    assert scores.notes == ()


def test_the_first_pattern_that_fits_counts_and_a_dot_is_a_dot():
    rename = LabelMap({"a.b": "dot", "a*": "other", "ab*": "never"})
    assert rename.unused == ["a.b", "a*", "ab*"]
    assert [rename(label) for label in ("A.B", "axb", "abc", "b")] == ["dot", "other", "other", "b"]
    assert rename.unused == ["ab*"]


def test_a_pattern_that_fits_no_label_is_said():
    scores = score_spans(side([(0, 4, GENE)]), side([]), label_map={"Protein": "Gene"})
    assert scores.notes == ("label map: 'Protein' renames no label",)


@pytest.mark.parametrize("rule", ["Gene", "=Gene", "Gene=A Gene=B"])
def test_a_broken_rule_of_a_label_map_is_named(rule):
    with pytest.raises(NerbenchError, match="--map"):
        parse_label_map(rule.split(" "))


# --- tag sequences


def test_sentences_of_different_lengths_are_refused():
    with pytest.raises(NerbenchError, match="differ in sentences or in tokens"):
        score_tags([["O", "O"]], [["O"]])


def test_tags_have_no_identifiers():
    with pytest.raises(NerbenchError, match="ids-mention cannot score tag sequences"):
        score_tags([["O"]], [["O"]], "ids-mention")


def test_labels_of_tags_compare_without_case():
    assert score_tags([["B-GENE", "B-CELL"]], [["B-gene", "S-Cell"]]).overall.tp == 2


# --- bc2gm


def bc2gm_counts(gold, alternatives, found):
    document = Document(
        "P1", tuple(Span(*g, GENE) for g in gold), None, tuple(Span(*a, GENE) for a in alternatives)
    )
    golds = Annotations("g", "bc2gm", [document])
    predicted = Annotations("p", "bc2gm", [Document("P1", tuple(Span(*f, GENE) for f in found))])
    overall = score_spans(golds, predicted, "bc2gm").overall
    return overall.tp, overall.fp, overall.fn


def test_bc2gm_accepts_an_alternative():
    assert bc2gm_counts([(0, 9)], [(0, 4), (5, 9)], [(0, 4)]) == (1, 0, 0)


def test_bc2gm_refuses_a_span_that_is_not_listed():
    assert bc2gm_counts([(0, 9)], [(0, 4)], [(0, 5)]) == (0, 1, 1)


def test_bc2gm_credits_a_gold_mention_once_and_calls_no_accepted_prediction_false():
    assert bc2gm_counts([(0, 9)], [(0, 4), (5, 9)], [(0, 4), (5, 9)]) == (1, 0, 0)
    assert bc2gm_counts([(0, 9)], [(0, 4)], [(0, 9), (0, 4)]) == (1, 0, 0)
    assert bc2gm_counts([(0, 9)], [], [(0, 9), (0, 9)]) == (1, 0, 0)


def test_bc2gm_an_alternative_replaces_every_gold_mention_that_it_overlaps():
    assert bc2gm_counts([(0, 4), (5, 9)], [(0, 9)], [(0, 9)]) == (2, 0, 0)
    assert bc2gm_counts([(0, 4), (4, 9)], [(0, 4)], [(0, 4)]) == (1, 0, 1)


def test_bc2gm_a_gold_mention_may_be_the_alternative_of_another():
    assert bc2gm_counts([(0, 4), (2, 9)], [(0, 4)], [(0, 4)]) == (2, 0, 0)


def test_bc2gm_an_alternative_in_a_sentence_without_gold_is_no_false_positive(tmp_path):
    (tmp_path / "GENE.eval").write_text("P1|0 3|IL-6\n")
    (tmp_path / "ALTGENE.eval").write_text("P2|0 3|JAK1\n")
    found = tmp_path / "found.eval"
    found.write_text("P2|0 3|JAK1\nP2|0 1|JA\nP3|0 1|JA\n")
    overall = score_spans(tmp_path, found, "bc2gm").overall
    assert (overall.tp, overall.fp, overall.fn) == (0, 2, 1)


def test_bc2gm_alternatives_of_another_sentence_do_not_count():
    golds = Annotations(
        "g",
        "bc2gm",
        [
            Document("P1", (Span(0, 9, GENE),), None, (Span(0, 4, GENE),)),
            Document("P2", (Span(0, 9, GENE),)),
        ],
    )
    found = Annotations("p", "bc2gm", [Document("P2", (Span(0, 4, GENE),))])
    assert score_spans(golds, found, "bc2gm").overall.tp == 0


def test_bc2gm_requires_gold_in_its_own_format():
    with pytest.raises(NerbenchError, match=r"for bc2gm, GOLD is a folder with GENE\.eval"):
        score_spans(side([(0, 4, GENE)]), side([]), "bc2gm")


# --- identifiers


@pytest.mark.parametrize(
    "written",
    ["3577", "NCBI Gene:3577", "NCBIGene:3577", "ncbigene:3577 ", "-1;3577", "9606:3577",
     "3576,3577", "3576; 3577", "3577(Tax:9606)", "NCBI Gene:3576,NCBI Gene:3577",
     "NCBI:NCBIGene: 3577"],
)  # fmt: skip
def test_identifiers_are_compared_without_prefix(written):
    assert "3577" in normalize_identifiers((written,))


def test_bars_do_not_separate_identifiers():
    assert normalize_identifiers(("MESH:D003110|OMIM:114500",)) == {"d003110|114500"}
    assert normalize_identifiers(("dbSNP:c|SUB|G|908|A",)) == {"c|sub|g|908|a"}


@pytest.mark.parametrize("written", ["", "NCBI Gene:", ";,", " "])
def test_empty_identifiers_are_dropped(written):
    assert normalize_identifiers((written,)) == frozenset()


@pytest.mark.parametrize("written", ["-1", "-", "NCBI Gene:-", "None", "nan", "NIL", "-000"])
def test_any_other_text_is_an_identifier(written):
    assert normalize_identifiers((written,)) == {written.removeprefix("NCBI Gene:").lower()}


@pytest.mark.parametrize("place", [(2, 6), (1, 6), (3, 6), (2, 5), (2, 7)])
def test_ids_mention_accepts_one_character_off_at_one_end(place):
    assert counted("ids-mention", [gene(2, 6, "7")], [gene(*place, "NCBIGene:7")]) == (1, 0, 0)


@pytest.mark.parametrize("place", [(1, 7), (3, 5), (1, 5), (3, 7), (2, 8), (0, 6)])
def test_ids_mention_accepts_no_larger_difference(place):
    assert counted("ids-mention", [gene(2, 6, "7")], [gene(*place, "7")]) == (0, 1, 1)


def test_ids_mention_needs_a_shared_identifier():
    assert counted("ids-mention", [gene(0, 4, "7")], [gene(0, 4, "8")]) == (0, 1, 1)
    assert counted("ids-mention", [gene(0, 4, "7;8")], [gene(0, 4, "8,9")]) == (1, 0, 0)


def test_ids_mention_needs_the_label():
    gold, found = [Span(0, 4, GENE, ("7",))], [Span(0, 4, CELL, ("7",))]
    assert counted("ids-mention", gold, found) == (0, 1, 1)


def test_ids_mention_ignores_gold_with_the_one_identifier_nil_on_both_sides():
    assert counted("ids-mention", [gene(0, 4, "NIL")], [gene(0, 4, "8")]) == (0, 0, 0)
    assert counted("ids-mention", [gene(0, 4, "nil")], [gene(0, 5, "NIL")]) == (0, 0, 0)
    assert counted("ids-mention", [gene(0, 4, "NIL")], [gene(6, 9, "8")]) == (0, 1, 0)
    assert counted("ids-mention", [gene(0, 4, "NIL,7")], [gene(0, 4, "8")]) == (0, 1, 1)


def test_ids_mention_counts_the_other_texts_of_the_published_files_as_identifiers():
    assert counted("ids-mention", [gene(0, 4, "NCBI Gene:-")], [gene(0, 4, "8")]) == (0, 1, 1)
    assert counted("ids-mention", [gene(0, 4, "-1")], [gene(0, 4, "-1")]) == (1, 0, 0)


def test_ids_schemes_do_not_read_annotations_without_identifier():
    assert counted("ids-mention", [gene(0, 4, "7")], [gene(0, 4), gene(9, 12, "")]) == (0, 0, 1)
    assert counted("ids-mention", [gene(0, 4)], [gene(0, 4, "7")]) == (0, 1, 0)
    replaced = [gene(0, 4, "7"), gene(0, 4)]
    assert counted("ids-mention", [gene(0, 4, "7")], replaced) == (1, 0, 0)


def test_ids_mention_counts_predictions_and_gold_each_on_its_side():
    gold, found = [gene(0, 4, "7")], [gene(0, 4, "7"), gene(0, 5, "7")]
    assert counted("ids-mention", gold, found) == (2, 0, 0)


def test_ids_mention_takes_the_last_annotation_of_a_span():
    twice = [gene(0, 4, "8"), gene(0, 4, "7")]
    assert counted("ids-mention", [gene(0, 4, "7")], twice) == (1, 0, 0)
    assert counted("ids-mention", [gene(0, 4, "8")], twice) == (0, 1, 1)


def test_ids_mention_compares_with_the_nearest_gold_span():
    gold = [gene(0, 4, "8"), gene(0, 5, "7"), gene(0, 6, "NIL")]
    assert counted("ids-mention", gold, [gene(0, 5, "8")]) == (0, 1, 1)
    assert counted("ids-mention", gold[:2], [gene(0, 6, "7")]) == (1, 0, 1)


@pytest.mark.parametrize(
    ("first", "second"), [((3, 5), (1, 5)), ((1, 5), (2, 6)), ((2, 6), (2, 4)), ((3, 5), (2, 4))]
)
def test_ids_mention_tries_shifts_in_the_published_order(first, second):
    gold = [gene(*second, "8"), gene(*first, "7")]
    assert counted("ids-mention", gold, [gene(2, 5, "7")])[:2] == (1, 0)
    assert counted("ids-mention", gold, [gene(2, 5, "8")])[:2] == (0, 1)


def test_ids_schemes_report_gold_without_identifiers():
    scores = score_spans(side([gene(0, 4)]), side([gene(0, 4, "7")]), "ids-mention")
    assert [str(problem) for problem in scores.problems] == [
        "file: no gold mention has an identifier: ids-mention has nothing to score"
    ]


def test_ids_mention_does_not_match_in_the_next_document():
    gold = side([gene(0, 9, "7")], [gene(0, 4, "7")])
    found = side([], [gene(1, 4, "7")])
    overall = score_spans(gold, found, "ids-mention").overall
    assert (overall.tp, overall.fp, overall.fn) == (1, 0, 1)


def test_ids_document_averages_over_documents():
    gold = side([gene(0, 4, "7"), gene(5, 9, "8")], [gene(0, 4, "7")])
    found = side([gene(50, 54, "7"), gene(60, 64, "7")], [gene(0, 4, "7"), gene(5, 6, "9")])
    overall = score_spans(gold, found, "ids-document").overall
    assert (overall.precision, overall.recall) == (0.75, 0.75)
    assert (overall.tp, overall.fp, overall.fn) == (None, None, None)


def test_ids_document_without_predictions_has_precision_0():
    gold = side([gene(0, 4, "7")], [gene(0, 4, "7")])
    overall = score_spans(gold, side([gene(0, 4, "7")]), "ids-document").overall
    assert (overall.precision, overall.recall, overall.f1) == (0.5, 0.5, 0.5)


def test_ids_document_leaves_out_documents_whose_gold_has_no_identifier():
    gold = side([gene(0, 4, "7")], [gene(0, 4, "NIL"), gene(5, 9)], [])
    found = side([gene(0, 4, "7")], [gene(0, 4, "9")], [gene(0, 4, "9")])
    overall = score_spans(gold, found, "ids-document").overall
    assert (overall.precision, overall.recall) == (1.0, 1.0)
