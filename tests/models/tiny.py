"""Small checkpoints, made and trained in seconds: nothing is downloaded.

Each knows a few genes and tags them wherever they stand. The tests check how its output becomes
mentions.
"""

from __future__ import annotations

import importlib
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nerbench.recognizers.contract import Recognizer
from nerbench.recognizers.registry import KINDS

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


def load_model(kind: str, source: Path | str, **fields: object) -> Any:
    """Load the recognizer of a card named `mine`."""
    module, _, name = KINDS[kind].partition(":")
    card = getattr(importlib.import_module(module), name)
    return card.model_validate(
        {"name": "mine", "kind": kind, "source": str(source), **fields}
    ).load()


def find_texts(recognizer: Recognizer, text: str) -> list[str]:
    """Return the texts of the mentions in a text."""
    (mentions,) = recognizer.recognize([text])
    return [mention.text for mention in mentions]


def make_caption(rng: random.Random, words: int = 40) -> tuple[str, list[tuple[int, int]]]:
    """Return a caption of genes among other words, and the spans of the genes."""
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
    """Return the tag of each piece in a scheme; all pieces of a mention are tagged."""
    names = SCHEMES[scheme]
    prefixes = {name[0]: tag for tag, name in enumerate(names)}
    tags = [0] * len(offsets)
    for start, end in spans:
        inside = [
            piece
            for piece, (first, last) in enumerate(offsets)
            if first < end and last > start and text[first:last].strip()
        ]
        for piece in inside:
            tags[piece] = prefixes.get("I", 1)
        if scheme == "io" or not inside:
            continue
        last, single = {"bilou": ("L", "U"), "iobes": ("E", "S")}.get(scheme, ("I", "B"))
        tags[inside[-1]] = prefixes[last]
        tags[inside[0]] = prefixes["B" if len(inside) > 1 else single]
    return tags


WORDS = [word for word in (*FILLERS, "interleukin", "receptor") if word.isalnum()]
PARTS = ["IL", "ST", "AT", "NF", "TG", "MM", "recep", "inter"]


def word_piece(texts: list[str]) -> Any:
    """Make a tokenizer as of cased BERT: words, and parts and letters of other words."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    letters = sorted({letter for text in texts for letter in text if not letter.isspace()})
    pieces = [*WORDS, *PARTS, *letters, *(f"##{part}" for part in (*PARTS, "tor", *letters))]
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys([*special, *pieces]))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def byte_level(texts: list[str]) -> Any:
    """Make a tokenizer as of RoBERTa: bytes, and the space before a word in its first piece."""
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
    """Make a tokenizer as of XLM-RoBERTa: unigrams after NFKC, spaces as a visible character."""
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


def train_checkpoint(folder: Path, kind: str, scheme: str, steps: int = 150) -> Path:
    """Make, train and save a token classifier that reads 64 pieces at once."""
    import torch
    from transformers import AutoConfig, AutoModelForTokenClassification, PreTrainedTokenizerFast

    rng = random.Random(7)
    torch.manual_seed(7)
    torch.set_num_threads(1)  # faster for small models
    captions = [make_caption(rng, rng.randrange(2, 40)) for _ in range(320)]
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
        label2id={name: tag for tag, name in enumerate(names)},
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


def hide_packages(monkeypatch: pytest.MonkeyPatch, *packages: str) -> None:
    """Make these packages not importable."""
    for package in packages:
        for loaded in [name for name in sys.modules if name.split(".")[0] == package]:
            monkeypatch.delitem(sys.modules, loaded)
        monkeypatch.setitem(sys.modules, package, None)


def fast_tokenizer(raw: Any, longest: int) -> Any:
    """Wrap a tokenizer with BERT's special pieces for transformers."""
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(
        tokenizer_object=raw,
        model_max_length=longest,
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        unk_token="[UNK]",
        mask_token="[MASK]",
    )


def encoder_config(raw: Any, longest: int) -> Any:
    """Return the settings of a small encoder."""
    from transformers import BertConfig

    return BertConfig(
        vocab_size=raw.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=longest,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )


def train_gliner(folder: Path, steps: int = 200) -> Path:
    """Make, train and save a GLiNER that finds genes and reads 40 words at once."""
    import torch
    from gliner import GLiNER, GLiNERConfig

    rng = random.Random(7)
    torch.manual_seed(7)
    torch.set_num_threads(1)
    captions = [make_caption(rng, rng.randrange(2, 40)) for _ in range(320)]
    raw = word_piece([text for text, _ in captions])
    base = folder.parent / f"{folder.name}-encoder"
    fast_tokenizer(raw, 256).save_pretrained(base)
    encoder = encoder_config(raw, 256)
    encoder.save_pretrained(base)
    config = GLiNERConfig(
        model_name=str(base),
        encoder_config=encoder.to_dict(),
        hidden_size=32,
        max_width=5,
        max_len=40,
        dropout=0.0,
        has_rnn=False,
    )
    model = GLiNER.from_config(config, backbone_from_pretrained=False)
    examples = []
    for text, spans in captions:
        words = list(model.data_processor.words_splitter(text))[:40]
        starts = {start: k for k, (_, start, _) in enumerate(words)}
        ends = {end: k for k, (_, _, end) in enumerate(words)}
        names = [[starts[a], ends[b], "gene"] for a, b in spans if a in starts and b in ends]
        examples.append({"tokenized_text": [word for word, _, _ in words], "ner": names})
    collate = model._create_data_collator()
    optimizer = torch.optim.AdamW(model.model.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, steps)
    model.train()
    for step in range(steps):
        batch = collate([examples[(step * 16 + k) % len(examples)] for k in range(16)])
        model(**batch).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.model.parameters(), 10.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    model.eval()
    model.save_pretrained(folder, safe_serialization=True)
    shutil.rmtree(base)
    return folder


def train_flair(folder: Path, steps: int = 60) -> Path:
    """Make, train and save a tagger with the architecture of HunFlair2: labels are a prompt."""
    import logging

    import flair
    import torch
    from flair.data import Dictionary, Sentence
    from flair.embeddings import TransformerWordEmbeddings
    from flair.models.prefixed_tagger import (
        EntityTypeTaskPromptAugmentationStrategy,
        PrefixedSequenceTagger,
    )
    from transformers import BertModel

    logging.getLogger("flair").setLevel(logging.ERROR)
    flair.device = torch.device("cpu")
    rng = random.Random(7)
    torch.manual_seed(7)
    torch.set_num_threads(1)
    captions = [make_caption(rng, rng.randrange(2, 40)) for _ in range(160)]
    raw = word_piece([text for text, _ in captions])
    base = folder.parent / f"{folder.name}-encoder"
    fast_tokenizer(raw, 128).save_pretrained(base)
    BertModel(encoder_config(raw, 128)).save_pretrained(base)
    sentences = []
    for text, spans in captions:
        sentence = Sentence(text)
        for start, end in spans:
            inside = [t for t in sentence if t.start_position < end and t.end_position > start]
            if inside:
                sentence[inside[0].idx - 1 : inside[-1].idx].add_label("ner", "Gene")
        sentences.append(sentence)
    labels = Dictionary(add_unk=False)
    labels.add_item("Gene")
    labels.add_item("Disease")
    labels.span_labels = True
    tagger = PrefixedSequenceTagger(
        augmentation_strategy=EntityTypeTaskPromptAugmentationStrategy(["genes", "diseases"]),
        embeddings=TransformerWordEmbeddings(str(base), fine_tune=True, layers="-1"),
        tag_dictionary=labels,
        tag_type="ner",
        use_crf=False,
        use_rnn=False,
        reproject_embeddings=False,
        dropout=0.0,
        word_dropout=0.0,
        locked_dropout=0.0,
    )
    optimizer = torch.optim.AdamW(tagger.parameters(), lr=1e-2)
    tagger.train()
    for step in range(steps):
        rows = [(step * 16 + k) % len(sentences) for k in range(16)]
        loss, count = tagger.forward_loss([sentences[row] for row in rows])
        (loss / count).backward()
        optimizer.step()
        optimizer.zero_grad()
        for row in rows:
            sentences[row].clear_embeddings()
    folder.mkdir()
    tagger.save(str(folder / "pytorch_model.bin"))
    shutil.rmtree(base)
    return folder
