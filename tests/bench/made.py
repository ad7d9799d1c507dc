"""Figures by the thousand, made of real ones, whose captions do not repeat. As a program, it writes
records: ``python tests/bench/made.py COUNT FOLDER``.

Each made figure has its record's layout, curated genes and organisms, and as many sentences as the
record's caption, drawn from all captions, so that lengths and lists stay real-like. The words of
each sentence are varied as real text varies: other numbers, names of the lexicons for symbols, and
words of other captions for words.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

import yaml

from nerbench import Figure, open_corpus
from nerbench.nomenclature.lexicon import load_nomenclature

SHARED = Path(__file__).resolve().parents[3] / "shared" / "pfocr"
_SYMBOL = 0.3  # of the chunks that look like symbols have a name of a lexicon instead
_WORD = 0.05  # of the others have a word of another caption instead
_SENTENCE = re.compile(r"(?<=[.;])\s+")


def real_figures() -> list[Figure]:
    """The records beside the checkout, or the one that ships where there are none."""
    folders = [SHARED / "records-2021", SHARED / "records-2023"]
    return list(open_corpus(*(folders if SHARED.is_dir() else ["seeds"])))


def made_figures(count: int, seed: int = 0) -> Iterator[Figure]:
    """So many figures with new ids and distinct captions; the same for the same seed."""
    figures = real_figures()
    rng = random.Random(seed)
    sentences = [_SENTENCE.split(figure.caption) for figure in figures]
    pool = [sentence for several in sentences for sentence in several if sentence]
    words = sorted({word for sentence in pool for word in sentence.split(" ") if word.isalpha()})
    names = _symbols()
    seen: set[str] = set()
    paired = zip(figures, sentences, strict=True)
    for at, (figure, several) in enumerate(islice(cycle(paired), count)):
        caption = ""
        while figure.caption and (not caption or caption in seen):
            drawn = (rng.choice(pool) for _ in several)
            caption = " ".join(_varied(sentence, words, names, rng) for sentence in drawn)
        seen.add(caption)
        yield replace(figure, figid=f"MADE{at:07}", caption=caption)


def _symbols() -> list[str]:
    """The symbols and short aliases of the lexicons, as their sources write them."""
    nomenclature = load_nomenclature()
    return sorted(
        name
        for taxon in nomenclature
        for name in nomenclature[taxon].index.spellings()
        if len(name) < 9 and " " not in name
    )


def _varied(sentence: str, words: list[str], names: list[str], rng: random.Random) -> str:
    """A sentence with other numbers, symbols and words here and there."""
    chunks = sentence.split(" ")
    for at, chunk in enumerate(chunks):
        bare = chunk.strip("().,;:")
        if bare.replace(".", "", 1).isdigit():
            chunks[at] = chunk.replace(bare, "".join(_digit(char, rng) for char in bare))
        elif bare and not bare.islower() and any(map(str.isupper, bare[1:])):
            if rng.random() < _SYMBOL:
                chunks[at] = chunk.replace(bare, rng.choice(names))
        elif bare.isalpha() and rng.random() < _WORD:
            chunks[at] = chunk.replace(bare, rng.choice(words))
    return " ".join(chunks)


def _digit(char: str, rng: random.Random) -> str:
    return str(rng.randint(1, 9)) if char.isdigit() else char


def write_records(folder: Path, count: int) -> Path:
    """Made figures as records of the layout of those that they are made of; their captions alone as
    JSON lines beside the folder.
    """
    folder.mkdir(parents=True)
    with folder.with_suffix(".jsonl").open("w", encoding="utf-8") as captions:
        for figure in made_figures(count):
            source = Path(figure.source)
            text = source.read_text(encoding="utf-8").strip()
            fields = yaml.load(text.removeprefix("---").removesuffix("---"), yaml.CBaseLoader)
            fields |= {"figid": figure.figid, "caption": figure.caption}
            if isinstance(fields.get("schema-jsonld"), dict):
                fields["schema-jsonld"]["description"] = figure.caption
            text = yaml.dump(fields, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
            (folder / f"{figure.figid}.md").write_text(f"---\n{text}---\n", encoding="utf-8")
            table = source.with_name(f"{source.stem}-genes.tsv")
            if table.is_file():
                (folder / f"{figure.figid}-genes.tsv").write_bytes(table.read_bytes())
            captions.write(json.dumps(figure.caption) + "\n")
    return folder


if __name__ == "__main__":
    write_records(Path(sys.argv[2]), int(sys.argv[1]))
