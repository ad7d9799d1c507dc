"""Mentions whose texts are normalized, identifiers as spreadsheets write them, parted spans."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nerbench import Figure, open_corpus, score_spans
from nerbench.engine.gold import GoldFile
from nerbench.identifiers import names_no_gene, split_identifiers
from nerbench.recognizers.external.mentions import clean_ids, read_reported
from nerbench.recognizers.external.predictions import PredictionFile
from nerbench.spans.formats.reader import read_annotations

TEXT = "TNF-α and IL-1ß bind insulin-like factors."
FIGURE = Figure("F1", TEXT)
RESPELLED = ((0, 5, "TNF-a"), (10, 15, "il1b"), (21, 33, "insulin like"))
SAID = "another spelling of that at their offsets: 3, the first 'TNF-a' for 'TNF-α' at "


def pubtator(*mentions: tuple[int, int, str], text: bool = True) -> str:
    head = f"F1|t|{TEXT}\n" if text else ""
    return head + "".join(f"F1\t{start}\t{end}\t{m}\tGene\t1\n" for start, end, m in mentions)


def json_line(*mentions: tuple[int, int, str]) -> str:
    listed = [{"start": start, "end": end, "text": text} for start, end, text in mentions]
    return json.dumps({"id": "F1", "mentions": listed}) + "\n"


FILES = {
    "with.txt": pubtator(*RESPELLED),
    "alone.txt": pubtator(*RESPELLED, text=False),
    "own.jsonl": json_line(*RESPELLED),
}


def write(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode())
    return path


@pytest.mark.parametrize("name", FILES)
def test_predictions_with_normalized_texts_are_kept_and_said(tmp_path: Path, name: str) -> None:
    file = PredictionFile(write(tmp_path, name, FILES[name]))
    (mentions,) = file.predict([FIGURE])
    assert [mention.text for mention in mentions] == ["TNF-α", "IL-1ß", "insulin-like"]
    assert file.problems == []
    (note,) = (note for note in file.notes() if "spelling" in note)
    assert SAID in note


@pytest.mark.parametrize("name", FILES)
def test_gold_with_normalized_texts_marks_and_is_said(tmp_path: Path, name: str) -> None:
    gold = GoldFile.open(write(tmp_path, name, FILES[name]))
    (figure,) = gold.mark([FIGURE])
    assert [mention.text for mention in figure.gold or ()] == ["TNF-α", "IL-1ß", "insulin-like"]
    assert any(SAID in note for note in gold.notes())


def test_a_corpus_with_normalized_texts_is_read_and_said(tmp_path: Path) -> None:
    corpus = open_corpus(write(tmp_path, "with.txt", FILES["with.txt"]))
    (figure,) = corpus
    assert [mention.text for mention in figure.gold or ()] == ["TNF-α", "IL-1ß", "insulin-like"]
    (note,) = corpus.notes()
    assert SAID in note


def test_spans_with_normalized_texts_are_scored_and_said(tmp_path: Path) -> None:
    gold = write(tmp_path, "gold.txt", pubtator((0, 5, "TNF-α"), (10, 15, "IL-1ß")))
    scores = score_spans(gold, write(tmp_path, "with.txt", FILES["with.txt"]))
    assert (scores.overall.tp, scores.overall.fp, scores.problems) == (2, 1, ())
    assert SAID in scores.notes[0]
    scores = score_spans(gold, write(tmp_path, "alone.txt", FILES["alone.txt"]))
    assert (scores.overall.tp, len(scores.notes)) == (2, 1)
    assert SAID in scores.notes[0]


@pytest.mark.parametrize(
    "mention", [(0, 5, "TNF-b"), (0, 5, "TNF"), (10, 15, "IL-2b"), (5, 6, "."), (0, 3, "TNF-a")]
)
@pytest.mark.parametrize("write_as", [pubtator, json_line])
def test_another_name_is_left_out(
    tmp_path: Path, mention: tuple[int, int, str], write_as: Any
) -> None:
    name = "a.jsonl" if write_as is json_line else "a.txt"
    file = PredictionFile(write(tmp_path, name, write_as(mention, (0, 5, "TNF-α"))))
    assert len(file.predict([FIGURE])[0]) == 1
    assert len(file.problems) == 1


# --- identifiers


@pytest.mark.parametrize(
    "field",
    ["4893/3845", "4893 / 3845", "4893;3845", "4893|3845", "4893, 3845", "4893 3845",
     "4893.0;3845.0", "4893.0/3845.0", "['4893', '3845']", "[4893, 3845]", "NCBIGene:4893/3845",
     "NCBI Gene:4893 NCBI Gene:3845", "EntrezGene:4893|EntrezGene:3845"],
)  # fmt: skip
def test_a_field_of_two_genes_is_two(field: str) -> None:
    numbers = [identifier.rpartition(":")[2] for identifier in split_identifiers(field)]
    assert numbers == ["4893", "3845"]


@pytest.mark.parametrize(
    "field",
    ["MESH:D003110|OMIM:114500", "https://www.ncbi.nlm.nih.gov/gene/3569", "ncbigene/3570",
     "3569(Tax:9606)", "9606: 3569", "IL6 gene", "HLA-A/B"],
)  # fmt: skip
def test_other_fields_are_one_identifier(field: str) -> None:
    assert split_identifiers(field) == [field]


@pytest.mark.parametrize(
    "text",
    ["-000", "-111", "-222", "-1", "-", "--", "–", "NIL", "nil", "None", "null", "NaN", "NA",
     "n/a", "CUI-less", "unknown", "0", "", "?", "MESH:-", "NCBI Gene:-222", "no gene"],
)  # fmt: skip
def test_conventions_for_no_gene(text: str) -> None:
    assert names_no_gene(text)
    assert clean_ids([text, "3569"]) == ("3569",)


@pytest.mark.parametrize("text", ["3569", "222", "HGNC:6018", "P05231", "D003110|-", "IL6", "N"])
def test_others_name_a_gene(text: str) -> None:
    assert not names_no_gene(text)


@pytest.mark.parametrize(
    ("ids", "expected"),
    [(3845.0, ("3845",)), ([3845.0], ("3845",)), (float("nan"), ()), ([None], ())],
)
def test_ids_of_data_frames_are_read(ids: Any, expected: tuple[str, ...]) -> None:
    mentions, reasons = read_reported([{"start": 0, "end": 3, "ids": ids}])
    assert (mentions[0].ids, reasons) == (expected, [])


def counts(folder: Path, gold: str, predicted: str, scheme: str) -> tuple[Any, ...]:
    text = "1|t|The caspases act on p53.\n"
    scores = score_spans(
        write(folder, "gold.txt", text + gold),
        write(folder, "predicted.txt", text + predicted),
        scheme,
    )
    overall = scores.overall
    return (overall.tp, overall.fp, overall.fn, overall.precision, overall.recall)


def line(mention: str, identifier: str) -> str:
    start = "The caspases act on p53.".index(mention)
    return f"1\t{start}\t{start + len(mention)}\t{mention}\tGene\t{identifier}\n"


@pytest.mark.parametrize("none", ["-222", "-000", "-111", "CUI-less", "None", "NCBI Gene:-222"])
@pytest.mark.parametrize("predicted", ["-222", "-1", "-", "NA", "842"])
def test_gold_that_names_no_gene_counts_on_neither_side(
    tmp_path: Path, none: str, predicted: str
) -> None:
    gold = line("caspases", none) + line("p53", "7157")
    own = line("caspases", predicted) + line("p53", "7157")
    assert counts(tmp_path, gold, own, "ids-mention")[:3] == (1, 0, 0)
    precision = 0.5 if predicted == "842" else 1.0
    assert counts(tmp_path, gold, own, "ids-document")[3:] == (precision, 1.0)


@pytest.mark.parametrize("none", ["-", "-1"])
def test_without_such_gold_an_identifier_is_one_as_for_the_published_script(
    tmp_path: Path, none: str
) -> None:
    gold, own = line("p53", "7157"), line("caspases", none) + line("p53", "7157")
    assert counts(tmp_path, gold, own, "ids-mention")[:3] == (1, 1, 0)
    assert counts(tmp_path, gold, own, "ids-document")[3:] == (0.5, 1.0)
    nil = line("caspases", "NIL") + gold
    assert counts(tmp_path, nil, own, "ids-document")[3:] == (0.5, 1.0)


def test_identifiers_of_both_sides_may_be_parted_otherwise(tmp_path: Path) -> None:
    own = line("caspases", "842.0") + line("p53", "7157")
    gold = line("caspases", "841/842") + line("p53", "7157|7158")
    assert counts(tmp_path, gold, own, "ids-mention")[:3] == (2, 0, 0)


# --- spans that brat parts at the end of a line, and line ends

BRAT = "Foo\n  Bar binds\nIL-6 and p53."


def brat(folder: Path, name: str, ann: str, text: str | None = BRAT) -> Path:
    write(folder / name, "doc.ann", ann)
    if text is not None:
        write(folder / name, "doc.txt", text)
    return folder / name


@pytest.mark.parametrize("text", [BRAT, None])
@pytest.mark.parametrize("offsets", ["0 3;6 9", "0 3;4 9", "0 9", "0 3;3 6;6 9", "0 4;6 9"])
def test_a_span_parted_at_a_line_end_is_one(tmp_path: Path, offsets: str, text: str | None) -> None:
    gold = brat(tmp_path, "gold", "T1\tGene 0 3;6 9\tFoo Bar\n")
    own = brat(tmp_path, "own", f"T1\tGene {offsets}\tFoo Bar\n", text)
    assert score_spans(gold, own).overall.tp == 1


def test_a_span_parted_by_a_word_is_not_one(tmp_path: Path) -> None:
    gold = brat(tmp_path, "gold", "T1\tGene 0 3;10 15\tFoo binds\n")
    assert score_spans(gold, brat(tmp_path, "own", "T1\tGene 0 15\tx\n", None)).overall.tp == 0


@pytest.mark.parametrize(
    ("end", "count_as", "with_text"),
    [(end, count_as, with_text)
     for end in ("\n", "\r\n", "\r") for count_as in ("\n", "\r\n") for with_text in (True, False)
     if not (with_text and end == "\r" and count_as == "\r\n")],
)  # fmt: skip
def test_line_ends_of_any_kind_do_not_shift_offsets(
    tmp_path: Path, end: str, count_as: str, with_text: bool
) -> None:
    gold = brat(tmp_path, "gold", "T1\tGene 16 20\tIL-6\nT2\tGene 25 28\tp53\n")
    counted, lines = BRAT.replace("\n", count_as), []
    for number, mention in enumerate(("IL-6", "p53"), 1):
        start = counted.index(mention)
        lines.append(f"T{number}\tGene {start} {start + len(mention)}\t{mention}{end}")
    text = BRAT.replace("\n", end) if with_text else None
    own = brat(tmp_path, "own", "".join(lines), text)
    assert (score_spans(gold, own).overall.tp, read_annotations(own).problems) == (2, ())


def test_a_pattern_of_the_shell_over_brat_files_works_as_the_folder(tmp_path: Path) -> None:
    folder = brat(tmp_path, "gold", "T1\tGene 16 20\tIL-6\n")
    write(folder, "empty.ann", "")
    write(folder, "empty.txt", "Nothing.")
    corpus = open_corpus(*sorted(folder.glob("*")))
    assert [figure.figid for figure in corpus] == [f.figid for f in open_corpus(folder)]
    assert corpus.skipped == []
