"""Several recognizers as one, worked out by hand; and their members run once."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from fakes import Failing, Words
from hypothesis import given
from hypothesis import strategies as st

from nerbench import Figure, Mention, NerbenchError, RecognizerError, evaluate, load_recognizer
from nerbench.recognizers.ensemble import Ensemble, Rule
from nerbench.recognizers.registry import find_card

TEXT = "IL-6 and STAT3 with JAK2 kinase"


A = ("IL-6", "STAT3", "JAK2 kinase")
B = ("STAT3", "JAK2")
C = ("STAT3", "JAK2")


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("union", [("IL-6", 0.3333), ("STAT3", 1.0), ("JAK2", 1.0)]),
        ("majority", [("STAT3", 1.0), ("JAK2", 1.0)]),
        ("intersection", [("STAT3", 1.0), ("JAK2", 1.0)]),
        ("first-that-finds", [("IL-6", None), ("STAT3", None), ("JAK2 kinase", None)]),
    ],
)
def test_each_rule(rule: str, found: list[tuple[str, float | None]]) -> None:
    members = [Words("a", A), Words("b", B), Words("c", C)]
    mentions = next(Ensemble("all", members, rule).recognize([TEXT]))
    assert [(m.text, m.score) for m in mentions] == found


def test_of_two_members_the_longer_of_two_spans_is_taken() -> None:
    pair = Ensemble("pair", [Words("a", ["JAK2"]), Words("b", ["JAK2 kinase"])], "intersection")
    assert [m.text for m in next(pair.recognize([TEXT]))] == ["JAK2 kinase"]


def test_the_first_that_finds_is_asked_caption_by_caption() -> None:
    pair = Ensemble("pair", [Words("a", ["IL-6"]), Words("b", ["p53"])], "first-that-finds")
    found = [[m.text for m in mentions] for mentions in pair.recognize(["p53", "IL-6, p53", "x"])]
    assert found == [["p53"], ["IL-6"], []]


def test_members_that_run_beside_their_ensemble_are_run_once() -> None:
    a, b = Words("a", A), Words("b", B)
    both = Ensemble("both", [a, b], Rule.UNION)
    evaluation = evaluate([Figure("F", TEXT)], [a, both, b], organism="human")
    assert [model.name for model in evaluation.models] == ["a", "both", "b"]
    assert (a.texts_read, b.texts_read) == (1, 1)


def test_a_failing_member_fails_its_ensemble_only() -> None:
    a = Words("a", A)
    both = Ensemble("both", [a, Failing("broken", RuntimeError("out of memory"))], Rule.UNION)
    evaluation = evaluate([Figure("F", TEXT)], [both, a], organism="human")
    failed, fine = evaluation.models
    assert failed.failure is not None
    assert "both: its member broken" in failed.failure
    assert "out of memory" in failed.failure
    assert fine.failure is None


def test_a_card_names_members_beside_it(tmp_path: Path) -> None:
    (tmp_path / "dictionary.yaml").write_text("kind: lexicon\n", encoding="utf-8")
    card = tmp_path / "both.yaml"
    fields = {"kind": "ensemble", "members": ["dictionary.yaml", "lexicon"], "rule": "majority"}
    card.write_text(json.dumps(fields), encoding="utf-8")
    ensemble = load_recognizer(str(card))
    assert ensemble.name == "both"
    assert [m.text for m in next(iter(ensemble.recognize(["IL-6 up"])))] == ["IL-6"]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"members": ["lexicon"], "rule": "union"}, "field members"),
        ({"members": ["lexicon", "default"], "rule": "vote"}, "field rule"),
        ({"members": ["lexicon", "default"]}, "field rule"),
    ],
)
def test_a_bad_card_names_the_field(tmp_path: Path, fields: dict, reason: str) -> None:
    card = tmp_path / "both.yaml"
    card.write_text(json.dumps({"kind": "ensemble"} | fields), encoding="utf-8")
    with pytest.raises(NerbenchError, match=reason):
        find_card(str(card))


def test_an_ensemble_of_itself_is_refused(tmp_path: Path) -> None:
    card = tmp_path / "loop.yaml"
    fields = {"kind": "ensemble", "members": ["loop.yaml", "lexicon"], "rule": "union"}
    card.write_text(json.dumps(fields), encoding="utf-8")
    with pytest.raises(RecognizerError, match="is a member of itself"):
        load_recognizer(str(card))


spans = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6)), max_size=5)
found = st.lists(
    spans.map(lambda pairs: [Mention(at, at + n, "x" * n) for at, n in pairs]),
    min_size=2,
    max_size=4,
)


@given(found, st.sampled_from(["union", "majority", "intersection"]))
def test_votes_give_ordered_spans_that_do_not_overlap(members, rule: str) -> None:
    taken = Ensemble("e", [Words(str(n), []) for n in range(len(members))], rule).combine(members)
    assert all(a.end <= b.start for a, b in pairwise(taken))
    reported = {(m.start, m.end) for mentions in members for m in mentions}
    assert {(m.start, m.end) for m in taken} <= reported


@given(found)
def test_a_stricter_rule_takes_no_more(members) -> None:
    sizes = [
        len(Ensemble("e", [Words(str(n), []) for n in range(len(members))], rule).combine(members))
        for rule in ("intersection", "majority", "union")
    ]
    assert sizes == sorted(sizes)
