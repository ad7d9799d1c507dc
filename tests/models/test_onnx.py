"""Token classifiers exported to ONNX: the same mentions, without torch."""

from __future__ import annotations

import json
import random
import re
import runpy
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny import FOUND, TEXT, made_caption, without

from nerbench import NerbenchError, RecognizerError, load_recognizer
from nerbench.recognizers.neural.onnx_card import OnnxCard, OnnxRecognizer
from nerbench.recognizers.neural.transformers_card import TransformersCard
from nerbench.recognizers.registry import find_card

for package in ("torch", "transformers", "onnx"):
    pytest.importorskip(package, reason="to export, it takes nerbench[transformers] and onnx")
pytest.importorskip("onnxruntime", reason="needs nerbench[onnx]")

ROOT = Path(__file__).resolve().parents[2]


def export(checkpoint: Path, folder: Path) -> Path:
    """Export a checkpoint with the lines that the documentation gives for it."""
    page = (ROOT / "docs" / "models-neural.md").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"```python\n(# export\.py\n.*?)```", page, re.DOTALL)
    script = folder.parent / "export.py"
    script.write_text(recipe, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a tracer that sees no branches, of its own age
        patch.setattr("sys.argv", [str(script), str(checkpoint), str(folder)])
        runpy.run_path(str(script))
    return folder


@pytest.fixture(scope="module")
def exported(
    checkpoint: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Path, Path]]:
    """The checkpoint and its export, by kind of tokenizer."""
    made = {}
    for kind, scheme in (("bert", "iob2"), ("roberta", "bilou")):
        source = checkpoint(kind, scheme)
        made[kind] = (source, export(source, tmp_path_factory.mktemp("exports") / kind))
    return made


def load(source: Path | str, **fields: object) -> OnnxRecognizer:
    fields = {"name": "mine", "kind": "onnx", "source": str(source), **fields}
    recognizer = OnnxCard.model_validate(fields).load()
    assert isinstance(recognizer, OnnxRecognizer)
    return recognizer


def texts_of(recognizer: OnnxRecognizer, text: str) -> list[str]:
    (mentions,) = recognizer.recognize([text])
    return [mention.text for mention in mentions]


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_both_runtimes_give_the_same_mentions(
    exported: dict[str, tuple[Path, Path]], kind: str
) -> None:
    source, folder = exported[kind]
    rng = random.Random(9)
    texts = [TEXT, "", *(made_caption(rng, rng.randrange(1, 200))[0] for _ in range(40))]
    theirs = TransformersCard(name="mine", kind="transformers", source=str(source)).load()
    pairs = list(zip(load(folder).recognize(texts), theirs.recognize(texts), strict=True))
    assert sum(len(ours) for ours, _ in pairs) > 500
    for ours, other in pairs:
        assert [(m.start, m.end, m.text, m.label) for m in ours] == [
            (m.start, m.end, m.text, m.label) for m in other
        ]
        assert [m.score for m in ours] == pytest.approx([m.score for m in other], abs=2e-4)


def test_no_torch_is_needed(exported: dict[str, tuple[Path, Path]], tmp_path: Path) -> None:
    program = f"""
import sys
sys.modules["torch"] = sys.modules["transformers"] = None
from nerbench import load_recognizer
(found,) = load_recognizer(sys.argv[1]).recognize([{TEXT!r}])
print([mention.text for mention in found])
"""
    folder = shutil.copytree(exported["bert"][1], tmp_path / "exported")
    command = [sys.executable, "-c", program, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == str(FOUND)


def test_a_model_below_the_folder_is_found(
    exported: dict[str, tuple[Path, Path]], tmp_path: Path
) -> None:
    folder = shutil.copytree(exported["bert"][1], tmp_path / "exported")
    (folder / "onnx").mkdir()
    (folder / "model.onnx").rename(folder / "onnx" / "model.onnx")
    assert find_card(str(folder)).kind == "onnx"
    assert texts_of(load(folder), TEXT) == FOUND


def test_a_folder_with_weights_of_both_kinds_is_for_transformers(
    exported: dict[str, tuple[Path, Path]], tmp_path: Path
) -> None:
    source, folder = exported["bert"]
    both = shutil.copytree(source, tmp_path / "both")
    shutil.copy(folder / "model.onnx", both)
    assert find_card(str(both)).kind == "transformers"
    assert find_card(str(folder)).kind == "onnx"


def test_the_fingerprint_is_that_of_the_files_and_labels(
    exported: dict[str, tuple[Path, Path]], tmp_path: Path
) -> None:
    folder = exported["bert"][1]
    original = load(folder).fingerprint
    moved = shutil.copytree(folder, tmp_path / "moved")
    assert load(moved, name="other", batch_size=2, device="cpu").fingerprint == original
    assert load(folder, labels=["gene"]).fingerprint != original
    config = json.loads((moved / "config.json").read_text(encoding="utf-8"))
    (moved / "config.json").write_text(json.dumps({**config, "note": 1}), encoding="utf-8")
    assert load(moved).fingerprint != original


@pytest.mark.parametrize(
    ("lost", "reason"),
    [
        ("model.onnx", "has no model.onnx or onnx/model.onnx"),
        ("tokenizer.json", "has no tokenizer.json"),
        ("config.json", "it has no config.json"),
    ],
)
def test_a_file_that_is_missing_is_named(
    exported: dict[str, tuple[Path, Path]], tmp_path: Path, lost: str, reason: str
) -> None:
    folder = shutil.copytree(exported["bert"][1], tmp_path / "lossy")
    (folder / lost).unlink()
    with pytest.raises(RecognizerError, match=reason):
        load(folder)


@pytest.mark.parametrize("damage", ["model.onnx", "tokenizer.json"])
def test_a_damaged_file_is_one_line_that_names_it(
    exported: dict[str, tuple[Path, Path]], tmp_path: Path, damage: str
) -> None:
    folder = shutil.copytree(exported["bert"][1], tmp_path / "damaged")
    (folder / damage).write_text("{not valid", encoding="utf-8")
    with pytest.raises(RecognizerError) as caught:
        load(folder)
    assert f"{damage}: cannot be loaded" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_graphics_card_that_the_runtime_cannot_use_is_an_error(
    exported: dict[str, tuple[Path, Path]],
) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this ONNX Runtime can")
    with pytest.raises(RecognizerError, match="no device cuda: install onnxruntime-gpu"):
        load(exported["bert"][1], device="cuda")


def test_onnx_runtime_has_no_device_of_apples(write_card: Callable[..., str]) -> None:
    with pytest.raises(NerbenchError, match="field device"):
        find_card(write_card(kind="onnx", source="x", device="mps"))


def test_without_its_packages_the_extra_is_named(
    exported: dict[str, tuple[Path, Path]],
    write_card: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    card = write_card(kind="onnx", source=str(exported["bert"][1]))
    without(monkeypatch, "onnxruntime")
    with pytest.raises(RecognizerError, match=r"mine: needs nerbench\[onnx\]: .*onnxruntime"):
        load_recognizer(card)


def test_a_run_with_an_exported_folder(
    exported: dict[str, tuple[Path, Path]],
    run_seed: Callable[..., dict[str, list[str]]],
) -> None:
    source, folder = exported["bert"]
    found = run_seed(str(source), str(folder))
    assert "STAT3" in found["bert"]
    assert found["bert"] == found["bert-iob2"]
