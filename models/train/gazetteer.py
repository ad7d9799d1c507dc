"""Make the gazetteer of the model, folded names with bit sets, from nerbench's lexicons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.recognizers.default.gazetteer import (
    FAMILY,
    FLY_SYMBOL,
    FLY_SYNONYM,
    FULL_NAME,
    HUMAN_SYMBOL,
    HUMAN_SYNONYM,
    MAX_NAME_LENGTH,
    fold_token,
    letter_case,
)
from nerbench.recognizers.default.tokens import tokenize

_BRACKET_TAIL = re.compile(r"\s*\([^()]*\)\s*$")
_COMMA_TAIL = re.compile(r",.*$")


def fold(text: str) -> str:
    """Return the folded tokens of a name, joined.

    >>> fold("TGF-β1"), fold("TGF-beta 1")
    ('tgfb1', 'tgfb1')
    """
    return "".join(fold_token(word) for word, _, _ in tokenize(text))


def names(nomenclature: Nomenclature) -> Iterator[tuple[str, int]]:
    """Yield every name of the human and the fly lexicon with the bit of its kind."""
    for taxon in nomenclature:
        lexicon = nomenclature[taxon]
        human = taxon == 9606
        kinds = {
            "full_name": FULL_NAME,
            "family": FAMILY,
            "synonym": HUMAN_SYNONYM if human else FLY_SYNONYM,
            "previous": HUMAN_SYNONYM if human else FLY_SYNONYM,
        }
        for symbol in lexicon.symbols:
            yield symbol, HUMAN_SYMBOL if human else FLY_SYMBOL
        for name in lexicon.full_names:
            if name:
                yield name, FULL_NAME
        for alias in lexicon.index.all_aliases():
            if alias.kind in kinds:  # a name that usually means no gene has another kind
                yield alias.name, kinds[alias.kind]


def build(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return folded names with the bits of all their kinds and spellings.

    >>> build([("IL-6", HUMAN_SYNONYM)]) == {"il6": HUMAN_SYNONYM | letter_case("IL-6")}
    True
    """
    entries: dict[str, int] = {}
    for name, flag in pairs:
        variants = {name}
        if flag == FULL_NAME:
            variants.add(_BRACKET_TAIL.sub("", name))
            if name.count(",") == 1 and len(name) > 20:
                variants.add(_COMMA_TAIL.sub("", name))
        for variant in variants:
            key = fold(variant)
            shortest = 1 if flag & (FLY_SYMBOL | HUMAN_SYMBOL) else 2
            if not shortest <= len(key) <= MAX_NAME_LENGTH or key.isdigit():
                continue
            spelling = 0 if flag == FULL_NAME else letter_case(variant)
            entries[key] = entries.get(key, 0) | flag | spelling
    return entries
