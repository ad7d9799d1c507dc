"""Read the abbreviations that a caption defines: ``HBV`` is hepatitis B virus, not a gene.

Those in brackets are found by scispaCy's implementation of Schwartz and Hearst (Pacific Symposium
on Biocomputing 2003), those in a list at the caption's end by `parse_abbreviation_list`.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from nerbench.errors import NerbenchError
from nerbench.folding import normalize_space
from nerbench.nomenclature.scan import is_ordinary

# An entry of a list: a short form of up to 17 characters, a comma, colon, equals sign or dash, and
# a long form. The short form may end in a second word of one or two characters ("TNF a").
_SHORT_FORM = re.compile(r"(?:and\s+)?(?P<short>[^\W_][^\s,:;=()]{0,14}(?:\s?[^\W_]{1,2})?)")
_ENTRY = re.compile(_SHORT_FORM.pattern + r"(?:\s*[:=]|\s[-–—]\s)\s*(?P<long>\S.*)$")
_COMMA = re.compile(r",\s+")
_HEADING = re.compile(
    r"^(?:(?:list of )?(?:the )?(?:other )?abbreviations?(?: used| are as follows)?\s*[:.,-]?\s*)",
    re.I,
)
# Entries end at a semicolon, a line break, or a full stop that does not follow a single letter.
_SEPARATOR = re.compile(r";|(?<=[^\s.]{2})\.\s+(?=[^\W_]|\()|\n")
_MAX_LONG_FORM = 90  # characters, in a list

# Of a list within a sentence: "pathway: GAP, ...", "they stand for: ER: ..."
_FIRST_HEADING = re.compile(r"^[^:]*:\s+(?=\S)")
_LAST_HEADING = re.compile(r"^.*:\s+(?=\S)")
# A short form with its long form in brackets: "IPP (isopentenyl pyrophosphate)"
_LONG_IN_BRACKETS = re.compile(
    r"(?<![^\s(/])(?P<short>[^\W_][^\s,:;=()]{1,14}) \((?P<long>[^\W_](?:(?!://)[^()]){2,90})\)"
)

_IN_BRACKETS = re.compile(r"\(([^()]{5,500})\)")
_BRACKETS = re.compile(r"\([^()]{1,60}\)")  # without them, tokenizing the caption is in vain
_MAX_BRACKET_TOKENS = 8  # scispaCy ignores longer contents of brackets
_MAX_SHORT_TOKENS = 3  # in brackets; of more, scispaCy takes a long form
_MAX_SHORT_TOKEN = 9  # characters
_BRACKET = re.compile(r"[()]")
_SIMPLE_END = re.compile(r"\)(?![^\s.,;:])")  # a bracket that no letter follows
_CHUNK = re.compile(r"\S+")
_PAUSE = " ." * (_MAX_BRACKET_TOKENS + 2) + " "  # further than a bracket reaches
_UNBROKEN = re.compile(r"\S{300,}")  # not text, and slow to tokenize
_MAX_VOCABULARY = 100_000  # words that one tokenizer keeps: some 30 MB

# Words that make a long form the name of a gene product. The lookbehinds exclude English words in
# -ase (disease, increase, decrease, release, database, phase, base, case).
_GENE_WORD = re.compile(
    r"\b(?:\w*(?<!dise)(?<!incre)(?<!decre)(?<!rele)(?<!datab)(?<!\bph)(?<!\bb)(?<!\bc)ases?"
    r"|\w*proteins?|\w*receptors?|factors?|ligands?|subunits?|transporters?|symporters?"
    r"|antiporters?|channels?|carriers?|interleukins?|interferons?|chemokines?|homologu?e?s?"
    r"|antigens?|oncogenes?|molecules?|lectins?|regulators?|suppressors?|substrates?"
    r"|(?:\w+ing|\w+tro\w*ic) hormones?|\w*repressors?|\w*globulins?|gonadotroph?ins?|stimulators?"
    r"|(?:light|heavy) chains?|\w*activators?|adapt[oe]rs?|enzymes?"
    r"|genes?)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z]{4}")
_SYMBOL_LIST = re.compile(r"[A-Z][A-Z0-9-]*\d[A-Z]?\d*,")  # "CYP26B1, and ...": not a long form
_FUNCTION_WORDS = frozenset(
    "a an and are as at by for from in including into is it of on or that the their then there "
    "these they this to was were which with".split()
)
# "nuclear factor of activated T cells" is a gene product, whatever its last word.
_FACTOR_OF = re.compile(r"\b(?:factors?|mediators?) of\b", re.IGNORECASE)
# Last words that make a long form something else.
_OTHER_WORD = re.compile(
    r"\b(?:inhibitors?|inhibition|deficiency|pathways?|cells?|elements?|domains?|sites?"
    r"|motifs?|levels?|activity|virus(?:es)?|acids?|\w*phosphates?"
    r"|responses?|patterns?|species|repeats?|regions?|drugs?|antibod(?:y|ies)|agonists?"
    r"|antagonists?|blockers?|modulators?|lipoproteins?|network|motif|mice|therapy|system|membranes?"
    r"|matrix)$",
    re.IGNORECASE,
)
_DISEASE = re.compile(
    r"\b(?:diseases?|syndromes?|cancers?|carcinomas?|disorders?|sclerosis|dystrophy"
    r"|atrophy|ana?emia|palsy|dementia|diabetes|epilepsy)$",
    re.IGNORECASE,
)


def abbreviations(caption: str) -> dict[str, str]:
    """Return a caption's short and long forms; without scispaCy (Python 3.13), those of lists only.

    >>> abbreviations("Activated by epidermal growth factor receptor (EGFR). ROS, reactive "
    ...               "oxygen species; AMPK: AMP-activated protein kinase.")
    {'EGFR': 'epidermal growth factor receptor', 'ROS': 'reactive oxygen species', \
'AMPK': 'AMP-activated protein kinase'}
    """
    caption = caption.replace("[", "(").replace("]", ")")  # they define, too
    has_candidates = _BRACKETS.search(caption) and has_scispacy()
    in_brackets = _bracketed_definitions(caption) if has_candidates else {}
    others = _long_forms_in_brackets(caption) | parse_abbreviation_list(caption)
    return in_brackets | {short: long for short, long in others.items() if short not in in_brackets}


@lru_cache(maxsize=1)
def has_scispacy() -> bool:
    """Return whether scispaCy is installed; it is not imported yet."""
    return find_spec("scispacy") is not None


@lru_cache(maxsize=1)
def _load_detector() -> tuple[Any, Any]:
    """Import the two steps of scispaCy's detector: filter the candidates, then align them."""
    try:
        from scispacy.abbreviation import filter_matches, find_abbreviation
    except Exception as error:  # a broken installation raises anything
        raise NerbenchError(
            f"scispaCy is installed, but cannot be loaded ({error!r}): reinstall or remove it"
        ) from error
    return filter_matches, find_abbreviation


@lru_cache(maxsize=1)
def _load_pipeline() -> Any:
    import spacy

    nlp = spacy.blank("en")
    # The detector reads no lexical attributes. Without them new words take half the time:
    # 0.5 instead of 0.9 s for the first 701 real captions.
    nlp.vocab.lex_attr_getters = {}  # type: ignore[attr-defined]
    return nlp


def _tokenize(text: str) -> Any:
    """Return what is near the brackets of a text as a spaCy Doc; the vocabulary starts anew when it
    has grown too large.
    """
    if len(_load_pipeline().vocab) > _MAX_VOCABULARY:
        _load_pipeline.cache_clear()
    text = _UNBROKEN.sub(" ", text).replace(")—", ") —")  # else one token
    return _load_pipeline().tokenizer(_near_brackets(text))


def _near_brackets(text: str) -> str:
    """Return the parts of a text that scispaCy reads: brackets and the words before them.

    >>> _near_brackets("We show in (A) that the growth factor EGF is up when EGF receptor (EGFR)")
    'growth factor EGF is up when EGF receptor (EGFR)'
    """
    # Tokens do not reach over white space, so that the parts have the tokens of the whole text.
    chunks = [match.span() for match in _CHUNK.finditer(text)]
    starts = [start for start, _ in chunks]
    parts: list[tuple[int, int]] = []  # of chunks: the first, and the one after the last
    for match in _BRACKET.finditer(text):
        if match.group() == "(" and (words := _words_before(text, match.end())):
            index = bisect_right(starts, match.start()) - 1
            first, end = max(index - words, 0), min(index + _MAX_BRACKET_TOKENS + 2, len(chunks))
            if parts and first <= parts[-1][1]:
                parts[-1] = min(first, parts[-1][0]), max(end, parts[-1][1])
            else:
                parts.append((first, end))
    spans = [(chunks[first][0] if first else 0, chunks[end - 1][1]) for first, end in parts]
    return _PAUSE.join(text[start:end] for start, end in spans)


def _words_before(text: str, start: int) -> int:
    """Return how many words before a bracket scispaCy can read, given where its content starts."""
    most = _MAX_SHORT_TOKENS * _MAX_SHORT_TOKEN + 5
    following = _BRACKET.search(text, start)
    if following is None:
        return 0
    content = text[start : following.start()]
    words = content.split()
    if following.group() == "(" or not _SIMPLE_END.match(text, following.start()):
        return most
    if not words or words[-1] in _emoticon_heads():  # "8)" is one token: the bracket stays open
        return most
    if content.strip() == words[0] and len(words[0]) == 1:
        return 0
    if len(words) > _MAX_BRACKET_TOKENS:
        return 0
    length = sum(map(len, words))
    is_short_form = len(words) <= _MAX_SHORT_TOKENS and min(map(len, words)) > 1
    return min(length + 5, length * 2, most) if is_short_form and words[0][0].isalpha() else 2


@lru_cache(maxsize=1)
def _emoticon_heads() -> frozenset[str]:
    """Return what makes one token with the bracket after it: 8 of 8)."""
    rules = _load_pipeline().tokenizer.rules
    return frozenset(rule[:-1] for rule in rules if rule.endswith(")"))


def _bracket_contents(doc: Any) -> list[tuple[int, int, int]]:
    """Return the contents of brackets as a spaCy matcher does: (0, first token, end token)."""
    # scispaCy's own matcher finds the same pairs in time that is quadratic in the text's length.
    tokens = doc.to_array("ORTH")
    openings, closings = (
        (tokens == doc.vocab.strings[bracket]).nonzero()[0].tolist() for bracket in "()"
    )
    matches = []
    for closing in closings:
        first = bisect_left(openings, closing - _MAX_BRACKET_TOKENS - 1)
        last = bisect_left(openings, closing - 1)  # "()" has no content
        matches += [(0, opening + 1, closing) for opening in openings[first:last]]
    return matches


def _bracketed_definitions(caption: str) -> dict[str, str]:
    """Find the definitions in brackets, as scispaCy's AbbreviationDetector does."""
    filter_matches, find_abbreviation = _load_detector()
    doc = _tokenize(caption)
    definitions: dict[str, str] = {}
    seen_short: set[str] = set()
    seen_long: set[str] = set()
    for long_candidate, short_candidate in filter_matches(_bracket_contents(doc), doc):
        short, long = find_abbreviation(long_candidate, short_candidate)
        if long is None or short.text in seen_short or long.text in seen_long:
            continue
        seen_short.add(short.text)
        seen_long.add(long.text)
        short_form, long_form = normalize_space(short.text), normalize_space(long.text)
        if _is_definition(short_form, long_form):
            definitions.setdefault(short_form, long_form)
    return definitions


def parse_abbreviation_list(caption: str) -> dict[str, str]:
    """Return the short forms that a caption's list of abbreviations defines, with their long forms.

    >>> parse_abbreviation_list("CoA, coenzyme A; DC: dendritic cell; Fig, see there; up, down")
    {'CoA': 'coenzyme A', 'DC': 'dendritic cell'}
    """
    definitions: dict[str, str] = {}
    for text in (caption, *_IN_BRACKETS.findall(caption)):
        for segment in _SEPARATOR.split(text):
            entry = segment.strip()
            if entry.count("(") != entry.count(")"):  # a list in brackets
                entry = entry.strip("()")
            entry = _HEADING.sub("", entry)
            headings = (_FIRST_HEADING, _LAST_HEADING) if ":" in entry else ()
            headless = (heading.sub("", entry) for heading in headings)
            for part in dict.fromkeys((entry, *headless)):
                _define_entries(definitions, part)
    return definitions


def _define_entries(definitions: dict[str, str], text: str) -> None:
    """Add the entries of a text, parted by commas: ``ROS: reactive oxygen species, ER = ...``."""
    fields = _COMMA.split(text.rstrip(" ."))
    is_list, index = False, 0  # whether an entry came before
    while index < len(fields):
        field, following = fields[index], fields[index + 1 : index + 3]
        index += 1
        if match := _ENTRY.match(field):  # ROS: reactive oxygen species
            following.insert(0, match["long"])
        elif following and (match := _SHORT_FORM.fullmatch(field)):  # ROS, reactive ...
            short = match["short"]
            is_next = is_list and any(map(str.isupper, short[:2]))
            if not (index == 1 or is_next) or not _begins_long_form(following[0], short):
                continue
        else:
            continue
        longs = following[:1]
        if len(following) > 1 and not _ENTRY.match(following[1]):  # a long form can have a comma
            longs.append(", ".join(following[:2]))
        if any(_define(definitions, match["short"], long) for long in longs):
            is_list = True
            index += "long" not in match.groupdict()


def _begins_long_form(text: str, short: str) -> bool:
    """Return whether a text between commas has a word, and is no name like the short form before.

    >>> _begins_long_form("reactive oxygen species", "ROS"), _begins_long_form("CD40 ligand", "CD4")
    (True, False)
    """
    is_like = text.startswith(short) and re.match(r"[A-Z\d]", text[len(short) :])
    return _WORD.search(text) is not None and not is_like


def _long_forms_in_brackets(caption: str) -> dict[str, str]:
    """Return short forms whose long forms follow in brackets.

    >>> _long_forms_in_brackets("to IPP (isopentenyl pyrophosphate) by MAPK (see Figure 1)")
    {'IPP': 'isopentenyl pyrophosphate'}
    """
    definitions: dict[str, str] = {}
    if " (" not in caption:
        return definitions
    for match in _LONG_IN_BRACKETS.finditer(caption):
        if match["short"] not in match["long"]:  # κB (NF-κB)
            _define(definitions, match["short"], match["long"])
    return definitions


def _define(definitions: dict[str, str], short: str, long: str) -> bool:
    """Add a definition, and return True, if the long form spells out the short form."""
    short, long = normalize_space(short), normalize_space(long)
    if len(long) > _MAX_LONG_FORM or _SYMBOL_LIST.match(long):
        return False
    is_short_form = len(short) > 1 and any(c.isupper() or c.isdigit() for c in short)
    if not (is_short_form and _is_definition(short, long) and _is_spelled_in(short, long)):
        return False
    definitions.setdefault(short, long)
    return True


def is_something_else(long: str) -> bool:
    """Return whether the last word of a long form says that it is no gene product.

    >>> is_something_else("MEK inhibitor"), is_something_else("tuberous sclerosis complex")
    (True, False)
    """
    return _OTHER_WORD.search(long) is not None or is_disease(long)


def is_disease(long: str) -> bool:
    """Return whether a long form is a disease, even where a gene is named after it.

    >>> is_disease("multiple sclerosis"), is_disease("breast cancer 1")
    (True, False)
    """
    return _DISEASE.search(long) is not None


def reads_like_gene(long: str) -> bool:
    """Return whether a long form that no lexicon knows reads like the name of a gene product.

    >>> [reads_like_gene(t) for t in ("squalene synthase", "Toll-like receptor 4",
    ...     "dendritic cell", "reactive oxygen species", "receptor inhibitor", "liver disease")]
    [True, True, False, False, False, False]
    """
    is_product = _GENE_WORD.search(long) and not is_something_else(long)
    return bool(is_product or _FACTOR_OF.search(long))


def _is_definition(short: str, long: str) -> bool:
    """Return False for accidents: a long form cut in a word or a bracket, or prose."""
    if not long[:1].isalnum() or long.count("(") != long.count(")"):
        return False
    is_clipped = len(short) > 2 and long[: len(short)].lower() == short.lower()  # Met, metformin
    if is_ordinary(short) and not (is_clipped and long.isalpha()):
        return False
    return long.split(maxsplit=1)[0].lower() not in _FUNCTION_WORDS


def _is_spelled_in(short: str, long: str) -> bool:
    """Return whether the long form has the short form's letters in order (Schwartz and Hearst)."""
    # Match the letters from right to left, each at the last free place; the first begins a word.
    letters = [c for c in short.lower() if c.isalnum()]
    text = long.lower()
    if not letters or len(long) <= len(short):
        return False
    end = len(text)
    for letter in reversed(letters[1:]):
        end = text.rfind(letter, 0, end)
        if end < 0:
            return False
    initials = (i for i in range(end) if text[i] == letters[0])
    return any(i == 0 or not text[i - 1].isalnum() for i in initials)
