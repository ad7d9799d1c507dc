"""Cut a caption into tokens: runs of letters and digits, single other marks.

What stands before or after a gene's name within one word is a token of its own: `pERK` is p and
ERK, `tpi1Δ` is tpi1 and Δ, `SOD1G85R` is SOD1 and G85R, `LC3vesicles` is LC3 and vesicles.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import DummyTokenizer, registry
from spacy.vocab import Vocab

Token = tuple[str, int, int]
"""A word with its start and end in the text."""

_RUN = re.compile(r"[^\W_]+|[^\w\s]|_")
# Prefixes of constructs, states, places and organisms; those of RNA (siRNA, tRNA) part no name.
_PREFIX = (
    r"(?:dn|mit|per|p|rh|sh|si|[Ss]yn|t|h|Hs|hs|Tg|R26|phospho|nuclear|human|mouse|e?GFP|EGFP|myc)"
    r"(?=[A-Z](?!NA|NAs)[^\W_]*[^\W_]$)"
)
# A mutation, and a state of the allele, the cell or the protein: often a superscript that was lost.
_MUTATION = r"(?<=[a-z\d])[A-Z]\d{2,4}[A-Z]|(?<=[A-Z])[A-Z]\d{3,4}[A-Z]"
_STATE = (
    r"WT|KO|(?<=[A-Z\d])(?:wt|ko|KD|KI|ki|hi|lo|neg|high|low|het|tg|null|mut\d?|sh)|p?fl|flox|lox"
    r"|pko|hyper|(?<=[a-z\d])(?:IR|DN)|CRE|Cre(?:ER(?:T2?)?)?|(?<=[^\W_]{3})(?:GFP|YFP|RFP|CFP)"
    r"|(?<=[A-Z\d]{2}|[a-z]\d)(?!phox|alpha|beta|gamma|delta|kappa|epsilon|zeta)[a-z]{4,}"
)
_PARTS = re.compile(rf"({_PREFIX})?(.+?)(?:(?<=..)({_MUTATION})?({_STATE})?)?$")


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a text, without white space."""
    tokens: list[Token] = []
    for match in _RUN.finditer(text):
        start = match.start()
        for word in word_parts(match.group()):
            end = start + len(word)
            tokens.append((word, start, end))
            start = end
    return tokens


@lru_cache(maxsize=100_000)
def word_parts(word: str) -> tuple[str, ...]:
    """Return what a run of letters and digits is made of: of `tpi1Δ`, tpi1 and Δ."""
    if len(word) < 3 or word.islower() or word.isdigit():
        return (word,)
    runs = re.findall(r"Δ|[^Δ]+", word)
    return tuple(part for run in runs for parts in _PARTS.findall(run) for part in parts if part)


class CaptionTokenizer(DummyTokenizer):
    """Makes a Doc of the tokens of `tokenize`, and of white space other than one blank."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        words: list[str] = []
        spaces: list[bool] = []
        end = 0
        for word, start, stop in [*tokenize(text), ("", len(text), len(text))]:
            gap = text[end:start]
            if words and gap.startswith(" "):
                spaces[-1] = True
                gap = gap[1:]
            parts = [part for part in (gap, word) if part]
            words += parts
            spaces += [False] * len(parts)
            end = stop
        return Doc(self.vocab, words=words, spaces=spaces)


@registry.tokenizers("nerbench.caption_tokenizer.v2")  # type: ignore[untyped-decorator]
def create_caption_tokenizer() -> Callable[[Language], CaptionTokenizer]:
    """Return the function that makes a pipeline's tokenizer."""
    return lambda nlp: CaptionTokenizer(nlp.vocab)
