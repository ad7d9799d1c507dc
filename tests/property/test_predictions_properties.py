"""Predictions of other tools: what they did to the text does not move the mentions."""

from __future__ import annotations

import json
import random
import unicodedata
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prediction_writers import FORMATS, Writer

from nerbench import Figure, Mention
from nerbench.recognizers.external.alignment import Alignment, strip_typography
from nerbench.recognizers.external.predictions import PredictionFile

WORDS = st.sampled_from(
    "IL-6 STAT3 TGF-β1 NF-κB “p65” Krüppel Kru\u0308ppel 𝛼-catenin 🧬 e\u0301 ﬁbrin MMP2/9 and the "
    "(a) β μ Å A\u030a ½ x² HLA‑DRA .".split(" ")
)
TOKENS = st.lists(WORDS, min_size=1, max_size=12)
SPACES = st.sampled_from(["  ", "\t", "\n", "\r\n", "\u00a0", "\u2009", " \u200b"])


def marked(tokens: list[str], at: list[int]) -> tuple[str, list[Mention]]:
    """Tokens with a space between, and some of them, letters or digits, as mentions."""
    text = " ".join(tokens)
    mentions = []
    start = 0
    for number, token in enumerate(tokens):
        if number in at and any(map(str.isalnum, token)):
            mentions.append(Mention(start, start + len(token), token))
        start += len(token) + 1
    return text, mentions


PLACES = st.lists(st.integers(0, 11), max_size=6)


@given(TOKENS, PLACES, st.lists(SPACES, min_size=1, max_size=5), st.booleans(), st.booleans())
def test_white_space_case_and_normal_forms_do_not_move_mentions(
    tokens: list[str], at: list[int], spaces: list[str], lower: bool, composed: bool
) -> None:
    caption, mentions = marked(tokens, at)
    shuffled = random.Random(len(caption))
    pieces, moved = [], []
    length = 0
    starts = {one.start: one for one in mentions}
    start = 0
    for token in tokens:
        changed = unicodedata.normalize("NFC" if composed else "NFD", token)
        changed = changed.lower() if lower else changed
        if start in starts:
            moved.append((length, length + len(changed)))
        pieces.append(changed + shuffled.choice(spaces))
        length += len(pieces[-1])
        start += len(token) + 1
    alignment = Alignment("".join(pieces), caption)
    assert [alignment.span(*span) for span in moved] == [(m.start, m.end) for m in mentions]


@given(st.text(max_size=60), st.text(max_size=60), st.data())
def test_a_span_that_is_found_has_the_same_text(
    text: str, caption: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    found = Alignment(text, caption).span(start, end)
    if found is not None:
        assert strip_typography(caption[slice(*found)]) == strip_typography(text[start:end]) != ""


@given(st.text(min_size=1, max_size=60), st.data())
def test_a_text_is_aligned_with_itself(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    found = Alignment(text, text).span(start, start + 1)
    assert found is None or found[0] == start


@pytest.mark.parametrize("write", FORMATS)
@given(tokens=TOKENS, at=PLACES)
def test_mentions_are_read_back_from_every_format(
    write: Writer, tokens: list[str], at: list[int]
) -> None:
    caption, mentions = marked(tokens, at)
    with TemporaryDirectory() as folder:
        file = PredictionFile(write({"F1": (caption, mentions)}, Path(folder)))
        (found,) = file.predict([Figure("F1", caption=caption)])
    assert [(m.start, m.end, m.text) for m in found] == [(m.start, m.end, m.text) for m in mentions]
    assert file.problems == []


LONG = "IL-6R STAT3 TGF-β1 NF-κB “p65” 𝛼-catenin MMP2/9 🧬🧬🧬🧬 HLA‑DRA ééééé".split(" ")


@given(
    tokens=st.lists(st.sampled_from(LONG), min_size=1, unique=True),
    at=PLACES,
    unit=st.sampled_from(["utf-16-le", "utf-8"]),
)
def test_offsets_in_other_units_come_out_as_characters(
    tokens: list[str], at: list[int], unit: str
) -> None:
    caption, mentions = marked(tokens, at)
    width = 2 if unit == "utf-16-le" else 1
    items = [
        {
            "start": len(caption[: one.start].encode(unit)) // width,
            "end": len(caption[: one.end].encode(unit)) // width,
            "text": one.text,
        }
        for one in mentions
    ]
    with TemporaryDirectory() as folder:
        path = Path(folder, "model.jsonl")
        path.write_text(json.dumps({"id": "F1", "mentions": items}), encoding="utf-8")
        file = PredictionFile(path)
        assert file.predict([Figure("F1", caption=caption)]) == [tuple(mentions)]
    assert file.problems == []
