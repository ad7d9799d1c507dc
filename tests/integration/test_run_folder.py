"""The folder of a run: nothing good in it is replaced by nothing, or by a run of something else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import CommandLine, WritePredictions, mention, record

from nerbench import NerbenchError

FAILING = "kind: python\nsource: failing.py:Failing\n"
FAILING_CLASS = """
class Failing:
    name, fingerprint = "failing", "1"
    def __init__(self):
        {init}
    def recognize(self, texts):
        raise ValueError("no memory")
"""


def content(folder: Path | str) -> dict[str, bytes]:
    """Every file of a folder, also those with a dot."""
    paths = (path for path in Path(folder).rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(paths)}


@pytest.fixture
def good(call: CommandLine, corpus: Path) -> dict[str, bytes]:
    """The folder `out` with a run of the dictionary, and what it holds."""
    assert call("run", corpus, "-m", "lexicon", "-o", "out", "-q").status == 0
    return content("out")


def failing_card(init: str = "pass") -> Path:
    Path("failing.py").write_text(FAILING_CLASS.format(init=init), encoding="utf-8")
    Path("failing.yaml").write_text(FAILING, encoding="utf-8")
    return Path("failing.yaml")


@pytest.mark.parametrize("init", ["pass", "raise OSError('no weights')"])
@pytest.mark.parametrize("out", ["out", "new/folder"])
def test_a_run_whose_models_all_fail_leaves_the_folder_as_it_was(
    call: CommandLine, corpus: Path, good: dict[str, bytes], init: str, out: str
) -> None:
    options = ("-o", out, "--no-resume", "--force", "-q")
    result = call("run", corpus, "-m", failing_card(init), *options)
    assert (result.status, result.out) == (1, "")
    reason, last = result.err.splitlines()
    assert "failing: " in reason
    state = "left as it was" if out == "out" else "not written"
    assert last == f"nerbench: no model worked: {out} is {state}"
    assert content("out") == good
    assert not Path("new").exists()


def test_the_same_command_runs_again_into_its_folder(
    call: CommandLine, corpus: Path, good: dict[str, bytes]
) -> None:
    assert call("run", corpus, "-m", "lexicon", "-o", "out", "-q").status == 0
    again = content("out")
    assert again["summary.json"] == good["summary.json"]
    assert again["predictions/lexicon.jsonl"] == good["predictions/lexicon.jsonl"]
    assert set(again) == set(good)


def test_models_may_be_added_to_a_run(
    call: CommandLine, corpus: Path, pipeline: Path, good: dict[str, bytes]
) -> None:
    assert call("run", corpus, "-m", "lexicon", "-m", pipeline, "-o", "out", "-q").status == 0
    assert {"predictions/lexicon.jsonl", "predictions/only_stat3.jsonl"} < set(content("out"))


def test_another_corpus_or_other_models_need_another_folder_or_force(
    call: CommandLine, corpus: Path, pipeline: Path, good: dict[str, bytes]
) -> None:
    Path("other").mkdir()
    Path("other/X.md").write_text(record("X", "TP53", "TP53"), encoding="utf-8")
    Path("out-2").mkdir()
    for arguments, reason in (
        (("other", "-m", "lexicon"), f"holds a run of another corpus ({corpus.name})"),
        ((corpus, "-m", pipeline), "holds a run of other models (lexicon)"),
    ):
        result = call("run", *arguments, "-o", "out")
        assert (result.status, result.out) == (2, "")
        assert result.message == (
            f"out: {reason}, and is left as it was; give --out out-3, or --force to write here"
        )
        assert content("out") == good
    assert call("run", "other", "-m", pipeline, "-o", "out", "-q", "--force").status == 0
    after = content("out")
    assert json.loads(after["summary.json"])["models"][0]["name"] == "only_stat3"
    assert "predictions/lexicon.jsonl" not in after


def test_other_commands_do_not_take_over_the_folder_of_a_run(
    call: CommandLine, corpus: Path, good: dict[str, bytes], write_predictions: WritePredictions
) -> None:
    file = write_predictions({"id": "A", "mentions": [mention(0, "STAT3")]}, name="lexicon.jsonl")
    score = call("score", corpus, "-p", file, "-o", "out")
    assert (score.status, "out: holds files of nerbench run" in score.message) == (2, True)
    compare = call("compare", "out", "out", "-o", "out")
    assert (compare.status, "holds one of the runs" in compare.message) == (2, True)
    own = call("score", corpus, "-p", "out/predictions/lexicon.jsonl", "-o", "out", "--force")
    assert (own.status, "is in the folder of the reports" in own.message) == (2, True)
    assert content("out") == good


def test_a_folder_with_foreign_files_is_not_taken_over(call: CommandLine, corpus: Path) -> None:
    Path("mine").mkdir()
    Path("mine/report.md").write_text("my own", encoding="utf-8")
    result = call("run", corpus, "-m", "lexicon", "-o", "mine")
    assert (result.status, result.out) == (2, "")
    assert result.message.startswith("mine: holds files of no run (report.md), and is left as it")
    assert content("mine") == {"report.md": b"my own"}
    here = call("run", corpus, "-m", "lexicon", "-o", ".")
    assert "holds files of no run (mine), and is left as it was; give --out run," in here.message


def test_foreign_files_beside_a_run_stay(
    call: CommandLine, corpus: Path, good: dict[str, bytes]
) -> None:
    Path("out/notes.txt").write_text("mine", encoding="utf-8")
    Path("out/data.part").mkdir()
    assert call("run", corpus, "-m", "lexicon", "-o", "out", "-q", "--force").status == 0
    assert Path("out/notes.txt").read_text(encoding="utf-8") == "mine"
    assert Path("out/data.part").is_dir()


def test_what_a_killed_run_left_is_cleared(call: CommandLine, corpus: Path) -> None:
    assert call("run", corpus, "-m", "lexicon", "-o", "out", "-q").status == 0
    for name in (".nerbench-abc/summary.json", "predictions/old.jsonl.part", "summary.json.part"):
        path = Path("out", name)
        path.parent.mkdir(exist_ok=True)
        path.write_text("half", encoding="utf-8")
    assert call("run", corpus, "-m", "lexicon", "-o", "out", "-q").status == 0
    assert not [name for name in content("out") if ".part" in name or ".nerbench" in name]


def test_a_failing_model_leaves_no_part_of_its_predictions(call: CommandLine, corpus: Path) -> None:
    result = call("run", corpus, "-m", failing_card(), "-m", "lexicon", "-o", "out", "-q")
    assert result.status == 1
    names = content("out")
    assert [name for name in names if name.startswith("predictions/")] == [
        "predictions/lexicon.jsonl"
    ]


def test_a_report_that_cannot_be_written_leaves_the_earlier_run(
    call: CommandLine, corpus: Path, good: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, _: str) -> None:
        raise NerbenchError(f"{path}: cannot be written: No space left on device")

    monkeypatch.setattr("nerbench.reports.page.write_file", full)
    result = call("run", corpus, "-m", "lexicon", "-o", "out", "-q", "--seed", "3")
    assert (result.status, result.message) == (
        2, "out/report.html: cannot be written: No space left on device",
    )  # fmt: skip
    assert {name: text for name, text in content("out").items() if "store" not in name} == {
        name: text for name, text in good.items() if "store" not in name
    }


SLOW = """
import time
class Slow:
    name, fingerprint = "slow", "1"
    def recognize(self, texts):
        for text in texts:
            time.sleep(0.02)
            yield []
"""


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_ended_leaves_nothing_half_written(
    tmp_path: Path, signal_number: signal.Signals
) -> None:
    (tmp_path / "figures").mkdir()
    for number in range(600):
        text = record(f"F{number}", f"STAT3 {number}", "STAT3")
        (tmp_path / "figures" / f"F{number:03}.md").write_text(text, encoding="utf-8")
    (tmp_path / "slow.py").write_text(SLOW, encoding="utf-8")
    (tmp_path / "slow.yaml").write_text("kind: python\nsource: slow.py:Slow\n", encoding="utf-8")
    command = [sys.executable, "-m", "nerbench", "run", "figures", "-m", "slow.yaml", "-o", "out"]
    with subprocess.Popen(
        [*command, "-q"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not (tmp_path / "out/store.sqlite").exists():
            time.sleep(0.05)
        time.sleep(1)
        process.send_signal(signal_number)
        _, err = process.communicate(timeout=60)
    expected = -signal.SIGKILL if signal_number == signal.SIGKILL else 130
    assert (process.returncode, "Traceback" in err) == (expected, False)
    names = content(tmp_path / "out")
    assert not [name for name in names if ".part" in name or ".nerbench" in name]
    assert ("report.html" in names) == (signal_number != signal.SIGKILL)


def test_an_interrupted_run_does_not_replace_a_complete_one(
    call: CommandLine, corpus: Path, good: dict[str, bytes]
) -> None:
    Path("stopping.py").write_text(
        "import os, signal\n"
        "class Stopping:\n"
        "    name, fingerprint = 'lexicon', '1'\n"
        "    def recognize(self, texts):\n"
        "        for text in texts:\n"
        "            if text.startswith('KRAS'):\n"
        "                os.kill(os.getpid(), signal.SIGINT)\n"
        "            yield []\n",
        encoding="utf-8",
    )
    Path("lexicon.yaml").write_text("kind: python\nsource: stopping.py:Stopping\n")
    for number in range(20):
        text = record(f"Y{number}", f"KRAS {number}" if number > 15 else "TP53", "KRAS")
        (corpus / f"Y{number:02}.md").write_text(text, encoding="utf-8")
    try:
        result = call("run", corpus, "-m", "lexicon.yaml", "-o", "out", "-q")
    finally:
        for path in corpus.glob("Y*.md"):
            path.unlink()
    assert result.status == 130
    assert "out keeps the reports of its earlier run" in result.err
    assert {name: text for name, text in content("out").items() if "store" not in name} == {
        name: text for name, text in good.items() if "store" not in name
    }


@pytest.mark.parametrize("command", ["run", "score"])
def test_standard_output_is_no_folder(call: CommandLine, corpus: Path, command: str) -> None:
    more = ("-p", "x.jsonl") if command == "score" else ()
    result = call(command, corpus, *more, "-o", "-")
    assert (result.status, result.out) == (2, "")
    assert result.message == (
        "--out: a run writes a folder, not standard output; --json prints its numbers there"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_told_before_models_are_loaded(
    call: CommandLine, corpus: Path
) -> None:
    Path("locked").mkdir(mode=0o500)
    result = call("run", corpus, "-m", "lexicon", "-o", "locked/out")
    assert (result.status, result.message) == (
        2, "locked/out: cannot be written: Permission denied",
    )  # fmt: skip
