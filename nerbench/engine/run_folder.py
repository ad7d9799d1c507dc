"""The folder of a run: tried before anything is computed, and one run's alone while it lasts."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import IO

from nerbench.engine.evaluation import Evaluation
from nerbench.engine.store import PredictionStore
from nerbench.files import write_file, writing
from nerbench.recognizers.external.predictions import prediction_line
from nerbench.records import Mention


@contextmanager
def run_folder(out: Path) -> Iterator[PredictionStore]:
    """Make and try the folder of a run; yield the store of predictions in it.

    Raises NerbenchError if it cannot be written, or another run is at work in it.
    """
    probe = out / ".nerbench"
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    with PredictionStore(out) as store:
        yield store


def prediction_path(out: Path, model: str) -> Path:
    """Return the file of a model's predictions in a run's folder.

    >>> prediction_path(Path("run"), "my model").as_posix()
    'run/predictions/my_model.jsonl'
    """
    return out / "predictions" / (re.sub(r"[^\w.+-]", "_", model) + ".jsonl")


def clear_predictions(out: Path) -> None:
    """Remove an earlier run's predictions: they would stand beside numbers of other models."""
    for pattern in ("*.jsonl", "*.jsonl.part"):
        for path in (out / "predictions").glob(pattern):
            with writing(path):
                path.unlink(missing_ok=True)


class PredictionWriter(AbstractContextManager["PredictionWriter"]):
    """Writes predictions to a file that takes its place when the run has ended well.

    Without a path it writes to standard output; a device or a named pipe is written to as it is.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path or Path("standard output")
        self._part = None if path is None else path.with_name(path.name + ".part")
        if path is not None and path.exists() and not path.is_file():
            self._part = path
        self._stream: IO[str] = sys.stdout
        if self._part is not None:
            with writing(self._path):
                self._part.parent.mkdir(parents=True, exist_ok=True)
                self._stream = self._part.open("w", encoding="utf-8", newline="\n")

    def write(self, figid: str, mentions: Iterable[Mention]) -> None:
        """Write a figure's predictions. Raises NerbenchError if that cannot be."""
        with writing(self._path):
            self._stream.write(prediction_line(figid, mentions) + "\n")

    def finish(self, *, complete: bool) -> None:
        """Move the file into place; what a failed model predicted stays in the ``.part`` file."""
        if self._part is None:
            return
        with writing(self._path):
            self._stream.flush()
            if complete and self._part != self._path:
                os.fsync(self._stream.fileno())
                self._stream.close()
                self._part.replace(self._path)

    def discard(self) -> None:
        """Remove what was written of a run that has no result."""
        if self._part is not None and self._part != self._path:
            with suppress(OSError):
                self._part.unlink()

    def __exit__(self, *_: object) -> None:
        if self._part is not None:
            with suppress(OSError):  # `write` and `finish` have reported it
                self._stream.close()


def write_log(out: Path, started: float, evaluation: Evaluation) -> None:
    """Write times and machine facts to `run.log.json`, apart from the numbers.

    ``started`` is the run's start, in seconds since the epoch. The speed of a model is that of one
    process on the captions that it read in this run: kept predictions do not count.
    """
    log = {
        "command": sys.argv,
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": round(time.time() - started, 3),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "signature": evaluation.signature,
        "models": {
            model.name: {
                "captions": model.timed_captions,
                "seconds": round(model.seconds, 3),
                "captions_per_second": round(model.timed_captions / model.seconds, 3),
            }
            for model in evaluation.models
            if model.timed_captions and model.seconds
        },
        "usage": {model.name: list(model.usage) for model in evaluation.models if model.usage},
        "versions": {name: version(name) for name in ("nerbench", "spacy", "polars", "PyYAML")},
    }
    write_file(out / "run.log.json", json.dumps(log, indent=1) + "\n")
