"""Read tag sequences: IOB1, IOB2, IOBES (BIOES, BMEWO) and BILOU, all sentences at once.

Invalid transitions are repaired as conlleval does (CoNLL-2000, Tjong Kim Sang and Buchholz).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from nerbench.errors import RecordError
from nerbench.spans.table import Codes, Ints

_UNTYPED_LABEL = "entity"  # of the tags `B` and `I`, which name no label
_IOBES_PREFIX = {"L": "E", "U": "S", "W": "S", "M": "I"}
_PREFIXES = frozenset("BIES") | _IOBES_PREFIX.keys()


def split_tag(tag: str) -> tuple[str, str]:
    """Return the prefix (B, I, E, S, O) and label of a tag; raises RecordError for another form.

    >>> split_tag("U-GENE"), split_tag("b-gene"), split_tag("O")
    (('S', 'GENE'), ('B', 'gene'), ('O', ''))
    """
    prefix, dash, label = canonical_tag(tag).partition("-")
    if prefix == "O" and not dash:
        return "O", ""
    if prefix not in _PREFIXES or (dash and not label):
        raise RecordError(f"the tag {tag[:30]!r} is none of O, B-, I-, E-, S-, L-, U-")
    return _IOBES_PREFIX.get(prefix, prefix), label or _UNTYPED_LABEL


def canonical_tag(tag: str) -> str:
    """Return a tag with its prefix in upper case, as some tools do not write it.

    >>> canonical_tag("b-gene"), canonical_tag("o")
    ('B-gene', 'O')
    """
    return tag[:1].upper() + tag[1:]


@dataclass(frozen=True, slots=True)
class Chunks:
    """The mentions of sentences, in order, a row each; sentences and tokens count from 0."""

    sizes: Ints  # tokens of each sentence
    sentence: Ints
    start: Ints  # the first token
    end: Ints  # the token past the last one
    label: Ints  # an index into labels
    labels: tuple[str, ...]

    def rows(self) -> list[tuple[int, int, int, str]]:
        names = [self.labels[i] for i in self.label.tolist()]
        columns = (column.tolist() for column in (self.sentence, self.start, self.end))
        return list(zip(*columns, names, strict=True))


def decode(sentences: Sequence[Sequence[str]]) -> Chunks:
    """Return the mentions that tag sequences mark; raises RecordError for a tag of another form.

    >>> decode([["B-GENE", "I-GENE", "O"], ["I-GENE"]]).rows()
    [(0, 0, 2, 'GENE'), (1, 0, 1, 'GENE')]
    """
    sizes = np.fromiter(map(len, sentences), np.int64, len(sentences))
    codes = Codes(canonical_tag)
    outside = codes["O"]
    tags = np.fromiter(map(codes.__getitem__, chain.from_iterable(sentences)), np.int64)
    # Per distinct tag: its label, whether it can continue a mention, whether it leaves one open.
    prefixes, names = zip(*map(split_tag, codes.uniques), strict=True)
    labels = tuple(dict.fromkeys(filter(None, names)))
    number = {"": -1, **{label: i for i, label in enumerate(labels)}}
    label_of_tag = np.array([number[name] for name in names], np.int64)
    continues = np.array([prefix in "IE" for prefix in prefixes], np.bool_)
    stays_open = np.array([prefix in "BI" for prefix in prefixes], np.bool_)

    token = np.flatnonzero(tags != outside)  # the tokens in mentions
    tag, sentence = tags[token], np.repeat(np.arange(len(sizes)), sizes)[token]
    label = label_of_tag[tag]
    # A token in a mention begins another one unless it continues that of the token before it: its
    # tag is I or E, the tag before is B or I, and both have one label.
    begins = np.ones(len(token), np.bool_)
    begins[1:] = ~(continues[tag[1:]] & stays_open[tag[:-1]] & (label[1:] == label[:-1]))
    begins[1:] |= (token[1:] != token[:-1] + 1) | (sentence[1:] != sentence[:-1])
    ends = np.append(begins[1:], True)[: len(token)]
    sentence = sentence[begins]
    first_token = (np.cumsum(sizes) - sizes)[sentence]
    start, end = token[begins] - first_token, token[ends] + 1 - first_token
    return Chunks(sizes, sentence, start, end, label[begins], labels)
