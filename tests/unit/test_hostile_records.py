"""Broken and hostile records: each is refused with one reason, in little time.

What could take the whole interpreter down is parsed in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest

from nerbench import open_corpus
from nerbench.corpus.entry import MAX_BYTES

GOOD = "figid: GOOD\ncaption: MDM2 binds p53\nschema-jsonld: {keywords: [TP53]}\n"
DEEP = 100_000


def outcome(folder: Path, content: bytes) -> str:
    """Read a hostile record between two good ones: the reason it was skipped, or 'read'."""
    (folder / "0.md").write_text(GOOD, encoding="utf-8")
    (folder / "1.md").write_bytes(content)
    (folder / "2.md").write_text(GOOD.replace("GOOD", "GOOD2"), encoding="utf-8")
    corpus = open_corpus(folder)
    found = [figure.figid for figure in corpus]
    assert found[0] == "GOOD"
    assert found[-1] == "GOOD2"
    if len(found) == 3:
        return "read"
    (problem,) = corpus.skipped
    assert problem.source == (folder / "1.md").as_posix()
    assert "\n" not in problem.reason
    assert len(problem.reason) < 400
    return problem.reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b" \n\n\t\n", "the file is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "a PNG image"),
        (b"figid: A\ncaption: x\0y\n", "a binary file"),
        (GOOD.encode("utf-16"), "UTF-16 text"),
        (b"figid: A\nyear: 2020\ncaption: caf\xe9 au lait\n", "line 3: not UTF-8 (byte 0xe9)"),
        (b"---\nfigid: A\ncaption: 'never closed\n", "line 4: not YAML"),
        (b"---\nfigid: A\nschema-jsonld: {keywords: [TP53, MD", "not YAML"),
        (b"---\nfigid: A\n\tcaption: x\n", "line 3: not YAML"),
        (b"---\nfigid: A\ncaption: *nowhere\n", "line 3: not YAML: found undefined alias"),
        (b"---\nfigid: A\ncaption: a: b: c\n", "line 3: not YAML"),
        (b"? [a, b]\n: c\nfigid: A\n", "not YAML: found unhashable key"),
        (b"figid: A\ncaption: bell \x07 rings\n", "not YAML"),
        (b'figid: A\ncaption: "\\ud800"\n', "not YAML"),
        (b"just text", "plain text"),
        (b"%PDF-1.7 text", "a PDF"),
    ],
)
def test_a_file_that_is_not_a_record_is_skipped_with_one_reason(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    assert reason in outcome(tmp_path, content)


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system ['touch PWNED']",
        "!!python/object/apply:subprocess.check_output [[touch, PWNED]]",
        "!!python/name:os.system",
        "!!python/module:os",
        "!!python/object/new:tuple [[1]]",
        "!mine x",
    ],
)
def test_a_tag_makes_no_object_and_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tag: str
) -> None:
    monkeypatch.chdir(tmp_path)
    reason = outcome(tmp_path, f"figid: A\nyear: 2020\ncaption: {tag}\n".encode())
    assert reason.startswith("line 3: not YAML")
    assert not (tmp_path / "PWNED").exists()


@pytest.mark.parametrize("tag", ["!!timestamp never", "!!bool maybe", "!!int x", "!!float x"])
def test_a_tag_that_its_value_belies_is_not_yaml(tmp_path: Path, tag: str) -> None:
    assert "not YAML" in outcome(tmp_path, f"figid: A\nyear: {tag}\n".encode())


@pytest.mark.parametrize("value", ["!!set {a, b}", "!!binary aGVsbG8="])
def test_a_caption_tagged_as_something_else_is_no_python_literal(
    tmp_path: Path, value: str
) -> None:
    assert outcome(tmp_path, f"figid: A\ncaption: {value}\n".encode()) != "read"


@pytest.mark.parametrize(
    ("count", "expected"),
    [(150_000, "read"), (1_000_000, "larger than 512 kB, which no record is")],
)
def test_a_million_aliases_take_little_time(tmp_path: Path, count: int, expected: str) -> None:
    aliases = ",".join(["*a"] * count)
    started = time.process_time()
    assert outcome(tmp_path, f"figid: A\na: &a x\nb: [{aliases}]\n".encode()) == expected
    assert time.process_time() - started < 10


@pytest.mark.parametrize("field", ["other", "organisms", "genes", "caption", "schema-jsonld"])
def test_a_billion_laughs_fill_no_memory(tmp_path: Path, field: str) -> None:
    lines = ["figid: A", "a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    nested = "{keywords: *a11}" if field == "schema-jsonld" else "*a11"
    lines.append(f"{field}: {nested}")
    tracemalloc.start()
    try:
        outcome(tmp_path, "\n".join(lines).encode())
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


def test_an_alias_to_itself_does_not_loop(tmp_path: Path) -> None:
    assert outcome(tmp_path, b"figid: A\norganisms: &o [*o]\ngenes: &g [*g]\n") == "read"


@pytest.mark.parametrize("size", [MAX_BYTES + 1, 50 * 1024 * 1024])
def test_a_huge_record_is_refused_without_being_read_whole(tmp_path: Path, size: int) -> None:
    with (tmp_path / "1.md").open("wb") as stream:
        stream.write(b"figid: A\ncaption: x\n#")
        stream.truncate(size)  # the rest is a hole
    corpus = open_corpus(tmp_path)
    tracemalloc.start()
    try:
        assert list(corpus) == []
        assert tracemalloc.get_traced_memory()[1] < 8 * MAX_BYTES
    finally:
        tracemalloc.stop()
    assert corpus.skipped[0].reason == "larger than 512 kB, which no record is"


def test_a_caption_of_half_a_megabyte_is_refused(tmp_path: Path) -> None:
    reason = outcome(tmp_path, b"figid: A\ncaption: " + b"TP53 " * 100_000)
    assert "caption has 499,999 characters" in reason


def test_a_caption_full_of_brackets_is_read(tmp_path: Path) -> None:
    brackets = "(a) [b] {c} " * 400
    assert outcome(tmp_path, f"figid: A\ncaption: '{brackets}'\n".encode()) == "read"


def test_an_error_in_a_long_file_names_its_line(tmp_path: Path) -> None:
    lines = "\n".join(f"k{n}: v" for n in range(500))
    reason = outcome(tmp_path, f"---\nfigid: A\n{lines}\nbad: [\n".encode())
    assert reason.startswith("line 50")


DEEP_RECORDS = {
    "flow sequences": "x: " + "[" * DEEP + "]" * DEEP,
    "flow sequences left open": "x: " + "[" * DEEP,
    "flow mappings": "x: " + "{a: " * DEEP,
    "both in turn": "x: " + "[{a: " * DEEP,
    "one per line": "x: " + "[\n" * DEEP,
    "block sequences": "x:\n" + "- " * DEEP + "a",
    "block sequences and tabs": "x:\n" + "-\t" * DEEP + "a",
    "complex keys": "? " * DEEP + "a",
    "complex keys and sequences": "? - " * DEEP + "a",
    "block mappings": "\n".join(" " * n + "k:" for n in range(1900)),
    "sequences on lines": "x:\n" + "\n".join(" " * n + "-" for n in range(1900)),
    "stairs": "x:\n" + "".join(" " * (398 * n) + "- " * 199 + "\n" for n in range(99)),
    "closing brackets quoted": "x: " + "[']'," * DEEP,
    "closing brackets double-quoted": 'x: ["]"' + ',["]"' * DEEP,
    "closing brackets in comments": "x:\n" + " [ #]\n" * DEEP,
    "closing braces in plain text": "a: x}}\nb: " + "{'}': " * DEEP,
}


@pytest.fixture(scope="module")
def deep_outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every deep record parsed in a process of its own, forked from one that is warm."""
    folder = tmp_path_factory.mktemp("deep")
    for number, text in enumerate(DEEP_RECORDS.values()):
        (folder / f"{number}.md").write_text(f"figid: A\n{text}\n", encoding="utf-8")
    code = """
import os, sys
from pathlib import Path
from nerbench import RecordError
from nerbench.corpus.pfocr import parse_record
from nerbench.nomenclature.lexicon import load_nomenclature
nomenclature = load_nomenclature()
for number in range(int(sys.argv[2])):
    raw = Path(sys.argv[1], f"{number}.md").read_bytes()
    sys.stdout.flush()
    if (child := os.fork()) == 0:
        try:
            parse_record(raw, "x", lambda figid: None, nomenclature)
            print("read")
        except RecordError as error:
            print("refused:", error)
        except BaseException as error:
            print("escaped:", type(error).__name__)
        sys.stdout.flush()
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        print("died:", status)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), str(len(DEEP_RECORDS))],
        capture_output=True,
        text=True,
        check=True,
        timeout=80,
    )
    return dict(zip(DEEP_RECORDS, done.stdout.splitlines(), strict=True))


@pytest.mark.parametrize("name", DEEP_RECORDS)
def test_deep_nesting_does_not_take_the_interpreter_down(
    deep_outcomes: dict[str, str], name: str
) -> None:
    assert deep_outcomes[name].startswith(("refused: ", "read"))


@pytest.mark.parametrize(
    "name", ["flow sequences", "flow mappings", "block sequences", "complex keys"]
)
def test_deep_nesting_is_given_as_the_reason(deep_outcomes: dict[str, str], name: str) -> None:
    assert "nested more than" in deep_outcomes[name]
