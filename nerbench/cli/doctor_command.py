"""The command that says what is installed, and which models run here and how fast."""

from __future__ import annotations

import platform
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nerbench.cli import options
from nerbench.cli.output import console, print_json
from nerbench.errors import NerbenchError
from nerbench.version import __version__

if TYPE_CHECKING:
    from nerbench.recognizers.cards import Card

_LIBRARIES = ("spacy", "scispacy", "numpy", "scipy", "polars", "scikit-learn", "pydantic", "typer")
_SECONDS = 1.0  # that a model is measured for, at least
_MAX_CAPTIONS = 200


def doctor(
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model", "-m", metavar="MODEL", help="Try this model; repeatable; without: all cards."
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Show versions, extras and lexicons, and which models run here, how fast.

    The exit status is 1 if the model named default does not run, or one that --model names.
    """
    from nerbench.nomenclature.lexicon import load_nomenclature
    from nerbench.recognizers.registry import cards, find_card

    chosen = [find_card(name) for name in model] if model else list(cards().values())
    nomenclature = load_nomenclature()
    lexicons = [
        {
            "organism": nomenclature.label(taxon),
            "genes": len(nomenclature[taxon].symbols),
            "digest": nomenclature[taxon].digest,
        }
        for taxon in nomenclature
    ]
    found: dict[str, Any] = {
        "nerbench": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
        "extras": _extras(),
        "lexicons": lexicons,
        "models": [_try(card) for card in chosen],
    }
    if as_json:
        print_json(found)
    else:
        _print(found)
    needed = {card.name for card in chosen} if model else {"default"}
    if any(row["name"] in needed and not row["runs"] for row in found["models"]):
        raise typer.Exit(1)


def _version(library: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(library)
    except PackageNotFoundError:
        return None


def _extras() -> dict[str, bool]:
    """Return each extra that a kind of model or a way to run needs, and whether it is there."""
    import importlib

    from nerbench.recognizers.cards import are_installed
    from nerbench.recognizers.registry import KINDS

    extras = {"dask": are_installed(("dask", "distributed"))}
    for path in KINDS.values():
        module, _, name = path.partition(":")
        card: type[Card] = getattr(importlib.import_module(module), name)
        if card.extra:
            extras[card.extra] = are_installed(card.modules)
    return dict(sorted(extras.items()))


def _try(card: Card) -> dict[str, Any]:
    """Run a model on the shipped caption, for about a second; say why it cannot be."""
    from nerbench import open_corpus
    from nerbench.recognizers.predictor import as_predictor
    from nerbench.recognizers.registry import load_card
    from nerbench.resources import shipped

    row: dict[str, Any] = {"name": card.name, "kind": card.kind, "runs": False}
    row |= {"captions_per_second": None, "reason": None, "install_command": None}
    if not card.is_installed:
        hint = card.not_installed_hint
        is_on_hub = hint != "no"
        row["reason"] = f"its files are downloaded {hint}" if is_on_hub else "is not installed"
        row["install_command"] = card.install_command or None
        return row
    if card.security_note:
        return row | {"reason": f"is not tried: it {card.security_note}"}
    (figure,) = open_corpus(shipped("seeds"))
    try:
        predictor = as_predictor(load_card(card))
        predictor.predict([figure])  # what is loaded at the first caption is not measured
        captions, started = 0, time.perf_counter()
        while time.perf_counter() - started < _SECONDS and captions < _MAX_CAPTIONS:
            captions += 1  # and part of the caption, so that no answer is known already
            predictor.predict([replace(figure, caption=f"{figure.caption} ({captions})")])
    except NerbenchError as error:
        return row | {"reason": str(error)}
    speed = captions / (time.perf_counter() - started)
    return row | {"runs": True, "captions_per_second": round(speed, 1)}


def _print(found: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    libraries = (f"{name} {version or '-'}" for name, version in found["libraries"].items())
    extras = (f"{name} {'yes' if there else 'no'}" for name, there in found["extras"].items())
    lexicons = (f"{lexicon['organism']} {lexicon['genes']:,}" for lexicon in found["lexicons"])
    for title, text in (
        ("nerbench", f"{found['nerbench']}, Python {found['python']}, {found['platform']}"),
        ("libraries", ", ".join(libraries)),
        ("extras", ", ".join(extras)),
        ("genes", ", ".join(lexicons)),
    ):
        console().print(f"{title:<11}{text}", style=None, markup=False)
    table = Table("model", "kind", "runs", "captions/s", "why not, and what to do")
    for row in found["models"]:
        speed = row["captions_per_second"]
        remedy = "; ".join(filter(None, (row["reason"], row["install_command"])))
        table.add_row(
            Text(row["name"]),
            row["kind"],
            "yes" if row["runs"] else "no",
            "" if speed is None else f"{speed:,.1f}",
            Text(remedy),
        )
    console().print(table)
