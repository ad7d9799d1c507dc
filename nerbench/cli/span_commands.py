"""The command that scores spans against gold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nerbench.cli import options
from nerbench.cli.output import console, print_first, print_message
from nerbench.errors import NerbenchError

if TYPE_CHECKING:
    from nerbench.spans.bioid import BioidScores
    from nerbench.spans.span_scores import SpanScores


def spans(
    gold: Annotated[
        Path,
        typer.Argument(
            metavar="GOLD", help="Gold: PubTator, BioC, brat or CoNLL; for bc2gm its folder."
        ),
    ],
    predictions: Annotated[
        Path, typer.Argument(metavar="PREDICTIONS", help="Predicted spans, in the same formats.")
    ],
    scheme: Annotated[
        str,
        typer.Option(
            metavar="SCHEME",
            help="strict, exact, partial, type, overlap, bc2gm, ids-mention, ids-document, bioid.",
        ),
    ] = "strict",
    label: Annotated[
        list[str] | None,
        typer.Option("--label", "-l", metavar="LABEL", help="Score only this label; repeatable."),
    ] = None,
    label_map: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="FROM=TO",
            help="Rename labels, such as 'Uniprot:*=Gene'; TO may be empty; repeatable.",
        ),
    ] = None,
    id_map: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="For bioid: equivalent identifiers, if not equivalence_classes.json beside GOLD.",
        ),
    ] = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Score predicted spans against gold spans (docs/spans.md)."""
    from nerbench.reports.span_table import bioid_table, span_table
    from nerbench.spans.bioid import score_bioid
    from nerbench.spans.label_map import parse_label_map
    from nerbench.spans.span_scores import score_spans

    renames = parse_label_map(label_map or ())
    scores: BioidScores | SpanScores
    if scheme == "bioid":
        scores = score_bioid(gold, predictions, label or (), renames, id_map)
        table = bioid_table(scores)
    else:
        if id_map is not None:
            raise NerbenchError(f"--id-map: only the scheme bioid uses it, not {scheme}")
        scores = score_spans(gold, predictions, scheme, label or (), renames)
        table = span_table(scores)
    if not quiet:
        _print_notes(scores, gold, predictions)
    if as_json:
        print(json.dumps(scores.to_dict(), ensure_ascii=False, allow_nan=False))
    else:
        console().print(table)


def _print_notes(scores: BioidScores | SpanScores, gold: Path, predictions: Path) -> None:
    """Print what was converted or repaired, and which documents only one side has."""
    for note in scores.notes:
        print_message(note)
    print_first(scores.problems, 5, "such places")
    for documents, path, consequence in (
        (scores.missing, predictions, "their gold spans count as missed"),
        (scores.unknown, gold, scores.consequence_of_unknown),
    ):
        if documents:
            names = ", ".join(documents[:5]) + (", ..." if len(documents) > 5 else "")
            count = f"documents that are not in it: {len(documents):,}"
            print_message(f"{path}: {count} ({names}); {consequence}")
