"""What programs and services report, read into mentions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerbench.errors import RecordError
from nerbench.recognizers.external.mentions import MentionReader, OffsetUnit, aligned, code_points

TEXT = st.text(st.sampled_from("ab 1\t\r\né\u0301β🧬\U0001d6fc\u200d\ud800"), max_size=30)
SIZES = {
    "code-points": len,
    "utf-8": lambda text: len(text.encode("utf-8", "surrogatepass")),
    "utf-16": lambda text: len(text.encode("utf-16-le", "surrogatepass")) // 2,
}


@given(TEXT, st.sampled_from(sorted(SIZES)))
def test_offsets_are_those_of_the_codec(text: str, unit: OffsetUnit) -> None:
    size, place = SIZES[unit], code_points(text, unit)
    borders = {size(text[:at]): at for at in range(len(text) + 1)}
    for offset in range(-1, size(text) + 2):
        assert place(offset) == borders.get(offset)


@given(TEXT)
def test_a_text_without_what_is_not_ascii_is_placed_exactly(text: str) -> None:
    kept = [at for at, char in enumerate(text) if char.isascii()]
    assert aligned("".join(text[at] for at in kept), text) == kept


@given(TEXT)
def test_line_ends_made_spaces_move_nothing_else(text: str) -> None:
    """As BERN2 does it, strip and all."""
    read = text.strip().replace("\r\n", " ").replace("\n", " ").encode("ascii", "ignore").decode()
    places = aligned(read, text)
    assert places == sorted(set(places))
    for char, at in zip(read, places, strict=True):
        assert text[at] == char or (char.isspace() and text[at].isspace())


def test_a_text_with_more_than_the_caption_cannot_be_placed() -> None:
    with pytest.raises(RecordError, match="another text"):
        aligned("IL-6 beta", "IL-6 β")


def test_a_stretch_of_the_shortened_text_covers_what_was_left_out_inside_it() -> None:
    reader = MentionReader(None, "code-points")
    caption, read = "α-TGF-β1 up", "-TGF-1 up"
    (mention,) = reader.read([{"start": 1, "end": 6, "text": "TGF-1"}], caption, read)
    assert (mention.start, mention.text) == (2, "TGF-β1")


@pytest.mark.parametrize(
    ("ids", "read"),
    [
        (None, ()), ([], ()), (3569, ("3569",)), ("3569;3570", ("3569", "3570")),
        (["a, b", "a"], ("a", "b")), ("-", ()), (["CUI-less", "-1", None, ""], ()),
        (["NCBI Gene:3569"], ("NCBI Gene:3569",)),
    ],
)  # fmt: skip
def test_identifiers_in_any_form(ids: object, read: tuple[str, ...]) -> None:
    (mention,) = MentionReader(None, "code-points").read([{"start": 0, "end": 1, "ids": ids}], "a")
    assert mention.ids == read


def test_labels_are_compared_without_case_and_none_counts_as_gene() -> None:
    items = [
        {"start": 0, "end": 1, "label": label} for label in ("gene", "Protein", None, "", "Cell")
    ]
    labels = [m.label for m in MentionReader(None, "code-points").read(items, "a")]
    assert labels == ["gene", "Protein", "GENE", "GENE"]
    assert [m.label for m in MentionReader(["CELL"], "utf-8").read(items[4:], "a")] == ["Cell"]
    assert MentionReader([], "utf-8").read(items, "a") == []


def test_what_is_no_gene_may_have_any_offsets() -> None:
    item = {"start": None, "end": 99, "label": "mutation"}
    assert MentionReader(None, "code-points").read([item], "a") == []
