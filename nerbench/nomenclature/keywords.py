"""Assign each keyword of a flat gene list to its organism.

The evidence is how a symbol is written (``HSPA5`` is human, ``Hspa5`` is not) and where it stands:
the list is a sequence of segments, one per organism, in the order of the record's `organisms_ner`.
A hidden Markov model whose states are the segments weighs both.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from nerbench.folding import fold, normalize_typography
from nerbench.nomenclature.lexicon import Nomenclature

_TITLE_CASE = re.compile(r"[A-Z][0-9]*[a-z][A-Za-z0-9.-]*|[A-Z][a-z]?\d+[a-z]*")  # Hspa5, H2k1
_LOWER_CASE = re.compile(r"[a-z][a-z0-9.:-]+(?:\.[LS])?")  # ace2, unc-13, egfr.L
_BACTERIAL = re.compile(r"[a-z]{3}[A-Z]?\d*")  # fumA, crp
_OPEN_READING_FRAME = re.compile(r"C(\d+|X)orf")  # C1orf112: a human symbol with small letters


class _Style(StrEnum):
    """The way in which an organism without a lexicon writes its symbols."""

    TITLE = "Title"
    LOWER = "lower"
    CAPITAL = "CAPITAL"
    BACTERIAL = "bacTerial"
    UNKNOWN = "unknown"


# NCBI Gene's usage, for the organisms that PFOCR records name, by genus and species.
_STYLES = {
    **dict.fromkeys(("Mus musculus", "Rattus norvegicus", "Mus", "Rattus"), _Style.TITLE),
    **dict.fromkeys(("Danio rerio", "Xenopus laevis", "Xenopus tropicalis"), _Style.LOWER),
    **dict.fromkeys(("Caenorhabditis elegans", "Schizosaccharomyces pombe"), _Style.LOWER),
    **dict.fromkeys(("Arabidopsis thaliana", "Saccharomyces cerevisiae"), _Style.CAPITAL),
    **dict.fromkeys(("Escherichia coli", "Bacillus subtilis"), _Style.BACTERIAL),
    **dict.fromkeys(("Gallus gallus", "Sus scrofa", "Bos taurus", "Ovis aries"), _Style.CAPITAL),
    **dict.fromkeys(("Oryctolagus cuniculus", "Canis lupus familiaris"), _Style.CAPITAL),
    **dict.fromkeys(("Macaca mulatta", "Pan troglodytes"), _Style.CAPITAL),
}

# Added where a record gives no order: its list may hold genes of a mouse or a fish.
_FREQUENT_FOREIGN = ("Mus musculus", "Danio rerio")

# The likelihoods are set by hand, as round numbers: only their ratios matter. "Counted" means: on
# the 44 PFOCR records of 2023 whose gene tables tell the organism: 1,135 keywords of human, 503 of
# fly, 86 of mouse or rat and 56 of zebrafish. Transitions are per pair of neighbours in the list.
_SWITCH = 0.02  # the next keyword begins another segment; counted: 97 of 1,839 pairs
_SKIP = 0.2  # an organism that `organisms_ner` names has no keyword in the list
_UNNAMED = 0.3  # a segment of an organism that the record does not name, where it names others

# Above this likelihood, a foreign organism that the record names writes its own symbols like the
# keyword: that it is the exact symbol of a supported organism is then no proof.
_OWN_STYLE = 0.25


@dataclass(frozen=True, slots=True)
class _Segment:
    """A part of the list that holds one organism's genes: a state of the model."""

    name: str  # empty for any organism
    taxon: int | None  # None for an organism without a lexicon
    is_named: bool = True  # by the record

    @property
    def writing(self) -> int | _Style:
        """The taxon or the style; it alone decides how likely the segment shows a keyword."""
        species = " ".join(self.name.split()[:2])  # without the strain
        return _STYLES.get(species, _Style.UNKNOWN) if self.taxon is None else self.taxon


@dataclass(frozen=True, slots=True)
class _Layout:
    """The segments that a record's list can have."""

    segments: list[_Segment]
    is_ordered: bool  # they follow each other in this order; otherwise any can follow any
    names_any: bool  # the record names an organism
    names_only_supported: bool  # and every organism that it names has a lexicon


def assign_keywords(
    keywords: Sequence[str],
    nomenclature: Nomenclature,
    organisms: Sequence[str] = (),
    organisms_ner: Sequence[str] = (),
) -> list[int | None]:
    """Return the taxon of each keyword, or None where it is unassigned.

    >>> from nerbench.nomenclature.lexicon import load_nomenclature
    >>> assign_keywords(["p53", "dc", "bsk", "TP53", "Hspa5"], load_nomenclature(),
    ...     organisms_ner=["Drosophila melanogaster", "Homo sapiens", "Mus musculus"])
    [7227, 7227, 7227, 9606, None]
    """
    if not keywords:
        return []
    layout = _lay_out(nomenclature, organisms, organisms_ner)
    path = [layout.segments[state] for state in _best_path(keywords, layout, nomenclature)]
    taxa = [
        _assign(keyword, segment, layout, nomenclature)
        for keyword, segment in zip(keywords, path, strict=True)
    ]
    if not layout.names_any and any(segment.taxon is None for segment in path):
        return taxa  # foreign genes can stand anywhere in the list, also within a gap
    return _fill_gaps(keywords, taxa, path, layout, nomenclature)


def _lay_out(
    nomenclature: Nomenclature, organisms: Sequence[str], organisms_ner: Sequence[str]
) -> _Layout:
    """Return the segments: those of `organisms_ner` in order, or else of all organisms."""
    named = list(dict.fromkeys((*organisms_ner, *organisms)))
    foreign = [name for name in named if nomenclature.taxon_of(name) is None]
    segments = [_Segment(name, nomenclature.taxon_of(name)) for name in organisms_ner]
    is_ordered = any(segment.taxon is not None for segment in segments)
    if not is_ordered:
        named_taxa = {nomenclature.taxon_of(name) for name in named}
        segments = [
            _Segment(organism.name, organism.taxon, not named or organism.taxon in named_taxa)
            for organism in nomenclature.organisms
        ]
        segments += [_Segment(name, None) for name in foreign]
        segments += [
            _Segment(name, None, is_named=False)
            for name in _FREQUENT_FOREIGN
            if name not in named and nomenclature.taxon_of(name) is None
        ]
    names_only_supported = bool(named) and not foreign
    if not (names_only_supported and is_ordered):
        segments.append(_Segment("", None, is_named=False))
    return _Layout(segments, is_ordered, bool(named), names_only_supported)


def _best_path(keywords: Sequence[str], layout: _Layout, nomenclature: Nomenclature) -> list[int]:
    """Return the index of each keyword's segment on the most likely path (Viterbi 1967).

    1. ``transition[to, from]`` is the log-likelihood of going from one segment to another. To stay
       costs nothing. In an ordered layout the path never goes back, and each segment that it skips
       costs ``_SKIP``; otherwise a segment that the record does not name costs ``_UNNAMED``.
    2. ``emission[i, state]`` is the log-likelihood that the segment shows keyword i.
    3. ``score[state]`` is that of the best path so far that ends in the segment. For each next
       keyword take the best segment to come from, and remember it in ``previous``.
    4. The path that ends with the best score is read backwards through ``previous``.
    """
    segments = layout.segments
    states = np.arange(len(segments))
    unnamed = math.log(_UNNAMED) if layout.names_any and not layout.is_ordered else 0.0
    start = np.array([0.0 if segment.is_named else unnamed for segment in segments])
    if layout.is_ordered:
        skipped = states[:, None] - states - 1
        transition = np.where(skipped >= 0, math.log(_SWITCH) + math.log(_SKIP) * skipped, -np.inf)
        start = start + math.log(_SKIP) * states
    else:
        transition = np.tile(math.log(_SWITCH) + start[:, None], len(segments))
    np.fill_diagonal(transition, 0.0)

    writings = list(dict.fromkeys(segment.writing for segment in segments))
    rows = [[_likelihood(k, writing, nomenclature) for writing in writings] for k in keywords]
    by_writing = np.array([[math.log(likelihood) for likelihood in row] for row in rows])
    emission = by_writing[:, [writings.index(segment.writing) for segment in segments]]

    score = start + emission[0]
    previous = []
    for keyword_emission in emission[1:]:
        candidates = score + transition  # (to, from)
        previous.append(candidates.argmax(axis=1))
        score = candidates.max(axis=1) + keyword_emission
    path = [int(score.argmax())]
    for best_origin in reversed(previous):
        path.append(int(best_origin[path[-1]]))
    return path[::-1]


def _likelihood(keyword: str, writing: int | _Style, nomenclature: Nomenclature) -> float:
    """Return how likely a gene list of an organism of this writing shows the keyword."""
    if isinstance(writing, _Style):
        return _foreign_likelihood(keyword, writing, nomenclature)
    lexicon = nomenclature[writing]
    is_ortholog = _is_ortholog(keyword, nomenclature)
    if keyword in lexicon.exact:
        # An official symbol; counted: 1,132 of 1,135 in human, 427 of 503 in fly, of which 55 are
        # human symbols but for their case (Egfr): the mouse has these, too.
        return 0.2 if is_ortholog else 0.9
    if keyword in lexicon.previous_symbols:
        return 0.05  # a former official symbol: older records have them; counted: 1 of 1,135
    is_official_elsewhere = any(keyword in nomenclature[taxon].exact for taxon in nomenclature)
    is_known = bool(lexicon.by_folded_name(fold(keyword)))
    if lexicon.organism.symbol_case:
        if is_official_elsewhere:
            return 0.0005  # written exactly as another organism's symbol: almost surely that one's
        if is_ortholog:
            return 0.01  # counted: 12 of 503
        if keyword.isupper() and len(keyword) > 1:
            return 0.008 if is_known else 0.002  # counted: 4 and 0 of 503
        if is_known:
            return 0.06  # a synonym, or a symbol in other case; counted: 16 of 503 in fly
        # An unknown symbol (counted: 49 of 503, the fly table is old), but for long words
        # without a digit: more probably a chemical or a disease.
        return 0.004 if len(keyword) > 7 and keyword.isalpha() else 0.03
    if re.search(r"[a-z]", keyword):
        return 0.0002  # an organism that writes capitals; small letters: counted 0 of 1,135
    return 0.01 if is_known else 0.004  # a synonym (counted: 2 of 1,135); an unknown symbol


def _is_ortholog(keyword: str, nomenclature: Nomenclature) -> bool:
    """Return whether a keyword is a symbol in capitals but for its case: Hspa5, mtor."""
    capitals = keyword.upper()
    return keyword != capitals and any(
        capitals in nomenclature[taxon].exact
        for taxon in nomenclature
        if not nomenclature[taxon].organism.symbol_case
    )


def _foreign_likelihood(keyword: str, style: _Style, nomenclature: Nomenclature) -> float:
    """Return the likelihood of a style; 0.005 is for a keyword that is not written in it."""
    plain = normalize_typography(keyword)
    is_ortholog = _is_ortholog(keyword, nomenclature)
    if style is _Style.TITLE:
        if _TITLE_CASE.fullmatch(plain):
            return 0.8 if is_ortholog else 0.1  # counted: 139 and 7 of 150
        return 0.03 if _LOWER_CASE.fullmatch(plain) else 0.005  # lower case; counted: 4 of 150
    if style is _Style.LOWER:
        likelihood = 0.6 if is_ortholog else 0.4  # counted: 34 and 24 of 58 in the zebrafish
        return likelihood if _LOWER_CASE.fullmatch(plain) else 0.005
    if style is _Style.BACTERIAL:
        return 0.8 if _BACTERIAL.fullmatch(plain) else 0.005
    if style is _Style.CAPITAL:
        # Symbols are mostly those of the human orthologs: less likely than human itself (0.9).
        if 9606 in nomenclature and keyword in nomenclature[9606].exact:
            return 0.3
        return 0.4 if plain.isupper() else 0.005
    # Any organism, no style: far less likely where the keyword is somebody's official symbol.
    is_official = any(keyword in nomenclature[taxon].exact for taxon in nomenclature)
    return 0.002 if is_official else 0.05


def _assign(
    keyword: str, segment: _Segment, layout: _Layout, nomenclature: Nomenclature
) -> int | None:
    """Return a keyword's organism, given the segment that it stands in."""
    owners = [taxon for taxon in nomenclature if keyword in nomenclature[taxon].exact]
    if segment.taxon is None:
        # Case is the best evidence, unless a named organism writes its symbols in this way, too.
        likelihood = _likelihood(keyword, segment.writing, nomenclature)
        is_clear = len(owners) == 1 and not (segment.is_named and likelihood > _OWN_STYLE)
        return owners[0] if is_clear else None
    if len(owners) == 1:
        return owners[0]
    lexicon = nomenclature[segment.taxon]
    if segment.taxon in owners or keyword in lexicon.previous_symbols:
        return segment.taxon
    if not segment.is_named or not _could_belong(keyword, segment.taxon, layout, nomenclature):
        return None
    is_known = bool(lexicon.by_folded_name(fold(keyword))) and not owners
    return segment.taxon if layout.is_ordered or is_known or layout.names_only_supported else None


def _fill_gaps(
    keywords: Sequence[str],
    taxa: Sequence[int | None],
    path: Sequence[_Segment],
    layout: _Layout,
    nomenclature: Nomenclature,
) -> list[int | None]:
    """Assign keywords between two neighbours of one organism and one segment to that organism."""
    filled = list(taxa)
    left: int | None = None
    for right, taxon in enumerate(taxa):
        if taxon is None:
            continue
        if left is not None and taxa[left] == taxon and len(set(path[left : right + 1])) == 1:
            for index in range(left + 1, right):
                if _could_belong(keywords[index], taxon, layout, nomenclature):
                    filled[index] = taxon
        left = right
    return filled


def _could_belong(keyword: str, taxon: int, layout: _Layout, nomenclature: Nomenclature) -> bool:
    """Return whether a keyword that is nobody's official symbol can be an organism's gene.

    It has a letter and, where case does not count, no small one. In a record with other organisms
    it is no symbol of human but for its case: these write their orthologs so (``Kras``, ``mtor``);
    unless the organism knows it, with a capital, by another symbol (``Srf`` of bs).
    """
    if not any(map(str.isalpha, keyword)):
        return False
    if not nomenclature[taxon].organism.symbol_case:
        bare = _OPEN_READING_FRAME.sub("", keyword)
        return bare.upper() == bare
    if layout.names_only_supported or not _is_ortholog(keyword, nomenclature):
        return True
    return keyword[0].isupper() and bool(nomenclature[taxon].by_folded_name(fold(keyword)))
