"""Read tag sequences: IOB1, IOB2, IOBES (BIOES, BMEWO) and BILOU, all sentences at once.

Invalid transitions are repaired as the conlleval script of the CoNLL-2000 shared task does
(Tjong Kim Sang and Buchholz, 2000).
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
    """Return the prefix of a tag (B, I, E, S or O) and its label, which is empty for O.

    Raises RecordError for a tag of another form.

    >>> split_tag("U-GENE"), split_tag("O")
    (('S', 'GENE'), ('O', ''))
    """
    if tag == "O":
        return "O", ""
    prefix, dash, label = tag.partition("-")
    if prefix not in _PREFIXES or (dash and not label):
        raise RecordError(f"the tag {tag[:30]!r} is none of O, B-, I-, E-, S-, L-, U-")
    return _IOBES_PREFIX.get(prefix, prefix), label or _UNTYPED_LABEL


@dataclass(frozen=True, slots=True)
class Chunks:
    """The mentions of sentences, in order, a row each.

    A mention has the tokens from ``start`` up to, not including, ``end`` of its sentence, all
    counted from 0; ``label`` is an index into ``labels``. ``sizes`` are the numbers of tokens of
    the sentences.
    """

    sizes: Ints
    sentence: Ints
    start: Ints
    end: Ints
    label: Ints
    labels: tuple[str, ...]

    def rows(self) -> list[tuple[int, int, int, str]]:
        """Return sentence, start, end and label of each mention."""
        names = [self.labels[i] for i in self.label.tolist()]
        columns = (column.tolist() for column in (self.sentence, self.start, self.end))
        return list(zip(*columns, names, strict=True))


def decode(sentences: Sequence[Sequence[str]]) -> Chunks:
    """Return the mentions that tag sequences mark, as conlleval reads them.

    A token continues a mention if its tag is I or E, the tag before it is B or I, and both have
    one label; else B, I, E and S all begin a mention. Raises RecordError for a tag of another
    form.

    >>> decode([["B-GENE", "I-GENE", "O"], ["I-GENE"]]).rows()
    [(0, 0, 2, 'GENE'), (1, 0, 1, 'GENE')]
    """
    sizes = np.fromiter(map(len, sentences), np.int64, len(sentences))
    codes = Codes(str)
    outside = codes["O"]
    tags = np.fromiter(
        map(codes.__getitem__, chain.from_iterable(sentences)), np.int64, int(sizes.sum())
    )
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
    # A token in a mention begins another one unless it continues that of the token before it.
    begins = np.ones(len(token), np.bool_)
    begins[1:] = ~(continues[tag[1:]] & stays_open[tag[:-1]] & (label[1:] == label[:-1]))
    begins[1:] |= (token[1:] != token[:-1] + 1) | (sentence[1:] != sentence[:-1])
    ends = np.append(begins[1:], True)[: len(token)]
    sentence = sentence[begins]
    first_token = (np.cumsum(sizes) - sizes)[sentence]
    return Chunks(
        sizes=sizes,
        sentence=sentence,
        start=token[begins] - first_token,
        end=token[ends] + 1 - first_token,
        label=label[begins],
        labels=labels,
    )
