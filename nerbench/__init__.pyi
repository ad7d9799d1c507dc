from . import data
from .api import Evaluation, compare, evaluate
from .corpus import Corpus, open_corpus
from .errors import NerbenchError, RecognizerError, RecordError
from .recognizers.contract import Recognizer
from .recognizers.predictor import Predictor
from .recognizers.registry import load_recognizer
from .records import CuratedGene, Figure, Level, Mention, Problem
from .reports import write_reports
from .spans.bioid import score_bioid
from .spans.formats.reader import read_annotations
from .spans.model import Annotations, Document, Span
from .spans.span_scores import align_spans, align_tags, score_spans, score_tags
from .version import __version__

__all__ = [
    "Annotations",
    "Corpus",
    "CuratedGene",
    "Document",
    "Evaluation",
    "Figure",
    "Level",
    "Mention",
    "NerbenchError",
    "Predictor",
    "Problem",
    "Recognizer",
    "RecognizerError",
    "RecordError",
    "Span",
    "__version__",
    "align_spans",
    "align_tags",
    "compare",
    "data",
    "evaluate",
    "load_recognizer",
    "open_corpus",
    "read_annotations",
    "score_bioid",
    "score_spans",
    "score_tags",
    "write_reports",
]
