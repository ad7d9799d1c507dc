"""From word pieces to mentions, with a tokenizer and a model made of a few lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from nerbench import RecognizerError
from nerbench.recognizers.gene_labels import gene_labels
from nerbench.recognizers.neural.sliding_windows import Found, merge, stitch, windows
from nerbench.recognizers.neural.token_card import window_limit
from nerbench.recognizers.neural.token_classifier import TokenTagger, mentions_of, words
from nerbench.records import Mention

GENE = frozenset(["GENE"])


def mentions_of_words(text: str, pieces: str, tags: str, known: str, labels=GENE) -> list[Mention]:
    """The mentions where each of the pieces, in the order of the text, surely has its tag."""
    names, offsets, at = known.split(), [], 0
    for piece in pieces.split():
        at = text.index(piece, at)
        offsets.append((at, at + len(piece)))
        at += len(piece)
    rows = np.zeros((len(offsets), len(names)))
    rows[np.arange(len(offsets)), [names.index(tag) for tag in tags.split()]] = 1.0
    return mentions_of(text, offsets, rows, names, labels)


@pytest.mark.parametrize(
    ("known", "tags"),
    [
        ("O B-GENE I-GENE", "O B-GENE I-GENE I-GENE O B-GENE B-GENE"),
        ("O I-GENE B-GENE", "O I-GENE I-GENE I-GENE O I-GENE B-GENE"),
        ("O B-GENE I-GENE E-GENE S-GENE", "O B-GENE I-GENE E-GENE O S-GENE S-GENE"),
        ("O B-GENE I-GENE L-GENE U-GENE", "O B-GENE I-GENE L-GENE O U-GENE U-GENE"),
        ("O B-GENE M-GENE E-GENE W-GENE", "O B-GENE M-GENE E-GENE O W-GENE W-GENE"),
    ],
    ids=["IOB2", "IOB1", "IOBES", "BILOU", "BMEWO"],
)
def test_every_scheme_of_tags_is_read(known: str, tags: str) -> None:
    found = mentions_of_words("the IL-6 and p53 STAT3", "the IL - 6 and p53 STAT3", tags, known)
    assert [(one.start, one.end, one.text) for one in found] == [
        (4, 8, "IL-6"),
        (13, 16, "p53"),
        (17, 22, "STAT3"),
    ]


def test_inside_tags_without_a_beginning_make_one_mention_of_neighbours() -> None:
    found = mentions_of_words(
        "IL-6 and p53", "IL - 6 and p53", "I-GENE I-GENE I-GENE O I-GENE", "O I-GENE"
    )
    assert [one.text for one in found] == ["IL-6", "p53"]


def test_labels_that_do_not_count_as_genes_are_left_out_and_part_mentions() -> None:
    known = "O B-GENE I-GENE B-DRUG I-DRUG"
    found = mentions_of_words("p53 aspirin p53", "p53 aspirin p53", "B-GENE I-DRUG I-GENE", known)
    assert [(one.start, one.text) for one in found] == [(0, "p53"), (12, "p53")]


def test_a_word_takes_the_tag_of_its_first_piece() -> None:
    known = "O B-GENE I-GENE"
    assert [m.text for m in mentions_of_words("STAT3 up", "ST AT 3 up", "B-GENE O O O", known)] == [
        "STAT3"
    ]
    assert mentions_of_words("STAT3 up", "ST AT 3 up", "O B-GENE I-GENE O", known) == []


def test_a_score_is_the_mean_probability_of_the_words() -> None:
    offsets = [(0, 2), (2, 3), (3, 4)]
    rows = np.array([[0.1, 0.9], [0.3, 0.7], [0.34567, 0.65433]])
    (found,) = mentions_of("IL-6", offsets, rows, ["O", "I-GENE"], GENE)
    assert found.score == 0.7514


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
def test_words_stand_where_their_letters_do(
    text: str, offsets: list[tuple[int, int]], expected: list[tuple[int, int, int]]
) -> None:
    assert words(text, offsets) == expected


def test_marks_after_the_last_letter_belong_to_the_mention() -> None:
    text = "IκBα\u0301 falls"
    (found,) = mentions_of(text, [(0, 4)], np.array([[0.0, 1.0]]), ["O", "B-GENE"], GENE)
    assert found.text == "IκBα\u0301"


# --- labels and limits


def test_labels_are_compared_without_case_and_told_as_the_model_writes_them() -> None:
    assert gene_labels(["Gene", "Chemical"], ["GENE"]) == {"Gene"}
    assert gene_labels(["gene/protein", "protein", "cell"], None) == {"gene/protein", "protein"}
    assert gene_labels(["Disease"], []) == frozenset()


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [(None, "no gene label; it has cell, drug"), (["cell", "GENES"], "no label GENES; it has")],
)
def test_labels_that_are_not_there_are_an_error_that_names_those_that_are(
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
def test_a_window_is_no_longer_than_the_model_reads(
    config: dict[str, object], tokenizer: dict[str, object], limit: int
) -> None:
    assert window_limit(config, tokenizer) == limit


# --- windows


def test_windows_are_of_one_size_and_overlap_by_a_quarter() -> None:
    assert windows(100, 40) == [(0, 40), (30, 70), (60, 100)]
    assert windows(101, 40) == [(0, 40), (30, 70), (60, 100), (61, 101)]
    assert windows(40, 40) == [(0, 40)]
    assert windows(3, 1) == [(0, 1), (1, 2), (2, 3)]


def test_windows_that_leave_something_out_cannot_be_merged() -> None:
    with pytest.raises(ValueError, match="leave out"):
        merge(3, [(0, 2)], [np.zeros((2, 1))])


def test_a_name_at_a_seam_is_neither_cut_nor_doubled() -> None:
    cuts = [(0, 20), (15, 35)]
    whole, cut = Found(17, 23, "gene", 0.7), Found(17, 20, "gene", 0.9)
    assert stitch([(0, cut), (1, whole)], cuts, 35) == [whole]
    both = Found(15, 18, "gene", 0.6)
    assert stitch([(0, both), (1, both._replace(score=0.5))], cuts, 35) == [both]


def test_of_overlapping_spans_the_surer_stays_then_the_longer() -> None:
    spans = [Found(0, 4, "gene", 0.6), Found(2, 9, "gene", 0.8), Found(9, 12, "gene", 0.5)]
    assert stitch([(0, one) for one in spans], [(0, 12)], 12) == spans[1:]
    tied = [Found(0, 4, "gene", 0.8), Found(0, 9, "gene", 0.8)]
    assert stitch([(0, one) for one in tied], [(0, 12)], 12) == tied[1:]


# --- the tagger


@dataclass
class Pieces:
    ids: list[int]
    type_ids: list[int]
    offsets: list[tuple[int, int]]
    special_tokens_mask: list[int]


class Letters:
    """A tokenizer whose pieces are characters other than white space, 1 and 2 around them."""

    def encode(self, text: str) -> Pieces:
        found = list(re.finditer(r"\S", text))
        ids = [1, *(ord(one.group()) for one in found), 2]
        offsets = [(0, 0), *((one.start(), one.end()) for one in found), (0, 0)]
        return Pieces(ids, [0] * len(ids), offsets, [1, *(0 for _ in found), 1])

    def no_truncation(self) -> None: ...
    def no_padding(self) -> None: ...


class Capitals:
    """Says that capitals and digits are genes; remembers the shapes that it was asked about."""

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


def test_texts_come_back_in_order_whatever_their_length() -> None:
    texts = ["STAT3 x " * (1 + at * 7 % 11) for at in range(60)] + ["", " \r\n", "none"]
    counts = [len(found) for found in tagger().recognize(iter(texts))]
    assert counts == [1 + at * 7 % 11 for at in range(60)] + [0, 0, 0]


def test_texts_are_read_a_few_batches_ahead_and_no_more() -> None:
    read: list[int] = []

    def texts() -> Iterator[str]:
        for at in range(10_000):
            read.append(at)
            yield "p53 and STAT3"

    stream = tagger(batch_size=4).recognize(texts())
    next(stream)
    assert len(read) == 32


def test_windows_of_about_one_length_are_scored_together() -> None:
    scores = Capitals()
    list(tagger(batch_size=8, scores=scores).recognize(["STAT3"] * 5 + ["x" * 40] * 3))
    assert sorted(scores.shapes) == [(3, 64), (5, 32)]


def test_a_text_of_many_windows_is_tagged_whole() -> None:
    text = "the STAT3 gene " * 2000
    (found,) = tagger(window=32).recognize([text])
    assert [(one.start, one.text) for one in found] == [
        (at * 15 + 4, "STAT3") for at in range(2000)
    ]


def test_a_lone_surrogate_shifts_nothing() -> None:
    (found,) = tagger().recognize(["\ud83d STAT3 \udc00"])
    assert [(one.start, one.end, one.text) for one in found] == [(2, 7, "STAT3")]


def test_a_window_without_room_is_refused() -> None:
    with pytest.raises(RecognizerError, match="2 pieces has no room"):
        tagger(window=2)


def test_scores_of_another_shape_are_an_error() -> None:
    def scores(arrays: dict[str, np.ndarray]) -> np.ndarray:
        return np.zeros((*arrays["input_ids"].shape, 3), np.float32)

    with pytest.raises(RecognizerError, match=r"shape \(1, 32, 3\), not \(1, 32, 2\)"):
        list(tagger(scores=scores).recognize(["STAT3"]))
