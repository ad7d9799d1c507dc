"""Read identifiers that say that a mention names no gene, as NLM-Gene's gold has them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from nerbench.identifiers import names_no_gene, split_identifiers
from nerbench.spans.model import Annotations, Span

_NIL = "NIL"
# NIL is the only such identifier that the published script of the schemes knows. Its files have
# others, which count as identifiers there.
_OF_THE_SCRIPT = frozenset(("NIL", "-", "-1"))


def read_no_genes(
    gold: Annotations, predictions: Annotations
) -> tuple[Annotations, Annotations, tuple[str, ...]]:
    """Return both sides with their identifiers that name no gene read, and notes on them.

    If gold has such identifiers of a convention that the published script does not have (`-222`),
    its mentions with no other are `NIL`, which the schemes ignore, and such identifiers of
    predictions are none. Else all but `NIL` stay what they are for the script: identifiers.
    """
    others, predicted = _count_others(gold), _count_others(predictions)
    if all(map(_is_of_the_script, others)):
        notes = (
            f"{side.source}: identifiers that name no gene: {_listed(counts)}; compared as all "
            "others, as in the published script"
            for side, counts in ((gold, others), (predictions, predicted))
            if counts
        )
        return gold, predictions, tuple(notes)
    note = f"{gold.source}: mentions that name no gene: {_listed(others)}; ignored on both sides"
    return _read(gold, (_NIL,)), _read(predictions, ()), (note,)


def _plain(identifier: str) -> str:
    return identifier.rpartition(":")[2].strip().upper()


def _is_of_the_script(identifier: str) -> bool:
    return _plain(identifier) in _OF_THE_SCRIPT


def _is_other(identifier: str) -> bool:
    return _plain(identifier) != _NIL and names_no_gene(identifier)


def _count_others(side: Annotations) -> Counter[str]:
    spans = (span for document in side.documents for span in document.spans if span.ids)
    fields = Counter(span.ids for span in spans)
    counts: Counter[str] = Counter()
    for ids, count in fields.items():
        for identifier in (part for field in ids for part in split_identifiers(field)):
            if _is_other(identifier):
                counts[identifier] += count
    return counts


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} ({count:,})" for name, count in counts.most_common(5))


def _read(side: Annotations, none: tuple[str, ...]) -> Annotations:
    """Return a side without identifiers of no gene, those of a mention with no other ``none``."""
    documents = tuple(
        replace(document, spans=tuple(_read_span(span, none) for span in document.spans))
        for document in side.documents
    )
    return replace(side, documents=documents)


def _read_span(span: Span, none: tuple[str, ...]) -> Span:
    ids = [identifier for field in span.ids for identifier in split_identifiers(field)]
    kept = tuple(identifier for identifier in ids if not _is_other(identifier))
    return span if len(kept) == len(ids) else replace(span, ids=kept or none)
