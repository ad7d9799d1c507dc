"""The folder of a run: nothing good in it is replaced by nothing, or by a run of something else.

It is tried before models are loaded, and touched after that. What a run writes appears all at once,
when the run has ended well: until then predictions lie in files without a name, and reports in a
folder of their own that is removed if anything fails.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import IO, Any

from nerbench.engine.evaluation import Evaluation
from nerbench.engine.store import FILE_NAME, PredictionStore
from nerbench.errors import NerbenchError
from nerbench.files import aside, write_file, writing
from nerbench.recognizers.external.predictions import prediction_line
from nerbench.records import Mention

_LOG, _SUMMARY = "run.log.json", "summary.json"
_OF_AN_EARLIER_RUN = (
    "predictions/*.jsonl", "plots/*.svg", "*_mqc.json", "*.part", "predictions/*.part",
)  # fmt: skip
"""Files that a run has for some models or options only, or that a killed one has left."""
_STAGE = ".nerbench-"  # the beginning of the name of a folder with unfinished reports
_MAX_SHOWN = 3  # names in a message


@dataclass(frozen=True, slots=True)
class RunContent:
    """The content of a folder with a run: of which corpus and models.

    Attributes
    ----------
    command : str
        `run`, `score` or `compare`.
    sources : tuple of str
        Absolute paths of the corpus, or of the runs that are compared.
    models : tuple of str
        Names of the models; none if they are known only in the end.
    """

    command: str
    sources: tuple[str, ...]
    models: tuple[str, ...]

    @classmethod
    def of(cls, command: str, sources: Iterable[Path], models: Iterable[str]) -> RunContent:
        """Return the content of a run of some paths and models."""
        return cls(command, tuple(str(path.resolve()) for path in sources), tuple(models))


def check_run_folder(out: Path, content: RunContent, *, force: bool = False) -> None:
    """Raise NerbenchError if a folder must not, or cannot, get a run; nothing is touched.

    It may be new or empty, or hold a run of the same command, corpus and models, or of some of the
    models. With ``force``, whatever it holds a run of does not matter.
    """
    existing = next(path for path in (out, *out.parents) if path.exists())
    with writing(out):
        if not existing.is_dir():
            raise FileExistsError if existing == out else NotADirectoryError(20, "Not a directory")
        if not os.access(existing, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied")
    if force or not out.is_dir():
        return
    reason = _reason_to_leave(out, content)
    if reason:
        raise NerbenchError(
            f"{out}: {reason}, and is left as it was; give --out {free_folder(out)}, or --force to "
            "write here"
        )


def _reason_to_leave(out: Path, content: RunContent) -> str:
    """Return why a folder is not taken over; an empty text if it may be."""
    log, summary = _read_json(out / _LOG), _read_json(out / _SUMMARY)
    if not log and not summary:
        names = sorted(path.name for path in out.iterdir() if not path.name.startswith("."))
        if not names or (out / FILE_NAME).is_file():  # of a run that was killed
            return ""
        more = ", ..." if len(names) > _MAX_SHOWN else ""
        return f"holds files of no run ({', '.join(names[:_MAX_SHOWN])}{more})"
    earlier = log.get("content", {})
    if earlier and earlier.get("command") != content.command:
        return f"holds files of nerbench {earlier.get('command')}"
    if earlier and earlier.get("corpus") != list(content.sources):
        places = ", ".join(Path(path).name for path in earlier.get("corpus", []))
        return f"holds a run of another corpus ({places})"
    models = [model["name"] for model in summary.get("models", [])]
    others = [model for model in models if content.models and model not in content.models]
    if others:
        return f"holds a run of other models ({', '.join(models)})"
    return ""


def _read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file; an empty one if there is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def free_folder(out: Path) -> Path:
    """Return a folder beside this one that is not there yet; for the working folder, one in it.

    >>> free_folder(Path("reports/no-such-run")).as_posix()
    'reports/no-such-run-2'
    """
    if out.name in ("", ".."):
        return out / "run" if not (out / "run").exists() else free_folder(out / "run")
    stem, _, number = out.name.rpartition("-")
    if not (stem and number.isdecimal()):
        stem, number = out.name, "1"
    candidates = (out.with_name(f"{stem}-{n}") for n in count(int(number) + 1))
    return next(path for path in candidates if not path.exists())


def holds_complete_run(out: Path) -> bool:
    """Tell whether a folder has the reports of a run that was not interrupted."""
    return _read_json(out / _SUMMARY).get("partial") is False


@contextmanager
def run_folder(out: Path, *, reuse: bool = True) -> Iterator[PredictionStore]:
    """Make the folder of a run and yield the store of predictions in it.

    Without ``reuse``, predictions of earlier runs are made anew. A folder that was made and stays
    empty is removed. Raises NerbenchError if the folder cannot be written, or another run is at
    work in it.
    """
    new = [path for path in (out, *out.parents) if not path.exists()]
    try:
        with writing(out):
            out.mkdir(parents=True, exist_ok=True)
        with PredictionStore(out, reuse=reuse) as store:
            yield store
    finally:
        with suppress(OSError):  # it is not empty
            for path in new:
                path.rmdir()


@contextmanager
def replacing_run(out: Path) -> Iterator[Path]:
    """Yield a new folder, whose files replace those of the run in ``out`` if the block succeeds.

    If it fails, ``out`` is left as it was. Files that are no run's stay in any case. Raises
    NerbenchError if a file cannot be written.
    """
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
        for left in out.glob(f"{_STAGE}*"):  # by a run that was killed
            shutil.rmtree(left, ignore_errors=True)
        stage = Path(tempfile.mkdtemp(prefix=_STAGE, dir=out))
    try:
        yield stage
        files = [path.relative_to(stage) for path in sorted(stage.rglob("*")) if path.is_file()]
        for name in files:
            with writing(out / name):
                if (out / name).is_dir():
                    raise IsADirectoryError(21, "Is a directory")
                (out / name).parent.mkdir(exist_ok=True)
        for name in files:
            with writing(out / name):
                (stage / name).replace(out / name)
        for pattern in _OF_AN_EARLIER_RUN:
            for path in out.glob(pattern):
                if path.is_file() and path.relative_to(out) not in files:
                    path.unlink(missing_ok=True)
    except NerbenchError as error:
        raise NerbenchError(str(error).replace(str(stage), str(out))) from None
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def prediction_path(out: Path, model: str) -> Path:
    """Return the file of a model's predictions in a run's folder.

    >>> prediction_path(Path("run"), "my model").as_posix()
    'run/predictions/my_model.jsonl'
    """
    return out / "predictions" / (re.sub(r"[^\w.+-]", "_", model) + ".jsonl")


class PredictionWriter(AbstractContextManager["PredictionWriter"]):
    """Writes predictions to a file that appears when they are complete.

    Until then they lie in a file without a name, in ``folder`` or in the folder of ``path``.
    Without a path they go to standard output; a device or a named pipe is written to as it is.
    """

    def __init__(self, path: Path | None, folder: Path | None = None) -> None:
        self._path = path or Path("standard output")
        self._is_kept_back = path is not None and (path.is_file() or not path.exists())
        self._stream: IO[str] = sys.stdout
        if path is None:
            return
        with writing(self._path):
            if self._is_kept_back:
                folder = folder or path.parent
                folder.mkdir(parents=True, exist_ok=True)
                self._stream = tempfile.TemporaryFile(  # noqa: SIM115
                    "w+", encoding="utf-8", newline="\n", dir=folder
                )
            else:
                self._stream = path.open("w", encoding="utf-8", newline="\n")

    def write(self, figid: str, mentions: Iterable[Mention]) -> None:
        """Write a figure's predictions. Raises NerbenchError if that cannot be."""
        with writing(self._path):
            self._stream.write(prediction_line(figid, mentions) + "\n")

    def finish(self, path: Path | None = None) -> None:
        """Write the file, at another path if one is given. Raises NerbenchError if that fails."""
        with writing(self._path):
            self._stream.flush()
            if not self._is_kept_back:
                return
            self._stream.seek(0)
            target = path or self._path
            target.parent.mkdir(parents=True, exist_ok=True)
            with aside(target) as part, part.open("w", encoding="utf-8", newline="\n") as stream:
                shutil.copyfileobj(self._stream, stream)

    def __exit__(self, *_: object) -> None:
        if self._stream is not sys.stdout:
            with suppress(OSError):  # `write` and `finish` have reported it
                self._stream.close()


def read_speeds(out: Path) -> dict[str, float]:
    """Return the captions per second of each model of a run, from its log; empty without one."""
    try:
        log = json.loads((out / _LOG).read_text(encoding="utf-8"))
        models = log["models"].items()
        return {str(name): float(model["captions_per_second"]) for name, model in models}
    except (OSError, AttributeError, KeyError, TypeError, ValueError):
        return {}


def write_board_log(out: Path, started: float, content: RunContent) -> None:
    """Write the log of a leaderboard alone: when it was made, and of which runs."""
    log = {
        "command": sys.argv,
        "content": {
            "command": content.command,
            "corpus": content.sources,
            "models": content.models,
        },
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
    }
    write_file(out / _LOG, json.dumps(log, indent=1) + "\n")


def write_log(
    out: Path, started: float, evaluation: Evaluation, content: RunContent | None = None
) -> None:
    """Write times and machine facts to `run.log.json`, apart from the numbers.

    ``started`` is the run's start, in seconds since the epoch, ``content`` what it is a run of. The
    speed of a model is that of one process on the captions that it read in this run: kept
    predictions do not count.
    """
    log = {
        "command": sys.argv,
        "content": None
        if content is None
        else {
            "command": content.command,
            "corpus": content.sources,
            "models": content.models,
        },
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
    write_file(out / _LOG, json.dumps(log, indent=1) + "\n")
