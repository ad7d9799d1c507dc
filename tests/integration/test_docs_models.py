"""Run the examples of the documentation's pages as a reader does.

Each section (`## ...`) of a page is an example of its own. A word after the language of a fenced
block says what to do with the block:

- ```` ```yaml file=NAME ```` (any language) is written to a file, which later sections have, too;
- ```` ```sh run ```` is run by bash, all such blocks of a section in one shell, in the folder of
  the files; its exit status must be 0 (`run=1`: 1). With `needs=PROGRAM` the section is skipped if
  the program is missing;
- ```` ```output ```` has lines that must be printed in this order; white space does not count.

Services that an example starts in the background are ended with it. OPENAI_BASE_URL is the address
of a fake language model.
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
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from local_service import Answer, Request, serving

DOCS = Path(__file__).resolve().parents[2] / "docs"

_SECTION = re.compile(r"(?m)^## (.+)$")
_BLOCK = re.compile(r"(?ms)^```(\w+)?(?: ([^\n`]+))?\n(.*?)^```$")


@dataclass(frozen=True)
class Example:
    """The files, the script and the expected output of a section."""

    title: str
    files: dict[str, str]
    script: str
    status: int
    needs: tuple[str, ...]
    output: tuple[str, ...]


def examples(page: str) -> list[Example]:
    """Return the sections of a page that run something."""
    _, *parts = _SECTION.split(page)
    files: dict[str, str] = {}
    sections = []
    for title, section in zip(parts[::2], parts[1::2], strict=True):
        example = _example(title, section)
        files |= example.files
        sections.append(replace(example, files=dict(files)))
    return [example for example in sections if example.script]


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
    """Run an example; fail unless its status and output are those of the page."""
    for name, text in example.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    with (folder / "printed").open("w+", encoding="utf-8") as printed:
        shell = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", example.script],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = shell.wait(300)
        finally:
            with contextlib.suppress(ProcessLookupError):  # processes in the background
                os.killpg(shell.pid, signal.SIGKILL)
            shell.wait()
        printed.seek(0)
        lines = [" ".join(line.split()) for line in printed]
    assert status == example.status, "\n".join(lines)
    rest = iter(lines)
    for line in example.output:
        message = f"{line!r} is not printed, or not in this order:"
        assert " ".join(line.split()) in rest, "\n".join((message, *lines))


def model(request: Request) -> Answer:
    """Answer as a language model."""
    caption = request.json["messages"][0]["content"]
    genes = sorted(set(re.findall("IL-6|STAT3|JAK|VEGF", caption)))
    message = {"role": "assistant", "content": json.dumps({"genes": genes})}
    return Answer({"choices": [{"message": message, "finish_reason": "stop"}]})


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The shell of a reader: nerbench on the path, a key, an endpoint."""
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
def test_an_example_prints_the_output_of_its_page(
    title: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    for program in PAGES[title].needs:
        if shutil.which(program) is None:
            pytest.skip(f"the example needs {program}")
    run(PAGES[title], tmp_path, environment)


# --- the reader of pages


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
def test_a_wrong_example_fails(
    change: tuple[str, str], tmp_path: Path, environment: dict[str, str]
) -> None:
    with pytest.raises(AssertionError):
        for example in examples(PAGE.replace(*change)):
            run(example, tmp_path, environment)
