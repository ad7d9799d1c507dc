"""Pipelines of transformers as recognizers of `nerbench.evaluate`, with small checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tiny import FOUND, TEXT

from nerbench import Figure, RecognizerError, evaluate
from nerbench.recognizers.coercion import to_predictor
from nerbench.recognizers.neural.transformers_pipeline import PipelineRecognizer

transformers = pytest.importorskip("transformers", reason="needs nerbench[transformers]")
pytest.importorskip("torch", reason="needs nerbench[transformers]")

Checkpoints = Callable[..., Path]


def pipeline(folder: Path, **options: Any) -> Any:
    return transformers.pipeline("token-classification", model=str(folder), **options)


def texts_of(recognizer: PipelineRecognizer, text: str) -> list[str]:
    ((mentions),) = recognizer.recognize([text])
    for mention in mentions:
        mention.check(text)
    return [mention.text for mention in mentions]


@pytest.mark.parametrize("kind", ["bert", "roberta", "xlm-roberta"])
def test_a_pipeline_without_aggregation_gives_whole_mentions(
    checkpoint: Checkpoints, kind: str
) -> None:
    recognizer = PipelineRecognizer(pipeline(checkpoint(kind, "iob2")))
    assert texts_of(recognizer, TEXT) == FOUND
    assert recognizer.labels == {"GENE"}
    assert repr(recognizer) == f"PipelineRecognizer('{kind}-iob2')"


@pytest.mark.parametrize("strategy", ["simple", "first", "max", "average"])
def test_a_pipeline_that_aggregates_gives_its_own_mentions(
    checkpoint: Checkpoints, strategy: str
) -> None:
    made = pipeline(checkpoint("bert", "iob2"), aggregation_strategy=strategy)
    own = [(entity["start"], entity["end"]) for entity in made(TEXT)]
    (mentions,) = PipelineRecognizer(made).recognize([TEXT])
    assert [(mention.start, mention.end) for mention in mentions] == own
    assert all(mention.score is not None for mention in mentions)


def test_a_caption_longer_than_the_model_reads_is_read_to_its_end(checkpoint: Checkpoints) -> None:
    made = pipeline(checkpoint("bert", "iob2"))
    recognizer = PipelineRecognizer(made)
    for text in (" ".join([TEXT] * 20), "IL-6" + "/IL-6" * 200):
        assert len(recognizer._pieces(text)) > 3 * recognizer._room
        parts = list(recognizer._cut(text))
        assert "".join(text[start:end] for start, end in parts) == text
        assert max(len(recognizer._pieces(text[s:e])) for s, e in parts) <= recognizer._room
    long = " ".join([TEXT] * 20)
    assert texts_of(recognizer, long) == FOUND * 20
    assert len(made(long)) < len(made(TEXT)) * 20  # alone, it leaves out the rest


def test_a_pipeline_with_a_stride_is_left_alone(checkpoint: Checkpoints) -> None:
    made = pipeline(checkpoint("bert", "iob2"), aggregation_strategy="first", stride=8)
    recognizer = PipelineRecognizer(made)
    long = " ".join([TEXT] * 20)
    assert texts_of(recognizer, long) == [
        long[entity["start"] : entity["end"]] for entity in made(long)
    ]


def test_empty_captions_and_any_order_are_kept(checkpoint: Checkpoints) -> None:
    recognizer = PipelineRecognizer(pipeline(checkpoint("bert", "iob2")))
    lists = list(recognizer.recognize(["", TEXT, " \n", TEXT, "liver"]))
    assert [len(mentions) for mentions in lists] == [0, len(FOUND), 0, len(FOUND), 0]
    assert list(recognizer.recognize([])) == []


def test_a_pipeline_is_evaluated_and_its_fingerprint_is_of_its_content(
    checkpoint: Checkpoints,
) -> None:
    made = pipeline(checkpoint("bert", "iob2"))
    before = PipelineRecognizer(made).fingerprint
    evaluation = evaluate(Figure("F1", TEXT), made)
    assert evaluation.models[0].name == "bert-iob2"
    assert evaluation.models[0].fingerprint == before
    again = pipeline(checkpoint("bert", "iob2"))
    assert PipelineRecognizer(again).fingerprint == before
    first = pipeline(checkpoint("bert", "iob2"), aggregation_strategy="first")
    assert PipelineRecognizer(first).fingerprint != before
    again.model.classifier.bias.data[0] += 1
    assert PipelineRecognizer(again).fingerprint != before


def test_other_pipelines_and_models_are_refused(checkpoint: Checkpoints) -> None:
    made = pipeline(checkpoint("bert", "iob2"))
    with pytest.raises(TypeError, match=r"a recognizer is .*not a transformers\.models"):
        to_predictor(made.model)
    made.task = "fill-mask"
    with pytest.raises(TypeError, match="for fill-mask is no recognizer: it needs the task token"):
        to_predictor(made)
    made.task = "ner"
    made.model.config.id2label = {0: "O", 1: "B-Tissue", 2: "I-Tissue"}
    with pytest.raises(RecognizerError, match="no gene label; it has Tissue"):
        to_predictor(made)
