"""From the scores that a token classifier gives word pieces to mentions in the caption.

torch and ONNX Runtime differ only in how they compute the scores; windows, words, tags and
offsets are here, and need numpy alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from nerbench.errors import RecognizerError, RecordError
from nerbench.recognizers.gene_labels import gene_labels
from nerbench.recognizers.neural.sliding_windows import Window, merge, windows
from nerbench.records import Mention
from nerbench.spans.tag_sequences import decode, split_tag

__all__ = ["TokenTagger", "mentions_of", "plain_tag", "words"]

Floats = npt.NDArray[np.float64]
Offsets = Sequence[tuple[int, int]]
Scores = Callable[[dict[str, npt.NDArray[np.int64]]], npt.NDArray[Any]]
"""Arrays `input_ids`, `attention_mask` and `token_type_ids` of shape (windows, pieces) to the
model's scores of shape (windows, pieces, tags)."""

_BUCKET = 32  # windows are padded to a multiple, so that their neighbours hardly matter
_AHEAD = 8  # batches of captions that are read to be sorted by length
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class Encoding(Protocol):
    """A text as pieces: what the `tokenizers` library gives."""

    ids: list[int]
    type_ids: list[int]
    offsets: list[tuple[int, int]]
    special_tokens_mask: list[int]


class Tokenizer(Protocol):
    """A tokenizer of the `tokenizers` library, as far as it is used here."""

    def encode(self, sequence: str) -> Encoding: ...
    def no_truncation(self) -> None: ...
    def no_padding(self) -> None: ...


def plain_tag(tag: str) -> str:
    """A model's tag as one that a tag sequence may hold; a bare label means inside.

    >>> plain_tag("B-GENE"), plain_tag("GENE"), plain_tag("O")
    ('B-GENE', 'I-GENE', 'O')
    """
    try:
        split_tag(tag)
    except RecordError:
        return f"I-{tag}"
    return tag


def words(text: str, offsets: Offsets) -> list[tuple[int, int, int]]:
    """The words that pieces make: first piece, start and end in the text.

    A word is a run of letters, digits and marks; any other piece stands alone, as in the corpora
    that gene taggers are trained on. Pieces of white space, or of nothing, are no words; white
    space at a piece's edges is not part of it.

    >>> words("the IL-6", [(0, 3), (3, 5), (5, 6), (6, 7), (7, 8)])
    [(0, 0, 3), (1, 4, 6), (3, 6, 7), (4, 7, 8)]
    """
    found: list[tuple[int, int, int]] = []
    for piece, offset in enumerate(offsets):
        start, end = _trimmed(text, *offset)
        if start >= end:
            continue
        if found:
            first, begun, done = found[-1]
            if start < done or _joins(text, done, start):
                found[-1] = (first, begun, max(end, done))
                continue
        found.append((piece, start, end))
    return found


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _joins(text: str, end: int, start: int) -> bool:
    """Whether one word goes on from ``end`` to ``start``: tokenizers may drop marks between."""
    if not all(map(_is_mark, text[end:start])):
        return False
    return _is_mark(text[start]) or (text[start].isalnum() and _is_of_word(text[start - 1]))


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def _is_of_word(character: str) -> bool:
    return character.isalnum() or _is_mark(character)


def mentions_of(
    text: str,
    offsets: Offsets,
    probabilities: Floats,
    tags: Sequence[str],
    labels: frozenset[str],
) -> list[Mention]:
    """The mentions with one of ``labels`` that a text's pieces make.

    ``probabilities`` has a row for each piece and a column for each of ``tags`` (see
    `plain_tag`). A word takes the tag of its first piece, the one that such models are trained
    on; tags are read as `nerbench.spans.tag_sequences.decode` reads them. A mention's score is the
    mean probability of its words' tags, to four decimals. Marks that follow a mention's last
    letter are part of it.

    >>> found = mentions_of("IL-6 up", [(0, 2), (2, 4), (5, 7)],
    ...     np.array([[.9, .1, 0], [.2, .8, 0], [0, 0, 1]]), ["B-GENE", "I-GENE", "O"],
    ...     frozenset(["GENE"]))
    >>> [(one.text, one.label, one.score) for one in found]
    [('IL-6', 'GENE', 0.85)]
    """
    parts = words(text, offsets)
    rows = probabilities[[first for first, _, _ in parts]]
    chosen = rows.argmax(axis=1) if parts else np.zeros(0, np.int64)
    sure = rows[np.arange(len(parts)), chosen]
    mentions = []
    for _, first, last, label in decode([[tags[tag] for tag in chosen.tolist()]]).rows():
        if label not in labels:
            continue
        start, end = parts[first][1], parts[last - 1][2]
        while end < len(text) and _is_mark(text[end]):
            end += 1
        score = round(float(sure[first:last].mean()), 4)
        mentions.append(Mention(start, end, text[start:end], label, score))
    return mentions


@dataclass(frozen=True, slots=True)
class _Frame:
    """The special pieces that a tokenizer puts around a text, and their types."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    types_before: tuple[int, ...]
    types_after: tuple[int, ...]
    type_inside: int

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> _Frame:
        probe = tokenizer.encode("a")
        inside = [at for at, special in enumerate(probe.special_tokens_mask) if not special]
        first, stop = inside[0], inside[-1] + 1
        return cls(
            tuple(probe.ids[:first]),
            tuple(probe.ids[stop:]),
            tuple(probe.type_ids[:first]),
            tuple(probe.type_ids[stop:]),
            probe.type_ids[first],
        )

    @property
    def size(self) -> int:
        return len(self.before) + len(self.after)


@dataclass(frozen=True, slots=True)
class _Caption:
    """A text cut up: its pieces' ids and offsets, and the windows over them."""

    text: str
    ids: list[int]
    offsets: list[tuple[int, int]]
    windows: list[Window]


class TokenTagger:
    """Tags genes with a token classifier: a tokenizer, and a function that scores pieces.

    ``tags`` are the model's, by column of its scores; ``labels`` those that count as genes (see
    `gene_labels`); ``window`` how many pieces it reads at once, special ones included, and
    ``pad`` the piece that fills up. Raises RecognizerError if the model has none of the labels,
    or the window has no room.
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
        self._tags = [plain_tag(tag) for tag in tags]
        self.labels = gene_labels(filter(None, (split_tag(tag)[1] for tag in self._tags)), labels)
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._frame = _Frame.of(tokenizer)
        self._window, self._pad, self._batch_size = window, pad, batch_size
        if window <= self._frame.size:
            raise RecognizerError(f"a window of {window} pieces has no room for text")

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """Yield the mentions of each text, in order; reads a few batches of texts ahead."""
        stream = iter(texts)
        while captions := [self._cut(text) for text in islice(stream, _AHEAD * self._batch_size)]:
            jobs = [(caption, cut) for caption in captions for cut in caption.windows]
            scored = iter(self._score_all(jobs))
            for caption in captions:
                parts = list(islice(scored, len(caption.windows)))
                rows = merge(len(caption.ids), caption.windows, parts)
                yield mentions_of(caption.text, caption.offsets, rows, self._tags, self.labels)

    def _cut(self, text: str) -> _Caption:
        encoding = self._tokenizer.encode(_LONE_SURROGATE.sub("\ufffd", text))
        stop = len(encoding.ids) - len(self._frame.after)
        inside = slice(len(self._frame.before), stop)
        ids = encoding.ids[inside]
        cuts = windows(len(ids), self._window - self._frame.size)
        return _Caption(text, ids, encoding.offsets[inside], cuts)

    def _score_all(self, jobs: Sequence[tuple[_Caption, Window]]) -> list[Floats]:
        """The probabilities in each window, which are scored with others of about their length."""
        by_length: dict[int, list[int]] = {}
        for at, (_, (start, stop)) in enumerate(jobs):
            length = -(-(stop - start + self._frame.size) // _BUCKET) * _BUCKET
            by_length.setdefault(min(length, self._window), []).append(at)
        done: list[Floats] = [np.zeros((0, 0))] * len(jobs)
        for length, places in sorted(by_length.items()):
            for at in range(0, len(places), self._batch_size):
                batch = places[at : at + self._batch_size]
                for place, rows in zip(
                    batch, self._score([jobs[place] for place in batch], length), strict=True
                ):
                    done[place] = rows
        return done

    def _score(self, jobs: Sequence[tuple[_Caption, Window]], length: int) -> Iterator[Floats]:
        """The probabilities of the pieces of each window of one batch."""
        frame = self._frame
        ids = np.full((len(jobs), length), self._pad, np.int64)
        mask, types = np.zeros_like(ids), np.zeros_like(ids)
        for row, (caption, (start, stop)) in enumerate(jobs):
            pieces = (*frame.before, *caption.ids[start:stop], *frame.after)
            ids[row, : len(pieces)] = pieces
            mask[row, : len(pieces)] = 1
            inside = [frame.type_inside] * (stop - start)
            types[row, : len(pieces)] = (*frame.types_before, *inside, *frame.types_after)
        scores = self._scores({"input_ids": ids, "attention_mask": mask, "token_type_ids": types})
        expected = (*ids.shape, len(self._tags))
        if scores.shape != expected:
            raise RecognizerError(f"the model's scores have shape {scores.shape}, not {expected}")
        for row, (_, (start, stop)) in enumerate(jobs):
            first = len(frame.before)
            yield _softmax(scores[row, first : first + stop - start].astype(np.float64))


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
