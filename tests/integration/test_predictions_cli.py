"""Predictions made elsewhere, scored from end to end: every format, beside models, in ensembles."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prediction_writers import FORMATS, WITH_IDS, Writer, conll, json_lines, pubtator
from seed_names import SEED_NAMES, first_mentions

from nerbench import Figure, Mention
from nerbench.cli import main

SEEDS = Path(__file__).resolve().parents[2] / "seeds"

IDS = {
    "IL-6": ("NCBI Gene:3569",),
    "STAT3": ("9606:6774",),
    "JAK": ("3717",),
    "MMP2/9": ("4313", "4318"),
    "SOCS": ("-",),
}
"""JAK is linked to JAK2: it means that gene alone."""

Nerbench = Callable[..., tuple[int, str]]


@pytest.fixture
def nerbench(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Nerbench:
    """Run a command in this process; its exit status and what it says on standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["nerbench", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        stderr = capfd.readouterr().err
        assert "Traceback" not in stderr
        assert "internal error" not in stderr
        return int(ended.value.code or 0), stderr

    return run


def summary(out: str = "out") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(out, "summary.json").read_text(encoding="utf-8"))
    return found


def scores(out: str = "out") -> list[dict[str, Any]]:
    """The scores, whatever the model is called."""
    return [{**row, "model": ""} for row in summary(out)["scores"]]


def human(out: str = "out", model: str = "predicted") -> dict[str, Any]:
    """The human row at `family`."""
    (row,) = [
        row
        for row in summary(out)["scores"]
        if (row["model"], row["organism"], row["level"], row["average"])
        == (model, "human", "family", "micro")
    ]
    return row


def mentions(seed: Figure, ids: bool) -> list[Mention]:
    found = first_mentions(seed.caption, *SEED_NAMES)
    if not ids:
        return found
    return [Mention(m.start, m.end, m.text, ids=IDS.get(m.text, ())) for m in found]


@pytest.mark.parametrize("write", FORMATS)
def test_every_format_has_the_worked_examples_numbers(
    nerbench: Nerbench, tmp_path: Path, seed: Figure, write: Writer
) -> None:
    path = write({seed.figid: (seed.caption, mentions(seed, ids=False))}, tmp_path)
    status, stderr = nerbench("score", SEEDS, "--predictions", path, "-o", "out")
    assert (status, stderr) == (0, "")
    row = human()
    assert (row["names"], row["hits"]) == (13, 7)
    assert (row["curated"], row["recovered"], row["reachable"]) == (34, 17, 17)


def test_every_format_has_the_same_scores_with_identifiers(
    nerbench: Nerbench, tmp_path: Path, seed: Figure
) -> None:
    found = []
    for write in WITH_IDS:
        folder = tmp_path / write.__name__
        folder.mkdir()
        path = write({seed.figid: (seed.caption, mentions(seed, ids=True))}, folder)
        assert nerbench("score", SEEDS, "-p", path, "-o", folder / "out")[0] == 0
        found.append(scores(str(folder / "out")))
    assert all(one == found[0] for one in found)
    row = human(str(tmp_path / "json_lines" / "out"))
    # JAK means JAK2 only, of the four that it means without its identifier.
    assert (row["names"], row["hits"], row["recovered"]) == (13, 7, 14)


def test_a_text_with_other_white_space_and_case_has_the_same_scores(
    nerbench: Nerbench, tmp_path: Path, seed: Figure
) -> None:
    words = seed.caption.lower().split(" ")
    text = "  ".join(words)
    moved = [
        Mention(start, start + len(m.text), m.text)
        for m in mentions(seed, ids=False)
        for start in [m.start + seed.caption[: m.start].count(" ")]
    ]
    path = pubtator({seed.figid: (text, moved)}, tmp_path)
    status, stderr = nerbench("score", SEEDS, "-p", path, "-o", "out")
    assert status == 0
    assert "documents whose text is not the caption to the letter: 1" in stderr
    assert human()["recovered"] == 17


def test_a_token_that_cannot_be_found_ends_with_1_and_its_line(
    nerbench: Nerbench, tmp_path: Path, seed: Figure
) -> None:
    path = conll({seed.figid: (seed.caption, mentions(seed, ids=False))}, tmp_path)
    text = path.read_text(encoding="utf-8")
    line = text.split("\n").index("CXCR4\tB-GENE") + 1
    path.write_text(text.replace("CXCR4\tB-GENE", "CXCR9\tB-GENE"), encoding="utf-8")
    status, stderr = nerbench("score", SEEDS, "-p", path, "-o", "out", "-q")
    assert status == 1
    assert stderr.startswith(f"nerbench: {path}:{line}: figure {seed.figid}: mention 'CXCR9'")
    assert human()["recovered"] == 16


# --- beside models


def test_predictions_stand_beside_models_in_a_run(
    nerbench: Nerbench, tmp_path: Path, seed: Figure
) -> None:
    path = pubtator({seed.figid: (seed.caption, mentions(seed, ids=False))}, tmp_path)
    status, _ = nerbench("run", SEEDS, "-m", "lexicon", "-m", path, "-o", "out")
    assert status == 0
    assert [model["name"] for model in summary()["models"]] == ["lexicon", "predicted"]
    assert human()["recovered"] == 17


def test_a_card_names_the_labels_that_count_and_the_threshold(
    nerbench: Nerbench, tmp_path: Path, seed: Figure
) -> None:
    found = [
        Mention(m.start, m.end, m.text, "Cytokine" if m.text == "IL-6" else "Factor", score)
        for m, score in zip(mentions(seed, ids=False), [0.1 * n for n in range(12)], strict=True)
    ]
    json_lines({seed.figid: (seed.caption, found)}, tmp_path)
    card = "kind: predictions\nsource: predicted.jsonl\nlabels: [factor]\nthreshold: 0.35\n"
    Path("paper.yaml").write_text(card, encoding="utf-8")
    assert nerbench("run", SEEDS, "-m", "paper.yaml", "-o", "out", "-q")[0] == 0
    assert human(model="paper")["names"] == 9
    assert nerbench("run", SEEDS, "-m", "paper.yaml", "-o", "out", "-q", "--threshold", "1")[0] == 0
    assert human(model="paper")["names"] == 2


def test_a_card_of_predictions_that_cannot_be_used_does_not_spoil_the_others(
    nerbench: Nerbench, tmp_path: Path
) -> None:
    Path("paper.yaml").write_text("kind: predictions\nsource: gone.txt\n", encoding="utf-8")
    status, stderr = nerbench("run", SEEDS, "-m", "paper.yaml", "-m", "lexicon", "-o", "out", "-q")
    assert status == 1
    assert stderr == "nerbench: paper: gone.txt: cannot be read: No such file or directory\n"
    assert human(model="lexicon")["recovered"] == 17


def test_predictions_of_other_figures_do_not_spoil_the_others(
    nerbench: Nerbench, tmp_path: Path, seed: Figure
) -> None:
    path = pubtator({"F1": (seed.caption, mentions(seed, ids=False))}, tmp_path)
    status, stderr = nerbench("run", SEEDS, "-m", path, "-m", "lexicon", "-o", "out", "-q")
    ids = f"the file has F1, the corpus {seed.figid}"
    reason = f"{path}: none of its figures is in the corpus: {ids}"
    assert (status, stderr) == (1, f"nerbench: {reason}\n")
    assert human(model="lexicon")["recovered"] == 17


def test_an_ensemble_may_hold_predictions_and_reports_their_problems(
    nerbench: Nerbench, tmp_path: Path, seed: Figure
) -> None:
    path = pubtator({seed.figid: (seed.caption, mentions(seed, ids=False))}, tmp_path)
    with path.open("a", encoding="utf-8") as lines:
        lines.write(f"{seed.figid}\t0\t4\tIL-6\tGENE\t\n")
    card = "kind: ensemble\nmembers: [lexicon, predicted.txt]\nrule: union\n"
    Path("both.yaml").write_text(card, encoding="utf-8")
    status, stderr = nerbench("run", SEEDS, "-m", "both.yaml", "-o", "out", "-q")
    assert status == 1
    assert "mention 'IL-6' at 0-4 differs from the caption" in stderr
    assert human(model="both")["recovered"] == 17


def test_predictions_tag_no_text(nerbench: Nerbench, tmp_path: Path, seed: Figure) -> None:
    path = pubtator({seed.figid: (seed.caption, [])}, tmp_path)
    status, stderr = nerbench("models", "check", path)
    assert status == 2
    assert "these are predictions made elsewhere: they tag no text" in stderr
