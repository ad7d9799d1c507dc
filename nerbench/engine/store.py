"""Store of predictions in a run's folder, so that no caption is predicted twice.

It is an SQLite file: finished predictions survive a crash, a full disk or a power cut, and a second
run into the same folder is refused while the first is at work.
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

FILE_NAME = "store.sqlite"

_TABLE = """
CREATE TABLE IF NOT EXISTS predictions (
    recognizer TEXT NOT NULL, caption TEXT NOT NULL, mentions TEXT NOT NULL,
    PRIMARY KEY (recognizer, caption)
) WITHOUT ROWID
"""


class PredictionStore(AbstractContextManager["PredictionStore"]):
    """Predictions by recognizer and caption, under the keys of `nerbench.engine.worker`.

    A store that holds nothing in the end leaves no file. Without ``reuse`` it finds nothing that is
    in it already. Raises NerbenchError if the file cannot
    be used or another run is using it.

    >>> from tempfile import TemporaryDirectory
    >>> from nerbench.records import Mention
    >>> with TemporaryDirectory() as folder, PredictionStore(Path(folder)) as store:
    ...     store.add({"model": {"caption": (Mention(0, 4, "IL-6"),)}})
    ...     [m.text for m in store.cached(["model"], ["caption", "other"])["model"]["caption"]]
    ['IL-6']
    """

    def __init__(self, folder: Path, *, reuse: bool = True) -> None:
        self.path = folder / FILE_NAME
        self._reuse = reuse
        with writing(self.path):  # SQLite would say of both only that it cannot open the file
            if self.path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            if self.path.exists() and not os.access(self.path, os.R_OK | os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        with self._readable_errors():
            self._file = sqlite3.connect(self.path, timeout=0, isolation_level=None)
            self._file.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = FULL")
            self._file.execute("BEGIN IMMEDIATE")
            self._file.execute(_TABLE)
            self._file.execute("COMMIT")

    @contextmanager
    def _readable_errors(self) -> Iterator[None]:
        """Raise NerbenchError, in one line, for an error of SQLite."""
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

    def cached(self, recognizers: Iterable[str], captions: Iterable[str]) -> PredictionCache:
        """Return what is kept for some captions. Raises NerbenchError if the file is damaged."""
        keys = json.dumps(sorted(set(captions)))
        cache: PredictionCache = {}
        if not self._reuse:
            return cache
        for recognizer in recognizers:
            with self._readable_errors():
                rows = self._file.execute(
                    "SELECT caption, mentions FROM predictions WHERE recognizer = ? "
                    "AND caption IN (SELECT value FROM json_each(?))",
                    (recognizer, keys),
                ).fetchall()
            try:
                cache[recognizer] = {
                    caption: tuple(map(read_mention, json.loads(text))) for caption, text in rows
                }
            except (ValueError, RecordError) as error:
                raise NerbenchError(
                    f"{self.path}: is damaged ({error}); remove the file to predict anew"
                ) from None
        return cache

    def add(self, fresh: PredictionCache) -> None:
        """Add predictions; all of them are on disk on return.

        Raises NerbenchError if the disk is full; what was added before stays.
        """
        rows = [
            (recognizer, caption, json.dumps(list(map(mention_fields, mentions))))
            for recognizer, by_caption in fresh.items()
            for caption, mentions in by_caption.items()
        ]
        with self._readable_errors():
            self._file.execute("BEGIN IMMEDIATE")
            try:
                self._file.executemany("INSERT OR REPLACE INTO predictions VALUES (?, ?, ?)", rows)
                self._file.execute("COMMIT")
            except sqlite3.Error:
                if self._file.in_transaction:
                    self._file.execute("ROLLBACK")
                raise

    def __exit__(self, *_: object) -> None:
        with suppress(sqlite3.Error):
            is_filled = self._file.execute("SELECT EXISTS (SELECT 1 FROM predictions)").fetchone()[
                0
            ]
            self._file.close()
            if not is_filled:
                self.path.unlink(missing_ok=True)


def _is_damaged(error: sqlite3.Error) -> bool:
    return "malformed" in str(error) or "not a database" in str(error)
