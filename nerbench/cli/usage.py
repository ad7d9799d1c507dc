"""The classes of commands: their settings, their help, and one line for any wrong usage."""

from __future__ import annotations

import inspect
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from nerbench.cli.output import print_message
from nerbench.cli.settings import Settings, find_file, settings_of
from nerbench.errors import NerbenchError, did_you_mean

# Keys of what all contexts share.
_SETTINGS_FILE = "nerbench.settings-file"
ALL_SETTINGS = "nerbench.all-settings"
"""The key of the `Settings` of all commands."""

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        envvar="NERBENCH_CONFIG",
        show_envvar=False,
        is_eager=True,
        help="Defaults of options; without: nerbench.toml, if the working folder has one.",
        rich_help_panel="General",
    ),
]


def new_app(help: str, **settings: Any) -> typer.Typer:  # noqa: A002
    """Return an app for commands, whose help has panels and whose errors are one line."""
    return typer.Typer(
        cls=Group,
        help=help,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        **settings,
    )


def examples(*lines: str) -> str:
    r"""Return the end of a help page: commands to copy.

    >>> examples("nerbench run")
    'Examples:\n\n    nerbench run'
    """
    return "Examples:\n\n" + "\n".join(f"    {line}" for line in lines)


def _words(context: Any) -> tuple[str, ...]:
    """Return the words that call a context's command, without the program."""
    words: tuple[str, ...] = ()
    while context.parent is not None:
        words = (context.info_name, *words)
        context = context.parent
    return words


@cache
def _config_option() -> Any:
    """Return the option --config, the same for every command."""
    app = typer.Typer()

    @app.command()
    def _(config: Config = None) -> None:
        pass

    option = next(param for param in typer.main.get_command(app).params if param.name == "config")
    option.expose_value = False
    option.callback = _read_settings
    return option


def _read_settings(context: Any, _: Any, config: Path | None) -> None:
    """Read the settings of the command that is called, before its other options."""
    if context.resilient_parsing:
        return
    file = config or context.meta.get(_SETTINGS_FILE)
    if isinstance(context.command, TyperGroup):
        context.meta[_SETTINGS_FILE] = file
        return
    words = _words(context)
    settings = Settings(context.find_root().command, find_file(file))
    for message in settings.unknown_variables(words):
        print_message(message)
    own = settings.of(words)
    context.meta["nerbench.settings"] = own
    context.meta[ALL_SETTINGS] = settings
    context.default_map = {name: setting.value for name, setting in own.items()}


class Command(TyperCommand):
    """A command whose options have defaults in the environment and in a file."""

    allow_extra_args = True  # `parse_args` refuses them in one line

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.params.append(_config_option())
        _tidy_help(self)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments. Raises NerbenchError for one too many."""
        try:
            rest: list[str] = super().parse_args(ctx, args)
        except typer.TyperException as error:
            if getattr(error, "ctx", None) is None:  # of an option without its value
                error.ctx = ctx  # type: ignore[attr-defined]
            raise
        if rest and not ctx.resilient_parsing:
            raise NerbenchError(f"{rest[0]!r}: {_called(ctx)} takes no more arguments{_hint(ctx)}")
        return rest


class Group(TyperGroup):
    """A group of commands; without one it shows its help."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.params.append(_config_option())
        _tidy_help(self)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments before a command's name; without a command, show the help."""
        if not args and not ctx.resilient_parsing:
            typer.echo(ctx.get_help())
            raise typer.Exit(2)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that the next argument names. Raises NerbenchError if none does."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            near = did_you_mean(args[0], self.commands)
            names = ", ".join(self.commands)
            raise NerbenchError(
                f"{args[0]!r} is no command of {_called(ctx)}: the commands are {names}{near}"
            )
        return super().resolve_command(ctx, args)


def _tidy_help(command: Any) -> None:
    """Show no types of Python on a help page, and --help in the panel of the general options."""
    option = command.get_help_option(typer.Context(command))
    option.rich_help_panel = "General"
    option.help = "Show this page."
    for param in (*command.params, option):
        if param.param_type_name == "argument" or param.is_flag:
            param.display_type_rich = _no_type


def _no_type(ctx: Any) -> str:
    return ""


def _called(context: Any) -> str:
    return " ".join(("nerbench", *_words(context)))


def _hint(context: Any) -> str:
    return f" (see {_called(context)} --help)"


def usage_message(error: typer.TyperException) -> str:
    """Return one line about wrong usage: what is wrong, where, and the page to read."""
    context = getattr(error, "ctx", None)
    hint = _hint(context) if context is not None else ""
    param = getattr(error, "param", None)
    name = getattr(error, "option_name", None)
    if param is not None:
        place = _place(param, context)
        if type(error).__name__ == "MissingParameter":
            return f"{place} is missing{_explained(param)}{hint}"
        if param.param_type_name == "option" and param.is_flag:
            return f"{place}: it is a switch and takes no value{hint}"
        return f"{place}: {error.message}{hint}"
    if name is None:
        return f"{error.message[:1].lower()}{error.message[1:].rstrip('.')}{hint}"
    options = [] if context is None else _spellings(context.command)
    if type(error).__name__ == "NoSuchOption":
        return f"{name}: no such option{did_you_mean(name, options)}{hint}"
    if "requires" in error.message:
        return f"{name}: its value is missing{hint}"
    return f"{name}: it is a switch and takes no value{hint}"


def _spellings(command: Any) -> list[str]:
    return [name for param in command.params for name in (*param.opts, *param.secondary_opts)]


def _explained(param: Any) -> str:
    text = inspect.cleandoc(param.help or "").partition(". ")[0].rstrip(".")
    return f": {text[:1].lower()}{text[1:]}" if text else ""


def _place(param: Any, context: Any) -> str:
    """Return where a parameter's value is from: an option, a variable, or a key of a file."""
    source = None if context is None else context.get_parameter_source(param.name)
    setting = settings_of(context).get(param.name) if context is not None else None
    if setting is not None and source is not None and source.name == "DEFAULT_MAP":
        return setting.place
    if param.param_type_name == "argument":
        return str(param.metavar or param.name.upper())
    return str(max(param.opts, key=len))
