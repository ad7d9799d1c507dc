"""Time processes by the clock and by their processor time, which other processes change less."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path


def seconds(*command: str, cwd: Path) -> tuple[float, float]:
    """Return the time of a command by the clock and of the processor."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *command], cwd=cwd, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, spent


def output(*command: str, cwd: Path) -> str:
    done = subprocess.run([sys.executable, *command], cwd=cwd, check=True, capture_output=True)
    return done.stdout.decode()
