"""Put a whole file in place or none: write aside, then rename."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["aside", "write_file"]


@contextmanager
def aside(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; it takes `path`'s place if the block succeeds.

    What is no regular file (a device, a named pipe) is written to as it is.
    """
    if path.exists() and not path.is_file():
        yield path
        return
    part = path.with_name(path.name + ".part")
    yield part
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    part.replace(path)


def write_file(path: Path, text: str) -> None:
    """Write text as UTF-8, whole or not at all."""
    with aside(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
