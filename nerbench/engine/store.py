"""Predictions kept in a run's folder, so that no caption is ever predicted twice.

An SQLite file: what was finished survives a crash, a full disk or a power cut, and a second run
into the same folder is refused while the first is at work.
"""

from __future__ import annotations

import errno
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from nerbench.engine.worker import PredictionCache
from nerbench.errors import NerbenchError, RecordError
from nerbench.files import writing
from nerbench.recognizers.external.predictions import mention_fields, read_mention

__all__ = ["FILE", "PredictionStore"]

FILE = "store.sqlite"

_TABLE = """
CREATE TABLE IF NOT EXISTS predictions (
    recognizer TEXT NOT NULL, caption TEXT NOT NULL, mentions TEXT NOT NULL,
    PRIMARY KEY (recognizer, caption)
) WITHOUT ROWID
"""


class PredictionStore(AbstractContextManager["PredictionStore"]):
    """Predictions by recognizer and caption, as `nerbench.engine.worker` names them.

    A store that holds nothing in the end leaves no file. Raises NerbenchError if the file cannot
    be used or another run is using it.

    >>> from tempfile import TemporaryDirectory
    >>> from nerbench.records import Mention
    >>> with TemporaryDirectory() as folder, PredictionStore(Path(folder)) as store:
    ...     store.keep({"model": {"caption": (Mention(0, 4, "IL-6"),)}})
    ...     [m.text for m in store.known(["model"], ["caption", "other"])["model"]["caption"]]
    ['IL-6']
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        with writing(self.path):  # of either, SQLite would only say that it cannot open the file
            if self.path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            if self.path.exists() and not os.access(self.path, os.R_OK | os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        with self._said():
            self._file = sqlite3.connect(self.path, timeout=0, isolation_level=None)
            self._file.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = FULL")
            self._file.execute("BEGIN IMMEDIATE")
            self._file.execute(_TABLE)
            self._file.execute("COMMIT")

    @contextmanager
    def _said(self) -> Iterator[None]:
        """What SQLite raises, said in one line."""
        try:
            yield
        except sqlite3.Error as error:
            if "locked" in str(error):
                raise NerbenchError(
                    f"{self.path.parent}: another run is writing to this folder; wait for it, "
                    "or give another --out"
                ) from None
            damaged = "; remove the file to predict anew" if _is_damaged(error) else ""
            raise NerbenchError(f"{self.path}: cannot be used: {error}{damaged}") from None

    def known(self, recognizers: Iterable[str], captions: Iterable[str]) -> PredictionCache:
        """What is kept of some captions. Raises NerbenchError if the file is damaged."""
        wanted = json.dumps(sorted(set(captions)))
        found: PredictionCache = {}
        for recognizer in recognizers:
            with self._said():
                rows = self._file.execute(
                    "SELECT caption, mentions FROM predictions WHERE recognizer = ? "
                    "AND caption IN (SELECT value FROM json_each(?))",
                    (recognizer, wanted),
                ).fetchall()
            try:
                found[recognizer] = {
                    caption: tuple(map(read_mention, json.loads(text))) for caption, text in rows
                }
            except (ValueError, RecordError) as error:
                raise NerbenchError(
                    f"{self.path}: is damaged ({error}); remove the file to predict anew"
                ) from None
        return found

    def keep(self, fresh: PredictionCache) -> None:
        """Keep predictions; all of them are safe on return.

        Raises NerbenchError if the disk is full: what was kept before stays.
        """
        rows = [
            (recognizer, caption, json.dumps([mention_fields(one) for one in mentions]))
            for recognizer, by_caption in fresh.items()
            for caption, mentions in by_caption.items()
        ]
        with self._said():
            self._file.execute("BEGIN IMMEDIATE")
            try:
                self._file.executemany("INSERT OR REPLACE INTO predictions VALUES (?, ?, ?)", rows)
                self._file.execute("COMMIT")
            except sqlite3.Error:
                if self._file.in_transaction:
                    self._file.execute("ROLLBACK")
                raise

    def forget(self) -> None:
        """Drop everything that is kept."""
        with self._said():
            self._file.execute("DELETE FROM predictions")

    def __exit__(self, *_: object) -> None:
        with suppress(sqlite3.Error):
            holds = self._file.execute("SELECT EXISTS (SELECT 1 FROM predictions)").fetchone()[0]
            self._file.close()
            if not holds:
                self.path.unlink(missing_ok=True)


def _is_damaged(error: sqlite3.Error) -> bool:
    return "malformed" in str(error) or "not a database" in str(error)
