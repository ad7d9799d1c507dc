"""Flair's sequence taggers, with a small one that has the architecture of HunFlair2."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import (
    FOUND,
    TEXT,
    find_texts,
    hide_packages,
    load_model,
    make_caption,
    train_flair,
)

from nerbench import RecognizerError, load_recognizer
from nerbench.recognizers.neural.flair_card import FlairCard, FlairRecognizer

pytest.importorskip("flair", reason="needs nerbench[flair]")

load = partial(load_model, "flair")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_flair(tmp_path_factory.mktemp("flair") / "tiny")


@pytest.fixture(scope="module")
def recognizer(model: Path) -> FlairRecognizer:
    return load(model, window=30)


def test_names_are_found_with_label_and_score(recognizer: FlairRecognizer) -> None:
    (mentions,) = recognizer.recognize([TEXT])
    assert [mention.text for mention in mentions] == FOUND
    for mention in mentions:
        mention.check(TEXT)
        assert mention.label == "Gene"
        assert mention.score is not None
        assert 0.5 < mention.score <= 1
        assert mention.score == round(mention.score, 4)


@pytest.mark.parametrize(
    "before",
    [
        "🧬🧬 ",
        "e\u0301 ",
        "in\r\nliver\r\n",
        "\u00a0in\u00a0",
        "αβγ ",
        "\u200bin\u200b \ufeff",
        "\x85\x96 ",
    ],
    ids=["emoji", "marks", "CRLF", "no-break", "Greek", "zero width", "Windows"],
)
def test_text_before_a_name_does_not_shift_its_offsets(
    recognizer: FlairRecognizer, before: str
) -> None:
    text = f"{before}STAT3 binds p53\r\nand IL-6."
    (mentions,) = recognizer.recognize([text])
    for mention in mentions:
        mention.check(text)
    assert [mention.text for mention in mentions][-3:] == ["STAT3", "p53", "IL-6"]


@settings(max_examples=60)
@given(
    st.text(
        st.sampled_from("IL6-p53 \r\n\t.,;:'’αé\u0301🧬\u200b\u200d\ufeff\u00ad\x85(/)"),
        max_size=60,
    )
)
def test_mentions_have_the_text_at_their_offsets(recognizer: FlairRecognizer, text: str) -> None:
    (mentions,) = recognizer.recognize([f"STAT3 {text} p53"])
    for mention in mentions:
        mention.check(f"STAT3 {text} p53")


def test_long_captions_are_read_completely_in_windows(recognizer: FlairRecognizer) -> None:
    for shift in range(0, 40, 3):  # the windows meet at every position in the name
        text = "in " * shift + ", interleukin 6 receptor activates liver cells " * 20
        assert find_texts(recognizer, text) == ["interleukin 6 receptor"] * 20


def test_mentions_keep_the_order_of_texts_and_do_not_depend_on_neighbours(
    model: Path, recognizer: FlairRecognizer
) -> None:
    rng = random.Random(3)
    texts = ["", " \r\n", *(make_caption(rng, rng.randrange(1, 60))[0] for _ in range(20))]
    alone = [find_texts(load(model, window=30), text) for text in texts]
    assert [[m.text for m in mentions] for mentions in recognizer.recognize(iter(texts))] == alone


def test_labels_are_compared_with_those_of_the_tagger(model: Path) -> None:
    assert load(model).labels == {"Gene"}
    assert find_texts(load(model, labels=["disease"]), TEXT) == []
    with pytest.raises(RecognizerError, match="mine: no label Species; it has Disease, Gene"):
        load(model, labels=["Species"])


def test_the_fingerprint_depends_on_weights_and_labels_only(model: Path, tmp_path: Path) -> None:
    original = load(model).fingerprint
    moved = shutil.copytree(model, tmp_path / "moved")
    assert load(moved, name="other", batch_size=2, device="cpu").fingerprint == original
    assert load(model, labels=["Gene"]).fingerprint != original
    train_flair(tmp_path / "other", steps=2)
    assert load(tmp_path / "other").fingerprint != original


def test_a_file_is_a_model(model: Path) -> None:
    assert find_texts(load(model / "pytorch_model.bin"), TEXT) == FOUND


def test_the_security_note_names_pickled_weights(model: Path) -> None:
    assert "pickled" in FlairCard(name="mine", kind="flair", source=str(model)).security_note


def test_a_folder_without_a_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecognizerError, match=r"mine: .*no Flair tagger: it has no pytorch_model"):
        load(tmp_path)


def test_damaged_weights_are_an_error_of_one_line(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_text("{not valid", encoding="utf-8")
    with pytest.raises(RecognizerError, match=r"pytorch_model\.bin: cannot be loaded") as caught:
        load(tmp_path)
    assert "\n" not in str(caught.value)


def test_an_error_about_missing_packages_names_the_extra(
    model: Path, write_card: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    card = write_card(kind="flair", source=str(model))
    hide_packages(monkeypatch, "flair")
    with pytest.raises(RecognizerError, match=r"mine: needs nerbench\[flair\]: .*flair"):
        load_recognizer(card)


def test_a_run_with_a_card(
    model: Path, write_card: Callable[..., str], run_seed: Callable[..., dict[str, list[str]]]
) -> None:
    names = run_seed(write_card(kind="flair", source=str(model)))["mine"]
    assert {"IL-6", "STAT3"} <= set(names)
