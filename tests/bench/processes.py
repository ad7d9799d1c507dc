"""Time processes by the clock and by their processor time, which other processes change less.

The modules are compiled as in an installation, in a folder of their own, before anything is timed:
where the environment forbids bytecode, to compile them would take longer than to run them.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path


@cache
def _compiled() -> tempfile.TemporaryDirectory[str]:
    """Return the folder of the bytecode, with that of a run and of a look-up."""
    folder = tempfile.TemporaryDirectory()
    with tempfile.TemporaryDirectory() as out:
        for command in ("run --quiet --out out", "lexicon lookup p53"):
            _run("-m", "nerbench", *command.split(), cwd=Path(out), bytecode=folder.name)
        _run("-c", "import spacy, polars, sklearn", cwd=Path(out), bytecode=folder.name)
    return folder


def _run(*command: str, cwd: Path, bytecode: str) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"PYTHONPYCACHEPREFIX": bytecode}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.run(
        [sys.executable, *command], cwd=cwd, check=True, capture_output=True, env=environment
    )


def seconds(*command: str, cwd: Path) -> tuple[float, float]:
    """Return the time of a command by the clock and of the processor."""
    bytecode = _compiled().name
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    _run(*command, cwd=cwd, bytecode=bytecode)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, spent


def output(*command: str, cwd: Path) -> str:
    """Return what a command prints."""
    return _run(*command, cwd=cwd, bytecode=_compiled().name).stdout.decode()
