"""Labels that count as genes: one rule for models, programs, services and files."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from nerbench.errors import RecognizerError
from nerbench.spans.usual_labels import GENE_LABELS, is_gene_label


def fold_labels(labels: Collection[str] | None) -> frozenset[str]:
    """Return the labels that count as genes, case-folded: the card's, or the usual ones for None.

    >>> "protein" in fold_labels(None), fold_labels(["Cytokine"])
    (True, frozenset({'cytokine'}))
    """
    return frozenset(map(str.casefold, GENE_LABELS if labels is None else labels))


def gene_labels(
    labels: Iterable[str],
    wanted: Collection[str] | None,
    *,
    is_complete: bool = True,
    remedy: str = "name those that count as genes in a card",
) -> frozenset[str]:
    """Return the labels that count as genes, as the tool writes them, compared without case.

    ``wanted`` are the card's; None stands for the usual ones, an empty collection for no label.
    ``labels`` are all that a model can give (``is_complete``), or those that occur in a file: a
    file need not have all that are wanted, and its only label counts if none is wanted by name.

    Raises RecognizerError, naming the labels, if a wanted one is missing.

    >>> sorted(gene_labels(["Gene", "Disease"], None))
    ['Gene']
    >>> gene_labels(["Chemical", "Disease"], None)
    Traceback (most recent call last):
    nerbench.errors.RecognizerError: no gene label; it has Chemical, Disease: name those that \
count as genes in a card
    """
    names = sorted(set(labels))
    folded = fold_labels(wanted)
    matches = frozenset(
        label
        for label in names
        if (is_gene_label(label) if wanted is None else label.casefold() in folded)
    )
    if not is_complete and (matches or not names):
        return matches
    if not is_complete and wanted is None and len(names) == 1:
        return frozenset(names)
    missing = folded.difference(map(str.casefold, matches))
    if missing if wanted is not None else not matches:
        unknown = [label for label in wanted or () if label.casefold() in missing]
        reason = f"no label {', '.join(unknown)}" if unknown else "no gene label"
        raise RecognizerError(f"{reason}; it has {', '.join(names) or 'none'}: {remedy}")
    return matches
