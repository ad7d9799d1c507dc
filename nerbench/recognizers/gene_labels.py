"""Labels that count as genes: one rule for models, programs, services and files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from nerbench.errors import RecognizerError
from nerbench.spans.usual_labels import is_gene_label


def label_rule(labels: Collection[str] | None) -> Callable[[str], bool]:
    """Return what tells whether a label counts as a gene: the card's, or the usual ones for None.

    >>> label_rule(None)("protein:GFP"), label_rule(["Cytokine"])("cytokine")
    (True, True)
    """
    if labels is None:
        return is_gene_label
    folded = frozenset(map(str.casefold, labels))
    return lambda label: label.casefold() in folded


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
    matches = frozenset(filter(label_rule(wanted), names))
    if not is_complete and (matches or not names):
        return matches
    if not is_complete and wanted is None and len(names) == 1:
        return frozenset(names)
    matched = frozenset(map(str.casefold, matches))
    unknown = [label for label in wanted or () if label.casefold() not in matched]
    if unknown or (wanted is None and not matches):
        reason = f"no label {', '.join(unknown)}" if unknown else "no gene label"
        raise RecognizerError(f"{reason}; it has {', '.join(names) or 'none'}: {remedy}")
    return matches
