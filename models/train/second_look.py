"""Learn the second look, a logistic model, from captions' curated genes and gold sentences.

In a caption, a candidate is right if it can mean a gene on the figure's curated list (distant
supervision; Mintz et al., 2009); in a BC2GM sentence, if it is a gold span.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from spacy.strings import hash_string  # type: ignore[attr-defined]

from nerbench.nomenclature.matcher import Matcher
from nerbench.recognizers.default.component import GeneFinder
from nerbench.recognizers.default.features import WordFeatures
from nerbench.recognizers.default.second_look import (
    CONTEXT_SIZE,
    VECTOR_SCALE,
    WORD_SCALE,
    Candidate,
    CandidateClassifier,
    context_word,
)
from nerbench.recognizers.default.tagger import TaggedText, tokenize
from nerbench.records import Figure, Level
from nerbench.scoring.figure import FigureContext
from nerbench.scoring.scope import Scope
from train.corpora import Sentence

SPARSE_BITS = 16
CONTEXT_BITS = 15


@dataclass
class Example:
    """A text with its candidates; which are right, and which are not learned from."""

    content: str
    text: TaggedText
    candidates: list[Candidate]
    right: list[bool] = field(default_factory=list)
    doubtful: list[bool] = field(default_factory=list)
    is_caption: bool = False


def tag_all(finder: GeneFinder, contents: Sequence[str], size: int = 64) -> list[TaggedText]:
    """Tag many texts."""
    texts: list[TaggedText] = []
    for first in range(0, len(contents), size):
        texts += finder.tag([tokenize(content) for content in contents[first : first + size]])
    return texts


def _examples(finder: GeneFinder, contents: Sequence[str]) -> list[Example]:
    assert finder.candidate_finder is not None
    return [
        Example(content, text, finder.candidate_finder(content, text))
        for content, text in zip(contents, tag_all(finder, contents), strict=True)
    ]


def from_captions(finder: GeneFinder, figures: Sequence[Figure], matcher: Matcher) -> list[Example]:
    """Return the candidates of captions; right are those that can mean a curated gene in scope."""
    examples = _examples(finder, [figure.caption for figure in figures])
    for figure, example in zip(figures, examples, strict=True):
        context = FigureContext(figure, Scope(), matcher)
        example.is_caption = True
        example.doubtful = [False] * len(example.candidates)
        for c in example.candidates:
            name = example.content[example.text.starts[c.start] : example.text.ends[c.end - 1]]
            parts = matcher.split(name)
            hits = sum(bool(context.members_of_name(Level.FAMILY, part)) for part in parts)
            example.right.append(2 * hits >= max(1, len(parts)))
    return examples


def from_sentences(finder: GeneFinder, sentences: Sequence[Sentence]) -> list[Example]:
    """Return the candidates of gold sentences; right are the gold spans, doubtful the alternatives
    that annotators accept too, which are not learned from.
    """
    examples = _examples(finder, [sentence.text for sentence in sentences])
    for sentence, example in zip(sentences, examples, strict=True):
        gold, other = set(sentence.spans), set(sentence.alternatives)
        starts, ends = example.text.starts, example.text.ends
        spans = [(starts[c.start], ends[c.end - 1]) for c in example.candidates]
        example.right = [span in gold for span in spans]
        example.doubtful = [span in other and span not in gold for span in spans]
    return examples


def _matrix(
    examples: Sequence[Example],
    features: WordFeatures,
    mean: np.ndarray,
    spread: np.ndarray,
    context: bool,
) -> sparse.csr_matrix:
    values = np.array([c.dense for e in examples for c in e.candidates])
    values = (values - mean) / spread
    in_gazetteer = np.array([c.in_gazetteer for e in examples for c in e.candidates])
    tagged = np.array([c.tagged for e in examples for c in e.candidates])
    columns: list[int] = []
    data: list[float] = []
    ends = [0]
    topics: list[np.ndarray] = []
    width = 1 << SPARSE_BITS
    for example in examples:
        words = [
            hash_string(context_word(w)) & ((1 << CONTEXT_BITS) - 1) for w in example.text.words
        ]
        vectors = features.vectors(example.text.words)
        sums = np.concatenate([np.zeros((1, vectors.shape[1])), np.cumsum(vectors, axis=0)])
        for c in example.candidates:
            hashes = [hash_string(f) & (width - 1) for f in c.sparse]
            columns += hashes
            data += [1.0] * len(hashes)
            low, high = max(0, c.start - CONTEXT_SIZE), min(len(words), c.end + CONTEXT_SIZE)
            near = words[low : c.start] + words[c.end : high]
            topic = (sums[high] - sums[low] - sums[c.end] + sums[c.start]) / max(1, len(near))
            topics.append(topic * VECTOR_SCALE)
            if context:
                kind = 2 * c.in_gazetteer + c.tagged
                columns += [width + 4 * word + kind for word in near]
                data += [WORD_SCALE / float(np.sqrt(max(1, len(near))))] * len(near)
            ends.append(len(columns))
    rest = sparse.csr_matrix(
        (data, columns, ends), shape=(len(ends) - 1, width + 4 * (1 << CONTEXT_BITS))
    )
    dense = [values, values * ~in_gazetteer[:, None], values * tagged[:, None]]
    topic_block = np.array(topics) * context
    kinds = 2 * in_gazetteer + tagged
    dense += [topic_block * (kinds == kind)[:, None] for kind in range(4)]
    return sparse.hstack([sparse.csr_matrix(np.hstack(dense)), rest]).tocsr()


def fit(
    examples: Sequence[Example],
    features: WordFeatures,
    strength: float = 0.2,
    sentence_gain: float = 6.0,
    context: bool = True,
) -> CandidateClassifier:
    """Fit the model. ``strength`` is the inverse of the L2 penalty; ``sentence_gain`` weighs the
    right candidates of gold sentences, so that one threshold suits both kinds of text.
    """
    values = np.array([c.dense for e in examples for c in e.candidates])
    mean, spread = values.mean(axis=0), values.std(axis=0) + 1e-6
    right = np.array([r for e in examples for r in e.right])
    caption = np.array([e.is_caption for e in examples for _ in e.candidates])
    doubtful = np.array([d for e in examples for d in e.doubtful])
    weight = np.where(~caption & right, sentence_gain, 1.0) * ~doubtful
    matrix = _matrix(examples, features, mean, spread, context)
    model = LogisticRegression(C=strength, solver="liblinear", max_iter=200, random_state=0)
    model.fit(matrix, right, sample_weight=weight)
    weights = model.coef_[0]
    size, topics = values.shape[1], features.vector_table.shape[1]
    # Undo the standardisation; what it shifts goes to each block's constant.
    dense = weights[: 3 * size].reshape(3, size) / spread
    dense = np.hstack([dense, -(dense @ mean)[:, None]])
    weights = weights[3 * size :]
    topic = weights[: 4 * topics].reshape(4, topics).T
    weights = weights[4 * topics :]
    table, around = weights[: 1 << SPARSE_BITS], weights[1 << SPARSE_BITS :].reshape(-1, 4)
    return CandidateClassifier(
        features, dense, table, around, topic, bias=float(model.intercept_[0])
    )


def average(looks: Sequence[CandidateClassifier]) -> CandidateClassifier:
    """Return the model whose log odds are the mean of the models'."""
    names = ("dense", "sparse", "context", "topic")
    parts = {name: np.mean([getattr(look, name) for look in looks], axis=0) for name in names}
    bias = float(np.mean([look.bias for look in looks]))
    return CandidateClassifier(looks[0].features, bias=bias, **parts)


def thin(look: CandidateClassifier, smallest: float = 1e-3) -> CandidateClassifier:
    """Set tiny weights to 0, for size."""
    look.sparse[np.abs(look.sparse) < smallest] = 0.0
    look.context[np.abs(look.context) < smallest] = 0.0
    return look
