"""Programs as recognizers, tested with real processes and their faults."""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from nerbench import NerbenchError, load_recognizer
from nerbench.errors import RecognizerError
from nerbench.recognizers.external.command import CommandCard, CommandRecognizer
from nerbench.recognizers.predictor import RecognizerPredictor
from nerbench.recognizers.registry import find_card, read_card
from nerbench.records import Figure

TAGGER = """
    import json, re, sys
    for line in sys.stdin:
        text = json.loads(line)["text"]
        print(json.dumps({"mentions": [
            {"start": m.start(), "end": m.end(), "text": m.group()}
            for m in re.finditer(r"IL-6|STAT3", text)]}))
"""

Make = Callable[..., CommandRecognizer]


def write(folder: Path, name: str, body: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(body), encoding="utf-8")
    return path


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """A recognizer of a Python program; its process ends with the test."""
    made = []

    def make(body: str, **fields: Any) -> CommandRecognizer:
        write(tmp_path, "tagger.py", body)
        about = {"command": [sys.executable, "tagger.py"], "folder": str(tmp_path)}
        about |= {"start_timeout": 60, "timeout": 60} | fields
        recognizer = CommandCard(name="mine", kind="command", **about).load()
        made.append(recognizer)
        return recognizer

    yield make
    for recognizer in made:
        recognizer.close()


def failure(recognizer: CommandRecognizer, *texts: str) -> str:
    """The one line that a recognizer fails with."""
    with pytest.raises(RecognizerError) as failed:
        list(recognizer.recognize(texts or ["IL-6 activates STAT3"]))
    line = str(failed.value)
    assert "\n" not in line
    assert line.startswith("mine: the program ")
    return line


def texts_of(recognizer: CommandRecognizer, *texts: str) -> list[list[str]]:
    return [[m.text for m in mentions] for mentions in recognizer.recognize(texts)]


def is_gone(pid: int) -> bool:
    """Whether a process is neither running nor a zombie, within a minute."""
    for _ in range(6000):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        state = Path(f"/proc/{pid}/stat")
        if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
            parent = int(state.read_text().rpartition(")")[2].split()[1])
            if parent != os.getpid():
                return True  # its parent must reap it
        time.sleep(0.01)
    return False


# --- mentions


def test_mentions_come_in_the_order_of_the_captions(make: Make) -> None:
    texts = [f"{number} IL-6" if number % 3 else "none" for number in range(100)]
    expected = [["IL-6"] if number % 3 else [] for number in range(100)]
    assert texts_of(make(TAGGER), *texts) == expected


def test_scores_ids_and_labels_are_kept(make: Make) -> None:
    recognizer = make("""
        print('{"mentions": [{"start": 0, "end": 4, "text": "IL-6", "label": "Gene",'
              ' "score": 0.5, "ids": ["9606:3569"]}]}')
        input()
    """)
    ((mention,),) = recognizer.recognize(["IL-6"])
    assert (mention.label, mention.score, mention.ids) == ("Gene", 0.5, ("9606:3569",))


def test_labels_of_other_things_are_left_out_and_noted(make: Make) -> None:
    body = """
        import sys
        for line in sys.stdin:
            print('{"mentions": [{"start": 0, "end": 4, "label": "Cytokine"},'
                  ' {"start": 5, "end": 8, "label": "cell"}]}')
    """
    recognizer = make(body, labels=("cytokine",))
    assert texts_of(recognizer, "IL-6 CD4") == [["IL-6"]]
    (note,) = RecognizerPredictor(recognizer).notes()
    assert "mine: " in note
    assert "cell (1)" in note
    assert texts_of(make(body), "IL-6 CD4") == [[]]
    assert texts_of(make(body, labels=()), "IL-6 CD4") == [[]]


def test_no_caption_starts_no_program(make: Make, tmp_path: Path) -> None:
    recognizer = make("open('started', 'w')")
    assert list(recognizer.recognize([])) == []
    assert not (tmp_path / "started").exists()


def test_a_generator_of_captions_is_read_only_a_little_ahead(make: Make) -> None:
    read = 0

    def captions() -> Iterator[str]:
        nonlocal read
        for _ in range(1000):
            read += 1
            yield "IL-6"

    found = make(TAGGER).recognize(captions())
    assert len(next(found)) == 1
    assert read < 50
    found.close()  # type: ignore[attr-defined]


def test_one_process_serves_all_batches(make: Make) -> None:
    recognizer = make("""
        import json, os, sys
        for line in sys.stdin:
            print(json.dumps({"mentions": [], "pid": os.getpid()}))
            print(os.getpid(), file=open("pids", "a"))
    """)
    for _ in range(3):
        assert texts_of(recognizer, "a", "b") == [[], []]
    pids = (Path(recognizer._card.folder) / "pids").read_text().split()
    assert (len(pids), len(set(pids))) == (6, 1)


def test_two_readers_at_a_time_do_not_mix(make: Make) -> None:
    recognizer = make(TAGGER)
    pairs = zip(recognizer.recognize(["IL-6"] * 40), recognizer.recognize(["x"] * 40), strict=True)
    assert [(len(a), len(b)) for a, b in pairs] == [(1, 0)] * 40


def test_big_captions_and_much_standard_error_do_not_deadlock(make: Make) -> None:
    recognizer = make("""
        import json, sys
        for line in sys.stdin:
            text = json.loads(line)["text"]
            sys.stderr.write("x" * 300_000)
            print(json.dumps({"mentions": [], "echo": text}))
    """)
    assert texts_of(recognizer, *["IL-6 " * 100_000] * 20) == [[]] * 20


@pytest.mark.parametrize("unit", ["code-points", "utf-8", "utf-16"])
def test_offsets_of_any_unit_find_the_same_spans(make: Make, unit: str) -> None:
    recognizer = make(
        f"""
        import json, re, sys
        sizes = {{"code-points": len, "utf-8": lambda t: len(t.encode()),
                 "utf-16": lambda t: len(t.encode("utf-16-le")) // 2}}
        size = sizes["{unit}"]
        for line in sys.stdin:
            text = json.loads(line)["text"]
            print(json.dumps({{"mentions": [
                {{"start": size(text[:m.start()]), "end": size(text[:m.end()]), "text": m.group()}}
                for m in re.finditer("IL-6|TGF-β\\u0301?1", text)]}}))
        """,
        offsets=unit,
    )
    text = "🧬🧬 e\u0301 IL-6\r\n👩\u200d🔬 TGF-β\u03011, \U0001d6fc IL-6"
    (mentions,) = recognizer.recognize([text])
    assert [m.text for m in mentions] == ["IL-6", "TGF-β\u03011", "IL-6"]
    for mention in mentions:
        mention.check(text)


# --- faults


def test_wrong_unit_is_named(make: Make) -> None:
    recognizer = make("""
        print('{"mentions": [{"start": 3, "end": 7, "text": "IL-6"}]}')
    """)
    message = failure(recognizer, "🧬 IL-6 and more")
    assert "'IL-6' at 3-7" in message
    assert "offsets: utf-16" in message


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ('{"mentions": [{"start": 0, "end": 99}]}', "no span of a text of 20"),
        ('{"mentions": [{"start": -1, "end": 3}]}', "no span"),
        ('{"mentions": [{"start": 4, "end": 4}]}', "no span"),
        ('{"mentions": [{"start": 0, "end": 3, "text": "IL-6"}]}', "after the mention"),
        ('{"mentions": [{"start": "0", "end": 3}]}', "start is an integer, not '0'"),
        ('{"mentions": [{"start": true, "end": 3}]}', "start is an integer"),
        ('{"mentions": [{"start": 0}]}', "end is an integer, not None"),
        ('{"mentions": [{"start": 0, "end": 4, "text": 4}]}', "text is a string"),
        ('{"mentions": [{"start": 0, "end": 4, "score": "1"}]}', "score is a finite number"),
        (
            '{"mentions": [{"start": 0, "end": 4, "score": NaN}]}',
            "score is a finite number, not nan",
        ),
        ('{"mentions": [{"start": 0, "end": 4, "ids": {}}]}', "ids are a list"),
        ('{"mentions": [{"start": 4, "end": 5}]}', "white space only"),
        ('{"mentions": [7]}', "a mention is an object, not 7"),
        ('{"mentions": {"start": 0}}', "mentions are a list"),
        ('{"entities": []}', 'without "mentions": '),
        ("[]", 'without "mentions"'),
        ("", "no JSON"),
        ('{"mentions": ', 'no JSON: \'{"mentions":'),
        ("[" * 100_000, "no JSON"),
        ("\\xff\\x00", "no JSON"),
        ('{"id": 7, "mentions": []}', "id 7 where 0 was the next"),
    ],
)
def test_a_wrong_answer_is_named(make: Make, answer: str, reason: str) -> None:
    assert reason in failure(make(f"input(); print('''{answer}''', end='\\n'); input()"))


def test_a_banner_on_standard_output_is_explained(make: Make) -> None:
    message = failure(make("print('Tagger 1.0 ready')\n" + dedent(TAGGER)))
    assert "'Tagger 1.0 ready'" in message
    assert "standard error" in message


def test_exit_is_reported_with_its_status_and_last_errors(make: Make) -> None:
    message = failure(
        make("""
        import sys
        input()
        print("loading", file=sys.stderr)
        raise SystemExit("no model\\n  in /here")
    """)
    )
    assert "ended with exit status 1" in message
    assert "loading | no model | in /here" in message
    assert "'IL-6 activates STAT3'" in message


def test_exit_in_the_middle_is_reported_with_the_caption_that_it_broke_on(make: Make) -> None:
    recognizer = make("""
        import os
        for _ in range(3):
            input(); print('{"mentions": []}')
        os._exit(7)
    """)
    found = recognizer.recognize(f"caption {number}" for number in range(50))
    assert [next(found) for _ in range(3)] == [[]] * 3
    with pytest.raises(RecognizerError, match=r"exit status 7.*'caption 3'"):
        next(found)


def test_a_program_that_ends_between_batches_is_reported(make: Make) -> None:
    recognizer = make("input(); print('{\"mentions\": []}')")
    assert texts_of(recognizer, "one") == [[]]
    assert "ended with exit status 0" in failure(recognizer, "two")


def test_death_by_a_signal_is_named(make: Make) -> None:
    message = failure(make("import os; os.kill(os.getpid(), 9)"))
    assert "killed by SIGKILL (out of memory?)" in message
    assert "killed by SIGSEGV" in failure(make("import os; os.kill(os.getpid(), 11)"))


def test_a_closed_standard_output_is_named(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nerbench.recognizers.external.line_process._EXIT_TIMEOUT", 0.1)
    message = failure(make("import os, time; os.close(1); time.sleep(60)"))
    assert "closed its standard output and goes on" in message


def test_a_program_that_hangs_is_killed_with_its_children(make: Make, tmp_path: Path) -> None:
    recognizer = make(
        """
        import os, subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print(os.getpid(), child.pid, file=open("pids", "w"), flush=True)
        print("thinking", file=sys.stderr)
        print('{"mentions": []}')
        time.sleep(600)
        """,
        timeout=0.5,
    )
    message = failure(recognizer, "one", "two")
    assert "no answer within 0.5 s to 'two'" in message
    assert "field timeout" in message
    assert "thinking" in message
    assert all(is_gone(int(pid)) for pid in (tmp_path / "pids").read_text().split())


def test_a_later_caption_has_the_shorter_time(make: Make) -> None:
    recognizer = make(
        "import time; input(); print('{\"mentions\": []}'); time.sleep(60)", timeout=0.2
    )
    message = failure(recognizer, "one", "two")
    assert "within 0.2 s to 'two'" in message
    assert "field timeout" in message


def test_output_that_is_never_flushed_is_explained(make: Make) -> None:
    recognizer = make(
        """
        import sys
        out = open(1, "w", buffering=1 << 16, closefd=False)
        for line in sys.stdin:
            out.write('{"mentions": []}\\n')
        """,
        start_timeout=0.3,
    )
    message = failure(recognizer)
    assert "flush" in message
    assert "field start_timeout" in message


def test_a_last_line_without_its_end_counts(make: Make) -> None:
    assert texts_of(make("input(); print('{\"mentions\": []}', end='')"), "one") == [[]]


def test_too_many_lines_are_noticed(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nerbench.recognizers.external.command._EXTRA_LINE_TIMEOUT", 60)
    twice = 'import sys\nfor line in sys.stdin: print(\'{"mentions": []}\\n{"mentions": []}\')'
    assert "more lines than it was given captions" in failure(make(twice), "one")
    assert "more lines than it was given captions" in failure(make(twice), *["one"] * 100)


def test_a_flood_of_lines_is_noticed(make: Make) -> None:
    assert "more lines" in failure(make("while True: print('{\"mentions\": []}')"), *["one"] * 9)


def test_too_few_lines_are_noticed_by_a_program_that_gives_ids(make: Make) -> None:
    recognizer = make("""
        import json, sys
        for line in sys.stdin:
            given = json.loads(line)
            if given["id"] != 1:
                print(json.dumps({"id": given["id"], "mentions": []}))
    """)
    assert "id 2 where 1 was the next" in failure(recognizer, "a", "b", "c")


def test_a_line_without_end_is_bounded(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nerbench.recognizers.external.line_process._MAX_LINE_SIZE", 1 << 20)
    assert "a line of over 1 MB" in failure(make("while True: print('x' * 9999, end='')"))


def test_a_program_that_does_not_read_is_no_deadlock(make: Make) -> None:
    recognizer = make("import os, time; os.close(0); time.sleep(60)", start_timeout=0.3)
    assert "no answer" in failure(recognizer, *["IL-6 " * 50_000] * 5)
    recognizer = make("import time; time.sleep(60)", start_timeout=0.3)
    assert "no answer" in failure(recognizer, *["IL-6 " * 50_000] * 5)


def test_it_works_again_after_a_failure(make: Make) -> None:
    recognizer = make("""
        import json, sys
        for line in sys.stdin:
            if "bad" in line: raise SystemExit("bad")
            print(json.dumps({"mentions": []}))
    """)
    assert "exit status 1" in failure(recognizer, "bad")
    assert texts_of(recognizer, "good") == [[]]


# --- the end of the process


PID = """
    import os, sys
    print(os.getpid(), file=open("pid", "w"), flush=True)
    for line in sys.stdin: print('{"mentions": []}')
"""


def pid_of(recognizer: CommandRecognizer) -> int:
    return int((Path(recognizer._card.folder) / "pid").read_text())


def test_closing_ends_the_process(make: Make) -> None:
    recognizer = make(PID)
    list(recognizer.recognize(["a"]))
    recognizer.close()
    assert is_gone(pid_of(recognizer))
    recognizer.close()
    assert texts_of(recognizer, "again") == [[]]


def test_a_forgotten_recognizer_ends_its_process(tmp_path: Path) -> None:
    write(tmp_path, "tagger.py", PID)
    card = CommandCard(
        name="mine", kind="command", command=[sys.executable, "tagger.py"], folder=str(tmp_path)
    )
    recognizer = card.load()
    list(recognizer.recognize(["a"]))
    del recognizer
    gc.collect()
    assert is_gone(int((tmp_path / "pid").read_text()))


def test_a_caller_who_stops_reading_ends_the_process(make: Make) -> None:
    recognizer = make(PID)
    found = recognizer.recognize(["a"] * 100)
    next(found)
    found.close()  # type: ignore[attr-defined]
    assert is_gone(pid_of(recognizer))


def test_a_program_that_does_not_end_with_its_input_is_killed(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nerbench.recognizers.external.line_process._EXIT_TIMEOUT", 0.1)
    recognizer = make(PID + "\n    import time; time.sleep(60)\n")
    list(recognizer.recognize(["a"]))
    recognizer.close()
    assert is_gone(pid_of(recognizer))


# --- cards


def card_file(folder: Path, text: str) -> str:
    return str(write(folder, "mine.yaml", text))


def test_a_card_runs_its_program_in_its_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "cards", "tagger.py", TAGGER)
    card = card_file(tmp_path / "cards", f"kind: command\ncommand: {sys.executable} tagger.py\n")
    monkeypatch.chdir(tmp_path)
    recognizer = load_recognizer(card)
    monkeypatch.chdir("/")
    assert [m.text for m in next(recognizer.recognize(["IL-6"]))] == ["IL-6"]


def test_a_program_beside_the_card_needs_no_interpreter(tmp_path: Path) -> None:
    body = f"#!{sys.executable}\n" + dedent(TAGGER)
    program = write(tmp_path, "tag it", body)
    card = card_file(tmp_path, "kind: command\ncommand: ['./tag it']\n")
    with pytest.raises(RecognizerError, match=r"not executable: chmod \+x"):
        load_recognizer(card)
    assert not find_card(card).is_installed
    program.chmod(0o755)
    assert find_card(card).is_installed
    assert len(next(load_recognizer(card).recognize(["IL-6"]))) == 1


def test_no_shell_runs_the_command(tmp_path: Path) -> None:
    write(tmp_path, "tagger.py", "import sys; print(sys.argv[1:], file=sys.stderr)")
    card = card_file(
        tmp_path, f"kind: command\ncommand: {sys.executable} tagger.py $HOME 'a b' ; ls 5\n"
    )
    with pytest.raises(RecognizerError, match=r"\['\$HOME', 'a b', ';', 'ls', '5'\]"):
        next(load_recognizer(card).recognize(["x"]))


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("[no-such-program]", "no program 'no-such-program' on the PATH"),
        ("[tagger.sh]", "beside the card write ./tagger.sh"),
        ("[./gone.sh]", "no program .*gone.sh"),
        ("[/gone/tagger]", "no program /gone/tagger"),
    ],
)
def test_a_missing_program_is_a_clear_error(tmp_path: Path, command: str, reason: str) -> None:
    write(tmp_path, "tagger.sh", "exit 0")
    card = card_file(tmp_path, f"kind: command\ncommand: {command}\n")
    with pytest.raises(RecognizerError, match=reason):
        load_recognizer(card)


def test_a_file_that_is_no_program_is_a_clear_error(tmp_path: Path) -> None:
    write(tmp_path, "tagger", "no program").chmod(0o755)
    recognizer = load_recognizer(card_file(tmp_path, "kind: command\ncommand: [./tagger]\n"))
    with pytest.raises(RecognizerError, match=r"\./tagger cannot be started in .*format"):
        next(recognizer.recognize(["x"]))


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ("command: []", "command"),
        ("command: ''", "command"),
        ('command: "python \'open"', "command: .*closing quotation"),
        ("command: {a: b}", "command"),
        ("x: 1", "command"),
        ("command: [a]\ntimeout: 0", "timeout"),
        ("command: [a]\noffsets: bytes", "offsets"),
        ("command: [a]\nshell: true", "shell"),
    ],
)
def test_a_wrong_card_names_the_field(tmp_path: Path, fields: str, named: str) -> None:
    with pytest.raises(NerbenchError, match=rf"mine\.yaml: field {named}"):
        read_card(Path(card_file(tmp_path, f"kind: command\n{fields}\n")))


def test_numbers_in_a_command_are_words(tmp_path: Path) -> None:
    card = read_card(Path(card_file(tmp_path, "kind: command\ncommand: [tag, --top, 5]\n")))
    assert isinstance(card, CommandCard)
    assert card.command == ("tag", "--top", "5")
    assert card.security_note == "runs the program tag --top 5"


def test_fingerprint_covers_the_card_and_the_files_it_names(tmp_path: Path) -> None:
    write(tmp_path, "tagger.py", TAGGER)
    write(tmp_path, "model/weights", "1")
    base = f"kind: command\ncommand: [{sys.executable}, tagger.py]\n"

    def fingerprint(text: str = base, folder: Path = tmp_path) -> str:
        return load_recognizer(card_file(folder, text)).fingerprint

    first = fingerprint()
    assert fingerprint(base + "timeout: 5\ndescription: mine\n") == first
    assert fingerprint(base + "labels: [X]\n") != first
    with_model = base + "files: [model]\n"
    second = fingerprint(with_model)
    write(tmp_path, "model/weights", "2")
    assert fingerprint(with_model) != second
    assert fingerprint() == first
    copy = tmp_path / "copy"
    write(copy, "tagger.py", TAGGER)
    assert fingerprint(base, copy) == first
    write(tmp_path, "tagger.py", TAGGER + "\n# changed\n")
    assert fingerprint() != first
    with pytest.raises(RecognizerError, match=r"field files: there is no .*gone"):
        fingerprint(base + "files: [gone]\n")


def test_wrong_answers_fail_the_recognizer_in_the_engine(make: Make) -> None:
    figure = Figure("f1", caption="IL-6")
    predictor = RecognizerPredictor(make("print('{}')"))
    with pytest.raises(RecognizerError, match="mine: the program"):
        predictor.predict([figure])


def test_an_interrupt_leaves_no_process(tmp_path: Path) -> None:
    """Ctrl-C as a terminal sends it: to the foreground process group."""
    import subprocess

    write(
        tmp_path,
        "tagger.py",
        """
        import os, time
        print(os.getpid(), file=open("pid", "w"), flush=True)
        os.rename("pid", "pid.done")
        time.sleep(60)
        """,
    )
    card_file(tmp_path, f"kind: command\ncommand: [{sys.executable}, tagger.py]\n")
    script = "import nerbench; next(nerbench.load_recognizer('mine.yaml').recognize(['x']))"
    running = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        # A process in the background of a shell inherits that SIGINT is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    started = tmp_path / "pid.done"
    for _ in range(6000):
        if started.exists():
            break
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGINT)
    running.wait(60)
    assert is_gone(int(started.read_text()))


def test_answers_are_json_whatever_the_caption(make: Make) -> None:
    recognizer = make("""
        import json, sys
        for line in sys.stdin:
            text = json.loads(line)["text"]
            print(json.dumps({"mentions": [{"start": 0, "end": len(text), "text": text}]}))
    """)
    texts = ['"\\', "\u2028\u0085 a", "a\r\nb", "\x00x", "🧬"]
    assert texts_of(recognizer, *texts) == [[text] for text in texts]
