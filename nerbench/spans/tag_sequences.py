"""Read tag sequences: IOB1, IOB2, IOBES (BIOES, BMEWO) and BILOU, all sentences at once.

Invalid transitions are repaired as the conlleval script of the CoNLL-2000 shared task does
(Tjong Kim Sang and Buchholz, 2000).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from nerbench.errors import RecordError

__all__ = ["Chunks", "decode", "split_tag"]

Ints = npt.NDArray[np.int64]

UNTYPED = "entity"
"""The label of tags that name none (`B`, `I`)."""

_PLAIN = {"L": "E", "U": "S", "W": "S", "M": "I"}
_PREFIXES = frozenset("BIES") | _PLAIN.keys()


def split_tag(tag: str) -> tuple[str, str]:
    """A tag's prefix (B, I, E, S or O) and its label, empty for O.

    Raises RecordError for a tag of another form.

    >>> split_tag("U-GENE"), split_tag("O")
    (('S', 'GENE'), ('O', ''))
    """
    if tag == "O":
        return "O", ""
    prefix, dash, label = tag.partition("-")
    if prefix not in _PREFIXES or (dash and not label):
        raise RecordError(f"the tag {tag[:30]!r} is none of O, B-, I-, E-, S-, L-, U-")
    return _PLAIN.get(prefix, prefix), label or UNTYPED


@dataclass(frozen=True, slots=True)
class Chunks:
    """The mentions of sentences, in order: a row each.

    Tokens ``first`` up to, not including, ``last`` of sentence ``sentence``, all counted from 0;
    ``label`` is a place in ``labels``; ``sizes`` are the sentences' numbers of tokens.
    """

    sizes: Ints
    sentence: Ints
    first: Ints
    last: Ints
    label: Ints
    labels: tuple[str, ...]

    def rows(self) -> list[tuple[int, int, int, str]]:
        """Sentence, first, last and label of each mention."""
        names = [self.labels[at] for at in self.label.tolist()]
        places = (column.tolist() for column in (self.sentence, self.first, self.last))
        return list(zip(*places, names, strict=True))


class _Marks(dict[str, str]):
    """One character for each tag, in the order of appearance: joined, they are an array."""

    def __missing__(self, tag: str) -> str:
        return self.setdefault(tag, chr(len(self)))


def decode(sentences: Sequence[Sequence[str]]) -> Chunks:
    """The mentions that tag sequences mark, as conlleval reads them.

    A token continues a mention if its tag is I or E, the tag before is B or I, and their labels
    are one; else B, I, E and S all begin one. Raises RecordError for a tag of another form.

    >>> decode([["B-GENE", "I-GENE", "O"], ["I-GENE"]]).rows()
    [(0, 0, 2, 'GENE'), (1, 0, 1, 'GENE')]
    """
    sizes = np.fromiter(map(len, sentences), np.int64, len(sentences))
    marks = _Marks(O=chr(0))
    text = "".join(map(marks.__getitem__, chain.from_iterable(sentences)))
    tags = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    parts = [split_tag(tag) for tag in marks]
    labels = tuple(dict.fromkeys(label for _, label in parts if label))
    place = {label: at for at, label in enumerate(labels)}
    label_of = np.array([place.get(label, -1) for _, label in parts], np.int64)
    goes_on = np.array([prefix in "IE" for prefix, _ in parts], np.bool_)
    open_after = np.array([prefix in "BI" for prefix, _ in parts], np.bool_)

    begin = np.cumsum(sizes) - sizes
    at = np.flatnonzero(tags)  # the tokens in mentions
    tag, sentence = tags[at], np.repeat(np.arange(len(sizes)), sizes)[at]
    label = label_of[tag]
    opens = np.ones(len(at), np.bool_)
    opens[1:] = ~(goes_on[tag[1:]] & open_after[tag[:-1]] & (label[1:] == label[:-1]))
    opens[1:] |= (at[1:] != at[:-1] + 1) | (sentence[1:] != sentence[:-1])
    closes = np.append(opens[1:], True)[: len(at)]
    sentence = sentence[opens]
    return Chunks(
        sizes=sizes,
        sentence=sentence,
        first=at[opens] - begin[sentence],
        last=at[closes] + 1 - begin[sentence],
        label=label[opens],
        labels=labels,
    )
