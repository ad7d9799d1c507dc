"""The spaCy component of the default recognizer: weights on disk, docs in, entities out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from spacy.attrs import IDX, IS_SPACE, LENGTH, ORTH
from spacy.language import Language
from spacy.tokens import Doc, Span
from threadpoolctl import ThreadpoolController

from nerbench.recognizers.default.features import MAX_OFFSET, Gazetteer, WordFeatures
from nerbench.recognizers.default.second_look import (
    MAX_WORDS,
    CandidateClassifier,
    CandidateFinder,
    ScoredSpan,
    select_candidates,
)
from nerbench.recognizers.default.tagger import (
    N_TAGS,
    Array,
    LinearScorer,
    NetworkScorer,
    TaggedText,
    Token,
    Vocabulary,
    decode,
    gene_probabilities,
    pad_texts,
    read_spans,
)

FACTORY = "nerbench_gene_finder"

_MAX_DOCS = 64  # in a batch: arrays of more fall out of the processor's cache, a third slower
_COMPOSITE_PART = re.compile(r"[α-ω]|\d+[A-Za-zα-ω]?|[A-Z]")


@lru_cache(maxsize=1)
def _thread_controller() -> ThreadpoolController:
    return ThreadpoolController()


def extend_composites(words: Sequence[str], spans: Sequence[ScoredSpan]) -> list[ScoredSpan]:
    """Return spans extended over the parts that make them composite, without spans of such parts.

    >>> extend_composites(["IKKα", "/", "β", "/", "γ"], [(0, 1, 0.9), (2, 3, 0.7)])
    [(0, 5, 0.9)]
    >>> extend_composites(["Wnt", "/", "β", "-", "catenin"], [(0, 1, 0.9), (2, 5, 0.9)])
    [(0, 1, 0.9), (2, 5, 0.9)]
    """
    long_starts = {start for start, end, _ in spans if end - start > 1}
    extended: list[ScoredSpan] = []
    covered = 0
    for start, end, score in spans:
        if start < covered:
            continue
        covered = end
        while covered + 1 < len(words) and words[covered] == "/":
            part = covered + 2 if words[covered + 1] in "-‐‑–" else covered + 1
            if (
                part in long_starts
                or part >= len(words)
                or not _COMPOSITE_PART.fullmatch(words[part])
            ):
                break
            covered = part + 1
        extended.append((start, covered, score))
    return extended


class GeneFinder:
    """The spaCy component: sets ``doc.ents`` and the span group ``genes`` with scores.

    ``settings`` are the thresholds of the second look for tagged and other candidates (``keep``,
    ``add``) and the weights of the two taggers (``linear``, ``network``).
    """

    def __init__(self, label: str = "GENE", second_look: bool = True) -> None:
        self.label = label
        self.second_look = second_look
        self.vocabulary: Vocabulary | None = None
        self.linear: LinearScorer | None = None
        self.network: NetworkScorer | None = None
        self.transitions = np.zeros((N_TAGS, N_TAGS), dtype=np.float32)
        self.candidate_finder: CandidateFinder | None = None
        self.classifier: CandidateClassifier | None = None
        self.settings: dict[str, float] = {"keep": 0.4, "add": 0.5, "linear": 1.0, "network": 1.0}

    @property
    def labels(self) -> tuple[str, ...]:
        """The one label that the component gives."""
        return (self.label,)

    def set_features(self, features: WordFeatures) -> None:
        """Take the features that the taggers and the second look compute with."""
        self.vocabulary = Vocabulary(features)
        self.candidate_finder = CandidateFinder(features)

    def tag(self, texts: Sequence[Sequence[Token]]) -> list[TaggedText]:
        """Return the tags and posteriors of tokenized texts."""
        assert self.vocabulary is not None, "the component has no weights: load it from disk"
        if len(self.vocabulary) > MAX_WORDS:
            self.vocabulary = Vocabulary(self.vocabulary.features)
        tagged = [self.vocabulary.encode(tokens) for tokens in texts]
        scores, auxiliary = self._scores(*pad_texts(tagged))
        rows = []
        first = 0
        for text in tagged:
            last = first + len(text.words)
            rows.append(scores[first:last])
            text.auxiliary = auxiliary[first:last]
            first = last + MAX_OFFSET
        for text, decoded in zip(tagged, decode(rows, self.transitions), strict=True):
            text.tags, text.posteriors = decoded
        return tagged

    def _scores(self, ids: Array, token_values: Array) -> tuple[Array, Array]:
        """Return the sum of the taggers' scores, and the auxiliary heads' gene probabilities."""
        assert self.vocabulary is not None
        count = len(ids) - 2 * MAX_OFFSET
        auxiliary = np.zeros((count, 0), dtype=np.float32)
        scores = np.zeros((count, N_TAGS), dtype=np.float32)
        if self.linear is not None and self.settings["linear"]:
            linear = self.linear(self.vocabulary, ids, token_values)
            scores += linear * np.float32(self.settings["linear"])
        if self.network is not None and self.settings["network"]:
            heads = self.network(self.vocabulary, ids, token_values)
            scores += heads[:, :N_TAGS] * np.float32(self.settings["network"])
            auxiliary = gene_probabilities(heads[:, N_TAGS:])
        return scores, auxiliary

    def find(self, contents: Sequence[str], texts: Sequence[TaggedText]) -> list[list[ScoredSpan]]:
        """Return the names of tagged texts."""
        keep, add = self.settings["keep"], self.settings["add"]
        names = []
        for content, text in zip(contents, texts, strict=True):
            if self.second_look and self.classifier and self.candidate_finder:
                candidates = self.candidate_finder(content, text)
                probabilities = self.classifier.probabilities(text, candidates)
                names.append(select_candidates(candidates, probabilities, keep, add))
            else:
                gene = 1.0 - text.posteriors[:, 0] if text.words else text.posteriors
                names.append([(i, j, float(gene[i:j].min())) for i, j in read_spans(text.tags)])
        return names

    def annotate(self, docs: Sequence[Doc]) -> None:
        """Set the entities of docs. White space is a token of spaCy's, not of the taggers'."""
        texts: list[list[Token]] = []
        positions: list[list[int]] = []  # of the taggers' tokens in the doc
        for doc in docs:
            strings = doc.vocab.strings
            rows = doc.to_array([ORTH, IDX, LENGTH, IS_SPACE]).tolist() if len(doc) else []
            positions.append([k for k, row in enumerate(rows) if not row[3]])
            texts.append(
                [
                    (strings[orth], start, start + length)
                    for orth, start, length, is_space in rows
                    if not is_space
                ]
            )
        contents = [doc.text for doc in docs]
        # Small products: one thread each is fastest, and the same sums on every machine.
        with _thread_controller().limit(limits=1, user_api="blas"):
            names = self.find(contents, self.tag(texts)) if docs else []
        for doc, tokens, kept, spans in zip(docs, texts, positions, names, strict=True):
            extended = extend_composites([word for word, _, _ in tokens], spans)
            entities = [Span(doc, kept[i], kept[j - 1] + 1, self.label) for i, j, _ in extended]
            doc.set_ents(entities, default="outside")
            doc.spans["genes"] = entities
            doc.spans["genes"].attrs["scores"] = [round(score, 4) for _, _, score in extended]

    def __call__(self, doc: Doc) -> Doc:
        self.annotate([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 64) -> Iterator[Doc]:
        """Annotate a stream of docs in batches of at most 64."""
        stream = iter(stream)
        while docs := list(islice(stream, min(batch_size, _MAX_DOCS))):
            self.annotate(docs)
            yield from docs

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the weights (npz without pickles), the gazetteer and the settings to a folder."""
        path = Path(path)
        path.mkdir(parents=True, exist_ok=True)
        assert self.vocabulary is not None
        features = self.vocabulary.features
        write_gazetteer(path / "gazetteer.npz", features.gazetteer.entries)
        features.to_npz(path / "words.npz")
        if self.linear is not None:
            table, scale = self.linear.table, self.linear.scale
            np.savez_compressed(path / "linear.npz", table=table, scale=scale)
        if self.network is not None:
            arrays: dict[str, Any] = {
                name: array.astype(np.float16) for name, array in self.network.arrays.items()
            }
            arrays["columns"] = np.array(self.network.columns)
            np.savez_compressed(path / "network.npz", **arrays)
        if self.classifier is not None:
            np.savez_compressed(
                path / "look.npz",
                dense=self.classifier.dense.astype(np.float32),
                sparse=self.classifier.sparse.astype(np.float16),
                context=self.classifier.context.astype(np.float16),
                topic=self.classifier.topic.astype(np.float32),
                bias=np.float64(self.classifier.bias),
            )
        settings = {
            "label": self.label,
            "second_look": self.second_look,
            "transitions": self.transitions.tolist(),
            **self.settings,
        }
        (path / "settings.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> GeneFinder:
        """Read the folder that `to_disk` wrote. Raises ValueError if an array is a pickle."""
        path = Path(path)
        settings = json.loads((path / "settings.json").read_text(encoding="utf-8"))
        self.label = settings.pop("label")
        self.second_look = settings.pop("second_look") and self.second_look
        self.transitions = np.array(settings.pop("transitions"), dtype=np.float32)
        self.settings = {name: float(value) for name, value in settings.items()}
        gazetteer = Gazetteer(read_gazetteer(path / "gazetteer.npz"))
        features = WordFeatures.from_npz(path / "words.npz", gazetteer)
        self.set_features(features)
        if (path / "linear.npz").exists():
            arrays = _read_arrays(path / "linear.npz")
            self.linear = LinearScorer(arrays["table"], float(arrays["scale"]))
        if (path / "network.npz").exists():
            arrays = _read_arrays(path / "network.npz")
            columns = [str(column) for column in arrays.pop("columns")]
            self.network = NetworkScorer(arrays, columns)
        if (path / "look.npz").exists():
            arrays = _read_arrays(path / "look.npz")
            bias = float(arrays.pop("bias"))
            self.classifier = CandidateClassifier(features, bias=bias, **arrays)
        return self


def _read_arrays(path: Path) -> dict[str, Array]:
    with np.load(path, allow_pickle=False) as data:
        return dict(data)


def write_gazetteer(path: Path, entries: dict[str, int]) -> None:
    """Write the folded names, sorted, and their bit sets."""
    names = sorted(entries)
    np.savez_compressed(
        path,
        keys=np.frombuffer("\n".join(names).encode(), dtype=np.uint8),
        flags=np.array([entries[name] for name in names], dtype=np.uint16),
    )


def read_gazetteer(path: Path) -> dict[str, int]:
    """Read the names that `write_gazetteer` wrote."""
    arrays = _read_arrays(path)
    names = arrays["keys"].tobytes().decode().split("\n")
    return dict(zip(names, arrays["flags"].tolist(), strict=True))


@Language.factory(
    FACTORY,
    assigns=["doc.ents", "token.ent_iob", "token.ent_type", "doc.spans"],
    default_config={"label": "GENE", "second_look": True},
)
def create_gene_finder(nlp: Language, name: str, label: str, second_look: bool) -> GeneFinder:
    """Make a component without weights; they come from disk."""
    return GeneFinder(label, second_look)
