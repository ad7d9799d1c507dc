"""A tiny training sample."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

GENES = ("IL-6", "STAT3", "EGFR", "Smad2", "TP53", "MAPK1", "Wnt5a", "AKT1")
FRAMES = (
    "{a} binds {b} in human cells.",
    "Expression of {a} was reduced by the inhibitor.",
    "We found that phosphorylation of {a} by {b} requires calcium.",
    "The patients were treated for ten days.",
    "Loss of {a} ({b} partner) leads to apoptosis.",
)


def _nonblank(text: str, at: int) -> int:
    return sum(not char.isspace() for char in text[:at])


@pytest.fixture(scope="session")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """BC2GM in its original form and one IOB corpus."""
    root = tmp_path_factory.mktemp("corpora")
    bc2gm = root / "BC2GM"
    bc2gm.mkdir()
    lines, gold = [], []
    number = 0
    for a in GENES:
        for b in GENES:
            frame = FRAMES[number % len(FRAMES)]
            text = frame.format(a=a, b=b)
            key = f"P{number:08d}A{number % 7:04d}"
            lines.append(f"{key} {text}")
            at = 0
            for name in (a, b):
                start = text.find(name, at)
                if start >= 0:
                    at = start + len(name)
                    gold.append(f"{key}|{_nonblank(text, start)} {_nonblank(text, at) - 1}|{name}")
            number += 1
    (bc2gm / "train.in").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (bc2gm / "GENE.eval").write_text("\n".join(gold) + "\n", encoding="utf-8")
    (bc2gm / "ALTGENE.eval").write_text("", encoding="utf-8")
    iob = root / "BioNLP13GE"
    iob.mkdir()
    rows = []
    for a in GENES:
        parts = a.replace("-", " - ").split()
        tags = ["B-Protein"] + ["I-Protein"] * (len(parts) - 1)
        tokens = ["Levels", "of", *parts, "(", "P", "<", "0.05", ")", "rose", "."]
        marks = ["O", "O", *tags, *["O"] * 7]
        rows += [f"{t}\t{m}" for t, m in zip(tokens, marks, strict=True)] + [""]
    (iob / "train.tsv").write_text("\n".join(rows), encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few records with inline genes."""
    root = tmp_path_factory.mktemp("records")
    for number in range(12):
        a, b = GENES[number % 8], GENES[(number + 3) % 8]
        symbols = {"IL-6": "IL6", "Smad2": "SMAD2", "Wnt5a": "WNT5A"}
        fields = {
            "figid": f"PMC{1000 + number}__f1",
            "figlink": "/f",
            "number": "Fig 1",
            "caption": f"{a} signaling. {a} activates {b}. ROS, reactive oxygen species.",
            "pmcid": f"PMC{1000 + number}",
            "papertitle": "Signaling",
            "filename": "f1.jpg",
            "figtitle": "Signaling",
            "year": "2020",
            "organisms": "Homo sapiens",
            "genes": [
                {
                    "word": n,
                    "symbol": n,
                    "source": "hgnc_symbol",
                    "hgnc_symbol": symbols.get(n, n),
                }
                for n in (a, b)
            ],
        }
        path = root / f"PMC{1000 + number}__f1.md"
        # JSON is YAML too.
        path.write_text(f"---\n{json.dumps(fields)}\n---\n", encoding="utf-8")
    return root
