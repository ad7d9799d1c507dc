"""Corpora of figures: records, folders and archives of them, read as a stream."""

from nerbench.corpus.stream import Corpus, open_corpus

__all__ = ["Corpus", "open_corpus"]
