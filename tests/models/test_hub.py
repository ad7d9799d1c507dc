"""A model from a hub: the real client with a server of the hub's protocol."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from local_service import Answer, Request, Serve
from tiny import FOUND, TEXT

pytest.importorskip("torch", reason="needs nerbench[transformers]")
pytest.importorskip("transformers", reason="needs nerbench[transformers]")

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "models-neural.md"


def hub(folder: Path) -> Callable[[Request], Answer]:
    """What the hub answers of the one model that it holds, `lab/genes`."""
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}

    def answer(request: Request) -> Answer:
        path = request.path.split("?")[0]
        if re.fullmatch("/api/models/lab/genes(/revision/[^/]+)?", path):
            siblings = [{"rfilename": name} for name in files]
            return Answer({"id": "lab/genes", "sha": COMMIT, "siblings": siblings})
        if re.fullmatch("/api/models/lab/genes/tree/[^/]+", path):
            listed = (
                {"type": "file", "path": name, "size": len(body), "oid": sha256(body).hexdigest()}
                for name, body in files.items()
            )
            return Answer(list(listed))
        found = re.fullmatch("/lab/genes/resolve/[^/]+/(.+)", path)
        if found is None or found.group(1) not in files:
            return Answer({"error": "Entry not found"}, 404, {"X-Error-Code": "EntryNotFound"})
        body = files[found.group(1)]
        tag = sha256(body).hexdigest()
        return Answer(body, 200, {"ETag": f'"{tag}"', "X-Repo-Commit": COMMIT})

    return answer


def test_the_card_of_the_how_to_fetches_its_model_once_from_the_hub(
    checkpoint: Callable[..., Path], serve: Serve, tmp_path: Path
) -> None:
    service = serve(hub(checkpoint()))
    (card,) = re.findall(
        r"```yaml\n(# hub-tagger.yaml\n.*?)```", PAGE.read_text("utf-8"), re.DOTALL
    )
    (tmp_path / "hub-tagger.yaml").write_text(card, encoding="utf-8")
    environment = os.environ | {
        "HF_ENDPOINT": service.url,
        "HF_HOME": str(tmp_path / "home"),
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
        "NO_PROXY": "*",
    }

    def nerbench(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "nerbench", *words]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    checked = nerbench("models", "check", "hub-tagger.yaml", "--text", TEXT)
    assert checked.returncode == 0, checked.stderr
    assert all(name in checked.stdout for name in FOUND)
    fetched = [request.path for request in service.requests if request.method == "GET"]
    assert any("/resolve/" in path and path.endswith("model.safetensors") for path in fetched)
    service.requests.clear()
    run = nerbench("run", "--model", "hub-tagger.yaml", "--out", "out")
    assert run.returncode == 0, run.stderr
    again = [request.path for request in service.requests if request.method == "GET"]
    assert not any(path.endswith("model.safetensors") for path in again)
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert [model["name"] for model in summary["models"]] == ["hub-tagger"]
