"""Predictions as files: one JSON object a line, a figure's id and its mentions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from nerbench.errors import NerbenchError, RecordError
from nerbench.records import Figure, Mention, Problem

__all__ = ["PredictionFile", "mention_fields", "prediction_line", "read_mention"]

_MOST_REPORTED = 20


class PredictionFile:
    """Predictions made elsewhere, or by `nerbench predict`.

    A mention whose offsets or text disagree with the caption is left out and reported with
    its line. Raises NerbenchError if the file cannot be read or holds no prediction.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name.removesuffix(".jsonl").removesuffix(".json") or path.name
        self.problems: list[Problem] = []
        self._found: dict[str, tuple[int, list[Mention]]] = {}
        self._used: set[str] = set()
        self._absent: list[str] = []
        digest = sha256()
        try:
            with path.open("rb") as lines:
                for number, line in enumerate(lines, start=1):
                    digest.update(line)
                    if line.strip():
                        self._take(line, number)
        except OSError as error:
            raise NerbenchError(f"{path}: cannot be read: {error.strerror}") from None
        if not self._found:
            first = f" ({self.problems[0]})" if self.problems else ""
            raise NerbenchError(
                f"{path}: holds no prediction{first}; a line is "
                '{"id": FIGID, "mentions": [{"start": 0, "end": 4, "text": "IL-6"}]}'
            )
        self.fingerprint = digest.hexdigest()[:16]

    def _take(self, line: bytes, number: int) -> None:
        where = f"{self.path}:{number}"
        try:
            figid, mentions, bad = _parse_line(line)
        except RecordError as error:
            self.problems.append(Problem(where, str(error)))
            return
        self.problems += [Problem(where, reason) for reason in bad]
        if figid in self._found:
            reason = f"figure {figid} was predicted on line {self._found[figid][0]} already"
            self.problems.append(Problem(where, reason))
        else:
            self._found[figid] = (number, mentions)

    def predict(self, figures: Sequence[Figure]) -> list[tuple[Mention, ...]]:
        """The file's mentions of each figure; none for a figure that it does not have."""
        return [tuple(self._of(figure)) for figure in figures]

    def _of(self, figure: Figure) -> Iterator[Mention]:
        if figure.figid not in self._found:
            self._absent.append(figure.figid)
            return
        self._used.add(figure.figid)
        number, mentions = self._found[figure.figid]
        for mention in mentions:
            try:
                mention.check(figure.caption)
            except RecordError as error:
                where = f"{self.path}:{number}"
                self.problems.append(Problem(where, f"figure {figure.figid}: {error}"))
            else:
                yield mention

    def notes(self) -> list[str]:
        """What the user should know after scoring: figures on one side only."""
        unknown = [figid for figid in self._found if figid not in self._used]
        found = []
        if unknown:
            found.append(
                f"{self.path}: {len(unknown)} predicted figures are not in the corpus: "
                f"{_first(unknown)}"
            )
        if self._absent:
            found.append(
                f"{self.path}: {len(self._absent)} figures of the corpus have no prediction, "
                f"scored as no mentions: {_first(self._absent)}"
            )
        return found

    @property
    def is_useless(self) -> bool:
        """Whether not one predicted figure was in the corpus."""
        return not self._used


def _first(figids: Sequence[str]) -> str:
    return ", ".join(figids[:3]) + (", ..." if len(figids) > 3 else "")


def _parse_line(line: bytes) -> tuple[str, list[Mention], list[str]]:
    """A line's figure id, its usable mentions, and why others are not."""
    try:
        entry: Any = json.loads(line)
    except (ValueError, RecursionError):
        raise RecordError("no JSON object") from None
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        raise RecordError('no prediction: the field "id" (a figure id) is missing')
    if not isinstance(entry.get("mentions"), list):
        raise RecordError('no prediction: the field "mentions" (a list) is missing')
    mentions, bad = [], []
    for item in entry["mentions"]:
        try:
            mentions.append(read_mention(item))
        except RecordError as error:
            bad.append(f"figure {entry['id']}: {error}")
    return entry["id"], mentions, bad


def read_mention(item: Any) -> Mention:
    """A mention from its JSON object. Raises RecordError, saying which field is wrong.

    >>> read_mention({"start": 18, "end": 22, "text": "IL-6"}).label
    'GENE'
    """
    if not isinstance(item, dict):
        raise RecordError(f"a mention is an object, not {str(item)[:40]!r}")
    start, end, text = item.get("start"), item.get("end"), item.get("text")
    for field, value in (("start", start), ("end", end)):
        if not isinstance(value, int) or isinstance(value, bool):
            raise RecordError(f"a mention's {field} is an integer, not {value!r}")
    if not isinstance(text, str):
        raise RecordError(f"a mention's text is a string, not {text!r}")
    score, ids = item.get("score"), item.get("ids") or ()
    if score is not None and (not isinstance(score, int | float) or isinstance(score, bool)):
        raise RecordError(f"a mention's score is a number, not {score!r}")
    if not isinstance(ids, list | tuple):
        raise RecordError(f"a mention's ids are a list, not {ids!r}")
    label = str(item.get("label") or "GENE")
    score = None if score is None else float(score)
    return Mention(start, end, text, label, score, tuple(map(str, ids)))  # type: ignore[arg-type]


def prediction_line(figid: str, mentions: Iterable[Mention]) -> str:
    """A figure's predictions as one line of JSON; score and ids only where there are any.

    >>> prediction_line("PMC1__f1", [Mention(18, 22, "IL-6")])
    '{"id": "PMC1__f1", "mentions": [{"start": 18, "end": 22, "text": "IL-6", "label": "GENE"}]}'
    """
    items = [mention_fields(mention) for mention in mentions]
    return json.dumps({"id": figid, "mentions": items}, ensure_ascii=False)


def mention_fields(mention: Mention) -> dict[str, Any]:
    """A mention as a JSON object; score and ids only where there are any.

    >>> mention_fields(Mention(18, 22, "IL-6"))
    {'start': 18, 'end': 22, 'text': 'IL-6', 'label': 'GENE'}
    """
    fields: dict[str, Any] = {
        "start": mention.start,
        "end": mention.end,
        "text": mention.text,
        "label": mention.label,
    }
    if mention.score is not None:
        fields["score"] = mention.score
    if mention.ids:
        fields["ids"] = list(mention.ids)
    return fields
