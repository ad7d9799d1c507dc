"""Files of predictions: what is read, what is refused and where, what is said about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fakes import Scripted

from nerbench import CuratedGene, Figure, Mention, NerbenchError, RecognizerError
from nerbench.recognizers.external.predictions import PredictionFile, prediction_line
from nerbench.recognizers.predictor import RecognizerPredictor

FIGURE = Figure("F1", caption="IL-6 turns STAT3 on", curated=(CuratedGene(9606, "STAT3"),))
IL6 = {"start": 0, "end": 4, "text": "IL-6"}
STAT3 = {"start": 11, "end": 16, "text": "STAT3"}


def line(*mentions: Any, figid: str = "F1") -> str:
    return json.dumps({"id": figid, "mentions": list(mentions)})


def open_lines(folder: Path, *lines: str) -> PredictionFile:
    path = folder / "model.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return PredictionFile(path)


def mentions_and_problems(file: PredictionFile) -> tuple[tuple[Mention, ...], list[str]]:
    (found,) = file.predict([FIGURE])
    return found, [str(problem) for problem in file.problems]


def test_a_mention_needs_offsets_and_text_only(tmp_path: Path) -> None:
    found, problems = mentions_and_problems(open_lines(tmp_path, line(IL6, STAT3)))
    assert found == (Mention(0, 4, "IL-6"), Mention(11, 16, "STAT3"))
    assert problems == []


def test_label_score_and_ids_are_kept(tmp_path: Path) -> None:
    full = IL6 | {"label": "PROTEIN", "score": 0.97, "ids": ["9606:3569"]}
    (mention,) = open_lines(tmp_path, line(full)).predict([FIGURE])[0]
    assert (mention.label, mention.score, mention.ids) == ("PROTEIN", 0.97, ("9606:3569",))


def test_offsets_in_a_caption_as_published_are_read(tmp_path: Path) -> None:
    published = "TNF-&alpha; and IFN-&#947; act with p21<sup>Cip1</sup>."
    figure = Figure("F1", "TNF-α and IFN-γ act with p21Cip1.", published=published)
    texts = ("TNF-&alpha;", "IFN-&#947;", "p21<sup>Cip1</sup>")
    spans = [(published.index(text), text) for text in texts]
    found = [{"start": at, "end": at + len(text), "text": text} for at, text in spans]
    file = open_lines(tmp_path, line(*found))
    assert file.predict([figure])[0] == (
        Mention(0, 5, "TNF-α"), Mention(10, 15, "IFN-γ"), Mention(25, 32, "p21Cip1"),
    )  # fmt: skip
    assert file.problems == []
    as_read = [{"start": 0, "end": 5, "text": "TNF-α"}]
    assert open_lines(tmp_path, line(*as_read)).predict([figure])[0] == (Mention(0, 5, "TNF-α"),)


def test_a_written_line_is_read_back_as_it_was(tmp_path: Path) -> None:
    figure = Figure("F1", caption="NF-κB — “p65” 𝛼")
    given = [
        Mention(0, 5, "NF-κB", score=0.1, ids=("9606:4790", "9606:5970")),
        Mention(14, 15, "𝛼", label="DNA"),
    ]
    (found,) = open_lines(tmp_path, prediction_line("F1", given)).predict([figure])
    assert list(found) == given


def test_offsets_count_code_points_beyond_the_first_plane(tmp_path: Path) -> None:
    figure = Figure("F1", caption="𝛼𝛽 STAT3")
    file = open_lines(tmp_path, line({"start": 3, "end": 8, "text": "STAT3"}))
    assert file.predict([figure]) == [(Mention(3, 8, "STAT3"),)]
    assert file.problems == []


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"start": 0, "end": 3, "text": "IL6"}, "differs from the caption, which has 'IL-'"),
        ({"start": 17, "end": 21, "text": "on??"}, "past the caption's 19 characters"),
        ({"start": 900, "end": 904, "text": "IL-6"}, "past the caption's 19 characters"),
        ({"start": -4, "end": 0, "text": "IL-6"}, "has offsets -4-0"),
        ({"start": 4, "end": 0, "text": "IL-6"}, "has offsets 4-0"),
        ({"start": 0, "end": 0, "text": ""}, "has offsets 0-0"),
        ({"start": 0, "end": 5, "text": "IL-6"}, "offsets 0-5 span 5"),
        ({"start": 0.0, "end": 4, "text": "IL-6"}, "start is an integer, not 0.0"),
        ({"start": "0", "end": 4, "text": "IL-6"}, "start is an integer, not '0'"),
        ({"start": False, "end": 4, "text": "IL-6"}, "start is an integer, not False"),
        ({"end": 4, "text": "IL-6"}, "start is an integer, not None"),
        ({"start": 0, "end": 4}, "mention at 0-4: a mention's text is a string, not None"),
        (IL6 | {"kind": []}, "mention 'IL-6' at 0-4: a mention's kind is a string, not []"),
        (IL6 | {"score": "high"}, "score is a finite number, not 'high'"),
        (IL6 | {"score": float("nan")}, "score is a finite number, not nan"),
        (IL6 | {"score": float("inf")}, "score is a finite number, not inf"),
        (IL6 | {"score": True}, "score is a finite number, not True"),
        (IL6 | {"label": ["GENE"]}, "label is a string, not ['GENE']"),
        (IL6 | {"ids": {"gene": 3569}}, "ids are a list of strings, not {'gene': 3569}"),
        (IL6 | {"ids": [["9606:3569"]]}, "ids are a list of strings, not ['9606:3569']"),
        ("IL-6", "a mention is an object, not 'IL-6'"),
        (None, "a mention is an object, not None"),
    ],
)
def test_a_bad_mention_is_left_out_and_reported_with_its_line(
    tmp_path: Path, bad: Any, reason: str
) -> None:
    file = open_lines(tmp_path, line(figid="F0"), line(bad, STAT3))
    found, problems = mentions_and_problems(file)
    assert found == (Mention(11, 16, "STAT3"),)
    (problem,) = problems
    assert problem.startswith(f"{file.path}:2: figure F1: ")
    assert reason in problem


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("no json", "no JSON object"),
        ("[1, 2]", 'the field "id"'),
        ('{"mentions": []}', 'the field "id"'),
        ('{"id": 7, "mentions": []}', 'the field "id"'),
        ('{"id": "F2"}', 'the field "mentions"'),
        ('{"id": "F2", "mentions": {}}', 'the field "mentions"'),
        ('{"id": "F2", "mentions": [', "no JSON object"),
        ("[" * 100_000, "no JSON object"),
    ],
)
def test_a_bad_line_is_reported_and_the_others_used(tmp_path: Path, bad: str, reason: str) -> None:
    file = open_lines(tmp_path, line(STAT3), bad)
    found, problems = mentions_and_problems(file)
    assert len(found) == 1
    (problem,) = problems
    assert problem.startswith(f"{file.path}:2: ")
    assert reason in problem


def test_a_figure_predicted_twice_keeps_the_first_line(tmp_path: Path) -> None:
    found, problems = mentions_and_problems(open_lines(tmp_path, line(STAT3), line(IL6)))
    assert [mention.text for mention in found] == ["STAT3"]
    assert "model.jsonl:2: figure F1 stands on line 1 already" in problems[0]


def test_blank_lines_and_windows_line_ends_are_skipped(tmp_path: Path) -> None:
    found, problems = mentions_and_problems(open_lines(tmp_path, "", line(STAT3) + "\r", ""))
    assert (len(found), problems) == (1, [])


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "model.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + line(STAT3).encode())
    assert len(PredictionFile(path).predict([FIGURE])[0]) == 1


@pytest.mark.parametrize("content", [b"", b"\n\n", b"no json\n", b"[]\n"])
def test_a_file_without_any_prediction_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.jsonl"
    path.write_bytes(content)
    with pytest.raises(NerbenchError, match=r"model\.jsonl: holds no prediction.*\"mentions\""):
        PredictionFile(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NerbenchError, match=r"gone\.jsonl: cannot be read"):
        PredictionFile(tmp_path / "gone.jsonl")


def test_a_folder_is_no_file_of_predictions(tmp_path: Path) -> None:
    with pytest.raises(NerbenchError, match=r"a folder without \.ann files"):
        PredictionFile(tmp_path)


def test_figures_on_one_side_only_are_noted(tmp_path: Path) -> None:
    file = open_lines(tmp_path, line(STAT3), *(line(figid=f"X{n}") for n in range(5)))
    file.predict([FIGURE, Figure("F2"), Figure("F3")])
    unknown, absent = file.notes()
    assert "predicted figures that are not in the corpus: 5 (X0, X1, X2, ...)" in unknown
    assert "figures of the corpus without a prediction: 2 (" in absent
    assert not file.is_useless


def test_there_is_no_note_if_both_sides_agree(tmp_path: Path) -> None:
    file = open_lines(tmp_path, line(STAT3))
    file.predict([FIGURE])
    assert file.notes() == []


def test_a_file_is_useless_if_none_of_its_figures_is_in_the_corpus(tmp_path: Path) -> None:
    file = open_lines(tmp_path, line(figid="X1"))
    assert file.predict([FIGURE]) == [()]
    assert file.is_useless


def test_the_fingerprint_is_that_of_the_content(tmp_path: Path) -> None:
    first = open_lines(tmp_path, line(STAT3)).fingerprint
    assert open_lines(tmp_path, line(STAT3)).fingerprint == first
    assert open_lines(tmp_path, line(IL6)).fingerprint != first


@pytest.mark.parametrize(
    ("file", "name"), [("bern2.jsonl", "bern2"), ("a.b.json", "a.b"), ("plain", "plain")]
)
def test_a_model_has_the_name_of_its_file(tmp_path: Path, file: str, name: str) -> None:
    (tmp_path / file).write_text(line(STAT3), encoding="utf-8")
    assert PredictionFile(tmp_path / file).name == name


# --- a recognizer asked directly


@pytest.mark.parametrize(
    ("lists", "reason"),
    [
        (([Mention(0, 4, "IL-7")],), "stub: wrong offsets in figure F1: mention 'IL-7'"),
        (([Mention(16, 21, "STAT3")],), "stub: wrong offsets in figure F1"),
        ((), "stub: yielded 0 lists of mentions for 2 captions"),
        (([],), "stub: yielded 1 lists of mentions for 2 captions"),
        (([], [], []), "stub: yields more lists than captions"),
        (([], ValueError("out of\nmemory")), "stub: failed on figure F2: ValueError: out of mem"),
        (([], [], ValueError("late")), "stub: failed on figure F2: ValueError: late"),
        ((None,), "stub: failed on figure F1: TypeError"),
        ((["IL-6"],), "stub: failed on figure F1: AttributeError"),
    ],
)
def test_a_recognizer_that_breaks_the_contract_fails_with_one_line(lists: Any, reason: str) -> None:
    figures = [FIGURE, Figure("F2", caption="nothing")]
    with pytest.raises(RecognizerError) as caught:
        RecognizerPredictor(Scripted("stub", *lists)).predict(figures)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_recognizers_lists_are_given_to_their_figures_in_order() -> None:
    figures = [Figure("F2"), FIGURE]
    predictor = RecognizerPredictor(Scripted("stub", [], [Mention(0, 4, "IL-6")]))
    assert predictor.predict(figures) == [(), (Mention(0, 4, "IL-6"),)]
