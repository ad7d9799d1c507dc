"""GLiNER models, with a small one."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from tiny import TEXT, find_texts, hide_packages, load_model, make_caption, train_gliner

from nerbench import NerbenchError, RecognizerError, load_recognizer
from nerbench.recognizers.neural.gliner_card import GlinerCard
from nerbench.recognizers.registry import find_card

pytest.importorskip("gliner", reason="needs nerbench[gliner]")

load = partial(load_model, "gliner", labels=["gene"])


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_gliner(tmp_path_factory.mktemp("gliner") / "tiny")


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that is trained for two steps only: its scores vary."""
    return train_gliner(tmp_path_factory.mktemp("gliner") / "untrained", steps=2)


def test_names_are_found_with_label_and_score(model: Path) -> None:
    (mentions,) = load(model).recognize([TEXT])
    assert {"IL-6", "STAT3", "p53"} <= {mention.text for mention in mentions}
    for mention in mentions:
        mention.check(TEXT)
        assert mention.label == "gene"
        assert mention.score is not None
        assert 0.5 <= mention.score <= 1
        assert mention.score == round(mention.score, 4)


def test_the_model_uses_the_threshold_of_the_card(untrained: Path) -> None:
    (mentions,) = load(untrained, threshold=0.0).recognize([TEXT])
    scores = sorted(mention.score for mention in mentions if mention.score is not None)
    assert len(scores) > 2
    assert scores[0] < scores[-1]
    (mentions,) = load(untrained, threshold=scores[-1] - 1e-3).recognize([TEXT])
    assert mentions
    assert all(m.score is not None and m.score > scores[0] for m in mentions)
    assert find_texts(load(untrained, threshold=1.0), TEXT) == []


@pytest.mark.parametrize(
    "before", ["🧬🧬 ", "e\u0301 ", "in\r\nliver\r\n", "\u00a0in\u00a0", "αβγ "]
)
def test_text_before_a_name_does_not_shift_its_offsets(model: Path, before: str) -> None:
    text = f"{before}STAT3 binds p53\r\nand IL-6."
    (mentions,) = load(model).recognize([text])
    for mention in mentions:
        mention.check(text)
    assert {"STAT3", "p53", "IL-6"} <= {mention.text for mention in mentions}


def test_long_captions_are_read_completely_in_windows(model: Path) -> None:
    for shift in range(0, 40, 3):  # the windows meet at every position in the name
        text = "in " * shift + "; interleukin 6 receptor activates liver cells " * 20
        names = find_texts(load(model), text)
        assert names == ["interleukin 6 receptor"] * 20


def test_mentions_do_not_overlap(model: Path) -> None:
    rng = random.Random(4)
    texts = [make_caption(rng, 200)[0] for _ in range(5)]
    for mentions in load(model, threshold=0.1).recognize(texts):
        assert all(a.end <= b.start for a, b in pairwise(mentions))


def test_mentions_keep_the_order_of_texts_of_different_length(model: Path) -> None:
    texts = ["STAT3 binds p53 in liver cells"] * 3 + ["", " \r\n"] + [TEXT, "STAT3"] * 20
    batches, single = load(model, batch_size=3), load(model, batch_size=1)
    counts = list(map(len, batches.recognize(iter(texts))))
    assert counts == [len(find_texts(single, text)) for text in texts]
    assert counts[3:5] == [0, 0]


def test_the_fingerprint_depends_on_weights_labels_and_threshold_only(
    model: Path, untrained: Path, tmp_path: Path
) -> None:
    original = load(model).fingerprint
    moved = shutil.copytree(model, tmp_path / "moved")
    assert load(moved, name="other", batch_size=2, device="cpu").fingerprint == original
    assert load(model, labels=["protein"]).fingerprint != original
    assert load(model, threshold=0.4).fingerprint != original
    assert load(untrained).fingerprint != original


def test_a_folder_without_a_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(
        RecognizerError, match=r"mine: .*no GLiNER model: it has no gliner_config\.json"
    ):
        load(tmp_path)


def test_damaged_weights_are_an_error_of_one_line(model: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(model, tmp_path / "damaged")
    (folder / "model.safetensors").write_text("{not valid", encoding="utf-8")
    with pytest.raises(RecognizerError, match="mine: the model cannot be loaded") as caught:
        load(folder)
    assert "\n" not in str(caught.value)


def test_the_security_note_names_pickled_weights(model: Path, tmp_path: Path) -> None:
    from gliner import GLiNER

    GLiNER.from_pretrained(str(model), local_files_only=True).save_pretrained(tmp_path / "pickled")
    cards = [
        GlinerCard(name="mine", kind="gliner", source=str(folder), labels=("gene",))
        for folder in (model, tmp_path / "pickled")
    ]
    assert ["pickle" in card.security_note for card in cards] == [False, True]
    assert "STAT3" in find_texts(load(tmp_path / "pickled"), TEXT)


@pytest.mark.parametrize("fields", [{}, {"labels": []}])
def test_a_card_without_labels_is_an_error(
    write_card: Callable[..., str], fields: dict[str, object]
) -> None:
    with pytest.raises(NerbenchError, match="field labels"):
        find_card(write_card(kind="gliner", source="x", **fields))


def test_an_error_about_missing_packages_names_the_extra(
    model: Path, write_card: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    card = write_card(kind="gliner", source=str(model), labels=["gene"])
    hide_packages(monkeypatch, "gliner")
    with pytest.raises(RecognizerError, match=r"mine: needs nerbench\[gliner\]: .*gliner"):
        load_recognizer(card)


def test_a_run_with_a_card(
    model: Path, write_card: Callable[..., str], run_seed: Callable[..., dict[str, list[str]]]
) -> None:
    names = run_seed(write_card(kind="gliner", source=str(model), labels=["gene"]))["mine"]
    assert "STAT3" in names
