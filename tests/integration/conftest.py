"""Fixtures of the tests of commands: run one in this process, and what it reads."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import spacy
from command_line import CommandLine, Completed, WritePredictions, record

from nerbench.cli import main


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> CommandLine:
    """Run a command in this process, in an empty folder; a traceback fails the test."""
    folder = tmp_path / "cwd"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def call(*arguments: str | Path) -> Completed:
        monkeypatch.setattr(sys, "argv", ["nerbench", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        assert "internal error" not in err
        code = ended.value.code
        return Completed(code if isinstance(code, int) else 0 if code is None else 1, out, err)

    return call


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three figures and two files that are no record."""
    folder = tmp_path_factory.mktemp("corpus")
    files = {
        "A.md": record("A", "STAT3 turns VEGFA on", "STAT3", "VEGFA"),
        "B.md": record("B", "TP53 and MDM2", "TP53"),
        "C.md": record("C", "''", "KRAS"),
        "notes.txt": "no record",
        "truncated.md": "---\nfigid: D\ncaption: 'never closed\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spaCy pipeline that finds STAT3 only."""
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns(  # type: ignore[attr-defined]
        [{"label": "GENE", "pattern": "STAT3"}]
    )
    path = tmp_path_factory.mktemp("models") / "only_stat3"
    nlp.to_disk(path)
    return path


@pytest.fixture
def write_predictions(tmp_path: Path) -> WritePredictions:
    """Write a file of predictions."""

    def write(*entries: dict[str, Any], name: str = "mine.jsonl") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(e) + "\n" for e in entries), encoding="utf-8")
        return path

    return write
