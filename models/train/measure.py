"""Measure a pipeline on the papers that are held out, with nerbench's own scorers."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import spacy

from nerbench.engine.gold_rows import gold_counts
from nerbench.nomenclature.lexicon import load_nomenclature
from nerbench.recognizers.default.component import CAPTIONS
from nerbench.records import Figure, Mention
from nerbench.scoring.scope import Scope
from nerbench.spans.bioid import score_bioid
from nerbench.spans.model import Annotations, Document, Span
from nerbench.spans.span_scores import align_spans
from train.corpora import Sentence

Spans = Sequence[tuple[int, int]]
Rates = tuple[float, float, float]

LENGTHS = ((1, 2), (3, 4), (5, 8), (9, 16), (17, 30), (31, 10_000))
"""Bins of the characters of a name."""
KINDS = ("gene", "family", "other")
"""The kinds of marked names; other: a gene of a virus, bacterium, plant or fungus."""


def predict(folder: Path, texts: Sequence[str], guideline: str = CAPTIONS) -> list[list[Mention]]:
    """Return the mentions of the pipeline in a folder, under a guideline."""
    nlp = spacy.load(folder, config={"components.genes.guideline": guideline})
    return [
        [
            Mention(span.start_char, span.end_char, span.text, span.label_, score)
            for span, score in zip(group, group.attrs["scores"], strict=True)
        ]
        for group in (doc.spans["genes"] for doc in nlp.pipe(texts))
    ]


def rates(counts: Any) -> Rates:
    """Return precision, recall and F1 of the counts tp, fp and fn.

    >>> rates((3, 1, 1))
    (0.75, 0.75, 0.75)
    """
    tp, fp, fn = map(int, counts)
    return tp / max(1, tp + fp), tp / max(1, tp + fn), 2 * tp / max(1, 2 * tp + fp + fn)


@dataclass(frozen=True)
class CaptionScores:
    """Captions of a kind, their marked names, and the rates of exact and of overlapping names."""

    captions: int
    names: int
    strict: Rates
    overlap: Rates


def score_captions(
    figures: Sequence[Figure], mentions: Sequence[Sequence[Mention]]
) -> dict[str, CaptionScores]:
    """Return the scores of all captions, and of those of each organism in the figures' scope."""
    counts = gold_counts(figures, mentions)
    nomenclature = load_nomenclature()
    taxa = [set(Scope().resolve(figure, nomenclature)[0]) for figure in figures]
    parts = {"all": np.ones(len(figures), dtype=bool)}
    for taxon in nomenclature:
        parts[nomenclature.label(taxon)] = np.array([taxon in scope for scope in taxa])
    parts["none of these organisms"] = np.array([not scope for scope in taxa])
    scores = {}
    for name, part in parts.items():
        if not part.any():
            continue
        names = sum(len(f.gold or ()) for f, chosen in zip(figures, part, strict=True) if chosen)
        strict, overlap = counts[part].sum(axis=0)
        scores[name] = CaptionScores(int(part.sum()), names, rates(strict), rates(overlap))
    return scores


def found_by(
    figures: Sequence[Figure], mentions: Sequence[Sequence[Mention]]
) -> dict[str, tuple[int, int, int]]:
    """Return for each kind and length of marked names how many there are, how many are found
    exactly, and how many of the others overlap a predicted name.
    """
    names = [f"kind: {kind}" for kind in KINDS]
    names += [f"characters: {_length(first)}" for first, _ in LENGTHS]
    rows: dict[str, Counter[str]] = {name: Counter() for name in names}
    for figure, predicted in zip(figures, mentions, strict=True):
        spans = {(mention.start, mention.end) for mention in predicted}
        for mark in figure.gold or ():
            outcome = "exact" if (mark.start, mark.end) in spans else "missed"
            if outcome == "missed" and any(_overlap(mark, other) for other in predicted):
                outcome = "overlap"
            for name in (f"kind: {mark.label}", f"characters: {_length(mark.end - mark.start)}"):
                rows.setdefault(name, Counter())[outcome] += 1
    return {name: (count.total(), count["exact"], count["overlap"]) for name, count in rows.items()}


def _length(size: int) -> str:
    """Return the bin of a number of characters."""
    first, last = next(bounds for bounds in LENGTHS if size <= bounds[1])
    return f"{first} to {last}" if last < LENGTHS[-1][1] else f"{first} and more"


def _overlap(a: Mention, b: Mention) -> bool:
    return a.start < b.end and b.start < a.end


def errors(
    figures: Sequence[Figure], mentions: Sequence[Sequence[Mention]]
) -> dict[str, tuple[int, list[str]]]:
    """Return how often names are wrong in each way, with the most frequent ones."""
    texts_by_kind: dict[str, Counter[str]] = {}
    for figure, predicted in zip(figures, mentions, strict=True):
        gold = figure.gold or ()
        spans = {(mark.start, mark.end) for mark in gold}
        exact = {(m.start, m.end) for m in predicted} & spans
        for mark in gold:
            if (mark.start, mark.end) not in exact:
                near = [other for other in predicted if _overlap(mark, other)]
                texts_by_kind.setdefault(_miss(mark, near), Counter())[mark.text] += 1
        for mention in predicted:
            if not any(_overlap(mention, mark) for mark in gold):
                texts_by_kind.setdefault("no name of a gene is marked there", Counter())[
                    mention.text
                ] += 1
    return {
        kind: (count.total(), [text for text, _ in count.most_common(6)])
        for kind, count in sorted(texts_by_kind.items(), key=lambda item: -item[1].total())
    }


def _miss(mark: Mention, near: Sequence[Mention]) -> str:
    """Return the way in which a marked name was not found exactly."""
    if not near:
        return f"missed: {mark.label}, {'1 to 3' if len(mark.text) < 4 else '4 or more'} characters"
    if len(near) > 1:
        return "found in several pieces"
    (other,) = near
    if other.start <= mark.start and mark.end <= other.end:
        return "found with too much around it"
    if mark.start <= other.start and other.end <= mark.end:
        return "found in part"
    return "found in part, with too much around it"


def score_sentences(folder: Path, sentences: Sequence[Sentence]) -> dict[str, Rates]:
    """Return the rates of a pipeline under the sentences' own guideline."""
    guideline = sentences[0].guideline
    predicted = predict(folder, [sentence.text for sentence in sentences], guideline)
    spans = [tuple((mention.start, mention.end) for mention in mentions) for mentions in predicted]
    return score_spans(sentences, spans)


def score_spans(sentences: Sequence[Sentence], predicted: Sequence[Spans]) -> dict[str, Rates]:
    """Return the rates of spans, by the measures that are usual for the sentences' corpus.

    >>> sentence = Sentence("a", "the IL6 gene", ((4, 7),), "BC2GM", alternatives=((4, 12),))
    >>> score_spans([sentence], [((4, 12), (0, 3))])
    {'strict': (0.0, 0.0, 0.0), 'alternatives': (0.5, 1.0, 0.6666666666666666)}
    """
    gold = _annotations((s.id, s.spans, s.alternatives) for s in sentences)
    predictions = _annotations((s.id, p, ()) for s, p in zip(sentences, predicted, strict=True))
    if sentences[0].guideline == "BioID":
        extents = score_bioid(gold, predictions).labels["gene_or_protein"].any
        counts = {"strict": extents.strict, "overlap": extents.overlap}
    else:
        schemes = {"strict": "strict", "alternatives": "bc2gm"}
        alignment = align_spans(gold, predictions)
        counts = {name: alignment.score(scheme).overall for name, scheme in schemes.items()}
    return {name: rates((count.tp, count.fp, count.fn)) for name, count in counts.items()}


def _annotations(documents: Iterable[tuple[str, Spans, Spans]]) -> Annotations:
    return Annotations(
        "development",
        "bc2gm",
        tuple(
            Document(
                docid,
                tuple(Span(start, end, "gene_or_protein") for start, end in spans),
                alternatives=tuple(Span(start, end, "gene_or_protein") for start, end in others),
            )
            for docid, spans, others in documents
        ),
    )


@dataclass(frozen=True)
class Speed:
    """The needs of a pipeline: seconds of processor time on one core, and bytes on disk."""

    load: float
    captions: float  # a second
    unbroken: float  # seconds for 20,000 characters without a blank
    size: int


def speed(folder: Path, texts: Sequence[str]) -> Speed:
    """Measure a pipeline on captions; the best of three rounds."""
    start = time.process_time()
    nlp = spacy.load(folder)
    load = time.process_time() - start
    list(nlp.pipe(texts[:64]))
    rounds = [_seconds(nlp, texts) for _ in range(3)]
    unbroken = min(_seconds(nlp, ["-" * 20_000]) for _ in range(3))
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Speed(load, len(texts) / min(rounds), unbroken, size)


def _seconds(nlp: Any, texts: Sequence[str]) -> float:
    start = time.process_time()
    list(nlp.pipe(texts, batch_size=64))
    return time.process_time() - start
