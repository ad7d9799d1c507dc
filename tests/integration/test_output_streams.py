"""Standard output as a shell sees it: closed pipes, full disks, devices."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest
from command_line import SEEDS, record


def test_a_reader_that_closes_the_pipe_early_is_no_error(tmp_path: Path) -> None:
    # `predict --out - | head -1`, with far more output than a pipe holds.
    for number in range(400):
        text = record(f"F{number}", "STAT3 and TP53 " * 30)
        (tmp_path / f"{number:03}.md").write_text(text, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-m", "nerbench", "predict", ".", "-m", "lexicon", "-o", "-"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["id"] == "F0"
        process.stdout.close()
        err = process.stderr.read()
        status = process.wait(timeout=60)
    assert (status, err) == (0, b"")


# A table, which rich flushes, and text that stays in the buffer until the end.
COMMANDS = (["models", "list"], ["lexicon", "info"], ["--version"])


def run(arguments: list[str], stdout: int | BinaryIO) -> tuple[int, bytes]:
    """Run a command with buffered output; its exit status and its standard error."""
    result = subprocess.run(
        [sys.executable, "-m", "nerbench", *arguments],
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    return result.returncode, result.stderr


@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_closed_pipe_is_no_error_for_short_output(arguments: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        assert run(arguments, write) == (0, b"")
    finally:
        os.close(write)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_full_disk_under_standard_output_ends_with_2_and_one_line(arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as stream:
        status, stderr = run(arguments, stream)
    assert (status, stderr) == (2, b"nerbench: standard output: No space left on device\n")


def test_predictions_are_written_to_a_named_pipe_as_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True) as reader:
        command = ["predict", str(SEEDS), "--model", "lexicon", "--out", str(pipe)]
        subprocess.run([sys.executable, "-m", "nerbench", *command], check=True)
        out, _ = reader.communicate(timeout=60)
    assert json.loads(out)["mentions"]
    assert pipe.is_fifo()
