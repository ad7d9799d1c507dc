"""The spaCy component of the default recognizer: weights on disk, docs in, entities out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit, logit
from spacy.attrs import IDX, IS_SPACE, LENGTH, ORTH
from spacy.language import Language
from spacy.scorer import get_ner_prf
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import minibatch
from threadpoolctl import ThreadpoolController

from nerbench.recognizers.default import boundaries
from nerbench.recognizers.default.crf import CERTAIN, N_TAGS, O, ScoredSpan, decode
from nerbench.recognizers.default.features import Array, EncodedText, Vocabulary, WordFeatures
from nerbench.recognizers.default.network import Batch, Network
from nerbench.recognizers.default.tokens import Token

Texts = Sequence[Sequence[Token]]
FACTORY = "nerbench_gene_finder"
CAPTIONS = "captions"
"""The guideline of marked captions, the one that tags unless another is asked for."""

_MAX_DOCS = 64  # in a batch: arrays of more fall out of the processor's cache, a third slower
_THREADS = ThreadpoolController()
_MAX_WORDS = 300_000  # for how many words results are kept, before all are forgotten


class GeneFinder:
    """The spaCy component that sets ``doc.ents`` and the span group ``genes``, by a guideline."""

    def __init__(self, label: str = "GENE", guideline: str = CAPTIONS) -> None:
        self.label, self.labels = label, (label,)
        self.guideline = guideline
        self.vocabulary: Vocabulary | None = None
        self.networks: list[Network] = []
        # Fitted on captions: what is added to the score of O, and a line for log odds.
        self.settings: dict[str, Any] = {"outside": 0.0, "slope": 1.0, "intercept": 0.0}
        self.settings["guidelines"] = [CAPTIONS]

    def score_tokens(self, texts: Texts) -> tuple[list[Array], list[EncodedText]]:
        """Return the scores of texts' tags, the mean of the networks', and the texts encoded."""
        assert self.vocabulary is not None, "the component has no weights: load it from disk"
        if len(self.vocabulary) > _MAX_WORDS:
            self.vocabulary = Vocabulary(self.vocabulary.features)
        if self.guideline not in (heads := self.settings["guidelines"]):
            raise ValueError(f"no guideline {self.guideline!r}, only {', '.join(heads)}")
        head = heads.index(self.guideline)
        encoded = [self.vocabulary.encode(tokens) for tokens in texts]
        batch = Batch.of(self.vocabulary, encoded)
        total = np.zeros((len(batch.inner), N_TAGS), dtype=np.float32)
        for network in self.networks:
            total += network(self.vocabulary, batch, head)
        total /= max(1, len(self.networks))
        scores = np.split(total, np.cumsum(batch.lengths)[:-1])
        if self.guideline == CAPTIONS:
            total[:, O] += self.settings["outside"]
            known = self.vocabulary.features.gazetteer.entries
            for rows, tokens in zip(scores, texts, strict=True):
                rows[boundaries.outside(tokens, known), O] += CERTAIN
        return scores, encoded

    def find(self, texts: Texts) -> list[list[ScoredSpan]]:
        """Return the names of tokenized texts."""
        scores, encoded = self.score_tokens(texts)
        names = decode(scores)
        if self.guideline != CAPTIONS:
            return names
        line = (self.settings["slope"], self.settings["intercept"])
        for k, (tokens, rows, text) in enumerate(zip(texts, scores, encoded, strict=True)):
            spans = boundaries.drop_domains(tokens, boundaries.divide(tokens, names[k], rows))
            spans = boundaries.add_short_forms(tokens, spans, text.definitions)
            names[k] = [(i, j, move_odds(score, *line)) for i, j, score in spans]
        return names

    def annotate(self, docs: Sequence[Doc]) -> None:
        """Set the entities of docs. White space is a token of spaCy's, not of the networks'."""
        texts: list[list[Token]] = []
        positions: list[list[int]] = []  # of the networks' tokens in the doc
        for doc in docs:
            strings = doc.vocab.strings
            rows = doc.to_array([ORTH, IDX, LENGTH, IS_SPACE]).tolist() if len(doc) else []
            positions.append([k for k, row in enumerate(rows) if not row[3]])
            texts.append([(strings[w], i, i + size) for w, i, size, space in rows if not space])
        # Small products: one thread each is fastest, and the same sums on every machine.
        with _THREADS.limit(limits=1, user_api="blas"):
            names = self.find(texts) if docs else []
        for doc, kept, spans in zip(docs, positions, names, strict=True):
            entities = [Span(doc, kept[i], kept[j - 1] + 1, self.label) for i, j, _ in spans]
            doc.set_ents(entities, default="outside")
            doc.spans["genes"] = entities
            doc.spans["genes"].attrs["scores"] = [round(score, 4) for _, _, score in spans]

    def __call__(self, doc: Doc) -> Doc:
        self.annotate([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 64) -> Iterator[Doc]:
        """Annotate a stream of docs in batches of at most 64."""
        for docs in minibatch(stream, min(batch_size, _MAX_DOCS)):  # type: ignore[no-untyped-call]
            self.annotate(docs)
            yield from docs

    def score(self, examples: Iterable[Example], **options: Any) -> dict[str, Any]:
        """Return spaCy's scores of named entities, for ``spacy evaluate``."""
        return dict(get_ner_prf(examples))

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the weights (npz without pickles), the words and the settings to a folder."""
        path = Path(path)
        path.mkdir(parents=True, exist_ok=True)
        assert self.vocabulary is not None
        self.vocabulary.features.to_npz(path / "words.npz")
        for number, network in enumerate(self.networks):
            np.savez_compressed(path / f"network{number}.npz", **network.stored)
        settings = json.dumps(self.settings, indent=1)
        (path / "settings.json").write_text(settings + "\n", encoding="utf-8")

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> GeneFinder:
        """Read the folder that `to_disk` wrote. Raises ValueError if an array is a pickle."""
        path = Path(path)
        self.settings = json.loads((path / "settings.json").read_text(encoding="utf-8"))
        self.vocabulary = Vocabulary(WordFeatures.from_npz(path / "words.npz"))
        self.networks = []
        for file in sorted(path.glob("network*.npz")):
            with np.load(file, allow_pickle=False) as arrays:
                self.networks.append(Network(dict(arrays)))
        return self


def move_odds(probability: float, slope: float, intercept: float) -> float:
    """Return a probability whose log odds are moved along a line (Platt, 1999)."""
    return float(expit(slope * logit(min(max(probability, 1e-6), 1 - 1e-6)) + intercept))


@Language.factory(
    FACTORY,
    assigns=["doc.ents", "token.ent_iob", "token.ent_type", "doc.spans"],
    default_config={"label": "GENE", "guideline": CAPTIONS},
    default_score_weights={"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0},
)
def create_gene_finder(nlp: Language, name: str, label: str, guideline: str) -> GeneFinder:
    """Make a component without weights; they come from disk."""
    return GeneFinder(label, guideline)
