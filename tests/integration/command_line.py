"""Run commands in tests, and write and read their files."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
SEED_ID = "PMC8714735__fonc-11-760971-g003"


@dataclass(frozen=True)
class Completed:
    """The exit status and the output of a command."""

    status: int
    out: str
    err: str

    @property
    def message(self) -> str:
        """The one line on standard error; fails if there are more, or a traceback."""
        (line,) = self.err.splitlines()
        assert line.startswith("nerbench: ")
        return line.removeprefix("nerbench: ")


CommandLine = Callable[..., Completed]
WritePredictions = Callable[..., Path]


def shell(*arguments: str | Path, cwd: Path) -> Completed:
    """Run a command as a shell does, standard output and error in pipes."""
    process = subprocess.run(
        [sys.executable, "-m", "nerbench", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        timeout=120,
        check=False,
    )
    return Completed(process.returncode, process.stdout.decode(), process.stderr.decode())


def record(figid: str, caption: str, *genes: str) -> str:
    """A human PFOCR record with these curated genes."""
    return (
        f"---\nfigid: {figid}\ncaption: {caption}\norganisms: Homo sapiens\n"
        f"schema-jsonld: {{keywords: [{', '.join(genes)}]}}\n---\n"
    )


def mention(start: int, text: str, **fields: Any) -> dict[str, Any]:
    """A mention as a file of predictions holds it."""
    return {"start": start, "end": start + len(text), "text": text, **fields}


def micro(folder: Path, **columns: str) -> dict[str, Any]:
    """The only micro row of a run's summary with these values; human at level family by default.

    The perfect reader's rows are left out.
    """
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    wanted = {"average": "micro", "level": "family", "organism": "human"} | columns
    row: dict[str, Any]
    rows = [row for row in summary["scores"] if not row.get("reference")]
    (row,) = (r for r in rows if all(r[k] == v for k, v in wanted.items()))
    return row
