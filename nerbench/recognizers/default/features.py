"""What the default recognizer sees of a text: tokens, gazetteer matches, word features.

Its folding of names is its own and part of the trained weights: it must stay as it was in
training, while that of `nerbench.nomenclature` goes with the nomenclature.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.strings import hash_string  # type: ignore[attr-defined]
from spacy.tokenizer import Tokenizer
from spacy.util import registry

U64 = NDArray[np.uint64]

# --------------------------------------------------------------------------- tokenizer

_PUNCT = r"(?:[^\w\s]|_)"


@registry.tokenizers("nerbench.caption_tokenizer.v1")  # type: ignore[untyped-decorator]
def create_caption_tokenizer() -> Callable[[Language], Tokenizer]:
    """Runs of letters and digits are tokens, and so is every other character that is no space."""

    def make(nlp: Language) -> Tokenizer:
        return Tokenizer(
            nlp.vocab,
            rules={},
            prefix_search=re.compile("^" + _PUNCT).search,
            suffix_search=re.compile(_PUNCT + "$").search,
            infix_finditer=re.compile(_PUNCT).finditer,
        )

    return make


TOKEN = re.compile(r"[^\W_]+|[^\w\s]|_")

# --------------------------------------------------------------------------- folding

GREEK = {
    "alpha": "a",
    "beta": "b",
    "gamma": "g",
    "delta": "d",
    "epsilon": "e",
    "zeta": "z",
    "eta": "h",
    "theta": "q",
    "iota": "i",
    "kappa": "k",
    "lambda": "l",
    "mu": "m",
    "omega": "o",
    "sigma": "s",
    "tau": "t",
    "phi": "f",
    "psi": "y",
    "chi": "c",
    "rho": "r",
}
_GREEK_CHARS = {
    "α": "a",
    "β": "b",
    "γ": "g",
    "δ": "d",
    "ε": "e",
    "ζ": "z",
    "η": "h",
    "θ": "q",
    "ι": "i",
    "κ": "k",
    "λ": "l",
    "μ": "m",
    "µ": "m",
    "ω": "o",
    "σ": "s",
    "τ": "t",
    "φ": "f",
    "ψ": "y",
    "χ": "c",
    "ρ": "r",
    "ß": "b",
}
_GREEK_TABLE = str.maketrans(_GREEK_CHARS)
_GREEK_TAIL = re.compile(
    r"(?<=\w\w)(alpha|beta|gamma|delta|kappa|epsilon|zeta|theta|lambda|sigma)$"
)
_GREEK_HEAD = re.compile(r"^(alpha|beta|gamma|delta|kappa)(?=\w{1,2}$)")


@lru_cache(maxsize=200_000)
def fold_token(token: str) -> str:
    """The folded form of one token: case, dashes and Greek spelling dropped."""
    if not token.isascii():
        token = unicodedata.normalize("NFKC", token).replace("ß", "β")
        token = token.lower().translate(_GREEK_TABLE)
    else:
        token = token.lower()
    if len(token) == 1:
        return token if token.isalnum() or token in "+'()/,:" else ""
    if token in GREEK:
        return GREEK[token]
    if len(token) > 4:
        token = _GREEK_TAIL.sub(lambda m: GREEK[m.group()], token)
        token = _GREEK_HEAD.sub(lambda m: GREEK[m.group()], token)
    return token


def fold(text: str) -> str:
    """The folded form of a name: its tokens' folded forms, joined."""
    return "".join(fold_token(token) for token in TOKEN.findall(text))


# --------------------------------------------------------------------------- gazetteer

#: Bits of a gazetteer entry.
HUMAN_SYMBOL, HUMAN_SYNONYM, FULL_NAME, FLY_SYMBOL, FLY_SYNONYM, FAMILY = 1, 2, 4, 8, 16, 32
#: Bits of the entry's spelling in the nomenclature: capitals, small letters, both.
UPPER, LOWER, MIXED = 64, 128, 256
_MAX_KEY = 70
_MAX_TOKENS = 12

#: Kinds of match, the best first; the code of a token is 1 + 4 * kind + place (B, I, E, S).
KINDS = 8


@lru_cache(maxsize=1024)
def _kind(flags: int) -> int:
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
    """Folded names and what the nomenclature says of them."""

    def __init__(self, entries: dict[str, int]) -> None:
        self.entries = entries
        self.heads: frozenset[str] = frozenset(key[:3] for key in entries)

    def matches(self, folded: Sequence[str]) -> list[tuple[int, int, str]]:
        """Every token-bounded match as (start, end, key), longest first for each start."""
        found: list[tuple[int, int, str]] = []
        entries = self.entries
        count = len(folded)
        joined = "".join(folded)
        ends: list[int] = []
        position = 0
        for piece in folded:
            position += len(piece)
            ends.append(position)
        begin = 0
        for i in range(count):
            piece = folded[i]
            if piece and piece not in "+'()/,:" and joined[begin : begin + 3] in self.heads:
                limit = min(count, i + _MAX_TOKENS)
                for j in range(limit - 1, i - 1, -1):
                    end = ends[j]
                    if end - begin > _MAX_KEY or not folded[j]:
                        continue
                    key = joined[begin:end]
                    if key in entries:
                        found.append((i, j + 1, key))
            begin = ends[i]
        return found

    def codes(self, folded: Sequence[str]) -> tuple[list[int], list[tuple[int, int, str]]]:
        """The code of each token by the longest non-overlapping matches, and all matches."""
        matches = self.matches(folded)
        codes = [0] * len(folded)
        done = 0
        for start, end, key in matches:
            if start < done:
                continue
            base = 1 + 4 * _kind(self.entries[key])
            if end - start == 1:
                codes[start] = base + 3
            else:
                codes[start] = base
                for k in range(start + 1, end - 1):
                    codes[k] = base + 1
                codes[end - 1] = base + 2
            done = end
        return codes, matches


# --------------------------------------------------------------------------- word features

#: Columns of a word's feature row.
COLUMNS = "word norm shape short p2 p3 p4 s2 s3 s4 letters class c64 c256 c1024 gaz common".split()
N_COLUMNS = len(COLUMNS)
COL = {name: k for k, name in enumerate(COLUMNS)}
_ROMAN = re.compile(r"^(?:I{1,3}|IV|VI{0,3}|IX|X{1,3}|XI{1,3})$")
_AMINO = frozenset(
    "ala arg asn asp cys gln glu gly his ile leu lys met phe pro ser thr trp tyr val".split()
)


def _shape(word: str) -> str:
    out = []
    for char in word[:12]:
        if char.isupper():
            out.append("X")
        elif char.isdigit():
            out.append("0")
        elif "α" <= char <= "ω" or char == "µ":
            out.append("g")
        elif char.isalpha():
            out.append("x")
        else:
            out.append(char)
    return "".join(out)


def _word_class(word: str, lower: str) -> str:
    if len(word) == 1:
        if word.isalpha():
            if not word.isascii():
                return "greek"
            return "upper1" if word.isupper() else "lower1"
        return "digit1" if word.isdigit() else word
    if lower in GREEK:
        return "greek"
    if _ROMAN.match(word):
        return "roman"
    if word.isdigit():
        return "number"
    if lower in _AMINO:
        return "amino"
    if lower[-1] == "s" and word[:-1].isupper():
        return "plural"
    if not set(word) - set("ACGTU"):
        return "nucleic"
    if word.isupper():
        return "upper" + str(min(len(word), 6))
    if word.islower():
        return "lower"
    if word[0].isupper() and word[1:].islower():
        return "title"
    if word[0] in "pchmrd" and word[1:].isupper():
        return "prefixed"
    if any(c.isdigit() for c in word):
        return "alnum"
    return "mixed"


def normal_form(word: str) -> str:
    """Lower case, digits as 0."""
    word = word.lower()
    return word if word.isalpha() else "".join("0" if c.isdigit() else c for c in word)


class WordFeatures:
    """Feature rows (64-bit hashes) of words; clusters, commonness and vectors of known ones."""

    def __init__(
        self,
        gazetteer: Gazetteer,
        words: Sequence[str],
        info: NDArray[np.int16],
        vectors: NDArray[np.int8],
        scale: float,
    ) -> None:
        """``words`` are normal forms; ``info`` their clusters, coarse to fine, and commonness."""
        self.gazetteer = gazetteer
        self.names = list(words)
        self.index = {word: k for k, word in enumerate(self.names)}
        self.table = info
        self.lexicon = {w: tuple(row) for w, row in zip(self.names, info.tolist(), strict=True)}
        self.stored = vectors
        self.scale = scale

    def info(self, word: str) -> tuple[int, ...]:
        """The clusters and the commonness of a word."""
        return self.lexicon.get(normal_form(word), (-1, -1, -1, 0))

    def vectors(self, words: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of words, zeros for unknown ones."""
        out = np.zeros((len(words), self.stored.shape[1]), dtype=np.float32)
        for k, word in enumerate(words):
            at = self.index.get(normal_form(word))
            if at is not None:
                out[k] = self.stored[at]
        return out * np.float32(self.scale)

    def to_npz(self, path: Path) -> None:
        """Write the words."""
        np.savez_compressed(
            path,
            words=np.frombuffer("\n".join(self.names).encode(), dtype=np.uint8),
            info=self.table,
            vectors=self.stored,
            scale=np.float64(self.scale),
        )

    @classmethod
    def from_npz(cls, path: Path, gazetteer: Gazetteer) -> WordFeatures:
        """Read what `to_npz` wrote."""
        with np.load(path, allow_pickle=False) as data:
            words = data["words"].tobytes().decode().split("\n")
            return cls(gazetteer, words, data["info"], data["vectors"], float(data["scale"]))

    def row(self, word: str) -> list[int]:
        """The hashed features of one word, in the order of COLUMNS."""
        lower = word.lower()
        norm = normal_form(word)
        shape = _shape(word)
        short = re.sub(r"(.)\1+", r"\1", shape)
        letters = re.sub(r"[\d\W]+", "", lower)
        if len(letters) > 3 and letters.endswith("s"):
            letters = letters[:-1]
        known = self.lexicon.get(norm)
        c64, c256, c1024, common = known if known else (-1, -1, -1, -1)
        flags = self.gazetteer.entries.get(fold_token(word), 0)
        cased = UPPER if word.isupper() else LOWER if word.islower() else MIXED
        gaz = f"{flags & 63}{'=' if flags & cased else '~'}" if flags else "-"
        texts = (
            word,
            norm,
            shape,
            short,
            word[:2],
            lower[:3],
            lower[:4],
            lower[-2:],
            lower[-3:],
            lower[-4:],
            letters,
            _word_class(word, lower),
            str(c64),
            str(c256),
            str(c1024) if known else norm[-3:],
            gaz,
            str(common),
        )
        return [hash_string(f"{k}:{text}") for k, text in enumerate(texts)]


# --------------------------------------------------------------------------- context features

#: Columns that depend on the place: gazetteer code, spaces around, bracket state.
PLACE = ("gazcode", "spaces", "bracket")
COL.update({name: N_COLUMNS + k for k, name in enumerate(PLACE)})

Template = tuple[tuple[int, str], ...]


def _templates() -> tuple[list[Template], list[Template]]:
    words: list[Template] = []
    for name in COLUMNS:
        reach = 1 if name in ("p2", "p4", "s2", "s4", "word", "c1024") else 2
        if name in ("norm", "short", "c256", "class"):
            reach = 4 if name in ("norm", "c256") else 3
        words += [((offset, name),) for offset in range(-reach, reach + 1)]
    places: list[Template] = [((o, "gazcode"),) for o in (-2, -1, 0, 1, 2)]
    places += [((o, "spaces"),) for o in (-1, 0, 1)] + [((0, "bracket"),)]
    text = """
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
    joint: list[Template] = []
    for item in re.split(r"[|\n]", text):
        if not item.strip():
            continue
        parts = []
        for part in item.split():
            match = re.fullmatch(r"([a-z]+\d*?)(-?\d)", part)
            assert match, part
            parts.append((int(match.group(2)), match.group(1)))
        joint.append(tuple(parts))
    return words, places + joint


WORD_TEMPLATES, PLACE_TEMPLATES = _templates()


def _odd_numbers(count: int) -> U64:
    """Odd 64-bit multipliers, the same everywhere (splitmix64)."""
    found = []
    state = 20
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & (2**64 - 1)
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & (2**64 - 1)
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & (2**64 - 1)
        found.append((mixed ^ (mixed >> 31)) | 1)
    return np.array(found, dtype=np.uint64)


_ODD = _odd_numbers(1024)
REACH = 4


def template_indices(
    rows: U64, templates: Sequence[Template], first: int, bits: int
) -> NDArray[np.int32]:
    """Weight indices of each template at each token; ``rows`` carries REACH pad rows each end."""
    count = len(rows) - 2 * REACH
    out = np.empty((count, len(templates)), dtype=np.int32)
    shift = np.uint64(64 - bits)
    for t, template in enumerate(templates):
        total: U64 | None = None
        for part, (offset, name) in enumerate(template):
            begin = REACH + offset
            values = rows[begin : begin + count, COL[name]] * _ODD[900 + part]
            total = values if total is None else total + values
        assert total is not None
        out[:, t] = (total * _ODD[first + t]) >> shift
    return out
