"""What must hold of windows, words and mentions for any text and any model."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nerbench.recognizers.neural.sliding_windows import Found, merge, room, stitch, windows
from nerbench.recognizers.neural.token_classifier import TokenTagger, mentions_of, words

CHARACTERS = "aAβ3é\u0301🧬👩\u200d🔬 \r\n\t\u00a0-/,(γκ\ufe0f字"
texts = st.text(st.sampled_from(CHARACTERS), max_size=60) | st.text(max_size=30)
TAGS = ["O", "B-GENE", "I-GENE", "E-GENE", "S-GENE", "B-DRUG", "I-DRUG"]


class Pieces:
    """A text in pieces of one to three characters, cut where the pattern says."""

    def __init__(self, text: str, pattern: str) -> None:
        found = list(re.finditer(pattern, text, re.DOTALL))
        self.ids = [1, *(10 + sum(map(ord, one.group())) % 97 for one in found), 2]
        self.type_ids = [0] * len(self.ids)
        self.offsets = [(0, 0), *((one.start(), one.end()) for one in found), (0, 0)]
        self.special_tokens_mask = [1, *(0 for _ in found), 1]


class Tokenizer:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def encode(self, text: str) -> Pieces:
        return Pieces(text, self.pattern)

    def no_truncation(self) -> None: ...
    def no_padding(self) -> None: ...


patterns = st.sampled_from([r"\S", r".", r"\s?\S{1,3}", r"\s?\w{1,2}|\s?[^\w\s]|\s+"])


def looks(aside: int):
    """A model whose scores depend on a piece and on those up to ``aside`` places away."""
    table = np.random.default_rng(0).normal(size=(200, len(TAGS)))

    def scores(arrays: dict[str, np.ndarray]) -> np.ndarray:
        ids = arrays["input_ids"] * arrays["attention_mask"]
        padded = np.pad(ids, ((0, 0), (aside, aside)))
        mixed = ids.copy()
        for shift in range(2 * aside + 1):
            neighbour = padded[:, shift : shift + ids.shape[1]]
            # What lies past the ends of a text is all alike to it.
            mixed = mixed + (shift + 1) * np.where(neighbour < 10, 0, neighbour)
        return table[mixed % 200]

    return scores


def tagged(text: str, pattern: str, window: int, aside: int):
    tagger = TokenTagger(Tokenizer(pattern), looks(aside), TAGS, None, window)
    (found,) = tagger.recognize([text])
    return found


@given(texts, patterns, st.integers(3, 40))
def test_a_model_that_looks_at_pieces_alone_sees_the_same_through_any_windows(
    text: str, pattern: str, window: int
) -> None:
    assert tagged(text, pattern, window, 0) == tagged(text, pattern, 10_000, 0)


@given(st.text(st.sampled_from(CHARACTERS), max_size=150), patterns, st.integers(18, 40))
def test_a_model_that_looks_aside_sees_the_same_where_windows_leave_it_room(
    text: str, pattern: str, window: int
) -> None:
    # 16 pieces and more between the special ones: no piece is taken with less than 2 beside it.
    assert tagged(text, pattern, window, 2) == tagged(text, pattern, 10_000, 2)


@given(st.lists(texts, max_size=12), patterns, st.integers(1, 5))
def test_neither_the_batch_nor_the_neighbours_change_a_text(
    several: list[str], pattern: str, batch_size: int
) -> None:
    tagger = TokenTagger(Tokenizer(pattern), looks(1), TAGS, None, 12, batch_size=batch_size)
    assert list(tagger.recognize(several)) == [tagged(text, pattern, 12, 1) for text in several]


@given(texts, patterns, st.integers(0, 2**32 - 1))
def test_mentions_are_what_the_text_says_there(text: str, pattern: str, seed: int) -> None:
    offsets = Pieces(text, pattern).offsets[1:-1]
    rows = np.random.default_rng(seed).dirichlet(np.ones(len(TAGS)), len(offsets))
    labels = frozenset(["GENE", "DRUG"])
    done = 0
    for mention in mentions_of(text, offsets, rows, TAGS, labels):
        mention.check(text)
        assert mention.text == mention.text.strip()
        assert mention.start >= done
        assert mention.score is not None
        assert 0 <= mention.score <= 1
        done = mention.end


@given(texts, patterns)
def test_words_are_in_order_apart_and_hold_all_that_is_seen(text: str, pattern: str) -> None:
    offsets = Pieces(text, pattern).offsets[1:-1]
    parts = words(text, offsets)
    assert all(a[2] <= b[1] and a[0] < b[0] for a, b in pairwise(parts))
    covered = {at for _, start, end in parts for at in range(start, end)}
    assert covered >= {
        at for start, end in offsets for at in range(start, end) if not text[at].isspace()
    }


@given(st.integers(0, 300), st.integers(1, 60))
def test_windows_cover_every_unit_and_merge_takes_each_once(count: int, size: int) -> None:
    cuts = windows(count, size)
    assert all(0 <= start < stop <= count and stop - start <= size for start, stop in cuts)
    rows = np.arange(count, dtype=np.float64)[:, None]
    assert (merge(count, cuts, [rows[start:stop] for start, stop in cuts]) == rows).all()


@given(st.integers(1, 200), st.integers(1, 60), st.data())
def test_a_span_found_wherever_it_fits_is_told_once(count: int, size: int, data) -> None:
    cuts = windows(count, size)
    start = data.draw(st.integers(0, count - 1))
    end = data.draw(st.integers(start + 1, min(count, start + 1 + size // 8)))
    span = Found(start, end, "gene", 0.5)
    inside = [(at, span) for at, cut in enumerate(cuts) if room(start, end - 1, cut, count) >= 0]
    assert stitch(inside, cuts, count) == [span]
