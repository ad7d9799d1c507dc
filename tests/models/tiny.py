"""Small checkpoints, made and trained here in seconds: nothing is downloaded.

Each knows a handful of genes and tags them wherever they stand, which is all that is asked of it:
what is tested is how its output becomes mentions.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GENES = ("IL-6", "STAT3", "NF-κB", "TGF-β1", "p53", "MMP2", "interleukin 6 receptor")
FILLERS = (
    "activates binds inhibits and in liver cells of the pathway figure shows that , . ; : ( ) "
    "signaling via membrane 24 h after é 🧬 α ADP up down"
).split()
SCHEMES = {
    "iob2": ("O", "B-GENE", "I-GENE"),
    "bilou": ("O", "B-GENE", "I-GENE", "L-GENE", "U-GENE"),
    "iobes": ("O", "B-gene", "I-gene", "E-gene", "S-gene"),
    "io": ("O", "GENE"),
}
TEXT = "IL-6 activates STAT3 in liver cells; NF-κB binds p53, TGF-β1 and interleukin 6 receptor."
FOUND = ["IL-6", "STAT3", "NF-κB", "p53", "TGF-β1", "interleukin 6 receptor"]


def made_caption(rng: random.Random, words: int = 40) -> tuple[str, list[tuple[int, int]]]:
    """A caption of genes among other words, and where the genes are."""
    text, spans = "", []
    for _ in range(words):
        is_gene = rng.random() < 0.3
        word = rng.choice(GENES if is_gene else FILLERS)
        if text and rng.random() < 0.85:
            text += " "
        elif text and text[-1].isalnum() and word[0].isalnum():
            text += "-" if not is_gene and not spans else " "
        if is_gene and spans and spans[-1][1] >= len(text) - 1:
            text += ", "
        if is_gene:
            spans.append((len(text), len(text) + len(word)))
        text += word
    return text, spans


def tag_pieces(
    offsets: list[tuple[int, int]], text: str, spans: list[tuple[int, int]], scheme: str
) -> list[int]:
    """The tag of each piece in a scheme; all pieces of a mention are tagged."""
    names = SCHEMES[scheme]
    prefixes = {name[0]: at for at, name in enumerate(names)}
    tags = [0] * len(offsets)
    for start, end in spans:
        inside = [
            at
            for at, (first, last) in enumerate(offsets)
            if first < end and last > start and text[first:last].strip()
        ]
        for at in inside:
            tags[at] = prefixes.get("I", 1)
        if scheme == "io" or not inside:
            continue
        last, one = {"bilou": ("L", "U"), "iobes": ("E", "S")}.get(scheme, ("I", "B"))
        tags[inside[-1]] = prefixes[last]
        tags[inside[0]] = prefixes["B" if len(inside) > 1 else one]
    return tags


WORDS = [word for word in (*FILLERS, "interleukin", "receptor") if word.isalnum()]
PARTS = ["IL", "ST", "AT", "NF", "TG", "MM", "recep", "inter"]


def word_piece(texts: list[str]) -> Any:
    """A tokenizer as BERT's, cased: words, and for others parts and letters."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    letters = sorted({letter for text in texts for letter in text if not letter.isspace()})
    pieces = [*WORDS, *PARTS, *letters, *(f"##{part}" for part in (*PARTS, "tor", *letters))]
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = {piece: at for at, piece in enumerate(dict.fromkeys([*special, *pieces]))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def byte_level(texts: list[str]) -> Any:
    """A tokenizer as RoBERTa's: bytes, and the space before a word in its first piece."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=360,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", 2), ("<s>", 0), trim_offsets=False, add_prefix_space=False
    )
    return tokenizer


def sentence_piece(texts: list[str]) -> Any:
    """A tokenizer as XLM-RoBERTa's: unigrams after NFKC, spaces made visible."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    letters = sorted({letter for text in texts for letter in text if not letter.isspace()})
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    likely = [f"▁{word}" for word in (*WORDS, *PARTS)] + [*PARTS, "tor"]
    scored = {**dict.fromkeys(special, 0.0), **dict.fromkeys(likely, -3.0)}
    scored |= dict.fromkeys(["▁", *letters], -6.0)
    tokenizer = Tokenizer(models.Unigram(list(scored.items()), unk_id=3))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


TOKENIZERS: dict[str, Callable[[list[str]], Any]] = {
    "bert": word_piece,
    "roberta": byte_level,
    "xlm-roberta": sentence_piece,
}


def train_checkpoint(folder: Path, kind: str, scheme: str, steps: int = 200) -> Path:
    """Make, train and save a token classifier that reads 64 pieces at once."""
    import torch
    from transformers import AutoConfig, AutoModelForTokenClassification, PreTrainedTokenizerFast

    rng = random.Random(7)
    torch.manual_seed(7)
    torch.set_num_threads(1)  # small models are faster so
    captions = [made_caption(rng, rng.randrange(2, 40)) for _ in range(320)]
    raw = TOKENIZERS[kind]([text for text, _ in captions])
    first, pad, last = ("[CLS]", "[PAD]", "[SEP]") if kind == "bert" else ("<s>", "<pad>", "</s>")
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw,
        model_max_length=64,
        pad_token=pad,
        cls_token=first,
        sep_token=last,
        unk_token="[UNK]" if kind == "bert" else "<unk>",
    )
    names = SCHEMES[scheme]
    config = AutoConfig.for_model(
        kind,
        vocab_size=raw.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64 if kind == "bert" else 66,
        type_vocab_size=2 if kind == "bert" else 1,
        pad_token_id=tokenizer.pad_token_id,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        id2label=dict(enumerate(names)),
        label2id={name: at for at, name in enumerate(names)},
    )
    model = AutoModelForTokenClassification.from_config(config)
    ids = torch.full((len(captions), 64), tokenizer.pad_token_id)
    gold = torch.full((len(captions), 64), -100)
    for row, (text, spans) in enumerate(captions):
        encoding = raw.encode(text)
        tags = tag_pieces(encoding.offsets, text, spans, scheme)[:64]
        ids[row, : len(tags)] = torch.tensor(encoding.ids[:64])
        gold[row, : len(tags)] = torch.tensor(tags)
    mask = (ids != tokenizer.pad_token_id).long()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, steps)
    for step in range(steps):
        rows = torch.arange(step * 32, step * 32 + 32) % len(captions)
        loss = model(input_ids=ids[rows], attention_mask=mask[rows], labels=gold[rows]).loss
        loss.backward()
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def without(monkeypatch: pytest.MonkeyPatch, *packages: str) -> None:
    """As if these packages were not installed."""
    for package in packages:
        for loaded in [name for name in sys.modules if name.split(".")[0] == package]:
            monkeypatch.delitem(sys.modules, loaded)
        monkeypatch.setitem(sys.modules, package, None)
