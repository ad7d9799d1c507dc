"""What a user installs: the built wheel, in an empty folder, without the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def pip(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    return subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what it is made of."""
    source = tmp_path_factory.mktemp("source") / "nerbench"
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for folder in ("nerbench", "models", "seeds"):
        shutil.copytree(ROOT / folder, source / folder, ignore=ignore)
    for file in (".gitignore", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, source)
    out = tmp_path_factory.mktemp("wheel")
    done = pip("wheel", "--no-deps", "--wheel-dir", out, source)
    wheels = list(out.glob("*.whl"))
    if not wheels and ("hatchling" in done.stderr or "No module named pip" in done.stderr):
        pytest.skip(f"hatchling, which builds the wheel, cannot be had: {done.stderr[-200:]}")
    assert done.returncode == 0, done.stderr
    return wheels[0]


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("installed")
    done = pip("install", "--no-deps", "--target", target, wheel)
    assert done.returncode == 0, done.stderr
    return target


def test_the_wheel_carries_models_seeds_lexicons_and_schemas(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in (
        "models/default.yaml",
        "models/lexicon.yaml",
        "seeds/PMC8714735__fonc-11-760971-g003.md",
        "gold/README.md",
        "gold/seed.jsonl",
        "gold/marked-twice.jsonl",
        "gold/second-marks.jsonl",
        "gold/marked-once.jsonl",
        "nomenclature/data/9606/genes.tsv.gz",
        "nomenclature/build/join.py",
        "nomenclature/data/7227/organism.yaml",
        "reports/summary.schema.json",
        "reports/templates/report.md.j2",
    ):
        assert f"nerbench/{name}" in names
    assert not [name for name in names if name.startswith("tests/") or "__pycache__" in name]


def test_the_wheel_is_small_enough_to_install_anywhere(wheel: Path) -> None:
    assert wheel.stat().st_size < 20_000_000


def test_an_installed_nerbench_runs_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("NERBENCH_LEXICON_PATH", None)
    code = "import nerbench, sys; print(nerbench.__file__); from nerbench.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "run"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert Path(done.stdout.splitlines()[0]).is_relative_to(installed)
    data = json.loads((tmp_path / "reports/run/summary.json").read_text(encoding="utf-8"))
    assert data["corpus"]["curated_by_organism"] == {"human": 34, "fly": 22}
    assert (tmp_path / "reports/run/report.md").exists()
