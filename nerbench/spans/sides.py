"""Read gold and predictions, and make them comparable: texts, offsets and labels."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from nerbench.errors import NerbenchError
from nerbench.records import Problem
from nerbench.spans.formats.reader import read_annotations
from nerbench.spans.label_map import LabelMap
from nerbench.spans.model import Annotations
from nerbench.spans.no_gene import read_no_genes
from nerbench.spans.offsets import UNIT_NAMES, find_respelled
from nerbench.spans.respelling import respelling, respelling_notes
from nerbench.spans.text_alignment import align_texts, join_fragments, name_by_text

Source = Annotations | str | os.PathLike[str]


@dataclass(frozen=True)
class Sides:
    """Gold and predictions, and what was converted to compare them."""

    gold: Annotations
    predictions: Annotations
    notes: tuple[str, ...]
    id_notes: tuple[str, ...] = ()  # on identifiers, for the schemes that read them

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The places that the readers repaired, or found wrong."""
        return (*self.gold.problems, *self.predictions.problems)

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """The documents that only gold has."""
        return _ids_not_in(self.predictions, self.gold)

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """The documents that only the predictions have."""
        return _ids_not_in(self.gold, self.predictions)


def read_sides(gold: Source, predictions: Source, label_map: Mapping[str, str] | None) -> Sides:
    """Return both sides, with new labels; raises NerbenchError if they do not fit each other."""
    gold, predictions = (
        side if isinstance(side, Annotations) else read_annotations(side)
        for side in (gold, predictions)
    )
    gold, predictions = name_by_text(gold, predictions), name_by_text(predictions, gold)
    _check_offsets(gold, predictions)
    respelled = [_respelled(gold, {}), _respelled(predictions, {})]
    predictions, n_aligned = align_texts(gold, predictions)
    texts = {document.docid: document.text for document in gold.documents}
    without_texts = replace(
        predictions, documents=[doc for doc in predictions.documents if doc.text is None]
    )
    respelled[1] += _respelled(without_texts, texts)
    (gold, n_gold), (predictions, n_predicted) = (
        join_fragments(side, texts) for side in (gold, predictions)
    )
    rename = LabelMap(label_map or {})
    gold, predictions = rename.apply(gold), rename.apply(predictions)
    notes = [*_unit_notes(gold), *_unit_notes(predictions)]
    for side, n_joined, texts_of_side in zip(
        (gold, predictions), (n_gold, n_predicted), respelled, strict=True
    ):
        notes += (f"{side.source}: {note}" for note in respelling_notes(texts_of_side))
        if n_joined:
            parts = "mentions in parts with only white space between them"
            notes.append(f"{side.source}: {parts}: {n_joined:,}; joined")
    if n_aligned:
        notes.append(
            f"{predictions.source}: documents whose texts differ from those in {gold.source} in "
            f"white space, case or normalization: {n_aligned:,}; offsets aligned"
        )
    notes += (f"label map: {pattern!r} renames no label" for pattern in rename.unused)
    gold, predictions, id_notes = read_no_genes(gold, predictions)
    return Sides(gold, predictions, tuple(notes), id_notes)


def _ids_not_in(side: Annotations, other: Annotations) -> tuple[str, ...]:
    docids = {document.docid for document in side.documents}
    return tuple(d.docid for d in other.documents if d.docid not in docids)


def _respelled(side: Annotations, texts: Mapping[str, str | None]) -> list[str]:
    """Return the normalized texts of a side; ``texts`` are those that its documents lack."""
    return [
        respelling(span.text or "", there, document.place_of(span))
        for document in side.documents
        if (text := document.text or texts.get(document.docid)) is not None
        for span, there in find_respelled(document.spans, text)
    ]


def _unit_notes(side: Annotations) -> Iterator[str]:
    """Yield how many documents counted offsets in each unit that was converted."""
    units = Counter(document.unit for document in side.documents)
    for unit, count in sorted(units.items()):
        if unit != "code-points":
            yield (
                f"{side.source}: documents whose offsets count {UNIT_NAMES[unit]}: {count:,}; "
                "converted to characters"
            )


def _check_offsets(gold: Annotations, predictions: Annotations) -> None:
    if not gold.documents:
        raise NerbenchError(f"{gold.source}: no documents; give the file with the gold spans")
    formats = {side.format for side in (gold, predictions) if side.documents}
    if len(formats) > 1 and formats & {"bc2gm", "conll"}:
        raise NerbenchError(
            f"{gold.source} is a {gold.format} file and {predictions.source} a "
            f"{predictions.format} file, whose offsets count differently: convert one of them"
        )
    for expected, sentence in zip(gold.documents, predictions.documents, strict=False):
        if formats == {"conll"} and sentence.text != expected.text:
            raise NerbenchError(
                f"{sentence.place}: the tokens of this sentence differ from {expected.place}; "
                "give both files the same sentences and tokens"
            )
