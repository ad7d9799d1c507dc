"""Programs, services and language models through the command line, side by side."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from local_service import Answer, Request, Service, serving

KEY = "sk-very-secret-0123456789"
CAPTIONS = {
    "A": "🧬 STAT3 turns VEGFA on; STAT3 and IL\u20116",
    "B": "e\u0301 \U0001d6fc: TP53 binds MDM2",
    "C": "",
}
GENES = re.compile("STAT3|VEGFA|IL.6|TP53|MDM2")

TAGGER = """
import json, re, sys
for line in sys.stdin:
    text = json.loads(line)["text"]
    print(json.dumps({"mentions": [
        {"start": m.start(), "end": m.end(), "text": m.group(), "score": 0.9}
        for m in re.finditer("STAT3|VEGFA|IL.6|TP53|MDM2", text)]}))
"""


def answer(request: Request) -> Answer:
    """A service of both kinds, which wants its key."""
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    if request.path == "/ner":
        text = request.json["text"]
        before = (text[: m.start()].encode("utf-16-le") for m in GENES.finditer(text))
        return Answer(
            {
                "entities": [
                    {"at": len(head) // 2, "n": len(m.group()), "type": "gene"}
                    for head, m in zip(before, GENES.finditer(text), strict=True)
                ]
            }
        )
    if request.path == "/v1/chat/completions":
        names = GENES.findall(request.json["messages"][0]["content"].replace("\u2011", "-"))
        content = json.dumps({"genes": [*names, "BRCA1"]})
        usage = {"prompt_tokens": 100, "completion_tokens": 10}
        return Answer({"choices": [{"message": {"content": content}}], "usage": usage})
    return Answer({"error": f"no such page for {KEY}"}, 404)


@dataclass(frozen=True)
class Run:
    """A finished `nerbench run`, and the folder that it was started in."""

    folder: Path
    done: subprocess.CompletedProcess[str]

    def predictions(self, model: str) -> dict[str, list[str]]:
        lines = (self.folder / "out" / "predictions" / f"{model}.jsonl").read_text("utf-8")
        entries = [json.loads(line) for line in lines.splitlines()]
        return {entry["id"]: [m["text"] for m in entry["mentions"]] for entry in entries}


def command(folder: Path, *models: str) -> subprocess.CompletedProcess[str]:
    """A run with some models, and with options."""
    words = [
        word
        for model in models
        for word in ([model] if model.startswith("-") else ["--model", model])
    ]
    return subprocess.run(
        [sys.executable, "-m", "nerbench", "run", "corpus", "--out", "out", *words],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def environment(folder: Path) -> dict[str, str]:
    caches = str(folder / "caches")
    known = {"OPENAI_API_KEY": KEY, "XDG_CACHE_HOME": caches, "NO_PROXY": "127.0.0.1"}
    return {**os.environ, **known}


def write_cards(folder: Path, url: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{free.getsockname()[1]}"
    header = "headers: {Authorization: 'Bearer ${OPENAI_API_KEY}'}\nretries: 1\nbackoff: 0.001\n"
    fields = "mentions: entities\nfields: {start: at, length: n, label: type}\noffsets: utf-16\n"
    files = {
        "program.yaml": f"kind: command\ncommand: ['{sys.executable}', tagger.py]\n",
        "service.yaml": f"kind: http\nurl: {url}/ner\n{header}{fields}",
        "chat.yaml": f"kind: chat\nmodel: m\nbase_url: {url}/v1\ninput_price: 1\n",
        "broken.yaml": f"kind: command\ncommand: ['{sys.executable}', broken.py]\n",
        "missing.yaml": "kind: command\ncommand: no-such-program\n",
        "refused.yaml": f"kind: http\nurl: {url}/gone\n{header}",
        "down.yaml": f"kind: http\nurl: {nowhere}/ner\nretries: 1\nbackoff: 0.001\n",
        "tagger.py": TAGGER,
        "broken.py": "input()\nraise SystemExit('no weights')\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "corpus").mkdir()
    for figid, caption in CAPTIONS.items():
        quoted = json.dumps(caption, ensure_ascii=False)
        (folder / "corpus" / f"{figid}.md").write_text(
            f"---\nfigid: {figid}\ncaption: {quoted}\norganisms: Homo sapiens\n"
            "schema-jsonld: {keywords: [STAT3, TP53]}\n---\n",
            encoding="utf-8",
        )


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with serving(answer) as service:
        yield service


@pytest.fixture(scope="module")
def run(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("run")
    write_cards(folder, service.url)
    models = ["program", "broken", "service", "missing", "refused", "chat", "down"]
    return Run(folder, command(folder, *(f"{model}.yaml" for model in models)))


@pytest.mark.parametrize("model", ["program", "service", "chat"])
def test_each_kind_finds_the_same_and_is_scored(run: Run, model: str) -> None:
    expected = {figid: GENES.findall(caption) for figid, caption in CAPTIONS.items()}
    assert run.predictions(model) == expected
    scores = json.loads((run.folder / "out" / "summary.json").read_text("utf-8"))["scores"]
    (row,) = (
        row
        for row in scores
        if (row["model"], row["organism"]) == (model, "human")
        and (row["level"], row["average"]) == ("symbol", "micro")
    )
    assert (row["recovered"], row["curated"]) == (2, 6)


def test_each_failure_is_one_line_and_the_status_is_1(run: Run) -> None:
    assert run.done.returncode == 1
    assert "Traceback" not in run.done.stderr
    lines = run.done.stderr.splitlines()
    for model, reason in {
        "broken": "ended with exit status 1; its standard error ends with: no weights",
        "missing": "there is no program 'no-such-program' on the PATH",
        "refused": "answers 404 Not Found: no such page for ***",
        "down": "cannot be reached",
    }.items():
        *retries, line = (line for line in lines if line.startswith(f"nerbench: {model}: "))
        assert reason in line
        assert len(retries) == (model == "down")


def test_failed_models_have_no_scores(run: Run) -> None:
    scores = json.loads((run.folder / "out" / "summary.json").read_text("utf-8"))["scores"]
    assert {row["model"] for row in scores} == {"program", "service", "chat"}


def test_tokens_cost_and_invented_names_are_noted(run: Run) -> None:
    stderr = run.done.stderr
    assert "nerbench: chat: requests made: 2; answers from the cache: 0" in stderr
    assert ": 200 input, 20 output; cost 0.0002" in stderr
    assert "not in their captions, left out: 2 (BRCA1)" in stderr


def test_the_key_is_in_no_file_and_no_stream(run: Run) -> None:
    files = [path for path in run.folder.rglob("*") if path.is_file()]
    assert any("caches" in path.parts for path in files)
    assert not [path for path in files if KEY.encode() in path.read_bytes()]
    assert KEY not in run.done.stdout + run.done.stderr


def test_models_show_prints_the_variable_and_not_the_key(run: Run) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nerbench", "models", "show", "service.yaml"],
        cwd=run.folder, env=environment(run.folder), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "${OPENAI_API_KEY}" in done.stdout
    assert KEY not in done.stdout


def test_a_second_run_sends_no_request_and_gives_the_same(run: Run, service: Service) -> None:
    expected = run.predictions("chat")
    request = len(service.requests)
    anew = command(run.folder, "chat.yaml", "--no-resume", "--force")
    assert anew.returncode == 0
    assert "chat: requests made: 0; answers from the cache: 2" in anew.stderr
    again = command(run.folder, "chat.yaml")
    assert "chat: requests made: 0; answers from the cache: 0" in again.stderr
    assert len(service.requests) == request
    assert run.predictions("chat") == expected


def test_an_interrupted_run_leaves_no_program_behind(run: Run) -> None:
    (run.folder / "slow.py").write_text(
        "import os, pathlib, time\n"
        "pathlib.Path('part').write_text(str(os.getpid()))\nos.rename('part', 'pid')\n"
        "time.sleep(60)\n"
    )
    (run.folder / "slow.yaml").write_text(
        f"kind: command\ncommand: ['{sys.executable}', slow.py]\n"
    )
    running = subprocess.Popen(
        [sys.executable, "-m", "nerbench", "run", "corpus", "--out", "o", "--model", "slow.yaml"],
        cwd=run.folder, start_new_session=True, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    for _ in range(6000):
        if (run.folder / "pid").exists():
            break
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGINT)
    _, stderr = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Traceback" not in stderr
    with pytest.raises(ProcessLookupError):
        os.kill(int((run.folder / "pid").read_text()), 0)
