"""Predictions that are kept: what comes back, and what happens when the file is not well."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from fakes import Tagging

from nerbench import Figure, Mention, NerbenchError, evaluate
from nerbench.engine.store import FILE_NAME, PredictionStore
from nerbench.engine.worker import caption_key

MENTIONS = (Mention(0, 4, "IL-6", "GENE", 0.75, ("9606:3569",)), Mention(5, 8, "p53"))


def counting(name: str = "counting", fingerprint: str = "1") -> Tagging:
    """Tags the first four characters, and counts the texts that it reads."""
    return Tagging(name, lambda text: [Mention(0, 4, text[:4])], fingerprint)


FIGURES = [Figure(f"F{n}", f"IL-6 {n}", organisms=("Homo sapiens",)) for n in range(3)]


def test_what_is_kept_comes_back_as_it_was(tmp_path: Path) -> None:
    with PredictionStore(tmp_path) as store:
        store.add({"one": {"a": MENTIONS, "b": ()}})
    with PredictionStore(tmp_path) as store:
        assert store.cached(["one", "two"], ["a", "b", "c"]) == {
            "one": {"a": MENTIONS, "b": ()},
            "two": {},
        }


def test_a_second_run_predicts_nothing(tmp_path: Path) -> None:
    first, second = counting(), counting()
    with PredictionStore(tmp_path) as store:
        before = evaluate(FIGURES, first, store=store)
        after = evaluate(FIGURES, second, store=store, level="symbol")
    assert (first.texts_read, second.texts_read) == (3, 0)
    assert [r.counts for r in before.scores] == [r.counts for r in after.scores]


def test_a_changed_recognizer_predicts_anew(tmp_path: Path) -> None:
    changed = counting(fingerprint="2")
    with PredictionStore(tmp_path) as store:
        evaluate(FIGURES, counting(), store=store)
        evaluate(FIGURES, changed, store=store)
    assert changed.texts_read == 3


def test_a_caption_that_two_figures_share_is_predicted_once() -> None:
    one = counting()
    evaluate([Figure("A", "IL-6 up"), Figure("B", "IL-6 up")], one, organism="human")
    assert one.texts_read == 1


def test_only_new_captions_are_predicted(tmp_path: Path) -> None:
    more = counting()
    with PredictionStore(tmp_path) as store:
        evaluate(FIGURES, counting(), store=store)
        evaluate([*FIGURES, Figure("F9", "IL-6 nine")], more, store=store)
    assert more.texts_read == 1


def test_a_store_that_holds_nothing_leaves_no_file(tmp_path: Path) -> None:
    with PredictionStore(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_second_run_into_the_folder_is_refused_while_the_first_is_at_work(
    tmp_path: Path,
) -> None:
    code = (
        "import sys; from pathlib import Path; from nerbench import NerbenchError\n"
        "from nerbench.engine.store import PredictionStore\n"
        "try: PredictionStore(Path(sys.argv[1]))\n"
        "except NerbenchError as error: print(error)"
    )
    with PredictionStore(tmp_path) as store:
        store.add({"one": {"a": MENTIONS}})
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
        )
        store.add({"one": {"b": MENTIONS}})
    assert "another run is writing to this folder" in done.stdout


def test_a_damaged_store_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database at all " * 100)
    with pytest.raises(NerbenchError, match=r"store.sqlite.*remove the file to predict anew"):
        PredictionStore(tmp_path)


def test_kept_mentions_that_cannot_be_read_are_one_clear_line(tmp_path: Path) -> None:
    with PredictionStore(tmp_path) as store:
        store.add({"one": {"a": MENTIONS}})
    file = sqlite3.connect(tmp_path / FILE_NAME)
    file.execute("UPDATE predictions SET mentions = '[{}]'")
    file.commit()
    file.close()
    with PredictionStore(tmp_path) as store, pytest.raises(NerbenchError, match="is damaged"):
        store.cached(["one"], ["a"])


def test_keys_tell_captions_apart() -> None:
    captions = ["", "a", "A", "a ", "ａ", "\ud800"]
    assert len(set(map(caption_key, captions))) == len(captions)


def test_a_second_try_in_the_same_process_does_not_open_the_store_to_others(
    tmp_path: Path,
) -> None:
    other = (
        "import pathlib, sys; from nerbench.engine.store import PredictionStore\n"
        "PredictionStore(pathlib.Path(sys.argv[1]))"
    )
    with PredictionStore(tmp_path):
        with pytest.raises(NerbenchError, match="another run"):
            PredictionStore(tmp_path)
        done = subprocess.run(
            [sys.executable, "-c", other, tmp_path], capture_output=True, check=False
        )
        assert b"another run is writing to this folder" in done.stderr
