"""Train a network of the default recognizer with torch; `nerbench...default.network` runs it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nerbench.recognizers.default.crf import N_TAGS, S, forward_backward, in_step
from nerbench.recognizers.default.features import (
    TOKEN_COLUMNS,
    TOKEN_VALUES,
    WORD_COLUMNS,
    EncodedText,
    Vocabulary,
)
from nerbench.recognizers.default.network import (
    CHARACTER_KINDS,
    DILATIONS,
    POOL_BEFORE,
    Batch,
    character_codes,
    feature_indices,
)
from train.corpora import GUIDELINES
from train.features import Example

TABLE_ROWS = dict(
    zip(WORD_COLUMNS, (8000, 4000, 2500, 2500, 1500, 5000, 200, 500, 50), strict=True)
)
_IDENTITY = [WORD_COLUMNS.index(name) for name in ("norm", "word", "letters")]
_CHARACTER_SIZE, _CHARACTER_FILTERS = 24, 64
_PLACE_SIZE = 16
_SHORT_WORD = 8  # characters
TAUGHT = GUIDELINES.index("BioID")  # its texts are captions, too


@dataclass(frozen=True, slots=True)
class Options:
    """The settings by which a network is made and trained.

    ``repeats`` is how often an epoch sees each marked caption; of the other guidelines it sees
    ``shares`` of their sentences, drawn anew. ``unknown`` is the share of words whose identity is
    hidden, and ``swapped`` that of captions in which some names are replaced by others. After the
    share ``taught_from`` of the training, the averaged weights teach the main head on other texts.
    """

    width: int = 128
    embedding: int = 48
    dropout: float = 0.3
    epochs: int = 5
    repeats: int = 6
    unknown: float = 0.1
    swapped: float = 0.5
    rate: float = 0.0015
    tokens: int = 1100  # of a batch, at least
    averaging: float = 0.999
    taught_from: float = 0.3


class _Maxout(nn.Module):
    """The larger of two linear pieces of each unit, normalized over the units."""

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(size, 2 * width)
        self.norm = nn.LayerNorm(width)
        nn.init.normal_(self.linear.weight, 0.0, (1.0 / size) ** 0.5)
        nn.init.zeros_(self.linear.bias)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.largest(self.linear(inputs))

    def largest(self, pieces: Tensor) -> Tensor:
        first, second = pieces.chunk(2, dim=1)
        return self.norm(torch.maximum(first, second))


def _means(rows: Tensor, groups: Tensor) -> Tensor:
    """Return the mean of the rows of each group."""
    count = int(groups.max()) + 1 if len(groups) else 0
    sums = rows.new_zeros(count, rows.shape[1]).index_add(0, groups, rows)
    sizes = torch.bincount(groups, minlength=count).to(rows.dtype)
    return sums / sizes[:, None]


class TorchNetwork(nn.Module):
    """The network in torch; the layers are those of `nerbench.recognizers.default.network`."""

    def __init__(self, vocabulary: Vocabulary, heads: int, options: Options) -> None:
        super().__init__()
        self.unknown = options.unknown
        rows = torch.tensor(list(TABLE_ROWS.values()))
        firsts = torch.cumsum(rows, 0) - rows
        keys = vocabulary.keys[: len(vocabulary)]
        indices = np.stack(
            [feature_indices(keys[:, k], n) for k, n in enumerate(TABLE_ROWS.values())], axis=1
        )
        self.register_buffer("indices", torch.from_numpy(indices) + firsts[:, None], False)
        vectors = torch.from_numpy(vocabulary.features.vectors(vocabulary.words))
        self.register_buffer("vectors", vectors, False)
        self.register_buffer("codes", torch.from_numpy(character_codes(vocabulary.words)), False)
        self.embed = nn.Embedding(int(rows.sum()), options.embedding)
        nn.init.uniform_(self.embed.weight, -0.1, 0.1)
        self.chars = nn.Embedding(CHARACTER_KINDS, _CHARACTER_SIZE, padding_idx=0)
        self.filters = nn.ModuleList(
            nn.Conv1d(_CHARACTER_SIZE, _CHARACTER_FILTERS, 2 * reach + 1, padding=reach)
            for reach in (1, 2)
        )
        self.places = nn.ModuleList(nn.Embedding(TOKEN_VALUES, _PLACE_SIZE) for _ in TOKEN_COLUMNS)
        size = options.embedding * len(WORD_COLUMNS) + vectors.shape[1]
        size += 2 * _CHARACTER_FILTERS + _PLACE_SIZE * len(TOKEN_COLUMNS)
        self.mix = _Maxout(size, options.width)
        self.layers = nn.ModuleList(_Maxout(3 * options.width, options.width) for _ in DILATIONS)
        self.pool = _Maxout(4 * options.width, options.width)
        self.head = nn.Linear(options.width, N_TAGS * heads)
        self.drop = nn.Dropout(options.dropout)

    def _read_words(self, ids: Tensor) -> Tensor:
        embedded = self.embed(self.indices[ids]).sum(dim=2)
        vectors = self.vectors[ids]
        if self.training and self.unknown:
            known = (torch.rand(len(ids), 1, device=ids.device) >= self.unknown).to(vectors.dtype)
            mask = torch.ones_like(embedded[:, :, :1])
            mask[:, _IDENTITY] = known[:, :, None]
            embedded, vectors = embedded * mask, vectors * known
        parts = [embedded.flatten(1), vectors, self._read_characters(self.codes[ids])]
        return torch.cat(parts, dim=1)

    def _read_characters(self, codes: Tensor) -> Tensor:
        """Return the largest activation of each filter; short words apart, in less time."""
        is_long = codes[:, _SHORT_WORD] > 0
        short, long = self._filter(codes[~is_long, :_SHORT_WORD]), self._filter(codes[is_long])
        order = torch.argsort(is_long.long(), stable=True)
        return torch.cat([short, long])[torch.argsort(order)]

    def _filter(self, codes: Tensor) -> Tensor:
        characters = self.chars(codes).transpose(1, 2)
        blank = (codes == 0)[:, None, :]
        activations = [
            torch.relu(layer(characters)).masked_fill(blank, 0.0).amax(dim=2)
            for layer in self.filters
        ]
        return torch.cat(activations, dim=1)

    def _pool(self, state: Tensor, batch: Batch) -> Tensor:
        place, text, partner = (
            torch.from_numpy(groups).to(state.device)
            for groups in (batch.place, batch.text, batch.partner)
        )
        sizes = batch.long_forms[:, 1] - batch.long_forms[:, 0]
        inside = [np.arange(start, end) for start, end in batch.long_forms]
        rows = torch.from_numpy(np.concatenate([np.zeros(0, dtype=np.int64), *inside]))
        forms = torch.from_numpy(np.repeat(np.arange(len(sizes)), sizes)).to(state.device)
        means = _means(state, place)
        long_forms = _means(state[rows.to(state.device)], forms)
        linked = torch.cat([state.new_zeros(1, state.shape[1]), means, long_forms])
        around = [means[place], _means(state, text)[text], linked[partner]]
        return self.pool(torch.cat([state, *around], dim=1))

    def forward(self, batch: Batch) -> Tensor:
        """Return the scores of all heads, shape (tokens, heads times tags)."""
        device = self.vectors.device
        ids = torch.from_numpy(batch.ids).to(device)
        inner = torch.from_numpy(batch.inner).to(device)
        values = torch.from_numpy(batch.values).to(device)
        words, which = torch.unique(ids[inner], return_inverse=True)
        read = self._read_words(words)
        places = [layer(values[inner, k]) for k, layer in enumerate(self.places)]
        of_word, of_place = self.mix.linear.weight.tensor_split([read.shape[1]], dim=1)
        pieces = (read @ of_word.T)[which] + torch.cat(places, dim=1) @ of_place.T
        state = self.drop(self.mix.largest(pieces + self.mix.linear.bias))
        for number, (distance, layer) in enumerate(zip(DILATIONS, self.layers, strict=True)):
            if number == POOL_BEFORE:
                state = state + self.drop(self._pool(state, batch))
            rows = state.new_zeros(len(ids), state.shape[1]).index_copy(0, inner, state)
            near = [rows[inner + shift] for shift in (-distance, 0, distance)]
            state = state + self.drop(layer(torch.cat(near, dim=1)))
        return self.head(state)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the weights as `nerbench.recognizers.default.network.Network` takes them."""
        weights: dict[str, Tensor] = {"chars": self.chars.weight}
        tables = torch.split(self.embed.weight, list(TABLE_ROWS.values()))
        weights |= {f"embed{k}": table for k, table in enumerate(tables)}
        weights |= {f"place{k}": layer.weight for k, layer in enumerate(self.places)}
        for reach, layer in enumerate(self.filters, 1):
            weights[f"chars{reach}_w"] = layer.weight.permute(0, 2, 1).flatten(1)
            weights[f"chars{reach}_b"] = layer.bias
        named = {"mix": self.mix, "pool": self.pool}
        named |= {f"layer{k}": layer for k, layer in enumerate(self.layers)}
        for name, part in named.items():
            weights |= {f"{name}_w": part.linear.weight, f"{name}_b": part.linear.bias}
            weights |= {f"{name}_g": part.norm.weight, f"{name}_h": part.norm.bias}
        weights |= {"head_w": self.head.weight, "head_b": self.head.bias}
        return {name: value.detach().cpu().numpy().copy() for name, value in weights.items()}


class Swapper:
    """Replaces names of one token in a caption, each in all its places, by other such names."""

    def __init__(self, examples: Sequence[Example], vocabulary: Vocabulary, generator: Any) -> None:
        self.generator = generator
        codes: dict[int, Counter[int]] = {}
        for example in examples:
            single = example.gold == S
            for word, code in zip(
                example.text.ids[single], example.text.values[single, 0], strict=True
            ):
                codes.setdefault(int(word), Counter())[int(code)] += 1
        self.codes = {
            word: max(counts, key=lambda code: (counts[code], -code))
            for word, counts in codes.items()
            if len(vocabulary.words[word]) > 2
        }
        self.names = np.array(sorted(self.codes))

    def __call__(self, example: Example) -> Example:
        names = [
            word for word in np.unique(example.text.ids[example.gold == S]) if word in self.codes
        ]
        chosen = [word for word in names if self.generator.random() < 0.4]
        ids, values = example.text.ids.copy(), example.text.values.copy()
        for word in chosen:
            new = self.names[self.generator.integers(len(self.names))]
            places = example.text.ids == word
            ids[places] = new
            values[places, 0] = self.codes[new]
        text = EncodedText(ids, values, example.text.definitions)
        return Example(text, example.gold, example.guideline)


def _batches(examples: Sequence[Example], size: int) -> Iterator[list[Example]]:
    batch: list[Example] = []
    count = 0
    for example in examples:
        batch.append(example)
        count += len(example.text.ids)
        if count >= size:
            yield batch
            batch, count = [], 0
    if batch:
        yield batch


def train(
    examples: Sequence[Example],
    shares: Sequence[float],
    vocabulary: Vocabulary,
    options: Options,
    seed: int,
) -> dict[str, NDArray[Any]]:
    """Return the weights of a network; guideline 0 is the main one.

    An epoch sees each sentence of guideline 0 ``options.repeats`` times, and of guideline k the
    share ``shares[k]``, drawn anew. Each sentence trains the head of its guideline (multi-task
    learning; Crichton et al., 2017). The weights are a running mean over the last steps.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)  # each network has a process, and sums are the same every time
    generator = np.random.default_rng(seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    heads = len(shares)
    net = TorchNetwork(vocabulary, heads, options).to(device)
    mean = TorchNetwork(vocabulary, heads, options).to(device).eval()
    mean.load_state_dict(net.state_dict())
    optimizer = torch.optim.Adam(net.parameters(), lr=options.rate)
    by_guideline = [
        [e for e in examples if e.guideline == k and len(e.text.ids)] for k in range(heads)
    ]
    swap = Swapper(by_guideline[0], vocabulary, generator)
    step = tokens = 0
    for epoch in range(options.epochs):
        pool: list[Example] = []
        for example in by_guideline[0] * options.repeats:
            pool.append(swap(example) if generator.random() < options.swapped else example)
        for part, share in zip(by_guideline[1:], shares[1:], strict=True):
            count = round(len(part) * share)
            pool += [part[k] for k in generator.choice(len(part), count, replace=False)]
        size = sum(len(example.text.ids) for example in pool)
        loss = 0.0
        order = [pool[k] for k in generator.permutation(len(pool))]
        for batch in _batches(order, options.tokens if epoch else options.tokens // 2):
            progress = tokens / (size * options.epochs)
            for group in optimizer.param_groups:
                group["lr"] = options.rate * max(0.02, 1.0 - progress)
            teacher = mean if progress > options.taught_from else None
            loss += _learn(net, teacher, optimizer, batch, vocabulary, heads)
            tokens += sum(len(example.text.ids) for example in batch)
            step += 1
            kept = min(options.averaging, (1 + step) / (10 + step))
            with torch.no_grad():
                for averaged, value in zip(mean.parameters(), net.parameters(), strict=True):
                    averaged.lerp_(value, 1 - kept)
        print(f"network: epoch {epoch + 1} of {options.epochs}, loss {loss / size:.4f}", flush=True)
    return quantize(mean.arrays())


def tag_probabilities(scores: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return the probability of each tag of each token, for all texts one after the other."""
    posteriors, _ = forward_backward(in_step(scores))
    return np.concatenate([posteriors[1 : len(rows) + 1, k] for k, rows in enumerate(scores)])


def _learn(
    net: TorchNetwork,
    teacher: TorchNetwork | None,
    optimizer: Any,
    examples: Sequence[Example],
    vocabulary: Vocabulary,
    heads: int,
) -> float:
    """Make one step, and return the sum of the tokens' losses.

    The gradient of the sentences' negative log-likelihood by the scores is the probability of each
    tag less the gold tag (Sutton and McCallum, 2012). Of the texts of guideline TAUGHT, the head of
    the main guideline learns the probabilities that the teacher has for their tags.
    """
    batch = Batch.of(vocabulary, [example.text for example in examples])
    scores = net(batch).view(sum(batch.lengths), heads, N_TAGS)
    heads_of = np.repeat([example.guideline for example in examples], batch.lengths)
    targets = np.eye(N_TAGS, dtype=np.float32)[np.concatenate([e.gold for e in examples])]
    rows, lengths = np.arange(len(targets)), list(batch.lengths)
    taught = [example.text for example in examples if example.guideline == TAUGHT]
    if teacher is not None and taught:
        with torch.no_grad():
            soft = teacher(Batch.of(vocabulary, taught))[:, :N_TAGS].cpu().numpy()
        sizes = [len(text.ids) for text in taught]
        soft = tag_probabilities(np.split(soft, np.cumsum(sizes)[:-1]))
        rows = np.concatenate([rows, np.flatnonzero(heads_of == TAUGHT)])
        heads_of = np.concatenate([heads_of, np.zeros(len(soft), dtype=heads_of.dtype)])
        targets, lengths = np.concatenate([targets, soft]), lengths + sizes
    chosen = scores[torch.from_numpy(rows), torch.from_numpy(heads_of)]
    texts = np.split(chosen.detach().cpu().numpy(), np.cumsum(lengths)[:-1])
    probabilities = tag_probabilities(texts)
    loss = -float((targets * np.log(np.maximum(probabilities, 1e-12))).sum())
    optimizer.zero_grad()
    chosen.backward(torch.from_numpy(probabilities - targets).to(chosen.device) / 30.0)
    nn.utils.clip_grad_norm_(net.parameters(), 5.0)
    optimizer.step()
    return loss


def quantize(arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return weights as they are stored: tables of features in 8 bits, the rest in 16.

    >>> small = quantize({"embed0": np.array([[0.5, -1.0]])})
    >>> small["embed0"].tolist(), round(float(small["embed0_scale"]) * 127, 3)
    ([[64, -127]], 1.0)
    """
    stored: dict[str, NDArray[Any]] = {}
    for name, array in arrays.items():
        if name.startswith("embed"):
            scale = max(float(np.abs(array).max()), 1e-6) / 127
            stored[name] = np.rint(array / scale).astype(np.int8)
            stored[f"{name}_scale"] = np.array(scale, dtype=np.float32)
        else:
            stored[name] = array.astype(np.float16)
    return stored
