"""Several recognizers as one: they vote on mentions, or the first that finds any is heard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextvars import ContextVar
from enum import StrEnum
from functools import cached_property
from itertools import tee
from pathlib import Path
from typing import Literal, Self

from pydantic import Field

from nerbench.errors import RecognizerError
from nerbench.recognizers.cards import Card, digest
from nerbench.recognizers.contract import Recognizer
from nerbench.recognizers.predictor import Predictor
from nerbench.records import Mention, Problem

__all__ = ["Ensemble", "EnsembleCard", "Rule"]


class Rule(StrEnum):
    """How members are heard: a mention needs one of them, all, more than half; or the first
    member that finds anything in a caption decides it.
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
        """What its members' cards could do."""
        from nerbench.recognizers.registry import find_card

        return ", ".join(filter(None, (find_card(name).security_note for name in self.members)))

    def resolve_paths(self, folder: Path) -> Self:
        """The card with the paths of members' cards that lie beside it."""
        near = tuple(
            str(folder / name) if (folder / name).is_file() else name for name in self.members
        )
        return self.model_copy(update={"members": near})

    def load(self) -> Ensemble:
        """The ensemble of the loaded members. Raises RecognizerError if one cannot be loaded."""
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
        return Ensemble(self.name, members, self.rule)


_LOADING: ContextVar[tuple[EnsembleCard, ...]] = ContextVar("loading", default=())
"""The ensembles whose members are being loaded."""


class Ensemble:
    """Combines the mentions of its members.

    Under the voting rules a member supports a mention if one of its own overlaps it. Of the
    spans that members report, the one that most of them report is taken first, then the
    longest, then the leftmost; none that overlaps one taken already. Its score is the share
    of members that support it; its identifiers are all that members give the span.

    >>> from nerbench.recognizers.dictionary import LexiconRecognizer
    >>> two = Ensemble("both", [LexiconRecognizer("a"), LexiconRecognizer("b")], Rule.MAJORITY)
    >>> [(m.text, m.score) for m in next(two.recognize(["IL-6 binds"]))]
    [('IL-6', 1.0)]
    """

    def __init__(
        self, name: str, members: Sequence[Recognizer | Predictor], rule: Rule | str
    ) -> None:
        self.name = name
        self.members = tuple(members)
        self.rule = Rule(rule)

    @cached_property
    def fingerprint(self) -> str:
        """Changes with the rule and with any member."""
        return digest(str(self.rule), [member.fingerprint for member in self.members])

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """Yield the combined mentions of each text.

        Raises RecognizerError if a member is a file of predictions, which knows figures, not
        texts: `nerbench.evaluate` runs such an ensemble.
        """
        streams = []
        for member, copy in zip(self.members, tee(texts, len(self.members)), strict=True):
            if not isinstance(member, Recognizer):
                raise RecognizerError(
                    f"{self.name}: its member {member.name} is a file of predictions, "
                    "which needs figures"
                )
            streams.append(member.recognize(copy))
        for found in zip(*streams, strict=True):
            yield self.combine(found)

    @property
    def problems(self) -> list[Problem]:
        """What could not be used of members that are files of predictions."""
        return [one for member in self.members for one in getattr(member, "problems", ())]

    def notes(self) -> list[str]:
        """What the members that are no files of predictions have to say after a run."""
        recognizers = [member for member in self.members if isinstance(member, Recognizer)]
        return [note for member in recognizers for note in getattr(member, "notes", list)()]

    def combine(self, found: Sequence[Sequence[Mention]]) -> list[Mention]:
        """The mentions of one caption, of those that each member found in it."""
        if self.rule is Rule.FIRST:
            return list(next((mentions for mentions in found if mentions), ()))
        needed = {Rule.UNION: 1, Rule.MAJORITY: len(found) // 2 + 1}.get(self.rule, len(found))
        spans: dict[tuple[int, int], list[Mention]] = {}
        for mentions in found:
            for span, mention in {(m.start, m.end): m for m in mentions}.items():
                spans.setdefault(span, []).append(mention)
        order = sorted(spans, key=lambda span: (-len(spans[span]), span[0] - span[1], span))
        taken: list[Mention] = []
        for start, end in order:
            if any(start < other.end and other.start < end for other in taken):
                continue
            support = sum(
                any(start < m.end and m.start < end for m in mentions) for mentions in found
            )
            if support >= needed:
                same = spans[start, end]
                ids = tuple(dict.fromkeys(one for mention in same for one in mention.ids))
                score = round(support / len(found), 4)
                first = same[0]
                taken.append(Mention(start, end, first.text, first.label, score, ids))
        return sorted(taken, key=lambda mention: mention.start)
