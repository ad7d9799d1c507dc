"""The examples of docs/predictions.md are scored as they stand."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from nerbench import Figure, evaluate
from nerbench.cli import main
from nerbench.recognizers.external.predictions import PredictionFile
from nerbench.recognizers.registry import read_card

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "predictions.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))


def test_there_is_an_example_of_every_format() -> None:
    assert [Path(name).suffix for name in EXAMPLES] == [
        *(
            ".jsonl",
            ".txt",
            ".xml",
            ".json",
            ".json",
            ".ann",
            ".conll",
            ".csv",
            ".csv",
            ".json",
            ".jsonl",
        ),
        ".gmt",
    ]


LISTS = [name for name in EXAMPLES if name.startswith("genes")]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_genes_can_be_scored(tmp_path: Path, seed: Figure, name: str) -> None:
    path = tmp_path / name
    path.write_text(EXAMPLES[name], encoding="utf-8")
    evaluation = evaluate([seed], PredictionFile(path))
    (row,) = (
        row
        for row in evaluation.scores
        if (row.organism, row.level, row.average) == ("human", "family", "micro")
    )
    assert (row.counts.names, row.counts.hits) == (3, 2)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in LISTS])
def test_an_example_can_be_scored(
    tmp_path: Path,
    seed: Figure,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / name
    path.write_text(EXAMPLES[name], encoding="utf-8")
    file = PredictionFile(path)
    file.resolve_papers([(seed.figid, seed.pmcid)])
    (found,) = file.predict([seed])
    assert [(one.start, one.end) for one in found] == [(18, 22), (23, 28)]
    command = ["score", ROOT / "seeds", "--predictions", path, "-o", tmp_path / "out", "--quiet"]
    monkeypatch.setattr(sys, "argv", ["nerbench", *map(str, command)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code or 0, capfd.readouterr().err) == (0, "")


def test_the_card_is_one(tmp_path: Path) -> None:
    (card,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "card.yaml").write_text(card, encoding="utf-8")
    (tmp_path / "paper.txt").write_text(EXAMPLES["pubtator.txt"], encoding="utf-8")
    assert read_card(tmp_path / "card.yaml").load().name == "card"
