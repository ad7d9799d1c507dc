"""Ensembles: several recognizers as one, by vote, or by the first that finds any mention."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from enum import StrEnum
from pathlib import Path
from typing import Literal, Self

from pydantic import Field

from nerbench.errors import RecognizerError
from nerbench.recognizers.cards import Card, digest
from nerbench.recognizers.contract import Recognizer
from nerbench.recognizers.predictor import Mentions, Predictor, as_predictor
from nerbench.records import Figure, Mention, Problem


class Rule(StrEnum):
    """The members that a mention needs: one, all, more than half; or the first member that finds
    any mention in a caption decides that caption.
    """

    UNION = "union"
    INTERSECTION = "intersection"
    MAJORITY = "majority"
    FIRST = "first-that-finds"


class EnsembleCard(Card):
    """The card of an ensemble: its ``members`` by name (or card, beside this one), and the rule."""

    kind: Literal["ensemble"]
    members: tuple[str, ...] = Field(min_length=2)
    rule: Rule

    @property
    def security_note(self) -> str:
        """The harm that its members' cards could do."""
        from nerbench.recognizers.registry import find_card

        return ", ".join(filter(None, (find_card(name).security_note for name in self.members)))

    def resolve_paths(self, folder: Path) -> Self:
        """Return the card with the paths of members' cards that lie beside it."""
        members = tuple(
            str(folder / name) if (folder / name).is_file() else name for name in self.members
        )
        return self.model_copy(update={"members": members})

    def load(self) -> Ensemble:
        """Return the ensemble of the loaded members.

        Raises RecognizerError if a member cannot be loaded.
        """
        from nerbench.recognizers.registry import load_recognizer

        if self in _LOADING.get():
            raise RecognizerError(f"{self.name} is a member of itself")
        outer = _LOADING.set((*_LOADING.get(), self))
        try:
            members = [load_recognizer(name) for name in self.members]
        except RecognizerError as error:
            raise RecognizerError(f"{self.name}: its member {error}") from None
        finally:
            _LOADING.reset(outer)
        return Ensemble(self.name, members, self.rule, self.threshold)


_LOADING: ContextVar[tuple[EnsembleCard, ...]] = ContextVar("loading", default=())
"""The ensembles whose members are being loaded."""


class Ensemble(Predictor):
    """Combines the mentions of its members.

    Under the voting rules a member supports a mention if one of its own overlaps it. Of the
    spans that members report, the one that most of them report is taken first, then the
    longest, then the leftmost; none that overlaps one taken already. Its score is the share
    of members that support it; its identifiers are all that members give the span. Mentions
    whose score is below ``threshold`` are left out.

    >>> from nerbench.recognizers.dictionary import LexiconRecognizer
    >>> two = Ensemble("both", [LexiconRecognizer("a"), LexiconRecognizer("b")], Rule.MAJORITY)
    >>> [(m.text, m.score) for m in next(two.recognize(["IL-6 binds"]))]
    [('IL-6', 1.0)]
    """

    def __init__(
        self,
        name: str,
        members: Sequence[Recognizer | Predictor],
        rule: Rule | str,
        threshold: float | None = None,
    ) -> None:
        self.name = name
        self.rule = Rule(rule)
        self.members = tuple(map(as_predictor, members))
        self.threshold = threshold
        for member in self.members:
            if not member.has_spans:
                raise RecognizerError(
                    f"{name}: its member {member.name} is a list of genes, without spans to combine"
                )
        self.trained_on = frozenset[str]().union(*(member.trained_on for member in self.members))
        self.fingerprint = digest(str(self.rule), [member.fingerprint for member in self.members])
        if threshold is not None:
            self.fingerprint = digest(self.fingerprint, threshold)

    @property
    def problems(self) -> Sequence[Problem]:  # type: ignore[override]
        """The inputs that members could not use."""
        return [problem for member in self.members for problem in member.problems]

    def notes(self) -> list[str]:
        """Return the members' notes."""
        return [note for member in self.members for note in member.notes()]

    def with_cache(self, cache: Callable[[Predictor], Predictor]) -> Ensemble:
        """Return the ensemble with the cache around its members."""
        members = [member.with_cache(cache) for member in self.members]
        return Ensemble(self.name, members, self.rule, self.threshold)

    def predict(self, figures: Sequence[Figure]) -> list[Mentions]:
        """Return the combined mentions of each figure. Raises RecognizerError if a member fails."""
        predictions = []
        for member in self.members:
            try:
                predictions.append(member.predict(figures))
            except RecognizerError as error:
                raise RecognizerError(f"{self.name}: its member {error}") from error
        return [
            tuple(mention for mention in self.combine(votes) if self._is_kept(mention))
            for votes in zip(*predictions, strict=True)
        ]

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """Yield the combined mentions of each text.

        Raises RecognizerError if a member fails, or is a file of predictions, which knows
        figures, not texts.
        """
        for member in self.members:
            if member.is_precomputed:
                raise RecognizerError(
                    f"{self.name}: its member {member.name} is a file of predictions, "
                    "which needs figures"
                )
        yield from map(list, self.predict([Figure("text", text) for text in texts]))

    def _is_kept(self, mention: Mention) -> bool:
        return self.threshold is None or mention.score is None or mention.score >= self.threshold

    def combine(self, votes: Sequence[Sequence[Mention]]) -> list[Mention]:
        """Return the mentions of one caption, given those that each member finds in it."""
        if self.rule is Rule.FIRST:
            return list(next((mentions for mentions in votes if mentions), ()))
        needed = {Rule.UNION: 1, Rule.MAJORITY: len(votes) // 2 + 1}.get(self.rule, len(votes))
        by_span: dict[tuple[int, int], list[Mention]] = {}
        for mentions in votes:
            for span, mention in {(m.start, m.end): m for m in mentions}.items():
                by_span.setdefault(span, []).append(mention)
        order = sorted(by_span, key=lambda span: (-len(by_span[span]), span[0] - span[1], span))
        taken: list[Mention] = []
        for start, end in order:
            if any(start < other.end and other.start < end for other in taken):
                continue
            support = sum(
                any(start < m.end and m.start < end for m in mentions) for mentions in votes
            )
            if support >= needed:
                same = by_span[start, end]
                ids = tuple(dict.fromkeys(gene_id for mention in same for gene_id in mention.ids))
                score = round(support / len(votes), 4)
                first = same[0]
                taken.append(Mention(start, end, first.text, first.label, score, ids))
        return sorted(taken, key=lambda mention: mention.start)
