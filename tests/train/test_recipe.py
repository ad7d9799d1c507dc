"""The training recipe, each part on a tiny sample, and the pipeline that it writes."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import spacy
from sklearn.linear_model import LogisticRegression
from spacy.language import Language

pytest.importorskip("numba")

from train import corpora as readers
from train import evaluate, gazetteer, linear, network, recipe, second_look, words
from train.features import encode, gold_tags

from nerbench.nomenclature.lexicon import load_nomenclature
from nerbench.recognizers.default import component, tagger
from nerbench.recognizers.default import features as gene_features
from nerbench.recognizers.default.long_forms import long_forms


def test_bc2gm_offsets_count_nonblank_characters(corpora: Path) -> None:
    for sentence in readers.read_bc2gm(corpora / "BC2GM"):
        for start, end in sentence.spans:
            assert sentence.text[start:end].strip() == sentence.text[start:end]
            assert sentence.text[start:end][0].isalpha()


def test_iob_spans_have_offsets_in_the_text(corpora: Path) -> None:
    sentences = readers.read_all_iob(corpora)
    assert {s.guideline for s in sentences} == {"BioNLP13GE"}
    assert sentences[0].text == "Levels of IL-6 (P < 0.05) rose."
    assert [sentences[0].text[a:b] for a, b in sentences[0].spans] == ["IL-6"]


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ("NF - kappa B / Rel".split(), "NF-kappa B/Rel"),
        ("cells ( CD4 + ) , which".split(), "cells (CD4+), which"),
        ("`` illegitimate '' V".split(), '"illegitimate" V'),
    ],
)
def test_detokenizing_restores_usual_spacing(tokens: list[str], text: str) -> None:
    raw_text, offsets = readers.detokenize(tokens)
    assert raw_text == text
    assert all(a < b for a, b in offsets)


def test_each_paper_is_in_one_part_only(corpora: Path) -> None:
    train, dev = readers.split_by_paper(readers.read_bc2gm(corpora / "BC2GM"))
    assert train
    assert dev
    assert not {readers.paper(s.id) for s in train} & {readers.paper(s.id) for s in dev}


def test_sentences_of_the_held_out_text_are_dropped() -> None:
    copy = readers.Sentence("a", "IL-6 binds  STAT3", (), "x")
    held = readers.Sentence("b", "IL - 6 binds STAT3", (), "y")
    other = readers.Sentence("c", "TP53 is lost", (), "x")
    assert readers.without_overlap([copy, other, other], [held]) == [other]


def test_gazetteer_from_the_lexicons() -> None:
    entries = gazetteer.build(gazetteer.names(load_nomenclature()))
    assert entries["stat3"] & gene_features.HUMAN_SYMBOL
    assert entries["jak"] & gene_features.FAMILY
    assert entries[gene_features.fold("interleukin 6")] & gene_features.FULL_NAME
    matches = gene_features.Gazetteer(entries).matches(["il", "", "6", "and", "stat3"])
    assert {(0, 3), (4, 5)} <= {(a, b) for a, b, _ in matches}


def test_spellings_of_one_name_fold_alike() -> None:
    same = {gene_features.fold(n) for n in ("TGF-β1", "TGF-beta1", "TGFB1", "TGFbeta1"[:7] + "1")}
    assert "tgfb1" in same


def test_decode_agrees_with_brute_force() -> None:
    rng = np.random.default_rng(3)
    scores = rng.normal(size=(4, 5)).astype(np.float32)
    trans = rng.normal(size=(5, 5)).astype(np.float32)
    allowed = np.where(linear.ALLOWED, trans, -1e4)
    best, total, marginal = -np.inf, 0.0, np.zeros((4, 5))
    winner: tuple[int, ...] = ()
    for path in np.ndindex(5, 5, 5, 5):
        value = linear.START_SCORE[path[0]] + linear.END_SCORE[path[-1]]
        value += sum(scores[k, t] for k, t in enumerate(path))
        value += sum(allowed[a, b] for a, b in itertools.pairwise(path))
        if value > best:
            best, winner = value, path
        total += np.exp(value)
        for k, t in enumerate(path):
            marginal[k, t] += np.exp(value)
    [(tags, post), (short, _), (none, _)] = tagger.decode([scores, scores[:2], scores[:0]], trans)
    assert tuple(tags) == winner
    assert np.allclose(post, marginal / total, atol=1e-4)
    assert len(short) == 2
    assert len(none) == 0


def test_the_linear_model_learns(corpora: Path) -> None:
    sentences = readers.read_bc2gm(corpora / "BC2GM")
    features = words.learn(sentences, [], gene_features.Gazetteer({"il6": 1}))
    vocabulary = tagger.Vocabulary(features)
    encoded = [encode(s, vocabulary) for s in sentences]
    weights, trans = linear.train(encoded, [1] * len(encoded), bits=16, epochs=4, drop=0.0)
    finder = component.GeneFinder()
    finder.vocabulary, finder.linear = vocabulary, tagger.LinearScorer(*linear.quantize(weights))
    finder.transitions = trans.astype(np.float32)
    texts = finder.tag([tagger.tokenize(s.text) for s in sentences])
    spans = [[(t.starts[i], t.ends[j - 1]) for i, j in tagger.read_spans(t.tags)] for t in texts]
    assert evaluate.score_spans(sentences, spans, alternatives=False)[2] > 0.9


def test_the_packaged_network_gives_the_scores_of_the_trained_one(corpora: Path) -> None:
    sentences = readers.read_bc2gm(corpora / "BC2GM")[:10]
    features = words.learn(sentences, [], gene_features.Gazetteer({"il6": 1}))
    vocabulary = tagger.Vocabulary(features)
    encoded = [encode(s, vocabulary) for s in sentences]
    net = network.Network(width=16, embed=8, depth=2, dense=features.vector_table.shape[1])
    packaged = tagger.NetworkScorer(net.arrays(), [name for name, _ in network.EMBED])
    finder = component.GeneFinder()
    finder.vocabulary, finder.network = vocabulary, packaged
    sentence = encoded[1]
    rows = np.ascontiguousarray(sentence.rows[:, network._COLUMNS])
    vectors = features.vectors(vocabulary.words)[sentence.ids]
    expected, _ = net.begin(rows, vectors, False)
    tokens = tagger.tokenize(sentences[1].text)
    text = finder.tag([tokens])[0]
    place = np.full((len(sentence.ids), 3), -1)
    place[4:-4] = tagger.token_values(text)
    assert np.allclose(packaged(vocabulary, sentence.ids, place), expected[4:-4], atol=1e-3)


def test_the_packaged_second_look_gives_the_probabilities_of_the_fitted_model(
    pipeline: Language, corpora: Path
) -> None:
    finder = pipeline.get_pipe("genes")
    assert isinstance(finder, component.GeneFinder)
    assert finder.vocabulary is not None
    features = finder.vocabulary.features
    sentences = readers.read_bc2gm(corpora / "BC2GM")
    examples = second_look.from_sentences(finder, sentences)
    look = second_look.fit(examples, features)
    values = np.array([c.dense for e in examples for c in e.candidates])
    mean, spread = values.mean(axis=0), values.std(axis=0) + 1e-6
    matrix = second_look._matrix(examples, features, mean, spread, context=True)
    right = np.array([r for e in examples for r in e.right])
    model = LogisticRegression(C=0.2, solver="liblinear", max_iter=200, random_state=0)
    model.fit(matrix, right, sample_weight=np.where(right, 6.0, 1.0))
    expected = model.predict_proba(matrix)[:, 1]
    probabilities = [p for e in examples for p in look.probabilities(e.text, e.candidates)]
    assert np.allclose(probabilities, expected, atol=1e-6)


def test_gold_tags_are_bioes() -> None:
    tokens = tagger.tokenize("IL-6 and p53 rose")
    assert gold_tags(tokens, [(0, 4), (9, 12)]).tolist() == [1, 2, 3, 0, 4, 0]


def test_long_forms_of_both_kinds() -> None:
    content = (
        "reactive oxygen species (ROS). TNF: tumor necrosis factor; ER, endoplasmic reticulum."
    )
    tokens = tagger.tokenize(content)
    text = tagger.TaggedText(
        *([list(column) for column in zip(*tokens, strict=True)]),  # type: ignore[arg-type]
        [], [], [], [],
    )  # fmt: skip
    forms = {text.words[k]: " ".join(text.words[a:b]) for k, (a, b) in long_forms(text).items()}
    assert forms["ROS"] == "reactive oxygen species"
    assert forms["TNF"] == "tumor necrosis factor"
    assert forms["ER"] == "endoplasmic reticulum"


@pytest.fixture(scope="session")
def pipeline(corpora: Path, records: Path, tmp_path_factory: pytest.TempPathFactory) -> Language:
    """The whole recipe on the sample, loaded from disk."""
    out = tmp_path_factory.mktemp("model") / "tiny"
    arguments = ["--corpora", str(corpora), "--pfocr", str(records), "--out", str(out)]
    arguments += ["--epochs", "2", "--linear-epochs", "2", "--bits", "14", "--width", "32"]
    recipe.main(arguments)
    return spacy.load(out)


def test_the_recipe_makes_a_pipeline(pipeline: Language) -> None:
    doc = pipeline("The STAT3 pathway: IL-6 activates  STAT3\nand EGFR.")
    assert doc.ents
    assert {ent.label_ for ent in doc.ents} == {"GENE"}
    scores = doc.spans["genes"].attrs["scores"]
    assert len(scores) == len(doc.ents)
    assert all(0 <= score <= 1 for score in scores)


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n", "()", "𝛼 \u200b", "a" * 5000, "β-catenin " * 300],
    ids=["empty", "space", "newline", "brackets", "odd", "long word", "long text"],
)
def test_unusual_texts_do_not_fail(pipeline: Language, text: str) -> None:
    doc = pipeline(text)
    assert doc.text == text


def test_entities_do_not_depend_on_batches(pipeline: Language) -> None:
    texts = [
        "IL-6 binds STAT3 in human cells.",
        "",
        "EGFR",
        "Loss of TP53 leads to apoptosis. " * 20,
    ]
    alone = [[(e.start_char, e.end_char) for e in pipeline(t).ents] for t in texts]
    together = [
        [(e.start_char, e.end_char) for e in doc.ents] for doc in pipeline.pipe(texts, batch_size=4)
    ]
    assert alone == together


def test_the_second_look_can_be_switched_off(pipeline: Language) -> None:
    finder = pipeline.get_pipe("genes")
    assert isinstance(finder, component.GeneFinder)
    finder.second_look = False
    try:
        doc = pipeline("IL-6 binds STAT3 in human cells.")
        assert len(doc.spans["genes"].attrs["scores"]) == len(doc.ents)
    finally:
        finder.second_look = True
