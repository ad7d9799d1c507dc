"""Rules of the captions' guideline on which tokens belong to a name, whatever the networks say."""

from __future__ import annotations

from collections.abc import Container, Sequence

from nerbench.recognizers.default.crf import ScoredSpan
from nerbench.recognizers.default.definitions import Definition
from nerbench.recognizers.default.gazetteer import fold_token
from nerbench.recognizers.default.tokens import Token

_DASHES = ("-", "‐", "‑", "–")
_JOINTS = ("/", *_DASHES)  # within a composite, as in `Bmp2–pSmad1/5/8`


def outside(tokens: Sequence[Token], known: Container[str]) -> list[int]:
    """Return the tokens of no name: a dash with blanks around it, a long dash, the p of `p-Tau`.

    >>> outside([("LH", 0, 2), ("-", 3, 4), ("p", 5, 6), ("ERK", 6, 9)], {"erk"})
    [1, 2]
    """
    numbers = []
    for k, (word, start, end) in enumerate(tokens):
        after = tokens[k + 1 : k + 3]
        is_joined = k > 0 and tokens[k - 1][0] in _JOINTS and tokens[k - 1][2] == start
        if word == "p" and after and not is_joined:
            name = after[-1 if after[0][0] in _DASHES else 0][0]
            is_outside = fold_token(name) in known
        elif word in _DASHES and after and k:
            is_outside = tokens[k - 1][2] < start and end < after[0][1]
        else:
            is_outside = word == "—"
        numbers += [k] * is_outside
    return numbers


def add_short_forms(
    tokens: Sequence[Token], names: Sequence[ScoredSpan], defined: Sequence[Definition]
) -> list[ScoredSpan]:
    """Return names with all places of the short forms whose long forms are names.

    >>> tokens = [("Wingless", 0, 8), ("(", 9, 10), ("Wg", 10, 12)]
    >>> add_short_forms(tokens, [(0, 1, 0.9)], [(2, 0, 1)])
    [(0, 1, 0.9), (2, 3, 0.9)]
    """
    scores: dict[str, float] = {}
    for short, first, last in defined:
        for start, end, score in names:
            if start <= first and last <= end and not start <= short < end:
                scores[tokens[short][0]] = score
    taken = {k for start, end, _ in names for k in range(start, end)} if scores else ()
    free = [k for k, (word, _, _) in enumerate(tokens) if word in scores and k not in taken]
    return sorted([*names, *((k, k + 1, scores[tokens[k][0]]) for k in free)])
