"""Score predictions on the development sets that the recipe holds out."""

from __future__ import annotations

from collections.abc import Sequence

from nerbench.nomenclature.matcher import Matcher
from nerbench.records import Figure, Level, Mention
from nerbench.scoring.counts import Counts
from nerbench.scoring.figure import FigureContext, score_figure
from nerbench.scoring.scope import Scope
from train.corpora import Sentence

Spans = Sequence[tuple[int, int]]
Rates = tuple[float, float, float]


def _rates(tp: int, fp: int, fn: int) -> Rates:
    precision = tp / (tp + fp) if tp + fp else 0.0
    recall = tp / (tp + fn) if tp + fn else 0.0
    return precision, recall, 2 * tp / (2 * tp + fp + fn) if tp else 0.0


def score_spans(
    sentences: Sequence[Sentence], predicted: Sequence[Spans], *, alternatives: bool
) -> Rates:
    """Return precision, recall and F1 of exact spans.

    With ``alternatives``, as BioCreative II counts (Smith et al., 2008): an alternative span stands
    for the gold mention that it overlaps, each gold mention once.

    >>> sentence = Sentence("a", "the IL6 gene", ((4, 7),), "g", ((4, 12),))
    >>> score_spans([sentence], [[(4, 12), (0, 3)]], alternatives=True)
    (0.5, 1.0, 0.6666666666666666)
    >>> score_spans([sentence], [[(4, 12), (0, 3)]], alternatives=False)
    (0.0, 0.0, 0.0)
    """
    tp = fp = fn = 0
    for sentence, spans in zip(sentences, predicted, strict=True):
        gold, guess = set(sentence.spans), set(spans)
        accepted = sentence.alternatives if alternatives else ()
        matched = gold & guess
        for span in sorted(guess - gold):
            near = [g for g in sorted(gold - matched) if g[0] < span[1] and span[0] < g[1]]
            if span in accepted and near:
                matched.add(near[0])
            else:
                fp += 1
        tp, fn = tp + len(matched), fn + len(gold - matched)
    return _rates(tp, fp, fn)


def captions(
    figures: Sequence[Figure], predicted: Sequence[Spans], matcher: Matcher, organism: str = "human"
) -> Rates:
    """Return precision, in-caption recall and F1 at level family, micro-averaged."""
    counts = []
    for figure, spans in zip(figures, predicted, strict=True):
        mentions = [Mention(a, b, figure.caption[a:b]) for a, b in spans]
        score = score_figure(FigureContext(figure, Scope(), matcher), mentions)
        if organism in score.counts[Level.FAMILY]:
            counts.append(score.counts[Level.FAMILY][organism])
    total = sum(counts, Counts())
    precision, recall = total.precision or 0.0, total.in_caption_recall or 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return precision, recall, f1
