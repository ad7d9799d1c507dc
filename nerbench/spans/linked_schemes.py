"""Schemes for linked spans: identifiers at the right place, or in the right document.

Both follow Sänger et al. (2024), HunFlair2 in a cross-corpus evaluation of biomedical named entity
recognition and normalization tools.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

import numpy as np

from nerbench.identifiers import split_identifiers
from nerbench.spans.pairing import Layout
from nerbench.spans.schemes import GoldAndPredicted, SchemeCounts, SpanCounts
from nerbench.spans.table import Bools, Codes, Ints

_NIL = frozenset({"nil"})  # the gold mention has no entry in the database
_TAXON = re.compile(r"\(tax:\d+\)", re.IGNORECASE)  # some tools add the species
_PREFIX = re.compile(r"[^|]*:")
# Shifts of start and end that `ids-mention` tries, in the published order
_SHIFTS = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))


def normalize_identifiers(fields: tuple[str, ...]) -> frozenset[str]:
    """Return the identifiers in some fields, without database prefix and case.

    >>> sorted(normalize_identifiers(("NCBI Gene:3577", "mesh:d001,;3576(Tax:9606)")))
    ['3576', '3577', 'd001']
    >>> sorted(normalize_identifiers(("MESH:D003110|OMIM:114500", "NCBI Gene:-")))
    ['-', 'd003110|114500']
    >>> sorted(normalize_identifiers(("4893/3845.0",)))
    ['3845', '4893']
    """
    parts = chain.from_iterable(split_identifiers(_TAXON.sub("", field)) for field in fields)
    return frozenset(_PREFIX.sub("", part).strip().casefold() for part in parts) - {""}


def _read_rows(spans: GoldAndPredicted, key: Ints) -> tuple[Ints, Ints]:
    """Return the gold and the predicted rows that have an identifier, in ascending order of their
    keys; of several with one key the last.
    """
    has_id = np.fromiter(map(bool, spans.ids.by_key), np.bool_, len(spans.ids.by_key))
    rows = np.flatnonzero(has_id[spans.table.ids])
    gold, predicted = np.split(rows, [np.searchsorted(rows, spans.table.n_gold)])
    return _last_at_position(key, gold), _last_at_position(key, predicted)


def count_mentions(spans: GoldAndPredicted) -> SchemeCounts:
    """Count true and false positives over predictions, false negatives over gold spans."""
    # A prediction is right if it shares an identifier with the gold span of its label at its
    # position or, if there is none, at the first of the positions one character off (_SHIFTS).
    # Gold spans with the only identifier NIL, and predictions that match one, do not count.
    # Discontinuous spans count by their hull.
    code, id_sets = spans.table.ids, list(spans.ids.by_key)
    nil = spans.ids.by_key.get(_NIL, -2)
    key, step = _position_keys(spans.layout_by_label)
    gold, predicted = _read_rows(spans, key)
    # The code of the nearest span of the other side, -1 if there is none.
    gold_code = np.append(code[gold], -1)[_find_nearest(key[predicted], key[gold], step)]
    predicted_code = np.append(code[predicted], -1)[_find_nearest(key[gold], key[predicted], step)]
    right = _share_identifier(code[predicted], gold_code, id_sets)
    missed = ~_share_identifier(code[gold], predicted_code, id_sets) & (code[gold] != nil)
    is_counted = gold_code != nil
    label = spans.table.label
    chosen = (predicted[right & is_counted], predicted[~right & is_counted], gold[missed])
    return SchemeCounts.of(*(np.bincount(label[r], minlength=spans.n_labels) for r in chosen))


def _position_keys(layout: Layout) -> tuple[Ints, int]:
    """Return a number for each position, and what it grows by if a span moves by one character."""
    # Distances over 2 between edges become 2: numbers stay small, and distances of 0 and 1 as is.
    edges, edge = np.unique(np.concatenate([layout.start, layout.end]), return_inverse=True)
    start, end = np.split(np.cumsum(np.minimum(np.diff(edges, prepend=edges[:1]), 2))[edge], 2)
    size = end - start
    step = int(size.max(initial=0)) + 3  # sizes one less and one more than any have their own keys
    return start * step + size + 1, step


def _last_at_position(key: Ints, rows: Ints) -> Ints:
    """Return the last row of each position, in ascending order of keys."""
    backwards = rows[::-1]
    return backwards[np.unique(key[backwards], return_index=True)[1]]


def _find_nearest(keys: Ints, others: Ints, step: int) -> Ints:
    """Return the index of the nearest of the other keys, which are sorted, to each key, or -1."""
    nearest = np.full(len(keys), -1, np.int64)
    others = np.append(others, np.iinfo(np.int64).max)  # a place for keys above all others
    for start_shift, end_shift in reversed(_SHIFTS):  # the first shift that matches is written last
        shifted = keys + start_shift * step + end_shift - start_shift
        index = np.searchsorted(others, shifted)
        nearest = np.where(others[index] == shifted, index, nearest)
    return nearest


def _share_identifier(codes: Ints, others: Ints, id_sets: Sequence[frozenset[str]]) -> Bools:
    """Mark the pairs of codes whose sets have a common member; the code -1 is an empty set."""
    # Compare each distinct pair of sets once.
    pairs, pair = np.unique(codes * len(id_sets) + np.maximum(others, 0), return_inverse=True)
    sides = zip(*(side.tolist() for side in np.divmod(pairs, len(id_sets))), strict=True)
    is_shared = np.array([not id_sets[a].isdisjoint(id_sets[b]) for a, b in sides], np.bool_)
    return is_shared[pair] & (others >= 0)


def count_documents(spans: GoldAndPredicted) -> SchemeCounts:
    """Average precision and recall of identifiers over the documents whose gold spans have some
    other than NIL.
    """
    n_docs = int(spans.table.doc.max(initial=-1)) + 1
    rows = _read_rows(spans, _position_keys(spans.layout_by_label)[0])
    table = spans.table.take(np.sort(np.concatenate(rows)))
    row, identifier, number = _list_identifiers(table.ids, list(spans.ids.by_key))
    n_ids = max(len(number), 1)
    is_kept = (row >= table.n_gold) | (identifier != number.get("nil", -1))
    row, identifier = row[is_kept], identifier[is_kept]
    # A number for each label, document and identifier. A side is a sorted set of them, in which
    # each label is a range. (Identifiers of different labels are different.)
    key = (table.label[row] * n_docs + table.doc[row]) * n_ids + identifier
    gold, predicted = np.unique(key[row < table.n_gold]), np.unique(key[row >= table.n_gold])
    right = np.intersect1d(gold, predicted, assume_unique=True)

    def average(labels: range) -> SpanCounts:
        limits = np.array([labels.start, labels.stop]) * n_docs * n_ids
        chosen = (keys[slice(*np.searchsorted(keys, limits))] for keys in (gold, predicted, right))
        return _average(*(np.bincount(keys // n_ids % n_docs, minlength=n_docs) for keys in chosen))

    labels = range(spans.n_labels)
    return SchemeCounts(average(labels), [average(range(i, i + 1)) for i in labels])


def _list_identifiers(code: Ints, id_sets: Sequence[frozenset[str]]) -> tuple[Ints, Ints, Codes]:
    """Return the row and the number of each identifier of each row, and the numbers."""
    number = Codes(str)
    members = np.array([number[name] for ids in id_sets for name in ids], np.int64)
    sizes = np.fromiter(map(len, id_sets), np.int64, len(id_sets))
    size, first = sizes[code], (np.cumsum(sizes) - sizes)[code]
    row = np.repeat(np.arange(len(size)), size)
    rank = np.arange(len(row)) - (np.cumsum(size) - size)[row]  # of an identifier in its row
    return row, members[first[row] + rank], number


def _average(gold: Ints, predicted: Ints, right: Ints) -> SpanCounts:
    """Average the rates of documents with gold identifiers, given the counts of each document."""
    scored = gold > 0
    if not scored.any():
        return SpanCounts(None, None, None, None, None)
    gold, predicted, right = gold[scored], predicted[scored], right[scored]
    precision = float((right / np.maximum(predicted, 1)).mean())  # 0 without predictions
    return SpanCounts(None, None, None, precision, float((right / gold).mean()))
