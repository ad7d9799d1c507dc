"""Mentions that programs and services answer, with offsets, labels and identifiers in any form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerbench.errors import RecordError
from nerbench.recognizers.external.alignment import align_shortened
from nerbench.recognizers.external.mentions import MentionReader
from nerbench.recognizers.gene_labels import gene_labels
from nerbench.spans.offsets import FileOffsetUnit, offset_converter

TEXT = st.text(st.sampled_from("ab 1\t\r\né\u0301β🧬\U0001d6fc\u200d\ud800"), max_size=30)
SIZES = {
    "code-points": len,
    "utf-8": lambda text: len(text.encode("utf-8", "surrogatepass")),
    "utf-16": lambda text: len(text.encode("utf-16-le", "surrogatepass")) // 2,
}


@given(TEXT, st.sampled_from(sorted(SIZES)))
def test_offsets_are_those_of_the_codec(text: str, unit: FileOffsetUnit) -> None:
    size, convert = SIZES[unit], offset_converter(text, unit)
    borders = {size(text[:index]): index for index in range(len(text) + 1)}
    for offset in range(-1, size(text) + 2):
        assert convert(offset) == borders.get(offset)


@given(TEXT)
def test_line_ends_as_one_are_offsets_after_their_replacement(text: str) -> None:
    convert = offset_converter(text, "line-ends-as-one")
    for offset, char in enumerate(text.replace("\r\n", "\n")):
        index = convert(offset)
        assert index is not None
        assert text[index : index + 2].replace("\r\n", "\n")[0] == char


@given(TEXT)
def test_a_text_without_its_non_ascii_characters_is_aligned_exactly(text: str) -> None:
    ascii_indexes = [index for index, char in enumerate(text) if char.isascii()]
    shortened = "".join(text[index] for index in ascii_indexes)
    assert align_shortened(shortened, text) == ascii_indexes


@given(TEXT)
def test_line_ends_that_become_spaces_move_no_other_character(text: str) -> None:
    """As BERN2 replaces them, with white space stripped from both ends."""
    read = text.strip().replace("\r\n", " ").replace("\n", " ").encode("ascii", "ignore").decode()
    indexes = align_shortened(read, text)
    assert indexes is not None
    assert indexes == sorted(set(indexes))
    for char, index in zip(read, indexes, strict=True):
        assert text[index] == char or (char.isspace() and text[index].isspace())


def test_a_text_with_more_than_the_caption_is_an_error() -> None:
    reader = MentionReader(None, "code-points")
    with pytest.raises(RecordError, match="another text than the caption: 'IL-6 beta'"):
        reader.read([{"start": 0, "end": 4}], "IL-6 β", "IL-6 beta")


def test_a_span_of_the_shortened_text_covers_the_characters_left_out_inside_it() -> None:
    reader = MentionReader(None, "code-points")
    caption, read = "α-TGF-β1 up", "-TGF-1 up"
    (mention,) = reader.read([{"start": 1, "end": 6, "text": "TGF-1"}], caption, read)
    assert (mention.start, mention.text) == (2, "TGF-β1")


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (None, ()), ([], ()), (3569, ("3569",)), ("3569;3570", ("3569", "3570")),
        (["a, b", "a"], ("a", "b")), ("-", ()), (["CUI-less", "-1", None, ""], ()),
        (["NCBI Gene:3569"], ("NCBI Gene:3569",)), ([3569], ("3569",)),
    ],
)  # fmt: skip
def test_identifiers_are_read_in_any_form(ids: object, expected: tuple[str, ...]) -> None:
    (mention,) = MentionReader(None, "code-points").read([{"start": 0, "end": 1, "ids": ids}], "a")
    assert mention.ids == expected


@pytest.mark.parametrize("ids", [True, 3.5, {"gene": 1}, [[1]], [True]])
def test_identifiers_that_are_none_are_an_error(ids: object) -> None:
    with pytest.raises(RecordError, match="a mention's ids are a list of strings, not"):
        MentionReader(None, "code-points").read([{"start": 0, "end": 1, "ids": ids}], "a")


def test_labels_are_compared_without_case_and_a_missing_one_counts() -> None:
    labels = ("gene", "Protein", "geneOrGeneProduct", None, "", "Cell")
    items = [{"start": 0, "end": 1, "label": label} for label in labels]
    mentions = MentionReader(None, "code-points").read(items, "a")
    assert [m.label for m in mentions] == ["gene", "Protein", "geneOrGeneProduct", "GENE", "GENE"]
    assert [m.label for m in MentionReader(["CELL"], "utf-8").read(items[5:], "a")] == ["Cell"]
    assert MentionReader([], "utf-8").read(items, "a") == []


@pytest.mark.parametrize(
    ("wanted", "label", "other"),
    [
        (None, "Uniprot:P17046", "Uniprotein"), (None, "protein:GFP", "CHEBI:15422"),
        (None, "ncbi gene:7157", "Gene family"), (["cell:GENE"], "Cell:gene", "protein:GFP"),
    ],
)  # fmt: skip
def test_programs_services_and_files_have_one_rule_for_labels(
    wanted: list[str] | None, label: str, other: str
) -> None:
    items = [{"start": 0, "end": 1, "label": one} for one in (other, label)]
    by_program = MentionReader(wanted, "code-points").read(items, "a")
    assert [mention.label for mention in by_program] == [label]
    assert gene_labels([label, other], wanted, is_complete=False) == {label}


def test_labels_left_out_are_noted_the_most_frequent_first() -> None:
    reader = MentionReader(None, "code-points")
    labels = ["b", *map(str, range(10, 20)), "b", "a"]
    assert reader.read([{"start": 0, "end": 1, "label": label} for label in labels], "x") == []
    (note,) = reader.notes("mine")
    assert ": b (2), 10 (1), 11 (1), " in note
    assert "18 (1) and 2 more; name the labels" in note


def test_a_mention_of_no_gene_may_have_any_offsets() -> None:
    item = {"start": None, "end": 99, "label": "mutation"}
    assert MentionReader(None, "code-points").read([item], "a") == []


def test_an_item_that_is_no_object_is_an_error_even_if_no_label_counts() -> None:
    with pytest.raises(RecordError, match="a mention is an object, not 7"):
        MentionReader([], "code-points").read([7], "a")
