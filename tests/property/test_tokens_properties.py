"""Properties of windows, words and mentions for any text and any model."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nerbench.recognizers.neural.sliding_windows import (
    LabeledSpan,
    context_size,
    cut_windows,
    merge_rows,
    merge_spans,
)
from nerbench.recognizers.neural.token_classifier import (
    TokenTagger,
    decode_mentions,
    group_pieces,
)

CHARACTERS = "aAβ3é\u0301🧬👩\u200d🔬 \r\n\t\u00a0-/,(γκ\ufe0f字"
texts = st.text(st.sampled_from(CHARACTERS), max_size=60) | st.text(max_size=30)
TAGS = ["O", "B-GENE", "I-GENE", "E-GENE", "S-GENE", "B-DRUG", "I-DRUG"]


class Pieces:
    """A text in pieces of one to three characters, cut where the pattern says."""

    def __init__(self, text: str, pattern: str) -> None:
        matches = list(re.finditer(pattern, text, re.DOTALL))
        self.ids = [1, *(10 + sum(map(ord, m.group())) % 97 for m in matches), 2]
        self.type_ids = [0] * len(self.ids)
        self.offsets = [(0, 0), *(m.span() for m in matches), (0, 0)]
        self.special_tokens_mask = [1, *(0 for _ in matches), 1]


class Tokenizer:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def encode(self, text: str) -> Pieces:
        return Pieces(text, self.pattern)

    def no_truncation(self) -> None: ...
    def no_padding(self) -> None: ...


patterns = st.sampled_from([r"\S", r".", r"\s?\S{1,3}", r"\s?\w{1,2}|\s?[^\w\s]|\s+"])


def context_model(reach: int):
    """A model whose scores depend on a piece and on those up to ``reach`` pieces away."""
    table = np.random.default_rng(0).normal(size=(200, len(TAGS)))

    def scores(arrays: dict[str, np.ndarray]) -> np.ndarray:
        ids = arrays["input_ids"] * arrays["attention_mask"]
        padded = np.pad(ids, ((0, 0), (reach, reach)))
        mixed = ids.copy()
        for shift in range(2 * reach + 1):
            neighbour = padded[:, shift : shift + ids.shape[1]]
            # Everything outside of a text counts alike.
            mixed = mixed + (shift + 1) * np.where(neighbour < 10, 0, neighbour)
        return table[mixed % 200]

    return scores


def tag(text: str, pattern: str, window: int, reach: int):
    tagger = TokenTagger(Tokenizer(pattern), context_model(reach), TAGS, None, window)
    (mentions,) = tagger.recognize([text])
    return mentions


@given(texts, patterns, st.integers(3, 40))
def test_windows_do_not_change_a_model_without_context(
    text: str, pattern: str, window: int
) -> None:
    assert tag(text, pattern, window, 0) == tag(text, pattern, 10_000, 0)


@given(st.text(st.sampled_from(CHARACTERS), max_size=150), patterns, st.integers(18, 40))
def test_windows_do_not_change_a_model_whose_context_is_within_their_overlap(
    text: str, pattern: str, window: int
) -> None:
    # At least 16 pieces besides the special ones: every piece has 2 of context on either side.
    assert tag(text, pattern, window, 2) == tag(text, pattern, 10_000, 2)


@given(st.lists(texts, max_size=12), patterns, st.integers(1, 5))
def test_batches_and_neighbours_do_not_change_the_mentions_of_a_text(
    several: list[str], pattern: str, batch_size: int
) -> None:
    tagger = TokenTagger(
        Tokenizer(pattern), context_model(1), TAGS, None, 12, batch_size=batch_size
    )
    assert list(tagger.recognize(several)) == [tag(text, pattern, 12, 1) for text in several]


@given(texts, patterns, st.integers(0, 2**32 - 1))
def test_mentions_have_the_text_at_their_offsets(text: str, pattern: str, seed: int) -> None:
    offsets = Pieces(text, pattern).offsets[1:-1]
    rows = np.random.default_rng(seed).dirichlet(np.ones(len(TAGS)), len(offsets))
    labels = frozenset(["GENE", "DRUG"])
    end = 0
    for mention in decode_mentions(text, offsets, rows, TAGS, labels):
        mention.check(text)
        assert mention.text == mention.text.strip()
        assert mention.start >= end
        assert mention.score is not None
        assert 0 <= mention.score <= 1
        end = mention.end


@given(texts, patterns)
def test_words_are_in_order_do_not_overlap_and_cover_all_visible_characters(
    text: str, pattern: str
) -> None:
    offsets = Pieces(text, pattern).offsets[1:-1]
    words = group_pieces(text, offsets)
    assert all(a[2] <= b[1] and a[0] < b[0] for a, b in pairwise(words))
    covered = {k for _, start, end in words for k in range(start, end)}
    assert covered >= {
        k for start, end in offsets for k in range(start, end) if not text[k].isspace()
    }


@given(st.integers(0, 300), st.integers(1, 60))
def test_windows_cover_every_unit_and_merging_takes_each_once(count: int, size: int) -> None:
    windows = cut_windows(count, size)
    assert all(0 <= start < stop <= count and stop - start <= size for start, stop in windows)
    rows = np.arange(count, dtype=np.float64)[:, None]
    parts = [rows[start:stop] for start, stop in windows]
    assert (merge_rows(count, windows, parts) == rows).all()


@given(st.integers(1, 200), st.integers(1, 60), st.data())
def test_a_span_in_several_windows_is_reported_once(count: int, size: int, data) -> None:
    windows = cut_windows(count, size)
    start = data.draw(st.integers(0, count - 1))
    end = data.draw(st.integers(start + 1, min(count, start + 1 + size // 8)))
    spans = [
        [LabeledSpan(start - window[0], end - window[0], "gene", 0.5)]
        if context_size(start, end - 1, window, count) >= 0
        else []
        for window in windows
    ]
    assert merge_spans(spans, windows, count) == [LabeledSpan(start, end, "gene", 0.5)]
