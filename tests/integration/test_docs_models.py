"""The examples of the how-to pages, run as a reader would: copied, pasted, run.

A page's sections (`## ...`) are separate examples. In a section's fenced blocks, whose language is
followed by what is to be done:

- ```` ```yaml file=NAME ```` is written to a file, whatever the language;
- ```` ```sh run ```` is run by bash, all such blocks of a section in one shell, in the folder of
  the files; it must end with 0 (`run=1`: with 1). With `needs=PROGRAM` the section is skipped where
  there is no such program;
- ```` ```output ```` has lines that must be printed, in this order; white space does not count.

Services that an example starts in the background end with it. A stand-in for a language model's
endpoint answers on OPENAI_BASE_URL.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from local_service import Answer, Request, serving

DOCS = Path(__file__).resolve().parents[2] / "docs"

_SECTION = re.compile(r"(?m)^## (.+)$")
_BLOCK = re.compile(r"(?ms)^```(\w+)?(?: ([^\n`]+))?\n(.*?)^```$")


@dataclass(frozen=True)
class Example:
    """What a section wants written, run and seen."""

    title: str
    files: dict[str, str]
    script: str
    status: int
    needs: tuple[str, ...]
    output: tuple[str, ...]


def examples(page: str) -> list[Example]:
    """The sections of a page that run something."""
    _, *parts = _SECTION.split(page)
    found = map(_example, parts[::2], parts[1::2])
    return [example for example in found if example.script]


def _example(title: str, section: str) -> Example:
    files, scripts, needs, output, status = {}, [], [], [], 0
    for language, words, text in _BLOCK.findall(section):
        facts = dict(word.partition("=")[::2] for word in words.split())
        if "file" in facts:
            files[facts["file"]] = text
        elif "run" in facts:
            scripts.append(text)
            status = int(facts["run"] or 0)
            needs += facts["needs"].split(",") if "needs" in facts else []
        elif language == "output":
            output += text.splitlines()
    return Example(title, files, "".join(scripts), status, tuple(needs), tuple(output))


def run(example: Example, folder: Path, environment: dict[str, str]) -> None:
    """Do what a reader does; fails if it does not come out as the page says."""
    for name, text in example.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    with (folder / "shown").open("w+", encoding="utf-8") as shown:
        shell = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", example.script],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=shown,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = shell.wait(300)
        finally:
            with contextlib.suppress(ProcessLookupError):  # what it left in the background
                os.killpg(shell.pid, signal.SIGKILL)
            shell.wait()
        shown.seek(0)
        lines = [" ".join(line.split()) for line in shown]
    assert status == example.status, "\n".join(lines)
    rest = iter(lines)
    for line in example.output:
        resolve = f"{line!r} is not shown, or not in this order:"
        assert " ".join(line.split()) in rest, "\n".join((resolve, *lines))


def model(request: Request) -> Answer:
    """A stand-in for a language model."""
    caption = request.json["messages"][0]["content"]
    genes = sorted(set(re.findall("IL-6|STAT3|JAK|VEGF", caption)))
    message = {"role": "assistant", "content": json.dumps({"genes": genes})}
    return Answer({"choices": [{"message": message, "finish_reason": "stop"}]})


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A reader's shell: the package's commands on the path, a key, an endpoint."""
    binaries = Path(sys.executable).parent
    with serving(model) as service:
        yield {
            **os.environ,
            "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
            "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("caches")),
            "OPENAI_BASE_URL": f"{service.url}/v1",
            "OPENAI_API_KEY": "a-key-for-the-stand-in",
            "NO_PROXY": "127.0.0.1",
        }


PAGES = {
    f"{path.stem}: {example.title}": example
    for path in sorted(DOCS.glob("*.md"))
    for example in examples(path.read_text(encoding="utf-8"))
}


@pytest.mark.parametrize("title", PAGES)
def test_an_example_does_what_its_page_says(
    title: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    for program in PAGES[title].needs:
        if shutil.which(program) is None:
            pytest.skip(f"the example needs {program}")
    run(PAGES[title], tmp_path, environment)


# --- the extractor itself


PAGE = """
# A page

```sh run
echo before the first section
```

## One

```python file=sub/a.py
print("a  b")
```

```sh
not run
```

```sh run
python sub/a.py
```

```sh run
sleep 60 &
echo c
```

```output
a b
c
```

## Nothing to run

text

## Two

```sh run=3 needs=sh
exit 3
```
"""


def test_sections_are_cut_into_examples(tmp_path: Path, environment: dict[str, str]) -> None:
    one, two = examples(PAGE)
    assert (one.title, one.files) == ("One", {"sub/a.py": 'print("a  b")\n'})
    assert one.script == "python sub/a.py\nsleep 60 &\necho c\n"
    assert (two.script, two.status, two.needs) == ("exit 3\n", 3, ("sh",))
    run(one, tmp_path, environment)
    run(two, tmp_path, environment)


@pytest.mark.parametrize(
    "change", [("echo c", "false"), ("echo c", "echo d"), ("a b\nc", "c\na b"), ("run=3", "run")]
)
def test_an_example_that_does_not_come_out_is_noticed(
    change: tuple[str, str], tmp_path: Path, environment: dict[str, str]
) -> None:
    with pytest.raises(AssertionError):
        for example in examples(PAGE.replace(*change)):
            run(example, tmp_path, environment)
