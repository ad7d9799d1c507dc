"""Fixtures of the tests of models: local servers, checkpoints, cards, runs of the command."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from local_service import Behaviour, Serve, Service, serving
from tiny import train_checkpoint

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A trained checkpoint by kind of tokenizer and scheme of tags, each made once."""
    made: dict[tuple[str, str], Path] = {}

    def give(kind: str = "bert", scheme: str = "iob2") -> Path:
        if (kind, scheme) not in made:
            folder = tmp_path_factory.mktemp("checkpoint") / f"{kind}-{scheme}"
            made[kind, scheme] = train_checkpoint(folder, kind, scheme)
        return made[kind, scheme]

    return give


@pytest.fixture
def write_card(tmp_path: Path) -> Callable[..., str]:
    """Write a card with these fields; its path."""

    def write(name: str = "mine", **fields: object) -> str:
        path = tmp_path / f"{name}.yaml"
        path.write_text(json.dumps(fields), encoding="utf-8")  # JSON is YAML
        return str(path)

    return write


@pytest.fixture
def run_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed_path: Path
) -> Callable[..., dict[str, list[str]]]:
    """Run models on the shipped record as the command line does; the texts each one found."""
    from nerbench.cli import main

    def run(*models: str) -> dict[str, list[str]]:
        out = tmp_path / "out"
        chosen = [word for model in models for word in ("--model", model)]
        arguments = ["nerbench", "run", str(seed_path), *chosen, "--out", str(out), "--quiet"]
        monkeypatch.setattr("sys.argv", arguments)
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
        assert (out / "summary.json").is_file()
        return {
            path.stem: [
                mention["text"]
                for line in path.read_text(encoding="utf-8").splitlines()
                for mention in json.loads(line)["mentions"]
            ]
            for path in (out / "predictions").glob("*.jsonl")
        }

    return run


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server that answers each request as a function says."""
    with ExitStack() as running:

        def serve(behaviour: Behaviour) -> Service:
            return running.enter_context(serving(behaviour))

        yield serve


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers are on this machine, whatever proxy it uses."""
    monkeypatch.setenv("NO_PROXY", "*")
