"""Predictions whose text differs from that of gold: aligned, or refused with the document."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerbench import NerbenchError, align_spans, score_spans
from nerbench.spans.model import Annotations, Document, Span


def side(source, text, *mentions, form="pubtator"):
    """A document in which each mention is marked where it first stands."""
    starts = [text.index(mention) for mention in mentions]
    spans = (Span(at, at + len(m), "G", text=m) for at, m in zip(starts, mentions, strict=True))
    return Annotations(source, form, [Document("7", tuple(spans), text, source=source, line=3)])


GOLD = side("gold", "IL-6  binds TNF-α and café\u00a0JAK2.", "IL-6", "TNF-α", "café", "JAK2")


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("IL-6 binds TNF-α and café JAK2.", ["IL-6", "TNF-α", "café", "JAK2"]),
        ("il-6 binds tnf-α and café jak2.", ["il-6", "tnf-α", "café", "jak2"]),
        (
            "IL\u20116 binds TNF\u2212α and cafe\u0301 JAK2 .",
            ["IL\u20116", "TNF\u2212α", "cafe\u0301", "JAK2"],
        ),
        ("\n IL-6\nbinds\u200b TNF-α andcaféJAK2.\n", ["IL-6", "TNF-α", "café", "JAK2"]),
        ("ＩＬ-6 binds TNF-α and cafe JAK2.", ["ＩＬ-6", "TNF-α", "cafe", "JAK2"]),
    ],
)  # fmt: skip
def test_white_space_case_and_normalization_are_aligned_and_said(text, mentions):
    scores = score_spans(GOLD, side("found", text, *mentions))
    assert (scores.overall.tp, scores.overall.fp, scores.overall.fn) == (4, 0, 0)
    assert scores.notes == (
        "found: documents whose texts differ from those in gold in white space, case or "
        "normalization: 1; offsets aligned",
    )


def test_equal_texts_and_a_last_line_end_are_not_mentioned():
    text = GOLD.documents[0].text
    assert score_spans(GOLD, side("found", text + "\n", "JAK2")).notes == ()


def test_other_texts_are_an_error_that_names_the_document():
    found = side("found", "IL-6 binds TNF-β and café JAK2.", "IL-6")
    message = (
        r"found:3: document 7 has another text than in gold:3: 'β and café JAK2\.' instead of "
        r"'α and café\\xa0JAK2\.' at 15; give both files the same texts"
    )
    with pytest.raises(NerbenchError, match=message):
        align_spans(GOLD, found)


def test_a_text_may_be_the_beginning_of_the_other():
    title = side("found", "IL-6 binds TNF-α", "IL-6", "TNF-α").documents[0]
    past_its_end = Span(26, 30, "G")  # JAK2, at 27-31 in gold, which has a blank more
    document = replace(title, spans=(*title.spans, past_its_end))
    overall = score_spans(GOLD, Annotations("found", "pubtator", [document])).overall
    assert (overall.tp, overall.fp, overall.fn) == (3, 0, 1)


def test_fragments_and_blank_mentions_are_moved():
    text = "IL-6 and -8 act."
    gold = Span(0, 12, "G", (), ((0, 2), (10, 12)))
    spaced = Annotations("gold", "brat", [Document("7", (gold,), "IL-6 and  -8 act.")])
    spans = (Span(0, 11, "G", (), ((0, 2), (9, 11))), Span(8, 9, "G"))
    found = Annotations("found", "brat", [Document("7", spans, text)])
    overall = score_spans(spaced, found).overall
    assert (overall.tp, overall.fp, overall.fn) == (1, 0, 0)


def test_predictions_without_text_count_in_the_units_of_golds_text():
    text = "TNF-α and IL-6."
    found = Annotations("found", "pubtator", [Document("7", (Span(11, 15, "G", text="IL-6"),))])
    scores = score_spans(side("gold", text, "IL-6"), found)
    assert scores.overall.tp == 1
    assert "UTF-8 bytes" in scores.notes[0]


@pytest.mark.parametrize(("gold", "found"), [("gold.txt", "pred.json"), ("gold2.txt", "pred2.txt")])
def test_cases_with_texts_that_differ_by_a_blank(shared, gold, found):
    folder = shared / "cases" / "57-mark2cure183-texts-differ"
    scores = score_spans(folder / gold, folder / found)
    assert (scores.overall.tp, scores.overall.fp, scores.overall.fn) == (2, 0, 0)
    assert len(scores.notes) == 1


words = st.lists(st.sampled_from(["IL-6", "TNF-α", "é", "JAK2", "(", "ﬁ", "½"]), min_size=1)


@given(words=words, blanks=st.lists(st.sampled_from([" ", "  ", "\n", "\u00a0"]), min_size=40))
def test_any_white_space_and_normal_form_gives_the_same_scores(words, blanks):
    def build(form, blanks):
        text, spans = "", []
        for word, blank in zip(words, blanks, strict=False):
            start = len(text := text + blank)
            text += unicodedata.normalize(form, word)
            spans.append(Span(start, len(text), "G"))
        return Annotations("x", "brat", [Document("7", tuple(spans), text)])

    gold = build("NFC", [" "] * 40)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        overall = score_spans(gold, build(form, blanks)).overall
        assert (overall.fp, overall.fn) == (0, 0)
