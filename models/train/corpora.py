"""Readers for the training corpora: BC2GM in its original form, and token/IOB files."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: The IOB corpora used, with the labels that count as genes or gene products.
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


@dataclass(frozen=True)
class Sentence:
    """A text with its gold spans (code points, half-open) under one guideline."""

    id: str
    text: str
    spans: tuple[tuple[int, int], ...]
    guideline: str
    alternatives: tuple[tuple[int, int], ...] = ()


def _nonblank_positions(text: str) -> list[int]:
    return [i for i, char in enumerate(text) if not char.isspace()]


def _read_eval(path: Path, texts: dict[str, str]) -> dict[str, list[tuple[int, int]]]:
    """Spans of a BioCreative .eval file, as code point offsets into the sentences."""
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    positions = {key: _nonblank_positions(text) for key, text in texts.items()}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        key, offsets, _ = line.split("|", 2)
        if key not in positions:
            continue
        first, last = map(int, offsets.split())
        where = positions[key]
        spans[key].append((where[first], where[last] + 1))
    return spans


def read_bc2gm(folder: Path) -> list[Sentence]:
    """Sentences of a folder with train.in, GENE.eval and ALTGENE.eval."""
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


_NO_SPACE_BEFORE = set(".,;:!?)]}%'’")
_NO_SPACE_AFTER = set("([{'‘")
_TIGHT = set("-/+*_@~=<>|\\^&–—·")


def detokenise(tokens: list[str]) -> tuple[str, list[tuple[int, int]]]:
    """A plausible raw text for tokens whose spacing was lost, and each token's offsets.

    Hyphens and slashes are glued to both neighbours (they were split off words), brackets and
    stops to the word that they belong to; a quotation mark opens and closes in turn.
    """
    text = ""
    offsets: list[tuple[int, int]] = []
    quote_open = False
    previous = ""
    for index, raw in enumerate(tokens):
        token = {"``": '"', "''": '"', "-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]"}.get(
            raw, raw
        )
        following = tokens[index + 1] if index + 1 < len(tokens) else ""
        space = bool(text)
        if token in _NO_SPACE_BEFORE or previous in _NO_SPACE_AFTER:
            space = False
        if token in _TIGHT or previous in _TIGHT:
            space = False
        if token in "+=<>" and len(token) == 1 and following[:1].isalnum() and previous.isalpha():
            space = token != "+"
        if previous in ("=", "<", ">", "±") or token in ("=", "<", ">", "±"):
            space = bool(text)
        if token == "." and previous.isdigit() and following.isdigit():
            space = False
        if previous == "." and token.isdigit() and index >= 2 and tokens[index - 2].isdigit():
            space = False
        if previous == "," and token.isdigit() and index >= 2 and tokens[index - 2].isdigit():
            space = False
        if token == '"':
            space = bool(text) if not quote_open else False
            if previous == '"':
                space = bool(text)
        elif previous == '"' and quote_open:
            space = False
        if token == '"':
            quote_open = not quote_open
        if space:
            text += " "
        offsets.append((len(text), len(text) + len(token)))
        text += token
        previous = token
    return text, offsets


def read_iob(path: Path, labels: tuple[str, ...], guideline: str) -> Iterator[Sentence]:
    """Sentences of a token TAB IOB-label file; spans of ``labels`` only."""
    rows: list[tuple[str, str]] = []
    number = 0
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        if line.strip():
            token, _, tag = line.partition("\t")
            rows.append((token, tag.strip()))
            continue
        if rows and rows[0][0] != "-DOCSTART-":
            text, offsets = detokenise([token for token, _ in rows])
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
    """Every IOB corpus present under ``folder`` (train and devel parts)."""
    found: list[Sentence] = []
    for name, labels in IOB_CORPORA.items():
        for part in ("train.tsv", "devel.tsv"):
            path = folder / name / part
            if path.exists():
                found.extend(read_iob(path, labels, name))
    return found


def fingerprint(text: str) -> str:
    """The text's letters and digits, case dropped: equal for copies that differ in spacing."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).casefold()


def paper(sentence_id: str) -> str:
    """The paper of a BC2GM sentence: its identifier is P<PMID>[TA]<offset>."""
    return re.split(r"[TA]", sentence_id)[0]


def split_by_paper(
    sentences: list[Sentence], share: float = 0.2
) -> tuple[list[Sentence], list[Sentence]]:
    """Training and development parts; a paper is in one of them only (by a hash of its id)."""
    train: list[Sentence] = []
    dev: list[Sentence] = []
    for sentence in sentences:
        value = zlib.crc32(paper(sentence.id).encode()) / 2**32
        (dev if value < share else train).append(sentence)
    return train, dev


def without_overlap(sentences: list[Sentence], held_out: list[Sentence]) -> list[Sentence]:
    """Sentences whose normalised text is in no held-out text (short ones must equal, long ones
    may not share a run either way), each text once per guideline.
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
