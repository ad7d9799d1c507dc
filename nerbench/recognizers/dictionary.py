"""The dictionary recognizer, the baseline: every name that a lexicon knows, the longest first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Literal

from nerbench.folding import normalize_typography
from nerbench.nomenclature.formulas import find_ions
from nerbench.nomenclature.lexicon import Lexicon, Nomenclature, load_nomenclature
from nerbench.nomenclature.matcher import Matcher
from nerbench.nomenclature.scan import KnownName, scanner
from nerbench.recognizers.cards import Card, digest
from nerbench.recognizers.contract import Named
from nerbench.records import Mention

_MIN_NAME_LENGTH = 3  # folded characters: shorter names are panel letters, units and words
_MIN_NUMBER_LENGTH = 4  # digits
_MAX_CASED_LENGTH = 6  # folded characters of names whose case decides
# Abbreviations that mean something other than a gene in most captions.
_NOT_GENES = frozenset(
    (
        "er ros dna rna mrna mirna sirna shrna lncrna atp adp amp gtp gdp gmp nad nadh nadph "
        "wt ko pbs pcr sem std anova hiv hbv hcv ebv cns bbb ldl hdl tca dmso lps pdb ipsc "
        "esc hsc msc dc nk cd4 cd8 h2o2 h2o co2 mtdna emt ecm ct ci fig tem uv ir ms roi gfp "
        "egfp mcherry"
    ).split(" ")
)

# The rest of a composite name: /9, / -9, /α, or the end of a range.
_COMPOSITE_REST = re.compile(
    r"(?:(?:\s?/\s?[-‐‑–]?(?:\d+[A-Za-zα-ω]?|[A-Za-zα-ω]))+|[-‐‑–]\d{1,2})(?![^\W_])"
)


class LexiconCard(Card):
    """The card of the dictionary."""

    kind: Literal["lexicon"]

    def load(self) -> LexiconRecognizer:
        return LexiconRecognizer(self.name)


class LexiconRecognizer(Named):
    """Tags every name that a lexicon knows, longest first and without overlaps.

    Ordinary English words, names of one or two letters and a few abbreviations with other common
    meanings are left out.

    >>> [m.text for m in next(LexiconRecognizer().recognize(["TGF-β1 was up; SMAD2/3 bind p53"]))]
    ['TGF-β1', 'SMAD2/3', 'p53']
    """

    def __init__(self, name: str = "lexicon", nomenclature: Nomenclature | None = None) -> None:
        self.name = name
        self._nomenclature = nomenclature or load_nomenclature()
        self._matcher = Matcher(self._nomenclature)

    @cached_property
    def fingerprint(self) -> str:
        """A digest of the lexicons and of the names that are left out."""
        return digest(self._nomenclature.signature, _MIN_NAME_LENGTH, sorted(_NOT_GENES))

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        scan = scanner(self._nomenclature)
        for text in texts:
            ions = {start: end for start, end, _ in find_ions(text)}
            names = [
                name
                for name in scan(text)
                if name.end > ions.get(name.start, 0) and self._is_likely_gene(name, text)
            ]
            mentions: list[Mention] = []
            covered = 0
            for name in sorted(names, key=lambda name: (name.start, -name.end)):
                if name.start < covered:
                    continue
                covered = self._composite_end(text, name)
                mentions.append(Mention(name.start, covered, text[name.start : covered]))
            yield mentions

    def _composite_end(self, text: str, name: KnownName) -> int:
        """Return the end of the composite that a name begins (``MMP2/9``), else its own end."""
        match = _COMPOSITE_REST.match(text, name.end)
        if match and len(self._matcher.split(text[name.start : match.end()])) > 1:
            return match.end()
        return name.end

    def _is_likely_gene(self, name: KnownName, text: str) -> bool:
        key = name.key
        if name.ordinary or len(key) < _MIN_NAME_LENGTH or key in _NOT_GENES:
            return False
        if key.isdigit() and len(key) < _MIN_NUMBER_LENGTH:
            return False
        if key not in self._cased_names:
            return True
        # In one case throughout, such a name must be written exactly as in its lexicon.
        written = normalize_typography(text[name.start : name.end])
        letters = "".join(filter(str.isalpha, written))
        has_both_cases = not (letters.islower() or letters.isupper())
        return has_both_cases or any(written in lexicon.exact for lexicon in self._cased_lexicons)

    @cached_property
    def _cased_lexicons(self) -> list[Lexicon]:
        """The lexicons in which case distinguishes symbols."""
        return [lexicon for lexicon in self._lexicons() if lexicon.organism.symbol_case]

    @cached_property
    def _cased_names(self) -> frozenset[str]:
        """Short names that only such lexicons have."""
        names = {
            name
            for lexicon in self._cased_lexicons
            for name in lexicon.folded_names()
            if len(name) <= _MAX_CASED_LENGTH
        }
        for lexicon in self._lexicons():
            if not lexicon.organism.symbol_case:
                names.difference_update(lexicon.folded_names())
        return frozenset(names)

    def _lexicons(self) -> list[Lexicon]:
        return [self._nomenclature[taxon] for taxon in self._nomenclature]
