"""scispaCy's published models: their cards, and a pipeline of the same name, labels and layout.

The published weights are not downloaded: a tiny pipeline, packed as a wheel, takes their place from
`nerbench models install` to the report.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import zipfile

import pytest
import spacy
from spacy.training import Example
from spacy.util import fix_random_seed

from nerbench.recognizers.registry import cards, find_card, load_recognizer

NAME = "en_ner_bionlp13cg_md"
LABELS = ("AMINO_ACID", "CELL", "GENE_OR_GENE_PRODUCT", "SIMPLE_CHEMICAL")
TRAIN = [
    ("Then STAT3 binds DNA", [(5, 10, "GENE_OR_GENE_PRODUCT")]),
    ("Then ATP binds cells", [(5, 8, "SIMPLE_CHEMICAL"), (15, 20, "CELL")]),
    ("Here CXCR4 is made", [(5, 10, "GENE_OR_GENE_PRODUCT")]),
]


def _pipeline():
    fix_random_seed(0)
    nlp = spacy.blank("en", meta={"name": NAME.removeprefix("en_"), "version": "0.5.4"})
    ner = nlp.add_pipe("ner")
    for label in LABELS:
        ner.add_label(label)
    examples = [Example.from_dict(nlp.make_doc(text), {"entities": spans}) for text, spans in TRAIN]
    nlp.initialize(lambda: examples)
    for _ in range(25):
        nlp.update(examples)
    return nlp


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel with the layout of scispaCy's: the pipeline's folder in a package of its name."""
    folder = tmp_path_factory.mktemp("wheel")
    _pipeline().to_disk(folder / "model")
    path = folder / f"{NAME}-0.5.4-py3-none-any.whl"
    info = f"{NAME}-0.5.4.dist-info"
    files = {
        f"{NAME}/__init__.py": b"from spacy.util import load_model_from_init_py\n\n"
        b"__version__ = '0.5.4'\n\n\ndef load(**overrides):\n"
        b"    return load_model_from_init_py(__file__, **overrides)\n",
        f"{NAME}/meta.json": (folder / "model" / "meta.json").read_bytes(),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 0.5.4\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
        b"Tag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[spacy_models]\n{NAME} = {NAME}\n".encode(),
    }
    for file in sorted((folder / "model").rglob("*")):
        if file.is_file():
            path_in_model = file.relative_to(folder / "model").as_posix()
            files[f"{NAME}/{NAME}-0.5.4/{path_in_model}"] = file.read_bytes()
    record = ""
    with zipfile.ZipFile(path, "w") as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
            digest = base64.urlsafe_b64encode(hashlib.sha256(raw).digest()).rstrip(b"=").decode()
            record += f"{name},sha256={digest},{len(raw)}\n"
        archive.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The folder into which `nerbench models install` installs the wheel, by the shipped card."""
    folder = tmp_path_factory.mktemp("installed")
    shipped = find_card(NAME).model_dump(exclude_defaults=True, mode="json")
    card = folder / "card.yaml"
    card.write_text(json.dumps(shipped | {"requirement": str(wheel)}), encoding="utf-8")
    target = folder / "site"
    env = os.environ | {"PIP_TARGET": str(target), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    command = [sys.executable, "-m", "nerbench", "models", "install", str(card)]
    subprocess.run(command, check=True, env=env, capture_output=True)
    return target


def _run(command, site):
    env = os.environ | {"PYTHONPATH": str(site)}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("en_ner_bionlp13cg_md", ("GENE_OR_GENE_PRODUCT",)),
        ("en_ner_jnlpba_md", ("PROTEIN", "DNA", "RNA")),
        ("en_ner_craft_md", ("GGP",)),
        ("en_ner_bc5cdr_md", ()),
        ("en_core_sci_sm", ("ENTITY",)),
        ("en_core_sci_md", ("ENTITY",)),
        ("en_core_sci_lg", ("ENTITY",)),
        ("en_core_sci_scibert", ("ENTITY",)),
    ],
)
def test_a_published_model_has_a_card(name, labels):
    card = cards()[name]
    assert card.kind == "scispacy"
    assert card.labels == labels
    assert card.requirement.endswith(f"/{name}-{card.version}.tar.gz")
    assert bool(card.warning) == (not labels or labels == ("ENTITY",))


def test_an_error_about_a_missing_model_names_the_install_command():
    if find_card("en_ner_craft_md").is_installed:
        pytest.skip("the model is installed here")
    with pytest.raises(Exception, match="nerbench models install en_ner_craft_md"):
        load_recognizer("en_ner_craft_md")


def test_an_installed_model_runs_by_the_name_of_its_card(installed, tmp_path):
    command = [sys.executable, "-m", "nerbench", "run", "--model", NAME, "--model", "lexicon"]
    done = _run([*command, "--out", str(tmp_path / "out")], installed)
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert [model["name"] for model in summary["models"]] == [NAME, "lexicon"]
    assert all(model["failure"] is None for model in summary["models"])
    lines = (tmp_path / "out" / "predictions" / f"{NAME}.jsonl").read_text(encoding="utf-8")
    mentions = json.loads(lines)["mentions"]
    assert {mention["label"] for mention in mentions} <= {"GENE_OR_GENE_PRODUCT"}
    assert any(mention["text"] in ("STAT3", "CXCR4") for mention in mentions)


def test_an_installed_model_is_listed_as_installed(installed):
    out = _run([sys.executable, "-m", "nerbench", "models", "list"], installed).stdout
    line = next(line for line in out.splitlines() if NAME in line)
    assert "yes" in line and "install " not in line


def test_a_model_without_gene_labels_prints_its_warning_and_finds_nothing(installed, tmp_path):
    card = tmp_path / "none.yaml"
    card.write_text(
        f"kind: scispacy\nsource: {NAME}\nlabels: []\nwarning: it can find no gene\n", "utf-8"
    )
    command = [sys.executable, "-m", "nerbench", "run", "--model", str(card)]
    done = _run([*command, "--out", str(tmp_path / "out")], installed)
    assert done.returncode == 0, done.stderr
    assert "none: it can find no gene" in done.stderr
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    scores = [row for row in summary["scores"] if row["model"] == "none"]
    assert {row["names"] for row in scores} == {0}
    assert {row["precision"] for row in scores} == {None}
