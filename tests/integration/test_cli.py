"""The command line from end to end.

What a shell sees (start, pipes, exit status) runs in processes of its own; the many wrong
usages go through the same `main` in this process, where the lexicons are loaded once.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest
import spacy

from nerbench import Figure, Mention, NerbenchError, evaluate, load_recognizer, open_corpus
from nerbench.cli import main
from nerbench.reports.summary import summary_schema

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "seeds"
SEED_ID = "PMC8714735__fonc-11-760971-g003"


@dataclass(frozen=True)
class Finished:
    """A finished command."""

    status: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """The one line on standard error; fails if there are more, or a traceback."""
        (line,) = self.err.splitlines()
        assert line.startswith("nerbench: ")
        return line.removeprefix("nerbench: ")


def shell(*arguments: str | Path, cwd: Path) -> Finished:
    """Run a command as a shell does, standard output and error in pipes."""
    done = subprocess.run(
        [sys.executable, "-m", "nerbench", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        timeout=120,
        check=False,
    )
    return Finished(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


Call = Callable[..., Finished]


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Call:
    """Run a command in this process, in an empty folder; no traceback may ever be seen."""
    folder = tmp_path / "cwd"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def call(*arguments: str | Path) -> Finished:
        monkeypatch.setattr(sys, "argv", ["nerbench", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        assert "internal error" not in err
        code = ended.value.code
        return Finished(code if isinstance(code, int) else 0 if code is None else 1, out, err)

    return call


def record(figid: str, caption: str, *genes: str) -> str:
    return (
        f"---\nfigid: {figid}\ncaption: {caption}\norganisms: Homo sapiens\n"
        f"schema-jsonld: {{keywords: [{', '.join(genes)}]}}\n---\n"
    )


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three figures and two files that are none."""
    folder = tmp_path_factory.mktemp("corpus")
    files = {
        "A.md": record("A", "STAT3 turns VEGFA on", "STAT3", "VEGFA"),
        "B.md": record("B", "TP53 and MDM2", "TP53"),
        "C.md": record("C", "''", "KRAS"),
        "notes.txt": "no record",
        "truncated.md": "---\nfigid: D\ncaption: 'never closed\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spaCy pipeline that knows STAT3 only."""
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns(  # type: ignore[attr-defined]
        [{"label": "GENE", "pattern": "STAT3"}]
    )
    path = tmp_path_factory.mktemp("models") / "only_stat3"
    nlp.to_disk(path)
    return path


@pytest.fixture
def predictions(tmp_path: Path) -> Callable[..., Path]:
    """Write a file of predictions."""

    def write(*entries: dict[str, Any], name: str = "mine.jsonl") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(e) + "\n" for e in entries), encoding="utf-8")
        return path

    return write


def mention(start: int, text: str, **more: Any) -> dict[str, Any]:
    return {"start": start, "end": start + len(text), "text": text, **more}


def micro(folder: Path, **where: str) -> dict[str, Any]:
    """The one micro row of a summary that fits."""
    data = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    wanted = {"average": "micro", "level": "family", "organism": "human"} | where
    (row,) = (r for r in data["scores"] if all(r[k] == v for k, v in wanted.items()))
    found: dict[str, Any] = row
    return found


# --- as a shell sees it


@pytest.fixture(scope="module")
def seed_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Finished, Path]:
    """`nerbench run` and nothing else, in an empty folder with a space in its name."""
    folder = tmp_path_factory.mktemp("an empty folder")
    return shell("run", cwd=folder), folder / "reports" / "run"


def test_run_alone_measures_the_default_on_the_seed(seed_run: tuple[Finished, Path]) -> None:
    done, _ = seed_run
    assert (done.status, done.err) == (0, "")
    assert "default" in done.out
    for head in ("names", "hits", "precision", "recall", "in-caption recall", "F1"):
        assert head in done.out
    assert "report.md" in done.out


def test_run_writes_every_file_of_the_contract(seed_run: tuple[Finished, Path]) -> None:
    _, folder = seed_run
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert found >= {
        "summary.json", "scores.tsv", "figures.tsv", "names.parquet", "genes.parquet",
        "captions.parquet", "counts.parquet", "predictions/default.jsonl", "report.md",
        "report.html", "run.log.json",
    }  # fmt: skip
    assert not [name for name in found if name.endswith(".part")]


def test_the_seeds_summary_is_valid_and_true(seed_run: tuple[Finished, Path]) -> None:
    _, folder = seed_run
    data = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(summary_schema()).validate(data)
    assert data["corpus"]["curated_by_organism"] == {"human": 34, "fly": 22}
    assert (micro(folder)["curated"], micro(folder)["reachable"]) == (34, 17)


def test_no_progress_bar_in_a_pipe(seed_run: tuple[Finished, Path]) -> None:
    done, _ = seed_run
    assert "\r" not in done.out + done.err
    assert "\x1b" not in done.out + done.err


def test_times_and_machine_facts_are_apart_from_the_numbers(
    seed_run: tuple[Finished, Path],
) -> None:
    _, folder = seed_run
    facts = json.loads((folder / "run.log.json").read_text(encoding="utf-8"))
    assert {"seconds", "started", "versions"} <= facts.keys()
    for name in ("summary.json", "report.md"):
        assert facts["started"][:10] not in (folder / name).read_text(encoding="utf-8")


def test_the_same_run_gives_the_same_bytes_in_another_process(
    seed_run: tuple[Finished, Path], tmp_path: Path, call: Call
) -> None:
    _, folder = seed_run
    assert call("run", "--quiet", "--out", tmp_path / "again").status == 0
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "run.log.json":
            other = tmp_path / "again" / path.relative_to(folder)
            assert path.read_bytes() == other.read_bytes(), path.name


def test_a_reader_that_closes_the_pipe_early_is_no_error(tmp_path: Path) -> None:
    # `predict --out - | head -1`, with far more output than a pipe holds.
    for number in range(400):
        text = record(f"F{number}", "STAT3 and TP53 " * 30)
        (tmp_path / f"{number:03}.md").write_text(text, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-m", "nerbench", "predict", ".", "-m", "lexicon", "-o", "-"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["id"] == "F0"
        process.stdout.close()
        err = process.stderr.read()
        status = process.wait(timeout=60)
    assert (status, err) == (0, b"")


def test_a_small_output_to_a_closed_pipe_is_no_error_either(tmp_path: Path) -> None:
    # What fits the buffer is written at exit only: nothing may be said then, either.
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "nerbench", "models", "list"],
            cwd=tmp_path,
            stdout=write,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_full_disk_under_standard_output_is_one_clear_line(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full on this system")
    with full.open("wb") as stream:
        done = subprocess.run(
            [sys.executable, "-m", "nerbench", "models", "list"],
            cwd=tmp_path,
            stdout=stream,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    assert b"Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.returncode == 2


def test_a_wrong_path_ends_with_2_and_one_line(tmp_path: Path) -> None:
    done = shell("run", "no where", cwd=tmp_path)
    assert (done.status, done.out) == (2, "")
    assert done.said == "no where: no such file or folder"
    assert list(tmp_path.iterdir()) == []


def test_the_version_is_shown(call: Call) -> None:
    assert call("--version") == Finished(0, "0.1.0\n", "")


@pytest.mark.parametrize(
    "command", ["run", "score", "compare", "predict", "explain", "models", "lexicon"]
)
def test_every_command_explains_itself(call: Call, command: str) -> None:
    done = call(command, "--help")
    assert done.status == 0
    assert "Usage:" in done.out


# --- run


def test_a_run_goes_on_past_bad_files_and_names_them(call: Call, corpus: Path) -> None:
    done = call("run", corpus, "-m", "lexicon", "-o", "out")
    assert done.status == 0
    first, second = done.err.splitlines()
    assert "notes.txt: no record" in first
    assert "truncated.md: line 4: not YAML" in second
    row = micro(Path("out"))
    assert (row["figures"], row["curated"], row["recovered"]) == (3, 4, 3)


def test_several_models_are_run_on_the_same_figures(
    call: Call, corpus: Path, pipeline: Path
) -> None:
    done = call("run", corpus, "-m", "lexicon", "-m", pipeline, "-o", "out", "-q")
    assert done.status == 0
    assert micro(Path("out"), model="lexicon")["recovered"] == 3
    assert micro(Path("out"), model="only_stat3")["recovered"] == 1
    files = sorted(path.name for path in Path("out/predictions").iterdir())
    assert files == ["lexicon.jsonl", "only_stat3.jsonl"]


def test_a_model_named_twice_is_run_once(call: Call, corpus: Path) -> None:
    assert call("run", corpus, "-m", "lexicon", "-m", "lexicon", "-o", "out").status == 0


def test_two_models_of_one_name_are_refused(call: Call, corpus: Path, tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.yaml").write_text("kind: lexicon\n", encoding="utf-8")
    cards = (tmp_path / "x/same.yaml", tmp_path / "y/same.yaml")
    done = call("run", corpus, "-m", cards[0], "-m", cards[1])
    assert done.status == 2
    assert "two models are called 'same'" in done.said


def test_a_model_that_cannot_be_loaded_does_not_spoil_another(
    call: Call, corpus: Path, tmp_path: Path
) -> None:
    card = tmp_path / "absent.yaml"
    card.write_text("kind: spacy\nsource: en_absent\nrequirement: en-absent\n", encoding="utf-8")
    done = call("run", corpus, "-m", card, "-m", "lexicon", "-o", "out", "-q")
    assert done.status == 1
    assert "absent: the spaCy pipeline 'en_absent' cannot be loaded" in done.said
    assert "nerbench models install absent" in done.said
    assert micro(Path("out"))["model"] == "lexicon"
    report = Path("out/report.md").read_text(encoding="utf-8")
    assert "- **absent**: absent: the spaCy pipeline" in report
    assert not Path("out/predictions/absent.jsonl").exists()


def test_quiet_prints_nothing_when_all_is_well(call: Call, corpus: Path) -> None:
    assert call("run", corpus, "-m", "lexicon", "-o", "out", "--quiet") == Finished(0, "", "")


def test_a_limit_stops_after_so_many_figures(call: Call, corpus: Path) -> None:
    assert call("run", corpus, "-m", "lexicon", "-o", "out", "--limit", "1", "-q").status == 0
    data = json.loads(Path("out/summary.json").read_text(encoding="utf-8"))
    assert data["corpus"]["figures"] == 1


def test_paths_with_spaces_and_greek_letters_are_fine(call: Call, corpus: Path) -> None:
    copy = shutil.copytree(corpus, "my corpus κ")
    assert call("run", copy, "-m", "lexicon", "-o", "my results β/run", "-q").status == 0
    assert micro(Path("my results β/run"))["recovered"] == 3


def test_an_out_folder_of_an_earlier_run_is_used_again(call: Call, corpus: Path) -> None:
    assert call("run", corpus, "-m", "lexicon", "-o", "out", "-q", "--limit", "1").status == 0
    assert call("run", corpus, "-m", "lexicon", "-o", "out", "-q").status == 0
    assert micro(Path("out"))["figures"] == 3


@pytest.mark.parametrize(("organism", "labels"), [("human", {"human"}), ("7227,9606", None)])
def test_the_organism_overrides_the_records(
    call: Call, corpus: Path, organism: str, labels: set[str] | None
) -> None:
    done = call("run", corpus, "-m", "lexicon", "-o", "out", "-q", "--organism", organism)
    assert done.status == 0
    data = json.loads(Path("out/summary.json").read_text(encoding="utf-8"))
    found = {row["organism"] for row in data["scores"]} - {"all"}
    assert found == (labels or {"human", "fly"})


def test_the_level_is_that_of_the_table_and_the_reasons(call: Call, corpus: Path) -> None:
    done = call("run", corpus, "-m", "lexicon", "-o", "out", "--level", "symbol")
    assert "level symbol" in done.out
    assert json.loads(Path("out/summary.json").read_text(encoding="utf-8"))["level"] == "symbol"


@pytest.mark.parametrize(
    ("threshold", "status"),
    [
        (("--min-recall", "0.75"), 0),
        (("--min-recall", "0.76"), 1),
        (("--min-precision", "0.75"), 0),
        (("--min-precision", "0.76"), 1),
        (("--min-f1", "0.75"), 0),
        (("--min-f1", "0.9"), 1),
    ],
)
def test_a_threshold_that_is_missed_ends_with_1_and_says_so(
    call: Call, corpus: Path, threshold: tuple[str, str], status: int
) -> None:
    # Recovered: STAT3, VEGFA, TP53 of four genes; names: these and MDM2.
    done = call("run", corpus, "-m", "lexicon", "-o", "out", "-q", *threshold)
    assert done.status == status
    name = threshold[0].removeprefix("--min-")
    assert done.err == (
        f"nerbench: lexicon: {name} is 0.7500, below {threshold[1]}\n" if status else ""
    )
    assert Path("out/report.md").exists()


def test_a_threshold_on_a_rate_that_is_not_defined_is_missed(call: Call, tmp_path: Path) -> None:
    (tmp_path / "A.md").write_text(record("A", "nothing here", "TP53"), encoding="utf-8")
    done = call("run", tmp_path / "A.md", "-m", "lexicon", "-q", "--min-precision", "0")
    assert done.status == 1
    assert "precision is not defined" in done.said


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--model", "no-such"), "unknown model 'no-such'"),
        (("--model", "no-such.yaml"), "no-such.yaml: no such card"),
        (("--organism", "martian"), "unknown organism 'martian': use auto, all, or human (9606)"),
        (("--organism", "10090"), "unknown organism '10090'"),
        (("--organism", ""), "unknown organism ''"),
    ],
)
def test_an_unknown_word_ends_with_2_and_says_what_is_known(
    call: Call, corpus: Path, arguments: tuple[str, str], reason: str
) -> None:
    done = call("run", corpus, *arguments)
    assert (done.status, done.out) == (2, "")
    assert reason in done.said
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--level", "loose"),
        ("run", "--limit", "0"),
        ("run", "--limit", "many"),
        ("run", "--min-recall", "1.5"),
        ("run", "--no-such-option"),
        ("score", "."),
        ("predict",),
        ("no-such-command",),
    ],
)
def test_wrong_usage_ends_with_2_and_names_the_mistake(
    call: Call, arguments: tuple[str, ...]
) -> None:
    done = call(*arguments)
    assert (done.status, done.out) == (2, "")
    assert "Error: " in done.err.splitlines()[-1]
    assert list(Path().iterdir()) == []


def test_an_unknown_level_is_told_the_known_ones(call: Call) -> None:
    err = call("run", "--level", "loose").err
    assert all(level in err for level in ("symbol", "synonym", "family"))


@pytest.mark.parametrize("command", ["run", "corpus info"])
@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty", None, "empty: holds no PFOCR record"),
        ("blob.bin", bytes(range(256)) * 50, "a binary file"),
        ("blob.md", b"\x7fELF" + bytes(range(256)), "a binary file"),
        ("half.md", b"figid: A\ncaption: 'x", "line 2: not YAML"),
        ("half.zip", b"PK\x03\x04 no more", "half.zip: no zip archive"),
        ("half.tar.gz", b"\x1f\x8b no more", "half.tar.gz: the archive is damaged"),
    ],
)
def test_an_unusable_corpus_ends_with_2_and_one_line(
    call: Call, command: str, name: str, content: bytes | None, reason: str
) -> None:
    path = Path(name)
    path.mkdir() if content is None else path.write_bytes(content)
    done = call(*command.split(), path)
    assert (done.status, reason in done.err) == (2, True)
    assert done.said


def test_a_run_of_an_unusable_corpus_leaves_no_file(call: Call) -> None:
    Path("empty").mkdir()
    assert call("run", "empty", "-o", "out").status == 2
    assert [path for path in Path().rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("command", ["run", "score"])
@pytest.mark.parametrize("out", ["taken", "taken/below", "/dev/null/out"])
def test_an_out_folder_that_cannot_be_written_ends_with_2(
    call: Call, corpus: Path, predictions: Callable[..., Path], command: str, out: str
) -> None:
    Path("taken").write_text("a file in the way", encoding="utf-8")
    more = ("-m", "lexicon")
    if command == "score":
        more = ("-p", str(predictions({"id": "A", "mentions": []})))
    done = call(command, corpus, *more, "-o", out, "-q")
    assert done.status == 2
    assert "cannot be written" in done.err.splitlines()[-1]
    assert Path("taken").read_text(encoding="utf-8") == "a file in the way"


@pytest.mark.parametrize(
    "name", ["predictions/lexicon.jsonl", "run.log.json", "store.sqlite", "report.html"]
)
def test_a_folder_in_the_place_of_a_file_is_named(call: Call, corpus: Path, name: str) -> None:
    (Path("out") / name / "full").mkdir(parents=True)
    done = call("run", corpus, "-m", "lexicon", "-o", "out", "-q")
    assert done.status == 2
    assert done.err.splitlines() == [f"nerbench: out/{name}: cannot be written: Is a directory"]
    assert not list(Path("out").rglob("*.part"))


# --- intervals, tests and strata


def test_the_seed_is_that_of_the_intervals_and_in_the_signature(call: Call, tmp_path: Path) -> None:
    for at in range(12):
        names = "STAT3 and TP53" if at % 3 else "STAT3 or MYC"
        text = record(f"F{at:02}", names, "STAT3", "TP53", *(["KRAS"] if at % 2 else []))
        (tmp_path / f"{at}.md").write_text(text, encoding="utf-8")
    for seed in ("0", "5"):
        assert call("run", tmp_path, "-m", "lexicon", "-o", seed, "-q", "--seed", seed).status == 0
    rows = [micro(Path(seed)) for seed in ("0", "5")]
    assert rows[0]["recall"] == rows[1]["recall"]
    low, high = rows[0]["ci95"]["recall"]
    assert low < rows[0]["recall"] < high
    assert rows[0]["ci95"] != rows[1]["ci95"]
    assert json.loads(Path("5/summary.json").read_text(encoding="utf-8"))["seed"] == 5
    report = Path("5/report.md").read_text(encoding="utf-8")
    assert "|seed:5" in report
    assert f"**{rows[1]['recall']:.3f}** [{rows[1]['ci95']['recall'][0]:.2f}, " in report


def test_too_few_figures_for_an_interval_are_said_to_be(call: Call, corpus: Path) -> None:
    assert call("run", corpus, "-m", "lexicon", "-o", "out", "-q").status == 0
    assert set(micro(Path("out"))["ci95"].values()) == {None}
    report = Path("out/report.md").read_text(encoding="utf-8")
    assert "too few figures (fewer than 10)" in report


def test_report_builds_the_reports_again_from_a_run_alone(call: Call, corpus: Path) -> None:
    assert call("run", corpus, "-m", "lexicon", "-o", "out", "-q").status == 0
    before = {name: Path("out", name).read_bytes() for name in ("report.html", "report.md")}
    for name in before:
        Path("out", name).unlink()
    done = call("report", "out", "--multiqc")
    assert (done.status, done.err) == (0, "")
    assert "out/report.html" in done.out
    assert {name: Path("out", name).read_bytes() for name in before} == before
    assert "plot_type" in json.loads(Path("out/nerbench_mqc.json").read_text(encoding="utf-8"))


def test_report_of_a_folder_that_is_no_run_ends_with_2(call: Call) -> None:
    done = call("report", "nowhere")
    assert done.status == 2
    assert done.said == "nowhere: is no folder of a run: it has no summary.json"


@pytest.mark.parametrize("command", ["run", "score"])
def test_scores_are_broken_down_by_any_column_of_figures_tsv(
    call: Call, corpus: Path, predictions: Callable[..., Path], command: str
) -> None:
    file = predictions({"id": "A", "mentions": [mention(0, "STAT3")]})
    source = ["-m", "lexicon"] if command == "run" else ["-p", file]
    columns = ["--by", "names", "--by", "title"]
    assert call(command, corpus, *source, "-o", "out", "-q", *columns).status == 0
    data = json.loads(Path("out/summary.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(summary_schema()).validate(data)
    found = {row["column"] for row in data["strata"]}
    assert found >= {"names", "title", "year", "journal", "caption_length"}
    assert "By `names`:" in Path("out/report.md").read_text(encoding="utf-8")


def test_an_unknown_column_ends_with_2_before_anything_is_run(call: Call, corpus: Path) -> None:
    done = call("run", corpus, "-m", "lexicon", "-o", "out", "--by", "colour")
    assert done.status == 2
    assert done.said.startswith("figures.tsv has no column 'colour': use figid, model, scope")
    assert not Path("out").exists()


# --- compare


def test_runs_are_compared_as_one_run_of_all_their_models(
    call: Call, corpus: Path, pipeline: Path
) -> None:
    for name, model in (("one", "lexicon"), ("two", pipeline)):
        assert call("run", corpus, "-m", model, "-o", name, "-q").status == 0
    assert call("run", corpus, "-m", "lexicon", "-m", pipeline, "-o", "both", "-q").status == 0
    done = call("compare", "two", "one", "-o", "side by side")
    assert (done.status, done.err.count("skipped")) == (0, 2)
    assert done.out.index("lexicon") < done.out.index("only_stat3")  # the better one first
    found, expected = (
        json.loads(Path(name, "summary.json").read_text(encoding="utf-8"))
        for name in ("side by side", "both")
    )
    jsonschema.Draft202012Validator(summary_schema()).validate(found)
    assert [run["run"] for run in found.pop("joined")["runs"]] == ["two", "one"]
    assert expected.pop("joined") is None
    assert found == expected
    report = Path("side by side/report.md").read_text(encoding="utf-8")
    assert "## The runs compared" in report
    assert "## Model against model" in report


def test_runs_over_different_corpora_are_refused_unless_told_to(call: Call, corpus: Path) -> None:
    assert call("run", corpus, "-m", "lexicon", "-o", "all", "-q").status == 0
    assert call("run", corpus, "-m", "lexicon", "-o", "some", "-q", "--limit", "2").status == 0
    done = call("compare", "all", "some", "-o", "out")
    assert done.status == 2
    assert done.said.startswith("the runs differ in corpus (3 figures, digest ")
    assert "some lacks 1 figure of the other runs: C; --anyway compares" in done.said
    assert not Path("out").exists()
    done = call("compare", "all", "some", "-o", "out", "--anyway")
    assert done.status == 0
    assert "some lacks 1 figure of the other runs: C" in done.err
    assert micro(Path("out"), model="lexicon (some)") == (
        micro(Path("some"), model="lexicon") | {"model": "lexicon (some)"}
    )
    assert call("compare", "all", "some", "-o", "out", "--anyway", "-q") == Finished(0, "", "")


def test_a_comparison_that_misses_a_threshold_ends_with_1(call: Call, corpus: Path) -> None:
    assert call("run", corpus, "-m", "lexicon", "-o", "one", "-q").status == 0
    done = call("compare", "one", "-o", "out", "-q", "--min-recall", "0.8")
    assert (done.status, done.said) == (1, "lexicon: recall is 0.7500, below 0.8")


def test_a_folder_without_a_run_cannot_be_compared(call: Call, corpus: Path) -> None:
    done = call("compare", corpus, "-o", "out")
    assert (done.status, done.said) == (
        2,
        f"{corpus}: is no folder of a run: it has no summary.json",
    )


def test_a_comparison_does_not_overwrite_a_run(call: Call, corpus: Path) -> None:
    assert call("run", corpus, "-m", "lexicon", "-o", "one", "-q").status == 0
    done = call("compare", "one", "-o", "one")
    assert (done.status, done.said) == (2, "one: holds one of the runs; give another --out")


# --- predict and score


def test_predictions_of_a_model_are_scored_as_the_model(call: Call, corpus: Path) -> None:
    assert call("predict", corpus, "-m", "lexicon", "-o", "new/p.jsonl", "-q") == Finished(
        0, "", ""
    )
    assert call("score", corpus, "-p", "new/p.jsonl", "-o", "scored", "-q").status == 0
    assert call("run", corpus, "-m", "lexicon", "-o", "ran", "-q").status == 0
    same = {**micro(Path("scored")), "model": "lexicon"}
    assert same == micro(Path("ran"))
    written = Path("ran/predictions/lexicon.jsonl").read_bytes()
    assert Path("new/p.jsonl").read_bytes() == written


def test_predict_writes_to_standard_output_nothing_but_lines(call: Call, corpus: Path) -> None:
    done = call("predict", corpus, "-m", "lexicon", "-o", "-")
    assert done.status == 0
    entries = [json.loads(line) for line in done.out.splitlines()]
    assert [entry["id"] for entry in entries] == ["A", "B", "C"]
    assert entries[0]["mentions"][0] == {"start": 0, "end": 5, "text": "STAT3", "label": "GENE"}
    assert entries[2]["mentions"] == []
    assert len(done.err.splitlines()) == 2  # the two files that are no record


def test_predict_of_nothing_leaves_no_file(call: Call) -> None:
    Path("empty").mkdir()
    done = call("predict", "empty", "-m", "lexicon", "-o", "p.jsonl")
    assert done.status == 2
    assert "holds no PFOCR record" in done.said
    assert [path.name for path in Path().iterdir()] == ["empty"]


@pytest.mark.parametrize("out", ["taken/p.jsonl", "folder"])
def test_predict_to_where_nothing_can_be_written_ends_with_2(
    call: Call, corpus: Path, out: str
) -> None:
    Path("taken").write_text("a file in the way", encoding="utf-8")
    Path("folder/full").mkdir(parents=True)
    done = call("predict", corpus, "-m", "lexicon", "-o", out, "-q")
    assert done.status == 2
    assert "cannot be written" in done.said


def test_predict_with_a_model_that_cannot_be_loaded_ends_with_an_error(
    call: Call, corpus: Path
) -> None:
    Path("absent.yaml").write_text("kind: spacy\nsource: en_absent\n", encoding="utf-8")
    done = call("predict", corpus, "-m", "absent.yaml", "-o", "p.jsonl")
    assert done.status in (1, 2)
    assert "'en_absent' cannot be loaded" in done.said
    assert not Path("p.jsonl").exists()


def test_several_files_of_predictions_are_scored_together(
    call: Call, corpus: Path, predictions: Callable[..., Path]
) -> None:
    one = predictions({"id": "A", "mentions": [mention(0, "STAT3")]}, name="one.jsonl")
    two = predictions({"id": "B", "mentions": [mention(0, "TP53", score=0.5)]}, name="two.jsonl")
    done = call("score", corpus, "-p", one, "-p", two, "-o", "out")
    assert done.status == 0
    assert micro(Path("out"), model="one")["recovered"] == 1
    assert micro(Path("out"), model="two")["recovered"] == 1
    genes = pl.read_parquet("out/genes.parquet")
    assert genes.filter(pl.col("outcome") == "recovered")["symbol"].to_list() == ["STAT3", "TP53"]


def test_two_files_of_one_name_are_refused(
    call: Call, corpus: Path, predictions: Callable[..., Path]
) -> None:
    paths = [predictions({"id": "A", "mentions": []}, name=f"{n}/p.jsonl") for n in "xy"]
    done = call("score", corpus, "-p", paths[0], "-p", paths[1])
    assert done.status == 2
    assert "two models are called 'p'" in done.said


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (mention(900, "TP53"), "past the caption's 20 characters"),
        (mention(0, "STAT5"), "differs from the caption, which has 'STAT3'"),
        (mention(-3, "STAT3"), "has offsets -3-2"),
        ({"start": 0, "end": 5}, "text is a string"),
    ],
)
def test_a_bad_mention_is_reported_and_the_others_are_scored(
    call: Call, corpus: Path, predictions: Callable[..., Path], bad: Any, reason: str
) -> None:
    path = predictions({"id": "A", "mentions": [bad, mention(12, "VEGFA")]})
    done = call("score", corpus, "-p", path, "-o", "out", "-q")
    assert done.status == 1
    assert f"{path}:1: figure A: " in done.said
    assert reason in done.said
    assert micro(Path("out"))["recovered"] == 1
    assert reason.split(",", maxsplit=1)[0] in Path("out/summary.json").read_text(encoding="utf-8")


def test_many_bad_mentions_do_not_flood_the_terminal(
    call: Call, corpus: Path, predictions: Callable[..., Path]
) -> None:
    path = predictions({"id": "A", "mentions": [mention(n, "wrong") for n in range(100)]})
    done = call("score", corpus, "-p", path, "-o", "out", "-q")
    assert done.status == 1
    assert len(done.err.splitlines()) == 21
    assert "80 more problems" in done.err
    data = json.loads(Path("out/summary.json").read_text(encoding="utf-8"))
    assert len(data["models"][0]["problems"]) == 100


def test_predictions_for_unknown_figures_are_said_and_the_others_scored(
    call: Call, corpus: Path, predictions: Callable[..., Path]
) -> None:
    entries = [{"id": figid, "mentions": []} for figid in ("A", "X1", "X2")]
    done = call("score", corpus, "-p", predictions(*entries), "-o", "out")
    assert done.status == 0
    assert "2 predicted figures are not in the corpus: X1, X2" in done.err
    assert "2 figures of the corpus have no prediction" in done.err


def test_predictions_for_unknown_figures_only_end_with_2(
    call: Call, corpus: Path, predictions: Callable[..., Path]
) -> None:
    done = call("score", corpus, "-p", predictions({"id": "X", "mentions": []}), "-o", "out")
    assert done.status == 2
    assert "none of its figures is in the corpus" in done.said
    assert not Path("out/summary.json").exists()


@pytest.mark.parametrize("content", [b"", b"not json\n", bytes(range(256)), None])
def test_an_unusable_file_of_predictions_ends_with_2(
    call: Call, corpus: Path, content: bytes | None
) -> None:
    if content is not None:
        Path("p.jsonl").write_bytes(content)
    done = call("score", corpus, "-p", "p.jsonl")
    assert done.status == 2
    assert done.said.startswith("p.jsonl: ")


# --- explain, models, lexicon, corpus


def test_explain_shows_the_caption_hits_and_misses(call: Call) -> None:
    done = call("explain", SEED_ID)
    assert (done.status, done.err) == (0, "")
    assert "Activation of the IL-6/STAT3 signaling pathway" in done.out
    assert "JAK1 (human)" in done.out
    assert "not-in-caption" in done.out
    assert "gene-not-in-figure" in done.out


def test_explain_marks_a_caption_where_there_is_no_colour(call: Call) -> None:
    Path("A.md").write_text(record("A", "STAT3 binds MYC near X", "STAT3"), encoding="utf-8")
    lines = call("explain", "A", "A.md", "-m", "lexicon").out.splitlines()
    at = lines.index("STAT3 binds MYC near X")
    assert lines[at + 1] == "+++++       ---"
    assert "+ hit  - hits nothing  ? named but missed" in lines


def test_explain_tells_identifiers_and_whether_the_text_agrees(call: Call) -> None:
    Path("A.md").write_text(record("A", "STAT3 binds MYC and TP53", "STAT3"), encoding="utf-8")
    mentions = [
        {"start": 0, "end": 5, "text": "STAT3", "ids": ["6774"]},
        {"start": 12, "end": 15, "text": "MYC", "ids": ["3569"]},
        {"start": 20, "end": 24, "text": "TP53"},
    ]
    Path("p.jsonl").write_text(json.dumps({"id": "A", "mentions": mentions}), encoding="utf-8")
    Path("linked.yaml").write_text("name: linked\nkind: predictions\nsource: p.jsonl\n")
    out = call("explain", "A", "A.md", "-m", "linked.yaml").out
    assert "9606:6774 – the text agrees" in out
    assert "9606:3569 – the text disagrees" in out
    assert "identifiers" not in call("explain", "A", "A.md", "-m", "lexicon").out


def test_explain_follows_model_organism_and_level(call: Call, corpus: Path, pipeline: Path) -> None:
    done = call("explain", "A", corpus, "-m", pipeline, "--organism", "human", "--level", "symbol")
    assert done.status == 0
    assert "names found (1), level symbol" in done.out
    assert "1 of 2 recovered" in done.out
    assert "not-detected" in done.out


def test_explain_shows_a_caption_of_markup_as_it_is(call: Call) -> None:
    text = "STAT3 [bold]x[/bold] [/nothing] and [link=y]"
    Path("A.md").write_text(record("A", f"'{text}'", "STAT3"), encoding="utf-8")
    assert text in call("explain", "A", "A.md", "-m", "lexicon").out


def test_explain_of_a_figure_without_a_caption_works(call: Call, corpus: Path) -> None:
    done = call("explain", "C", corpus, "-m", "lexicon")
    assert done.status == 0
    assert "no caption" in done.out


def test_explain_of_an_unknown_figure_ends_with_2(call: Call, corpus: Path) -> None:
    done = call("explain", "Z", corpus, "-m", "lexicon")
    assert done.status == 2
    assert "no figure 'Z' among the 3 of" in done.said


def test_models_list_names_every_card(call: Call) -> None:
    done = call("models", "list")
    assert done.status == 0
    assert "default" in done.out
    assert "lexicon" in done.out


def test_models_show_prints_a_card_that_can_be_used_again(call: Call) -> None:
    done = call("models", "show", "lexicon")
    assert done.status == 0
    Path("again.yaml").write_text(done.out, encoding="utf-8")
    assert load_recognizer("again.yaml").name == "lexicon"


def test_models_show_of_an_unknown_name_ends_with_2(call: Call) -> None:
    done = call("models", "show", "nobody")
    assert done.status == 2
    assert "unknown model 'nobody'" in done.said


def test_lexicon_info_states_size_source_date_and_licence(call: Call) -> None:
    done = call("lexicon", "info")
    assert done.status == 0
    for word in ("Homo sapiens (9606)", "Drosophila melanogaster (7227)", "HGNC", "NCBI Gene"):
        assert word in done.out
    for word in ("FamPlex", "CC0", "public domain", "2026-"):
        assert word in done.out


@pytest.mark.parametrize(
    ("arguments", "present", "absent"),
    [
        (("p53",), ("TP53", "p53", "7157"), ()),
        (("JAK", "--organism", "human"), ("JAK1", "TYK2"), ("hop", "fly")),
        (("MMP2/9",), ("MMP2", "MMP9", "Mmp2"), ()),
        (("no gene at all",), ("-",), ("TP53",)),
    ],
)
def test_lexicon_lookup_shows_what_a_name_can_mean(
    call: Call, arguments: tuple[str, ...], present: Sequence[str], absent: Sequence[str]
) -> None:
    done = call("lexicon", "lookup", *arguments)
    assert done.status == 0
    assert [word for word in present if word not in done.out] == []
    assert [word for word in absent if word in done.out] == []


RULES = "taxon: 10090\nlabel: mouse\nname: Mus musculus\nsymbol_case: false\n"
GENE_INFO = (
    "#tax_id\tGeneID\tSymbol\tLocusTag\tSynonyms\tdbXrefs\tchromosome\tmap_location\tdescription\t"
    "type_of_gene\tSymbol_from_nomenclature_authority\tFull_name_from_nomenclature_authority\t"
    "Nomenclature_status\tOther_designations\tModification_date\tFeature_type\n"
    "10090\t14828\tHspa5\t-\tBip|Grp78\t-\t2\t-\theat shock protein 5\tprotein-coding\tHspa5\t"
    "heat shock protein 5\tO\t-\t20260101\t-\n"
)


def test_lexicon_build_makes_a_third_organism_that_a_run_knows(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("mouse.yaml").write_text(RULES, encoding="utf-8")
    Path("mouse.gene_info").write_text(GENE_INFO, encoding="utf-8")
    done = call(
        "lexicon", "build", "--rules", "mouse.yaml", "--ncbi", "mouse.gene_info", "-o", "lex"
    )
    assert done.status == 0, done.err
    assert "10090: 1 genes" in done.out
    monkeypatch.setenv("NERBENCH_LEXICON_PATH", "lex")
    assert "mouse: Mus musculus (10090)" in call("lexicon", "info").out
    assert "Hspa5" in call("lexicon", "lookup", "GRP78", "--organism", "mouse").out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "which organism?"),
        (("--organism", "human"), "nothing to build from"),
        (("--organism", "martian"), "unknown organism 'martian'"),
        (("--rules", "gone.yaml", "--ncbi", "gone"), "gone.yaml"),
        (("--organism", "human", "--ncbi", "gone.gz"), "gone.gz"),
        (("--organism", "human", "--hgnc", "blob"), "blob"),
        (("--organism", "human", "--ncbi", "blob"), "blob"),
        (("--organism", "fly", "--flybase", "blob"), "blob"),
        (("--organism", "human", "--famplex", "blob", "--hgnc", "blob"), "blob"),
    ],
)
def test_lexicon_build_from_nothing_usable_ends_with_2(
    call: Call, arguments: tuple[str, ...], reason: str
) -> None:
    Path("blob").write_bytes(bytes(range(256)) * 4)
    done = call("lexicon", "build", "-o", "lex", *arguments)
    assert done.status == 2
    assert reason in done.said


def test_a_lexicon_path_that_is_not_there_ends_with_2(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NERBENCH_LEXICON_PATH", "nowhere")
    done = call("lexicon", "info")
    assert done.status == 2
    assert "nowhere: no such folder" in done.said


def test_corpus_info_counts_what_a_corpus_holds(call: Call, corpus: Path) -> None:
    done = call("corpus", "info", corpus, SEEDS)
    assert done.status == 0
    facts = dict(line.rsplit(maxsplit=1) for line in done.out.splitlines()[:8])
    assert facts["figures"] == "4"
    assert facts["with a caption"] == "3"
    assert facts["curated genes"] == "60"
    assert facts["skipped"] == "2"
    assert "truncated.md: line 4" in done.out


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Quiet."""


def test_corpus_download_fetches_an_archive_that_can_be_run(
    call: Call, corpus: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    shutil.make_archive(str(site / "main"), "zip", corpus)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/main.zip"
        done = call("corpus", "download", "pfocr", "new/folder", "--url", url)
        again = call("corpus", "download", "pfocr", "new/folder", "--url", url)
        missing = call("corpus", "download", "pfocr", "other", "--url", url + ".gone")
        server.shutdown()
    assert (done.status, done.err) == (0, "")
    assert "pfocr.zip: done" in done.out
    assert (again.status, "was here already" in again.out) == (0, True)
    assert (missing.status, "the server answers 404" in missing.said) == (2, True)
    assert call("run", "new/folder/pfocr.zip", "-m", "lexicon", "-o", "out", "-q").status == 0
    assert micro(Path("out"))["recovered"] == 3


def test_corpus_download_of_another_corpus_ends_with_2(call: Call) -> None:
    done = call("corpus", "download", "pubmed", "here")
    assert done.status == 2
    assert "unknown corpus 'pubmed'" in done.said


def test_corpus_download_that_cannot_reach_its_server_ends_with_2(call: Call) -> None:
    done = call("corpus", "download", "pfocr", "here", "--url", "http://127.0.0.1:9/pfocr.zip")
    assert done.status == 2
    assert "the connection failed" in done.said


def test_an_interruption_says_so_and_ends_with_130(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("nerbench.engine.execute.corpus_info", interrupt)
    done = call("corpus", "info", SEEDS)
    assert done.status == 130
    assert "Traceback" not in done.err


# --- a failing recognizer does not spoil another (Python API)


class Custom:
    """A recognizer of the user's own."""

    fingerprint = "mine"

    def __init__(self, name: str, found: Callable[[str], list[Mention]]) -> None:
        self.name = name
        self._found = found

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        return map(self._found, texts)


class TooFew(Custom):
    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        return (self._found(text) for text in list(texts)[:-1])


def nothing(_: str) -> list[Mention]:
    return []


def raises(text: str) -> list[Mention]:
    raise ValueError(f"cannot tag {text}")


def exits(_: str) -> list[Mention]:
    sys.exit(3)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (Custom("bad", raises), "ValueError: cannot tag STAT3 turns VEGFA on"),
        (Custom("bad", lambda _: [Mention(0, 5, "STAT5")]), "wrong offsets in figure A"),
        (Custom("bad", lambda _: [Mention(90, 95, "STAT3")]), "wrong offsets in figure A"),
        (TooFew("bad", nothing), "yielded 2 lists of mentions for 3 captions"),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_a_failing_recognizer_does_not_spoil_another(
    corpus: Path, bad: Custom, reason: str, order: int
) -> None:
    good = load_recognizer("lexicon")
    alone = evaluate(open_corpus(corpus), good)
    both = evaluate(open_corpus(corpus), [bad, good][::order])
    assert both.scores == alone.scores
    failures = {model.name: model.failure for model in both.models}
    assert failures["lexicon"] is None
    assert reason in str(failures["bad"])


def test_a_recognizer_that_fails_late_leaves_no_rows_behind() -> None:
    figures = [Figure(f"F{n}", caption=f"STAT3 {n}") for n in range(600)]

    def late(text: str) -> list[Mention]:
        return raises(text) if text == "STAT3 599" else [Mention(0, 5, "STAT3")]

    found = evaluate(figures, [Custom("late", late), Custom("good", nothing)], organism="human")
    assert found.models[0].failure is not None
    assert {row.model for row in found.scores} == {"good"}
    for rows in (found.figure_rows, found.name_rows, found.gene_rows):
        assert {row["model"] for row in rows} <= {"good"}


def test_a_recognizer_that_exits_does_not_end_the_run(corpus: Path) -> None:
    try:
        found = evaluate(open_corpus(corpus), [Custom("bad", exits), Custom("good", nothing)])
    except SystemExit:
        pytest.fail("SystemExit went through evaluate")
    assert found.models[0].failure is not None
    assert {row.model for row in found.scores} == {"good"}


@pytest.mark.parametrize(
    "arguments", [{"organism": "martian"}, {"level": "loose"}, {"level": "SYMBOL"}]
)
def test_the_python_api_refuses_what_it_does_not_know(
    corpus: Path, arguments: dict[str, Any]
) -> None:
    with pytest.raises(NerbenchError, match="unknown"):
        evaluate(open_corpus(corpus), Custom("good", nothing), **arguments)


def test_two_recognizers_of_one_name_are_refused(corpus: Path) -> None:
    with pytest.raises(NerbenchError, match="two models are called 'x'"):
        evaluate(open_corpus(corpus), [Custom("x", nothing), Custom("x", nothing)])


def test_no_figure_at_all_is_an_error() -> None:
    with pytest.raises(NerbenchError, match="no PFOCR record"):
        evaluate([], Custom("x", nothing))


def test_predictions_go_to_a_device_and_leave_it_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True) as reader:
        command = ["predict", "seeds", "--model", "lexicon", "--out", str(pipe)]
        subprocess.run([sys.executable, "-m", "nerbench", *command], check=True)
        out, _ = reader.communicate(timeout=60)
    assert json.loads(out)["mentions"]
    assert pipe.is_fifo()


def test_predictions_of_an_earlier_run_do_not_stay(tmp_path: Path) -> None:
    for name in ("default", "lexicon"):
        command = ["run", "--model", name, "--out", str(tmp_path), "--quiet"]
        subprocess.run([sys.executable, "-m", "nerbench", *command], check=True)
    assert [path.name for path in (tmp_path / "predictions").iterdir()] == ["lexicon.jsonl"]
