"""The default recognizer: shipped, offline, small, safe to load, scored beside the dictionary."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from nerbench import load_recognizer
from nerbench.recognizers.registry import find_card
from nerbench.resources import shipped

CAPTION = (
    "Activation of the IL-6/STAT3 signaling pathway in liver tissue. IL-6 binds its receptor, "
    "thereby phosphorylating JAK; STAT3 dimers promote Bcl-xL, Bcl-2 and VEGF in the nucleus."
)


@pytest.fixture(scope="module")
def default():
    return load_recognizer()


def test_the_default_is_a_pipeline_that_ships_with_the_package():
    card = find_card("default")
    assert card.kind == "spacy"
    assert Path(card.source).resolve() == (shipped("models") / "default").resolve()


def test_the_model_has_less_than_12_mb_and_no_pickle():
    files = [path for path in (shipped("models") / "default").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 12_000_000
    assert {path.suffix for path in files} <= {".npz", ".json", ".cfg", "", ".bin"}
    for path in files:
        if path.suffix == ".npz":
            # The header of an array of objects, which is stored as a pickle, has the type 'O'.
            with zipfile.ZipFile(path) as archive:
                headers = [archive.open(name).read(200) for name in archive.namelist()]
            assert not any(b"'|O'" in header for header in headers)


def test_names_of_a_caption_are_found_with_scores(default):
    mentions = next(default.recognize([CAPTION]))
    assert {"IL-6", "STAT3", "JAK", "Bcl-xL", "VEGF"} <= {mention.text for mention in mentions}
    assert all(mention.score is not None and 0 < mention.score <= 1 for mention in mentions)
    for mention in mentions:
        mention.check(CAPTION)


def test_unusual_texts_do_not_fail(default):
    texts = ["", " ", "\n", "α", "🧬 TP53 \U0001d4d0", "p53 " * 5000, "\u202etxet", CAPTION]
    predictions = list(default.recognize(texts))
    assert len(predictions) == len(texts)
    for text, mentions in zip(texts, predictions, strict=True):
        for mention in mentions:
            mention.check(text)


def test_mentions_do_not_depend_on_neighbouring_texts(default):
    together = list(default.recognize([CAPTION, "TP53 binds MDM2.", CAPTION]))
    assert together[0] == together[2]
    assert [m.text for m in together[0]] == [m.text for m in next(default.recognize([CAPTION]))]


def test_the_default_runs_without_a_network_beside_the_dictionary(tmp_path):
    code = (
        "import socket\n"
        "def refuse(*args, **kwargs): raise OSError('the network is forbidden here')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse\n"
        "from nerbench.cli import main; main()"
    )
    command = ["run", "--model", "default", "--model", "lexicon", "--out", str(tmp_path)]
    env = os.environ | {"no_proxy": "*"}
    done = subprocess.run(
        [sys.executable, "-c", code, *command], capture_output=True, text=True, env=env, check=False
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert [model["name"] for model in summary["models"]] == ["default", "lexicon"]
    f1 = {(row["model"], row["scheme"]): row["f1"] for row in summary["gold"]}
    assert f1["default", "strict"] > f1["lexicon", "strict"] > 0.5
