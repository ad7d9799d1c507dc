"""Arguments and options of the commands that run and score models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nerbench import records

_CORPUS = "Records, annotated texts, folders or archives"
_MODEL = "Name of a model, card or spaCy package"
_SEED = "Random seed of the tests"

Corpus = Annotated[list[Path], typer.Argument(help=f"{_CORPUS}.")]
CorpusOrSeed = Annotated[
    list[Path] | None, typer.Argument(help=f"{_CORPUS}; without: the shipped record.")
]
Model = Annotated[str, typer.Option("--model", "-m", help=f"{_MODEL}.")]
Models = Annotated[list[str] | None, typer.Option("--model", "-m", help=f"{_MODEL}; repeatable.")]
Predictions = Annotated[
    list[Path],
    typer.Option("--predictions", "-p", help="File (docs/predictions.md); repeatable."),
]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder to write the reports to.")]
Organism = Annotated[
    str, typer.Option(help="auto (that of the record), human, fly, all, or taxon ids: 9606,7227.")
]
ScopeFrom = Annotated[
    str | None,
    typer.Option(
        metavar="organisms",
        help="Score only the organisms that the record names, none that is inferred.",
    ),
]
HeldOut = Annotated[
    bool, typer.Option("--held-out", help="Leave out figures that a model was trained on.")
]
Level = Annotated[
    records.Level,
    typer.Option(help="Names that may stand for a gene: symbols only, up to family names."),
]
Abbreviations = Annotated[
    bool, typer.Option(help="Read an abbreviation that the caption defines as its long form.")
]
Threshold = Annotated[
    float | None,
    typer.Option(min=0, max=1, help="Drop mentions of a lower score; without: as the card says."),
]
Limit = Annotated[int | None, typer.Option(min=1, help="Stop after this many figures.")]
Jobs = Annotated[
    int, typer.Option("--jobs", "-j", min=0, help="Number of processes; 0: one per core.")
]
Dask = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS|local", help="Run on the Dask cluster of this scheduler."),
]
Seed = Annotated[int, typer.Option(min=0, help=f"{_SEED}.")]
RunSeed = Annotated[int | None, typer.Option(min=0, help=f"{_SEED}; without: the first run's.")]
By = Annotated[
    list[str] | None,
    typer.Option("--by", metavar="COLUMN", help="Score by this column of figures.tsv; repeatable."),
]
Gold = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|shipped",
        help="Captions with every gene marked (docs/gold.md), or those that nerbench ships.",
    ),
]
IdMap = Annotated[
    Path | None,
    typer.Option(
        "--id-map",
        metavar="FILE",
        help="Table of identifiers (of Uniprot, ...) and NCBI Gene ids: TSV, CSV or JSON.",
    ),
]
LabelMap = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FROM=TO",
        help="Read labels of annotations as others: 'Cytokine*=GENE'; TO may be empty; repeatable.",
    ),
]
Resume = Annotated[
    bool, typer.Option(help="Reuse predictions of an earlier run into the same folder.")
]
MinRate = Annotated[
    float | None, typer.Option(min=0, max=1, help="Exit with status 1 below this rate.")
]
MultiQC = Annotated[
    bool, typer.Option("--multiqc", help="Also write custom content for MultiQC: *_mqc.json.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
