"""Any program as a recognizer: captions in, mentions out, a line of JSON each.

One process lives across captions and batches, for what it loads at its start is often large.
A few captions are under way at a time. Three threads keep its pipes moving, so that neither
side ever waits for the other to read; whatever goes wrong ends the process and all it started.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shlex
import shutil
import signal
import subprocess
import threading
import weakref
from collections import deque
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Literal, Self

from pydantic import Field, field_validator

from nerbench.errors import RecognizerError, RecordError
from nerbench.recognizers.cards import Card, digest
from nerbench.recognizers.external.mentions import MentionReader, excerpt
from nerbench.recognizers.external.offsets import OffsetUnit
from nerbench.records import Mention

__all__ = ["CommandCard", "CommandRecognizer"]

_UNDER_WAY = 16  # captions sent ahead of their answers
_LONGEST_LINE = 1 << 24  # bytes
_LAST_WORDS = 1 << 13  # bytes kept of standard error
_GRACE = 1.0  # seconds that a process has to end by itself
_STRAGGLER = 0.05  # seconds in which a line too many comes after the last answer


class CommandCard(Card):
    """The card of a program.

    ``command`` is a list, or one string that is split as a shell does, but no shell runs it. The
    program runs in ``folder`` (the card's own unless given), where relative paths begin. It has
    ``timeout`` seconds for a caption, ``start_timeout`` for its first. ``files`` names further
    files and folders whose content decides what it finds; those that are words of the command
    count anyway. ``offsets`` says what its offsets count.

    >>> CommandCard(name="mine", kind="command", command="python 'my tagger.py'").command
    ('python', 'my tagger.py')
    """

    kind: Literal["command"]
    command: tuple[str, ...] = Field(min_length=1)
    folder: str = "."
    files: tuple[str, ...] = ()
    offsets: OffsetUnit = "code-points"
    timeout: float = Field(default=60.0, gt=0)
    start_timeout: float = Field(default=300.0, gt=0)

    @field_validator("command", mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(shlex.split(value))
        if isinstance(value, list | tuple):
            return tuple(str(word) if isinstance(word, int | float) else word for word in value)
        return value

    @property
    def is_installed(self) -> bool:
        """Whether the program is there."""
        try:
            self.program()
        except RecognizerError:
            return False
        return True

    @property
    def security_note(self) -> str:
        """What a stranger's card would run."""
        return f"runs the program {shlex.join(self.command)}"

    def resolve_paths(self, folder: Path) -> Self:
        """The card with its folder's whole path."""
        return self.model_copy(update={"folder": str((folder / self.folder).resolve())})

    def facts(self) -> dict[str, Any]:
        """Not where it runs, nor how long it may take."""
        facts = super().facts()
        return {k: facts[k] for k in facts if k not in ("folder", "timeout", "start_timeout")}

    def content(self) -> list[Path]:
        """The files and folders whose content counts.

        Raises RecognizerError if one that the card names in ``files`` is not there.
        """
        folder = Path(self.folder).resolve()
        for name in self.files:
            if not (folder / name).exists():
                raise RecognizerError(f"{self.name}: field files: there is no {folder / name}")
        named = [folder / word for word in (*self.command, *self.files)]
        return [
            path
            for path in named
            if path.is_file() or (path.is_dir() and not folder.is_relative_to(path.resolve()))
        ]

    def program(self) -> str:
        """The path of the program. Raises RecognizerError if it is not there or cannot run."""
        word, program = self.command[0], Path(self.folder) / self.command[0]
        if os.sep not in word and (os.altsep is None or os.altsep not in word):
            found = shutil.which(word)
            if found is None:
                here = f"; for the one beside the card write ./{word}" if program.is_file() else ""
                raise RecognizerError(
                    f"{self.name}: there is no program {word!r} on the PATH: install it, or give "
                    f"its path in the card's command{here}"
                )
            return found
        if not program.is_file():
            raise RecognizerError(
                f"{self.name}: there is no program {program}: put the right path into the card's "
                "command"
            )
        if not os.access(program, os.X_OK):
            raise RecognizerError(
                f"{self.name}: {program} is not executable: chmod +x it, or name what runs it "
                f"(command: [python, {word}])"
            )
        return str(program.resolve())

    def load(self) -> CommandRecognizer:
        """The program, not yet started.

        Raises RecognizerError if it, or a file that the card names, is not there.
        """
        self.program()
        recognizer = CommandRecognizer(self)
        try:
            _ = recognizer.fingerprint  # reads the files: now, not in the middle of a run
        except OSError as error:
            reason = f"{error.filename}: {error.strerror}"
            raise RecognizerError(f"{self.name}: cannot be read: {reason}") from None
        return recognizer


class CommandRecognizer:
    """Sends captions to a program, `{"id": 0, "text": ...}` a line, and reads its answers.

    An answer is `{"mentions": [{"start": 0, "end": 4, "text": "IL-6", "label": "GENE"}]}` on one
    line, in the order of the captions; all but start and end may be left out, and score and ids
    added. If it repeats the id, that is checked.
    """

    def __init__(self, card: CommandCard) -> None:
        self.name = card.name
        self._card = card
        self._reader = MentionReader(card.labels, card.offsets)
        self._idle: _Process | None = None

    @cached_property
    def fingerprint(self) -> str:
        """Changes with the card and with the content of the files that it names."""
        return digest(self._card.facts(), *(digest(files=path) for path in self._card.content()))

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """Yield the mentions of each text.

        Raises RecognizerError if the program ends, hangs, or writes anything but its answers.
        """
        process: _Process | None = None
        waiting: deque[str] = deque()
        try:
            for text in texts:
                if process is None:
                    process = self._take()
                    self._expect_silence(process, within=0)
                process.send(text)
                waiting.append(text)
                if len(waiting) == _UNDER_WAY:
                    yield self._answer(process, waiting.popleft())
            while process and waiting:
                yield self._answer(process, waiting.popleft())
            if process:
                self._expect_silence(process)
        except BaseException:  # an interrupt, or a caller who wants no more, leaves answers behind
            if process:
                process.kill()
            raise
        if process:
            self._put_back(process)

    def close(self) -> None:
        """End the program, if it runs. It is started again when needed."""
        if self._idle:
            self._idle.end()
            self._idle = None

    def notes(self) -> list[str]:
        """The labels that did not count."""
        return self._reader.notes(self.name)

    def _take(self) -> _Process:
        """The process that waits for captions, or a new one."""
        process, self._idle = self._idle, None
        if process is not None:
            return process
        try:
            process = _Process([self._card.program(), *self._card.command[1:]], self._card.folder)
        except OSError as error:
            raise RecognizerError(
                f"{self.name}: {self._card.command[0]} cannot be started in {self._card.folder}: "
                f"{error.strerror or error}"
            ) from None
        weakref.finalize(self, process.end)
        return process

    def _put_back(self, process: _Process) -> None:
        if self._idle is None:
            self._idle = process
        else:  # two callers at a time had one each
            process.end()

    def _expect_silence(self, process: _Process, within: float = _STRAGGLER) -> None:
        try:
            line = process.receive(within)
        except queue.Empty:
            return
        if line is not _Odd.END:
            shown = f": {_shown(line)}" if isinstance(line, bytes) else ""
            raise self._error(f"wrote more lines than it was given captions{shown}")

    def _answer(self, process: _Process, text: str) -> list[Mention]:
        """The mentions of the oldest caption under way."""
        number = process.answered
        seconds = self._card.timeout if number else self._card.start_timeout
        try:
            line = process.receive(seconds)
        except queue.Empty:
            field = "timeout" if number else "start_timeout"
            raise self._error(
                f"gave no answer within {seconds:g} s to {excerpt(text)}: for each line that it "
                "reads it is to write one and flush it; the card's field "
                f"{field} gives it longer{process.last_words()}"
            ) from None
        if line is _Odd.END:
            raise self._error(f"{process.how_it_ended()}, asked about {excerpt(text)}")
        if line is _Odd.LONG:
            raise self._error(f"wrote a line of over {_LONGEST_LINE >> 20} MB")
        if line is _Odd.MANY:
            raise self._error("wrote more lines than it was given captions")
        process.answered += 1
        answer = self._parse(line, number)
        try:
            return self._reader.read(answer["mentions"], text)
        except RecordError as error:
            raise self._error(f"{error}, in its answer to {excerpt(text)}") from None

    def _parse(self, line: bytes, number: int) -> dict[str, Any]:
        shown = _shown(line)
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError):
            banner = (
                "" if number else " (a greeting, a progress bar or a log goes to standard error)"
            )
            raise self._error(f"wrote a line that is no JSON: {shown}{banner}") from None
        if not isinstance(answer, dict) or "mentions" not in answer:
            raise self._error(f'wrote a line without "mentions": {shown}')
        if answer.get("id", number) != number:
            raise self._error(
                f"answered with id {str(answer['id'])[:40]} where {number} was the next: one line "
                "for each caption, in their order"
            )
        return answer

    def _error(self, reason: str) -> RecognizerError:
        return RecognizerError(f"{self.name}: the program {self._card.command[0]} {reason}")


def _shown(line: bytes) -> str:
    return excerpt(line[:1000].decode("utf-8", "replace"))


class _Odd(Enum):
    """What may come instead of a line."""

    END = "standard output was closed"
    LONG = "the line never ended"
    MANY = "more lines than could be answers"


class _Process:
    """A running program; its pipes belong to a thread each.

    Raises OSError if it cannot be started.
    """

    def __init__(self, command: list[str], folder: str) -> None:
        self.answered = 0
        self._sent = 0
        self._is_over = False
        self._to_write: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._lines: queue.SimpleQueue[bytes | _Odd] = queue.SimpleQueue()
        self._words = bytearray()
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # A session of its own: it can be killed with all that it started.
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        self._threads = [
            threading.Thread(target=work, args=(pipe,), daemon=True)
            for work, pipe in zip((self._write, self._read, self._listen), pipes, strict=True)
        ]
        for thread in self._threads:
            thread.start()

    def send(self, text: str) -> None:
        """Queue a caption; never waits for the program."""
        # ASCII escapes: whatever encoding the program thinks it reads.
        self._to_write.put(json.dumps({"id": self._sent, "text": text}).encode() + b"\n")
        self._sent += 1

    def receive(self, seconds: float) -> bytes | _Odd:
        """The next line. Raises queue.Empty if none comes in time."""
        line = self._lines.get(timeout=seconds) if seconds else self._lines.get_nowait()
        if line is _Odd.END:
            self._lines.put(line)  # an end stays one
        return line

    def end(self) -> None:
        """Let it end by itself, as its standard input does; else kill it."""
        if self._is_over:
            return
        self._to_write.put(None)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE)
        self.kill()

    def kill(self) -> None:
        """Kill it and all that it started; leaves no zombie."""
        if self._is_over:  # its number may be another's by now
            return
        self._is_over = True
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        else:  # pragma: no cover - Windows
            self._process.kill()
        self._process.wait()
        self._to_write.put(None)
        for thread in self._threads:
            thread.join(_GRACE)

    def how_it_ended(self) -> str:
        """What became of it, after its standard output was closed, and its last words."""
        try:
            status = self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            return f"closed its standard output and goes on running{self.last_words()}"
        if status < 0:
            killed = signal.Signals(-status).name
            memory = " (out of memory?)" if killed == "SIGKILL" else ""
            return f"was killed by {killed}{memory}{self.last_words()}"
        return f"ended with exit status {status}{self.last_words()}"

    def last_words(self) -> str:
        """The last lines of its standard error, on one line, as a part of a message."""
        self._threads[2].join(_GRACE if self._process.poll() is not None else 0)
        lines = bytes(self._words).decode("utf-8", "replace").split("\n")
        said = " | ".join(" ".join(line.split()) for line in lines if line.strip())
        said = said if len(said) <= 300 else f"...{said[-300:]}"
        return f"; its standard error ends with: {said}" if said else ""

    def _write(self, pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError), pipe:
            while (line := self._to_write.get()) is not None:
                pipe.write(line)
                pipe.flush()

    def _read(self, pipe: IO[bytes]) -> None:
        with pipe:
            while line := pipe.readline(_LONGEST_LINE):
                if len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
                    self._lines.put(_Odd.LONG)
                    return
                if self._lines.qsize() > _UNDER_WAY:
                    self._lines.put(_Odd.MANY)
                    return
                self._lines.put(line)
            self._lines.put(_Odd.END)

    def _listen(self, pipe: IO[bytes]) -> None:
        with pipe:
            while words := os.read(pipe.fileno(), 1 << 16):
                self._words += words
                del self._words[:-_LAST_WORDS]
