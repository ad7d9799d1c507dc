"""Arguments and options of the commands that run and score models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nerbench import records
from nerbench.cli import values

_INPUT, _READING, _SCORING = "Figures and models", "Reading captions", "Scoring"
_OUTPUT, _SPEED, _LIMITS, GENERAL = "Output", "Speed", "Exit status 1 below", "General"

_CORPUS = "Records, tables, annotated texts, folders, archives; -: standard input"
_MODEL = "Name of a model, card or spaCy package"
_SEED = "Random seed of the tests"

Corpus = Annotated[list[Path], typer.Argument(metavar="CORPUS", help=f"{_CORPUS}.")]
CorpusOrSeed = Annotated[
    list[Path] | None,
    typer.Argument(metavar="CORPUS", help=f"{_CORPUS}; without: the shipped record."),
]
Model = Annotated[
    str,
    typer.Option("--model", "-m", metavar="MODEL", help=f"{_MODEL}.", rich_help_panel=_INPUT),
]
DEFAULT_MODEL = "default"
"""The only model of a run for which none is named."""

Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        "-m",
        metavar="MODEL",
        help=f"{_MODEL}; repeatable; without: {DEFAULT_MODEL}.",
        rich_help_panel=_INPUT,
    ),
]
Predictions = Annotated[
    list[Path],
    typer.Option(
        "--predictions",
        "-p",
        metavar="FILE",
        help="File of predictions; repeatable.",
        rich_help_panel=_INPUT,
    ),
]
Limit = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        parser=values.whole_number(1),
        help="Stop after this many figures.",
        rich_help_panel=_INPUT,
    ),
]
Gold = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Captions with every gene marked; 'shipped': those of nerbench.",
        rich_help_panel=_INPUT,
    ),
]
IdMap = Annotated[
    Path | None,
    typer.Option(
        "--id-map",
        metavar="FILE",
        help="Table of identifiers (of Uniprot, ...) and NCBI Gene ids: TSV, CSV or JSON.",
        rich_help_panel=_INPUT,
    ),
]
FigureId = Annotated[
    str | None, typer.Argument(metavar="FIGID", help="Id of the figure; with --text: none.")
]
Text = Annotated[
    str | None,
    typer.Option("--text", metavar="CAPTION", help="A caption.", rich_help_panel=_INPUT),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--columns",
        metavar="FIELD=COLUMN",
        help="Columns of a table: id=figure,caption=legend,genes=targets; repeatable.",
        rich_help_panel=_INPUT,
    ),
]
LabelMap = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FROM=TO",
        help="Read labels as others: 'Cytokine*=GENE'; TO may be empty; repeatable.",
        rich_help_panel=_INPUT,
    ),
]
Organism = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="auto (that of the record), human, fly, all, or taxon ids: 9606,7227.",
        rich_help_panel=_SCORING,
    ),
]
ScopeFrom = Annotated[
    str | None,
    typer.Option(
        metavar="organisms",
        help="Score only the organisms that the record names, none that is inferred.",
        rich_help_panel=_SCORING,
    ),
]
HeldOut = Annotated[
    bool,
    typer.Option(
        "--held-out",
        help="Leave out figures that a model was trained on.",
        rich_help_panel=_SCORING,
    ),
]
Level = Annotated[
    records.Level,
    typer.Option(
        metavar="LEVEL",
        parser=values.level,
        help="Names that may stand for a gene: symbol, synonym or family, each with the ones "
        "before.",
        rich_help_panel=_SCORING,
    ),
]
Abbreviations = Annotated[
    bool,
    typer.Option(
        help="Read an abbreviation that the caption defines as its long form.",
        rich_help_panel=_READING,
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option(
        metavar="SCORE",
        parser=values.share,
        help="Drop mentions of a lower score, 0 to 1; without: as the card says.",
        rich_help_panel=_READING,
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        metavar="N",
        parser=values.whole_number(0),
        help=f"{_SEED}.",
        rich_help_panel=_SCORING,
    ),
]
RunSeed = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        parser=values.whole_number(0),
        help=f"{_SEED}; without: the first run's.",
        rich_help_panel=_SCORING,
    ),
]
By = Annotated[
    list[str] | None,
    typer.Option(
        "--by",
        metavar="COLUMN",
        help="Score by this column of figures.tsv; repeatable.",
        rich_help_panel=_SCORING,
    ),
]
Jobs = Annotated[
    int,
    typer.Option(
        "--jobs",
        "-j",
        metavar="N",
        parser=values.whole_number(0),
        help="Number of processes; 0: one per core.",
        rich_help_panel=_SPEED,
    ),
]
Dask = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Run on the Dask cluster of this scheduler; 'local': on one of this machine.",
        rich_help_panel=_SPEED,
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        help="Reuse predictions of an earlier run into the same folder.",
        rich_help_panel=_SPEED,
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        metavar="FOLDER",
        help="Folder to write the reports to.",
        rich_help_panel=_OUTPUT,
    ),
]
OutFile = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        help="File to write; - for standard output.",
        rich_help_panel=_OUTPUT,
    ),
]
Force = Annotated[
    bool,
    typer.Option(
        "--force",
        help="Replace the run in the folder, whatever it is a run of.",
        rich_help_panel=_OUTPUT,
    ),
]
MultiQC = Annotated[
    bool,
    typer.Option(
        "--multiqc",
        help="Also write custom content for MultiQC: *_mqc.json.",
        rich_help_panel=_OUTPUT,
    ),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Print JSON, and nothing else, on standard output.",
        rich_help_panel=_OUTPUT,
    ),
]


def _min_rate(rate: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        metavar="RATE",
        parser=values.share,
        help=f"Least {rate} of each model, 0 to 1.",
        rich_help_panel=_LIMITS,
    )
    return option


MinPrecision = Annotated[float | None, _min_rate("precision")]
MinRecall = Annotated[float | None, _min_rate("recall")]
MinF1 = Annotated[float | None, _min_rate("F1")]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Print errors only.", rich_help_panel=GENERAL),
]
