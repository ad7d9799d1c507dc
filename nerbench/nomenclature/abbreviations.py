"""The abbreviations that a caption defines: ``HBV`` is hepatitis B virus, no gene.

Two ways of defining are read. In running text, a long form with its short form in brackets,
by scispaCy's implementation of Schwartz and Hearst (Pacific Symposium on Biocomputing 2003);
and the list at a caption's end (``AMPK: AMP-activated protein kinase; ROS, reactive oxygen
species``), which that pattern does not see.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from itertools import accumulate, chain
from typing import Any

from nerbench.errors import NerbenchError
from nerbench.nomenclature.folding import normalize_space
from nerbench.nomenclature.scan import is_ordinary

__all__ = ["abbreviations", "has_scispacy", "parse_abbreviation_list", "reads_like_gene"]

_SHORT = r"(?P<short>[^\W_][^\s,:;=()]{0,14}(?:\s?[^\W_]{1,2})?)"
_ENTRY = re.compile(rf"^{_SHORT}(?:,\s|\s*[:=]|\s[-–—]\s)\s*(?P<long>\S.*)$")
_LEAD = re.compile(
    r"^(?:(?:list of )?(?:the )?(?:other )?abbreviations?(?: used| are as follows)?\s*[:.,-]?\s*)",
    re.I,
)
_SEPARATOR = re.compile(r";|(?<=[^\s.]{2})\.\s+(?=[^\W_])|\n")
_LONGEST = 90
_MOST_TOKENS = 8  # between brackets
_UNBROKEN = re.compile(r"\S{300,}")  # no text, and slow to cut into tokens
_CHUNK = re.compile(r"[^ ]+ ?| +")
_ODD_SPACES = re.compile(r" [^\S ]|[^\S ] ")  # what a chunk's tokens do not tell
# An opening bracket, and what can be a short form in it: three words of nine letters at most. It is
# looked at, not passed over: there may be another bracket in it.
_OPENS = re.compile(r"\((?:(?=\s*(?P<short>[^\W\d_].{1,40}?)\)(?!\w)))?", re.DOTALL)
_DEFINES = re.compile(r"\([^()]{1,60}\)")

# Words that make a long form a gene product's name, and last words that make it another thing.
_GENE_WORD = re.compile(
    r"\b(?:\w*(?<!dise)(?<!incre)(?<!decre)(?<!rele)(?<!datab)(?<!\bph)(?<!\bb)(?<!\bc)ases?"
    r"|\w*proteins?|\w*receptors?|factors?|ligands?|subunits?|transporters?|symporters?"
    r"|antiporters?|channels?|carriers?|interleukins?|interferons?|chemokines?|homologu?e?s?"
    r"|antigens?|oncogenes?|molecules?|lectins?|regulators?|suppressors?|substrates?"
    r"|\w*repressors?|\w*activators?|adapt[oe]rs?|enzymes?|genes?)\b",
    re.IGNORECASE,
)
_SYMBOLS = re.compile(r"[A-Z][A-Z0-9-]*\d[A-Z]?\d*,")  # a list of symbols, no long form
_FUNCTION_WORDS = frozenset(
    "a an and are as at by for from in including into is it of on or that the their then there "
    "these they this to was were which with".split()
)
_FACTOR_OF = re.compile(
    r"\b(?:factors?|mediators?) of\b", re.IGNORECASE
)  # nuclear factor of activated T cells
_OTHER_WORD = re.compile(
    r"\b(?:inhibitors?|inhibition|deficiency|pathways?|cells?|diseases?|elements?|domains?|sites?"
    r"|motifs?|levels?|activity|syndromes?|cancers?|carcinomas?|virus(?:es)?|acids?|\w*phosphates?"
    r"|responses?|patterns?|species|repeats?|regions?|drugs?|antibod(?:y|ies)|agonists?"
    r"|antagonists?|blockers?|modulators?|network|motif|mice|therapy|system|membranes?)$",
    re.IGNORECASE,
)


def abbreviations(caption: str) -> dict[str, str]:
    """Short forms that the caption defines, with their long forms; the first definition wins.

    Without scispaCy (Python 3.13) only lists are read; see `has_scispacy`.

    >>> abbreviations("Activated by epidermal growth factor receptor (EGFR). ROS, reactive "
    ...               "oxygen species; AMPK: AMP-activated protein kinase.")
    {'EGFR': 'epidermal growth factor receptor', 'ROS': 'reactive oxygen species', \
'AMPK': 'AMP-activated protein kinase'}
    """
    found = dict(_bracketed(caption)) if _DEFINES.search(caption) else {}
    for short, long in parse_abbreviation_list(caption).items():
        found.setdefault(short, long)
    return found


@lru_cache(maxsize=1)
def has_scispacy() -> bool:
    """Whether definitions in brackets can be read here; scispaCy itself is not loaded yet."""
    return find_spec("scispacy") is not None


@lru_cache(maxsize=1)
def _detector() -> tuple[Any, Any]:
    """The two steps of scispaCy's detector: which texts may be a long and a short form, and
    whether they are.
    """
    try:
        from scispacy.abbreviation import filter_matches, find_abbreviation
    except Exception as error:  # whatever a broken installation raises
        raise NerbenchError(
            f"scispaCy is installed, but cannot be loaded ({error!r}): reinstall or remove it"
        ) from error
    return filter_matches, find_abbreviation


@lru_cache(maxsize=1)
def _tokenizer() -> Any:
    import spacy

    nlp = spacy.blank("en")
    # How a word looks is not asked for, and slow to tell.
    nlp.vocab.lex_attr_getters = {}  # type: ignore[attr-defined]
    return nlp.tokenizer


class _Token(str):
    """A token with as much of spaCy's Token as scispaCy's steps ask for."""

    text_with_ws: str

    def __new__(cls, text: str, text_with_ws: str) -> _Token:
        token = super().__new__(cls, text)
        token.text_with_ws = text_with_ws
        return token

    @property
    def text(self) -> str:
        return self


class _Tokens(list[_Token]):
    """Tokens in a row with as much of spaCy's Doc and Span as scispaCy's steps ask for: making a
    Doc would cost ten times as much, and the caption is not otherwise parsed.
    """

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        return _Tokens(found) if isinstance(at, slice) else found

    @property
    def text(self) -> str:
        return "".join([*(token.text_with_ws for token in self[:-1]), *self[-1:]])


def _bracketed(caption: str) -> Mapping[str, str]:
    """What scispaCy's AbbreviationDetector finds, without its token matcher, whose time grows with
    the square of a caption's length: the brackets are found here.
    """
    if not has_scispacy():
        return {}
    filter_matches, find_abbreviation = _detector()
    tokens = _tokens(_UNBROKEN.sub(" ", caption))
    opens = [at for at, token in enumerate(tokens) if token == "("]
    closes = [at for at, token in enumerate(tokens) if token == ")"]
    within = [
        (0, first + 1, last)
        for last in closes
        for first in opens[
            bisect_left(opens, last - _MOST_TOKENS - 1) : bisect_left(opens, last - 1)
        ]
    ]
    found: dict[str, str] = {}
    seen: tuple[set[str], set[str]] = (set(), set())
    for long_candidate, short_candidate in filter_matches(within, tokens):
        short, long = find_abbreviation(long_candidate, short_candidate)
        if long is None or short.text in seen[0] or long.text in seen[1]:
            continue
        seen[0].add(short.text)
        seen[1].add(long.text)
        form = normalize_space(long.text)
        if _is_definition(normalize_space(short.text), form):
            found.setdefault(normalize_space(short.text), form)
    return found


def _tokens(text: str) -> _Tokens:
    """The tokens that spaCy cuts a text into. Those of a chunk are remembered; chunks that are too
    far from a bracket to be part of a definition stand as one empty token.
    """
    if _ODD_SPACES.search(text):
        return _Tokens(_cut(text))
    chunks = _CHUNK.findall(text)
    starts = list(accumulate(map(len, chunks), initial=0))
    needed = []
    for match in _OPENS.finditer(text):
        at = bisect_right(starts, match.start()) - 1
        # The long form of a short form of so many letters has so many tokens at most, before
        # the bracket or in it, and a chunk has one at least.
        letters = len(match["short"] or "") + 2
        needed.append((at - min(letters + 5, letters * 2) - 1, at + _MOST_TOKENS + 2))
    tokens = _Tokens()
    done = 0
    for before, after in sorted(needed):
        if before > done:
            tokens.append(_SKIPPED)
            done = before
        tokens.extend(chain.from_iterable(map(_remembered, chunks[done:after])))
        done = max(done, after)
    return tokens


def _cut(text: str) -> tuple[_Token, ...]:
    return tuple(_Token(token.text, token.text_with_ws) for token in _tokenizer()(text))


_remembered = lru_cache(maxsize=1 << 15)(_cut)
_SKIPPED = _Token("", " ")


def parse_abbreviation_list(caption: str) -> dict[str, str]:
    """Short forms that a list of abbreviations defines.

    An entry is ``SHORT, long form`` between semicolons (or full stops), where the short form's
    letters occur in the long form in their order, the first at the start of a word.

    >>> parse_abbreviation_list("CoA, coenzyme A; DC: dendritic cell; Fig, see there; up, down")
    {'CoA': 'coenzyme A', 'DC': 'dendritic cell'}
    """
    found: dict[str, str] = {}
    for segment in _SEPARATOR.split(caption):
        match = _ENTRY.match(_LEAD.sub("", segment.strip()))
        if not match:
            continue
        short, long = normalize_space(match["short"]), normalize_space(match["long"].rstrip(" ."))
        if len(long) > _LONGEST or _SYMBOLS.match(long):
            continue
        if _is_definition(short, long) and _is_short_form(short) and _spells(short, long):
            found.setdefault(short, long)
    return found


def reads_like_gene(long: str) -> bool:
    """Whether a long form that no lexicon knows reads like a gene product's name.

    >>> [reads_like_gene(t) for t in ("squalene synthase", "Toll-like receptor 4",
    ...     "dendritic cell", "reactive oxygen species", "receptor inhibitor", "liver disease")]
    [True, True, False, False, False, False]
    """
    if _FACTOR_OF.search(long):
        return True
    return bool(_GENE_WORD.search(long)) and not _OTHER_WORD.search(long)


def _is_definition(short: str, long: str) -> bool:
    """Whether what was found is no accident: not cut within a word or a bracket, no prose."""
    whole = long[:1].isalnum() and long.count("(") == long.count(")")
    return (
        whole
        and not is_ordinary(short)
        and long.split(maxsplit=1)[0].lower() not in _FUNCTION_WORDS
    )


def _is_short_form(text: str) -> bool:
    return len(text) > 1 and any(c.isupper() or c.isdigit() for c in text)


def _spells(short: str, long: str) -> bool:
    """Whether the short form's letters occur in the long form, right to left (the test of
    Schwartz and Hearst 2003), the first one at the start of a word.
    """
    letters = [c for c in short.lower() if c.isalnum()]
    text = long.lower()
    if not letters or len(long) <= len(short):
        return False
    at = len(text) - 1
    for index in range(len(letters) - 1, -1, -1):
        while at >= 0 and (
            text[at] != letters[index] or (index == 0 and at > 0 and text[at - 1].isalnum())
        ):
            at -= 1
        if at < 0:
            return False
        at -= 1
    return True
