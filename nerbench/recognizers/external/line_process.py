"""A child process that answers lines with lines, and is ended with all that it started."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Sequence
from typing import IO

EXTRA_LINES = "wrote more lines than it was given captions"
_MAX_LINE_SIZE = 1 << 24  # bytes
_MAX_ERROR_SIZE = 1 << 13  # bytes of standard error that are kept
_EXIT_TIMEOUT = 1.0  # seconds in which a process may end by itself


class LineProcess:
    """A running program with a thread for each of its pipes, so that neither side waits for the
    other to read. Raises OSError if it cannot be started.
    """

    def __init__(self, command: Sequence[str], folder: str, max_pending: int) -> None:
        self.sent = 0
        self.received = 0
        self._max_pending = max_pending  # lines of output that may wait
        self._is_over = False
        self._input: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._output: queue.SimpleQueue[bytes | str | None] = queue.SimpleQueue()
        self._errors = bytearray()
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        loops = (self._write_input, self._read_output, self._read_errors)
        self._threads = [
            threading.Thread(target=loop, args=(pipe,), daemon=True)
            for loop, pipe in zip(loops, pipes, strict=True)
        ]
        for thread in self._threads:
            thread.start()

    def send(self, line: bytes) -> None:
        """Queue a line for its standard input; never wait."""
        self._input.put(line + b"\n")
        self.sent += 1

    def receive(self, timeout: float) -> bytes | str | None:
        """Return a line of output, a fault, or None at the end. Raises queue.Empty if none is in
        time.
        """
        line = self._output.get(timeout=timeout) if timeout else self._output.get_nowait()
        if line is None:
            self._output.put(line)  # whoever asks next finds the end, too
        self.received += isinstance(line, bytes)
        return line

    def end(self) -> None:
        """Close its standard input and wait for its end; kill it if it goes on."""
        if self._is_over:
            return
        self._input.put(None)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_EXIT_TIMEOUT)
        self.kill()

    def kill(self) -> None:
        """Kill it and all that it started; leave no zombie."""
        if self._is_over:  # another process may have its number by now
            return
        self._is_over = True
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        else:  # pragma: no cover - Windows
            self._process.kill()
        self._process.wait()
        self._input.put(None)
        for thread in self._threads:
            thread.join(_EXIT_TIMEOUT)

    def describe_end(self) -> str:
        """Return how it ended after its standard output was closed, and its last errors."""
        try:
            status = self._process.wait(_EXIT_TIMEOUT)
        except subprocess.TimeoutExpired:
            return f"closed its standard output and goes on running{self.last_errors()}"
        if status >= 0:
            return f"ended with exit status {status}{self.last_errors()}"
        name = signal.Signals(-status).name
        memory = " (out of memory?)" if name == "SIGKILL" else ""
        return f"was killed by {name}{memory}{self.last_errors()}"

    def last_errors(self) -> str:
        """Return the last lines of its standard error, on one line, as a part of a message."""
        has_ended = self._process.poll() is not None
        self._threads[2].join(_EXIT_TIMEOUT if has_ended else 0)
        lines = bytes(self._errors).decode("utf-8", "replace").split("\n")
        text = " | ".join(" ".join(line.split()) for line in lines if line.strip())
        text = text if len(text) <= 300 else f"...{text[-300:]}"
        return f"; its standard error ends with: {text}" if text else ""

    def _write_input(self, pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError), pipe:
            while (line := self._input.get()) is not None:
                pipe.write(line)
                pipe.flush()

    def _read_output(self, pipe: IO[bytes]) -> None:
        with pipe:
            while line := pipe.readline(_MAX_LINE_SIZE):
                if len(line) == _MAX_LINE_SIZE and not line.endswith(b"\n"):
                    self._output.put(f"wrote a line of over {_MAX_LINE_SIZE >> 20} MB")
                    return
                if self._output.qsize() > self._max_pending:
                    self._output.put(EXTRA_LINES)
                    return
                self._output.put(line)
            self._output.put(None)

    def _read_errors(self, pipe: IO[bytes]) -> None:
        with pipe:
            while chunk := os.read(pipe.fileno(), 1 << 16):
                self._errors += chunk
                del self._errors[:-_MAX_ERROR_SIZE]
