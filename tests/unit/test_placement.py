"""Predictions of other tools: every format, the texts that they are of, what offsets count."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nerbench import Figure, Mention, NerbenchError
from nerbench.recognizers.external.alignment import Alignment, strip_typography
from nerbench.recognizers.external.predictions import PredictionFile

FILES = Path(__file__).resolve().parents[1] / "files" / "predictions"
FIGURES = [
    Figure("F1", caption="IL-6 turns on STAT3 and TGF-β1."),
    Figure("F2", caption="𝛼𝛽 and é: IL-6 é STAT3"),
]
IL6, STAT3, TGFB1 = (0, 4), (14, 19), (24, 30)


def read(name: str, **options: object) -> tuple[list[Mention], list[str], list[str]]:
    """The mentions of a file in the two figures, its problems and its notes."""
    file = PredictionFile(FILES / name, **options)  # type: ignore[arg-type]
    found = file.predict(FIGURES)
    for figure, mentions in zip(FIGURES, found, strict=True):
        for one in mentions:
            one.check(figure.caption)
    problems = [str(problem).removeprefix(f"{FILES}/") for problem in file.problems]
    notes = [note for note in file.notes() if "without a prediction" not in note]
    return [one for mentions in found for one in mentions], problems, notes


def spans(mentions: list[Mention]) -> list[tuple[int, int]]:
    return [(one.start, one.end) for one in mentions]


@pytest.mark.parametrize(
    "name",
    [
        "pubtator-plain.txt",
        "pubtator-without-texts.txt",
        "pubtator-lower-case.txt",
        "pubtator-greek-spelled-out.txt",
        "pubtator-encoding-broken.txt",
        "pubtator-title-before-caption.txt",
        "pubtator-other-labels.txt",
        "pubtator-one-own-label.txt",
        "bioc-plain.xml",
        "bioc-one-line.json",
        "bioc-passage-apart.json",
        "brat",
        "brat/F1.ann",
        "brat-line-ends-as-one",
        "conll-figid-comment.conll",
        "conll-docstart.conll",
        "conll-crlf.conll",
    ],
)
def test_the_same_mentions_are_read_from_every_format(name: str) -> None:
    found, problems, _ = read(name)
    assert (spans(found), problems) == ([IL6, STAT3, TGFB1], [])
    assert [one.text for one in found] == ["IL-6", "STAT3", "TGF-β1"]


@pytest.mark.parametrize(
    "name", ["pubtator-plain.txt", "bioc-plain.xml", "bioc-one-line.json", "brat"]
)
def test_identifiers_come_with_the_mentions(name: str) -> None:
    ids = [one.ids[0].rpartition(":")[2] for one in read(name)[0]]
    assert ids == ["3569", "6774", "7040"]


# --- the text that offsets are of


@pytest.mark.parametrize("name", ["pubtator-plain.txt", "brat", "conll-figid-comment.conll"])
def test_a_text_that_is_the_caption_needs_no_note(name: str) -> None:
    assert read(name)[2] == []


@pytest.mark.parametrize(
    "name",
    ["pubtator-lower-case.txt", "pubtator-greek-spelled-out.txt", "bioc-passage-apart.json"],
)
def test_a_note_counts_the_aligned_documents(name: str) -> None:
    (note,) = read(name)[2]
    assert "documents whose text is not the caption to the letter: 1; their mentions" in note


def test_mentions_in_a_title_are_counted_and_left_out() -> None:
    _, problems, notes = read("pubtator-title-before-caption.txt")
    assert problems == []
    assert "mentions in text around the captions, such as titles: 1; left out" in notes[1]


def test_a_mention_whose_text_the_caption_does_not_have_is_left_out_with_its_line() -> None:
    found, problems, _ = read("pubtator-text-differs.txt")
    assert spans(found) == [IL6, TGFB1]
    assert problems == [
        "pubtator-text-differs.txt:3: figure F1: mention 'STAT5' at 14-19 of the document's "
        "text is not in the caption"
    ]


def test_a_mention_that_is_not_at_its_offsets_is_left_out_with_its_line() -> None:
    found, problems, _ = read("pubtator-offset-wrong.txt")
    assert spans(found) == [IL6, TGFB1]
    assert problems == [
        "pubtator-offset-wrong.txt:3: figure F1: mention 'STAT3' at 15-20 differs from the "
        "caption, which has 'TAT3 ' there"
    ]


def test_a_mention_past_the_end_is_left_out_with_its_line() -> None:
    found, problems, _ = read("pubtator-offset-past-end.txt")
    assert spans(found) == [IL6, STAT3]
    (problem,) = problems
    assert problem.startswith("pubtator-offset-past-end.txt:4: figure F1: mention 'TGF-β1'")
    assert "ends past the caption's 31 characters" in problem


def test_a_document_of_another_text_is_left_out_whole() -> None:
    found, problems, _ = read("pubtator-of-another-text.txt")
    assert found == []
    assert problems == [
        "pubtator-of-another-text.txt:1: figure F1: the document's text is not the figure's "
        "caption; mentions left out: 2"
    ]


@pytest.mark.parametrize(
    ("text", "caption", "span", "place"),
    [
        ("IL - 6 binds", "IL-6 binds", (0, 6), (0, 4)),
        ("ﬁbrin binds", "FIBRIN binds", (0, 5), (0, 6)),
        ("Krüppel", "Kru\u0308ppel", (0, 7), (0, 8)),
        ("Kru\u0308ppel rises", "Krüppel rises", (0, 8), (0, 7)),
        ("the TGFβ", "the\u00a0TGF\u2011beta", (4, 8), None),
        ("the TGF-β", "the\u00a0TGF\u2011beta", (4, 9), (4, 12)),
        ("IL‑6 “binds”", "IL-6 'binds'", (0, 4), (0, 4)),
        ("IL-6", "𝛼 IL-6", (0, 4), (2, 6)),
        ("IL-6 e", "IL-6 e\u0301", (5, 6), (5, 7)),
        ("TGF-bet", "TGF-β", (0, 7), None),
        ("Î²-catenin binds", "β-catenin binds", (0, 10), (0, 9)),
        ("it binds TGF-Î²", "it binds TGF-β", (9, 15), (9, 14)),
        ("TGF-Î²2 binds", "TGF-β2 binds", (0, 7), (0, 6)),
        ("NF-Œ∫B binds", "NF-κB binds", (0, 6), (0, 5)),
        ("NF-Œ∫B binds", "NF-xB binds", (0, 6), None),
        ("IL-6\u200b binds", "IL-6 binds", (0, 5), (0, 4)),
        ("binds", "", (0, 5), None),
        ("", "binds", (0, 0), None),
        ("   ", "IL-6", (0, 3), None),
    ],
)
def test_a_span_is_found_in_another_version_of_its_text(
    text: str, caption: str, span: tuple[int, int], place: tuple[int, int] | None
) -> None:
    assert Alignment(text, caption).span(*span) == place


def test_of_names_that_repeat_each_is_found_at_its_own_place() -> None:
    caption = "IL-6, then JAK; IL-6, then STAT3; IL-6, then IL-6."
    text = caption.replace(", ", " , ").replace("JAK", "jnk")
    alignment = Alignment(text, caption)
    ours, theirs = ([m.start() for m in re.finditer("IL-6", t)] for t in (text, caption))
    assert [alignment.span(at, at + 4) for at in ours] == [(at, at + 4) for at in theirs]
    assert alignment.shared_fraction > 0.5


def test_stripping_removes_what_typography_changes() -> None:
    assert strip_typography("TGF‑β 1") == strip_typography("tgf - beta1") == "tgf-beta1"
    assert strip_typography("É\u0301\u200b é") == "ee"


# --- what offsets count


@pytest.mark.parametrize("stem", ["pubtator-{}.txt", "json-{}.jsonl"])
@pytest.mark.parametrize("unit", ["UTF-16 units", "UTF-8 bytes"])
def test_units_of_other_tools_are_converted_and_noted(stem: str, unit: str) -> None:
    name = stem.format(unit.lower().replace(" ", "-"))
    found, problems, notes = read(name)
    assert ([one.text for one in found], problems) == (["IL-6", "STAT3"], [])
    assert f"documents whose offsets count {unit}: 1; converted to characters" in notes[0]


def test_line_ends_counted_as_one_character_are_converted_and_noted() -> None:
    notes = read("brat-line-ends-as-one")[2]
    assert any("offsets count characters, a line end as one: 1" in note for note in notes)


def test_a_unit_must_hold_for_the_whole_document() -> None:
    found, problems, notes = read("json-one-of-two-in-bytes.jsonl")
    assert [one.text for one in found] == ["IL-6"]
    assert "mention 'STAT3' at 25-30 ends past the caption's" in problems[0]
    assert notes == []


# --- labels


def test_mentions_of_other_labels_are_left_out_and_noted() -> None:
    (note,) = read("pubtator-other-labels.txt")[2]
    assert note.endswith("mentions with other labels: Process (1); left out")


def test_chosen_labels_are_compared_without_case() -> None:
    assert [one.text for one in read("pubtator-other-labels.txt", labels=["process"])[0]] == [
        "turns"
    ]


def test_an_empty_list_of_labels_counts_none() -> None:
    assert read("pubtator-plain.txt", labels=[])[0] == []


@pytest.mark.parametrize(
    ("name", "labels", "reason"),
    [
        ("pubtator-no-gene-label.txt", None, "no gene label; it has Cytokine, Factor:"),
        ("pubtator-plain.txt", ["Protein"], "no label Protein; it has Gene: name those that"),
    ],
)
def test_without_a_label_that_counts_the_file_is_refused(
    name: str, labels: list[str] | None, reason: str
) -> None:
    with pytest.raises(NerbenchError, match=reason):
        PredictionFile(FILES / name, labels)


def test_json_mentions_without_a_label_count_beside_others(tmp_path: Path) -> None:
    path = tmp_path / "model.jsonl"
    path.write_text(
        '{"id": "F1", "mentions": [{"start": 0, "end": 4, "text": "IL-6"}, '
        '{"start": 14, "end": 19, "text": "STAT3", "label": "CELL"}, '
        '{"start": 24, "end": 30, "text": "TGF-β1", "label": "Protein"}]}\n',
        encoding="utf-8",
    )
    assert [one.text for one in PredictionFile(path).predict(FIGURES)[0]] == ["IL-6", "TGF-β1"]


def test_mentions_below_the_threshold_are_dropped(tmp_path: Path) -> None:
    path = tmp_path / "model.jsonl"
    path.write_text(
        '{"id": "F1", "mentions": [{"start": 0, "end": 4, "text": "IL-6", "score": 0.4}, '
        '{"start": 14, "end": 19, "text": "STAT3", "score": 0.5}, '
        '{"start": 24, "end": 30, "text": "TGF-β1"}]}\n',
        encoding="utf-8",
    )
    file = PredictionFile(path, threshold=0.5)
    assert [one.text for one in file.predict(FIGURES)[0]] == ["STAT3", "TGF-β1"]
    assert file.fingerprint != PredictionFile(path).fingerprint


# --- CoNLL


def test_a_token_that_the_caption_does_not_have_is_reported_with_its_line() -> None:
    found, problems, notes = read("conll-token-not-in-caption.conll")
    assert spans(found) == [IL6, TGFB1]
    name = "conll-token-not-in-caption.conll"
    assert problems == [
        f"{name}:5: figure F1: mention 'STAT5' at 14-19 of the document's text is not in the "
        "caption"
    ]
    assert "tokens that are not in the captions: 2, the first at" in notes[0]
    assert notes[0].endswith(f"{name}:5: token 'STAT5'")


@pytest.mark.parametrize("name", ["conll-no-figure", "conll-docstart-without-id"])
def test_tokens_of_no_figure_are_refused_with_what_to_write(name: str) -> None:
    with pytest.raises(NerbenchError, match=r"\.conll:\d: no line says which figure.*# figid:"):
        PredictionFile(FILES / f"{name}.conll")


def test_sentences_before_the_first_figure_are_reported_and_the_others_used() -> None:
    name = "conll-first-sentence-of-no-figure.conll"
    found, problems, notes = read(name)
    assert spans(found) == [IL6, STAT3, TGFB1]
    assert problems[0].startswith(f"{name}:2: sentences of no figure from here on: 1; write")
    assert "tags that cannot follow the one before: 1" in notes[0]


# --- what is no file of predictions


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "holds no prediction"),
        ("what is this?\n", "unknown format; nerbench reads"),
        ("F1|t|x\nbroken\n", r"model\.txt:2: not a PubTator line"),
        ("<collection><document>\n", r"model\.txt:\d: not XML"),
        ('{"documents": [{"id": "F1"}]}', "not BioC"),
        ("# figid: F1\nIL-6\tQ-GENE\n", r"model\.txt:2: the tag 'Q-GENE' is none of"),
        ("# figid: F1\nIL-6\n", r"model\.txt:2: no tag"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_line(
    tmp_path: Path, content: str, reason: str
) -> None:
    path = tmp_path / "model.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(NerbenchError, match=reason) as caught:
        PredictionFile(path)
    assert "\n" not in str(caught.value)


def test_biocreative_files_are_refused() -> None:
    with pytest.raises(NerbenchError, match=r"bc2gm\.eval: BioCreative II files are of sentences"):
        PredictionFile(FILES / "bc2gm.eval")


def test_a_figure_that_occurs_twice_keeps_the_first(tmp_path: Path) -> None:
    for folder in "ab":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "F1.ann").write_text("T1\tGENE 0 4\tIL-6\n", encoding="utf-8")
    file = PredictionFile(tmp_path)
    assert len(file.predict(FIGURES)[0]) == 1
    assert "figure F1 stands" in str(file.problems[0])


def test_a_discontinuous_mention_covers_all_between_its_ends(tmp_path: Path) -> None:
    (tmp_path / "F1.ann").write_text("T1\tGENE 0 4;14 19\tIL-6 STAT3\n", encoding="utf-8")
    (mention,) = PredictionFile(tmp_path).predict(FIGURES)[0]
    assert mention.text == "IL-6 turns on STAT3"
