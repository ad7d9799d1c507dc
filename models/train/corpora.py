"""Read the training corpora with nerbench's own readers: texts and the names in them."""

from __future__ import annotations

import re
import unicodedata
import zlib
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import nerbench
from nerbench.engine.gold import GoldFile
from nerbench.recognizers.default.component import CAPTIONS
from nerbench.records import Figure, Mention
from nerbench.spans.bioid_types import entity_type
from nerbench.spans.formats.reader import read_annotations

IOB_CORPORA: dict[str, tuple[str, ...]] = {
    "BioNLP09": ("Protein",),
    "BioNLP11EPI": ("Protein",),
    "BioNLP11ID-ggp": ("Protein",),
    "BioNLP13CG-ggp": ("Gene_or_gene_product",),
    "BioNLP13GE": ("Protein",),
    "BioNLP13PC-ggp": ("Gene_or_gene_product",),
    "CRAFT-ggp": ("GGP",),
    "Ex-PTM": ("Protein",),
    "JNLPBA": ("protein", "DNA", "RNA"),
}
"""The IOB corpora with the labels that count as genes or gene products."""

GUIDELINES = (CAPTIONS, "BC2GM", "BioID", *IOB_CORPORA)
"""The rules of what counts as a name and where it ends: a head of each network for each."""


@dataclass(frozen=True)
class Sentence:
    """A text with its gold spans (code points, half-open) under one guideline.

    ``paper`` is what texts are held out by; ``alternatives`` are spans that the annotators accept
    too.
    """

    id: str
    text: str
    spans: tuple[tuple[int, int], ...]
    guideline: str
    paper: str = ""
    alternatives: tuple[tuple[int, int], ...] = ()


def read_bc2gm(folder: Path) -> list[Sentence]:
    """Read the sentences of a folder with train.in, GENE.eval and ALTGENE.eval."""
    documents = {document.docid: document for document in read_annotations(folder).documents}
    sentences = []
    for line in (folder / "train.in").read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        key, text = line.split(" ", 1)
        places = [index for index, char in enumerate(text) if not char.isspace()]
        document = documents.get(key)
        gold, others = (
            tuple(sorted({(places[span.start], places[span.end - 1] + 1) for span in spans}))
            for spans in ((document.spans, document.alternatives) if document else ((), ()))
        )
        paper = re.split(r"[TA]", key)[0]  # an identifier is P<PMID>[TA]<offset>
        sentences.append(Sentence(key, text, gold, "BC2GM", paper, others))
    return sentences


def read_bioid(folder: Path) -> list[Sentence]:
    """Read the captions of BioID, with what is a gene or protein there."""
    return [
        Sentence(
            document.docid,
            document.text or "",
            tuple(sorted({(s.start, s.end) for s in document.spans if _is_gene(s.label)})),
            "BioID",
            document.docid.split()[0],
        )
        for document in read_annotations(folder).documents
    ]


def _is_gene(label: str) -> bool:
    return entity_type(label) == "gene_or_protein"


def read_captions(records: Sequence[Path], gold: Sequence[str | Path]) -> list[Figure]:
    """Read the figures whose captions are marked, by files or by those that nerbench ships."""
    figures = list(nerbench.open_corpus(*records))
    marked: dict[str, Figure] = {}
    for source in gold:
        for figure in GoldFile.open(source).mark(figures):
            if figure.gold is not None:
                marked.setdefault(figure.figid, figure)
    return list(marked.values())


def sentence_of(figure: Figure) -> Sentence:
    """Return a marked caption as a sentence."""
    mentions: tuple[Mention, ...] = figure.gold or ()
    spans = tuple((mention.start, mention.end) for mention in mentions)
    return Sentence(figure.figid, figure.caption, spans, CAPTIONS, figure.figid.split("__")[0])


_ESCAPED = {"``": '"', "''": '"', "-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]"}
_NO_SPACE_BEFORE = frozenset(".,;:!?)]}%'’")
_NO_SPACE_AFTER = frozenset("([{'‘")
_NO_SPACE_AROUND = frozenset("-/+*_@~=<>|\\^&–—·")
_COMPARISONS = frozenset("=<>±")


def detokenize(tokens: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """Return a plausible raw text for tokens whose spacing was lost, and each token's offsets.

    Hyphens and slashes are joined to both neighbours (they were split off words), brackets and
    stops to the word that they belong to; a quotation mark opens and closes in turn.
    """
    tokens = [_ESCAPED.get(token, token) for token in tokens]
    text = ""
    offsets: list[tuple[int, int]] = []
    quote_open = False
    for index, token in enumerate(tokens):
        if _has_space_before(tokens, index, quote_open):
            text += " "
        offsets.append((len(text), len(text) + len(token)))
        text += token
        if token == '"':
            quote_open = not quote_open
    return text, offsets


def _has_space_before(tokens: Sequence[str], index: int, quote_open: bool) -> bool:
    """Return whether a space stands before a token: the first rule that applies decides."""
    if index == 0:
        return False
    token, previous = tokens[index], tokens[index - 1]
    if token == '"':
        return previous == '"' or not quote_open
    if previous == '"' and quote_open:
        return False
    if token.isdigit() and previous in (".", ",") and index >= 2 and tokens[index - 2].isdigit():
        return False  # 0 . 05
    if token in _COMPARISONS or previous in _COMPARISONS:
        return True
    if token in _NO_SPACE_AROUND or previous in _NO_SPACE_AROUND:
        return False
    return token not in _NO_SPACE_BEFORE and previous not in _NO_SPACE_AFTER


def read_iob(path: Path, labels: tuple[str, ...], guideline: str) -> Iterator[Sentence]:
    """Yield the sentences of a token TAB IOB-label file, with the spans of ``labels``."""
    for number, document in enumerate(read_annotations(path).documents):
        tokens = (document.text or "").split(" ")
        text, offsets = detokenize(tokens)
        begins = list(accumulate((len(token) + 1 for token in tokens), initial=0))
        spans = tuple(
            (
                offsets[bisect(begins, span.start) - 1][0],
                offsets[bisect(begins, span.end - 1) - 1][1],
            )
            for span in document.spans
            if span.label in labels
        )
        yield Sentence(f"{guideline}:{path.stem}:{number}", text, spans, guideline)


def read_all_iob(folder: Path) -> list[Sentence]:
    """Read every IOB corpus that is in ``folder`` (train and devel parts)."""
    sentences: list[Sentence] = []
    for name, labels in IOB_CORPORA.items():
        for part in ("train.tsv", "devel.tsv"):
            path = folder / name / part
            if path.exists():
                sentences.extend(read_iob(path, labels, name))
    return sentences


def fingerprint(text: str) -> str:
    """Return a text's letters and digits without case: alike in copies of other spacing."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).casefold()


HELD_OUT = {CAPTIONS: 0.5, "BC2GM": 0.2, "BioID": 0.2}
"""The share of a guideline's papers that is for development only."""


def is_held_out(sentence: Sentence) -> bool:
    """Return whether a sentence is for development: a hash of its paper decides."""
    share = HELD_OUT.get(sentence.guideline, 0.0)
    return zlib.crc32(sentence.paper.encode()) / 2**32 < share


def without_overlap(sentences: list[Sentence], held_out: list[Sentence]) -> list[Sentence]:
    """Return sentences with other letters and digits than all of those held out, each text once for
    each guideline.
    """
    closed = {fingerprint(sentence.text) for sentence in held_out}
    seen: set[tuple[str, str]] = set()
    kept: list[Sentence] = []
    for sentence in sentences:
        key = fingerprint(sentence.text)
        if key in closed or (sentence.guideline, key) in seen:
            continue
        seen.add((sentence.guideline, key))
        kept.append(sentence)
    return kept
