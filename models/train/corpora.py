"""Read the training corpora: BC2GM in its original form, and token/IOB files."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

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


@dataclass(frozen=True)
class Sentence:
    """A text with its gold spans (code points, half-open) under one guideline.

    ``alternatives`` are spans that the annotators accept too.
    """

    id: str
    text: str
    spans: tuple[tuple[int, int], ...]
    guideline: str
    alternatives: tuple[tuple[int, int], ...] = ()


def _read_eval(path: Path, texts: dict[str, str]) -> dict[str, list[tuple[int, int]]]:
    """Read the spans of a BioCreative .eval file, whose offsets skip white space."""
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    positions = {
        key: [index for index, char in enumerate(text) if not char.isspace()]
        for key, text in texts.items()
    }
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        key, offsets, _ = line.split("|", 2)
        if key not in positions:
            continue
        first, last = map(int, offsets.split())
        spans[key].append((positions[key][first], positions[key][last] + 1))
    return spans


def read_bc2gm(folder: Path) -> list[Sentence]:
    """Read the sentences of a folder with train.in, GENE.eval and ALTGENE.eval."""
    texts: dict[str, str] = {}
    for line in (folder / "train.in").read_text(encoding="utf-8").splitlines():
        if line.strip():
            key, text = line.split(" ", 1)
            texts[key] = text
    gold = _read_eval(folder / "GENE.eval", texts)
    alternatives = _read_eval(folder / "ALTGENE.eval", texts)
    return [
        Sentence(
            key,
            text,
            tuple(sorted(set(gold.get(key, [])))),
            "bc2gm",
            tuple(sorted(set(alternatives.get(key, [])))),
        )
        for key, text in texts.items()
    ]


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
    rows: list[tuple[str, str]] = []
    number = 0
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        if line.strip():
            token, _, tag = line.partition("\t")
            rows.append((token, tag.strip()))
            continue
        if rows and rows[0][0] != "-DOCSTART-":
            text, offsets = detokenize([token for token, _ in rows])
            spans: list[tuple[int, int]] = []
            open_label = ""
            for (_, tag), (start, end) in zip(rows, offsets, strict=True):
                kind, _, label = tag.partition("-")
                if kind == "O" or label not in labels:
                    open_label = ""
                elif kind == "I" and open_label == label and spans:
                    spans[-1] = (spans[-1][0], end)
                else:
                    spans.append((start, end))
                    open_label = label
            yield Sentence(f"{guideline}:{path.stem}:{number}", text, tuple(spans), guideline)
            number += 1
        rows = []


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


def paper(sentence_id: str) -> str:
    """Return the paper of a BC2GM sentence, whose identifier is P<PMID>[TA]<offset>."""
    return re.split(r"[TA]", sentence_id)[0]


def split_by_paper(
    sentences: list[Sentence], share: float = 0.2
) -> tuple[list[Sentence], list[Sentence]]:
    """Return training and development parts; a hash of its id decides which part has a paper."""
    train: list[Sentence] = []
    dev: list[Sentence] = []
    for sentence in sentences:
        value = zlib.crc32(paper(sentence.id).encode()) / 2**32
        (dev if value < share else train).append(sentence)
    return train, dev


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
