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


def _nonblank(text: str, end: int) -> int:
    return sum(not char.isspace() for char in text[:end])


@pytest.fixture(scope="session")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """BC2GM in its original form, one IOB corpus, and captions of BioID."""
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
    bioid = root / "BioID" / "caption_bioc"
    bioid.mkdir(parents=True)
    for number, name in enumerate(GENES):
        text = f"(A) Levels of {name} in HeLa cells."
        marks = [("protein:GFP", 14, len(name)), ("CVCL_0030", text.index("HeLa"), 4)]
        annotations = "".join(
            f'<annotation id="{k}"><infon key="type">{label}</infon>'
            f'<location offset="{start}" length="{length}"/>'
            f"<text>{text[start : start + length]}</text></annotation>"
            for k, (label, start, length) in enumerate(marks)
        )
        (bioid / f"{number}.xml").write_text(
            "<collection><source>s</source><date>d</date><key>k</key>"
            f"<document><id>{100 + number} Figure_1-A</id><passage><offset>0</offset>"
            f"<text>{text}</text>{annotations}</passage></document></collection>",
            encoding="utf-8",
        )
    return root


@pytest.fixture(scope="session")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Records, and the marks of their captions in ``gold.jsonl`` in the folder above."""
    root = tmp_path_factory.mktemp("records") / "pfocr"
    root.mkdir()
    gold = []
    for number in range(24):
        a, b = GENES[number % 8], GENES[(number + 3) % 8]
        caption = f"{a} signaling. {a} activates {b}. ROS, reactive oxygen species."
        figid = f"PMC{1000 + number}__f1"
        fields = {
            "figid": figid,
            "figlink": "/f",
            "number": "Fig 1",
            "caption": caption,
            "pmcid": f"PMC{1000 + number}",
            "papertitle": "Signaling",
            "filename": "f1.jpg",
            "figtitle": "Signaling",
            "year": "2020",
            "organisms": "Homo sapiens",
            "genes": [
                {"word": "x", "symbol": "x", "source": "hgnc_symbol", "hgnc_symbol": "STAT3"}
            ],
        }
        # JSON is YAML too.
        (root / f"{figid}.md").write_text(f"---\n{json.dumps(fields)}\n---\n", encoding="utf-8")
        places = [(0, a), (len(a) + 12, a), (caption.index(f"{b}. ROS"), b)]
        mentions = [
            {"start": start, "end": start + len(name), "text": name, "kind": "gene"}
            for start, name in places
        ]
        gold.append(json.dumps({"id": figid, "mentions": mentions}))
    (root.parent / "gold.jsonl").write_text("\n".join(gold) + "\n", encoding="utf-8")
    return root
