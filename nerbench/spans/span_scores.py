"""Score predicted spans against gold ones: files, documents or tag sequences, under any scheme."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from nerbench.errors import NerbenchError, did_you_mean
from nerbench.records import Problem
from nerbench.spans.linked_schemes import count_documents, count_mentions, normalize_identifiers
from nerbench.spans.schemes import (
    PLAIN_SCHEMES,
    Alternatives,
    GoldAndPredicted,
    Scheme,
    SchemeCounts,
    SpanCounts,
    count_bc2gm,
)
from nerbench.spans.sides import Sides, Source, read_sides
from nerbench.spans.table import Codes, SpanTable, tabulate
from nerbench.spans.tag_sequences import decode


@dataclass(frozen=True, slots=True)
class SpanScores:
    """Scores under one scheme."""

    scheme: Scheme
    overall: SpanCounts
    labels: dict[str, SpanCounts]  # of each label, as if both sides had only this label
    missing: tuple[str, ...] = ()  # documents that only gold has: their spans count as missed
    unknown: tuple[str, ...] = ()  # documents that only predictions have: their spans are false
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()  # what was converted, joined or left out

    consequence_of_unknown: ClassVar[str] = "their predictions count as false"

    def to_dict(self) -> dict[str, Any]:
        """Return the object that ``nerbench spans --json`` prints."""
        return {
            "scheme": str(self.scheme),
            "overall": self.overall.to_dict(),
            "labels": {label: counts.to_dict() for label, counts in self.labels.items()},
        }


@dataclass(frozen=True, eq=False)
class Alignment(GoldAndPredicted):
    """Gold and predicted spans, read once by `align_spans` or `align_tags` for several schemes."""

    sides: Sides | None = None
    docs: Codes | None = None  # of the ids of documents

    def score(self, scheme: Scheme | str = Scheme.STRICT, labels: Iterable[str] = ()) -> SpanScores:
        """Score the predicted spans under one scheme, overall and per label, or some labels only.

        Raises NerbenchError if the scheme or a label is unknown, or the format does not fit it.

        >>> alignment = align_tags([["B-GENE", "I-GENE", "O"]], [["B-GENE", "O", "O"]])
        >>> [alignment.score(scheme).overall.tp for scheme in ("strict", "type")]
        [0, 1]
        """
        scheme = _parse_scheme(scheme)
        if codes := [_code_of_label(self.labels, label) for label in labels]:
            chosen = np.flatnonzero(np.isin(self.table.label, codes))
            return replace(self, table=self.table.take(chosen)).score(scheme)
        if scheme in PLAIN_SCHEMES and self.sides and self.distinct is not self:
            scores = self.distinct.score(scheme)
            return replace(scores, notes=(*scores.notes, *self._repeat_notes()))
        counts = self._apply(scheme)
        occurring = np.flatnonzero(sum(self.count())).tolist()
        rows = {self.labels.uniques[code]: counts.per_label[code] for code in occurring}
        scores = SpanScores(scheme, counts.overall, dict(sorted(rows.items())))
        if self.sides is None:
            return scores
        problems = list(self.sides.problems)
        has_no_id = self.table.ids[: self.table.n_gold] == self.ids.by_key.get(frozenset(), -1)
        reads_ids = scheme in (Scheme.IDS_MENTION, Scheme.IDS_DOCUMENT)
        if reads_ids and has_no_id.all():
            reason = f"no gold mention has an identifier: {scheme} has nothing to score"
            problems.append(Problem(self.sides.gold.source, reason))
        return replace(
            scores,
            missing=self.sides.missing,
            unknown=self.sides.unknown,
            problems=tuple(problems),
            notes=(*self.sides.notes, *(self.sides.id_notes if reads_ids else ())),
        )

    def _repeat_notes(self) -> Iterator[str]:
        """Yield how many spans of each side `distinct` leaves out."""
        assert self.sides is not None
        sides = self.sides.gold, self.sides.predictions
        repeats = np.split(self.layout_by_label.is_repeat, [self.table.n_gold])
        for side, is_repeat in zip(sides, repeats, strict=True):
            if count := int(is_repeat.sum()):
                repeats_of = "mentions that repeat another's span and label"
                yield f"{side.source}: {repeats_of}: {count:,}; left out"

    def _apply(self, scheme: Scheme) -> SchemeCounts:
        if scheme in PLAIN_SCHEMES:
            return PLAIN_SCHEMES[scheme](self)
        if self.sides is None or self.docs is None:
            raise NerbenchError(
                f"{scheme} cannot score tag sequences, which have no identifiers and no "
                f"alternatives: use {', '.join(PLAIN_SCHEMES)}"
            )
        if scheme is Scheme.BC2GM:
            return count_bc2gm(self, _alternatives(self.sides, self.docs))
        count = count_mentions if scheme is Scheme.IDS_MENTION else count_documents
        return count(self)


def _alternatives(sides: Sides, docs: Codes) -> Alternatives:
    """Return what `bc2gm` accepts. Raises NerbenchError if a side has another format."""
    for side in (sides.gold, sides.predictions):
        if side.format not in ("bc2gm", ""):
            raise NerbenchError(
                f"{side.source}: a {side.format} file; for bc2gm, GOLD is a folder with "
                "GENE.eval and ALTGENE.eval, and PREDICTIONS a file like GENE.eval"
            )
    return {
        docs[document.docid]: frozenset((s.start, s.end) for s in document.alternatives)
        for document in sides.gold.documents
        if document.alternatives
    }


def align_spans(
    gold: Source, predictions: Source, label_map: Mapping[str, str] | None = None
) -> Alignment:
    """Read two files, folders or sets of documents to score them under several schemes.

    Parameters
    ----------
    gold, predictions : Annotations, or path
        Documents, or a file or folder that `read_annotations` reads. Documents are matched by id.
    label_map : mapping of str to str, optional
        New label by the pattern of the old one, such as ``{"Uniprot:*": "Gene"}``; ``*`` stands for
        any characters, case is ignored, the first pattern that fits counts. Spans with the new
        label ``""`` are left out.

    Raises
    ------
    NerbenchError
        If a file cannot be read, gold has no documents, or the sides count offsets differently.

    Examples
    --------
    >>> from nerbench.spans.model import Annotations, Document, Span
    >>> gold = Annotations("g", "brat", [Document("1", (Span(0, 4, "GENE"), Span(9, 12, "GENE")))])
    >>> align_spans(gold, gold).score("partial").overall.f1
    1.0
    """
    sides = read_sides(gold, predictions, label_map)
    docs, labels, ids = Codes(str), Codes(str.casefold), Codes(normalize_identifiers)
    table = tabulate(sides.gold.documents, sides.predictions.documents, docs, labels, ids)
    return Alignment(table, labels, ids, sides, docs)


def align_tags(gold: Sequence[Sequence[str]], predictions: Sequence[Sequence[str]]) -> Alignment:
    """Decode two sets of tag sequences to score them under several schemes.

    Parameters
    ----------
    gold, predictions : sequence of sequences of str
        IOB, IOBES or BILOU tags of each sentence, invalid transitions repaired as in conlleval.

    Raises
    ------
    NerbenchError
        If a tag has another form, or the sentences of the two sides differ in length.

    Examples
    --------
    >>> align_tags([["B-GENE", "O"]], [["O", "I-GENE"]]).score().overall.fp
    1
    """
    sides = decode(gold), decode(predictions)
    if not np.array_equal(sides[0].sizes, sides[1].sizes):
        raise NerbenchError("gold and predictions differ in sentences or in tokens of a sentence")
    labels, ids = Codes(str.casefold), Codes(normalize_identifiers)
    label = [np.array([labels[name] for name in s.labels], np.int64)[s.label] for s in sides]
    doc, start, end = (
        np.concatenate([getattr(side, column) for side in sides])
        for column in ("sentence", "start", "end")
    )
    id_set, n_gold = np.full_like(doc, ids[()]), len(sides[0].start)
    table = SpanTable(n_gold, doc, np.concatenate(label), id_set, start, end, {})
    return Alignment(table, labels, ids)


def score_spans(
    gold: Source,
    predictions: Source,
    scheme: Scheme | str = Scheme.STRICT,
    labels: Iterable[str] = (),
    label_map: Mapping[str, str] | None = None,
) -> SpanScores:
    """Score predicted spans against gold ones under one scheme, overall and per label.

    To score several schemes, use `align_spans`, which reads the files once.

    Parameters
    ----------
    gold, predictions : Annotations, or path
        Documents, or a file or folder that `read_annotations` reads. Documents are matched by id.
    scheme, labels : Scheme or str, iterable of str
        Rules by which a prediction is right, and labels to score (case is ignored; empty: all).
    label_map : mapping of str to str, optional
        New labels, as for `align_spans`.

    Raises
    ------
    NerbenchError
        If a file cannot be read, the two do not fit each other, or a scheme or label is unknown.

    Examples
    --------
    >>> from nerbench.spans.model import Annotations, Document, Span
    >>> gold = Annotations("g", "brat", [Document("1", (Span(0, 4, "GENE"), Span(9, 12, "GENE")))])
    >>> predictions = Annotations("p", "brat", [Document("1", (Span(0, 4, "Gene"),))])
    >>> scores = score_spans(gold, predictions, "strict")
    >>> scores.overall.precision, scores.overall.recall, list(scores.labels)
    (1.0, 0.5, ['GENE'])
    """
    scheme = _parse_scheme(scheme)
    return align_spans(gold, predictions, label_map).score(scheme, labels)


def score_tags(
    gold: Sequence[Sequence[str]],
    predictions: Sequence[Sequence[str]],
    scheme: Scheme | str = Scheme.STRICT,
    labels: Iterable[str] = (),
) -> SpanScores:
    """Score predicted tag sequences against gold ones under one scheme, overall and per label.

    Parameters
    ----------
    gold, predictions : sequence of sequences of str
        IOB, IOBES or BILOU tags of each sentence.
    scheme, labels : Scheme or str, iterable of str
        As for `score_spans`; the scheme is `strict`, `exact`, `partial`, `type` or `overlap`.

    Raises
    ------
    NerbenchError
        If a tag, scheme or label is unknown, or the sentences of the two sides differ in length.

    Examples
    --------
    >>> score_tags([["B-GENE", "I-GENE", "O"]], [["B-GENE", "O", "O"]], "type").overall.tp
    1
    """
    return align_tags(gold, predictions).score(scheme, labels)


def _parse_scheme(name: Scheme | str) -> Scheme:
    try:
        return Scheme(name)
    except ValueError:
        names = f"{', '.join(Scheme)} and bioid (score_bioid)"
        near = did_you_mean(name, (*Scheme, "bioid"))
        raise NerbenchError(f"no scheme {name!r}: the schemes are {names}{near}") from None


def _code_of_label(codes: Codes, label: str) -> int:
    code = codes.by_key.get(label.casefold())
    if code is None:
        names = ", ".join(sorted(codes.uniques)) or "none"
        near = did_you_mean(label, codes.uniques)
        raise NerbenchError(f"no span has the label {label!r}: the labels are {names}{near}")
    return code
