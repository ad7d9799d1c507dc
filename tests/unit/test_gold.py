"""Gold in files: which captions it marks, which mentions of it are genes, and what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import Words
from prediction_writers import FORMATS, Writer, bioc_xml

from nerbench import CuratedGene, Figure, Mention, NerbenchError, evaluate, open_corpus
from nerbench.engine.gold import GoldFile, caption_digest
from nerbench.resources import shipped
from nerbench.spans.label_map import parse_label_map

CAPTION = "IL-6 turns STAT3 on. TGF‑β does not."
FIGURE = Figure("F1", CAPTION, curated=(CuratedGene(9606, "STAT3"),))
OTHER = Figure("F2", "MDM2 binds p53.")
IL6, STAT3, TGF = Mention(0, 4, "IL-6"), Mention(11, 16, "STAT3"), Mention(21, 26, "TGF‑β")


def marked(start: int, text: str, **fields: str) -> dict[str, Any]:
    return {"start": start, "end": start + len(text), "text": text, "label": "GENE", **fields}


def write(folder: Path, *entries: Any) -> Path:
    path = folder / "mine.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
    return path


def line(*mentions: Any, figid: str = "F1", **fields: str) -> dict[str, Any]:
    return {"id": figid, "mentions": list(mentions), **fields}


def mark(path: Path, *figures: Figure, pairs: Sequence[str] = ()) -> tuple[list[Figure], GoldFile]:
    gold = GoldFile.open(path, parse_label_map(pairs))
    return gold.mark(figures), gold


@pytest.mark.parametrize("writer", FORMATS)
def test_every_format_of_predictions_is_one_of_gold(writer: Writer, tmp_path: Path) -> None:
    mentions = [Mention(m.start, m.end, m.text, "Gene") for m in (IL6, STAT3, TGF)]
    path = writer({"F1": (CAPTION, mentions)}, tmp_path)
    (figure, other), gold = mark(path, FIGURE, OTHER)
    assert figure.gold is not None
    assert [(m.start, m.end, m.text) for m in figure.gold] == [
        (m.start, m.end, m.text) for m in mentions
    ]
    assert other.gold is None
    assert gold.notes()[0] == "gold predicted: 1 of 2 captions are marked"


def test_a_folder_of_bioc_files_is_gold(tmp_path: Path) -> None:
    for figure, mention in ((FIGURE, STAT3), (OTHER, Mention(0, 4, "MDM2"))):
        (tmp_path / "gold" / figure.figid).mkdir(parents=True)
        bioc_xml({figure.figid: (figure.caption, [mention])}, tmp_path / "gold" / figure.figid)
    figures, _ = mark(tmp_path / "gold", FIGURE, OTHER)
    assert [figure.gold for figure in figures] == [(STAT3,), (Mention(0, 4, "MDM2"),)]


def test_a_marked_caption_without_a_gene_is_not_an_unmarked_one(tmp_path: Path) -> None:
    (figure, other), _ = mark(write(tmp_path, line()), FIGURE, OTHER)
    assert figure.gold == ()
    assert other.gold is None


def test_gold_that_the_corpus_carries_stays_where_the_file_has_none(tmp_path: Path) -> None:
    carried = Figure("F2", OTHER.caption, gold=(Mention(0, 4, "MDM2"),))
    (_, other), _ = mark(write(tmp_path, line(marked(0, "IL-6"))), FIGURE, carried)
    assert other == carried


def test_the_kind_of_a_gene_is_its_label(tmp_path: Path) -> None:
    path = write(tmp_path, line(marked(21, "TGF‑β", kind="family"), marked(0, "IL-6", kind="gene")))
    (figure,), _ = mark(path, FIGURE)
    assert figure.gold == (Mention(0, 4, "IL-6", "gene"), Mention(21, 26, "TGF‑β", "family"))


def test_labels_of_other_things_are_left_out_and_named(tmp_path: Path) -> None:
    path = write(tmp_path, line(marked(0, "IL-6"), marked(11, "STAT3", label="Pathway")))
    (figure,), gold = mark(path, FIGURE)
    assert figure.gold == (IL6,)
    assert "gold mine: mentions with other labels: Pathway (1); left out" in gold.notes()


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        (["Cytokine*=GENE"], ["IL-6", "STAT3"]),
        (["cytokine/IL=gene", "GENE="], ["IL-6"]),
        (["gene=", "*=GENE"], ["IL-6", "TGF‑β"]),
        (["family=", "*/il=GENE"], ["IL-6", "STAT3"]),
    ],
)
def test_labels_and_kinds_are_mapped_without_case(
    pairs: list[str], expected: list[str], tmp_path: Path
) -> None:
    path = write(
        tmp_path,
        line(
            marked(0, "IL-6", label="Cytokine/IL"),
            marked(11, "STAT3"),
            marked(21, "TGF‑β", label="Cell", kind="family"),
        ),
    )
    (figure,), _ = mark(path, FIGURE, pairs=pairs)
    assert [mention.text for mention in figure.gold or ()] == expected


def test_labels_without_a_gene_are_an_error_that_names_them(tmp_path: Path) -> None:
    path = write(tmp_path, line(marked(0, "IL-6", label="A"), marked(11, "STAT3", label="B")))
    with pytest.raises(NerbenchError, match=r"no gene label; it has A, B: .* by --map LABEL=GENE"):
        GoldFile.open(path)


def test_a_caption_that_changed_since_it_was_marked_is_not_marked(tmp_path: Path) -> None:
    lines = [
        line(marked(0, "IL-6"), caption_sha256=caption_digest("IL-6 turns STAT3 on.")),
        line(marked(0, "MDM2"), figid="F2", caption_sha256=caption_digest(OTHER.caption)),
    ]
    (figure, other), gold = mark(write(tmp_path, *lines), FIGURE, OTHER)
    assert figure.gold is None
    assert other.gold == (Mention(0, 4, "MDM2"),)
    assert gold.notes() == [
        "gold mine: 1 of 2 captions are marked",
        "gold mine: captions that differ from those that were marked: 1, the first F1; not marked",
    ]


def test_a_text_that_is_another_marks_nothing_even_without_mentions(tmp_path: Path) -> None:
    path = tmp_path / "gold.txt"
    path.write_text("F1|t|Of something else altogether\n\nF2|t|MDM2 binds  p53.\n")
    (figure, other), gold = mark(path, FIGURE, OTHER)
    assert figure.gold is None
    assert other.gold == ()
    assert "the first F1; not marked" in gold.notes()[-1]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (marked(1, "IL-6"), "mention 'IL-6' at 1-5 differs from the caption, which has 'L-6 '"),
        (marked(900, "IL-6"), "mention 'IL-6' at 900-904 ends past the caption's 36 characters"),
        (
            {"start": True, "end": 4, "text": "IL-6"},
            "mention 'IL-6' at True-4: a mention's start is an integer, not True",
        ),
        ({"start": 0, "end": 4}, "mention at 0-4: a mention's text is a string, not None"),
    ],
)
def test_a_caption_whose_marks_are_not_all_in_it_is_not_marked(
    broken: Any, reason: str, tmp_path: Path
) -> None:
    path = write(tmp_path, line(figid="F2"), line(marked(11, "STAT3"), broken))
    (figure, other), gold = mark(path, FIGURE, OTHER)
    assert (figure.gold, other.gold) == (None, ())
    (problem,) = gold.problems
    assert str(problem).startswith(f"{path}:2: figure F1: {reason}")
    captions = "captions with marks that cannot all be used"
    assert gold.notes()[-1] == f"gold mine: {captions}: 1, the first at {problem}; not marked"
    with pytest.raises(NerbenchError) as error:
        evaluate([FIGURE], Words("w", ["STAT3"]), gold=path)
    assert f"marks no caption of the corpus: {captions}: 1, the first at {problem}" in str(
        error.value
    )


@pytest.mark.parametrize(
    "unusable",
    [
        line(marked(1, "IL-6")),
        line({"start": 0, "end": 4}),
        line(marked(0, "IL-6"), caption_sha256=caption_digest("IL-6.")),
    ],
)
def test_a_caption_that_the_file_cannot_mark_loses_the_gold_of_its_corpus(
    unusable: Any, tmp_path: Path
) -> None:
    carried = replace(FIGURE, gold=(IL6, STAT3))
    (figure, other), gold = mark(write(tmp_path, unusable), carried, OTHER)
    assert (figure, other) == (FIGURE, OTHER)
    assert gold.notes()[-1].endswith("; not marked")


def test_a_document_of_another_text_takes_the_gold_of_the_corpus_away(tmp_path: Path) -> None:
    path = tmp_path / "gold.txt"
    path.write_text("F1|t|Of something else altogether\n")
    (figure,), gold = mark(path, replace(FIGURE, gold=(IL6,)))
    assert figure == FIGURE
    assert gold.notes()[0] == "gold gold: 0 of 1 caption is marked"


def test_two_marks_of_one_place_are_one(tmp_path: Path) -> None:
    path = write(tmp_path, line(marked(0, "IL-6"), marked(0, "IL-6")))
    (figure,), _ = mark(path, FIGURE)
    assert figure.gold == (IL6,)


def test_gold_of_other_figures_is_an_error_that_names_one_of_each_side(tmp_path: Path) -> None:
    path = write(tmp_path, line(marked(0, "IL-6"), figid="PMC7__f7"))
    with pytest.raises(NerbenchError, match=r"gold mine: .* has PMC7__f7, the corpus F1"):
        evaluate([FIGURE, OTHER], Words("w", ["STAT3"]), gold=path)


def test_gold_of_other_captions_only_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path, line(marked(0, "IL-6"), caption_sha256="0" * 16))
    with pytest.raises(NerbenchError, match=r"no caption of the corpus: captions that differ"):
        evaluate([FIGURE, OTHER], Words("w", ["STAT3"]), gold=path)


def test_files_that_are_no_gold_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NerbenchError, match="no such file or folder; --gold takes one, or 'ship"):
        GoldFile.open(tmp_path / "gone.jsonl")
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    with pytest.raises(NerbenchError, match="holds no gold"):
        GoldFile.open(empty)


def test_the_source_of_gold_changes_with_its_content_and_the_map(tmp_path: Path) -> None:
    first = str(GoldFile.open(write(tmp_path, line(marked(0, "IL-6")))))
    mapped = str(GoldFile.open(tmp_path / "mine.jsonl", {"cell": ""}))
    second = str(GoldFile.open(write(tmp_path, line(marked(11, "STAT3")))))
    assert all(text.startswith("mine@") for text in (first, mapped, second))
    assert len({first, mapped, second}) == 3


def test_an_evaluation_says_which_gold_it_has(tmp_path: Path) -> None:
    path = write(tmp_path, line(marked(0, "IL-6")))
    evaluation = evaluate([FIGURE], Words("w", ["STAT3"]), gold=path)
    assert evaluation.gold_source == str(GoldFile.open(path))


def test_the_shipped_gold_marks_the_shipped_figure(seed: Figure) -> None:
    (figure,) = GoldFile.open("shipped").mark([seed])
    assert figure.gold is not None
    assert {"IL-6/STAT3", "CXCR4", "VEGF"} <= {mention.text for mention in figure.gold}
    assert {mention.label for mention in figure.gold} == {"gene", "family"}


def test_every_shipped_mark_stands_in_its_caption(shared: Path) -> None:
    gold = GoldFile.open("shipped")
    figures = gold.mark(open_corpus(shared / "pfocr"))
    entries = [
        json.loads(text)
        for name in ("marked-twice.jsonl", "marked-once.jsonl")
        for text in (shipped("gold") / name).read_text(encoding="utf-8").splitlines()
    ]
    assert gold.problems == []
    by_id = {figure.figid: figure for figure in figures if figure.gold is not None}
    assert by_id.keys() == {entry["id"] for entry in entries}
    for entry in entries:
        marks = by_id[entry["id"]].gold or ()
        assert [mark.text for mark in marks] == [one["text"] for one in entry["mentions"]]


def test_the_example_of_the_docs_marks_the_shipped_figure(seed: Figure, tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "gold.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```json marks.jsonl\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    path = tmp_path / "marks.jsonl"
    path.write_text(example, encoding="utf-8")
    (figure,), _ = mark(path, seed)
    assert figure.gold == (
        Mention(18, 28, "IL-6/STAT3", "gene"),
        Mention(266, 269, "JAK", "family"),
    )


def test_the_card_of_the_shipped_gold_counts_what_the_files_hold() -> None:
    card = (shipped("gold") / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| `([\w-]+\.jsonl)` \| ([\d,]+) \| ([\d,]+) \|", card)
    counts = {}
    for path in shipped("gold").glob("*.jsonl"):
        entries = list(map(json.loads, path.read_text(encoding="utf-8").splitlines()))
        marks = sum(len(entry["mentions"]) for entry in entries)
        counts[path.name] = (f"{len(entries):,}", f"{marks:,}")
    assert {name: (captions, marks) for name, captions, marks in rows} == counts


def test_the_shipped_files_hold_no_captions() -> None:
    for path in shipped("gold").glob("*.jsonl"):
        for text in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(text)
            assert entry.keys() == {"id", "caption_sha256", "mentions"}
            marks = entry["mentions"]
            assert all(m.keys() == {"start", "end", "text", "label", "kind"} for m in marks)


def test_a_caption_that_a_file_marks_twice_is_not_marked(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    line = '{"id": "F1", "mentions": [{"start": %d, "end": %d, "text": "%s"}]}\n'
    path.write_text(line % (0, 4, "IL-6") + line % (11, 16, "STAT3"), encoding="utf-8")
    gold = GoldFile.open(path)
    (figure,) = gold.mark([Figure("F1", "IL-6 binds STAT3")])
    assert figure.gold is None
    assert "figure F1 stands on line 1 already" in str(gold.problems[0])
    with pytest.raises(NerbenchError, match="marks no caption of the corpus"):
        gold.check_is_used()


def test_a_map_that_leaves_no_label_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    mention = '{"start": 0, "end": 4, "text": "IL-6", "label": "GENE"}'
    path.write_text(f'{{"id": "F1", "mentions": [{mention}]}}\n', encoding="utf-8")
    with pytest.raises(NerbenchError, match="--map leaves none of its labels: GENE"):
        GoldFile.open(path, {"GENE": ""})
