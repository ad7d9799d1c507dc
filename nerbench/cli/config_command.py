"""The command that shows the defaults of options, and where each is from."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from nerbench.cli import options
from nerbench.cli.output import console, print_json
from nerbench.cli.settings import Settings, options_of, variable
from nerbench.cli.usage import ALL_SETTINGS, usage_message
from nerbench.errors import NerbenchError, did_you_mean

_IMPLIED: dict[tuple[str, ...], list[str]] = {("run", "model"): [options.DEFAULT_MODEL]}
"""The value of an option that may be repeated, where it is absent."""


def config(
    context: typer.Context,
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="COMMAND", help="Command to show, as lexicon lookup; without: all."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Show the defaults of options, and whether environment, file or nerbench sets them."""
    settings: Settings = context.meta[ALL_SETTINGS]
    words = tuple(command or ())
    chosen = [path for path in settings.commands if path[: len(words)] == words]
    if not chosen:
        near = did_you_mean(" ".join(words), (" ".join(path) for path in settings.commands))
        raise NerbenchError(f"{' '.join(words)!r} is no command{near}")
    rows = {" ".join(path): _rows(settings, path, context) for path in chosen}
    if as_json:
        file = None if settings.file is None else str(settings.file)
        print_json({"file": file, "commands": rows})
        return
    console().print(_table(rows))
    console().print(
        f"file: {settings.file or 'none (nerbench.toml in the working folder, or --config FILE)'}",
        style=None,
        markup=False,
    )


def _rows(
    settings: Settings, words: tuple[str, ...], context: typer.Context
) -> dict[str, dict[str, Any]]:
    """Return the options of a command by key: value, source, variable.

    Raises NerbenchError for a value that the option cannot have.
    """
    command, of_command = settings.commands[words], settings.of(words)
    own = typer.Context(command, info_name=words[-1], parent=context.parent)
    rows = {}
    for key, option in options_of(command).items():
        setting = of_command.get(option.name)
        value = option.get_default(own)
        value = _IMPLIED.get((*words, key)) if value is None else value
        if setting is not None:
            try:
                value = option.process_value(own, setting.value)
            except typer.TyperException as error:
                reason = usage_message(typer.TyperException(error.message))
                raise NerbenchError(f"{setting.place}: {reason}") from None
        rows[key] = {
            "value": _plain(value),
            "source": "default" if setting is None else setting.source,
            "variable": variable(words, key),
        }
    return rows


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return str(value.value)
    return str(value) if isinstance(value, Path) else value


def _table(rows: dict[str, dict[str, dict[str, Any]]]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table("command", "option", "value", "from", "environment variable")
    for command, of_command in rows.items():
        for number, (key, row) in enumerate(of_command.items()):
            value = row["value"]
            shown = "-" if value is None else value if isinstance(value, str) else json.dumps(value)
            style = "" if row["source"] == "default" else "bold"
            table.add_row(
                Text("" if number else command),
                Text(f"--{key}", style=style),
                Text(shown, style=style),
                Text(row["source"], style=style),
                Text(row["variable"]),
            )
    return table
