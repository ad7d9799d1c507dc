"""Models of many kinds in one run, and what makes a model predict anew."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SEED = "PMC8714735__fonc-11-760971-g003"
SEEDS = Path(__file__).resolve().parents[2] / "seeds"

COUNTED = """
import re
from pathlib import Path
from nerbench import Mention

class Counted:
    '''Tags two names with scores; writes down each time that it is asked.'''
    name, fingerprint = "counted", "1"
    def __init__(self, label="GENE"):
        self.label = label
    def recognize(self, texts):
        for text in texts:
            with Path(__file__).with_name("asked").open("a") as log:
                log.write(".")
            yield [
                Mention(m.start(), m.end(), m.group(), self.label, score)
                for name, score in (("STAT3", 0.9), ("VEGF", 0.4))
                for m in [re.search(name, text)]
            ]
"""

PROGRAM = """
import json, re, sys
for line in sys.stdin:
    text = json.loads(line)["text"]
    found = [{"start": m.start(), "end": m.end()} for m in re.finditer("JAK|CXCR4", text)]
    print(json.dumps({"mentions": found}), flush=True)
"""

CARDS = {
    "counted": {"kind": "python", "source": "counted.py:Counted"},
    "program": {"kind": "command", "command": [sys.executable, "program.py"]},
    "both": {"kind": "ensemble", "members": ["default", "lexicon"], "rule": "intersection"},
    "gone": {"kind": "python", "source": "no_such_module_xyz:Thing"},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "counted.py").write_text(COUNTED, encoding="utf-8")
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    for name, fields in CARDS.items():
        write_card(tmp_path, name, fields)
    line = {"id": SEED, "mentions": [{"start": 18, "end": 22, "text": "IL-6"}]}
    (tmp_path / "paper.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    return tmp_path


def write_card(folder: Path, name: str, fields: dict[str, object]) -> None:
    (folder / f"{name}.yaml").write_text(json.dumps(fields), encoding="utf-8")


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nerbench", "run", str(SEEDS), "--out", "out", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def scores(folder: Path, organism: str = "human") -> dict[str, dict[str, object]]:
    summary = json.loads((folder / "out" / "summary.json").read_text(encoding="utf-8"))
    return {
        row["model"]: row
        for row in summary["scores"]
        if (row["organism"], row["level"], row["average"]) == (organism, "family", "micro")
    }


def asked(folder: Path) -> int:
    return (folder / "asked").stat().st_size


def test_models_of_six_kinds_stand_side_by_side_in_one_report(folder: Path) -> None:
    models = ["default", "lexicon", "counted.yaml", "program.yaml", "paper.jsonl", "both.yaml"]
    done = run(folder, *(word for model in models for word in ("--model", model)))
    assert done.returncode == 0, done.stderr
    names = ["default", "lexicon", "counted", "program", "paper", "both"]
    found = scores(folder)
    assert list(found) == names
    assert [found[name]["hits"] for name in names] == [8, 8, 2, 2, 0, 8]
    report = (folder / "out" / "report.md").read_text(encoding="utf-8")
    headline = report.split("## Results")[1].split("\n## ")[0]
    assert all(f"\n| {name} | human |" in headline for name in names)


def test_a_broken_model_is_reported_with_its_cause_and_the_others_stand(folder: Path) -> None:
    done = run(folder, "--model", "gone.yaml", "--model", "counted.yaml")
    assert done.returncode == 1
    assert "gone: No module named 'no_such_module_xyz'" in done.stderr
    assert list(scores(folder)) == ["counted"]


def test_a_strangers_card_that_runs_code_is_said_before_it_runs(folder: Path) -> None:
    said = run(folder, "--model", "program.yaml", "--model", "counted.yaml").stderr
    assert "program.yaml: this card runs the program" in said
    assert "counted.yaml: this card runs the Python code" in said
    assert "this card" not in run(folder, "--model", "default").stderr


def test_a_second_run_predicts_nothing_and_a_changed_label_predicts_anew(folder: Path) -> None:
    assert run(folder, "-m", "counted.yaml").returncode == 0
    assert run(folder, "-m", "counted.yaml", "--level", "symbol").returncode == 0
    assert run(folder, "-m", "counted.yaml", "--organism", "fly").returncode == 0
    assert asked(folder) == 1
    write_card(folder, "counted", CARDS["counted"] | {"options": {"label": "PROTEIN"}})
    assert run(folder, "-m", "counted.yaml").returncode == 0
    assert asked(folder) == 2
    write_card(folder, "counted", CARDS["counted"] | {"labels": ["GENE"]})
    assert run(folder, "-m", "counted.yaml").returncode == 0
    assert asked(folder) == 3
    assert run(folder, "-m", "counted.yaml", "--no-resume").returncode == 0
    assert asked(folder) == 4


def test_a_threshold_on_the_command_line_wins_over_the_cards(folder: Path) -> None:
    names = {}
    for threshold, words in {
        None: (),
        0.3: ("--threshold", "0.3"),
        0.95: ("--threshold", "0.95"),
    }.items():
        write_card(folder, "counted", CARDS["counted"] | {"threshold": 0.5})
        assert run(folder, "-m", "counted.yaml", *words).returncode == 0
        names[threshold] = scores(folder)["counted"]["names"]
    assert names == {None: 1, 0.3: 2, 0.95: 0}


def test_a_threshold_drops_mentions_of_predictions_too(folder: Path) -> None:
    sure = {"start": 18, "end": 22, "text": "IL-6", "score": 0.9}
    doubtful = {"start": 23, "end": 28, "text": "STAT3", "score": 0.4}
    line = json.dumps({"id": SEED, "mentions": [sure, doubtful]})
    (folder / "paper.jsonl").write_text(line + "\n", encoding="utf-8")
    command = ["score", str(SEEDS), "-p", "paper.jsonl", "-o", "out", "--threshold", "0.5"]
    subprocess.run([sys.executable, "-m", "nerbench", *command], cwd=folder, check=True)
    assert scores(folder)["paper"]["names"] == 1
