"""spaCy pipelines with named entities, by package name or path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nerbench.errors import RecognizerError
from nerbench.recognizers.cards import ModelCard, digest
from nerbench.recognizers.contract import Named
from nerbench.records import Mention
from nerbench.spans.usual_labels import is_gene_label

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

_CODE_SUFFIXES = frozenset(
    (".py", ".pyc", ".so", ".pyd", ".pkl", ".pickle", ".dill", ".joblib", ".pt", ".pth")
)


class SpacyCard(ModelCard):
    """The card of a spaCy pipeline; ``scispacy`` is another name of the same kind."""

    kind: Literal["spacy", "scispacy"]

    @property
    def security_note(self) -> str:
        """Code and pickles in the pipeline's folder; an installed package is trusted already."""
        files = Path(self.source).rglob("*")
        names = sorted(path.name for path in files if path.suffix.lower() in _CODE_SUFFIXES)
        if not names:
            return ""
        listed = ascii(", ".join(names[:3]) + (", ..." if len(names) > 3 else ""))[1:-1]
        return f"has code or pickles in its folder that a component may run: {listed}"

    def load(self) -> SpacyRecognizer:
        return SpacyRecognizer(
            self.source, self.labels, self.name, self.batch_size, self.install_command
        )


def _scores(doc: Doc) -> dict[tuple[int, int], float]:
    """Return the scores that a pipeline sets on its span groups, by offsets."""
    return {
        (span.start_char, span.end_char): float(score)
        for group in doc.spans.values()
        for span, score in zip(group, group.attrs.get("scores", ()), strict=False)
    }


class SpacyRecognizer(Named):
    """A spaCy pipeline whose entities with one of the labels (by default the usual ones of genes)
    are the mentions; no label means that it tags no genes.

    ``source`` is a package, a folder, or a pipeline in memory. In the latter, components of the
    user's own that declare neither labels nor what they assign may set entities: the usual labels
    of genes count.

    Raises RecognizerError if the pipeline is not installed or does not load, has no entity
    recognizer, or lacks one of the labels.
    """

    def __init__(
        self,
        source: str | Language,
        labels: Sequence[str] | None = None,
        name: str | None = None,
        batch_size: int = 64,
        install: str = "",
    ) -> None:
        self._batch_size = batch_size
        self._in_memory = not isinstance(source, str)
        if isinstance(source, str):
            self.name = name or Path(source).name
            self._nlp = _load(source, self.name, install)
        else:
            self.name = name or f"{source.meta['lang']}_{source.meta['name']}"
            self._nlp = source
        entity_labels = self._entity_labels()
        self.labels = frozenset(filter(is_gene_label, entity_labels) if labels is None else labels)
        self._takes_usual_labels = not entity_labels and self._has_undeclared_components()
        if reason := self._missing_reason(entity_labels, labels):
            raise RecognizerError(
                f"{self.name}: the pipeline {source!r} has {reason}"
                if isinstance(source, str)
                else f"{self.name}: the pipeline has {reason}"
            )

    def _entity_labels(self) -> set[str]:
        return {
            label
            for pipe in self._nlp.pipe_names
            if "doc.ents" in (self._nlp.get_pipe_meta(pipe).assigns or ())
            for label in self._nlp.pipe_labels.get(pipe, [])
        }

    def _missing_reason(self, entity_labels: set[str], labels: Sequence[str] | None) -> str:
        if not self._nlp.pipe_names:
            return "no components"
        if self._takes_usual_labels:
            return ""
        if labels is not None and not labels:  # the card says that it tags no genes
            return ""
        unknown = sorted(self.labels - entity_labels)
        if entity_labels and (unknown or not self.labels):
            lacking = f"no label {', '.join(unknown)}" if unknown else "no gene label"
            remedy = "name those that count as genes in a card"
            if self._in_memory:
                remedy = "save it and " + remedy + ", or give a function that returns its genes"
            return f"{lacking}; it has {', '.join(sorted(entity_labels))}: {remedy}"
        return "" if self.labels else "no named entity recognizer"

    def _has_undeclared_components(self) -> bool:
        """Return whether a pipeline in memory has components of the user's own that do not say
        what they assign.
        """
        return self._in_memory and any(
            not type(pipe).__module__.startswith("spacy.")
            and not self._nlp.get_pipe_meta(name).assigns
            for name, pipe in self._nlp.pipeline
        )

    @cached_property
    def fingerprint(self) -> str:
        """A digest of the pipeline's content, the labels and the version of spaCy.

        That of a pipeline in memory is what it would save, without the strings that it has read.
        """
        from spacy.about import __version__

        if not self._in_memory:
            return digest(__version__, sorted(self.labels), files=self._nlp.path)
        vectors = self._nlp.vocab.vectors.to_bytes(exclude=["strings"])
        content = sha256(self._nlp.to_bytes(exclude=["vocab"]) + vectors).hexdigest()
        return digest(__version__, sorted(self.labels), self._nlp.pipe_names, content)

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """Yield the mentions of each text, streamed through ``nlp.pipe``."""
        for doc in self._nlp.pipe(texts, batch_size=self._batch_size):
            scores = _scores(doc)
            spans = [(ent.start_char, ent.end_char, ent.text, ent.label_) for ent in doc.ents]
            yield [
                Mention(start, end, text, label, scores.get((start, end)))
                for start, end, text, label in spans
                if text and self._is_gene(label)
            ]

    def _is_gene(self, label: str) -> bool:
        return label in self.labels or (self._takes_usual_labels and is_gene_label(label))


def _load(source: str, name: str, install: str) -> Language:
    """Load a pipeline. Raises RecognizerError if that fails."""
    import spacy  # takes a second

    try:
        return spacy.load(source)
    except Exception as error:  # a damaged or hostile folder may raise anything
        remedy = f"; install it: {install}" if install else ""
        reason = " ".join(str(error).split())[:300]
        raise RecognizerError(
            f"{name}: the spaCy pipeline {source!r} cannot be loaded{remedy} ({reason})"
        ) from None
