"""From word pieces to mentions, with a tokenizer and a model of a few lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from nerbench import RecognizerError
from nerbench.recognizers.gene_labels import gene_labels
from nerbench.recognizers.neural.sliding_windows import (
    LabeledSpan,
    cut_windows,
    merge_rows,
    merge_spans,
)
from nerbench.recognizers.neural.token_classifier import (
    TokenTagger,
    decode_mentions,
    group_pieces,
    window_limit,
)
from nerbench.records import Mention

GENE = frozenset(["GENE"])


def mentions_of_words(
    text: str, pieces: str, tags: str, tag_set: str, labels=GENE
) -> list[Mention]:
    """Decode pieces, in the order of the text, whose tags have the probability 1."""
    names, offsets, start = tag_set.split(), [], 0
    for piece in pieces.split():
        start = text.index(piece, start)
        offsets.append((start, start + len(piece)))
        start += len(piece)
    rows = np.zeros((len(offsets), len(names)))
    rows[np.arange(len(offsets)), [names.index(tag) for tag in tags.split()]] = 1.0
    return decode_mentions(text, offsets, rows, names, labels)


@pytest.mark.parametrize(
    ("tag_set", "tags"),
    [
        ("O B-GENE I-GENE", "O B-GENE I-GENE I-GENE O B-GENE B-GENE"),
        ("O I-GENE B-GENE", "O I-GENE I-GENE I-GENE O I-GENE B-GENE"),
        ("O B-GENE I-GENE E-GENE S-GENE", "O B-GENE I-GENE E-GENE O S-GENE S-GENE"),
        ("O B-GENE I-GENE L-GENE U-GENE", "O B-GENE I-GENE L-GENE O U-GENE U-GENE"),
        ("O B-GENE M-GENE E-GENE W-GENE", "O B-GENE M-GENE E-GENE O W-GENE W-GENE"),
    ],
    ids=["IOB2", "IOB1", "IOBES", "BILOU", "BMEWO"],
)
def test_tags_of_every_scheme_are_decoded(tag_set: str, tags: str) -> None:
    mentions = mentions_of_words(
        "the IL-6 and p53 STAT3", "the IL - 6 and p53 STAT3", tags, tag_set
    )
    assert [(m.start, m.end, m.text) for m in mentions] == [
        (4, 8, "IL-6"),
        (13, 16, "p53"),
        (17, 22, "STAT3"),
    ]


def test_adjacent_inside_tags_without_a_beginning_are_one_mention() -> None:
    mentions = mentions_of_words(
        "IL-6 and p53", "IL - 6 and p53", "I-GENE I-GENE I-GENE O I-GENE", "O I-GENE"
    )
    assert [m.text for m in mentions] == ["IL-6", "p53"]


def test_labels_that_are_not_genes_are_left_out_and_separate_mentions() -> None:
    tag_set = "O B-GENE I-GENE B-DRUG I-DRUG"
    mentions = mentions_of_words(
        "p53 aspirin p53", "p53 aspirin p53", "B-GENE I-DRUG I-GENE", tag_set
    )
    assert [(m.start, m.text) for m in mentions] == [(0, "p53"), (12, "p53")]


def test_a_word_takes_the_tag_of_its_first_piece() -> None:
    tag_set = "O B-GENE I-GENE"
    assert [
        m.text for m in mentions_of_words("STAT3 up", "ST AT 3 up", "B-GENE O O O", tag_set)
    ] == ["STAT3"]
    assert mentions_of_words("STAT3 up", "ST AT 3 up", "O B-GENE I-GENE O", tag_set) == []


def test_a_score_is_the_mean_probability_of_the_words() -> None:
    offsets = [(0, 2), (2, 3), (3, 4)]
    rows = np.array([[0.1, 0.9], [0.3, 0.7], [0.34567, 0.65433]])
    (mention,) = decode_mentions("IL-6", offsets, rows, ["O", "I-GENE"], GENE)
    assert mention.score == 0.7514


@pytest.mark.parametrize(
    ("text", "offsets", "expected"),
    [
        # Byte-level pieces and SentencePiece's hold the space before the word.
        ("the STAT3", [(0, 3), (3, 7), (7, 9)], [(0, 0, 3), (1, 4, 9)]),
        # Two pieces of bytes within one character.
        (
            "a β-x",
            [(0, 1), (1, 3), (2, 3), (3, 4), (4, 5)],
            [(0, 0, 1), (1, 2, 3), (3, 3, 4), (4, 4, 5)],
        ),
        ("🧬p53", [(0, 1), (0, 1), (0, 1), (1, 4)], [(0, 0, 1), (3, 1, 4)]),
        # A mark that the tokenizer took off, and one that it kept.
        ("e\u0301x", [(0, 1), (2, 3)], [(0, 0, 3)]),
        ("e\u0301x", [(0, 1), (1, 2), (2, 3)], [(0, 0, 3)]),
        # White space of all kinds, and pieces of nothing, are no words.
        ("a\r\n\u00a0b", [(0, 1), (1, 3), (3, 4), (4, 4), (4, 5)], [(0, 0, 1), (4, 4, 5)]),
        ("", [], []),
    ],
)
def test_pieces_are_grouped_into_words_with_their_offsets(
    text: str, offsets: list[tuple[int, int]], expected: list[tuple[int, int, int]]
) -> None:
    assert group_pieces(text, offsets) == expected


def test_marks_after_the_last_letter_belong_to_the_mention() -> None:
    text = "IκBα\u0301 falls"
    (mention,) = decode_mentions(text, [(0, 4)], np.array([[0.0, 1.0]]), ["O", "B-GENE"], GENE)
    assert mention.text == "IκBα\u0301"


# --- labels and limits


def test_labels_are_compared_without_case_and_returned_as_the_model_writes_them() -> None:
    assert gene_labels(["Gene", "Chemical"], ["GENE"]) == {"Gene"}
    assert gene_labels(["gene/protein", "protein", "cell"], None) == {"gene/protein", "protein"}
    assert gene_labels(["Disease"], []) == frozenset()


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [(None, "no gene label; it has cell, drug"), (["cell", "GENES"], "no label GENES; it has")],
)
def test_an_error_about_a_missing_label_names_the_labels_of_the_model(
    wanted: list[str] | None, reason: str
) -> None:
    with pytest.raises(RecognizerError, match=reason):
        gene_labels(["drug", "cell"], wanted)


@pytest.mark.parametrize(
    ("config", "tokenizer", "limit"),
    [
        ({"model_type": "bert", "max_position_embeddings": 512}, {}, 512),
        ({"model_type": "bert", "max_position_embeddings": 512}, {"model_max_length": 256}, 256),
        ({"model_type": "xlm-roberta", "max_position_embeddings": 514, "pad_token_id": 1}, {}, 512),
        ({"model_type": "roberta", "max_position_embeddings": 66, "pad_token_id": 1}, {}, 64),
        ({"model_type": "modernbert", "max_position_embeddings": 8192}, {}, 512),
        ({"model_type": "deberta-v2"}, {"model_max_length": 10**30}, 512),
        ({}, {"max_len": 128}, 128),
    ],
)
def test_the_window_limit_is_the_smallest_limit_of_the_checkpoint(
    config: dict[str, object], tokenizer: dict[str, object], limit: int
) -> None:
    assert window_limit(config, tokenizer) == limit


# --- windows


def test_windows_have_one_size_and_overlap_by_a_quarter() -> None:
    assert cut_windows(100, 40) == [(0, 40), (30, 70), (60, 100)]
    assert cut_windows(101, 40) == [(0, 40), (30, 70), (60, 100), (61, 101)]
    assert cut_windows(40, 40) == [(0, 40)]
    assert cut_windows(3, 1) == [(0, 1), (1, 2), (2, 3)]


def test_windows_that_leave_out_a_unit_cannot_be_merged() -> None:
    with pytest.raises(ValueError, match="leave out"):
        merge_rows(3, [(0, 2)], [np.zeros((2, 1))])


def test_a_span_in_an_overlap_is_neither_cut_nor_reported_twice() -> None:
    windows = [(0, 20), (15, 35)]
    cut, whole = LabeledSpan(17, 20, "gene", 0.9), LabeledSpan(2, 8, "gene", 0.7)
    assert merge_spans([[cut], [whole]], windows, 35) == [LabeledSpan(17, 23, "gene", 0.7)]
    first, second = LabeledSpan(15, 18, "gene", 0.6), LabeledSpan(0, 3, "gene", 0.5)
    assert merge_spans([[first], [second]], windows, 35) == [first]


def test_of_overlapping_spans_the_higher_score_stays_then_the_longer() -> None:
    spans = [
        LabeledSpan(0, 4, "gene", 0.6),
        LabeledSpan(2, 9, "gene", 0.8),
        LabeledSpan(9, 12, "gene", 0.5),
    ]
    assert merge_spans([spans], [(0, 12)], 12) == spans[1:]
    tied = [LabeledSpan(0, 4, "gene", 0.8), LabeledSpan(0, 9, "gene", 0.8)]
    assert merge_spans([tied], [(0, 12)], 12) == tied[1:]


# --- the tagger


@dataclass
class Pieces:
    ids: list[int]
    type_ids: list[int]
    offsets: list[tuple[int, int]]
    special_tokens_mask: list[int]


class Letters:
    """A tokenizer whose pieces are characters but no white space, with 1 and 2 around them."""

    def encode(self, text: str) -> Pieces:
        matches = list(re.finditer(r"\S", text))
        ids = [1, *(ord(m.group()) for m in matches), 2]
        offsets = [(0, 0), *(m.span() for m in matches), (0, 0)]
        return Pieces(ids, [0] * len(ids), offsets, [1, *(0 for _ in matches), 1])

    def no_truncation(self) -> None: ...
    def no_padding(self) -> None: ...


class Capitals:
    """Scores capitals and digits as genes; records the shapes of its arrays."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def __call__(self, arrays: dict[str, np.ndarray]) -> np.ndarray:
        ids, mask = arrays["input_ids"], arrays["attention_mask"]
        self.shapes.append(ids.shape)
        assert (ids[mask == 0] == 7).all()
        gene = ((ids >= ord("A")) & (ids <= ord("Z"))) | ((ids >= ord("0")) & (ids <= ord("9")))
        return np.stack([~gene * 4.0, gene * 4.0], axis=-1).astype(np.float32)


def tagger(window: int = 64, batch_size: int = 4, scores=None) -> TokenTagger:
    return TokenTagger(
        Letters(), scores or Capitals(), ["O", "GENE"], None, window, pad=7, batch_size=batch_size
    )


def test_mentions_keep_the_order_of_texts_of_different_length() -> None:
    texts = ["STAT3 x " * (1 + k * 7 % 11) for k in range(60)] + ["", " \r\n", "none"]
    counts = [len(found) for found in tagger().recognize(iter(texts))]
    assert counts == [1 + k * 7 % 11 for k in range(60)] + [0, 0, 0]


def test_texts_are_read_eight_batches_ahead() -> None:
    read: list[int] = []

    def texts() -> Iterator[str]:
        for k in range(10_000):
            read.append(k)
            yield "p53 and STAT3"

    stream = tagger(batch_size=4).recognize(texts())
    next(stream)
    assert len(read) == 32


def test_windows_of_similar_length_are_scored_together() -> None:
    scores = Capitals()
    list(tagger(batch_size=8, scores=scores).recognize(["STAT3"] * 5 + ["x" * 40] * 3))
    assert sorted(scores.shapes) == [(3, 64), (5, 32)]


def test_a_text_of_many_windows_is_tagged_completely() -> None:
    text = "the STAT3 gene " * 2000
    (found,) = tagger(window=32).recognize([text])
    assert [(m.start, m.text) for m in found] == [(k * 15 + 4, "STAT3") for k in range(2000)]


def test_a_lone_surrogate_does_not_shift_offsets() -> None:
    (mentions,) = tagger().recognize(["\ud83d STAT3 \udc00"])
    assert [(m.start, m.end, m.text) for m in mentions] == [(2, 7, "STAT3")]


def test_a_window_of_special_pieces_only_is_an_error() -> None:
    with pytest.raises(RecognizerError, match="2 pieces has no room"):
        tagger(window=2)


def test_scores_of_another_shape_are_an_error() -> None:
    def scores(arrays: dict[str, np.ndarray]) -> np.ndarray:
        return np.zeros((*arrays["input_ids"].shape, 3), np.float32)

    with pytest.raises(RecognizerError, match=r"shape \(1, 32, 3\), not \(1, 32, 2\)"):
        list(tagger(scores=scores).recognize(["STAT3"]))
