"""Which of a model's labels count as genes: one rule for every kind of neural model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nerbench.errors import RecognizerError
from nerbench.recognizers.cards import GENE_LABELS

__all__ = ["gene_labels"]


def gene_labels(known: Iterable[str], wanted: Sequence[str] | None) -> frozenset[str]:
    """The labels that count as genes, as the model writes them; case does not count.

    ``known`` are the model's labels. ``wanted`` None takes the usual ones of those; none wanted
    is none found. Raises RecognizerError, naming the model's labels, if it has not what is wanted.

    >>> sorted(gene_labels(["Gene", "Disease"], None))
    ['Gene']
    >>> gene_labels(["Chemical", "Disease"], None)
    Traceback (most recent call last):
    nerbench.errors.RecognizerError: no gene label; it has Chemical, Disease: name those that \
count as genes in a card
    """
    names = sorted(set(known))
    folded = {label.casefold() for label in (GENE_LABELS if wanted is None else wanted)}
    found = frozenset(label for label in names if label.casefold() in folded)
    missing = folded.difference(label.casefold() for label in found)
    if missing if wanted is not None else not found:
        unknown = [label for label in wanted or () if label.casefold() in missing]
        asked = f"no label {', '.join(unknown)}" if unknown else "no gene label"
        raise RecognizerError(
            f"{asked}; it has {', '.join(names) or 'none'}: name those that count as genes in a "
            "card"
        )
    return found
