"""Token classifiers: from the scores of word pieces to mentions in the caption.

A caption takes these steps, of which torch or ONNX Runtime computes the scores only:

1. Its tokenizer cuts the text into word pieces with offsets.
2. The pieces are cut into overlapping windows (`sliding_windows`); each is put between the special
   pieces that the tokenizer adds, padded, and scored in a batch with others of about its length.
3. The scores become probabilities; each piece keeps those of the window with most context.
4. Pieces are grouped into words; a word takes the tag of its first piece.
5. The tags are decoded over the whole caption, so windows leave no trace in the mentions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from pydantic import Field

from nerbench.errors import RecognizerError, RecordError
from nerbench.recognizers.gene_labels import gene_labels
from nerbench.recognizers.neural.checkpoint import Checkpoint, CheckpointCard, CheckpointRecognizer
from nerbench.recognizers.neural.sliding_windows import Window, cut_windows, merge_rows, read_ahead
from nerbench.records import Mention
from nerbench.spans.tag_sequences import decode, split_tag

Floats = npt.NDArray[np.float64]
Offsets = Sequence[tuple[int, int]]
Scores = Callable[[dict[str, npt.NDArray[np.int64]]], npt.NDArray[Any]]
"""Arrays `input_ids`, `attention_mask` and `token_type_ids` of shape (windows, pieces) to the
model's scores of shape (windows, pieces, tags)."""

_MAX_WINDOW = 512  # word pieces
_LENGTH_STEP = 32  # windows are padded to a multiple, so that their neighbours hardly matter
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# Architectures that count positions from the padding piece on, as RoBERTa does.
_POSITIONS_AFTER_PADDING = frozenset(
    ("camembert", "data2vec-text", "esm", "ibert", "longformer", "mpnet", "xmod")
)


class TokenCard(CheckpointCard):
    """The card of a token classifier.

    Attributes
    ----------
    tags
        The meaning of the model's tags, if their names do not say it: ``{LABEL_1: B-GENE}``.
    window
        How many word pieces the model reads at once; by default as many as it can, at most 512.
    """

    tags: dict[str, str] = Field(default_factory=dict)
    window: int | None = Field(default=None, ge=8)

    def read_settings(self, checkpoint: Checkpoint) -> tuple[list[str], int, int]:
        """Return the tags by column of the scores, the window size and the padding piece.

        Raises RecognizerError if it is no token classifier or lacks a tag of the card.
        """
        config = checkpoint.json("config.json")
        model_tags = _read_tags(checkpoint, config)
        if unknown := sorted(self.tags.keys() - set(model_tags)):
            raise RecognizerError(
                f"the model has no tag {', '.join(unknown)}; it has {', '.join(model_tags)}"
            )
        limit = window_limit(config, checkpoint.json("tokenizer_config.json"))
        tags = [self.tags.get(tag, tag) for tag in model_tags]
        return tags, min(self.window or limit, limit), config.get("pad_token_id") or 0


def _read_tags(checkpoint: Checkpoint, config: Mapping[str, Any]) -> list[str]:
    if not config:
        raise RecognizerError(f"{checkpoint.folder}: no checkpoint: it has no config.json")
    architectures = [str(name) for name in config.get("architectures") or ()]
    if not any(name.endswith("ForTokenClassification") for name in architectures):
        raise RecognizerError(
            f"{checkpoint.folder}: no token classifier, but "
            f"{', '.join(architectures) or 'an unknown model'}: fine-tune it for named entities"
        )
    names = config.get("id2label") or {}
    try:
        return [str(names[str(column)]) for column in range(len(names))]
    except (KeyError, TypeError):
        raise RecognizerError(f"{checkpoint.folder}/config.json: id2label has gaps") from None


def window_limit(
    config: Mapping[str, Any], tokenizer: Mapping[str, Any], at_most: int = _MAX_WINDOW
) -> int:
    """Return how many pieces a checkpoint reads at once, special ones included, by its
    `config.json` and `tokenizer_config.json`: at most 512, unless another number is given.

    >>> window_limit({"max_position_embeddings": 130, "model_type": "roberta"}, {})
    128
    """
    positions = config.get("max_position_embeddings") or _MAX_WINDOW
    kind = str(config.get("model_type", ""))
    if "roberta" in kind or kind in _POSITIONS_AFTER_PADDING:
        pad = config.get("pad_token_id")
        positions -= (1 if pad is None else pad) + 1
    limit = tokenizer.get("model_max_length") or tokenizer.get("max_len") or _MAX_WINDOW
    return int(min(positions, limit, at_most))


class Encoding(Protocol):
    """The part of a text's encoding in the `tokenizers` library that is used here."""

    ids: list[int]
    type_ids: list[int]
    offsets: list[tuple[int, int]]
    special_tokens_mask: list[int]


class Tokenizer(Protocol):
    """The part of a tokenizer in the `tokenizers` library that is used here."""

    def encode(self, sequence: str) -> Encoding: ...
    def no_truncation(self) -> None: ...
    def no_padding(self) -> None: ...


def normalize_tag(tag: str) -> str:
    """Return a model's tag as one that a tag sequence may hold; a bare label means inside.

    >>> normalize_tag("B-GENE"), normalize_tag("GENE"), normalize_tag("O")
    ('B-GENE', 'I-GENE', 'O')
    """
    try:
        split_tag(tag)
    except RecordError:
        return f"I-{tag}"
    return tag


def group_pieces(text: str, offsets: Offsets) -> list[tuple[int, int, int]]:
    """Return the words that pieces make: number of the first piece, start and end in the text.

    A word is a run of letters, digits and marks (combining characters) without white space at its
    edges; any other piece stands alone, as in the corpora that gene taggers are trained on.

    >>> group_pieces("the IL-6", [(0, 3), (3, 5), (5, 6), (6, 7), (7, 8)])
    [(0, 0, 3), (1, 4, 6), (3, 6, 7), (4, 7, 8)]
    """
    words: list[tuple[int, int, int]] = []
    for piece, offset in enumerate(offsets):
        start, end = _strip(text, *offset)
        if start >= end:
            continue
        if words:
            first, word_start, word_end = words[-1]
            # Pieces overlap where the bytes of one character are several pieces.
            if start < word_end or _is_one_word(text, word_end, start):
                words[-1] = (first, word_start, max(end, word_end))
                continue
        words.append((piece, start, end))
    return words


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return end - len(piece.lstrip()), start + len(piece.rstrip())


def _is_one_word(text: str, end: int, start: int) -> bool:
    """Return whether a word that ends at ``end`` goes on at ``start``, with only marks between."""
    before, after = text[start - 1], text[start]
    continues = _is_mark(after) or (after.isalnum() and (before.isalnum() or _is_mark(before)))
    return continues and all(map(_is_mark, text[end:start]))


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def decode_mentions(
    text: str, offsets: Offsets, probabilities: Floats, tags: Sequence[str], labels: frozenset[str]
) -> list[Mention]:
    """Return the mentions with one of ``labels`` that the word pieces of a text make.

    A word takes the likeliest tag of its first piece, which is the piece that such models learn
    from. A mention's score is the mean probability of its words' tags, to four decimals. Marks
    after the last letter of a mention are part of it.

    >>> mentions = decode_mentions("IL-6 up", [(0, 2), (2, 4), (5, 7)],
    ...     np.array([[.9, .1, 0], [.2, .8, 0], [0, 0, 1]]), ["B-GENE", "I-GENE", "O"],
    ...     frozenset(["GENE"]))
    >>> [(mention.text, mention.label, mention.score) for mention in mentions]
    [('IL-6', 'GENE', 0.85)]
    """
    words = group_pieces(text, offsets)
    rows = probabilities[[piece for piece, _, _ in words]]
    columns = rows.argmax(axis=1) if words else np.zeros(0, np.int64)
    scores = rows[np.arange(len(words)), columns]
    mentions = []
    for _, first, last, label in decode([[tags[column] for column in columns.tolist()]]).rows():
        if label not in labels:
            continue
        start, end = words[first][1], words[last - 1][2]
        while end < len(text) and _is_mark(text[end]):
            end += 1
        score = round(float(scores[first:last].mean()), 4)
        mentions.append(Mention(start, end, text[start:end], label, score))
    return mentions


@dataclass(frozen=True, slots=True)
class _SpecialPieces:
    """The pieces that a tokenizer puts around a text, such as [CLS] and [SEP], and all types."""

    before: list[int]
    after: list[int]
    types_before: list[int]
    types_after: list[int]
    text_type: int

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> _SpecialPieces:
        encoding = tokenizer.encode("a")
        inside = [k for k, special in enumerate(encoding.special_tokens_mask) if not special]
        first, stop = inside[0], inside[-1] + 1
        ids, types = encoding.ids, encoding.type_ids
        return cls(ids[:first], ids[stop:], types[:first], types[stop:], types[first])

    @property
    def count(self) -> int:
        return len(self.before) + len(self.after)


@dataclass(frozen=True, slots=True)
class _Caption:
    """A text, its word pieces with their offsets, and the windows over the pieces."""

    text: str
    ids: list[int]
    offsets: list[tuple[int, int]]
    windows: list[Window]


class TokenTagger:
    """Tags genes with a tokenizer and a function that scores word pieces; ``tags`` are the columns
    of the scores, ``window`` counts special pieces, too, and ``pad`` fills up short windows.

    Raises RecognizerError if the model has none of the labels, or a window holds special pieces
    only.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        scores: Scores,
        tags: Sequence[str],
        labels: Sequence[str] | None,
        window: int,
        pad: int = 0,
        batch_size: int = 64,
    ) -> None:
        self._tokenizer, self._scores = tokenizer, scores
        self._tags = [normalize_tag(tag) for tag in tags]
        self.labels = gene_labels(filter(None, (split_tag(tag)[1] for tag in self._tags)), labels)
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._special = _SpecialPieces.of(tokenizer)
        self._window, self._pad, self._batch_size = window, pad, batch_size
        if window <= self._special.count:
            raise RecognizerError(f"a window of {window} pieces has no room for text")

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        for block in read_ahead(texts, self._batch_size):
            captions = [self._encode(text) for text in block]
            probabilities = iter(
                self._score_all([(caption, cut) for caption in captions for cut in caption.windows])
            )
            for caption in captions:
                parts = list(islice(probabilities, len(caption.windows)))
                rows = merge_rows(len(caption.ids), caption.windows, parts)
                yield decode_mentions(caption.text, caption.offsets, rows, self._tags, self.labels)

    def _encode(self, text: str) -> _Caption:
        encoding = self._tokenizer.encode(_LONE_SURROGATE.sub("\ufffd", text))
        inside = slice(len(self._special.before), len(encoding.ids) - len(self._special.after))
        ids = encoding.ids[inside]
        windows = cut_windows(len(ids), self._window - self._special.count)
        return _Caption(text, ids, encoding.offsets[inside], windows)

    def _score_all(self, windows: Sequence[tuple[_Caption, Window]]) -> list[Floats]:
        """Return the probabilities in each window, scored in batches of about one length."""
        by_length: dict[int, list[int]] = {}
        for number, (_, (start, stop)) in enumerate(windows):
            steps = -(-(stop - start + self._special.count) // _LENGTH_STEP)
            by_length.setdefault(min(steps * _LENGTH_STEP, self._window), []).append(number)
        probabilities: list[Floats] = [np.zeros((0, 0))] * len(windows)
        for length, numbers in sorted(by_length.items()):
            for first in range(0, len(numbers), self._batch_size):
                batch = numbers[first : first + self._batch_size]
                scored = self._score([windows[number] for number in batch], length)
                for number, rows in zip(batch, scored, strict=True):
                    probabilities[number] = rows
        return probabilities

    def _score(self, windows: Sequence[tuple[_Caption, Window]], length: int) -> Iterator[Floats]:
        """Yield the probabilities of the pieces of each window of one batch."""
        special = self._special
        ids = np.full((len(windows), length), self._pad, np.int64)
        mask, types = np.zeros_like(ids), np.zeros_like(ids)
        for row, (caption, (start, stop)) in enumerate(windows):
            pieces = (*special.before, *caption.ids[start:stop], *special.after)
            ids[row, : len(pieces)] = pieces
            mask[row, : len(pieces)] = 1
            inside = [special.text_type] * (stop - start)
            types[row, : len(pieces)] = (*special.types_before, *inside, *special.types_after)
        scores = self._scores({"input_ids": ids, "attention_mask": mask, "token_type_ids": types})
        expected = (*ids.shape, len(self._tags))
        if scores.shape != expected:
            raise RecognizerError(f"the model's scores have shape {scores.shape}, not {expected}")
        for row, (_, (start, stop)) in enumerate(windows):
            first = len(special.before)
            yield _softmax(scores[row, first : first + stop - start].astype(np.float64))


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


class TokenClassifier(CheckpointRecognizer, TokenTagger):
    """A token classifier of a checkpoint, by its tokenizer and a function that scores pieces."""

    def __init__(
        self,
        card: TokenCard,
        checkpoint: Checkpoint,
        settings: tuple[list[str], int, int],
        tokenizer: Tokenizer,
        scores: Scores,
    ) -> None:
        CheckpointRecognizer.__init__(self, card, checkpoint)
        tags, window, pad = settings
        TokenTagger.__init__(
            self, tokenizer, scores, tags, card.labels, window, pad, card.batch_size
        )
