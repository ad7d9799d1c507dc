"""A recognizer that fails, from Python: it fails alone and leaves no rows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from fakes import Scripted, Tagging

from nerbench import (
    CuratedGene,
    Figure,
    Mention,
    NerbenchError,
    evaluate,
    load_recognizer,
    open_corpus,
)


def tag_nothing(_: str) -> list[Mention]:
    return []


def raise_error(text: str) -> list[Mention]:
    raise ValueError(f"cannot tag {text}")


def exit_python(_: str) -> list[Mention]:
    sys.exit(3)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (Tagging("bad", raise_error), "ValueError: cannot tag STAT3 turns VEGFA on"),
        (Tagging("bad", lambda _: [Mention(0, 5, "STAT5")]), "wrong offsets in figure A"),
        (Tagging("bad", lambda _: [Mention(90, 95, "STAT3")]), "wrong offsets in figure A"),
        (Scripted("bad", [], []), "yielded 2 lists of mentions for 3 captions"),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_a_failing_recognizer_fails_alone(corpus: Path, bad: Any, reason: str, order: int) -> None:
    good = load_recognizer("lexicon")
    alone = evaluate(open_corpus(corpus), good)
    both = evaluate(open_corpus(corpus), [bad, good][::order])
    assert both.scores == alone.scores
    failures = {model.name: model.failure for model in both.models}
    assert failures["lexicon"] is None
    assert reason in str(failures["bad"])


def test_a_recognizer_that_fails_late_leaves_no_rows_behind() -> None:
    listed = (CuratedGene(9606, "STAT3"),)
    figures = [Figure(f"F{n}", caption=f"STAT3 {n}", curated=listed) for n in range(600)]

    def late(text: str) -> list[Mention]:
        return raise_error(text) if text == "STAT3 599" else [Mention(0, 5, "STAT3")]

    evaluation = evaluate(
        figures, [Tagging("late", late), Tagging("good", tag_nothing)], organism="human"
    )
    assert evaluation.models[0].failure is not None
    assert {row.model for row in evaluation.scores} == {"good"}
    for rows in (evaluation.figure_rows, evaluation.name_rows, evaluation.gene_rows):
        assert {row["model"] for row in rows} <= {"good"}


def test_a_recognizer_that_exits_does_not_end_the_run(corpus: Path) -> None:
    try:
        evaluation = evaluate(
            open_corpus(corpus), [Tagging("bad", exit_python), Tagging("good", tag_nothing)]
        )
    except SystemExit:
        pytest.fail("SystemExit went through evaluate")
    assert evaluation.models[0].failure is not None
    assert {row.model for row in evaluation.scores} == {"good"}


@pytest.mark.parametrize(
    "arguments", [{"organism": "martian"}, {"level": "loose"}, {"level": "SYMBOL"}]
)
def test_the_python_api_refuses_unknown_values(corpus: Path, arguments: dict[str, Any]) -> None:
    with pytest.raises(NerbenchError, match="unknown"):
        evaluate(open_corpus(corpus), Tagging("good", tag_nothing), **arguments)


def test_two_recognizers_of_one_name_are_refused(corpus: Path) -> None:
    with pytest.raises(NerbenchError, match="two models are called 'x'"):
        evaluate(open_corpus(corpus), [Tagging("x", tag_nothing), Tagging("x", tag_nothing)])


def test_no_figure_at_all_is_an_error() -> None:
    with pytest.raises(NerbenchError, match="the corpus: holds no figure"):
        evaluate([], Tagging("x", tag_nothing))
