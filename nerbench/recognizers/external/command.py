"""Any program as a recognizer: one process reads captions and writes mentions, as JSON lines."""

from __future__ import annotations

import json
import os
import queue
import shlex
import shutil
import weakref
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator

from nerbench.errors import RecognizerError, RecordError
from nerbench.recognizers.cards import Card, digest
from nerbench.recognizers.contract import Named
from nerbench.recognizers.external.line_process import EXTRA_LINES, LineProcess
from nerbench.recognizers.external.mentions import MentionReader, excerpt
from nerbench.records import Mention
from nerbench.spans.offsets import OffsetUnit

_MAX_PENDING = 16  # captions sent ahead of their answers
_EXTRA_LINE_TIMEOUT = 0.05  # seconds in which a line too many comes after the last answer


class CommandCard(Card):
    """The card of a program.

    Parameters
    ----------
    command
        The program and its arguments: a list, or a string that is split as a shell does.
    folder
        Where the program runs and relative paths begin; the card's own folder by default.
    files
        Files and folders, besides words of the command, whose content decides what it finds.
    offsets
        What its offsets count.
    timeout, start_timeout
        Seconds for a caption, and for the first caption with all that is loaded before it.

    Examples
    --------
    >>> CommandCard(name="mine", kind="command", command="python 'my tagger.py'").command
    ('python', 'my tagger.py')
    """

    not_in_fingerprint: ClassVar[frozenset[str]] = frozenset(("folder", "timeout", "start_timeout"))

    kind: Literal["command"]
    command: tuple[str, ...] = Field(min_length=1)
    folder: str = "."
    files: tuple[str, ...] = ()
    offsets: OffsetUnit = "code-points"
    timeout: float = Field(default=60.0, gt=0)
    start_timeout: float = Field(default=300.0, gt=0)

    @field_validator("command", mode="before")
    @classmethod
    def _split_words(cls, value: Any) -> Any:
        words = shlex.split(value) if isinstance(value, str) else value
        if not isinstance(words, list | tuple):
            return words
        return tuple(str(word) if type(word) in (int, float) else word for word in words)

    @property
    def is_installed(self) -> bool:
        try:
            self.program()
        except RecognizerError:
            return False
        return True

    @property
    def security_note(self) -> str:
        return f"runs the program {shlex.join(self.command)}"

    def resolve_paths(self, folder: Path) -> Self:
        return self.model_copy(update={"folder": str((folder / self.folder).resolve())})

    def content(self) -> list[Path]:
        """Return the files in the fingerprint. Raises RecognizerError if one is not there."""
        folder = Path(self.folder).resolve()
        for name in self.files:
            if not (folder / name).exists():
                raise RecognizerError(f"{self.name}: field files: there is no {folder / name}")
        return [
            path
            for word in (*self.command, *self.files)
            if (path := folder / word).is_file()
            or (path.is_dir() and not folder.is_relative_to(path.resolve()))
        ]

    def program(self) -> str:
        """Return the program's path. Raises RecognizerError if it is not there or cannot run."""
        word, path = self.command[0], Path(self.folder) / self.command[0]
        if Path(word).name == word:
            if on_path := shutil.which(word):
                return on_path
            hint = f"; for the one beside the card write ./{word}" if path.is_file() else ""
            reason = (
                f"there is no program {word!r} on the PATH: install it, or give its path in the "
                f"card's command{hint}"
            )
        elif not path.is_file():
            reason = f"there is no program {path}: put the right path into the card's command"
        elif not os.access(path, os.X_OK):
            reason = f"{path} is not executable: chmod +x it, or name its interpreter "
            reason += f"(command: [python, {word}])"
        else:
            return str(path.resolve())
        raise RecognizerError(f"{self.name}: {reason}")

    def load(self) -> CommandRecognizer:
        """Return the recognizer, its program not yet started."""
        self.program()
        recognizer = CommandRecognizer(self)
        try:
            _ = recognizer.fingerprint  # reads the files now, not in the middle of a run
        except OSError as error:
            reason = f"cannot be read: {error.filename}: {error.strerror}"
            raise RecognizerError(f"{self.name}: {reason}") from None
        return recognizer


class CommandRecognizer(Named):
    """A program that reads captions, `{"id": 0, "text": ...}` a line, and answers each, in order,
    with a line `{"mentions": [{"start": 0, "end": 4, "text": "IL-6", "label": "GENE"}]}`.

    All but start and end may be left out; score, ids and the caption's id may be added.
    """

    def __init__(self, card: CommandCard) -> None:
        self.name = card.name
        self._card = card
        self._reader = MentionReader(card.labels, card.offsets)
        self._idle: LineProcess | None = None

    @cached_property
    def fingerprint(self) -> str:
        """Digits that change with the card and with the content of the files that it names."""
        return digest(
            self._card.fingerprint_fields(), *(digest(files=path) for path in self._card.content())
        )

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """Yield the mentions of each text. Raises RecognizerError if the program does not answer
        so.
        """
        process: LineProcess | None = None
        pending: deque[str] = deque()
        try:
            for text in texts:
                if process is None:
                    process = self._take_process()
                    self._expect_no_line(process, timeout=0)
                # JSON in ASCII is read correctly whatever encoding the program expects.
                process.send(json.dumps({"id": process.sent, "text": text}).encode())
                pending.append(text)
                if len(pending) == _MAX_PENDING:
                    yield self._read_answer(process, pending.popleft())
            while process and pending:
                yield self._read_answer(process, pending.popleft())
            if process:
                self._expect_no_line(process, _EXTRA_LINE_TIMEOUT)
        except BaseException:  # also an interrupt or a closed generator leaves answers behind
            if process:
                process.kill()
            raise
        if process and self._idle is None:
            self._idle = process
        elif process:  # two callers at a time had one each
            process.end()

    def close(self) -> None:
        """End the program, if it runs. It is started again when needed."""
        if self._idle:
            self._idle.end()
            self._idle = None

    def notes(self) -> list[str]:
        return self._reader.notes(self.name)

    def _take_process(self) -> LineProcess:
        process, self._idle = self._idle, None
        if process is not None:
            return process
        command, folder = self._card.command, self._card.folder
        try:
            process = LineProcess([self._card.program(), *command[1:]], folder, _MAX_PENDING)
        except OSError as error:
            reason = f"{command[0]} cannot be started in {folder}: {error.strerror or error}"
            raise RecognizerError(f"{self.name}: {reason}") from None
        weakref.finalize(self, process.end)
        return process

    def _expect_no_line(self, process: LineProcess, timeout: float) -> None:
        try:
            line = process.receive(timeout)
        except queue.Empty:
            return
        if line is not None:
            shown = f": {_show(line)}" if isinstance(line, bytes) else ""
            raise self._error(EXTRA_LINES + shown)

    def _read_answer(self, process: LineProcess, text: str) -> list[Mention]:
        number = process.received
        seconds = self._card.timeout if number else self._card.start_timeout
        try:
            line = process.receive(seconds)
        except queue.Empty:
            field = "timeout" if number else "start_timeout"
            raise self._error(
                f"gave no answer within {seconds:g} s to {excerpt(text)}: it must write and flush "
                f"a line for each line that it reads; the card's field {field} gives it longer"
                f"{process.last_errors()}"
            ) from None
        if line is None:
            raise self._error(f"{process.describe_end()}, asked about {excerpt(text)}")
        if isinstance(line, str):
            raise self._error(line)
        answer = self._parse(line, number)
        try:
            return self._reader.read(answer["mentions"], text)
        except RecordError as error:
            raise self._error(f"{error}, in its answer to {excerpt(text)}") from None

    def _parse(self, line: bytes, number: int) -> dict[str, Any]:
        shown = _show(line)
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError):
            reason = f"wrote a line that is no JSON: {shown}"
            if number == 0:
                reason += " (a greeting, a progress bar or a log goes to standard error)"
            raise self._error(reason) from None
        if not isinstance(answer, dict) or "mentions" not in answer:
            raise self._error(f'wrote a line without "mentions": {shown}')
        if answer.get("id", number) != number:
            raise self._error(
                f"answered with id {str(answer['id'])[:40]} where {number} was the next: it must "
                "write one line for each caption, in their order"
            )
        return answer

    def _error(self, reason: str) -> RecognizerError:
        return RecognizerError(f"{self.name}: the program {self._card.command[0]} {reason}")


def _show(line: bytes) -> str:
    return excerpt(line[:1000].decode("utf-8", "replace"))
