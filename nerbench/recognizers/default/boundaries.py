"""Rules of the captions' guideline on which tokens belong to a name, whatever the networks say."""

from __future__ import annotations

from collections.abc import Container, Sequence

from nerbench.recognizers.default.crf import CERTAIN, O, ScoredSpan, decode
from nerbench.recognizers.default.definitions import Definition
from nerbench.recognizers.default.features import Array
from nerbench.recognizers.default.gazetteer import fold_token
from nerbench.recognizers.default.tokens import Token

_DASHES = ("-", "‐", "‑", "–")
_JOINTS = ("/", *_DASHES)  # within a composite, as in `Bmp2–pSmad1/5/8`
_PARTS = frozenset(("domain", "domains", "motif", "motifs", "element", "elements"))


def outside(tokens: Sequence[Token], known: Container[str]) -> list[int]:
    """Return the tokens of no name: a dash with blanks around it, a long dash, the p of `p-Tau`."""
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


def divide(tokens: Sequence[Token], names: Sequence[ScoredSpan], rows: Array) -> list[ScoredSpan]:
    """Return names without odd brackets, decoded again; and `SK shikimate kinase` as two names."""
    divided = []
    for start, end, score in names:
        parts = [(start, end, score)]
        brackets = [k for k in range(start, end) if tokens[k][0] in "()[]"]
        if len(brackets) % 2:
            joints = [k + 1 for k in brackets if k + 1 < end and tokens[k + 1][0] in _JOINTS]
            rows[brackets + joints, O] += CERTAIN
            parts = [(start + i, start + j, p) for i, j, p in decode([rows[start:end]])[0]]
        for i, j, p in parts:
            k = _long_form(tokens, i, j)
            divided += [(i, k, p), (k, j, p)] if k else [(i, j, p)]
    return divided


def _long_form(tokens: Sequence[Token], start: int, end: int) -> int:
    """Return the first token of the long form in a name such as `SK shikimate kinase`, or 0."""
    k = start + 1
    while k < end and tokens[k][1] == tokens[k - 1][2]:
        k += 1
    short = "".join(word for word, _, _ in tokens[start:k] if word not in _DASHES)
    words = [word.lower() for word, _, _ in tokens[k:end] if word.isalpha()]
    if len(words) < 2 or tokens[k][0] == "(" or not short.isalpha() or short.islower():
        return 0
    short, letters = short.lower(), iter("".join(words))
    ends_meet = short[0] == words[0][0] and words[-1][0] in short[1:]
    return k if ends_meet and all(char in letters for char in short) else 0


def drop_domains(tokens: Sequence[Token], names: Sequence[ScoredSpan]) -> list[ScoredSpan]:
    """Return names without those of domains, motifs and elements, also in `Long (SF) domain`."""
    words = [word.lower() for word, _, _ in tokens]
    ends: set[int] = set()
    for k in (k for k, word in enumerate(words) if word in _PARTS):
        ends.add(k - 1 if words[k - 1] == ")" else k)
        ends.add(k - 3 if words[k - 3 : k : 2] == ["(", ")"] else k)
    return [name for name in names if name[1] not in ends]


def add_short_forms(
    tokens: Sequence[Token], names: Sequence[ScoredSpan], defined: Sequence[Definition]
) -> list[ScoredSpan]:
    """Return names with all places of the short forms whose long forms are names."""
    scores: dict[str, float] = {}
    for short, first, last in defined:
        for start, end, score in names:
            if start <= first and last <= end and not start <= short < end:
                scores[tokens[short][0]] = score
    taken = {k for start, end, _ in names for k in range(start, end)} if scores else ()
    free = [k for k, (word, _, _) in enumerate(tokens) if word in scores and k not in taken]
    return sorted([*names, *((k, k + 1, scores[tokens[k][0]]) for k in free)])
