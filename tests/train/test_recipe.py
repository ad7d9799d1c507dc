"""The training recipe, each part on a tiny sample, and the pipeline and card that it writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spacy
from spacy.language import Language

pytest.importorskip("torch")

from train import calibration, gazetteer, measure, network, recipe, words
from train import corpora as readers
from train.features import encode, gold_tags

from nerbench.nomenclature.lexicon import load_nomenclature
from nerbench.recognizers.default.component import GeneFinder
from nerbench.recognizers.default.features import Vocabulary, WordFeatures
from nerbench.recognizers.default.gazetteer import FAMILY, FULL_NAME, HUMAN_SYMBOL, Gazetteer
from nerbench.recognizers.default.network import Batch, Network
from nerbench.recognizers.default.tokens import tokenize
from nerbench.records import Figure, Mention


def test_bc2gm_offsets_count_nonblank_characters(corpora: Path) -> None:
    sentences = readers.read_bc2gm(corpora / "BC2GM")
    assert sentences[0].text == "IL-6 binds IL-6 in human cells."
    assert sentences[0].spans == ((0, 4), (11, 15))
    assert {s.paper for s in sentences[:2]} == {"P00000000", "P00000001"}


def test_iob_spans_have_offsets_in_the_text(corpora: Path) -> None:
    sentences = readers.read_all_iob(corpora)
    assert {s.guideline for s in sentences} == {"BioNLP13GE"}
    assert sentences[0].text == "Levels of IL-6 (P < 0.05) rose."
    assert [sentences[0].text[a:b] for a, b in sentences[0].spans] == ["IL-6"]


def test_only_genes_of_bioid_are_names(corpora: Path) -> None:
    (first, *_) = readers.read_bioid(corpora / "BioID" / "caption_bioc")
    assert [first.text[a:b] for a, b in first.spans] == ["IL-6"]
    assert first.paper == "100"


def test_marked_captions_are_read_with_their_marks(records: Path) -> None:
    figures = readers.read_captions([records], [records.parent / "gold.jsonl"])
    assert len(figures) == 24
    sentence = readers.sentence_of(figures[0])
    assert [sentence.text[a:b] for a, b in sentence.spans] == ["IL-6", "IL-6", "Smad2"]
    assert sentence.paper == "PMC1000"


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


def test_the_hash_of_its_paper_holds_a_text_out() -> None:
    def sentence(paper: str, guideline: str) -> readers.Sentence:
        return readers.Sentence("x", "x", (), guideline, paper)

    # CRC-32 of "PMC8714735" is 0.189 of 2**32 (zlib), of "PMC1" 0.886.
    assert readers.is_held_out(sentence("PMC8714735", "captions"))
    assert readers.is_held_out(sentence("PMC8714735", "BioID"))
    assert not readers.is_held_out(sentence("PMC8714735", "JNLPBA"))


def test_texts_that_are_held_out_are_not_learnt() -> None:
    copy = readers.Sentence("a", "IL-6 binds  STAT3", (), "x")
    held = readers.Sentence("b", "IL - 6 binds STAT3", (), "y")
    other = readers.Sentence("c", "TP53 is lost", (), "x")
    assert readers.without_overlap([copy, other, other], [held]) == [other]


def test_gazetteer_from_the_lexicons() -> None:
    entries = gazetteer.build(gazetteer.names(load_nomenclature()))
    assert entries["stat3"] & HUMAN_SYMBOL
    assert entries["jak"] & FAMILY
    assert entries[gazetteer.fold("interleukin 6")] & FULL_NAME
    matches = Gazetteer(entries).matches(["il", "", "6", "and", "stat3"])
    assert {(0, 3), (4, 5)} <= {(a, b) for a, b, _ in matches}


def test_gold_tags_are_bioes() -> None:
    tokens = tokenize("IL-6 and p53 rose")
    assert gold_tags(tokens, [(0, 4), (9, 12)]).tolist() == [1, 2, 3, 0, 4, 0]


def make_vocabulary(sentences: list[readers.Sentence]) -> Vocabulary:
    return Vocabulary(words.learn(sentences, Gazetteer({"il6": 1, "stat3": 1})))


def test_the_packaged_network_gives_the_scores_of_the_trained_one(corpora: Path) -> None:
    import torch

    sentences = readers.read_bc2gm(corpora / "BC2GM")[:10]
    defined = "Wingless (Wg) binds IL-6. STAT3: signal transducer; Wg, IL-6 and ER"
    sentences.append(readers.Sentence("a", defined, (), "BC2GM"))
    vocabulary = make_vocabulary(sentences)
    examples = [encode(sentence, vocabulary) for sentence in sentences]
    torch.manual_seed(1)
    net = network.TorchNetwork(vocabulary, 3, network.Options(width=16, embedding=8)).eval()
    batch = Batch.of(vocabulary, [e.text for e in examples])
    assert len(batch.long_forms) == 2
    with torch.no_grad():
        expected = net(batch).numpy()
    packaged = Network(net.arrays())
    for head in range(3):
        scores = packaged(vocabulary, batch, head)
        assert np.allclose(scores, expected[:, 5 * head : 5 * head + 5], atol=1e-4)
    stored = Network(network.quantize(net.arrays()))
    assert np.abs(stored(vocabulary, batch, 1) - expected[:, 5:10]).max() < 0.05


def test_a_network_learns_each_guideline_with_its_own_head(corpora: Path) -> None:
    sentences = readers.read_bc2gm(corpora / "BC2GM")
    captions = [
        readers.Sentence(s.id, s.text, (), "captions", s.paper) for s in sentences
    ]  # by this guideline, nothing is a name
    vocabulary = make_vocabulary(sentences)
    examples = [encode(sentence, vocabulary) for sentence in [*captions, *sentences]]
    options = network.Options(width=32, epochs=6, repeats=1, swapped=0.0, tokens=200)
    arrays = network.train(examples, (1.0, 1.0), vocabulary, options, seed=0)
    finder = recipe.package(vocabulary.features, [Network(arrays)])
    found = {}
    for guideline in ("captions", "BC2GM"):
        finder.guideline = guideline
        texts = [tokenize(sentence.text) for sentence in sentences]
        found[guideline] = sum(map(len, finder.find(texts)))
    gold = sum(len(sentence.spans) for sentence in sentences)
    assert found["captions"] < 0.05 * gold
    assert 0.9 * gold < found["BC2GM"] < 1.1 * gold


def test_swapped_names_stay_the_same_in_all_places() -> None:
    text = "STAT3 binds EGFR; STAT3 rose"
    sentence = readers.Sentence("a", text, ((0, 5), (12, 16), (18, 23)), "captions")
    other = readers.Sentence("b", "MAPK1 fell", ((0, 5),), "captions")
    vectors = np.zeros((1, 4), dtype=np.int8)
    features = WordFeatures(Gazetteer({"egfr": 1}), ["rose"], vectors[:, 0], vectors, 1.0)
    vocabulary = Vocabulary(features)
    examples = [encode(s, vocabulary) for s in (sentence, other)]
    swap = network.Swapper(examples, vocabulary, np.random.default_rng(0))
    seen = set()
    for _ in range(20):
        swapped = swap(examples[0])
        names = [vocabulary.words[k] for k in swapped.text.ids]
        assert names[0] == names[4]
        assert [names[1], names[3], names[5]] == ["binds", ";", "rose"]
        seen.add(names[0])
    assert seen == {"STAT3", "EGFR", "MAPK1"}


def test_the_line_of_the_scores_makes_them_the_share_that_is_right() -> None:
    """Raw probabilities of 0.9 of which 6 in 10 are right, and of 0.5 of which 2 are."""
    raw = np.array([0.9] * 1000 + [0.5] * 1000)
    right = np.array([k % 10 < 6 for k in range(1000)] + [k % 10 < 2 for k in range(1000)])
    line = calibration.fit_line(raw, right)
    moved = [calibration.move_odds(value, *line) for value in (0.9, 0.5)]
    assert moved == pytest.approx([0.6, 0.2], abs=0.01)


def test_errors_are_counted_by_kind() -> None:
    caption = "Toll-like receptor 4 binds MyD88 and ROS; N"
    gold = (
        Mention(0, 20, caption[:20], "family"),
        Mention(27, 32, "MyD88", "gene"),
        Mention(42, 43, "N", "other"),
    )
    figure = Figure("PMC1__f1", caption, gold=gold)
    predicted = [Mention(0, 18, caption[:18]), Mention(27, 32, "MyD88"), Mention(37, 40, "ROS")]
    assert measure.errors([figure], [predicted]) == {
        "found in part": (1, ["Toll-like receptor 4"]),
        "missed: other, 1 to 3 characters": (1, ["N"]),
        "no name of a gene is marked there": (1, ["ROS"]),
    }
    assert measure.found_by([figure], [predicted])["kind: gene"] == (1, 1, 0)
    assert measure.found_by([figure], [predicted])["kind: family"] == (1, 0, 1)
    scores = measure.score_captions([figure], [predicted])["all"]
    assert scores.strict == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert scores.overlap == pytest.approx((2 / 3, 2 / 3, 2 / 3))


def train(corpora: Path, records: Path, out: Path) -> Path:
    arguments = ["--corpora", str(corpora), "--pfocr", str(records), "--out", str(out)]
    arguments += ["--gold", str(records.parent / "gold.jsonl"), "--networks", "1"]
    recipe.main([*arguments, "--epochs", "2", "--width", "32"])
    return out


@pytest.fixture(scope="session")
def folder(corpora: Path, records: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pipeline that the whole recipe makes of the sample."""
    return train(corpora, records, tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="session")
def pipeline(folder: Path) -> Language:
    return spacy.load(folder)


def test_the_recipe_makes_a_pipeline(pipeline: Language) -> None:
    doc = pipeline("The STAT3 pathway: IL-6 activates  STAT3\nand EGFR.")
    assert doc.ents
    assert {ent.label_ for ent in doc.ents} == {"GENE"}
    scores = doc.spans["genes"].attrs["scores"]
    assert len(scores) == len(doc.ents)
    assert all(0 <= score <= 1 for score in scores)


def test_the_recipe_lists_the_papers_that_it_learnt_from(folder: Path) -> None:
    papers = (folder.parent / "tiny-trained-on.txt").read_text(encoding="utf-8").split("\n")[1:-1]
    held_out = [
        paper
        for paper in (f"PMC{1000 + number}" for number in range(24))
        if readers.is_held_out(readers.Sentence("x", "x", (), "captions", paper))
    ]
    assert papers
    assert held_out
    assert not set(papers) & set(held_out)


def test_the_recipe_writes_the_card(folder: Path) -> None:
    card = (folder.parent / "TINY.md").read_text(encoding="utf-8")
    assert "{{" not in card
    assert "| BioID (BioCreative VI, Arighi et al. 2017) |" in card
    assert "| BC2GM |" in card


def test_the_same_seed_gives_the_same_weights(
    folder: Path, corpora: Path, records: Path, tmp_path: Path
) -> None:
    again = train(corpora, records, tmp_path / "tiny")
    for path in sorted((folder / "genes").iterdir()):
        assert path.read_bytes() == (again / "genes" / path.name).read_bytes(), path.name


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

    def entities(docs: Any) -> list[list[tuple[int, int]]]:
        return [[(e.start_char, e.end_char) for e in doc.ents] for doc in docs]

    assert entities(map(pipeline, texts)) == entities(pipeline.pipe(texts, batch_size=4))


def test_an_unknown_guideline_is_one_clear_error(folder: Path) -> None:
    nlp = spacy.load(folder, config={"components.genes.guideline": "CHEMDNER"})
    with pytest.raises(ValueError, match="no guideline 'CHEMDNER', only captions, BC2GM"):
        nlp("IL-6")
    assert isinstance(nlp.get_pipe("genes"), GeneFinder)
