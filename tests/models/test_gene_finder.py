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

from nerbench.recognizers.default.boundaries import add_short_forms, outside
from nerbench.recognizers.default.crf import N_TAGS, O, decode
from nerbench.recognizers.default.definitions import definitions
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
        ("STAT3-signaling; IL-6 and TNF, but not IL-10", {}),
    ],
)  # fmt: skip
def test_definitions_of_both_kinds(text: str, expected: dict[str, str]) -> None:
    tokens = tokenize(text)
    found = {tokens[k][0]: text[tokens[a][1] : tokens[b - 1][2]] for k, a, b in definitions(tokens)}
    assert found == expected
