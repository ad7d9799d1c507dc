"""Token classifiers that transformers loads, with small ones."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from tiny import (
    FOUND,
    SCHEMES,
    TEXT,
    find_texts,
    hide_packages,
    load_model,
    make_caption,
    train_checkpoint,
)

from nerbench import NerbenchError, RecognizerError, load_recognizer
from nerbench.recognizers.neural.checkpoint import torch_device
from nerbench.recognizers.neural.transformers_card import TransformersCard
from nerbench.recognizers.registry import find_card

pytest.importorskip("torch", reason="needs nerbench[transformers]")
pytest.importorskip("transformers", reason="needs nerbench[transformers]")

Checkpoints = Callable[..., Path]
load = partial(load_model, "transformers")


# --- pieces, schemes, offsets


@pytest.mark.parametrize(
    ("kind", "scheme"),
    [("bert", "iob2"), ("roberta", "bilou"), ("xlm-roberta", "iobes"), ("roberta", "io")],
)
def test_every_tokenizer_and_scheme_of_tags_is_read(
    checkpoint: Checkpoints, kind: str, scheme: str
) -> None:
    recognizer = load(checkpoint(kind, scheme))
    assert find_texts(recognizer, TEXT) == FOUND
    assert recognizer.labels == {SCHEMES[scheme][1].split("-")[-1]}


@pytest.mark.parametrize("kind", ["bert", "roberta", "xlm-roberta"])
@pytest.mark.parametrize(
    "before",
    ["🧬🧬 ", "e\u0301e\u0301 ", "\r\nliver\r\n", "\u00a0in\u00a0", "αβγ ", "👩\u200d🔬 ", "ﬁ Ⅻ "],
    ids=["emoji", "marks", "CRLF", "no-break", "Greek", "joined", "ligatures"],
)
def test_text_before_a_name_does_not_shift_its_offsets(
    checkpoint: Checkpoints, kind: str, before: str
) -> None:
    scheme = {"bert": "iob2", "roberta": "bilou", "xlm-roberta": "iobes"}[kind]
    text = f"{before}STAT3 binds p53\r\nand IL-6."
    (mentions,) = load(checkpoint(kind, scheme)).recognize([text])
    for mention in mentions:
        mention.check(text)
        assert mention.text == mention.text.strip()
    assert [mention.text for mention in mentions][-3:] == ["STAT3", "p53", "IL-6"]


def test_scores_are_probabilities_of_four_decimals(checkpoint: Checkpoints) -> None:
    (mentions,) = load(checkpoint()).recognize([TEXT])
    for mention in mentions:
        assert mention.score is not None
        assert 0.5 < mention.score <= 1
        assert mention.score == round(mention.score, 4)


# --- windows, batches


def test_long_captions_are_tagged_as_well_as_short_ones(checkpoint: Checkpoints) -> None:
    sentences = [f"{before} STAT3 binds p53 in liver cells. " for before in ("up", "down", "in")]
    recognizer = load(checkpoint())
    alone = [find_texts(recognizer, sentence) for sentence in sentences]
    assert (
        find_texts(recognizer, "".join(sentences) * 60)
        == [t for texts in alone for t in texts] * 60
    )


def test_no_mention_is_cut_or_reported_twice_where_windows_meet(checkpoint: Checkpoints) -> None:
    recognizer = load(checkpoint())
    for shift in range(40):  # the windows meet at every position in the name
        text = "in " * shift + ", interleukin 6 receptor activates " * 30
        assert find_texts(recognizer, text) == ["interleukin 6 receptor"] * 30


def test_smaller_windows_find_the_same(checkpoint: Checkpoints) -> None:
    rng = random.Random(5)
    texts = [make_caption(rng, 120)[0] for _ in range(10)]
    spans = [
        [
            {(m.start, m.end) for m in found}
            for found in load(checkpoint(), window=w).recognize(texts)
        ]
        for w in (None, 40)
    ]
    shared = sum(len(a & b) for a, b in zip(*spans, strict=True))
    assert shared >= 0.97 * max(sum(map(len, found)) for found in spans)


def test_mentions_do_not_depend_on_the_size_of_batches(checkpoint: Checkpoints) -> None:
    rng = random.Random(6)
    texts = [make_caption(rng, rng.randrange(0, 150))[0] for _ in range(40)]
    one, many = (list(load(checkpoint(), batch_size=size).recognize(texts)) for size in (1, 64))
    bare = [[(m.start, m.end, m.label) for m in found] for found in one]
    assert bare == [[(m.start, m.end, m.label) for m in found] for found in many]
    pairs = [
        (a.score, b.score)
        for x, y in zip(one, many, strict=True)
        for a, b in zip(x, y, strict=True)
    ]
    assert all(a == pytest.approx(b, abs=2e-4) for a, b in pairs)


def test_two_runs_give_equal_scores(checkpoint: Checkpoints) -> None:
    rng = random.Random(8)
    texts = [make_caption(rng)[0] for _ in range(20)]
    assert list(load(checkpoint()).recognize(texts)) == list(load(checkpoint()).recognize(texts))


# --- labels, tags, fingerprints


def test_the_card_chooses_the_labels(checkpoint: Checkpoints) -> None:
    assert find_texts(load(checkpoint(), labels=["gene"]), "STAT3 up") == ["STAT3"]
    assert find_texts(load(checkpoint(), labels=[]), "STAT3 up") == []
    with pytest.raises(RecognizerError, match="mine: no label DRUG; it has GENE"):
        load(checkpoint(), labels=["DRUG"])


def test_the_card_gives_the_meaning_of_nameless_tags(
    checkpoint: Checkpoints, tmp_path: Path
) -> None:
    folder = shutil.copytree(checkpoint(), tmp_path / "nameless")
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["id2label"] = {str(tag): f"LABEL_{tag}" for tag in range(3)}
    config["label2id"] = {f"LABEL_{tag}": tag for tag in range(3)}
    path.write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(RecognizerError, match="no gene label; it has LABEL_0, LABEL_1, LABEL_2"):
        load(folder)
    tags = {"LABEL_0": "O", "LABEL_1": "B-GENE", "LABEL_2": "I-GENE"}
    assert find_texts(load(folder, tags=tags), TEXT) == FOUND
    with pytest.raises(RecognizerError, match="no tag LABEL_3; it has LABEL_0"):
        load(folder, tags={"LABEL_3": "O"})


def test_the_fingerprint_depends_on_weights_labels_and_window_only(
    checkpoint: Checkpoints, tmp_path: Path
) -> None:
    original = load(checkpoint()).fingerprint
    assert len(original) == 16
    moved = shutil.copytree(checkpoint(), tmp_path / "moved")
    assert load(moved, name="other", batch_size=3, device="cpu").fingerprint == original
    assert load(checkpoint(), labels=["GENE"]).fingerprint != original
    assert load(checkpoint(), window=32).fingerprint != original
    train_checkpoint(moved, "bert", "iob2", steps=3)
    assert load(moved).fingerprint != original


# --- errors


def test_a_checkpoint_with_a_pickle_only_has_a_security_note(
    checkpoint: Checkpoints, tmp_path: Path
) -> None:
    import torch
    from safetensors.torch import load_file

    folder = shutil.copytree(checkpoint(), tmp_path / "pickled")
    weights = folder / "model.safetensors"
    torch.save(load_file(weights), folder / "pytorch_model.bin")
    assert find_card(str(folder)).security_note == ""
    weights.unlink()
    assert "pickle" in find_card(str(folder)).security_note
    assert find_texts(load(folder), TEXT) == FOUND


def test_a_model_that_is_no_token_classifier_is_an_error(tmp_path: Path) -> None:
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=30,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
    )
    BertModel(config).save_pretrained(tmp_path / "bare")
    with pytest.raises(RecognizerError, match="no token classifier, but BertModel"):
        load(tmp_path / "bare")


def test_weights_without_a_layer_are_an_error(checkpoint: Checkpoints, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = shutil.copytree(checkpoint(), tmp_path / "headless")
    weights = load_file(folder / "model.safetensors")
    save_file(
        {name: weights[name] for name in weights if "classifier" not in name},
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )
    with pytest.raises(RecognizerError, match=r"the weights lack classifier\.bias"):
        load(folder)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ("config.json", "cannot be read"),
        ("tokenizer.json", "the tokenizer cannot be loaded"),
        ("model.safetensors", "the model cannot be loaded"),
    ],
)
def test_an_error_about_a_damaged_file_is_one_line_that_names_it(
    checkpoint: Checkpoints, tmp_path: Path, damage: str, reason: str
) -> None:
    folder = shutil.copytree(checkpoint(), tmp_path / "damaged")
    (folder / damage).write_text("{not valid", encoding="utf-8")
    with pytest.raises(RecognizerError) as caught:
        load(folder)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("source", ["nobody/no-such-model", "no/such/folder", "../gone", "bad id!"])
def test_an_error_about_an_unknown_source_is_one_line(source: str) -> None:
    with pytest.raises(RecognizerError) as caught:
        load(source)
    assert f"mine: {source!r} is no file or folder here" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_download_is_used_without_a_network(
    checkpoint: Checkpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    kept = tmp_path / "hub" / "models--lab--genes"
    shutil.copytree(checkpoint(), kept / "snapshots" / commit)
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text(commit, encoding="utf-8")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(
        "huggingface_hub._snapshot_download.constants.HF_HUB_CACHE", str(tmp_path / "hub")
    )
    card = TransformersCard(name="mine", kind="transformers", source="lab/genes")
    assert card.is_installed
    assert find_texts(load("lab/genes"), TEXT) == FOUND
    assert load("lab/genes", revision=commit).fingerprint != load("lab/genes").fingerprint
    assert not card.model_copy(update={"source": "lab/other"}).is_installed


def test_a_device_that_torch_does_not_find_is_an_error(checkpoint: Checkpoints) -> None:
    assert torch_device("cpu") == "cpu"
    assert torch_device("auto") in ("cpu", "cuda", "mps")
    with pytest.raises(RecognizerError, match="mine: torch finds no device cuda:99"):
        load(checkpoint(), device="cuda:99")


@pytest.mark.parametrize("device", ["gpu", "cuda:x", ""])
def test_an_unknown_device_is_an_error_of_the_card(
    write_card: Callable[..., str], device: str
) -> None:
    with pytest.raises(NerbenchError, match="field device"):
        find_card(write_card(kind="transformers", source="x", device=device))


def test_an_error_about_missing_packages_names_the_extra(
    write_card: Callable[..., str], monkeypatch: pytest.MonkeyPatch, checkpoint: Checkpoints
) -> None:
    card = write_card(kind="transformers", source=str(checkpoint()))
    hide_packages(monkeypatch, "transformers")
    assert not find_card(card).is_installed
    with pytest.raises(RecognizerError, match=r"mine: needs nerbench\[transformers\]") as caught:
        load_recognizer(card)
    assert "\n" not in str(caught.value)


# --- from the command line


def test_a_run_with_a_card_beside_its_checkpoint(
    checkpoint: Checkpoints, tmp_path: Path, run_seed: Callable[..., dict[str, list[str]]]
) -> None:
    shutil.copytree(checkpoint(), tmp_path / "cards" / "weights")
    card = tmp_path / "cards" / "mine.yaml"
    card.write_text("kind: transformers\nsource: weights\nthreshold: 0.6\n", encoding="utf-8")
    names = run_seed(str(card))["mine"]
    assert {"IL-6", "STAT3"} <= set(names)


def test_a_run_with_a_checkpoints_folder(
    checkpoint: Checkpoints, run_seed: Callable[..., dict[str, list[str]]]
) -> None:
    assert "STAT3" in run_seed(str(checkpoint()))["bert-iob2"]
