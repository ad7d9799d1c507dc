"""`--json` of every command that prints a table: one JSON document, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from command_line import SEED_ID, CommandLine, WritePredictions, mention

from nerbench.reports.summary import summary_schema


def parsed(call: CommandLine, *arguments: str | Path, status: int = 0) -> Any:
    result = call(*arguments, "--json")
    assert result.status == status
    return json.loads(result.out)


def test_the_json_of_a_run_is_its_summary(
    call: CommandLine, corpus: Path, write_predictions: WritePredictions
) -> None:
    file = write_predictions({"id": "A", "mentions": [mention(0, "STAT3")]})
    commands = (
        ("run", corpus, "-m", "lexicon", "-o", "a"),
        ("score", corpus, "-p", file, "-o", "b"),
        ("compare", "a", "b", "-o", "c"),
    )
    for command in commands:
        data = parsed(call, *command)
        jsonschema.Draft202012Validator(summary_schema()).validate(data)
        assert data == json.loads(Path(command[-1], "summary.json").read_text(encoding="utf-8"))
    quiet = call(*commands[0], "--json", "--quiet")
    assert (quiet.err, json.loads(quiet.out)["level"]) == ("", "family")


def test_the_json_of_a_missed_threshold_is_complete(call: CommandLine, corpus: Path) -> None:
    command = ("run", corpus, "-m", "lexicon", "-o", "a", "--min-recall", "1")
    assert parsed(call, *command, status=1)["models"][0]["name"] == "lexicon"


@pytest.mark.parametrize(
    ("line", "keys"),
    [
        (f"explain {SEED_ID} -m lexicon", {"figid", "title", "caption", "level", "names", "genes"}),
        ("models show lexicon", {"name", "kind", "description"}),
        ("models check lexicon", {"model", "fingerprint", "seconds", "text", "mentions"}),
        ("config", {"file", "commands"}),
        (
            "doctor -m lexicon",
            {"nerbench", "python", "platform", "libraries", "extras", "lexicons", "models"},
        ),
    ],
)
def test_the_json_of_one_thing_is_an_object(call: CommandLine, line: str, keys: set[str]) -> None:
    assert keys <= set(parsed(call, *line.split()))


@pytest.mark.parametrize(
    ("line", "keys"),
    [
        ("models list", {"name", "kind", "installed", "install_command", "description"}),
        ("lexicon info", {"organism", "name", "taxon", "genes", "digest", "sources"}),
        ("lexicon lookup p53", {"mention", "name", "organism", "level", "genes"}),
    ],
)
def test_the_json_of_several_things_is_a_list(call: CommandLine, line: str, keys: set[str]) -> None:
    rows = parsed(call, *line.split())
    assert all(keys <= set(row) for row in rows)


def test_the_json_of_a_corpus_has_its_counts(call: CommandLine, corpus: Path) -> None:
    data = parsed(call, "corpus", "info", corpus)
    assert (data["figures"], data["with_caption"], data["curated_genes"]) == (3, 2, 4)
    assert data["curated_by_organism"] == {"human": 4}
    assert [Path(row["source"]).name for row in data["skipped"]] == ["notes.txt", "truncated.md"]


def test_the_json_of_an_audit_has_the_rows_that_do_not_hold(call: CommandLine) -> None:
    lines = ("mention\torganism\tlevel\tmust\tmust_not", "p53\thuman\tsynonym\tMDM2\tTP53")
    Path("audit.tsv").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    data = parsed(call, "lexicon", "audit", "audit.tsv", status=1)
    assert data["rows"] == 1
    assert data["shortfalls"] == [
        {
            "line": 2, "mention": "p53", "organism": "human", "level": "synonym",
            "missing": ["MDM2"], "wrong": ["TP53"],
        }
    ]  # fmt: skip


def test_the_doctor_tries_models_and_says_why_one_does_not_run(call: CommandLine) -> None:
    Path("gone.yaml").write_text(
        "kind: spacy\nsource: en_gone\nrequirement: en-gone\n", encoding="utf-8"
    )
    Path("far.yaml").write_text("kind: http\nurl: http://127.0.0.1:9/x\n", encoding="utf-8")
    chosen = ("-m", "lexicon", "-m", "gone.yaml", "-m", "far.yaml")
    data = parsed(call, "doctor", *chosen, status=1)
    lexicon, gone, far = data["models"]
    assert lexicon["runs"]
    assert lexicon["captions_per_second"] > 0
    assert gone["install_command"] == "nerbench models install gone"
    assert far["reason"] == "is not tried: it sends captions to 127.0.0.1:9"
    assert data["libraries"]["spacy"].startswith("3.8.")
    shown = call("doctor", "-m", "lexicon")
    assert (shown.status, shown.err) == (0, "")
    assert "│ lexicon │ lexicon │ yes  │" in shown.out
