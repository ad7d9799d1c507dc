"""The recognizers of the study, each with its mentions in the marked captions."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import numpy as np
import standins

import nerbench
from nerbench.records import Mention

THRESHOLDS = {"default": (0.5, 0.7, 0.9)}
_WORD = re.compile(r"\w+")


class Predicted:
    """A recognizer whose mentions are known, by caption."""

    fingerprint = "known"

    def __init__(self, name, mentions):
        self.name = name
        self.mentions = mentions

    def recognize(self, texts):
        return (self.mentions[text] for text in texts)

    def above(self, threshold):
        """Return the recognizer without the mentions whose score is lower."""
        return Predicted(
            f"{self.name} ≥ {threshold}",
            {
                text: [mention for mention in mentions if mention.score >= threshold]
                for text, mentions in self.mentions.items()
            },
        )


def recognizers(options, figures):
    """Return the recognizers, each at its own setting, and those at further settings."""
    models = {"default": "default", "lexicon": "lexicon"}
    for corpus in standins.EPOCHS:
        folder = standins.make(options.shared / "corpora", options.standins, corpus)
        models[f"spaCy, {corpus.removesuffix('-ggp')}"] = folder
    models |= {Path(model).stem: model for model in options.model}
    predicted = {name: predict(name, model, figures) for name, model in models.items()}
    further = []
    for name, thresholds in THRESHOLDS.items():
        further += [predicted[name].above(threshold) for threshold in thresholds]
    return list(predicted.values()), further


def predict(name, model, figures):
    """Return the mentions of a model in the figures, as a recognizer."""
    recognizer = nerbench.load_recognizer(str(model))
    if isinstance(recognizer, nerbench.Predictor):
        mentions = recognizer.predict(figures)
    else:
        mentions = recognizer.recognize([figure.caption for figure in figures])
    captions = [figure.caption for figure in figures]
    return Predicted(name, dict(zip(captions, mentions, strict=True)))


def degraded(figures, listed):
    """Return readers that know the marks and err in one way each. ``listed`` holds the marks that
    can mean a curated gene: (figure id, start, end).
    """
    draw = np.random.default_rng(0).random
    readers = {
        "half of the names left out": lambda figure: [m for m in figure.gold if draw() < 0.5],
        "only names on the list": lambda figure: [
            m for m in figure.gold if (figure.figid, m.start, m.end) in listed
        ],
        "a random word added for each name": lambda figure: [*figure.gold, *unmarked_words(figure)],
        "each name with the word after it": lambda figure: [
            longer(mark, figure.caption) for mark in figure.gold
        ],
    }
    return [
        Predicted(name, {figure.caption: reader(figure) for figure in figures})
        for name, reader in readers.items()
    ]


def unmarked_words(figure):
    """Return as many words of a caption that touch no mark as it has marks, if it has so many."""
    words = [Mention(*word.span(), word.group()) for word in _WORD.finditer(figure.caption)]
    words = [word for word in words if not overlaps(word, figure.gold)]
    generator = np.random.default_rng(zlib.crc32(figure.figid.encode()))
    size = min(len(words), len(figure.gold))
    return [words[index] for index in generator.choice(len(words), size, replace=False)]


def longer(mention, caption):
    """Return a mention with the word that follows it."""
    word = _WORD.search(caption, mention.end)
    end = word.end() if word else mention.end
    return Mention(mention.start, end, caption[mention.start : end])


def overlaps(mention, others):
    return any(mention.start < other.end and other.start < mention.end for other in others)
