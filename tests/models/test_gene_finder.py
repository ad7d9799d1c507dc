"""The default recognizer as a spaCy pipeline: what it marks, and each step of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.cli.evaluate import evaluate
from spacy.language import Language
from spacy.tokens import Doc, DocBin

from nerbench.recognizers.default.boundaries import (
    add_short_forms,
    divide,
    drop_domains,
    outside,
)
from nerbench.recognizers.default.crf import N_TAGS, B, E, I, O, S, decode
from nerbench.recognizers.default.definitions import definitions
from nerbench.recognizers.default.features import token_values
from nerbench.recognizers.default.gazetteer import Gazetteer
from nerbench.recognizers.default.tokens import CaptionTokenizer, tokenize
from nerbench.resources import shipped

FOLDER = shipped("models") / "default"
VOCAB = spacy.blank("en").vocab


@pytest.fixture(scope="module")
def nlp() -> Language:
    return spacy.load(FOLDER)


def names(doc: Doc) -> list[str]:
    return [ent.text for ent in doc.ents]


@pytest.mark.parametrize(
    ("caption", "marked"),
    [
        ("Phosphorylation of p-Tau and pERK in neurons.", ["Tau", "ERK"]),
        ("C/EBP and NF-κB regulate transcription.", ["C/EBP", "NF-κB"]),
        ("Secretion of S100A8/A9 by neutrophils.", ["S100A8/A9"]),
        ("Viruses induce type I IFN in dendritic cells.", ["type I IFN"]),
        ("IL-6 activates JAK1/2 and STAT3 signaling.", ["IL-6", "JAK1/2", "STAT3"]),
        ("ROS, reactive oxygen species; ATP, adenosine triphosphate.", []),
        ("The JAK/STAT pathway and JNKs.", ["JAK/STAT", "JNKs"]),
    ],
)
def test_names_are_marked_as_the_guideline_says(
    nlp: Language, caption: str, marked: list[str]
) -> None:
    assert names(nlp(caption)) == marked


def test_scores_stand_in_a_span_group_beside_the_entities(nlp: Language) -> None:
    for doc in nlp.pipe(["IL-6 binds GP130.", "nothing here", ""]):
        group = doc.spans["genes"]
        assert list(group) == list(doc.ents)
        assert len(group.attrs["scores"]) == len(group)
        assert all(0 < score < 1 for score in group.attrs["scores"])


def test_a_pipeline_written_again_gives_the_same_names(nlp: Language, tmp_path: Path) -> None:
    nlp.to_disk(tmp_path / "copy")
    copy = spacy.load(tmp_path / "copy")
    text = "Wnt binds Frizzled\n\nand LRP5/6  (see text); β-catenin enters the nucleus."
    first, second = nlp(text), copy(text)
    assert first.text == second.text == text
    assert names(first) == names(second) != []
    assert first.spans["genes"].attrs == second.spans["genes"].attrs


def test_spacy_evaluate_scores_the_folder(nlp: Language, tmp_path: Path) -> None:
    """One caption marked as the pipeline marks it, and one with a name that it does not mark."""
    right, wrong = nlp("STAT3 binds DNA."), nlp("the cell")
    wrong.set_ents([wrong.char_span(4, 8, label="GENE")])
    assert names(right) == ["STAT3"]
    DocBin(docs=[right, wrong]).to_disk(tmp_path / "gold.spacy")
    scores = evaluate(str(FOLDER), tmp_path / "gold.spacy", silent=True)
    assert (scores["ents_p"], scores["ents_r"]) == (1.0, 0.5)


def test_other_guidelines_are_a_setting(nlp: Language) -> None:
    by_guideline = spacy.load(FOLDER, config={"components.genes.guideline": "BC2GM"})
    text = "The alkaline phosphatase gene is transcribed by RNA polymerase II."
    assert names(by_guideline(text)) != []
    known = json.loads((FOLDER / "genes" / "settings.json").read_text())["guidelines"]
    assert known[:3] == ["captions", "BC2GM", "BioID"]


@pytest.mark.parametrize(
    "text",
    ["-" * 20_000, "a" * 20_000, "pA" * 5_000, "(" * 5_000, "β-catenin (A) " * 300],
    ids=["marks", "word", "prefixes", "open", "long"],
)
def test_odd_and_long_texts_do_not_fail(nlp: Language, text: str) -> None:
    assert nlp(text).text == text


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("LRRK2G2019S", ["LRRK2", "G2019S"]),
        ("BRAFV600E", ["BRAF", "V600E"]),
        ("Sod1G93Amice", ["Sod1", "G93A", "mice"]),
        ("Pten", ["Pten"]),
        ("Ptenflox", ["Pten", "flox"]),
        ("Atg5fl", ["Atg5", "fl"]),
        ("ATG5KO", ["ATG5", "KO"]),
        ("Rab7WT", ["Rab7", "WT"]),
        ("CD62Lhi", ["CD62L", "hi"]),
        ("Cx3cr1CreERT2", ["Cx3cr1", "CreERT2"]),
        ("Rosa26YFP", ["Rosa26", "YFP"]),
        ("hVEGFA", ["h", "VEGFA"]),
        ("phosphoAKT", ["phospho", "AKT"]),
        ("LC3staining", ["LC3", "staining"]),
        ("TGFbeta", ["TGFbeta"]),
        ("IFNgamma", ["IFNgamma"]),
        ("mTOR", ["mTOR"]),
        ("EGFP", ["EGFP"]),
        ("KO", ["KO"]),
        ("CYP2D6", ["CYP2D6"]),
        ("H3K27me3", ["H3K27me3"]),
        ("siRNA", ["siRNA"]),
        ("p-ERK", ["p", "-", "ERK"]),
        ("pERK", ["p", "ERK"]),
    ],
)
def test_mutations_states_and_words_glued_to_a_name_are_tokens(word: str, parts: list[str]) -> None:
    assert [part for part, _, _ in tokenize(word)] == parts
    assert "".join(parts) == word


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("IL - interleukin", [1]),
        ("IL – interleukin", [1]),
        ("Ras—GTP", [1]),
        ("IL-6", []),
        ("IL- 6 -", []),
        ("- IL", []),
        ("", []),
        ("pERK, p-ERK and p ERK", [0, 3, 7]),
        ("p-coumarate, p - q, p", [5]),
        ("JAK/pERK", []),
        ("JAK / pERK", [2]),
        ("pERK-", [0]),
    ],
)
def test_dashes_between_blanks_and_the_p_of_states_are_in_no_name(
    nlp: Language, text: str, numbers: list[int]
) -> None:
    tokens = tokenize(text)
    assert outside(tokens, {"erk", "6"}) == numbers
    ((rows,), _) = nlp.get_pipe("genes").score_tokens([tokens])
    assert all(rows[k].argmax() == O for k in numbers if tokens[k][0] != "p")


def test_short_forms_are_names_where_their_long_forms_are() -> None:
    tokens = tokenize("Wingless (Wg), ER: endoplasmic reticulum. Wg binds; Wg and ER.")
    defined = definitions(tokens)
    marked = [tokens[i][0] for i, _, _ in add_short_forms(tokens, [(0, 1, 0.9)], defined)]
    assert marked == ["Wingless", "Wg", "Wg", "Wg"]
    assert add_short_forms(tokens, [], defined) == []
    assert add_short_forms(tokens, [(0, 4, 0.9)], defined) == [(0, 4, 0.9)]  # Wg is part of it


def texts_of(text: str, spans: list[tuple[int, int, float]]) -> list[str]:
    tokens = tokenize(text)
    return [text[tokens[i][1] : tokens[j - 1][2]] for i, j, _ in spans]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("SK shikimate kinase", ["SK", "shikimate kinase"]),
        ("Tal trans-aldol lyase", ["Tal", "trans-aldol lyase"]),
        ("HP-AT 4-hydroxyphenyl aminotransferase", ["HP-AT", "4-hydroxyphenyl aminotransferase"]),
        ("CC chemokine receptor 5", None),  # the receptor has no letter
        ("IL-10 interleukin receptor", None),
        ("MAPK mitogen-activated enzyme", None),  # nor has the last word
        ("SNF fast neuronal synapse", None),  # in another order
        ("ras related small protein", None),  # no capital
        ("AAA ATPase", None),  # one word
        ("STAT (signal transducer and activator of transcription) 5", None),
        ("SK", None),
    ],
)
def test_a_short_form_before_its_long_form_is_a_name_of_its_own(
    name: str, parts: list[str] | None
) -> None:
    text = f"and {name} are"
    tokens = tokenize(text)
    spans = [(1, len(tokens) - 1, 0.7)]
    rows = np.zeros((len(tokens), N_TAGS), dtype=np.float32)
    divided = divide(tokens, spans, rows)
    assert texts_of(text, divided) == (parts or [name])
    assert {score for _, _, score in divided} == {0.7}


def tag_scores(tags: list[int]) -> np.ndarray:
    """Return scores for which these tags are best by a wide margin."""
    return np.eye(N_TAGS, dtype=np.float32)[tags] * 9


@pytest.mark.parametrize(
    ("text", "tags", "parts"),
    [
        ("(JAK)-STAT", [O, B, I, I, E], ["JAK", "STAT"]),
        ("a kinase (MEK) x", [O, B, I, E, O, O], ["kinase", "MEK"]),
        ("MEK) kinase", [B, I, E], ["MEK", "kinase"]),
        ("NF(A)κB", [B, I, I, I, E], ["NF(A)κB"]),
        ("(MEK)", [O, S, O], ["MEK"]),
    ],
)
def test_a_bracket_whose_partner_is_elsewhere_is_in_no_name(
    text: str, tags: list[int], parts: list[str]
) -> None:
    rows = tag_scores(tags)
    rows[:, S] += [6.0 if word.isalpha() else 0.0 for word, _, _ in tokenize(text)]
    (names_found,) = decode([rows])
    divided = divide(tokenize(text), names_found, rows)
    assert texts_of(text, divided) == parts
    assert all(0.5 < score <= 1 for _, _, score in divided)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("CARD domain", []),
        ("CARD (C) domain", []),
        ("the CARD and C motifs", ["CARD"]),
        ("CARD (C, domain)", ["CARD", "C"]),
        ("CARD) Domains", []),
        ("domain CARD", ["CARD"]),
        ("domain", []),
        ("CARD", ["CARD"]),
        ("C (CARD of x) element", ["C", "CARD"]),
    ],
)
def test_domains_motifs_and_elements_are_no_names(text: str, kept: list[str]) -> None:
    tokens = tokenize(text)
    spans = [(k, k + 1, 0.9) for k, (word, _, _) in enumerate(tokens) if word in ("CARD", "C")]
    assert texts_of(text, drop_domains(tokens, spans)) == kept


def test_the_guideline_holds_for_captions_alone(nlp: Language) -> None:
    text = "NOD1 binds the CARD domain of APAF1; SK shikimate kinase, CS chorismate synthase."
    doc = nlp(text)
    assert names(doc) == ["NOD1", "APAF1", "SK", "shikimate kinase", "CS", "chorismate synthase"]
    assert all(0 < score < 1 for score in doc.spans["genes"].attrs["scores"])


def test_names_of_the_gazetteer_are_matched_from_left_to_right() -> None:
    entries = {"il6": 1, "il6st": 1}
    matches = Gazetteer(entries).matches(["il", "", "6", "il", "6", "st"])
    assert matches == [(0, 3, "il6"), (3, 6, "il6st")]


def test_what_depends_on_the_place_of_a_token() -> None:
    values = token_values(tokenize("IL (interleukin)"), [4, 0, 0, 0])
    assert values.tolist() == [[4, 0, 0, 2], [0, 2, 0, 0], [0, 3, 1, 1], [0, 1, 1, 0]]


@settings(max_examples=100, deadline=None)
@given(st.text("phERK12fl-/(),;: \n\tαΔ_é𝛼", max_size=60))
def test_the_tokenizer_keeps_every_character(text: str) -> None:
    doc = CaptionTokenizer(VOCAB)(text)
    assert doc.text == text
    words = [(token.text, token.idx) for token in doc if not token.is_space]
    assert words == [(word, start) for word, start, _ in tokenize(text)]


def test_decoding_agrees_with_brute_force() -> None:
    scores = np.random.default_rng(3).normal(size=(4, N_TAGS)).astype(np.float32)
    ends, begins = {0, 3, 4}, {0, 1, 4}  # O, E, S; O, B, S
    weights: dict[tuple[int, ...], float] = {}
    for path in np.ndindex(*[N_TAGS] * 4):
        steps = zip((O, *path), (*path, O), strict=True)
        if all((b in begins) == (a in ends) for a, b in steps):
            weights[path] = float(np.exp(sum(scores[k, tag] for k, tag in enumerate(path))))
    best = max(weights, key=weights.__getitem__)
    total = sum(weights.values())

    def spans(path: tuple[int, ...]) -> set[tuple[int, int]]:
        starts = [k for k, tag in enumerate(path) if tag in (1, 4)]
        return {(k, next(j for j in range(k, 4) if path[j] in (3, 4)) + 1) for k in starts}

    [decoded, short, empty] = decode([scores, scores[:1], scores[:0]])
    assert {(start, end) for start, end, _ in decoded} == spans(best)
    for start, end, probability in decoded:
        share = sum(w for path, w in weights.items() if (start, end) in spans(path)) / total
        assert probability == pytest.approx(share, abs=1e-4)
    assert len(short) <= 1
    assert empty == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("reactive oxygen species (ROS) rose", {"ROS": "reactive oxygen species"}),
        ("TNF: tumor necrosis factor; x", {"TNF": "tumor necrosis factor"}),
        ("ER, endoplasmic reticulum; Cer, ceramide.", {
            "ER": "endoplasmic reticulum", "Cer": "ceramide",
        }),
        ("MK - mevalonate kinase", {"MK": "mevalonate kinase"}),
        ("Wingless (Wg) rose.", {"Wg": "Wingless"}),
        ("STAT3-signaling; IL-6 and TNF, but not IL-10", {}),
    ],
)  # fmt: skip
def test_definitions_of_both_kinds(text: str, expected: dict[str, str]) -> None:
    tokens = tokenize(text)
    defined = {
        tokens[k][0]: text[tokens[a][1] : tokens[b - 1][2]] for k, a, b in definitions(tokens)
    }
    assert defined == expected
