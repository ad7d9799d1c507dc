"""Untrusted models: which files of a pipeline's folder may run, and the security note."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spacy

from nerbench import RecognizerError, load_recognizer
from nerbench.recognizers.registry import find_card

RULES = [{"label": "GENE", "pattern": "TP53"}]


class Bomb:
    """Creates a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._mark,)


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    """A folder with a small pipeline that tags TP53."""
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns(RULES)
    folder = tmp_path / "pipeline"
    nlp.to_disk(folder)
    return folder


def test_a_plain_pipeline_has_no_security_note(pipeline: Path) -> None:
    assert find_card(str(pipeline)).security_note == ""
    assert load_recognizer(str(pipeline)).name == "pipeline"


@pytest.mark.parametrize("name", ["functions.py", "deep/er/weights.PKL", "x.pt", "x.joblib"])
def test_the_security_note_names_code_and_pickles_in_the_folder(pipeline: Path, name: str) -> None:
    (pipeline / name).parent.mkdir(parents=True, exist_ok=True)
    (pipeline / name).write_bytes(b"")
    note = find_card(str(pipeline)).security_note
    assert "code or pickles" in note
    assert Path(name).name in note


def test_no_code_in_the_folder_of_a_pipeline_runs(
    pipeline: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pipeline)
    mark = tmp_path / "RAN"
    for name in ("__init__.py", "functions.py", "entity_ruler.py", "sitecustomize.py"):
        (pipeline / name).write_text(f"open({str(mark)!r}, 'w')")
    load_recognizer(str(pipeline))
    load_recognizer(".")
    assert not mark.exists()


def test_a_config_with_an_unregistered_function_is_an_error(pipeline: Path) -> None:
    config = pipeline / "config.cfg"
    text = config.read_text().replace('factory = "entity_ruler"', 'factory = "os.system"')
    config.write_text(text)
    with pytest.raises(RecognizerError, match="cannot be loaded"):
        load_recognizer(str(pipeline))


@pytest.mark.parametrize("place", ["vocab/vectors", "vocab/lookups.bin", "vocab/strings.json"])
def test_a_pickle_instead_of_data_is_not_loaded(pipeline: Path, tmp_path: Path, place: str) -> None:
    mark = tmp_path / "RAN"
    raw = pickle.dumps(Bomb(mark))
    if place == "vocab/vectors":
        with (pipeline / place).open("wb") as stream:
            np.save(stream, np.array([Bomb(mark)]), allow_pickle=True)
    else:
        (pipeline / place).write_bytes(raw)
    with pytest.raises(RecognizerError, match="cannot be loaded"):
        load_recognizer(str(pipeline))
    assert not mark.exists()
    pickle.loads(raw)  # the pickle itself works
    assert mark.exists()


def test_a_pickle_among_the_weights_of_the_default_recognizer_is_not_loaded(tmp_path: Path) -> None:
    from nerbench.recognizers.default.component import GeneFinder
    from nerbench.resources import shipped

    folder = tmp_path / "finder"
    (source,) = (path.parent for path in shipped("models").rglob("network0.npz"))
    folder.mkdir()
    for path in source.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    mark = tmp_path / "RAN"
    np.savez(folder / "network0.npz", mix_g=np.array([Bomb(mark)]))
    with pytest.raises(ValueError, match="allow_pickle"):
        GeneFinder().from_disk(folder)
    assert not mark.exists()


@pytest.mark.parametrize("damage", ["cut", "emptied", "no json", "other type"])
def test_a_damaged_pipeline_is_one_clear_error(pipeline: Path, damage: str) -> None:
    meta = pipeline / "meta.json"
    if damage == "cut":
        meta.write_bytes(meta.read_bytes()[:50])
    elif damage == "emptied":
        (pipeline / "config.cfg").write_text("")
    elif damage == "no json":
        meta.write_bytes(b"\xff\xfe")
    else:
        meta.write_text(json.dumps(["a list"]))
    with pytest.raises(RecognizerError, match="cannot be loaded"):
        load_recognizer(str(pipeline))
