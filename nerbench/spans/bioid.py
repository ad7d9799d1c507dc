"""Scheme `bioid`: spans and identifiers as BioCreative VI Track 1 counts them.

After the scorer of the task (BioID scorer 1.0.3, MITRE 2017; Arighi et al. 2017, Bio-ID track
overview); docs/spans.md names where the two differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from nerbench.errors import NerbenchError, did_you_mean
from nerbench.records import Problem
from nerbench.spans.bioid_types import entity_type, identifiers_in
from nerbench.spans.id_map import CLASSES_FILE, Equivalents, find_classes, read_equivalents
from nerbench.spans.model import Annotations, Span
from nerbench.spans.schemes import SpanCounts
from nerbench.spans.sides import Sides, Source, read_sides

SCHEME = "bioid"
_UNSCORED_TYPES = (None, "mrna")
_UNSCORED_IDS = ("Corum:", "BAO:")  # complexes and assays
_LABEL_BONUS = 0.1  # of a pair with one entity type, in the similarity that pairs maximize


@dataclass(frozen=True, slots=True)
class ExtentCounts:
    """Counts of one entity type with equal spans, and with overlapping ones."""

    strict: SpanCounts
    overlap: SpanCounts


@dataclass(frozen=True, slots=True)
class MacroRates:
    """Means of the rates of captions, None without any."""

    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True, slots=True)
class BioidCounts:
    """Counts of one entity type: of all mentions, of those with identifier, of identifiers."""

    any: ExtentCounts
    normalized: ExtentCounts
    micro: SpanCounts
    macro: MacroRates

    def to_dict(self) -> dict[str, Any]:
        mentions = {
            name: {"strict": counts.strict.to_dict(), "overlap": counts.overlap.to_dict()}
            for name, counts in (("any", self.any), ("normalized", self.normalized))
        }
        no_counts = {"tp": None, "fp": None, "fn": None}
        ids = {"micro": self.micro.to_dict(), "macro": {**no_counts, **asdict(self.macro)}}
        return {**mentions, "ids": ids}


@dataclass(frozen=True, slots=True)
class BioidScores:
    """Scores under the scheme `bioid`, of each entity type that gold or predictions have."""

    labels: dict[str, BioidCounts]
    missing: tuple[str, ...] = ()  # documents that only gold has: their spans count as missed
    unknown: tuple[str, ...] = ()  # documents that only predictions have: they are left out
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    consequence_of_unknown: ClassVar[str] = "their predictions are left out"

    def to_dict(self) -> dict[str, Any]:
        """Return the object that ``nerbench spans --scheme bioid --json`` prints."""
        labels = {label: counts.to_dict() for label, counts in self.labels.items()}
        return {"scheme": SCHEME, "labels": labels}


@dataclass(frozen=True, slots=True)
class _Entity:
    """A span as the task sees it; ids: alternatives in gold, joined in predictions."""

    start: int
    end: int
    type: str
    ids: frozenset[str]


def score_bioid(
    gold: Source,
    predictions: Source,
    labels: Iterable[str] = (),
    label_map: Mapping[str, str] | None = None,
    id_map: Path | None = None,
) -> BioidScores:
    """Score predicted spans and identifiers as BioCreative VI Track 1 does, per entity type.

    Parameters
    ----------
    gold, predictions : Annotations, or path
        Captions as documents, or a BioC file or folder. Documents are matched by id.
    labels : iterable of str
        Entity types to score, such as ``gene_or_protein`` (empty: all).
    label_map : mapping of str to str, optional
        New labels, as for `align_spans`.
    id_map : path, optional
        File of equivalent identifiers; otherwise equivalence_classes.json beside the gold.

    Raises
    ------
    NerbenchError
        If a file cannot be read, or no mention has one of the labels.

    Notes
    -----
    Arighi et al. 2017, Bio-ID track overview, Proceedings of the BioCreative VI Workshop.

    Examples
    --------
    >>> from nerbench.spans.model import Document
    >>> gold = Annotations("g", "bioc", [Document("1", (Span(0, 6, "Uniprot:P17046"),))])
    >>> score_bioid(gold, gold).labels["gene_or_protein"].normalized.strict.tp
    1
    """
    sides = read_sides(gold, predictions, label_map)
    notes = [*sides.notes, *_label_notes(sides.gold), *_label_notes(sides.predictions)]
    path = id_map or find_classes(Path(sides.gold.source))
    class_of = _classes(read_equivalents(path)) if path else {}
    if path is None:
        notes.append(f"{sides.gold.source}: no {CLASSES_FILE} beside it: identifiers as written")
    captions = _captions(sides, class_of)
    types = sorted({entity.type for caption in captions for entity in chain(*caption)})
    wanted = {label.casefold() for label in labels}
    if unknown := wanted.difference(types):
        raise NerbenchError(
            f"no mention is a {min(unknown)}: the entity types are {', '.join(types) or 'none'}"
            + did_you_mean(min(unknown), types)
        )
    counters = {name: _Counter() for name in types if not wanted or name in wanted}
    for caption in captions:
        _count_caption(caption, counters)
    return BioidScores(
        {name: counter.counts() for name, counter in counters.items()},
        sides.missing,
        sides.unknown,
        sides.problems,
        tuple(notes),
    )


# --- reading


def _label_notes(side: Annotations) -> Iterator[str]:
    """Yield how many mentions have labels that are no entity type."""
    labels = (span.label for document in side.documents for span in document.spans)
    others = Counter(label for label in labels if entity_type(label) is None)
    if others:
        shown = ", ".join(sorted(others)[:5]) + (", ..." if len(others) > 5 else "")
        yield f"{side.source}: mentions of no entity type ({shown}): {others.total():,}; left out"


def _classes(equivalents: Equivalents) -> dict[str, str]:
    """Return the name of the class of each identifier that has equivalent ones."""
    # The last class of an identifier counts, as in the scorer of the BioID task.
    return {
        identifier: "|".join(sorted(others))
        for identifiers, others in equivalents
        for identifier in (*identifiers, *others)
    }


_Caption = tuple[list[_Entity], list[_Entity]]  # gold and predicted


def _captions(sides: Sides, class_of: Mapping[str, str]) -> list[_Caption]:
    """Return the entities of each gold document and of the predicted document of its id."""
    predicted = {document.docid: document.spans for document in sides.predictions.documents}
    captions = []
    for document in sides.gold.documents:
        spans = predicted.get(document.docid, ())
        gold_entities = [_entity(span, class_of, has_alternatives=True) for span in document.spans]
        entities = [_entity(span, class_of, has_alternatives=False) for span in spans]
        captions.append(([e for e in gold_entities if e], [e for e in entities if e]))
    return captions


def _entity(span: Span, class_of: Mapping[str, str], *, has_alternatives: bool) -> _Entity | None:
    """Return a span with its entity type and classes of identifiers; None if it is not scored."""
    name = entity_type(span.label)
    fields = span.ids or identifiers_in(span.label)
    ids = [part.strip() for field in fields for part in field.split("|")]
    ids = list(filter(None, ids))
    if name in _UNSCORED_TYPES or (ids and ids[0].startswith(_UNSCORED_IDS)):
        return None
    if not has_alternatives and ids:
        ids = ["|".join(ids)]  # the scorer gives only gold the choice
    classes = frozenset(class_of.get(entity_id, entity_id) for entity_id in ids)
    return _Entity(span.start, span.end, name, classes)


# --- counting


@dataclass(slots=True)
class _Counter:
    """The counts of one entity type so far."""

    any: Counter[str] = field(default_factory=Counter)  # gold, predicted, strict, overlap
    normalized: Counter[str] = field(default_factory=Counter)
    ids: list[tuple[int, int, int]] = field(default_factory=list)  # tp, fp, fn of each caption

    def counts(self) -> BioidCounts:
        tp, fp, fn = (sum(caption[i] for caption in self.ids) for i in range(3))
        micro, macro = SpanCounts.of(tp, fp, fn), _average(self.ids)
        return BioidCounts(_extents(self.any), _extents(self.normalized), micro, macro)


def _extents(count: Counter[str]) -> ExtentCounts:
    strict, overlap = (
        SpanCounts.of(tp, count["predicted"] - tp, count["gold"] - tp)
        for tp in (count["strict"], count["strict"] + count["overlap"])
    )
    return ExtentCounts(strict, overlap)


def _average(ids: Sequence[tuple[int, int, int]]) -> MacroRates:
    """Average the rates of captions; as in the scorer, a rate without denominator is 1."""
    if not ids:
        return MacroRates(None, None, None)
    tp, fp, fn = np.array(ids, float).T
    ones = np.ones_like(tp)
    precision = np.divide(tp, tp + fp, out=ones.copy(), where=tp + fp > 0)
    recall = np.divide(tp, tp + fn, out=ones.copy(), where=tp + fn > 0)
    total = precision + recall
    f1 = np.divide(2 * precision * recall, total, out=np.zeros_like(tp), where=total > 0)
    return MacroRates(*(float(rate.mean()) for rate in (precision, recall, f1)))


def _count_caption(caption: _Caption, counters: Mapping[str, _Counter]) -> None:
    """Add the counts of a caption: of all its mentions, and of those with identifiers."""
    gold, predicted = ([e for e in side if e.type in counters] for side in caption)
    linked = [e for e in gold if e.ids], [e for e in predicted if e.ids]
    _count_pairs(gold, predicted, {name: counter.any for name, counter in counters.items()})
    _count_pairs(*linked, {name: counter.normalized for name, counter in counters.items()})
    for name in {entity.type for entity in chain(*linked)}:
        alternatives = [e.ids for e in linked[0] if e.type == name]
        predicted_ids = set().union(*(e.ids for e in linked[1] if e.type == name))
        counters[name].ids.append(_count_ids(alternatives, predicted_ids))


def _count_pairs(
    gold: Sequence[_Entity], predicted: Sequence[_Entity], counts: Mapping[str, Counter[str]]
) -> None:
    """Add the spans of both sides and their pairs to the counts of their entity types."""
    for side, entities in (("gold", gold), ("predicted", predicted)):
        for entity in entities:
            counts[entity.type][side] += 1
    for one, other in _pair(gold, predicted):
        if one.type == other.type:
            is_equal = (one.start, one.end) == (other.start, other.end)
            counts[one.type]["strict" if is_equal else "overlap"] += 1


def _pair(gold: Sequence[_Entity], predicted: Sequence[_Entity]) -> list[tuple[_Entity, _Entity]]:
    """Return the pairs of overlapping spans whose similarity is the largest in sum."""
    from scipy.optimize import linear_sum_assignment

    if not gold or not predicted:
        return []
    similarity = _similarity(gold, predicted)
    rows, columns = linear_sum_assignment(similarity, maximize=True)
    return [
        (gold[row], predicted[column])
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        if similarity[row, column] > 0
    ]


def _similarity(gold: Sequence[_Entity], predicted: Sequence[_Entity]) -> npt.NDArray[np.float64]:
    """Return shared length over joint length of each pair, more of one entity type."""
    (gold_start, gold_end), (start, end) = (
        np.array([(entity.start, entity.end) for entity in side], float).T
        for side in (gold, predicted)
    )
    shared = np.minimum.outer(gold_end, end) - np.maximum.outer(gold_start, start)
    joint = np.maximum.outer(gold_end, end) - np.minimum.outer(gold_start, start)
    overlap = np.maximum(shared, 0) / joint
    is_same_type = np.array([[one.type == other.type for other in predicted] for one in gold])
    similarity: npt.NDArray[np.float64] = (1 - _LABEL_BONUS) * overlap
    similarity[is_same_type & (overlap > 0)] += _LABEL_BONUS
    return similarity


def _count_ids(gold: Sequence[frozenset[str]], found: set[str]) -> tuple[int, int, int]:
    """Return tp, fp and fn of the identifiers of a caption; gold mentions give alternatives.

    >>> _count_ids([frozenset("a"), frozenset("bc"), frozenset("bd")], {"a", "x"})
    (1, 1, 2)
    >>> _count_ids([frozenset("b"), frozenset("bc")], set())
    (0, 0, 1)
    """
    right = found & frozenset().union(*gold)
    missed = {one for ids in gold if len(ids) == 1 for one in ids} - right
    # Mentions with alternatives, none of which is found or missed already, are as many misses as
    # there are such sets, or identifiers in them if these are fewer.
    others = {ids for ids in gold if len(ids) > 1 and not ids & right and not ids & missed}
    n_missed = len(missed) + min(len(others), len(frozenset().union(*others)))
    return len(right), len(found - right), n_missed
