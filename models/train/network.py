"""Train the convolutional tagger: hashed word features, window layers, a head per guideline."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import numpy as np
from numpy.typing import NDArray
from thinc.api import (
    Adam,
    HashEmbed,
    Linear,
    Maxout,
    Model,
    NumpyOps,
    chain,
    clone,
    concatenate,
    expand_window,
    fix_random_seed,
    residual,
    set_current_ops,
)

from nerbench.recognizers.default.features import COLUMN_INDEX, MAX_OFFSET
from nerbench.recognizers.default.tagger import Vocabulary
from train import linear
from train.features import Encoded

# Columns of the hashed embeddings, and rows of their tables.
EMBED: tuple[tuple[str, int], ...] = (
    ("norm", 8000),
    ("word", 4000),
    ("p3", 2500),
    ("s3", 2500),
    ("shape", 1500),
    ("letters", 5000),
    ("class", 200),
    ("gaz", 500),
    ("common", 50),
    ("gazcode", 200),
    ("spaces", 50),
)
_COLUMNS = [COLUMN_INDEX[name] for name, _ in EMBED]


class Network:
    """Embeddings, a mixing layer, ``depth`` residual window layers and a linear head."""

    def __init__(
        self,
        width: int = 128,
        embed: int = 64,
        depth: int = 4,
        pieces: int = 3,
        dense: int = 64,
        heads: int = 1,
        dropout: float = 0.25,
    ) -> None:
        self.depth = depth
        self.embed: Model[Any, Any] = concatenate(
            *[HashEmbed(embed, rows, column=k, seed=k) for k, (_, rows) in enumerate(EMBED)]
        )
        self.mix: Model[Any, Any] = Maxout(
            width, embed * len(EMBED) + dense, nP=pieces, normalize=True, dropout=dropout
        )
        layer = residual(
            chain(
                expand_window(1),
                Maxout(width, width * 3, nP=pieces, normalize=True, dropout=dropout),
            )
        )
        self.encode: Model[Any, Any] = clone(layer, depth)
        self.head: Model[Any, Any] = Linear(5 * heads, width)
        self.parts: list[Model[Any, Any]] = [self.embed, self.mix, self.encode, self.head]
        for part in self.parts:
            part.initialize()

    def begin(self, ids: Any, dense: Any, train: bool) -> tuple[Any, Callable[[Any], None]]:
        """Return the scores of every row, and the callback that takes their gradient."""
        embedded, back_embed = self.embed(ids, train)
        mixed, back_mix = self.mix(np.concatenate([embedded, dense], axis=1), train)
        encoded, back_encode = self.encode(mixed, train)
        scores, back_head = self.head(encoded, train)
        size = embedded.shape[1]

        def back(gradient: Any) -> None:
            mixed_gradient = back_mix(back_encode(back_head(gradient)))
            back_embed(np.ascontiguousarray(mixed_gradient[:, :size]))

        return scores, back

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Return the weights as arrays, a layer's with its maxout pieces one after another."""
        arrays: dict[str, Any] = {}
        embeds = [node for node in self.embed.walk() if node.name == "hashembed"]
        for k, node in enumerate(embeds):
            arrays[f"embed{k}"] = node.get_param("E").copy()

        def layer(model: Model[Any, Any], name: str) -> None:
            nodes = {node.name: node for node in model.walk()}
            maxout, norm = nodes["maxout"], nodes["layernorm"]
            weights: Any = maxout.get_param("W")
            arrays[name + "_w"] = weights.transpose(1, 0, 2).reshape(-1, weights.shape[2]).copy()
            arrays[name + "_b"] = maxout.get_param("b").T.ravel().copy()
            arrays[name + "_g"] = norm.get_param("G").copy()
            arrays[name + "_h"] = norm.get_param("b").copy()

        layer(self.mix, "mix")
        for k, part in enumerate(self.encode.layers if self.depth > 1 else [self.encode]):
            layer(part, f"layer{k}")
        arrays["head_w"] = self.head.get_param("W").copy()
        arrays["head_b"] = self.head.get_param("b").copy()
        return arrays


class _Trainer:
    def __init__(self, net: Network, words: Vocabulary, heads: int) -> None:
        self.net = net
        self.vectors = words.features.vectors(words.words)
        self.heads = heads
        self.adam = Adam(0.001, L2=1e-6, grad_clip=1.0, use_averages=True)
        self.trans = np.zeros((heads, 5, 5))
        self.moments = np.zeros((2, heads, 5, 5))

    def step(self, batch: list[Encoded], heads: NDArray[np.int64]) -> float:
        """Update the network and the transitions; return the loss of the batch.

        ``heads`` says which head learns from each sentence: only its scores have a gradient.
        """
        rows = np.concatenate([s.rows[:, _COLUMNS] for s in batch])
        dense = self.vectors[np.concatenate([s.ids for s in batch])]
        gold = np.concatenate([s.gold for s in batch])
        lengths = [len(s.gold) for s in batch]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        begins = MAX_OFFSET + offsets[:-1] + 2 * MAX_OFFSET * np.arange(len(lengths))
        inner = np.concatenate([b + np.arange(n) for b, n in zip(begins, lengths, strict=True)])
        scores, back = self.net.begin(np.ascontiguousarray(rows), dense, True)
        head = np.repeat(heads, lengths)
        token = np.arange(len(gold))
        chosen = scores[inner].reshape(len(gold), self.heads, 5)[token, head].astype(np.float64)
        gradient, trans_gradient = np.zeros_like(chosen), np.zeros_like(self.trans)
        loss = linear.batch_gradient(
            chosen, gold, offsets, heads, self.trans, linear.MASK,
            linear.START_SCORE, linear.END_SCORE, gradient, trans_gradient,
        )  # fmt: skip
        share = 8 / len(batch)
        spread = np.zeros((len(gold), self.heads, 5), dtype=np.float32)
        spread[token, head] = gradient * share
        full = np.zeros_like(scores)
        full[inner] = spread.reshape(len(gold), -1)
        back(full)
        for part in self.net.parts:
            part.finish_update(self.adam)
        self.moments[0] = 0.9 * self.moments[0] + 0.1 * trans_gradient * share
        self.moments[1] = 0.999 * self.moments[1] + 0.001 * (trans_gradient * share) ** 2
        self.trans -= 0.003 * self.moments[0] / (np.sqrt(self.moments[1]) + 1e-6)
        return float(loss)


def train(
    main: list[Encoded],
    others: list[Encoded],
    guidelines: list[int],
    words: Vocabulary,
    epochs: int = 5,
    other: float = 1.0,
    width: int = 128,
    depth: int = 4,
    dropout: float = 0.3,
    rate: float = 0.0015,
    seed: int = 0,
) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.float64], list[str]]:
    """Return arrays, transition scores and columns of the main guideline's tagger.

    ``others`` are sentences under other guidelines (numbers from 1 in ``guidelines``), each with a
    head of its own (multi-task learning; Crichton et al., 2017); an epoch sees at most ``other``
    times as many of them as of the main ones, drawn anew.
    """
    set_current_ops(NumpyOps(use_blis=False))
    fix_random_seed(seed)
    rng = np.random.default_rng(seed)
    heads = max([0, *guidelines]) + 1
    size = words.features.vector_table.shape[1]
    net = Network(width=width, depth=depth, dense=size, heads=heads, dropout=dropout)
    trainer = _Trainer(net, words, heads)
    for epoch in range(epochs):
        trainer.adam.learn_rate = rate * (1 - epoch / epochs) + 0.00005
        pool = [(sentence, 0) for sentence in main]
        if others:
            count = min(len(others), int(len(main) * other))
            drawn = rng.choice(len(others), count, replace=False)
            pool += [(others[k], guidelines[k]) for k in drawn]
        order = rng.permutation(len(pool))
        size = 16 if epoch == 0 else 32
        loss = 0.0
        for first in range(0, len(order), size):
            part = [pool[k] for k in order[first : first + size] if len(pool[k][0].gold)]
            if part:
                loss += trainer.step([s for s, _ in part], np.array([g for _, g in part]))
        tokens = sum(len(sentence.gold) for sentence, _ in pool)
        print(f"network: epoch {epoch + 1} of {epochs}, loss {loss / tokens:.4f}", flush=True)
    with ExitStack() as stack:
        for layer in net.parts:
            stack.enter_context(layer.use_params(trainer.adam.averages))
        arrays = net.arrays()
    return arrays, trainer.trans[0], [name for name, _ in EMBED]
