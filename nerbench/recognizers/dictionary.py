"""The dictionary recognizer: every name the lexicon knows, longest match first.

The baseline that every model is measured against: no training, no context.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Literal

from nerbench.nomenclature.folding import normalize_typography
from nerbench.nomenclature.lexicon import Lexicon, Nomenclature, load_nomenclature
from nerbench.nomenclature.matcher import Matcher
from nerbench.nomenclature.scan import KnownName, scanner
from nerbench.recognizers.cards import Card, digest
from nerbench.records import Mention

__all__ = ["LexiconCard", "LexiconRecognizer"]

_SHORTEST = 3  # folded letters: shorter names are panel letters, units and words
# Capitals that in captions are far more often something else than a gene's alias.
_NOT_GENES = frozenset(
    (
        "er ros dna rna mrna mirna sirna shrna lncrna atp adp amp gtp gdp gmp nad nadh nadph "
        "wt ko pbs pcr sem std anova hiv hbv hcv ebv cns bbb ldl hdl tca dmso lps pdb ipsc "
        "esc hsc msc dc nk cd4 cd8 h2o2 h2o co2 mtdna emt ecm ct ci fig tem uv ir ms roi gfp "
        "egfp mcherry"
    ).split(" ")
)


# What makes a name a composite: /9, / -9, /IL suffixes of one letter, or the end of a range.
_COMPOSITE_TAIL = re.compile(
    r"(?:(?:\s?/\s?[-‐‑–]?(?:\d+[A-Za-zα-ω]?|[A-Za-zα-ω]))+|[-‐‑–]\d{1,2})(?![^\W_])"
)


class LexiconCard(Card):
    """The card of the dictionary."""

    kind: Literal["lexicon"]

    def load(self) -> LexiconRecognizer:
        """The dictionary over the lexicons at hand."""
        return LexiconRecognizer(self.name)


class LexiconRecognizer:
    """Tags every token-bounded stretch that a lexicon knows, longest first, none overlapping.

    The usual precautions: ordinary English words, names of one or two letters and a few
    abbreviations that mostly mean something else are left out.

    >>> [m.text for m in next(LexiconRecognizer().recognize(["TGF-β1 was up; SMAD2/3 bind p53"]))]
    ['TGF-β1', 'SMAD2/3', 'p53']
    """

    def __init__(self, name: str = "lexicon", nomenclature: Nomenclature | None = None) -> None:
        self.name = name
        self._nomenclature = nomenclature or load_nomenclature()
        self._matcher = Matcher(self._nomenclature)

    @cached_property
    def fingerprint(self) -> str:
        """Changes with the lexicons and the precautions."""
        return digest(self._nomenclature.signature, _SHORTEST, sorted(_NOT_GENES))

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """Yield the mentions of each text, in order of appearance."""
        scan = scanner(self._nomenclature)
        for text in texts:
            found = sorted(
                (s for s in scan(text) if self._is_safe(s, text)), key=lambda s: (s.start, -s.end)
            )
            mentions: list[Mention] = []
            done = 0
            for stretch in found:
                if stretch.start < done:
                    continue
                end = self._composite_end(text, stretch)
                mentions.append(Mention(stretch.start, end, text[stretch.start : end]))
                done = end
            yield mentions

    def _composite_end(self, text: str, stretch: KnownName) -> int:
        """Where a composite that begins with this stretch ends (``MMP2/9``), else its end."""
        match = _COMPOSITE_TAIL.match(text, stretch.end)
        if match and len(self._matcher.split(text[stretch.start : match.end()])) > 1:
            return match.end()
        return stretch.end

    def _is_safe(self, stretch: KnownName, text: str) -> bool:
        """Whether a dictionary would rather take the stretch for a gene than not."""
        key = stretch.key
        if stretch.ordinary or len(key) < _SHORTEST or key in _NOT_GENES:
            return False
        if key.isdigit() and len(key) < 4:
            return False
        if key not in self._cased_only:
            return True
        # Case distinguishes these names: all small or all capital, they are another thing's.
        name = normalize_typography(text[stretch.start : stretch.end])
        letters = "".join(filter(str.isalpha, name))
        return not (letters.islower() or letters.isupper()) or any(
            name in lexicon.exact for lexicon in self._cased
        )

    @cached_property
    def _cased(self) -> list[Lexicon]:
        """The lexicons in which case distinguishes symbols."""
        lexicons = (self._nomenclature[taxon] for taxon in self._nomenclature)
        return [lexicon for lexicon in lexicons if lexicon.organism.symbol_case]

    @cached_property
    def _cased_only(self) -> frozenset[str]:
        """Short names that only such lexicons know."""
        caseless = (self._nomenclature[taxon] for taxon in self._nomenclature)
        known = {key for lexicon in self._cased for key in lexicon.folded_names() if len(key) < 7}
        for lexicon in caseless:
            if not lexicon.organism.symbol_case:
                known.difference_update(lexicon.folded_names())
        return frozenset(known)
