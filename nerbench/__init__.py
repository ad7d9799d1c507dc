"""nerbench: which gene recognizer to trust on pathway figure captions, and by how much.

>>> import nerbench
>>> figures = nerbench.open_corpus("seeds")
>>> evaluation = nerbench.evaluate(figures, nerbench.load_recognizer("lexicon"))
>>> evaluation.corpus.figures
1
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from nerbench.version import __version__

if TYPE_CHECKING:
    from nerbench.corpus import open_corpus
    from nerbench.engine.evaluate import evaluate
    from nerbench.engine.evaluation import Evaluation
    from nerbench.errors import NerbenchError, RecognizerError, RecordError
    from nerbench.recognizers.registry import load_recognizer
    from nerbench.records import CuratedGene, Figure, Level, Mention
    from nerbench.spans.span_scores import align_spans, align_tags, score_spans, score_tags

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
    "align_spans",
    "align_tags",
    "evaluate",
    "load_recognizer",
    "open_corpus",
    "score_spans",
    "score_tags",
]

# Where each name lives; a module is imported when its name is first used, so that the
# command line starts at once.
_HOMES = {
    "open_corpus": "nerbench.corpus",
    "Evaluation": "nerbench.engine.evaluation",
    "evaluate": "nerbench.engine.evaluate",
    "NerbenchError": "nerbench.errors",
    "RecognizerError": "nerbench.errors",
    "RecordError": "nerbench.errors",
    "load_recognizer": "nerbench.recognizers.registry",
    "CuratedGene": "nerbench.records",
    "Figure": "nerbench.records",
    "Level": "nerbench.records",
    "Mention": "nerbench.records",
    "align_spans": "nerbench.spans.span_scores",
    "align_tags": "nerbench.spans.span_scores",
    "score_spans": "nerbench.spans.span_scores",
    "score_tags": "nerbench.spans.span_scores",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'nerbench' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
