"""GLiNER models, on a small one made and trained here."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from tiny import TEXT, made_caption, train_gliner, without

from nerbench import NerbenchError, RecognizerError, load_recognizer
from nerbench.recognizers.neural.gliner_card import GlinerCard, GlinerRecognizer
from nerbench.recognizers.registry import find_card

pytest.importorskip("gliner", reason="needs nerbench[gliner]")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_gliner(tmp_path_factory.mktemp("gliner") / "tiny")


@pytest.fixture(scope="module")
def unsure(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that has hardly been trained."""
    return train_gliner(tmp_path_factory.mktemp("gliner") / "unsure", steps=2)


def load(source: Path | str, **fields: object) -> GlinerRecognizer:
    fields = {"name": "mine", "kind": "gliner", "source": str(source), "labels": ["gene"], **fields}
    recognizer = GlinerCard.model_validate(fields).load()
    assert isinstance(recognizer, GlinerRecognizer)
    return recognizer


def texts_of(recognizer: GlinerRecognizer, text: str) -> list[str]:
    (mentions,) = recognizer.recognize([text])
    return [mention.text for mention in mentions]


def test_what_the_labels_name_is_found_with_label_and_score(model: Path) -> None:
    (mentions,) = load(model).recognize([TEXT])
    assert {"IL-6", "STAT3", "p53"} <= {mention.text for mention in mentions}
    for mention in mentions:
        mention.check(TEXT)
        assert mention.label == "gene"
        assert mention.score is not None
        assert 0.5 <= mention.score <= 1
        assert mention.score == round(mention.score, 4)


def test_the_threshold_of_the_card_is_the_models(unsure: Path) -> None:
    (found,) = load(unsure, threshold=0.0).recognize([TEXT])
    scores = sorted(mention.score for mention in found if mention.score is not None)
    assert len(scores) > 2
    assert scores[0] < scores[-1]
    (surest,) = load(unsure, threshold=scores[-1] - 1e-3).recognize([TEXT])
    assert surest
    assert all(one.score is not None and one.score > scores[0] for one in surest)
    assert texts_of(load(unsure, threshold=1.0), TEXT) == []


@pytest.mark.parametrize(
    "before", ["🧬🧬 ", "e\u0301 ", "in\r\nliver\r\n", "\u00a0in\u00a0", "αβγ "]
)
def test_nothing_before_a_name_shifts_it(model: Path, before: str) -> None:
    text = f"{before}STAT3 binds p53\r\nand IL-6."
    (mentions,) = load(model).recognize([text])
    for mention in mentions:
        mention.check(text)
    assert {"STAT3", "p53", "IL-6"} <= {mention.text for mention in mentions}


def test_long_captions_are_read_in_windows_to_their_end(model: Path) -> None:
    for shift in range(0, 40, 3):  # the name meets the seams at every place in it
        text = "in " * shift + "; interleukin 6 receptor activates liver cells " * 20
        found = texts_of(load(model), text)
        assert found.count("interleukin 6 receptor") == len(found) == 20


def test_no_mentions_overlap(model: Path) -> None:
    rng = random.Random(4)
    for found in load(model, threshold=0.1).recognize(made_caption(rng, 200)[0] for _ in range(5)):
        assert all(a.end <= b.start for a, b in pairwise(found))


def test_texts_come_back_in_order_whatever_their_length(model: Path) -> None:
    texts = ["STAT3 binds p53 in liver cells"] * 3 + ["", " \r\n"] + [TEXT, "STAT3"] * 20
    many, one = load(model, batch_size=3), load(model, batch_size=1)
    counts = [len(found) for found in many.recognize(iter(texts))]
    assert counts == [len(found) for text in texts for found in one.recognize([text])]
    assert counts[3:5] == [0, 0]


def test_the_fingerprint_is_that_of_weights_labels_and_threshold(
    model: Path, unsure: Path, tmp_path: Path
) -> None:
    original = load(model).fingerprint
    moved = shutil.copytree(model, tmp_path / "moved")
    assert load(moved, name="other", batch_size=2, device="cpu").fingerprint == original
    assert load(model, labels=["protein"]).fingerprint != original
    assert load(model, threshold=0.4).fingerprint != original
    assert load(unsure).fingerprint != original


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecognizerError, match=r"mine: .*no GLiNER: it has no gliner_config\.json"):
        load(tmp_path)


def test_damaged_weights_are_one_line(model: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(model, tmp_path / "damaged")
    (folder / "model.safetensors").write_text("{not valid", encoding="utf-8")
    with pytest.raises(RecognizerError, match="mine: the model cannot be loaded") as caught:
        load(folder)
    assert "\n" not in str(caught.value)


def test_weights_in_a_pickle_are_said_to_be_so(model: Path, tmp_path: Path) -> None:
    from gliner import GLiNER

    GLiNER.from_pretrained(str(model), local_files_only=True).save_pretrained(tmp_path / "pickled")
    cards = [
        GlinerCard(name="mine", kind="gliner", source=str(folder), labels=("gene",))
        for folder in (model, tmp_path / "pickled")
    ]
    assert ["pickle" in card.security_note for card in cards] == [False, True]
    assert "STAT3" in texts_of(load(tmp_path / "pickled"), TEXT)


@pytest.mark.parametrize("fields", [{}, {"labels": []}])
def test_a_card_that_asks_for_nothing_is_an_error(
    write_card: Callable[..., str], fields: dict[str, object]
) -> None:
    with pytest.raises(NerbenchError, match="field labels"):
        find_card(write_card(kind="gliner", source="x", **fields))


def test_without_its_packages_the_extra_is_named(
    model: Path, write_card: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    card = write_card(kind="gliner", source=str(model), labels=["gene"])
    without(monkeypatch, "gliner")
    with pytest.raises(RecognizerError, match=r"mine: needs nerbench\[gliner\]: .*gliner"):
        load_recognizer(card)


def test_a_run_with_a_card(
    model: Path, write_card: Callable[..., str], run_seed: Callable[..., dict[str, list[str]]]
) -> None:
    found = run_seed(write_card(kind="gliner", source=str(model), labels=["gene"]))["mine"]
    assert "STAT3" in found
