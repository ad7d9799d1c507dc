"""Token classifiers exported to ONNX give the same mentions without torch."""

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
from functools import partial
from pathlib import Path

import pytest
from tiny import FOUND, TEXT, find_texts, hide_packages, load_model, make_caption

from nerbench import NerbenchError, RecognizerError, load_recognizer
from nerbench.recognizers.registry import find_card

for package in ("torch", "transformers", "onnx"):
    pytest.importorskip(package, reason="to export, it takes nerbench[transformers] and onnx")
pytest.importorskip("onnxruntime", reason="needs nerbench[onnx]")

load = partial(load_model, "onnx")
ROOT = Path(__file__).resolve().parents[2]


def export(checkpoint: Path, folder: Path) -> Path:
    """Export a checkpoint with the code of the documentation."""
    page = (ROOT / "docs" / "models-neural.md").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"```python\n(# export\.py\n.*?)```", page, re.DOTALL)
    script = folder.parent / "export.py"
    script.write_text(recipe, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns of branches
        patch.setattr("sys.argv", [str(script), str(checkpoint), str(folder)])
        runpy.run_path(str(script))
    return folder


@pytest.fixture(scope="module")
def exported(
    checkpoint: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Path, Path]]:
    """Return the checkpoint and its export, by kind of tokenizer."""
    exports = {}
    for kind, scheme in (("bert", "iob2"), ("roberta", "bilou")):
        source = checkpoint(kind, scheme)
        exports[kind] = (source, export(source, tmp_path_factory.mktemp("exports") / kind))
    return exports


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_both_runtimes_give_the_same_mentions(
    exported: dict[str, tuple[Path, Path]], kind: str
) -> None:
    source, folder = exported[kind]
    rng = random.Random(9)
    texts = [TEXT, "", *(make_caption(rng, rng.randrange(1, 200))[0] for _ in range(40))]
    torch_model = load_model("transformers", source)
    pairs = list(zip(load(folder).recognize(texts), torch_model.recognize(texts), strict=True))
    assert sum(len(mentions) for mentions, _ in pairs) > 500
    for mentions, expected in pairs:
        assert [(m.start, m.end, m.text, m.label) for m in mentions] == [
            (m.start, m.end, m.text, m.label) for m in expected
        ]
        assert [m.score for m in mentions] == pytest.approx([m.score for m in expected], abs=2e-4)


def test_torch_is_not_needed(exported: dict[str, tuple[Path, Path]], tmp_path: Path) -> None:
    program = f"""
import sys
sys.modules["torch"] = sys.modules["transformers"] = None
from nerbench import load_recognizer
(mentions,) = load_recognizer(sys.argv[1]).recognize([{TEXT!r}])
print([mention.text for mention in mentions])
"""
    folder = shutil.copytree(exported["bert"][1], tmp_path / "exported")
    command = [sys.executable, "-c", program, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == str(FOUND)


def test_a_model_in_a_subfolder_is_found(
    exported: dict[str, tuple[Path, Path]], tmp_path: Path
) -> None:
    folder = shutil.copytree(exported["bert"][1], tmp_path / "exported")
    (folder / "onnx").mkdir()
    (folder / "model.onnx").rename(folder / "onnx" / "model.onnx")
    assert find_card(str(folder)).kind == "onnx"
    assert find_texts(load(folder), TEXT) == FOUND


def test_transformers_loads_a_folder_with_weights_of_both_kinds(
    exported: dict[str, tuple[Path, Path]], tmp_path: Path
) -> None:
    source, folder = exported["bert"]
    both = shutil.copytree(source, tmp_path / "both")
    shutil.copy(folder / "model.onnx", both)
    assert find_card(str(both)).kind == "transformers"
    assert find_card(str(folder)).kind == "onnx"


def test_the_fingerprint_depends_on_files_and_labels_only(
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
def test_an_error_names_the_file_that_is_missing(
    exported: dict[str, tuple[Path, Path]], tmp_path: Path, lost: str, reason: str
) -> None:
    folder = shutil.copytree(exported["bert"][1], tmp_path / "lossy")
    (folder / lost).unlink()
    with pytest.raises(RecognizerError, match=reason):
        load(folder)


@pytest.mark.parametrize("damage", ["model.onnx", "tokenizer.json"])
def test_an_error_about_a_damaged_file_is_one_line_that_names_it(
    exported: dict[str, tuple[Path, Path]], tmp_path: Path, damage: str
) -> None:
    folder = shutil.copytree(exported["bert"][1], tmp_path / "damaged")
    (folder / damage).write_text("{not valid", encoding="utf-8")
    with pytest.raises(RecognizerError) as caught:
        load(folder)
    assert f"{damage}: cannot be loaded" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_gpu_that_the_runtime_cannot_use_is_an_error(
    exported: dict[str, tuple[Path, Path]],
) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this ONNX Runtime can")
    with pytest.raises(RecognizerError, match="no device cuda: install onnxruntime-gpu"):
        load(exported["bert"][1], device="cuda")


def test_onnx_runtime_has_no_device_mps(write_card: Callable[..., str]) -> None:
    with pytest.raises(NerbenchError, match="field device"):
        find_card(write_card(kind="onnx", source="x", device="mps"))


def test_an_error_about_missing_packages_names_the_extra(
    exported: dict[str, tuple[Path, Path]],
    write_card: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    card = write_card(kind="onnx", source=str(exported["bert"][1]))
    hide_packages(monkeypatch, "onnxruntime")
    with pytest.raises(RecognizerError, match=r"mine: needs nerbench\[onnx\]: .*onnxruntime"):
        load_recognizer(card)


def test_a_run_with_an_exported_folder(
    exported: dict[str, tuple[Path, Path]],
    run_seed: Callable[..., dict[str, list[str]]],
) -> None:
    source, folder = exported["bert"]
    names = run_seed(str(source), str(folder))
    assert "STAT3" in names["bert"]
    assert names["bert"] == names["bert-iob2"]
