"""`nerbench models`: list and show cards."""

from __future__ import annotations

import re
from pathlib import Path

from command_line import CommandLine

from nerbench import load_recognizer


def test_models_list_names_every_card(call: CommandLine) -> None:
    result = call("models", "list")
    assert result.status == 0
    assert "default" in result.out
    assert "lexicon" in result.out


def test_models_show_prints_a_card_that_can_be_used_again(call: CommandLine) -> None:
    result = call("models", "show", "lexicon")
    assert result.status == 0
    Path("again.yaml").write_text(result.out, encoding="utf-8")
    assert load_recognizer("again.yaml").name == "lexicon"


def test_models_show_of_an_unknown_name_ends_with_2(call: CommandLine) -> None:
    result = call("models", "show", "nobody")
    assert result.status == 2
    assert "unknown model 'nobody'" in result.message


def test_the_first_card_of_the_readme_works_when_pasted(call: CommandLine) -> None:
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    card = re.findall(r"(?ms)^```yaml\n(kind: .*?)^```$", readme)[0]
    Path("my-model.yaml").write_text(card, encoding="utf-8")
    assert call("models", "check", "my-model.yaml").status == 0
    assert call("run", "--model", "my-model.yaml", "-q").status == 0
    assert Path("reports/run/predictions/my-model.jsonl").is_file()
