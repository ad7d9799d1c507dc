"""Cut a caption into tokens: runs of letters and digits, single other marks.

What may stand before or after a gene's name within one word is a token of its own: `pERK` is p and
ERK, `tpi1Δ` is tpi1 and Δ.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import DummyTokenizer, registry
from spacy.vocab import Vocab

Token = tuple[str, int, int]
"""A word with its start and end in the text."""

# Prefixes of constructs, states and places; those of RNA (siRNA, tRNA) part no name.
_PREFIX = (
    r"(?<![^\W_])(?:dn|mit|per|p|rh|sh|si|[Ss]yn|t)(?=[A-Z](?!NA|NAs)[^\W_]*[^\W_](?:$|[\W_]))"
)
TOKEN = re.compile(rf"{_PREFIX}|Δ|[^\W_Δ]+|[^\w\s]|_")


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a text, without white space.

    >>> [word for word, _, _ in tokenize("p-ERK, pERK, siRNA: IL-6")]
    ['p', '-', 'ERK', ',', 'p', 'ERK', ',', 'siRNA', ':', 'IL', '-', '6']
    """
    return [(match.group(), match.start(), match.end()) for match in TOKEN.finditer(text)]


class CaptionTokenizer(DummyTokenizer):
    """Makes a spaCy Doc of the tokens of `tokenize`, and of the white space that spaCy keeps.

    A token of white space holds what stands between two tokens besides one blank.
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        words: list[str] = []
        spaces: list[bool] = []
        end = 0

        def add_gap(gap: str) -> None:
            if words and gap.startswith(" "):
                spaces[-1] = True
                gap = gap[1:]
            if gap:
                words.append(gap)
                spaces.append(False)

        for word, start, stop in tokenize(text):
            if start > end:
                add_gap(text[end:start])
            words.append(word)
            spaces.append(False)
            end = stop
        if end < len(text):
            add_gap(text[end:])
        return Doc(self.vocab, words=words, spaces=spaces)


@registry.tokenizers("nerbench.caption_tokenizer.v2")  # type: ignore[untyped-decorator]
def create_caption_tokenizer() -> Callable[[Language], CaptionTokenizer]:
    """Return the function that makes a pipeline's tokenizer."""

    def make(nlp: Language) -> CaptionTokenizer:
        return CaptionTokenizer(nlp.vocab)

    return make
