"""A class of ten lines as a recognizer: in a file, in a module, in an installed package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fakes import WithoutFingerprint, Words

from nerbench import (
    CuratedGene,
    Figure,
    NerbenchError,
    RecognizerError,
    evaluate,
    load_recognizer,
)
from nerbench.engine.config import RunConfig
from nerbench.engine.execute import execute, load_models, plan_run
from nerbench.engine.run_folder import run_folder
from nerbench.recognizers.ensemble import Ensemble
from nerbench.recognizers.predictor import as_predictor
from nerbench.recognizers.python_class import CardRecognizer
from nerbench.recognizers.registry import find_card
from nerbench.recognizers.score_threshold import Thresholded
from nerbench.resources import shipped

CLASS = """
import re
from nerbench import Mention

class Capitals:
    name = "capitals"
    fingerprint = "1"
    def __init__(self, shortest=2):
        self.pattern = re.compile("[A-Z0-9]{%d,}" % shortest)
    def recognize(self, texts):
        for text in texts:
            yield [Mention(m.start(), m.end(), m.group()) for m in self.pattern.finditer(text)]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "capitals.py").write_text(CLASS, encoding="utf-8")
    return tmp_path


def card(folder: Path, **fields: object) -> str:
    path = folder / "mine.yaml"
    text = json.dumps({"kind": "python", "source": "capitals.py:Capitals"} | fields)
    path.write_text(text, encoding="utf-8")
    return str(path)


def found(path: str, text: str = "STAT3 and IL") -> list[str]:
    return [mention.text for mention in next(iter(load_recognizer(path).recognize([text])))]


def test_a_class_in_a_file_beside_the_card(folder: Path) -> None:
    assert found(card(folder)) == ["STAT3", "IL"]
    assert load_recognizer(card(folder)).name == "mine"


def test_options_go_to_the_class(folder: Path) -> None:
    assert found(card(folder, options={"shortest": 4})) == ["STAT3"]


def test_labels_drop_other_mentions(folder: Path) -> None:
    assert found(card(folder, labels=["PROTEIN"])) == []


def test_a_changed_option_or_line_of_code_changes_the_fingerprint(folder: Path) -> None:
    prints = {load_recognizer(card(folder)).fingerprint for _ in range(2)}
    prints.add(load_recognizer(card(folder, options={"shortest": 3})).fingerprint)
    (folder / "capitals.py").write_text(CLASS + "\n# changed\n", encoding="utf-8")
    prints.add(load_recognizer(card(folder)).fingerprint)
    assert len(prints) == 3


def test_a_changed_description_does_not_change_the_fingerprint(folder: Path) -> None:
    plain = load_recognizer(card(folder)).fingerprint
    assert load_recognizer(card(folder, description="Mine", licence="MIT")).fingerprint == plain


def test_the_card_of_a_stranger_says_that_it_runs_code(folder: Path) -> None:
    assert "runs the Python code" in find_card(card(folder)).security_note


@pytest.mark.parametrize(
    ("code", "fields", "reason"),
    [
        (CLASS, {"source": "capitals.py:Other"}, "has no Other"),
        (CLASS, {"source": "no_such_module_xyz:Other"}, "No module named 'no_such_module_xyz'"),
        (CLASS, {"options": {"longest": 3}}, "cannot be constructed: TypeError"),
        ("1/0", {}, "cannot be loaded: ZeroDivisionError"),
        ("def f(:", {}, "cannot be loaded: SyntaxError"),
        ("class Capitals: name = 'x'", {}, "it has no fingerprint"),
    ],
)
def test_what_is_wrong_with_the_code_is_one_line(
    folder: Path, code: str, fields: dict, reason: str
) -> None:
    (folder / "capitals.py").write_text(code, encoding="utf-8")
    with pytest.raises(RecognizerError) as caught:
        load_recognizer(card(folder, **fields))
    assert str(caught.value).startswith("mine: ")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_source_without_a_class_is_a_bad_card(folder: Path) -> None:
    with pytest.raises(NerbenchError, match="field source"):
        find_card(card(folder, source="capitals.py"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a package from a folder, with an entry point, has been installed by pip."""
    source, target = tmp_path_factory.mktemp("package"), tmp_path_factory.mktemp("site")
    (source / "capital_genes.py").write_text(CLASS, encoding="utf-8")
    (source / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "capital-genes"\nversion = "2.1"\n'
        '[project.entry-points."nerbench.recognizers"]\ncapitals = "capital_genes:Capitals"\n'
        'broken = "no_such_module_xyz:Thing"\n'
        '[tool.hatch.build.targets.wheel]\ninclude = ["capital_genes.py"]\n',
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
    subprocess.run([*command, str(target), str(source)], check=True, capture_output=True)
    return target


def nerbench(site: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(filter(None, (str(site), os.environ.get("PYTHONPATH"))))
    return subprocess.run(
        [sys.executable, "-m", "nerbench", *arguments],
        env=os.environ | {"PYTHONPATH": path},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_installed_plug_in_is_listed_and_checked(site: Path, tmp_path: Path) -> None:
    listed = nerbench(site, tmp_path, "models", "list")
    (line,) = [line for line in listed.stdout.splitlines() if "capitals" in line]
    assert "Plug-in of capital-genes 2.1" in line
    checked = nerbench(site, tmp_path, "models", "check", "capitals", "--text", "loss of TP53")
    assert checked.returncode == 0, checked.stderr
    assert "TP53" in checked.stdout


def test_an_installed_plug_in_runs_beside_a_broken_one(site: Path, tmp_path: Path) -> None:
    models = ["--model", "capitals", "--model", "broken", "--out", "out"]
    done = nerbench(site, tmp_path, "run", *models)
    assert done.returncode == 1
    assert "broken: No module named 'no_such_module_xyz'" in done.stderr
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert {row["model"] for row in summary["scores"]} == {"capitals", "perfect reader"}


FIGURE = Figure("F1", "STAT3 binds", curated=(CuratedGene(9606, "STAT3"),))
GONE = OSError("its weights are gone")


@pytest.mark.parametrize(
    ("wrap", "reason"),
    [
        (lambda model: model, "lost: it has no fingerprint: OSError: its weights are gone"),
        (lambda model: Thresholded(model, 0.5), "lost: it has no fingerprint: OSError"),
        (
            lambda model: Ensemble("both", [model, Words("w", [])], "union"),
            "its member lost: it has",
        ),
    ],
)
def test_a_recognizer_without_a_fingerprint_fails_alone(wrap, reason: str) -> None:
    lost = wrap(WithoutFingerprint("lost", ["STAT3"], GONE))
    failed, other = evaluate([FIGURE], [lost, Words("words", ["STAT3"])]).models
    assert reason in str(failed.failure)
    assert other.failure is None
    assert other.counts.sum() > 0


def test_a_plug_in_whose_fingerprint_raises_leaves_the_other_models_results(folder: Path) -> None:
    source = CLASS.replace('    fingerprint = "1"\n', "").replace(
        "    def recognize", "    fingerprint = property(lambda self: 1 / 0)\n    def recognize"
    )
    (folder / "capitals.py").write_text(source, encoding="utf-8")
    plan = plan_run([shipped("seeds")], RunConfig((card(folder), "lexicon")))
    out = folder / "run"
    with (
        load_models(plan) as executor,
        run_folder(out) as store,
        execute(plan, executor, out, store) as outcome,
    ):
        evaluation = outcome.evaluation
    failed, other = evaluation.models
    assert "mine: it has no fingerprint: ZeroDivisionError" in str(failed.failure)
    assert other.failure is None
    assert {row.model for row in evaluation.scores} == {"lexicon"}


def test_notes_that_cannot_be_given_become_a_note() -> None:
    class Silent(Words):
        def notes(self) -> list[str]:
            raise OSError("the log is gone")

    (model,) = evaluate([FIGURE], Silent("silent", [])).models
    assert model.failure is None
    assert model.usage == ("silent: it cannot give its notes: OSError: the log is gone",)


def test_every_wrapper_passes_notes_on() -> None:
    class Talking(Words):
        def notes(self) -> list[str]:
            return ["3 requests"]

    talking = Talking("talking", [])
    wrapped = [Thresholded(talking, 0.5), CardRecognizer("named", talking, None, "")]
    both = Ensemble("both", [talking, Words("w", [])], "union")
    assert [list(as_predictor(one).notes()) for one in (*wrapped, both)] == [["3 requests"]] * 3


def test_an_object_that_is_no_recognizer_is_a_type_error() -> None:
    with pytest.raises(TypeError, match=r"a recognizer is a model's name.* not a builtins.object"):
        evaluate([FIGURE], object())  # type: ignore[arg-type]
