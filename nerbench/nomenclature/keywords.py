"""Whose gene is a keyword? Give each entry of a flat gene list its organism.

A record's flat keyword list mixes organisms and says of none which it is. Two things tell:
how a symbol is written (``HSPA5`` is human, ``Hspa5`` is not, ``p53`` is the fly's), and
where it stands, since the list is a run of genes per organism, in the order in which the
record's `organisms_ner` names them. Both are weighed in one pass (Viterbi 1967); what
stays open is given to nobody.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from nerbench.nomenclature.folding import fold, normalize_typography
from nerbench.nomenclature.lexicon import Nomenclature

__all__ = ["assign_keywords"]

_TITLE = re.compile(r"[A-Z][0-9]*[a-z][A-Za-z0-9.-]*|[A-Z][a-z]?\d+[a-z]*")
_LOWER = re.compile(r"[a-z][a-z0-9.:-]+")
# How the symbols of the organisms that records name are written: NCBI Gene's usage.
_TITLE_TAXA = frozenset({"Mus musculus", "Rattus norvegicus", "Mus", "Rattus"})
_LOWER_TAXA = frozenset(
    {"Danio rerio", "Xenopus laevis", "Xenopus tropicalis", "Caenorhabditis elegans"}
)
_CAPITAL_TAXA = frozenset(
    {
        "Gallus gallus",
        "Sus scrofa",
        "Bos taurus",
        "Oryctolagus cuniculus",
        "Canis lupus familiaris",
        "Ovis aries",
        "Macaca mulatta",
        "Pan troglodytes",
    }
)

_TITLE_WAY, _LOWER_WAY, _CAPITAL_WAY, _ANY_WAY = 0, -1, -2, -3
_WAYS = {_TITLE_WAY: _TITLE_TAXA, _LOWER_WAY: _LOWER_TAXA, _CAPITAL_WAY: _CAPITAL_TAXA}

# Where a record does not say whose genes it lists: a mouse and a fish among them, perhaps.
_USUAL_STRANGERS = ("Mus musculus", "Danio rerio")


@dataclass(frozen=True, slots=True)
class _Run:
    """A stretch of the list that belongs to one organism: its name, its taxon if supported,
    and whether the record says that the organism is there.
    """

    name: str
    taxon: int | None
    named: bool = True

    @property
    def manner(self) -> int:
        """How symbols are written there: the taxon if it is supported, else a way.

        Runs of one manner are as likely to show a keyword.
        """
        if self.taxon is not None:
            return self.taxon
        return next((way for way, names in _WAYS.items() if self.name in names), _ANY_WAY)


def assign_keywords(
    keywords: Sequence[str],
    nomenclature: Nomenclature,
    organisms: Sequence[str] = (),
    organisms_ner: Sequence[str] = (),
) -> list[int | None]:
    """The taxon of each keyword, or None where it stays open.

    ``organisms`` and ``organisms_ner`` are the record's own lists, as names.

    >>> from nerbench.nomenclature.lexicon import load_nomenclature
    >>> assign_keywords(["p53", "dc", "bsk", "TP53", "Hspa5"], load_nomenclature(),
    ...     organisms_ner=["Drosophila melanogaster", "Homo sapiens", "Mus musculus"])
    [7227, 7227, 7227, 9606, None]
    """
    if not keywords:
        return []
    named = list(dict.fromkeys((*organisms_ner, *organisms)))
    foreign = [name for name in named if nomenclature.taxon_of(name) is None]
    only_supported = bool(named) and not foreign
    runs = [_Run(name, nomenclature.taxon_of(name)) for name in organisms_ner]
    ordered = any(run.taxon is not None for run in runs)
    if not ordered:
        # No order is known: genes of any organism, anywhere; those that are named come first.
        there = {nomenclature.taxon_of(name) for name in named}
        runs = [
            _Run(organism.name, organism.taxon, named=not named or organism.taxon in there)
            for organism in nomenclature.organisms
        ]
        runs += [_Run(name, None) for name in foreign]
        runs += [
            _Run(name, None, named=False)
            for name in _USUAL_STRANGERS
            if name not in named and nomenclature.taxon_of(name) is None
        ]
    if not (only_supported and ordered):
        runs.append(_Run("", None, named=False))
    path = _best_path(keywords, runs, nomenclature, ordered, bool(named))
    taxa = [
        _settle(keyword, runs[state], nomenclature, only_supported, ordered, bool(named))
        for keyword, state in zip(keywords, path, strict=True)
    ]
    where = [runs[state] for state in path]
    if not named and any(run.taxon is None for run in where):
        return taxa  # foreign genes stand among them, perhaps anywhere
    return _between(keywords, taxa, where, nomenclature)


def _between(
    keywords: Sequence[str],
    taxa: Sequence[int | None],
    runs: Sequence[_Run],
    nomenclature: Nomenclature,
) -> list[int | None]:
    """Give what is open to the organism that has the next settled keyword on either side, if
    all of them stand in one run.
    """
    settled = list(taxa)
    last: int | None = None
    for at, taxon in enumerate(taxa):
        if taxon is None:
            continue
        if last is not None and taxa[last] == taxon and len(set(runs[last : at + 1])) == 1:
            cased = nomenclature[taxon].organism.symbol_case
            for between in range(last + 1, at):
                if _could_be_symbol(keywords[between], cased):
                    settled[between] = taxon
        last = at
    return settled


def _settle(
    keyword: str,
    run: _Run,
    nomenclature: Nomenclature,
    only_supported: bool,
    ordered: bool,
    any_named: bool,
) -> int | None:
    """The keyword's organism, given the run it stands in."""
    owners = [taxon for taxon in nomenclature if keyword in nomenclature[taxon].exact]
    if run.taxon is None:
        # Case is the best evidence, unless an organism that is there writes symbols so, too.
        own = _likelihood(keyword, run.manner, nomenclature)
        clear = len(owners) == 1 and not (run.named and own > _WRITES_SO)
        return owners[0] if clear else None
    if len(owners) == 1:
        return owners[0]
    lexicon = nomenclature[run.taxon]
    if run.taxon in owners or keyword in lexicon.previous_symbols:
        return run.taxon
    if not run.named or not _could_be_symbol(keyword, lexicon.organism.symbol_case):
        return None
    known = bool(lexicon.by_folded_name(fold(keyword))) and not owners
    return run.taxon if ordered or known or (only_supported and any_named) else None


def _could_be_symbol(keyword: str, symbol_case: bool) -> bool:
    """Whether an organism's symbols are written so: with a letter, and where case does not
    count, without small ones (but for C1orf112 and its like).
    """
    if not any(map(str.isalpha, keyword)):
        return False
    return symbol_case or re.sub(r"C(\d+|X)orf", "", keyword).upper() == re.sub(
        r"C(\d+|X)orf", "", keyword
    )


_WRITES_SO = 0.3


@lru_cache(maxsize=1 << 15)
def _likelihood(keyword: str, manner: int, nomenclature: Nomenclature) -> float:
    """How likely a gene list of an organism whose symbols are so written shows this keyword."""
    if manner <= 0:
        return _foreign_likelihood(keyword, manner, nomenclature)
    lexicon = nomenclature[manner]
    if keyword in lexicon.exact:
        return 0.9
    if keyword in lexicon.previous_symbols:
        return 0.05
    elsewhere = any(keyword in nomenclature[taxon].exact for taxon in nomenclature)
    known = bool(lexicon.by_folded_name(fold(keyword)))
    if lexicon.organism.symbol_case:
        wordy = len(keyword) > 7 and keyword.isalpha()  # a chemical or a disease, rather
        return 0.0005 if elsewhere else 0.06 if known else 0.004 if wordy else 0.03
    if re.search(r"[a-z]", keyword):
        return 0.0002
    return 0.01 if known else 0.004


def _foreign_likelihood(keyword: str, way: int, nomenclature: Nomenclature) -> float:
    plain = normalize_typography(keyword)
    if way == _TITLE_WAY:
        return 0.6 if _TITLE.fullmatch(plain) else 0.05 if _LOWER.fullmatch(plain) else 0.005
    if way == _LOWER_WAY:
        return 0.8 if _LOWER.fullmatch(plain) else 0.005
    human = 9606 in nomenclature and keyword in nomenclature[9606].exact
    if way == _CAPITAL_WAY:
        return 0.3 if human else 0.05 if plain.isupper() else 0.005
    is_official = any(keyword in nomenclature[taxon].exact for taxon in nomenclature)
    return 0.002 if is_official else 0.02


def _best_path(
    keywords: Sequence[str],
    runs: Sequence[_Run],
    nomenclature: Nomenclature,
    ordered: bool,
    any_named: bool,
) -> list[int]:
    """The most likely run of each keyword. Where the order is known, runs never go back; an
    organism that the record does not name is an unlikely one where it names others.
    """
    switch, skip = math.log(0.02), math.log(0.2)
    unnamed = math.log(0.3) if any_named and not ordered else 0.0
    enter = np.array([0.0 if run.named else unnamed for run in runs])
    states = np.arange(len(runs))
    if ordered:
        ahead = states[:, None] - states - 1
        move = np.where(ahead >= 0, switch + skip * ahead, -np.inf)
        enter = enter + skip * states
    else:
        move = np.broadcast_to(switch + enter[:, None], (len(runs), len(runs))).copy()
    np.fill_diagonal(move, 0.0)
    manners = list(dict.fromkeys(run.manner for run in runs))
    alike = [manners.index(run.manner) for run in runs]
    shown = [
        [math.log(_likelihood(keyword, manner, nomenclature)) for manner in manners]
        for keyword in keywords
    ]
    emissions = np.array(shown)[:, alike]
    scores = enter + emissions[0]
    back = []
    for emission in emissions[1:]:
        came = scores + move  # (to, from)
        back.append(came.argmax(axis=1))
        scores = came.max(axis=1) + emission
    path = [int(scores.argmax())]
    for sources in reversed(back):
        path.append(int(sources[path[-1]]))
    return path[::-1]
