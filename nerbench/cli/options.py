"""Arguments and options of the commands that run and score models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nerbench.records import Level

CorpusArgument = Annotated[list[Path], typer.Argument(help="Records, folders or archives.")]
OptionalCorpusArgument = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[CORPUS]...", help="Records, folders or archives; without: the shipped record."
    ),
]
ModelOption = Annotated[
    str, typer.Option("--model", "-m", help="Name of a model, card or spaCy package.")
]
ModelsOption = Annotated[
    list[str] | None,
    typer.Option("--model", "-m", help="Name of a model, card or spaCy package; repeatable."),
]
PredictionsOption = Annotated[
    list[Path],
    typer.Option(
        "--predictions", "-p", help="File of predictions (docs/predictions.md); repeatable."
    ),
]
OutOption = Annotated[Path, typer.Option("--out", "-o", help="Folder to write the reports to.")]
OrganismOption = Annotated[
    str, typer.Option(help="auto (that of the record), human, fly, all, or taxon ids: 9606,7227.")
]
LevelOption = Annotated[
    Level, typer.Option(help="Names that may stand for a gene: symbols only, up to family names.")
]
AbbreviationsOption = Annotated[
    bool, typer.Option(help="Read an abbreviation that the caption defines as its long form.")
]
ThresholdOption = Annotated[
    float | None,
    typer.Option(
        min=0, max=1, help="Drop mentions of a lower score; without: the threshold of the card."
    ),
]
LimitOption = Annotated[int | None, typer.Option(min=1, help="Stop after this many figures.")]
JobsOption = Annotated[
    int, typer.Option("--jobs", "-j", min=0, help="Number of processes; 0: one per core.")
]
DaskOption = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS|local", help="Run on the Dask cluster of this scheduler."),
]
SeedOption = Annotated[
    int, typer.Option(min=0, help="Random seed of the confidence intervals and tests.")
]
RunSeedOption = Annotated[
    int | None,
    typer.Option(
        min=0, help="Random seed of the confidence intervals and tests; without: the first run's."
    ),
]
StrataOption = Annotated[
    list[str] | None,
    typer.Option(
        "--by", metavar="COLUMN", help="Also score by this column of figures.tsv; repeatable."
    ),
]
ResumeOption = Annotated[
    bool, typer.Option(help="Reuse predictions of an earlier run into the same folder.")
]
MinRateOption = Annotated[
    float | None, typer.Option(min=0, max=1, help="Exit with status 1 below this rate.")
]
MultiQCOption = Annotated[
    bool, typer.Option("--multiqc", help="Also write custom content for MultiQC: *_mqc.json.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
