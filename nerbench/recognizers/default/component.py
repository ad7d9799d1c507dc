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

from nerbench.recognizers.default.features import (
    N_COLUMNS,
    PLACE,
    REACH,
    Gazetteer,
    WordFeatures,
)
from nerbench.recognizers.default.second_look import (
    Candidates,
    SecondLook,
    choose,
)
from nerbench.recognizers.default.tagger import (
    MAX_WORDS,
    Array,
    LinearScores,
    NetworkScores,
    Text,
    Words,
    decode,
    place_values,
    some,
    tagged,
)

FACTORY = "nerbench_gene_finder"


@lru_cache(maxsize=1)
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


_COMPOSITE_PART = re.compile(r"[α-ω]|\d+[A-Za-zα-ω]?|[A-Z]")
_MOST_DOCS = 64  # at a time


def whole_composites(
    words: Sequence[str], mentions: Sequence[tuple[int, int, float]]
) -> list[tuple[int, int, float]]:
    """Mentions grown over what makes them composite; their pieces are no names of their own.

    >>> whole_composites(["IKKα", "/", "β", "/", "γ"], [(0, 1, 0.9), (2, 3, 0.7)])
    [(0, 5, 0.9)]
    >>> whole_composites(["Wnt", "/", "β", "-", "catenin"], [(0, 1, 0.9), (2, 5, 0.9)])
    [(0, 1, 0.9), (2, 5, 0.9)]
    """
    names = {start for start, end, _ in mentions if end - start > 1}
    found: list[tuple[int, int, float]] = []
    done = 0
    for start, end, score in mentions:
        if start < done:
            continue
        stop = end
        while stop + 1 < len(words) and words[stop] == "/":
            at = stop + 2 if words[stop + 1] in "-‐‑–" else stop + 1
            if at in names or at >= len(words) or not _COMPOSITE_PART.fullmatch(words[at]):
                break
            stop = at + 1
        found.append((start, stop, score))
        done = stop
    return found


class GeneFinder:
    """The spaCy component: sets ``doc.ents`` and the span group ``genes`` with scores."""

    def __init__(self, label: str = "GENE", second_look: bool = True) -> None:
        self.label = label
        self.second_look = second_look
        self.words: Words | None = None
        self.linear: LinearScores | None = None
        self.network: NetworkScores | None = None
        self.transitions = np.zeros((5, 5), dtype=np.float32)
        self.look: SecondLook | None = None
        self.candidates: Candidates | None = None
        self.settings: dict[str, float] = {"keep": 0.4, "add": 0.5, "linear": 1.0, "network": 1.0}

    @property
    def labels(self) -> tuple[str, ...]:
        """The one label that the component gives."""
        return (self.label,)

    def tag(self, texts: Sequence[list[tuple[str, int, int]]]) -> list[Text]:
        """Tags and posteriors of tokenised texts: (word, start, end) per token."""
        words = self.words
        assert words is not None, "the component has no weights: load it from disk"
        if len(words) > MAX_WORDS:
            self._forget()
        gazetteer = words.features.gazetteer
        none = np.zeros(0)
        found: list[Text] = []
        ids: list[int] = [0] * REACH
        places = [np.full((REACH, len(PLACE)), -1)]
        for tokens in texts:
            numbers = [words.number(word) for word, _, _ in tokens]
            folded = [words.folded[k] for k in numbers]
            codes, matches = gazetteer.codes(folded)
            text = Text(
                [t[0] for t in tokens],
                [t[1] for t in tokens],
                [t[2] for t in tokens],
                numbers,
                folded,
                codes,
                matches,
                none,
                none,
                none,
            )
            found.append(text)
            ids += numbers
            ids += [0] * REACH
            places += [place_values(text), places[0]]
        numbers_ = np.array(ids)
        place = np.concatenate(places)
        scores, views = self._scores(words, numbers_, place)
        parts = []
        at = 0
        for text in found:
            parts.append(scores[at : at + len(text.words)])
            text.views = views[at : at + len(text.words)]
            at += len(text.words) + REACH
        for text, (tags, post) in zip(found, decode(parts, self.transitions), strict=True):
            text.tags, text.post = tags, post
        return found

    def _scores(self, words: Words, ids: Array, place: Array) -> tuple[Array, Array]:
        """Tag scores, and how likely a token is a gene's under each other guideline."""
        views = np.zeros((len(ids) - 2 * REACH, 0), dtype=np.float32)
        total = np.zeros((len(ids) - 2 * REACH, 5), dtype=np.float32)
        if self.linear is not None and self.settings["linear"]:
            rows = np.empty((len(ids), N_COLUMNS + len(PLACE)), dtype=np.uint64)
            rows[:, :N_COLUMNS] = words.rows[ids]
            for k in range(len(PLACE)):
                keys = np.append(words.place[k], words.pad_place[k])
                rows[:, N_COLUMNS + k] = keys[place[:, k]]
            total += self.linear(words, ids, rows) * np.float32(self.settings["linear"])
        if self.network is not None and self.settings["network"]:
            heads = self.network(words, ids, place)
            total += heads[:, :5] * np.float32(self.settings["network"])
            views = some(heads[:, 5:])
        return total, views

    def _forget(self) -> None:
        assert self.words is not None
        self.words = Words(self.words.features)
        if self.linear is not None:
            self.linear.known = 0
        if self.network is not None:
            self.network.known = 0

    def find(
        self, contents: Sequence[str], texts: Sequence[Text]
    ) -> list[list[tuple[int, int, float]]]:
        """Mentions as (first token, end token, score) of tagged texts."""
        found = []
        for content, text in zip(contents, texts, strict=True):
            if self.second_look and self.look is not None and self.candidates is not None:
                candidates = self.candidates(content, text)
                values = self.look.probabilities(text, candidates)
                found.append(
                    choose(candidates, values, self.settings["keep"], self.settings["add"])
                )
            else:
                odds = 1.0 - text.post[:, 0] if len(text.words) else text.post
                found.append([(i, j, float(odds[i:j].min())) for i, j in tagged(text.tags)])
        return found

    def annotate(self, docs: Sequence[Doc]) -> None:
        """Set the entities of some docs."""
        tokens: list[list[tuple[str, int, int]]] = []
        numbers: list[list[int]] = []
        for doc in docs:
            strings = doc.vocab.strings
            rows = doc.to_array([ORTH, IDX, LENGTH, IS_SPACE]).tolist() if len(doc) else []
            kept = [k for k, row in enumerate(rows) if not row[3]]
            numbers.append(kept)
            tokens.append(
                [(strings[rows[k][0]], rows[k][1], rows[k][1] + rows[k][2]) for k in kept]
            )
        contents = [doc.text for doc in docs]
        # Small products: one thread each is fastest, and the same sums on every machine.
        with _threads().limit(limits=1, user_api="blas"):
            found = self.find(contents, self.tag(tokens)) if docs else []
        for doc, kept, chosen in zip(docs, numbers, found, strict=True):
            mentions = whole_composites([doc[k].text for k in kept], chosen)
            spans = [Span(doc, kept[i], kept[j - 1] + 1, self.label) for i, j, _ in mentions]
            doc.set_ents(spans, default="outside")
            doc.spans["genes"] = spans
            doc.spans["genes"].attrs["scores"] = [round(score, 4) for _, _, score in mentions]

    def __call__(self, doc: Doc) -> Doc:
        self.annotate([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 64) -> Iterator[Doc]:
        """Annotate a stream of docs in batches, small ones: what many docs need at a time is more
        than a processor keeps at hand, and takes a third longer.
        """
        stream = iter(stream)
        while docs := list(islice(stream, min(batch_size, _MOST_DOCS))):
            self.annotate(docs)
            yield from docs

    # ----- reading and writing

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the component's folder."""
        save(Path(path), self)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> GeneFinder:
        """Read the component's folder."""
        load(Path(path), self)
        return self


def write_gazetteer(path: Path, entries: dict[str, int]) -> None:
    """Write the names, sorted, and their flags."""
    keys = sorted(entries)
    np.savez_compressed(
        path,
        keys=np.frombuffer("\n".join(keys).encode(), dtype=np.uint8),
        flags=np.array([entries[key] for key in keys], dtype=np.uint16),
    )


def read_gazetteer(path: Path) -> dict[str, int]:
    """What `write_gazetteer` wrote."""
    with np.load(path, allow_pickle=False) as data:
        keys = data["keys"].tobytes().decode().split("\n")
        return dict(zip(keys, data["flags"].tolist(), strict=True))


def save(path: Path, finder: GeneFinder) -> None:
    """Write the weights (npz without pickles), the gazetteer and the settings."""
    path.mkdir(parents=True, exist_ok=True)
    assert finder.words is not None
    features = finder.words.features
    write_gazetteer(path / "gazetteer.npz", features.gazetteer.entries)
    features.to_npz(path / "words.npz")
    if finder.linear is not None:
        np.savez_compressed(
            path / "linear.npz", table=finder.linear.table[:, :5], scale=finder.linear.scale
        )
    if finder.network is not None:
        stored: dict[str, Any] = {k: v.astype(np.float16) for k, v in finder.network.arrays.items()}
        stored["columns"] = np.array(finder.network.columns)
        np.savez_compressed(path / "network.npz", **stored)
    if finder.look is not None:
        np.savez_compressed(
            path / "look.npz",
            dense=finder.look.dense.astype(np.float32),
            sparse=finder.look.sparse.astype(np.float16),
            context=finder.look.context.astype(np.float16),
            topic=finder.look.topic.astype(np.float32),
            bias=np.float64(finder.look.bias),
        )
    settings = {
        "label": finder.label,
        "second_look": finder.second_look,
        "transitions": finder.transitions.tolist(),
        **finder.settings,
    }
    (path / "settings.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")


def load(path: Path, finder: GeneFinder) -> None:
    """Read what `save` wrote into a component."""
    settings = json.loads((path / "settings.json").read_text(encoding="utf-8"))
    finder.label = settings.pop("label")
    finder.second_look = finder.second_look and settings.pop("second_look")
    finder.transitions = np.array(settings.pop("transitions"), dtype=np.float32)
    finder.settings = {k: float(v) for k, v in settings.items() if k != "second_look"}
    gazetteer = Gazetteer(read_gazetteer(path / "gazetteer.npz"))
    features = WordFeatures.from_npz(path / "words.npz", gazetteer)
    finder.words = Words(features)
    finder.candidates = Candidates(features)
    if (path / "linear.npz").exists():
        with np.load(path / "linear.npz", allow_pickle=False) as data:
            table = np.zeros((len(data["table"]), 8), dtype=np.int8)
            table[:, :5] = data["table"]
            finder.linear = LinearScores(table, float(data["scale"]))
    if (path / "network.npz").exists():
        with np.load(path / "network.npz", allow_pickle=False) as data:
            arrays = {k: data[k] for k in data.files if k != "columns"}
            finder.network = NetworkScores(arrays, [str(c) for c in data["columns"]])
    if (path / "look.npz").exists():
        with np.load(path / "look.npz", allow_pickle=False) as data:
            weights = {name: data[name] for name in ("dense", "sparse", "context", "topic")}
            finder.look = SecondLook(features, bias=float(data["bias"]), **weights)


@Language.factory(
    FACTORY,
    assigns=["doc.ents", "token.ent_iob", "token.ent_type", "doc.spans"],
    default_config={"label": "GENE", "second_look": True},
)
def create_gene_finder(nlp: Language, name: str, label: str, second_look: bool) -> GeneFinder:
    """Make an empty component; its weights come from disk."""
    return GeneFinder(label, second_look)
