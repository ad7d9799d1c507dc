"""The gazetteer of the model: folded gene names with flags, made from nerbench's lexicons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.recognizers.default.features import (
    FAMILY,
    FLY_SYMBOL,
    FLY_SYNONYM,
    FULL_NAME,
    HUMAN_SYMBOL,
    HUMAN_SYNONYM,
    LOWER,
    MIXED,
    UPPER,
    fold,
)

_LONGEST = 70
_BRACKET_TAIL = re.compile(r"\s*\([^()]*\)\s*$")
_COMMA_TAIL = re.compile(r",.*$")


def names(nomenclature: Nomenclature) -> Iterator[tuple[str, int]]:
    """(name, flag) of every name of the human and the fly lexicon."""
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
        for spellings in lexicon.synonyms.values():
            for name, kind in spellings:
                yield name, kinds[kind]


def build(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Folded names with the union of their flags and spellings.

    >>> build([("IL-6", HUMAN_SYNONYM)]) == {"il6": HUMAN_SYNONYM | UPPER}
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
            least = 1 if flag & (FLY_SYMBOL | HUMAN_SYMBOL) else 2
            if not least <= len(key) <= _LONGEST or key.isdigit() or "\n" in key or "\t" in key:
                continue
            spelling = 0
            if flag != FULL_NAME:
                spelling = UPPER if variant.isupper() else LOWER if variant.islower() else MIXED
            entries[key] = entries.get(key, 0) | flag | spelling
    return entries
