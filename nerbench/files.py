"""Write files whole or not at all, and report failures in one line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nerbench.errors import NerbenchError


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise NerbenchError with `path` and the reason for an OSError in the block.

    >>> with writing(Path("report.md")):
    ...     raise OSError(28, "No space left on device")
    Traceback (most recent call last):
    nerbench.errors.NerbenchError: report.md: cannot be written: No space left on device
    """
    try:
        yield
    except OSError as error:
        is_blocked = isinstance(error, FileExistsError)
        reason = "a file is in the way" if is_blocked else error.strerror or error
        raise NerbenchError(f"{path}: cannot be written: {reason}") from None


@contextmanager
def aside(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, which replaces `path` if the block succeeds.

    If the block fails, the temporary file is removed. A device or a named pipe is written to
    directly. Raises NerbenchError if the file cannot be written.
    """
    with writing(path):
        if path.exists() and not path.is_file():
            yield path
            return
        part = path.with_name(path.name + ".part")
        try:
            yield part
            with part.open("rb") as stream:
                os.fsync(stream.fileno())
            part.replace(path)
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise


def write_file(path: Path, text: str) -> None:
    """Write text as UTF-8, whole or not at all. Raises NerbenchError if it cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_file(Path(folder, "a.txt"), "IL-6")
    ...     [path.read_text() for path in Path(folder).iterdir()]
    ['IL-6']
    """
    with aside(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
