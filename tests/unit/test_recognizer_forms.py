"""Everything that `nerbench.evaluate` takes as a recognizer, and what it says of anything else."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import spacy
from fakes import Failing, Words
from hypothesis import given
from hypothesis import strategies as st

import nerbench
from nerbench import CuratedGene, Figure, Mention, RecognizerError, RecordError, evaluate
from nerbench.recognizers.coercion import to_predictor
from nerbench.recognizers.python_function import FunctionRecognizer
from nerbench.recognizers.registry import find_card
from nerbench.recognizers.span_values import read_spans

CAPTION = "STAT3 and IL-6 in liver"
GENES = re.compile("STAT3|IL-6")
LISTED = (CuratedGene(9606, "STAT3"), CuratedGene(9606, "IL6"))
FIGURES = [Figure(f"F{n}", CAPTION, curated=LISTED) for n in range(3)]
FIGURES += [Figure("empty", "", curated=LISTED), Figure("none", "In liver", curated=LISTED)]


class Span(NamedTuple):
    start: int
    end: int


class SpacyLike:
    def __init__(self, match: re.Match[str]) -> None:
        self.start_char, self.end_char = match.span()
        self.start, self.end = 0, 1  # tokens
        self.label, self.label_ = 77, "GENE"


FORMS = {
    "pair": lambda m: m.span(),
    "list": lambda m: list(m.span()),
    "label": lambda m: (*m.span(), "PROTEIN"),
    "no label": lambda m: (*m.span(), None),
    "text": lambda m: (*m.span(), m.group()),
    "text and label": lambda m: (*m.span(), m.group(), "GENE"),
    "label and score": lambda m: (*m.span(), "GENE", 0.5),
    "numpy": lambda m: (np.int64(m.start()), np.int32(m.end()), "GENE", np.float32(0.5)),
    "array": lambda m: np.array(m.span()),
    "mention": lambda m: Mention(*m.span(), m.group()),
    "match": lambda m: m,
    "named tuple": lambda m: Span(*m.span()),
    "spaCy": SpacyLike,
    "dictionary": lambda m: {"start": m.start(), "end": m.end()},
    "transformers": lambda m: {
        "entity_group": "GENE", "score": np.float32(0.9), "word": "x", "start": m.start(),
        "end": m.end(),
    },
    "gliner": lambda m: {
        "start": m.start(), "end": m.end(), "text": m.group(), "label": "gene", "score": 0.9,
    },
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_function_gives_spans_in_any_usual_form(form: str) -> None:
    def of_text(text: str):
        return [FORMS[form](match) for match in GENES.finditer(text)]

    names = evaluate(FIGURES, of_text).names()
    assert names["name"].to_list() == ["STAT3", "IL-6"] * 3


def of_text(text):
    return [match.span() for match in GENES.finditer(text)]


def of_text_by_generator(text):
    for match in GENES.finditer(text):
        yield match.span()


def of_text_by_methods(text):
    return [(text.find("STAT3"), text.find("STAT3") + 5)] if "STAT3" in text else []


def of_characters(text):  # takes a list as well: of texts, as if they were characters
    starts = [at for at, character in enumerate(text) if character == "S"]
    return [(start, start + 5) for start in starts]


def of_annotated_text(text: str) -> Iterable[object]:
    return GENES.finditer("".join(text))


def of_list(texts):
    return [[match.span() for match in GENES.finditer(text)] for text in texts]


def of_list_by_generator(texts):
    for text in texts:
        yield GENES.finditer(text)


def of_annotated_list(texts: list[str]) -> list[list[tuple[int, int]]]:
    return of_list(texts)


class Callable:
    def __call__(self, text: str) -> list[re.Match[str]]:
        return list(GENES.finditer(text))


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (of_text, "of_text"),
        (of_text_by_generator, "of_text_by_generator"),
        (of_text_by_methods, "of_text_by_methods"),
        (of_characters, "of_characters"),
        (of_annotated_text, "of_annotated_text"),
        (of_list, "of_list"),
        (of_list_by_generator, "of_list_by_generator"),
        (of_annotated_list, "of_annotated_list"),
        (Callable(), "Callable"),
        (Callable().__call__, "__call__"),
        (lambda text: list(GENES.finditer(text)), "function"),
        (functools.partial(of_text), "of_text"),
        (GENES.finditer, "finditer"),
    ],
)
def test_a_function_takes_a_text_or_a_list_of_texts(function: Any, name: str) -> None:
    evaluation = evaluate(FIGURES, function)
    assert [model.name for model in evaluation.models] == [name]
    assert evaluation.names().filter(name="STAT3")["figid"].to_list() == ["F0", "F1", "F2"]


def test_an_empty_caption_is_not_given_to_a_function() -> None:
    seen = []

    def watch(text: str) -> list[Any]:
        seen.append(text)
        return []

    evaluate(FIGURES, watch)
    assert set(seen) == {CAPTION, "In liver"}


@given(st.lists(st.text(max_size=30), max_size=5), st.booleans())
def test_a_function_gives_each_text_its_own_spans(texts: list[str], by_list: bool) -> None:
    letters = re.compile("[A-Za-z]+")

    def find(text):
        return letters.finditer(text)

    def find_all(texts):
        return [letters.finditer(text) for text in texts]

    lists = FunctionRecognizer(find_all if by_list else find).recognize(texts)
    assert [[mention.text for mention in mentions] for mentions in lists] == [
        letters.findall(text) for text in texts
    ]


def test_the_same_function_has_the_same_fingerprint_and_another_another() -> None:
    def make(word: str) -> Any:
        return lambda text: re.finditer(word, text)

    same = {FunctionRecognizer(make("STAT3")).fingerprint for _ in range(2)}
    assert len(same) == 1
    others = {FunctionRecognizer(f).fingerprint for f in (make("IL-6"), of_text, of_list, print)}
    assert len(same | others) == 5


@pytest.mark.parametrize(
    ("spans", "error", "reason"),
    [
        (None, TypeError, "the spans of a text are a list, not None"),
        ("IL-6", TypeError, "the spans of a text are a list, not 'IL-6'"),
        ({"start": 0, "end": 5}, TypeError, "the spans of a text are a list, not a dict"),
        (7, TypeError, "the spans of a text are a list, not 7"),
        (["IL-6"], TypeError, "a span is a Mention, (start, end)"),
        ([(1,)], TypeError, "not (1,)"),
        ([()], TypeError, "not ()"),
        ([(0, 5, "GENE", "PROTEIN")], TypeError, "not (0, 5, 'GENE', 'PROTEIN')"),
        ([(0.0, 5.0)], TypeError, "offsets of a span are whole numbers, not 0.0 and 5.0"),
        ([(True, 5)], TypeError, "offsets of a span are whole numbers, not True and 5"),
        ([("0", "5")], TypeError, "offsets of a span are whole numbers, not '0' and '5'"),
        ([{"word": "IL-6"}], TypeError, "a span has start and end, not only word"),
        ([{"start": None, "end": None}], TypeError, "with a fast tokenizer only"),
        ([object()], TypeError, "not a object"),
        ([(0, 500)], RecordError, "the span 0-500 is not in a text of 23 characters"),
        ([(5, 5)], RecordError, "the span 5-5 is not in"),
        ([(-3, 5)], RecordError, "the span -3-5 is not in"),
    ],
)
def test_what_is_no_span_is_said(spans: object, error: type[Exception], reason: str) -> None:
    with pytest.raises(error) as caught:
        read_spans(spans, CAPTION)
    assert reason in str(caught.value)


def test_a_text_at_wrong_offsets_is_no_label() -> None:
    with pytest.raises(RecognizerError, match="'STAT3' at 1-6 differs from the caption"):
        evaluate(FIGURES, lambda text: [(1, 6, "STAT3")] if "STAT3" in text else [])


def test_labels_of_no_genes_are_left_out_and_said() -> None:
    def find(text: str) -> list[tuple[int, int, str]]:
        return [(0, 5, "Gene"), (18, 23, "Tissue")] if "STAT3" in text else []

    evaluation = evaluate(FIGURES, find)
    assert evaluation.names()["name"].unique().to_list() == ["STAT3"]
    assert evaluation.models[0].usage == ("find: spans with labels of no genes: Tissue (3)",)


def test_a_function_whose_labels_are_all_of_no_genes_is_an_error() -> None:
    with pytest.raises(RecognizerError, match=r"labels of no genes: LOC \(5\).*the label GENE"):
        evaluate(FIGURES * 1, lambda text: [(0, 2, "LOC")] * (5 if text == "In liver" else 0))


PIECES = [
    {"entity": "B-GENE", "index": 1, "word": "STAT", "start": 0, "end": 4, "score": 0.9},
    {"entity": "I-GENE", "index": 2, "word": "##3", "start": 4, "end": 5, "score": 0.1},
    {"entity": "B-GENE", "index": 4, "word": "IL", "start": 10, "end": 12, "score": 0.8},
    {"entity": "I-GENE", "index": 5, "word": "-", "start": 12, "end": 13, "score": 0.6},
    {"entity": "I-GENE", "index": 6, "word": "6", "start": 13, "end": 14, "score": 0.7},
]


def test_word_pieces_are_joined_to_mentions() -> None:
    assert read_spans(PIECES, CAPTION) == [
        Mention(0, 5, "STAT3", score=0.9),
        Mention(10, 14, "IL-6", score=0.7),
    ]
    assert read_spans(PIECES[::-1], CAPTION) == read_spans(PIECES, CAPTION)
    bare = [piece | {"entity": "GENE"} for piece in PIECES]
    assert [m.text for m in read_spans(bare, CAPTION)] == ["STAT3", "IL-6"]


def ruler(*labels: str) -> Any:
    nlp = spacy.blank("en")
    patterns = zip(labels, ("STAT3", "IL-6"), strict=False)
    nlp.add_pipe("entity_ruler").add_patterns(  # type: ignore[attr-defined]
        [{"label": label, "pattern": pattern} for label, pattern in patterns]
    )
    return nlp


def test_a_spacy_pipeline_in_memory_is_a_recognizer() -> None:
    nlp = ruler("GENE", "Tissue")
    evaluation = evaluate(FIGURES, nlp)
    assert evaluation.models[0].name == "en_pipeline"
    assert evaluation.names()["name"].to_list() == ["STAT3"] * 3
    assert evaluate(FIGURES, nlp).signature == evaluation.signature
    assert evaluate(FIGURES, ruler("GENE", "GENE")).signature != evaluation.signature


def test_a_component_that_does_not_say_what_it_assigns_sets_entities() -> None:
    @spacy.Language.component("test_first_word")
    def first_word(doc):
        doc.ents = [doc.char_span(0, len(doc[0].text), "GENE")] if len(doc) else []
        return doc

    nlp = spacy.blank("en")
    nlp.add_pipe("test_first_word")
    assert evaluate(FIGURES, nlp).names()["name"].to_list() == ["STAT3", "STAT3", "STAT3", "In"]


@pytest.mark.parametrize(
    ("nlp", "reason"),
    [
        (spacy.blank("en"), "en_pipeline: the pipeline has no components"),
        (ruler("Tissue"), "en_pipeline: the pipeline has no gene label; it has Tissue"),
    ],
)
def test_a_spacy_pipeline_without_genes_is_an_error(nlp: Any, reason: str) -> None:
    with pytest.raises(RecognizerError, match=reason):
        evaluate(FIGURES, nlp)
    kept = evaluate(FIGURES, nlp, errors="keep")
    assert reason in str(kept.models[0].failure)


def test_a_name_a_path_and_a_card_are_recognizers(tmp_path: Path) -> None:
    card = tmp_path / "my words.yaml"
    card.write_text("name: words\nkind: lexicon\n", encoding="utf-8")
    recognizers = ["lexicon", str(card), card, find_card("lexicon")]
    evaluations = [evaluate(FIGURES, recognizer) for recognizer in recognizers]
    assert [one.models[0].name for one in evaluations] == ["lexicon", "words", "words", "lexicon"]
    assert len({one.names()["name"].len() for one in evaluations}) == 1
    ruler("GENE", "GENE").to_disk(tmp_path / "spacy")
    assert evaluate(FIGURES, tmp_path / "spacy").models[0].name == "spacy"


def test_several_recognizers_and_names_of_the_users_own() -> None:
    evaluation = evaluate(FIGURES, [of_text, ruler("GENE"), Words("words", ["STAT3"])])
    assert [model.name for model in evaluation.models] == ["of_text", "en_pipeline", "words"]
    named = evaluate(FIGURES, {"mine": of_text, "theirs": of_text, "list": "lexicon"})
    assert [model.name for model in named.models] == ["mine", "theirs", "list"]
    words = Words("words", ["STAT3"])
    assert evaluate(FIGURES, {"other": words}).models[0].name == "other"
    assert words.name == "words"
    with pytest.raises(nerbench.NerbenchError, match="two models are called 'of_text'"):
        evaluate(FIGURES, (of_text, of_text))
    with pytest.raises(nerbench.NerbenchError, match="there is no recognizer"):
        evaluate(FIGURES, [])


class Nameless:
    fingerprint = "1"

    def recognize(self, texts):
        return [[] for _ in texts]


@pytest.mark.parametrize(
    ("recognizer", "reason"),
    [
        (None, "a recognizer is a model's name, .* a spaCy pipeline, .* a function .*; not None"),
        (3, "not a builtins.int"),
        (b"lexicon", "not a builtins.bytes"),
        ({"lexicon"}, "not a builtins.set"),
        (["lexicon", 3], "not a builtins.int"),
        (object(), "not a builtins.object"),
        (Words, r"Words is a class: give an object of it, Words\(\.\.\.\)"),
        (Nameless(), "a Nameless is no recognizer: it has no name"),
        (FIGURES[0], "not a nerbench.records.Figure"),
    ],
)
def test_anything_else_is_a_type_error_that_says_what_it_may_be(
    recognizer: Any, reason: str
) -> None:
    for errors in (None, "keep"):
        with pytest.raises(TypeError, match=reason):
            evaluate(FIGURES, recognizer, errors=errors)


def test_figures_may_be_paths_a_figure_or_any_iterable(seed_path: Path, tmp_path: Path) -> None:
    record = "---\nfigid: PMC1__f1\ncaption: STAT3\n---\n"
    (tmp_path / "one.md").write_text(record, encoding="utf-8")
    for figures, count in (
        (str(seed_path), 1),
        (seed_path, 1),
        ([seed_path, tmp_path / "one.md"], 2),
        (iter([str(seed_path)]), 1),
        (nerbench.open_corpus(seed_path), 1),
        (FIGURES[0], 1),
        (FIGURES, 5),
        (iter(FIGURES), 5),
        ({"a": FIGURES[0]}.values(), 1),
    ):
        assert evaluate(figures, of_text).corpus.figures == count  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "figures", [None, 3, b"seeds", {"a": 1}, [3], [FIGURES[0], "x"], ["x", 3], [None]]
)
def test_other_figures_are_a_type_error(figures: Any) -> None:
    with pytest.raises(TypeError, match=r"the figures are a corpus, nerbench.Figure objects, or"):
        evaluate(figures, of_text)


def fail_on(figid: str):
    def find(text: str) -> list[Any]:
        raise ZeroDivisionError(f"no {text}")

    figure = next(figure for figure in FIGURES if figure.figid == figid)

    def tag(text: str) -> list[Any]:
        return find(text) if text == figure.caption else []

    return tag


def test_a_failing_only_recognizer_raises_its_error_with_the_figure_and_the_cause() -> None:
    for errors in (None, "raise"):
        with pytest.raises(RecognizerError) as caught:
            evaluate(FIGURES, fail_on("none"), errors=errors)
        assert str(caught.value) == ("tag: failed on figure none: ZeroDivisionError: no In liver")
        assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_pipeline_that_reads_ahead_names_the_figure_that_fails() -> None:
    @spacy.Language.component("test_fails_on_in")
    def fails(doc):
        if doc.text.startswith("In"):
            raise ValueError("not in")
        return doc

    nlp = ruler("GENE")
    nlp.add_pipe("test_fails_on_in")
    with pytest.raises(RecognizerError, match="failed on figure none: ValueError: not in"):
        evaluate(FIGURES, nlp)


def test_failures_of_several_are_kept_unless_they_are_to_be_raised() -> None:
    models = [fail_on("F0"), of_text]
    kept = evaluate(FIGURES, models)
    assert [model.failure is None for model in kept.models] == [False, True]
    with pytest.raises(RecognizerError, match="failed on figure F0"):
        evaluate(FIGURES, models, errors="raise")
    alone = evaluate(FIGURES, Failing("broken", ValueError("broken")), errors="keep")
    assert "ValueError: broken" in str(alone.models[0].failure)
    assert alone.scores == []
    with pytest.raises(nerbench.NerbenchError, match=r"unknown errors 'kepp'.*mean 'keep'"):
        evaluate(FIGURES, of_text, errors="kepp")  # type: ignore[arg-type]


def test_predictions_of_other_figures_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text('{"id": "other", "mentions": []}\n', encoding="utf-8")
    with pytest.raises(RecognizerError, match=r"mine: .*none of its figures is in the corpus"):
        evaluate(FIGURES, path)
    assert evaluate(FIGURES, path, errors="keep").models[0].problems


def test_a_model_that_cannot_be_loaded_raises_or_is_kept(tmp_path: Path) -> None:
    card = tmp_path / "gone.yaml"
    card.write_text("kind: spacy\nsource: no_such_pipeline_xyz\n", encoding="utf-8")
    with pytest.raises(RecognizerError, match="gone: the spaCy pipeline 'no_such_pipeline_xyz'"):
        evaluate(FIGURES, card)
    kept = evaluate(FIGURES, [card, of_text])
    assert [model.name for model in kept.models] == ["gone", "of_text"]
    assert "cannot be loaded" in str(kept.models[0].failure)


@pytest.mark.parametrize("organism", [9606, "9606", "human", [9606, "fly"], (9606,)])
def test_an_organism_may_be_a_number_or_several(organism: Any) -> None:
    assert evaluate(FIGURES, of_text, organism=organism).scope.taxa[0] == 9606


def test_representations_of_recognizers_are_short() -> None:
    assert repr(FunctionRecognizer(of_text)) == "FunctionRecognizer('of_text')"
    assert repr(to_predictor(of_text, "mine")) == "FunctionPredictor('mine')"
    lexicon = nerbench.load_recognizer("lexicon", threshold=0.5)
    assert repr(lexicon) == "Thresholded(LexiconRecognizer('lexicon'), 0.5)"
    assert repr(evaluate(FIGURES, of_text)) == "Evaluation(of_text on 5 figures, level family)"
    assert repr(evaluate(FIGURES, of_text).models[0]) == "ModelResult('of_text')"
