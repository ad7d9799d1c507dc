"""The examples of docs/corpora.md run as they stand."""

from __future__ import annotations

import io
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import CommandLine

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "corpora.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"```[ct]sv (\S+)\n(.*?)```", PAGE, re.DOTALL))
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()
]
FIGURES = {
    "corpus info captions.csv": (2, 5),
    "corpus info mine.csv": (1, 2),
    "corpus info long.csv": (1, 2),
    "corpus info figures.csv": (2, 3),
    "corpus info captions.csv.gz": (2, 5),
    "nerbench corpus info -": (2, 5),
    "corpus info records/": (2, 2),
}
"""The figures and curated genes that commands count."""


class StandardInput:
    """Standard input with these bytes."""

    def __init__(self, raw: bytes) -> None:
        self.buffer = io.BytesIO(raw)
        self.closed = False


def run(command: str, call: CommandLine, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a line of the page in the working folder; return what nerbench prints."""
    before, _, command = command.rpartition(" | ")
    command, _, file = command.partition(" < ")
    raw = b""
    if before:
        raw = subprocess.run(before, shell=True, capture_output=True, check=True).stdout
    if file:
        raw = Path(file).read_bytes()
    monkeypatch.setattr(sys, "stdin", StandardInput(raw))
    program, *arguments = shlex.split(command)
    if program != "nerbench":
        subprocess.run([program, *arguments], check=True)
        return ""
    done = call(*arguments)
    assert (command, done.status) == (command, 0), done.err
    return done.out


def test_every_command_of_the_page_runs_and_counts_what_it_says(
    call: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (len(FILES), len(COMMANDS)) == (6, 15)
    for name, text in FILES.items():
        Path(name).write_text(text, encoding="utf-8")
    outputs = {command: run(command, call, monkeypatch) for command in COMMANDS}
    for part, (figures, genes) in FIGURES.items():
        command = next(command for command in outputs if part in command)
        counts = dict(re.findall(r"(?m)^(figures|curated genes) +([\d,]+)$", outputs[command]))
        assert (command, counts) == (
            command,
            {"figures": str(figures), "curated genes": str(genes)},
        )
    predicted, explained = (outputs[command] for command in outputs if "activates" in command)
    assert '"text": "STAT3"' in predicted
    assert "gene-not-on-list" in explained
