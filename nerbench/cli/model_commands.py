"""The commands about models: list, show, check, install."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from nerbench.cli import options
from nerbench.cli.output import console, print_json
from nerbench.cli.usage import Command, examples, new_app

if TYPE_CHECKING:
    from nerbench.nomenclature.matcher import Matcher
    from nerbench.recognizers.cards import Card
    from nerbench.records import Mention

app = new_app("List, show, check and install recognizers.")

_ModelArgument = Annotated[
    str, typer.Argument(metavar="MODEL", help="Name of a model, or of a card's file.")
]


@app.command("list", cls=Command, epilog=examples("nerbench models list"))
def list_models(as_json: options.Json = False) -> None:
    """List the available cards: name, kind, whether it is installed, description."""
    from rich.table import Table
    from rich.text import Text

    from nerbench.recognizers.registry import cards

    if as_json:
        print_json([_describe(card) for card in cards().values()])
        return
    table = Table("name", "kind", "installed", "description")
    for card in cards().values():
        installed = "yes" if card.is_installed else card.install_command or card.not_installed_hint
        table.add_row(card.name, card.kind, installed, Text(card.description))
    console().print(table)


def _describe(card: Card) -> dict[str, Any]:
    return {
        "name": card.name,
        "kind": card.kind,
        "installed": card.is_installed,
        "install_command": card.install_command or None,
        "description": card.description,
        "version": card.version,
        "licence": card.licence,
    }


@app.command(cls=Command, epilog=examples("nerbench models show default"))
def show(name: _ModelArgument, as_json: options.Json = False) -> None:
    """Print a card as YAML, or as JSON."""
    import yaml

    from nerbench.recognizers.registry import find_card

    fields = find_card(name).model_dump(exclude_defaults=True, mode="json")
    if as_json:
        print_json(fields)
        return
    print(yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=100), end="")


@app.command(
    cls=Command, epilog=examples("nerbench models check default --text 'IL-6 activates JAK'")
)
def check(
    name: _ModelArgument,
    text: Annotated[str, typer.Option(metavar="TEXT", help="Text to tag.", show_default=False)] = (
        "IL-6/STAT3 signaling: JAK2 phosphorylates STAT3, MMP2/9 are induced; Dl activates Notch."
    ),
    as_json: options.Json = False,
) -> None:
    """Load a model, tag a text, and show the genes that its mentions can mean."""
    import time

    from nerbench.nomenclature.lexicon import load_nomenclature
    from nerbench.nomenclature.matcher import Matcher
    from nerbench.recognizers.registry import check_recognizer
    from nerbench.reports.terminal import mention_table

    started = time.perf_counter()
    recognizer, mentions = check_recognizer(name, text)
    seconds = time.perf_counter() - started
    matcher = Matcher(load_nomenclature())
    if as_json:
        print_json(
            {
                "model": recognizer.name,
                "fingerprint": recognizer.fingerprint,
                "seconds": round(seconds, 3),
                "text": text,
                "mentions": [_meant(mention, matcher) for mention in mentions],
            }
        )
        return
    console().print(text, markup=False)
    console().print(mention_table(mentions, matcher))
    console().print(
        f"{recognizer.name}@{recognizer.fingerprint}: {len(mentions)} mentions, "
        f"loaded and tagged in {seconds:.1f} s",
        markup=False,
    )


def _meant(mention: Mention, matcher: Matcher) -> dict[str, Any]:
    """Return a mention, and the genes that each of its names can mean, by organism."""
    from nerbench.recognizers.external.predictions import mention_fields
    from nerbench.records import Level

    nomenclature = matcher.nomenclature
    names = [
        {
            "name": name,
            "genes": {
                nomenclature.label(taxon): list(matcher.symbols(Level.FAMILY, name, taxon))
                for taxon in nomenclature
            },
        }
        for name in matcher.names([mention])
    ]
    return mention_fields(mention) | {"names": names}


@app.command(cls=Command, epilog=examples("nerbench models install en_ner_bionlp13cg_md"))
def install(name: _ModelArgument) -> None:
    """Install a model with pip."""
    from nerbench.recognizers.registry import find_card, install_model

    install_model(find_card(name))
