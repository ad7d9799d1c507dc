"""nerbench: which gene recognizer to trust on pathway figure captions, and by how much.

>>> import nerbench
>>> figures = nerbench.open_corpus("seeds")
>>> evaluation = nerbench.evaluate(figures, nerbench.load_recognizer("lexicon"))
>>> evaluation.corpus.figures
1
"""

from __future__ import annotations

from nerbench.corpus import open_corpus
from nerbench.engine.evaluation import Evaluation, evaluate
from nerbench.errors import NerbenchError, RecognizerError, RecordError
from nerbench.recognizers.registry import load_recognizer
from nerbench.records import CuratedGene, Figure, Level, Mention
from nerbench.version import __version__

__all__ = [
    "CuratedGene",
    "Evaluation",
    "Figure",
    "Level",
    "Mention",
    "NerbenchError",
    "RecognizerError",
    "RecordError",
    "__version__",
    "evaluate",
    "load_recognizer",
    "open_corpus",
]
