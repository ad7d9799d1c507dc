"""Defaults of options from the environment, and from a file `nerbench.toml`.

An option has the value of the command line, else of its environment variable, else of the file,
else its own default. The variable of `nerbench run --min-recall` is NERBENCH_RUN_MIN_RECALL; the
file has a table for each command, and above the tables keys that hold for every command:

    level = "synonym"

    [run]
    model = ["default", "lexicon"]
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from nerbench.errors import NerbenchError, did_you_mean
from nerbench.inputs import read_utf8

DEFAULT_FILE = Path("nerbench.toml")
"""The file that is read, if there is one, when none is named."""

_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}
_NOT_SHARED = frozenset({"out"})  # it is a folder for one command, a file for another
_OF_SOURCES = ("lexicon", "build")  # its options name the files of sources
_PLACE = re.compile(r"^(.*) \(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Setting:
    """The default of an option.

    Attributes
    ----------
    value : bool, str, or list of str
        The value, as the command line would have it: text, a list of texts for an option that may
        be repeated, or True or False for a switch.
    source : str
        ``environment`` or ``file``.
    place : str
        The variable, or the file and the key.
    """

    value: bool | str | list[str]
    source: str
    place: str


def option_key(option: Any) -> str:
    """Return an option's longest name without dashes, as a settings file has it."""
    return str(max(option.opts, key=len)).lstrip("-")


def options_of(command: Any) -> dict[str, Any]:
    """Return the options of a command that may have a setting, by key."""
    return {
        option_key(param): param
        for param in command.params
        if param.param_type_name == "option" and option_key(param) not in ("help", "config")
    }


def variable(words: tuple[str, ...], key: str) -> str:
    """Return the environment variable of a command's option.

    >>> variable(("lexicon", "lookup"), "json")
    'NERBENCH_LEXICON_LOOKUP_JSON'
    """
    return "_".join(("nerbench", *words, key)).replace("-", "_").upper()


def walk(group: TyperGroup, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each command below a group, with the words that call it."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from walk(command, (*words, name))
        else:
            yield (*words, name), command


def find_file(chosen: Path | None) -> Path | None:
    """Return the settings file to read: the chosen one, else `nerbench.toml` if it is there."""
    if chosen is not None:
        return chosen
    return DEFAULT_FILE if DEFAULT_FILE.is_file() else None


class Settings:
    """The settings of all commands: those of the environment, and of a file.

    Parameters
    ----------
    root : TyperGroup
        The whole command line.
    file : Path or None
        The settings file, if there is one.
    environment : mapping of str to str
        The environment variables.

    Raises
    ------
    NerbenchError
        If the file cannot be read, or has a key that is no option.
    """

    def __init__(
        self,
        root: TyperGroup,
        file: Path | None,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self.file = file
        self.commands = dict(walk(root))
        self._environment = environment
        self._shared: dict[str, Any] = {}
        self._tables: dict[tuple[str, ...], dict[str, Any]] = {}
        if file is not None:
            self._sort(_read(file), ())

    def _sort(self, table: Mapping[str, Any], words: tuple[str, ...]) -> None:
        """Sort the keys of a table into those of commands and those that hold for all."""
        for name, value in table.items():
            if isinstance(value, dict) and not self._is_command((*words, name)):
                depth = len(words)
                known = {path[depth] for path in self.commands if path[:depth] == words}
                near = did_you_mean(name, known)
                raise NerbenchError(f"{self.file}: [{'.'.join((*words, name))}]: no command{near}")
            if isinstance(value, dict):
                self._sort(value, (*words, name))
                continue
            key = name.replace("_", "-")
            if not words:
                self._check_shared(name, key)
                self._shared[key] = value
                continue
            command = self.commands.get(words)
            keys = {} if command is None else options_of(command)
            if key not in keys:
                near = did_you_mean(key, keys)
                called = " ".join(words)
                raise NerbenchError(f"{self._place(words, name)}: no option of {called}{near}")
            self._tables.setdefault(words, {})[key] = value

    def _is_command(self, words: tuple[str, ...]) -> bool:
        return any(path[: len(words)] == words for path in self.commands)

    def _check_shared(self, name: str, key: str) -> None:
        known = {
            other: words
            for words, command in self.commands.items()
            for other in options_of(command)
            if words != _OF_SOURCES
        }
        if key not in known:
            if self._is_command((name,)):
                raise NerbenchError(
                    f"{self._place((), name)}: a command has a table of its options: [{name}]"
                )
            near = did_you_mean(key, (*known, *(words[0] for words in self.commands)))
            raise NerbenchError(f"{self._place((), name)}: no option{near}")
        if key in _NOT_SHARED:
            raise NerbenchError(
                f"{self._place((), name)}: it differs between commands: put it into the table of "
                "one, as [run]"
            )

    def _place(self, words: tuple[str, ...], key: str) -> str:
        table = f"[{'.'.join(words)}] " if words else ""
        return f"{self.file}: {table}{key}"

    def of(self, words: tuple[str, ...]) -> dict[str, Setting]:
        """Return the settings of a command, by the names of its parameters.

        Raises NerbenchError for a value that the option cannot have.
        """
        settings = {}
        table = self._tables.get(words, {})
        shared = {} if words == _OF_SOURCES else self._shared
        for key, option in options_of(self.commands[words]).items():
            name = variable(words, key)
            if text := self._environment.get(name):
                settings[option.name] = Setting(_parse(text, option, name), "environment", name)
            elif key in table or key in shared:
                is_own = key in table
                place = self._place(words if is_own else (), key)
                value = _convert(table[key] if is_own else shared[key], option, place)
                settings[option.name] = Setting(value, "file", place)
        return settings

    def unknown_variables(self, words: tuple[str, ...]) -> list[str]:
        """Return a message for each variable that looks like one of a command, and is none."""
        known = {variable(words, key) for key in options_of(self.commands[words])}
        prefix = variable(words, "")
        return [
            f"{name}: {' '.join(words)} has no such option{did_you_mean(name, known)}"
            for name in sorted(self._environment)
            if name.startswith(prefix) and name not in known
        ]


def _read(file: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(read_utf8(file))
    except tomllib.TOMLDecodeError as error:
        match = _PLACE.match(str(error))
        reason = match[1] if match else str(error)
        line = f": line {match[2]}" if match and match[2] else ""
        raise NerbenchError(f"{file}{line}: not TOML: {reason}") from None


def _parse(text: str, option: Any, place: str) -> bool | str | list[str]:
    """Return the value in an environment variable."""
    if option.is_flag:
        folded = text.strip().lower()
        if folded not in _TRUE | _FALSE:
            raise NerbenchError(f"{place}: {text!r} is neither true nor false")
        return folded in _TRUE
    if not option.multiple:
        return text
    try:
        return shlex.split(text)
    except ValueError:
        raise NerbenchError(f"{place}: a quotation mark is not closed: {text}") from None


def _convert(value: Any, option: Any, place: str) -> bool | str | list[str]:
    """Return a value of a file as the command line would have it."""
    if option.is_flag:
        if not isinstance(value, bool):
            raise NerbenchError(f"{place}: {value!r} is neither true nor false")
        return value
    if option.multiple:
        return [_text(item, place) for item in (value if isinstance(value, list) else [value])]
    if isinstance(value, list):
        raise NerbenchError(f"{place}: it takes one value, not a list")
    return _text(value, place)


def _text(value: Any, place: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise NerbenchError(f"{place}: {str(value).lower()} is no text or number")
    return str(value)


def settings_of(context: typer.Context) -> dict[str, Setting]:
    """Return the settings that were read for the command of a context, by parameter."""
    settings: dict[str, Setting] = context.meta.get("nerbench.settings", {})
    return settings
