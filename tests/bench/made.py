"""Figures by the thousand, made of real ones: sentences of their captions dealt anew. As a
program, it writes records: ``python tests/bench/made.py COUNT FOLDER``.

Each made figure takes its record's curated genes and organisms, and as many sentences as the
record's caption has, drawn from all captions, so that lengths, names and lists stay real-like.
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

SHARED = Path(__file__).resolve().parents[3] / "shared" / "pfocr"
_SENTENCE = re.compile(r"(?<=[.;])\s+")


def real_figures() -> list[Figure]:
    """The records beside the checkout, or the one that ships where there are none."""
    folders = [SHARED / "records-2021", SHARED / "records-2023"]
    return list(open_corpus(*(folders if SHARED.is_dir() else ["seeds"])))


def made_figures(count: int, seed: int = 0) -> Iterator[Figure]:
    """So many figures with new ids; the same for the same seed."""
    figures = real_figures()
    rng = random.Random(seed)
    sentences = [_SENTENCE.split(figure.caption) for figure in figures]
    pool = [sentence for several in sentences for sentence in several if sentence]
    paired = zip(figures, sentences, strict=True)
    for at, (figure, several) in enumerate(islice(cycle(paired), count)):
        caption = " ".join(rng.choice(pool) for _ in several) if figure.caption else ""
        yield replace(figure, figid=f"MADE{at:07}", caption=caption)


def write_records(folder: Path, count: int) -> Path:
    """Made figures as records of PFOCR's present layout, each with its gene table; their captions
    alone as JSON lines beside the folder.
    """
    folder.mkdir(parents=True)
    with folder.with_suffix(".jsonl").open("w", encoding="utf-8") as captions:
        for figure in made_figures(count):
            text = yaml.dump(
                _fields(figure), Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False
            )
            (folder / f"{figure.figid}.md").write_text(f"---\n{text}---\n", encoding="utf-8")
            rows = ["organism_id\torganism_name\tword\tncbigene_symbol\tncbigene_id\tsource"]
            for gene in figure.curated:
                for word in gene.words or (gene.symbol,):
                    about = gene.taxon, "", word, gene.symbol, gene.gene_id or "", "ncbigene_symbol"
                    rows.append("\t".join(map(str, about)))
            table = "\n".join(rows) + "\n"
            (folder / f"{figure.figid}-genes.tsv").write_text(table, encoding="utf-8")
            captions.write(json.dumps(figure.caption) + "\n")
    return folder


def _fields(figure: Figure) -> dict[str, object]:
    """The fields of a record in PFOCR's present layout, caption and genes twice as there."""
    return {
        "figid": figure.figid,
        "figtitle": figure.title,
        "organisms": list(figure.organisms) or ["NA"],
        "organisms_ner": list(figure.organisms_ner) or ["NA"],
        "pmcid": figure.pmcid,
        "filename": f"{figure.figid}.jpg",
        "figlink": f"/pmc/articles/{figure.pmcid}/figure/F1/",
        "number": "F1",
        "caption": figure.caption,
        "papertitle": figure.paper_title,
        "reftext": figure.paper_title,
        "year": figure.year,
        "doi": figure.doi,
        "journal_title": figure.journal,
        "publisher_name": figure.publisher,
        "keywords": figure.title,
        "figtype": "Figure",
        "redirect_from": f"/figures/{figure.figid}",
        "ndex": "",
        "seo": "CreativeWork",
        "schema-jsonld": {
            "@context": "https://schema.org/",
            "@id": f"https://pfocr.wikipathways.org/figures/{figure.figid}.html",
            "@type": "Dataset",
            "description": figure.caption,
            "license": "CC0",
            "name": "CreativeWork",
            "creator": {"@type": "Organization", "name": "WikiPathways"},
            "keywords": [gene.symbol for gene in figure.curated],
        },
    }


if __name__ == "__main__":
    write_records(Path(sys.argv[2]), int(sys.argv[1]))
