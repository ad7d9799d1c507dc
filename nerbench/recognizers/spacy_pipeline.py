"""Any spaCy pipeline with named entities, by package name or path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nerbench.errors import RecognizerError
from nerbench.recognizers.cards import GENE_LABELS, ModelCard, digest
from nerbench.records import Mention

if TYPE_CHECKING:
    from spacy.tokens import Doc

__all__ = ["SpacyCard", "SpacyRecognizer"]


_CODE = frozenset(
    (".py", ".pyc", ".so", ".pyd", ".pkl", ".pickle", ".dill", ".joblib", ".pt", ".pth")
)


class SpacyCard(ModelCard):
    """The card of a spaCy pipeline; ``scispacy`` is another word for the same kind."""

    kind: Literal["spacy", "scispacy"]

    @property
    def security_note(self) -> str:
        """SpaCy runs no file of a folder, but a component of another package may.

        Of a package that is installed there is nothing to say: its code is trusted already.
        """
        folder = Path(self.source)
        found = sorted(path.name for path in folder.rglob("*") if path.suffix.lower() in _CODE)
        if not found:
            return ""
        named = ", ".join(found[:3]) + (", ..." if len(found) > 3 else "")
        return f"has code or pickles in its folder that a component may run: {ascii(named)[1:-1]}"

    def load(self) -> SpacyRecognizer:
        """The pipeline. Raises RecognizerError if it cannot be loaded or tags no genes."""
        return SpacyRecognizer(
            self.source, self.labels, self.name, self.batch_size, self.install_command
        )


def _scores(doc: Doc) -> dict[tuple[int, int], float]:
    """The scores that a pipeline keeps with its span groups, by offsets."""
    return {
        (span.start_char, span.end_char): float(score)
        for group in doc.spans.values()
        for span, score in zip(group, group.attrs.get("scores", ()), strict=False)
    }


class SpacyRecognizer:
    """A spaCy pipeline; its entities with one of `labels` are the mentions.

    ``labels`` None takes the usual labels of genes that the pipeline has.

    Raises RecognizerError if the pipeline is not installed or cannot be loaded, has no
    entity recognizer, or none of the labels.
    """

    def __init__(
        self,
        source: str,
        labels: Sequence[str] | None = None,
        name: str | None = None,
        batch_size: int = 64,
        install: str = "",
    ) -> None:
        import spacy  # takes a second: only for who loads a pipeline

        self.name = name or Path(source).name
        self._batch_size = batch_size
        try:
            self._nlp = spacy.load(source)
        except Exception as error:  # a damaged or hostile folder may raise anything
            remedy = f"; install it: {install}" if install else ""
            reason = " ".join(str(error).split())[:300]
            raise RecognizerError(
                f"{self.name}: the spaCy pipeline {source!r} cannot be loaded{remedy} ({reason})"
            ) from None
        known = {
            label
            for pipe in self._nlp.pipe_names
            if self._nlp.get_pipe_meta(pipe).assigns
            and "doc.ents" in self._nlp.get_pipe_meta(pipe).assigns
            for label in self._nlp.pipe_labels.get(pipe, [])
        }
        self.labels = frozenset(known.intersection(GENE_LABELS) if labels is None else labels)
        if not self._nlp.pipe_names:
            raise RecognizerError(f"{self.name}: the pipeline {source!r} has no components")
        if labels is not None and not labels:
            return  # said to tag no genes
        unknown = sorted(self.labels - known)
        if known and (unknown or not self.labels):
            asked = f"no label {', '.join(unknown)}" if unknown else "no gene label"
            raise RecognizerError(
                f"{self.name}: the pipeline {source!r} has {asked}; it has "
                f"{', '.join(sorted(known))}: name those that count as genes in a card"
            )
        if not self.labels:
            raise RecognizerError(
                f"{self.name}: the pipeline {source!r} has no named entity recognizer"
            )

    @cached_property
    def fingerprint(self) -> str:
        """Changes with the pipeline's files, the labels and the spaCy version."""
        from spacy.about import __version__

        root = self._nlp.path
        return digest(__version__, sorted(self.labels), files=Path(root) if root else None)

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """Yield the mentions of each text, streamed through ``nlp.pipe``."""
        for doc in self._nlp.pipe(texts, batch_size=self._batch_size):
            scores = _scores(doc)
            yield [
                Mention(
                    ent.start_char,
                    ent.end_char,
                    ent.text,
                    ent.label_,
                    scores.get((ent.start_char, ent.end_char)),
                )
                for ent in doc.ents
                if ent.label_ in self.labels and ent.text
            ]
