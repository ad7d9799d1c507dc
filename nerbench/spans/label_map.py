"""Rename the labels of spans by patterns such as ``Uniprot:*=Gene``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from nerbench.errors import NerbenchError
from nerbench.spans.model import Annotations, Span


class LabelMap:
    """New labels by the pattern of the old ones, in which ``*`` stands for any characters.

    Case is ignored, and of several patterns that fit the first counts.

    >>> rename = LabelMap({"Uniprot:*": "Gene", "cell": ""})
    >>> rename("UNIPROT:P17046"), rename("Cell"), rename("Disease")
    ('Gene', '', 'Disease')
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._patterns = {name: _compile(name) for name in names}
        self._renamed: dict[str, str] = {}
        self._used: set[str] = set()

    def __call__(self, label: str) -> str:
        """Return the new label, the label itself if no pattern fits, or "" to leave it out."""
        if label not in self._renamed:
            fitting = (name for name, p in self._patterns.items() if p.fullmatch(label))
            pattern = next(fitting, None)
            if pattern is not None:
                self._used.add(pattern)
            self._renamed[label] = label if pattern is None else self._names[pattern]
        return self._renamed[label]

    @property
    def unused(self) -> list[str]:
        """The patterns that have renamed no label yet, in their order."""
        return [name for name in self._names if name not in self._used]

    def apply(self, annotations: Annotations) -> Annotations:
        """Return annotations with new labels, without the spans to leave out."""
        if not self._names:
            return annotations
        documents = tuple(
            replace(
                document,
                spans=self._rename(document.spans),
                alternatives=self._rename(document.alternatives),
            )
            for document in annotations.documents
        )
        return replace(annotations, documents=documents)

    def _rename(self, spans: Iterable[Span]) -> tuple[Span, ...]:
        named = ((span, self(span.label)) for span in spans)
        return tuple(replace(span, label=name) for span, name in named if name)


def parse_label_map(rules: Iterable[str]) -> dict[str, str]:
    """Return the new labels by pattern from rules FROM=TO, as the option ``--map`` takes them.

    >>> parse_label_map(["Uniprot:*=Gene", "Cell="])
    {'Uniprot:*': 'Gene', 'Cell': ''}
    >>> parse_label_map(["Gene"])
    Traceback (most recent call last):
    nerbench.errors.NerbenchError: --map Gene: write FROM=TO, such as 'Uniprot:*=Gene'
    """
    names: dict[str, str] = {}
    for rule in rules:
        pattern, equals, name = (part.strip() for part in rule.partition("="))
        if not equals or not pattern:
            raise NerbenchError(f"--map {rule}: write FROM=TO, such as 'Uniprot:*=Gene'")
        if names.setdefault(pattern, name) != name:
            raise NerbenchError(f"--map {rule}: {pattern} has the new label {names[pattern]!r} too")
    return names


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*"), re.IGNORECASE | re.DOTALL)
