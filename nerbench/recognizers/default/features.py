"""Features of the default recognizer: tokens, folded names, gazetteer matches, hashed templates.

The trained weights depend on every string, number and order in this module: it must stay as it was
in training. Its folding of names is therefore apart from that of `nerbench.nomenclature`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.strings import hash_string  # type: ignore[attr-defined]
from spacy.tokenizer import Tokenizer
from spacy.util import registry

U64 = NDArray[np.uint64]
Match = tuple[int, int, str]
"""A gazetteer match: first token, token past the last, folded name."""

_PUNCTUATION = r"(?:[^\w\s]|_)"
TOKEN = re.compile(r"[^\W_]+|[^\w\s]|_")


@registry.tokenizers("nerbench.caption_tokenizer.v1")  # type: ignore[untyped-decorator]
def create_caption_tokenizer() -> Callable[[Language], Tokenizer]:
    """Make a tokenizer that splits as `TOKEN`: runs of letters and digits, single other marks."""

    def make(nlp: Language) -> Tokenizer:
        return Tokenizer(
            nlp.vocab,
            rules={},
            prefix_search=re.compile("^" + _PUNCTUATION).search,
            suffix_search=re.compile(_PUNCTUATION + "$").search,
            infix_finditer=re.compile(_PUNCTUATION).finditer,
        )

    return make


# The Latin letter that each Greek letter becomes: TGF-β, TGF-beta and TGFB fold alike.
GREEK = dict(
    pair.split(":")
    for pair in (
        "alpha:a beta:b gamma:g delta:d epsilon:e zeta:z eta:h theta:q iota:i kappa:k lambda:l "
        "mu:m omega:o sigma:s tau:t phi:f psi:y chi:c rho:r"
    ).split()
)
_GREEK_LETTERS = str.maketrans("αβγδεζηθικλμµωστφψχρß", "abgdezhqiklmmostfycrb")
_GREEK_SUFFIX = re.compile(
    r"(?<=\w\w)(alpha|beta|gamma|delta|kappa|epsilon|zeta|theta|lambda|sigma)$"
)
_GREEK_PREFIX = re.compile(r"^(alpha|beta|gamma|delta|kappa)(?=\w{1,2}$)")
_NAME_MARKS = "+'()/,:"  # punctuation that distinguishes names; the rest folds to nothing


@lru_cache(maxsize=200_000)
def fold_token(token: str) -> str:
    """Return a token in lower case, with Greek letters as Latin ones; dashes become empty."""
    if not token.isascii():
        token = unicodedata.normalize("NFKC", token).replace("ß", "β")
        token = token.lower().translate(_GREEK_LETTERS)
    else:
        token = token.lower()
    if len(token) == 1:
        return token if token.isalnum() or token in _NAME_MARKS else ""
    if token in GREEK:
        return GREEK[token]
    if len(token) > 4:
        token = _GREEK_SUFFIX.sub(lambda m: GREEK[m.group()], token)
        token = _GREEK_PREFIX.sub(lambda m: GREEK[m.group()], token)
    return token


def fold(text: str) -> str:
    """Return the folded tokens of a name, joined.

    >>> fold("TGF-β1"), fold("TGF-beta 1")
    ('tgfb1', 'tgfb1')
    """
    return "".join(fold_token(token) for token in TOKEN.findall(text))


# An entry is a bit set: which kinds of name the nomenclature has under the folded form ...
HUMAN_SYMBOL, HUMAN_SYNONYM, FULL_NAME, FLY_SYMBOL, FLY_SYNONYM, FAMILY = 1, 2, 4, 8, 16, 32
NAME_KINDS = 63  # the mask of these six
# ... and how it writes them: in capitals, in small letters, or in both.
UPPER, LOWER, MIXED = 64, 128, 256

MAX_NAME_LENGTH = 70  # folded characters
_MAX_NAME_TOKENS = 12


def letter_case(text: str) -> int:
    """Return the gazetteer's bit for a spelling: UPPER, LOWER or MIXED."""
    return UPPER if text.isupper() else LOWER if text.islower() else MIXED


def _match_rank(flags: int) -> int:
    """Return the kind of a match, from 0 (a human symbol) to 7 (a fly synonym)."""
    if flags & HUMAN_SYMBOL:
        return 0
    if flags & FAMILY:
        return 1
    if flags & HUMAN_SYNONYM:
        return 2 if not flags & FLY_SYMBOL else 3
    if flags & FULL_NAME:
        return 4
    if flags & FLY_SYMBOL:
        return 5 if flags & (UPPER | MIXED) else 6
    return 7


class Gazetteer:
    """Folded names with the bit sets of what the nomenclature knows of them."""

    def __init__(self, entries: dict[str, int]) -> None:
        self.entries = entries
        self.prefixes: frozenset[str] = frozenset(name[:3] for name in entries)

    def matches(self, folded: Sequence[str]) -> list[Match]:
        """Return every match that begins and ends with a token, the longest of a start first."""
        matches: list[Match] = []
        # Names are slices of the joined text. Three characters rule out nearly every start.
        joined = "".join(folded)
        ends = list(accumulate(map(len, folded)))
        begin = 0
        for first, token in enumerate(folded):
            if token and token not in _NAME_MARKS and joined[begin : begin + 3] in self.prefixes:
                for last in range(min(len(folded), first + _MAX_NAME_TOKENS) - 1, first - 1, -1):
                    if ends[last] - begin > MAX_NAME_LENGTH or not folded[last]:
                        continue
                    name = joined[begin : ends[last]]
                    if name in self.entries:
                        matches.append((first, last + 1, name))
            begin = ends[first]
        return matches

    def codes(self, folded: Sequence[str]) -> tuple[list[int], list[Match]]:
        """Return the gazetteer code of each token, and all matches.

        A code is 0 outside of matches, else ``1 + 4 * rank + position``; positions are B, I, E
        and S. Matches are taken from left to right, the longest first, without overlap.
        """
        matches = self.matches(folded)
        codes = [0] * len(folded)
        covered = 0
        for start, end, name in matches:
            if start < covered:
                continue
            base = 1 + 4 * _match_rank(self.entries[name])
            inside = [base + 1] * (end - start - 2)
            codes[start:end] = [base, *inside, base + 2] if end - start > 1 else [base + 3]
            covered = end
        return codes, matches


# What is known of a word wherever it stands. Each column is a view that generalizes differently:
#   word, norm       as written; in lower case with digits as 0 (Smad2 and Smad3: smad0)
#   shape, short     X capital, x small, 0 digit, g Greek (Smad2: Xxxx0); runs collapsed (Xx0)
#   p2-p4, s2-s4     prefixes and suffixes; p2 keeps case (-ase, -in, Wn-)
#   letters          the letters alone, without a plural s (MAPKs and MAPK14: mapk)
#   class            a coarse kind of word (`_word_class`)
#   c64-c1024        clusters of the word's vector, coarse to fine
#   gaz, common      the word's gazetteer entry and whether the case agrees; how often the word
#                    stands in small letters outside of genes, 0 to 6
WORD_COLUMNS = (
    "word norm shape short p2 p3 p4 s2 s3 s4 letters class c64 c256 c1024 gaz common"
).split()
# What depends on the occurrence: the gazetteer code; which sides touch a neighbour without a
# space; the depth in brackets.
TOKEN_COLUMNS = ("gazcode", "spaces", "bracket")
COLUMN_INDEX = {name: index for index, name in enumerate((*WORD_COLUMNS, *TOKEN_COLUMNS))}

_ROMAN = re.compile(r"^(?:I{1,3}|IV|VI{0,3}|IX|X{1,3}|XI{1,3})$")
_AMINO_ACIDS = frozenset(
    "ala arg asn asp cys gln glu gly his ile leu lys met phe pro ser thr trp tyr val".split()
)
PREFIX_LETTERS = "pchmrd"  # stand before a symbol: hEGFR (human), dSmad2 (fly), pSTAT3 (phospho)


def _character_shape(char: str) -> str:
    if char.isupper():
        return "X"
    if char.isdigit():
        return "0"
    if "α" <= char <= "ω" or char == "µ":
        return "g"
    return "x" if char.isalpha() else char


def collapse_runs(shape: str) -> str:
    """Return a shape with every run of one character as that character once."""
    return re.sub(r"(.)\1+", r"\1", shape)


def _character_class(char: str) -> str:
    if char.isalpha():
        if not char.isascii():
            return "greek"
        return "upper1" if char.isupper() else "lower1"
    return "digit1" if char.isdigit() else char


def _case_class(word: str) -> str:
    if word.isupper():
        return f"upper{min(len(word), 6)}"
    if word.islower():
        return "lower"
    if word[0].isupper() and word[1:].islower():
        return "title"
    if word[0] in PREFIX_LETTERS and word[1:].isupper():
        return "prefixed"
    return "alnum" if any(char.isdigit() for char in word) else "mixed"


def _word_class(word: str, lower: str) -> str:
    """Return the first class that fits, from the narrow (a Greek name) to the wide (its case)."""
    if len(word) == 1:
        return _character_class(word)
    if lower in GREEK:
        return "greek"
    if _ROMAN.match(word):
        return "roman"
    if word.isdigit():
        return "number"
    if lower in _AMINO_ACIDS:
        return "amino"
    if lower[-1] == "s" and word[:-1].isupper():
        return "plural"
    if not set(word) - set("ACGTU"):
        return "nucleic"
    return _case_class(word)


def normal_form(word: str) -> str:
    """Return a word in lower case with digits as 0."""
    word = word.lower()
    return word if word.isalpha() else "".join("0" if c.isdigit() else c for c in word)


class WordFeatures:
    """Hashed features of any word; clusters, commonness and vectors of the known words.

    ``info`` has a row (three clusters, commonness) and ``vectors`` a row (8-bit, times ``scale``)
    for each of the normal forms ``words``.
    """

    def __init__(
        self,
        gazetteer: Gazetteer,
        words: Sequence[str],
        info: NDArray[np.int16],
        vectors: NDArray[np.int8],
        scale: float,
    ) -> None:
        self.gazetteer = gazetteer
        self.words = list(words)
        self.index = {word: row for row, word in enumerate(self.words)}
        self.info_table = info
        self.vector_table = vectors
        self.scale = scale
        self._info_rows: list[list[int]] = info.tolist()

    def info(self, word: str) -> list[int] | None:
        """Return the clusters, coarse to fine, and the commonness of a word, if it is known."""
        row = self.index.get(normal_form(word))
        return None if row is None else self._info_rows[row]

    def vectors(self, words: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of words, shape (words, dimensions); zeros for unknown words."""
        vectors = np.zeros((len(words), self.vector_table.shape[1]), dtype=np.float32)
        for number, word in enumerate(words):
            row = self.index.get(normal_form(word))
            if row is not None:
                vectors[number] = self.vector_table[row]
        return vectors * np.float32(self.scale)

    def to_npz(self, path: Path) -> None:
        """Write the known words."""
        np.savez_compressed(
            path,
            words=np.frombuffer("\n".join(self.words).encode(), dtype=np.uint8),
            info=self.info_table,
            vectors=self.vector_table,
            scale=np.float64(self.scale),
        )

    @classmethod
    def from_npz(cls, path: Path, gazetteer: Gazetteer) -> WordFeatures:
        """Read the words that `to_npz` wrote."""
        with np.load(path, allow_pickle=False) as data:
            words = data["words"].tobytes().decode().split("\n")
            return cls(gazetteer, words, data["info"], data["vectors"], float(data["scale"]))

    def row(self, word: str) -> list[int]:
        """Return the 64-bit hashes of a word's features, in the order of WORD_COLUMNS."""
        lower = word.lower()
        norm = normal_form(word)
        shape = "".join(map(_character_shape, word[:12]))
        letters = re.sub(r"[\d\W]+", "", lower)
        if len(letters) > 3 and letters.endswith("s"):
            letters = letters[:-1]
        info = self.info(word)
        c64, c256, c1024, common = info or (-1, -1, -1, -1)
        flags = self.gazetteer.entries.get(fold_token(word), 0)
        same_case = "=" if flags & letter_case(word) else "~"
        columns = (
            word, norm, shape, collapse_runs(shape),
            word[:2], lower[:3], lower[:4], lower[-2:], lower[-3:], lower[-4:],
            letters, _word_class(word, lower), c64, c256, c1024 if info else norm[-3:],
            f"{flags & NAME_KINDS}{same_case}" if flags else "-", common,
        )  # fmt: skip
        return [hash_string(f"{index}:{value}") for index, value in enumerate(columns)]


Template = tuple[tuple[int, str], ...]
"""Parts (offset from the token, column) whose values together are one feature."""

MAX_OFFSET = 4  # tokens; as many rows of padding stand before, between and after texts
# How many tokens to either side the linear model sees a single column; 2 for the rest.
_COLUMN_REACH = {"norm": 4, "c256": 4, "short": 3, "class": 3}
_COLUMN_REACH |= dict.fromkeys(("p2", "p4", "s2", "s4", "word", "c1024"), 1)
# Pairs and triples: a column and its offset for each part. Neighbouring words and shapes find
# names of several tokens; a gazetteer code beside words and clusters tells where to trust it.
_CONJUNCTIONS = """
    norm-1 norm0|norm0 norm1|norm-1 norm1|norm-2 norm-1|norm1 norm2|norm-2 norm-1 norm0
    norm-1 norm0 norm1|norm0 norm1 norm2|short-1 short0|short0 short1|short-1 short0 short1
    short-2 short-1 short0|short0 short1 short2|c256-1 c2560|c2560 c2561|c256-1 c2560 c2561
    c256-2 c256-1|c2561 c2562|s30 norm1|s30 norm-1|short0 norm1|short0 norm-1|norm0 gazcode0
    short0 gazcode0|gazcode-1 gazcode0 gazcode1|gazcode0 norm1|gazcode0 norm-1|gazcode0 c2560
    gazcode0 gazcode1 gazcode2|c640 gazcode0 c641|c64-1 gazcode0 c641
    short0 spaces0|norm0 spaces0|spaces-1 spaces0|norm-1 spaces0 norm1|short-1 spaces0 short1
    norm0 bracket0|class-1 class0 class1|class-2 class-1 class0|class0 class1 class2
    letters0 class1|letters0 letters-1|letters0 letters1|shape0 c64-1|shape0 c641
    class-2 class-1 class0 class1|class-1 class0 class1 class2|common-1 common0 common1
    gaz0 norm1|gaz0 norm-1|gaz-1 gaz0 gaz1|c64-2 c64-1 c640|c640 c641 c642|norm0 c641
    norm0 c64-1
"""


def _parse_part(part: str) -> tuple[int, str]:
    column, offset = re.fullmatch(r"([a-z]+\d*?)(-?\d)", part).groups()  # type: ignore[union-attr]
    return int(offset), column


# Templates of one word column depend on one word alone: the tagger sums their weights once a word.
WORD_TEMPLATES: list[Template] = [
    ((offset, column),)
    for column in WORD_COLUMNS
    for reach in (_COLUMN_REACH.get(column, 2),)
    for offset in range(-reach, reach + 1)
]
CONTEXT_TEMPLATES: list[Template] = [
    *[((offset, "gazcode"),) for offset in range(-2, 3)],
    *[((offset, "spaces"),) for offset in range(-1, 2)],
    ((0, "bracket"),),
    *[
        tuple(map(_parse_part, item.split()))
        for item in re.split(r"[|\n]", _CONJUNCTIONS)
        if item.strip()
    ],
]


def _odd_multipliers(count: int) -> U64:
    """Return odd 64-bit numbers from splitmix64 (Steele et al., 2014), with a fixed seed."""
    mask = 2**64 - 1
    state = 20
    multipliers = []
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & mask
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & mask
        multipliers.append((mixed ^ (mixed >> 31)) | 1)
    return np.array(multipliers, dtype=np.uint64)


_MULTIPLIERS = _odd_multipliers(1024)
_PART_MULTIPLIERS = _MULTIPLIERS[900:]  # numbers below are the templates'


def hash_template(parts: Sequence[U64], template: int, bits: int) -> U64:
    """Return weight indices below ``2 ** bits`` from the values of a template's parts.

    Feature hashing (Weinberger et al., 2009) by multiplication (Dietzfelbinger et al., 1997): each
    part is multiplied by a number of its own, the sum by the template's, all modulo 2**64; the
    highest bits of the product, which are mixed best, are the index.
    """
    total = parts[0] * _PART_MULTIPLIERS[0]
    for values, multiplier in zip(parts[1:], _PART_MULTIPLIERS[1:], strict=False):
        total = total + values * multiplier
    indices: U64 = (total * _MULTIPLIERS[template]) >> np.uint64(64 - bits)
    return indices


def template_indices(
    rows: U64, templates: Sequence[Template], first: int, bits: int
) -> NDArray[np.int32]:
    """Return the weight indices of templates at each token, shape (tokens, templates).

    ``rows`` has the hashed columns of the tokens, with MAX_OFFSET rows of padding at both ends;
    ``first`` is the number of the first template.
    """
    count = len(rows) - 2 * MAX_OFFSET
    indices = np.empty((count, len(templates)), dtype=np.int32)
    for number, template in enumerate(templates):
        parts = []
        for offset, column in template:
            begin = MAX_OFFSET + offset
            parts.append(rows[begin : begin + count, COLUMN_INDEX[column]])
        indices[:, number] = hash_template(parts, first + number, bits)
    return indices
